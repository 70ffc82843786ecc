//! The pages of signing in and of what protects an account; and who is signed in, for every other page.

mod enrol;
mod recover;
mod security;
mod sign_in;
mod switch;

pub use recover::{chosen_password, new_password_fields, stored_form};
pub use switch::{Choice, choices, chooser};

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{get, post};

use std::time::Duration;

use super::session::FRESH;
use super::{Administrator, BROWSER_STATE_COOKIE, Reviewer, SESSION_COOKIE, Session, SignedIn, Staff, store};
use crate::app::App;
use crate::secret::{Hash, Prefix, Token};
use crate::values::Problem;
use crate::web::{self, Cookie, Header, PageError, Visitor, cookie_value};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in", get(sign_in::form).post(sign_in::create))
        .route("/sign-in/second-factor", post(sign_in::second_factor))
        .route("/switch", get(switch::show).post(switch::switch))
        .route("/facilities/link", get(switch::link_form).post(switch::link))
        .route("/facilities/unlink", get(switch::unlink_form).post(switch::unlink))
        .route("/forgot-username", get(recover::forgot_username).post(recover::send_usernames))
        .route("/forgot-password", get(recover::forgot).post(recover::request))
        .route("/reset", get(recover::form).post(recover::reset))
        .route("/enrol", get(enrol::form).post(enrol::create))
        .route("/security", get(security::show))
        .route("/security/password", get(security::password).post(security::change_password))
        .route("/security/authenticator", get(security::authenticator).post(security::add_authenticator))
        .route("/security/authenticator/remove", post(security::remove_authenticator))
        .route("/security/sign-out-everywhere", post(security::sign_out_everywhere))
}

/// Who is signed in, if anybody is.
pub struct MaybeSignedIn(pub Option<SignedIn>);

/// The hash of the session secret this browser sent, whether it is still good or not.
pub fn browser_hash(app: &App, headers: &axum::http::HeaderMap) -> Option<Hash> {
    let secret = cookie_value(headers, &app.config.issuer, SESSION_COOKIE)?;
    Token::parse(Prefix::Session, &secret).map(|token| token.hash())
}

impl FromRequestParts<App> for MaybeSignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let Some(hash) = browser_hash(app, &parts.headers) else { return Ok(Self(None)) };
        let now = app.clock.now();
        let found = app.db.read(move |tx| store::by_secret(tx, &hash, now)).await?;
        let Some((signed_in, stale)) = found else { return Ok(Self(None)) };
        if stale {
            let id = signed_in.session.id;
            app.db.write(move |tx| store::touch(tx, id, now)).await?;
        }
        Ok(Self(Some(signed_in)))
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let MaybeSignedIn(signed_in) = MaybeSignedIn::from_request_parts(parts, app).await?;
        signed_in.ok_or_else(|| PageError::SignIn(sign_in_place(place_of(parts), false)))
    }
}

impl FromRequestParts<App> for Staff {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let signed_in = SignedIn::from_request_parts(parts, app).await?;
        Staff::of(&signed_in).ok_or(PageError::NotAllowed(Problem::new("error-staff-only")))
    }
}

impl FromRequestParts<App> for Reviewer {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let staff = Staff::from_request_parts(parts, app).await?;
        staff.reviewer().ok_or(PageError::NotAllowed(Problem::new("error-reviewer-only")))
    }
}

/// How long a form that a fresh sign-in opened may lie open before it is sent.
const TO_FILL_IN: Duration = Duration::from_secs(20 * 60);

/// A page of theirs needs a fresh sign-in, and has its form on the same path.
impl FromRequestParts<App> for Administrator {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let signed_in = SignedIn::from_request_parts(parts, app).await?;
        let staff = Staff::of(&signed_in).filter(Staff::is_administrator);
        let staff = staff.ok_or(PageError::NotAllowed(Problem::new("error-administrators-only")))?;
        let limit = if parts.method == axum::http::Method::GET { FRESH } else { TO_FILL_IN };
        let fresh = staff.administrator(&signed_in, app.clock.now(), limit);
        fresh.ok_or_else(|| PageError::SignIn(sign_in_place(parts.uri.path(), true)))
    }
}

/// Where a browser comes back to after it signed in: a form cannot be sent again by coming back, so after one, the start page.
fn place_of(parts: &Parts) -> &str {
    let asked = parts.uri.path_and_query().map_or("/", |place| place.as_str());
    if parts.method == axum::http::Method::GET { asked } else { "/" }
}

/// Where to sign in, and come back from. `again` asks somebody who is signed in to show their factors anew.
fn sign_in_place(return_to: &str, again: bool) -> String {
    let again = if again { "again=yes&" } else { "" };
    format!("/sign-in?{again}return_to={}", web::encode(return_to))
}

/// Refuses, with a way to sign in again, unless the factors were shown within five minutes (PRODUCT §2.3).
pub fn require_fresh(visitor: &Visitor, signed_in: &SignedIn, return_to: &str) -> Result<(), PageError> {
    if signed_in.is_fresh(visitor.app.clock.now()) { Ok(()) } else { Err(PageError::SignIn(sign_in_place(return_to, true))) }
}

/// A path of ours to go on to; anything else is the start page. No address outside can be smuggled in.
pub fn local_path(text: &str) -> &str {
    let inside = text.starts_with('/') && !text.starts_with("//") && !text.contains(['\\', '\r', '\n', '\t']);
    if inside { text } else { "/" }
}

/// The header of a page, for whoever is signed in.
pub fn header_of(signed_in: &SignedIn) -> Header {
    Header {
        name: signed_in.account.username.clone(),
        is_staff: Staff::of(signed_in).is_some(),
        facility: signed_in.facility.clone(),
        has_others: signed_in.has_others,
    }
}

/// `response`, with the session's cookie.
pub fn with_session(visitor: &Visitor, mut response: Response, session: &Session) -> Response {
    let cookie = Cookie { name: SESSION_COOKIE, value: session.secret.reveal(), max_age: Some(session.max_age) };
    response.headers_mut().append(header::SET_COOKIE, cookie.header(&visitor.app.config.issuer));
    response
}

/// `response`, with the session's cookie removed.
pub fn without_session(visitor: &Visitor, mut response: Response) -> Response {
    let cookie = Cookie { name: SESSION_COOKIE, value: "", max_age: Some(0) };
    response.headers_mut().append(header::SET_COOKIE, cookie.header(&visitor.app.config.issuer));
    let state = Cookie { name: BROWSER_STATE_COOKIE, value: "", max_age: Some(0) };
    response.headers_mut().append(header::SET_COOKIE, state.for_frames(&visitor.app.config.issuer));
    response
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_paths_of_our_own_are_gone_on_to() {
        assert_eq!(local_path("/profile?x=1"), "/profile?x=1");
        for foreign in ["", "//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x", "javascript:alert(1)"] {
            assert_eq!(local_path(foreign), "/", "{foreign}");
        }
    }
}
