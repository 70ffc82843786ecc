//! A legal hold: nothing of a person is erased while it stands.

use serde_json::json;

use super::store;
use crate::account::{self, Account};
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::ids::{AccountId, PersonId};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldRefusal {
    NoSuchAccount,
    /// Every account of the person is held for this reason already; none is, where a hold is to be lifted.
    AsItIs,
    /// What could be held was erased.
    Erased,
}

/// The person who holds the account, their row taken: whoever links, erases or holds takes turns on it.
fn taken(tx: &mut Tx, id: AccountId) -> Result<Vec<Account>, Refused<HoldRefusal>> {
    let person = |tx: &mut Tx| -> Result<PersonId, Refused<HoldRefusal>> {
        Ok(account::find(tx, id)?.ok_or(Refused::Refusal(HoldRefusal::NoSuchAccount))?.person_id)
    };
    let before = person(tx)?;
    account::hold_person(tx, before)?;
    if person(tx)? != before {
        return Err(Fault::Again("the account was linked or unlinked at the same moment".into()).into());
    }
    Ok(account::all_of_person(tx, before)?)
}

/// Every account of the person is held for `reason`, beside other reasons; those that are erased already stay so. Returns how
/// many are new. A person is held while one of their accounts is.
pub fn hold(tx: &mut Tx, ctx: &Context, id: AccountId, reason: &str) -> Result<usize, Refused<HoldRefusal>> {
    let all = taken(tx, id)?;
    if all.iter().all(|account| account.erased_at.is_some()) {
        return Err(Refused::Refusal(HoldRefusal::Erased));
    }
    let mut held = 0;
    for account in all.iter().filter(|account| account.erased_at.is_none()) {
        if store::place_hold(tx, ctx.now, account.id, reason)? {
            audit::record(tx, ctx, Event::new(Action::RecordsHeld).account(account.id).detail(json!({ "reason": reason })))?;
            held += 1;
        }
    }
    if held == 0 { Err(Refused::Refusal(HoldRefusal::AsItIs)) } else { Ok(held) }
}

/// No account of the person is held for `reason` any more; returns how many were. Other reasons stand.
pub fn lift(tx: &mut Tx, ctx: &Context, id: AccountId, reason: &str) -> Result<usize, Refused<HoldRefusal>> {
    let mut lifted = 0;
    for account in taken(tx, id)? {
        if store::lift_hold(tx, account.id, reason)? {
            audit::record(tx, ctx, Event::new(Action::RecordsReleased).account(account.id).detail(json!({ "reason": reason })))?;
            lifted += 1;
        }
    }
    if lifted == 0 { Err(Refused::Refusal(HoldRefusal::AsItIs)) } else { Ok(lifted) }
}
