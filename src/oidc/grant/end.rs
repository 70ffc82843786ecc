//! Grants end, with every token of theirs.

use super::store;
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::ids::GrantId;
use crate::revocation::{self, Revoked};

/// The grant has ended; false where it had before.
pub fn end(tx: &mut Tx, ctx: &Context, grant: GrantId, reason: &str) -> Result<bool, Fault> {
    let ended = store::end(tx, grant, ctx.now, reason)?;
    if ended {
        revocation::note(tx, ctx, Revoked::Grant, grant.bytes())?;
    }
    Ok(ended)
}

/// Every grant of a client that is gone has ended.
pub fn end_of_client(tx: &mut Tx, ctx: &Context, client_id: &str) -> Result<(), Fault> {
    for grant in store::end_of_client(tx, client_id, ctx.now)? {
        revocation::note(tx, ctx, Revoked::Grant, grant.bytes())?;
    }
    Ok(())
}
