//! The tables of persons, accounts and mailed codes.

use diesel::prelude::*;

use super::account::HARD_STOP;
use super::{Account, AccountState, MailCode, NewAccount, Purpose, Role};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::schema::{accounts, facilities, mail_codes, persons, retired_usernames};
use crate::db::{Fault, Tx, savepoint, take_turn};
use crate::ids::{AccountId, FacilityId, PersonId, RowId};
use crate::keyring::{Keyring, Purpose as KeyPurpose};
use crate::search;
use crate::secret::{self, Hash};
use crate::values::Username;

pub fn find(tx: &mut Tx, id: AccountId) -> Result<Option<Account>, Fault> {
    Ok(accounts::table.find(id).select(Account::as_select()).first(tx).optional()?)
}

/// The account whose folded username is `key`.
pub fn find_by_key(tx: &mut Tx, key: &str) -> Result<Option<Account>, Fault> {
    Ok(accounts::table.filter(accounts::username_key.eq(key)).select(Account::as_select()).first(tx).optional()?)
}

/// Whether somebody has the name, or had it before their account was erased.
pub fn username_taken(tx: &mut Tx, keyring: &Keyring, name: &Username) -> Result<bool, Fault> {
    Ok(find_by_key(tx, &name.key())?.is_some() || is_retired(tx, keyring, name)?)
}

pub(super) fn is_retired(tx: &mut Tx, keyring: &Keyring, name: &Username) -> Result<bool, Fault> {
    let known: i64 = retired_usernames::table.find(retired(keyring, &name.key())).count().get_result(tx)?;
    Ok(known > 0)
}

fn retired(keyring: &Keyring, key: &str) -> Vec<u8> {
    secret::mac(&keyring.key(KeyPurpose::Pairwise), &[b"retired username", key.as_bytes()]).to_vec()
}

/// Accounts of a mailbox, closed ones aside: addresses are never unique.
pub fn with_email(tx: &mut Tx, email: &str) -> Result<Vec<Account>, Fault> {
    let found = accounts::table
        .filter(accounts::email.eq(email))
        .filter(accounts::state.ne(AccountState::Closed))
        .limit(200)
        .select(Account::as_select())
        .load(tx)?;
    Ok(found)
}

pub fn language_of(tx: &mut Tx, account: AccountId) -> Result<String, Fault> {
    let language = persons::table.inner_join(accounts::table.on(accounts::person_id.eq(persons::id))).filter(accounts::id.eq(account));
    Ok(language.select(persons::language).first(tx)?)
}

pub(super) fn insert_person(tx: &mut Tx, id: PersonId, language: &str, now: Timestamp) -> Result<(), Fault> {
    diesel::insert_into(persons::table)
        .values((persons::id.eq(id), persons::language.eq(language), persons::created_at.eq(now)))
        .execute(tx)?;
    Ok(())
}

pub(super) fn insert(tx: &mut Tx, id: AccountId, person: PersonId, new: &NewAccount, now: Timestamp) -> Result<(), Fault> {
    diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(id),
            accounts::person_id.eq(person),
            accounts::username.eq(new.username.as_str()),
            accounts::username_key.eq(new.username.key()),
            accounts::role.eq(new.role),
            accounts::state.eq(AccountState::Pending),
            accounts::email.eq(new.email.as_str()),
            accounts::password.eq(&new.password),
            accounts::password_changed_at.eq(new.password.as_ref().map(|_| now)),
            accounts::failed_sign_ins.eq(0_i64),
            accounts::code_tries.eq(0_i64),
            accounts::denials.eq(0_i64),
            accounts::grant_epoch.eq(0_i64),
            accounts::created_at.eq(now),
            accounts::updated_at.eq(now),
        ))
        .execute(tx)?;
    Ok(())
}

/// Moves the account from one of `from` to `to`; false where it was in none of them.
pub fn set_state(
    tx: &mut Tx,
    now: Timestamp,
    id: AccountId,
    from: &[AccountState],
    to: AccountState,
    reason: Option<&str>,
) -> Result<bool, Fault> {
    let moved = diesel::update(accounts::table.find(id).filter(accounts::state.eq_any(from.to_vec())))
        .set((accounts::state.eq(to), accounts::suspension_reason.eq(reason), accounts::updated_at.eq(now)))
        .execute(tx)?;
    Ok(moved == 1)
}

