//! The tables of the directory.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::ending::{Ending, EndingState};
use super::{Imported, NpiEntry, ProviderEntry};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::schema::{directory_imports, directory_npis, directory_providers, facilities, facility_endings};
use crate::db::{AnyConnection, Fault, Tx, savepoint};
use crate::ids::{AccountId, FacilityId, RowId};

pub fn provider(tx: &mut Tx, medicaid_id: &str) -> Result<Option<ProviderEntry>, Fault> {
    Ok(directory_providers::table.find(medicaid_id).select(ProviderEntry::as_select()).first(tx).optional()?)
}

pub fn npi(tx: &mut Tx, npi: &str) -> Result<Option<NpiEntry>, Fault> {
    Ok(directory_npis::table.find(npi).select(NpiEntry::as_select()).first(tx).optional()?)
}

/// What the directory knows of many rows at once.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Whether a provider list, and an NPPES extract, was ever imported: without one, a miss says nothing.
    pub has_providers: bool,
    pub has_npis: bool,
    pub providers: HashMap<String, ProviderEntry>,
    pub npis: HashMap<String, NpiEntry>,
}

/// Looks up many identifiers, a few hundred in each query.
pub fn known(tx: &mut Tx, medicaid_ids: &[String], npis: &[String]) -> Result<Known, Fault> {
    let any_provider: Option<String> = directory_providers::table.select(directory_providers::medicaid_id).first(tx).optional()?;
    let any_npi: Option<String> = directory_npis::table.select(directory_npis::npi).first(tx).optional()?;
    let mut known = Known { has_providers: any_provider.is_some(), has_npis: any_npi.is_some(), ..Known::default() };
    for some in medicaid_ids.chunks(400) {
        let found: Vec<ProviderEntry> = directory_providers::table
            .filter(directory_providers::medicaid_id.eq_any(some.to_vec()))
            .select(ProviderEntry::as_select())
            .load(tx)?;
        known.providers.extend(found.into_iter().map(|entry| (entry.medicaid_id.clone(), entry)));
    }
    for some in npis.chunks(400) {
        let found: Vec<NpiEntry> =
            directory_npis::table.filter(directory_npis::npi.eq_any(some.to_vec())).select(NpiEntry::as_select()).load(tx)?;
        known.npis.extend(found.into_iter().map(|entry| (entry.npi.clone(), entry)));
    }
    Ok(known)
}

/// The Medicaid IDs of facilities that are valid at `now`.
pub(super) fn active_medicaid_ids(tx: &mut Tx, now: Timestamp) -> Result<HashSet<String>, Fault> {
    let ids: Vec<Option<String>> = facilities::table
        .filter(facilities::medicaid_id.is_not_null())
        .filter(facilities::valid_until.is_null().or(facilities::valid_until.gt(now)))
        .select(facilities::medicaid_id)
        .load(tx)?;
    Ok(ids.into_iter().flatten().collect())
}

pub(super) fn begin_import(tx: &mut Tx, now: Timestamp, id: RowId, kind: &str, file_name: &str) -> Result<(), Fault> {
    diesel::insert_into(directory_imports::table)
        .values((
            directory_imports::id.eq(id),
            directory_imports::kind.eq(kind),
            directory_imports::file_name.eq(file_name),
            directory_imports::state.eq("running"),
            directory_imports::rows_read.eq(0_i64),
            directory_imports::rows_skipped.eq(0_i64),
            directory_imports::endings.eq(0_i64),
            directory_imports::started_at.eq(now),
        ))
        .execute(tx)?;
    Ok(())
}

pub(super) fn finish_import(tx: &mut Tx, now: Timestamp, id: RowId, done: &Imported) -> Result<(), Fault> {
    diesel::update(directory_imports::table.find(id))
        .set((
            directory_imports::state.eq("done"),
            directory_imports::rows_read.eq(done.rows),
            directory_imports::rows_skipped.eq(done.skipped),
            directory_imports::endings.eq(done.endings),
            directory_imports::finished_at.eq(now),
        ))
        .execute(tx)?;
    Ok(())
}

/// An import as the console shows it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = directory_imports)]
pub struct Import {
    pub kind: String,
    pub file_name: String,
    pub state: String,
    pub rows_read: i64,
    pub rows_skipped: i64,
    pub endings: i64,
    pub started_at: Timestamp,
}

/// The newest imports.
pub fn imports(tx: &mut Tx, limit: i64) -> Result<Vec<Import>, Fault> {
    Ok(directory_imports::table.order(directory_imports::id.desc()).limit(limit).select(Import::as_select()).load(tx)?)
}

/// Inserts rows, or updates those there are. Neither way goes through `MultiConnection`, which has no `ON CONFLICT`.
macro_rules! upsert {
    ($tx:expr, $table:ident, $key:ident, $rows:expr, [$($column:ident),+]) => {{
        let set = || ($($table::$column.eq(excluded($table::$column)),)+ $table::import_id.eq(excluded($table::import_id)));
        match $tx {
            AnyConnection::Sqlite(connection) => {
                for row in $rows {
                    diesel::insert_into($table::table).values(row).on_conflict($table::$key).do_update().set(set()).execute(connection)?;
                }
            }
            AnyConnection::Postgres(connection) => {
                diesel::insert_into($table::table).values($rows).on_conflict($table::$key).do_update().set(set()).execute(connection)?;
            }
        }
    }};
}

