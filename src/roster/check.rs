//! Every cell of every row is checked; what is found has a code, a cell, and where there is one, a suggestion.
//!
//! Pure: rows and what is known go in, findings come out. Nothing here decides anything.

mod contact;
mod facility;
mod identifiers;
mod rows;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::sheet::SheetRow;
use crate::config::Config;
use crate::facility::directory::Known;
use crate::word_enum;

word_enum!(
    /// What a finding means for its row.
    Severity {
        /// The row goes back to its contact.
        Error = "error",
        /// The row goes to review, and the reviewer looks.
        Warning = "warning",
        /// Said, and no more.
        Note = "note",
    }
);

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The code of the report: `EM01` … `DU05`.
    pub code: String,
    pub severity: Severity,
    /// The cell, by its column's name.
    pub field: String,
    /// What the cell should perhaps say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// What its message is filled with: a name, a date, row numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub argument: Option<String>,
}

impl Finding {
    fn new(code: &str, severity: Severity, field: &str) -> Self {
        Self { code: code.into(), severity, field: field.into(), suggestion: None, argument: None }
    }

    fn error(code: &str, field: &str) -> Self {
        Self::new(code, Severity::Error, field)
    }

    fn warning(code: &str, field: &str) -> Self {
        Self::new(code, Severity::Warning, field)
    }

    fn note(code: &str, field: &str) -> Self {
        Self::new(code, Severity::Note, field)
    }

    fn suggest(mut self, text: impl Into<String>) -> Self {
        self.suggestion = Some(text.into());
        self
    }

    fn about(mut self, text: impl Into<String>) -> Self {
        self.argument = Some(text.into());
        self
    }
}

/// What is known besides the file, by Medicaid ID.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub directory: Known,
    /// The day in the agency's zone, `YYYY-MM-DD`.
    pub today: String,
    pub requester_email: String,
    /// Facilities of the requester's person.
    pub own: HashSet<String>,
    /// Facilities with active accounts of others.
    pub held_by_others: HashSet<String>,
    /// In review already: in a request of the same person, or of somebody else.
    pub pending_own: HashSet<String>,
    pub pending_elsewhere: HashSet<String>,
}

/// What a good row says, in the form it is stored and approved in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Normal {
    pub email: String,
    pub phone: String,
    pub name: String,
    pub facility_type: String,
    pub medicaid_id: String,
    pub npi: String,
}

/// A checked row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub row: SheetRow,
    pub normal: Normal,
    pub findings: Vec<Finding>,
}

impl Checked {
    /// Whether the row can go to review.
    pub fn is_good(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Error)
    }

    pub fn is_clean(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity == Severity::Note)
    }
}

/// All rows, checked cell by cell, then against the directory, then against each other and what is there.
pub fn check(config: &Config, rows: Vec<SheetRow>, facts: &Facts) -> Vec<Checked> {
    let mut checked: Vec<Checked> = rows.into_iter().map(|row| cells(config, row, facts)).collect();
    rows::compare(&mut checked, facts);
    for row in &mut checked {
        row.findings.sort_by(|a, b| a.code.cmp(&b.code));
    }
    checked
}

/// The identifiers that the directory is asked about, as they can be read from the cells.
pub fn identifiers_of(rows: &[SheetRow]) -> (Vec<String>, Vec<String>) {
    let (mut medicaid_ids, mut npis) = (Vec::new(), Vec::new());
    for row in rows {
        let (medicaid_id, npi) = (identifiers::digits(&row.cells[4]), identifiers::digits(&row.cells[5]));
        if let Some(id) = &medicaid_id {
            medicaid_ids.push(format!("0{id}"));
        }
        medicaid_ids.extend(medicaid_id);
        npis.extend(npi);
    }
    for list in [&mut medicaid_ids, &mut npis] {
        list.sort_unstable();
        list.dedup();
    }
    (medicaid_ids, npis)
}

fn cells(config: &Config, row: SheetRow, facts: &Facts) -> Checked {
    let mut findings = Vec::new();
    let mut normal = Normal::default();
    let [email, phone, name, kind, ..] = &row.cells;
    normal.email = contact::email(email, &facts.requester_email, &mut findings);
    normal.phone = contact::phone(phone, &mut findings);
    normal.name = facility::name(name, &mut findings);
    normal.facility_type = facility::kind(config, kind, &mut findings);
    identifiers::check(config, &row, facts, &mut normal, &mut findings);
    Checked { row, normal, findings }
}

#[cfg(test)]
mod tests;
