//! Contact email and phone.

use super::Finding;
use crate::values::{EmailAddress, PhoneNumber};

const EMAIL: &str = "contact_email";
const PHONE: &str = "contact_phone";

/// Domains that are a slip of the keyboard, and what was meant.
const MISTYPED: &[(&str, &str)] = &[
    ("gmial.com", "gmail.com"),
    ("gmai.com", "gmail.com"),
    ("gamil.com", "gmail.com"),
    ("gnail.com", "gmail.com"),
    ("yaho.com", "yahoo.com"),
    ("yahooo.com", "yahoo.com"),
    ("hotmial.com", "hotmail.com"),
    ("hotmal.com", "hotmail.com"),
    ("outlok.com", "outlook.com"),
    ("outloook.com", "outlook.com"),
    ("iclod.com", "icloud.com"),
];

/// The address, or what is wrong with it. A link or a name around it is taken off.
pub(super) fn email(cell: &str, requester: &str, findings: &mut Vec<Finding>) -> String {
    let text = cell.trim();
    if text.is_empty() {
        findings.push(Finding::error("EM01", EMAIL));
        return String::new();
    }
    let bare = bare(text);
    let addresses: Vec<&str> = bare.split([';', ',', '/', ' ', '\u{a0}', '\n']).filter(|part| part.contains('@')).collect();
    if addresses.len() > 1 {
        findings.push(Finding::error("EM04", EMAIL).suggest(addresses[0]));
        return String::new();
    }
    let Ok(address) = EmailAddress::parse(bare) else {
        findings.push(Finding::error("EM02", EMAIL));
        return String::new();
    };
    if bare != text {
        findings.push(Finding::note("EM06", EMAIL));
    }
    let (local, domain) = address.as_str().rsplit_once('@').unwrap_or_default();
    if let Some((_, meant)) = MISTYPED.iter().find(|(slip, _)| *slip == domain) {
        findings.push(Finding::error("EM03", EMAIL).suggest(format!("{local}@{meant}")));
        return String::new();
    }
    if !address.as_str().eq_ignore_ascii_case(requester.trim()) {
        findings.push(Finding::note("EM05", EMAIL));
    }
    address.into_string()
}

/// The address without `mailto:`, without `Name <…>`.
fn bare(text: &str) -> &str {
    let inside = text.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(text, |(inside, _)| inside);
    let inside = inside.trim();
    let is_link = inside.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:"));
    if is_link { inside[7..].split('?').next().unwrap_or("").trim() } else { inside }
}

/// The number in its usual form, or what is wrong with it.
pub(super) fn phone(cell: &str, findings: &mut Vec<Finding>) -> String {
    let text = cell.replace('\u{a0}', " ");
    if text.trim().is_empty() {
        findings.push(Finding::error("PH01", PHONE));
        return String::new();
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_one_digit = digits.len() >= 7 && digits.bytes().all(|b| digits.as_bytes().first() == Some(&b));
    let ten = if digits.len() == 11 { digits.strip_prefix('1').unwrap_or(&digits) } else { &digits };
    if is_one_digit || matches!(ten, "0000000000" | "1234567890") || (ten.len() == 10 && ten.bytes().all(|b| ten.as_bytes()[0] == b)) {
        findings.push(Finding::error("PH03", PHONE));
        return String::new();
    }
    match PhoneNumber::parse(&text) {
        Ok(number) => number.into_string(),
        Err(_) => {
            findings.push(Finding::error("PH02", PHONE));
            String::new()
        }
    }
}
