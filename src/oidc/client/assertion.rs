//! Client authentication by JWT (RFC 7523 §3, OpenID Connect Core §9): one ordered list of rules.

use std::time::Duration;

use super::client::Client;
use super::keys::{Verified, verify};
use super::metadata::{AssertionAlgorithm, AssertionAudience, AuthMethod};
use super::store;
use crate::app::App;
use crate::clock::Timestamp;
use crate::oidc::error::OAuthError;
use crate::oidc::jws::{Jws, SKEW};
use crate::oidc::paths;
use crate::secret::Hash;

/// The value of `client_assertion_type`.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// No assertion is good for longer: until then its `jti` is remembered.
const LONGEST: Duration = Duration::from_secs(3_600);

/// The id in an assertion that nobody has looked at yet: it says whose keys to look with, no more.
pub fn claimed_client(text: &str) -> Option<String> {
    let jws = Jws::parse(text)?;
    jws.text("sub").map(str::to_owned)
}

/// The method the assertion proves, of the client that made it; used up from here on. `endpoint` is the path that is called.
pub async fn prove(app: &App, client_id: &str, text: &str, endpoint: &str) -> Result<AuthMethod, OAuthError> {
    let id = client_id.to_owned();
    let client = app.db.read(move |tx| store::find(tx, &id)).await?.ok_or_else(OAuthError::invalid_client)?;
    let jws = Jws::parse(text).ok_or_else(OAuthError::invalid_client)?;
    let now = app.clock.now();
    let keeps_the_rules = is_of_an_assertion_s_type(&jws)
        && names_the_client_twice(&client, &jws)
        && has_the_registered_algorithm(&client, &jws)
        && is_for_us(app, &client, &jws, endpoint)
        && is_short_lived(&jws, now);
    if !keeps_the_rules || !is_the_client_s_own(app, &client, &jws).await? {
        return Err(OAuthError::invalid_client());
    }
    is_new(app, &client, &jws, now).await?;
    Ok(client.metadata.token_endpoint_auth_method)
}

/// RFC 8725 §3.11: no other kind of JWT stands in for an assertion.
fn is_of_an_assertion_s_type(jws: &Jws<'_>) -> bool {
    jws.is_of_type(&["client-authentication+jwt"])
}

/// RFC 7523 §3, 1 and 2: issuer and subject are both the client.
fn names_the_client_twice(client: &Client, jws: &Jws<'_>) -> bool {
    jws.text("iss") == Some(&client.id) && jws.text("sub") == Some(&client.id)
}

/// RFC 7591 §2: the method decides between MAC and signature, `token_endpoint_auth_signing_alg` which one.
fn has_the_registered_algorithm(client: &Client, jws: &Jws<'_>) -> bool {
    let Some(algorithm) = jws.algorithm().and_then(AssertionAlgorithm::parse) else { return false };
    let fits = match client.metadata.token_endpoint_auth_method {
        AuthMethod::SecretJwt => algorithm == AssertionAlgorithm::Hs256,
        AuthMethod::PrivateKeyJwt => algorithm != AssertionAlgorithm::Hs256,
        _ => false,
    };
    fits && client.metadata.token_endpoint_auth_signing_alg.is_none_or(|registered| registered == algorithm)
}

/// RFC 7523 §3, 3: made out for this service, as the client's registration has it.
fn is_for_us(app: &App, client: &Client, jws: &Jws<'_>, endpoint: &str) -> bool {
    let issuer = app.config.issuer.as_str();
    match client.metadata.client_assertion_audience {
        AssertionAudience::Issuer => jws.text("aud") == Some(issuer),
        AssertionAudience::Any => {
            let known = [issuer.to_owned(), app.config.url(paths::TOKEN), app.config.url(endpoint)];
            jws.audience().iter().any(|audience| known.iter().any(|known| known == audience))
        }
    }
}

/// RFC 7523 §3, 4 to 6: it ends, and soon.
fn is_short_lived(jws: &Jws<'_>, now: Timestamp) -> bool {
    jws.is_timely(now) && jws.expires_at().is_some_and(|end| end <= now + LONGEST)
}

/// RFC 7523 §3, 9.
async fn is_the_client_s_own(app: &App, client: &Client, jws: &Jws<'_>) -> Result<bool, OAuthError> {
    if client.metadata.token_endpoint_auth_method == AuthMethod::SecretJwt {
        return Ok(client.secret(&app.keyring).is_some_and(|secret| jws.has_mac(&secret)));
    }
    match verify(app, client, jws).await {
        Verified::Yes => Ok(true),
        Verified::No => Ok(false),
        Verified::NoKeys(why) => {
            tracing::warn!(client = client.id, why, "a client's keys could not be had");
            Ok(false)
        }
    }
}

/// OpenID Connect Core §9: `jti` is required, and good once: the database decides, so that no replica takes it twice.
async fn is_new(app: &App, client: &Client, jws: &Jws<'_>, now: Timestamp) -> Result<(), OAuthError> {
    let jti = jws.text("jti").filter(|jti| !jti.is_empty()).ok_or_else(OAuthError::invalid_client)?;
    let fingerprint = Hash::of(format!("client assertion\n{}\n{jti}", client.id).as_bytes());
    let until = jws.expires_at().unwrap_or(now) + SKEW;
    match app.db.write(move |tx| store::first_use(tx, &fingerprint, until)).await? {
        true => Ok(()),
        false => Err(OAuthError::invalid_client()),
    }
}
