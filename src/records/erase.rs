//! Erasing what says who somebody was.

use super::store;
use crate::account;
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::authentication;
use crate::context::Context;
use crate::db::{Fault, Refused, Tx, take_turn_once};
use crate::ids::AccountId;
use crate::{invitation, oidc, outbox, profile, registration, roster};

/// Accounts in one round; each in a transaction of its own.
const ROUND: i64 = 200;

/// By what right something is erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ground {
    /// The agency's records schedule, by its name.
    Schedule(String),
    /// The address was never confirmed: staff never saw it, and it is no record.
    NeverConfirmed,
    /// An order to erase before its time, by its name.
    Order(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EraseRefusal {
    NoSuchAccount,
    /// It is in use.
    NotClosed,
    /// Staff stand for the decisions they made.
    Staff,
    /// A legal hold stands on the person.
    Held,
    Erased,
}

/// Nothing says any more who held the account. Its row, the decisions on its cases and the audit stay, without a name.
pub fn erase(tx: &mut Tx, ctx: &Context, id: AccountId, ground: &Ground) -> Result<(), Refused<EraseRefusal>> {
    let refuse = |refusal| Err(Refused::Refusal(refusal));
    let Some(account) = account::find(tx, id)? else { return refuse(EraseRefusal::NoSuchAccount) };
    if account.role.is_staff() {
        return refuse(EraseRefusal::Staff);
    }
    // A hold, and a link, come before or after.
    account::hold_person(tx, account.person_id)?;
    if account::find(tx, id)?.is_none_or(|now| now.person_id != account.person_id) {
        return Err(Fault::Again("the account was linked or unlinked at the same moment".into()).into());
    }
    if !store::holds_of(tx, account.person_id)?.is_empty() {
        return refuse(EraseRefusal::Held);
    }
    let invited = invitation::of_account(tx, id)?.and_then(|invitation| invitation.row_id);
    if !account::erase(tx, ctx, &account)? {
        return refuse(if account.erased_at.is_some() { EraseRefusal::Erased } else { EraseRefusal::NotClosed });
    }
    profile::erase(tx, id)?;
    registration::erase(tx, id)?;
    oidc::grant::erase(tx, id)?;
    authentication::erase_sessions(tx, id)?;
    invitation::erase(tx, id)?;
    roster::erase(tx, id, invited)?;
    let all = account::all_of_person(tx, account.person_id)?;
    let others: Vec<AccountId> = all.iter().map(|other| other.id).filter(|other| *other != id).collect();
    outbox::erase(tx, id, &account.username, &account.email, &others)?;
    if all.iter().all(|account| account.erased_at.is_some()) {
        authentication::delete_authenticators(tx, account.person_id)?;
    }
    let detail = match ground {
        Ground::Schedule(name) => serde_json::json!({ "schedule": name }),
        Ground::NeverConfirmed => serde_json::json!({ "never_confirmed": true }),
        Ground::Order(name) => serde_json::json!({ "order": name }),
    };
    Ok(audit::record(tx, ctx, Event::new(Action::RecordsErased).account(id).detail(detail))?)
}

/// What the operator's rules say is over is erased: accounts, and once a day letters that were sent or given up as long ago. One
/// that cannot be erased stops no other; gives the first fault there was.
pub async fn erase_due(app: &App) -> Result<(), Fault> {
    let (ctx, retention) = (app.system_context("retention"), app.config.retention.clone());
    let (records, unconfirmed) = (retention.records_before(ctx.now), retention.unconfirmed_before(ctx.now));
    let due = app.db.scan(move |tx| store::due(tx, records, unconfirmed, ROUND)).await?;
    let mut outcome = Ok(());
    for (id, is_confirmed) in due {
        let ctx = ctx.clone();
        let ground = match is_confirmed {
            true => Ground::Schedule(retention.schedule.clone()),
            false => Ground::NeverConfirmed,
        };
        match app.db.write(move |tx| erase(tx, &ctx, id, &ground)).await {
            // Another replica was first, or a hold.
            Ok(()) | Err(Refused::Refusal(_)) => {}
            Err(Refused::Fault(fault)) => outcome = outcome.and(Err(fault)),
        }
    }
    let Some(before) = records else { return outcome };
    let (now, day) = (ctx.now, format!("old letters {}", ctx.now.seconds() / 86_400));
    if !app.db.write(move |tx| take_turn_once(tx, now, &day)).await? {
        return outcome;
    }
    while app.db.write(move |tx| store::held_accounts(tx).and_then(|held| outbox::forget_letters(tx, before, &held, ROUND))).await? > 0 {}
    outcome
}
