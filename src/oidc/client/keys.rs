//! A client's own keys: registered by value, or at an address of its.

use serde_json::Value;

use super::client::Client;
use crate::app::App;
use crate::keyring::Algorithm;
use crate::oidc::jws::Jws;

/// What looking at a signature came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    Yes,
    No,
    /// The client's keys could not be had; why.
    NoKeys(String),
}

/// Whether a key of this client signed `jws`.
///
/// A key that is not known may be new: the client's address is asked again, though not without end.
pub async fn verify(app: &App, client: &Client, jws: &Jws<'_>) -> Verified {
    let Some(algorithm) = jws.algorithm().and_then(Algorithm::parse) else { return Verified::No };
    if let Some(jwks) = &client.metadata.jwks {
        return verdict(is_signed_by_any(jws, algorithm, jwks));
    }
    let Some(uri) = &client.metadata.jwks_uri else { return Verified::NoKeys("the client has no jwks and no jwks_uri".into()) };
    let now = app.clock.now();
    match app.outbound.get(uri, now).await {
        Ok(text) if is_signed_by_any(jws, algorithm, &read(&text)) => return Verified::Yes,
        Ok(_) => {}
        Err(error) => return Verified::NoKeys(format!("jwks_uri: {error}")),
    }
    match app.outbound.get_again(uri, now).await {
        Ok(Some(text)) => verdict(is_signed_by_any(jws, algorithm, &read(&text))),
        Ok(None) | Err(_) => Verified::No,
    }
}

fn verdict(good: bool) -> Verified {
    if good { Verified::Yes } else { Verified::No }
}

fn read(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap_or_default()
}

/// No more keys than this are tried where a JWT does not name its own.
const MOST_TRIED: usize = 10;

fn is_signed_by_any(jws: &Jws<'_>, algorithm: Algorithm, jwks: &Value) -> bool {
    let keys = jwks.get("keys").and_then(Value::as_array).into_iter().flatten();
    let fits = |key: &&Value| {
        let is = |member: &str, wanted: &str| key.get(member).and_then(Value::as_str).is_none_or(|known| known == wanted);
        is("use", "sig") && is("alg", algorithm.as_str()) && jws.key_id().is_none_or(|kid| is("kid", kid))
    };
    keys.filter(fits).take(MOST_TRIED).any(|key| jws.is_signed_by(key, algorithm))
}
