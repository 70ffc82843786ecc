//! A client is registered by the operator.

use serde::Deserialize;

use super::client::{AuthMethod, Client, GrantType, Metadata, RequirePkce};
use super::store;
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Refused, Tx};
use crate::ids::GrantId;
use crate::oidc::grant;
use crate::oidc::oauth::Scope;
use crate::secret::{Hash, Prefix, Token};

/// A client file: RFC 7591 members and ours, and what only an operator may choose.
#[derive(Deserialize)]
struct ClientFile {
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// A registered client, with its secret in clear: it is shown once.
pub struct Created {
    pub client: Client,
    pub secret: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreateRefusal {
    #[error("{0}")]
    Invalid(String),
    #[error("there is a client {0} already; give another client_id")]
    Exists(String),
    #[error("there is no client {0}")]
    Unknown(String),
}

const SHORTEST_SECRET: usize = 32;

/// The client that `document` describes is registered.
pub fn create(tx: &mut Tx, ctx: &Context, document: &str) -> Result<Created, Refused<CreateRefusal>> {
    let invalid = |why: String| Refused::Refusal(CreateRefusal::Invalid(why));
    let mut json: serde_json::Value = serde_json::from_str(document).map_err(|e| invalid(format!("the file is no JSON: {e}")))?;
    let given: ClientFile = serde_json::from_value(json.clone()).map_err(|e| invalid(e.to_string()))?;
    if let Some(members) = json.as_object_mut() {
        members.remove("client_id");
        members.remove("client_secret");
    }
    let metadata: Metadata = serde_json::from_value(json).map_err(|e| invalid(e.to_string()))?;
    check(&metadata).map_err(invalid)?;
    let id = match given.client_id {
        Some(id) if !id.is_empty() && id.len() <= 100 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)) => id,
        Some(_) => return Err(invalid("client_id may have up to 100 letters, digits and - . _ ~".into())),
        None => ctx.random.typed_code(16).to_lowercase(),
    };
    let public = metadata.token_endpoint_auth_method == AuthMethod::None;
    let secret = match (public, given.client_secret) {
        (true, None) => None,
        (true, Some(_)) => return Err(invalid("a public client (token_endpoint_auth_method none) has no client_secret".into())),
        (false, Some(secret)) if secret.len() < SHORTEST_SECRET => {
            return Err(invalid(format!("client_secret must have at least {SHORTEST_SECRET} characters; leave it out and one is made")));
        }
        (false, Some(secret)) => Some(secret),
        (false, None) => Some(Token::random(Prefix::ClientSecret, &*ctx.random).reveal().to_owned()),
    };
    let secret_hash = secret.as_ref().map(|secret| Hash::of(secret.as_bytes()).bytes().to_vec());
    let client = Client { id, metadata, secret_hash, standing_grant: GrantId::new(), created_at: ctx.now };
    if !store::insert(tx, &client)? {
        return Err(Refused::Refusal(CreateRefusal::Exists(client.id)));
    }
    grant::open_standing(tx, ctx.now, &client)?;
    audit::record(tx, ctx, Event::new(Action::ClientCreated).detail(serde_json::json!({ "client": client.id })))?;
    Ok(Created { client, secret })
}

