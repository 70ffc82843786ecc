//! A facility whose Medicaid ID ended in the directory: staff are asked, and it stops when they confirm (PRODUCT §3).

use diesel::prelude::*;

use super::{ProviderEntry, store};
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::schema::facility_endings;
use crate::db::{Fault, Refused, Tx};
use crate::ids::{AccountId, FacilityId, RowId};
use crate::word_enum;

word_enum!(
    /// Where the question stands.
    EndingState {
        Open = "open",
        Confirmed = "confirmed",
        Dismissed = "dismissed",
    }
);

/// The question to staff: did this facility end?
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = facility_endings)]
pub struct Ending {
    pub id: RowId,
    pub facility_id: FacilityId,
    pub ended_on: String,
    pub state: EndingState,
    pub opened_at: crate::clock::Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndingRefusal {
    NoSuchEnding,
    /// Another reviewer was first.
    Decided,
}

/// Notes that a row ends an approved facility, once while the question is open.
pub(super) fn found(tx: &mut Tx, ctx: &Context, entry: &ProviderEntry, today: &str) -> Result<(), Fault> {
    if entry.stands(today) {
        return Ok(());
    }
    let Some(facility) = crate::facility::with_medicaid_id(tx, &entry.medicaid_id)? else { return Ok(()) };
    let ended_on = if entry.ends_on.is_empty() || entry.ends_on.as_str() > today { today } else { &entry.ends_on };
    if !facility.is_valid(ctx.now) || store::was_asked(tx, facility.id, ended_on)? {
        return Ok(());
    }
    if store::insert_ending(tx, ctx, facility.id, ended_on)? {
        let detail = serde_json::json!({ "facility": facility.id, "ended_on": ended_on });
        audit::record(tx, ctx, Event::new(Action::FacilityEndingFound).detail(detail))?;
    }
    Ok(())
}

/// Open questions with their facilities' names, oldest first.
pub fn endings(tx: &mut Tx, limit: i64) -> Result<Vec<(Ending, String)>, Fault> {
    store::open_endings(tx, limit)
}

/// Open questions that nobody was told of yet, oldest first.
pub fn untold_endings(tx: &mut Tx, limit: i64) -> Result<Vec<(Ending, String)>, Fault> {
    store::untold_endings(tx, limit)
}

/// Takes it upon the caller to tell of this one: true once.
pub fn take_telling(tx: &mut Tx, now: crate::clock::Timestamp, id: RowId) -> Result<bool, Fault> {
    store::take_telling(tx, now, id)
}

pub fn find_ending(tx: &mut Tx, id: RowId) -> Result<Option<Ending>, Fault> {
    store::find_ending(tx, id)
}

/// The question is answered: true for one reviewer.
pub fn take_ending(tx: &mut Tx, ctx: &Context, id: RowId, by: AccountId, to: EndingState) -> Result<Ending, Refused<EndingRefusal>> {
    let ending = store::find_ending(tx, id)?.ok_or(Refused::Refusal(EndingRefusal::NoSuchEnding))?;
    if store::decide_ending(tx, ctx.now, id, by, to)? { Ok(ending) } else { Err(Refused::Refusal(EndingRefusal::Decided)) }
}

/// The facility goes on: the directory was wrong.
pub fn dismiss(tx: &mut Tx, ctx: &Context, id: RowId, by: AccountId) -> Result<(), Refused<EndingRefusal>> {
    let ending = take_ending(tx, ctx, id, by, EndingState::Dismissed)?;
    let detail = serde_json::json!({ "facility": ending.facility_id });
    Ok(audit::record(tx, ctx, Event::new(Action::FacilityEndingDismissed).detail(detail))?)
}
