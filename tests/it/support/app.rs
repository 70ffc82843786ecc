//! The service under test: in this process, on a free port, with a clock that moves only when told to.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gatehouse::app::App;
use gatehouse::clock::{FrozenClock, Timestamp};
use gatehouse::config::{Config, read};
use gatehouse::context::{Actor, Context, RequestId};
use gatehouse::db::{Db, Fault, Refused, migrate};
use gatehouse::keyring::{Algorithm, Keyring, SigningKey, Times, insert_signing_key};
use gatehouse::mail::{Transport, deliver_due};
use gatehouse::oidc::client;
use gatehouse::router::router;
use gatehouse::secret::SystemRandom;
use mail_parser::MessageParser;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Tuesday, 2026-03-03 15:00 UTC: a working day that no test depends on.
pub const START: i64 = 1_772_550_000;

pub struct TestApp {
    pub app: App,
    pub base: String,
    pub clock: Arc<FrozenClock>,
    transport: Transport,
    folder: TempDir,
}

/// A letter as it left.
#[derive(Debug, Clone)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub raw: String,
}

impl Letter {
    /// The path of the letter's first link: its action.
    pub fn link(&self) -> String {
        let start = self.text.find("http://").unwrap_or_else(|| panic!("no link in {}", self.text));
        let url: String = self.text[start..].chars().take_while(|c| !c.is_whitespace()).collect();
        let path = url.splitn(4, '/').nth(3).unwrap_or("").to_owned();
        format!("/{path}")
    }

    /// The eight characters to type.
    pub fn code(&self) -> String {
        let line = self.text.lines().find(|line| line.starts_with("Or type this code"));
        line.and_then(|line| line.rsplit(' ').next()).unwrap_or_else(|| panic!("no code in {}", self.text)).to_owned()
    }
}

impl TestApp {
    pub async fn on_sqlite() -> Self {
        Self::with(|folder| format!("sqlite:{}", folder.join("gatehouse.db").display()), "").await
    }

    /// Three replicas on a fresh database of the PostgreSQL that `./tests/run` started, and its Redis: each request goes to
    /// another one, so that every test is a test of replicas too.
    pub async fn on_postgres() -> Option<Self> {
        let url = new_postgres_database()?;
        let redis = std::env::var("GATEHOUSE_TEST_REDIS").ok();
        assert!(redis.is_some() || std::env::var("GATEHOUSE_TEST_ALL").is_err(), "./tests/run promised a Redis");
        let extra = redis.map_or_else(String::new, |server| format!("redis_url = \"redis://{server}/0\""));
        Some(Self::with_replicas(move |_| url.clone(), &extra, 3).await)
    }

    /// On the database at `url`.
    pub async fn on(url: &str) -> Self {
        let url = url.to_owned();
        Self::with(move |_| url.clone(), "").await
    }

    /// With further lines in the configuration file.
    pub async fn configured(extra: &str) -> Self {
        Self::with(|folder| format!("sqlite:{}", folder.join("gatehouse.db").display()), extra).await
    }

    async fn with(database: impl Fn(&std::path::Path) -> String, extra: &str) -> Self {
        Self::with_replicas(database, extra, 1).await
    }

    async fn with_replicas(database: impl Fn(&std::path::Path) -> String, extra: &str, replicas: usize) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let config = config(folder.path(), port, &database(folder.path()), extra);
        let url = config.database.clone();
        tokio::task::spawn_blocking(move || migrate(&url)).await.unwrap().unwrap_or_else(|e| panic!("{e}"));
        let clock = Arc::new(FrozenClock::at(Timestamp::from_seconds(START)));
        seed_signing_keys(&config).await;
        if let Some(url) = &config.redis {
            forget(url.reveal(), config.issuer.as_str()).await;
        }
        let open = async || App::open(config.clone(), clock.clone(), Arc::new(SystemRandom)).await.unwrap_or_else(|e| panic!("{e}"));
        let app = open().await;
        let transport = Transport::open(&app.config).unwrap_or_else(|e| panic!("{e}"));
        if replicas == 1 {
            let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
            tokio::spawn(async move { axum::serve(listener, service).await });
        } else {
            let mut places = Vec::new();
            for number in 0..replicas {
                let replica = if number == 0 { app.clone() } else { open().await };
                tokio::spawn(gatehouse::oidc::watch_keys(replica.clone()));
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
                places.push(listener.local_addr().expect("an address"));
                let service = router(replica).into_make_service_with_connect_info::<SocketAddr>();
                tokio::spawn(async move { axum::serve(listener, service).await });
            }
            tokio::spawn(super::wire::take_turns(listener, places));
        }
        Self { app, base: format!("http://127.0.0.1:{port}"), clock, transport, folder }
    }

    /// The same service, on another port and with its configuration changed.
    pub fn reconfigured(mut self, change: impl FnOnce(&mut Config)) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        self.base = format!("http://{}", listener.local_addr().unwrap());
        let mut config = Config::clone(&self.app.config);
        config.issuer = gatehouse::config::Issuer::parse(&self.base).unwrap();
        change(&mut config);
        self.app.config = Arc::new(config);
        let service = router(self.app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(TcpListener::from_std(listener).unwrap(), service).await });
        self
    }

    pub fn advance(&self, length: Duration) {
        self.clock.advance(length);
    }

    pub fn ctx(&self) -> Context {
        self.app.context(Actor::Operator, RequestId::of_work("test"))
    }

    pub fn mail_folder(&self) -> PathBuf {
        self.folder.path().join("mail")
    }

    /// Delivers what is due and reads the folder: every letter so far, oldest first.
    pub async fn letters(&self) -> Vec<Letter> {
        while deliver_due(&self.app, &self.transport).await.unwrap_or_else(|e| panic!("{e}")) > 0 {}
        letters_in(&self.mail_folder())
    }

    /// The newest letter to `address` whose subject has `words`.
    pub async fn letter_to(&self, address: &str, words: &str) -> Letter {
        let letters = self.letters().await;
        let found = letters.iter().rev().find(|letter| letter.to == address && letter.subject.contains(words));
        found.cloned().unwrap_or_else(|| {
            let all: Vec<_> = letters.iter().map(|letter| format!("{}: {}", letter.to, letter.subject)).collect();
            panic!("no letter to {address} about {words:?} among {all:#?}")
        })
    }

    /// Registers a client from a file's text; its secret.
    pub async fn client(&self, document: serde_json::Value) -> Option<String> {
        let (ctx, text) = (self.ctx(), document.to_string());
        let created = client::register(&self.app, &ctx, &text).await;
        created.unwrap_or_else(|e| panic!("{e:?}")).secret
    }

    /// Tries the same; why it was refused.
    pub async fn client_refused(&self, document: serde_json::Value) -> String {
        let (ctx, text) = (self.ctx(), document.to_string());
        match client::register(&self.app, &ctx, &text).await {
            Err(Refused::Refusal(refusal)) => refusal.to_string(),
            Err(Refused::Fault(fault)) => panic!("{fault}"),
            Ok(created) => panic!("{} was registered", created.client.id),
        }
    }
}

