//! The JWKS, rendered once for each set of keys; and rotation while the service runs.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::Fault;
use crate::keyring::{Algorithm, SigningKey, forget_signing_keys, rotate_signing_key};
use crate::web::Unlogged;

/// Many times longer than relying parties may keep the JWKS.
const PUBLISHED_BEFORE: Duration = Duration::from_secs(86_400);

/// The last rendering, and the keys it was made of.
static RENDERED: RwLock<Option<(Vec<String>, Arc<str>)>> = RwLock::new(None);

/// `GET /oauth2/jwks`: public parts only.
pub async fn show(State(app): State<App>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/jwk-set+json"), (header::CACHE_CONTROL, "public, max-age=60")];
    let mut response = (headers, render(&app).to_string()).into_response();
    response.extensions_mut().insert(Unlogged);
    response
}

fn render(app: &App) -> Arc<str> {
    let keys = app.signing.published(app.clock.now());
    let kids: Vec<String> = keys.iter().map(|key| key.kid.clone()).collect();
    if let Some((known, text)) = RENDERED.read().expect("no holder panics").as_ref()
        && *known == kids
    {
        return Arc::clone(text);
    }
    let jwks: Vec<_> = keys.iter().map(|key| key.public_jwk.clone()).collect();
    let text: Arc<str> = json!({ "keys": jwks }).to_string().into();
    *RENDERED.write().expect("no holder panics") = Some((kids, Arc::clone(&text)));
    text
}

/// A new key is published for each of `algorithms`, and signs in `ahead`; the old ones stay published. Gives the new kids.
///
/// With `unless_newer_than`, only where there is none newer.
pub async fn rotate(
    app: &App,
    ctx: &Context,
    algorithms: &[Algorithm],
    ahead: Duration,
    unless_newer_than: Option<Timestamp>,
) -> Result<Vec<String>, Fault> {
    let mut kids = Vec::new();
    for algorithm in algorithms.iter().copied() {
        let now = ctx.now;
        let made = tokio::task::spawn_blocking(move || SigningKey::generate(algorithm, now)).await;
        let (mut key, private) = made.map_err(|e| Fault::broken(e.to_string()))??;
        key.active_at = now + ahead;
        let kid = key.kid.clone();
        let (keyring, ctx) = (Arc::clone(&app.keyring), ctx.clone());
        let rotated = app.db.write(move |tx| {
            let rotated = rotate_signing_key(tx, &keyring, &key, &private, &*ctx.random, unless_newer_than)?;
            if rotated {
                let detail = json!({ "kid": key.kid, "algorithm": key.algorithm });
                audit::record(tx, &ctx, Event::new(Action::SigningKeyCreated).detail(detail))?;
            }
            Ok::<_, Fault>(rotated)
        });
        if rotated.await? {
            kids.push(kid);
        }
    }
    reload(app).await?;
    Ok(kids)
}

/// Keys that are as old as the operator lets them get are followed by new ones, published a day before they sign.
pub async fn rotate_old(app: &App) -> Result<(), Fault> {
    let ctx = app.system_context("keys");
    let Some(age) = app.config.key_rotation else { return Ok(()) };
    let old = app.signing.older_than(ctx.now - age);
    if !old.is_empty() {
        rotate(app, &ctx, &old, PUBLISHED_BEFORE, Some(ctx.now - age)).await?;
    }
    let now = ctx.now;
    app.db.write(move |tx| forget_signing_keys(tx, now)).await.map(|_| ())
}

async fn reload(app: &App) -> Result<bool, Fault> {
    let (keyring, signing) = (Arc::clone(&app.keyring), Arc::clone(&app.signing));
    app.db.read(move |tx| signing.reload(tx, &keyring)).await
}

/// Follows rotations that another process made, within a second.
pub async fn watch_keys(app: App) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        match reload(&app).await {
            Ok(true) => tracing::info!("the signing keys were rotated"),
            Ok(false) => {}
            Err(fault) => tracing::error!(%fault, "the signing keys could not be read"),
        }
    }
}
