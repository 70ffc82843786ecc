//! The two migration folders make the same tables, and `schema.rs` says what they are.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use gatehouse::db::{Db, Fault};

use crate::support::app::{new_postgres_database, open_db};

#[derive(QueryableByName, Debug)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    required: i64,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Table → its columns and its unique keys, in words both databases share.
type Shape = BTreeMap<String, (Vec<String>, Vec<String>)>;

async fn sqlite(db: &Db) -> Shape {
    db.read(|tx| {
        let tables: Vec<Name> =
            sql_query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_\\_%' ESCAPE '\\' ORDER BY name")
                .load(tx)?;
        let mut shape = Shape::new();
        for table in tables {
            let columns: Vec<Column> =
                sql_query(format!("SELECT name, lower(type) AS kind, \"notnull\" AS required FROM pragma_table_info('{}')", table.name)).load(tx)?;
            let mut keys = Vec::new();
            let indexes: Vec<Name> = sql_query(format!("SELECT name FROM pragma_index_list('{}') WHERE \"unique\" = 1", table.name)).load(tx)?;
            for index in indexes {
                let parts: Vec<Name> = sql_query(format!("SELECT name FROM pragma_index_info('{}') ORDER BY seqno", index.name)).load(tx)?;
                keys.push(parts.into_iter().map(|p| p.name).collect::<Vec<_>>().join(","));
            }
            let primary: Vec<Name> = sql_query(format!("SELECT name FROM pragma_table_info('{}') WHERE pk > 0 ORDER BY pk", table.name)).load(tx)?;
            keys.push(primary.into_iter().map(|p| p.name).collect::<Vec<_>>().join(","));
            keys.sort();
            keys.dedup();
            shape.insert(table.name, (columns.into_iter().map(column).collect(), keys));
        }
        Ok::<_, Fault>(shape)
    })
    .await
    .unwrap()
}

async fn postgres(db: &Db) -> Shape {
    db.read(|tx| {
        let tables: Vec<Name> = sql_query(
            "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT LIKE '\\_\\_%' ORDER BY 1",
        )
        .load(tx)?;
        let mut shape = Shape::new();
        for table in tables {
            let columns: Vec<Column> = sql_query(format!(
                "SELECT column_name::text AS name, data_type::text AS kind, (CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END)::bigint AS required
                 FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{}' ORDER BY ordinal_position",
                table.name
            ))
            .load(tx)?;
            let keys: Vec<Name> = sql_query(format!(
                "SELECT string_agg(a.attname::text, ',' ORDER BY k.n) AS name FROM pg_index i
                 CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, n)
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                 WHERE i.indisunique AND i.indrelid = 'public.{}'::regclass GROUP BY i.indexrelid",
                table.name
            ))
            .load(tx)?;
            let mut keys: Vec<String> = keys.into_iter().map(|k| k.name).collect();
            keys.sort();
            keys.dedup();
            shape.insert(table.name, (columns.into_iter().map(column).collect(), keys));
        }
        Ok::<_, Fault>(shape)
    })
    .await
    .unwrap()
}

fn column(column: Column) -> String {
    let kind = match column.kind.as_str() {
        "blob" | "bytea" => "Binary",
        "text" => "Text",
        "bigint" | "integer" => "BigInt",
        "boolean" => "Bool",
        other => panic!("{other} is no portable type"),
    };
    format!("{} {}", column.name, if column.required == 1 { kind.to_owned() } else { format!("Nullable<{kind}>") })
}

/// `schema.rs`, read as text.
pub(crate) fn declared() -> BTreeMap<String, Vec<String>> {
    let text = include_str!("../../src/db/schema.rs");
    let mut tables = BTreeMap::new();
    for part in text.split("diesel::table! {").skip(1) {
        let mut lines = part.lines().map(str::trim).filter(|line| !line.is_empty());
        let name = lines.next().unwrap().split(' ').next().unwrap().to_owned();
        let columns = lines.take_while(|line| !line.starts_with('}')).map(|line| line.trim_end_matches(',').replace(" ->", "")).collect();
        tables.insert(name, columns);
    }
    tables
}

