//! Accounts move in from the portal that was there before: approved ones, with their facilities, without passwords.
//!
//! Whoever moves in chooses a password by *Forgot password*. A file may be imported again: who is here already stays as they are.

use std::collections::HashSet;

use chrono::{NaiveDate, TimeZone};

use crate::account::{self, NewAccount};
use crate::audit::{self, Action, Event};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::{Fault, Refused, Tx, savepoint};
use crate::facility::{self, Approval};
use crate::profile::{self, Stated};
use crate::registration;
use crate::values::{EmailAddress, Line, Problem, Username};
use crate::web::Fields;

/// The columns of the file. All but the first seven may be empty or missing.
pub const COLUMNS: &[&str] = &[
    "username",
    "email",
    "first_name",
    "last_name",
    "facility_name",
    "organization_type",
    "approved_at",
    "facility_type",
    "phone",
    "medicaid_id",
    "npi",
    "acts_for",
    "external_id",
];
const NEEDED: usize = 7;

/// One row that keeps every rule.
#[derive(Debug, Clone)]
pub struct Incoming {
    username: Username,
    email: EmailAddress,
    stated: Stated,
    facility_type: String,
    approved_at: Timestamp,
    external_id: Option<String>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// With the name of the facility, where it was approved here before and is called otherwise than the row says.
    In(Option<String>),
    /// They are here: nothing was changed.
    Known,
}

/// Why a row does not move in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotMoved {
    #[error("{0}")]
    Wrong(String),
    #[error("the username {0} is another account's")]
    UsernameTaken(String),
    #[error("the facility with Medicaid ID {0} is not approved any more")]
    FacilityEnded(String),
    #[error("Medicaid ID {0} is that of an approved facility with another NPI: {1:?}")]
    FacilityDiffers(String, String),
    /// Nothing is wrong: this was a rehearsal, and it was undone.
    #[error("it would move in")]
    Rehearsed(Option<String>),
}

/// The columns that a file must have and `header` lacks.
pub fn missing_columns(header: &csv::StringRecord) -> Vec<&'static str> {
    let has = |name: &str| header.iter().any(|column| column.trim().eq_ignore_ascii_case(name));
    COLUMNS[..NEEDED].iter().copied().filter(|name| !has(name)).collect()
}

/// Reads rows, and knows which names this file had before.
#[derive(Default)]
pub struct Reader {
    columns: Vec<(usize, &'static str)>,
    usernames: HashSet<String>,
    external_ids: HashSet<String>,
}

impl Reader {
    pub fn new(header: &csv::StringRecord) -> Self {
        let named = |name: &&'static str| {
            let at = header.iter().position(|column| column.trim().eq_ignore_ascii_case(name))?;
            Some((at, *name))
        };
        Self { columns: COLUMNS.iter().filter_map(named).collect(), ..Self::default() }
    }

    /// What the row says, or everything that is wrong with it, each with its column.
    pub fn row(&mut self, ctx: &Context, record: &csv::StringRecord) -> Result<Incoming, NotMoved> {
        let text = |name: &str| {
            let at = self.columns.iter().find(|(_, known)| *known == name).map(|(at, _)| *at);
            at.and_then(|at| record.get(at)).unwrap_or("").trim()
        };
        let w = ctx.catalogue.choose("en");
        let mut wrong = Vec::new();
        let mut note = |column: &str, problem: &Problem| wrong.push(format!("{column}: {}", crate::web::say(&w, problem)));
        let username = Username::parse(text("username")).map_err(|problem| note("username", &problem)).ok();
        let email = EmailAddress::parse(text("email")).map_err(|problem| note("email", &problem)).ok();
        let kind = kind_of(ctx, text("organization_type"));
        let npi = text("npi");
        let form = Fields::pairs(&[
            ("first_name", text("first_name")),
            ("last_name", text("last_name")),
            ("contact_email", text("email")),
            ("contact_phone", text("phone")),
            ("organization_name", text("facility_name")),
            ("organization_type", kind.as_deref().unwrap_or("")),
            ("medicaid_id", text("medicaid_id")),
            ("npi", npi),
            ("no_npi", if npi.is_empty() { "yes" } else { "" }),
            ("acts_for", text("acts_for")),
        ]);
        let stated = profile::parse(&ctx.config, &form).map_err(|problems| {
            for (field, problem) in problems.iter().filter(|(field, _)| *field != "contact_email") {
                note(column_of(field), problem);
            }
        });
        let facility_type = self::facility_type(ctx, text("facility_type"), kind.as_deref());
        if facility_type.is_none() {
            note("facility_type", &Problem::new("problem-choose"));
        }
        let external_id = Some(text("external_id")).filter(|id| !id.is_empty()).map(|id| Line::parse(id, 200));
        let external_id = external_id.transpose().map_err(|problem| note("external_id", &problem)).ok().flatten().map(Line::into_string);
        let approved_at = moment(ctx, text("approved_at"));
        match approved_at {
            None => wrong.push("approved_at: must be a date like 2024-05-31: only approved accounts move in".into()),
            Some(at) if at > ctx.now => wrong.push("approved_at: lies in the future".into()),
            Some(_) => {}
        }
        if let Some(name) = &username
            && !self.usernames.insert(name.key())
        {
            wrong.push("username: stands in the file twice".into());
        }
        if let Some(id) = &external_id
            && !self.external_ids.insert(id.clone())
        {
            wrong.push("external_id: stands in the file twice".into());
        }
        match (username, email, stated, facility_type, approved_at) {
            (Some(username), Some(email), Ok(stated), Some(facility_type), Some(approved_at)) if wrong.is_empty() => {
                Ok(Incoming { username, email, stated, facility_type, approved_at, external_id })
            }
            _ => Err(NotMoved::Wrong(wrong.join("; "))),
        }
    }
}

