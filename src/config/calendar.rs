//! The clock that decisions run against: calendar hours, or the agency's working days with its holidays.

use std::time::Duration;

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;
use serde::Deserialize;

use crate::clock::Timestamp;

/// Which hours count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hours {
    Calendar,
    Business,
}

/// Clock and time limits of cases, requests and invitations.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Clock {
    /// Staff decide within this many hours of the submission; the clock pauses while a case is returned.
    pub decide_within_hours: u32,
    pub hours: Hours,
    /// Business hours: when a working day opens and closes, in the agency's zone. `24:00` is the end of the day.
    pub opens: String,
    pub closes: String,
    /// Working days by their English short names.
    pub working_days: Vec<String>,
    /// Days that do not count, as `2026-12-25`.
    pub holidays: Vec<NaiveDate>,
    pub unconfirmed_expire_days: u32,
    pub draft_expire_days: u32,
    pub returned_expire_days: u32,
    /// How many days before a draft or returned case expires its holder is reminded.
    pub reminder_days: Vec<u32>,
    pub invitation_days: u32,
    pub invitation_reminder_days: Vec<u32>,
    /// The local hour at which staff get their digest on working days; none where it is not sent.
    pub digest_hour: Option<u32>,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            decide_within_hours: 48,
            hours: Hours::Calendar,
            opens: "00:00".into(),
            closes: "24:00".into(),
            working_days: ["Mon", "Tue", "Wed", "Thu", "Fri"].map(String::from).to_vec(),
            holidays: Vec::new(),
            unconfirmed_expire_days: 7,
            draft_expire_days: 30,
            returned_expire_days: 30,
            reminder_days: vec![7, 1],
            invitation_days: 14,
            invitation_reminder_days: vec![3, 1],
            digest_hour: Some(8),
        }
    }
}

/// No clock runs longer than this many days, whatever the holidays say.
const LONGEST_DAYS: u32 = 3_660;

impl Clock {
    /// What is wrong with these values, in the operator's words.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, text) in [("opens", &self.opens), ("closes", &self.closes)] {
            if minutes(text).is_none() {
                problems.push(format!("clock.{name} {text:?} is no time of day, like 08:30"));
            }
        }
        if matches!((minutes(&self.opens), minutes(&self.closes)), (Some(opens), Some(closes)) if opens >= closes) {
            problems.push("clock.opens must be before clock.closes".into());
        }
        if self.working_days.is_empty() || self.working_days.iter().any(|day| day.parse::<chrono::Weekday>().is_err()) {
            problems.push("clock.working_days needs at least one of Mon Tue Wed Thu Fri Sat Sun".into());
        }
        if self.digest_hour.is_some_and(|hour| hour > 23) {
            problems.push("clock.digest_hour must be 0 to 23".into());
        }
        if self.decide_within_hours == 0 || self.invitation_days == 0 || self.draft_expire_days == 0 || self.returned_expire_days == 0 {
            problems.push("clock: a limit of 0 would end everything at once".into());
        }
        problems
    }

    /// The whole clock of a decision.
    pub fn whole(&self) -> Duration {
        Duration::from_secs(3_600 * u64::from(self.decide_within_hours))
    }

    /// The moment at which `length` of counted time has passed since `from`.
    pub fn after(&self, zone: Tz, from: Timestamp, length: Duration) -> Timestamp {
        if self.hours == Hours::Calendar {
            return from + length;
        }
        let mut left = length;
        for (opens, closes) in self.spans(zone, from) {
            let start = opens.max(from);
            let open = closes.since(start);
            if left <= open {
                return start + left;
            }
            left -= open;
        }
        from + length
    }

    /// The counted time between two moments, in microseconds; negative where `until` lies before `from`.
    pub fn between(&self, zone: Tz, from: Timestamp, until: Timestamp) -> i64 {
        if self.hours == Hours::Calendar {
            return until.micros() - from.micros();
        }
        if until < from {
            return -self.between(zone, until, from);
        }
        let spans = self.spans(zone, from).take_while(|(opens, _)| *opens < until);
        spans.map(|(opens, closes)| closes.min(until).since(opens.max(from)).as_micros()).sum::<u128>().try_into().unwrap_or(i64::MAX)
    }

    /// Whether a local day counts.
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        let named = |name: &String| name.parse::<chrono::Weekday>() == Ok(day.weekday());
        self.working_days.iter().any(named) && !self.holidays.contains(&day)
    }

    /// Opening and closing of each working day from the day of `from` on, those that are over left out.
    fn spans(&self, zone: Tz, from: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let first = from.utc().with_timezone(&zone).date_naive();
        let (opens, closes) = (minutes(&self.opens).unwrap_or(0), minutes(&self.closes).unwrap_or(24 * 60));
        (0..LONGEST_DAYS)
            .filter_map(move |n| first.checked_add_days(Days::new(u64::from(n))))
            .filter(|day| self.is_working_day(*day))
            .filter_map(move |day| Some((moment(zone, day, opens)?, moment(zone, day, closes)?)))
            .filter(move |(_, closes)| *closes > from)
    }
}

