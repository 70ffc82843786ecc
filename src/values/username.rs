//! Usernames: unique on a folded form, and never looking like an email address.

use unicode_normalization::UnicodeNormalization;

use super::Problem;

/// Of what is typed as a name, more than this is never anybody's.
const LONGEST_TYPED: usize = 100;

/// A name to sign in with: 3 to 64 letters, digits, `.`, `_` or `-`, starting with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text: String = text.trim().nfkc().collect();
        let length = text.chars().count();
        if length == 0 {
            return Err(Problem::new("problem-missing"));
        }
        if text.contains('@') {
            return Err(Problem::new("problem-username-email"));
        }
        if !(3..=64).contains(&length) {
            return Err(Problem::new("problem-username-length"));
        }
        let letters_ok = text.chars().all(|c| c.is_alphanumeric() || "._-".contains(c));
        if !letters_ok || !text.chars().next().is_some_and(char::is_alphanumeric) {
            return Err(Problem::new("problem-username-characters"));
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What uniqueness and look-up go by: NFKC, case folded.
    pub fn key(&self) -> String {
        Self::fold(&self.0)
    }

    /// Folds whatever somebody typed at sign-in; it need not be a username at all.
    pub fn fold(text: &str) -> String {
        Self::fold_all(&text.trim().chars().take(LONGEST_TYPED).collect::<String>())
    }

    /// The same folding for text that is searched in, whatever its length.
    pub fn fold_all(text: &str) -> String {
        text.nfkc().flat_map(char::to_lowercase).nfkc().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Username;

    #[test]
    fn one_name_in_several_spellings_has_one_key() {
        let keys: Vec<String> = ["Lakeside-07", "lakeside-07", "ＬＡＫＥＳＩＤＥ-07"].map(|n| Username::parse(n).unwrap().key()).to_vec();
        assert!(keys.iter().all(|key| key == "lakeside-07"), "{keys:?}");
    }

    #[test]
    fn names_that_could_be_taken_for_something_else_are_refused() {
        for bad in ["", "ab", "a@b.test", "a b c", ".abc", "-abc", "abc\u{202e}", "a/b/c", &"x".repeat(65)] {
            assert!(Username::parse(bad).is_err(), "{bad:?}");
        }
    }
}
