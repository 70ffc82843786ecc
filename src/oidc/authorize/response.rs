//! The authorization response: by redirect or by form, always with `iss` (RFC 9207).

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::oidc::client::ResponseMode;
use crate::secret::Hash;
use crate::web::{encode, see_other};
use crate::words::Words;

/// Where an answer goes, and how.
#[derive(Debug, Clone)]
pub struct Target {
    pub redirect_uri: String,
    pub mode: ResponseMode,
    pub state: Option<String>,
}

/// RFC 6749 §4.1.2.1.
pub fn answer_error(app: &App, target: &Target, error: &str, description: &str) -> Response {
    answer(app, target, vec![("error", error.to_owned()), ("error_description", description.to_owned())])
}

/// Sends what the response type asked for, with `state` and `iss`.
pub fn answer(app: &App, target: &Target, mut parameters: Vec<(&'static str, String)>) -> Response {
    if let Some(state) = &target.state {
        parameters.push(("state", state.clone()));
    }
    parameters.push(("iss", app.config.issuer.as_str().to_owned()));
    match target.mode {
        ResponseMode::Fragment => by_fragment(&target.redirect_uri, &parameters),
        ResponseMode::Query => by_redirect(&target.redirect_uri, &parameters),
        ResponseMode::FormPost => by_form(app.catalogue.choose(""), &target.redirect_uri, parameters),
    }
}

fn encoded(parameters: &[(&'static str, String)]) -> String {
    parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

/// What stands behind the `#` stays in the browser. A registered redirect URI has no fragment of its own.
fn by_fragment(uri: &str, parameters: &[(&'static str, String)]) -> Response {
    see_other(&format!("{uri}#{}", encoded(parameters)))
}

/// The redirect URI keeps its own query (RFC 6749 §3.1.2).
fn by_redirect(uri: &str, parameters: &[(&'static str, String)]) -> Response {
    let query = encoded(parameters);
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    see_other(&format!("{uri}{separator}{query}"))
}

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPost<'a> {
    w: Words,
    uri: &'a str,
    parameters: Vec<(&'static str, String)>,
    script: &'static str,
}

/// The one script there is: it presses the button. Its hash stands in the policy; without it a person presses.
const SCRIPT: &str = "document.forms[0].submit()";

/// OAuth 2.0 Form Post Response Mode §2.
fn by_form(w: Words, uri: &str, parameters: Vec<(&'static str, String)>) -> Response {
    use base64::Engine;
    let hash = base64::engine::general_purpose::STANDARD.encode(Hash::of(SCRIPT.as_bytes()).bytes());
    let policy = format!("default-src 'none'; script-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'");
    let page = FormPost { w, uri, parameters, script: SCRIPT }.render().unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (StatusCode::OK, headers, page).into_response()
}
