//! The request and its rows, with their states.

use diesel::prelude::*;

use super::check::Finding;
use super::sheet::SheetRow;
use crate::clock::Timestamp;
use crate::db::schema::{accounts, facility_requests, request_rows};
use crate::ids::{AccountId, FacilityId, PersonId, RosterId, RowId};
use crate::word_enum;

word_enum!(
    /// Where a request stands. Whether it is decided is told by its rows.
    RequestState {
        Draft = "draft",
        Submitted = "submitted",
        Withdrawn = "withdrawn",
        Expired = "expired",
    }
);

word_enum!(
    /// The way it came in.
    Source {
        Upload = "upload",
        Paste = "paste",
        Grid = "grid",
        Mail = "mail",
    }
);

word_enum!(
    /// Where a row stands.
    RowState {
        Incomplete = "incomplete",
        InReview = "in_review",
        Approved = "approved",
        Returned = "returned",
        Denied = "denied",
        Withdrawn = "withdrawn",
    }
);

impl RowState {
    /// Whether the requester can send the row again.
    pub fn can_be_corrected(self) -> bool {
        matches!(self, Self::Incomplete | Self::Returned)
    }
}

word_enum!(
    /// What the checks say of a row, at a glance.
    Light {
        Green = "green",
        Amber = "amber",
        Red = "red",
    }
);

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact {
    pub name: String,
    pub phone: String,
    pub email: String,
}

/// A request as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = facility_requests)]
pub struct Request {
    pub id: RosterId,
    pub reference: String,
    pub account_id: AccountId,
    /// Whose account it is today: requests follow an account that is linked or unlinked.
    #[diesel(select_expression = accounts::person_id)]
    pub person_id: PersonId,
    pub contact_name: String,
    pub contact_phone: String,
    pub contact_email: String,
    pub source: Source,
    pub state: RequestState,
    pub opened_at: Timestamp,
    pub changed_at: Timestamp,
    pub submitted_at: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
    pub reminders: i64,
}

/// A row as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = request_rows)]
pub struct Row {
    pub id: RowId,
    pub request_id: RosterId,
    pub number: i64,
    pub state: RowState,
    /// What staff decide on; each correction makes the next one.
    pub version: i64,
    pub light: Light,
    pub contact_email: String,
    pub contact_phone: String,
    pub facility_name: String,
    pub facility_type: String,
    pub medicaid_id: String,
    pub npi: String,
    pub findings: String,
    pub reason: Option<String>,
    pub facility_id: Option<FacilityId>,
    pub decided_by: Option<AccountId>,
    pub decided_at: Option<Timestamp>,
}

impl Row {
    pub fn findings(&self) -> Vec<Finding> {
        serde_json::from_str(&self.findings).unwrap_or_default()
    }

    pub fn sheet_row(&self) -> SheetRow {
        let cells = [&self.contact_email, &self.contact_phone, &self.facility_name, &self.facility_type, &self.medicaid_id, &self.npi];
        SheetRow { number: self.number, cells: cells.map(Clone::clone) }
    }
}
