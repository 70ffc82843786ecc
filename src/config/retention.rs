//! How long what is kept of people is kept.

use std::time::Duration;

use serde::Deserialize;

use crate::clock::Timestamp;

/// By which rule closed accounts are erased.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// The approved records schedule by which closed accounts are erased; while it is empty, none is.
    pub schedule: String,
    /// Years from the closing of an account.
    pub years: u32,
    /// Days from the closing of a registration whose address was never confirmed, which is no record; 0: never.
    pub unconfirmed_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { schedule: String::new(), years: 10, unconfirmed_days: 30 }
    }
}

impl Retention {
    /// What was closed before this moment is over; none while no schedule says so.
    pub fn records_before(&self, now: Timestamp) -> Option<Timestamp> {
        // A year of 366 days never ends early.
        (!self.schedule.trim().is_empty()).then(|| now - Duration::from_secs(u64::from(self.years) * 366 * 86_400))
    }

    pub fn unconfirmed_before(&self, now: Timestamp) -> Option<Timestamp> {
        (self.unconfirmed_days > 0).then(|| now - Duration::from_secs(u64::from(self.unconfirmed_days) * 86_400))
    }
}
