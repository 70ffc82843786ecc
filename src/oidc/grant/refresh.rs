//! Refresh tokens: each is used once, and the second use of one ends the family (RFC 9700 §4.14.2).

use std::time::Duration;

use super::store;
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::ids::GrantId;
use crate::keyring::Purpose;
use crate::oidc::client::Client;
use crate::secret::{Prefix, Token};

/// A refresh token that is not used for this long is over.
const LIFETIME: Duration = Duration::from_secs(30 * 86_400);

/// What presenting a refresh token came to.
#[derive(Debug)]
pub enum Rotation {
    /// Its successor is there; this one is used up.
    Rotated { grant: GrantId, successor: Token },
    /// A repeat within the client's grace: the same successor, which nobody has used yet.
    Repeated { grant: GrantId, successor: Token },
    /// Used before: the family has ended.
    Replayed,
    /// Never issued to this client, expired, or its family has ended.
    Unknown,
}

/// The first refresh token of a grant.
pub fn first_refresh_token(tx: &mut Tx, ctx: &Context, grant: GrantId, client_id: &str) -> Result<Token, Fault> {
    let token = Token::random(Prefix::RefreshToken, &*ctx.random);
    store::insert_refresh(tx, ctx.now, ctx.now + LIFETIME, &token.hash(), grant, client_id)?;
    Ok(token)
}

/// Uses `token` up and gives its successor. Of several at once, one rotates.
///
/// A replay is an outcome: the family stays ended whatever the caller answers.
pub fn rotate(tx: &mut Tx, ctx: &Context, client: &Client, token: &Token) -> Result<Rotation, Fault> {
    let hash = token.hash();
    let Some(known) = store::find_refresh(tx, &hash, &client.id)? else { return Ok(Rotation::Unknown) };
    let successor = Token::random(Prefix::RefreshToken, &*ctx.random);
    let sealed = ctx.keyring.seal(Purpose::RefreshToken, hash.bytes(), successor.reveal().as_bytes(), &*ctx.random);
    if store::use_refresh(tx, &hash, ctx.now, &successor.hash(), &sealed)? {
        store::insert_refresh(tx, ctx.now, ctx.now + LIFETIME, &successor.hash(), known.grant, &client.id)?;
        return Ok(Rotation::Rotated { grant: known.grant, successor });
    }
    // Read anew: on PostgreSQL the row may have been used while this transaction waited for it.
    let Some(known) = store::find_refresh(tx, &hash, &client.id)? else { return Ok(Rotation::Unknown) };
    let Some(used_at) = known.used_at else { return Ok(Rotation::Unknown) };
    let grace = Duration::from_secs(u64::from(client.metadata.refresh_reuse_grace_seconds));
    if !client.is_public() && ctx.now < used_at + grace && store::is_unused(tx, known.successor.as_deref())? {
        let plain = known.sealed_successor.as_deref().and_then(|sealed| ctx.keyring.unseal(Purpose::RefreshToken, hash.bytes(), sealed));
        let text = plain.and_then(|plain| String::from_utf8(plain).ok());
        if let Some(successor) = text.and_then(|text| Token::parse(Prefix::RefreshToken, &text)) {
            return Ok(Rotation::Repeated { grant: known.grant, successor });
        }
    }
    if super::end::end(tx, ctx, known.grant, "refresh token replayed")? {
        let detail = serde_json::json!({ "grant": known.grant });
        audit::record(tx, ctx, Event::new(Action::RefreshTokenReplayed).detail(detail))?;
    }
    Ok(Rotation::Replayed)
}