/// The account is active for `facility`, with `role`; false where it was neither pending nor suspended.
pub fn activate(tx: &mut Tx, now: Timestamp, id: AccountId, role: Role, facility: Option<FacilityId>) -> Result<bool, Fault> {
    let activated =
        diesel::update(accounts::table.find(id).filter(accounts::state.eq_any(vec![AccountState::Pending, AccountState::Suspended])))
            .set((
                accounts::state.eq(AccountState::Active),
                accounts::suspension_reason.eq(None::<String>),
                accounts::role.eq(role),
                accounts::facility_id.eq(facility),
                accounts::approved_at.eq(now),
                accounts::updated_at.eq(now),
            ))
            .execute(tx)?;
    Ok(activated == 1)
}

/// An approved account acts for `facility` from now on; its state stays as it is.
pub fn set_facility(tx: &mut Tx, now: Timestamp, id: AccountId, role: Role, facility: FacilityId) -> Result<bool, Fault> {
    let approved = vec![AccountState::Active, AccountState::Suspended];
    let set = diesel::update(
        accounts::table
            .find(id)
            .filter(accounts::state.eq_any(approved))
            .filter(accounts::role.eq_any(vec![Role::Provider, Role::BillingAgent])),
    )
    .set((accounts::role.eq(role), accounts::facility_id.eq(facility), accounts::approved_at.eq(now), accounts::updated_at.eq(now)))
    .execute(tx)?;
    Ok(set == 1)
}

/// The account that moved in under this name.
pub fn with_external_id(tx: &mut Tx, external_id: &str) -> Result<Option<Account>, Fault> {
    Ok(accounts::table.filter(accounts::external_id.eq(external_id)).select(Account::as_select()).first(tx).optional()?)
}

/// The account is one that moved in: its address was confirmed where it comes from, at `confirmed_at`.
pub fn set_moved_in(tx: &mut Tx, id: AccountId, external_id: Option<&str>, confirmed_at: Timestamp) -> Result<(), Fault> {
    diesel::update(accounts::table.find(id))
        .set((accounts::external_id.eq(external_id), accounts::email_confirmed_at.eq(confirmed_at)))
        .execute(tx)?;
    Ok(())
}

/// Every account of a person that is not closed, oldest first.
pub fn of_person(tx: &mut Tx, person: PersonId) -> Result<Vec<Account>, Fault> {
    let accounts = accounts::table
        .filter(accounts::person_id.eq(person))
        .filter(accounts::state.ne(AccountState::Closed))
        .order(accounts::id)
        .select(Account::as_select())
        .load(tx)?;
    Ok(accounts)
}

/// Every account a person has and had, oldest first.
pub fn all_of_person(tx: &mut Tx, person: PersonId) -> Result<Vec<Account>, Fault> {
    Ok(accounts::table.filter(accounts::person_id.eq(person)).order(accounts::id).select(Account::as_select()).load(tx)?)
}

/// A closed account names nobody any more: its name is retired, its address and mailed codes are gone; false where it is not
/// closed, or was erased before.
pub fn erase(tx: &mut Tx, ctx: &Context, account: &Account) -> Result<bool, Fault> {
    let key: Option<Option<String>> = accounts::table.find(account.id).select(accounts::username_key).first(tx).optional()?;
    let closed = accounts::table.find(account.id).filter(accounts::state.eq(AccountState::Closed)).filter(accounts::erased_at.is_null());
    let erased = diesel::update(closed)
        .set((
            accounts::username.eq("(erased)"),
            accounts::username_key.eq(None::<String>),
            accounts::email.eq(""),
            accounts::password.eq(None::<String>),
            accounts::suspension_reason.eq(None::<String>),
            accounts::external_id.eq(None::<String>),
            accounts::erased_at.eq(ctx.now),
            accounts::updated_at.eq(ctx.now),
        ))
        .execute(tx)?;
    if erased == 0 {
        return Ok(false);
    }
    if let Some(Some(key)) = key {
        // It may be there already: an older replica, in a rolling upgrade, does not ask.
        let mac = retired(&ctx.keyring, &key);
        savepoint(tx, |tx| {
            diesel::insert_into(retired_usernames::table).values(retired_usernames::mac.eq(mac)).execute(tx)?;
            Ok(())
        })?;
    }
    diesel::delete(mail_codes::table.filter(mail_codes::account_id.eq(account.id))).execute(tx)?;
    Ok(true)
}

