//! The codes of an invitation: 256 random bits each, stored as hashes, looked at without being consumed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Invitation, InvitationState, store};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::ids::{InvitationId, RowId};
use crate::secret::{Prefix, Token};

/// A link pressed within this long of its letter proves the mailbox (PRODUCT §2.2).
const PROVES_FOR: Duration = Duration::from_secs(24 * 3_600);

/// What a code stands for.
#[derive(Debug, Clone)]
pub enum Read {
    /// Redeem may be pressed.
    Good(Invitation, Pressed),
    /// It did its work, or its invitation ended: a new one can be asked for.
    Dead(Invitation),
    Unknown,
}

/// A code that was pressed: bound to the browser, and nothing consumed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pressed {
    pub invitation: InvitationId,
    pub(super) code: RowId,
    /// Whether it was pressed soon enough after its letter to prove the mailbox.
    pub proves_address: bool,
}

/// A fresh code of `invitation`, in clear for its letter.
pub(super) fn issue(tx: &mut Tx, ctx: &Context, invitation: InvitationId) -> Result<Token, Fault> {
    let token = Token::random(Prefix::Invitation, &*ctx.random);
    store::insert_code(tx, invitation, &token.hash(), ctx.now)?;
    Ok(token)
}

/// Looks at a code and consumes nothing: mail scanners open links too.
pub fn read(tx: &mut Tx, now: Timestamp, text: &str) -> Result<Read, Fault> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let Some(token) = Token::parse(Prefix::Invitation, &compact) else { return Ok(Read::Unknown) };
    let Some((code, invitation)) = store::by_code(tx, &token.hash())? else { return Ok(Read::Unknown) };
    if code.ended_at.is_some() || !invitation.is_open(now) {
        return Ok(Read::Dead(invitation));
    }
    let proves_address = now < code.created_at + PROVES_FOR;
    let pressed = Pressed { invitation: invitation.id, code: code.id, proves_address };
    Ok(Read::Good(invitation, pressed))
}

/// The invitation of a code that was pressed before, while it can still be redeemed.
pub fn press(tx: &mut Tx, now: Timestamp, pressed: &Pressed) -> Result<Option<Invitation>, Fault> {
    let Some(invitation) = store::find(tx, pressed.invitation)? else { return Ok(None) };
    let alive = invitation.state == InvitationState::Open && invitation.is_open(now) && store::is_live_code(tx, pressed.code)?;
    Ok(alive.then_some(invitation))
}
