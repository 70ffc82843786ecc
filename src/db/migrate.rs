//! Migrations: one folder a database, applied once however many replicas start together.

use diesel::connection::SimpleConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{AnyConnection, Fault, postgres, sqlite};
use crate::config::DatabaseUrl;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number: replicas that start together take turns on it.
const ADVISORY_LOCK: i64 = 4_748_200_117;

/// Brings the tables up to this version; returns the names of the migrations that ran.
pub fn migrate(url: &DatabaseUrl) -> Result<Vec<String>, Fault> {
    let broken = |e: Box<dyn std::error::Error + Send + Sync>| Fault::broken(format!("migration: {e}"));
    let names = |versions: Vec<diesel::migration::MigrationVersion<'_>>| versions.iter().map(ToString::to_string).collect();
    match url {
        DatabaseUrl::Sqlite(path) => {
            let AnyConnection::Sqlite(mut connection) = sqlite::connect(path)? else { unreachable!("a path opens SQLite") };
            let pending = connection.has_pending_migration(SQLITE).map_err(broken)?;
            if !pending {
                return Ok(Vec::new());
            }
            // A file lock of SQLite's own: two processes that start together take turns, and the second finds nothing to do.
            connection.batch_execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;")?;
            let ran = connection.run_pending_migrations(SQLITE).map(names).map_err(broken);
            connection.batch_execute("PRAGMA locking_mode = NORMAL;")?;
            ran
        }
        DatabaseUrl::Postgres(url) => {
            let AnyConnection::Postgres(mut connection) = postgres::connect(url)? else { unreachable!("a URL opens PostgreSQL") };
            connection.batch_execute(&format!("SELECT pg_advisory_lock({ADVISORY_LOCK})"))?;
            let ran = connection.run_pending_migrations(POSTGRES).map(names).map_err(broken);
            connection.batch_execute(&format!("SELECT pg_advisory_unlock({ADVISORY_LOCK})"))?;
            ran
        }
    }
}