fn column_of(field: &str) -> &str {
    match field {
        "contact_phone" => "phone",
        "organization_name" => "facility_name",
        "no_npi" => "npi",
        other => other,
    }
}

/// An organization type by its id, or by the name people read.
fn kind_of(ctx: &Context, text: &str) -> Option<String> {
    let kinds = ctx.config.organization_types.iter();
    kinds.into_iter().find(|kind| kind.id == text || kind.name.eq_ignore_ascii_case(text)).map(|kind| kind.id.clone())
}

/// A facility type as the service knows it; without one, that of the organization type.
fn facility_type(ctx: &Context, text: &str, kind: Option<&str>) -> Option<String> {
    match text {
        "" => kind.and_then(|kind| ctx.config.organization_type(kind)).map(|kind| kind.facility_type.clone()),
        text => ctx.config.facility_type(text).map(str::to_owned),
    }
}

/// A day in the agency's time zone, or an RFC 3339 moment.
fn moment(ctx: &Context, text: &str) -> Option<Timestamp> {
    if let Ok(moment) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(Timestamp::from_micros(moment.timestamp_micros()));
    }
    let midnight = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?;
    let local = ctx.config.agency.zone().from_local_datetime(&midnight).earliest()?;
    Some(Timestamp::from_micros(local.timestamp_micros()))
}

/// The account is here, active for its facility, without a password; or it was here before.
///
/// `rehearses` says what would happen, and undoes it.
pub fn import_account(tx: &mut Tx, ctx: &Context, row: &Incoming, rehearses: bool) -> Result<Moved, Refused<NotMoved>> {
    let refuse = |why: NotMoved| Err(Refused::Refusal(why));
    if let Some(id) = &row.external_id
        && account::with_external_id(tx, id)?.is_some()
    {
        return Ok(Moved::Known);
    }
    if let Some(known) = account::find_by_key(tx, &row.username.key())? {
        let is_theirs = row.external_id.is_none() && known.email.eq_ignore_ascii_case(row.email.as_str());
        return if is_theirs { Ok(Moved::Known) } else { refuse(NotMoved::UsernameTaken(row.username.as_str().to_owned())) };
    }
    let role = registration::role_for(ctx, &row.stated.organization_type);
    let new = NewAccount { username: row.username.clone(), email: row.email.clone(), role, password: None, language: "en".into() };
    let Some(id) = account::open(tx, ctx, &new)? else { return refuse(NotMoved::UsernameTaken(row.username.as_str().to_owned())) };
    if savepoint(tx, |tx| account::set_moved_in(tx, id, row.external_id.as_deref(), row.approved_at))?.is_none() {
        return Err(Fault::Again("the same account moved in at the same moment".into()).into());
    }
    profile::save(tx, id, &row.stated, ctx.now)?;
    let about = Event::new(Action::FacilityApproved).account(id);
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let approval = Approval {
        name: row.stated.organization_name.clone(),
        facility_type: row.facility_type.clone(),
        organization_type: row.stated.organization_type.clone(),
        medicaid_id: some(&row.stated.medicaid_id),
        npi: some(&row.stated.npi),
        valid_from: row.approved_at,
        valid_until: None,
    };
    let facility = facility::join_or_add(tx, ctx, about, approval, row.approved_at)?;
    // One mistyped digit would make them act for somebody else's facility.
    if facility.npi.as_deref().is_some_and(|npi| !row.stated.npi.is_empty() && npi != row.stated.npi) {
        return refuse(NotMoved::FacilityDiffers(row.stated.medicaid_id.clone(), facility.name));
    }
    if !facility.is_valid(ctx.now) {
        return refuse(NotMoved::FacilityEnded(row.stated.medicaid_id.clone()));
    }
    if !account::activate(tx, row.approved_at, id, role, Some(facility.id))? {
        return Err(Fault::broken("an account that was just opened cannot be activated").into());
    }
    let detail = serde_json::json!({ "facility": facility.id, "external_id": row.external_id.is_some() });
    audit::record(tx, ctx, Event::new(Action::AccountImported).account(id).detail(detail))?;
    let joined = Some(facility.name).filter(|name| *name != row.stated.organization_name);
    if rehearses { refuse(NotMoved::Rehearsed(joined)) } else { Ok(Moved::In(joined)) }
}
