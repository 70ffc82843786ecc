//! What the authorization endpoint answers with, and how.

use crate::config::Config;
use crate::word_enum;

word_enum!(
    /// What the authorization endpoint answers with.
    ResponseType {
        Code = "code",
        CodeIdToken = "code id_token",
        CodeToken = "code token",
        CodeIdTokenToken = "code id_token token",
        IdToken = "id_token",
        IdTokenToken = "id_token token",
    }
);

impl ResponseType {
    /// Reads the parameter: its words may come in any order (RFC 6749 §3.1.1).
    pub fn read(text: &str) -> Option<Self> {
        let mut words: Vec<&str> = text.split(' ').collect();
        words.sort_unstable();
        Self::parse(&words.join(" "))
    }

    pub fn has(self, word: &str) -> bool {
        self.as_str().split(' ').any(|known| known == word)
    }

    pub fn has_code(self) -> bool {
        self.has("code")
    }

    /// OpenID Connect Core §3.3: a code, and something beside it.
    pub fn is_hybrid(self) -> bool {
        self.has_code() && self != Self::Code
    }

    /// OpenID Connect Core §3.2: no code.
    pub fn is_implicit(self) -> bool {
        !self.has_code()
    }

    /// Whether the operator lets this type be served at all.
    pub fn is_served(self, config: &Config) -> bool {
        (!self.is_hybrid() || config.hybrid_responses) && (!self.is_implicit() || config.implicit_responses)
    }

    /// OAuth 2.0 Multiple Response Type Encoding Practices §5: what leaves tokens in the address leaves them in the fragment.
    pub fn default_mode(self) -> ResponseMode {
        if self == Self::Code { ResponseMode::Query } else { ResponseMode::Fragment }
    }
}

word_enum!(
    /// How it answers.
    ResponseMode {
        Query = "query",
        Fragment = "fragment",
        FormPost = "form_post",
    }
);