/// The accounts that act for a facility, closed ones aside.
pub fn of_facility(tx: &mut Tx, facility: FacilityId) -> Result<Vec<Account>, Fault> {
    let accounts = accounts::table.filter(accounts::facility_id.eq(facility)).filter(accounts::state.ne(AccountState::Closed));
    Ok(accounts.select(Account::as_select()).load(tx)?)
}

/// Whether a person has more than one account that is not closed.
pub fn has_several(tx: &mut Tx, person: PersonId) -> Result<bool, Fault> {
    let two: Vec<AccountId> = accounts::table
        .filter(accounts::person_id.eq(person))
        .filter(accounts::state.ne(AccountState::Closed))
        .limit(2)
        .select(accounts::id)
        .load(tx)?;
    Ok(two.len() > 1)
}

/// Takes the person's row: whoever links, unlinks or suspends all of a person's accounts takes turns on it.
pub fn hold_person(tx: &mut Tx, person: PersonId) -> Result<(), Fault> {
    diesel::update(persons::table.find(person)).set(persons::language.eq(persons::language)).execute(tx)?;
    Ok(())
}

/// The account belongs to `to`; false where it belonged to somebody else than `from`, or is closed.
pub fn move_to(tx: &mut Tx, now: Timestamp, id: AccountId, from: PersonId, to: PersonId) -> Result<bool, Fault> {
    let moved =
        diesel::update(accounts::table.find(id).filter(accounts::person_id.eq(from)).filter(accounts::state.ne(AccountState::Closed)))
            .set((accounts::person_id.eq(to), accounts::updated_at.eq(now)))
            .execute(tx)?;
    Ok(moved == 1)
}

/// A new person, who speaks the language of `account`'s.
pub fn another_person(tx: &mut Tx, now: Timestamp, account: AccountId) -> Result<PersonId, Fault> {
    let (person, language) = (PersonId::new(), language_of(tx, account)?);
    insert_person(tx, person, &language, now)?;
    Ok(person)
}

/// Closes a pending account, or a suspended one whose case was withdrawn; its username is free again only where the address
/// was never confirmed.
pub fn release(tx: &mut Tx, now: Timestamp, account: &Account) -> Result<bool, Fault> {
    let open = vec![AccountState::Pending, AccountState::Suspended];
    let target = accounts::table.find(account.id).filter(accounts::state.eq_any(open));
    let closed = if account.is_confirmed() {
        diesel::update(target).set((accounts::state.eq(AccountState::Closed), accounts::updated_at.eq(now))).execute(tx)?
    } else {
        diesel::update(target.filter(accounts::email_confirmed_at.is_null()))
            .set((accounts::state.eq(AccountState::Closed), accounts::username_key.eq(None::<String>), accounts::updated_at.eq(now)))
            .execute(tx)?
    };
    Ok(closed == 1)
}

pub fn add_denial(tx: &mut Tx, id: AccountId) -> Result<(), Fault> {
    diesel::update(accounts::table.find(id)).set(accounts::denials.eq(accounts::denials + 1)).execute(tx)?;
    Ok(())
}

pub fn set_password(tx: &mut Tx, now: Timestamp, id: AccountId, password: &str) -> Result<(), Fault> {
    diesel::update(accounts::table.find(id))
        .set((
            accounts::password.eq(password),
            accounts::password_changed_at.eq(now),
            accounts::failed_sign_ins.eq(0_i64),
            accounts::updated_at.eq(now),
        ))
        .execute(tx)?;
    Ok(())
}

