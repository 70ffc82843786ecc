//! Words: of a text that is kept, and of a text that is looked for.

use crate::values::Username;

/// Letters of a word that count.
const LONGEST: usize = 64;
/// Words of one text that are kept.
const MOST_KEPT: usize = 100;
/// Words of one question that are looked for.
const MOST_WANTED: usize = 8;

/// The different words of a text, folded as usernames are: runs of letters and digits, and addresses as a whole too.
pub(super) fn words_of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in Username::fold_all(text).split_whitespace() {
        if part.contains('@') {
            words.push(part.to_owned());
        }
        words.extend(runs(part));
    }
    bounded(words, MOST_KEPT)
}

/// The words that what is looked for has, each as a beginning; none where nothing was typed.
///
/// Text without a letter or digit is not nothing: it has no words, and finds nothing. An address is one word.
pub(super) fn words_wanted(text: &str) -> Option<Vec<String>> {
    if text.trim().is_empty() {
        return None;
    }
    let mut all = Vec::new();
    for part in Username::fold_all(text).split_whitespace() {
        match part.find('@') {
            Some(1..) => all.push(part.to_owned()),
            _ => all.extend(runs(part)),
        }
    }
    let all = bounded(all, MOST_KEPT);
    let mut words = all.clone();
    // "ada adams" asks no more than "adams".
    words.retain(|word| !all.iter().any(|other| other != word && other.starts_with(word.as_str())));
    words.truncate(MOST_WANTED);
    Some(words)
}

fn runs(part: &str) -> impl Iterator<Item = String> {
    part.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned)
}

/// Different words, none too long and not too many.
fn bounded(words: Vec<String>, most: usize) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for word in words {
        let word: String = word.chars().take(LONGEST).collect();
        if !kept.contains(&word) {
            kept.push(word);
        }
    }
    kept.truncate(most);
    kept
}
