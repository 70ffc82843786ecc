//! The commands, each over the same operations as the pages.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpListener;

use super::output::{failed, print, say};
use super::{Failure, StaffRole};
use crate::account::Role;
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::authentication::{self, EnrolRefusal, Enrolment};
use crate::config::{Config, DatabaseUrl, MailUrl, Problems, RedisUrl};
use crate::context::{Actor, Context, RequestId};
use crate::db::{self, Db, Refused};
use crate::facility::directory::{self, ImportRefusal};
use crate::ids::RowId;
use crate::keyring::{self, Algorithm};
use crate::mail::{self, Answer, Transport};
use crate::oidc;
use crate::roster::{self, Received};
use crate::secret::SystemRandom;
use crate::service;
use crate::values::{EmailAddress, Problem, Username};
use crate::words::{Catalogue, Words};

/// The context of whoever holds the configuration.
pub fn operator(app: &App) -> Context {
    app.context(Actor::Operator, RequestId::of_work("command line"))
}

fn words() -> Words {
    std::sync::Arc::new(Catalogue::built_in()).choose("en")
}

fn in_words<T>(what: &str, value: Result<T, Problem>) -> Result<T, Failure> {
    value.map_err(|problem| format!("{what}: {}", crate::web::say(&words(), &problem)).into())
}

pub async fn serve(config: Config) -> Result<ExitCode, Failure> {
    let listener = TcpListener::bind(config.listen).await.map_err(|e| format!("cannot listen on {}: {e}", config.listen))?;
    let app = service::open(config).await?;
    tracing::info!(issuer = app.config.issuer.as_str(), listen = %app.config.listen, "serving");
    service::run(app, listener).await?;
    #[cfg(feature = "otlp")]
    tokio::task::spawn_blocking(crate::telemetry::flush).await?;
    Ok(ExitCode::SUCCESS)
}

pub async fn migrate(config: Config, json: bool) -> Result<ExitCode, Failure> {
    let url = config.database.clone();
    let ran = tokio::task::spawn_blocking(move || db::migrate(&url)).await??;
    // With the keys that are missing: whoever rehearses or examines afterwards makes none.
    service::open(config).await?;
    say(json, &json!({ "applied": ran }), || match ran.is_empty() {
        true => "The tables are up to date.".into(),
        false => format!("Applied: {}", ran.join(", ")),
    });
    Ok(ExitCode::SUCCESS)
}

pub async fn staff_create(config: Config, username: &str, email: &str, role: StaffRole, json: bool) -> Result<ExitCode, Failure> {
    let (username, email) = (in_words("--username", Username::parse(username))?, in_words("--email", EmailAddress::parse(email))?);
    let role = match role {
        StaffRole::Reviewer => Role::Reviewer,
        StaffRole::Administrator => Role::Administrator,
        StaffRole::Auditor => Role::Auditor,
    };
    let app = service::open(config).await?;
    let ctx = operator(&app);
    let name = username.clone();
    let created = app.db.write(move |tx| authentication::invite_staff(tx, &ctx, &name, &email, role)).await;
    enrolment(&app, &username, created, json)
}

pub async fn staff_reset(config: Config, username: &str, json: bool) -> Result<ExitCode, Failure> {
    let username = in_words("USERNAME", Username::parse(username))?;
    let app = service::open(config).await?;
    let (ctx, name) = (operator(&app), username.clone());
    let reset = app.db.write(move |tx| authentication::reset_staff(tx, &ctx, &name)).await;
    enrolment(&app, &username, reset, json)
}