/// The same, where the password is still the one that was set at `seen`; false where somebody changed it since.
pub fn replace_password(tx: &mut Tx, now: Timestamp, id: AccountId, seen: Option<Timestamp>, password: &str) -> Result<bool, Fault> {
    let Some(seen) = seen else { return Ok(false) };
    let held =
        diesel::update(accounts::table.find(id).filter(accounts::password_changed_at.eq(seen)).filter(accounts::password.is_not_null()))
            .set(accounts::updated_at.eq(now))
            .execute(tx)?;
    if held == 1 {
        set_password(tx, now, id, password)?;
    }
    Ok(held == 1)
}

/// The same, where a reset may do it ([`Account::may_reset_password`]); false elsewhere.
pub fn reset_password(tx: &mut Tx, now: Timestamp, id: AccountId, password: &str) -> Result<bool, Fault> {
    let not_staff = vec![Role::Provider, Role::BillingAgent];
    let held = diesel::update(accounts::table.find(id).filter(accounts::password.is_not_null().or(accounts::role.eq_any(not_staff))))
        .set(accounts::updated_at.eq(now))
        .execute(tx)?;
    if held == 1 {
        set_password(tx, now, id, password)?;
    }
    Ok(held == 1)
}

pub fn clear_password(tx: &mut Tx, now: Timestamp, id: AccountId) -> Result<(), Fault> {
    diesel::update(accounts::table.find(id))
        .set((accounts::password.eq(None::<String>), accounts::password_changed_at.eq(now), accounts::updated_at.eq(now)))
        .execute(tx)?;
    Ok(())
}

/// Every grant the account gave is over, offline ones too: they are judged by the account's epoch when they are used.
pub fn end_grants(tx: &mut Tx, now: Timestamp, id: AccountId) -> Result<(), Fault> {
    diesel::update(accounts::table.find(id))
        .set((accounts::grant_epoch.eq(accounts::grant_epoch + 1), accounts::updated_at.eq(now)))
        .execute(tx)?;
    Ok(())
}

/// Whether the address is still unconfirmed. The statement takes the account's row, so that a confirmation comes before or after.
pub fn hold_unconfirmed(tx: &mut Tx, now: Timestamp, id: AccountId) -> Result<bool, Fault> {
    let held = diesel::update(accounts::table.find(id).filter(accounts::email_confirmed_at.is_null()))
        .set(accounts::updated_at.eq(now))
        .execute(tx)?;
    Ok(held == 1)
}

/// Whether a grant may be opened on what was read of `account`: it is active, and still in the epoch it was seen in.
///
/// The statement takes the account's row, so that ending all grants and opening one happen in one order or the other.
pub fn may_open_grant(tx: &mut Tx, account: &Account) -> Result<bool, Fault> {
    let held = diesel::update(
        accounts::table
            .find(account.id)
            .filter(accounts::state.eq(AccountState::Active))
            .filter(accounts::grant_epoch.eq(account.grant_epoch)),
    )
    .set(accounts::grant_epoch.eq(account.grant_epoch))
    .execute(tx)?;
    Ok(held == 1)
}

/// Counts a failed sign-in, up to the hard stop.
pub fn record_failure(tx: &mut Tx, id: AccountId) -> Result<(), Fault> {
    diesel::update(accounts::table.find(id).filter(accounts::failed_sign_ins.lt(HARD_STOP)))
        .set(accounts::failed_sign_ins.eq(accounts::failed_sign_ins + 1))
        .execute(tx)?;
    Ok(())
}

/// Forgets failures after a success; false where the hard stop came first, or the password that was shown is no longer it.
pub fn reset_failures(tx: &mut Tx, id: AccountId, password_changed_at: Option<Timestamp>) -> Result<bool, Fault> {
    let Some(shown) = password_changed_at else { return Ok(false) };
    let reset = diesel::update(
        accounts::table.find(id).filter(accounts::failed_sign_ins.lt(HARD_STOP)).filter(accounts::password_changed_at.eq(shown)),
    )
    .set(accounts::failed_sign_ins.eq(0_i64))
    .execute(tx)?;
    Ok(reset == 1)
}

