//! Client authentication (RFC 6749 §2.3): one method, the registered one.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::client::{AuthMethod, Client};
use super::store;
use crate::db::Tx;
use crate::oidc::error::OAuthError;
use crate::secret::Hash;
use crate::web::{Fields, decode};

/// What a client showed, and how.
#[derive(Clone)]
pub struct Credentials {
    pub client_id: String,
    secret: Option<String>,
    method: AuthMethod,
}

impl Credentials {
    /// Reads the credentials of a request. More than one method in one request is refused (RFC 6749 §2.3).
    pub fn of_request(headers: &HeaderMap, fields: &Fields) -> Result<Self, OAuthError> {
        let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
        let authorization = authorizations.next();
        if authorizations.next().is_some() {
            return Err(OAuthError::invalid_request("several Authorization headers"));
        }
        if fields.get("client_assertion").is_some() || fields.get("client_assertion_type").is_some() {
            return Err(OAuthError::invalid_client());
        }
        match (authorization, fields.get("client_secret"), fields.get("client_id")) {
            (Some(_), Some(_), _) => Err(OAuthError::invalid_request("the client authenticates in two ways")),
            (Some(value), None, in_body) => {
                let credentials = basic(value.as_bytes()).ok_or_else(OAuthError::invalid_client)?;
                match in_body {
                    Some(id) if id != credentials.client_id => {
                        Err(OAuthError::invalid_request("client_id differs from the one that authenticates"))
                    }
                    _ => Ok(credentials),
                }
            }
            (None, Some(secret), Some(id)) => Ok(Self { client_id: id.into(), secret: Some(secret.into()), method: AuthMethod::Post }),
            (None, None, Some(id)) => Ok(Self { client_id: id.into(), secret: None, method: AuthMethod::None }),
            (None, _, None) => Err(OAuthError::invalid_client()),
        }
    }
}

/// User and password of a Basic header, each form-decoded (RFC 6749 §2.3.1).
fn basic(value: &[u8]) -> Option<Credentials> {
    let text = std::str::from_utf8(value).ok()?;
    let (scheme, encoded) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let colon = decoded.iter().position(|b| *b == b':')?;
    let (id, secret) = (decode(&decoded[..colon]).ok()?, decode(&decoded[colon + 1..]).ok()?);
    Some(Credentials { client_id: id, secret: Some(secret), method: AuthMethod::Basic })
}

/// The client these credentials prove. An unknown client and a wrong secret are answered alike.
pub fn authenticate(tx: &mut Tx, credentials: &Credentials) -> Result<Client, OAuthError> {
    let client = store::find(tx, &credentials.client_id)?.ok_or_else(OAuthError::invalid_client)?;
    if client.metadata.token_endpoint_auth_method != credentials.method {
        return Err(OAuthError::invalid_client());
    }
    let proven = match (&client.secret_hash, &credentials.secret) {
        (Some(stored), Some(secret)) => Hash::of(secret.as_bytes()).matches(stored),
        (None, None) => client.is_public(),
        _ => false,
    };
    if proven { Ok(client) } else { Err(OAuthError::invalid_client()) }
}
