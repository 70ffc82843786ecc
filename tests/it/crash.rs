//! `kill -9` while people register and staff decide: what was acknowledged is there afterwards, with its letter and its event.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::prelude::*;
use gatehouse::account::AccountState;
use gatehouse::clock::{Clock, SystemClock};
use gatehouse::db::schema::{accounts, audit_events, cases, outbox};
use gatehouse::db::{Fault, Tx};
use gatehouse::ids::{AccountId, CaseId};
use gatehouse::outbox::LetterKind;
use gatehouse::registration::CaseState;

use crate::support::app::{letters_in, new_postgres_database, open_db};
use crate::support::people::{PASSWORD, code_at, filled, profile, secret_on};
use crate::support::{Browser, http};

const CLIENTS: usize = 32;
/// Cases that wait for staff when a round begins: one for two clients, of whom one approves and one denies.
const CASES_A_ROUND: usize = CLIENTS / 2;

struct Service {
    child: Child,
    base: String,
}

/// A test that fails leaves nothing running.
impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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

/// What the visitor was told: whose account or case it was, and what became of it.
type Acknowledged = Arc<Mutex<Vec<(String, &'static str)>>>;

/// Registers, withdraws and decides without end; what was acknowledged is noted. Stops when the service is gone.
async fn client(base: String, number: usize, round: usize, reviewer: Browser, case: CaseId, done: Acknowledged) {
    for n in 0.. {
        let note = |name: &str, what| done.lock().unwrap().push((name.to_owned(), what));
        let work = async {
            let name = format!("c{round}-{number}-{n}");
            let browser = Browser::new(&base);
            if !register(&browser, &name).await {
                return;
            }
            note(&name, "registered");
            if (n + number) % 2 == 1 {
                let page = browser.get("/status/withdraw").await;
                if browser.submit(&page, &[]).await.title() == "Your request is withdrawn" {
                    note(&name, "withdrawn");
                }
            }
        };
        let decision = async {
            if n > 0 {
                return;
            }
            let page = reviewer.get(&format!("/staff/cases/{case}")).await;
            if page.says("by rosa") {
                return; // The other was first, and what this page offers now is to rescind.
            }
            let denied = [("decision", "deny"), ("reason", "Not enrolled.")];
            let page = reviewer.submit(&page, if number.is_multiple_of(2) { &denied } else { &[] }).await;
            for (words, what) in [("Denied by rosa", "denied"), ("Approved by rosa", "approved")] {
                if page.says(words) {
                    note(&case.to_string(), what);
                }
            }
        };
        // The support code panics when the connection breaks: that is the end of this client.
        if futures_catch(decision).await.is_err() || futures_catch(work).await.is_err() {
            return;
        }
    }
}

async fn register(browser: &Browser, name: &str) -> bool {
    let page = browser.get("/register").await;
    let email = format!("{name}@x.example");
    let fields = [("email", email.as_str()), ("username", name), ("password", PASSWORD), ("confirm_password", PASSWORD)];
    browser.submit(&page, &fields).await.title() == "Complete your registration"
}

/// A reviewer, as `gatehouse staff create` and the enrolment page make one. The session outlives every crash.
async fn reviewer(folder: &Path, base: &str) -> Browser {
    let create = ["staff", "create", "--username", "rosa", "--email", "rosa@agency.example", "--role", "reviewer", "--json"];
    let made = gatehouse(folder).args(create).output().unwrap();
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap_or_else(|e| panic!("{e}: {made:?}"));
    let link = made["enrolment_url"].as_str().unwrap();
    let browser = Browser::new(base);
    let page = browser.get(link.strip_prefix(base).unwrap()).await;
    let code = code_at(&secret_on(&page), u64::try_from(SystemClock.now().seconds()).unwrap());
    let page = browser.submit(&page, &[("password", PASSWORD), ("confirm_password", PASSWORD), ("otp", &code)]).await;
    assert_eq!(page.title(), "Queue", "{}", page.text());
    browser
}

/// People who applied and confirmed their addresses: their cases, which wait in the queue.
async fn applied(folder: &Path, base: &str, database: &str, round: usize) -> Vec<CaseId> {
    let mail = folder.join("mail");
    let _ = std::fs::remove_dir_all(&mail);
    std::fs::create_dir_all(&mail).unwrap();
    let people =
        (0..CASES_A_ROUND).map(|n| (format!("w{round}-{n}"), u32::try_from(round * CASES_A_ROUND + n).unwrap(), Browser::new(base)));
    let people: Vec<_> = people.collect();
    for (name, number, browser) in &people {
        assert!(register(browser, name).await, "{name}");
        let page = browser.get("/profile").await;
        let page = browser.submit(&page, &filled(&profile(&format!("{name} clinic"), *number))).await;
        assert_eq!(page.title(), "Your registration", "{}", page.text());
    }
    for (name, _, browser) in &people {
        let page = browser.get(&confirmation(&mail, name).await).await;
        let page = browser.submit(&page, &[]).await;
        assert!(page.says("In review"), "{}", page.text());
    }
    let waiting = |tx: &mut Tx| -> Result<Vec<(String, CaseId)>, Fault> {
        let cases = cases::table.inner_join(accounts::table).filter(cases::state.eq(CaseState::InReview));
        Ok(cases.select((accounts::username, cases::id)).load(tx)?)
    };
    let waiting = open_db(database).read(waiting).await.unwrap();
    let of_round = waiting.into_iter().filter(|(name, _)| people.iter().any(|(known, ..)| known == name));
    of_round.map(|(_, case)| case).collect()
}

/// The link of the letter to `name`, once the service has sent it.
async fn confirmation(mail: &Path, name: &str) -> String {
    for _ in 0..400 {
        let letters = letters_in(mail);
        if let Some(letter) = letters.iter().find(|l| l.to == format!("{name}@x.example") && l.subject.contains("Confirm your email")) {
            return letter.link();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no letter to {name}");
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

/// What the database holds after the last crash.
struct Held {
    people: Vec<(String, AccountState, AccountId, Option<(CaseId, CaseState)>)>,
    letters: BTreeSet<(Option<AccountId>, String)>,
    events: Vec<(Option<AccountId>, String)>,
}

async fn held(database: &str) -> Held {
    let read = |tx: &mut Tx| -> Result<Held, Fault> {
        let people = accounts::table.left_join(cases::table).filter(accounts::username.ne("rosa"));
        let people = people.select((accounts::username, accounts::state, accounts::id, (cases::id, cases::state).nullable())).load(tx)?;
        let letters: Vec<(Option<AccountId>, Option<String>)> = outbox::table.select((outbox::account_id, outbox::letter)).load(tx)?;
        let events = audit_events::table.select((audit_events::account_id, audit_events::action)).load(tx)?;
        Ok(Held { people, letters: letters.into_iter().filter_map(|(account, letter)| Some((account, letter?))).collect(), events })
    };
    open_db(database).read(read).await.unwrap()
}

/// Every acknowledged change is there; every change that is there has its one event and its letter, acknowledged or not.
async fn check(database: &str, acknowledged: &[(String, &'static str)]) {
    let Held { people, letters, events } = held(database).await;
    // Once through each list: a thousand cycles make half a million events.
    let mut by_subject = HashMap::new();
    for person in &people {
        by_subject.insert(person.0.clone(), person);
        if let Some((case, _)) = person.3 {
            by_subject.insert(case.to_string(), person);
        }
    }
    let mut told_of: HashMap<(AccountId, &str), usize> = HashMap::new();
    for (account, action) in &events {
        if let Some(account) = account {
            *told_of.entry((*account, action)).or_default() += 1;
        }
    }
    let written: HashSet<(AccountId, &str)> = letters.iter().filter_map(|(account, letter)| Some(((*account)?, letter.as_str()))).collect();
    let has_any_letter: HashSet<AccountId> = letters.iter().filter_map(|(account, _)| *account).collect();
    for (subject, what) in acknowledged {
        let (_, account, _, case) = by_subject.get(subject).unwrap_or_else(|| panic!("{subject} {what} is lost"));
        let state = case.map(|(_, state)| state);
        match *what {
            "withdrawn" => assert_eq!((*account, state), (AccountState::Closed, Some(CaseState::Withdrawn)), "{subject}"),
            "approved" => assert_eq!((*account, state), (AccountState::Active, Some(CaseState::Approved)), "{subject}"),
            "denied" => assert_eq!((*account, state), (AccountState::Pending, Some(CaseState::Denied)), "{subject}"),
            _ => {}
        }
    }
    for (name, _, id, case) in &people {
        let told = |action: &'static str| told_of.get(&(*id, action)).copied().unwrap_or(0);
        let (_, state) = case.unwrap_or_else(|| panic!("{name} has no case"));
        assert!(has_any_letter.contains(id), "{name} has no letter");
        assert_eq!(told("account.registered"), 1, "{name}");
        for (decided, action, letter) in [
            (CaseState::Approved, "case.approved", LetterKind::Approved),
            (CaseState::Denied, "case.denied", LetterKind::Denied),
            (CaseState::Withdrawn, "case.withdrawn", LetterKind::ConfirmAddress),
        ] {
            assert_eq!(told(action), usize::from(state == decided), "{name} {action}");
            assert!(state != decided || written.contains(&(*id, letter.as_str())), "{name} has no letter: {letter}");
        }
    }
}

async fn cycles(database: &str, folder: &Path, cycles: usize) {
    let port = free_port();
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let mut rosa = None;
    for round in 0..cycles {
        let service = start(folder, database, port).await;
        if rosa.is_none() {
            rosa = Some(reviewer(folder, &service.base).await);
        }
        let waiting = applied(folder, &service.base, database, round).await;
        assert_eq!(waiting.len(), CASES_A_ROUND, "round {round}");
        let base = &service.base;
        let begin = |n: usize| client(base.clone(), n, round, rosa.clone().unwrap(), waiting[n / 2], Arc::clone(&acknowledged));
        // The support code's panics in clients are part of the plan.
        std::panic::set_hook(Box::new(|_| {}));
        let clients: Vec<_> = (0..CLIENTS).map(|n| tokio::spawn(begin(n))).collect();
        // Early in one round and late in another, on a fast database and on a slow one.
        let enough = acknowledged.lock().unwrap().len() + 8 + 15 * (round % 8);
        for _ in 0..1000 {
            tokio::time::sleep(Duration::from_millis(3)).await;
            if acknowledged.lock().unwrap().len() >= enough {
                break;
            }
        }
        drop(service);
        for client in clients {
            client.await.unwrap();
        }
        let _ = std::panic::take_hook();
    }
    let service = start(folder, database, port).await;
    let acknowledged = acknowledged.lock().unwrap().clone();
    for what in ["registered", "withdrawn", "approved", "denied"] {
        assert!(acknowledged.iter().any(|(_, done)| *done == what), "nobody was {what}");
    }
    check(database, &acknowledged).await;
    let verified = gatehouse(folder).args(["audit", "verify"]).output();
    drop(service);
    let verified = verified.unwrap();
    assert!(verified.status.success(), "{}{}", String::from_utf8_lossy(&verified.stdout), String::from_utf8_lossy(&verified.stderr));
    eprintln!("{} changes were acknowledged in {cycles} cycles; all are there", acknowledged.len());
}

/// The command, with the service's configuration.
fn gatehouse(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    command.arg("--config").arg(folder.join("gatehouse.toml"));
    command
}

fn how_many(in_the_long_run: usize) -> usize {
    if std::env::var("GATEHOUSE_TEST_LONG").is_ok() { in_the_long_run } else { 20 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_sqlite() {
    let folder = tempfile::TempDir::new().unwrap();
    let database = format!("sqlite:{}", folder.path().join("gatehouse.db").display());
    cycles(&database, folder.path(), how_many(1_000)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_postgres() {
    let Some(database) = new_postgres_database() else { return };
    let folder = tempfile::TempDir::new().unwrap();
    cycles(&database, folder.path(), how_many(200)).await;
}
