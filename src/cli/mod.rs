//! The command line: one verb a line, `--json` wherever a script may want it, a secret printed once.

mod clients;
mod commands;
mod doctor;
mod import;
mod output;
mod persons;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::{Config, load};
use crate::demo;

/// Gatehouse: a standalone identity service for a provider portal.
#[derive(Parser)]
#[command(name = "gatehouse", version, about)]
struct Cli {
    /// The configuration file; GATEHOUSE_* variables stand over it.
    #[arg(long, global = true, env = "GATEHOUSE_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the whole story on this machine, with sample people and applications.
    Demo(Demo),
    /// Run the service.
    Serve,
    /// Bring the database's tables up to this version, and make the keys that are missing.
    Migrate(Json),
    /// Create or reset staff accounts.
    #[command(subcommand)]
    Staff(Staff),
    /// Register applications.
    #[command(subcommand)]
    Client(Client),
    /// Signing keys, and the master key.
    #[command(subcommand)]
    Key(Key),
    /// The agency's provider list and the NPPES extract, to check against.
    #[command(subcommand)]
    Directory(Directory),
    /// Mail that comes in, and whether mail goes out.
    #[command(subcommand)]
    Mail(Mail),
    /// Bring in what another system has.
    #[command(subcommand)]
    Import(Import),
    /// Look at everything the service needs; one line for each finding, and what to do.
    Doctor {
        /// A file with the answers of `dig +short TXT` for the records by which others believe our mail.
        #[arg(long)]
        dns: Option<PathBuf>,
        #[command(flatten)]
        json: Json,
    },
    /// Write a whole copy of the SQLite database to FILE, while the service runs.
    Backup {
        file: PathBuf,
        #[command(flatten)]
        json: Json,
    },
    /// What is kept of a person: exported, held for a court, erased.
    #[command(subcommand)]
    Person(Person),
    /// Check or export the audit.
    #[command(subcommand)]
    Audit(Audit),
    /// Check or show the configuration.
    #[command(subcommand, name = "config")]
    Configuration(Configuration),
}

