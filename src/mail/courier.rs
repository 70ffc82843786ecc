//! The worker that empties the outbox.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Answer, Transport, render};
use crate::app::App;
use crate::db::Fault;
use crate::ids::RowId;
use crate::outbox::{self, Kind};

const ROUND: i64 = 20;

/// Delivers what is due, round after round, until the process is over. What it began it finishes.
pub async fn run(app: App, transport: Transport) {
    while !app.is_over() {
        match deliver_due(&app, &transport).await {
            Ok(0) => tokio::time::sleep(Duration::from_millis(200)).await,
            Ok(_) => {}
            Err(fault) => {
                tracing::error!(%fault, "the courier could not read the outbox");
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        }
    }
}

/// One round: returns how many letters were looked at. No transaction is held while a mail server answers.
pub async fn deliver_due(app: &App, transport: &Transport) -> Result<usize, Fault> {
    let now = app.clock.now();
    let due = app.db.read(move |tx| outbox::due(tx, Kind::Letter, None, now, ROUND)).await?;
    let count = due.len();
    for id in due {
        if !app.is_over() {
            deliver(app, transport, id).await?;
        }
    }
    Ok(count)
}

#[tracing::instrument(level = "debug", name = "deliver a letter", skip_all)]
async fn deliver(app: &App, transport: &Transport, id: RowId) -> Result<(), Fault> {
    let ctx = app.system_context("courier");
    let leased = {
        let ctx = ctx.clone();
        app.db.write(move |tx| outbox::lease(tx, &ctx, id)).await?
    };
    let Some(row) = leased else { return Ok(()) };
    let Some(kind) = row.letter else { return Err(Fault::broken("a letter of no kind is in the outbox")) };
    let parameters: BTreeMap<String, String> = serde_json::from_str(&row.parameters).unwrap_or_default();
    let words = app.catalogue.choose(&row.language);
    let secrets = row.secrets(&app.keyring);
    let answer = if row.sealed_secret.is_some() && secrets.is_none() {
        // A letter without its link would be worse than a late one.
        Answer::Later("its code does not open: the key that sealed it is missing".into())
    } else {
        let letter = render(&words, &app.config, kind, &parameters, secrets.as_ref());
        transport.send(row.id, &row.recipient, &letter).await
    };
    app.db
        .write(move |tx| match &answer {
            Answer::Accepted(answer) => outbox::accepted(tx, &ctx, row.id, answer),
            Answer::Later(answer) => outbox::refused(tx, &ctx, &row, answer, false),
            Answer::Never(answer) => outbox::refused(tx, &ctx, &row, answer, true),
        })
        .await
}