/// The service's signing keys, read from `tests/data/keys`: making RSA keys anew would take longer than most tests.
async fn seed_signing_keys(config: &Config) {
    let (db, master, now) = (Db::open(&config.database).unwrap(), config.master_key.clone(), Timestamp::from_seconds(START));
    let seeded = db.write(move |tx| {
        let keyring = Keyring::open(tx, &master, None, &SystemRandom, now)?;
        for algorithm in Algorithm::ALL {
            let private = key_file(&format!("{}.pk8", algorithm.as_str().to_lowercase()));
            let key = SigningKey::read(*algorithm, &private, Times { created_at: now, active_at: now, retired_at: None })?;
            insert_signing_key(tx, &keyring, &key, &private, 1, &SystemRandom)?;
        }
        Ok::<_, Fault>(())
    });
    seeded.await.unwrap_or_else(|e| panic!("{e}"));
}

/// A file of `tests/data/keys`.
pub fn key_file(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/keys").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The letters in a folder of mail, oldest first.
pub fn letters_in(folder: &std::path::Path) -> Vec<Letter> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: &PathBuf| {
        let raw = std::fs::read(path).unwrap();
        let message = MessageParser::default().parse(&raw).unwrap_or_else(|| panic!("{} is no message", path.display()));
        Letter {
            to: message.to().and_then(|to| to.first()).and_then(|to| to.address()).unwrap_or("").to_owned(),
            subject: message.subject().unwrap_or("").to_owned(),
            text: message.body_text(0).unwrap_or_default().into_owned(),
            html: message.body_html(0).unwrap_or_default().into_owned(),
            raw: String::from_utf8_lossy(&raw).into_owned(),
        }
    };
    files.iter().filter(|path| path.extension().is_some_and(|e| e == "eml")).map(read).collect()
}

fn config(folder: &std::path::Path, port: u16, database: &str, extra: &str) -> Config {
    let mail = folder.join("mail");
    let unlimited = "[limits]\nsign_ins_per_minute = 100000\nregistrations_per_minute = 100000\nletters_per_minute = 100000\n";
    let limits = if extra.contains("[limits]") { "" } else { unlimited };
    let text = format!(
        "issuer = \"http://127.0.0.1:{port}\"\nlisten = \"127.0.0.1:{port}\"\ndatabase_url = {database:?}\n\
         mail_url = \"file://{}\"\nmaster_key = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"\nscopes = [\"api\"]\ndev_allow_loopback = true\n{extra}\n\
         [passwords]\nmemory_kib = 32\niterations = 1\nqueue = 1000\n{limits}",
        mail.display()
    );
    read(&text, &BTreeMap::new()).unwrap_or_else(|e| panic!("{e}"))
}

/// Removes what another test on the same port left in Redis.
async fn forget(url: &str, issuer: &str) {
    let mut connection = redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap();
    let keys: Vec<String> = redis::cmd("KEYS").arg(format!("gatehouse:{issuer}:*")).query_async(&mut connection).await.unwrap();
    for key in keys {
        let _: () = redis::cmd("DEL").arg(key).query_async(&mut connection).await.unwrap();
    }
}

/// The URL of a new, empty database; `None` where no PostgreSQL was given.
pub fn new_postgres_database() -> Option<String> {
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, PgConnection};
    let Ok(server) = std::env::var("GATEHOUSE_TEST_POSTGRES") else {
        assert!(std::env::var("GATEHOUSE_TEST_ALL").is_err(), "./tests/run promised a PostgreSQL");
        eprintln!("skipped: set GATEHOUSE_TEST_POSTGRES, or use ./tests/run, to run this on PostgreSQL");
        return None;
    };
    let name = format!("t_{}", uuid::Uuid::now_v7().simple());
    let mut connection = PgConnection::establish(&format!("{server}/postgres")).unwrap_or_else(|e| panic!("{server}: {e}"));
    connection.batch_execute(&format!("CREATE DATABASE {name}")).unwrap_or_else(|e| panic!("{e}"));
    Some(format!("{server}/{name}"))
}

/// A database without the service, for tests of storage itself.
pub fn open_db(url: &str) -> Db {
    let url = gatehouse::config::DatabaseUrl::parse(url).unwrap_or_else(|e| panic!("{e}"));
    migrate(&url).unwrap_or_else(|e| panic!("{e}"));
    Db::open(&url).unwrap_or_else(|e| panic!("{e}"))
}
