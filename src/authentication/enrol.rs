//! Staff get in: by a one-time link that the command line prints, with a password and an authenticator app.

use super::authenticator;
use super::change_password::end_everything_else;
use crate::account::{self, Account, AccountState, LinkedCode, NewAccount, Purpose, Role};
use crate::audit::{self, Action, Event};
use crate::context::{Actor, Context};
use crate::db::{Fault, Refused, Tx};
use crate::ids::AccountId;
use crate::values::{EmailAddress, Username};

/// A link that its holder opens once.
pub struct Enrolment {
    pub account: AccountId,
    /// The path, with its code; it is shown once.
    pub path: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnrolRefusal {
    UsernameTaken,
    NoSuchStaff,
    /// The link is unknown, used or too old.
    DeadLink,
    /// The authenticator's code is wrong.
    WrongCode,
}

/// A staff account waits for its holder to open the link.
pub fn invite_staff(
    tx: &mut Tx,
    ctx: &Context,
    username: &Username,
    email: &EmailAddress,
    role: Role,
) -> Result<Enrolment, Refused<EnrolRefusal>> {
    let new = NewAccount { username: username.clone(), email: email.clone(), role, password: None, language: "en".into() };
    let account = account::open(tx, ctx, &new)?.ok_or(Refused::Refusal(EnrolRefusal::UsernameTaken))?;
    audit::record(tx, ctx, Event::new(Action::AccountCreated).account(account).detail(serde_json::json!({ "role": role })))?;
    let account = account::find(tx, account)?.ok_or_else(|| Fault::broken("an account was opened and is not there"))?;
    Ok(offer(tx, ctx, &account)?)
}

/// A staff member who lost password or phone gets a new link; sessions end, the old authenticator and password stop working.
pub fn reset_staff(tx: &mut Tx, ctx: &Context, username: &Username) -> Result<Enrolment, Refused<EnrolRefusal>> {
    let found =
        account::find_by_key(tx, &username.key())?.filter(|account| account.role.is_staff() && account.state != AccountState::Closed);
    let account = found.ok_or(Refused::Refusal(EnrolRefusal::NoSuchStaff))?;
    authenticator::remove_authenticators(tx, ctx, account.id, account.person_id)?;
    account::clear_password(tx, ctx.now, account.id)?;
    end_everything_else(tx, ctx, account.id, None)?;
    account::end_codes(tx, ctx, account.id, Purpose::Enrol)?;
    Ok(offer(tx, ctx, &account)?)
}

/// A fresh link, and an authenticator that waits behind it.
fn offer(tx: &mut Tx, ctx: &Context, account: &Account) -> Result<Enrolment, Fault> {
    let code = account::issue(tx, ctx, account.id, Purpose::Enrol, &account.email)?;
    authenticator::begin_setup(tx, ctx, account.person_id, &account.username)?;
    audit::record(tx, ctx, Event::new(Action::StaffEnrolmentOffered).account(account.id))?;
    Ok(Enrolment { account: account.id, path: format!("/enrol?code={}", code.link.reveal()) })
}

/// The staff account has a password and an authenticator, and is active. One link does it once.
pub fn enrol(tx: &mut Tx, ctx: &Context, code: &str, stored_password: &str, otp: &str) -> Result<Account, Refused<EnrolRefusal>> {
    let dead = || Refused::Refusal(EnrolRefusal::DeadLink);
    let LinkedCode::Good(code) = account::linked(tx, ctx.now, code)? else { return Err(dead()) };
    let account = account::find(tx, code.account)?.filter(|_| code.purpose == Purpose::Enrol).ok_or_else(dead)?;
    let ctx = &ctx.by(Actor::Account(account.id));
    if !authenticator::add_authenticator(tx, ctx, account.id, account.person_id, otp)? {
        return Err(Refused::Refusal(EnrolRefusal::WrongCode));
    }
    if !account::redeem(tx, ctx, code.id)? {
        return Err(dead());
    }
    account::set_password(tx, ctx.now, account.id, stored_password)?;
    account::confirm_address(tx, ctx, account.id, &account.email)?;
    account::set_state(tx, ctx.now, account.id, &[AccountState::Pending], AccountState::Active, None)?;
    audit::record(tx, ctx, Event::new(Action::StaffEnrolled).account(account.id))?;
    account::find(tx, account.id)?.ok_or_else(dead)
}
