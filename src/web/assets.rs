//! The stylesheet, built in and cached for good: its address changes when it does.

use std::sync::LazyLock;

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Unlogged;
use crate::app::App;
use crate::secret::{Hash, base64url};

const STYLESHEET: &str = include_str!("../../assets/gatehouse.css");
const ICON: &str = include_str!("../../assets/icon.svg");

static VERSION: LazyLock<String> = LazyLock::new(|| base64url(&Hash::of(STYLESHEET.as_bytes()).bytes()[..6]));

pub fn stylesheet_version() -> &'static str {
    &VERSION
}

pub fn routes() -> Router<App> {
    Router::new()
        .route("/assets/gatehouse.css", get(|| async { asset("text/css; charset=utf-8", STYLESHEET) }))
        .route("/assets/icon.svg", get(|| async { asset("image/svg+xml", ICON) }))
        .route("/favicon.ico", get(|| async { asset("image/svg+xml", ICON) }))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    let mut response = (headers, text).into_response();
    response.extensions_mut().insert(Unlogged);
    response
}
