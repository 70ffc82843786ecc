//! An active account asks for a change of what was approved (PRODUCT §2.4).

use super::accept::says_the_same;
use super::case::{CaseKind, CaseState};
use super::submit::send_receipt;
use super::{SubmitRefusal, Submitted, store};
use crate::account::{self, AccountState};
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::facility;
use crate::ids::AccountId;
use crate::profile::Stated;

/// A change case is in review; the claims of the old facility stay in force until staff decide. `None` where nothing differs.
pub fn request_change(tx: &mut Tx, ctx: &Context, id: AccountId, stated: &Stated) -> Result<Option<Submitted>, Refused<SubmitRefusal>> {
    let refuse = |refusal| Err(Refused::Refusal(refusal));
    let Some(account) = account::find(tx, id)?.filter(|account| account.state == AccountState::Active && !account.role.is_staff()) else {
        return refuse(SubmitRefusal::NotPending);
    };
    let latest = store::latest_of(tx, id)?.filter(|case| case.state.is_open());
    let same = facility::of(tx, account.facility_id)?.is_some_and(|facility| says_the_same(&facility, stated));
    let case = match latest {
        Some(case) if case.kind == CaseKind::Change => case,
        Some(_) => return refuse(SubmitRefusal::MovedOn),
        None if same => return Ok(None),
        None => {
            let case = store::open(tx, ctx, id, CaseKind::Change, None)?;
            store::find(tx, case)?.ok_or_else(|| Fault::broken("a case was opened and is not there"))?
        }
    };
    let due_at = match case.state {
        CaseState::InReview => case.due_at.unwrap_or(ctx.now),
        _ => ctx.config.decide_by(ctx.now, case.clock_left),
    };
    if !store::submit(tx, ctx.now, &case, CaseState::InReview, Some(due_at), stated)? {
        return refuse(SubmitRefusal::MovedOn);
    }
    let action = if case.state == CaseState::Draft { Action::CaseSubmitted } else { Action::CaseCorrected };
    let version = serde_json::json!({ "version": case.version + 1 });
    audit::record(tx, ctx, Event::new(action).account(id).case(case.id).detail(version))?;
    if case.state != CaseState::InReview {
        send_receipt(tx, ctx, &account, &case, Some(due_at))?;
    }
    Ok(Some(Submitted { case: case.id, reference: case.reference, state: CaseState::InReview, due_at: Some(due_at) }))
}
