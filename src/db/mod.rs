//! The one bridge from async to the database: [`Db::read`] and [`Db::write`], the same for SQLite and PostgreSQL.
//!
//! An operation is a plain function on a [`Tx`]. `write` runs it in a transaction of its own and may run it again
//! (deadlock, serialization), so a closure must not carry effects of its own. No hash, letter or HTTP call belongs in one.

mod care;
mod migrate;
mod postgres;
pub mod schema;
mod sqlite;
mod turn;

use std::panic::AssertUnwindSafe;

use diesel::connection::SimpleConnection;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::{PgConnection, SqliteConnection};
use tracing::{Instrument, Span};

use crate::config::DatabaseUrl;

pub use care::{back_up, server_time};
pub use migrate::{is_behind, migrate};
pub use turn::{take_turn, take_turn_once};

/// A connection to either database; rules never ask which.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// The transaction an operation runs in.
pub type Tx = AnyConnection;

/// Ours to mend: it is logged once, at the edge, with the request id that the page shows.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    #[error("database: {0}")]
    Database(String),
    /// The transaction lost against another and may be tried again.
    #[error("database, to be tried again: {0}")]
    Again(String),
    /// A unique column said no. Inside [`savepoint`] this is an answer, elsewhere a fault.
    #[error("database, not unique: {0}")]
    NotUnique(String),
    /// The database is not there; it may be in a moment.
    #[error("database, not there: {0}")]
    Unavailable(String),
    #[error("{0}")]
    Broken(String),
}

impl Fault {
    pub fn broken(what: impl Into<String>) -> Self {
        Self::Broken(what.into())
    }
}

impl From<DieselError> for Fault {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Self::NotUnique(error.to_string()),
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => Self::Again(error.to_string()),
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _) => {
                Self::Unavailable(error.to_string())
            }
            DieselError::DatabaseError(_, info) if info.message().contains("deadlock detected") => Self::Again(error.to_string()),
            DieselError::DatabaseError(_, info) if says_goodbye(info.message()) => Self::Unavailable(error.to_string()),
            _ => Self::Database(error.to_string()),
        }
    }
}

/// What PostgreSQL says when it stops or starts, and libpq when it is gone.
fn says_goodbye(message: &str) -> bool {
    let said =
        ["terminating connection", "shutting down", "starting up", "in recovery mode", "server closed the connection", "no connection to"];
    said.iter().any(|words| message.contains(words))
}

/// What an operation that can refuse returns in `Err`: the refusal, or a fault.
#[derive(Debug)]
pub enum Refused<R> {
    Refusal(R),
    Fault(Fault),
}

impl<R> From<Fault> for Refused<R> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<R> From<DieselError> for Refused<R> {
    fn from(error: DieselError) -> Self {
        Self::Fault(error.into())
    }
}

/// Errors that may hold a fault, so that [`Db::write`] can see whether to try again.
pub trait MayFault: From<Fault> + Send + 'static {
    fn fault(&self) -> Option<&Fault>;
}

impl MayFault for Fault {
    fn fault(&self) -> Option<&Fault> {
        Some(self)
    }
}

impl<R: Send + 'static> MayFault for Refused<R> {
    fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Fault(fault) => Some(fault),
            Self::Refusal(_) => None,
        }
    }
}

/// The database of this process.
#[derive(Clone)]
pub enum Db {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens the database that `url` names; the tables may still be missing (see [`migrate`]).
    pub fn open(url: &DatabaseUrl) -> Result<Self, Fault> {
        match url {
            DatabaseUrl::Sqlite(path) => sqlite::Sqlite::open(path).map(Self::Sqlite),
            DatabaseUrl::Postgres(url) => postgres::Postgres::open(url).map(Self::Postgres),
        }
    }

    /// Connections in use, and all there are; none where there is no pool.
    pub fn connections(&self) -> Option<(u32, u32)> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(db) => Some(db.connections()),
        }
    }

    /// Runs `work` on a read-only connection: at once on SQLite (some ten microseconds), off the async workers on PostgreSQL.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: MayFault,
        F: FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        let span = part_of_a_trace("database read");
        match self {
            Self::Sqlite(db) => span.in_scope(|| db.read(work)),
            Self::Postgres(db) => db.clone().read(work).instrument(span).await,
        }
    }

    /// Runs a long read off the async workers on either database: scans, searches, exports.
    pub async fn scan<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: MayFault,
        F: FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        let span = part_of_a_trace("database scan");
        match self {
            Self::Sqlite(db) => {
                let db = db.clone();
                let done = tokio::task::spawn_blocking(move || db.read(work)).instrument(span).await;
                done.unwrap_or_else(|e| Err(E::from(Fault::broken(e.to_string()))))
            }
            Self::Postgres(db) => db.clone().read(work).instrument(span).await,
        }
    }

    /// Runs `work` in one transaction: committed when it returns `Ok`, undone when it returns `Err` or panics.
    ///
    /// The answer is given after COMMIT only.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: MayFault,
        F: FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        let span = part_of_a_trace("database write");
        match self {
            Self::Sqlite(db) => db.write(work).instrument(span).await,
            Self::Postgres(db) => db.clone().write(work).instrument(span).await,
        }
    }
}

/// A span inside the one that is open, if one is: what a worker reads every half second is no trace of its own.
fn part_of_a_trace(name: &'static str) -> Span {
    if Span::current().is_none() { Span::none() } else { tracing::debug_span!("database", otel.name = name) }
}

/// Runs `work` so that a unique violation undoes only what it did itself, and comes back as `Ok(None)`.
pub fn savepoint<T>(tx: &mut Tx, work: impl FnOnce(&mut Tx) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
    tx.batch_execute("SAVEPOINT expected")?;
    match work(tx) {
        Ok(value) => {
            tx.batch_execute("RELEASE SAVEPOINT expected")?;
            Ok(Some(value))
        }
        Err(Fault::NotUnique(_)) => {
            tx.batch_execute("ROLLBACK TO SAVEPOINT expected; RELEASE SAVEPOINT expected")?;
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}

/// Runs `work`, turning a panic into a fault so that the connection can be cleaned.
fn unpanicked<T, E: MayFault>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    std::panic::catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(E::from(Fault::broken("an operation panicked; its changes were undone"))))
}
