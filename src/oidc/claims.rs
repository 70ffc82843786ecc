//! Claims: which scope gives which, in one table that discovery, userinfo, introspection and ID tokens share.

use serde_json::{Map, Value, json};

use super::grant::Standing;
use super::oauth::Scope;
use crate::account::{Account, Role};
use crate::config::Config;
use crate::db::{Fault, Tx};
use crate::facility::Facility;
use crate::profile::{self, Profile};
use crate::registration;

/// Scope → claims (PRODUCT §4). Whatever is not listed here is not a claim.
pub const SCOPES: &[(&str, &[&str])] = &[
    ("openid", &["sub", "auth_time", "acr", "amr", "sid"]),
    ("profile", &["name", "given_name", "family_name", "preferred_username", "updated_at", "locale", "zoneinfo"]),
    ("email", &["email", "email_verified"]),
    ("phone", &["phone_number", "phone_number_verified"]),
    (
        "facility",
        &[
            "facility_id",
            "facility_name",
            "facility_type",
            "organization_type",
            "medicaid_id",
            "npi",
            "facility_approved_at",
            "registration_status",
        ],
    ),
    ("roles", &["roles"]),
    ("facilities", &[]),
    ("offline_access", &[]),
];

/// Whom claims are about.
pub struct Subject {
    pub account: Account,
    pub profile: Option<Profile>,
    pub facility: Option<Facility>,
    pub language: String,
    /// Whether staff have a change of the facility's facts to decide.
    pub change_pending: bool,
}

impl Subject {
    /// The person of a grant, with what claims need; none for a client's own grant.
    pub fn of(tx: &mut Tx, standing: &Standing) -> Result<Option<Self>, Fault> {
        let Some(account) = standing.account.clone() else { return Ok(None) };
        let profile = profile::find(tx, account.id)?;
        let language = crate::account::language_of(tx, account.id)?;
        let change_pending = registration::has_open_change(tx, account.id)?;
        Ok(Some(Self { account, profile, facility: standing.facility.clone(), language, change_pending }))
    }
}

/// The claims that `scope` gives about `subject`, `openid`'s aside, and those asked for by name. Absent values are omitted.
pub fn claims(config: &Config, scope: &Scope, named: &[String], subject: &Subject) -> Map<String, Value> {
    let mut all = Map::new();
    person(config, subject, &mut all);
    if let Some(facility) = &subject.facility {
        facility_claims(facility, &mut all);
        let status = if subject.change_pending { "change_pending" } else { "approved" };
        all.insert("registration_status".into(), status.into());
    }
    all.insert("roles".into(), json!([role_claim(subject.account.role)]));
    let wanted = SCOPES.iter().filter(|(name, _)| *name != "openid" && scope.has(name)).flat_map(|(_, claims)| claims.iter());
    let wanted = wanted.copied().chain(named.iter().map(String::as_str));
    wanted.filter_map(|claim| Some((claim.to_owned(), all.get(claim)?.clone()))).collect()
}

fn role_claim(role: Role) -> &'static str {
    role.as_str()
}

/// What the holder states of themselves.
fn person(config: &Config, subject: &Subject, all: &mut Map<String, Value>) {
    let account = &subject.account;
    let mut text = |name: &str, value: &str| {
        if !value.is_empty() {
            all.insert(name.to_owned(), value.into());
        }
    };
    text("preferred_username", &account.username);
    text("locale", &subject.language);
    text("zoneinfo", &config.agency.time_zone);
    let mut email = (account.email.clone(), account.is_confirmed());
    let mut updated_at = account.updated_at;
    match &subject.profile {
        Some(profile) => {
            text("name", &profile.stated().full_name());
            text("given_name", &profile.first_name);
            text("family_name", &profile.last_name);
            text("phone_number", &profile.contact_phone);
            updated_at = profile.updated_at;
            if profile.contact_email_confirmed_at.is_some() {
                email = (profile.contact_email.clone(), true);
            }
        }
        None => text("name", &account.username),
    }
    if all.contains_key("phone_number") {
        all.insert("phone_number_verified".into(), false.into());
    }
    all.insert("updated_at".into(), updated_at.seconds().into());
    all.insert("email".into(), email.0.into());
    all.insert("email_verified".into(), email.1.into());
}

/// What staff approved, flat: many relying parties can map only flat claims.
fn facility_claims(facility: &Facility, all: &mut Map<String, Value>) {
    all.insert("facility_id".into(), facility.id.to_string().into());
    all.insert("facility_name".into(), facility.name.clone().into());
    all.insert("facility_type".into(), facility.facility_type.clone().into());
    all.insert("organization_type".into(), facility.organization_type.clone().into());
    all.insert("facility_approved_at".into(), facility.approved_at.seconds().into());
    if let Some(medicaid_id) = &facility.medicaid_id {
        all.insert("medicaid_id".into(), medicaid_id.clone().into());
    }
    if let Some(npi) = &facility.npi {
        all.insert("npi".into(), npi.clone().into());
    }
}
