//! The running service: its listener and its workers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::db::{Db, Fault, migrate};
use crate::mail::{self, Transport};
use crate::router::router;
use crate::secret::SystemRandom;
use crate::{audit, invitation, keyring, lifecycle, oidc, outbox, records, registration, revocation, roster, search, telemetry};

/// Longer than any answer may take (`router`).
const LONGEST_ANSWER: Duration = Duration::from_secs(31);

/// A migrated database, opened with the real clock and real randomness.
pub async fn open(config: Config) -> Result<App, Fault> {
    let url = config.database.clone();
    let ran = tokio::task::spawn_blocking(move || migrate(&url)).await.map_err(|e| Fault::broken(e.to_string()))??;
    for name in ran {
        tracing::info!(name, "migrated");
    }
    App::open(config, Arc::new(SystemClock), Arc::new(SystemRandom)).await
}

/// Why a database is not opened as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotYet {
    /// Its tables are missing, or of an older version.
    Behind,
    /// It has no keys: no service ever ran on it.
    Unused,
}

/// A database that a service of this version ran on, opened as it is: nothing is brought up to date, no key is made.
pub async fn open_as_it_is(config: Config) -> Result<Result<App, NotYet>, Fault> {
    let url = config.database.clone();
    let behind = tokio::task::spawn_blocking(move || crate::db::is_behind(&url)).await.map_err(|e| Fault::broken(e.to_string()))??;
    if behind {
        return Ok(Err(NotYet::Behind));
    }
    if !Db::open(&config.database)?.read(keyring::has_keys).await? {
        return Ok(Err(NotYet::Unused));
    }
    App::open(config, Arc::new(SystemClock), Arc::new(SystemRandom)).await.map(Ok)
}

/// Answers requests on `listener` and runs the workers, until the process is told to stop.
pub async fn run(app: App, listener: TcpListener) -> std::io::Result<()> {
    let transport = Transport::open(&app.config).map_err(|fault| std::io::Error::other(fault.to_string()))?;
    // They hand something to somebody else, and are not stopped in the middle of it.
    let couriers = [tokio::spawn(mail::run(app.clone(), transport)), tokio::spawn(oidc::logout::tell_applications(app.clone()))];
    let mut workers = vec![
        tokio::spawn(seal(app.clone())),
        tokio::spawn(tidy(app.clone())),
        tokio::spawn(oidc::watch_keys(app.clone())),
        tokio::spawn(search::keep_up(app.clone())),
    ];
    match app.redis.clone() {
        Some(redis) => workers.push(tokio::spawn(async move { redis.watch().await })),
        None => tracing::info!("no Redis is configured: limits are counted in this process alone"),
    }
    if let Some(address) = app.config.metrics_listen {
        let listener = TcpListener::bind(address).await?;
        let handle = telemetry::install().map_err(std::io::Error::other)?;
        workers.push(tokio::spawn(telemetry::keep_up(handle.clone())));
        let metrics = telemetry::router(app.clone(), handle);
        workers.push(tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, metrics).await {
                tracing::error!(%error, "metrics are not answered any more");
            }
        }));
    }
    let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let (stop, mut stopping) = watch::channel(false);
    let is_stopping = async move {
        let _ = stopping.wait_for(|told| *told).await;
    };
    let serving = axum::serve(listener, service).with_graceful_shutdown(is_stopping);
    let told = async {
        told_to_stop(&app).await;
        let _ = stop.send(true);
        // What is being answered is answered to its end, but a connection that never ends stops nothing.
        tokio::time::sleep(LONGEST_ANSWER).await;
    };
    let served = tokio::select! {
        served = serving.into_future() => served,
        () = told => Ok(()),
    };
    app.end();
    let mut couriers = couriers;
    let finished = async {
        for courier in &mut couriers {
            let _ = courier.await;
        }
    };
    if tokio::time::timeout(LONGEST_ANSWER, finished).await.is_err() {
        couriers.iter().for_each(JoinHandle::abort);
    }
    for worker in workers {
        worker.abort();
    }
    served
}

/// Told to stop, and drained: for a while it was not ready and still answered, so that nobody is sent here any more.
async fn told_to_stop(app: &App) {
    if asked_to_stop().await == Asked::ByTheServiceManager {
        app.begin_to_stop();
        tracing::info!(seconds = app.config.drain.as_secs(), "draining");
        tokio::time::sleep(app.config.drain).await;
    }
    tracing::info!("stopping");
}

/// Who asked the process to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Ctrl-C.
    AtTheKeyboard,
    /// SIGTERM.
    ByTheServiceManager,
}

/// Waits for Ctrl-C or SIGTERM.
pub async fn asked_to_stop() -> Asked {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => Asked::AtTheKeyboard,
        _ = terminate.recv() => Asked::ByTheServiceManager,
    }
}

/// Seals the audit within a second of each event.
async fn seal(app: App) {
    loop {
        if let Err(fault) = audit::seal_all(&app).await {
            tracing::error!(%fault, "the audit could not be sealed");
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// What time alone ends: unconfirmed registrations, requests nobody came back to, memory nobody uses.
async fn tidy(app: App) {
    loop {
        if let Err(fault) = tidy_once(&app).await {
            tracing::error!(%fault, "tidying failed");
        }
        tokio::time::sleep(Duration::from_secs(30)).await;
    }
}

/// One round of it: memory first, and one step that fails stops no other. Gives the first fault there was.
pub async fn tidy_once(app: &App) -> Result<(), Fault> {
    let now = app.clock.now();
    app.hasher.tidy();
    app.limits.tidy();
    app.delays.tidy(now);
    let expired = [
        registration::expire_unconfirmed(app).await,
        registration::expire_idle(app).await,
        registration::remind_idle(app).await,
        invitation::remind_due(app).await,
        invitation::expire_due(app).await,
        roster::remind_due(app).await,
        roster::expire_due(app).await,
        lifecycle::alarm_overdue(app).await,
        lifecycle::send_digest(app).await,
        lifecycle::tell_endings(app).await,
    ];
    let expired = expired.into_iter().collect::<Result<Vec<_>, _>>().map(|_| ()).and(records::erase_due(app).await);
    let forgotten = app.db.write(move |tx| {
        oidc::forget_old_requests(tx, now)?;
        outbox::forget_notices(tx, now)?;
        revocation::forget(tx, now)?;
        oidc::forget_replays(tx, now)?;
        oidc::registration::forget_initial_tokens(tx, now)?;
        oidc::forget_revoked_tokens(tx, now).map(|_| ())
    });
    let forgotten = forgotten.await;
    let (keyring, random) = (Arc::clone(&app.keyring), Arc::clone(&app.random));
    let renewed = app.db.write(move |tx| {
        keyring.renew_access_token_key(tx, &*random, now)?;
        keyring.reload(tx, now)
    });
    expired.and(forgotten).and(renewed.await).and(oidc::rotate_old(app).await)
}
