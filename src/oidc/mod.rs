//! The OpenID Provider: one file an endpoint, one small named function a protocol rule, in visible ordered lists.
//!
//! ```text
//! /oauth2/authorize ─▶ grant + code ─▶ /oauth2/token ─▶ access token, refresh token, ID token
//!                                              │
//!                       userinfo · introspect ─┴─ every use asks the one gate (`account::may_issue_tokens`)
//! ```

mod access_token;
mod applications;
mod authorize;
mod claims;
mod claims_request;
pub mod client;
mod discovery;
mod entitlement;
mod error;
pub mod grant;
mod id_token;
mod introspect;
mod keys;
mod logout;
mod oauth;
mod paths;
mod revoke;
mod token;
mod userinfo;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub use authorize::tidy as forget_old_requests;
pub use grant::forget_revoked_tokens;
pub use keys::{rotate, watch_keys};

pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::CONFIGURATION, get(discovery::show))
        .route(paths::AUTHORIZATION_SERVER, get(discovery::show))
        .route(paths::JWKS, get(keys::show))
        .route(paths::AUTHORIZE, get(authorize::get).post(authorize::post))
        .route(paths::ACCOUNT, get(authorize::account).post(authorize::pick))
        .route(paths::FACILITIES, get(entitlement::list))
        .route(paths::CONSENT, get(authorize::consent).post(authorize::decide))
        .route(paths::TOKEN, post(token::create))
        .route(paths::USERINFO, get(userinfo::get).post(userinfo::post))
        .route(paths::INTROSPECT, post(introspect::create))
        .route(paths::REVOKE, post(revoke::create))
        .route(paths::LOGOUT, get(logout::get).post(logout::post))
        .route(paths::APPLICATIONS, get(applications::list).post(applications::withdraw))
}
