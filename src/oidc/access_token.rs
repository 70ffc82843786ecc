//! Access tokens: sealed, so that issuing one writes nothing and junk is refused without a query.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::ids::GrantId;
use crate::keyring::{Keyring, Purpose};
use crate::secret::{Prefix, Random};

/// How long an opaque access token lives.
pub const LIFETIME: Duration = Duration::from_secs(600);

/// What an access token holds. Its bearer cannot read or change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    #[serde(rename = "g")]
    pub grant: GrantId,
    #[serde(rename = "j")]
    pub jti: uuid::Uuid,
    #[serde(rename = "i")]
    pub issued_at: Timestamp,
    #[serde(rename = "e")]
    pub expires_at: Timestamp,
    #[serde(rename = "a")]
    pub audience: Vec<String>,
    #[serde(rename = "s")]
    pub scope: String,
    /// A key the token is bound to (RFC 7800); none yet.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<serde_json::Value>,
    /// Who acts for the subject (RFC 8693 §4.1); none yet.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub act: Option<serde_json::Value>,
}

impl AccessToken {
    /// A token for `grant`, unlike every other one of the same second by its random `jti`.
    pub fn issue(grant: GrantId, audience: Vec<String>, scope: String, now: Timestamp, random: &dyn Random) -> Self {
        let jti = uuid::Uuid::from_bytes(random.bytes::<16>());
        Self { grant, jti, issued_at: now, expires_at: now + LIFETIME, audience, scope, cnf: None, act: None }
    }

    pub fn seal(&self, keyring: &Keyring, random: &dyn Random) -> String {
        let plain = serde_json::to_vec(self).expect("strings and numbers are JSON");
        let sealed = keyring.seal(Purpose::AccessToken, Prefix::AccessToken.as_str().as_bytes(), &plain, random);
        format!("{}{}", Prefix::AccessToken.as_str(), URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The token that `text` is, where we sealed it and its time is not over.
    pub fn open(keyring: &Keyring, text: &str, now: Timestamp) -> Option<Self> {
        let body = text.strip_prefix(Prefix::AccessToken.as_str()).filter(|body| body.len() <= 8_192)?;
        let sealed = URL_SAFE_NO_PAD.decode(body).ok()?;
        let plain = keyring.unseal(Purpose::AccessToken, Prefix::AccessToken.as_str().as_bytes(), &sealed)?;
        let token: Self = serde_json::from_slice(&plain).ok()?;
        (now < token.expires_at).then_some(token)
    }
}