/// Minutes since midnight of `08:30`; `24:00` is the end of the day.
fn minutes(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (minutes < 60 && hours * 60 + minutes <= 24 * 60).then_some(hours * 60 + minutes)
}

/// A local time of day as a moment. Where the clocks jump over it, the first moment after.
fn moment(zone: Tz, day: NaiveDate, minutes: u32) -> Option<Timestamp> {
    let day = day.checked_add_days(Days::new(u64::from(minutes / (24 * 60))))?;
    let minutes = minutes % (24 * 60);
    let found = (0..4).find_map(|later| {
        let time = NaiveTime::from_hms_opt((minutes / 60 + later) % 24, minutes % 60, 0)?;
        zone.from_local_datetime(&day.and_time(time)).earliest()
    })?;
    Some(Timestamp::from_seconds(found.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CHICAGO: Tz = chrono_tz::America::Chicago;
    const HOUR: Duration = Duration::from_secs(3_600);

    fn at(text: &str) -> Timestamp {
        let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        Timestamp::from_seconds(CHICAGO.from_local_datetime(&local).earliest().unwrap().timestamp())
    }

    fn business(opens: &str, closes: &str, holidays: &[&str]) -> Clock {
        let holidays = holidays.iter().map(|day| day.parse().unwrap()).collect();
        Clock { hours: Hours::Business, opens: opens.into(), closes: closes.into(), holidays, ..Clock::default() }
    }

    #[test]
    fn calendar_hours_run_through() {
        assert_eq!(Clock::default().after(CHICAGO, at("2026-03-06 15:00"), HOUR * 48), at("2026-03-06 15:00") + HOUR * 48);
    }

    #[test]
    fn working_days_leave_out_weekends_and_holidays() {
        // Friday 15:00 and two whole working days: Tuesday 15:00, and Wednesday where Monday is a holiday.
        assert_eq!(business("00:00", "24:00", &[]).after(CHICAGO, at("2026-03-20 15:00"), HOUR * 48), at("2026-03-24 15:00"));
        let holiday = business("00:00", "24:00", &["2026-03-23"]);
        assert_eq!(holiday.after(CHICAGO, at("2026-03-20 15:00"), HOUR * 48), at("2026-03-25 15:00"));
        // Handed in on Saturday: it begins on Monday.
        assert_eq!(business("08:30", "17:00", &[]).after(CHICAGO, at("2026-03-21 12:00"), HOUR * 8), at("2026-03-23 16:30"));
    }

    #[test]
    fn a_day_of_23_hours_is_one_of_23_hours() {
        // Sunday 8 March 2026 has 23 hours in Chicago, and it counts here.
        let clock = Clock { working_days: vec!["Sun".into(), "Mon".into()], ..business("00:00", "24:00", &[]) };
        assert_eq!(clock.after(CHICAGO, at("2026-03-08 00:00"), HOUR * 24), at("2026-03-09 01:00"));
    }

    #[test]
    fn what_the_operator_wrote_wrong_is_said() {
        let clock = Clock { opens: "25:00".into(), working_days: vec!["Someday".into()], ..Clock::default() };
        assert_eq!(clock.problems().len(), 2, "{:?}", clock.problems());
        assert!(Clock::default().problems().is_empty());
        assert_eq!(business("17:00", "08:00", &[]).problems().len(), 1);
    }

    proptest! {
        #[test]
        fn after_and_between_agree(start in 1_770_000_000_i64..1_800_000_000, minutes in 0_u64..20_000) {
            let clock = business("08:30", "17:00", &["2026-05-25", "2026-07-03", "2026-12-25"]);
            let (from, length) = (Timestamp::from_seconds(start), Duration::from_secs(60 * minutes));
            let until = clock.after(CHICAGO, from, length);
            prop_assert_eq!(clock.between(CHICAGO, from, until), i64::try_from(length.as_micros()).unwrap());
            prop_assert_eq!(clock.between(CHICAGO, until, from), -i64::try_from(length.as_micros()).unwrap());
        }
    }
}
