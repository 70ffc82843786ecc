//! The profile's fields.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::db::schema::profiles;
use crate::ids::AccountId;

/// A complete profile, as it is submitted and as a version of a case keeps it. Absent values are empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stated {
    pub first_name: String,
    pub last_name: String,
    pub contact_email: String,
    pub contact_phone: String,
    pub organization_name: String,
    pub organization_type: String,
    pub medicaid_id: String,
    pub npi: String,
    /// "I have no NPI": an atypical provider's explicit choice.
    pub no_npi: bool,
    /// For whom a billing agent, MCO or association acts: text for the reviewer, which grants nothing.
    pub acts_for: String,
}

impl Stated {
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

/// A profile as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = profiles)]
pub struct Profile {
    pub account_id: AccountId,
    pub first_name: String,
    pub last_name: String,
    pub contact_email: String,
    pub contact_email_confirmed_at: Option<Timestamp>,
    pub contact_phone: String,
    pub organization_name: String,
    pub organization_type: String,
    pub medicaid_id: String,
    pub npi: String,
    pub no_npi: bool,
    pub acts_for: String,
    pub updated_at: Timestamp,
}

impl Profile {
    pub fn stated(&self) -> Stated {
        Stated {
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            contact_email: self.contact_email.clone(),
            contact_phone: self.contact_phone.clone(),
            organization_name: self.organization_name.clone(),
            organization_type: self.organization_type.clone(),
            medicaid_id: self.medicaid_id.clone(),
            npi: self.npi.clone(),
            no_npi: self.no_npi,
            acts_for: self.acts_for.clone(),
        }
    }
}
