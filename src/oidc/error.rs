//! Errors on the wire, in the RFCs' words (RFC 6749 §5.2, RFC 6750 §3.1, RFC 8707 §2).

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::db::Fault;

/// An error of the token, introspection or revocation endpoint.
#[derive(Debug, Clone)]
pub struct OAuthError {
    pub code: &'static str,
    pub description: Cow<'static, str>,
    status: StatusCode,
    challenge: Option<&'static str>,
}

impl OAuthError {
    pub const fn new(code: &'static str, description: &'static str) -> Self {
        Self { code, description: Cow::Borrowed(description), status: StatusCode::BAD_REQUEST, challenge: None }
    }

    /// An error with a description of this very request.
    pub fn told(code: &'static str, description: String) -> Self {
        Self { description: Cow::Owned(description), ..Self::new(code, "") }
    }

    pub const fn invalid_request(description: &'static str) -> Self {
        Self::new("invalid_request", description)
    }

    pub const fn invalid_grant(description: &'static str) -> Self {
        Self::new("invalid_grant", description)
    }

    /// The client is unknown or did not prove itself: 401 with a challenge (RFC 6749 §5.2).
    pub const fn invalid_client() -> Self {
        Self {
            code: "invalid_client",
            description: Cow::Borrowed("client authentication failed"),
            status: StatusCode::UNAUTHORIZED,
            challenge: Some("Basic realm=\"gatehouse\", charset=\"UTF-8\""),
        }
    }

    /// Asked too often from one network (RFC 6585 §4).
    pub const fn too_many() -> Self {
        Self {
            code: "temporarily_unavailable",
            description: Cow::Borrowed("too many requests: try again in a minute"),
            status: StatusCode::TOO_MANY_REQUESTS,
            challenge: None,
        }
    }

    /// The registration may be read, and not changed (RFC 7592 §2.2).
    pub const fn may_not_change() -> Self {
        Self {
            code: "access_denied",
            description: Cow::Borrowed("applications may not change their registrations any more"),
            status: StatusCode::FORBIDDEN,
            challenge: None,
        }
    }

    /// A bearer token that is unknown, expired, revoked or gated (RFC 6750 §3.1).
    pub const fn invalid_token() -> Self {
        Self {
            code: "invalid_token",
            description: Cow::Borrowed("the access token is not valid"),
            status: StatusCode::UNAUTHORIZED,
            challenge: Some("Bearer error=\"invalid_token\", error_description=\"the access token is not valid\""),
        }
    }

    /// No token at all: a challenge without an error code (RFC 6750 §3.1).
    pub const fn no_token() -> Self {
        Self {
            code: "invalid_request",
            description: Cow::Borrowed("an access token is needed"),
            status: StatusCode::UNAUTHORIZED,
            challenge: Some("Bearer"),
        }
    }

    /// A token without `openid`, at userinfo (RFC 6750 §3.1).
    pub const fn needs_openid() -> Self {
        Self::insufficient_scope("the token lacks the scope openid", "Bearer error=\"insufficient_scope\", scope=\"openid\"")
    }

    /// A token without `facilities`, at the entitlement interface.
    pub const fn needs_facilities() -> Self {
        Self::insufficient_scope("the token lacks the scope facilities", "Bearer error=\"insufficient_scope\", scope=\"facilities\"")
    }

    const fn insufficient_scope(description: &'static str, challenge: &'static str) -> Self {
        Self {
            code: "insufficient_scope",
            description: Cow::Borrowed(description),
            status: StatusCode::FORBIDDEN,
            challenge: Some(challenge),
        }
    }
}

impl From<Fault> for OAuthError {
    fn from(fault: Fault) -> Self {
        tracing::error!(%fault, "an OAuth request failed");
        let (code, description, status) = match fault {
            Fault::Unavailable(_) => ("temporarily_unavailable", "the service is back in a moment", StatusCode::SERVICE_UNAVAILABLE),
            _ => ("server_error", "the service could not answer", StatusCode::INTERNAL_SERVER_ERROR),
        };
        Self { code, description: Cow::Borrowed(description), status, challenge: None }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.code, "error_description": self.description });
        let mut response = no_store((self.status, Json(body)).into_response());
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// Answers with tokens or about them are never cached (RFC 6749 §5.1).
pub fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
