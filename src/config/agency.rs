//! What the agency decides: its words, organization types, clock, limits.

use serde::Deserialize;

/// Who runs the service, as its pages and letters say it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Agency {
    pub name: String,
    pub portal_name: String,
    pub help_address: String,
    /// An IANA time zone: times are shown in it.
    pub time_zone: String,
}

impl Default for Agency {
    fn default() -> Self {
        Self {
            name: "Healthcare and Family Services".into(),
            portal_name: "Provider Resolution Portal".into(),
            help_address: "portal-help@agency.example".into(),
            time_zone: "America/Chicago".into(),
        }
    }
}

impl Agency {
    pub fn zone(&self) -> chrono_tz::Tz {
        self.time_zone.parse().unwrap_or(chrono_tz::UTC)
    }
}

/// What an organization type asks of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    MedicaidId,
    Npi,
    /// The NPI, or the explicit choice that there is none (atypical provider).
    NpiOrNone,
    ActsFor,
}

/// One choice of "Organization Type", and the fields it needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationType {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub requires: Vec<Requirement>,
    /// The facility type that approval is pre-filled with.
    #[serde(default)]
    pub facility_type: String,
    /// Its accounts get the role `billing_agent`.
    #[serde(default)]
    pub billing_agent: bool,
}

impl OrganizationType {
    pub fn requires(&self, what: Requirement) -> bool {
        self.requires.contains(&what)
    }

    /// Whether this type has identifiers of its own; billing agents, MCOs and associations have none.
    pub fn has_medicaid_id(&self) -> bool {
        self.requires(Requirement::MedicaidId)
    }

    pub fn takes_npi(&self) -> bool {
        self.requires(Requirement::Npi) || self.requires(Requirement::NpiOrNone)
    }

    pub fn defaults() -> Vec<Self> {
        use Requirement::{ActsFor, MedicaidId, Npi, NpiOrNone};
        let kind = |id: &str, name: &str, requires: &[Requirement], facility_type: &str| Self {
            id: id.into(),
            name: name.into(),
            requires: requires.into(),
            facility_type: facility_type.into(),
            billing_agent: id == "billing_agent",
        };
        vec![
            kind("provider", "Provider", &[MedicaidId, Npi], "Individual practitioner"),
            kind("facility", "Facility", &[MedicaidId, Npi], "Nursing facility"),
            kind("group_practice", "Group practice", &[MedicaidId, Npi], "Group practice"),
            kind("atypical_provider", "Atypical provider (transport, home services)", &[MedicaidId, NpiOrNone], "Transportation"),
            kind("billing_agent", "Billing agent", &[ActsFor], "Billing agent"),
            kind("mco", "Managed care organization (MCO)", &[ActsFor], "Managed care organization"),
            kind("association", "Association or advocate", &[ActsFor], "Association"),
        ]
    }
}

pub fn default_facility_types() -> Vec<String> {
    [
        "Individual practitioner",
        "Group practice",
        "Hospital",
        "Nursing facility",
        "Supportive living program",
        "Federally qualified health center",
        "Community mental health center",
        "Pharmacy",
        "Home health agency",
        "Durable medical equipment",
        "Laboratory",
        "Transportation",
        "Billing agent",
        "Managed care organization",
        "Association",
        "Other",
    ]
    .map(String::from)
    .to_vec()
}

/// The clock of decisions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Clock {
    /// Staff decide within this many hours of the submission; the clock pauses while a case is returned.
    pub decide_within_hours: u32,
    pub unconfirmed_expire_days: u32,
}

impl Default for Clock {
    fn default() -> Self {
        Self { decide_within_hours: 48, unconfirmed_expire_days: 7 }
    }
}

/// How long a browser session lives.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sessions {
    pub provider_idle_minutes: u32,
    pub staff_idle_minutes: u32,
    pub absolute_hours: u32,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { provider_idle_minutes: 30, staff_idle_minutes: 15, absolute_hours: 12 }
    }
}

/// argon2id parameters (RFC 9106), and how many hashes may wait.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Passwords {
    pub memory_kib: u32,
    pub iterations: u32,
    pub queue: usize,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { memory_kib: 19_456, iterations: 2, queue: 256 }
    }
}

/// How often one visitor may ask, per minute.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    pub sign_ins_per_minute: u32,
    pub registrations_per_minute: u32,
    pub letters_per_minute: u32,
    /// Failed sign-ins before a delay begins.
    pub free_failures: u32,
    /// The longest delay after failed sign-ins, in seconds.
    pub longest_delay_seconds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sign_ins_per_minute: 600,
            registrations_per_minute: 600,
            letters_per_minute: 60,
            free_failures: 5,
            longest_delay_seconds: 900,
        }
    }
}
