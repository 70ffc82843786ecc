//! Session Management 1.0: an application's page learns, without a request, that the browser's session is another one now.
//!
//! A cookie that scripts may read names the session without giving it away. The application gets a salted hash over it
//! (`session_state`); the frame of `GET /oauth2/check-session` makes the same hash again and says `unchanged` or `changed`.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openidconnect::url::Url;

use crate::app::App;
use crate::authentication::{BROWSER_STATE_COOKIE, SignedIn};
use crate::keyring::Purpose;
use crate::secret::{self, Hash, base64url};
use crate::web::{Cookie, Frameable, full_cookie_name};

/// What the cookie holds: a name of the session, of no other use.
fn browser_state(app: &App, signed_in: &SignedIn) -> String {
    base64url(&secret::mac(&app.keyring.key(Purpose::BrowserState), &[signed_in.session.id.bytes()]))
}

/// The `session_state` of a response (§2), for the origin its redirect URI has; none where that is no web page.
pub fn of_response(app: &App, client_id: &str, redirect_uri: &str, signed_in: &SignedIn) -> Option<String> {
    let origin = Url::parse(redirect_uri).ok().filter(|uri| uri.scheme().starts_with("http"))?.origin().ascii_serialization();
    let salt = base64url(&app.random.bytes::<12>());
    let hash = Hash::of(format!("{client_id} {origin} {} {salt}", browser_state(app, signed_in)).as_bytes());
    Some(format!("{}.{salt}", base64url(hash.bytes())))
}

/// `response`, with the cookie that the frame reads.
pub fn with_cookie(app: &App, signed_in: &SignedIn, mut response: Response) -> Response {
    let state = browser_state(app, signed_in);
    let cookie = Cookie { name: BROWSER_STATE_COOKIE, value: &state, max_age: None };
    response.headers_mut().append(header::SET_COOKIE, cookie.for_frames(&app.config.issuer));
    response
}

#[derive(Template)]
#[template(path = "check_session.html")]
struct CheckSession {
    title: String,
    script: String,
}

/// §3.2 and §3.3: `client_id session_state` comes, `unchanged`, `changed` or `error` goes back to whoever asked.
const SCRIPT: &str = r#"
async function answer(message, origin) {
  const [client, sent, more] = String(message).split(" ");
  const salt = sent && sent.split(".")[1];
  if (!client || !salt || more !== undefined) return "error";
  const cookie = document.cookie.split("; ").find((pair) => pair.startsWith("COOKIE="));
  const state = cookie ? cookie.slice("COOKIE=".length) : "";
  const text = new TextEncoder().encode([client, origin, state, salt].join(" "));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  const made = btoa(String.fromCharCode(...hash)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  return made + "." + salt === sent ? "unchanged" : "changed";
}
addEventListener("message", async (event) => {
  if (event.source && event.source !== window && event.origin !== "null") event.source.postMessage(await answer(event.data, event.origin), event.origin);
});
"#;

/// `GET /oauth2/check-session`: the frame. Any application may show it; it has nothing to click and tells nothing but a word.
pub async fn show(State(app): State<App>) -> Response {
    let script = SCRIPT.replace("COOKIE", &full_cookie_name(BROWSER_STATE_COOKIE, &app.config.issuer));
    let hash = STANDARD.encode(Hash::of(script.as_bytes()).bytes());
    let policy = format!("default-src 'none'; script-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors *");
    let page = CheckSession { title: app.config.agency.portal_name.clone(), script }.render().unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    let mut response = (headers, page).into_response();
    response.extensions_mut().insert(Frameable);
    response
}
