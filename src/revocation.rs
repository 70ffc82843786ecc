//! What ends tokens: every change that does writes a row here, in its own transaction.
//!
//! Today every check reads the database, so nothing can be stale. A process that caches follows this table; on
//! PostgreSQL a row carries its transaction's id, so that a late commit is found too.

use std::time::Duration;

use diesel::prelude::*;

use crate::clock::Timestamp;
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

/// A row that nobody has told applications about.
#[derive(Debug, Clone, Queryable)]
pub struct Untold {
    pub id: i64,
    pub kind: Revoked,
    pub subject: Vec<u8>,
}

/// What ended and was not told yet, oldest first.
pub fn untold(tx: &mut Tx, limit: i64) -> Result<Vec<Untold>, Fault> {
    let rows = revocations::table
        .filter(revocations::told_at.is_null())
        .order(revocations::id)
        .limit(limit)
        .select((revocations::id, revocations::kind, revocations::subject))
        .load(tx)?;
    Ok(rows)
}

/// Whoever marks a row tells of it: true for one caller alone.
pub fn tell(tx: &mut Tx, id: i64, now: Timestamp) -> Result<bool, Fault> {
    let told =
        diesel::update(revocations::table.find(id).filter(revocations::told_at.is_null())).set(revocations::told_at.eq(now)).execute(tx)?;
    Ok(told == 1)
}

/// How long a row is kept: far longer than anybody takes to read it.
const KEPT: Duration = Duration::from_secs(7 * 86_400);

/// Forgets what ended a week ago and was told.
pub fn forget(tx: &mut Tx, now: Timestamp) -> Result<usize, Fault> {
    let old = revocations::table.filter(revocations::told_at.is_not_null()).filter(revocations::at.le(now - KEPT));
    Ok(diesel::delete(old).execute(tx)?)
}

/// Notes that everything resting on `subject` has ended.
pub fn note(tx: &mut Tx, ctx: &Context, kind: Revoked, subject: &[u8]) -> Result<(), Fault> {
    diesel::insert_into(revocations::table)
        .values((revocations::kind.eq(kind), revocations::subject.eq(subject), revocations::at.eq(ctx.now)))
        .execute(tx)?;
    Ok(())
}
