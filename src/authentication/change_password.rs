//! A signed-in person chooses a new password.

use super::{end_sessions_of, store};
use crate::account::{self, Account, Purpose};
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::ids::{AccountId, SessionId};
use crate::outbox::{self, Letter, LetterKind};
use crate::revocation::{self, Revoked};

/// The password is `stored`; every other session that holds the account has ended, and all its grants, offline ones too.
///
/// False, and nothing changed, where the password is no longer the one that was shown: somebody else was first.
pub fn change_password(tx: &mut Tx, ctx: &Context, seen: &Account, stored: &str, keep: SessionId) -> Result<bool, Fault> {
    let id = seen.id;
    if !account::replace_password(tx, ctx.now, id, seen.password_changed_at, stored)? {
        return Ok(false);
    }
    end_everything_else(tx, ctx, id, Some(keep))?;
    tell_of_change(tx, ctx, id, LetterKind::PasswordChanged)?;
    audit::record(tx, ctx, Event::new(Action::PasswordChanged).account(id))?;
    Ok(true)
}

/// Every other session of the account has ended, and all its grants; this one goes on.
pub fn sign_out_everywhere(tx: &mut Tx, ctx: &Context, id: AccountId, keep: SessionId) -> Result<(), Fault> {
    end_everything_else(tx, ctx, id, Some(keep))?;
    audit::record(tx, ctx, Event::new(Action::SessionEnded).account(id).detail(serde_json::json!({ "which": "all others" })))
}

/// Every other session of the account has ended, and all its grants ("sign out everywhere"); returns how many sessions.
pub fn end_everything_else(tx: &mut Tx, ctx: &Context, id: AccountId, keep: Option<SessionId>) -> Result<usize, Fault> {
    account::end_grants(tx, ctx.now, id)?;
    // What somebody else may have begun: a reset, another address.
    for purpose in [Purpose::ResetPassword, Purpose::ResetAll, Purpose::ChangeAddress, Purpose::ConfirmContact] {
        account::end_codes(tx, ctx, id, purpose)?;
    }
    if let Some(account) = account::find(tx, id)? {
        store::delete_unconfirmed(tx, account.person_id, None)?;
    }
    revocation::note(tx, ctx, Revoked::Account, id.bytes())?;
    end_sessions_of(tx, ctx, id, keep)
}

/// Tells the account's address of a change to what protects it, where the address is confirmed.
pub fn tell_of_change(tx: &mut Tx, ctx: &Context, id: AccountId, kind: LetterKind) -> Result<(), Fault> {
    let Some(account) = account::find(tx, id)?.filter(Account::is_confirmed) else { return Ok(()) };
    let language = account::language_of(tx, id)?;
    let letter = Letter::new(kind, &account.email, &language, "/security").about(id).with("username", &account.username);
    outbox::post(tx, ctx, letter)
}
