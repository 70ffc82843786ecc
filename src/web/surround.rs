//! What surrounds every request: its id, its visitor, the security headers, error pages, and one log line.

use std::time::Instant;

use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use super::cookie::Cookie;
use super::page::PageError;
use super::visitor::{FORM_COOKIE, Visitor, peer};
use crate::app::App;

/// Marks a page whose form may end in a redirect to an application, which `form-action 'self'` would block.
#[derive(Clone, Copy)]
pub struct AnyFormTarget;

/// Marks a page that other sites may show in a frame; it says so in its own policy.
#[derive(Clone, Copy)]
pub struct Frameable;

/// Marks a response that is not worth a log line.
#[derive(Clone, Copy)]
pub struct Unlogged;

/// Wraps `next`. The query of a request is never logged: codes travel in it.
pub async fn surround(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let visitor = Visitor::of_request(&app, request.headers(), peer(request.extensions()));
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let route = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(visitor.clone());
    let stopwatch = Stopwatch::start();
    let route_name = route.as_ref().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::debug_span!(
        "request",
        otel.name = format!("{method} {route_name}"),
        otel.kind = "server",
        http.request.method = %method,
        http.route = route_name,
        http.response.status_code = tracing::field::Empty,
        request = %visitor.request
    );
    let mut response = next.run(request).instrument(span.clone()).await;

    if let Some(error) = response.extensions_mut().remove::<PageError>() {
        if let PageError::Fault(fault) = &error {
            tracing::error!(request = %visitor.request, %method, path, %fault, "a request failed");
        }
        response = error.page(&visitor);
    }
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE && path.starts_with("/oauth2/") {
        let body = Json(serde_json::json!({ "error": "invalid_request", "error_description": "the body is too large" }));
        response = (StatusCode::PAYLOAD_TOO_LARGE, body).into_response();
    }
    finish(&app, &visitor, &mut response);
    span.record("http.response.status_code", i64::from(response.status().as_u16()));
    stopwatch.note(route.as_ref().map_or("none", MatchedPath::as_str), response.status());
    if response.extensions().get::<Unlogged>().is_none() {
        tracing::info!(request = %visitor.request, %method, path, status = response.status().as_u16(), "answered");
    }
    response
}

/// Times one request, for the metrics.
struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "how long an answer took; no rule depends on it")]
    fn start() -> Self {
        Self(Instant::now())
    }

    /// `route` is a pattern of the sitemap: what somebody typed is no label.
    fn note(&self, route: &str, status: StatusCode) {
        let (route, status) = (route.to_owned(), status.as_u16().to_string());
        metrics::histogram!("gatehouse_http_request_duration_seconds", "route" => route.clone()).record(self.0.elapsed().as_secs_f64());
        metrics::counter!("gatehouse_http_requests_total", "route" => route, "status" => status).increment(1);
    }
}

fn finish(app: &App, visitor: &Visitor, response: &mut Response) {
    let is_html = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
    let is_frameable = response.extensions().get::<Frameable>().is_some();
    let any_target = response.extensions().get::<AnyFormTarget>().is_some();
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    if is_html {
        set(header::CACHE_CONTROL, "no-store");
        if !is_frameable {
            set(header::X_FRAME_OPTIONS, "DENY");
        }
        set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
        set(header::CONTENT_SECURITY_POLICY, if any_target { CSP_ANY_TARGET } else { CSP });
    }
    if app.config.issuer.is_https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if is_html && !is_frameable {
        set_form_cookie(app, visitor, headers);
        if let Ok(id) = HeaderValue::from_str(visitor.request.as_str()) {
            headers.insert("x-request-id", id);
        }
    }
}

const CSP: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const CSP_ANY_TARGET: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

/// The cookie that this page's forms belong to.
fn set_form_cookie(app: &App, visitor: &Visitor, headers: &mut HeaderMap) {
    if visitor.form_cookie_is_new {
        let cookie = Cookie { name: FORM_COOKIE, value: &visitor.form_cookie, max_age: None };
        headers.append(header::SET_COOKIE, cookie.header(&app.config.issuer));
    }
}
