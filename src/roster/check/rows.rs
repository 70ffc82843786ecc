//! Rows against each other, and against what is there: duplicates.

use std::collections::{BTreeSet, HashMap};

use super::{Checked, Facts, Finding};

pub(super) fn compare(rows: &mut [Checked], facts: &Facts) {
    let mut first: HashMap<String, i64> = HashMap::new();
    let mut by_npi: HashMap<String, (BTreeSet<String>, Vec<usize>)> = HashMap::new();
    for (n, row) in rows.iter_mut().enumerate() {
        let id = row.normal.medicaid_id.clone();
        if id.is_empty() {
            continue;
        }
        match first.get(&id) {
            Some(earlier) => row.findings.push(Finding::error("DU01", "medicaid_id").about(earlier.to_string())),
            None => {
                first.insert(id.clone(), row.row.number);
            }
        }
        if row.findings.iter().all(|finding| finding.code != "MI06") {
            row.findings.extend(known(&id, facts));
        }
        if !row.normal.npi.is_empty() {
            let (ids, places) = by_npi.entry(row.normal.npi.clone()).or_default();
            ids.insert(id);
            places.push(n);
        }
    }
    for (ids, places) in by_npi.into_values().filter(|(ids, _)| ids.len() > 1) {
        for place in places {
            rows[place].findings.push(Finding::warning("DU05", "npi").about(ids.len().to_string()));
        }
    }
}

/// What is there under this Medicaid ID already.
fn known(id: &str, facts: &Facts) -> Option<Finding> {
    if facts.own.contains(id) {
        return Some(Finding::error("DU02", "medicaid_id"));
    }
    if facts.pending_own.contains(id) {
        return Some(Finding::error("DU04", "medicaid_id"));
    }
    if facts.held_by_others.contains(id) {
        return Some(Finding::warning("DU03", "medicaid_id"));
    }
    facts.pending_elsewhere.contains(id).then(|| Finding::warning("DU04", "medicaid_id"))
}
