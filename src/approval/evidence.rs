//! What can be checked about a case without asking anybody: hints for the reviewer, never a decision.

use crate::account;
use crate::config::Config;
use crate::db::{Fault, Tx};
use crate::facility::{self, MedicaidId, directory};
use crate::profile::Stated;
use crate::registration::{self, Case, CaseState};
use crate::values::Problem;
use crate::web::local_date;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    Green,
    Amber,
    Red,
}

/// One line: what was checked, how it came out, and what was found.
#[derive(Debug, Clone)]
pub struct Evidence {
    pub light: Light,
    pub check: &'static str,
    pub finding: Problem,
    /// Cases the finding is about.
    pub cases: Vec<Case>,
}

fn line(light: Light, check: &'static str, finding: Problem) -> Evidence {
    Evidence { light, check, finding, cases: Vec::new() }
}

/// All lines about what is stated in `case`.
pub fn evidence(tx: &mut Tx, config: &Config, case: &Case, stated: &Stated) -> Result<Vec<Evidence>, Fault> {
    let mut lines = Vec::new();
    if config.organization_type(&stated.organization_type).is_some_and(|kind| kind.has_medicaid_id()) {
        lines.push(if MedicaidId::has_usual_length(&stated.medicaid_id) {
            line(Light::Green, "check-medicaid-id", Problem::new("finding-format-good"))
        } else {
            line(Light::Amber, "check-medicaid-id", Problem::new("finding-medicaid-length"))
        });
        lines.push(match (stated.no_npi, stated.npi.is_empty()) {
            (true, _) => line(Light::Amber, "check-npi", Problem::new("finding-no-npi")),
            (false, true) => line(Light::Amber, "check-npi", Problem::new("finding-npi-missing")),
            (false, false) => line(Light::Green, "check-npi", Problem::new("finding-npi-good")),
        });
        lines.push(in_directory(tx, config, case, stated)?);
        lines.extend(in_nppes(tx, stated)?);
        lines.push(existing_facility(tx, stated)?);
    }
    lines.push(other_cases(tx, case, stated)?);
    lines.push(mailbox(tx, case, stated)?);
    Ok(lines)
}

/// What the agency's own list says of the Medicaid ID: a hit, its name, NPI and dates. A check, never proof.
fn in_directory(tx: &mut Tx, config: &Config, case: &Case, stated: &Stated) -> Result<Evidence, Fault> {
    let check = "check-directory";
    let known = directory::known(tx, std::slice::from_ref(&stated.medicaid_id), &[])?;
    if !known.has_providers {
        return Ok(line(Light::Amber, check, Problem::new("finding-directory-empty")));
    }
    let Some(entry) = known.providers.get(&stated.medicaid_id) else {
        return Ok(line(Light::Red, check, Problem::new("finding-directory-miss")));
    };
    let today = local_date(config, case.submitted_at.unwrap_or(case.changed_at));
    if !entry.stands(&today) {
        return Ok(line(
            Light::Red,
            check,
            Problem::with("finding-directory-ended", if entry.ends_on.is_empty() { "–" } else { &entry.ends_on }),
        ));
    }
    if !stated.npi.is_empty() && !entry.npi.is_empty() && entry.npi != stated.npi {
        return Ok(line(Light::Amber, check, Problem::new("finding-directory-npi")));
    }
    let alike = directory::name_similarity(&entry.name, &stated.organization_name);
    Ok(match alike >= 0.6 {
        true => line(Light::Green, check, Problem::with("finding-directory-hit", &entry.name)),
        false => line(Light::Amber, check, Problem::with("finding-directory-name", &entry.name)),
    })
}

/// Whether NPPES has the number as deactivated.
fn in_nppes(tx: &mut Tx, stated: &Stated) -> Result<Option<Evidence>, Fault> {
    if stated.npi.is_empty() {
        return Ok(None);
    }
    let entry = directory::npi(tx, &stated.npi)?;
    Ok(entry.map(|entry| match entry.is_deactivated {
        true => line(Light::Red, "check-npi", Problem::new("finding-npi-deactivated")),
        false => line(Light::Green, "check-npi", Problem::with("finding-npi-nppes", entry.name)),
    }))
}

fn existing_facility(tx: &mut Tx, stated: &Stated) -> Result<Evidence, Fault> {
    let check = "check-facility";
    if let Some(known) = facility::with_medicaid_id(tx, &stated.medicaid_id)? {
        let light = if known.name.eq_ignore_ascii_case(&stated.organization_name) { Light::Green } else { Light::Amber };
        return Ok(line(light, check, Problem::with("finding-facility-joins", known.name)));
    }
    let same_npi = if stated.npi.is_empty() { Vec::new() } else { facility::with_npi(tx, &stated.npi)? };
    Ok(match same_npi.first() {
        Some(known) => line(Light::Amber, check, Problem::with("finding-facility-same-npi", &known.name)),
        None => line(Light::Green, check, Problem::new("finding-facility-new")),
    })
}

fn other_cases(tx: &mut Tx, case: &Case, stated: &Stated) -> Result<Evidence, Fault> {
    let found = registration::similar(tx, case, stated)?;
    let denied = found.iter().any(|other| other.state == CaseState::Denied);
    let mut evidence = match (found.is_empty(), denied) {
        (true, _) => line(Light::Green, "check-duplicates", Problem::new("finding-no-duplicates")),
        (false, false) => line(Light::Amber, "check-duplicates", Problem::with("finding-duplicates", found.len())),
        (false, true) => line(Light::Red, "check-duplicates", Problem::with("finding-denied-before", found.len())),
    };
    evidence.cases = found;
    Ok(evidence)
}

/// Free-mail providers: no proof against anybody, but worth a look.
const FREE_MAIL: &[&str] = &["gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "aol.com", "icloud.com", "proton.me"];

fn mailbox(tx: &mut Tx, case: &Case, stated: &Stated) -> Result<Evidence, Fault> {
    let check = "check-mailbox";
    let domain = stated.contact_email.rsplit('@').next().unwrap_or("").to_owned();
    let account = account::find(tx, case.account_id)?;
    let others = account::with_email(tx, &stated.contact_email)?.into_iter().filter(|other| other.id != case.account_id).count();
    Ok(match account {
        Some(account) if !account.email.eq_ignore_ascii_case(&stated.contact_email) => {
            line(Light::Amber, check, Problem::new("finding-contact-differs"))
        }
        _ if FREE_MAIL.contains(&domain.as_str()) => line(Light::Amber, check, Problem::with("finding-free-mail", domain)),
        _ if others > 0 => line(Light::Amber, check, Problem::with("finding-mailbox-shared", others)),
        _ => line(Light::Green, check, Problem::new("finding-mailbox-good")),
    })
}
