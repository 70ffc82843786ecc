//! Access tokens: sealed, or signed (RFC 9068) where that was asked for. Issuing one writes nothing, junk is refused without a
//! query, and either kind is good only while its grant is.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

use super::client::{Client, TokenFormat};
use super::grant::Grant;
use super::jws::{self, Jws};
use crate::app::App;
use crate::clock::Timestamp;
use crate::db::Fault;
use crate::ids::GrantId;
use crate::keyring::{Keyring, Purpose};
use crate::secret::{Prefix, Random};

/// The `typ` of the signed ones (RFC 9068 §2.1).
const TYPE: &str = "at+jwt";

/// How long an access token lives.
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

    /// The token as its bearer gets it: sealed, or a JWT (RFC 9068) where the client or the resource wants one.
    ///
    /// `grant` is the person's; a client's own standing grant says nothing that the client does not.
    pub fn write(&self, app: &App, client: &Client, grant: Option<&Grant>) -> Result<String, Fault> {
        let for_jwt = |audience: &String| app.config.jwt_resources.contains(audience);
        if client.metadata.access_token_format == TokenFormat::Jwt || self.audience.iter().all(for_jwt) {
            return self.sign(app, client, grant);
        }
        Ok(self.seal(&app.keyring, &*app.random))
    }

    fn seal(&self, keyring: &Keyring, random: &dyn Random) -> String {
        let plain = serde_json::to_vec(self).expect("strings and numbers are JSON");
        let sealed = keyring.seal(Purpose::AccessToken, Prefix::AccessToken.as_str().as_bytes(), &plain, random);
        format!("{}{}", Prefix::AccessToken.as_str(), URL_SAFE_NO_PAD.encode(sealed))
    }

    /// RFC 9068 §2.2. `grant_id` is ours: what introspection finds the grant by.
    fn sign(&self, app: &App, client: &Client, grant: Option<&Grant>) -> Result<String, Fault> {
        let mut claims = json!({
            "iss": app.config.issuer.as_str(),
            "sub": grant.map_or_else(|| client.id.clone(), Grant::sub),
            "aud": if let [one] = self.audience.as_slice() { json!(one) } else { json!(self.audience) },
            "client_id": client.id,
            "iat": self.issued_at.seconds(),
            "exp": self.expires_at.seconds(),
            "jti": self.jti.to_string(),
            "scope": self.scope,
            "grant_id": self.grant,
        });
        if let Some(grant) = grant {
            claims["auth_time"] = grant.auth_time.seconds().into();
            claims["acr"] = grant.acr.clone().into();
            claims["amr"] = grant.amr.split(' ').collect::<Vec<_>>().into();
        }
        let key = app.signing.active(client.metadata.id_token_signed_response_alg, app.clock.now())?;
        jws::sign(&key, TYPE, &claims)
    }

    /// The token that `text` is, where we sealed or signed it and its time is not over.
    pub fn open(app: &App, text: &str, now: Timestamp) -> Option<Self> {
        let token = match text.strip_prefix(Prefix::AccessToken.as_str()) {
            Some(body) => Self::unseal(&app.keyring, body)?,
            None => Self::verify(app, text)?,
        };
        (now < token.expires_at).then_some(token)
    }

    fn unseal(keyring: &Keyring, body: &str) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(Some(body).filter(|body| body.len() <= 8_192)?).ok()?;
        let plain = keyring.unseal(Purpose::AccessToken, Prefix::AccessToken.as_str().as_bytes(), &sealed)?;
        serde_json::from_slice(&plain).ok()
    }

    fn verify(app: &App, text: &str) -> Option<Self> {
        let jws = Jws::parse(text)?;
        if jws.header.get("typ")?.as_str()? != TYPE || jws.text("iss")? != app.config.issuer.as_str() {
            return None;
        }
        let key = app.signing.find(jws.key_id()?)?;
        if jws.algorithm()? != key.algorithm.as_str() || !jws.is_signed_by(&key.public_jwk, key.algorithm) {
            return None;
        }
        let moment = |claim: &str| jws.claims.get(claim)?.as_i64().map(Timestamp::from_seconds);
        Some(Self {
            grant: GrantId::parse(jws.text("grant_id")?)?,
            jti: jws.text("jti")?.parse().ok()?,
            issued_at: moment("iat")?,
            expires_at: moment("exp")?,
            audience: jws.audience().into_iter().map(str::to_owned).collect(),
            scope: jws.text("scope")?.to_owned(),
            cnf: None,
            act: None,
        })
    }
}
