//! ID tokens (OpenID Connect Core §2), built with the openidconnect crate and signed by keys of ours.

use std::time::Duration;

use openidconnect::core::{CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken as WireAccessToken, AdditionalClaims, Audience, AuthenticationContextClass, AuthenticationMethodReference,
    AuthorizationCode, IdToken, IdTokenClaims, IssuerUrl, Nonce, PrivateSigningKey, SigningError, StandardClaims, SubjectIdentifier,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::claims::{self, Subject};
use super::client::Client;
use super::grant::Grant;
use super::jws::Jws;
use super::oauth::Scope;
use crate::app::App;
use crate::clock::Timestamp;
use crate::db::Fault;
use crate::keyring::{Algorithm, SigningKey};

const LIFETIME: Duration = Duration::from_secs(600);

/// Claims beyond the standard ones, flat.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Extra {
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(flatten)]
    claims: Map<String, Value>,
}

impl AdditionalClaims for Extra {}

type Token = IdToken<Extra, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// One of our signing keys, as the openidconnect crate wants one.
struct Signer<'a>(&'a SigningKey);

impl PrivateSigningKey for Signer<'_> {
    type VerificationKey = CoreJsonWebKey;

    fn sign(&self, algorithm: &CoreJwsSigningAlgorithm, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        if *algorithm != wire_algorithm(self.0.algorithm) {
            return Err(SigningError::UnsupportedAlg(format!("{algorithm:?}")));
        }
        self.0.sign(message).map_err(|_| SigningError::CryptoError)
    }

    fn as_verification_key(&self) -> CoreJsonWebKey {
        serde_json::from_value(self.0.public_jwk.clone()).expect("we publish what the crate reads")
    }
}

pub fn wire_algorithm(algorithm: Algorithm) -> CoreJwsSigningAlgorithm {
    match algorithm {
        Algorithm::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        Algorithm::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        Algorithm::Ps256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        Algorithm::EdDsa => CoreJwsSigningAlgorithm::EdDsa,
    }
}

/// What one ID token is about.
pub struct Content<'a> {
    pub client: &'a Client,
    pub grant: &'a Grant,
    pub nonce: Option<&'a str>,
    /// What is issued beside it, for `at_hash` and `c_hash`.
    pub access_token: Option<&'a str>,
    pub code: Option<&'a str>,
    pub subject: Option<&'a Subject>,
}

/// Claims of other scopes stand in the ID token where no access token can fetch them (OpenID Connect Core §5.4), or the client is
/// registered with `id_token_claims`; those the `claims` parameter names stand there in any case (§5.5).
fn scope_claims(app: &App, content: &Content<'_>) -> Map<String, Value> {
    let named = content.grant.claims().id_token;
    match content.subject {
        Some(subject) if content.client.metadata.id_token_claims || (content.access_token.is_none() && content.code.is_none()) => {
            claims::claims(&app.config, &content.grant.scope(), &named, subject)
        }
        Some(subject) => claims::claims(&app.config, &Scope::default(), &named, subject),
        None => Map::new(),
    }
}

/// A signed ID token. Signing RS256 takes 0.7 ms: it happens outside the transaction.
pub fn sign(app: &App, content: Content<'_>, now: Timestamp) -> Result<String, Fault> {
    let broken = |e: &dyn std::fmt::Display| Fault::broken(format!("ID token: {e}"));
    let key = app.signing.active(content.client.metadata.id_token_signed_response_alg, app.clock.now())?;
    let issuer = IssuerUrl::new(app.config.issuer.as_str().to_owned()).map_err(|e| broken(&e))?;
    let subject = content.grant.sub();
    let methods = content.grant.amr.split(' ').map(|m| AuthenticationMethodReference::new(m.to_owned())).collect();
    let extra = Extra { sid: content.grant.sid.map(|sid| sid.to_string()), claims: scope_claims(app, &content) };
    let claims = IdTokenClaims::new(
        issuer,
        vec![Audience::new(content.client.id.clone())],
        whole_second(now + LIFETIME),
        whole_second(now),
        StandardClaims::new(SubjectIdentifier::new(subject)),
        extra,
    )
    .set_nonce(content.nonce.map(|nonce| Nonce::new(nonce.to_owned())))
    .set_auth_time(Some(whole_second(content.grant.auth_time)))
    .set_auth_context_ref(Some(AuthenticationContextClass::new(content.grant.acr.clone())))
    .set_auth_method_refs(Some(methods));
    let access_token = content.access_token.map(|token| WireAccessToken::new(token.to_owned()));
    let code = content.code.map(|code| AuthorizationCode::new(code.to_owned()));
    let algorithm = wire_algorithm(key.algorithm);
    let token = Token::new(claims, &Signer(&key), algorithm, access_token.as_ref(), code.as_ref()).map_err(|e| broken(&e))?;
    Ok(token.to_string())
}

fn whole_second(moment: Timestamp) -> chrono::DateTime<chrono::Utc> {
    Timestamp::from_seconds(moment.seconds()).utc()
}

/// The claims of an ID token of ours, given back as a hint. It may have expired; its signature may not fail.
pub fn read_hint(app: &App, text: &str) -> Option<Map<String, Value>> {
    let jws = Jws::parse(text)?;
    let key = app.signing.find(jws.key_id()?)?;
    let is_ours = jws.algorithm()? == key.algorithm.as_str()
        && jws.is_signed_by(&key.public_jwk, key.algorithm)
        && jws.text("iss")? == app.config.issuer.as_str();
    // Other JWTs of ours have a type of their own, or no end.
    (is_ours && jws.is_of_type(&[]) && jws.expires_at().is_some()).then_some(jws.claims)
}

/// The clients an ID token is for.
pub fn audience(claims: &Map<String, Value>) -> Vec<&str> {
    match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
