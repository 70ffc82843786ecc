//! The facility record.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::db::schema::facilities;
use crate::ids::FacilityId;

/// A facility that staff approved. Billing agents, MCOs and associations have one of their own, without the ids.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = facilities)]
pub struct Facility {
    pub id: FacilityId,
    pub name: String,
    pub facility_type: String,
    pub organization_type: String,
    pub medicaid_id: Option<String>,
    pub npi: Option<String>,
    pub valid_from: Timestamp,
    pub valid_until: Option<Timestamp>,
    pub approved_at: Timestamp,
}

impl Facility {
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.valid_from <= now && self.valid_until.is_none_or(|end| now < end)
    }
}
