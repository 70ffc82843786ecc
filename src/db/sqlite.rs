//! SQLite: reads on a connection of each thread, writes on one thread that commits what is queued together.
//!
//! A commit costs a sync of the disk; sharing it among the writes that wait is worth a factor of thirty.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use diesel::connection::SimpleConnection;
use diesel::{Connection as _, SqliteConnection};
use tokio::sync::oneshot;

use super::{AnyConnection, Fault, MayFault, Tx, unpanicked};

/// At most this many writes share a commit.
const BATCH: usize = 64;

const PRAGMAS: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;";

static NEXT: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// This thread's read-only connections, by database.
    static READERS: RefCell<HashMap<u64, AnyConnection>> = RefCell::new(HashMap::new());
}

#[derive(Clone)]
pub struct Sqlite {
    number: u64,
    path: PathBuf,
    writer: mpsc::Sender<Job>,
}

/// Tells the caller how the commit went.
type Reply = Box<dyn FnOnce(Result<(), Fault>) + Send>;

/// One queued write, run in its savepoint. `None` in place of a transaction means that none could be begun.
type Job = Box<dyn FnOnce(Option<&mut Tx>) -> Ran + Send>;

struct Ran {
    keep: bool,
    reply: Reply,
}

pub(super) fn connect(path: &Path) -> Result<AnyConnection, Fault> {
    let broken = |e: &dyn std::fmt::Display| Fault::broken(format!("{}: {e}", path.display()));
    let mut connection = SqliteConnection::establish(&path.to_string_lossy()).map_err(|e| broken(&e))?;
    connection.batch_execute(PRAGMAS).map_err(|e| broken(&e))?;
    Ok(AnyConnection::Sqlite(connection))
}

impl Sqlite {
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let connection = connect(path)?;
        let (writer, queue) = mpsc::channel();
        thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || write_loop(connection, &queue))
            .map_err(|e| Fault::broken(e.to_string()))?;
        Ok(Self { number: NEXT.fetch_add(1, Ordering::Relaxed), path: path.to_owned(), writer })
    }

    pub fn read<T, E: MayFault>(&self, work: impl FnOnce(&mut Tx) -> Result<T, E>) -> Result<T, E> {
        let taken = READERS.with(|readers| readers.borrow_mut().remove(&self.number));
        let mut connection = match taken {
            Some(connection) => connection,
            None => {
                let mut fresh = connect(&self.path)?;
                fresh.batch_execute("PRAGMA query_only = ON").map_err(Fault::from)?;
                fresh
            }
        };
        connection.batch_execute("BEGIN").map_err(Fault::from)?;
        let result = unpanicked(|| work(&mut connection));
        if connection.batch_execute("ROLLBACK").is_ok() {
            READERS.with(|readers| readers.borrow_mut().insert(self.number, connection));
        }
        result
    }

    pub async fn write<T, E, F>(&self, mut work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: MayFault,
        F: FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |tx| {
            let result = match tx {
                Some(tx) => unpanicked(|| work(tx)),
                None => Err(E::from(Fault::broken("no transaction could be begun"))),
            };
            let keep = result.is_ok();
            let reply = Box::new(move |committed: Result<(), Fault>| {
                let _ = reply.send(match committed {
                    Ok(()) => result,
                    Err(fault) => Err(E::from(fault)),
                });
            });
            Ran { keep, reply }
        });
        let gone = || E::from(Fault::broken("the database writer has stopped"));
        self.writer.send(job).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

fn write_loop(mut connection: AnyConnection, queue: &mpsc::Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let mut replies = Vec::new();
        let outcome = write_batch(&mut connection, first, queue, &mut replies);
        if outcome.is_err() {
            // Nothing of the batch was kept; leave no transaction open for the next one.
            let _ = connection.batch_execute("ROLLBACK");
        }
        for reply in replies {
            reply(outcome.clone());
        }
    }
}

/// Runs `first` and what else is queued, each in a savepoint, and commits once.
///
/// Where SQLite itself rolled everything back (a full disk does), the savepoint is gone: the whole batch fails then.
fn write_batch(connection: &mut AnyConnection, first: Job, queue: &mpsc::Receiver<Job>, replies: &mut Vec<Reply>) -> Result<(), Fault> {
    if let Err(error) = connection.batch_execute("BEGIN IMMEDIATE") {
        replies.push(first(None).reply);
        return Err(error.into());
    }
    let mut next = Some(first);
    while let Some(job) = next {
        connection.batch_execute("SAVEPOINT job")?;
        let ran = job(Some(connection));
        replies.push(ran.reply);
        connection.batch_execute(if ran.keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
        next = if replies.len() < BATCH { queue.try_recv().ok() } else { None };
    }
    connection.batch_execute("COMMIT")?;
    Ok(())
}
