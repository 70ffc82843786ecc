//! A reviewer approves.

use super::{DecideRefusal, letters, refusal};
use crate::account::{self, AccountState};
use crate::audit::{self, Action, Event};
use crate::authentication::Reviewer;
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::facility::{self, Approval};
use crate::ids::{AccountId, CaseId, FacilityId};
use crate::outbox;
use crate::registration::{self, CaseKind, CaseState, Decision};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    pub account: AccountId,
    pub facility: FacilityId,
}

/// The account is active for the facility with these facts, and its holder is told.
///
/// Holding a [`Reviewer`] is the permission. Decision, facility, account, letter and audit commit together or not at all.
pub fn approve(
    tx: &mut Tx,
    ctx: &Context,
    by: &Reviewer,
    id: CaseId,
    version: i64,
    approval: Approval,
) -> Result<Approved, Refused<DecideRefusal>> {
    let ctx = &by.context(ctx);
    let (case, account) = refusal::decidable(tx, by, id)?;
    let role = registration::role_for(ctx, &approval.organization_type);
    let facility = facility::approve(tx, ctx, Event::new(Action::FacilityApproved).case(id), account.facility_id, approval)?;
    let decision =
        Decision { to: CaseState::Approved, by: by.account(), reason: None, remarks: None, facility: Some(facility), clock_left: None };
    if !registration::decide(tx, ctx.now, &case, version, &decision)? {
        return Err(Refused::Refusal(refusal::reason(tx, ctx, id, version)?));
    }
    // A change whose approval was rescinded and returned left its account pending: approving it activates.
    let is_change = case.kind == CaseKind::Change && account.state != AccountState::Pending && !case.is_rescinded(&account);
    let done = match is_change {
        true => account::set_facility(tx, ctx.now, account.id, role, facility)?,
        false => account::activate(tx, ctx.now, account.id, role, Some(facility))?,
    };
    if !done {
        return Err(Refused::Fault(Fault::broken("a case in review belongs to an account that cannot be activated")));
    }
    let letter = letters::approved(tx, &account, &case)?;
    outbox::post(tx, ctx, letter)?;
    let detail = serde_json::json!({ "version": version, "facility": facility });
    audit::record(tx, ctx, Event::new(Action::CaseApproved).account(account.id).case(id).detail(detail))?;
    if is_change {
        return Ok(Approved { account: account.id, facility });
    }
    let was = serde_json::json!({ "from": account.state, "to": AccountState::Active });
    audit::record(tx, ctx, Event::new(Action::AccountActivated).account(account.id).case(id).detail(was))?;
    Ok(Approved { account: account.id, facility })
}
