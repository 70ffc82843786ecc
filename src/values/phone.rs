//! Telephone numbers of the United States, with an optional extension.

use super::Problem;

/// Ten digits, kept as `217-555-0100` or `217-555-0100 x12`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let bad = || Problem::new("problem-phone");
        let lower = text.trim().to_ascii_lowercase();
        if lower.chars().count() > 40 {
            return Err(bad());
        }
        let (number, extension) = match lower.split_once(['x', '#']) {
            Some((number, rest)) => (number.trim_end_matches(|c: char| c == 'e' || c.is_whitespace()), Some(rest)),
            None => (lower.as_str(), None),
        };
        if !number.chars().all(|c| c.is_ascii_digit() || " ()+-.".contains(c)) {
            return Err(bad());
        }
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let digits = if digits.len() == 11 { digits.strip_prefix('1').unwrap_or(&digits) } else { &digits };
        if digits.len() != 10 || digits.starts_with(['0', '1']) || digits.chars().all(|c| digits.starts_with(c)) {
            return Err(bad());
        }
        let plain = format!("{}-{}-{}", &digits[..3], &digits[3..6], &digits[6..]);
        match extension.map(|e| e.trim_matches(|c: char| c.is_whitespace() || c == 't' || c == '.')) {
            None => Ok(Self(plain)),
            Some(e) if (1..=6).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_digit()) => Ok(Self(format!("{plain} x{e}"))),
            Some(_) => Err(bad()),
        }
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::PhoneNumber;

    #[test]
    fn the_ways_people_write_a_number_come_out_alike() {
        for text in ["2175550100", "(217) 555-0100", "+1 217.555.0100", " 1-217-555-0100 "] {
            assert_eq!(PhoneNumber::parse(text).map(PhoneNumber::into_string).as_deref(), Ok("217-555-0100"), "{text}");
        }
        assert_eq!(PhoneNumber::parse("217-555-0100 ext. 12").map(PhoneNumber::into_string).as_deref(), Ok("217-555-0100 x12"));
        for text in ["", "217555010", "0000000000", "5555555555", "217-555-0100 x", "call me", "٢١٧٥٥٥٠١٠٠"] {
            assert!(PhoneNumber::parse(text).is_err(), "{text}");
        }
    }
}
