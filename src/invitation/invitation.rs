//! The invitation record and its states.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::db::schema::invitations;
use crate::ids::{AccountId, FacilityId, InvitationId, RowId};
use crate::word_enum;

word_enum!(
    /// Where an invitation stands.
    InvitationState {
        Open = "open",
        Redeemed = "redeemed",
        Revoked = "revoked",
        Expired = "expired",
    }
);

/// An invitation as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = invitations)]
pub struct Invitation {
    pub id: InvitationId,
    pub row_id: Option<RowId>,
    pub facility_id: FacilityId,
    pub invited_by: AccountId,
    pub email: String,
    pub contact_phone: String,
    pub language: String,
    pub state: InvitationState,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// How many reminders were sent.
    pub reminders: i64,
    /// When somebody with a dead link asked for a new one.
    pub asked_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    /// The account that was registered with it.
    pub account_id: Option<AccountId>,
}

impl Invitation {
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == InvitationState::Open && now < self.expires_at
    }
}
