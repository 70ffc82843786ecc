//! `GET|POST /oauth2/logout`: RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0); `/sign-out`; and who is told of the end.

mod back_channel;
mod front_channel;
mod sessions;
mod sign_out;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::client::{self, Client};
use super::id_token;
use super::paths;
use crate::app::App;
use crate::authentication::pages::{MaybeSignedIn, without_session};
use crate::authentication::{self, SignedIn};
use crate::context::Actor;
use crate::secret;
use crate::web::{AnyFormTarget, Fields, FormView, PageError, PageResult, Visitor, encode, see_other};

pub use back_channel::{deliver_due, post_notices, run as tell_applications};
pub use sign_out::{confirm, create};

pub async fn get(State(app): State<App>, visitor: Visitor, signed_in: MaybeSignedIn, RawQuery(query): RawQuery) -> PageResult {
    let fields = read(query.unwrap_or_default().as_bytes())?;
    run(&app, &visitor, signed_in.0, &fields).await
}

pub async fn post(State(app): State<App>, visitor: Visitor, signed_in: MaybeSignedIn, body: Bytes) -> PageResult {
    let fields = read(&body)?;
    match fields.get("logout") {
        // Our own confirmation page: its answer counts only from that page.
        Some(answer) => {
            if !secret::equal(visitor.form_token().as_bytes(), fields.text("csrf").as_bytes()) {
                return Err(PageError::ForeignForm);
            }
            if answer != "yes" {
                return Ok(see_other("/"));
            }
            let request = check(&app, &fields).await?;
            end(&app, &visitor, signed_in.0, request.target).await
        }
        // A POST from another site comes without the session's cookie: asked anew by GET, it is there.
        None => Ok(see_other(&format!("{}?{}", paths::LOGOUT, fields.encode()))),
    }
}

fn read(bytes: &[u8]) -> Result<Fields, PageError> {
    Fields::parse(bytes).map_err(|e| PageError::OAuth { error: "invalid_request", description: e.to_string() })
}

/// A logout request that keeps every rule.
struct Request {
    /// Whose `sid` the hint names, where there is one.
    hinted_sid: Option<String>,
    /// Where to go afterwards, with the state.
    target: Option<String>,
}

/// The rules, in order.
async fn check(app: &App, fields: &Fields) -> Result<Request, PageError> {
    let wrong = |description: &str| PageError::OAuth { error: "invalid_request", description: description.to_owned() };
    // §2: a hint is an ID token of ours; an expired one is accepted, an altered one is not.
    let hint = match fields.get("id_token_hint") {
        None => None,
        Some(text) => Some(id_token::read_hint(app, text).ok_or_else(|| wrong("id_token_hint is no ID token of this service"))?),
    };
    let audience: Vec<String> =
        hint.as_ref().map(|claims| id_token::audience(claims).into_iter().map(str::to_owned).collect()).unwrap_or_default();
    // §2: client_id, where sent, is the client the hint was issued to.
    if let (Some(id), Some(_)) = (fields.get("client_id"), &hint)
        && !audience.iter().any(|aud| aud == id)
    {
        return Err(wrong("client_id is not the client of id_token_hint"));
    }
    let target = match fields.get("post_logout_redirect_uri") {
        None => None,
        Some(uri) => {
            // §3: a redirect needs a hint, and an address registered for its client.
            if hint.is_none() {
                return Err(wrong("post_logout_redirect_uri needs an id_token_hint"));
            }
            let client = client_of(app, audience).await?;
            if !client.is_some_and(|client| client.has_post_logout_redirect_uri(uri)) {
                return Err(wrong("post_logout_redirect_uri is not registered for the application"));
            }
            let separator = if uri.contains('?') { '&' } else { '?' };
            Some(fields.get("state").map_or_else(|| uri.to_owned(), |state| format!("{uri}{separator}state={}", encode(state))))
        }
    };
    let hinted_sid = hint.and_then(|claims| claims.get("sid")?.as_str().map(str::to_owned));
    Ok(Request { hinted_sid, target })
}

async fn client_of(app: &App, audience: Vec<String>) -> Result<Option<Client>, crate::db::Fault> {
    match audience.into_iter().next() {
        Some(id) => app.db.read(move |tx| client::find(tx, &id)).await,
        None => Ok(None),
    }
}

async fn run(app: &App, visitor: &Visitor, signed_in: Option<SignedIn>, fields: &Fields) -> PageResult {
    let request = check(app, fields).await?;
    match &signed_in {
        // §2: without a hint about this very session, the person is asked.
        Some(session) if request.hinted_sid.as_deref() != Some(&session.sid().to_string()) => Ok(ask(visitor, session, fields)),
        _ => end(app, visitor, signed_in, request.target).await,
    }
}

fn ask(visitor: &Visitor, signed_in: &SignedIn, fields: &Fields) -> Response {
    let mut form = FormView::new(visitor, paths::LOGOUT);
    for name in ["id_token_hint", "client_id", "post_logout_redirect_uri", "state"] {
        if let Some(value) = fields.get(name) {
            form = form.hidden(name, value);
        }
    }
    let mut response = sign_out::question(visitor, signed_in, form);
    response.extensions_mut().insert(AnyFormTarget);
    response
}

/// The whole browser session has ended (PRODUCT §2.3), and the browser goes where it was promised.
async fn end(app: &App, visitor: &Visitor, signed_in: Option<SignedIn>, target: Option<String>) -> PageResult {
    let mut frames = Vec::new();
    if let Some(signed_in) = signed_in {
        frames = front_channel::frames(app, signed_in.session.id).await?;
        let ctx = visitor.by(Actor::Account(signed_in.account.id));
        app.db.write(move |tx| authentication::sign_out(tx, &ctx, signed_in.session.id, signed_in.account.id)).await?;
    }
    let response = match (target, frames.is_empty()) {
        (target, false) => front_channel::page(visitor, frames, target),
        (Some(target), true) => see_other(&target),
        (None, true) => sign_out::done(visitor),
    };
    Ok(without_session(visitor, response))
}
