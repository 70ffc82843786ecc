//! A decision, as the case page posts it.

use axum::extract::{Path, State};
use chrono::{NaiveDate, TimeZone};

use super::case::{Known, REMARKS, page, read};
use crate::app::App;
use crate::approval::{self, DecideRefusal};
use crate::authentication::{Reviewer, Staff};
use crate::clock::Timestamp;
use crate::config::Config;
use crate::db::Refused;
use crate::facility::{Approval, MedicaidId, Npi};
use crate::ids::CaseId;
use crate::lifecycle::{self, RescindRefusal};
use crate::values::{Line, Problem};
use crate::web::{Form, PageError, PageResult, Visitor, local_time, say, see_other};

type Problems = Vec<(&'static str, Problem)>;

/// `POST /staff/cases/{id}`: `decision` is `approve`, `return` or `deny`, on the `version` that was shown.
pub async fn create(
    State(app): State<App>,
    visitor: Visitor,
    staff: Staff,
    by: Reviewer,
    Path(id): Path<String>,
    form: Form,
) -> PageResult {
    let id = CaseId::parse(&id).ok_or(PageError::NotFound)?;
    let known = read(&app, &visitor, id).await?;
    let version = form.text("version").parse::<i64>().map_err(|_| PageError::BadRequest(Problem::new("error-decision-version")))?;
    let decision = match parse(&app.config, &known, &form) {
        Ok(decision) => decision,
        Err(problems) if problems.is_empty() => return Err(PageError::BadRequest(Problem::new("error-decision"))),
        Err(problems) => return Ok(page(&visitor, &staff, &known, &form, &problems, None)),
    };
    let ctx = visitor.context();
    let decided = app.db.write(move |tx| match &decision {
        Decision::Approve(approval) => approval::approve(tx, &ctx, &by, id, version, approval.clone()).map(|_| ()),
        Decision::Return { reason, remarks } => approval::give_back(tx, &ctx, &by, id, version, reason.as_deref(), remarks),
        Decision::Deny { reason } => approval::deny(tx, &ctx, &by, id, version, reason),
    });
    match decided.await {
        Ok(()) => Ok(see_other(&format!("/staff/cases/{id}"))),
        Err(Refused::Refusal(refusal)) => Err(refused(&visitor, refusal)),
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

enum Decision {
    Approve(Approval),
    Return { reason: Option<String>, remarks: Vec<(String, String)> },
    Deny { reason: String },
}

/// The decision a form states; an empty list of problems means that it states none.
fn parse(config: &Config, known: &Known, form: &Form) -> Result<Decision, Problems> {
    let reason = form.text("reason").trim().to_owned();
    if reason.chars().count() > 2_000 {
        return Err(vec![("reason", Problem::with("problem-too-long", 2_000))]);
    }
    match form.text("decision") {
        "approve" => approval(config, known, form).map(Decision::Approve),
        "deny" if reason.is_empty() => Err(vec![("reason", Problem::new("problem-reason-missing"))]),
        "deny" => Ok(Decision::Deny { reason }),
        "return" => {
            let remarks: Vec<(String, String)> = REMARKS
                .iter()
                .filter_map(|(field, name)| Some(((*field).to_owned(), form.get(name)?.trim().chars().take(500).collect())))
                .collect();
            match (reason.is_empty(), remarks.is_empty()) {
                (true, true) => Err(vec![("reason", Problem::new("problem-return-empty"))]),
                _ => Ok(Decision::Return { reason: Some(reason).filter(|r| !r.is_empty()), remarks }),
            }
        }
        _ => Err(Problems::new()),
    }
}

fn approval(config: &Config, known: &Known, form: &Form) -> Result<Approval, Problems> {
    let mut problems = Problems::new();
    let mut note = |field: &'static str, problem: Problem| problems.push((field, problem));
    let name = Line::parse(form.text("facility_name"), 200).map(Line::into_string).map_err(|p| note("facility_name", p));
    let facility_type = form.text("facility_type").to_owned();
    if !config.facility_types.contains(&facility_type) {
        note("facility_type", Problem::new("problem-choose"));
    }
    let wanted = form.get("organization_type").unwrap_or(&known.stated.organization_type);
    let kind = config.organization_type(wanted);
    if kind.is_none() {
        note("organization_type", Problem::new("problem-choose"));
    }
    let has_ids = kind.is_some_and(|kind| kind.has_medicaid_id());
    // A field the page did not have keeps what was stated; one that was emptied is empty.
    let id = |name: &str, stated: &str| form.sent(name).unwrap_or(stated).to_owned();
    let medicaid_id = has_ids.then(|| MedicaidId::parse(&id("medicaid_id", &known.stated.medicaid_id)).map(MedicaidId::into_string));
    let medicaid_id = medicaid_id.transpose().map_err(|p| note("medicaid_id", p));
    let npi = Some(id("npi", &known.stated.npi)).filter(|npi| has_ids && !npi.trim().is_empty());
    let npi = npi.map(|npi| Npi::parse(&npi).map(Npi::into_string)).transpose().map_err(|p| note("npi", p));
    let valid_from = day(config, form.text("valid_from"), 0).map_err(|p| note("valid_from", p));
    // Valid through the whole of its last day.
    let valid_until = form.get("valid_to").map(|text| day(config, text, 1)).transpose().map_err(|p| note("valid_to", p));
    match (name, kind, medicaid_id, npi, valid_from, valid_until) {
        (Ok(name), Some(kind), Ok(medicaid_id), Ok(npi), Ok(valid_from), Ok(valid_until)) if problems.is_empty() => {
            if valid_until.is_some_and(|end| end <= valid_from) {
                return Err(vec![("valid_to", Problem::new("problem-valid-to-before"))]);
            }
            Ok(Approval { name, facility_type, organization_type: kind.id.clone(), medicaid_id, npi, valid_from, valid_until })
        }
        _ => Err(problems),
    }
}

/// The start of a day in the agency's zone, `later` days on.
fn day(config: &Config, text: &str, later: u64) -> Result<Timestamp, Problem> {
    let bad = || Problem::new("problem-date");
    let day = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").map_err(|_| bad())?;
    let day = day.checked_add_days(chrono::Days::new(later)).ok_or_else(bad)?;
    let midnight = day.and_hms_opt(0, 0, 0).ok_or_else(bad)?;
    let moment = config.agency.zone().from_local_datetime(&midnight).earliest().ok_or_else(bad)?;
    Ok(Timestamp::from_seconds(moment.timestamp()))
}

/// A refusal in words: the second reviewer is told who was first, what they decided, and when.
fn refused(visitor: &Visitor, refusal: DecideRefusal) -> PageError {
    let w = &visitor.words;
    let conflict = |key, argument: Option<String>| PageError::Conflict(Problem { key, argument });
    match refusal {
        DecideRefusal::NoSuchCase => PageError::NotFound,
        DecideRefusal::OwnCase => PageError::NotAllowed(Problem::new("error-own-case")),
        DecideRefusal::AlreadyDecided { by, what, at } => {
            let what = w.t(&format!("state-{}", what.as_str().replace('_', "-")));
            let sentence = w.texts("case-decided", &[("what", &what), ("who", &by), ("when", &local_time(visitor, at))]);
            conflict("error-already-decided", Some(sentence))
        }
        DecideRefusal::Changed => conflict("error-case-changed", None),
        DecideRefusal::Held { by } => conflict("error-case-held", Some(by)),
        DecideRefusal::NotInReview(state) => conflict("error-not-in-review", Some(say(w, &Problem::new(state_key(state.as_str()))))),
    }
}

fn state_key(state: &str) -> &'static str {
    match state {
        "draft" => "state-draft",
        "awaiting_email" => "state-awaiting-email",
        "withdrawn" => "state-withdrawn",
        "expired" => "state-expired",
        _ => "state-in-review",
    }
}

/// `POST /staff/cases/{id}/rescind`
pub async fn rescind(State(app): State<App>, visitor: Visitor, by: Reviewer, Path(id): Path<String>, form: Form) -> PageResult {
    let id = CaseId::parse(&id).ok_or(PageError::NotFound)?;
    let reason: String = form.text("reason").trim().chars().take(2_000).collect();
    if reason.is_empty() {
        return Err(PageError::BadRequest(Problem::new("problem-reason-missing")));
    }
    let ctx = visitor.context();
    app.db.write(move |tx| lifecycle::rescind(tx, &ctx, &by, id, &reason)).await?;
    Ok(see_other(&format!("/staff/cases/{id}")))
}

impl From<RescindRefusal> for PageError {
    fn from(refusal: RescindRefusal) -> Self {
        match refusal {
            RescindRefusal::NoSuchCase => Self::NotFound,
            RescindRefusal::NotApproved => Self::Conflict(Problem::new("error-not-approved")),
            RescindRefusal::OwnCase => Self::NotAllowed(Problem::new("error-own-case")),
        }
    }
}
