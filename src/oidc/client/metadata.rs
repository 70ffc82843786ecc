//! What a client is registered with (RFC 7591 §2), and our own members.

use serde::{Deserialize, Serialize};

use super::response_type::ResponseType;
use crate::keyring::Algorithm;
use crate::word_enum;

word_enum!(
    /// How a client proves itself (RFC 7591 §2).
    AuthMethod {
        Basic = "client_secret_basic",
        Post = "client_secret_post",
        /// A JWT under a MAC with the secret (OpenID Connect Core §9).
        SecretJwt = "client_secret_jwt",
        /// A JWT signed with a key of the client's own.
        PrivateKeyJwt = "private_key_jwt",
        None = "none",
    }
);

word_enum!(
    /// Grants: of the token endpoint, and `implicit` for what the authorization endpoint gives by itself (RFC 7591 §2.1).
    GrantType {
        AuthorizationCode = "authorization_code",
        RefreshToken = "refresh_token",
        ClientCredentials = "client_credentials",
        Implicit = "implicit",
    }
);

word_enum!(
    /// When a client has to send PKCE. All but the first are for confidential clients.
    RequirePkce {
        Always = "always",
        /// A nonce does instead, which the client checks in the ID token (RFC 9700 §2.1.1).
        OrNonce = "or_nonce",
        Never = "never",
    }
);

word_enum!(
    /// The form of access tokens.
    TokenFormat {
        Opaque = "opaque",
        /// RFC 9068.
        Jwt = "jwt",
    }
);

word_enum!(
    /// Whether a person goes by one name everywhere, or by another in each sector (OpenID Connect Core §8).
    SubjectType {
        Public = "public",
        Pairwise = "pairwise",
    }
);

word_enum!(
    /// With what a client's assertions are made.
    AssertionAlgorithm {
        Hs256 = "HS256",
        Rs256 = "RS256",
        Es256 = "ES256",
        Ps256 = "PS256",
        EdDsa = "EdDSA",
    }
);

word_enum!(
    /// For whom a client's assertions may be made out.
    AssertionAudience {
        /// The issuer or the endpoint that is called, as OpenID Connect clients do (Core §9).
        Any = "any",
        /// The issuer, as one string and nothing else (FAPI 2.0 §5.3.2.1).
        Issuer = "issuer",
    }
);

/// Whose tokens a client may introspect, beside its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Introspects {
    All(bool),
    Audiences(Vec<String>),
}

impl Default for Introspects {
    fn default() -> Self {
        Self::All(false)
    }
}

/// The registration document. Members that this version does not know are refused by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metadata {
    pub client_name: String,
    pub client_uri: Option<String>,
    pub logo_uri: Option<String>,
    pub policy_uri: Option<String>,
    pub tos_uri: Option<String>,
    pub contacts: Vec<String>,
    pub application_type: Option<String>,
    pub initiate_login_uri: Option<String>,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub token_endpoint_auth_method: AuthMethod,
    pub grant_types: Vec<GrantType>,
    pub response_types: Vec<ResponseType>,
    pub scope: String,
    pub id_token_signed_response_alg: Algorithm,
    pub default_max_age: Option<u32>,
    pub require_auth_time: bool,
    pub default_acr_values: Vec<String>,
    pub software_id: Option<String>,
    pub software_version: Option<String>,
    pub jwks: Option<serde_json::Value>,
    pub jwks_uri: Option<String>,
    pub token_endpoint_auth_signing_alg: Option<AssertionAlgorithm>,
    pub request_object_signing_alg: Option<Algorithm>,
    pub request_uris: Vec<String>,
    pub require_signed_request_object: bool,
    pub require_pushed_authorization_requests: bool,
    pub userinfo_signed_response_alg: Option<Algorithm>,
    pub introspection_signed_response_alg: Option<Algorithm>,
    pub subject_type: SubjectType,
    pub sector_identifier_uri: Option<String>,
    pub backchannel_logout_uri: Option<String>,
    pub backchannel_logout_session_required: bool,
    pub frontchannel_logout_uri: Option<String>,
    pub frontchannel_logout_session_required: bool,
    // Our members: only an operator sets them.
    pub allow_introspection: Introspects,
    pub resources: Vec<String>,
    pub require_pkce: RequirePkce,
    pub id_token_claims: bool,
    pub access_token_format: TokenFormat,
    pub client_assertion_audience: AssertionAudience,
    pub refresh_reuse_grace_seconds: u32,
    pub skip_consent: bool,
}

impl AuthMethod {
    /// Whether a secret is part of it.
    pub fn has_secret(self) -> bool {
        matches!(self, Self::Basic | Self::Post | Self::SecretJwt)
    }
}

impl Metadata {
    pub fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == AuthMethod::None
    }

    /// The registration as an operator writes it: the members that differ from what is registered where nothing is said.
    pub fn stated(&self) -> serde_json::Value {
        let value = |metadata: &Self| serde_json::to_value(metadata).expect("a registration is JSON");
        let (mut stated, unsaid) = (value(self), value(&Self::default()));
        if let Some(members) = stated.as_object_mut() {
            members.retain(|name, value| unsaid.get(name) != Some(value));
        }
        stated
    }

    /// The host whose applications know a person by the same pairwise name (OpenID Connect Core §8.1).
    pub fn sector(&self) -> Option<String> {
        let host = |uri: &String| openidconnect::url::Url::parse(uri).ok()?.host_str().map(str::to_owned);
        match &self.sector_identifier_uri {
            Some(uri) => host(uri),
            None => self.redirect_uris.first().and_then(host),
        }
    }
}

impl Default for Metadata {
    /// The defaults of RFC 7591 §2.
    fn default() -> Self {
        Self {
            client_name: String::new(),
            client_uri: None,
            logo_uri: None,
            policy_uri: None,
            tos_uri: None,
            contacts: Vec::new(),
            application_type: None,
            initiate_login_uri: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            token_endpoint_auth_method: AuthMethod::Basic,
            grant_types: vec![GrantType::AuthorizationCode],
            response_types: vec![ResponseType::Code],
            scope: String::new(),
            id_token_signed_response_alg: Algorithm::Rs256,
            default_max_age: None,
            require_auth_time: false,
            default_acr_values: Vec::new(),
            software_id: None,
            software_version: None,
            jwks: None,
            jwks_uri: None,
            token_endpoint_auth_signing_alg: None,
            request_object_signing_alg: None,
            request_uris: Vec::new(),
            require_signed_request_object: false,
            require_pushed_authorization_requests: false,
            userinfo_signed_response_alg: None,
            introspection_signed_response_alg: None,
            subject_type: SubjectType::Public,
            sector_identifier_uri: None,
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            frontchannel_logout_uri: None,
            frontchannel_logout_session_required: false,
            allow_introspection: Introspects::default(),
            resources: Vec::new(),
            require_pkce: RequirePkce::Always,
            id_token_claims: false,
            access_token_format: TokenFormat::Opaque,
            client_assertion_audience: AssertionAudience::Any,
            refresh_reuse_grace_seconds: 0,
            skip_consent: false,
        }
    }
}
