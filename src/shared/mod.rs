//! What replicas share so that guessing is slowed and flooding is bounded: rate limits, and delays after failures.
//!
//! Counted in Redis where there is one, else in this process. Nothing in here may be lost with harm: what must never happen
//! twice, and the stop after a hundred failures, are decided in the database.

mod local;
mod redis;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use self::local::{LocalDelays, LocalLimits};
use crate::clock::Timestamp;
use crate::config::Limits as Configured;

pub use self::redis::Redis;

/// What is counted, each with its own limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Sign-in attempts from one network address.
    SignIn,
    /// Registrations from one network address.
    Register,
    /// Letters that one visitor or account asks for.
    Letter,
    /// Requests that are kept for a visitor who has to sign in first.
    Request,
}

/// How long to wait before another try is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait(pub Duration);

impl Wait {
    /// Whole seconds, rounded up: the value of `Retry-After`.
    pub fn seconds(self) -> u64 {
        self.0.as_secs() + u64::from(self.0.subsec_nanos() > 0)
    }
}

/// Bounds how often something may be asked for.
pub struct Limits {
    local: LocalLimits,
    redis: Option<Arc<Redis>>,
    configured: Configured,
}

impl Limits {
    pub fn new(configured: &Configured, redis: Option<Arc<Redis>>) -> Self {
        let positive = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let local = LocalLimits::per_minute(
            positive(configured.sign_ins_per_minute),
            positive(configured.registrations_per_minute),
            positive(configured.letters_per_minute),
        );
        Self { local, redis, configured: configured.clone() }
    }

    /// Counts one use of `key`, or says how long to wait.
    pub async fn take(&self, bucket: Bucket, key: &str) -> Result<(), Wait> {
        let named = format!("{bucket:?} {key}");
        if let Some(redis) = &self.redis
            && let Some(waits) = redis.take(&named, self.per_minute(bucket)).await
        {
            return waits;
        }
        self.local.take(bucket, &named)
    }

    fn per_minute(&self, bucket: Bucket) -> u32 {
        match bucket {
            Bucket::SignIn | Bucket::Request => self.configured.sign_ins_per_minute,
            Bucket::Register => self.configured.registrations_per_minute,
            Bucket::Letter => self.configured.letters_per_minute,
        }
    }

    pub fn tidy(&self) {
        self.local.tidy();
    }
}

/// Slows guessing down: after failures, a key has to wait ever longer, and is never refused for good.
pub struct Delays {
    local: LocalDelays,
    redis: Option<Arc<Redis>>,
    free: u32,
    longest: Duration,
}

impl Delays {
    pub fn new(configured: &Configured, redis: Option<Arc<Redis>>) -> Self {
        let (free, longest) = (configured.free_failures, Duration::from_secs(u64::from(configured.longest_delay_seconds)));
        Self { local: LocalDelays::new(free, longest), redis, free, longest }
    }

    pub async fn admit(&self, key: &str, now: Timestamp) -> Result<(), Wait> {
        if let Some(redis) = &self.redis
            && let Some(waits) = redis.admit(key, now).await
        {
            return waits;
        }
        self.local.admit(key, now)
    }

    pub async fn failed(&self, key: &str, now: Timestamp) {
        if let Some(redis) = &self.redis
            && redis.failed(key, now, self.free, self.longest).await.is_some()
        {
            return;
        }
        self.local.failed(key, now);
    }

    pub async fn succeeded(&self, key: &str) {
        if let Some(redis) = &self.redis {
            redis.succeeded(key).await;
        }
        self.local.succeeded(key);
    }

    pub fn tidy(&self, now: Timestamp) {
        self.local.tidy(now);
    }
}
