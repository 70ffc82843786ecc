//! Limits and delays that several processes share, in Redis.
//!
//! Every answer is `None` where Redis does not give one in time: the caller counts for itself then. Whoever asks in the moment it
//! goes waits [`PATIENCE`] at most, nobody after that; [`Redis::watch`] finds out that it is back.

use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisResult, Script};

use super::Wait;
use super::local::FORGET_AFTER;
use crate::clock::Timestamp;
use crate::secret::{Hash, base64url};

/// A limit is no reason to let anybody wait longer than this.
const PATIENCE: Duration = Duration::from_millis(250);
const WATCH_EVERY: Duration = Duration::from_secs(1);

/// GCRA: a minute's allowance may be used at once, and comes back evenly. Gives the microseconds to wait, or 0.
const TAKE: &str = r"
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local each, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local next = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + each
if next - now > most then return next - now - most end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000))
return 0";

/// One more failure of a key: until when it waits now, in microseconds of the caller's clock.
const FAILED: &str = r"
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
local now, free, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local wait = 0
if failures > free then wait = math.min(2 ^ math.min(failures - free - 1, 20) * 1000000, longest) end
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', now + wait))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 0";

/// A connection that is made when it is first asked for something.
fn connect(client: &Client) -> RedisResult<ConnectionManager> {
    let config =
        ConnectionManagerConfig::new().set_response_timeout(Some(PATIENCE)).set_connection_timeout(Some(PATIENCE)).set_number_of_retries(0);
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}

/// The Redis of this service, and whether it answers.
pub struct Redis {
    client: Client,
    /// Made anew after every failure: one whose server vanished without a word would wait for it for a quarter of an hour.
    connection: RwLock<ConnectionManager>,
    answers: AtomicBool,
    /// Set before each key: another service may share this Redis.
    prefix: String,
    take: Script,
    failed: Script,
}

impl Redis {
    /// Nothing is sent yet: a Redis that is not there stops nothing from starting.
    pub fn open(url: &str, issuer: &str) -> RedisResult<Self> {
        let client = Client::open(url)?;
        Ok(Self {
            connection: RwLock::new(connect(&client)?),
            client,
            answers: AtomicBool::new(true),
            prefix: format!("gatehouse:{issuer}:"),
            take: Script::new(TAKE),
            failed: Script::new(FAILED),
        })
    }

    /// Whether it answered when it was last asked.
    pub fn answers(&self) -> bool {
        self.answers.load(Ordering::Relaxed)
    }

    fn connection(&self) -> ConnectionManager {
        self.connection.read().expect("no holder panics").clone()
    }

    /// Whether it does now what it is there for: one that answers and may not be written to is of no use.
    pub async fn ping(&self) -> bool {
        let mut call = self.take.key(self.key("limit", "probe"));
        call.arg(1).arg(60_000_000);
        let mut connection = self.connection();
        let works = matches!(tokio::time::timeout(PATIENCE, call.invoke_async::<u64>(&mut connection)).await, Ok(Ok(_)));
        if !works && let Ok(fresh) = connect(&self.client) {
            *self.connection.write().expect("no holder panics") = fresh;
        }
        works
    }

    /// Asks every second whether it is there, until the process ends.
    pub async fn watch(&self) {
        loop {
            let answers = self.ping().await;
            if self.answers.swap(answers, Ordering::Relaxed) != answers {
                match answers {
                    true => tracing::info!("Redis answers again: limits are shared"),
                    false => tracing::warn!("Redis does not answer: limits are counted in each process"),
                }
            }
            tokio::time::sleep(WATCH_EVERY).await;
        }
    }

    /// Names may be addresses and usernames: what is stored tells none of them.
    fn key(&self, kind: &str, name: &str) -> String {
        format!("{}{kind}:{}", self.prefix, base64url(&Hash::of(name.as_bytes()).bytes()[..16]))
    }

    async fn ask<T>(&self, question: impl Future<Output = RedisResult<T>>) -> Option<T> {
        if !self.answers() {
            return None;
        }
        match tokio::time::timeout(PATIENCE, question).await {
            Ok(Ok(answer)) => Some(answer),
            failed => {
                if self.answers.swap(false, Ordering::Relaxed) {
                    let why = failed
                        .map_or_else(|_| "it took too long".to_owned(), |answer| answer.err().map_or_else(String::new, |e| e.to_string()));
                    tracing::warn!(why, "Redis does not answer: limits are counted in each process");
                }
                None
            }
        }
    }

    /// Counts one use of `name`, or says how long to wait.
    pub(super) async fn take(&self, name: &str, per_minute: u32) -> Option<Result<(), Wait>> {
        const MINUTE: u64 = 60_000_000;
        let mut call = self.take.key(self.key("limit", name));
        call.arg(MINUTE / u64::from(per_minute.max(1))).arg(MINUTE);
        let wait: u64 = self.ask(call.invoke_async(&mut self.connection())).await?;
        Some(if wait == 0 { Ok(()) } else { Err(Wait(Duration::from_micros(wait))) })
    }

    pub(super) async fn admit(&self, name: &str, now: Timestamp) -> Option<Result<(), Wait>> {
        let mut until = redis::cmd("HGET");
        until.arg(self.key("delay", name)).arg("until");
        let until: Option<i64> = self.ask(until.query_async(&mut self.connection())).await?;
        let until = until.map(Timestamp::from_micros).filter(|until| *until > now);
        Some(until.map_or(Ok(()), |until| Err(Wait(until.since(now)))))
    }

    pub(super) async fn failed(&self, name: &str, now: Timestamp, free: u32, longest: Duration) -> Option<()> {
        let micros = |length: Duration| u64::try_from(length.as_micros()).unwrap_or(u64::MAX);
        let kept = u64::try_from((longest + FORGET_AFTER).as_millis()).unwrap_or(u64::MAX);
        let mut call = self.failed.key(self.key("delay", name));
        call.arg(now.micros()).arg(free).arg(micros(longest)).arg(kept);
        self.ask(call.invoke_async::<i64>(&mut self.connection())).await.map(|_| ())
    }

    pub(super) async fn succeeded(&self, name: &str) {
        let mut forget = redis::cmd("DEL");
        forget.arg(self.key("delay", name));
        let _: Option<i64> = self.ask(forget.query_async(&mut self.connection())).await;
    }
}
