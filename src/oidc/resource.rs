//! `GET /.well-known/oauth-protected-resource` (RFC 9728): this service as a resource, for its entitlement interface.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::paths;
use crate::app::App;
use crate::web::Unlogged;

/// Other resources publish a document like this one under their own address.
pub async fn show(State(app): State<App>) -> Response {
    let issuer = app.config.issuer.as_str();
    let document = json!({
        "resource": issuer,
        "authorization_servers": [issuer],
        "jwks_uri": app.config.url(paths::JWKS),
        "scopes_supported": ["facilities", "openid"],
        "bearer_methods_supported": ["header"],
        "resource_name": app.config.agency.portal_name,
    });
    let mut response = ([(header::CACHE_CONTROL, "public, max-age=300")], Json(document)).into_response();
    response.extensions_mut().insert(Unlogged);
    response
}
