//! An invitation is sent again, revoked, or asked for by somebody whose link is dead.

use std::time::Duration;

use super::{Invitation, InvitationState, code, create, store};
use crate::account;
use crate::audit::{self, Action, Event};
use crate::authentication::Reviewer;
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::facility;
use crate::ids::{FacilityId, InvitationId};
use crate::outbox::{self, Letter, LetterKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenewRefusal {
    NoSuchInvitation,
    /// An account was registered with it before, or it was revoked.
    Closed,
}

/// A new letter with a new code is on its way; every earlier code has ended, and the days count anew.
///
/// One that has expired is open again.
pub fn resend(tx: &mut Tx, ctx: &Context, by: &Reviewer, id: InvitationId) -> Result<(), Refused<RenewRefusal>> {
    let ctx = &by.context(ctx);
    let invitation = store::find(tx, id)?.ok_or(Refused::Refusal(RenewRefusal::NoSuchInvitation))?;
    let expires_at = store::expiry(ctx);
    if !store::reopen(tx, id, expires_at)? {
        return Err(Refused::Refusal(RenewRefusal::Closed));
    }
    store::end_codes(tx, ctx.now, id)?;
    let link = link(tx, ctx, &invitation)?;
    let company = company(tx, &invitation)?;
    create::post(tx, ctx, LetterKind::Invitation, &invitation.email, &invitation.language, &company, vec![link], expires_at)?;
    Ok(record(tx, ctx, Action::InvitationResent, id)?)
}

/// The invitation is over, with all its codes, and its address is told.
pub fn revoke(tx: &mut Tx, ctx: &Context, by: &Reviewer, id: InvitationId) -> Result<(), Refused<RenewRefusal>> {
    let ctx = &by.context(ctx);
    let invitation = store::find(tx, id)?.ok_or(Refused::Refusal(RenewRefusal::NoSuchInvitation))?;
    if !end(tx, ctx, &invitation)? {
        return Err(Refused::Refusal(RenewRefusal::Closed));
    }
    Ok(())
}

/// All invitations of a facility that ended are over, and their addresses are told.
pub fn revoke_for(tx: &mut Tx, ctx: &Context, facility: FacilityId) -> Result<(), Fault> {
    for invitation in store::unredeemed_of(tx, facility)? {
        end(tx, ctx, &invitation)?;
    }
    Ok(())
}

fn end(tx: &mut Tx, ctx: &Context, invitation: &Invitation) -> Result<bool, Fault> {
    if !store::close(tx, ctx.now, invitation.id, InvitationState::Revoked)? {
        return Ok(false);
    }
    let name = name(tx, invitation)?;
    let letter = Letter::new(LetterKind::InvitationRevoked, &invitation.email, &invitation.language, "/sign-in").with("facility", name);
    outbox::post(tx, ctx, letter)?;
    record(tx, ctx, Action::InvitationRevoked, invitation.id)?;
    Ok(true)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskRefusal {
    /// It was asked for within the last day.
    AskedBefore,
    /// It was redeemed, or is still good.
    NotDead,
}

/// Staff are told that the holder of a dead link wants a new one; once a day.
pub fn ask_for_new(tx: &mut Tx, ctx: &Context, id: InvitationId) -> Result<(), Refused<AskRefusal>> {
    let invitation = store::find(tx, id)?.ok_or(Refused::Refusal(AskRefusal::NotDead))?;
    if invitation.state == InvitationState::Redeemed {
        return Err(Refused::Refusal(AskRefusal::NotDead));
    }
    if !store::ask(tx, ctx.now, id, ctx.now - Duration::from_secs(86_400))? {
        return Err(Refused::Refusal(AskRefusal::AskedBefore));
    }
    let name = name(tx, &invitation)?;
    for staff in account::deciding_staff(tx)? {
        let language = account::language_of(tx, staff.id)?;
        let letter =
            Letter::new(LetterKind::InvitationAskedFor, &staff.email, &language, "/staff/invitations?asked=yes").with("facility", &name);
        outbox::post(tx, ctx, letter)?;
    }
    Ok(record(tx, ctx, Action::InvitationAskedFor, id)?)
}

fn record(tx: &mut Tx, ctx: &Context, action: Action, id: InvitationId) -> Result<(), Fault> {
    audit::record(tx, ctx, Event::new(action).detail(serde_json::json!({ "invitation": id })))
}

pub(super) fn name(tx: &mut Tx, invitation: &Invitation) -> Result<String, Fault> {
    Ok(facility::find(tx, invitation.facility_id)?.map(|facility| facility.name).unwrap_or_default())
}

/// A fresh link of `invitation`, by its facility's name.
pub(super) fn link(tx: &mut Tx, ctx: &Context, invitation: &Invitation) -> Result<(String, String), Fault> {
    let code = code::issue(tx, ctx, invitation.id)?;
    Ok((name(tx, invitation)?, format!("/redeem?code={}", code.reveal())))
}

/// Who invites: the organization of the person that asked for the facility.
pub(super) fn company(tx: &mut Tx, invitation: &Invitation) -> Result<String, Fault> {
    let inviter = account::find(tx, invitation.invited_by)?;
    Ok(facility::of(tx, inviter.and_then(|account| account.facility_id))?.map(|facility| facility.name).unwrap_or_default())
}
