//! A reviewer approves.

use super::{DecideRefusal, letters, refusal};
use crate::account::{self, AccountState, Role};
use crate::audit::{self, Action, Event};
use crate::authentication::Reviewer;
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::facility::{self, Approval};
use crate::ids::{AccountId, CaseId, FacilityId};
use crate::outbox;
use crate::registration::{self, CaseState, Decision};

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
    let billing_agent = ctx.config.organization_type(&approval.organization_type).is_some_and(|kind| kind.billing_agent);
    let role = if billing_agent { Role::BillingAgent } else { Role::Provider };
    let facility = facility::approve(tx, ctx, id, account.facility_id, approval)?;
    let decision = Decision { to: CaseState::Approved, by: by.account(), reason: None, remarks: None, facility: Some(facility) };
    if !registration::decide(tx, ctx.now, &case, version, &decision)? {
        return Err(Refused::Refusal(refusal::reason(tx, ctx, id, version)?));
    }
    if !account::activate(tx, ctx.now, account.id, role, Some(facility))? {
        return Err(Refused::Fault(Fault::broken("a case in review belongs to an account that cannot be activated")));
    }
    let letter = letters::approved(tx, &account, &case)?;
    outbox::post(tx, ctx, letter)?;
    let detail = serde_json::json!({ "version": version, "facility": facility });
    audit::record(tx, ctx, Event::new(Action::CaseApproved).account(account.id).case(id).detail(detail))?;
    let was = serde_json::json!({ "from": account.state, "to": AccountState::Active });
    audit::record(tx, ctx, Event::new(Action::AccountActivated).account(account.id).case(id).detail(was))?;
    Ok(Approved { account: account.id, facility })
}
