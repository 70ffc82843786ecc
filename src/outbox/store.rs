//! The outbox table: leases, answers, and what the console shows.

use std::time::Duration;

use diesel::dsl::min;
use diesel::prelude::*;

use super::{Kind, Letter, LetterKind, Notice, Secrets};
use crate::audit::{self, Action, Event};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::schema::outbox;
use crate::db::{Fault, Tx};
use crate::ids::{AccountId, CaseId, RowId};
use crate::keyring::Purpose;

/// A letter waits this long for its courier before another may take it.
const LEASE: Duration = Duration::from_secs(120);
const TRIES: i64 = 12;

/// A letter or notice as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = outbox)]
pub struct Row {
    pub id: RowId,
    pub kind: Kind,
    /// Which letter; none for a notice.
    pub letter: Option<LetterKind>,
    pub recipient: String,
    pub language: String,
    pub parameters: String,
    pub sealed_secret: Option<Vec<u8>>,
    pub account_id: Option<AccountId>,
    pub case_id: Option<CaseId>,
    pub created_at: Timestamp,
    pub due_at: Timestamp,
    pub attempts: i64,
    pub accepted_at: Option<Timestamp>,
    pub dead_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub answer: Option<String>,
}

impl Row {
    /// The catalogue's key of what it is.
    pub fn name_key(&self) -> String {
        self.letter.map_or_else(|| "notice-name-logout".to_owned(), |letter| format!("letter-name-{letter}"))
    }

    /// What a notice tells; none for a letter.
    pub fn notice(&self) -> Option<Notice> {
        if self.kind == Kind::Logout { serde_json::from_str(&self.parameters).ok() } else { None }
    }

    /// The codes of this letter, while they are kept.
    pub fn secrets(&self, keyring: &crate::keyring::Keyring) -> Option<Secrets> {
        let plain = keyring.unseal(Purpose::Letter, self.id.bytes(), self.sealed_secret.as_deref()?)?;
        serde_json::from_slice(&plain).ok()
    }
}

/// Puts `letter` into the outbox, in the transaction of the fact it tells.
pub fn post(tx: &mut Tx, ctx: &Context, letter: Letter) -> Result<(), Fault> {
    let id = RowId::new();
    let mut parameters = letter.parameters;
    parameters.insert("path".into(), letter.path);
    let sealed = letter.secrets.as_ref().map(|secrets| {
        let plain = serde_json::to_vec(secrets).expect("two strings are JSON");
        ctx.keyring.seal(Purpose::Letter, id.bytes(), &plain, &*ctx.random)
    });
    diesel::insert_into(outbox::table)
        .values((
            outbox::id.eq(id),
            outbox::kind.eq(Kind::Letter),
            outbox::letter.eq(letter.kind),
            outbox::recipient.eq(letter.to),
            outbox::language.eq(letter.language),
            outbox::parameters.eq(serde_json::to_string(&parameters).expect("strings are JSON")),
            outbox::sealed_secret.eq(sealed),
            outbox::account_id.eq(letter.account),
            outbox::case_id.eq(letter.case),
            outbox::created_at.eq(ctx.now),
            outbox::due_at.eq(ctx.now),
            outbox::attempts.eq(0_i64),
            outbox::expires_at.eq(letter.expires_at),
        ))
        .execute(tx)?;
    Ok(())
}

/// Puts a notice to the application at `uri` into the outbox, in the transaction that read what ended.
pub fn post_notice(tx: &mut Tx, ctx: &Context, uri: &str, notice: &Notice) -> Result<(), Fault> {
    diesel::insert_into(outbox::table)
        .values((
            outbox::id.eq(RowId::new()),
            outbox::kind.eq(Kind::Logout),
            outbox::recipient.eq(uri),
            outbox::language.eq(""),
            outbox::parameters.eq(serde_json::to_string(notice).expect("strings are JSON")),
            outbox::account_id.eq(notice.account),
            outbox::created_at.eq(ctx.now),
            outbox::due_at.eq(ctx.now),
            outbox::attempts.eq(0_i64),
        ))
        .execute(tx)?;
    Ok(())
}

/// What of this kind is due, oldest first; with `recipient`, only what goes there.
pub fn due(tx: &mut Tx, kind: Kind, recipient: Option<&str>, now: Timestamp, limit: i64) -> Result<Vec<RowId>, Fault> {
    let mut due = outbox::table.filter(is_due(kind, now)).order(outbox::due_at).limit(limit).select(outbox::id).into_boxed();
    if let Some(recipient) = recipient {
        due = due.filter(outbox::recipient.eq(recipient.to_owned()));
    }
    Ok(due.load(tx)?)
}

