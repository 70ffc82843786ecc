//! A registered client, and what its registration lets it do.

use super::metadata::{GrantType, Introspects, Metadata, SubjectType};
use crate::clock::Timestamp;
use crate::ids::{AccountId, GrantId};
use crate::keyring::{Keyring, Purpose};
use crate::oidc::oauth::Scope;
use crate::secret;

/// A registered client.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: String,
    pub metadata: Metadata,
    pub secret_hash: Option<Vec<u8>>,
    /// The secret itself, sealed, where the client proves itself with a MAC.
    pub sealed_secret: Option<Vec<u8>>,
    /// What it manages its own registration with, as a hash; none where an operator registered it.
    pub registration_token_hash: Option<Vec<u8>>,
    /// The one grant of all its client-credentials tokens.
    pub standing_grant: GrantId,
    pub created_at: Timestamp,
    /// When it last changed: who changes it says which state of it they saw.
    pub updated_at: Timestamp,
}

impl Client {
    pub fn name(&self) -> &str {
        if self.metadata.client_name.is_empty() { &self.id } else { &self.metadata.client_name }
    }

    pub fn may_use(&self, grant: GrantType) -> bool {
        self.metadata.grant_types.contains(&grant)
    }

    pub fn is_public(&self) -> bool {
        self.metadata.is_public()
    }

    /// Whether an operator registered it; otherwise it registered itself, and nobody has looked at it.
    pub fn is_of_an_operator(&self) -> bool {
        self.registration_token_hash.is_none()
    }

    pub fn is_pairwise(&self) -> bool {
        self.metadata.subject_type == SubjectType::Pairwise
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

    /// The name it knows an account by (OpenID Connect Core §8): the account's own, or one of its sector alone.
    pub fn subject(&self, keyring: &Keyring, account: AccountId) -> String {
        self.pairwise(keyring, account).unwrap_or_else(|| account.to_string())
    }

    /// That of its sector, where it is registered for one (§8.1).
    pub fn pairwise(&self, keyring: &Keyring, account: AccountId) -> Option<String> {
        if !self.is_pairwise() {
            return None;
        }
        let sector = self.metadata.sector()?;
        Some(secret::base64url(&secret::mac(&keyring.key(Purpose::Pairwise), &[sector.as_bytes(), account.bytes()])))
    }

    /// The secret in clear, of a client that proves itself with a MAC.
    pub fn secret(&self, keyring: &Keyring) -> Option<Vec<u8>> {
        keyring.unseal(Purpose::ClientSecret, self.id.as_bytes(), self.sealed_secret.as_deref()?)
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
    use proptest::prelude::*;

    fn client(uris: &[&str]) -> Client {
        Client {
            id: "c".into(),
            metadata: Metadata { redirect_uris: uris.iter().map(|u| (*u).to_owned()).collect(), ..Metadata::default() },
            secret_hash: None,
            sealed_secret: None,
            registration_token_hash: None,
            standing_grant: GrantId::new(),
            created_at: Timestamp::from_seconds(0),
            updated_at: Timestamp::from_seconds(0),
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

    proptest! {
        /// Whatever is changed in a registered address, it is another one.
        #[test]
        fn one_changed_character_is_another_address(at in 0_usize..40, with in "[ -~]", removes: bool) {
            let known = "https://rp.example/cb/deeper?kept=1&more=2";
            let mut changed: Vec<char> = known.chars().collect();
            if removes {
                changed.remove(at);
            } else {
                changed.insert(at, with.chars().next().unwrap());
            }
            let changed: String = changed.into_iter().collect();
            prop_assert!(!client(&[known]).has_redirect_uri(&changed), "{changed}");
        }

        /// Of a loopback address the port is free, and nothing else (RFC 8252 §7.3).
        #[test]
        fn a_loopback_port_is_free_and_nothing_else(port: u16, tail in "[a-z/.@:#?]{0,12}") {
            let client = client(&["http://127.0.0.1/cb"]);
            let right = format!("http://127.0.0.1:{port}/cb");
            prop_assert!(client.has_redirect_uri(&right));
            if !tail.is_empty() {
                let longer = format!("{right}{tail}");
                prop_assert!(!client.has_redirect_uri(&longer), "{longer}");
                let inside = format!("http://127.0.0.1:{port}{tail}/cb");
                prop_assert_eq!(client.has_redirect_uri(&inside), false, "{}", inside);
            }
        }
    }
}
