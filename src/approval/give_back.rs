//! A reviewer returns a case for correction.

use super::{DecideRefusal, letters, refusal};
use crate::account::{self, AccountState};
use crate::audit::{self, Action, Event};
use crate::authentication::Reviewer;
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::ids::CaseId;
use crate::outbox;
use crate::registration::{self, CaseState, Decision};

/// A remark about one field: its form name, and what is to be corrected.
pub type Remark = (String, String);

/// The case is back with its applicant, with a reason for each field; its clock stands still until it comes again.
pub fn give_back(
    tx: &mut Tx,
    ctx: &Context,
    by: &Reviewer,
    id: CaseId,
    version: i64,
    reason: Option<&str>,
    remarks: &[Remark],
) -> Result<(), Refused<DecideRefusal>> {
    let ctx = &by.context(ctx);
    let (case, account) = refusal::decidable(tx, by, id)?;
    let document: std::collections::BTreeMap<_, _> = remarks.iter().cloned().collect();
    let document = serde_json::to_string(&document).map_err(|e| Fault::broken(e.to_string()))?;
    let clock_left = case.due_at.map(|due| ctx.config.clock_left(ctx.now, due));
    let decision =
        Decision { to: CaseState::Returned, by: by.account(), reason, remarks: Some(document), facility: case.facility_id, clock_left };
    if !registration::decide(tx, ctx.now, &case, version, &decision)? {
        return Err(Refused::Refusal(refusal::reason(tx, ctx, id, version)?));
    }
    // A rescinded approval ends here: suspended goes back to pending.
    if case.is_rescinded(&account) && account::set_state(tx, ctx.now, account.id, &[AccountState::Suspended], AccountState::Pending, None)?
    {
        audit::record(tx, ctx, Event::new(Action::AccountPending).account(account.id).case(id))?;
    }
    let letter = letters::returned(tx, ctx, &account, &case, reason, remarks)?;
    outbox::post(tx, ctx, letter)?;
    let fields: Vec<&str> = remarks.iter().map(|(field, _)| field.as_str()).collect();
    let detail = serde_json::json!({ "version": version, "fields": fields });
    audit::record(tx, ctx, Event::new(Action::CaseReturned).account(account.id).case(id).detail(detail))?;
    Ok(())
}
