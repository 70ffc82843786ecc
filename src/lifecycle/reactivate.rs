//! Staff reactivate a suspended account.

use super::suspend::tell;
use crate::account::{self, AccountState};
use crate::audit::{self, Action, Event};
use crate::authentication::Reviewer;
use crate::context::Context;
use crate::db::{Refused, Tx};
use crate::ids::AccountId;
use crate::outbox::LetterKind;
use crate::registration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReactivateRefusal {
    NoSuchAccount,
    NotSuspended,
    NeedsAdministrator,
    /// Its approval was rescinded: the case decides, not this.
    CaseIsOpen,
}

/// The account is active again; its holder signs in anew, and is told.
pub fn reactivate(tx: &mut Tx, ctx: &Context, by: &Reviewer, id: AccountId) -> Result<(), Refused<ReactivateRefusal>> {
    let refuse = |refusal| Err(Refused::Refusal(refusal));
    let ctx = &by.context(ctx);
    let Some(account) = account::find(tx, id)? else { return refuse(ReactivateRefusal::NoSuchAccount) };
    if account.role.is_staff() && !by.is_administrator() {
        return refuse(ReactivateRefusal::NeedsAdministrator);
    }
    if !account::set_state(tx, ctx.now, id, &[AccountState::Suspended], AccountState::Active, None)? {
        return refuse(ReactivateRefusal::NotSuspended);
    }
    // Asked while the account's row is held: a rescission comes before or after, and a refusal undoes what was set.
    if registration::latest_of(tx, id)?.is_some_and(|case| case.is_rescinded(&account)) {
        return refuse(ReactivateRefusal::CaseIsOpen);
    }
    audit::record(tx, ctx, Event::new(Action::AccountReactivated).account(id))?;
    Ok(tell(tx, ctx, &account, LetterKind::AccountReactivated, None)?)
}
