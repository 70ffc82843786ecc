//! Somebody signs in.
//!
//! [`attempt`] looks at name and password with equal work for every answer; [`sign_in`] opens the session. What failed is
//! remembered: a failure is an outcome, so nothing rolls its count back.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::session::Place;
use super::{Password, store};
use crate::account::{self, Account, AccountState};
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::clock::Timestamp;
use crate::context::{Actor, Context};
use crate::db::{Fault, Tx};
use crate::hashing::Busy;
use crate::ids::{AccountId, SessionId, Sid};
use crate::keyring::Purpose;
use crate::secret::{Hash, Prefix, Token};
use crate::shared::Wait;
use crate::values::Username;
use crate::web::PageError;

/// What name and password came to.
#[derive(Debug)]
pub enum Attempt {
    /// Both are right; the person may still owe a second factor.
    Right(Box<Account>),
    /// One of them is wrong, or the account cannot be signed in to: nobody is told which.
    Wrong,
    /// Too many failures: wait before the next try.
    Later(Wait),
}

/// Checks a name and password typed from `address`. The account's failures are counted by the caller.
pub async fn attempt(app: &App, address: std::net::IpAddr, name: &str, password: &str) -> Result<Attempt, PageError> {
    let key = Username::fold(name);
    let pair = delay_key(name, address);
    let now = app.clock.now();
    if let Err(wait) = app.delays.admit(&pair, now).await {
        return Ok(Attempt::Later(wait));
    }
    let found = {
        let key = key.clone();
        app.db.read(move |tx| account::find_by_key(tx, &key)).await?
    };
    let stored = found.as_ref().and_then(|account| account.password.clone());
    let matches = verify(app, password, stored.as_deref()).await?;
    match found.filter(|account| matches && account.state != AccountState::Closed && !account.is_stopped()) {
        Some(account) => {
            app.delays.succeeded(&pair).await;
            Ok(Attempt::Right(Box::new(account)))
        }
        None => {
            app.delays.failed(&pair, now).await;
            Ok(Attempt::Wrong)
        }
    }
}

/// What failures are remembered by: the name as typed, from one address, so that nobody can delay somebody else.
pub fn delay_key(name: &str, address: std::net::IpAddr) -> String {
    format!("{} {address}", Username::fold(name))
}

async fn verify(app: &App, password: &str, stored: Option<&str>) -> Result<bool, Busy> {
    let pepper = app.keyring.key(Purpose::Pepper);
    app.hasher.verify(&Password::typed(password), &pepper, stored).await
}

/// Counts a failed attempt at `key`, if that is anybody's username.
pub fn record_failed_attempt(tx: &mut Tx, ctx: &Context, key: &str, action: Action) -> Result<(), Fault> {
    if let Some(account) = account::find_by_key(tx, key)? {
        account::record_failure(tx, account.id)?;
        audit::record(tx, ctx, Event::new(action).account(account.id))?;
    }
    Ok(())
}

/// What was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factors {
    Password,
    PasswordAndCode,
}

/// The session to be known by from now on.
#[derive(Debug)]
pub struct Session {
    pub secret: Token,
    pub sid: Sid,
    /// Seconds until it ends, whatever happens.
    pub max_age: u64,
}

/// Whose password was shown, and which one: a password that was changed meanwhile opens nothing.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Proven {
    pub account: AccountId,
    password_changed_at: Option<Timestamp>,
}

impl Proven {
    pub(super) fn password_changed_at(&self) -> Option<Timestamp> {
        self.password_changed_at
    }

    pub fn by(account: &Account) -> Self {
        Self { account: account.id, password_changed_at: account.password_changed_at }
    }
}

/// The account is signed in, in the browser's live session or a new one. The secret is a new one in any case.
///
/// `None` where the account was stopped or closed, or its password changed, since it was shown.
pub fn sign_in(
    tx: &mut Tx,
    ctx: &Context,
    browser: Option<&Hash>,
    user_agent: &str,
    proven: Proven,
    factors: Factors,
) -> Result<Option<Session>, Fault> {
    let id = proven.account;
    let Some(account) = account::find(tx, id)? else { return Ok(None) };
    if account.state == AccountState::Closed || !account::reset_failures(tx, id, proven.password_changed_at)? {
        return Ok(None);
    }
    let secret = Token::random(Prefix::Session, &*ctx.random);
    let limits = Limits::of(ctx, &account);
    let session = match reusable(tx, ctx, browser, &account)? {
        Some(session) => {
            store::renew_session(tx, session, &secret.hash(), id, ctx.now, limits.idle, ctx.now + limits.absolute)?;
            session
        }
        None => {
            let session = SessionId::new();
            store::insert_session(tx, session, &secret.hash(), id, user_agent, ctx.now, limits.idle, ctx.now + limits.absolute)?;
            session
        }
    };
    let two = factors == Factors::PasswordAndCode;
    let place = Place {
        id: Sid::new(),
        session_id: session,
        account_id: id,
        signed_in_at: ctx.now,
        password_at: Some(ctx.now),
        second_factor_at: two.then_some(ctx.now),
        amr: if two { "pwd otp mfa".into() } else { "pwd".into() },
        ended_at: None,
    };
    let sid = store::take_place(tx, &place)?;
    let by = ctx.by(Actor::Account(id));
    audit::record(tx, &by, Event::new(Action::SignedIn).account(id).detail(serde_json::json!({ "amr": place.amr, "sid": sid })))?;
    Ok(Some(Session { secret, sid, max_age: limits.absolute.as_secs() }))
}

/// The browser's live session, if it belongs to this account's person alone.
///
/// Somebody else's session in the same browser is ended first: two people never share one.
fn reusable(tx: &mut Tx, ctx: &Context, browser: Option<&Hash>, account: &Account) -> Result<Option<SessionId>, Fault> {
    let Some(hash) = browser else { return Ok(None) };
    let Some(session) = store::session_by_secret(tx, hash)? else { return Ok(None) };
    if session.ended_at.is_some() || session.ends_at <= ctx.now {
        return Ok(None);
    }
    if store::persons_of(tx, session.id)?.iter().any(|person| *person != account.person_id) {
        super::end_session(tx, ctx, session.id)?;
        let event = Event::new(Action::SessionEnded).detail(serde_json::json!({ "why": "another person signed in here" }));
        audit::record(tx, ctx, session.current_account.into_iter().fold(event, Event::account))?;
        return Ok(None);
    }
    Ok(Some(session.id))
}

/// How long a session of this account may idle, and live.
struct Limits {
    idle: Duration,
    absolute: Duration,
}

impl Limits {
    fn of(ctx: &Context, account: &Account) -> Self {
        let sessions = &ctx.config.sessions;
        let idle = if account.role.is_staff() { sessions.staff_idle_minutes } else { sessions.provider_idle_minutes };
        Self { idle: Duration::from_secs(60 * u64::from(idle)), absolute: Duration::from_secs(3_600 * u64::from(sessions.absolute_hours)) }
    }
}
