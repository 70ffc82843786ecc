//! Moments and lengths of time, as a person reads them: in the agency's time zone.

use std::time::Duration;

use super::Visitor;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::words::Words;

/// A moment as date and time with its zone: `Nov 26, 2026, 9:30 AM CST`.
pub fn local_time(visitor: &Visitor, moment: Timestamp) -> String {
    say_time(&visitor.app.config, moment)
}

/// The same for a letter, which has no visitor.
pub fn say_time(config: &Config, moment: Timestamp) -> String {
    moment.utc().with_timezone(&config.agency.zone()).format("%b %-d, %Y, %-I:%M %p %Z").to_string()
}

/// A day in the agency's zone, as a date field has it.
pub fn local_date(config: &Config, moment: Timestamp) -> String {
    moment.utc().with_timezone(&config.agency.zone()).format("%Y-%m-%d").to_string()
}

/// A length of time in its largest fitting unit.
pub fn length(w: &Words, length: Duration) -> String {
    let minutes = i64::try_from(length.as_secs() / 60).unwrap_or(i64::MAX);
    match minutes {
        0..120 => w.n("length-minutes", "minutes", minutes),
        120..2_880 => w.n("length-hours", "hours", minutes / 60),
        _ => w.n("length-days", "days", minutes / 1_440),
    }
}
