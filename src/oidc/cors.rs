//! Cross-origin requests (Fetch §3.2): pages of public clients may call what such a client calls, and nothing else.
//!
//! No endpoint here reads a cookie, so no answer is made with the person's power; even so, an origin is let in only where a
//! registered public client has a redirect URI of it. What everybody may read (discovery, keys) everybody's page may read.

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

async fn is_of_a_public_client(app: &App, origin: &HeaderValue) -> Result<bool, Fault> {
    let Ok(origin) = origin.to_str() else { return Ok(false) };
    let clients = app.db.read(client::list).await?;
    let is_of = |uri: &String| Url::parse(uri).is_ok_and(|uri| uri.origin().is_tuple() && uri.origin().ascii_serialization() == origin);
    Ok(clients.iter().any(|client| client.is_public() && client.metadata.redirect_uris.iter().any(is_of)))
}
