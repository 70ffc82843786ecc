//! The discovery document (OpenID Connect Discovery §3, RFC 8414), derived from what is served.
//!
//! Every list here is the list the endpoints themselves go by; nothing is announced that is not answered.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, RwLock};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthUrl, AuthenticationContextClass, IssuerUrl, JsonWebKeySetUrl, ProviderMetadata, RegistrationUrl,
    ResponseTypes, Scope as WireScope, TokenUrl, UserInfoUrl,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::claims::SCOPES;
use super::client::{AssertionAlgorithm, AuthMethod, GrantType, ResponseMode, ResponseType, SubjectType};
use super::id_token::wire_algorithm;
use super::paths;
use crate::app::App;
use crate::authentication;
use crate::config::Config;
use crate::db::Fault;
use crate::keyring::Algorithm;
use crate::web::{PageError, Unlogged};

/// Members beyond OpenID Connect Discovery.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Extra {
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: Vec<AuthMethod>,
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: Vec<AuthMethod>,
    end_session_endpoint: String,
    pushed_authorization_request_endpoint: String,
    require_pushed_authorization_requests: bool,
    require_signed_request_object: bool,
    check_session_iframe: String,
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
    frontchannel_logout_supported: bool,
    frontchannel_logout_session_supported: bool,
    introspection_signing_alg_values_supported: Vec<Algorithm>,
    introspection_endpoint_auth_signing_alg_values_supported: Vec<AssertionAlgorithm>,
    revocation_endpoint_auth_signing_alg_values_supported: Vec<AssertionAlgorithm>,
    protected_resources: Vec<String>,
    code_challenge_methods_supported: Vec<String>,
    authorization_response_iss_parameter_supported: bool,
    prompt_values_supported: Vec<String>,
}

impl AdditionalProviderMetadata for Extra {}

type Document = ProviderMetadata<
    Extra,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// The crate's word for one of ours: both are the RFCs'.
fn wire<T: DeserializeOwned>(word: &str) -> Result<T, Fault> {
    serde_json::from_value(word.into()).map_err(|e| Fault::broken(format!("discovery: {word}: {e}")))
}

