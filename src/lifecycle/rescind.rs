//! A wrong approval is taken back: case reopened and account suspended in one action.

use super::suspend::{end_access, tell};
use crate::account::{self, AccountState};
use crate::audit::{self, Action, Event};
use crate::authentication::Reviewer;
use crate::context::Context;
use crate::db::{Refused, Tx};
use crate::ids::CaseId;
use crate::outbox::LetterKind;
use crate::registration::{self, CaseState};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RescindRefusal {
    NoSuchCase,
    /// It is not approved, or its account is closed.
    NotApproved,
    OwnCase,
}

/// The case is in review again, its account suspended, with one letter that says so.
pub fn rescind(tx: &mut Tx, ctx: &Context, by: &Reviewer, id: CaseId, reason: &str) -> Result<(), Refused<RescindRefusal>> {
    let refuse = |refusal| Err(Refused::Refusal(refusal));
    let ctx = &by.context(ctx);
    let Some(case) = registration::find(tx, id)? else { return refuse(RescindRefusal::NoSuchCase) };
    let Some(account) = account::find(tx, case.account_id)? else { return refuse(RescindRefusal::NoSuchCase) };
    if account::find(tx, by.account())?.is_some_and(|staff| staff.person_id == account.person_id) {
        return refuse(RescindRefusal::OwnCase);
    }
    if let Some(open) = registration::latest_of(tx, account.id)?.filter(|open| open.id != id && open.state.is_open()) {
        // What its holder has asked for since rests on the approval that is taken back.
        registration::set_aside(tx, ctx, &open)?;
    }
    let due_at = ctx.config.decide_by(ctx.now, None);
    let reopened = case.state == CaseState::Approved && registration::reopen(tx, ctx.now, &case, due_at, reason)?;
    if !reopened
        || !account::set_state(
            tx,
            ctx.now,
            account.id,
            &[AccountState::Active, AccountState::Suspended],
            AccountState::Suspended,
            Some(reason),
        )?
    {
        return refuse(RescindRefusal::NotApproved);
    }
    end_access(tx, ctx, account.id)?;
    audit::record(tx, ctx, Event::new(Action::CaseRescinded).account(account.id).case(id))?;
    audit::record(tx, ctx, Event::new(Action::AccountSuspended).account(account.id).case(id))?;
    Ok(tell(tx, ctx, &account, LetterKind::Rescinded, Some(reason))?)
}
