//! Medicaid ID and NPI: what a spreadsheet did to them, and what the directory says.

use super::{Facts, Finding, Normal};
use crate::config::{Config, Requirement};
use crate::facility::Npi;
use crate::facility::directory::{ProviderEntry, name_similarity};
use crate::roster::sheet::SheetRow;

const MEDICAID: &str = "medicaid_id";
const NPI: &str = "npi";

/// Below this two names are not the same (see `name_similarity`).
const ALIKE: f64 = 0.6;

/// The ASCII digits of an identifier, people's separators left out; `None` where anything else stands there.
pub(super) fn digits(cell: &str) -> Option<String> {
    let text: String = cell.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '\u{a0}')).collect();
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

pub(super) fn check(config: &Config, row: &SheetRow, facts: &Facts, normal: &mut Normal, findings: &mut Vec<Finding>) {
    let [.., medicaid, npi] = &row.cells;
    if Npi::parse(medicaid).is_ok() && Npi::parse(npi).is_err() {
        findings.push(Finding::error("MI07", MEDICAID).suggest(npi.trim()));
        return;
    }
    let entry = medicaid_id(config, medicaid, facts, normal, findings);
    npi_cell(config, npi, normal, findings);
    if let Some(entry) = entry {
        against_directory(config, entry, normal, findings);
    }
    against_nppes(config, facts, normal, findings);
}

/// The Medicaid ID, and its row in the directory where it stands there today.
fn medicaid_id<'a>(
    config: &Config,
    cell: &str,
    facts: &'a Facts,
    normal: &mut Normal,
    findings: &mut Vec<Finding>,
) -> Option<&'a ProviderEntry> {
    let text = cell.trim();
    if text.is_empty() {
        findings.push(Finding::error("MI01", MEDICAID));
        return None;
    }
    if is_scientific(text) {
        findings.push(Finding::error("MI05", MEDICAID));
        return None;
    }
    let Some(id) = digits(text).filter(|id| id.len() <= 20) else {
        findings.push(Finding::error("MI02", MEDICAID));
        return None;
    };
    let known = &facts.directory;
    let padded = format!("0{id}");
    if matches!(id.len(), 8 | 11) && known.providers.contains_key(&padded) && !known.providers.contains_key(&id) {
        findings.push(Finding::error("MI06", MEDICAID).suggest(padded));
        normal.medicaid_id = id;
        return None;
    }
    if !matches!(id.len(), 9 | 12) {
        findings.push(Finding::warning("MI02", MEDICAID));
    }
    let entry = known.providers.get(&id);
    normal.medicaid_id = id;
    match entry {
        None if known.has_providers && config.requests.unknown_medicaid_id_is_an_error => findings.push(Finding::error("MI03", MEDICAID)),
        None if known.has_providers => findings.push(Finding::warning("MI03", MEDICAID)),
        None => {}
        Some(entry) if !entry.stands(&facts.today) => {
            findings.push(Finding::error("MI04", MEDICAID).about(entry.ends_on.clone()));
            return None;
        }
        Some(_) => {}
    }
    entry
}

/// `1.23457E+11`: the digits are gone, and nobody can bring them back.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let numeric = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',');
    numeric(mantissa) && numeric(exponent.trim_start_matches(['+', '-']))
}

/// What people write where there is no number.
fn is_a_word(text: &str) -> bool {
    text.chars().any(char::is_alphabetic) && !text.chars().any(|c| c.is_numeric())
}

fn says_none(text: &str) -> bool {
    let word: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    matches!(word.as_str(), "na" | "none" | "no" | "nonpi" | "notapplicable")
}

fn is_atypical(config: &Config, facility_type: &str) -> bool {
    !facility_type.is_empty() && config.organization_of(facility_type).is_some_and(|kind| kind.requires(Requirement::NpiOrNone))
}

fn npi_cell(config: &Config, cell: &str, normal: &mut Normal, findings: &mut Vec<Finding>) {
    let text = cell.trim();
    let atypical = is_atypical(config, &normal.facility_type);
    if text.is_empty() || (atypical && says_none(text)) {
        if !atypical {
            findings.push(Finding::error("NP01", NPI));
        }
        return;
    }
    match Npi::parse(text) {
        Ok(npi) => normal.npi = npi.into_string(),
        Err(_) if is_a_word(text) => findings.push(Finding::error("NP08", NPI)),
        Err(problem) => findings.push(Finding::error(
            match problem.key {
                "problem-npi-check-digit" => "NP03",
                "problem-npi-first-digit" => "NP04",
                _ => "NP02",
            },
            NPI,
        )),
    }
}

/// Name, type and NPI as the agency's list has them.
fn against_directory(config: &Config, entry: &ProviderEntry, normal: &Normal, findings: &mut Vec<Finding>) {
    let name = normal.name.trim_start_matches(['=', '+', '-', '@']);
    if !name.is_empty() && !entry.name.is_empty() && name_similarity(name, &entry.name) < ALIKE {
        findings.push(Finding::warning("NM03", "facility_name").suggest(entry.name.clone()));
    }
    let listed = config.facility_type(&entry.provider_type);
    if let Some(listed) = listed.filter(|listed| !normal.facility_type.is_empty() && *listed != normal.facility_type) {
        findings.push(Finding::warning("TY03", "facility_type").suggest(listed));
    }
    if !normal.npi.is_empty() && !entry.npi.is_empty() && normal.npi != entry.npi {
        findings.push(Finding::warning("NP05", NPI).suggest(entry.npi.clone()));
    }
}

fn against_nppes(config: &Config, facts: &Facts, normal: &Normal, findings: &mut Vec<Finding>) {
    let Some(entry) = facts.directory.npis.get(&normal.npi) else { return };
    if entry.is_deactivated {
        findings.push(Finding::error("NP06", NPI));
    }
    let organization = config.organization_of(&normal.facility_type);
    let may_be_a_person = organization.is_none_or(|kind| kind.id == "provider" || kind.requires(Requirement::NpiOrNone));
    if entry.entity_type == "1" && !normal.facility_type.is_empty() && !may_be_a_person {
        findings.push(Finding::warning("NP07", NPI).about(entry.name.clone()));
    }
}
