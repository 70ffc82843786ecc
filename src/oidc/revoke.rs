//! `POST /oauth2/revoke` (RFC 7009).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::access_token::AccessToken;
use super::client::{self, Client, Credentials};
use super::error::{OAuthError, no_store};
use super::grant;
use super::paths;
use super::token;
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::context::{Actor, Context};
use crate::db::{Fault, Tx};
use crate::revocation::{self, Revoked};
use crate::secret::{Prefix, Token};
use crate::web::{Unlogged, Visitor};

/// `POST /oauth2/revoke`: an unknown token is as good as a revoked one (§2.2).
pub async fn create(State(app): State<App>, visitor: Visitor, headers: HeaderMap, body: Bytes) -> Response {
    let mut response = match answer(&app, &visitor, &headers, &body).await {
        Ok(()) => no_store(StatusCode::OK.into_response()),
        Err(error) => error.into_response(),
    };
    response.extensions_mut().insert(Unlogged);
    response
}

async fn answer(app: &App, visitor: &Visitor, headers: &HeaderMap, body: &Bytes) -> Result<(), OAuthError> {
    let fields = token::read(headers, body)?;
    let credentials = Credentials::of_request(headers, &fields)?.prove(app, paths::REVOKE).await?;
    let client = app.db.read(move |tx| Ok::<_, Fault>(client::authenticate(tx, &credentials))).await??;
    let text = fields.get("token").ok_or(OAuthError::invalid_request("token is missing"))?.to_owned();
    let ctx = visitor.by(Actor::Client(client.id.clone()));
    let access_token = AccessToken::open(app, &text, app.clock.now());
    app.db
        .write(move |tx| match (&access_token, Token::parse(Prefix::RefreshToken, &text)) {
            (Some(token), _) => revoke_access_token(tx, &ctx, &client, token),
            (None, Some(token)) => revoke_refresh_token(tx, &ctx, &client, &token),
            (None, None) => Ok::<_, Fault>(()),
        })
        .await?;
    Ok(())
}

/// Its `jti` is kept until the token would have expired. Another client's token stays as it is.
fn revoke_access_token(tx: &mut Tx, ctx: &Context, client: &Client, token: &AccessToken) -> Result<(), Fault> {
    let own = grant::standing(tx, token.grant)?.is_some_and(|standing| standing.grant.client_id == client.id);
    if own && grant::revoke_token(tx, &token.jti, token.expires_at)? {
        revocation::note(tx, ctx, Revoked::Token, token.jti.as_bytes())?;
        let detail = serde_json::json!({ "grant": token.grant, "jti": token.jti });
        audit::record(tx, ctx, Event::new(Action::TokenRevoked).detail(detail))?;
    }
    Ok(())
}

/// The grant ends, with every token of it (RFC 7009 §2.1).
fn revoke_refresh_token(tx: &mut Tx, ctx: &Context, client: &Client, token: &Token) -> Result<(), Fault> {
    let Some(grant) = grant::grant_of_refresh(tx, &token.hash(), &client.id)? else { return Ok(()) };
    if grant::end(tx, ctx, grant, "revoked by the client")? {
        audit::record(tx, ctx, Event::new(Action::GrantEnded).detail(serde_json::json!({ "grant": grant, "why": "revoked" })))?;
    }
    Ok(())
}
