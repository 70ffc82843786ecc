//! The running service: its listener and its workers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::app::App;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::db::{Fault, migrate};
use crate::mail::{self, Transport};
use crate::router::router;
use crate::secret::SystemRandom;
use crate::{audit, invitation, lifecycle, oidc, outbox, registration, roster};

/// A migrated database, opened with the real clock and real randomness.
pub async fn open(config: Config) -> Result<App, Fault> {
    let url = config.database.clone();
    let ran = tokio::task::spawn_blocking(move || migrate(&url)).await.map_err(|e| Fault::broken(e.to_string()))??;
    for name in ran {
        tracing::info!(name, "migrated");
    }
    App::open(config, Arc::new(SystemClock), Arc::new(SystemRandom)).await
}

/// Answers requests on `listener` and runs the workers, until the process is told to stop.
pub async fn run(app: App, listener: TcpListener) -> std::io::Result<()> {
    let transport = Transport::open(&app.config).map_err(|fault| std::io::Error::other(fault.to_string()))?;
    let workers = [
        tokio::spawn(mail::run(app.clone(), transport)),
        tokio::spawn(seal(app.clone())),
        tokio::spawn(tidy(app.clone())),
        tokio::spawn(oidc::watch_keys(app.clone())),
        tokio::spawn(oidc::logout::tell_applications(app.clone())),
    ];
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(told_to_stop()).await;
    for worker in workers {
        worker.abort();
    }
    served
}

/// Ctrl-C, or the SIGTERM of a service manager.
pub async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
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
    let expired = expired.into_iter().collect::<Result<Vec<_>, _>>().map(|_| ());
    let forgotten = app.db.write(move |tx| {
        oidc::forget_old_requests(tx, now)?;
        outbox::forget_notices(tx, now)?;
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
    expired.and(forgotten).and(renewed.await)
}
