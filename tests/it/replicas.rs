//! Several processes on one database and one Redis; and what happens when one of these is gone.

use std::time::Duration;

use gatehouse::shared::{Bucket, Redis};
use serde_json::json;

use crate::support::people::PASSWORD;
use crate::support::wire::Wire;
use crate::support::{RelyingParty, TestApp, http};

/// Where `./tests/run` started a Redis; without one these tests say so and pass, unless all were asked for.
fn redis() -> Option<String> {
    let server = std::env::var("GATEHOUSE_TEST_REDIS").ok();
    if server.is_none() {
        assert!(std::env::var("GATEHOUSE_TEST_ALL").is_err(), "./tests/run promised a Redis");
        eprintln!("skipped: set GATEHOUSE_TEST_REDIS (host:port), or use ./tests/run");
    }
    server
}

async fn with_redis(wire: &Wire, limits: &str) -> TestApp {
    let app = TestApp::configured(&format!("redis_url = \"redis://{}/0\"\n[limits]\n{limits}", wire.address)).await;
    let redis = app.app.redis.clone().unwrap();
    tokio::spawn(async move { redis.watch().await });
    app
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..100 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what} did not come true in ten seconds");
}

async fn ready(app: &TestApp) -> (u16, String) {
    let answer = http::get(&format!("{}/readyz", app.base), None).await;
    (answer.status.as_u16(), answer.body)
}

/// A limit is one, however many replicas there are; without Redis each counts for itself, nobody waits, and it heals.
#[tokio::test]
async fn limits_are_shared() {
    let Some(server) = redis() else { return };
    let wire = Wire::to(&server).await;
    let first = with_redis(&wire, "sign_ins_per_minute = 4\nregistrations_per_minute = 100\nletters_per_minute = 100").await;
    // Another replica: a process of its own with the same issuer.
    let second = {
        let url = format!("redis://{}/0", wire.address);
        let redis = std::sync::Arc::new(Redis::open(&url, first.app.config.issuer.as_str()).unwrap());
        gatehouse::shared::Limits::new(&first.app.config.limits, Some(redis))
    };
    for _ in 0..2 {
        assert!(first.app.limits.take(Bucket::SignIn, "a").await.is_ok());
        assert!(second.take(Bucket::SignIn, "a").await.is_ok());
    }
    let wait = first.app.limits.take(Bucket::SignIn, "a").await.unwrap_err();
    assert!(wait.0 > Duration::from_secs(1) && wait.0 <= Duration::from_secs(15), "{wait:?}");
    assert!(second.take(Bucket::SignIn, "a").await.is_err(), "they share what is left");
    assert!(second.take(Bucket::SignIn, "b").await.is_ok(), "each key by itself");
    assert!(second.take(Bucket::Register, "a").await.is_ok(), "each bucket by itself");
    assert_eq!(ready(&first).await, (200, "ready\n".into()));

    wire.cut();
    for n in 1..=5 {
        let took = tokio::time::timeout(Duration::from_secs(2), first.app.limits.take(Bucket::SignIn, "a")).await;
        assert_eq!(took.expect("nobody waits for it").is_ok(), n <= 4, "it counts for itself: {n}");
    }
    until("readyz says so", async || ready(&first).await == (200, "ready, without Redis: limits are counted in each process\n".into()))
        .await;

    wire.mend();
    until("it heals", async || ready(&first).await == (200, "ready\n".into())).await;
    assert!(first.app.limits.take(Bucket::SignIn, "a").await.is_err(), "what was shared is known again");
}

/// A Redis that vanishes without a word, as its machine does: nobody waits, and a new connection finds the one that is back.
#[tokio::test]
async fn a_silent_redis_is_left_alone() {
    let Some(server) = redis() else { return };
    let wire = Wire::to(&server).await;
    let app = with_redis(&wire, "sign_ins_per_minute = 100").await;
    assert!(app.app.limits.take(Bucket::SignIn, "a").await.is_ok());
    wire.hush();
    for _ in 0..50 {
        let took = tokio::time::timeout(Duration::from_secs(2), app.app.limits.take(Bucket::SignIn, "a")).await;
        assert!(took.expect("nobody waits for it").is_ok());
    }
    until("it is noticed", async || ready(&app).await.1.contains("without Redis")).await;
    wire.mend();
    until("it heals", async || ready(&app).await == (200, "ready\n".into())).await;
}

