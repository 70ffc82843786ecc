//! What an application may say of itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::Config;
use crate::keyring::Algorithm;
use crate::oidc::client::{AssertionAlgorithm, AuthMethod, GrantType, Metadata, RequirePkce, ResponseType, SubjectType};
use crate::oidc::oauth::Scope;

/// The members of a registration (RFC 7591 §2, OpenID Connect Registration §2 and its logout companions). Others are ignored.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    #[serde(skip_serializing)]
    pub client_id: Option<String>,
    #[serde(skip_serializing)]
    pub client_secret: Option<String>,
    client_name: Option<String>,
    client_uri: Option<String>,
    logo_uri: Option<String>,
    policy_uri: Option<String>,
    tos_uri: Option<String>,
    contacts: Vec<String>,
    application_type: Option<String>,
    initiate_login_uri: Option<String>,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    token_endpoint_auth_method: Option<AuthMethod>,
    token_endpoint_auth_signing_alg: Option<AssertionAlgorithm>,
    grant_types: Option<Vec<GrantType>>,
    response_types: Option<Vec<ResponseType>>,
    scope: Option<String>,
    jwks: Option<Value>,
    jwks_uri: Option<String>,
    id_token_signed_response_alg: Option<Algorithm>,
    userinfo_signed_response_alg: Option<Algorithm>,
    introspection_signed_response_alg: Option<Algorithm>,
    request_object_signing_alg: Option<Algorithm>,
    request_uris: Vec<String>,
    require_signed_request_object: bool,
    require_pushed_authorization_requests: bool,
    default_max_age: Option<u32>,
    require_auth_time: bool,
    default_acr_values: Vec<String>,
    subject_type: Option<SubjectType>,
    sector_identifier_uri: Option<String>,
    backchannel_logout_uri: Option<String>,
    backchannel_logout_session_required: bool,
    frontchannel_logout_uri: Option<String>,
    frontchannel_logout_session_required: bool,
    software_id: Option<String>,
    software_version: Option<String>,
}

impl Asked {
    /// Reads the JSON document. A value that is not one the service has is said by name.
    pub fn read(body: &[u8]) -> Result<Self, String> {
        let document: Value = serde_json::from_slice(body).map_err(|_| "the body is no JSON object")?;
        if !document.is_object() {
            return Err("the body is no JSON object".into());
        }
        serde_json::from_value(document).map_err(|e| e.to_string())
    }

    /// The registration, within what the operator allows those who register themselves.
    pub fn metadata(self, config: &Config) -> Metadata {
        let allowed = Scope::stored(&config.registration.scope);
        let scope = self.scope.map_or_else(|| allowed.clone(), |text| Scope::parse(&text).unwrap_or_default().within(&allowed));
        let auth_method = self.token_endpoint_auth_method.unwrap_or(AuthMethod::Basic);
        let require_pkce = RequirePkce::parse(&config.registration.require_pkce)
            .filter(|rule| auth_method != AuthMethod::None && (*rule != RequirePkce::OrNonce || scope.has("openid")));
        let default = Metadata::default();
        Metadata {
            client_name: self.client_name.unwrap_or_default().chars().filter(|c| !c.is_control()).take(100).collect(),
            client_uri: self.client_uri,
            logo_uri: self.logo_uri,
            policy_uri: self.policy_uri,
            tos_uri: self.tos_uri,
            contacts: self.contacts,
            application_type: self.application_type.or(Some("web".into())),
            initiate_login_uri: self.initiate_login_uri,
            redirect_uris: self.redirect_uris,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            token_endpoint_auth_method: auth_method,
            token_endpoint_auth_signing_alg: self.token_endpoint_auth_signing_alg,
            grant_types: self.grant_types.unwrap_or(default.grant_types.clone()),
            response_types: self.response_types.unwrap_or(default.response_types.clone()),
            scope: scope.to_string(),
            jwks: self.jwks,
            jwks_uri: self.jwks_uri,
            id_token_signed_response_alg: self.id_token_signed_response_alg.unwrap_or(Algorithm::Rs256),
            userinfo_signed_response_alg: self.userinfo_signed_response_alg,
            introspection_signed_response_alg: self.introspection_signed_response_alg,
            request_object_signing_alg: self.request_object_signing_alg,
            request_uris: self.request_uris,
            require_signed_request_object: self.require_signed_request_object,
            require_pushed_authorization_requests: self.require_pushed_authorization_requests,
            default_max_age: self.default_max_age,
            require_auth_time: self.require_auth_time,
            default_acr_values: self.default_acr_values,
            subject_type: self.subject_type.unwrap_or(SubjectType::Public),
            sector_identifier_uri: self.sector_identifier_uri,
            backchannel_logout_uri: self.backchannel_logout_uri,
            backchannel_logout_session_required: self.backchannel_logout_session_required,
            frontchannel_logout_uri: self.frontchannel_logout_uri,
            frontchannel_logout_session_required: self.frontchannel_logout_session_required,
            software_id: self.software_id,
            software_version: self.software_version,
            require_pkce: require_pkce.unwrap_or(RequirePkce::Always),
            id_token_claims: config.registration.id_token_claims,
            ..default
        }
    }

    /// What is registered, as the client is told: the members that have a value.
    pub fn of(metadata: &Metadata) -> Value {
        let known = serde_json::to_value(metadata).expect("a registration is JSON");
        let told: Self = serde_json::from_value(known).expect("what is asked for is named as what is registered");
        let mut told = serde_json::to_value(told).expect("a registration is JSON");
        if let Some(members) = told.as_object_mut() {
            members.retain(|_, value| {
                !value.is_null() && value.as_str() != Some("") && value.as_array().is_none_or(|several| !several.is_empty())
            });
        }
        told
    }
}
