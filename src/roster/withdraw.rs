//! What is not decided is withdrawn: by its requester, or with their account.

use super::submit::{SubmitRequestRefusal, own, requester};
use super::{RequestState, store};
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::ids::{AccountId, RosterId};

/// The request is withdrawn: rows that were not decided are over, approved ones stay invited.
pub fn withdraw(tx: &mut Tx, ctx: &Context, by: AccountId, id: RosterId) -> Result<(), Refused<SubmitRequestRefusal>> {
    let account = requester(tx, by)?;
    own(tx, &account, id)?;
    if !store::close(tx, ctx.now, id, RequestState::Withdrawn)? {
        return Err(Refused::Refusal(SubmitRequestRefusal::MovedOn));
    }
    Ok(audit::record(tx, ctx, Event::new(Action::RequestWithdrawn).account(by).roster(id))?)
}

/// Every request of the account that is not decided is withdrawn, because the account is closed.
pub fn set_aside_of(tx: &mut Tx, ctx: &Context, account: AccountId) -> Result<(), Fault> {
    for id in store::close_of(tx, ctx.now, account)? {
        audit::record(tx, ctx, Event::new(Action::RequestWithdrawn).account(account).roster(id))?;
    }
    Ok(())
}
