//! The tables of invitations and their codes.

use std::time::Duration;

use diesel::prelude::*;

use super::{Invitation, InvitationState, NewInvitation, Pressed};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::schema::{accounts, facilities, invitation_codes, invitations};
use crate::db::{Fault, Tx};
use crate::ids::{AccountId, FacilityId, InvitationId, RowId};
use crate::search;
use crate::secret::Hash;

/// A code as it is stored.
pub(super) struct Code {
    pub id: RowId,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// The last moment of an invitation that is sent now.
pub(super) fn expiry(ctx: &Context) -> Timestamp {
    ctx.now + Duration::from_secs(86_400 * u64::from(ctx.config.clock.invitation_days))
}

pub fn find(tx: &mut Tx, id: InvitationId) -> Result<Option<Invitation>, Fault> {
    Ok(invitations::table.find(id).select(Invitation::as_select()).first(tx).optional()?)
}

/// The invitation an account was registered with.
pub fn of_account(tx: &mut Tx, account: AccountId) -> Result<Option<Invitation>, Fault> {
    Ok(invitations::table.filter(invitations::account_id.eq(account)).select(Invitation::as_select()).first(tx).optional()?)
}

pub(super) fn insert(tx: &mut Tx, ctx: &Context, id: InvitationId, new: &NewInvitation) -> Result<(), Fault> {
    diesel::insert_into(invitations::table)
        .values((
            invitations::id.eq(id),
            invitations::row_id.eq(new.row),
            invitations::facility_id.eq(new.facility),
            invitations::invited_by.eq(new.invited_by),
            invitations::email.eq(&new.email),
            invitations::contact_phone.eq(&new.contact_phone),
            invitations::language.eq(&new.language),
            invitations::state.eq(InvitationState::Open),
            invitations::created_at.eq(ctx.now),
            invitations::expires_at.eq(expiry(ctx)),
            invitations::reminders.eq(0_i64),
        ))
        .execute(tx)?;
    Ok(())
}

pub(super) fn insert_code(tx: &mut Tx, invitation: InvitationId, hash: &Hash, now: Timestamp) -> Result<(), Fault> {
    diesel::insert_into(invitation_codes::table)
        .values((
            invitation_codes::id.eq(RowId::new()),
            invitation_codes::invitation_id.eq(invitation),
            invitation_codes::code_hash.eq(hash.bytes()),
            invitation_codes::created_at.eq(now),
        ))
        .execute(tx)?;
    Ok(())
}

pub(super) fn by_code(tx: &mut Tx, hash: &Hash) -> Result<Option<(Code, Invitation)>, Fault> {
    let row: Option<(RowId, InvitationId, Timestamp, Option<Timestamp>)> = invitation_codes::table
        .filter(invitation_codes::code_hash.eq(hash.bytes()))
        .select((invitation_codes::id, invitation_codes::invitation_id, invitation_codes::created_at, invitation_codes::ended_at))
        .first(tx)
        .optional()?;
    let Some((id, invitation, created_at, ended_at)) = row else { return Ok(None) };
    Ok(find(tx, invitation)?.map(|invitation| (Code { id, created_at, ended_at }, invitation)))
}

pub(super) fn is_live_code(tx: &mut Tx, code: RowId) -> Result<bool, Fault> {
    let live: i64 = invitation_codes::table.find(code).filter(invitation_codes::ended_at.is_null()).count().get_result(tx)?;
    Ok(live == 1)
}

/// The invitation is redeemed by `account`: true for one caller, false for every later one and after resend or revoke.
pub fn consume(tx: &mut Tx, now: Timestamp, pressed: &Pressed, account: AccountId) -> Result<bool, Fault> {
    // Resending ends the codes in the same transaction that takes the invitation's row: whoever is second sees it.
    let taken = diesel::update(
        invitations::table
            .find(pressed.invitation)
            .filter(invitations::state.eq(InvitationState::Open))
            .filter(invitations::expires_at.gt(now)),
    )
    .set((invitations::state.eq(InvitationState::Redeemed), invitations::closed_at.eq(now), invitations::account_id.eq(account)))
    .execute(tx)?;
    if taken == 0 || !is_live_code(tx, pressed.code)? {
        return Ok(false);
    }
    end_codes(tx, now, pressed.invitation)?;
    Ok(true)
}

/// The invitations of a facility that may still become an account.
pub(super) fn unredeemed_of(tx: &mut Tx, facility: FacilityId) -> Result<Vec<Invitation>, Fault> {
    let alive = vec![InvitationState::Open, InvitationState::Expired];
    let rows = invitations::table.filter(invitations::facility_id.eq(facility)).filter(invitations::state.eq_any(alive));
    Ok(rows.order(invitations::id).select(Invitation::as_select()).load(tx)?)
}

pub(super) fn end_codes(tx: &mut Tx, now: Timestamp, id: InvitationId) -> Result<(), Fault> {
    diesel::update(invitation_codes::table.filter(invitation_codes::invitation_id.eq(id)).filter(invitation_codes::ended_at.is_null()))
        .set(invitation_codes::ended_at.eq(now))
        .execute(tx)?;
    Ok(())
}

/// Opens an invitation for another round; false where it was redeemed or revoked.
pub(super) fn reopen(tx: &mut Tx, id: InvitationId, expires_at: Timestamp) -> Result<bool, Fault> {
    let open = vec![InvitationState::Open, InvitationState::Expired];
    let reopened = diesel::update(invitations::table.find(id).filter(invitations::state.eq_any(open)))
        .set((
            invitations::state.eq(InvitationState::Open),
            invitations::expires_at.eq(expires_at),
            invitations::reminders.eq(0_i64),
            invitations::asked_at.eq(None::<Timestamp>),
            invitations::closed_at.eq(None::<Timestamp>),
        ))
        .execute(tx)?;
    Ok(reopened == 1)
}

/// Ends an open or expired invitation, with its codes.
pub(super) fn close(tx: &mut Tx, now: Timestamp, id: InvitationId, to: InvitationState) -> Result<bool, Fault> {
    let open = vec![InvitationState::Open, InvitationState::Expired];
    let closed = diesel::update(invitations::table.find(id).filter(invitations::state.eq_any(open)))
        .set((invitations::state.eq(to), invitations::closed_at.eq(now)))
        .execute(tx)?;
    end_codes(tx, now, id)?;
    Ok(closed == 1)
}

/// Ends an invitation whose last day is over; its codes stay, so that a dead link can say what it was.
pub(super) fn expire(tx: &mut Tx, now: Timestamp, id: InvitationId) -> Result<bool, Fault> {
    let expired = diesel::update(
        invitations::table.find(id).filter(invitations::state.eq(InvitationState::Open)).filter(invitations::expires_at.le(now)),
    )
    .set((invitations::state.eq(InvitationState::Expired), invitations::closed_at.eq(now)))
    .execute(tx)?;
    Ok(expired == 1)
}

/// Notes that a new one was asked for; false where that was so since `since`.
pub(super) fn ask(tx: &mut Tx, now: Timestamp, id: InvitationId, since: Timestamp) -> Result<bool, Fault> {
    let asked = diesel::update(invitations::table.find(id).filter(invitations::asked_at.is_null().or(invitations::asked_at.le(since))))
        .set(invitations::asked_at.eq(now))
        .execute(tx)?;
    Ok(asked == 1)
}

/// Open invitations that end until `until` and have had `sent` reminders at most, address by address.
pub(super) fn ending_before(
    tx: &mut Tx,
    now: Timestamp,
    until: Timestamp,
    sent: i64,
    limit: i64,
) -> Result<Vec<(InvitationId, String)>, Fault> {
    let due = invitations::table
        .filter(invitations::state.eq(InvitationState::Open))
        .filter(invitations::expires_at.gt(now))
        .filter(invitations::expires_at.le(until))
        .filter(invitations::reminders.le(sent))
        .order((invitations::email, invitations::id))
        .limit(limit)
        .select((invitations::id, invitations::email))
        .load(tx)?;
    Ok(due)
}

/// Counts the reminder after `sent`: true for one caller.
pub(super) fn take_reminder(tx: &mut Tx, now: Timestamp, id: InvitationId, sent: i64) -> Result<bool, Fault> {
    let taken = diesel::update(
        invitations::table
            .find(id)
            .filter(invitations::state.eq(InvitationState::Open))
            .filter(invitations::expires_at.gt(now))
            .filter(invitations::reminders.le(sent)),
    )
    .set(invitations::reminders.eq(sent + 1))
    .execute(tx)?;
    Ok(taken == 1)
}

pub(super) fn past_their_end(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<InvitationId>, Fault> {
    let due = invitations::table
        .filter(invitations::state.eq(InvitationState::Open))
        .filter(invitations::expires_at.le(now))
        .order(invitations::expires_at)
        .limit(limit)
        .select(invitations::id)
        .load(tx)?;
    Ok(due)
}

/// What staff look for among invitations.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub text: String,
    pub state: Option<InvitationState>,
    pub asked: bool,
    pub limit: i64,
    pub offset: i64,
}

/// An invitation with its facility's name and the username registered with it.
pub type Listed = (Invitation, String, Option<String>);

/// Invitations that match, newest first, and how many there are in all.
pub fn list(tx: &mut Tx, filter: &Filter) -> Result<(Vec<Listed>, i64), Fault> {
    let ordered = |found: Option<&search::Found>| {
        let mut query = invitations::table
            .inner_join(facilities::table)
            .left_join(accounts::table.on(invitations::account_id.eq(accounts::id.nullable())))
            .into_boxed();
        if let Some(state) = filter.state {
            query = query.filter(invitations::state.eq(state));
        }
        if filter.asked {
            query = query.filter(invitations::asked_at.is_not_null()).filter(invitations::state.ne(InvitationState::Redeemed));
        }
        if let Some(found) = found {
            query = query.filter(invitations::id.eq_any(found.subjects.clone()));
        }
        query.order(invitations::id.desc())
    };
    let mut found = search::find(tx, search::Kind::Invitation, &filter.text)?;
    if found.as_ref().is_some_and(|found| !found.is_all) {
        let listed: Vec<RowId> = ordered(None).limit(search::MOST_LISTED).select(invitations::id).load(tx)?;
        let subjects = search::among(tx, search::Kind::Invitation, &filter.text, listed)?;
        found = Some(search::Found { subjects, is_all: true });
    }
    let counted: Vec<InvitationId> = ordered(found.as_ref()).limit(search::MOST_LISTED).select(invitations::id).load(tx)?;
    let page = ordered(found.as_ref()).limit(filter.limit).offset(filter.offset);
    let rows = page.select((Invitation::as_select(), facilities::name, accounts::username.nullable())).load(tx)?;
    Ok((rows, counted.len() as i64))
}

/// The invitation that the account redeemed names no mailbox any more, nor do those it had sent and nobody redeemed; these are
/// revoked.
pub fn erase(tx: &mut Tx, account: AccountId) -> Result<(), Fault> {
    diesel::update(invitations::table.filter(invitations::account_id.eq(account)))
        .set((invitations::email.eq(""), invitations::contact_phone.eq("")))
        .execute(tx)?;
    let unredeemed =
        invitations::table.filter(invitations::invited_by.eq(account)).filter(invitations::state.ne(InvitationState::Redeemed));
    let ids: Vec<InvitationId> = unredeemed.select(invitations::id).load(tx)?;
    for some in ids.chunks(500) {
        diesel::delete(invitation_codes::table.filter(invitation_codes::invitation_id.eq_any(some.to_vec()))).execute(tx)?;
        diesel::update(invitations::table.filter(invitations::id.eq_any(some.to_vec())))
            .set((invitations::email.eq(""), invitations::contact_phone.eq(""), invitations::state.eq(InvitationState::Revoked)))
            .execute(tx)?;
    }
    Ok(())
}
