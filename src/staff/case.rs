//! The case page: what is stated, what can be checked, what happened, what will go out.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::layout;
use crate::account::{self, Account, AccountState};
use crate::app::App;
use crate::approval::{self, Evidence, Light, Preview};
use crate::audit::{self, Action, Entry, Event};
use crate::authentication::{Reviewer, Staff};
use crate::config::Config;
use crate::db::Fault;
use crate::facility::{self, Facility};
use crate::ids::CaseId;
use crate::profile::Stated;
use crate::registration::{self, Case, CaseState};
use crate::search;
use crate::values::Problem;
use crate::web::{
    Button, Field, Fields, Form, FormView, Kind, Layout, PageError, PageResult, Visitor, html, length, local_date, local_time, say,
    see_other,
};

#[derive(Template)]
#[template(path = "staff/case.html")]
struct CasePage {
    page: Layout,
    reference: String,
    state: String,
    badge: &'static str,
    clock: Option<(String, bool)>,
    facts: Vec<(String, String)>,
    account_href: String,
    evidence: Vec<EvidenceLine>,
    trail: Vec<(String, String)>,
    decided: Option<String>,
    held: Option<String>,
    claim: Option<FormView>,
    decide: Option<FormView>,
    rescind: Option<FormView>,
    letters: Vec<(String, Preview)>,
    problem: Option<String>,
    form: FormView,
}

struct EvidenceLine {
    badge: &'static str,
    light: String,
    check: String,
    finding: String,
    cases: Vec<(String, String)>,
}

/// Everything the page shows, read at once.
pub struct Known {
    pub case: Case,
    pub account: Account,
    pub stated: Stated,
    evidence: Vec<Evidence>,
    trail: Vec<(Entry, Option<String>)>,
    letters: Vec<Preview>,
    /// What is approved already under the stated Medicaid ID.
    joins: Option<Facility>,
    holder: Option<String>,
    decided_by: Option<String>,
}

pub async fn read(app: &App, visitor: &Visitor, id: CaseId) -> Result<Known, PageError> {
    // The evidence looks for other cases that state the same.
    search::refresh(app).await;
    let (ctx, placeholder) = (visitor.context(), visitor.words.t("letter-placeholder"));
    let known = app.db.read(move |tx| {
        let Some(case) = registration::find(tx, id)? else { return Ok::<_, Fault>(None) };
        let Some(account) = account::find(tx, case.account_id)? else { return Ok(None) };
        let stated = registration::newest_version(tx, &case)?;
        let mut name = |id: Option<crate::ids::AccountId>| match id {
            Some(id) => Ok::<_, Fault>(account::find(tx, id)?.map(|account| account.username)),
            None => Ok(None),
        };
        let (holder, decided_by) = (name(case.holder(ctx.now))?, name(case.decided_by)?);
        Ok(Some(Known {
            evidence: if case.state == CaseState::InReview { approval::evidence(tx, &ctx.config, &case, &stated)? } else { Vec::new() },
            trail: audit::trail_of_case(tx, id)?,
            letters: if case.state == CaseState::InReview {
                approval::preview(tx, &ctx, &account, &case, &placeholder)?
            } else {
                Vec::new()
            },
            joins: match stated.medicaid_id.is_empty() {
                true => None,
                false => facility::with_medicaid_id(tx, &stated.medicaid_id)?,
            },
            holder,
            decided_by,
            case,
            account,
            stated,
        }))
    });
    known.await?.ok_or(PageError::NotFound)
}

/// `GET /staff/cases/{id}`
pub async fn show(State(app): State<App>, visitor: Visitor, staff: Staff, Path(id): Path<String>) -> PageResult {
    let id = CaseId::parse(&id).ok_or(PageError::NotFound)?;
    let known = read(&app, &visitor, id).await?;
    let sent = proposed(&app.config, &known, app.clock.now());
    Ok(page(&visitor, &staff, &known, &sent, &[], None))
}

