//! What a registration may say: one ordered list of rules (RFC 7591 §2, OpenID Connect Registration §2).

use super::metadata::{AssertionAlgorithm, AuthMethod, GrantType, Metadata, RequirePkce, SubjectType};
use crate::app::App;
use crate::config::Config;
use crate::oidc::oauth::Scope;
use crate::outbound;
use openidconnect::url::Url;

/// What is wrong with a registration, in the words of RFC 7591 §3.2.2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    #[error("{0}")]
    RedirectUri(String),
    #[error("{0}")]
    Metadata(String),
}

impl Unsound {
    pub fn code(&self) -> &'static str {
        match self {
            Self::RedirectUri(_) => "invalid_redirect_uri",
            Self::Metadata(_) => "invalid_client_metadata",
        }
    }
}

/// A rule that says no, and why.
type Checked = Result<(), String>;

/// The rules, in order.
pub fn check(config: &Config, metadata: &Metadata) -> Result<(), Unsound> {
    redirect_uris(metadata).map_err(Unsound::RedirectUri)?;
    let rules = [
        resources(metadata),
        scope(metadata),
        grants_and_responses(metadata),
        pkce(metadata),
        refresh_grace(metadata),
        keys(config, metadata),
        proof_of_the_client(metadata),
        request_objects(config, metadata),
        addresses(config, metadata),
        subjects(metadata),
    ];
    rules.into_iter().collect::<Checked>().map_err(Unsound::Metadata)
}

/// RFC 6749 §3.1.2, RFC 9700 §2.1: there are some where people sign in, and each is sound.
fn redirect_uris(metadata: &Metadata) -> Checked {
    let signs_in = metadata.grant_types.contains(&GrantType::AuthorizationCode) || metadata.grant_types.contains(&GrantType::Implicit);
    if signs_in && metadata.redirect_uris.is_empty() {
        return Err("redirect_uris is missing: authorization_code and implicit need at least one".into());
    }
    metadata.redirect_uris.iter().chain(&metadata.post_logout_redirect_uris).try_for_each(|uri| check_redirect_uri(uri))
}

/// RFC 8707 §2.
fn resources(metadata: &Metadata) -> Checked {
    match metadata.resources.iter().find(|resource| !is_absolute(resource) || resource.contains('#')) {
        Some(resource) => Err(format!("resources has {resource:?}, which is no absolute URI without a fragment")),
        None => Ok(()),
    }
}

/// RFC 6749 §3.3.
fn scope(metadata: &Metadata) -> Checked {
    Scope::parse(&metadata.scope).map(|_| ()).ok_or("scope has characters that RFC 6749 does not allow".into())
}

/// RFC 7591 §2.1: grant types and response types belong together.
fn grants_and_responses(metadata: &Metadata) -> Checked {
    if metadata.grant_types.contains(&GrantType::ClientCredentials) && metadata.is_public() {
        return Err("client_credentials needs a client that can prove itself, not token_endpoint_auth_method none".into());
    }
    let gives_tokens = metadata.response_types.iter().any(|kind| kind.has("token") || kind.has("id_token"));
    if gives_tokens && !metadata.grant_types.contains(&GrantType::Implicit) {
        return Err("response_types with token or id_token need implicit in grant_types (RFC 7591 §2.1)".into());
    }
    Ok(())
}

/// RFC 9700 §2.1.1.
fn pkce(metadata: &Metadata) -> Checked {
    if metadata.require_pkce != RequirePkce::Always && metadata.is_public() {
        return Err("require_pkce other than always is for confidential clients only (RFC 9700 §2.1.1)".into());
    }
    if metadata.require_pkce == RequirePkce::OrNonce && !Scope::stored(&metadata.scope).has("openid") {
        return Err("require_pkce or_nonce needs openid in scope: a nonce comes back in an ID token alone".into());
    }
    Ok(())
}

/// RFC 9700 §4.14.2.
fn refresh_grace(metadata: &Metadata) -> Checked {
    if metadata.refresh_reuse_grace_seconds > 0 && metadata.is_public() {
        return Err("refresh_reuse_grace_seconds is for confidential clients only".into());
    }
    if metadata.refresh_reuse_grace_seconds > 300 {
        return Err("refresh_reuse_grace_seconds is at most 300".into());
    }
    Ok(())
}

/// RFC 7591 §2: by value or by address, never both; public parts alone.
fn keys(config: &Config, metadata: &Metadata) -> Checked {
    if metadata.jwks.is_some() && metadata.jwks_uri.is_some() {
        return Err("jwks and jwks_uri are both there: give one".into());
    }
    if let Some(jwks) = &metadata.jwks {
        let keys = jwks.get("keys").and_then(serde_json::Value::as_array).ok_or("jwks is no JWK set: an object with an array `keys`")?;
        let private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
        if keys.iter().any(|key| private.iter().any(|part| key.get(part).is_some())) {
            return Err("jwks has a private or symmetric key: give public parts alone".into());
        }
    }
    metadata.jwks_uri.iter().try_for_each(|uri| callable(config, "jwks_uri", uri))
}

