//! Starts everything together, or nothing: ports first, then folders, then people, then pages.

use std::path::{Path, PathBuf};

use tokio::net::TcpListener;

use super::{agency, complaints, people, tickets};
use crate::app::App;
use crate::config::{Config, MasterKey, read};
use crate::db::Fault;
use crate::secret::{Random, SystemRandom};
use crate::service;

/// What the command line asked for.
#[derive(Debug, Clone)]
pub struct Options {
    pub fresh: bool,
    pub port: u16,
    pub folder: PathBuf,
}

/// Why the demo did not start: one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("port {0} is taken: stop what uses it, or move the demo with --port N (it uses N, N+10 and N+11)")]
    PortTaken(u16),
    #[error("--port {0} is too high: the demo uses N, N+10 and N+11")]
    PortTooHigh(u16),
    #[error("the folder {folder} cannot be written ({problem}): start the demo where you may write")]
    Folder { folder: String, problem: std::io::Error },
    #[error("{0}")]
    Config(#[from] crate::config::Problems),
    #[error("{0}")]
    Fault(#[from] Fault),
    #[error("the service stopped: {0}")]
    Stopped(std::io::Error),
}

/// The three places of the demo.
#[derive(Debug, Clone)]
pub struct Places {
    pub service: String,
    pub complaints: String,
    pub tickets: String,
}

/// Runs until it is told to stop.
pub async fn start(options: Options) -> Result<(), DemoError> {
    let last = options.port.checked_add(11).ok_or(DemoError::PortTooHigh(options.port))?;
    let listeners = [listen(options.port).await?, listen(options.port + 10).await?, listen(last).await?];
    let places = Places {
        service: format!("http://localhost:{}", options.port),
        complaints: format!("http://localhost:{}", options.port + 10),
        tickets: format!("http://localhost:{last}"),
    };
    let folder = prepare_folder(&options).map_err(|problem| DemoError::Folder { folder: options.folder.display().to_string(), problem })?;
    let config = configure(&folder, &options, &places)?;
    let app = service::open(config).await?;
    let secrets = people::settle(&app, &places).await?;
    agency::settle(&app, &folder).await?;
    print_table(&app, &places, &folder);

    let [service_listener, complaints_listener, tickets_listener] = listeners;
    let complaints = tokio::spawn(complaints::run(complaints_listener, places.clone(), secrets.complaints));
    let tickets = tokio::spawn(tickets::run(tickets_listener, places, secrets.tickets, folder.join("tickets.json")));
    let served = service::run(app, service_listener).await;
    complaints.abort();
    tickets.abort();
    served.map_err(DemoError::Stopped)
}

/// Loopback only: on IPv4, which is where browsers look for `localhost` too.
async fn listen(port: u16) -> Result<TcpListener, DemoError> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|_| DemoError::PortTaken(port))
}

fn prepare_folder(options: &Options) -> std::io::Result<PathBuf> {
    let folder = &options.folder;
    if options.fresh && folder.exists() {
        // Only what a demo made: the folder may be anybody's.
        for name in [
            "gatehouse.db",
            "gatehouse.db-wal",
            "gatehouse.db-shm",
            "gatehouse.migrating",
            "master.key",
            "gatehouse.toml",
            "tickets.json",
            "clients.json",
            "directory.csv",
        ] {
            match std::fs::remove_file(folder.join(name)) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        if folder.join("mail").exists() {
            std::fs::remove_dir_all(folder.join("mail"))?;
        }
    }
    std::fs::create_dir_all(folder.join("mail"))?;
    std::fs::canonicalize(folder)
}

/// Writes the configuration as a file, so that every other command works on the demo too.
fn configure(folder: &Path, options: &Options, places: &Places) -> Result<Config, DemoError> {
    use base64::Engine;
    let failed = |problem| DemoError::Folder { folder: folder.display().to_string(), problem };
    let key_file = folder.join("master.key");
    if !key_file.exists() {
        let mut key = [0; 32];
        SystemRandom.fill(&mut key);
        write_private(&key_file, &base64::engine::general_purpose::STANDARD.encode(key)).map_err(failed)?;
        debug_assert!(MasterKey::parse(&base64::engine::general_purpose::STANDARD.encode(key)).is_some());
    }
    let text = format!(
        "# Made by `gatehouse demo`. Other commands work on the demo with --config and this file.\n\
         issuer = {:?}\nlisten = \"127.0.0.1:{}\"\ndatabase_url = {:?}\nmail_url = {:?}\nmaster_key_file = {:?}\n\
         log = \"warn\"\n",
        places.service,
        options.port,
        format!("sqlite:{}", folder.join("gatehouse.db").display()),
        format!("file://{}", folder.join("mail").display()),
        key_file.display().to_string(),
    );
    std::fs::write(folder.join("gatehouse.toml"), &text).map_err(failed)?;
    let mut config = read(&text, &std::collections::BTreeMap::new())?;
    config.mailbox = true;
    Ok(config)
}

/// Readable by its owner alone.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

/// One table: what runs where, who can sign in, what to try.
fn print_table(app: &App, places: &Places, folder: &Path) {
    let rows = |title: &str, rows: &[(&str, String)]| {
        println!("\n{title}");
        for (name, text) in rows {
            println!("  {name:<22} {text}");
        }
    };
    println!("\nGatehouse demo. Everything runs on this machine only. Stop it with Ctrl-C.");
    rows(
        "What runs where",
        &[
            ("Gatehouse", places.service.clone()),
            ("MCO Complaints", format!("{}   (sample application)", places.complaints)),
            ("Ticket service", format!("{}   (sample resource server)", places.tickets)),
            ("Mailbox", format!("{}/dev/mailbox   (every letter, and the staff's authenticator codes)", places.service)),
            ("Review console", format!("{}/staff/queue", places.service)),
        ],
    );
    rows(
        "Who can sign in",
        &people::PEOPLE
            .iter()
            .map(|person| (person.username, person.about))
            .chain([(agency::BESIDE, "the same person, for Oak Terrace Nursing Home")])
            .map(|(username, about)| (username, format!("{:<34} {about}", people::PASSWORD)))
            .collect::<Vec<_>>(),
    );
    rows(
        "What to try",
        &[
            ("1. Register", format!("{}/register, then confirm from the mailbox and fill in the profile", places.service)),
            ("2. Approve it", format!("sign in as {} with the code from the mailbox", people::REVIEWER)),
            ("3. File a ticket", format!("open {} and sign in", places.complaints)),
            ("4. Suspend it", "in the console, under Accounts; the next ticket is refused".to_owned()),
            (
                "5. Many facilities",
                "sign in as prairie.billing: switch facility, look at the sheet that was sent, correct a row".to_owned(),
            ),
            ("6. Decide rows", format!("{}/staff/requests: approve the green ones, and redeem from the mailbox", places.service)),
        ],
    );
    println!("\nData lies in {}; `gatehouse demo --fresh` starts over.", folder.display());
    println!("Other commands: gatehouse --config {} …\n", folder.join("gatehouse.toml").display());
    debug_assert!(app.config.mailbox);
}