/// Whom something of this kind is due to, who has waited longest first.
pub fn recipients_due(tx: &mut Tx, kind: Kind, now: Timestamp, limit: i64) -> Result<Vec<String>, Fault> {
    let recipients = outbox::table
        .filter(is_due(kind, now))
        .group_by(outbox::recipient)
        .order(min(outbox::due_at))
        .limit(limit)
        .select(outbox::recipient)
        .load(tx)?;
    Ok(recipients)
}

#[diesel::dsl::auto_type]
fn is_due(kind: Kind, now: Timestamp) -> _ {
    outbox::kind
        .eq(kind)
        .and(outbox::accepted_at.is_null())
        .and(outbox::dead_at.is_null())
        .and(outbox::due_at.le(now))
        .and(outbox::leased_until.is_null().or(outbox::leased_until.lt(now)))
}

/// Takes one due letter for this courier; `None` where another has it, or where it expired and was buried here.
pub fn lease(tx: &mut Tx, ctx: &Context, id: RowId) -> Result<Option<Row>, Fault> {
    let taken = diesel::update(
        outbox::table
            .find(id)
            .filter(outbox::accepted_at.is_null())
            .filter(outbox::dead_at.is_null())
            .filter(outbox::due_at.le(ctx.now))
            .filter(outbox::leased_until.is_null().or(outbox::leased_until.lt(ctx.now))),
    )
    .set((outbox::leased_until.eq(ctx.now + LEASE), outbox::attempts.eq(outbox::attempts + 1)))
    .execute(tx)?;
    if taken == 0 {
        return Ok(None);
    }
    let row: Row = outbox::table.find(id).select(Row::as_select()).first(tx)?;
    if row.expires_at.is_some_and(|end| end <= ctx.now) {
        bury(tx, ctx, &row, "expired before it could be sent")?;
        return Ok(None);
    }
    Ok(Some(row))
}

/// The mail server took the letter: its codes are erased.
pub fn accepted(tx: &mut Tx, ctx: &Context, id: RowId, answer: &str) -> Result<(), Fault> {
    diesel::update(outbox::table.find(id).filter(outbox::accepted_at.is_null()))
        .set((
            outbox::accepted_at.eq(ctx.now),
            outbox::leased_until.eq(None::<Timestamp>),
            outbox::sealed_secret.eq(None::<Vec<u8>>),
            outbox::answer.eq(answer),
        ))
        .execute(tx)?;
    Ok(())
}

/// The mail server refused, or was not there: later, at growing distances, until the letter counts as dead.
pub fn refused(tx: &mut Tx, ctx: &Context, row: &Row, answer: &str, permanent: bool) -> Result<(), Fault> {
    if permanent || row.attempts >= TRIES {
        return bury(tx, ctx, row, answer);
    }
    let exponent = u32::try_from(row.attempts.clamp(0, 10)).unwrap_or(10);
    let wait = Duration::from_secs((15 << exponent).min(4 * 3_600));
    diesel::update(outbox::table.find(row.id).filter(outbox::accepted_at.is_null()).filter(outbox::dead_at.is_null()))
        .set((outbox::due_at.eq(ctx.now + wait), outbox::leased_until.eq(None::<Timestamp>), outbox::answer.eq(answer)))
        .execute(tx)?;
    Ok(())
}

fn bury(tx: &mut Tx, ctx: &Context, row: &Row, answer: &str) -> Result<(), Fault> {
    let buried = diesel::update(outbox::table.find(row.id).filter(outbox::accepted_at.is_null()).filter(outbox::dead_at.is_null()))
        .set((
            outbox::dead_at.eq(ctx.now),
            outbox::leased_until.eq(None::<Timestamp>),
            outbox::sealed_secret.eq(None::<Vec<u8>>),
            outbox::answer.eq(answer),
        ))
        .execute(tx)?;
    if buried == 1 {
        let event = Event::new(Action::LetterDied)
            .detail(serde_json::json!({ "letter": row.letter.map_or(row.kind.as_str(), LetterKind::as_str) }));
        audit::record(tx, ctx, row.account_id.into_iter().fold(event, Event::account))?;
    }
    Ok(())
}

/// Gives a dead letter another round of tries. A letter whose codes are erased stays dead; false then.
pub fn retry(tx: &mut Tx, ctx: &Context, id: RowId) -> Result<bool, Fault> {
    let revived = diesel::update(outbox::table.find(id).filter(outbox::dead_at.is_not_null()).filter(outbox::expires_at.is_null()))
        .set((outbox::dead_at.eq(None::<Timestamp>), outbox::attempts.eq(0_i64), outbox::due_at.eq(ctx.now)))
        .execute(tx)?;
    if revived == 1 {
        audit::record(tx, ctx, Event::new(Action::LetterRetried).detail(serde_json::json!({ "letter": id })))?;
    }
    Ok(revived == 1)
}

