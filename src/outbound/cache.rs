//! Answers that are kept, as long as HTTP allows (RFC 9111).

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use axum::http::{Request, Response, header};
use http_cache_semantics::{CacheOptions, CachePolicy};

use super::client::OutboundError;
use crate::clock::Timestamp;

/// No more answers than this are kept.
const MOST: usize = 1_000;
/// What says nothing about its age counts as fresh this long (RFC 9111 §4.2.2 leaves it to the cache).
const SAYS_NOTHING: Duration = Duration::from_secs(60);
/// However long an answer says it is good: a key that was withdrawn is gone by then.
const LONGEST: Duration = Duration::from_secs(3_600);

struct Kept {
    body: Bytes,
    fetched_at: Timestamp,
    fresh_until: Timestamp,
}

#[derive(Default)]
pub(super) struct Cache {
    kept: Mutex<HashMap<String, Kept>>,
    failed: Mutex<HashMap<String, (Timestamp, OutboundError)>>,
}

impl Cache {
    /// The answer of `url`, where it is fresh, or no older than `least`.
    pub fn fresh(&self, url: &str, least: Duration, now: Timestamp) -> Option<Bytes> {
        let kept = self.kept.lock().expect("no holder panics");
        kept.get(url).filter(|kept| now < kept.fresh_until.max(kept.fetched_at + least)).map(|kept| kept.body.clone())
    }

    /// Why `url` could not be had, where that was within `length`.
    pub fn failure(&self, url: &str, length: Duration, now: Timestamp) -> Option<OutboundError> {
        let failed = self.failed.lock().expect("no holder panics");
        failed.get(url).filter(|(at, _)| now < *at + length).map(|(_, error)| error.clone())
    }

    /// Remembers for a moment that `url` could not be had.
    pub fn fail(&self, url: &str, error: &OutboundError, now: Timestamp) {
        let mut failed = self.failed.lock().expect("no holder panics");
        if failed.len() >= MOST {
            failed.clear();
        }
        failed.insert(url.to_owned(), (now, error.clone()));
    }

    /// Whether `url` was fetched within `length`.
    pub fn was_fetched_within(&self, url: &str, length: Duration, now: Timestamp) -> bool {
        self.kept.lock().expect("no holder panics").get(url).is_some_and(|kept| now < kept.fetched_at + length)
    }

    /// Keeps an answer; one that may not be stored is kept as already stale, so that it is known when it was fetched.
    pub fn keep(&self, request: &Request<()>, response: &Response<Bytes>, now: Timestamp) {
        let mut kept = self.kept.lock().expect("no holder panics");
        if kept.len() >= MOST {
            kept.retain(|_, kept| now < kept.fresh_until);
        }
        if kept.len() >= MOST {
            kept.clear();
        }
        let fresh_until = now + freshness(request, response, now);
        kept.insert(request.uri().to_string(), Kept { body: response.body().clone(), fetched_at: now, fresh_until });
    }
}

fn freshness(request: &Request<()>, response: &Response<Bytes>, now: Timestamp) -> Duration {
    let at = SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(now.micros()).unwrap_or(0));
    let policy = CachePolicy::new_options(request, response, at, CacheOptions { shared: false, ..CacheOptions::default() });
    let says_nothing = [header::CACHE_CONTROL, header::EXPIRES, header::PRAGMA].iter().all(|name| !response.headers().contains_key(name));
    match (policy.is_storable(), says_nothing) {
        (_, true) => SAYS_NOTHING,
        (true, false) => policy.time_to_live(at).min(LONGEST),
        (false, false) => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept_for(headers: &[(&str, &str)]) -> Duration {
        let request = Request::get("https://rp.example/jwks").body(()).unwrap();
        let mut response = Response::builder();
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        freshness(&request, &response.body(Bytes::new()).unwrap(), Timestamp::from_seconds(1_772_550_000))
    }

    #[test]
    fn the_answer_says_how_long_it_is_kept() {
        assert_eq!(kept_for(&[]), SAYS_NOTHING);
        assert_eq!(kept_for(&[("cache-control", "max-age=300")]), Duration::from_secs(300));
        assert_eq!(kept_for(&[("cache-control", "public, max-age=300"), ("age", "100")]), Duration::from_secs(200));
        assert_eq!(kept_for(&[("cache-control", "no-store")]), Duration::ZERO);
        assert_eq!(kept_for(&[("cache-control", "no-cache, max-age=300")]), Duration::ZERO);
        assert_eq!(kept_for(&[("cache-control", "max-age=99999999")]), LONGEST);
    }
}
