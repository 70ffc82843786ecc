//! The tables of browser sessions and authenticators.

use std::time::Duration;

use diesel::prelude::*;

use super::session::{OpenSession, Place, SignedIn};
use crate::account;
use crate::clock::Timestamp;
use crate::db::schema::{accounts, authenticators, browser_sessions, session_accounts};
use crate::db::{Fault, Tx};
use crate::facility;
use crate::ids::{AccountId, PersonId, RowId, SessionId, Sid};
use crate::secret::Hash;

/// How stale `last_seen_at` may grow before a page writes it again.
const TOUCH_AFTER: Duration = Duration::from_secs(60);

/// Who holds the session with this secret, and whether it should be touched.
pub fn by_secret(tx: &mut Tx, secret: &Hash, now: Timestamp) -> Result<Option<(SignedIn, bool)>, Fault> {
    let Some(session) = session_by_secret(tx, secret)?.filter(|session| session.is_live(now)) else { return Ok(None) };
    let Some(current) = session.current_account else { return Ok(None) };
    let place: Option<Place> = session_accounts::table
        .filter(session_accounts::session_id.eq(session.id))
        .filter(session_accounts::account_id.eq(current))
        .filter(session_accounts::ended_at.is_null())
        .select(Place::as_select())
        .first(tx)
        .optional()?;
    let (Some(place), Some(account)) = (place, account::find(tx, current)?) else { return Ok(None) };
    if account.state == account::AccountState::Closed {
        return Ok(None);
    }
    let has_authenticator = !confirmed_authenticators(tx, account.person_id)?.is_empty();
    let facility = facility::of(tx, account.facility_id)?.map(|facility| facility.name);
    let has_others = account::has_several(tx, account.person_id)?;
    let stale = session.last_seen_at + TOUCH_AFTER < now;
    Ok(Some((SignedIn { session, place, account, has_authenticator, facility, has_others }, stale)))
}

