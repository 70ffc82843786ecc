//! What the checks have to know besides the file, read in a few queries for all rows.

use std::collections::HashSet;

use super::check::{Facts, identifiers_of};
use super::sheet::SheetRow;
use super::store;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::db::{Fault, Tx};
use crate::facility::directory;
use crate::ids::{PersonId, RosterId};
use crate::web::local_date;

/// Everything known about the identifiers of `rows`, as `person` asks; rows of the request `own` itself are no duplicates.
pub fn facts(
    tx: &mut Tx,
    config: &Config,
    now: Timestamp,
    rows: &[SheetRow],
    person: PersonId,
    requester_email: &str,
    own: Option<RosterId>,
) -> Result<Facts, Fault> {
    let (medicaid_ids, npis) = identifiers_of(rows);
    let mut facts = Facts {
        directory: directory::known(tx, &medicaid_ids, &npis)?,
        today: local_date(config, now),
        requester_email: requester_email.to_owned(),
        ..Facts::default()
    };
    for some in medicaid_ids.chunks(400) {
        for (medicaid_id, holder) in store::holders(tx, some)? {
            if holder == person {
                facts.own.insert(medicaid_id)
            } else {
                facts.held_by_others.insert(medicaid_id)
            };
        }
        facts.own.extend(store::invited(tx, some, person)?);
        for (medicaid_id, asker) in store::pending(tx, some, own)? {
            if asker == person {
                facts.pending_own.insert(medicaid_id)
            } else {
                facts.pending_elsewhere.insert(medicaid_id)
            };
        }
    }
    Ok(facts)
}

/// Of these identifiers, those for which an earlier row was denied.
pub(super) fn denied_before(tx: &mut Tx, medicaid_ids: &[String]) -> Result<HashSet<String>, Fault> {
    let mut denied = HashSet::new();
    for some in medicaid_ids.chunks(400) {
        denied.extend(store::denied(tx, some)?);
    }
    Ok(denied)
}
