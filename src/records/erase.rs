//! Erasing what says who somebody was.

use super::store;
use crate::account;
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::authentication;
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
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
    /// A legal hold stands.
    Held,
    Erased,
}

/// Nothing says any more who held the account. Its row, the decisions on its cases and the audit stay, without a name.
pub fn erase(tx: &mut Tx, ctx: &Context, id: AccountId, ground: &Ground) -> Result<(), Refused<EraseRefusal>> {
    let refuse = |refusal| Err(Refused::Refusal(refusal));
    let Some(account) = account::find(tx, id)? else { return refuse(EraseRefusal::NoSuchAccount) };
    // A hold comes before or after.
    account::hold_person(tx, account.person_id)?;
    if store::hold_of(tx, id)?.is_some() {
        return refuse(EraseRefusal::Held);
    }
    if !account::erase(tx, ctx, &account)? {
        return refuse(if account.erased_at.is_some() { EraseRefusal::Erased } else { EraseRefusal::NotClosed });
    }
    profile::erase(tx, id)?;
    registration::erase(tx, id)?;
    oidc::grant::erase(tx, id)?;
    authentication::erase_sessions(tx, id)?;
    invitation::erase(tx, id)?;
    roster::erase(tx, id)?;
    outbox::erase(tx, id)?;
    if account::all_of_person(tx, account.person_id)?.iter().all(|account| account.erased_at.is_some()) {
        authentication::erase_authenticators(tx, account.person_id)?;
    }
    let detail = match ground {
        Ground::Schedule(name) => serde_json::json!({ "schedule": name }),
        Ground::NeverConfirmed => serde_json::json!({ "never_confirmed": true }),
        Ground::Order(name) => serde_json::json!({ "order": name }),
    };
    Ok(audit::record(tx, ctx, Event::new(Action::RecordsErased).account(id).detail(detail))?)
}

/// What the operator's rules say is over is erased: accounts, and letters that were sent or given up as long ago.
pub async fn erase_due(app: &App) -> Result<(), Fault> {
    let (ctx, retention) = (app.system_context("retention"), app.config.retention.clone());
    let (records, unconfirmed) = (retention.records_before(ctx.now), retention.unconfirmed_before(ctx.now));
    let due = app.db.read(move |tx| store::due(tx, records, unconfirmed, ROUND)).await?;
    for (id, is_confirmed) in due {
        let ctx = ctx.clone();
        let ground = match is_confirmed {
            true => Ground::Schedule(retention.schedule.clone()),
            false => Ground::NeverConfirmed,
        };
        match app.db.write(move |tx| erase(tx, &ctx, id, &ground)).await {
            // Another replica was first, or a hold.
            Ok(()) | Err(Refused::Refusal(_)) => {}
            Err(Refused::Fault(fault)) => return Err(fault),
        }
    }
    let Some(before) = records else { return Ok(()) };
    let forgotten = app.db.write(move |tx| {
        let held = store::held_accounts(tx)?;
        outbox::forget_letters(tx, before, &held)
    });
    forgotten.await.map(|_| ())
}
