//! Provider identifiers: text, never numbers, since leading zeros count.

use crate::values::Problem;

/// A National Provider Identifier: ten digits, the first 1 or 2, with a Luhn check digit (45 CFR 162.406).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Npi(String);

impl Npi {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let digits = without_separators(text);
        if digits.is_empty() {
            return Err(Problem::new("problem-missing"));
        }
        if digits.len() != 10 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Problem::new("problem-npi-length"));
        }
        if !digits.starts_with(['1', '2']) {
            return Err(Problem::new("problem-npi-first-digit"));
        }
        if !luhn_sum(&digits).is_multiple_of(10) {
            return Err(Problem::new("problem-npi-check-digit"));
        }
        Ok(Self(digits))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// The Luhn sum over `80840` and the ten digits; the prefix adds 24.
fn luhn_sum(digits: &str) -> u32 {
    let weighed = digits.bytes().rev().enumerate().map(|(place, byte)| {
        let digit = u32::from(byte - b'0');
        match place % 2 {
            0 => digit,
            _ => digit * 2 / 10 + digit * 2 % 10,
        }
    });
    24 + weighed.sum::<u32>()
}

/// The agency's own number for a provider: 1 to 20 digits. Nine and twelve are usual; others earn a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MedicaidId(String);

impl MedicaidId {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let digits = without_separators(text);
        if digits.is_empty() {
            return Err(Problem::new("problem-missing"));
        }
        if digits.len() > 20 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Problem::new("problem-medicaid-id"));
        }
        Ok(Self(digits))
    }

    /// Whether it has one of the lengths the agency issues.
    pub fn has_usual_length(text: &str) -> bool {
        matches!(text.len(), 9 | 12)
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// People write spaces and hyphens into numbers; only ASCII digits are digits here.
fn without_separators(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}' | '.')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn npis_are_checked_by_their_digit() {
        for good in ["1234567893", "1000000004", "2000000002", " 1234-567 893 "] {
            assert!(Npi::parse(good).is_ok(), "{good}");
        }
        let refusals = [
            ("", "problem-missing"),
            ("1234567890", "problem-npi-check-digit"),
            ("1234567839", "problem-npi-check-digit"),
            ("3000000000", "problem-npi-first-digit"),
            ("0123456788", "problem-npi-first-digit"),
            ("123456789", "problem-npi-length"),
            ("12345678930", "problem-npi-length"),
            ("１２３４５６７８９３", "problem-npi-length"),
            ("N/A", "problem-npi-length"),
        ];
        for (text, key) in refusals {
            assert_eq!(Npi::parse(text).unwrap_err().key, key, "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_changed_digit_is_always_noticed(middle in "[0-9]{8}", place in 1_usize..10, shift in 1_u8..10) {
            let body = format!("2{middle}");
            let check = (0..10).find(|c| Npi::parse(&format!("{body}{c}")).is_ok()).unwrap();
            let mut digits = format!("{body}{check}").into_bytes();
            digits[place] = b'0' + (digits[place] - b'0' + shift) % 10;
            prop_assert!(Npi::parse(std::str::from_utf8(&digits).unwrap()).is_err());
        }
    }

    #[test]
    fn a_medicaid_id_keeps_its_leading_zeros() {
        assert_eq!(MedicaidId::parse("012 345 678").map(MedicaidId::into_string).as_deref(), Ok("012345678"));
        assert!(MedicaidId::parse("1.23457E+11").is_err());
        assert!(!MedicaidId::has_usual_length("12345678"));
    }
}
