//! The letters of a facility request. Row numbers and facility names, and never an identifier.

use super::check::{Checked, Severity};
use super::decide::RowDecision;
use super::request::{Request, Row};
use super::store;
use crate::account::{self, Account};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::ids::RosterId;
use crate::outbox::{self, Letter, LetterKind};
use crate::profile;
use crate::web::say_time;

/// Rows a letter names; the rest are on the page.
const MOST_NAMED: usize = 30;

fn path(id: RosterId) -> String {
    format!("/facilities/requests/{id}")
}

fn letter(tx: &mut Tx, account: &Account, kind: LetterKind, id: RosterId, reference: &str) -> Result<Letter, Fault> {
    let (to, language) = (profile::letter_address(tx, account)?, account::language_of(tx, account.id)?);
    Ok(Letter::new(kind, &to, &language, path(id)).about(account.id).with("reference", reference))
}

/// A draft came by mail, and waits for its sender to confirm it.
pub(super) fn draft(tx: &mut Tx, ctx: &Context, account: &Account, id: RosterId, reference: &str, rows: usize) -> Result<(), Fault> {
    let letter = letter(tx, account, LetterKind::RequestDraft, id, reference)?.with("rows", rows.to_string());
    outbox::post(tx, ctx, letter)
}

/// What the checks found: how many go to review, and which rows come back for what.
pub(super) fn report(
    tx: &mut Tx,
    ctx: &Context,
    account: &Account,
    id: RosterId,
    reference: &str,
    checked: &[Checked],
    due_at: Option<Timestamp>,
) -> Result<(), Fault> {
    let letter = letter(tx, account, LetterKind::RequestReport, id, reference)?;
    let words = ctx.catalogue.choose(&letter.language);
    let bad: Vec<&Checked> = checked.iter().filter(|row| !row.is_good()).collect();
    let line = |row: &&Checked| {
        let errors = row.findings.iter().filter(|finding| finding.severity == Severity::Error);
        let reasons: Vec<String> = errors.map(|finding| super::pages::say_finding(&words, finding, false)).collect();
        words.texts(
            "report-line",
            &[("row", &row.row.number.to_string()), ("facility", &short(&row.row.cells[2])), ("reasons", &reasons.join(" "))],
        )
    };
    let mut lines: Vec<String> = bad.iter().take(MOST_NAMED).map(line).collect();
    if bad.len() > MOST_NAMED {
        lines.push(words.n("report-more", "rows", i64::try_from(bad.len() - MOST_NAMED).unwrap_or(i64::MAX)));
    }
    if lines.is_empty() {
        lines.push(words.t("report-none"));
    }
    let good = checked.len() - bad.len();
    let letter = letter
        .with("rows", checked.len().to_string())
        .with("good", good.to_string())
        .with("bad", bad.len().to_string())
        .with("lines", lines.join("\n"))
        .with("due", due_at.filter(|_| good > 0).map_or_else(|| "–".to_owned(), |due| say_time(&ctx.config, &words, due)));
    outbox::post(tx, ctx, letter)
}

/// What staff decided, and how the request stands now.
pub(super) fn decided(tx: &mut Tx, ctx: &Context, request: &Request, rows: &[Row], decision: &RowDecision) -> Result<(), Fault> {
    let Some(account) = account::find(tx, request.account_id)? else { return Ok(()) };
    let counts = store::counts(tx, request.id)?;
    let letter = letter(tx, &account, LetterKind::RequestDecided, request.id, &request.reference)?;
    let words = ctx.catalogue.choose(&letter.language);
    let (key, reason) = match decision {
        RowDecision::Approve => ("decided-approved", None),
        RowDecision::Return { reason } => ("decided-returned", Some(reason)),
        RowDecision::Deny { reason } => ("decided-denied", Some(reason)),
    };
    let mut lines = vec![words.n(key, "rows", i64::try_from(rows.len()).unwrap_or(i64::MAX))];
    lines.extend(reason.map(|reason| words.t1("decided-reason", "reason", reason)));
    lines.extend(
        rows.iter()
            .take(MOST_NAMED)
            .map(|row| words.t2("decided-line", "row", &row.number.to_string(), "facility", &short(&row.facility_name))),
    );
    if rows.len() > MOST_NAMED {
        lines.push(words.n("report-more", "rows", i64::try_from(rows.len() - MOST_NAMED).unwrap_or(i64::MAX)));
    }
    let letter = letter
        .with("lines", lines.join("\n"))
        .with("rows", counts.total.to_string())
        .with("approved", counts.approved.to_string())
        .with("waiting", counts.in_review.to_string())
        .with("correct", counts.to_correct.to_string());
    outbox::post(tx, ctx, letter)
}

/// A draft or its corrections expire soon.
pub(super) fn expiring(tx: &mut Tx, ctx: &Context, request: &Request, ends: Timestamp) -> Result<(), Fault> {
    let Some(account) = account::find(tx, request.account_id)? else { return Ok(()) };
    let letter = letter(tx, &account, LetterKind::Expiring, request.id, &request.reference)?;
    let words = ctx.catalogue.choose(&letter.language);
    let ends = say_time(&ctx.config, &words, ends);
    outbox::post(tx, ctx, letter.with("ends", ends))
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}
