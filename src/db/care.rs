//! What an operator asks of a database: its clock, and a copy of it.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::{AnyConnection, Db, Fault, sqlite};
use crate::clock::Timestamp;

#[derive(QueryableByName)]
struct Micros {
    #[diesel(sql_type = BigInt)]
    micros: i64,
}

#[derive(QueryableByName)]
struct Verdict {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

/// The time that PostgreSQL tells; none for SQLite, which has this machine's.
pub async fn server_time(db: &Db) -> Result<Option<Timestamp>, Fault> {
    db.read(|tx| match tx {
        AnyConnection::Sqlite(_) => Ok(None),
        AnyConnection::Postgres(connection) => {
            let asked = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT AS micros";
            let row: Micros = diesel::sql_query(asked).get_result(connection)?;
            Ok(Some(Timestamp::from_micros(row.micros)))
        }
    })
    .await
}

/// A whole and checked copy of the SQLite file at `from` stands at `to`; whoever writes meanwhile goes on.
///
/// It has that name only when it is whole: until then, and where anything fails, there is none of that name.
pub fn back_up(from: &Path, to: &Path) -> Result<u64, Fault> {
    let broken = |e: &dyn std::fmt::Display| Fault::broken(format!("{}: {e}", to.display()));
    if to.exists() {
        return Err(broken(&"there is a file of this name already"));
    }
    if !from.exists() {
        return Err(Fault::broken(format!("{}: there is no such database", from.display())));
    }
    let draft = to.with_extension("partial");
    let written = write(from, &draft).and_then(|()| std::fs::rename(&draft, to).map_err(|e| broken(&e)));
    if written.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    written?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| broken(&e))?;
    std::fs::metadata(to).map(|about| about.len()).map_err(|e| broken(&e))
}

/// A whole and checked copy, on the disk.
fn write(from: &Path, copy: &Path) -> Result<(), Fault> {
    let _ = std::fs::remove_file(copy);
    let AnyConnection::Sqlite(mut connection) = sqlite::connect(from)? else { unreachable!("a path opens SQLite") };
    diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(copy.to_string_lossy().into_owned()).execute(&mut connection)?;
    check(copy)?;
    std::fs::File::open(copy).and_then(|file| file.sync_all()).map_err(|e| Fault::broken(format!("{}: {e}", copy.display())))
}

fn check(copy: &Path) -> Result<(), Fault> {
    let mut connection = SqliteConnection::establish(&copy.to_string_lossy()).map_err(|e| Fault::broken(e.to_string()))?;
    connection.batch_execute("PRAGMA query_only = ON")?;
    let verdict: Verdict = diesel::sql_query("PRAGMA integrity_check").get_result(&mut connection)?;
    if verdict.integrity_check == "ok" { Ok(()) } else { Err(Fault::broken(format!("the copy is not whole: {}", verdict.integrity_check))) }
}
