//! Turns: rows that several take one after another, for rules that no row of their own can guard.

use diesel::prelude::*;

use super::schema::leases;
use super::{Fault, Tx, savepoint};
use crate::clock::Timestamp;
use crate::ids::RowId;

/// Takes a turn that comes once under this name: true for one caller, whatever replica it runs on.
pub fn take_turn_once(tx: &mut Tx, now: Timestamp, name: &str) -> Result<bool, Fault> {
    let taken = savepoint(tx, |tx| {
        let row = (leases::name.eq(name), leases::holder.eq(RowId::new()), leases::leased_until.eq(now));
        diesel::insert_into(leases::table).values(row).execute(tx)?;
        Ok(())
    })?;
    Ok(taken.is_some())
}

/// Waits until nobody else has the turn of this name; it is over when the transaction is.
pub fn take_turn(tx: &mut Tx, now: Timestamp, name: &str) -> Result<(), Fault> {
    let take = |tx: &mut Tx| diesel::update(leases::table.find(name)).set(leases::leased_until.eq(now)).execute(tx);
    if take(tx)? == 0 {
        take_turn_once(tx, now, name)?;
        take(tx)?;
    }
    Ok(())
}
