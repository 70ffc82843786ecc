//! What a client is registered with (RFC 7591 §2), and our own members.

use serde::{Deserialize, Serialize};

use super::response_type::ResponseType;
use crate::clock::Timestamp;
use crate::ids::GrantId;
use crate::oidc::oauth::Scope;
use crate::word_enum;

word_enum!(
    /// How a client proves itself (RFC 7591 §2).
    AuthMethod {
        Basic = "client_secret_basic",
        Post = "client_secret_post",
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
    pub id_token_signed_response_alg: crate::keyring::Algorithm,
    pub default_max_age: Option<u32>,
    pub require_auth_time: bool,
    // Our members: only an operator sets them.
    pub allow_introspection: Introspects,
    pub resources: Vec<String>,
    pub require_pkce: RequirePkce,
    pub id_token_claims: bool,
    pub access_token_format: TokenFormat,
    pub refresh_reuse_grace_seconds: u32,
    pub skip_consent: bool,
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
            id_token_signed_response_alg: crate::keyring::Algorithm::Rs256,
            default_max_age: None,
            require_auth_time: false,
            allow_introspection: Introspects::default(),
            resources: Vec::new(),
            require_pkce: RequirePkce::Always,
            id_token_claims: false,
            access_token_format: TokenFormat::Opaque,
            refresh_reuse_grace_seconds: 0,
            skip_consent: false,
        }
    }
}

/// A registered client.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: String,
    pub metadata: Metadata,
    pub secret_hash: Option<Vec<u8>>,
    /// The one grant of all its client-credentials tokens.
    pub standing_grant: GrantId,
    pub created_at: Timestamp,
}

impl Client {
    pub fn name(&self) -> &str {
        if self.metadata.client_name.is_empty() { &self.id } else { &self.metadata.client_name }
    }

    pub fn may_use(&self, grant: GrantType) -> bool {
        self.metadata.grant_types.contains(&grant)
    }

    pub fn is_public(&self) -> bool {
        self.metadata.token_endpoint_auth_method == AuthMethod::None
    }

    pub fn scope(&self) -> Scope {
        Scope::stored(&self.metadata.scope)
    }

    /// Whether `uri` is registered: equal as a string, but for the port of a loopback address (RFC 8252 §7.3).
    pub fn has_redirect_uri(&self, uri: &str) -> bool {
        self.metadata.redirect_uris.iter().any(|known| known == uri || loopback_equal(known, uri))
    }

    pub fn has_post_logout_redirect_uri(&self, uri: &str) -> bool {
        self.metadata.post_logout_redirect_uris.iter().any(|known| known == uri)
    }

    /// Whom its tokens are for: what was asked for (RFC 8707), else its registered resources, else itself.
    pub fn audience(&self, wanted: &[String]) -> Vec<String> {
        match (wanted.is_empty(), self.metadata.resources.is_empty()) {
            (false, _) => wanted.to_vec(),
            (true, false) => self.metadata.resources.clone(),
            (true, true) => vec![self.id.clone()],
        }
    }

    /// Whether this client may see an access token that was issued to another, for `audience`.
    pub fn may_introspect(&self, audience: &[String]) -> bool {
        match &self.metadata.allow_introspection {
            Introspects::All(all) => *all,
            Introspects::Audiences(known) => audience.iter().any(|a| known.contains(a)),
        }
    }
}

/// `http://127.0.0.1:PORT/path` for any port, where the same is registered with another or none.
fn loopback_equal(known: &str, uri: &str) -> bool {
    let split = |text: &str| -> Option<(String, String)> {
        let rest = text.strip_prefix("http://")?;
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => authority,
        };
        matches!(host, "127.0.0.1" | "[::1]").then(|| (host.to_owned(), path.to_owned()))
    };
    matches!((split(known), split(uri)), (Some(a), Some(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(uris: &[&str]) -> Client {
        Client {
            id: "c".into(),
            metadata: Metadata { redirect_uris: uris.iter().map(|u| (*u).to_owned()).collect(), ..Metadata::default() },
            secret_hash: None,
            standing_grant: GrantId::new(),
            created_at: Timestamp::from_seconds(0),
        }
    }

    #[test]
    fn redirect_uris_are_equal_as_strings() {
        let client = client(&["https://rp.example/cb", "https://rp.example/q?a=1"]);
        assert!(client.has_redirect_uri("https://rp.example/cb"));
        assert!(client.has_redirect_uri("https://rp.example/q?a=1"));
        for foreign in [
            "https://rp.example/cb/",
            "https://rp.example/cb/x",
            "https://rp.example/cb?x=1",
            "https://RP.example/cb",
            "https://rp.example:443/cb",
            "https://rp.example/q?a=1&b=2",
            "https://rp.example/q",
            "https://rp.example/cb#f",
            "http://rp.example/cb",
            "https://rp.example.evil.example/cb",
            "https://rp.example/%63b",
            "https://rp.example/x/../cb",
            "https://evil.example/https://rp.example/cb",
            "",
        ] {
            assert!(!client.has_redirect_uri(foreign), "{foreign}");
        }
    }

    #[test]
    fn the_port_of_a_loopback_address_is_free() {
        let client = client(&["http://127.0.0.1:1234/cb", "http://[::1]/cb", "http://localhost:1/cb"]);
        assert!(client.has_redirect_uri("http://127.0.0.1:9999/cb"));
        assert!(client.has_redirect_uri("http://[::1]:5/cb"));
        for foreign in [
            "http://127.0.0.1:9999/cb2",
            "http://127.0.0.2:1234/cb",
            "http://localhost:2/cb",
            "https://127.0.0.1:9/cb",
            "http://127.0.0.1:80@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
        ] {
            assert!(!client.has_redirect_uri(foreign), "{foreign}");
        }
    }
}
