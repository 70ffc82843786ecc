//! The index is brought up to date: before somebody searches, and in the background.

use std::time::Duration;

use super::store;
use crate::app::App;
use crate::db::Fault;

/// Changes in one transaction: some ten milliseconds.
const CHUNK: i64 = 200;
/// What a search waits for at most, before it answers with what there is.
const AT_ONCE: usize = 3;

/// What was written before this was called can be found; where very much was, the newest of it. Where that fails, what there
/// is answers: a list that nobody searches needs no index.
pub async fn refresh(app: &App) {
    if let Err(fault) = catch_up(app).await {
        tracing::error!(%fault, "the search index is behind");
    }
}

async fn catch_up(app: &App) -> Result<(), Fault> {
    let now = app.clock.now();
    for _ in 0..AT_ONCE {
        if app.db.read(|tx| store::waiting(tx, 1)).await? == 0 {
            return Ok(());
        }
        app.db.write(move |tx| store::index(tx, now, CHUNK)).await?;
    }
    Ok(())
}

/// Keeps the index up to date, in each replica: they take turns.
pub async fn keep_up(app: App) {
    loop {
        match step(&app).await {
            Ok(true) => tokio::task::yield_now().await,
            Ok(false) => tokio::time::sleep(Duration::from_secs(2)).await,
            Err(fault) => {
                tracing::error!(%fault, "the search index is behind");
                tokio::time::sleep(Duration::from_secs(10)).await;
            }
        }
    }
}

/// One chunk; whether there may be more.
async fn step(app: &App) -> Result<bool, Fault> {
    if app.db.read(|tx| store::waiting(tx, 1)).await? == 0 {
        return Ok(false);
    }
    let now = app.clock.now();
    Ok(app.db.write(move |tx| store::index(tx, now, CHUNK)).await? > 0)
}
