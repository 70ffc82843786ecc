//! An account's address is proven.

use super::store;
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::ids::AccountId;

/// The account's address is `address`, and confirmed. Typed codes may be tried anew.
pub fn confirm_address(tx: &mut Tx, ctx: &Context, account: AccountId, address: &str) -> Result<(), Fault> {
    store::confirm_address(tx, ctx.now, account, address)?;
    audit::record(tx, ctx, Event::new(Action::AddressConfirmed).account(account))
}
