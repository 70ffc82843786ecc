//! Scopes and PKCE: oxide-auth's, behind types of ours.
//!
//! Its state machines are not used: they read the system clock, compare redirect URIs as parsed URLs where OAuth wants
//! them equal as strings, and name errors otherwise than the RFCs (`docs/decisions/oxide-auth-and-openidconnect.md`).

use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::primitives::grant::Value;

/// A set of scope names (RFC 6749 §3.3), kept in the order they were given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope(Vec<String>);

impl Scope {
    /// Reads a scope parameter; `None` where a name has characters that RFC 6749 does not allow.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<oxide_auth::primitives::scope::Scope>().ok()?;
        let mut names: Vec<String> = Vec::new();
        for name in text.split(' ').filter(|name| !name.is_empty()) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        Some(Self(names))
    }

    /// A scope that was stored, and parsed before that.
    pub fn stored(text: &str) -> Self {
        Self::parse(text).unwrap_or_default()
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names that `other` has too.
    pub fn within(&self, other: &Scope) -> Self {
        self.filter(|name| other.has(name))
    }

    pub fn filter(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|name| keep(name)).cloned().collect())
    }

    /// All names of both.
    pub fn union(&self, other: &Scope) -> Self {
        let mut names = self.0.clone();
        names.extend(other.0.iter().filter(|name| !self.has(name)).cloned());
        Self(names)
    }

    pub fn covers(&self, other: &Scope) -> bool {
        other.iter().all(|name| self.has(name))
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// Whether `text` can be a code verifier or challenge: 43 to 128 unreserved characters (RFC 7636 §4.1, §4.2).
pub fn is_pkce_text(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

/// The challenge in the form it is stored in. `plain` is not offered (RFC 9700 §2.1.1).
pub fn pkce_challenge(challenge: &str) -> Option<String> {
    let value = Pkce::required().challenge(Some("S256".into()), Some(challenge.into())).ok()??;
    value.into_private_value().ok()?
}

/// Whether `verifier` is the one `stored` was made of (RFC 7636 §4.6).
pub fn pkce_holds(stored: &str, verifier: &str) -> bool {
    is_pkce_text(verifier) && Pkce::required().verify(Some(Value::private(Some(stored.to_owned()))), Some(verifier.into())).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{Hash, base64url};
    use proptest::prelude::*;

    #[test]
    fn scopes_keep_their_order_and_lose_doubles() {
        let scope = Scope::parse("email openid email").unwrap();
        assert_eq!(scope.to_string(), "email openid");
        assert!(Scope::parse("op\"enid").is_none());
        assert_eq!(scope.within(&Scope::stored("openid profile")).to_string(), "openid");
    }

    proptest! {
        #[test]
        fn only_the_verifier_of_a_challenge_holds(verifier in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}") {
            let stored = pkce_challenge(&base64url(Hash::of(verifier.as_bytes()).bytes())).unwrap();
            prop_assert!(pkce_holds(&stored, &verifier));
            prop_assert_eq!(pkce_holds(&stored, &other), verifier == other);
        }
    }

    #[test]
    fn short_and_odd_verifiers_are_refused() {
        assert!(!is_pkce_text(&"a".repeat(42)));
        assert!(!is_pkce_text(&"a".repeat(129)));
        assert!(!is_pkce_text(&"ä".repeat(43)));
    }
}
