//! The table of legal holds, and who is due.

use diesel::prelude::*;

use crate::account::{AccountState, Role};
use crate::clock::Timestamp;
use crate::db::schema::{accounts, legal_holds};
use crate::db::{Fault, Tx, savepoint};
use crate::ids::{AccountId, PersonId};

/// An account that is held: its username, why, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, serde::Serialize)]
pub struct Held {
    pub username: String,
    pub reason: String,
    pub placed_at: Timestamp,
}

/// Every account that is held, the newest first.
pub fn held(tx: &mut Tx) -> Result<Vec<Held>, Fault> {
    let held = legal_holds::table.inner_join(accounts::table).order((legal_holds::placed_at.desc(), accounts::username));
    Ok(held.select((accounts::username, legal_holds::reason, legal_holds::placed_at)).load(tx)?)
}

/// Accounts of everybody who is held, with their addresses.
pub(super) fn held_accounts(tx: &mut Tx) -> Result<Vec<(AccountId, String)>, Fault> {
    let persons = held_persons(tx)?;
    Ok(accounts::table.filter(accounts::person_id.eq_any(persons)).select((accounts::id, accounts::email)).load(tx)?)
}

/// Who is held: a person is, while one of their accounts is.
fn held_persons(tx: &mut Tx) -> Result<Vec<PersonId>, Fault> {
    Ok(legal_holds::table.inner_join(accounts::table).select(accounts::person_id).distinct().load(tx)?)
}

/// The holds on a person: why, and since when.
pub fn holds_of(tx: &mut Tx, person: PersonId) -> Result<Vec<(String, Timestamp)>, Fault> {
    let holds = legal_holds::table.inner_join(accounts::table).filter(accounts::person_id.eq(person));
    Ok(holds.select((legal_holds::reason, legal_holds::placed_at)).distinct().order(legal_holds::placed_at).load(tx)?)
}

/// False where it was held already.
pub(super) fn place_hold(tx: &mut Tx, now: Timestamp, account: AccountId, reason: &str) -> Result<bool, Fault> {
    let placed = savepoint(tx, |tx| {
        let row = (legal_holds::account_id.eq(account), legal_holds::reason.eq(reason), legal_holds::placed_at.eq(now));
        diesel::insert_into(legal_holds::table).values(row).execute(tx)?;
        Ok(())
    })?;
    Ok(placed.is_some())
}

pub(super) fn lift_hold(tx: &mut Tx, account: AccountId, reason: &str) -> Result<bool, Fault> {
    Ok(diesel::delete(legal_holds::table.find((account, reason))).execute(tx)? == 1)
}

/// Closed accounts of which nothing was erased, with whether their address was ever confirmed: confirmed ones closed before
/// `records`, others before `unconfirmed`. Staff accounts are never among them.
pub(super) fn due(
    tx: &mut Tx,
    records: Option<Timestamp>,
    unconfirmed: Option<Timestamp>,
    limit: i64,
) -> Result<Vec<(AccountId, bool)>, Fault> {
    let held = held_persons(tx)?;
    let mut due = Vec::new();
    for (before, is_confirmed) in [(records, true), (unconfirmed, false)] {
        let Some(before) = before else { continue };
        let found: Vec<AccountId> = accounts::table
            .filter(accounts::person_id.ne_all(held.clone()))
            .filter(accounts::state.eq(AccountState::Closed))
            .filter(accounts::role.eq_any(vec![Role::Provider, Role::BillingAgent]))
            .filter(accounts::erased_at.is_null())
            .filter(accounts::email_confirmed_at.is_not_null().eq(is_confirmed))
            .filter(accounts::updated_at.lt(before))
            .order(accounts::updated_at)
            .limit(limit)
            .select(accounts::id)
            .load(tx)?;
        due.extend(found.into_iter().map(|id| (id, is_confirmed)));
    }
    Ok(due)
}
