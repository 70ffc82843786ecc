//! `gatehouse import accounts FILE`: a report of every row, whether they move in or only rehearse it.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use super::Failure;
use super::commands::operator;
use super::output::{failed, say};
use crate::config::Config;
use crate::db::Refused;
use crate::lifecycle::{Moved, NotMoved, Reader, import_account, missing_columns};
use crate::service;

/// What became of one row, as the report says it.
struct Line {
    row: u64,
    outcome: &'static str,
    why: String,
}

pub async fn accounts(config: Config, file: &Path, rehearses: bool, json: bool) -> Result<ExitCode, Failure> {
    let mut table = match csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_path(file) {
        Ok(table) => table,
        Err(error) => return Ok(failed(&format!("{}: {error}", file.display()))),
    };
    let header = table.headers()?.clone();
    let missing = missing_columns(&header);
    if !missing.is_empty() {
        return Ok(failed(&format!("{}: the first row lacks these columns: {}", file.display(), missing.join(", "))));
    }
    let app = service::open(config).await?;
    let mut reader = Reader::new(&header);
    let mut lines = Vec::new();
    for record in table.records() {
        let record = record?;
        let row = record.position().map_or(0, csv::Position::line);
        let ctx = operator(&app);
        let moved = match reader.row(&ctx, &record) {
            Ok(incoming) => app.db.write(move |tx| import_account(tx, &ctx, &incoming, rehearses)).await,
            Err(wrong) => Err(Refused::Refusal(wrong)),
        };
        let (outcome, why) = match moved {
            Ok(Moved::In) => ("moved in", String::new()),
            Ok(Moved::Known) => ("known", String::new()),
            Err(Refused::Refusal(NotMoved::Rehearsed)) => ("would move in", String::new()),
            Err(Refused::Refusal(refusal)) => ("refused", refusal.to_string()),
            Err(Refused::Fault(fault)) => return Err(fault.into()),
        };
        lines.push(Line { row, outcome, why });
    }
    Ok(report(&lines, rehearses, json))
}

/// The exit code says whether every row is in.
fn report(lines: &[Line], rehearses: bool, json: bool) -> ExitCode {
    let count = |outcome: &str| lines.iter().filter(|line| line.outcome == outcome).count();
    let (moved, known, refused) = (count(if rehearses { "would move in" } else { "moved in" }), count("known"), count("refused"));
    let rows: Vec<_> = lines.iter().map(|line| json!({ "row": line.row, "outcome": line.outcome, "why": line.why })).collect();
    let whole = json!({ "dry_run": rehearses, "moved_in": moved, "known": known, "refused": refused, "rows": rows });
    say(json, &whole, || {
        let told = lines.iter().filter(|line| line.outcome == "refused").map(|line| format!("row {:<6} {}", line.row, line.why));
        let sum = match rehearses {
            true => {
                format!("A rehearsal: nothing was changed. {moved} would move in, {known} are here already, {refused} would be refused.")
            }
            false => format!("{moved} moved in, {known} were here already, {refused} refused."),
        };
        told.chain([sum]).collect::<Vec<_>>().join("\n")
    });
    if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
