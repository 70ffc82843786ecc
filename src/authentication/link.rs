//! Accounts of one person are linked, and unlinked.
//!
//! Whoever links, unlinks or suspends all of a person's accounts first takes the persons' rows, in one order.

use super::change_password::end_everything_else;
use super::sign_in::Proven;
use super::{SignedIn, authenticator, store};
use crate::account::{self, Account, AccountState};
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::ids::AccountId;
use crate::outbox::{self, Letter, LetterKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkRefusal {
    /// It is this person's already.
    SamePerson,
    /// Staff accounts are never linked to provider accounts.
    Staff,
    /// One of the two is suspended or closed.
    NotLinkable,
    /// The password that was shown is no longer the account's.
    MovedOn,
    /// It is the person's only account.
    OnlyAccount,
}

/// The account that `proven` shows, with all accounts of its person, belongs to the person who is signed in.
///
/// Authenticators join, and every address is told.
pub fn link(tx: &mut Tx, ctx: &Context, signed_in: &SignedIn, proven: Proven) -> Result<(), Refused<LinkRefusal>> {
    let refuse = |refusal| Err(Refused::Refusal(refusal));
    let gone = || Refused::Refusal(LinkRefusal::NotLinkable);
    let other = account::find(tx, proven.account)?.ok_or_else(gone)?;
    let (to, from) = (signed_in.account.person_id, other.person_id);
    if to == from {
        return refuse(LinkRefusal::SamePerson);
    }
    for person in [to.min(from), to.max(from)] {
        account::hold_person(tx, person)?;
    }
    // Read again while both persons are held: a suspension came before, or waits.
    let own = account::find(tx, signed_in.account.id)?.filter(|own| own.person_id == to).ok_or_else(gone)?;
    let other = account::find(tx, other.id)?.filter(|other| other.person_id == from).ok_or_else(gone)?;
    if own.role.is_staff() || other.role.is_staff() {
        return refuse(LinkRefusal::Staff);
    }
    if [&own, &other].iter().any(|account| !matches!(account.state, AccountState::Active | AccountState::Pending)) {
        return refuse(LinkRefusal::NotLinkable);
    }
    if !account::reset_failures(tx, other.id, proven.password_changed_at())? {
        return refuse(LinkRefusal::MovedOn);
    }
    let (before, joining) = (account::of_person(tx, to)?, account::of_person(tx, from)?);
    for account in &joining {
        if !account::move_to(tx, ctx.now, account.id, from, to)? {
            return Err(Fault::Again("an account moved at the same moment".into()).into());
        }
        audit::record(tx, ctx, Event::new(Action::AccountsLinked).account(account.id).detail(serde_json::json!({ "with": own.id })))?;
    }
    authenticator::join(tx, ctx, from, to)?;
    for account in before.iter() {
        tell(tx, ctx, account, LetterKind::Linked, &other.username)?;
    }
    for account in &joining {
        tell(tx, ctx, account, LetterKind::Linked, &own.username)?;
    }
    Ok(())
}

/// The account is a person of its own again: its sessions and grants have ended, and every address is told.
///
/// Authenticators stay with the others.
pub fn unlink(tx: &mut Tx, ctx: &Context, signed_in: &SignedIn, id: AccountId) -> Result<(), Refused<LinkRefusal>> {
    let person = signed_in.account.person_id;
    account::hold_person(tx, person)?;
    let accounts = account::of_person(tx, person)?;
    let Some(leaving) = accounts.iter().find(|account| account.id == id) else { return Err(Refused::Refusal(LinkRefusal::NotLinkable)) };
    if accounts.len() < 2 {
        return Err(Refused::Refusal(LinkRefusal::OnlyAccount));
    }
    // Who is suspended stays with the person staff know.
    if leaving.state == AccountState::Suspended {
        return Err(Refused::Refusal(LinkRefusal::NotLinkable));
    }
    end_everything_else(tx, ctx, id, None)?;
    let alone = account::another_person(tx, ctx.now, id)?;
    if !account::move_to(tx, ctx.now, id, person, alone)? {
        return Err(Fault::Again("the account moved at the same moment".into()).into());
    }
    for account in &accounts {
        tell(tx, ctx, account, LetterKind::Unlinked, &leaving.username)?;
    }
    Ok(audit::record(tx, ctx, Event::new(Action::AccountUnlinked).account(id).detail(serde_json::json!({ "by": signed_in.account.id })))?)
}

fn tell(tx: &mut Tx, ctx: &Context, account: &Account, kind: LetterKind, other: &str) -> Result<(), Fault> {
    if !account.is_confirmed() {
        return Ok(());
    }
    let language = account::language_of(tx, account.id)?;
    let letter = Letter::new(kind, &account.email, &language, "/facilities").about(account.id);
    outbox::post(tx, ctx, letter.with("username", &account.username).with("other", other))
}

/// Whether an account's person has an authenticator whose code has to be shown too.
pub fn needs_code(tx: &mut Tx, account: &Account) -> Result<bool, Fault> {
    Ok(!store::confirmed_authenticators(tx, account.person_id)?.is_empty())
}
