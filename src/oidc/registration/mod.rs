//! `/oauth2/register`: applications register themselves (RFC 7591) and manage what they registered (RFC 7592).
//!
//! Only where the operator lets them, and with an initial access token unless it is open to all. What an application can say of
//! itself is less than what an operator can: [`Asked`] has no member that gives power, and others are ignored (RFC 7591 §2).

mod asked;
mod initial;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use self::asked::Asked;
use super::client::{self, Client, CreateRefusal, Created, Unsound};
use super::error::{OAuthError, no_store};
use super::paths;
use super::userinfo::bearer;
use crate::app::App;
use crate::context::Actor;
use crate::db::Refused;
use crate::secret::{Hash, Prefix, Token};
use crate::shared::Bucket;
use crate::web::{PageError, Visitor};

pub use initial::{issue as issue_initial_token, tidy as forget_initial_tokens};

fn invalid(why: &str) -> OAuthError {
    OAuthError::told("invalid_client_metadata", why.to_owned())
}

fn unsound(unsound: &Unsound) -> OAuthError {
    OAuthError::told(unsound.code(), unsound.to_string())
}

fn refused(refused: Refused<CreateRefusal>) -> OAuthError {
    match refused {
        Refused::Refusal(CreateRefusal::Unsound(why)) => unsound(&why),
        Refused::Refusal(refusal) => invalid(&refusal.to_string()),
        Refused::Fault(fault) => fault.into(),
    }
}

/// `POST /oauth2/register` (RFC 7591 §3.1)
pub async fn create(State(app): State<App>, visitor: Visitor, headers: HeaderMap, body: Bytes) -> Result<Response, PageError> {
    if !app.config.registration.enabled {
        return Err(PageError::NotFound);
    }
    Ok(match register(&app, &visitor, &headers, &body).await {
        Ok(answer) => no_store((StatusCode::CREATED, Json(answer)).into_response()),
        Err(error) => error.into_response(),
    })
}

async fn register(app: &App, visitor: &Visitor, headers: &HeaderMap, body: &Bytes) -> Result<Value, OAuthError> {
    app.limits.take(Bucket::Register, &visitor.network().to_string()).await.map_err(|_| OAuthError::too_many())?;
    let initial = match (bearer(headers)?, app.config.registration.open) {
        (Some(text), _) => Some(Token::parse(Prefix::InitialAccess, &text).ok_or_else(OAuthError::invalid_token)?),
        (None, true) => None,
        (None, false) => return Err(OAuthError::no_token()),
    };
    if let Some(token) = &initial {
        let (hash, now) = (token.hash(), app.clock.now());
        // Looked at before anything is fetched for it, and counted only with the client it registers.
        if !app.db.read(move |tx| initial::is_good(tx, &hash, now)).await? {
            return Err(OAuthError::invalid_token());
        }
    }
    let metadata = Asked::read(body).map_err(|why| invalid(&why))?.metadata(&app.config);
    client::vet(app, &metadata).await.map_err(|why| unsound(&why))?;
    let (ctx, token) = (visitor.context(), Token::random(Prefix::RegistrationAccess, &*app.random));
    let written = token.clone();
    let created = app.db.write(move |tx| {
        if let Some(initial) = &initial
            && !initial::take(tx, &initial.hash(), ctx.now)?
        {
            return Ok(None);
        }
        client::create(tx, &ctx, metadata.clone(), None, None, Some(&written)).map(Some)
    });
    let created = created.await.map_err(refused)?.ok_or_else(OAuthError::invalid_token)?;
    Ok(describe(app, &created, token.reveal()))
}

