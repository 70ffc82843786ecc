//! `/metrics`, on a listener of its own: what an operator's alarms go by (`deploy/prometheus/`).
//!
//! Counters are kept where things happen; what waits is read from the database when somebody asks. Labels are few and fixed:
//! no name, address or identifier is one.

use std::time::Duration;

use ::metrics::gauge;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::app::App;
use crate::clock::Timestamp;
use crate::db::{Fault, Tx};
use crate::outbox::{self, Kind};
use crate::{audit, registration, roster};

/// Seconds: from a cached answer to a slow hash.
const BUCKETS: &[f64] = &[0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Counters are kept from now on, for the whole process. Fails where they are kept already.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let matcher = Matcher::Suffix("_duration_seconds".into());
    let handle = PrometheusBuilder::new().set_buckets_for_metric(matcher, BUCKETS)?.install_recorder()?;
    ::metrics::describe_counter!("gatehouse_http_requests_total", "Requests by route and status.");
    ::metrics::describe_histogram!("gatehouse_http_request_duration_seconds", "From a request to its answer, by route.");
    ::metrics::describe_counter!("gatehouse_events_total", "What was recorded in the audit, by action. Add up over replicas.");
    ::metrics::describe_counter!("gatehouse_tokens_total", "Answers of the token endpoint: issued, or the error.");
    ::metrics::describe_gauge!("gatehouse_up", "1 where the database answered this scrape.");
    ::metrics::describe_gauge!("gatehouse_redis_up", "1 where Redis answers, or none is configured.");
    ::metrics::describe_gauge!("gatehouse_queue_waiting", "Cases and requests that wait for staff.");
    ::metrics::describe_gauge!("gatehouse_queue_overdue", "Those of them past their clock.");
    ::metrics::describe_gauge!("gatehouse_queue_oldest_seconds", "How long the oldest of them waits.");
    ::metrics::describe_gauge!("gatehouse_outbox_waiting", "Letters and notices to deliver.");
    ::metrics::describe_gauge!("gatehouse_outbox_oldest_seconds", "How long the oldest of them waits.");
    ::metrics::describe_gauge!("gatehouse_outbox_dead", "Those that were given up within a day.");
    ::metrics::describe_gauge!("gatehouse_audit_unsealed", "Events that the sealer has not chained yet.");
    ::metrics::describe_gauge!("gatehouse_hash_queue", "Passwords that wait to be hashed.");
    ::metrics::describe_gauge!("gatehouse_database_connections", "Connections to PostgreSQL by state.");
    Ok(handle)
}

/// Folds what was noted, again and again: otherwise it would wait in memory for somebody to ask.
pub async fn keep_up(handle: PrometheusHandle) {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        handle.run_upkeep();
    }
}

/// The listener's one route.
pub fn router(app: App, handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(scrape)).with_state((app, handle))
}

/// `GET /metrics`
async fn scrape(State((app, handle)): State<(App, PrometheusHandle)>) -> Response {
    let now = app.clock.now();
    let read = app.db.scan(move |tx| Backlog::read(tx, now));
    let backlog = tokio::time::timeout(Duration::from_secs(5), read).await;
    let is_up = match backlog {
        Ok(Ok(backlog)) => {
            backlog.show(now);
            true
        }
        Ok(Err(fault)) => {
            tracing::error!(%fault, "the backlog could not be read");
            false
        }
        Err(_) => false,
    };
    set("gatehouse_up", i64::from(is_up));
    set("gatehouse_redis_up", i64::from(app.redis.as_ref().is_none_or(|redis| redis.answers())));
    set("gatehouse_hash_queue", i64::try_from(app.hasher.waiting()).unwrap_or(i64::MAX));
    if let Some((busy, all)) = app.db.connections() {
        gauge!("gatehouse_database_connections", "state" => "busy").set(busy);
        gauge!("gatehouse_database_connections", "state" => "idle").set(all.saturating_sub(busy));
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response()
}

fn set(name: &'static str, value: i64) {
    gauge!(name).set(as_number(value));
}

#[expect(clippy::cast_precision_loss, reason = "counts and seconds are far below what a double holds exactly")]
fn as_number(value: i64) -> f64 {
    value as f64
}

/// What waits, as the database has it.
struct Backlog {
    /// Waiting, overdue, and since when the oldest waits.
    queues: [(&'static str, (i64, i64, Option<Timestamp>)); 2],
    /// Waiting, since when, and dead.
    outbox: [(&'static str, (i64, Option<Timestamp>, i64)); 2],
    unsealed: i64,
}

impl Backlog {
    fn read(tx: &mut Tx, now: Timestamp) -> Result<Self, Fault> {
        Ok(Self {
            queues: [("cases", registration::backlog(tx, now)?), ("requests", roster::backlog(tx, now)?)],
            outbox: [("letters", outbox::backlog(tx, Kind::Letter, now)?), ("notices", outbox::backlog(tx, Kind::Logout, now)?)],
            unsealed: audit::count_unsealed(tx)?,
        })
    }

    fn show(&self, now: Timestamp) {
        let age = |since: Option<Timestamp>| since.map_or(0.0, |since| now.since(since).as_secs_f64());
        for (queue, (waiting, overdue, oldest)) in self.queues {
            gauge!("gatehouse_queue_waiting", "queue" => queue).set(as_number(waiting));
            gauge!("gatehouse_queue_overdue", "queue" => queue).set(as_number(overdue));
            gauge!("gatehouse_queue_oldest_seconds", "queue" => queue).set(age(oldest));
        }
        for (kind, (waiting, oldest, dead)) in self.outbox {
            gauge!("gatehouse_outbox_waiting", "kind" => kind).set(as_number(waiting));
            gauge!("gatehouse_outbox_oldest_seconds", "kind" => kind).set(age(oldest));
            gauge!("gatehouse_outbox_dead", "kind" => kind).set(as_number(dead));
        }
        set("gatehouse_audit_unsealed", self.unsealed);
    }
}
