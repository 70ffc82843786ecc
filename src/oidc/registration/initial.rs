//! Initial access tokens (RFC 7591 §3): from the operator, for a number of registrations.

use std::time::Duration;

use diesel::prelude::*;

use crate::audit::{self, Action, Event};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::schema::registration_tokens;
use crate::db::{Fault, Tx};
use crate::secret::{Hash, Prefix, Token};

/// A token that lets applications register themselves, `uses` times within `lifetime`.
pub fn issue(tx: &mut Tx, ctx: &Context, uses: u32, lifetime: Duration) -> Result<Token, Fault> {
    let token = Token::random(Prefix::InitialAccess, &*ctx.random);
    diesel::insert_into(registration_tokens::table)
        .values((
            registration_tokens::token_hash.eq(token.hash().bytes()),
            registration_tokens::uses_left.eq(i64::from(uses)),
            registration_tokens::created_at.eq(ctx.now),
            registration_tokens::expires_at.eq(ctx.now + lifetime),
        ))
        .execute(tx)?;
    let detail = serde_json::json!({ "uses": uses, "expires_at": (ctx.now + lifetime).rfc3339() });
    audit::record(tx, ctx, Event::new(Action::RegistrationTokenCreated).detail(detail))?;
    Ok(token)
}

/// Whether the token is good for another registration.
pub fn is_good(tx: &mut Tx, hash: &Hash, now: Timestamp) -> Result<bool, Fault> {
    let good = registration_tokens::table
        .find(hash.bytes())
        .filter(registration_tokens::uses_left.gt(0))
        .filter(registration_tokens::expires_at.gt(now))
        .count()
        .get_result::<i64>(tx)?;
    Ok(good == 1)
}

/// Counts one registration; false where none is left.
pub fn take(tx: &mut Tx, hash: &Hash, now: Timestamp) -> Result<bool, Fault> {
    let taken = diesel::update(
        registration_tokens::table
            .find(hash.bytes())
            .filter(registration_tokens::uses_left.gt(0))
            .filter(registration_tokens::expires_at.gt(now)),
    )
    .set(registration_tokens::uses_left.eq(registration_tokens::uses_left - 1))
    .execute(tx)?;
    Ok(taken == 1)
}

/// Forgets tokens whose time is over.
pub fn tidy(tx: &mut Tx, now: Timestamp) -> Result<usize, Fault> {
    Ok(diesel::delete(registration_tokens::table.filter(registration_tokens::expires_at.le(now))).execute(tx)?)
}
