//! Staff decide rows: one, many, or all that are green.

use std::collections::HashMap;

use super::check::{Checked, check};
use super::request::{Light, Row, RowState};
use super::sheet::SheetRow;
use super::submit::{ids_of, light_of};
use super::{Request, facts, letters, store};
use crate::account::{self, AccountState};
use crate::audit::{self, Action, Event};
use crate::authentication::Reviewer;
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::facility::{self, Approval};
use crate::ids::{AccountId, FacilityId, RosterId};
use crate::invitation::{self, NewInvitation};

/// What is decided of each row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowDecision {
    Approve,
    Return { reason: String },
    Deny { reason: String },
}

/// Which rows: by number and the version that was shown, or all green ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picked {
    Rows(Vec<(i64, i64)>),
    AllGreen,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecidedRows {
    pub decided: usize,
    /// Rows another reviewer decided, the requester changed, or the checks find otherwise, since the page was shown.
    pub skipped: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecideRowsRefusal {
    NoSuchRequest,
    /// Nobody decides a request of their own.
    Own,
    /// Draft, withdrawn or expired.
    NotSubmitted,
    /// Whoever asked is suspended or closed: nothing of theirs is approved.
    RequesterNotActive,
    /// No row was picked, or none of them waits any more.
    NothingToDecide,
}

/// At most this many rows in one transaction; *all green* goes on in further ones.
const MOST: usize = 1_000;

/// Each picked row that still waits in its version is decided; approved ones are invited, in this transaction.
///
/// One letter for each invited address, and one to the requester.
pub fn decide(
    tx: &mut Tx,
    ctx: &Context,
    by: &Reviewer,
    id: RosterId,
    picked: &Picked,
    decision: &RowDecision,
) -> Result<DecidedRows, Refused<DecideRowsRefusal>> {
    let refuse = |refusal| Err(Refused::Refusal(refusal));
    let ctx = &by.context(ctx);
    let Some(request) = store::find(tx, id)? else { return refuse(DecideRowsRefusal::NoSuchRequest) };
    if account::find(tx, by.account())?.is_some_and(|staff| staff.person_id == request.person_id) {
        return refuse(DecideRowsRefusal::Own);
    }
    // The request's row is taken first: withdrawing, correcting and deciding happen in one order or the other.
    if !store::touch(tx, ctx.now, id)? {
        return refuse(DecideRowsRefusal::NotSubmitted);
    }
    let requester = account::find(tx, request.account_id)?;
    if *decision == RowDecision::Approve && requester.is_none_or(|requester| requester.state != AccountState::Active) {
        return refuse(DecideRowsRefusal::RequesterNotActive);
    }
    let (rows, skipped) = pick(tx, ctx, &request, picked)?;
    let mut invitations = Vec::new();
    let mut decided = Vec::new();
    for row in rows {
        if let Some(invitation) = decide_row(tx, ctx, by.account(), &request, &row, decision)? {
            invitations.extend(invitation);
            decided.push(row);
        }
    }
    if decided.is_empty() && *picked == Picked::AllGreen && skipped > 0 {
        return Ok(DecidedRows { decided: 0, skipped });
    }
    if decided.is_empty() {
        return refuse(DecideRowsRefusal::NothingToDecide);
    }
    let company = company(tx, &request)?;
    invitation::create(tx, ctx, &company, &invitations)?;
    letters::decided(tx, ctx, &request, &decided, decision)?;
    Ok(DecidedRows { decided: decided.len(), skipped })
}

fn pick(tx: &mut Tx, ctx: &Context, request: &Request, picked: &Picked) -> Result<(Vec<Row>, usize), Fault> {
    let waiting = store::rows_in_review(tx, request.id)?;
    Ok(match picked {
        Picked::AllGreen => {
            let sheet: Vec<SheetRow> = waiting.iter().map(Row::sheet_row).collect();
            let mut green: Vec<Row> = waiting.into_iter().filter(|row| row.light == Light::Green).collect();
            // Addresses stay together, so that each gets one letter.
            green.sort_by_key(|row| (row.contact_email.to_lowercase(), row.number));
            green.truncate(MOST);
            still_green(tx, ctx, request, sheet, green)?
        }
        Picked::Rows(wanted) => {
            let wanted = &wanted[..wanted.len().min(MOST)];
            let rows: Vec<Row> = waiting.into_iter().filter(|row| wanted.contains(&(row.number, row.version))).collect();
            let skipped = wanted.len() - rows.len();
            (rows, skipped)
        }
    })
}

/// Those of the green rows that the checks find as clean today, among all rows that wait; the others are to be looked at, with
/// what is found now.
fn still_green(tx: &mut Tx, ctx: &Context, request: &Request, waiting: Vec<SheetRow>, green: Vec<Row>) -> Result<(Vec<Row>, usize), Fault> {
    let facts = facts(tx, &ctx.config, ctx.now, &waiting, request.person_id, &request.contact_email, Some(request.id))?;
    let checked = check(&ctx.config, waiting, &facts);
    let denied = facts::denied_before(tx, &ids_of(&checked))?;
    let found: HashMap<i64, &Checked> = checked.iter().map(|row| (row.row.number, row)).collect();
    let (mut good, mut stale) = (Vec::new(), 0);
    for row in green {
        let Some(found) = found.get(&row.number) else { continue };
        if light_of(found, &denied) == Light::Green {
            good.push(row);
        } else {
            if !store::replace_row(tx, request.id, found, RowState::InReview, Light::Amber)? {
                return Err(Fault::Again("a row moved on at the same moment".into()));
            }
            let detail = serde_json::json!({ "row": row.number, "version": row.version + 1 });
            audit::record(tx, ctx, Event::new(Action::RowRechecked).account(request.account_id).roster(request.id).detail(detail))?;
            stale += 1;
        }
    }
    Ok((good, stale))
}

/// Decides one row; `None` where it moved on, else the invitation that an approval makes.
fn decide_row(
    tx: &mut Tx,
    ctx: &Context,
    by: AccountId,
    request: &Request,
    row: &Row,
    decision: &RowDecision,
) -> Result<Option<Option<NewInvitation>>, Fault> {
    let (to, reason) = match decision {
        RowDecision::Approve => (RowState::Approved, None),
        RowDecision::Return { reason } => (RowState::Returned, Some(reason.as_str())),
        RowDecision::Deny { reason } => (RowState::Denied, Some(reason.as_str())),
    };
    let facility = match decision {
        RowDecision::Approve => Some(approve_facility(tx, ctx, request.id, row)?),
        _ => None,
    };
    if !store::decide_row(tx, ctx.now, row, to, by, reason, facility)? {
        return Err(Fault::Again("a row moved on at the same moment".into()));
    }
    let action = match decision {
        RowDecision::Approve => Action::RowApproved,
        RowDecision::Return { .. } => Action::RowReturned,
        RowDecision::Deny { .. } => Action::RowDenied,
    };
    let detail = serde_json::json!({ "row": row.number, "version": row.version, "facility": facility });
    audit::record(tx, ctx, Event::new(action).account(request.account_id).roster(request.id).detail(detail))?;
    let Some(facility) = facility else { return Ok(Some(None)) };
    let name = facility::find(tx, facility)?.map(|facility| facility.name).unwrap_or_default();
    Ok(Some(Some(NewInvitation {
        row: row.id,
        roster: request.id,
        facility,
        facility_name: name,
        invited_by: request.account_id,
        email: row.contact_email.clone(),
        contact_phone: row.contact_phone.clone(),
        language: account::language_of(tx, request.account_id)?,
    })))
}

/// The facility of an approved row: the one with that Medicaid ID as it was approved before, or a new one.
fn approve_facility(tx: &mut Tx, ctx: &Context, roster: RosterId, row: &Row) -> Result<FacilityId, Fault> {
    // One that has ended is approved anew; one that stands says what it said.
    if let Some(known) = facility::with_medicaid_id(tx, &row.medicaid_id)?.filter(|known| known.is_valid(ctx.now)) {
        return Ok(known.id);
    }
    let organization = ctx.config.organization_of(&row.facility_type);
    let approval = Approval {
        name: row.facility_name.clone(),
        facility_type: row.facility_type.clone(),
        organization_type: organization.map(|kind| kind.id.clone()).unwrap_or_default(),
        medicaid_id: Some(row.medicaid_id.clone()).filter(|id| !id.is_empty()),
        npi: Some(row.npi.clone()).filter(|npi| !npi.is_empty()),
        valid_from: ctx.now,
        valid_until: None,
    };
    facility::approve(tx, ctx, Event::new(Action::FacilityApproved).roster(roster), None, approval)
}

/// Who asked: the organization the requester acts for.
fn company(tx: &mut Tx, request: &Request) -> Result<String, Fault> {
    let account = account::find(tx, request.account_id)?;
    let facility = facility::of(tx, account.and_then(|account| account.facility_id))?;
    Ok(facility.map_or_else(|| request.contact_name.clone(), |facility| facility.name))
}
