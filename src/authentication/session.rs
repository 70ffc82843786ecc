//! Browser sessions, and what being signed in means.

use std::time::Duration;

use diesel::prelude::*;

use crate::account::Account;
use crate::clock::Timestamp;
use crate::db::schema::{browser_sessions, session_accounts};
use crate::ids::{AccountId, SessionId, Sid};

/// The cookie that holds a browser session's secret.
pub const SESSION_COOKIE: &str = "gatehouse";

/// The cookie by which an application's page learns that the session is another one (Session Management 1.0 §3.2).
pub const BROWSER_STATE_COOKIE: &str = "gatehouse-state";

/// How long a sign-in counts as fresh, for changes to what protects an account.
pub(super) const FRESH: Duration = Duration::from_secs(300);

/// A browser session as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = browser_sessions)]
pub struct OpenSession {
    pub id: SessionId,
    pub current_account: Option<AccountId>,
    pub user_agent: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// Microseconds without a page after which it asks for a new sign-in.
    pub idle_limit: i64,
    pub ends_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl OpenSession {
    pub fn is_live(&self, now: Timestamp) -> bool {
        let idle = Duration::from_micros(u64::try_from(self.idle_limit).unwrap_or(0));
        self.ended_at.is_none() && now < self.ends_at && now < self.last_seen_at + idle
    }
}

/// One account's place in a browser session.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = session_accounts)]
pub struct Place {
    pub id: Sid,
    pub session_id: SessionId,
    pub account_id: AccountId,
    pub signed_in_at: Timestamp,
    pub password_at: Option<Timestamp>,
    pub second_factor_at: Option<Timestamp>,
    pub amr: String,
    pub ended_at: Option<Timestamp>,
}

/// Somebody who is signed in: a live session, and the account they act with now.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub session: OpenSession,
    pub place: Place,
    pub account: Account,
    /// Whether the person has an authenticator app.
    pub has_authenticator: bool,
    /// The facility the account acts for, by name.
    pub facility: Option<String>,
    /// Whether the person has other accounts to switch to.
    pub has_others: bool,
}

impl SignedIn {
    pub fn sid(&self) -> Sid {
        self.place.id
    }

    /// Authentication methods used (RFC 8176).
    pub fn amr(&self) -> Vec<&str> {
        self.place.amr.split(' ').collect()
    }

    /// One factor, or two.
    pub fn acr(&self) -> &'static str {
        if self.place.second_factor_at.is_some() { ACR_TWO } else { ACR_ONE }
    }

    /// The level the person could reach with the factors they have.
    pub fn best_acr(&self) -> &'static str {
        if self.has_authenticator { ACR_TWO } else { ACR_ONE }
    }

    pub fn has_two_factors(&self) -> bool {
        self.place.second_factor_at.is_some()
    }

    /// Whether the factors the person has were all shown within five minutes.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.is_fresh_within(now, FRESH)
    }

    /// The same within `limit`: what a fresh sign-in opened may take its time to be filled in.
    pub fn is_fresh_within(&self, now: Timestamp, limit: Duration) -> bool {
        let recent = |moment: Option<Timestamp>| moment.is_some_and(|moment| now < moment + limit);
        recent(self.place.password_at) && (!self.has_authenticator || recent(self.place.second_factor_at))
    }
}

pub const ACR_ONE: &str = "urn:gatehouse:acr:1";
pub const ACR_TWO: &str = "urn:gatehouse:acr:2";

/// Every level there is, lowest first.
pub const ACR_VALUES: &[&str] = &[ACR_ONE, ACR_TWO];