pub(super) fn confirm_address(tx: &mut Tx, now: Timestamp, id: AccountId, address: &str) -> Result<(), Fault> {
    diesel::update(accounts::table.find(id).filter(accounts::state.ne(AccountState::Closed)))
        .set((
            accounts::email.eq(address),
            accounts::email_confirmed_at.eq(now),
            accounts::code_tries.eq(0_i64),
            accounts::updated_at.eq(now),
        ))
        .execute(tx)?;
    Ok(())
}

/// A registration's address is another one, as long as none was confirmed.
pub fn replace_unconfirmed_address(tx: &mut Tx, now: Timestamp, id: AccountId, address: &str) -> Result<bool, Fault> {
    let replaced = diesel::update(accounts::table.find(id).filter(accounts::email_confirmed_at.is_null()))
        .set((accounts::email.eq(address), accounts::updated_at.eq(now)))
        .execute(tx)?;
    Ok(replaced == 1)
}

/// Whether an administrator besides `id` is active, asked so that two who suspend each other cannot both be told yes.
///
/// The rule is over several rows, so it takes turns on one: the lease row `administrators`.
pub fn keep_an_administrator(tx: &mut Tx, now: Timestamp, id: AccountId) -> Result<bool, Fault> {
    take_turn(tx, now, "administrators")?;
    let others: i64 = accounts::table
        .filter(accounts::role.eq(Role::Administrator))
        .filter(accounts::state.eq(AccountState::Active))
        .filter(accounts::id.ne(id))
        .count()
        .get_result(tx)?;
    Ok(others > 0)
}

/// Every staff account that is not closed.
pub fn staff(tx: &mut Tx) -> Result<Vec<Account>, Fault> {
    let staff = accounts::table
        .filter(accounts::role.eq_any(vec![Role::Reviewer, Role::Administrator, Role::Auditor]))
        .filter(accounts::state.ne(AccountState::Closed))
        .order(accounts::id)
        .select(Account::as_select())
        .load(tx)?;
    Ok(staff)
}

/// Active reviewers and administrators: who is told that something waits.
pub fn deciding_staff(tx: &mut Tx) -> Result<Vec<Account>, Fault> {
    let deciding = |account: &Account| account.state == AccountState::Active && account.role != Role::Auditor;
    Ok(staff(tx)?.into_iter().filter(deciding).collect())
}

/// What staff look for among accounts.
#[derive(Debug, Clone, Default)]
pub struct Search {
    pub text: String,
    pub state: Option<AccountState>,
}

/// An account with its facility's name.
pub type Listed = (Account, Option<String>);

/// Accounts whose username, address, facility name and identifiers have words that begin with those of the text, newest
/// first, and whether these are all.
pub fn search(tx: &mut Tx, by: &Search, limit: i64) -> Result<(Vec<Listed>, bool), Fault> {
    let mut query = accounts::table
        .left_join(facilities::table.on(accounts::facility_id.eq(facilities::id.nullable())))
        .select((Account::as_select(), facilities::name.nullable()))
        .order(accounts::id.desc())
        .limit(limit + 1)
        .into_boxed();
    if let Some(state) = by.state {
        query = query.filter(accounts::state.eq(state));
    }
    let mut is_all = true;
    if let Some(found) = search::find(tx, search::Kind::Account, &by.text)? {
        is_all = found.is_all;
        query = query.filter(accounts::id.eq_any(found.subjects));
    }
    let mut listed: Vec<Listed> = query.load(tx)?;
    is_all &= listed.len() as i64 <= limit;
    listed.truncate(limit as usize);
    Ok((listed, is_all))
}

type CodeRow = (RowId, AccountId, Purpose, String, Timestamp, Timestamp, Option<Timestamp>);

const CODE: (
    mail_codes::id,
    mail_codes::account_id,
    mail_codes::purpose,
    mail_codes::address,
    mail_codes::created_at,
    mail_codes::expires_at,
    mail_codes::used_at,
) = (
    mail_codes::id,
    mail_codes::account_id,
    mail_codes::purpose,
    mail_codes::address,
    mail_codes::created_at,
    mail_codes::expires_at,
    mail_codes::used_at,
);

