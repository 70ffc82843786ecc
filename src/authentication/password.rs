//! Which passwords are good enough (NIST SP 800-63B-4 §3.1.1): length and a blocklist, no composition rules.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::hashing::Typed;
use crate::values::Problem;

/// A password that may be set.
#[derive(Clone)]
pub struct Password(Typed);

/// Why a password is refused, always with what to do.
pub type PasswordProblem = Problem;

const SHORTEST: i64 = 15;
const LONGEST: usize = 256;

impl Password {
    /// Reads a new password. `context` holds words that make a poor one: username, address, the portal's name.
    pub fn choose(text: &str, context: &[&str]) -> Result<Self, PasswordProblem> {
        let text: Zeroizing<String> = Zeroizing::new(text.nfc().collect());
        let length = text.chars().count();
        if length == 0 {
            return Err(Problem::new("problem-missing"));
        }
        if length < SHORTEST as usize {
            return Err(Problem::with("problem-password-short", SHORTEST));
        }
        if length > LONGEST {
            return Err(Problem::with("problem-too-long", LONGEST));
        }
        let folded = Zeroizing::new(text.to_lowercase());
        let is_context = |word: &&str| word.chars().count() >= 4 && folded.replace(&word.to_lowercase(), "").chars().count() < 8;
        let head: String = text.chars().take(100).collect();
        let guesses = zxcvbn::zxcvbn(&head, context).guesses_log10();
        if context.iter().any(is_context) || guesses < 8.0 {
            return Err(Problem::new("problem-password-common"));
        }
        Ok(Self(text))
    }

    /// A password somebody typed to sign in: any text, in the form it was hashed in.
    pub fn typed(text: &str) -> Typed {
        Zeroizing::new(text.nfc().take(LONGEST * 4).collect())
    }

    pub fn as_typed(&self) -> &Typed {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Password;

    #[test]
    fn length_counts_and_composition_does_not() {
        assert!(Password::choose("correct horse battery", &[]).is_ok());
        assert!(Password::choose("ein grüner Tisch im Regen", &[]).is_ok());
        let short = Password::choose("Xy7!kd92$", &[]).err().unwrap();
        assert_eq!(short.key, "problem-password-short");
        assert_eq!(Password::choose(&"long ".repeat(60), &[]).err().unwrap().key, "problem-too-long");
    }

    #[test]
    fn what_anybody_would_try_first_is_refused() {
        for poor in ["passwordpassword", "aaaaaaaaaaaaaaaaaaa", "123456789012345678", "qwertyuiopasdfgh", "lakeside-nursing1"] {
            let problem = Password::choose(poor, &["lakeside-nursing"]).err().unwrap();
            assert_eq!(problem.key, "problem-password-common", "{poor}");
        }
    }
}
