//! The requester withdraws what is not decided.

use super::submit::{SubmitRequestRefusal, own, requester};
use super::{RequestState, store};
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Refused, Tx};
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