/// Guessing at one replica is slowed at every other.
#[tokio::test]
async fn delays_are_shared() {
    let Some(server) = redis() else { return };
    let wire = Wire::to(&server).await;
    let app =
        with_redis(&wire, "free_failures = 2\nsign_ins_per_minute = 1000\nregistrations_per_minute = 100\nletters_per_minute = 100").await;
    let url = format!("redis://{}/0", wire.address);
    let redis = std::sync::Arc::new(Redis::open(&url, app.app.config.issuer.as_str()).unwrap());
    let other = gatehouse::shared::Delays::new(&app.app.config.limits, Some(redis));
    let now = app.app.clock.now();
    for _ in 0..2 {
        app.app.delays.failed("k", now).await;
        assert!(other.admit("k", now).await.is_ok());
    }
    app.app.delays.failed("k", now).await;
    assert_eq!(other.admit("k", now).await.unwrap_err().0, Duration::from_secs(1));
    other.failed("k", now).await;
    assert_eq!(app.app.delays.admit("k", now).await.unwrap_err().0, Duration::from_secs(2));
    assert!(app.app.delays.admit("k", now + Duration::from_secs(2)).await.is_ok());
    other.succeeded("k").await;
    assert!(app.app.delays.admit("k", now).await.is_ok());
    // People and tokens do not need Redis.
    let rosa = app.reviewer().await;
    let ada = app.active(&rosa, "ada", 1).await;
    let rp = RelyingParty::register(&app, "rp").await;
    wire.cut();
    let tokens = rp.tokens(&ada, "openid").await;
    assert!(rp.is_active(tokens["access_token"].as_str().unwrap()).await);
    assert_eq!(app.sign_in(&app.browser(), "ada", PASSWORD).await.title(), "Portal home");
}

/// PostgreSQL is gone: a clear 503 that says when to come back, nothing half done, and it heals without a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_database_it_says_so() {
    let Some(url) = crate::support::app::new_postgres_database() else { return };
    let (server, database) = url.strip_prefix("postgres://gatehouse@").unwrap().split_once('/').unwrap();
    let wire = Wire::to(server).await;
    let app = TestApp::on(&format!("postgres://gatehouse@{}/{database}", wire.address)).await;
    let rosa = app.reviewer().await;
    let ada = app.active(&rosa, "ada", 1).await;
    let rp = RelyingParty::register(&app, "rp").await;
    let tokens = rp.tokens(&ada, "openid").await;
    let token = tokens["access_token"].as_str().unwrap();
    // Several connections lie in the pool when they break.
    assert_eq!(active_at_once(&rp, token, 8).await, 8);
    wire.cut();
    let answer = http::post_form(&format!("{}/oauth2/introspect", app.base), &[("token", token)], Some(&rp.basic())).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (503, &json!("temporarily_unavailable")), "{}", answer.body);
    assert_eq!(answer.header("retry-after"), "5");
    let page = ada.get("/profile").await;
    assert!(page.status == 503 && page.says("Back in a moment"), "{}", page.text());
    assert_eq!(ready(&app).await.0, 503);
    assert_eq!(http::get(&format!("{}/healthz", app.base), None).await.status, 200, "the process is alive");
    assert_eq!(http::get(&format!("{}/.well-known/openid-configuration", app.base), None).await.status, 200);
    wire.mend();
    until("it heals", async || ready(&app).await.0 == 200).await;
    // As many at once as there were connections when they broke: none of those is left to be found by anybody.
    assert_eq!(active_at_once(&rp, token, 16).await, 16);
}

/// Asks so many times at once; how often the token was active.
async fn active_at_once(rp: &RelyingParty, token: &str, times: usize) -> usize {
    let asked = (0..times).map(|_| {
        let (rp, token) = (rp.clone(), token.to_owned());
        tokio::spawn(async move { rp.is_active(&token).await })
    });
    let mut active = 0;
    for one in asked.collect::<Vec<_>>() {
        active += usize::from(one.await.unwrap());
    }
    active
}

/// A process that was told to stop says so, and answers what still comes.
#[tokio::test]
async fn a_process_that_stops_is_not_ready() {
    let app = TestApp::on_sqlite().await;
    assert_eq!(ready(&app).await.0, 200);
    app.app.begin_to_stop();
    assert_eq!(ready(&app).await, (503, "not ready: the process is stopping\n".into()));
    assert_eq!(app.browser().get("/sign-in").await.status, 200);
}

