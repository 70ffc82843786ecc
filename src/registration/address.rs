//! Letters to confirm an address are sent again, or to another address.

use super::register::send_confirmation;
use crate::account::{self, Account, AccountState, Purpose};
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Refused, Tx};
use crate::ids::AccountId;
use crate::outbox::{self, Letter, LetterKind};
use crate::profile::{self, PATIENCE};
use crate::shared::Wait;
use crate::values::EmailAddress;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressRefusal {
    AlreadyConfirmed,
    NotConfirmed,
    TooSoon(Wait),
}

/// Another letter is on its way to the address that waits to be confirmed; gives that address. Earlier codes for the
/// account's own stay good.
pub fn send_again(tx: &mut Tx, ctx: &Context, id: AccountId) -> Result<String, Refused<AddressRefusal>> {
    let account = account::find(tx, id)?.ok_or(Refused::Refusal(AddressRefusal::AlreadyConfirmed))?;
    if !account.is_confirmed() {
        patience(tx, ctx, id, Purpose::ConfirmAddress)?;
        send_confirmation(tx, ctx, id, LetterKind::ConfirmAddress, &account.email)?;
        return Ok(account.email);
    }
    if let Some(begun) = account::newest_code(tx, id, Purpose::ChangeAddress)?.filter(|code| code.used_at.is_none()) {
        let address = EmailAddress::parse(&begun.address).map_err(|_| Refused::Refusal(AddressRefusal::AlreadyConfirmed))?;
        change_own_address(tx, ctx, id, &address)?;
        return Ok(begun.address);
    }
    let waiting = profile::find(tx, id)?.filter(|p| p.contact_email_confirmed_at.is_none() && p.contact_email != account.email);
    let contact = waiting.ok_or(Refused::Refusal(AddressRefusal::AlreadyConfirmed))?.contact_email;
    profile::request_contact_confirmation(tx, ctx, &account, &contact).map_err(|refused| match refused {
        Refused::Refusal(wait) => Refused::Refusal(AddressRefusal::TooSoon(wait)),
        Refused::Fault(fault) => Refused::Fault(fault),
    })?;
    Ok(contact)
}

/// A registration goes on with another address: codes for the old one are ended.
pub fn change_registered_address(tx: &mut Tx, ctx: &Context, id: AccountId, address: &EmailAddress) -> Result<(), Refused<AddressRefusal>> {
    unconfirmed(tx, id)?;
    patience(tx, ctx, id, Purpose::ConfirmAddress)?;
    account::end_codes(tx, ctx, id, Purpose::ConfirmAddress)?;
    if !account::replace_unconfirmed_address(tx, ctx.now, id, address.as_str())? {
        return Err(Refused::Refusal(AddressRefusal::AlreadyConfirmed));
    }
    audit::record(tx, ctx, Event::new(Action::AddressChanged).account(id))?;
    let known = account::with_email(tx, address.as_str())?.iter().any(|other| other.id != id && other.is_confirmed());
    let kind = if known { LetterKind::ConfirmFurtherAccount } else { LetterKind::ConfirmAddress };
    Ok(send_confirmation(tx, ctx, id, kind, address.as_str())?)
}

/// A letter to confirm a new address is on its way; the old one stays until then (PRODUCT §2.4).
pub fn change_own_address(tx: &mut Tx, ctx: &Context, id: AccountId, address: &EmailAddress) -> Result<(), Refused<AddressRefusal>> {
    let account = account::find(tx, id)?.filter(Account::is_confirmed).ok_or(Refused::Refusal(AddressRefusal::NotConfirmed))?;
    patience(tx, ctx, id, Purpose::ChangeAddress)?;
    account::end_codes(tx, ctx, id, Purpose::ChangeAddress)?;
    let code = account::issue(tx, ctx, id, Purpose::ChangeAddress, address.as_str())?;
    let language = account::language_of(tx, id)?;
    let letter = Letter::new(LetterKind::ConfirmNewAddress, address.as_str(), &language, "")
        .about(id)
        .with("username", &account.username)
        .secrets(format!("/confirm?code={}", code.link.reveal()), code.typed, code.expires_at);
    outbox::post(tx, ctx, letter)?;
    Ok(audit::record(tx, ctx, Event::new(Action::AddressConfirmationSent).account(id))?)
}

fn unconfirmed(tx: &mut Tx, id: AccountId) -> Result<Account, Refused<AddressRefusal>> {
    let account = account::find(tx, id)?.filter(|account| account.state == AccountState::Pending && !account.is_confirmed());
    account.ok_or(Refused::Refusal(AddressRefusal::AlreadyConfirmed))
}

fn patience(tx: &mut Tx, ctx: &Context, id: AccountId, purpose: Purpose) -> Result<(), Refused<AddressRefusal>> {
    match account::newest_code(tx, id, purpose)? {
        Some(code) if ctx.now < code.created_at + PATIENCE => {
            Err(Refused::Refusal(AddressRefusal::TooSoon(Wait((code.created_at + PATIENCE).since(ctx.now)))))
        }
        _ => Ok(()),
    }
}
