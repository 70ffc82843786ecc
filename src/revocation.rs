//! What ends tokens: every change that does writes a row here, in its own transaction.
//!
//! Today every check reads the database, so nothing can be stale. A process that caches follows this table; on
//! PostgreSQL a row carries its transaction's id, so that a late commit is found too.

use diesel::prelude::*;

use crate::context::Context;
use crate::db::schema::revocations;
use crate::db::{Fault, Tx};
use crate::word_enum;

word_enum!(
    /// What was ended.
    Revoked {
        Account = "account",
        Session = "session",
        Grant = "grant",
        Token = "token",
        Facility = "facility",
    }
);

/// Notes that everything resting on `subject` has ended.
pub fn note(tx: &mut Tx, ctx: &Context, kind: Revoked, subject: &[u8]) -> Result<(), Fault> {
    diesel::insert_into(revocations::table)
        .values((revocations::kind.eq(kind), revocations::subject.eq(subject), revocations::at.eq(ctx.now)))
        .execute(tx)?;
    Ok(())
}
