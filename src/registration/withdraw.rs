//! An applicant withdraws.

use super::case::{Case, CaseKind, CaseState};
use super::store;
use crate::account::{self, Account};
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::ids::AccountId;
use crate::outbox::{self, Letter, LetterKind};
use crate::profile;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithdrawRefusal {
    /// It was decided, withdrawn or expired before.
    NotOpen,
}

/// The case is withdrawn, and its account closed; a change that is withdrawn changes nothing (PRODUCT §3).
pub fn withdraw(tx: &mut Tx, ctx: &Context, id: AccountId) -> Result<(), Refused<WithdrawRefusal>> {
    let not_open = || Refused::Refusal(WithdrawRefusal::NotOpen);
    let case = store::latest_of(tx, id)?.filter(|case| case.state.is_open()).ok_or_else(not_open)?;
    let account = account::find(tx, id)?.ok_or_else(not_open)?;
    if !store::close(tx, ctx.now, &case, CaseState::Withdrawn)? {
        return Err(not_open());
    }
    if case.kind == CaseKind::Change && !case.is_rescinded(&account) {
        audit::record(tx, ctx, Event::new(Action::CaseWithdrawn).account(id).case(case.id))?;
        return Ok(tell(tx, ctx, &account, &case, "/profile")?);
    }
    if !account::release(tx, ctx.now, &account)? {
        return Err(Fault::Again("the address was confirmed at the same moment".into()).into());
    }
    audit::record(tx, ctx, Event::new(Action::CaseWithdrawn).account(id).case(case.id))?;
    audit::record(tx, ctx, Event::new(Action::AccountClosed).account(id))?;
    if account.is_confirmed() {
        tell(tx, ctx, &account, &case, "/register")?;
    }
    Ok(())
}

/// An open case is withdrawn because what it rests on is taken back.
pub fn set_aside(tx: &mut Tx, ctx: &Context, case: &Case) -> Result<(), Fault> {
    if !store::close(tx, ctx.now, case, CaseState::Withdrawn)? {
        return Err(Fault::Again("the case moved on at the same moment".into()));
    }
    audit::record(tx, ctx, Event::new(Action::CaseWithdrawn).account(case.account_id).case(case.id))
}

fn tell(tx: &mut Tx, ctx: &Context, account: &Account, case: &Case, path: &'static str) -> Result<(), Fault> {
    let (to, language) = (profile::letter_address(tx, account)?, account::language_of(tx, account.id)?);
    let letter = Letter::new(LetterKind::Withdrawn, &to, &language, path).about(account.id).case(case.id);
    outbox::post(tx, ctx, letter.with("reference", &case.reference))
}