fn code((id, account, purpose, address, created_at, expires_at, used_at): CodeRow) -> MailCode {
    MailCode { id, account, purpose, address, created_at, expires_at, used_at }
}

pub(super) fn insert_code(tx: &mut Tx, code: &MailCode, link: &Hash, typed: Option<Vec<u8>>) -> Result<(), Fault> {
    diesel::insert_into(mail_codes::table)
        .values((
            mail_codes::id.eq(code.id),
            mail_codes::account_id.eq(code.account),
            mail_codes::purpose.eq(code.purpose),
            mail_codes::address.eq(&code.address),
            mail_codes::link_hash.eq(link.bytes()),
            mail_codes::typed_mac.eq(typed),
            mail_codes::created_at.eq(code.created_at),
            mail_codes::expires_at.eq(code.expires_at),
        ))
        .execute(tx)?;
    Ok(())
}

pub(super) fn code_by_hash(tx: &mut Tx, link: &Hash) -> Result<Option<MailCode>, Fault> {
    let row: Option<CodeRow> = mail_codes::table.filter(mail_codes::link_hash.eq(link.bytes())).select(CODE).first(tx).optional()?;
    Ok(row.map(code))
}

pub(super) fn use_code(tx: &mut Tx, now: Timestamp, id: RowId) -> Result<bool, Fault> {
    let used = diesel::update(mail_codes::table.find(id).filter(mail_codes::used_at.is_null()).filter(mail_codes::expires_at.gt(now)))
        .set(mail_codes::used_at.eq(now))
        .execute(tx)?;
    Ok(used == 1)
}

pub(super) fn live_typed_codes(tx: &mut Tx, account: AccountId, now: Timestamp) -> Result<Vec<(MailCode, Vec<u8>)>, Fault> {
    let rows: Vec<(CodeRow, Option<Vec<u8>>)> = mail_codes::table
        .filter(mail_codes::account_id.eq(account))
        .filter(mail_codes::used_at.is_null())
        .filter(mail_codes::expires_at.gt(now))
        .filter(mail_codes::typed_mac.is_not_null())
        .order(mail_codes::id.desc())
        .limit(50)
        .select((CODE, mail_codes::typed_mac))
        .load(tx)?;
    Ok(rows.into_iter().filter_map(|(row, mac)| Some((code(row), mac?))).collect())
}

pub(super) fn newest_code(tx: &mut Tx, account: AccountId, purpose: Purpose) -> Result<Option<MailCode>, Fault> {
    let row: Option<CodeRow> = mail_codes::table
        .filter(mail_codes::account_id.eq(account))
        .filter(mail_codes::purpose.eq(purpose))
        .order(mail_codes::id.desc())
        .select(CODE)
        .first(tx)
        .optional()?;
    Ok(row.map(code))
}

pub(super) fn end_codes(tx: &mut Tx, now: Timestamp, account: AccountId, purpose: Purpose) -> Result<(), Fault> {
    diesel::update(
        mail_codes::table
            .filter(mail_codes::account_id.eq(account))
            .filter(mail_codes::purpose.eq(purpose))
            .filter(mail_codes::used_at.is_null()),
    )
    .set(mail_codes::used_at.eq(now))
    .execute(tx)?;
    Ok(())
}

/// Takes one of the tries; returns how many are taken then, or `None` where none was left.
pub(super) fn take_try(tx: &mut Tx, account: AccountId, limit: i64) -> Result<Option<i64>, Fault> {
    let taken = diesel::update(accounts::table.find(account).filter(accounts::code_tries.lt(limit)))
        .set(accounts::code_tries.eq(accounts::code_tries + 1))
        .execute(tx)?;
    if taken == 0 {
        return Ok(None);
    }
    Ok(Some(accounts::table.find(account).select(accounts::code_tries).first(tx)?))
}

pub(super) fn give_try_back(tx: &mut Tx, account: AccountId) -> Result<(), Fault> {
    diesel::update(accounts::table.find(account).filter(accounts::code_tries.gt(0)))
        .set(accounts::code_tries.eq(accounts::code_tries - 1))
        .execute(tx)?;
    Ok(())
}
