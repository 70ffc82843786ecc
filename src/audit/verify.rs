//! Checks the whole chain and names the first broken link.

use super::seal::{digest, mac};
use super::store;
use crate::app::App;
use crate::db::Fault;
use crate::secret;

/// An unbroken chain.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    pub sealed: i64,
    /// Events of the last second, which the sealer has not reached yet.
    pub unsealed: i64,
    /// The digest of the newest event: keep it elsewhere, and a later truncation shows.
    pub checkpoint: String,
}

/// The first link that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Broken {
    pub sequence: i64,
    pub why: &'static str,
}

/// Walks the chain in pages, off the transaction of any writer.
pub async fn verify(app: &App) -> Result<Result<Verified, Broken>, Fault> {
    // The head first: a sealer that works meanwhile only adds after it.
    let (head, unsealed) = app.db.scan(|tx| Ok::<_, Fault>((store::head(tx)?, store::count_unsealed(tx)?))).await?;
    let (mut expected, mut previous) = (0, Vec::new());
    loop {
        let entries = app.db.scan(move |tx| store::export(tx, expected, 1_000)).await?;
        if entries.is_empty() || expected == head.0 {
            break;
        }
        for entry in entries {
            if expected == head.0 {
                break;
            }
            expected += 1;
            let broken = |why| Ok(Err(Broken { sequence: expected, why }));
            if entry.sequence != Some(expected) {
                return broken("an event is missing");
            }
            if entry.previous.as_deref() != Some(&previous) {
                return broken("the link to the event before does not hold");
            }
            let computed = digest(&entry, expected, &previous);
            if entry.digest.as_deref() != Some(&computed) {
                return broken("the event was changed after it was sealed");
            }
            if !entry.mac.is_some_and(|stored| secret::equal(&stored, &mac(&app.keyring, &computed))) {
                return broken("the event was not sealed by this service");
            }
            previous = computed;
        }
    }
    if head != (expected, previous.clone()) {
        return Ok(Err(Broken { sequence: expected + 1, why: "the newest events are missing" }));
    }
    Ok(Ok(Verified { sealed: expected, unsealed, checkpoint: secret::base64url(&previous) }))
}
