//! Name and type of the facility.

use super::Finding;
use crate::config::Config;

const NAME: &str = "facility_name";
const TYPE: &str = "facility_type";

/// The name, as text whatever it looks like.
pub(super) fn name(cell: &str, findings: &mut Vec<Finding>) -> String {
    let text = cell.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        findings.push(Finding::error("NM01", NAME));
        return String::new();
    }
    if text.chars().count() > 200 {
        findings.push(Finding::error("NM02", NAME));
        return String::new();
    }
    if text.starts_with(['=', '+', '-', '@']) {
        findings.push(Finding::warning("NM04", NAME));
    }
    text.chars().filter(|c| !c.is_control()).collect()
}

/// The type by its own name or a synonym; where it is neither, the nearest as a suggestion.
pub(super) fn kind(config: &Config, cell: &str, findings: &mut Vec<Finding>) -> String {
    let text = cell.trim();
    if text.is_empty() {
        findings.push(Finding::error("TY01", TYPE));
        return String::new();
    }
    if let Some(kind) = config.facility_type(text) {
        return kind.to_owned();
    }
    let near = |name: &&String| strsim::jaro_winkler(&name.to_lowercase(), &text.to_lowercase());
    let best = config.facility_types.iter().max_by(|a, b| near(a).total_cmp(&near(b))).filter(|name| near(name) > 0.8);
    let finding = Finding::error("TY02", TYPE);
    findings.push(match best {
        Some(name) => finding.suggest(name.as_str()),
        None => finding,
    });
    String::new()
}
