//! `gatehouse doctor`: one line for each finding, and what to do about it.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;

use super::Failure;
use super::output::say;
use crate::account::{self, Role};
use crate::app::App;
use crate::audit;
use crate::clock::Timestamp;
use crate::config::{Config, DatabaseUrl, MailUrl};
use crate::db::{self, Fault};
use crate::keyring;
use crate::mail::Transport;
use crate::oidc::client::{self, RequirePkce};
use crate::outbound::OutboundError;
use crate::outbox::{self, Kind};
use crate::service::{self, NotYet};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Good,
    /// It works, and somebody should know.
    Look,
    Bad,
}

struct Finding {
    level: Level,
    about: &'static str,
    what: String,
    /// What to do; nothing where all is well.
    remedy: String,
}

fn good(about: &'static str, what: impl Into<String>) -> Finding {
    Finding { level: Level::Good, about, what: what.into(), remedy: String::new() }
}

fn look(about: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { level: Level::Look, about, what: what.into(), remedy: remedy.into() }
}

fn bad(about: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { level: Level::Bad, about, what: what.into(), remedy: remedy.into() }
}

/// Looks at everything, whatever is wrong with the rest. The exit code says whether something is bad.
pub async fn run(config: Config, dns: Option<&Path>, json: bool) -> Result<ExitCode, Failure> {
    let mut findings = configured(&config);
    findings.extend(mail(&config).await);
    findings.extend(sender(&config, dns)?);
    match service::open_as_it_is(config.clone()).await {
        Ok(Ok(app)) => {
            findings.push(database(&app).await);
            findings.push(redis(&app).await);
            findings
                .extend(kept(&app).await.unwrap_or_else(|fault| vec![bad("database", fault.to_string(), "see the log of the database")]));
            findings.push(issuer(&app).await);
        }
        Ok(Err(NotYet::Unused)) => findings.push(look(
            "database",
            "the tables are there, and no service ever ran on them: there are no keys yet",
            "start `gatehouse serve`, or run gatehouse migrate: a doctor makes no key",
        )),
        Ok(Err(NotYet::Behind)) => findings.push(bad(
            "database",
            "the tables are not there, or of an older version than this binary",
            "start `gatehouse serve` of this version, or run gatehouse migrate: a doctor changes no table",
        )),
        Err(fault) => findings.push(bad("database", fault.to_string(), remedy_for(&config, &fault))),
    }
    let worst = findings.iter().any(|finding| finding.level == Level::Bad);
    let list: Vec<_> = findings
        .iter()
        .map(|finding| json!({ "level": word(finding.level), "about": finding.about, "what": finding.what, "remedy": finding.remedy }))
        .collect();
    say(json, &json!(list), || findings.iter().map(line).collect::<Vec<_>>().join("\n"));
    Ok(if worst { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Good => "good",
        Level::Look => "look",
        Level::Bad => "bad",
    }
}

fn line(finding: &Finding) -> String {
    let remedy = if finding.remedy.is_empty() { String::new() } else { format!(" → {}", finding.remedy) };
    format!("{:<5} {:<9} {}{remedy}", word(finding.level), finding.about, finding.what)
}

fn remedy_for(config: &Config, fault: &Fault) -> String {
    match (&config.database, fault) {
        (_, Fault::Broken(what)) if what.contains("master key") => {
            "give the master key that this database was made with (GATEHOUSE_MASTER_KEY)".into()
        }
        (DatabaseUrl::Postgres(_), _) => "check database_url, and that PostgreSQL runs and lets this user in".into(),
        (DatabaseUrl::Sqlite(path), _) => format!("check that {} and its folder can be written by this user", path.display()),
    }
}

/// What the configuration says by itself.
fn configured(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.push(match config.issuer.is_https() {
        true => good("issuer", format!("{} is https", config.issuer.as_str())),
        false => look("issuer", "plain http, on this machine alone", "use an https issuer for anything but development"),
    });
    if config.dev_allow_loopback || config.dev_ca_file.is_some() {
        findings.push(look("issuer", "development switches are on", "unset GATEHOUSE_DEV_ALLOW_LOOPBACK and GATEHOUSE_DEV_CA_FILE"));
    }
    if config.registration.enabled && config.registration.open {
        findings.push(look(
            "clients",
            "anybody may register an application",
            "set registration.open = false and hand out initial access tokens",
        ));
    }
    if config.issuer.is_https() && config.trusted_proxies.is_empty() && config.listen.ip().is_loopback() {
        findings.push(look(
            "network",
            "no proxy is trusted: every visitor has the address of the proxy, and they share its limits",
            "set trusted_proxies to the address of the reverse proxy",
        ));
    }
    if matches!(&config.database, DatabaseUrl::Sqlite(_)) && config.redis.is_some() {
        findings.push(look("redis", "Redis is configured beside SQLite, which one process serves", "use PostgreSQL for several replicas"));
    }
    findings
}

async fn mail(config: &Config) -> Vec<Finding> {
    let transport = match Transport::open(config) {
        Ok(transport) => transport,
        Err(fault) => return vec![bad("mail", fault.to_string(), "check mail_url")],
    };
    let mut findings = vec![match transport.probe().await {
        Ok(what) => good("mail", what),
        Err(why) => bad("mail", why, "check mail_url, the mail server's certificate and the account it is given"),
    }];
    if matches!(&config.mail, MailUrl::Folder(_)) {
        findings.push(look(
            "mail",
            "letters are written to files and reach nobody",
            "set mail_url to smtp:// or smtps:// for real letters",
        ));
    }
    findings
}

/// The records by which other mail servers believe our letters, from a file of pasted `dig` answers.
fn sender(config: &Config, pasted: Option<&Path>) -> Result<Vec<Finding>, Failure> {
    let address = config.mail_from.rsplit('<').next().unwrap_or("").trim_end_matches('>');
    let domain = address.rsplit('@').next().unwrap_or("localhost").to_owned();
    let Some(file) = pasted else {
        if matches!(&config.mail, MailUrl::Folder(_)) {
            return Ok(Vec::new());
        }
        let ask =
            format!("run: dig +short TXT {domain} _dmarc.{domain} SELECTOR._domainkey.{domain} > records; gatehouse doctor --dns records");
        return Ok(vec![look("dns", format!("the records of {domain} were not looked at"), ask)]);
    };
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    // Long records come in pieces: "v=DKIM1; p=AB" "CD".
    let records: Vec<String> = text.lines().map(|line| line.replace("\" \"", "").replace('"', "").trim().to_owned()).collect();
    let has = |start: &str| records.iter().find(|record| record.contains(start));
    let mut findings = Vec::new();
    findings.push(match has("v=spf1") {
        Some(record) if record.contains("+all") => bad("dns", "SPF lets everybody send (+all)", "end the record with -all or ~all"),
        Some(_) => good("dns", format!("SPF is there for {domain}")),
        None => bad("dns", format!("there is no SPF record for {domain}"), "publish one that names the mail server: v=spf1 … -all"),
    });
    findings.push(match has("v=DKIM1") {
        Some(record) if record.contains("p=;") || record.ends_with("p=") => {
            bad("dns", "the DKIM key was withdrawn", "publish the key that the mail server signs with")
        }
        Some(_) => good("dns", "a DKIM key is there"),
        None => bad("dns", format!("there is no DKIM key for {domain}"), "publish the key of the mail server under SELECTOR._domainkey"),
    });
    findings.push(match has("v=DMARC1") {
        Some(record) if record.contains("p=none") => {
            look("dns", "DMARC asks for nothing (p=none)", "go to p=quarantine when the reports are clean")
        }
        Some(_) => good("dns", "DMARC is there"),
        None => bad(
            "dns",
            format!("there is no DMARC record for {domain}"),
            format!("publish one under _dmarc.{domain}: v=DMARC1; p=quarantine; rua=…"),
        ),
    });
    Ok(findings)
}

async fn database(app: &App) -> Finding {
    match db::server_time(&app.db).await {
        Ok(None) => good("database", "SQLite answers"),
        Ok(Some(theirs)) => {
            let ours = app.clock.now();
            let apart = ours.since(theirs).max(theirs.since(ours));
            match apart < Duration::from_secs(2) {
                true => good("database", "PostgreSQL answers, and its clock is ours"),
                false => bad(
                    "clock",
                    format!("this machine and PostgreSQL differ by {} s", apart.as_secs()),
                    "set both by NTP: codes, tokens and leases go by the clock",
                ),
            }
        }
        Err(fault) => bad("database", fault.to_string(), "see the log of the database"),
    }
}

async fn redis(app: &App) -> Finding {
    match &app.redis {
        None => good("redis", "none is configured: limits are counted in each process, which is right for one"),
        Some(redis) if redis.ping().await => good("redis", "Redis answers"),
        Some(_) => look("redis", "Redis does not answer: limits are counted in each process", "check redis_url, and that Redis runs"),
    }
}

/// What lies in the database: keys, people, applications, and what waits too long.
async fn kept(app: &App) -> Result<Vec<Finding>, Fault> {
    let now = app.clock.now();
    let read = app.db.scan(move |tx| {
        let letters = outbox::backlog(tx, Kind::Letter, now)?;
        let notices = outbox::backlog(tx, Kind::Logout, now)?;
        Ok::<_, Fault>((account::staff(tx)?, client::list(tx)?, letters, notices, audit::count_unsealed(tx)?))
    });
    let (staff, clients, letters, notices, unsealed) = read.await?;
    let mut findings = vec![keys(app, now)];
    findings.push(match staff.iter().any(|account| account.role == Role::Administrator) {
        true => good("staff", format!("{} staff accounts", staff.len())),
        false => bad("staff", "there is no administrator", "gatehouse staff create --role administrator --username … --email …"),
    });
    for (id, client) in &clients {
        match client {
            None => findings.push(bad(
                "clients",
                format!("the registration of {id} cannot be read"),
                format!("gatehouse client delete {id}, and register it anew"),
            )),
            Some(client) if client.metadata.require_pkce != RequirePkce::Always => findings.push(look(
                "clients",
                format!("{id} may leave PKCE out (require_pkce {})", client.metadata.require_pkce),
                "set require_pkce to always as soon as the application sends it",
            )),
            Some(_) => {}
        }
    }
    for (what, (waiting, oldest, dead)) in [("letters", letters), ("notices", notices)] {
        let age = oldest.map_or(Duration::ZERO, |oldest| now.since(oldest));
        if age > Duration::from_secs(600) {
            let remedy = "look at the server's answers under Mail in the console; does `gatehouse serve` run?";
            findings.push(bad("outbox", format!("{waiting} {what} wait, the oldest for {} minutes", age.as_secs() / 60), remedy));
        }
        if dead > 0 {
            findings.push(look(
                "outbox",
                format!("{dead} {what} were given up within a day"),
                "see Mail in the console, mend the cause and send them again",
            ));
        }
    }
    if unsealed > 1_000 {
        findings.push(bad("audit", format!("{unsealed} events are not sealed"), "does `gatehouse serve` run? See its log"));
    }
    Ok(findings)
}

fn keys(app: &App, now: Timestamp) -> Finding {
    let oldest = app.signing.all().iter().filter(|key| key.retired_at.is_none()).map(|key| now.since(key.created_at)).max();
    let days = oldest.map_or(0, |age| age.as_secs() / 86_400);
    let wrapper = keyring::wrapper_id(&app.config.master_key);
    match app.config.key_rotation {
        None if days > 365 => {
            look("keys", format!("the oldest signing key is {days} days old"), "gatehouse key rotate, or set key_rotation_days")
        }
        _ => good("keys", format!("the master key {wrapper} opens them; the oldest signing key is {days} days old")),
    }
}

/// What relying parties see from outside.
async fn issuer(app: &App) -> Finding {
    let url = app.config.url("/.well-known/openid-configuration");
    if !app.config.issuer.is_https() {
        return look("issuer", "a plain-http issuer is not asked", "open it in a browser on this machine");
    }
    let remedy = "does `gatehouse serve` run, and does the proxy pass this host on, with a certificate others trust?";
    match app.outbound.get_now(&url, app.clock.now()).await {
        Ok(document) => match serde_json::from_slice::<serde_json::Value>(&document) {
            Ok(found) if found["issuer"] == app.config.issuer.as_str() => good("issuer", "discovery answers from outside"),
            _ => bad("issuer", format!("{url} is answered by another service"), "check the host and the proxy"),
        },
        Err(OutboundError::NotAllowed(why)) => look("issuer", format!("{url} {why}"), "ask for it from outside: it is not asked from here"),
        Err(error) => bad("issuer", format!("{url}: {error}"), remedy),
    }
}