#[derive(Args)]
struct Json {
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Demo {
    /// Start over with empty data.
    #[arg(long)]
    fresh: bool,
    /// The first of the three ports: N, N+10 and N+11.
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Where the demo keeps its data.
    #[arg(long, default_value = "demo-data")]
    folder: PathBuf,
}

#[derive(Subcommand)]
enum Staff {
    /// Create a staff account; prints a link to open once, within two days.
    Create {
        #[arg(long)]
        username: String,
        #[arg(long)]
        email: String,
        #[arg(long)]
        role: StaffRole,
        #[command(flatten)]
        json: Json,
    },
    /// Help a staff member who lost phone or password: prints a new link, and ends what they had.
    Reset {
        username: String,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum StaffRole {
    Reviewer,
    Administrator,
    Auditor,
}

#[derive(Subcommand)]
enum Client {
    /// Register the application that FILE describes (JSON, RFC 7591 member names).
    Create {
        file: PathBuf,
        #[command(flatten)]
        json: Json,
    },
    List(Json),
    /// A token with which applications register themselves, where the configuration lets them.
    Token {
        /// How many applications.
        #[arg(long, default_value_t = 1)]
        uses: u32,
        /// For how many days.
        #[arg(long, default_value_t = 7)]
        days: u32,
        #[command(flatten)]
        json: Json,
    },
    /// Print an application's registration, as a FILE for `change` has it.
    Show {
        id: String,
    },
    /// Register an application anew, as FILE says; its secret stays.
    Change {
        id: String,
        file: PathBuf,
        #[command(flatten)]
        json: Json,
    },
    /// Remove an application; every grant it holds ends.
    Delete {
        id: String,
        #[command(flatten)]
        json: Json,
    },
    /// Give an application a new secret; the old one stops working.
    RotateSecret {
        id: String,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Subcommand)]
enum Key {
    /// Publish new keys, and sign with them in two minutes; a running service follows within a second.
    Rotate {
        /// Sign with them in three seconds: where the old ones may be known to somebody.
        #[arg(long)]
        now: bool,
        #[command(flatten)]
        json: Json,
    },
    List(Json),
    /// Wrap every key under the configured master key; master_key_previous is the one before.
    Rewrap(Json),
}

#[derive(Subcommand)]
enum Directory {
    /// Bring FILE (CSV: a provider list, or an NPPES extract) into the directory; rows that are known are updated.
    Import {
        file: PathBuf,
        /// Go on although many active facilities would end.
        #[arg(long)]
        confirm: bool,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Subcommand)]
enum Mail {
    /// Read one raw message from standard input, as a mail server pipes it: a mailed template becomes a draft.
    Receive(Json),
    /// Hand one letter to the mail server, and print what it says.
    Test {
        /// To whom.
        #[arg(long)]
        to: String,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Subcommand)]
enum Import {
    /// Accounts of the portal before, approved and without passwords: FILE is a CSV, and may be imported again.
    Accounts {
        file: PathBuf,
        /// Say what would happen, row by row, and change nothing.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Subcommand)]
enum Person {
    /// Print what is kept of the person who holds USERNAME, all accounts, as JSON that can be handed to them.
    Export { username: String },
    /// Erase nothing of the person, whatever the schedule says, until the hold is lifted.
    Hold {
        username: String,
        /// Why: the court's or the auditor's name for it.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        json: Json,
    },
    /// Lift the hold that was placed for this reason.
    Lift {
        username: String,
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        json: Json,
    },
    /// List what is held.
    Held(Json),
    /// Erase what a closed account tells of its holder, before its time.
    Erase {
        username: String,
        /// The order that says so; it is kept in the audit.
        #[arg(long)]
        order: String,
        #[command(flatten)]
        json: Json,
    },
}

#[derive(Subcommand)]
enum Audit {
    /// Check the whole chain; names the first broken link.
    Verify(Json),
    /// Print sealed events, one JSON object a line.
    Export {
        /// Only events after this sequence number.
        #[arg(long, default_value_t = 0)]
        after: i64,
    },
}

#[derive(Subcommand)]
enum Configuration {
    /// List every problem of the configuration.
    Check(Json),
    /// Show the configuration that is in force, without secrets.
    Show(Json),
}

/// Runs the command that `arguments` name.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return output::failed(&format!("no threads can be started: {e}")),
    };
    let code = match runtime.block_on(dispatch(cli)) {
        Ok(code) => code,
        Err(problem) => output::failed(&problem.to_string()),
    };
    // A thread that waits for a database which is gone keeps nobody.
    runtime.shutdown_timeout(Duration::from_secs(5));
    code
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn dispatch(cli: Cli) -> Result<ExitCode, Failure> {
    let config = || load(cli.config.as_deref());
    match &cli.command {
        Command::Demo(demo) => {
            output::log_to_stdout("warn");
            let options = demo::Options { fresh: demo.fresh, port: demo.port, folder: demo.folder.clone() };
            demo::start(options).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Serve => commands::serve(logged(config()?)).await,
        Command::Migrate(json) => commands::migrate(config()?, json.json).await,
        Command::Staff(Staff::Create { username, email, role, json }) => {
            commands::staff_create(config()?, username, email, *role, json.json).await
        }
        Command::Staff(Staff::Reset { username, json }) => commands::staff_reset(config()?, username, json.json).await,
        Command::Client(Client::Create { file, json }) => clients::create(config()?, file, json.json).await,
        Command::Client(Client::List(json)) => clients::list(config()?, json.json).await,
        Command::Client(Client::Token { uses, days, json }) => clients::token(config()?, *uses, *days, json.json).await,
        Command::Client(Client::Show { id }) => clients::show(config()?, id).await,
        Command::Client(Client::Change { id, file, json }) => clients::change(config()?, id, file, json.json).await,
        Command::Client(Client::Delete { id, json }) => clients::delete(config()?, id, json.json).await,
        Command::Client(Client::RotateSecret { id, json }) => clients::rotate_secret(config()?, id, json.json).await,
        Command::Key(Key::Rotate { now, json }) => commands::key_rotate(config()?, *now, json.json).await,
        Command::Key(Key::List(json)) => commands::key_list(config()?, json.json).await,
        Command::Key(Key::Rewrap(json)) => commands::key_rewrap(&config()?, json.json).await,
        Command::Directory(Directory::Import { file, confirm, json }) => {
            commands::directory_import(config()?, file, *confirm, json.json).await
        }
        Command::Mail(Mail::Receive(json)) => commands::mail_receive(config()?, json.json).await,
        Command::Mail(Mail::Test { to, json }) => commands::mail_test(config()?, to, json.json).await,
        Command::Import(Import::Accounts { file, dry_run, json }) => import::accounts(config()?, file, *dry_run, json.json).await,
        Command::Doctor { dns, json } => doctor::run(config()?, dns.as_deref(), json.json).await,
        Command::Backup { file, json } => commands::backup(&config()?, file, json.json),
        Command::Person(Person::Export { username }) => persons::export(config()?, username).await,
        Command::Person(Person::Hold { username, reason, json }) => persons::hold(config()?, username, reason, json.json).await,
        Command::Person(Person::Lift { username, reason, json }) => persons::lift(config()?, username, reason, json.json).await,
        Command::Person(Person::Held(json)) => persons::held(config()?, json.json).await,
        Command::Person(Person::Erase { username, order, json }) => persons::erase(config()?, username, order, json.json).await,
        Command::Audit(Audit::Verify(json)) => commands::audit_verify(config()?, json.json).await,
        Command::Audit(Audit::Export { after }) => commands::audit_export(config()?, *after).await,
        Command::Configuration(Configuration::Check(json)) => Ok(commands::config_check(config(), json.json)),
        Command::Configuration(Configuration::Show(json)) => Ok(commands::config_show(&config()?, json.json)),
    }
}

fn logged(config: Config) -> Config {
    output::log_to_stdout(&config.log);
    config
}
