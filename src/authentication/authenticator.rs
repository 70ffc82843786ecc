//! Authenticator apps: time-based one-time codes (RFC 6238), and no step twice.

use std::time::Duration;

use totp_rs::{Builder, Secret, Totp};

use super::store;
use crate::audit::{self, Action, Event};
use crate::clock::Timestamp;
use crate::config::Config;
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::ids::{AccountId, PersonId, RowId};
use crate::keyring::{Keyring, Purpose};

/// An authenticator that its holder is about to confirm: what the app needs to know.
pub struct Setup {
    pub id: RowId,
    pub otpauth: String,
    /// The secret in base32, for typing.
    pub secret: String,
}

/// How long an app may take from its secret's being shown to its first code.
const SETUP_LIFE: Duration = Duration::from_secs(15 * 60);

fn totp(secret: &[u8], issuer: &str, username: &str) -> Result<Totp, Fault> {
    let broken = |e: &dyn std::fmt::Display| Fault::broken(format!("TOTP: {e}"));
    let secret = Secret::from(secret.to_vec());
    let name = username.replace(':', "-");
    Builder::new()
        .with_secret(secret)
        .with_issuer(Some(issuer.replace(':', "-")))
        .with_account_name(name)
        .with_skew(1)
        .build()
        .map_err(|e| broken(&format!("{e:?}")))
}

/// The authenticator `id` as its holder's app sees it.
fn describe(keyring: &Keyring, person: PersonId, id: RowId, sealed: &[u8], issuer: &str, username: &str) -> Result<Setup, Fault> {
    let secret = unseal(keyring, person, sealed)?;
    let totp = totp(&secret, issuer, username)?;
    Ok(Setup { id, otpauth: totp.to_url().map_err(|e| Fault::broken(format!("TOTP: {e:?}")))?, secret: base32(&secret) })
}

fn base32(secret: &[u8]) -> String {
    Secret::from(secret.to_vec()).to_base32()
}

fn unseal(keyring: &Keyring, person: PersonId, sealed: &[u8]) -> Result<Vec<u8>, Fault> {
    keyring.unseal(Purpose::Totp, person.bytes(), sealed).ok_or_else(|| Fault::broken("an authenticator's secret does not open"))
}

/// An unconfirmed authenticator of `person` waits: the one begun before, or a new one. It protects nothing yet.
pub fn begin_setup(tx: &mut Tx, ctx: &Context, person: PersonId, username: &str) -> Result<Setup, Fault> {
    let issuer = ctx.config.agency.portal_name.clone();
    // A secret that was shown long ago may have been seen by somebody else: it is not offered again.
    store::delete_unconfirmed(tx, person, Some(ctx.now - SETUP_LIFE))?;
    let (id, sealed) = match store::unconfirmed_authenticator(tx, person)? {
        Some(begun) => begun,
        None => {
            let id = RowId::new();
            let sealed = ctx.keyring.seal(Purpose::Totp, person.bytes(), &ctx.random.bytes::<20>(), &*ctx.random);
            store::insert_authenticator(tx, id, person, &sealed, ctx.now)?;
            (id, sealed)
        }
    };
    describe(&ctx.keyring, person, id, &sealed, &issuer, username)
}

/// The authenticator that waits to be confirmed, if one does.
pub fn waiting_setup(tx: &mut Tx, keyring: &Keyring, config: &Config, person: PersonId, username: &str) -> Result<Option<Setup>, Fault> {
    let waiting = store::unconfirmed_authenticator(tx, person)?;
    waiting.map(|(id, sealed)| describe(keyring, person, id, &sealed, &config.agency.portal_name, username)).transpose()
}

/// The waiting authenticator counts from now on, where `code` is its code. False and unchanged otherwise.
pub fn add_authenticator(tx: &mut Tx, ctx: &Context, account: AccountId, person: PersonId, code: &str) -> Result<bool, Fault> {
    let Some((id, sealed)) = store::unconfirmed_authenticator(tx, person)? else { return Ok(false) };
    let Some(step) = matching_step(&ctx.keyring, person, &sealed, code, ctx.now)? else { return Ok(false) };
    if !store::confirm_authenticator(tx, id, step, ctx.now)? {
        return Ok(false);
    }
    audit::record(tx, ctx, Event::new(Action::AuthenticatorAdded).account(account))?;
    Ok(true)
}

/// Whether `code` is one of the person's authenticators' now. Its step is used up: the same code never passes twice.
pub fn check_code(tx: &mut Tx, ctx: &Context, person: PersonId, code: &str) -> Result<bool, Fault> {
    for (id, sealed) in store::confirmed_authenticators(tx, person)? {
        if let Some(step) = matching_step(&ctx.keyring, person, &sealed, code, ctx.now)?
            // RFC 6238 §5.2: a verifier accepts a step at most once.
            && store::use_step(tx, id, step)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

pub fn has_authenticator(tx: &mut Tx, person: PersonId) -> Result<bool, Fault> {
    Ok(!store::confirmed_authenticators(tx, person)?.is_empty())
}

/// The person has no authenticator any more.
pub fn remove_authenticators(tx: &mut Tx, ctx: &Context, account: AccountId, person: PersonId) -> Result<(), Fault> {
    if store::delete_authenticators(tx, person)? > 0 {
        audit::record(tx, ctx, Event::new(Action::AuthenticatorRemoved).account(account))?;
    }
    Ok(())
}

/// The authenticators of `from` are `to`'s too: any of them serves at sign-in.
pub(super) fn join(tx: &mut Tx, ctx: &Context, from: PersonId, to: PersonId) -> Result<(), Fault> {
    store::delete_unconfirmed(tx, from, None)?;
    for (id, sealed) in store::confirmed_authenticators(tx, from)? {
        let secret = unseal(&ctx.keyring, from, &sealed)?;
        let sealed = ctx.keyring.seal(Purpose::Totp, to.bytes(), &secret, &*ctx.random);
        store::move_authenticator(tx, id, to, &sealed)?;
    }
    Ok(())
}

/// The code an authenticator shows now: for the mailbox page of the demo, which stands in for a phone.
pub fn current_code(tx: &mut Tx, keyring: &Keyring, person: PersonId, now: Timestamp) -> Result<Option<String>, Fault> {
    let Some((_, sealed)) = store::confirmed_authenticators(tx, person)?.into_iter().next() else { return Ok(None) };
    let totp = totp(&unseal(keyring, person, &sealed)?, "Gatehouse", "demo")?;
    Ok(Some(totp.generate(seconds(now)).to_string()))
}

/// The code of an authenticator that waits to be confirmed: for the demo, which has no phone to read it from.
pub fn waiting_code(tx: &mut Tx, keyring: &Keyring, person: PersonId, now: Timestamp) -> Result<String, Fault> {
    let waiting = store::unconfirmed_authenticator(tx, person)?;
    let (_, sealed) = waiting.ok_or_else(|| Fault::broken("no authenticator waits to be confirmed"))?;
    Ok(totp(&unseal(keyring, person, &sealed)?, "Gatehouse", "demo")?.generate(seconds(now)).to_string())
}

fn matching_step(keyring: &Keyring, person: PersonId, sealed: &[u8], code: &str, now: Timestamp) -> Result<Option<i64>, Fault> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    let totp = totp(&unseal(keyring, person, sealed)?, "Gatehouse", "account")?;
    Ok(totp.check(&digits, seconds(now)).and_then(|step| i64::try_from(step).ok()))
}

fn seconds(now: Timestamp) -> u64 {
    u64::try_from(now.seconds()).unwrap_or(0)
}
