//! Power is a type: who holds one of these may do what takes it, and only this file can make one.

use std::time::Duration;

use super::SignedIn;
use crate::account::{AccountState, Role};
use crate::clock::Timestamp;
use crate::context::{Actor, Context};
use crate::ids::AccountId;

/// Anybody of the staff: may look.
#[derive(Debug, Clone)]
pub struct Staff {
    pub account: AccountId,
    pub username: String,
    pub role: Role,
}

/// May decide cases and suspend provider accounts; an administrator may suspend staff too.
#[derive(Debug, Clone)]
pub struct Reviewer(Staff);

/// May register applications and change their registrations: an administrator who showed both factors a moment ago, since what
/// they change there gives power over everybody's tokens.
#[derive(Debug, Clone)]
pub struct Administrator(Staff);

impl Staff {
    /// Staff with both factors shown in this session (PRODUCT §5).
    pub fn of(signed_in: &SignedIn) -> Option<Self> {
        let account = &signed_in.account;
        let holds = account.role.is_staff() && account.state == AccountState::Active && signed_in.has_two_factors();
        holds.then(|| Self { account: account.id, username: account.username.clone(), role: account.role })
    }

    pub fn reviewer(self) -> Option<Reviewer> {
        matches!(self.role, Role::Reviewer | Role::Administrator).then_some(Reviewer(self))
    }

    pub fn is_administrator(&self) -> bool {
        self.role == Role::Administrator
    }

    /// With the power to change registrations, where the factors were shown within `limit`.
    pub(super) fn administrator(self, signed_in: &SignedIn, now: Timestamp, limit: Duration) -> Option<Administrator> {
        (self.is_administrator() && signed_in.is_fresh_within(now, limit)).then_some(Administrator(self))
    }
}

impl Reviewer {
    pub fn account(&self) -> AccountId {
        self.0.account
    }

    /// The context in which this reviewer acts.
    pub fn context(&self, ctx: &Context) -> Context {
        ctx.by(Actor::Staff(self.0.account))
    }

    pub fn is_administrator(&self) -> bool {
        self.0.role == Role::Administrator
    }
}

impl Administrator {
    /// The context in which this administrator acts.
    pub fn context(&self, ctx: &Context) -> Context {
        ctx.by(Actor::Staff(self.0.account))
    }

    /// What every member of the staff may: look.
    pub fn staff(&self) -> &Staff {
        &self.0
    }
}
