//! A forgotten password, from a username and through the account's confirmed address.

use std::time::Duration;

use super::change_password::{end_everything_else, tell_of_change};
use crate::account::{self, Account, AccountState, LinkedCode, Purpose};
use crate::audit::{self, Action, Event};
use crate::context::{Actor, Context};
use crate::db::{Fault, Refused, Tx, take_turn_once};
use crate::facility;
use crate::ids::AccountId;
use crate::outbox::{self, Letter, LetterKind};

/// Letters to reset a password lie at least this far apart.
const PATIENCE: Duration = Duration::from_secs(60);

/// A letter with a link is on its way, where `key` is the username of an account that has a confirmed address; with `all`,
/// its link is for every linked account with the same address.
///
/// The visitor is told the same either way.
pub fn request_reset(tx: &mut Tx, ctx: &Context, key: &str, all: bool) -> Result<(), Fault> {
    let Some(account) = account::find_by_key(tx, key)? else { return Ok(()) };
    if account.state == AccountState::Closed || !account.is_confirmed() || !account.may_reset_password() {
        return Ok(());
    }
    let purpose = if all { Purpose::ResetAll } else { Purpose::ResetPassword };
    if account::newest_code(tx, account.id, purpose)?.is_some_and(|last| ctx.now < last.created_at + PATIENCE) {
        return Ok(());
    }
    let code = account::issue(tx, ctx, account.id, purpose, &account.email)?;
    let language = account::language_of(tx, account.id)?;
    let names: Vec<String> = affected(tx, &account, purpose)?.into_iter().map(|account| account.username).collect();
    let letter = Letter::new(LetterKind::PasswordReset, &account.email, &language, "")
        .about(account.id)
        .with("username", names.join(", "))
        .secrets(format!("/reset?code={}", code.link.reveal()), None, code.expires_at);
    outbox::post(tx, ctx, letter)?;
    audit::record(tx, ctx, Event::new(Action::PasswordResetRequested).account(account.id))
}

/// The accounts that a reset through `account`'s address is for.
fn affected(tx: &mut Tx, account: &Account, purpose: Purpose) -> Result<Vec<Account>, Fault> {
    if purpose == Purpose::ResetPassword {
        return Ok(vec![account.clone()]);
    }
    let same = |other: &Account| other.is_confirmed() && other.may_reset_password() && other.email.eq_ignore_ascii_case(&account.email);
    Ok(account::of_person(tx, account.person_id)?.into_iter().filter(same).collect())
}

/// Why a reset did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetRefusal {
    /// The link is unknown, used or too old.
    DeadLink,
}

/// The account that `code` belongs to has the password `stored`, with those linked to it where the code says all.
///
/// It ends all their sessions and grants, keeps second factors, and never signs in. The person's other addresses are told.
pub fn reset_password(tx: &mut Tx, ctx: &Context, code: &str, stored: &str) -> Result<AccountId, Refused<ResetRefusal>> {
    let dead = || Refused::Refusal(ResetRefusal::DeadLink);
    let LinkedCode::Good(code) = account::linked(tx, ctx.now, code)? else { return Err(dead()) };
    if !is_reset(code.purpose) || !account::redeem(tx, ctx, code.id)? {
        return Err(dead());
    }
    let id = code.account;
    let ctx = &ctx.by(Actor::Account(id));
    let account = account::find(tx, id)?.filter(|account| account.email.eq_ignore_ascii_case(&code.address)).ok_or_else(dead)?;
    account::hold_person(tx, account.person_id)?;
    let accounts = affected(tx, &account, code.purpose)?;
    for affected in &accounts {
        if !account::reset_password(tx, ctx.now, affected.id, stored)? {
            return Err(dead());
        }
        end_everything_else(tx, ctx, affected.id, None)?;
        tell_of_change(tx, ctx, affected.id, LetterKind::PasswordChanged)?;
        audit::record(tx, ctx, Event::new(Action::PasswordReset).account(affected.id))?;
    }
    let mut told = vec![account.email.to_lowercase()];
    for other in account::of_person(tx, account.person_id)?.into_iter().filter(Account::is_confirmed) {
        if !told.contains(&other.email.to_lowercase()) {
            told.push(other.email.to_lowercase());
            let language = account::language_of(tx, other.id)?;
            let letter = Letter::new(LetterKind::ResetElsewhere, &other.email, &language, "/security").about(other.id);
            outbox::post(tx, ctx, letter.with("username", &account.username))?;
        }
    }
    Ok(id)
}

/// Whether a code of this purpose resets passwords.
pub fn is_reset(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::ResetPassword | Purpose::ResetAll)
}

/// One letter to `address` lists every account that has it confirmed: username, facility and state.
///
/// The visitor is told the same whether or not there is any.
pub fn send_usernames(tx: &mut Tx, ctx: &Context, address: &str) -> Result<(), Fault> {
    let mut accounts = account::with_email(tx, address)?;
    accounts.retain(Account::is_confirmed);
    let Some(first) = accounts.first() else { return Ok(()) };
    // One a minute to a mailbox, whoever asks: nobody is flooded with their own usernames.
    if !take_turn_once(tx, ctx.now, &format!("usernames {} {}", first.id, ctx.now.seconds() / 60))? {
        return Ok(());
    }
    let language = account::language_of(tx, first.id)?;
    let words = ctx.catalogue.choose(&language);
    let mut lines = Vec::new();
    for account in &accounts {
        let facility = facility::of(tx, account.facility_id)?.map(|facility| facility.name).unwrap_or_default();
        let state = words.t(&format!("account-{}", account.state));
        lines.push(match facility.is_empty() {
            true => words.t2("usernames-line", "username", &account.username, "state", &state),
            false => words.texts("usernames-line-facility", &[("username", &account.username), ("facility", &facility), ("state", &state)]),
        });
    }
    let letter = Letter::new(LetterKind::Usernames, address, &language, "/sign-in").about(first.id).with("usernames", lines.join("\n"));
    outbox::post(tx, ctx, letter)?;
    audit::record(tx, ctx, Event::new(Action::UsernamesSent).account(first.id).detail(serde_json::json!({ "accounts": accounts.len() })))
}
