//! Secrets: where randomness comes from, the shape of tokens, and the hashes that are stored in their place.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::{constant_time, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Gives unpredictable bytes.
pub trait Random: Send + Sync + 'static {
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator, through aws-lc-rs.
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system")]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// Repeatable bytes for tests: the same seed gives the same sequence.
pub struct SeededRandom {
    seed: u64,
    counter: AtomicU64,
    lock: Mutex<()>,
}

impl SeededRandom {
    pub fn new(seed: u64) -> Self {
        Self { seed, counter: AtomicU64::new(0), lock: Mutex::new(()) }
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let _turn = self.lock.lock();
        for chunk in bytes.chunks_mut(32) {
            let count = self.counter.fetch_add(1, Ordering::SeqCst);
            let mut block = [0; 16];
            block[..8].copy_from_slice(&self.seed.to_be_bytes());
            block[8..].copy_from_slice(&count.to_be_bytes());
            chunk.copy_from_slice(&digest(&SHA256, &block).as_ref()[..chunk.len()]);
        }
    }
}

impl dyn Random {
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A code of `length` characters that are hard to confuse when read aloud (no 0 O 1 I L U).
    pub fn typed_code(&self, length: usize) -> String {
        const LETTERS: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
        let mut code = String::with_capacity(length);
        while code.len() < length {
            let [byte] = self.bytes::<1>();
            if byte < 240 {
                code.push(char::from(LETTERS[usize::from(byte % 30)]));
            }
        }
        code
    }
}

/// What a token is for; the prefix tells people and secret scanners what they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    Session,
    Interaction,
    MailCode,
    Invitation,
    AuthorizationCode,
    RefreshToken,
    AccessToken,
    ClientSecret,
    /// Names a pushed authorization request.
    PushedRequest,
    /// Lets an application register itself.
    InitialAccess,
    /// Lets an application manage its registration.
    RegistrationAccess,
}

impl Prefix {
    pub const fn as_str(self) -> &'static str {
        match self {
            Prefix::Session => "ghs_",
            Prefix::Interaction => "ghi_",
            Prefix::MailCode => "ghm_",
            Prefix::Invitation => "ghv_",
            Prefix::AuthorizationCode => "ghc_",
            Prefix::RefreshToken => "ghr_",
            Prefix::AccessToken => "gha_",
            Prefix::ClientSecret => "ghk_",
            Prefix::PushedRequest => "ghp_",
            Prefix::InitialAccess => "ghe_",
            Prefix::RegistrationAccess => "ghg_",
        }
    }
}

/// A random 256-bit token with its prefix and a checksum, so that junk is refused without a query.
///
/// It is shown to its holder once; the database keeps [`Token::hash`].
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub fn random(prefix: Prefix, random: &dyn Random) -> Self {
        let body = URL_SAFE_NO_PAD.encode(random.bytes::<32>());
        let check = Self::checksum(prefix, &body);
        Self(format!("{}{body}{check}", prefix.as_str()))
    }

    /// The token, where `text` has the right prefix and checksum.
    pub fn parse(prefix: Prefix, text: &str) -> Option<Self> {
        let rest = text.strip_prefix(prefix.as_str())?;
        if rest.len() != 43 + 6 || !rest.is_ascii() {
            return None;
        }
        let (body, check) = rest.split_at(43);
        (Self::checksum(prefix, body) == check).then(|| Self(text.to_owned()))
    }

    fn checksum(prefix: Prefix, body: &str) -> String {
        let sum = digest(&SHA256, format!("{}{body}", prefix.as_str()).as_bytes());
        URL_SAFE_NO_PAD.encode(&sum.as_ref()[..4])
    }

    pub fn hash(&self) -> Hash {
        Hash::of(self.0.as_bytes())
    }

    /// The secret itself, for its holder's eyes.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", self.0.get(..4).unwrap_or(""))
    }
}

/// SHA-256 of a secret of at least 128 bits: what is stored and looked up in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hash(Vec<u8>);

impl Hash {
    pub fn of(secret: &[u8]) -> Self {
        Self(digest(&SHA256, secret).as_ref().to_vec())
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether `stored` is this hash, in constant time.
    pub fn matches(&self, stored: &[u8]) -> bool {
        constant_time::verify_slices_are_equal(&self.0, stored).is_ok()
    }
}

/// HMAC-SHA-256 of the parts, each preceded by its length so that no two lists of parts run together.
pub fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let mut context = hmac::Context::with_key(&key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.sign().as_ref().to_vec()
}

/// Whether two byte strings are equal, in constant time.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_a_changed_one_is_not() {
        let random: &dyn Random = &SeededRandom::new(1);
        let token = Token::random(Prefix::RefreshToken, random);
        assert_eq!(Token::parse(Prefix::RefreshToken, token.reveal()), Some(token.clone()));
        assert_eq!(Token::parse(Prefix::AuthorizationCode, token.reveal()), None);
        let mut changed = token.reveal().to_owned().into_bytes();
        changed[10] = if changed[10] == b'A' { b'B' } else { b'A' };
        assert_eq!(Token::parse(Prefix::RefreshToken, &String::from_utf8(changed).unwrap()), None);
    }

    #[test]
    fn typed_codes_use_letters_that_are_not_confused() {
        let random: &dyn Random = &SeededRandom::new(2);
        let code = random.typed_code(64);
        assert!(code.chars().all(|c| "23456789ABCDEFGHJKMNPQRSTVWXYZ".contains(c)), "{code}");
    }

    #[test]
    fn a_token_does_not_show_itself_in_logs() {
        let token = Token::random(Prefix::Session, &SeededRandom::new(3) as &dyn Random);
        assert_eq!(format!("{token:?}"), "ghs_…");
    }
}
