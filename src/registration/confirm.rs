//! An address is confirmed, by a link's button or by the typed code.

use super::case::CaseState;
use super::{accept, store, submit};
use crate::account::{self, Account, LinkedCode, MailCode, Purpose, TypedCode};
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::ids::AccountId;
use crate::outbox::{self, Letter, LetterKind};
use crate::profile;

/// What is true now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// The address counts.
    Address,
    /// The code was wrong; the try is counted.
    WrongCode { tries_left: i64 },
    /// Typing is over for this registration; the link still works.
    TypingIsOver,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmRefusal {
    /// Unknown, or too old.
    DeadLink,
    /// It did its work before.
    AlreadyUsed,
    /// It belongs to another account than the one signed in.
    OtherAccount,
}

/// The address that the link `text` proves is confirmed, for the account that is signed in.
pub fn confirm(tx: &mut Tx, ctx: &Context, id: AccountId, text: &str) -> Result<Confirmed, Refused<ConfirmRefusal>> {
    let code = match account::linked(tx, ctx.now, text)? {
        LinkedCode::Good(code) => code,
        LinkedCode::Used(_) => return Err(Refused::Refusal(ConfirmRefusal::AlreadyUsed)),
        LinkedCode::Expired(_) | LinkedCode::Unknown => return Err(Refused::Refusal(ConfirmRefusal::DeadLink)),
    };
    if code.account != id {
        return Err(Refused::Refusal(ConfirmRefusal::OtherAccount));
    }
    apply(tx, ctx, &code)
}

/// The same, for a code that was typed. A wrong one is an outcome, so that its count stays.
pub fn confirm_typed(tx: &mut Tx, ctx: &Context, id: AccountId, typed: &str) -> Result<Confirmed, Refused<ConfirmRefusal>> {
    match account::typed(tx, ctx, id, typed)? {
        TypedCode::Right(code) => apply(tx, ctx, &code),
        TypedCode::Wrong { tries_left } => {
            audit::record(tx, ctx, Event::new(Action::AddressConfirmationFailed).account(id))?;
            Ok(Confirmed::WrongCode { tries_left })
        }
        TypedCode::Exhausted => Ok(Confirmed::TypingIsOver),
    }
}

fn apply(tx: &mut Tx, ctx: &Context, code: &MailCode) -> Result<Confirmed, Refused<ConfirmRefusal>> {
    if !account::redeem(tx, ctx, code.id)? {
        return Err(Refused::Refusal(ConfirmRefusal::AlreadyUsed));
    }
    let account = account::find(tx, code.account)?.ok_or(Refused::Refusal(ConfirmRefusal::DeadLink))?;
    match code.purpose {
        Purpose::ConfirmAddress => registered_address(tx, ctx, &account, code)?,
        Purpose::ConfirmContact => {
            if !profile::confirm_contact(tx, ctx, &account, &code.address)? {
                return Err(Refused::Refusal(ConfirmRefusal::DeadLink));
            }
        }
        Purpose::ChangeAddress => changed_address(tx, ctx, &account, code)?,
        Purpose::ResetPassword | Purpose::ResetAll | Purpose::Enrol => return Err(Refused::Refusal(ConfirmRefusal::DeadLink)),
    }
    Ok(Confirmed::Address)
}

/// A submitted case enters the queue the moment its address is confirmed.
fn registered_address(tx: &mut Tx, ctx: &Context, account: &Account, code: &MailCode) -> Result<(), Fault> {
    account::confirm_address(tx, ctx, account.id, &code.address)?;
    account::end_codes(tx, ctx, account.id, Purpose::ConfirmAddress)?;
    let Some(case) = store::latest_of(tx, account.id)?.filter(|case| case.state == CaseState::AwaitingEmail) else { return Ok(()) };
    let stated = store::newest_version(tx, &case)?;
    if accept::is_as_approved(tx, ctx.now, account, &case, &stated)? {
        return accept::accept(tx, ctx, account, &case);
    }
    let due_at = ctx.config.decide_by(ctx.now, case.clock_left);
    if store::enter_queue(tx, ctx.now, &case, due_at)? {
        audit::record(tx, ctx, Event::new(Action::CaseEnteredReview).account(account.id).case(case.id))?;
        submit::send_receipt(tx, ctx, account, &case, Some(due_at))?;
    }
    Ok(())
}

/// The new address is told, and the old one.
fn changed_address(tx: &mut Tx, ctx: &Context, account: &Account, code: &MailCode) -> Result<(), Fault> {
    account::confirm_address(tx, ctx, account.id, &code.address)?;
    account::end_codes(tx, ctx, account.id, Purpose::ChangeAddress)?;
    account::end_codes(tx, ctx, account.id, Purpose::ConfirmAddress)?;
    account::end_codes(tx, ctx, account.id, Purpose::ResetPassword)?;
    account::end_codes(tx, ctx, account.id, Purpose::ResetAll)?;
    let language = account::language_of(tx, account.id)?;
    for address in [&account.email, &code.address] {
        let letter =
            Letter::new(LetterKind::EmailChanged, address, &language, "/security").about(account.id).with("username", &account.username);
        outbox::post(tx, ctx, letter)?;
    }
    audit::record(tx, ctx, Event::new(Action::AddressChanged).account(account.id))
}
