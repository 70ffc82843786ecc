//! Every word a person reads is in the catalogue, and the catalogue holds no word nobody reads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatehouse::account::{AccountState, Role};
use gatehouse::audit::Action;
use gatehouse::invitation::InvitationState;
use gatehouse::oidc::client::AuthMethod;
use gatehouse::outbox::LetterKind;
use gatehouse::registration::CaseState;
use gatehouse::roster::RowState;
use gatehouse::words::Catalogue;

pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn defined() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for file in files("locales/en", "ftl") {
        for line in std::fs::read_to_string(file).unwrap().lines() {
            if let Some((key, _)) = line.split_once(" =").filter(|(key, _)| key.starts_with(|c: char| c.is_ascii_lowercase())) {
                assert!(keys.insert(key.to_owned()), "{key} is defined twice");
            }
        }
    }
    keys
}

/// Every quoted text in the sources that could be a key.
fn quoted() -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    for file in files("src", "rs").into_iter().chain(files("templates", "html")) {
        // Every stretch between two quotation marks, as templates have quotes within quotes.
        for part in std::fs::read_to_string(file).unwrap().split('"') {
            if !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
                texts.insert(part.to_owned());
            }
        }
    }
    texts
}

/// Every code a row can have.
const CODES: &str = "em01 em02 em03 em04 em05 em06 ph01 ph02 ph03 nm01 nm02 nm03 nm04 ty01 ty02 ty03 mi01 mi02 mi03 mi04 mi05 mi06 mi07 \
    np01 np02 np03 np04 np05 np06 np07 np08 du01 du02 du03 du04 du05";
const NEVER_AN_ERROR: &[&str] = &["em05", "em06", "nm03", "nm04", "ty03", "np05", "np07", "du03", "du05"];

fn built() -> BTreeSet<String> {
    let kebab = |text: &str| text.replace(['_', '.'], "-");
    let mut keys = BTreeSet::new();
    for kind in LetterKind::ALL {
        keys.insert(format!("letter-name-{kind}"));
        for part in ["subject", "body", "action"] {
            keys.insert(format!("letter-{kind}-{part}"));
        }
    }
    keys.extend(
        CaseState::ALL.iter().flat_map(|state| [format!("state-{}", kebab(state.as_str())), format!("status-{}", kebab(state.as_str()))]),
    );
    keys.extend(["active", "suspended"].iter().flat_map(|state| [format!("state-{state}"), format!("status-{state}")]));
    keys.extend(AccountState::ALL.iter().map(|state| format!("account-{state}")));
    keys.extend(Role::ALL.iter().map(|role| format!("role-{}", kebab(role.as_str()))));
    keys.extend(["visitor", "account", "staff", "client", "operator", "system"].map(|kind| format!("actor-{kind}")));
    keys.extend(
        ["openid", "profile", "email", "phone", "facility", "facilities", "roles", "offline-access"].map(|scope| format!("scope-{scope}")),
    );
    keys.extend((1..=12).map(|month| format!("month-{month}")));
    let fields = [
        "username",
        "password",
        "confirm-password",
        "otp",
        "email",
        "code",
        "first-name",
        "last-name",
        "contact-email",
        "contact-phone",
        "organization-name",
        "organization-type",
        "medicaid-id",
        "npi",
        "no-npi",
        "acts-for",
        "facility-name",
        "facility-type",
        "valid-from",
        "valid-to",
        "reason",
    ];
    keys.extend(fields.map(|name| format!("field-{name}")));
    keys.extend(["contact-name", "file", "pasted", "all", "all-accounts", "for-good", "same-password"].map(|name| format!("field-{name}")));
    let of_clients = ["client-name", "client-id", "redirect-uris", "post-logout-redirect-uris", "scope", "allow-introspection", "document"];
    keys.extend(of_clients.map(|name| format!("field-{name}")));
    keys.extend(of_clients[1..].iter().map(|name| format!("{name}-hint")));
    keys.insert("field-token-endpoint-auth-method".to_owned());
    keys.extend(AuthMethod::ALL.iter().map(|method| format!("client-proof-{}", kebab(method.as_str()))));
    keys.extend(InvitationState::ALL.iter().map(|state| format!("invitation-{state}")));
    keys.extend(RowState::ALL.iter().map(|state| format!("row-{}", kebab(state.as_str()))));
    keys.extend(["two", "winmail", "encrypted", "format", "empty", "none"].map(|why| format!("upload-why-{why}")));
    for code in CODES.split(' ') {
        keys.insert(format!("finding-{code}"));
    }
    // Only an error is counted at the head of the report.
    keys.extend(CODES.split(' ').filter(|code| !NEVER_AN_ERROR.contains(code)).map(|code| format!("code-{code}")));
    keys
}

#[test]
fn every_key_that_is_used_is_defined() {
    let defined = defined();
    let missing: Vec<_> = built().into_iter().filter(|key| !defined.contains(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let prefixes = [
        "problem-",
        "error-",
        "finding-",
        "check-",
        "status-",
        "letter-",
        "profile-",
        "consent-",
        "security-",
        "nav-",
        "tab-",
        "queue-",
        "case-",
    ];
    let like_keys: Vec<_> =
        quoted().into_iter().filter(|text| prefixes.iter().any(|p| text.starts_with(p) && text.len() > p.len())).collect();
    let missing: Vec<_> = like_keys.into_iter().filter(|key| !defined.contains(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_key_that_is_defined_is_used() {
    let (quoted, built) = (quoted(), built());
    let events: BTreeSet<String> = Action::ALL.iter().map(|action| format!("event-{}", action.as_str().replace(['.', '_'], "-"))).collect();
    let unused: Vec<_> =
        defined().into_iter().filter(|key| !quoted.contains(key) && !built.contains(key) && !events.contains(key)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

/// A page's words come from the catalogue: a template has no sentence of its own.
#[test]
fn templates_hold_no_words() {
    let exempt = ["complaints.html", "form_post.html"];
    for file in files("templates", "html").into_iter().filter(|f| !exempt.iter().any(|name| f.ends_with(name))) {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut plain = String::new();
        let mut depth = 0_i32;
        let mut previous = ' ';
        for c in text.chars() {
            match c {
                '<' | '{' => depth += 1,
                '>' if previous == '=' => {}
                '>' | '}' => depth = (depth - 1).max(0),
                c if depth == 0 => plain.push(c),
                _ => {}
            }
            previous = c;
        }
        let words: Vec<&str> = plain.split_whitespace().filter(|w| w.chars().filter(|c| c.is_alphabetic()).count() > 2).collect();
        assert!(words.is_empty(), "{}: {words:?}", file.display());
    }
}

#[test]
fn the_first_wanted_language_that_there_is() {
    let catalogue = Arc::new(Catalogue::built_in());
    for wanted in ["", "en", "en-US,en;q=0.9", "xx", "xx, EN-gb;q=0.5", "*", ";;,,"] {
        assert_eq!(catalogue.choose(wanted).tag(), "en", "{wanted}");
    }
}