/// OpenID Connect Core §9: the method has what it works with.
fn proof_of_the_client(metadata: &Metadata) -> Checked {
    let has_keys = metadata.jwks.is_some() || metadata.jwks_uri.is_some();
    let is_mac = metadata.token_endpoint_auth_signing_alg.map(|algorithm| algorithm == AssertionAlgorithm::Hs256);
    match metadata.token_endpoint_auth_method {
        AuthMethod::PrivateKeyJwt if !has_keys => Err("private_key_jwt needs jwks or jwks_uri".into()),
        AuthMethod::PrivateKeyJwt if is_mac == Some(true) => {
            Err("token_endpoint_auth_signing_alg HS256 is no signature: it goes with client_secret_jwt".into())
        }
        AuthMethod::SecretJwt if is_mac == Some(false) => Err("client_secret_jwt is served with HS256 alone".into()),
        _ => Ok(()),
    }
}

/// RFC 9101 §10.5: who has to sign requests has keys to.
fn request_objects(config: &Config, metadata: &Metadata) -> Checked {
    let has_keys = metadata.jwks.is_some() || metadata.jwks_uri.is_some();
    let signs =
        metadata.require_signed_request_object || metadata.request_object_signing_alg.is_some() || !metadata.request_uris.is_empty();
    if signs && !has_keys {
        return Err("signed request objects need jwks or jwks_uri".into());
    }
    metadata.request_uris.iter().try_for_each(|uri| callable(config, "request_uris", uri))
}

/// Addresses that this service calls, or sends browsers to.
fn addresses(config: &Config, metadata: &Metadata) -> Checked {
    metadata.backchannel_logout_uri.iter().try_for_each(|uri| callable(config, "backchannel_logout_uri", uri))?;
    metadata.sector_identifier_uri.iter().try_for_each(|uri| callable(config, "sector_identifier_uri", uri))?;
    if let Some(uri) = &metadata.frontchannel_logout_uri {
        check_redirect_uri(uri).map_err(|why| why.replacen("redirect URI", "frontchannel_logout_uri", 1))?;
        // Its origin stands in a policy of ours, so its host is of letters that mean nothing there.
        let is_plain = |host: &str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
        let parsed = Url::parse(uri).ok().filter(|uri| ["https", "http"].contains(&uri.scheme()));
        if !parsed.is_some_and(|uri| uri.host_str().is_some_and(is_plain)) {
            return Err("frontchannel_logout_uri is shown in a frame: it must be https, with a plain host name".into());
        }
    }
    let links = [("client_uri", &metadata.client_uri), ("logo_uri", &metadata.logo_uri), ("policy_uri", &metadata.policy_uri)];
    let links = links.into_iter().chain([("tos_uri", &metadata.tos_uri), ("initiate_login_uri", &metadata.initiate_login_uri)]);
    for (name, uri) in links {
        let is_web = |uri: &String| Url::parse(uri).is_ok_and(|uri| ["https", "http"].contains(&uri.scheme()));
        let is_sound = |uri: &String| is_web(uri) && check_redirect_uri(uri).is_ok();
        if uri.as_ref().is_some_and(|uri| !is_sound(uri)) {
            return Err(format!("{name} must be https"));
        }
    }
    Ok(())
}

/// OpenID Connect Core §8.1: a sector is one host, or has a document that names all addresses.
fn subjects(metadata: &Metadata) -> Checked {
    if metadata.subject_type != SubjectType::Pairwise || metadata.sector_identifier_uri.is_some() {
        return Ok(());
    }
    let host = |uri: &String| Url::parse(uri).ok().and_then(|uri| uri.host_str().map(str::to_owned));
    let hosts: std::collections::BTreeSet<_> = metadata.redirect_uris.iter().map(host).collect();
    match hosts.len() == 1 && !hosts.contains(&None) {
        true => Ok(()),
        false => Err("pairwise with redirect URIs of several hosts needs a sector_identifier_uri".into()),
    }
}

fn callable(config: &Config, name: &str, uri: &str) -> Checked {
    outbound::check_url(uri, config.dev_allow_loopback).map(|_| ()).map_err(|problem| format!("{name} {uri:?} {problem}"))
}

/// OpenID Connect Registration §5: the sector's document names every redirect URI of the client.
pub async fn vet_sector(app: &App, metadata: &Metadata) -> Result<(), Unsound> {
    let Some(uri) = &metadata.sector_identifier_uri else { return Ok(()) };
    let unsound = |why: String| Unsound::Metadata(format!("sector_identifier_uri: {why}"));
    let text = app.outbound.get(uri, app.clock.now()).await.map_err(|error| {
        tracing::warn!(uri, %error, "a sector's document could not be fetched");
        unsound("it could not be fetched".into())
    })?;
    let named: Vec<String> = serde_json::from_slice(&text).map_err(|_| unsound("it holds no JSON array of addresses".into()))?;
    match metadata.redirect_uris.iter().find(|uri| !named.contains(uri)) {
        Some(missing) => Err(unsound(format!("it does not name {missing:?}"))),
        None => Ok(()),
    }
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
