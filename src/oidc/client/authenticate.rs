//! Client authentication (RFC 6749 §2.3, RFC 7523 §2.2): one method, the registered one.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::assertion::{self, ASSERTION_TYPE};
use super::client::Client;
use super::metadata::AuthMethod;
use super::store;
use crate::app::App;
use crate::db::Tx;
use crate::oidc::error::OAuthError;
use crate::secret::Hash;
use crate::web::{Fields, decode};

/// What a client showed, and how.
#[derive(Clone)]
pub struct Credentials {
    pub client_id: String,
    shown: Shown,
}

#[derive(Clone)]
enum Shown {
    Nothing,
    Secret(AuthMethod, String),
    /// A JWT that was not looked at yet.
    Assertion(String),
    /// A JWT that held, and is used up.
    Proven(AuthMethod),
}

impl Credentials {
    /// Reads the credentials of a request. More than one method in one request is refused (RFC 6749 §2.3).
    pub fn of_request(headers: &HeaderMap, fields: &Fields) -> Result<Self, OAuthError> {
        let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
        let authorization = authorizations.next();
        if authorizations.next().is_some() {
            return Err(OAuthError::invalid_request("several Authorization headers"));
        }
        let in_body = fields.get("client_id");
        let assertion = match (fields.get("client_assertion_type"), fields.get("client_assertion")) {
            (None, None) => None,
            (Some(ASSERTION_TYPE), Some(text)) => Some(text),
            _ => return Err(OAuthError::invalid_client()),
        };
        let credentials = match (authorization, fields.get("client_secret"), assertion) {
            (None, None, Some(text)) => {
                let client_id = assertion::claimed_client(text).ok_or_else(OAuthError::invalid_client)?;
                Self { client_id, shown: Shown::Assertion(text.to_owned()) }
            }
            (Some(value), None, None) => basic(value.as_bytes()).ok_or_else(OAuthError::invalid_client)?,
            (None, secret, None) => {
                let client_id = in_body.ok_or_else(OAuthError::invalid_client)?.to_owned();
                let shown = secret.map_or(Shown::Nothing, |secret| Shown::Secret(AuthMethod::Post, secret.to_owned()));
                Self { client_id, shown }
            }
            _ => return Err(OAuthError::invalid_request("the client authenticates in two ways")),
        };
        match in_body {
            // RFC 7521 §4.2: where client_id is sent too, it is the same.
            Some(id) if id != credentials.client_id => {
                Err(OAuthError::invalid_request("client_id differs from the one that authenticates"))
            }
            _ => Ok(credentials),
        }
    }

    /// The same, with an assertion looked at and used up. It may ask the client's own address for its keys.
    pub async fn prove(self, app: &App, endpoint: &str) -> Result<Self, OAuthError> {
        let Shown::Assertion(text) = &self.shown else { return Ok(self) };
        let method = assertion::prove(app, &self.client_id, text, endpoint).await?;
        Ok(Self { shown: Shown::Proven(method), ..self })
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
    Some(Credentials { client_id: id, shown: Shown::Secret(AuthMethod::Basic, secret) })
}

/// The client these credentials prove. An unknown client and a wrong secret are answered alike.
pub fn authenticate(tx: &mut Tx, credentials: &Credentials) -> Result<Client, OAuthError> {
    let client = store::find(tx, &credentials.client_id)?.ok_or_else(OAuthError::invalid_client)?;
    let registered = client.metadata.token_endpoint_auth_method;
    let proven = match (&credentials.shown, &client.secret_hash) {
        (Shown::Secret(method, secret), Some(stored)) => is_way_of(*method, &client) && Hash::of(secret.as_bytes()).matches(stored),
        (Shown::Proven(method), _) => *method == registered,
        (Shown::Nothing, None) => client.is_public(),
        _ => false,
    };
    if proven { Ok(client) } else { Err(OAuthError::invalid_client()) }
}

/// Whether the client may show its secret so: as it is registered.
///
/// One that registered itself may use header or body (RFC 6749 §2.3.1): libraries choose between them without looking at what
/// they registered, openid-client among them.
fn is_way_of(method: AuthMethod, client: &Client) -> bool {
    let registered = client.metadata.token_endpoint_auth_method;
    let either = |method| matches!(method, AuthMethod::Basic | AuthMethod::Post);
    method == registered || (!client.is_of_an_operator() && either(method) && either(registered))
}
