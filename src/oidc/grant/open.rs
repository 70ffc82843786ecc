//! A grant is opened, with a code to redeem it by.

use std::time::Duration;

use super::grant::NewGrant;
use super::store;
use crate::account;
use crate::audit::{self, Action, Event};
use crate::authentication;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::ids::GrantId;
use crate::oidc::client::Client;
use crate::secret::{Prefix, Token};

/// An authorization code lives a minute (RFC 6749 §4.1.2 allows ten).
const CODE_LIFETIME: Duration = Duration::from_secs(60);

/// What a code is bound to.
#[derive(Debug, Clone)]
pub struct NewCode {
    pub redirect_uri: String,
    pub code_challenge: Option<String>,
    pub nonce: Option<String>,
}

/// A grant that was opened, and the code that redeems it once, where there is to be one.
pub struct Opened {
    pub id: GrantId,
    pub code: Option<Token>,
}

/// The grant stands, with a code where `code` says what it is bound to.
///
/// `None` where the account was suspended, all its grants were ended, or its session was, since the decision was made.
pub fn open(tx: &mut Tx, ctx: &Context, grant: &NewGrant, code: Option<&NewCode>) -> Result<Option<Opened>, Fault> {
    // A session that ends at the same moment ends before this, or has this grant among those whose applications it tells.
    if !account::may_open_grant(tx, &grant.account)? || !authentication::hold_place(tx, grant.sid)? {
        return Ok(None);
    }
    let id = GrantId::new();
    store::insert_grant(tx, ctx.now, id, grant)?;
    let token = match code {
        None => None,
        Some(code) => {
            let token = Token::random(Prefix::AuthorizationCode, &*ctx.random);
            store::insert_code(tx, ctx.now, ctx.now + CODE_LIFETIME, &token.hash(), id, &grant.client_id, code)?;
            Some(token)
        }
    };
    let detail = serde_json::json!({ "client": grant.client_id, "grant": id, "scope": grant.scope.to_string() });
    audit::record(tx, ctx, Event::new(Action::GrantIssued).account(grant.account.id).detail(detail))?;
    Ok(Some(Opened { id, code: token }))
}

/// The one grant that all client-credentials tokens of a client rest on.
pub fn open_standing(tx: &mut Tx, now: Timestamp, client: &Client) -> Result<(), Fault> {
    store::insert_standing(tx, now, client.standing_grant, &client.id, &client.metadata.scope)
}
