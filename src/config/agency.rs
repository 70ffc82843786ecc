//! What the agency decides: its words, organization types, clock, limits.

use std::collections::BTreeMap;

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
    /// Further facility types that belong to it: a facility request names the type alone.
    #[serde(default)]
    pub facility_types: Vec<String>,
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

    /// Whether facilities of this type are of this organization type.
    pub fn covers(&self, facility_type: &str) -> bool {
        self.facility_type == facility_type || self.facility_types.iter().any(|known| known == facility_type)
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
            facility_types: Vec::new(),
            billing_agent: id == "billing_agent",
        };
        let institutions = default_facility_types().into_iter().filter(|name| INSTITUTIONS.contains(&name.as_str())).collect();
        vec![
            kind("provider", "Provider", &[MedicaidId, Npi], "Individual practitioner"),
            Self { facility_types: institutions, ..kind("facility", "Facility", &[MedicaidId, Npi], "Nursing facility") },
            kind("group_practice", "Group practice", &[MedicaidId, Npi], "Group practice"),
            kind("atypical_provider", "Atypical provider (transport, home services)", &[MedicaidId, NpiOrNone], "Transportation"),
            kind("billing_agent", "Billing agent", &[ActsFor], "Billing agent"),
            kind("mco", "Managed care organization (MCO)", &[ActsFor], "Managed care organization"),
            kind("association", "Association or advocate", &[ActsFor], "Association"),
        ]
    }
}

/// Facility types whose organization is a "Facility" by default.
const INSTITUTIONS: &[&str] = &[
    "Hospital",
    "Supportive living program",
    "Federally qualified health center",
    "Community mental health center",
    "Pharmacy",
    "Home health agency",
    "Durable medical equipment",
    "Laboratory",
    "Other",
];

/// What people write for a facility type, and what they mean.
pub fn default_type_synonyms() -> BTreeMap<String, String> {
    [
        ("SNF", "Nursing facility"),
        ("Nursing home", "Nursing facility"),
        ("Skilled nursing facility", "Nursing facility"),
        ("Long term care", "Nursing facility"),
        ("FQHC", "Federally qualified health center"),
        ("CMHC", "Community mental health center"),
        ("SLP", "Supportive living program"),
        ("SLF", "Supportive living program"),
        ("Supportive living facility", "Supportive living program"),
        ("DME", "Durable medical equipment"),
        ("HHA", "Home health agency"),
        ("Home health", "Home health agency"),
        ("NEMT", "Transportation"),
        ("Transport", "Transportation"),
        ("Group", "Group practice"),
        ("Lab", "Laboratory"),
        ("Drug store", "Pharmacy"),
        ("Physician", "Individual practitioner"),
        ("Solo practice", "Individual practitioner"),
    ]
    .map(|(word, meaning)| (word.to_owned(), meaning.to_owned()))
    .into()
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

/// Whether applications may register themselves (RFC 7591), and what those get that do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Registration {
    pub enabled: bool,
    /// Whether anybody may; otherwise an initial access token is needed (`gatehouse client token`).
    pub open: bool,
    /// The scope names a client can have; those it asks for beyond them it does not get.
    pub scope: String,
    /// `always`, `or_nonce` or `never`, for confidential clients; public ones always need PKCE.
    pub require_pkce: String,
    pub id_token_claims: bool,
}

impl Default for Registration {
    fn default() -> Self {
        Self {
            enabled: false,
            open: false,
            scope: "openid profile email phone offline_access".into(),
            require_pkce: "always".into(),
            id_token_claims: false,
        }
    }
}

impl Registration {
    /// What is wrong with these values, in the operator's words.
    pub fn problems(&self) -> Vec<String> {
        let known = ["always", "or_nonce", "never"];
        if known.contains(&self.require_pkce.as_str()) {
            return Vec::new();
        }
        vec![format!("registration.require_pkce {:?} is none of {}", self.require_pkce, known.join(", "))]
    }
}

/// Facility requests: what a sheet may hold, and how strictly it is checked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Requests {
    pub most_rows: usize,
    pub largest_file_kib: usize,
    /// Whether a Medicaid ID that the directory does not have sends its row back (`true`), or is a warning to the reviewer.
    pub unknown_medicaid_id_is_an_error: bool,
    /// An import that would end more than this share of active facilities, in percent, waits for `--confirm`.
    pub most_endings_percent: f64,
}

impl Default for Requests {
    fn default() -> Self {
        Self { most_rows: 10_000, largest_file_kib: 10 * 1_024, unknown_medicaid_id_is_an_error: true, most_endings_percent: 1.0 }
    }
}
