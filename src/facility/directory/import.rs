//! A directory file is imported: in chunks, so that no other writer waits long, and never held in memory.

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;

use super::read::{Entry, Kind, columns, reader};
use super::{NpiEntry, ProviderEntry, store};
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::Fault;
use crate::ids::RowId;

/// Rows a transaction writes: well under 50 ms.
const CHUNK: usize = 500;

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    pub kind: &'static str,
    pub rows: i64,
    /// Rows without a usable identifier.
    pub skipped: i64,
    /// Approved facilities whose Medicaid ID a row ends.
    pub endings: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum ImportRefusal {
    #[error("{0}")]
    File(String),
    #[error("the first line names neither a provider list (medicaid_id, name, …) nor an NPPES extract (NPI, Entity Type Code, …)")]
    Header,
    #[error(
        "{endings} of {active} active facilities would end, more than {percent} %: nothing was changed. Check the file; if it is right, import it with --confirm"
    )]
    TooManyEndings { endings: i64, active: i64, percent: f64 },
    #[error("{0}")]
    Fault(#[from] Fault),
}

/// The rows of the file stand in the directory: known ones are updated, new ones added, missing ones left alone.
///
/// A row that ends the Medicaid ID of an approved facility opens a question to staff. An import that would end too many
/// changes nothing unless it is `confirmed`.
pub async fn import(app: &App, ctx: &Context, path: &Path, confirmed: bool) -> Result<Imported, ImportRefusal> {
    let today = crate::web::local_date(&app.config, ctx.now);
    let kind = {
        let mut reader = open(path)?;
        columns(reader.headers().map_err(unreadable)?).ok_or(ImportRefusal::Header)?.kind
    };
    let now = ctx.now;
    let active: HashSet<String> = app.db.scan(move |tx| store::active_medicaid_ids(tx, now)).await?;
    let ended = if kind == Kind::Providers { ended(path, &active, &today)? } else { HashSet::new() };
    let endings = i64::try_from(ended.len()).unwrap_or(i64::MAX);
    let percent = app.config.requests.most_endings_percent;
    let share = 100.0 * endings as f64 / active.len().max(1) as f64;
    if share > percent && !confirmed {
        return Err(ImportRefusal::TooManyEndings { endings, active: i64::try_from(active.len()).unwrap_or(i64::MAX), percent });
    }
    let (id, name) = (RowId::new(), path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default());
    {
        let (ctx, name) = (ctx.clone(), name.clone());
        app.db.write(move |tx| store::begin_import(tx, ctx.now, id, kind.as_str(), &name)).await?;
    }
    let (rows, skipped) = write_rows(app, ctx, path, id, &ended, &today).await?;
    let (ctx, imported) = (ctx.clone(), Imported { kind: kind.as_str(), rows, skipped, endings });
    let done = imported.clone();
    app.db
        .write(move |tx| {
            store::finish_import(tx, ctx.now, id, &done)?;
            let detail = serde_json::json!({ "kind": done.kind, "rows": done.rows, "endings": done.endings });
            audit::record(tx, &ctx, Event::new(Action::DirectoryImported).detail(detail))
        })
        .await?;
    Ok(imported)
}

fn open(path: &Path) -> Result<csv::Reader<File>, ImportRefusal> {
    File::open(path).map(reader).map_err(|e| ImportRefusal::File(format!("{}: {e}", path.display())))
}

fn unreadable(error: csv::Error) -> ImportRefusal {
    ImportRefusal::File(format!("the file cannot be read: {error}"))
}

/// Reads the file once to know which active facilities it would end: of several rows of an ID the last one counts.
fn ended(path: &Path, active: &HashSet<String>, today: &str) -> Result<HashSet<String>, ImportRefusal> {
    let mut reader = open(path)?;
    let columns = columns(reader.headers().map_err(unreadable)?).ok_or(ImportRefusal::Header)?;
    let mut ended = HashSet::new();
    let mut record = csv::StringRecord::new();
    while next(&mut reader, &mut record)? {
        if let Some(Entry::Provider(entry)) = columns.entry(&record)
            && active.contains(&entry.medicaid_id)
        {
            if entry.stands(today) {
                ended.remove(&entry.medicaid_id)
            } else {
                ended.insert(entry.medicaid_id)
            };
        }
    }
    Ok(ended)
}

/// The next record; one that is not UTF-8 is read as an empty one, which is skipped.
fn next(reader: &mut csv::Reader<File>, record: &mut csv::StringRecord) -> Result<bool, ImportRefusal> {
    match reader.read_record(record) {
        Ok(more) => Ok(more),
        Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
            record.clear();
            Ok(true)
        }
        Err(error) => Err(unreadable(error)),
    }
}

async fn write_rows(
    app: &App,
    ctx: &Context,
    path: &Path,
    id: RowId,
    endings: &HashSet<String>,
    today: &str,
) -> Result<(i64, i64), ImportRefusal> {
    let mut reader = open(path)?;
    let columns = columns(reader.headers().map_err(unreadable)?).ok_or(ImportRefusal::Header)?;
    let mut record = csv::StringRecord::new();
    let (mut rows, mut skipped) = (0_i64, 0_i64);
    let mut chunk: (Vec<ProviderEntry>, Vec<NpiEntry>) = Default::default();
    loop {
        let more = next(&mut reader, &mut record)?;
        if more {
            match columns.entry(&record) {
                Some(Entry::Provider(entry)) => chunk.0.push(entry),
                Some(Entry::Npi(entry)) => chunk.1.push(entry),
                None => {
                    skipped += 1;
                    continue;
                }
            }
            rows += 1;
        }
        if chunk.0.len() + chunk.1.len() >= CHUNK || !more {
            let (providers, npis) = std::mem::take(&mut chunk);
            let ended: Vec<ProviderEntry> = providers.iter().filter(|entry| endings.contains(&entry.medicaid_id)).cloned().collect();
            let (ctx, today) = (ctx.clone(), today.to_owned());
            app.db
                .write(move |tx| {
                    store::write_providers(tx, id, &providers)?;
                    store::write_npis(tx, id, &npis)?;
                    for entry in &ended {
                        super::ending::found(tx, &ctx, entry, &today)?;
                    }
                    Ok::<_, Fault>(())
                })
                .await?;
        }
        if !more {
            return Ok((rows, skipped));
        }
    }
}