/// What RFC 7591 and OpenID Connect Registration ask of a document.
fn check(metadata: &Metadata) -> Result<(), String> {
    let signs_in = metadata.grant_types.contains(&GrantType::AuthorizationCode);
    if (signs_in || metadata.grant_types.contains(&GrantType::Implicit)) && metadata.redirect_uris.is_empty() {
        return Err("redirect_uris is missing: authorization_code and implicit need at least one".into());
    }
    for uri in metadata.redirect_uris.iter().chain(&metadata.post_logout_redirect_uris) {
        check_redirect_uri(uri)?;
    }
    for resource in &metadata.resources {
        if !is_absolute(resource) || resource.contains('#') {
            return Err(format!("resources has {resource:?}, which is no absolute URI without a fragment"));
        }
    }
    if Scope::parse(&metadata.scope).is_none() {
        return Err("scope has characters that RFC 6749 does not allow".into());
    }
    if metadata.grant_types.contains(&GrantType::ClientCredentials) && metadata.token_endpoint_auth_method == AuthMethod::None {
        return Err("client_credentials needs a client that can prove itself, not token_endpoint_auth_method none".into());
    }
    if metadata.require_pkce != RequirePkce::Always && metadata.token_endpoint_auth_method == AuthMethod::None {
        return Err("require_pkce other than always is for confidential clients only (RFC 9700 §2.1.1)".into());
    }
    if metadata.require_pkce == RequirePkce::OrNonce && !Scope::stored(&metadata.scope).has("openid") {
        return Err("require_pkce or_nonce needs openid in scope: a nonce comes back in an ID token alone".into());
    }
    if metadata.response_types.iter().any(|kind| kind.has("token") || kind.has("id_token"))
        && !metadata.grant_types.contains(&GrantType::Implicit)
    {
        return Err("response_types with token or id_token need implicit in grant_types (RFC 7591 §2.1)".into());
    }
    if metadata.refresh_reuse_grace_seconds > 0 && metadata.token_endpoint_auth_method == AuthMethod::None {
        return Err("refresh_reuse_grace_seconds is for confidential clients only".into());
    }
    if metadata.refresh_reuse_grace_seconds > 300 {
        return Err("refresh_reuse_grace_seconds is at most 300".into());
    }
    Ok(())
}

fn is_absolute(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
            && uri.bytes().all(|b| b.is_ascii_graphic())
    })
}

/// https anywhere, http on loopback only, or an application's own scheme; never a fragment (RFC 6749 §3.1.2, RFC 9700 §2.1).
fn check_redirect_uri(uri: &str) -> Result<(), String> {
    let problem = |why: &str| Err(format!("the redirect URI {uri:?} {why}"));
    if !is_absolute(uri) {
        return problem("is not absolute");
    }
    if uri.contains('#') {
        return problem("has a fragment");
    }
    let scheme = uri.split(':').next().unwrap_or("").to_ascii_lowercase();
    match scheme.as_str() {
        "https" => Ok(()),
        "http" => {
            let parsed: Result<axum::http::Uri, _> = uri.parse();
            let host = parsed.ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
            let loopback =
                host == "localhost" || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
            if loopback { Ok(()) } else { problem("uses plain http, which is for loopback only") }
        }
        "javascript" | "data" | "vbscript" | "file" | "blob" | "about" => problem("has a scheme that runs in the browser"),
        _ if scheme.contains('.') => Ok(()),
        _ => problem("has a private scheme without a dot (RFC 8252 §7.1)"),
    }
}

/// The client has a new secret, and the old one no longer works.
pub fn rotate_secret(tx: &mut Tx, ctx: &Context, id: &str) -> Result<String, Refused<CreateRefusal>> {
    let client = store::find(tx, id)?.ok_or_else(|| Refused::Refusal(CreateRefusal::Unknown(id.to_owned())))?;
    if client.is_public() {
        return Err(Refused::Refusal(CreateRefusal::Invalid("a public client has no secret".into())));
    }
    let secret = Token::random(Prefix::ClientSecret, &*ctx.random);
    store::set_secret(tx, ctx.now, id, secret.hash().bytes())?;
    audit::record(tx, ctx, Event::new(Action::ClientSecretRotated).detail(serde_json::json!({ "client": id })))?;
    Ok(secret.reveal().to_owned())
}

#[cfg(test)]
mod tests {
    use super::check_redirect_uri;

    #[test]
    fn redirect_uris_that_could_harm_are_not_registered() {
        for good in ["https://rp.example/cb?x=1", "http://127.0.0.1:9/cb", "http://localhost/cb", "com.example.app:/cb"] {
            assert!(check_redirect_uri(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/cb",
            "https://rp.example/cb#f",
            "http://rp.example/cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "myapp:/cb",
            "https://rp.example/a b",
        ] {
            assert!(check_redirect_uri(bad).is_err(), "{bad}");
        }
    }
}
