//! Reads the file, lays the variables over it, and collects every problem before it says no.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::{
    Agency, Clock, Config, DatabaseUrl, Issuer, Limits, MailUrl, MasterKey, OrganizationType, Passwords, Proxies, RedisUrl, Registration,
    Requests, Retention, Sessions,
};

/// The file as it is written; every key of it may be left out.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    pub issuer: Option<String>,
    pub listen: Option<String>,
    pub database_url: Option<String>,
    pub redis_url: Option<String>,
    pub mail_url: Option<String>,
    pub mail_from: Option<String>,
    pub master_key: Option<String>,
    pub master_key_file: Option<String>,
    pub master_key_previous: Option<String>,
    pub trusted_proxies: Option<String>,
    pub log: Option<String>,
    pub metrics_listen: Option<String>,
    pub drain_seconds: Option<u32>,
    pub key_rotation_days: Option<u32>,
    pub agency: Agency,
    pub organization_types: Option<Vec<OrganizationType>>,
    pub facility_types: Option<Vec<String>>,
    pub facility_type_synonyms: Option<BTreeMap<String, String>>,
    pub scopes: Vec<String>,
    pub hybrid_responses: bool,
    pub implicit_responses: bool,
    pub jwt_resources: Vec<String>,
    pub registration: Registration,
    pub dev_ca_file: Option<PathBuf>,
    pub dev_allow_loopback: Switch,
    pub clock: Clock,
    pub requests: Requests,
    pub retention: Retention,
    pub sessions: Sessions,
    pub passwords: Passwords,
    pub limits: Limits,
}

/// `true` or `false`: as a value of the file, or as the word of a variable.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum Switch {
    Value(bool),
    Word(String),
}

impl Default for Switch {
    fn default() -> Self {
        Self::Value(false)
    }
}

impl Switch {
    fn read(&self, name: &str, problems: &mut Vec<String>) -> bool {
        match self {
            Self::Value(value) => *value,
            Self::Word(word) if matches!(word.as_str(), "true" | "1") => true,
            Self::Word(word) if matches!(word.as_str(), "false" | "0" | "") => false,
            Self::Word(word) => {
                problems.push(format!("{name} {word:?} is neither true nor false"));
                false
            }
        }
    }
}

/// Everything that is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {} problem(s):\n{}", .0.len(), .0.iter().map(|p| format!("  - {p}")).collect::<Vec<_>>().join("\n"))]
pub struct Problems(pub Vec<String>);

/// The variables that may stand over the file, and what they set.
const VARIABLES: &[(&str, fn(&mut File, String))] = &[
    ("GATEHOUSE_ISSUER", |file, value| file.issuer = Some(value)),
    ("GATEHOUSE_LISTEN", |file, value| file.listen = Some(value)),
    ("GATEHOUSE_DATABASE_URL", |file, value| file.database_url = Some(value)),
    ("GATEHOUSE_REDIS_URL", |file, value| file.redis_url = Some(value)),
    ("GATEHOUSE_MAIL_URL", |file, value| file.mail_url = Some(value)),
    ("GATEHOUSE_MAIL_FROM", |file, value| file.mail_from = Some(value)),
    ("GATEHOUSE_MASTER_KEY", |file, value| file.master_key = Some(value)),
    ("GATEHOUSE_MASTER_KEY_FILE", |file, value| file.master_key_file = Some(value)),
    ("GATEHOUSE_MASTER_KEY_PREVIOUS", |file, value| file.master_key_previous = Some(value)),
    ("GATEHOUSE_TRUSTED_PROXIES", |file, value| file.trusted_proxies = Some(value)),
    ("GATEHOUSE_METRICS_LISTEN", |file, value| file.metrics_listen = Some(value)),
    ("GATEHOUSE_LOG", |file, value| file.log = Some(value)),
    ("GATEHOUSE_DEV_CA_FILE", |file, value| file.dev_ca_file = Some(value.into())),
    ("GATEHOUSE_DEV_ALLOW_LOOPBACK", |file, value| file.dev_allow_loopback = Switch::Word(value)),
];

/// The configuration of this process: the file named by `path` or `GATEHOUSE_CONFIG`, then the environment.
pub fn load(path: Option<&Path>) -> Result<Config, Problems> {
    let environment: BTreeMap<String, String> = std::env::vars().filter(|(name, _)| name.starts_with("GATEHOUSE_")).collect();
    let named = path.map(Path::to_path_buf).or_else(|| environment.get("GATEHOUSE_CONFIG").map(Into::into));
    let text = match named {
        None => String::new(),
        Some(path) => std::fs::read_to_string(&path).map_err(|e| Problems(vec![format!("{}: {e}", path.display())]))?,
    };
    read(&text, &environment)
}

