//! A contact address that differs from the account's counts for nothing until it is confirmed.

use std::time::Duration;

use super::store;
use crate::account::{self, Account, AccountState, Purpose};
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::outbox::{self, Letter, LetterKind};
use crate::shared::Wait;

/// Where letters to this account's holder go: the confirmed contact address, else the account's own.
pub fn letter_address(tx: &mut Tx, account: &Account) -> Result<String, Fault> {
    let profile = store::find(tx, account.id)?;
    let contact = profile.filter(|p| p.contact_email_confirmed_at.is_some() && !p.contact_email.is_empty());
    Ok(contact.map_or_else(|| account.email.clone(), |p| p.contact_email))
}

/// Letters to confirm an address lie at least this far apart.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A letter with a code is on its way to a contact address that is new; one that is the account's own needs none.
///
/// Refused where the last one was sent less than a minute ago: a profile is no way to flood a stranger's mailbox.
pub fn request_contact_confirmation(tx: &mut Tx, ctx: &Context, account: &Account, contact: &str) -> Result<(), Refused<Wait>> {
    if contact.eq_ignore_ascii_case(&account.email) {
        return Ok(account::end_codes(tx, ctx, account.id, Purpose::ConfirmContact)?);
    }
    if let Some(last) = account::newest_code(tx, account.id, Purpose::ConfirmContact)?
        && ctx.now < last.created_at + PATIENCE
    {
        return Err(Refused::Refusal(Wait((last.created_at + PATIENCE).since(ctx.now))));
    }
    account::end_codes(tx, ctx, account.id, Purpose::ConfirmContact)?;
    let code = account::issue(tx, ctx, account.id, Purpose::ConfirmContact, contact)?;
    let language = account::language_of(tx, account.id)?;
    let letter = Letter::new(LetterKind::ConfirmNewAddress, contact, &language, "")
        .about(account.id)
        .with("username", &account.username)
        .secrets(format!("/confirm?code={}", code.link.reveal()), code.typed, code.expires_at);
    outbox::post(tx, ctx, letter)?;
    let event = Event::new(Action::AddressConfirmationSent).account(account.id).detail(serde_json::json!({ "which": "contact" }));
    Ok(audit::record(tx, ctx, event)?)
}

/// The contact address counts from now on, where it is still the one that was stated; an active account's own is told.
pub fn confirm_contact(tx: &mut Tx, ctx: &Context, account: &Account, address: &str) -> Result<bool, Fault> {
    let confirmed = store::confirm_contact(tx, ctx.now, account.id, address)?;
    if confirmed {
        if account.state == AccountState::Active {
            let language = account::language_of(tx, account.id)?;
            let letter = Letter::new(LetterKind::ContactChanged, &account.email, &language, "/profile");
            outbox::post(tx, ctx, letter.about(account.id).with("username", &account.username))?;
        }
        audit::record(tx, ctx, Event::new(Action::AddressConfirmed).account(account.id).detail(serde_json::json!({ "which": "contact" })))?;
    }
    Ok(confirmed)
}
