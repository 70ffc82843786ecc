//! Configuration: one typed struct, read from a TOML file and `GATEHOUSE_*` variables, with every problem listed at once.

mod agency;
mod places;
mod source;

pub use agency::{Agency, Clock, Limits, OrganizationType, Passwords, Requirement, Sessions};
pub use places::{DatabaseUrl, Issuer, MailUrl, Proxies, SmtpTls};
pub use source::{File, Problems, load, read};

use std::net::SocketAddr;

use zeroize::Zeroizing;

/// Everything the operator decides.
#[derive(Clone)]
pub struct Config {
    pub issuer: Issuer,
    pub listen: SocketAddr,
    pub database: DatabaseUrl,
    pub mail: MailUrl,
    pub mail_from: String,
    pub master_key: MasterKey,
    pub previous_master_key: Option<MasterKey>,
    pub trusted_proxies: Proxies,
    pub log: String,
    /// Serves `/dev/mailbox`; set by `gatehouse demo` alone, never by a file or variable.
    pub mailbox: bool,
    pub agency: Agency,
    pub organization_types: Vec<OrganizationType>,
    pub facility_types: Vec<String>,
    /// Scope names beyond the standard ones that a client may be registered for.
    pub scopes: Vec<String>,
    pub clock: Clock,
    pub sessions: Sessions,
    pub passwords: Passwords,
    pub limits: Limits,
}

impl Config {
    pub fn organization_type(&self, id: &str) -> Option<&OrganizationType> {
        self.organization_types.iter().find(|kind| kind.id == id)
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
