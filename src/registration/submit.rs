//! *Update*: the profile is stated, and the case goes on.

use super::case::{Case, CaseKind, CaseState};
use super::{accept, store};
use crate::account::{self, Account, AccountState};
use crate::audit::{self, Action, Event};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::ids::{AccountId, CaseId, FacilityId};
use crate::invitation;
use crate::outbox::{self, Letter, LetterKind};
use crate::profile::{self, Stated};
use crate::shared::Wait;
use crate::web::say_time;

/// After this many denials somebody has to call.
pub const MOST_DENIALS: i64 = 3;

/// How the case stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    pub case: CaseId,
    pub reference: String,
    pub state: CaseState,
    pub due_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmitRefusal {
    /// The account is active, suspended or closed: there is nothing to apply for.
    NotPending,
    TooManyDenials,
    /// The case moved on between the page and the button.
    MovedOn,
    /// The contact address was changed a moment ago.
    TooSoon(Wait),
}

/// The profile says `stated`; the case is in review, or waits for the address to be confirmed.
///
/// An edit of a case in review is a new version of the same case; a returned case goes on with the clock it had left.
pub fn submit(tx: &mut Tx, ctx: &Context, id: AccountId, stated: &Stated) -> Result<Submitted, Refused<SubmitRefusal>> {
    let refuse = |refusal| Err(Refused::Refusal(refusal));
    let account = account::find(tx, id)?.ok_or(Refused::Refusal(SubmitRefusal::NotPending))?;
    let latest = store::latest_of(tx, id)?;
    // A rescinded approval leaves the account suspended and its case open: it is corrected like any other.
    let is_rescinded = latest.as_ref().is_some_and(|case| case.is_rescinded(&account));
    if account.state != AccountState::Pending && !is_rescinded {
        return refuse(SubmitRefusal::NotPending);
    }
    let case = match latest {
        Some(case) if case.state.is_open() => case,
        // What was approved for an invitation is offered again, whatever was denied since.
        Some(case) if case.kind == CaseKind::Invitation => {
            let invited = invitation::of_account(tx, id)?.map(|invitation| invitation.facility_id);
            reopen(tx, ctx, id, CaseKind::Invitation, invited.or(case.facility_id))?
        }
        _ if account.denials >= MOST_DENIALS => return refuse(SubmitRefusal::TooManyDenials),
        _ => reopen(tx, ctx, id, CaseKind::Individual, None)?,
    };
    let contact_changed = profile::find(tx, id)?.is_none_or(|known| known.contact_email != stated.contact_email);
    profile::save(tx, id, stated, ctx.now)?;
    if contact_changed {
        profile::request_contact_confirmation(tx, ctx, &account, &stated.contact_email).map_err(|refused| match refused {
            Refused::Refusal(wait) => Refused::Refusal(SubmitRefusal::TooSoon(wait)),
            Refused::Fault(fault) => Refused::Fault(fault),
        })?;
    }
    let to = if account.is_confirmed() { CaseState::InReview } else { CaseState::AwaitingEmail };
    let due_at = (to == CaseState::InReview).then(|| match case.state {
        CaseState::InReview => case.due_at.unwrap_or(ctx.now),
        _ => ctx.config.decide_by(ctx.now, case.clock_left),
    });
    if to == CaseState::AwaitingEmail && !account::hold_unconfirmed(tx, ctx.now, id)? {
        return Err(Fault::Again("the address was confirmed at the same moment".into()).into());
    }
    if !store::submit(tx, ctx.now, &case, to, due_at, stated)? {
        return refuse(SubmitRefusal::MovedOn);
    }
    let corrected = matches!(case.state, CaseState::InReview | CaseState::Returned);
    let action = if corrected { Action::CaseCorrected } else { Action::CaseSubmitted };
    let version = serde_json::json!({ "version": case.version + 1 });
    audit::record(tx, ctx, Event::new(action).account(id).case(case.id).detail(version))?;
    if to == CaseState::InReview && accept::is_as_approved(tx, ctx.now, &account, &case, stated)? {
        accept::accept(tx, ctx, &account, &case)?;
        return Ok(Submitted { case: case.id, reference: case.reference, state: CaseState::Approved, due_at: None });
    }
    if to == CaseState::InReview && case.state != CaseState::InReview {
        send_receipt(tx, ctx, &account, &case, due_at)?;
    }
    Ok(Submitted { case: case.id, reference: case.reference, state: to, due_at })
}

fn reopen(tx: &mut Tx, ctx: &Context, id: AccountId, kind: CaseKind, offered: Option<FacilityId>) -> Result<Case, Fault> {
    let case = store::open(tx, ctx, id, kind, offered)?;
    store::find(tx, case)?.ok_or_else(|| Fault::broken("a case was opened and is not there"))
}

/// The receipt: reference, what comes next, and by when.
pub(super) fn send_receipt(tx: &mut Tx, ctx: &Context, account: &Account, case: &Case, due_at: Option<Timestamp>) -> Result<(), Fault> {
    let (to, language) = (profile::letter_address(tx, account)?, account::language_of(tx, account.id)?);
    let words = ctx.catalogue.choose(&language);
    let letter = Letter::new(LetterKind::RequestReceived, &to, &language, "/status")
        .about(account.id)
        .case(case.id)
        .with("reference", &case.reference)
        .with("due", due_at.map(|due| say_time(&ctx.config, &words, due)).unwrap_or_default());
    outbox::post(tx, ctx, letter)
}
