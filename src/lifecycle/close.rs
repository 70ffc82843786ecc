//! Staff close an account for good.

use super::suspend::{end_access, tell};
use crate::account::{self, AccountState};
use crate::audit::{self, Action, Event};
use crate::authentication::Reviewer;
use crate::context::Context;
use crate::db::{Refused, Tx};
use crate::ids::AccountId;
use crate::outbox::LetterKind;
use crate::{registration, roster};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseRefusal {
    NoSuchAccount,
    /// An active account is suspended first; a closed one is closed.
    NotSuspended,
    NeedsAdministrator,
}

/// A suspended or pending account is closed, and never opens again; what it has open is set aside, and its holder is told.
pub fn close(tx: &mut Tx, ctx: &Context, by: &Reviewer, id: AccountId) -> Result<(), Refused<CloseRefusal>> {
    let refuse = |refusal| Err(Refused::Refusal(refusal));
    let ctx = &by.context(ctx);
    let Some(account) = account::find(tx, id)? else { return refuse(CloseRefusal::NoSuchAccount) };
    if !by.is_administrator() {
        return refuse(CloseRefusal::NeedsAdministrator);
    }
    if !account::set_state(
        tx,
        ctx.now,
        id,
        &[AccountState::Suspended, AccountState::Pending],
        AccountState::Closed,
        account.suspension_reason.as_deref(),
    )? {
        return refuse(CloseRefusal::NotSuspended);
    }
    end_access(tx, ctx, id)?;
    if let Some(case) = registration::latest_of(tx, id)?.filter(|case| case.state.is_open()) {
        registration::set_aside(tx, ctx, &case)?;
    }
    roster::set_aside_of(tx, ctx, id)?;
    audit::record(tx, ctx, Event::new(Action::AccountClosed).account(id))?;
    Ok(tell(tx, ctx, &account, LetterKind::AccountClosed, None)?)
}