pub(super) fn touch(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<(), Fault> {
    diesel::update(
        browser_sessions::table.find(id).filter(browser_sessions::ended_at.is_null()).filter(browser_sessions::last_seen_at.lt(now)),
    )
    .set(browser_sessions::last_seen_at.eq(now))
    .execute(tx)?;
    Ok(())
}

pub(super) fn session_by_secret(tx: &mut Tx, secret: &Hash) -> Result<Option<OpenSession>, Fault> {
    let session = browser_sessions::table.filter(browser_sessions::secret_hash.eq(secret.bytes())).select(OpenSession::as_select());
    Ok(session.first(tx).optional()?)
}

pub(super) fn persons_of(tx: &mut Tx, session: SessionId) -> Result<Vec<PersonId>, Fault> {
    let persons = session_accounts::table
        .inner_join(accounts::table)
        .filter(session_accounts::session_id.eq(session))
        .select(accounts::person_id)
        .load(tx)?;
    Ok(persons)
}

pub(super) fn insert_session(
    tx: &mut Tx,
    id: SessionId,
    secret: &Hash,
    account: AccountId,
    user_agent: &str,
    now: Timestamp,
    idle: Duration,
    ends_at: Timestamp,
) -> Result<(), Fault> {
    diesel::insert_into(browser_sessions::table)
        .values((
            browser_sessions::id.eq(id),
            browser_sessions::secret_hash.eq(secret.bytes()),
            browser_sessions::current_account.eq(account),
            browser_sessions::user_agent.eq(user_agent),
            browser_sessions::created_at.eq(now),
            browser_sessions::last_seen_at.eq(now),
            browser_sessions::idle_limit.eq(micros(idle)),
            browser_sessions::ends_at.eq(ends_at),
        ))
        .execute(tx)?;
    Ok(())
}

/// Gives a session a new secret and fresh limits.
pub(super) fn renew_session(
    tx: &mut Tx,
    id: SessionId,
    secret: &Hash,
    account: AccountId,
    now: Timestamp,
    idle: Duration,
    ends_at: Timestamp,
) -> Result<(), Fault> {
    diesel::update(browser_sessions::table.find(id))
        .set((
            browser_sessions::secret_hash.eq(secret.bytes()),
            browser_sessions::current_account.eq(account),
            browser_sessions::last_seen_at.eq(now),
            browser_sessions::idle_limit.eq(micros(idle)),
            browser_sessions::ends_at.eq(ends_at),
        ))
        .execute(tx)?;
    Ok(())
}

fn micros(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}

/// Puts an account into a session, or renews the place it has there; returns the place's id.
pub(super) fn take_place(tx: &mut Tx, place: &Place) -> Result<Sid, Fault> {
    let own = session_accounts::table
        .filter(session_accounts::session_id.eq(place.session_id))
        .filter(session_accounts::account_id.eq(place.account_id));
    let known: Option<Sid> = own.select(session_accounts::id).first(tx).optional()?;
    let Some(sid) = known else {
        diesel::insert_into(session_accounts::table)
            .values((
                session_accounts::id.eq(place.id),
                session_accounts::session_id.eq(place.session_id),
                session_accounts::account_id.eq(place.account_id),
                session_accounts::signed_in_at.eq(place.signed_in_at),
                session_accounts::password_at.eq(place.password_at),
                session_accounts::second_factor_at.eq(place.second_factor_at),
                session_accounts::amr.eq(&place.amr),
            ))
            .execute(tx)?;
        return Ok(place.id);
    };
    diesel::update(session_accounts::table.find(sid))
        .set((
            session_accounts::signed_in_at.eq(place.signed_in_at),
            session_accounts::password_at.eq(place.password_at),
            session_accounts::second_factor_at.eq(place.second_factor_at),
            session_accounts::amr.eq(&place.amr),
            session_accounts::ended_at.eq(None::<Timestamp>),
        ))
        .execute(tx)?;
    Ok(sid)
}

/// The place an account has in a session now.
pub(super) fn place_of(tx: &mut Tx, session: SessionId, account: AccountId) -> Result<Option<Place>, Fault> {
    let place = session_accounts::table
        .filter(session_accounts::session_id.eq(session))
        .filter(session_accounts::account_id.eq(account))
        .filter(session_accounts::ended_at.is_null())
        .select(Place::as_select())
        .first(tx)
        .optional()?;
    Ok(place)
}

/// The session acts with `account` from now on, under a new secret; false where it has ended.
pub(super) fn set_current(tx: &mut Tx, id: SessionId, secret: &Hash, account: AccountId, now: Timestamp) -> Result<bool, Fault> {
    let set = diesel::update(browser_sessions::table.find(id).filter(browser_sessions::ended_at.is_null()))
        .set((
            browser_sessions::secret_hash.eq(secret.bytes()),
            browser_sessions::current_account.eq(account),
            browser_sessions::last_seen_at.eq(now),
        ))
        .execute(tx)?;
    Ok(set == 1)
}

/// Takes the session's row, so that ending it comes before or after; false where it has ended.
pub(super) fn hold_session(tx: &mut Tx, id: SessionId) -> Result<bool, Fault> {
    let held = diesel::update(browser_sessions::table.find(id).filter(browser_sessions::ended_at.is_null()))
        .set(browser_sessions::id.eq(id))
        .execute(tx)?;
    Ok(held == 1)
}

/// Takes the row of the session that a place is in, so that its end comes before or after; false where either has ended.
pub fn hold_place(tx: &mut Tx, sid: Sid) -> Result<bool, Fault> {
    let place = session_accounts::table.find(sid).filter(session_accounts::ended_at.is_null());
    let session: Option<SessionId> = place.select(session_accounts::session_id).first(tx).optional()?;
    match session {
        Some(session) => hold_session(tx, session),
        None => Ok(false),
    }
}

/// The authenticators of `from` are `to`'s, sealed anew.
pub(super) fn move_authenticator(tx: &mut Tx, id: RowId, to: PersonId, sealed: &[u8]) -> Result<(), Fault> {
    diesel::update(authenticators::table.find(id))
        .set((authenticators::person_id.eq(to), authenticators::sealed_secret.eq(sealed)))
        .execute(tx)?;
    Ok(())
}

/// One account's place in a session, by its `sid`.
pub fn find_sid(tx: &mut Tx, sid: Sid) -> Result<Option<(Place, OpenSession)>, Fault> {
    let found = session_accounts::table
        .inner_join(browser_sessions::table)
        .filter(session_accounts::id.eq(sid))
        .select((Place::as_select(), OpenSession::as_select()))
        .first(tx)
        .optional()?;
    Ok(found)
}

pub(super) fn end_session(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<bool, Fault> {
    let ended = diesel::update(browser_sessions::table.find(id).filter(browser_sessions::ended_at.is_null()))
        .set(browser_sessions::ended_at.eq(now))
        .execute(tx)?;
    diesel::update(session_accounts::table.filter(session_accounts::session_id.eq(id)).filter(session_accounts::ended_at.is_null()))
        .set(session_accounts::ended_at.eq(now))
        .execute(tx)?;
    Ok(ended == 1)
}

/// Sessions that hold `account` and have not ended, newest first.
pub(super) fn live_sessions_of(tx: &mut Tx, account: AccountId) -> Result<Vec<OpenSession>, Fault> {
    let sessions = browser_sessions::table
        .inner_join(session_accounts::table)
        .filter(session_accounts::account_id.eq(account))
        .filter(session_accounts::ended_at.is_null())
        .filter(browser_sessions::ended_at.is_null())
        .order(browser_sessions::last_seen_at.desc())
        .select(OpenSession::as_select())
        .load(tx)?;
    Ok(sessions)
}

/// The account's sessions that still stand.
pub fn sessions_of(tx: &mut Tx, account: AccountId, now: Timestamp) -> Result<Vec<OpenSession>, Fault> {
    Ok(live_sessions_of(tx, account)?.into_iter().filter(|session| session.is_live(now)).collect())
}

pub(super) fn insert_authenticator(tx: &mut Tx, id: RowId, person: PersonId, sealed: &[u8], now: Timestamp) -> Result<(), Fault> {
    diesel::insert_into(authenticators::table)
        .values((
            authenticators::id.eq(id),
            authenticators::person_id.eq(person),
            authenticators::kind.eq("totp"),
            authenticators::sealed_secret.eq(sealed),
            authenticators::created_at.eq(now),
            authenticators::last_step.eq(0_i64),
        ))
        .execute(tx)?;
    Ok(())
}

pub(super) fn unconfirmed_authenticator(tx: &mut Tx, person: PersonId) -> Result<Option<(RowId, Vec<u8>)>, Fault> {
    let begun = authenticators::table
        .filter(authenticators::person_id.eq(person))
        .filter(authenticators::confirmed_at.is_null())
        .order(authenticators::id.desc())
        .select((authenticators::id, authenticators::sealed_secret))
        .first(tx)
        .optional()?;
    Ok(begun)
}

pub(super) fn confirmed_authenticators(tx: &mut Tx, person: PersonId) -> Result<Vec<(RowId, Vec<u8>)>, Fault> {
    let confirmed = authenticators::table
        .filter(authenticators::person_id.eq(person))
        .filter(authenticators::confirmed_at.is_not_null())
        .select((authenticators::id, authenticators::sealed_secret))
        .load(tx)?;
    Ok(confirmed)
}

pub(super) fn confirm_authenticator(tx: &mut Tx, id: RowId, step: i64, now: Timestamp) -> Result<bool, Fault> {
    let confirmed = diesel::update(authenticators::table.find(id).filter(authenticators::confirmed_at.is_null()))
        .set((authenticators::confirmed_at.eq(now), authenticators::last_step.eq(step)))
        .execute(tx)?;
    Ok(confirmed == 1)
}

/// Uses up a step; false where it, or a later one, was used before.
pub(super) fn use_step(tx: &mut Tx, id: RowId, step: i64) -> Result<bool, Fault> {
    let used = diesel::update(authenticators::table.find(id).filter(authenticators::last_step.lt(step)))
        .set(authenticators::last_step.eq(step))
        .execute(tx)?;
    Ok(used == 1)
}

/// Forgets authenticators that nobody confirmed; with `before`, only those begun before that moment.
pub(super) fn delete_unconfirmed(tx: &mut Tx, person: PersonId, before: Option<Timestamp>) -> Result<(), Fault> {
    let begun = authenticators::table.filter(authenticators::person_id.eq(person)).filter(authenticators::confirmed_at.is_null());
    match before {
        Some(before) => diesel::delete(begun.filter(authenticators::created_at.lt(before))).execute(tx)?,
        None => diesel::delete(begun).execute(tx)?,
    };
    Ok(())
}

/// The second factors of a person are gone; returns how many were confirmed.
pub fn delete_authenticators(tx: &mut Tx, person: PersonId) -> Result<usize, Fault> {
    let confirmed = confirmed_authenticators(tx, person)?.len();
    diesel::delete(authenticators::table.filter(authenticators::person_id.eq(person))).execute(tx)?;
    Ok(confirmed)
}

/// Every session the account was signed in to, newest first.
pub fn all_sessions_of(tx: &mut Tx, account: AccountId) -> Result<Vec<OpenSession>, Fault> {
    let sessions = browser_sessions::table.inner_join(session_accounts::table).filter(session_accounts::account_id.eq(account));
    Ok(sessions.order(browser_sessions::created_at.desc()).select(OpenSession::as_select()).load(tx)?)
}

/// The second factors of a person: of which kind, and since when.
pub fn second_factors(tx: &mut Tx, person: PersonId) -> Result<Vec<(String, Timestamp)>, Fault> {
    let confirmed = authenticators::table.filter(authenticators::person_id.eq(person)).filter(authenticators::confirmed_at.is_not_null());
    Ok(confirmed.order(authenticators::id).select((authenticators::kind, authenticators::created_at)).load(tx)?)
}

/// The account's places in sessions are gone, and the sessions that held nobody else.
pub fn erase_sessions(tx: &mut Tx, account: AccountId) -> Result<(), Fault> {
    let own: Vec<SessionId> =
        session_accounts::table.filter(session_accounts::account_id.eq(account)).select(session_accounts::session_id).load(tx)?;
    diesel::delete(session_accounts::table.filter(session_accounts::account_id.eq(account))).execute(tx)?;
    for session in own {
        let others: i64 = session_accounts::table.filter(session_accounts::session_id.eq(session)).count().get_result(tx)?;
        if others == 0 {
            diesel::delete(browser_sessions::table.find(session)).execute(tx)?;
        }
    }
    Ok(())
}
