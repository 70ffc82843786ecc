//! Writes a letter out, as text and as HTML.

use std::collections::BTreeMap;

use askama::Template;

use crate::config::Config;
use crate::outbox::{LetterKind, Secrets};
use crate::words::Words;

/// A letter in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

#[derive(Template)]
#[template(path = "letters/letter.txt")]
struct TextLetter<'a>(&'a Parts);

#[derive(Template)]
#[template(path = "letters/letter.html")]
struct HtmlLetter<'a>(&'a Parts);

struct Parts {
    language: &'static str,
    subject: String,
    paragraphs: Vec<String>,
    action: Option<(String, String)>,
    /// Further links of a letter about several things.
    more: Vec<(String, String)>,
    code: Option<(String, String)>,
    closing: String,
}

/// What an operator sends to see whether letters arrive.
pub fn test_letter(words: &Words, config: &Config) -> Rendered {
    let parts = Parts {
        language: words.tag(),
        subject: words.t1("letter-test-subject", "portal", &config.agency.portal_name),
        paragraphs: vec![words.t("letter-test-body")],
        action: Some((words.t("letter-test-action"), config.url("/"))),
        more: Vec::new(),
        code: None,
        closing: words.t1("letter-closing", "help", &config.agency.help_address),
    };
    written(parts)
}

/// The letter `kind`, filled with `parameters` and its codes.
///
/// Its first link is its action. A letter written without its codes (they are erased once it was sent) shows dots.
pub fn render(
    words: &Words,
    config: &Config,
    kind: LetterKind,
    parameters: &BTreeMap<String, String>,
    secrets: Option<&Secrets>,
) -> Rendered {
    let mut texts: Vec<(&str, &str)> = parameters.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    texts.extend([
        ("agency", config.agency.name.as_str()),
        ("portal", config.agency.portal_name.as_str()),
        ("help", config.agency.help_address.as_str()),
    ]);
    let key = |part: &str| format!("letter-{kind}-{part}");
    let path = secrets.map(|s| s.link.as_str()).or_else(|| parameters.get("path").map(String::as_str)).filter(|path| !path.is_empty());
    let parts = Parts {
        language: words.tag(),
        subject: words.texts(&key("subject"), &texts),
        paragraphs: words.texts(&key("body"), &texts).split("\n\n").map(|p| p.trim().to_owned()).collect(),
        action: path.map(|path| (action(words, &key("action"), &texts, secrets), config.url(path))),
        more: secrets.map(|s| s.several.iter().skip(1).map(|(name, path)| (name.clone(), config.url(path))).collect()).unwrap_or_default(),
        code: secrets.and_then(|s| s.code.clone()).map(|code| (words.t("letter-code"), code)),
        closing: words.texts("letter-closing", &texts),
    };
    written(parts)
}

fn written(parts: Parts) -> Rendered {
    Rendered {
        text: TextLetter(&parts).render().unwrap_or_default(),
        html: HtmlLetter(&parts).render().unwrap_or_default(),
        subject: parts.subject,
    }
}

/// What the first link says; in a letter about several things, the name of the first.
fn action(words: &Words, key: &str, texts: &[(&str, &str)], secrets: Option<&Secrets>) -> String {
    match secrets.and_then(|secrets| secrets.several.first().filter(|_| secrets.several.len() > 1)) {
        Some((name, _)) => name.clone(),
        None => words.texts(key, texts),
    }
}