/// What the alarms go by: named by convention, without names of people.
#[tokio::test]
async fn metrics() {
    let app = TestApp::on_sqlite().await;
    let handle = gatehouse::telemetry::install().unwrap();
    let rosa = app.reviewer().await;
    let ada = app.active(&rosa, "ada", 1).await;
    app.apply("bob", 2).await;
    app.sign_in(&app.browser(), "ada", "not the password at all").await;
    let rp = RelyingParty::register(&app, "rp").await;
    let tokens = rp.tokens(&ada, "openid").await;
    rp.is_active(tokens["access_token"].as_str().unwrap()).await;
    rp.token(&[("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "x")]).await;
    gatehouse::audit::seal_all(&app.app).await.unwrap();
    app.advance(Duration::from_secs(40 * 86_400));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = format!("http://{}/metrics", listener.local_addr().unwrap());
    let router = gatehouse::telemetry::router(app.app.clone(), handle);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let text = http::get(&place, None).await.body;
    for line in [
        "gatehouse_up 1",
        "gatehouse_redis_up 1",
        "gatehouse_queue_waiting{queue=\"cases\"} 1",
        "gatehouse_queue_overdue{queue=\"cases\"} 1",
        "gatehouse_queue_waiting{queue=\"requests\"} 0",
        "gatehouse_audit_unsealed 0",
        "gatehouse_hash_queue 0",
        "gatehouse_events_total{action=\"case.approved\"} 1",
        "gatehouse_events_total{action=\"session.sign_in_failed\"} 1",
        "gatehouse_tokens_total{outcome=\"issued\"} 1",
        "gatehouse_tokens_total{outcome=\"invalid_grant\"} 1",
        "gatehouse_http_requests_total{route=\"/oauth2/introspect\",status=\"200\"} 1",
        "gatehouse_http_request_duration_seconds_bucket{route=\"/oauth2/introspect\",le=\"10\"} 1",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    for name in ["ada", "bob", "rosa", "provider.example", "127.0.0.1"] {
        assert!(!text.contains(name), "{name} in {text}");
    }
    // Every alarm goes by something that is there.
    let alerts = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/prometheus/alerts.yaml")).unwrap();
    let only_on_postgres = "gatehouse_database_connections";
    for word in alerts.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word.starts_with("gatehouse_")) {
        assert!(text.contains(word.trim_end_matches("_bucket")) || word == only_on_postgres, "{word} of an alert is no metric");
    }
}

/// A new key is shown before it signs, the old one after; what is old is followed by itself, once for all replicas.
#[tokio::test]
async fn signing_keys_follow_one_another() {
    let app = TestApp::on_sqlite().await;
    let ada = app.active(&app.reviewer().await, "ada", 1).await;
    let rp = RelyingParty::register(&app, "rp").await;
    let kid = async || {
        let tokens = rp.tokens(&ada, "openid").await;
        rp.verified(tokens["id_token"].as_str().unwrap()).await.0["kid"].clone()
    };
    let published = async || http::get(&format!("{}/oauth2/jwks", app.base), None).await.json()["keys"].as_array().unwrap().len();
    let (first, count) = (kid().await, published().await);
    gatehouse::oidc::rotate_old(&app.app).await.unwrap();
    assert_eq!(published().await, count, "they are young");
    app.advance(Duration::from_secs(91 * 86_400));
    let ada = app.browser();
    app.sign_in(&ada, "ada", PASSWORD).await;
    let kid = async || {
        let tokens = rp.tokens(&ada, "openid").await;
        rp.verified(tokens["id_token"].as_str().unwrap()).await.0["kid"].clone()
    };
    let (left, right) = tokio::join!(gatehouse::oidc::rotate_old(&app.app), gatehouse::oidc::rotate_old(&app.app));
    left.and(right).unwrap();
    assert_eq!(published().await, 2 * count, "one new key each");
    assert_eq!(kid().await, first, "it does not sign yet");
    app.advance(Duration::from_secs(86_400));
    let ada = app.browser();
    app.sign_in(&ada, "ada", PASSWORD).await;
    let tokens = rp.tokens(&ada, "openid").await;
    assert_ne!(rp.verified(tokens["id_token"].as_str().unwrap()).await.0["kid"], first);
    assert_eq!(published().await, 2 * count, "what the old one signed still verifies");
    app.advance(Duration::from_secs(31 * 86_400));
    gatehouse::oidc::rotate_old(&app.app).await.unwrap();
    assert_eq!(published().await, count, "nothing it signed is still good");
}

/// In a rolling upgrade a later version may have made a key for something this version does not do: it is left alone.
#[tokio::test]
async fn a_key_of_a_later_version_is_left_alone() {
    use diesel::connection::SimpleConnection;
    let app = TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    app.active(&rosa, "ada", 1).await;
    let later = "INSERT INTO data_keys SELECT zeroblob(16), 'of_a_later_version', 1, wrapped, wrapper, created_at FROM data_keys LIMIT 1";
    app.app.db.write(move |tx| Ok::<_, gatehouse::db::Fault>(tx.batch_execute(later)?)).await.unwrap();
    gatehouse::service::tidy_once(&app.app).await.unwrap();
    assert!(app.sign_in(&app.browser(), "ada", PASSWORD).await.says("You act for"));
}