fn enrolment(app: &App, username: &Username, made: Result<Enrolment, Refused<EnrolRefusal>>, json: bool) -> Result<ExitCode, Failure> {
    let name = username.as_str();
    match made {
        Ok(enrolment) => {
            let url = app.config.url(&enrolment.path);
            say(json, &json!({ "username": name, "enrolment_url": url }), || {
                format!("Give this link to the holder of {name}. It works once, within two days:\n{url}")
            });
            Ok(ExitCode::SUCCESS)
        }
        Err(Refused::Refusal(EnrolRefusal::UsernameTaken)) => Ok(failed(&format!("the username {name} is taken; choose another"))),
        Err(Refused::Refusal(_)) => Ok(failed(&format!("there is no staff account {name}"))),
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

pub async fn key_rotate(config: Config, at_once: bool, json: bool) -> Result<ExitCode, Failure> {
    let app = service::open(config).await?;
    // Relying parties may keep the JWKS for a minute; every replica reads the keys within a second or two.
    let ahead = Duration::from_secs(if at_once { 3 } else { 120 });
    let kids = oidc::rotate(&app, &operator(&app), Algorithm::ALL, ahead, None).await?;
    let when = if at_once { "in three seconds, when every replica has them" } else { "in two minutes, when everybody has seen them" };
    say(json, &json!({ "kids": kids, "signs_in_seconds": ahead.as_secs() }), || {
        format!("New keys are published, and sign {when}; the old ones stay published.\n{}", kids.join("\n"))
    });
    Ok(ExitCode::SUCCESS)
}

pub async fn key_list(config: Config, json: bool) -> Result<ExitCode, Failure> {
    let app = service::open(config).await?;
    let (keys, now) = (app.signing.all(), app.clock.now());
    let list: Vec<_> = keys
        .iter()
        .map(|key| json!({ "kid": key.kid, "alg": key.algorithm, "created_at": key.created_at.rfc3339(), "active_at": key.active_at.rfc3339(), "retired_at": key.retired_at.map(|t| t.rfc3339()) }))
        .collect();
    say(json, &json!(list), || {
        let line = |key: &std::sync::Arc<keyring::SigningKey>| {
            let state = match key.retired_at {
                _ if now < key.active_at => format!("signs from {}", key.active_at.rfc3339()),
                Some(at) if at <= now => format!("retired {}", at.rfc3339()),
                Some(at) => format!("signs until {}", at.rfc3339()),
                None => "signs".to_owned(),
            };
            format!("{} {} {} {state}", key.algorithm, key.kid, key.created_at.rfc3339())
        };
        keys.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    Ok(ExitCode::SUCCESS)
}

pub async fn key_rewrap(config: &Config, json: bool) -> Result<ExitCode, Failure> {
    let Some(from) = config.previous_master_key.clone() else {
        return Ok(failed("set master_key_previous (GATEHOUSE_MASTER_KEY_PREVIOUS) to the key to rotate away from"));
    };
    db::migrate(&config.database)?;
    let (db, to) = (Db::open(&config.database)?, config.master_key.clone());
    let count = db.write(move |tx| keyring::rewrap(tx, &from, &to, &SystemRandom)).await?;
    let app = App::open(config.clone(), std::sync::Arc::new(crate::clock::SystemClock), std::sync::Arc::new(SystemRandom)).await?;
    let ctx = operator(&app);
    app.db.write(move |tx| audit::record(tx, &ctx, Event::new(Action::KeysRewrapped).detail(json!({ "keys": count })))).await?;
    say(json, &json!({ "rewrapped": count }), || format!("{count} keys were wrapped anew. master_key_previous can go now."));
    Ok(ExitCode::SUCCESS)
}

pub async fn directory_import(config: Config, file: &Path, confirmed: bool, json: bool) -> Result<ExitCode, Failure> {
    let app = service::open(config).await?;
    match directory::import(&app, &operator(&app), file, confirmed).await {
        Ok(done) => {
            say(json, &serde_json::to_value(&done)?, || {
                format!(
                    "{} rows of {} were read, {} skipped. {} approved facilities ended: see Facilities in the console.",
                    done.rows, done.kind, done.skipped, done.endings
                )
            });
            Ok(ExitCode::SUCCESS)
        }
        Err(ImportRefusal::Fault(fault)) => Err(fault.into()),
        Err(refusal) => Ok(failed(&refusal.to_string())),
    }
}

pub async fn mail_receive(config: Config, json: bool) -> Result<ExitCode, Failure> {
    use std::io::Read;
    let mut raw = Vec::new();
    std::io::stdin().take(40 << 20).read_to_end(&mut raw)?;
    let app = service::open(config).await?;
    let ctx = app.system_context("mail");
    let received = roster::receive(&app, &ctx, &raw).await?;
    let detail = match &received {
        Received::Draft { request, rows } => json!({ "outcome": "draft", "request": request, "rows": rows }),
        Received::PleaseUpload(why) | Received::Ignored(why) => json!({ "outcome": received.as_str(), "why": why }),
        Received::NotRegistered => json!({ "outcome": received.as_str() }),
    };
    say(json, &detail, || detail.to_string());
    Ok(ExitCode::SUCCESS)
}

pub async fn audit_verify(config: Config, json: bool) -> Result<ExitCode, Failure> {
    let app = service::open(config).await?;
    Ok(match audit::verify(&app).await? {
        Ok(verified) => {
            say(json, &serde_json::to_value(&verified)?, || {
                format!(
                    "The chain holds: {} events sealed, {} not yet.\nCheckpoint {}",
                    verified.sealed, verified.unsealed, verified.checkpoint
                )
            });
            ExitCode::SUCCESS
        }
        Err(broken) => {
            say(json, &json!({ "broken": broken }), || format!("The chain is broken at event {}: {}.", broken.sequence, broken.why));
            ExitCode::FAILURE
        }
    })
}

pub async fn audit_export(config: Config, after: i64) -> Result<ExitCode, Failure> {
    let app = service::open(config).await?;
    let mut after = after;
    loop {
        let entries = app.db.scan(move |tx| audit::export(tx, after, 1_000)).await?;
        let Some(last) = entries.last().and_then(|entry| entry.sequence) else { return Ok(ExitCode::SUCCESS) };
        for entry in &entries {
            print(&serde_json::to_string(entry)?);
        }
        after = last;
    }
}

pub fn config_check(config: Result<Config, Problems>, json: bool) -> ExitCode {
    match config {
        Ok(_) => {
            say(json, &json!({ "problems": [] }), || "The configuration has no problems.".into());
            ExitCode::SUCCESS
        }
        Err(problems) => {
            if json {
                print(&json!({ "problems": problems.0 }).to_string());
                return ExitCode::FAILURE;
            }
            failed(&problems.to_string())
        }
    }
}

/// Host and database of a URL: before the host there may be a password, and among the options another.
fn place_of(url: &str) -> &str {
    let place = url.rsplit("://").next().unwrap_or("").split('?').next().unwrap_or("");
    place.rsplit('@').next().unwrap_or("")
}

pub fn config_show(config: &Config, json: bool) -> ExitCode {
    let database = match &config.database {
        DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        DatabaseUrl::Postgres(url) => format!("postgres://{}", place_of(url)),
    };
    let mail = match &config.mail {
        MailUrl::Folder(path) => format!("file://{}", path.display()),
        MailUrl::Smtp { host, port, .. } => format!("smtp to {host}:{port}"),
    };
    let kinds: Vec<_> = config.organization_types.iter().map(|kind| kind.id.clone()).collect();
    let shown = json!({
        "issuer": config.issuer.as_str(),
        "listen": config.listen.to_string(),
        "database": database,
        "redis": config.redis.as_ref().map(RedisUrl::place),
        "metrics_listen": config.metrics_listen.map(|address| address.to_string()),
        "mail": mail,
        "mail_from": config.mail_from,
        "master_key": keyring::wrapper_id(&config.master_key),
        "agency": config.agency.name,
        "time_zone": config.agency.time_zone,
        "decide_within_hours": config.clock.decide_within_hours,
        "organization_types": kinds,
    });
    say(json, &shown, || {
        let lines =
            shown.as_object().into_iter().flatten().map(|(name, value)| format!("{name:<22} {}", value.to_string().trim_matches('"')));
        lines.collect::<Vec<_>>().join("\n")
    });
    ExitCode::SUCCESS
}

pub fn backup(config: &Config, file: &Path, json: bool) -> Result<ExitCode, Failure> {
    let DatabaseUrl::Sqlite(path) = &config.database else {
        return Ok(failed("PostgreSQL is backed up by its own tools (pg_dump, or a base backup with WAL): see docs/operations.md"));
    };
    match db::back_up(path, file) {
        Ok(bytes) => {
            say(json, &json!({ "file": file.display().to_string(), "bytes": bytes }), || {
                format!("{} is a whole copy of the database ({} KiB). Keep the master key too, elsewhere.", file.display(), bytes / 1024)
            });
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => Ok(failed(&fault.to_string())),
    }
}

/// Hands one letter to the mail server, as the service would.
pub async fn mail_test(config: Config, to: &str, json: bool) -> Result<ExitCode, Failure> {
    let to = in_words("the address", EmailAddress::parse(to))?;
    let transport = Transport::open(&config)?;
    match transport.send(RowId::new(), to.as_str(), &mail::test_letter(&words(), &config)).await {
        Answer::Accepted(answer) => {
            say(json, &json!({ "to": to.as_str(), "answer": answer }), || format!("Accepted: {answer}"));
            Ok(ExitCode::SUCCESS)
        }
        Answer::Later(why) | Answer::Never(why) => Ok(failed(&format!("the letter was not taken: {why}"))),
    }
}
