//! Cross-origin requests (Fetch §3.2): pages of public clients may call what such a client calls, and nothing else.
//!
//! No endpoint here reads a cookie, so no answer is made with the person's power; even so, an origin is let in only where a
//! registered public client has a redirect URI of it. What everybody may read (discovery, keys) everybody's page may read.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use openidconnect::url::Url;

use super::client;
use super::paths;
use crate::app::App;
use crate::clock::Timestamp;
use crate::db::Fault;

const FOR_EVERYBODY: &[&str] = &[paths::CONFIGURATION, paths::AUTHORIZATION_SERVER, paths::PROTECTED_RESOURCE, paths::JWKS];
const FOR_CLIENTS: &[&str] = &[paths::TOKEN, paths::USERINFO, paths::REVOKE, paths::PAR, paths::FACILITIES];

/// Adds what a browser asks for, and answers its question before a request (a preflight).
pub async fn allow(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let allowed = match request.headers().get(ORIGIN) {
        None => None,
        Some(_) if FOR_EVERYBODY.contains(&path) => Some(HeaderValue::from_static("*")),
        Some(origin) if FOR_CLIENTS.contains(&path) => match is_of_a_public_client(&app, origin).await {
            Ok(true) => Some(origin.clone()),
            Ok(false) => None,
            Err(fault) => {
                tracing::error!(%fault, "an origin could not be looked up");
                None
            }
        },
        Some(_) => None,
    };
    let is_question = request.method() == Method::OPTIONS && request.headers().contains_key("access-control-request-method");
    let Some(origin) = allowed else { return next.run(request).await };
    let mut response = if is_question { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if is_question {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("authorization, content-type"));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    } else {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("www-authenticate"));
    }
    response
}

/// The origins of one service's public clients, and when they were read.
type Known = (Timestamp, Arc<HashSet<String>>);

/// Kept a few seconds, for each issuer of this process: whoever sends an `Origin` makes nobody read all clients.
static ORIGINS: LazyLock<Mutex<HashMap<String, Known>>> = LazyLock::new(Mutex::default);
const READ_AGAIN_AFTER: Duration = Duration::from_secs(5);

async fn is_of_a_public_client(app: &App, origin: &HeaderValue) -> Result<bool, Fault> {
    let Ok(origin) = origin.to_str() else { return Ok(false) };
    let (issuer, now) = (app.config.issuer.as_str(), app.clock.now());
    let known = ORIGINS.lock().expect("no holder panics").get(issuer).cloned();
    let origins = match known.filter(|(read_at, _)| now < *read_at + READ_AGAIN_AFTER) {
        Some((_, origins)) => origins,
        None => {
            let clients = app.db.read(client::list).await?;
            let readable = clients.iter().filter_map(|(_, client)| client.as_ref());
            let uris = readable.filter(|client| client.is_public()).flat_map(|client| &client.metadata.redirect_uris);
            let origins = uris.filter_map(|uri| Some(Url::parse(uri).ok()?.origin())).filter(|origin| origin.is_tuple());
            let origins: Arc<HashSet<String>> = Arc::new(origins.map(|origin| origin.ascii_serialization()).collect());
            ORIGINS.lock().expect("no holder panics").insert(issuer.to_owned(), (now, Arc::clone(&origins)));
            origins
        }
    };
    Ok(origins.contains(origin))
}
