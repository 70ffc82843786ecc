//! Why a decision was not taken.

use crate::account;
use crate::authentication::Reviewer;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::ids::{AccountId, CaseId};
use crate::registration::{self, Case, CaseState};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecideRefusal {
    NoSuchCase,
    /// Nobody decides a case of their own.
    OwnCase,
    /// Another reviewer was first: who, what, when.
    AlreadyDecided {
        by: String,
        what: CaseState,
        at: Timestamp,
    },
    /// The applicant changed the case after the page was shown.
    Changed,
    /// Another reviewer holds the case now.
    Held {
        by: String,
    },
    /// It is withdrawn, expired, or not submitted.
    NotInReview(CaseState),
}

/// The case, if `by` may decide it at all.
pub(super) fn decidable(tx: &mut Tx, by: &Reviewer, id: CaseId) -> Result<(Case, account::Account), Refused<DecideRefusal>> {
    let none = || Refused::Refusal(DecideRefusal::NoSuchCase);
    let case = registration::find(tx, id)?.ok_or_else(none)?;
    let account = account::find(tx, case.account_id)?.ok_or_else(none)?;
    let own = account::find(tx, by.account())?.is_some_and(|staff| staff.person_id == account.person_id);
    if own { Err(Refused::Refusal(DecideRefusal::OwnCase)) } else { Ok((case, account)) }
}

/// Why the guarded statement found nothing to decide.
pub(super) fn reason(tx: &mut Tx, ctx: &Context, id: CaseId, version: i64) -> Result<DecideRefusal, Fault> {
    let Some(case) = registration::find(tx, id)? else { return Ok(DecideRefusal::NoSuchCase) };
    if case.state.is_decided() {
        let by = case.decided_by.map(|by| name(tx, by)).transpose()?.unwrap_or_default();
        return Ok(DecideRefusal::AlreadyDecided { by, what: case.state, at: case.decided_at.unwrap_or(case.changed_at) });
    }
    if case.state != CaseState::InReview {
        return Ok(DecideRefusal::NotInReview(case.state));
    }
    match case.holder(ctx.now) {
        Some(holder) if case.version == version => Ok(DecideRefusal::Held { by: name(tx, holder)? }),
        _ => Ok(DecideRefusal::Changed),
    }
}

fn name(tx: &mut Tx, id: AccountId) -> Result<String, Fault> {
    Ok(account::find(tx, id)?.map(|account| account.username).unwrap_or_default())
}
