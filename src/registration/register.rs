//! Somebody registers an individual account.

use super::case::CaseKind;
use super::store;
use crate::account::{self, NewAccount, Purpose, Role};
use crate::audit::{self, Action, Event};
use crate::context::{Actor, Context};
use crate::db::{Fault, Refused, Tx};
use crate::ids::{AccountId, CaseId};
use crate::outbox::{self, Letter, LetterKind};
use crate::values::{EmailAddress, Username};

/// What the Register form gives, with the password already in its stored form.
#[derive(Clone)]
pub struct NewRegistration {
    pub email: EmailAddress,
    pub username: Username,
    pub stored_password: String,
    pub language: String,
}

#[derive(Debug, Clone)]
pub struct Registered {
    pub account: AccountId,
    pub case: CaseId,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegisterRefusal {
    UsernameTaken { suggestions: Vec<String> },
}

/// A pending account and its draft case are there, and a letter is on its way.
///
/// Whether the address is known changes the letter alone, never what the visitor sees.
pub fn register(tx: &mut Tx, ctx: &Context, new: &NewRegistration) -> Result<Registered, Refused<RegisterRefusal>> {
    let known = account::with_email(tx, new.email.as_str())?.iter().any(account::Account::is_confirmed);
    let account = NewAccount {
        username: new.username.clone(),
        email: new.email.clone(),
        role: Role::Provider,
        password: Some(new.stored_password.clone()),
        language: new.language.clone(),
    };
    let Some(id) = account::open(tx, ctx, &account)? else {
        let suggestions = account::suggestions(tx, &ctx.keyring, &new.username)?;
        return Err(Refused::Refusal(RegisterRefusal::UsernameTaken { suggestions }));
    };
    let ctx = &ctx.by(Actor::Account(id));
    audit::record(tx, ctx, Event::new(Action::AccountRegistered).account(id))?;
    let case = store::open(tx, ctx, id, CaseKind::Individual, None)?;
    let kind = if known { LetterKind::ConfirmFurtherAccount } else { LetterKind::ConfirmAddress };
    send_confirmation(tx, ctx, id, kind, new.email.as_str())?;
    Ok(Registered { account: id, case })
}

/// A letter with a fresh code for the account's address is on its way.
pub(super) fn send_confirmation(tx: &mut Tx, ctx: &Context, id: AccountId, kind: LetterKind, address: &str) -> Result<(), Fault> {
    let code = account::issue(tx, ctx, id, Purpose::ConfirmAddress, address)?;
    let username = account::find(tx, id)?.map(|account| account.username).unwrap_or_default();
    let language = account::language_of(tx, id)?;
    let letter = Letter::new(kind, address, &language, "").about(id).with("username", username).secrets(
        format!("/confirm?code={}", code.link.reveal()),
        code.typed,
        code.expires_at,
    );
    outbox::post(tx, ctx, letter)?;
    audit::record(tx, ctx, Event::new(Action::AddressConfirmationSent).account(id))
}
