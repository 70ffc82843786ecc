//! The case and its states.

use diesel::prelude::*;

use crate::account::{Account, AccountState};
use crate::clock::Timestamp;
use crate::db::schema::cases;
use crate::ids::{AccountId, CaseId, FacilityId};
use crate::word_enum;

word_enum!(
    /// What a case asks for.
    CaseKind {
        Individual = "individual",
        Invitation = "invitation",
        Change = "change",
    }
);

word_enum!(
    /// Where a case stands.
    CaseState {
        Draft = "draft",
        AwaitingEmail = "awaiting_email",
        InReview = "in_review",
        Approved = "approved",
        Returned = "returned",
        Denied = "denied",
        Withdrawn = "withdrawn",
        Expired = "expired",
    }
);

impl CaseState {
    /// Still on its way: it can be corrected, and withdrawn.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::AwaitingEmail | Self::InReview | Self::Returned)
    }

    pub fn is_decided(self) -> bool {
        matches!(self, Self::Approved | Self::Returned | Self::Denied)
    }
}

/// A case as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = cases)]
pub struct Case {
    pub id: CaseId,
    pub reference: String,
    pub kind: CaseKind,
    pub account_id: AccountId,
    pub state: CaseState,
    /// What staff decide on; each edit of the applicant makes the next one.
    pub version: i64,
    pub opened_at: Timestamp,
    pub changed_at: Timestamp,
    pub submitted_at: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
    /// What was left on the clock when the case was returned, in microseconds.
    pub clock_left: Option<i64>,
    pub claimed_by: Option<AccountId>,
    pub claimed_until: Option<Timestamp>,
    pub decided_by: Option<AccountId>,
    pub decided_at: Option<Timestamp>,
    pub reason: Option<String>,
    /// JSON: a remark for each field, where the case was returned.
    pub remarks: Option<String>,
    pub facility_id: Option<FacilityId>,
    pub organization_name: String,
    /// How many reminders were sent since it last moved.
    pub reminders: i64,
    pub alarmed_at: Option<Timestamp>,
}

impl Case {
    /// Remarks by field name.
    pub fn remarks(&self) -> Vec<(String, String)> {
        let remarks: std::collections::BTreeMap<String, String> =
            self.remarks.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        remarks.into_iter().collect()
    }

    /// Whether this open case is an approval that was taken back, which suspended its account.
    ///
    /// An account that merely has a change open can be suspended for another reason: the change then decides nothing about that.
    pub fn is_rescinded(&self, account: &Account) -> bool {
        let was_approved = self.kind != CaseKind::Change || self.facility_id.is_some();
        account.state == AccountState::Suspended && self.state.is_open() && was_approved
    }

    /// Who holds the case now, if the lease still runs.
    pub fn holder(&self, now: Timestamp) -> Option<AccountId> {
        self.claimed_by.filter(|_| self.claimed_until.is_some_and(|until| now < until))
    }
}
