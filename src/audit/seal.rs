//! The sealer: gives committed events their sequence, the digest of the one before, and a MAC.

use super::store::{self, Entry};
use crate::app::App;
use crate::db::{Fault, Tx};
use crate::keyring::{Keyring, Purpose};
use crate::secret::{self, Hash};

const BATCH: i64 = 200;

/// What a digest is made of: everything that was recorded, in one unambiguous form.
pub(super) fn digest(entry: &Entry, sequence: i64, previous: &[u8]) -> Vec<u8> {
    let fields = serde_json::json!([
        sequence,
        secret::base64url(previous),
        entry.id,
        entry.at,
        entry.action,
        entry.actor_kind,
        entry.actor_id,
        entry.account_id,
        entry.case_id,
        entry.request_id,
        entry.detail,
    ]);
    Hash::of(fields.to_string().as_bytes()).bytes().to_vec()
}

pub(super) fn mac(keyring: &Keyring, digest: &[u8]) -> Vec<u8> {
    secret::mac(&keyring.key(Purpose::Audit), &[digest])
}

/// Seals up to one batch; returns the actions of the events it sealed. Of several sealers at once, one moves the head.
pub fn seal(tx: &mut Tx, keyring: &Keyring) -> Result<Vec<String>, Fault> {
    let (from, mut previous) = store::head(tx)?;
    let entries = store::unsealed(tx, BATCH)?;
    let mut chain = Vec::with_capacity(entries.len());
    let mut sequence = from;
    for entry in &entries {
        sequence += 1;
        let digest = digest(entry, sequence, &previous);
        chain.push((entry.id, sequence, previous, digest.clone()));
        previous = digest;
    }
    if chain.is_empty() || !store::advance_head(tx, from, sequence, &previous)? {
        return Ok(Vec::new());
    }
    for (id, sequence, previous, digest) in &chain {
        if !store::place(tx, *id, *sequence, previous, digest, &mac(keyring, digest))? {
            return Err(Fault::Again("another sealer placed this event".into()));
        }
    }
    Ok(entries.into_iter().map(|entry| entry.action).collect())
}

/// Seals until nothing is left.
pub async fn seal_all(app: &App) -> Result<usize, Fault> {
    let mut total = 0;
    loop {
        let keyring = std::sync::Arc::clone(&app.keyring);
        let sealed = app.db.write(move |tx| seal(tx, &keyring)).await?;
        if sealed.is_empty() {
            return Ok(total);
        }
        total += sealed.len();
        // Counted where it is sealed: once, whatever replica recorded it, and only what was committed.
        for action in sealed {
            metrics::counter!("gatehouse_events_total", "action" => action).increment(1);
        }
    }
}
