//! Migrations: one folder a database, applied once however many replicas start together.

use std::fs::File;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{AnyConnection, Fault, postgres, sqlite};
use crate::config::DatabaseUrl;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number: replicas that start together take turns on it.
const ADVISORY_LOCK: i64 = 4_748_200_117;
/// Five minutes, in which a backup may hold the tables.
const TRIES: usize = 100;

/// Whether the tables are of an older version, or not there; changes nothing.
pub fn is_behind(url: &DatabaseUrl) -> Result<bool, Fault> {
    let broken = |e: Box<dyn std::error::Error + Send + Sync>| Fault::broken(format!("migration: {e}"));
    match url {
        DatabaseUrl::Sqlite(path) if !path.exists() => Ok(true),
        DatabaseUrl::Sqlite(path) => match sqlite::connect(path)? {
            AnyConnection::Sqlite(mut connection) => connection.has_pending_migration(SQLITE).map_err(broken),
            AnyConnection::Postgres(_) => unreachable!("a path opens SQLite"),
        },
        DatabaseUrl::Postgres(url) => match postgres::connect(url)? {
            AnyConnection::Postgres(mut connection) => connection.has_pending_migration(POSTGRES).map_err(broken),
            AnyConnection::Sqlite(_) => unreachable!("a URL opens PostgreSQL"),
        },
    }
}

/// Brings the tables up to this version; returns the names of the migrations that ran.
pub fn migrate(url: &DatabaseUrl) -> Result<Vec<String>, Fault> {
    let broken = |e: Box<dyn std::error::Error + Send + Sync>| Fault::broken(format!("migration: {e}"));
    let names = |versions: Vec<diesel::migration::MigrationVersion<'_>>| versions.iter().map(ToString::to_string).collect();
    match url {
        DatabaseUrl::Sqlite(path) => {
            // Processes that start together take turns on a file beside the database; the later ones find nothing to do.
            let turn = File::create(path.with_extension("migrating")).and_then(|file| file.lock().map(|()| file));
            let turn = turn.map_err(|e| Fault::broken(format!("{}: {e}", path.display())))?;
            let AnyConnection::Sqlite(mut connection) = sqlite::connect(path)? else { unreachable!("a path opens SQLite") };
            let ran = connection.run_pending_migrations(SQLITE).map(names).map_err(broken);
            drop(turn);
            ran
        }
        DatabaseUrl::Postgres(url) => {
            let AnyConnection::Postgres(mut connection) = postgres::connect(url)? else { unreachable!("a URL opens PostgreSQL") };
            connection.batch_execute(&format!("SELECT pg_advisory_lock({ADVISORY_LOCK})"))?;
            // A change that waits for somebody's long transaction holds up everybody behind it: it gives up, and tries again.
            connection.batch_execute("SET lock_timeout = '2s'")?;
            let mut ran = connection.run_pending_migrations(POSTGRES).map(names).map_err(broken);
            for _ in 0..TRIES {
                match &ran {
                    Err(fault) if ["lock timeout", "deadlock detected"].iter().any(|words| fault.to_string().contains(words)) => {
                        tracing::warn!("a migration waits until nobody holds its table");
                        std::thread::sleep(Duration::from_secs(1));
                        ran = connection.run_pending_migrations(POSTGRES).map(names).map_err(broken);
                    }
                    _ => break,
                }
            }
            connection.batch_execute(&format!("SELECT pg_advisory_unlock({ADVISORY_LOCK})"))?;
            ran
        }
    }
}
