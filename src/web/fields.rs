//! Form and query parameters, read strictly: UTF-8, no control characters, bounded, none twice.

use std::fmt;

const MOST_FIELDS: usize = 100;
const LONGEST_NAME: usize = 100;
pub(super) const LONGEST_VALUE: usize = 8_192;

/// Parameters in the order they came; no name stands twice.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl fmt::Debug for Fields {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Why a body or query was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldError {
    /// Broken %-escapes, not UTF-8, or control characters.
    Encoding,
    TooLong,
    Twice(String),
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoding => f.write_str("a parameter is not valid form-encoded UTF-8 text"),
            Self::TooLong => f.write_str("a parameter is too long, or there are too many"),
            Self::Twice(name) => write!(f, "the parameter {name} is repeated"),
        }
    }
}

impl Fields {
    /// Reads `application/x-www-form-urlencoded` bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, FieldError> {
        Self::parse_repeating(bytes, &[])
    }

    /// The same with values of up to `longest` bytes.
    pub(super) fn parse_longer(bytes: &[u8], longest: usize) -> Result<Self, FieldError> {
        Self::read(bytes, &[], longest)
    }

    /// Reads bytes in which the names of `repeatable` may stand more than once (RFC 8707's `resource`).
    pub fn parse_repeating(bytes: &[u8], repeatable: &[&str]) -> Result<Self, FieldError> {
        Self::read(bytes, repeatable, LONGEST_VALUE)
    }

    fn read(bytes: &[u8], repeatable: &[&str], longest: usize) -> Result<Self, FieldError> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for pair in bytes.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            let split = pair.iter().position(|b| *b == b'=');
            let (name, value) = split.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
            let (name, value) = (decode(name)?, decode(value)?);
            if name.len() > LONGEST_NAME || value.len() > longest || fields.len() >= MOST_FIELDS {
                return Err(FieldError::TooLong);
            }
            if fields.iter().any(|(known, _)| *known == name) && !repeatable.contains(&name.as_str()) {
                return Err(FieldError::Twice(printable(&name)));
            }
            fields.push((name, value));
        }
        Ok(Self(fields))
    }

    /// The value of `name`; an empty value is as good as none (RFC 6749 §3.1).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The value of `name` as it was sent, also an empty one.
    pub fn sent(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of `name`, or nothing as an empty text.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or("")
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The parameters of these names alone.
    pub fn only(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(name, _)| names.contains(&name.as_str())).cloned().collect())
    }

    /// The same, with `name` once and of this value.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn pairs(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// The parameters as a query string.
    pub fn encode(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
    }
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Undoes form encoding: `+` is a space, `%xx` a byte, the whole UTF-8 without control characters but line breaks.
pub fn decode(bytes: &[u8]) -> Result<String, FieldError> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    let digit = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => match (digit(rest.next()), digit(rest.next())) {
                (Some(high), Some(low)) => high * 16 + low,
                _ => return Err(FieldError::Encoding),
            },
            other => *other,
        });
    }
    let text = String::from_utf8(decoded).map_err(|_| FieldError::Encoding)?;
    let forbidden = |c: char| c.is_control() && !matches!(c, '\r' | '\n' | '\t');
    if text.chars().any(forbidden) { Err(FieldError::Encoding) } else { Ok(text) }
}

fn printable(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_graphic() && !"\"\\".contains(*c)).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_repeated_broken_or_endless_is_refused() {
        assert_eq!(Fields::parse(b"a=1&a=2"), Err(FieldError::Twice("a".into())));
        assert!(Fields::parse_repeating(b"resource=x&resource=y", &["resource"]).is_ok());
        for bad in [&b"a=%"[..], b"a=%zz", b"a=%ff", b"a=%00", b"%00=a"] {
            assert_eq!(Fields::parse(bad), Err(FieldError::Encoding), "{bad:?}");
        }
        assert_eq!(Fields::parse(format!("a={}", "x".repeat(LONGEST_VALUE + 1)).as_bytes()), Err(FieldError::TooLong));
    }

    proptest! {
        #[test]
        fn encoding_is_undone_by_decoding(text in "[^\\p{Cc}]{0,40}") {
            prop_assert_eq!(decode(encode(&text).as_bytes()), Ok(text));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Fields::parse(&bytes);
        }
    }
}
