//! Rows are sent in again, and merge by their row number.

use std::collections::HashMap;

use super::check::check;
use super::request::{Row, RowState};
use super::sheet::SheetRow;
use super::submit::{SubmitRequestRefusal, held_requester, ids_of, light_of, own, state_of};
use super::{RequestState, facts, letters, store};
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Refused, Tx};
use crate::ids::{AccountId, RosterId};

/// What a correction came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corrected {
    pub taken: usize,
    /// Rows that are not this request's, or that are no longer to be corrected.
    pub ignored: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorrectRefusal {
    NotActive,
    NoSuchRequest,
    /// No row of the sheet is one to be corrected.
    NothingToCorrect,
}

impl From<SubmitRequestRefusal> for CorrectRefusal {
    fn from(refusal: SubmitRequestRefusal) -> Self {
        match refusal {
            SubmitRequestRefusal::NotActive => Self::NotActive,
            SubmitRequestRefusal::NoSuchRequest | SubmitRequestRefusal::MovedOn => Self::NoSuchRequest,
        }
    }
}

/// The rows that wait for a correction say what `sent` says; good ones are in review, under the same reference.
///
/// A row is found by its number where the sheet has a `Row` column, else by what it says of the facility.
pub fn correct(
    tx: &mut Tx,
    ctx: &Context,
    by: AccountId,
    id: RosterId,
    sent: Vec<SheetRow>,
    is_numbered: bool,
) -> Result<Corrected, Refused<CorrectRefusal>> {
    let lift = |refused: Refused<SubmitRequestRefusal>| match refused {
        Refused::Refusal(refusal) => Refused::Refusal(refusal.into()),
        Refused::Fault(fault) => Refused::Fault(fault),
    };
    let account = held_requester(tx, by).map_err(lift)?;
    let request = own(tx, &account, id).map_err(lift)?;
    if request.state != RequestState::Submitted || !store::touch(tx, ctx.now, id)? {
        return Err(Refused::Refusal(CorrectRefusal::NoSuchRequest));
    }
    let waiting: Vec<Row> = store::all_rows(tx, id)?.into_iter().filter(|row| row.state.can_be_corrected()).collect();
    let (rows, ignored) = matched(&waiting, sent, is_numbered);
    if rows.is_empty() {
        return Err(Refused::Refusal(CorrectRefusal::NothingToCorrect));
    }
    // Duplicates are looked for among all rows that are not themselves replaced.
    let replaced: Vec<i64> = rows.iter().map(|row| row.number).collect();
    let others = store::all_rows(tx, id)?.into_iter().filter(|row| !replaced.contains(&row.number));
    let others: Vec<SheetRow> =
        others.filter(|row| matches!(row.state, RowState::InReview | RowState::Approved)).map(|row| row.sheet_row()).collect();
    let all: Vec<SheetRow> = others.into_iter().chain(rows).collect();
    let facts = facts(tx, &ctx.config, ctx.now, &all, account.person_id, &request.contact_email, Some(id))?;
    let checked: Vec<_> = check(&ctx.config, all, &facts).into_iter().filter(|row| replaced.contains(&row.row.number)).collect();
    let denied = facts::denied_before(tx, &ids_of(&checked))?;
    for row in &checked {
        store::replace_row(tx, id, row, state_of(row), light_of(row, &denied))?;
    }
    let good = checked.iter().filter(|row| row.is_good()).count();
    let due_at = if good > 0 { Some(ctx.config.decide_by(ctx.now, None)) } else { None };
    store::restart_clock(tx, id, due_at)?;
    let detail = serde_json::json!({ "rows": checked.len(), "in_review": good });
    audit::record(tx, ctx, Event::new(Action::RequestCorrected).account(by).roster(id).detail(detail))?;
    letters::report(tx, ctx, &account, id, &request.reference, &checked, due_at)?;
    Ok(Corrected { taken: checked.len(), ignored })
}

/// The rows of the sheet that belong to waiting rows, under the waiting rows' numbers.
fn matched(waiting: &[Row], sent: Vec<SheetRow>, is_numbered: bool) -> (Vec<SheetRow>, usize) {
    let key = |name: &str, email: &str| format!("{} {}", name.trim().to_lowercase(), email.trim().to_lowercase());
    let by_number: HashMap<i64, i64> = waiting.iter().map(|row| (row.number, row.number)).collect();
    let by_name: HashMap<String, i64> = waiting.iter().map(|row| (key(&row.facility_name, ""), row.number)).collect();
    let mut rows: Vec<SheetRow> = Vec::new();
    let mut ignored = 0;
    for row in sent {
        let number = if is_numbered { by_number.get(&row.number) } else { by_name.get(&key(&row.cells[2], "")) };
        match number.filter(|number| rows.iter().all(|taken| taken.number != **number)) {
            Some(number) => rows.push(SheetRow { number: *number, ..row }),
            None => ignored += 1,
        }
    }
    (rows, ignored)
}