/// Forgets notices that were taken a day ago, or died a week ago: they are of no use, and every sign-out makes some.
pub fn forget_notices(tx: &mut Tx, now: Timestamp) -> Result<usize, Fault> {
    let ago = |days: i64| Timestamp::from_seconds(now.seconds() - days * 86_400);
    let notices = outbox::table.filter(outbox::kind.eq(Kind::Logout));
    let over = outbox::accepted_at.le(ago(1)).or(outbox::dead_at.le(ago(7)));
    Ok(diesel::delete(notices.filter(over)).execute(tx)?)
}

/// Forgets up to `limit` letters that were accepted, died or expired before `before`, but those about accounts that are held, or
/// to their addresses; returns how many.
pub fn forget_letters(tx: &mut Tx, before: Timestamp, held: &[(AccountId, String)], limit: i64) -> Result<usize, Fault> {
    let over = outbox::accepted_at.lt(before).or(outbox::dead_at.lt(before)).or(outbox::expires_at.lt(before));
    let accounts: Vec<_> = held.iter().map(|(account, _)| Some(*account)).collect();
    let addresses: Vec<_> = held.iter().map(|(_, address)| address.clone()).collect();
    let old: Vec<RowId> = outbox::table
        .filter(outbox::kind.eq(Kind::Letter))
        .filter(over)
        .filter(outbox::account_id.is_null().or(outbox::account_id.ne_all(accounts)))
        .filter(outbox::recipient.ne_all(addresses))
        .limit(limit)
        .select(outbox::id)
        .load(tx)?;
    Ok(diesel::delete(outbox::table.filter(outbox::id.eq_any(old))).execute(tx)?)
}

/// No letter is kept that went to the holder of the account, or that named it: those about the account, those about none to
/// its address, and those to `others`, which are the person's, or to that address, with its username in them.
pub fn erase(tx: &mut Tx, account: AccountId, username: &str, address: &str, others: &[AccountId]) -> Result<(), Fault> {
    let letters = || outbox::table.filter(outbox::kind.eq(Kind::Letter));
    diesel::delete(letters().filter(outbox::account_id.eq(account))).execute(tx)?;
    diesel::delete(letters().filter(outbox::recipient.eq(address)).filter(outbox::account_id.is_null())).execute(tx)?;
    let others: Vec<_> = others.iter().copied().map(Some).collect();
    let mut beside: Vec<(RowId, String)> =
        letters().filter(outbox::account_id.eq_any(others)).select((outbox::id, outbox::parameters)).load(tx)?;
    beside.extend(letters().filter(outbox::recipient.eq(address)).select((outbox::id, outbox::parameters)).load::<(RowId, String)>(tx)?);
    for (id, parameters) in beside {
        if parameters.contains(username) {
            diesel::delete(outbox::table.find(id)).execute(tx)?;
        }
    }
    Ok(())
}

/// How much mail waits, and how much died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub waiting: i64,
    pub dead: i64,
}

pub fn counts(tx: &mut Tx) -> Result<Counts, Fault> {
    let open = outbox::table.filter(outbox::accepted_at.is_null()).filter(outbox::kind.eq(Kind::Letter));
    Ok(Counts {
        waiting: open.filter(outbox::dead_at.is_null()).count().get_result(tx)?,
        dead: open.filter(outbox::dead_at.is_not_null()).count().get_result(tx)?,
    })
}

/// What is not delivered yet: how much waits, since when the oldest of it waits, and how much died within a day.
pub fn backlog(tx: &mut Tx, kind: Kind, now: Timestamp) -> Result<(i64, Option<Timestamp>, i64), Fault> {
    let open = || outbox::table.filter(outbox::accepted_at.is_null()).filter(outbox::kind.eq(kind));
    let waiting = || open().filter(outbox::dead_at.is_null());
    let oldest = waiting().select(min(outbox::created_at)).first(tx)?;
    let died = open().filter(outbox::dead_at.gt(now - Duration::from_secs(86_400)));
    Ok((waiting().count().get_result(tx)?, oldest, died.count().get_result(tx)?))
}

/// The newest letters, or only the dead ones.
pub fn list(tx: &mut Tx, dead_only: bool, limit: i64) -> Result<Vec<Row>, Fault> {
    let mut query = outbox::table.select(Row::as_select()).order((outbox::created_at.desc(), outbox::id.desc())).limit(limit).into_boxed();
    if dead_only {
        query = query.filter(outbox::dead_at.is_not_null());
    }
    Ok(query.load(tx)?)
}

pub fn of_account(tx: &mut Tx, account: AccountId, limit: i64) -> Result<Vec<Row>, Fault> {
    let rows = outbox::table
        .filter(outbox::account_id.eq(account))
        .filter(outbox::kind.eq(Kind::Letter))
        .order((outbox::created_at.desc(), outbox::id.desc()))
        .limit(limit)
        .select(Row::as_select())
        .load(tx)?;
    Ok(rows)
}
