//! Moments and lengths of time, as a person reads them: in the agency's time zone and the reader's language.

use std::time::Duration;

use chrono::{Datelike, Timelike};

use super::Visitor;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::words::Words;

/// A moment as date and time with its zone: `Nov 26, 2026, 9:30 AM CST` in English.
pub fn local_time(visitor: &Visitor, moment: Timestamp) -> String {
    say_time(&visitor.app.config, &visitor.words, moment)
}

/// The same for a letter, which has a reader's language but no visitor.
pub fn say_time(config: &Config, words: &Words, moment: Timestamp) -> String {
    let local = moment.utc().with_timezone(&config.agency.zone());
    let (afternoon, hour12) = local.hour12();
    let parts = [
        ("month", words.t(&format!("month-{}", local.month()))),
        ("day", local.day().to_string()),
        ("year", local.year().to_string()),
        ("hour12", hour12.to_string()),
        ("hour24", format!("{:02}", local.hour())),
        ("minute", format!("{:02}", local.minute())),
        ("half", words.t(if afternoon { "time-pm" } else { "time-am" })),
        ("zone", local.format("%Z").to_string()),
    ];
    words.texts("moment", &parts.each_ref().map(|(name, text)| (*name, text.as_str())))
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