/// The configuration that `text` and `environment` give together.
pub fn read(text: &str, environment: &BTreeMap<String, String>) -> Result<Config, Problems> {
    let mut problems = Vec::new();
    let mut file = toml::from_str::<File>(text).unwrap_or_else(|e| {
        let line = e.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
        // The parser's message alone: the line itself may hold a secret.
        problems.push(format!("the file, line {line}: {}", e.message().trim().replace('\n', " ")));
        File::default()
    });
    for (name, value) in environment {
        match VARIABLES.iter().find(|(known, _)| known == name) {
            Some((_, set)) => set(&mut file, value.clone()),
            None if name == "GATEHOUSE_CONFIG" || name.starts_with("GATEHOUSE_TEST_") => {}
            None => problems.push(format!("{name} is not a variable of this version")),
        }
    }
    check(file, problems)
}

/// One value that must be there: its problem is noted, and the reading goes on.
fn required<T>(problems: &mut Vec<String>, name: &str, value: Option<&str>, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
    let variable = format!("GATEHOUSE_{}", name.to_ascii_uppercase());
    match value.filter(|value| !value.trim().is_empty()) {
        None => problems.push(format!("{name} is missing: set it in the file or in {variable}")),
        Some(value) => match parse(value.trim()) {
            Ok(parsed) => return Some(parsed),
            Err(problem) => problems.push(format!("{name} {problem}")),
        },
    }
    None
}

/// The same, of a value that may be missing.
fn optional<T>(problems: &mut Vec<String>, name: &str, value: Option<&str>, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
    let value = value.filter(|value| !value.trim().is_empty())?;
    required(problems, name, Some(value), parse)
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "must be an address and port, like 127.0.0.1:8080".into())
}

fn check(file: File, mut problems: Vec<String>) -> Result<Config, Problems> {
    let issuer = required(&mut problems, "issuer", file.issuer.as_deref(), Issuer::parse);
    let listen = required(&mut problems, "listen", file.listen.as_deref(), address);
    let metrics_listen = optional(&mut problems, "metrics_listen", file.metrics_listen.as_deref(), address);
    let redis = optional(&mut problems, "redis_url", file.redis_url.as_deref(), RedisUrl::parse);
    let database = required(&mut problems, "database_url", file.database_url.as_deref(), DatabaseUrl::parse);
    let mail = required(&mut problems, "mail_url", file.mail_url.as_deref(), MailUrl::parse);
    let master_key = master_key(&file, &mut problems);
    let previous_master_key = file.master_key_previous.as_deref().and_then(|text| {
        MasterKey::parse(text).or_else(|| {
            problems.push("master_key_previous must be 32 bytes in base64".into());
            None
        })
    });
    let trusted_proxies = Proxies::parse(file.trusted_proxies.as_deref().unwrap_or("")).unwrap_or_else(|problem| {
        problems.push(format!("trusted_proxies {problem}"));
        Proxies::default()
    });
    let organization_types = file.organization_types.unwrap_or_else(OrganizationType::defaults);
    if organization_types.is_empty() {
        problems.push("organization_types is empty: nobody could register".into());
    }
    if file.agency.time_zone.parse::<chrono_tz::Tz>().is_err() {
        problems.push(format!("agency.time_zone {:?} is not an IANA time zone, like America/Chicago", file.agency.time_zone));
    }
    problems.extend(file.clock.problems());
    problems.extend(file.registration.problems());
    if file.limits.sign_ins_per_minute == 0 || file.limits.registrations_per_minute == 0 || file.limits.letters_per_minute == 0 {
        problems.push("limits: a limit of 0 per minute would shut everybody out".into());
    }
    if file.retention.years == 0 {
        problems.push("retention: years must be one or more; leave schedule empty where nothing is to be erased".into());
    }
    if file.passwords.memory_kib < 8 || file.passwords.iterations == 0 {
        problems.push("passwords: argon2id needs at least 8 KiB and one iteration".into());
    }
    let mail_from = file.mail_from.unwrap_or_else(|| {
        let host = issuer.as_ref().map_or("localhost", Issuer::host);
        let host = if host.parse::<std::net::IpAddr>().is_ok() { "localhost" } else { host };
        format!("no-reply@{host}")
    });
    if mail_from.parse::<lettre::message::Mailbox>().is_err() {
        problems.push(format!("mail_from {mail_from:?} is not an address"));
    }
    let dev_allow_loopback = file.dev_allow_loopback.read("dev_allow_loopback", &mut problems);
    if (dev_allow_loopback || file.dev_ca_file.is_some()) && issuer.as_ref().is_some_and(|issuer| !issuer.is_loopback()) {
        problems.push("dev_ca_file and dev_allow_loopback are for development: the issuer's host must be this machine (loopback)".into());
    }
    match (issuer, listen, database, mail, master_key) {
        (Some(issuer), Some(listen), Some(database), Some(mail), Some(master_key)) if problems.is_empty() => Ok(Config {
            issuer,
            listen,
            database,
            redis,
            mail,
            mail_from,
            master_key,
            previous_master_key,
            trusted_proxies,
            log: file.log.unwrap_or_else(|| "info".into()),
            metrics_listen,
            drain: Duration::from_secs(u64::from(file.drain_seconds.unwrap_or(5))),
            key_rotation: match file.key_rotation_days.unwrap_or(90) {
                0 => None,
                days => Some(Duration::from_secs(86_400 * u64::from(days))),
            },
            mailbox: false,
            agency: file.agency,
            organization_types,
            facility_types: file.facility_types.unwrap_or_else(super::agency::default_facility_types),
            facility_type_synonyms: file.facility_type_synonyms.unwrap_or_else(super::agency::default_type_synonyms),
            requests: file.requests,
            retention: file.retention,
            scopes: file.scopes,
            hybrid_responses: file.hybrid_responses,
            implicit_responses: file.implicit_responses,
            jwt_resources: file.jwt_resources,
            registration: file.registration,
            dev_ca_file: file.dev_ca_file,
            dev_allow_loopback,
            clock: file.clock,
            sessions: file.sessions,
            passwords: file.passwords,
            limits: file.limits,
        }),
        _ => Err(Problems(problems)),
    }
}

