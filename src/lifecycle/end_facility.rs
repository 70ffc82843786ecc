//! A facility ended in the directory, and staff confirm it: its accounts stop, and their holders are told.

use super::suspend::tell;
use crate::account;
use crate::audit::{self, Action, Event};
use crate::authentication::Reviewer;
use crate::context::Context;
use crate::db::{Refused, Tx};
use crate::facility;
use crate::facility::directory::{self, EndingRefusal, EndingState};
use crate::ids::RowId;
use crate::invitation;
use crate::outbox::LetterKind;
use crate::revocation::{self, Revoked};

/// The facility is no longer valid from now on: no token is issued or honoured for it, and no invitation opens an account.
pub fn end_facility(tx: &mut Tx, ctx: &Context, by: &Reviewer, id: RowId) -> Result<(), Refused<EndingRefusal>> {
    let ctx = &by.context(ctx);
    let ending = directory::take_ending(tx, ctx, id, by.account(), EndingState::Confirmed)?;
    facility::end(tx, ending.facility_id, ctx.now)?;
    invitation::revoke_for(tx, ctx, ending.facility_id)?;
    revocation::note(tx, ctx, Revoked::Facility, ending.facility_id.bytes())?;
    let detail = serde_json::json!({ "facility": ending.facility_id, "ended_on": ending.ended_on });
    audit::record(tx, ctx, Event::new(Action::FacilityEnded).detail(detail))?;
    let name = facility::find(tx, ending.facility_id)?.map(|facility| facility.name).unwrap_or_default();
    for account in account::of_facility(tx, ending.facility_id)? {
        tell(tx, ctx, &account, LetterKind::FacilityEnded, Some(&name))?;
    }
    Ok(())
}
