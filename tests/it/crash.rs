//! `kill -9` while people register and staff decide: what was acknowledged is there afterwards, with its letter.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::prelude::*;
use gatehouse::db::Fault;
use gatehouse::db::schema::{accounts, audit_events, cases, outbox};

use crate::support::app::{new_postgres_database, open_db};
use crate::support::people::PASSWORD;
use crate::support::{Browser, http};

const CLIENTS: usize = 32;

struct Service {
    child: Child,
    base: String,
}

/// The real binary, on a free port.
async fn start(folder: &Path, database: &str, port: u16) -> Service {
    let config = folder.join("gatehouse.toml");
    let text = format!(
        "issuer = \"http://127.0.0.1:{port}\"\nlisten = \"127.0.0.1:{port}\"\ndatabase_url = {database:?}\nmail_url = \"file://{}\"\n\
         master_key = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"\nlog = \"error\"\n[passwords]\nmemory_kib = 32\niterations = 1\nqueue = 1000\n\
         [limits]\nsign_ins_per_minute = 100000\nregistrations_per_minute = 100000\nletters_per_minute = 100000\n",
        folder.join("mail").display()
    );
    std::fs::write(&config, text).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .args(["--config", config.to_str().unwrap(), "serve"])
        .env_remove("GATEHOUSE_TEST_POSTGRES")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let service = Service { child, base: format!("http://127.0.0.1:{port}") };
    for _ in 0..400 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()
            && http::get(&format!("{}/readyz", service.base), None).await.status == 200
        {
            return service;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the service did not start");
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Registers and withdraws without end; what was acknowledged is noted. Stops when the service is gone.
async fn client(base: String, number: usize, round: usize, done: Arc<Mutex<Vec<(String, &'static str)>>>) {
    for n in 0.. {
        let browser = Browser::new(&base);
        let name = format!("c{round}-{number}-{n}");
        let work = async {
            let page = browser.get("/register").await;
            let email = format!("{name}@x.example");
            let fields = [("email", email.as_str()), ("username", name.as_str()), ("password", PASSWORD), ("confirm_password", PASSWORD)];
            let page = browser.submit(&page, &fields).await;
            if page.title() != "Complete your registration" {
                return;
            }
            done.lock().unwrap().push((name.clone(), "registered"));
            if n % 2 == 1 {
                let page = browser.get("/status/withdraw").await;
                if browser.submit(&page, &[]).await.title() == "Your request is withdrawn" {
                    done.lock().unwrap().push((name.clone(), "withdrawn"));
                }
            }
        };
        // The support code panics when the connection breaks: that is the end of this client.
        if futures_catch(work).await.is_err() {
            return;
        }
    }
}

async fn futures_catch(work: impl Future<Output = ()>) -> Result<(), ()> {
    use std::panic::AssertUnwindSafe;
    let mut work = Box::pin(AssertUnwindSafe(work));
    std::future::poll_fn(move |context| match std::panic::catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(std::task::Poll::Ready(())) => std::task::Poll::Ready(Ok(())),
        Ok(std::task::Poll::Pending) => std::task::Poll::Pending,
        Err(_) => std::task::Poll::Ready(Err(())),
    })
    .await
}

/// Every acknowledged change is there, every registration has its letter and its event.
async fn check(database: &str, acknowledged: &[(String, &'static str)]) {
    let db = open_db(database);
    let (people, letters, events) = db
        .read(|tx| {
            let people: Vec<(
                String,
                gatehouse::account::AccountState,
                gatehouse::ids::AccountId,
                Option<gatehouse::registration::CaseState>,
            )> = accounts::table
                .left_join(cases::table)
                .select((accounts::username, accounts::state, accounts::id, cases::state.nullable()))
                .load(tx)?;
            let letters: Vec<Option<gatehouse::ids::AccountId>> = outbox::table.select(outbox::account_id).load(tx)?;
            let events: Vec<(Option<gatehouse::ids::AccountId>, String)> =
                audit_events::table.select((audit_events::account_id, audit_events::action)).load(tx)?;
            Ok::<_, Fault>((people, letters, events))
        })
        .await
        .unwrap();
    let with_letter: BTreeSet<_> = letters.into_iter().flatten().collect();
    let registered: BTreeSet<_> = events.iter().filter(|(_, action)| action == "account.registered").filter_map(|(id, _)| *id).collect();
    for (name, what) in acknowledged {
        let person = people.iter().find(|(username, ..)| username == name).unwrap_or_else(|| panic!("{name} {what} is lost"));
        if *what == "withdrawn" {
            assert_eq!(person.1, gatehouse::account::AccountState::Closed, "{name}");
            assert_eq!(person.3, Some(gatehouse::registration::CaseState::Withdrawn), "{name}");
        }
    }
    for (name, _, id, case) in &people {
        assert!(with_letter.contains(id), "{name} has no letter");
        assert!(registered.contains(id), "{name} has no event");
        assert!(case.is_some(), "{name} has no case");
    }
}

async fn cycles(database: &str, folder: PathBuf, cycles: usize) {
    // The support code's panics in clients are part of the plan.
    std::panic::set_hook(Box::new(|_| {}));
    let port = free_port();
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    for round in 0..cycles {
        let mut service = start(&folder, database, port).await;
        let clients: Vec<_> =
            (0..CLIENTS).map(|n| tokio::spawn(client(service.base.clone(), n, round, Arc::clone(&acknowledged)))).collect();
        tokio::time::sleep(Duration::from_millis(150 + 37 * (round as u64 % 10))).await;
        service.child.kill().unwrap();
        service.child.wait().unwrap();
        for client in clients {
            client.await.unwrap();
        }
    }
    let _ = std::panic::take_hook();
    let service = start(&folder, database, port).await;
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() > cycles, "something was acknowledged: {}", acknowledged.len());
    check(database, &acknowledged).await;
    let verified = Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .args(["--config", folder.join("gatehouse.toml").to_str().unwrap(), "audit", "verify"])
        .output();
    let Service { mut child, .. } = service;
    child.kill().unwrap();
    child.wait().unwrap();
    let verified = verified.unwrap();
    assert!(verified.status.success(), "{}{}", String::from_utf8_lossy(&verified.stdout), String::from_utf8_lossy(&verified.stderr));
    eprintln!("{} changes were acknowledged in {cycles} cycles; all are there", acknowledged.len());
}

fn how_many() -> usize {
    if std::env::var("GATEHOUSE_TEST_LONG").is_ok() { 200 } else { 20 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_sqlite() {
    let folder = tempfile::TempDir::new().unwrap();
    let database = format!("sqlite:{}", folder.path().join("gatehouse.db").display());
    cycles(&database, folder.path().to_owned(), how_many()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_postgres() {
    let Some(database) = new_postgres_database() else { return };
    let folder = tempfile::TempDir::new().unwrap();
    cycles(&database, folder.path().to_owned(), how_many()).await;
}
