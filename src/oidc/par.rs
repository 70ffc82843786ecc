//! `POST /oauth2/par` (RFC 9126): a client brings its authorization request itself, and the browser only its name.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::authorize::{PUSHED_LIFETIME, push};
use super::client::{self, Credentials};
use super::error::{OAuthError, no_store};
use super::paths;
use super::token;
use crate::app::App;
use crate::db::Fault;
use crate::shared::Bucket;
use crate::web::{Unlogged, Visitor};

pub async fn create(State(app): State<App>, visitor: Visitor, headers: HeaderMap, body: Bytes) -> Response {
    let mut response = match answer(&app, &visitor, &headers, &body).await {
        Ok(answer) => no_store((StatusCode::CREATED, Json(answer)).into_response()),
        Err(error) => error.into_response(),
    };
    response.extensions_mut().insert(Unlogged);
    response
}

/// RFC 9126 §2.1, in order: the client proves itself as at the token endpoint, and the request is looked at as if it came to the
/// authorization endpoint.
async fn answer(app: &App, visitor: &Visitor, headers: &HeaderMap, body: &Bytes) -> Result<Value, OAuthError> {
    let fields = token::read(headers, body)?;
    let credentials = Credentials::of_request(headers, &fields)?.prove(app, paths::PAR).await?;
    let client = app.db.read(move |tx| Ok::<_, Fault>(client::authenticate(tx, &credentials))).await??;
    if client.is_public() && app.limits.take(Bucket::Request, &visitor.network().to_string()).await.is_err() {
        return Err(OAuthError::too_many());
    }
    if fields.get("request_uri").is_some() {
        return Err(OAuthError::invalid_request("request_uri has no place in a pushed request"));
    }
    let request_uri = push(app, &fields, client).await?.map_err(|(error, description)| OAuthError::new(error, description))?;
    Ok(json!({ "request_uri": request_uri, "expires_in": PUSHED_LIFETIME.as_secs() }))
}