/// RFC 7591 §3.2.1, RFC 7592 §3. A secret is there only where it was made just now: it is kept as a hash.
fn describe(app: &App, created: &Created, registration_token: &str) -> Value {
    let client = &created.client;
    let mut answer = Asked::of(&client.metadata);
    answer["client_id"] = client.id.clone().into();
    answer["client_id_issued_at"] = client.created_at.seconds().into();
    if let Some(secret) = &created.secret {
        answer["client_secret"] = secret.clone().into();
        answer["client_secret_expires_at"] = 0.into();
    }
    answer["registration_access_token"] = registration_token.into();
    answer["registration_client_uri"] = app.config.url(&format!("{}/{}", paths::REGISTER, client.id)).into();
    answer
}

/// The client that the registration access token belongs to, and the token. Anything else is 401, whatever the path says
/// (RFC 7592 §2.1).
async fn own(app: &App, headers: &HeaderMap, id: &str) -> Result<(Client, String), OAuthError> {
    let text = bearer(headers)?.ok_or_else(OAuthError::no_token)?;
    let token = Token::parse(Prefix::RegistrationAccess, &text).ok_or_else(OAuthError::invalid_token)?;
    let id = id.to_owned();
    let client = app.db.read(move |tx| client::find(tx, &id)).await?;
    let is_own = |client: &Client| client.registration_token_hash.as_deref().is_some_and(|stored| token.hash().matches(stored));
    client.filter(is_own).map(|client| (client, text)).ok_or_else(OAuthError::invalid_token)
}

/// `GET /oauth2/register/{id}` (RFC 7592 §2.1)
pub async fn show(State(app): State<App>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    match own(&app, &headers, &id).await {
        Ok((client, token)) => no_store(Json(describe(&app, &Created { client, secret: None }, &token)).into_response()),
        Err(error) => error.into_response(),
    }
}

/// `PUT /oauth2/register/{id}` (RFC 7592 §2.2): all members anew; what is left out is as if it had never been said.
pub async fn replace(State(app): State<App>, visitor: Visitor, headers: HeaderMap, Path(id): Path<String>, body: Bytes) -> Response {
    match change(&app, &visitor, &headers, &id, &body).await {
        Ok(answer) => no_store(Json(answer).into_response()),
        Err(error) => error.into_response(),
    }
}

async fn change(app: &App, visitor: &Visitor, headers: &HeaderMap, id: &str, body: &Bytes) -> Result<Value, OAuthError> {
    app.limits.take(Bucket::Register, &visitor.network().to_string()).await.map_err(|_| OAuthError::too_many())?;
    let (client, token) = own(app, headers, id).await?;
    if !app.config.registration.enabled {
        return Err(OAuthError::may_not_change());
    }
    let asked = Asked::read(body).map_err(|why| invalid(&why))?;
    if asked.client_id.as_deref() != Some(&client.id) {
        return Err(OAuthError::invalid_request("client_id is not that of the client"));
    }
    if let Some(secret) = &asked.client_secret
        && !client.secret_hash.as_deref().is_some_and(|stored| Hash::of(secret.as_bytes()).matches(stored))
    {
        return Err(OAuthError::invalid_request("client_secret is not that of the client: it cannot be chosen"));
    }
    let metadata = asked.metadata(&app.config);
    client::vet(app, &metadata).await.map_err(|why| unsound(&why))?;
    let ctx = visitor.by(Actor::Client(client.id.clone()));
    let changed = app.db.write(move |tx| client::change(tx, &ctx, client.clone(), metadata.clone())).await.map_err(refused)?;
    Ok(describe(app, &changed, &token))
}

/// `DELETE /oauth2/register/{id}` (RFC 7592 §2.3): its grants end with it.
pub async fn delete(State(app): State<App>, visitor: Visitor, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let client = match own(&app, &headers, &id).await {
        Ok((client, _)) => client,
        Err(error) => return error.into_response(),
    };
    let ctx = visitor.by(Actor::Client(client.id.clone()));
    match app.db.write(move |tx| client::delete(tx, &ctx, &client.id)).await {
        Ok(_) => no_store(StatusCode::NO_CONTENT.into_response()),
        Err(fault) => OAuthError::from(fault).into_response(),
    }
}
