//! Staff suspend an account: its tokens stop at the next introspection, its sessions end.

use crate::account::{self, Account, AccountState, Role};
use crate::audit::{self, Action, Event};
use crate::authentication::{self, Reviewer};
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::ids::AccountId;
use crate::outbox::{self, Letter, LetterKind};
use crate::profile;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuspendRefusal {
    NoSuchAccount,
    /// It is pending, suspended or closed already.
    NotActive,
    /// Staff accounts are an administrator's business.
    NeedsAdministrator,
    /// Nobody suspends themselves.
    Own,
    LastAdministrator,
}

/// The account is suspended for `reason`; sessions and grants have ended, and its holder is told.
pub fn suspend(tx: &mut Tx, ctx: &Context, by: &Reviewer, id: AccountId, reason: &str) -> Result<(), Refused<SuspendRefusal>> {
    let refuse = |refusal| Err(Refused::Refusal(refusal));
    let ctx = &by.context(ctx);
    let Some(account) = account::find(tx, id)? else { return refuse(SuspendRefusal::NoSuchAccount) };
    if id == by.account() {
        return refuse(SuspendRefusal::Own);
    }
    if account.role.is_staff() && !by.is_administrator() {
        return refuse(SuspendRefusal::NeedsAdministrator);
    }
    if account.role == Role::Administrator && !account::keep_an_administrator(tx, ctx.now, id)? {
        return refuse(SuspendRefusal::LastAdministrator);
    }
    if !account::set_state(tx, ctx.now, id, &[AccountState::Active], AccountState::Suspended, Some(reason))? {
        return refuse(SuspendRefusal::NotActive);
    }
    end_access(tx, ctx, id)?;
    audit::record(tx, ctx, Event::new(Action::AccountSuspended).account(id))?;
    Ok(tell(tx, ctx, &account, LetterKind::AccountSuspended, Some(reason))?)
}

/// Every active account of the same person is suspended too, where staff say so; returns how many more.
///
/// The person's row is held, so that an account that is being linked comes before, and is suspended with the others, or not at all.
pub fn suspend_person(tx: &mut Tx, ctx: &Context, by: &Reviewer, id: AccountId, reason: &str) -> Result<usize, Refused<SuspendRefusal>> {
    let account = account::find(tx, id)?.ok_or(Refused::Refusal(SuspendRefusal::NoSuchAccount))?;
    account::hold_person(tx, account.person_id)?;
    suspend(tx, ctx, by, id, reason)?;
    let person = account::find(tx, id)?.map_or(account.person_id, |account| account.person_id);
    let mut more = 0;
    for other in account::of_person(tx, person)?.into_iter().filter(|other| other.id != id && other.state == AccountState::Active) {
        suspend(tx, ctx, by, other.id, reason)?;
        more += 1;
    }
    Ok(more)
}

/// Sessions and grants have ended; what was noted reaches every process that caches.
pub(super) fn end_access(tx: &mut Tx, ctx: &Context, id: AccountId) -> Result<(), Fault> {
    authentication::end_everything_else(tx, ctx, id, None).map(|_| ())
}

pub(super) fn tell(tx: &mut Tx, ctx: &Context, account: &Account, kind: LetterKind, reason: Option<&str>) -> Result<(), Fault> {
    let (to, language) = (profile::letter_address(tx, account)?, account::language_of(tx, account.id)?);
    let letter = Letter::new(kind, &to, &language, "/sign-in")
        .about(account.id)
        .with("username", &account.username)
        .with("reason", reason.unwrap_or(""));
    outbox::post(tx, ctx, letter)
}
