//! Email addresses: contact data, never unique.

use super::Problem;

/// An address that a letter can be sent to (RFC 5321 lengths, no quoted local part, no display name).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Problem::new("problem-missing"));
        }
        if text.len() > 254 {
            return Err(Problem::with("problem-too-long", 254));
        }
        let bad = Problem::new("problem-email");
        let (local, domain) = text.rsplit_once('@').ok_or(bad.clone())?;
        let local_ok = !local.is_empty()
            && local.len() <= 64
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b));
        let labels: Vec<&str> = domain.split('.').collect();
        let domain_ok = labels.len() >= 2
            && labels.iter().all(|label| {
                (1..=63).contains(&label.len())
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            })
            && labels.last().is_some_and(|top| top.bytes().any(|b| b.is_ascii_alphabetic()));
        if local_ok && domain_ok && text.parse::<lettre::Address>().is_ok() {
            Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase())))
        } else {
            Err(bad)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::EmailAddress;

    #[test]
    fn ordinary_addresses_are_read_and_others_refused() {
        for good in ["a@b.example", "  ada.l+x@Mail.Example ", "o'hara@x-y.test"] {
            assert!(EmailAddress::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@b",
            "@b.test",
            "a@",
            "a b@c.test",
            "a@b..test",
            "Ada <a@b.test>",
            "a@b.test,c@d.test",
            "a@-b.test",
            "a@1.2.3.4",
            "a@b.test\nBcc: x@y.test",
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
    }
}
