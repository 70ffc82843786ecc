//! PostgreSQL: a pool of connections, used off the async workers, READ COMMITTED with statement timeouts.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ManageConnection, Pool, PooledConnection};
use diesel::{Connection as _, PgConnection};

use super::{AnyConnection, Fault, MayFault, Tx, unpanicked};

const CONNECTIONS: u32 = 16;
const TRIES: usize = 8;
/// Whoever gets no connection within this time is told to come back.
const PATIENCE: Duration = Duration::from_secs(3);
const SETTINGS: &str = "SET statement_timeout = '15s'; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s'";

#[derive(Clone)]
pub struct Postgres {
    pool: Pool<Manager>,
}

/// Makes the pool's connections.
struct Manager {
    url: String,
}

/// A connection of the pool; one whose BEGIN, COMMIT or ROLLBACK failed is thrown away.
struct Pooled {
    connection: AnyConnection,
    broken: bool,
}

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = Fault;

    fn connect(&self) -> Result<Pooled, Fault> {
        let mut connection = connect(&self.url)?;
        connection.batch_execute(SETTINGS)?;
        Ok(Pooled { connection, broken: false })
    }

    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), Fault> {
        pooled.connection.batch_execute("SELECT 1").map_err(Fault::from)
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        pooled.broken || std::thread::panicking()
    }
}

/// A server that vanishes without a word is noticed within seconds, unless the operator says otherwise in the URL.
const NOTICES: &[(&str, &str)] = &[
    ("connect_timeout", "3"),
    ("tcp_user_timeout", "10000"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "3"),
    ("keepalives_count", "3"),
];

fn with_notices(url: &str) -> String {
    let mut url = url.to_owned();
    for (name, value) in NOTICES {
        if !url.contains(&format!("{name}=")) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url += &format!("{name}={value}");
        }
    }
    url
}

pub(super) fn connect(url: &str) -> Result<AnyConnection, Fault> {
    PgConnection::establish(&with_notices(url)).map(AnyConnection::Postgres).map_err(|e| Fault::broken(format!("PostgreSQL: {e}")))
}

impl Postgres {
    pub fn open(url: &str) -> Result<Self, Fault> {
        let pool = Pool::builder()
            .max_size(CONNECTIONS)
            .min_idle(Some(1))
            .connection_timeout(PATIENCE)
            .test_on_check_out(false)
            .build(Manager { url: url.to_owned() })
            .map_err(|e| Fault::broken(format!("PostgreSQL: {e}")))?;
        Ok(Self { pool })
    }

    pub async fn read<T, E, F>(self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: MayFault,
        F: FnOnce(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        blocking(move || self.transaction("BEGIN READ ONLY", work)).await
    }

    pub async fn write<T, E, F>(self, mut work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: MayFault,
        F: FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
    {
        blocking(move || {
            for _ in 1..TRIES {
                match self.transaction("BEGIN", &mut work) {
                    Err(error) if matches!(error.fault(), Some(Fault::Again(_))) => {}
                    done => return done,
                }
            }
            self.transaction("BEGIN", work)
        })
        .await
    }

    /// A connection with a transaction begun. Those that the server left while they lay unused are thrown away.
    fn begun(&self, begin: &str) -> Result<PooledConnection<Manager>, Fault> {
        let mut last = String::new();
        for _ in 0..=CONNECTIONS {
            let mut pooled = self.pool.get().map_err(|e| Fault::Unavailable(format!("PostgreSQL: {e}")))?;
            match pooled.connection.batch_execute(begin) {
                Ok(()) => return Ok(pooled),
                Err(error) => {
                    pooled.broken = true;
                    last = error.to_string();
                }
            }
        }
        Err(Fault::Unavailable(format!("PostgreSQL: {last}")))
    }

    /// Connections in use, and all there are.
    pub fn connections(&self) -> (u32, u32) {
        let state = self.pool.state();
        (state.connections - state.idle_connections, state.connections)
    }

    fn transaction<T, E: MayFault>(&self, begin: &str, work: impl FnOnce(&mut Tx) -> Result<T, E>) -> Result<T, E> {
        let mut pooled = self.begun(begin)?;
        let result = unpanicked(|| work(&mut pooled.connection));
        let ended = pooled.connection.batch_execute(if result.is_ok() { "COMMIT" } else { "ROLLBACK" });
        pooled.broken = ended.is_err();
        match (result, ended) {
            (Ok(_), Err(error)) => Err(E::from(error.into())),
            (result, _) => result,
        }
    }
}

async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: MayFault,
{
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Err(E::from(Fault::broken(e.to_string()))))
}

#[cfg(test)]
mod tests {
    use super::with_notices;

    #[test]
    fn what_the_operator_says_of_a_connection_counts() {
        let plain = with_notices("postgres://a@localhost/b");
        assert!(plain.starts_with("postgres://a@localhost/b?connect_timeout=3&tcp_user_timeout=10000&"), "{plain}");
        let said = with_notices("postgres://a@localhost/b?sslmode=require&connect_timeout=9");
        assert!(said.starts_with("postgres://a@localhost/b?sslmode=require&connect_timeout=9&tcp_user_timeout=10000&"), "{said}");
        assert_eq!(said.matches("connect_timeout").count(), 1);
    }
}
