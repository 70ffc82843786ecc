//! A forgotten password, from a username and through the account's confirmed address.

use super::change_password::{end_everything_else, tell_of_change};
use crate::account::{self, AccountState, LinkedCode, Purpose};
use crate::audit::{self, Action, Event};
use crate::context::{Actor, Context};
use crate::db::{Fault, Refused, Tx};
use crate::ids::AccountId;
use crate::outbox::{self, Letter, LetterKind};

/// A letter with a link is on its way, where `key` is the username of an account that has a confirmed address.
///
/// The visitor is told the same either way.
pub fn request_reset(tx: &mut Tx, ctx: &Context, key: &str) -> Result<(), Fault> {
    let Some(account) = account::find_by_key(tx, key)? else { return Ok(()) };
    // Without a password there is nothing to forget: a staff account after `staff reset` has its enrolment link alone.
    if account.state == AccountState::Closed || !account.is_confirmed() || account.password.is_none() {
        return Ok(());
    }
    let code = account::issue(tx, ctx, account.id, Purpose::ResetPassword, &account.email)?;
    let language = account::language_of(tx, account.id)?;
    let letter = Letter::new(LetterKind::PasswordReset, &account.email, &language, "")
        .about(account.id)
        .with("username", &account.username)
        .secrets(format!("/reset?code={}", code.link.reveal()), None, code.expires_at);
    outbox::post(tx, ctx, letter)?;
    audit::record(tx, ctx, Event::new(Action::PasswordResetRequested).account(account.id))
}

/// Why a reset did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetRefusal {
    /// The link is unknown, used or too old.
    DeadLink,
}

/// The account that `code` belongs to has the password `stored`. It ends all sessions and grants, and never signs in.
pub fn reset_password(tx: &mut Tx, ctx: &Context, code: &str, stored: &str) -> Result<AccountId, Refused<ResetRefusal>> {
    let LinkedCode::Good(code) = account::linked(tx, ctx.now, code)? else { return Err(Refused::Refusal(ResetRefusal::DeadLink)) };
    if code.purpose != Purpose::ResetPassword || !account::redeem(tx, ctx, code.id)? {
        return Err(Refused::Refusal(ResetRefusal::DeadLink));
    }
    let id = code.account;
    let ctx = &ctx.by(Actor::Account(id));
    if !account::reset_password(tx, ctx.now, id, stored)? {
        return Err(Refused::Refusal(ResetRefusal::DeadLink));
    }
    account::end_codes(tx, ctx, id, Purpose::ResetPassword)?;
    end_everything_else(tx, ctx, id, None)?;
    tell_of_change(tx, ctx, id, LetterKind::PasswordChanged)?;
    audit::record(tx, ctx, Event::new(Action::PasswordReset).account(id))?;
    Ok(id)
}
