//! Words, and how they are found.

use proptest::prelude::*;

use super::words::{words_of, words_wanted};

#[test]
fn a_text_is_its_words_folded() {
    assert_eq!(words_of("Ben.Elm Provider/example  ＬＡＫＥ-07 lake"), ["ben", "elm", "provider", "example", "lake", "07"]);
    assert_eq!(words_of(&"x".repeat(500))[0].len(), 64);
    assert!(words_of("% _ '").is_empty());
    assert_eq!(words_of("Ada@Lake.example"), ["ada@lake.example", "ada", "lake", "example"]);
}

#[test]
fn nothing_typed_is_not_the_same_as_nothing_to_find() {
    assert_eq!(words_wanted("  "), None);
    assert_eq!(words_wanted("100%"), Some(vec!["100".into()]));
    assert_eq!(words_wanted(" % "), Some(Vec::new()));
    assert_eq!(words_wanted("ada@lake"), Some(vec!["ada@lake".into()]), "an address is one word");
    let long = format!("{}@lake.example", "a".repeat(70));
    assert_eq!(words_wanted(&long), Some(vec!["a".repeat(64)]), "of a long one, as much as is kept");
    assert_eq!(words_wanted("@lake"), Some(vec!["lake".into()]));
    assert_eq!(words_wanted("ada adams"), Some(vec!["adams".into()]), "one that begins another asks nothing more");
}

proptest! {
    #[test]
    fn whatever_is_typed_finds_the_text_it_was_copied_from(text in "\\PC{0,200}") {
        let kept = words_of(&text);
        prop_assert_eq!(words_wanted(&text).unwrap_or_default().is_empty(), kept.is_empty());
        for word in words_wanted(&text).unwrap_or_default() {
            prop_assert!(kept.iter().any(|other| other.starts_with(&word)), "{word:?} in {kept:?}");
        }
    }
}
