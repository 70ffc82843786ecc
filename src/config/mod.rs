//! Configuration: one typed struct, read from a TOML file and `GATEHOUSE_*` variables, with every problem listed at once.

mod agency;
mod calendar;
mod places;
mod retention;
mod source;

pub use agency::{Agency, Limits, OrganizationType, Passwords, Registration, Requests, Requirement, Sessions};
pub use calendar::{Clock, Hours};
pub use places::{DatabaseUrl, Issuer, MailUrl, Proxies, RedisUrl, SmtpTls};
pub use retention::Retention;
pub use source::{File, Problems, load, read};

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::clock::Timestamp;

/// Everything the operator decides.
#[derive(Clone)]
pub struct Config {
    pub issuer: Issuer,
    pub listen: SocketAddr,
    pub database: DatabaseUrl,
    pub redis: Option<RedisUrl>,
    pub mail: MailUrl,
    pub mail_from: String,
    pub master_key: MasterKey,
    pub previous_master_key: Option<MasterKey>,
    pub trusted_proxies: Proxies,
    pub log: String,
    /// Where `/metrics` answers; nowhere if not set.
    pub metrics_listen: Option<SocketAddr>,
    /// How long a process that was told to stop still answers, and says that it is not ready.
    pub drain: Duration,
    /// The age at which signing keys are followed by new ones; never if not set.
    pub key_rotation: Option<Duration>,
    /// Serves `/dev/mailbox`; set by `gatehouse demo` alone, never by a file or variable.
    pub mailbox: bool,
    pub agency: Agency,
    pub organization_types: Vec<OrganizationType>,
    pub facility_types: Vec<String>,
    /// Scope names beyond the standard ones that a client may be registered for.
    pub scopes: Vec<String>,
    /// Whether clients may be answered with a code and tokens beside it (OpenID Connect Core §3.3).
    pub hybrid_responses: bool,
    /// Whether clients may be answered with tokens alone (OpenID Connect Core §3.2).
    pub implicit_responses: bool,
    /// Resources whose access tokens are JWTs (RFC 9068), whichever client asks.
    pub jwt_resources: Vec<String>,
    pub registration: Registration,
    /// A further authority to trust in outbound calls. For development: only a service on loopback may have it.
    pub dev_ca_file: Option<PathBuf>,
    /// Whether outbound calls may go to this machine. For development, as above.
    pub dev_allow_loopback: bool,
    /// What people write for a facility type, and which one they mean.
    pub facility_type_synonyms: BTreeMap<String, String>,
    pub clock: Clock,
    pub requests: Requests,
    pub retention: Retention,
    pub sessions: Sessions,
    pub passwords: Passwords,
    pub limits: Limits,
}

impl Config {
    pub fn organization_type(&self, id: &str) -> Option<&OrganizationType> {
        self.organization_types.iter().find(|kind| kind.id == id)
    }

    /// The facility type that `text` names, in whatever case or by a synonym.
    pub fn facility_type(&self, text: &str) -> Option<&str> {
        let wanted = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let same = |name: &str| name.eq_ignore_ascii_case(&wanted);
        let meant = self.facility_type_synonyms.iter().find(|(word, _)| same(word)).map(|(_, meaning)| meaning.as_str());
        self.facility_types.iter().map(String::as_str).find(|name| same(name) || meant == Some(*name))
    }

    /// The organization type that facilities of this type are of.
    pub fn organization_of(&self, facility_type: &str) -> Option<&OrganizationType> {
        let kinds = || self.organization_types.iter();
        kinds().find(|kind| kind.covers(facility_type)).or_else(|| kinds().find(|kind| kind.has_medicaid_id()))
    }

    /// When staff are to decide what is submitted now: what the clock still has, in microseconds, or all of it.
    pub fn decide_by(&self, now: Timestamp, clock_left: Option<i64>) -> Timestamp {
        let left = clock_left.map_or(self.clock.whole(), |micros| Duration::from_micros(u64::try_from(micros).unwrap_or(0)));
        self.clock.after(self.agency.zone(), now, left)
    }

    /// What is left on a clock that runs out at `due`, in microseconds of counted time.
    pub fn clock_left(&self, now: Timestamp, due: Timestamp) -> i64 {
        self.clock.between(self.agency.zone(), now, due)
    }

    /// The absolute address of a path of this service.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer.as_str())
    }
}

/// The 32 bytes that wrap every data key. They live outside the database and never show themselves.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key written in base64, as `GATEHOUSE_MASTER_KEY` has it.
    pub fn parse(text: &str) -> Option<Self> {
        use base64::Engine;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
        let text = text.trim();
        let bytes = STANDARD.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text.trim_end_matches('='))).ok()?;
        <[u8; 32]>::try_from(bytes).ok().map(Self::new)
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}
