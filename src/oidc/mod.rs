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
mod cors;
mod discovery;
mod entitlement;
mod error;
pub mod grant;
mod id_token;
mod introspect;
mod jws;
mod keys;
pub mod logout;
mod oauth;
mod par;
mod paths;
pub mod registration;
mod resource;
mod revoke;
mod session_state;
mod token;
mod userinfo;

use axum::routing::{get, post};
use axum::{Router, middleware};

use crate::app::App;

pub use authorize::tidy as forget_old_requests;
pub use client::forget_replays;
pub use grant::forget_revoked_tokens;
pub use keys::{rotate, rotate_old, watch_keys};

/// The endpoints. `app` is for the questions that browsers ask before a request.
pub fn routes(app: &App) -> Router<App> {
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
        .route(paths::PAR, post(par::create))
        .route(paths::REVOKE, post(revoke::create))
        .route(paths::LOGOUT, get(logout::get).post(logout::post))
        .route("/sign-out", get(logout::confirm).post(logout::create))
        .route(paths::PROTECTED_RESOURCE, get(resource::show))
        .route(paths::CHECK_SESSION, get(session_state::show))
        .route(paths::REGISTER, post(registration::create))
        .route(paths::REGISTRATION, get(registration::show).put(registration::replace).delete(registration::delete))
        .route(paths::APPLICATIONS, get(applications::list).post(applications::withdraw))
        .layer(middleware::from_fn_with_state(app.clone(), cors::allow))
}
