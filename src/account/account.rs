//! The account record, its states and roles.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::db::schema::accounts;
use crate::ids::{AccountId, FacilityId, PersonId};
use crate::word_enum;

word_enum!(
    /// What an account may be used for.
    AccountState {
        Pending = "pending",
        Active = "active",
        Suspended = "suspended",
        Closed = "closed",
    }
);

word_enum!(
    /// What its holder does; staff roles carry power in the console.
    Role {
        Provider = "provider",
        BillingAgent = "billing_agent",
        Reviewer = "reviewer",
        Administrator = "administrator",
        Auditor = "auditor",
    }
);

impl Role {
    pub fn is_staff(self) -> bool {
        matches!(self, Role::Reviewer | Role::Administrator | Role::Auditor)
    }
}

/// Consecutive failures after which the password is disabled until it is reset (NIST SP 800-63B-4 §3.2.2).
pub const HARD_STOP: i64 = 100;

/// One local sign-in.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub struct Account {
    pub id: AccountId,
    pub person_id: PersonId,
    pub username: String,
    pub role: Role,
    pub state: AccountState,
    pub suspension_reason: Option<String>,
    pub email: String,
    pub email_confirmed_at: Option<Timestamp>,
    pub password: Option<String>,
    pub password_changed_at: Option<Timestamp>,
    pub failed_sign_ins: i64,
    pub code_tries: i64,
    pub denials: i64,
    pub facility_id: Option<FacilityId>,
    pub approved_at: Option<Timestamp>,
    /// Grants of an earlier epoch are over, whatever their own rows say.
    pub grant_epoch: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// When what it told of its holder was erased.
    pub erased_at: Option<Timestamp>,
}

impl Account {
    /// Whether too many wrong passwords in a row have disabled this one.
    pub fn is_stopped(&self) -> bool {
        self.failed_sign_ins >= HARD_STOP
    }

    pub fn is_confirmed(&self) -> bool {
        self.email_confirmed_at.is_some()
    }

    /// Whether its holder may set a password by mail. Who moved in has none yet; staff without one, after `staff reset`, have
    /// their enrolment link alone.
    pub fn may_reset_password(&self) -> bool {
        self.password.is_some() || !self.role.is_staff()
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("id", &self.id).field("state", &self.state).field("role", &self.role).finish_non_exhaustive()
    }
}
