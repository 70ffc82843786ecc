//! One provider of the agency's list, one number of the NPPES extract, and how alike two names are.

use diesel::prelude::*;
use unicode_normalization::UnicodeNormalization;

use crate::db::schema::{directory_npis, directory_providers};

/// A provider as the agency's list has it. Dates are `YYYY-MM-DD`, empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = directory_providers)]
pub struct ProviderEntry {
    pub medicaid_id: String,
    pub name: String,
    pub provider_type: String,
    pub npi: String,
    pub is_active: bool,
    pub begins_on: String,
    pub ends_on: String,
}

impl ProviderEntry {
    /// Whether the enrolment stands on `today`: active, begun, and not ended on or before it.
    pub fn stands(&self, today: &str) -> bool {
        self.is_active && (self.ends_on.is_empty() || self.ends_on.as_str() > today)
    }
}

/// A National Provider Identifier as NPPES has it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = directory_npis)]
pub struct NpiEntry {
    pub npi: String,
    /// `1` an individual, `2` an organization; empty where the number is deactivated.
    pub entity_type: String,
    pub name: String,
    pub is_deactivated: bool,
}

/// Words that say what kind of company it is, not which one.
const COMPANY_WORDS: &[&str] = &["inc", "llc", "ltd", "corp", "co", "company", "pc", "pllc", "llp", "lp", "the", "of", "and", "dba"];

/// How alike two names are, from 0 to 1: letters without accents, company words left out, in any order of words.
pub fn name_similarity(a: &str, b: &str) -> f64 {
    let (a, b) = (plain(a), plain(b));
    if a == b {
        return 1.0;
    }
    let sorted = |words: &[String]| {
        let mut words = words.to_vec();
        words.sort();
        words.join(" ")
    };
    let spelled = strsim::jaro_winkler(&a.join(" "), &b.join(" "));
    let shared = a.iter().filter(|word| b.contains(word)).count();
    let dice = 2.0 * shared as f64 / (a.len() + b.len()).max(1) as f64;
    let edits = strsim::normalized_levenshtein(&sorted(&a), &sorted(&b));
    dice.max(edits).max(if spelled > 0.95 { spelled } else { 0.0 })
}

fn plain(name: &str) -> Vec<String> {
    let letters: String = name
        .nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c) && *c != '\'' && *c != '’' && *c != '.')
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    letters.split_whitespace().filter(|word| !COMPANY_WORDS.contains(word)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::name_similarity;

    #[test]
    fn spelling_is_forgiven_and_another_name_is_not() {
        for (a, b) in [
            ("Lakeside Nursing Center, Inc.", "LAKESIDE NURSING CENTER"),
            ("Clínica Peña", "Clinica Pena"),
            ("St. Mary's Hospital", "Saint Marys Hospital"),
            ("The Care Center of Peoria", "Peoria Care Center LLC"),
        ] {
            assert!(name_similarity(a, b) >= 0.6, "{a} / {b}: {}", name_similarity(a, b));
        }
        for (a, b) in [("Lakeside Nursing Center", "Prairie Home Health"), ("Elm Pharmacy", "North Shore Dialysis")] {
            assert!(name_similarity(a, b) < 0.5, "{a} / {b}: {}", name_similarity(a, b));
        }
    }
}