/// What the decision form is filled with: approving is one press.
fn proposed(config: &Config, known: &Known, now: crate::clock::Timestamp) -> Fields {
    let kind = config.organization_type(&known.stated.organization_type);
    if let Some(facility) = &known.joins {
        // Joining changes nothing unless the reviewer does.
        return Fields::pairs(&[
            ("facility_name", &facility.name),
            ("facility_type", &facility.facility_type),
            ("organization_type", &facility.organization_type),
            ("medicaid_id", &known.stated.medicaid_id),
            ("npi", facility.npi.as_deref().unwrap_or("")),
            ("valid_from", &local_date(config, facility.valid_from)),
            ("valid_to", &facility.valid_until.map_or_else(String::new, |end| local_date(config, end - Duration::from_secs(1)))),
        ]);
    }
    Fields::pairs(&[
        ("facility_name", &known.stated.organization_name),
        ("facility_type", kind.map_or("", |kind| &kind.facility_type)),
        ("organization_type", &known.stated.organization_type),
        ("medicaid_id", &known.stated.medicaid_id),
        ("npi", &known.stated.npi),
        ("valid_from", &local_date(config, now)),
    ])
}

pub fn page(
    visitor: &Visitor,
    staff: &Staff,
    known: &Known,
    sent: &Fields,
    problems: &[(&'static str, Problem)],
    problem: Option<&Problem>,
) -> Response {
    let (w, now) = (&visitor.words, visitor.app.clock.now());
    let case = &known.case;
    let reviewer = staff.clone().reviewer();
    let held_by_other = case.holder(now).is_some_and(|holder| holder != staff.account);
    let may_decide = reviewer.is_some() && case.state == CaseState::InReview && !held_by_other;
    let decide = may_decide.then(|| decision_form(visitor, known, sent, problems));
    let title = if case.organization_name.is_empty() { known.account.username.clone() } else { case.organization_name.clone() };
    let mut view = CasePage {
        page: layout(visitor, staff, title).under(w.t("queue-title"), "/staff/queue"),
        reference: case.reference.clone(),
        state: w.t(&format!("state-{}", case.state.as_str().replace('_', "-"))),
        badge: badge(case.state),
        clock: clock(visitor, case),
        facts: facts(visitor, known),
        account_href: format!("/staff/accounts/{}", known.account.id),
        evidence: known.evidence.iter().map(|line| evidence_line(visitor, line)).collect(),
        trail: known.trail.iter().map(|(entry, by)| trail_line(visitor, entry, by.as_deref())).collect(),
        decided: decided(visitor, known),
        held: known.holder.clone().filter(|_| held_by_other).map(|name| w.t1("case-held", "username", &name)),
        claim: (reviewer.is_some() && case.state == CaseState::InReview).then(|| claim_form(visitor, case, staff)).flatten(),
        rescind: (reviewer.is_some() && case.state == CaseState::Approved && known.account.state == AccountState::Active)
            .then(|| rescind_form(visitor, case)),
        letters: known.letters.iter().map(|letter| (w.t(&format!("letter-name-{}", letter.kind)), letter.clone())).collect(),
        problem: problem.map(|problem| say(w, problem)),
        form: decide.clone().unwrap_or_default(),
        decide,
    };
    view.page.failed = !problems.is_empty() || problem.is_some();
    html(if view.page.failed { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &view)
}

pub fn badge(state: CaseState) -> &'static str {
    match state {
        CaseState::Approved => "good",
        CaseState::Denied => "bad",
        CaseState::Returned => "warn",
        _ => "plain",
    }
}

fn clock(visitor: &Visitor, case: &Case) -> Option<(String, bool)> {
    let (w, now) = (&visitor.words, visitor.app.clock.now());
    let due = case.due_at.filter(|_| case.state == CaseState::InReview)?;
    Some(match due <= now {
        true => (w.t1("queue-overdue", "time", &length(w, now.since(due))), true),
        false => (w.t2("case-due", "time", &length(w, due.since(now)), "moment", &local_time(visitor, due)), false),
    })
}

fn facts(visitor: &Visitor, known: &Known) -> Vec<(String, String)> {
    let (w, stated) = (&visitor.words, &known.stated);
    let kind =
        visitor.app.config.organization_type(&stated.organization_type).map_or(stated.organization_type.clone(), |kind| kind.name.clone());
    let mut facts = vec![
        (w.t("fact-name"), stated.full_name()),
        (w.t("field-username"), known.account.username.clone()),
        (w.t("field-contact-email"), stated.contact_email.clone()),
        (w.t("fact-account-email"), known.account.email.clone()),
        (w.t("field-contact-phone"), stated.contact_phone.clone()),
        (w.t("field-organization-name"), stated.organization_name.clone()),
        (w.t("field-organization-type"), kind),
        (w.t("field-medicaid-id"), stated.medicaid_id.clone()),
        (w.t("field-npi"), if stated.no_npi { w.t("fact-no-npi") } else { stated.npi.clone() }),
        (w.t("field-acts-for"), stated.acts_for.clone()),
        (w.t("fact-version"), known.case.version.to_string()),
    ];
    if let Some(at) = known.case.submitted_at {
        facts.push((w.t("fact-submitted"), local_time(visitor, at)));
    }
    facts.retain(|(_, value)| !value.trim().is_empty());
    facts
}

fn evidence_line(visitor: &Visitor, evidence: &Evidence) -> EvidenceLine {
    let w = &visitor.words;
    let (badge, light) = match evidence.light {
        Light::Green => ("good", "light-green"),
        Light::Amber => ("warn", "light-amber"),
        Light::Red => ("bad", "light-red"),
    };
    let link = |case: &Case| (format!("/staff/cases/{}", case.id), format!("{} {}", case.reference, case.organization_name));
    EvidenceLine {
        badge,
        light: w.t(light),
        check: w.t(evidence.check),
        finding: say(w, &evidence.finding),
        cases: evidence.cases.iter().map(link).collect(),
    }
}

pub fn trail_line(visitor: &Visitor, entry: &Entry, by: Option<&str>) -> (String, String) {
    let w = &visitor.words;
    let key = format!("event-{}", entry.action.replace(['.', '_'], "-"));
    let what = if w.has(&key) { w.t(&key) } else { entry.action.clone() };
    let who = by.map_or_else(|| w.t(&format!("actor-{}", entry.actor_kind)), str::to_owned);
    (local_time(visitor, entry.at), w.t2("trail-line", "who", &who, "what", &what))
}

fn decided(visitor: &Visitor, known: &Known) -> Option<String> {
    let w = &visitor.words;
    let at = known.case.decided_at.filter(|_| known.case.state.is_decided())?;
    let what = w.t(&format!("state-{}", known.case.state.as_str().replace('_', "-")));
    let by = known.decided_by.clone().unwrap_or_default();
    Some(w.texts("case-decided", &[("what", &what), ("who", &by), ("when", &local_time(visitor, at))]))
}

fn claim_form(visitor: &Visitor, case: &Case, staff: &Staff) -> Option<FormView> {
    let w = &visitor.words;
    match case.holder(visitor.app.clock.now()) {
        None => Some(FormView::new(visitor, format!("/staff/cases/{}/claim", case.id)).button(Button::new(w.t("case-claim")).quiet())),
        Some(holder) if holder == staff.account => {
            Some(FormView::new(visitor, format!("/staff/cases/{}/release", case.id)).button(Button::new(w.t("case-release")).quiet()))
        }
        Some(_) => None,
    }
}

/// Fields that a remark can be about, by their form names.
pub const REMARKS: &[(&str, &str)] = &[
    ("first_name", "remark_first_name"),
    ("last_name", "remark_last_name"),
    ("contact_email", "remark_contact_email"),
    ("contact_phone", "remark_contact_phone"),
    ("organization_name", "remark_organization_name"),
    ("organization_type", "remark_organization_type"),
    ("medicaid_id", "remark_medicaid_id"),
    ("npi", "remark_npi"),
    ("acts_for", "remark_acts_for"),
];

fn decision_form(visitor: &Visitor, known: &Known, sent: &Fields, problems: &[(&'static str, Problem)]) -> FormView {
    let (w, config) = (&visitor.words, &visitor.app.config);
    let field = |name, kind| Field::new(w, name, kind).value(sent.text(name)).problems(w, problems);
    let types = config.facility_types.iter().map(|kind| (kind.clone(), kind.clone()));
    let types: Vec<_> = std::iter::once((String::new(), w.t("choose"))).chain(types).collect();
    let kinds: Vec<_> = config.organization_types.iter().map(|kind| (kind.id.clone(), kind.name.clone())).collect();
    let remark = |(name, remark): &(&'static str, &'static str)| {
        let about = w.t(&format!("field-{}", name.replace('_', "-")));
        Field::labelled(w, remark, w.t1("remark-about", "field", &about), Kind::Text)
            .value(sent.text(remark))
            .optional()
            .problems(w, problems)
    };
    let has_ids = config.organization_type(sent.text("organization_type")).is_some_and(|kind| kind.has_medicaid_id());
    let mut form = FormView::new(visitor, format!("/staff/cases/{}", known.case.id))
        .hidden("version", known.case.version.to_string())
        .field(field("facility_name", Kind::Text))
        .field(field("facility_type", Kind::Select(types)))
        .field(field("organization_type", Kind::Select(kinds)));
    if has_ids {
        form = form.field(field("medicaid_id", Kind::Digits)).field(field("npi", Kind::Digits).optional());
    }
    form.field(field("valid_from", Kind::Date))
        .field(field("valid_to", Kind::Date).hint(w.t("valid-to-hint")).optional())
        .field(field("reason", Kind::Area).hint(w.t("reason-hint")).optional())
        .folded(w.t("remarks-title"), REMARKS.iter().map(remark))
        .button(Button::new(w.t("decide-approve")).sends("decision", "approve"))
        .button(Button::new(w.t("decide-return")).sends("decision", "return").quiet())
        .button(Button::new(w.t("decide-deny")).sends("decision", "deny").quiet())
}

fn rescind_form(visitor: &Visitor, case: &Case) -> FormView {
    let w = &visitor.words;
    FormView::new(visitor, format!("/staff/cases/{}/rescind", case.id))
        .field(Field::new(w, "reason", Kind::Area).hint(w.t("rescind-hint")))
        .button(Button::new(w.t("case-rescind")).quiet())
}

/// `POST /staff/cases/{id}/claim`
pub async fn claim(State(app): State<App>, visitor: Visitor, by: Reviewer, Path(id): Path<String>, _form: Form) -> PageResult {
    let id = CaseId::parse(&id).ok_or(PageError::NotFound)?;
    let ctx = by.context(&visitor.context());
    let claimed = app.db.write(move |tx| {
        let claimed = registration::claim(tx, ctx.now, id, by.account())?;
        if claimed {
            audit::record(tx, &ctx, Event::new(Action::CaseClaimed).case(id))?;
        }
        Ok::<_, Fault>(claimed)
    });
    match claimed.await? {
        true => Ok(see_other(&format!("/staff/cases/{id}"))),
        false => Err(PageError::Conflict(Problem::new("error-claim"))),
    }
}

/// `POST /staff/cases/{id}/release`
pub async fn release(State(app): State<App>, visitor: Visitor, by: Reviewer, Path(id): Path<String>, _form: Form) -> PageResult {
    let id = CaseId::parse(&id).ok_or(PageError::NotFound)?;
    let ctx = by.context(&visitor.context());
    app.db
        .write(move |tx| {
            if registration::release(tx, id, by.account())? {
                audit::record(tx, &ctx, Event::new(Action::CaseReleased).case(id))?;
            }
            Ok::<_, Fault>(())
        })
        .await?;
    Ok(see_other(&format!("/staff/cases/{id}")))
}
