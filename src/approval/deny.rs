//! A reviewer denies.

use super::{DecideRefusal, letters, refusal};
use crate::account::{self, AccountState};
use crate::audit::{self, Action, Event};
use crate::authentication::Reviewer;
use crate::context::Context;
use crate::db::{Refused, Tx};
use crate::ids::CaseId;
use crate::outbox;
use crate::registration::{self, CaseKind, CaseState, Decision};

/// The case is denied for `reason`. Its account stays pending and may apply again, three times in all.
pub fn deny(tx: &mut Tx, ctx: &Context, by: &Reviewer, id: CaseId, version: i64, reason: &str) -> Result<(), Refused<DecideRefusal>> {
    let ctx = &by.context(ctx);
    let (case, account) = refusal::decidable(tx, by, id)?;
    let decision = Decision {
        to: CaseState::Denied,
        by: by.account(),
        reason: Some(reason),
        remarks: None,
        facility: case.facility_id,
        clock_left: None,
    };
    if !registration::decide(tx, ctx.now, &case, version, &decision)? {
        return Err(Refused::Refusal(refusal::reason(tx, ctx, id, version)?));
    }
    if case.kind != CaseKind::Change {
        account::add_denial(tx, account.id)?;
    }
    // A rescinded approval ends here: suspended goes back to pending.
    if case.is_rescinded(&account) && account::set_state(tx, ctx.now, account.id, &[AccountState::Suspended], AccountState::Pending, None)?
    {
        audit::record(tx, ctx, Event::new(Action::AccountPending).account(account.id).case(id))?;
    }
    let letter = letters::denied(tx, &account, &case, reason)?;
    outbox::post(tx, ctx, letter)?;
    let detail = serde_json::json!({ "version": version });
    audit::record(tx, ctx, Event::new(Action::CaseDenied).account(account.id).case(id).detail(detail))?;
    Ok(())
}
