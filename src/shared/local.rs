//! Limits and delays of one process: what counts where there is no Redis, or none that answers.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::{Bucket, Wait};
use crate::clock::Timestamp;

/// The rate limits of one process.
pub struct LocalLimits {
    sign_in: DefaultKeyedRateLimiter<String>,
    register: DefaultKeyedRateLimiter<String>,
    letter: DefaultKeyedRateLimiter<String>,
}

impl LocalLimits {
    /// Limits per minute, for each bucket.
    pub fn per_minute(sign_in: NonZeroU32, register: NonZeroU32, letter: NonZeroU32) -> Self {
        let limiter = |n| RateLimiter::keyed(Quota::per_minute(n));
        Self { sign_in: limiter(sign_in), register: limiter(register), letter: limiter(letter) }
    }

    /// Counts one use of `key`, or says how long to wait.
    pub fn take(&self, bucket: Bucket, key: &str) -> Result<(), Wait> {
        let limiter = match bucket {
            Bucket::SignIn | Bucket::Request => &self.sign_in,
            Bucket::Register => &self.register,
            Bucket::Letter => &self.letter,
        };
        limiter.check_key(&key.to_owned()).map_err(|until| {
            use governor::clock::Clock;
            Wait(until.wait_time_from(governor::clock::DefaultClock::default().now()))
        })
    }

    /// Forgets keys that are at rest, so that memory does not grow with every address ever seen.
    pub fn tidy(&self) {
        for limiter in [&self.sign_in, &self.register, &self.letter] {
            limiter.retain_recent();
        }
    }
}

/// A day without a failure, and a key starts anew.
pub(super) const FORGET_AFTER: Duration = Duration::from_secs(86_400);

/// The delays of one process: the first failures are free, then 1 s, 2 s, 4 s … up to the longest.
pub struct LocalDelays {
    free: u32,
    longest: Duration,
    keys: Mutex<HashMap<String, (u32, Timestamp)>>,
}

impl LocalDelays {
    pub fn new(free: u32, longest: Duration) -> Self {
        Self { free, longest, keys: Mutex::new(HashMap::new()) }
    }

    /// The wait after `failures` failures in a row.
    fn wait_after(&self, failures: u32) -> Duration {
        match failures.checked_sub(self.free) {
            None | Some(0) => Duration::ZERO,
            Some(over) => Duration::from_secs(1 << (over - 1).min(20)).min(self.longest),
        }
    }

    pub fn admit(&self, key: &str, now: Timestamp) -> Result<(), Wait> {
        let keys = self.keys.lock().expect("no holder panics");
        match keys.get(key) {
            Some((_, until)) if *until > now => Err(Wait(until.since(now))),
            _ => Ok(()),
        }
    }

    pub fn failed(&self, key: &str, now: Timestamp) {
        let mut keys = self.keys.lock().expect("no holder panics");
        let failures = keys.get(key).map_or(0, |(failures, _)| *failures) + 1;
        keys.insert(key.to_owned(), (failures, now + self.wait_after(failures)));
    }

    pub fn succeeded(&self, key: &str) {
        self.keys.lock().expect("no holder panics").remove(key);
    }

    /// Forgets keys whose last failure is long over.
    pub fn tidy(&self, now: Timestamp) {
        self.keys.lock().expect("no holder panics").retain(|_, (_, until)| *until + self.longest + FORGET_AFTER > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_and_end_with_success() {
        let delays = LocalDelays::new(2, Duration::from_secs(60));
        let mut now = Timestamp::from_seconds(1_000);
        for _ in 0..2 {
            delays.failed("k", now);
            assert!(delays.admit("k", now).is_ok());
        }
        delays.failed("k", now);
        assert_eq!(delays.admit("k", now), Err(Wait(Duration::from_secs(1))));
        now = now + Duration::from_secs(1);
        assert!(delays.admit("k", now).is_ok());
        for _ in 0..40 {
            delays.failed("k", now);
        }
        assert_eq!(delays.admit("k", now), Err(Wait(Duration::from_secs(60))));
        delays.succeeded("k");
        assert!(delays.admit("k", now).is_ok());
    }

    #[test]
    fn limits_hold_for_each_key_by_itself() {
        let two = NonZeroU32::new(2).unwrap();
        let limits = LocalLimits::per_minute(two, two, two);
        assert!(limits.take(Bucket::SignIn, "a").is_ok());
        assert!(limits.take(Bucket::SignIn, "a").is_ok());
        assert!(limits.take(Bucket::SignIn, "a").is_err());
        assert!(limits.take(Bucket::SignIn, "b").is_ok());
        assert!(limits.take(Bucket::Register, "a").is_ok());
    }
}
