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
use crate::service::{self, NotYet};

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
    let app = match rehearses {
        // Saying what would happen changes nothing, the tables' version included.
        true => match service::open_as_it_is(config).await? {
            Ok(app) => app,
            Err(NotYet::Behind) => return Ok(failed("the tables are of an older version: run gatehouse migrate first")),
            Err(NotYet::Unused) => return Ok(failed("this database has no keys yet: run gatehouse migrate first")),
        },
        false => service::open(config).await?,
    };
    let mut reader = Reader::new(&header);
    let mut lines = Vec::new();
    for record in table.records() {
        // A row that is no text is one of those that do not move in: the others do, and the report has them all.
        let (row, read) = match record {
            Ok(record) => (record.position().map_or(0, csv::Position::line), reader.row(&operator(&app), &record)),
            Err(error) => {
                (error.position().map_or(0, csv::Position::line), Err(NotMoved::Wrong(format!("the row cannot be read: {error}"))))
            }
        };
        let ctx = operator(&app);
        let moved = match read {
            Ok(incoming) => app.db.write(move |tx| import_account(tx, &ctx, &incoming, rehearses)).await,
            Err(wrong) => Err(Refused::Refusal(wrong)),
        };
        let joins = |name: Option<String>| name.map_or_else(String::new, |name| format!("acts for the approved facility {name:?}"));
        let (outcome, why) = match moved {
            Ok(Moved::In(joined)) => ("moved in", joins(joined)),
            Ok(Moved::Known) => ("known", String::new()),
            Err(Refused::Refusal(NotMoved::Rehearsed(joined))) => ("would move in", joins(joined)),
            Err(Refused::Refusal(refusal)) => ("refused", refusal.to_string()),
            Err(Refused::Fault(fault)) => {
                let _ = report(&lines, rehearses, json);
                return Err(fault.into());
            }
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
        let told =
            lines.iter().filter(|line| !line.why.is_empty()).map(|line| format!("row {:<6} {}: {}", line.row, line.outcome, line.why));
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