fn wires<T: DeserializeOwned>(words: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Vec<T>, Fault> {
    words.into_iter().map(|word| wire(word.as_ref())).collect()
}

fn document(config: &Config) -> Result<Document, Fault> {
    let broken = |e: openidconnect::url::ParseError| Fault::broken(format!("discovery: {e}"));
    let url = |path: &str| config.url(path);
    let extra = Extra {
        introspection_endpoint: url(paths::INTROSPECT),
        introspection_endpoint_auth_methods_supported: confidential(),
        revocation_endpoint: url(paths::REVOKE),
        revocation_endpoint_auth_methods_supported: AuthMethod::ALL.to_vec(),
        end_session_endpoint: url(paths::LOGOUT),
        pushed_authorization_request_endpoint: url(paths::PAR),
        require_pushed_authorization_requests: false,
        require_signed_request_object: false,
        check_session_iframe: url(paths::CHECK_SESSION),
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        frontchannel_logout_supported: true,
        frontchannel_logout_session_supported: true,
        introspection_signing_alg_values_supported: Algorithm::ALL.to_vec(),
        introspection_endpoint_auth_signing_alg_values_supported: AssertionAlgorithm::ALL.to_vec(),
        revocation_endpoint_auth_signing_alg_values_supported: AssertionAlgorithm::ALL.to_vec(),
        protected_resources: vec![config.issuer.as_str().to_owned()],
        code_challenge_methods_supported: vec!["S256".into()],
        authorization_response_iss_parameter_supported: true,
        prompt_values_supported: super::authorize::Prompt::ALL.iter().map(|p| p.as_str().to_owned()).collect(),
    };
    let response_types = ResponseType::ALL.iter().filter(|kind| kind.is_served(config));
    // One member a combination: the crate writes its words with spaces between.
    let response_types = response_types.map(|kind| Ok(ResponseTypes::new(wires::<CoreResponseType>(kind.as_str().split(' '))?)));
    let response_types = response_types.collect::<Result<Vec<_>, Fault>>()?;
    let gives_tokens_itself = config.hybrid_responses || config.implicit_responses;
    let grant_types = GrantType::ALL.iter().filter(|kind| **kind != GrantType::Implicit || gives_tokens_itself);
    let scopes = SCOPES.iter().map(|(name, _)| (*name).to_owned()).chain(config.scopes.iter().cloned());
    let claims = ["iss", "aud", "exp", "iat"].into_iter().chain(SCOPES.iter().flat_map(|(_, claims)| claims.iter().copied()));
    let document = Document::new(
        IssuerUrl::new(config.issuer.as_str().to_owned()).map_err(broken)?,
        AuthUrl::new(url(paths::AUTHORIZE)).map_err(broken)?,
        JsonWebKeySetUrl::new(url(paths::JWKS)).map_err(broken)?,
        response_types,
        wires(SubjectType::ALL.iter().map(|kind| kind.as_str()))?,
        Algorithm::ALL.iter().map(|algorithm| wire_algorithm(*algorithm)).collect(),
        extra,
    )
    .set_token_endpoint(Some(TokenUrl::new(url(paths::TOKEN)).map_err(broken)?))
    .set_userinfo_endpoint(Some(UserInfoUrl::new(url(paths::USERINFO)).map_err(broken)?))
    .set_scopes_supported(Some(scopes.map(WireScope::new).collect()))
    .set_response_modes_supported(Some(wires(ResponseMode::ALL.iter().map(|m| m.as_str()))?))
    .set_grant_types_supported(Some(wires(grant_types.map(|g| g.as_str()))?))
    .set_token_endpoint_auth_methods_supported(Some(wires(AuthMethod::ALL.iter().map(|m| m.as_str()))?))
    .set_acr_values_supported(Some(
        authentication::ACR_VALUES.iter().map(|acr| AuthenticationContextClass::new((*acr).to_owned())).collect(),
    ))
    .set_claim_types_supported(Some(wires(["normal"])?))
    .set_claims_supported(Some(claims.map(|claim| CoreClaimName::new(claim.to_owned())).collect()))
    .set_claims_parameter_supported(Some(true))
    .set_token_endpoint_auth_signing_alg_values_supported(Some(wires(AssertionAlgorithm::ALL.iter().map(|a| a.as_str()))?))
    .set_userinfo_signing_alg_values_supported(Some(Algorithm::ALL.iter().map(|algorithm| wire_algorithm(*algorithm)).collect()))
    .set_request_object_signing_alg_values_supported(Some(Algorithm::ALL.iter().map(|algorithm| wire_algorithm(*algorithm)).collect()))
    .set_request_parameter_supported(Some(true))
    .set_request_uri_parameter_supported(Some(true))
    .set_require_request_uri_registration(Some(true));
    Ok(match config.registration.enabled {
        true => document.set_registration_endpoint(Some(RegistrationUrl::new(url(paths::REGISTER)).map_err(broken)?)),
        false => document,
    })
}

/// Introspection asks every caller for a secret.
fn confidential() -> Vec<AuthMethod> {
    AuthMethod::ALL.iter().copied().filter(|method| *method != AuthMethod::None).collect()
}

/// Rendered once for each issuer of this process.
static RENDERED: LazyLock<RwLock<HashMap<String, Arc<str>>>> = LazyLock::new(RwLock::default);

/// `GET /.well-known/openid-configuration`, and the same for OAuth clients (RFC 8414 §3).
pub async fn show(State(app): State<App>) -> Result<Response, PageError> {
    let issuer = app.config.issuer.as_str();
    let known = RENDERED.read().expect("no holder panics").get(issuer).cloned();
    let text = match known {
        Some(text) => text,
        None => {
            let document = document(&app.config)?;
            let text: Arc<str> = serde_json::to_string(&document).map_err(|e| Fault::broken(e.to_string()))?.into();
            RENDERED.write().expect("no holder panics").insert(issuer.to_owned(), Arc::clone(&text));
            text
        }
    };
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=300")];
    let mut response = (headers, text.to_string()).into_response();
    response.extensions_mut().insert(Unlogged);
    Ok(response)
}