fn master_key(file: &File, problems: &mut Vec<String>) -> Option<MasterKey> {
    let text = match (&file.master_key, &file.master_key_file) {
        (Some(_), Some(_)) => {
            problems.push("master_key and master_key_file are both set: give one".into());
            return None;
        }
        (None, Some(path)) => match std::fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(e) => {
                problems.push(format!("master_key_file {path}: {e}"));
                return None;
            }
        },
        (text, None) => text.clone(),
    };
    required(problems, "master_key", text.as_deref(), |text| {
        MasterKey::parse(text).ok_or_else(|| "must be 32 bytes in base64: make one with `openssl rand -base64 32`".into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[test]
    fn the_five_values_without_default_are_enough() {
        let config = read(
            "",
            &environment(&[
                ("GATEHOUSE_ISSUER", "https://id.agency.example"),
                ("GATEHOUSE_LISTEN", "127.0.0.1:8080"),
                ("GATEHOUSE_DATABASE_URL", "sqlite:/var/lib/gatehouse.db"),
                ("GATEHOUSE_MAIL_URL", "file:///var/mail"),
                ("GATEHOUSE_MASTER_KEY", KEY),
            ]),
        );
        let config = config.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(config.mail_from, "no-reply@id.agency.example");
        assert_eq!(config.clock.decide_within_hours, 48);
    }

    #[test]
    fn every_problem_is_listed_at_once() {
        let Err(Problems(problems)) =
            read("listen = \"nowhere\"", &environment(&[("GATEHOUSE_ISSUER", "http://id.agency.example"), ("GATEHOUSE_TYPO", "x")]))
        else {
            panic!("it was accepted")
        };
        for part in [
            "GATEHOUSE_TYPO",
            "issuer uses plain http",
            "listen must be",
            "database_url is missing",
            "mail_url is missing",
            "master_key is missing",
        ] {
            assert!(problems.iter().any(|p| p.contains(part)), "{part} in {problems:?}");
        }
        assert_eq!(problems.len(), 6, "{problems:?}");
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let Err(Problems(problems)) = read("[clock]\ndecide_within_days = 2", &BTreeMap::new()) else { panic!("it was accepted") };
        assert!(problems[0].contains("decide_within_days"), "{problems:?}");
    }
}