pub(super) fn write_providers(tx: &mut Tx, import: RowId, entries: &[ProviderEntry]) -> Result<(), Fault> {
    use directory_providers as p;
    let row = |entry: &ProviderEntry| {
        (
            p::medicaid_id.eq(entry.medicaid_id.clone()),
            p::name.eq(entry.name.clone()),
            p::provider_type.eq(entry.provider_type.clone()),
            p::npi.eq(entry.npi.clone()),
            p::is_active.eq(entry.is_active),
            p::begins_on.eq(entry.begins_on.clone()),
            p::ends_on.eq(entry.ends_on.clone()),
            p::import_id.eq(*import.bytes()),
        )
    };
    let rows: Vec<_> = last_of_each(entries, |entry| &entry.medicaid_id).map(row).collect();
    if !rows.is_empty() {
        upsert!(tx, directory_providers, medicaid_id, rows, [name, provider_type, npi, is_active, begins_on, ends_on]);
    }
    Ok(())
}

pub(super) fn write_npis(tx: &mut Tx, import: RowId, entries: &[NpiEntry]) -> Result<(), Fault> {
    use directory_npis as n;
    let row = |entry: &NpiEntry| {
        (
            n::npi.eq(entry.npi.clone()),
            n::entity_type.eq(entry.entity_type.clone()),
            n::name.eq(entry.name.clone()),
            n::is_deactivated.eq(entry.is_deactivated),
            n::import_id.eq(*import.bytes()),
        )
    };
    let rows: Vec<_> = last_of_each(entries, |entry| &entry.npi).map(row).collect();
    if !rows.is_empty() {
        upsert!(tx, directory_npis, npi, rows, [entity_type, name, is_deactivated]);
    }
    Ok(())
}

/// One row for each key: PostgreSQL refuses to touch one twice in a statement. The last one counts.
fn last_of_each<'a, T>(entries: &'a [T], key: impl Fn(&'a T) -> &'a String) -> impl Iterator<Item = &'a T> {
    let last: HashMap<&String, usize> = entries.iter().enumerate().map(|(n, entry)| (key(entry), n)).collect();
    let mut places: Vec<usize> = last.into_values().collect();
    places.sort_unstable();
    places.into_iter().map(|n| &entries[n])
}

/// Whether staff were asked about this very end before.
pub(super) fn was_asked(tx: &mut Tx, facility: FacilityId, ended_on: &str) -> Result<bool, Fault> {
    let count: i64 = facility_endings::table
        .filter(facility_endings::facility_id.eq(facility))
        .filter(facility_endings::ended_on.eq(ended_on).or(facility_endings::state.eq(EndingState::Open)))
        .count()
        .get_result(tx)?;
    Ok(count > 0)
}

/// Opens the question; false where one is open.
pub(super) fn insert_ending(tx: &mut Tx, ctx: &Context, facility: FacilityId, ended_on: &str) -> Result<bool, Fault> {
    let inserted = savepoint(tx, |tx| {
        diesel::insert_into(facility_endings::table)
            .values((
                facility_endings::id.eq(RowId::new()),
                facility_endings::facility_id.eq(facility),
                facility_endings::open_key.eq(facility),
                facility_endings::ended_on.eq(ended_on),
                facility_endings::state.eq(EndingState::Open),
                facility_endings::opened_at.eq(ctx.now),
            ))
            .execute(tx)?;
        Ok(())
    })?;
    Ok(inserted.is_some())
}

pub(super) fn open_endings(tx: &mut Tx, limit: i64) -> Result<Vec<(Ending, String)>, Fault> {
    let open = facility_endings::table
        .inner_join(facilities::table)
        .filter(facility_endings::state.eq(EndingState::Open))
        .order(facility_endings::id)
        .limit(limit)
        .select((Ending::as_select(), facilities::name))
        .load(tx)?;
    Ok(open)
}

/// The oldest endings that nobody was told of yet.
pub(super) fn untold_endings(tx: &mut Tx, limit: i64) -> Result<Vec<(Ending, String)>, Fault> {
    let untold = facility_endings::table
        .inner_join(facilities::table)
        .filter(facility_endings::state.eq(EndingState::Open))
        .filter(facility_endings::told_at.is_null())
        .order(facility_endings::id)
        .limit(limit)
        .select((Ending::as_select(), facilities::name))
        .load(tx)?;
    Ok(untold)
}

/// Takes it upon the caller to tell; false where another did, or staff have answered.
pub(super) fn take_telling(tx: &mut Tx, now: Timestamp, id: RowId) -> Result<bool, Fault> {
    let untold =
        facility_endings::table.find(id).filter(facility_endings::state.eq(EndingState::Open)).filter(facility_endings::told_at.is_null());
    let taken = diesel::update(untold).set(facility_endings::told_at.eq(now)).execute(tx)?;
    Ok(taken == 1)
}

pub(super) fn find_ending(tx: &mut Tx, id: RowId) -> Result<Option<Ending>, Fault> {
    Ok(facility_endings::table.find(id).select(Ending::as_select()).first(tx).optional()?)
}

pub(super) fn decide_ending(tx: &mut Tx, now: Timestamp, id: RowId, by: AccountId, to: EndingState) -> Result<bool, Fault> {
    let decided = diesel::update(facility_endings::table.find(id).filter(facility_endings::state.eq(EndingState::Open)))
        .set((
            facility_endings::state.eq(to),
            facility_endings::open_key.eq(None::<FacilityId>),
            facility_endings::decided_by.eq(by),
            facility_endings::decided_at.eq(now),
        ))
        .execute(tx)?;
    Ok(decided == 1)
}
