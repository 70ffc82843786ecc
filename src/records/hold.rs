//! A legal hold: nothing of a person is erased while it stands.

use super::store;
use crate::account;
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Refused, Tx};
use crate::ids::AccountId;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldRefusal {
    NoSuchAccount,
    /// Every account of the person is held already; none is, where a hold is to be lifted.
    AsItIs,
    /// What could be held was erased.
    Erased,
}

/// Every account of the person is held for `reason`; those that are erased already stay so. Returns how many are new.
///
/// The person's row is taken, so that erasing comes before or after.
pub fn hold(tx: &mut Tx, ctx: &Context, id: AccountId, reason: &str) -> Result<usize, Refused<HoldRefusal>> {
    let person = account::find(tx, id)?.ok_or(Refused::Refusal(HoldRefusal::NoSuchAccount))?.person_id;
    account::hold_person(tx, person)?;
    let all = account::all_of_person(tx, person)?;
    if all.iter().all(|account| account.erased_at.is_some()) {
        return Err(Refused::Refusal(HoldRefusal::Erased));
    }
    let mut held = 0;
    for account in all.iter().filter(|account| account.erased_at.is_none()) {
        if store::place_hold(tx, ctx.now, account.id, reason)? {
            audit::record(tx, ctx, Event::new(Action::RecordsHeld).account(account.id))?;
            held += 1;
        }
    }
    if held == 0 { Err(Refused::Refusal(HoldRefusal::AsItIs)) } else { Ok(held) }
}

/// No account of the person is held any more; returns how many were.
pub fn lift(tx: &mut Tx, ctx: &Context, id: AccountId) -> Result<usize, Refused<HoldRefusal>> {
    let person = account::find(tx, id)?.ok_or(Refused::Refusal(HoldRefusal::NoSuchAccount))?.person_id;
    account::hold_person(tx, person)?;
    let mut lifted = 0;
    for account in account::all_of_person(tx, person)? {
        if store::lift_hold(tx, account.id)? {
            audit::record(tx, ctx, Event::new(Action::RecordsReleased).account(account.id))?;
            lifted += 1;
        }
    }
    if lifted == 0 { Err(Refused::Refusal(HoldRefusal::AsItIs)) } else { Ok(lifted) }
}