#[tokio::test(flavor = "multi_thread")]
async fn both_folders_make_what_schema_rs_says() {
    let folder = tempfile::TempDir::new().unwrap();
    let one = sqlite(&open_db(&format!("sqlite:{}", folder.path().join("a.db").display()))).await;
    let columns: BTreeMap<String, Vec<String>> = one.iter().map(|(name, (columns, _))| (name.clone(), columns.clone())).collect();
    assert_eq!(columns, declared());
    let Some(url) = new_postgres_database() else { return };
    let two = postgres(&open_db(&url)).await;
    assert_eq!(one, two);
}

/// However many replicas start together, each migration runs once.
#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_start_together_migrate_once() {
    let folder = tempfile::TempDir::new().unwrap();
    let urls = [Some(format!("sqlite:{}", folder.path().join("a.db").display())), new_postgres_database()];
    for url in urls.into_iter().flatten() {
        let url = gatehouse::config::DatabaseUrl::parse(&url).unwrap();
        let starts: Vec<_> = (0..8)
            .map(|_| {
                let url = url.clone();
                tokio::task::spawn_blocking(move || gatehouse::db::migrate(&url).unwrap_or_else(|e| panic!("{e}")).len())
            })
            .collect();
        let mut ran = 0;
        for start in starts {
            ran += start.await.unwrap();
        }
        let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite")).unwrap().count();
        assert_eq!(ran, folders);
    }
}

/// A migration whose table somebody holds gives up soon, so that nobody queues behind it, and is done once they are gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_must_wait_lets_others_pass() {
    use diesel::connection::SimpleConnection;
    use diesel_migrations::{FileBasedMigrations, MigrationHarness};
    let Some(text) = new_postgres_database() else { return };
    let url = gatehouse::config::DatabaseUrl::parse(&text).unwrap();
    let connect = || PgConnection::establish(&text).unwrap();
    let (migrating, again) = (url.clone(), url.clone());
    tokio::task::spawn_blocking(move || gatehouse::db::migrate(&migrating)).await.unwrap().unwrap();
    let folder = FileBasedMigrations::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres")).unwrap();
    connect().revert_last_migration(folder).unwrap();

    let mut holder = connect();
    holder.batch_execute("BEGIN; SELECT count(*) FROM accounts").unwrap();
    let migration = tokio::task::spawn_blocking(move || gatehouse::db::migrate(&again));
    // Others wait while it tries, and pass when it has given up.
    let mut reader = connect();
    let passed = tokio::task::spawn_blocking(move || {
        std::thread::sleep(std::time::Duration::from_millis(700));
        reader.batch_execute("SET statement_timeout = '8s'; SELECT count(*) FROM accounts")
    });
    passed.await.unwrap().expect("somebody else reads, although the migration waits");
    assert!(!migration.is_finished(), "it waits for the holder");
    holder.batch_execute("COMMIT").unwrap();
    assert_eq!(migration.await.unwrap().unwrap().len(), 1);
}

/// Each migration can be taken back, and done again.
#[tokio::test(flavor = "multi_thread")]
async fn migrations_can_be_taken_back() {
    use diesel_migrations::{FileBasedMigrations, MigrationHarness};
    let folder = |name| FileBasedMigrations::from_path(format!("{}/migrations/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("a.db").display().to_string();
    open_db(&format!("sqlite:{path}"));
    let mut connection = SqliteConnection::establish(&path).unwrap();
    let reverted = connection.revert_all_migrations(folder("sqlite")).unwrap().len();
    assert_eq!(connection.run_pending_migrations(folder("sqlite")).unwrap().len(), reverted);
    let Some(text) = new_postgres_database() else { return };
    open_db(&text);
    let mut connection = PgConnection::establish(&text).unwrap();
    assert_eq!(connection.revert_all_migrations(folder("postgres")).unwrap().len(), reverted);
    assert_eq!(connection.run_pending_migrations(folder("postgres")).unwrap().len(), reverted);
}
