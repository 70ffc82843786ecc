//! Facility requests: the list, and the table on which rows are decided, one, many, or all that are green.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::layout;
use crate::app::App;
use crate::authentication::{Reviewer, Staff};
use crate::db::{Fault, Refused};
use crate::ids::RosterId;
use crate::roster::pages::{finding_badge, request_state, row_badge, say_finding};
use crate::roster::{self, Counts, DecideRowsRefusal, Light, Outcome, Picked, Request, RequestFilter, Row, RowDecision, RowState};
use crate::search;
use crate::values::Problem;
use crate::web::{Form, Layout, PageError, PageResult, Params, Visitor, encode, html, length, local_time, see_other};

const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "staff/requests.html")]
struct RequestsPage {
    page: Layout,
    text: String,
    all: bool,
    lines: Vec<Line>,
    total: String,
    previous: Option<String>,
    next: Option<String>,
}

struct Line {
    href: String,
    contact: String,
    reference: String,
    username: String,
    state: String,
    badge: &'static str,
    rows: String,
    due: String,
    overdue: bool,
}

fn number_of(wanted: &Params) -> Result<i64, PageError> {
    match wanted.get("page") {
        None => Ok(0),
        Some(text) => text.parse::<i64>().ok().filter(|n| (0..=100_000).contains(n)).ok_or(PageError::NotFound),
    }
}

/// `GET /staff/requests`
pub async fn list(State(app): State<App>, visitor: Visitor, staff: Staff, wanted: Params) -> PageResult {
    let number = number_of(&wanted)?;
    let all = wanted.text("state") == "all";
    let text: String = wanted.text("q").trim().chars().take(100).collect();
    let filter = RequestFilter { text: text.clone(), waiting: !all, limit: PAGE, offset: number * PAGE };
    search::refresh(&app).await;
    let (requests, total, counts) = app
        .db
        .scan(move |tx| {
            let (requests, total) = roster::requests(tx, &filter)?;
            let ids: Vec<RosterId> = requests.iter().map(|(request, _)| request.id).collect();
            Ok::<_, Fault>((requests, total, roster::counts_of(tx, &ids)?))
        })
        .await?;
    let w = &visitor.words;
    let link = |number: i64| format!("/staff/requests?q={}&state={}&page={number}", encode(&text), encode(wanted.text("state")));
    let page = RequestsPage {
        page: layout(&visitor, &staff, w.t("requests-title")),
        text: text.clone(),
        all,
        lines: requests
            .into_iter()
            .map(|(request, username)| line(&visitor, &request, username, &counts.get(&request.id).copied().unwrap_or_default()))
            .collect(),
        total: match total {
            search::MOST_LISTED.. => w.n("requests-total-many", "requests", total),
            _ => w.n("requests-total", "requests", total),
        },
        previous: (number > 0).then(|| link(number - 1)),
        next: ((number + 1) * PAGE < total).then(|| link(number + 1)),
    };
    Ok(html(StatusCode::OK, &page))
}

fn line(visitor: &Visitor, request: &Request, username: String, counts: &Counts) -> Line {
    let (w, now) = (&visitor.words, visitor.app.clock.now());
    let (state, badge) = request_state(visitor, request.state, counts);
    let overdue = request.due_at.is_some_and(|due| due <= now);
    Line {
        href: format!("/staff/requests/{}", request.id),
        contact: request.contact_name.clone(),
        reference: request.reference.clone(),
        username,
        state,
        badge,
        rows: w.t2("requests-rows", "waiting", &counts.in_review.to_string(), "total", &counts.total.to_string()),
        due: match request.due_at {
            Some(due) if due <= now => w.t1("queue-overdue", "time", &length(w, now.since(due))),
            Some(due) => w.t1("queue-due-in", "time", &length(w, due.since(now))),
            None => String::new(),
        },
        overdue,
    }
}

#[derive(Template)]
#[template(path = "staff/request.html")]
struct RequestPage {
    page: Layout,
    notice: Option<String>,
    problem: Option<String>,
    state: String,
    badge: &'static str,
    facts: Vec<(String, String)>,
    filters: Vec<(String, String, bool)>,
    total: String,
    rows: Vec<RowLine>,
    action: Option<String>,
    green: String,
    previous: Option<String>,
    next: Option<String>,
}

struct RowLine {
    number: i64,
    version: i64,
    waits: bool,
    facility: String,
    kind: String,
    contact: String,
    ids: String,
    state: String,
    badge: &'static str,
    light: String,
    light_badge: &'static str,
    findings: Vec<(&'static str, String)>,
    reason: Option<String>,
}

fn outcome(text: &str) -> Outcome {
    match text {
        "green" => Outcome::Light(Light::Green),
        "amber" => Outcome::Light(Light::Amber),
        "approved" => Outcome::State(RowState::Approved),
        "denied" => Outcome::State(RowState::Denied),
        "correct" => Outcome::ToCorrect,
        "all" => Outcome::All,
        _ => Outcome::State(RowState::InReview),
    }
}

/// `GET /staff/requests/{id}`
pub async fn show(State(app): State<App>, visitor: Visitor, staff: Staff, Path(id): Path<String>, wanted: Params) -> PageResult {
    let id = RosterId::parse(&id).ok_or(PageError::NotFound)?;
    let (number, shown) = (number_of(&wanted)?, outcome(wanted.text("show")));
    let read = app.db.scan(move |tx| {
        let Some(request) = roster::find(tx, id)? else { return Ok::<_, Fault>(None) };
        let (rows, total) = roster::rows(tx, id, shown, PAGE, number * PAGE)?;
        Ok(Some((request, rows, total, roster::counts(tx, id)?)))
    });
    let (request, rows, total, counts) = read.await?.ok_or(PageError::NotFound)?;
    let w = &visitor.words;
    let (state, badge) = request_state(&visitor, request.state, &counts);
    let may_decide = staff.clone().reviewer().is_some() && counts.in_review > 0;
    let place = |show: &str, number: i64| format!("/staff/requests/{id}?show={show}&page={number}");
    let filter = |key: &str, show: &'static str| (w.t(key), place(show, 0), wanted.text("show") == show);
    let mut facts = vec![
        (w.t("fact-reference"), request.reference.clone()),
        (w.t("field-contact-name"), request.contact_name.clone()),
        (w.t("field-contact-email"), request.contact_email.clone()),
        (w.t("field-contact-phone"), request.contact_phone.clone()),
        (w.t("request-rows-title"), crate::roster::pages::summary(&visitor, &counts)),
    ];
    facts.extend(request.due_at.map(|due| (w.t("fact-due"), local_time(&visitor, due))));
    let page = RequestPage {
        page: layout(&visitor, &staff, w.t1("request-title", "reference", &request.reference))
            .under(w.t("requests-title"), "/staff/requests"),
        notice: wanted.get("decided").and_then(|n| n.parse().ok()).map(|n| w.n("rows-decided", "rows", n)),
        problem: match wanted.text("problem") {
            "reason" => Some(w.t("problem-reason-missing")),
            "rows" => Some(w.t("problem-no-rows-picked")),
            "stale" => Some(w.t("problem-rows-stale")),
            _ => None,
        },
        state,
        badge,
        facts,
        filters: vec![
            filter("rows-waiting", ""),
            filter("rows-green", "green"),
            filter("rows-amber", "amber"),
            filter("rows-correct", "correct"),
            filter("rows-approved", "approved"),
            filter("rows-denied", "denied"),
            filter("rows-all", "all"),
        ],
        total: w.n("request-rows", "rows", total),
        rows: rows.iter().map(|row| row_line(&visitor, row)).collect(),
        action: may_decide.then(|| format!("/staff/requests/{id}")),
        green: w.n("decide-all-green", "rows", counts.green),
        previous: (number > 0).then(|| place(wanted.text("show"), number - 1)),
        next: ((number + 1) * PAGE < total).then(|| place(wanted.text("show"), number + 1)),
    };
    Ok(html(StatusCode::OK, &page))
}

fn row_line(visitor: &Visitor, row: &Row) -> RowLine {
    let w = &visitor.words;
    let (light, light_badge) = match row.light {
        Light::Green => ("light-green", "good"),
        Light::Amber => ("light-amber", "warn"),
        Light::Red => ("light-red", "bad"),
    };
    RowLine {
        number: row.number,
        version: row.version,
        waits: row.state == RowState::InReview,
        facility: row.facility_name.clone(),
        kind: row.facility_type.clone(),
        contact: format!("{} · {}", row.contact_email, row.contact_phone),
        ids: w.t2("row-ids", "medicaid", &row.medicaid_id, "npi", if row.npi.is_empty() { "–" } else { &row.npi }),
        state: w.t(&format!("row-{}", row.state.as_str().replace('_', "-"))),
        badge: row_badge(row.state),
        light: w.t(light),
        light_badge,
        findings: row.findings().iter().map(|finding| (finding_badge(finding.severity), say_finding(w, finding, true))).collect(),
        reason: row.reason.clone(),
    }
}

/// `POST /staff/requests/{id}`: `decision` is `approve`, `return` or `deny`; each picked row is `row_<number>` with its version.
pub async fn decide(State(app): State<App>, visitor: Visitor, by: Reviewer, Path(id): Path<String>, form: Form) -> PageResult {
    let id = RosterId::parse(&id).ok_or(PageError::NotFound)?;
    let reason: String = form.text("reason").trim().chars().take(2_000).collect();
    let again = |problem: &str| Ok(see_other(&format!("/staff/requests/{id}?problem={problem}")));
    let (decision, all_green) = match form.text("decision") {
        "approve" => (RowDecision::Approve, false),
        "approve_green" => (RowDecision::Approve, true),
        "return" | "deny" if reason.is_empty() => return again("reason"),
        "return" => (RowDecision::Return { reason }, false),
        "deny" => (RowDecision::Deny { reason }, false),
        _ => return Err(PageError::BadRequest(Problem::new("error-decision"))),
    };
    let rows: Vec<(i64, i64)> =
        form.iter().filter_map(|(name, value)| Some((name.strip_prefix("row_")?.parse().ok()?, value.parse().ok()?))).collect();
    if rows.is_empty() && !all_green {
        return again("rows");
    }
    let (mut total, mut to_look_at) = (0, 0);
    loop {
        let picked = if all_green { Picked::AllGreen } else { Picked::Rows(rows.clone()) };
        let (ctx, by, decision) = (visitor.context(), by.clone(), decision.clone());
        match app.db.write(move |tx| roster::decide(tx, &ctx, &by, id, &picked, &decision)).await {
            Ok(decided) => {
                total += decided.decided;
                to_look_at += decided.skipped;
            }
            // All green ones are done, in as many rounds as it took, or the request ended between two.
            Err(Refused::Refusal(_)) if total + to_look_at > 0 => break,
            Err(Refused::Refusal(refusal)) => return Err(refusal.into()),
            Err(Refused::Fault(fault)) => return Err(fault.into()),
        }
        if !all_green {
            break;
        }
    }
    let problem = if all_green && to_look_at > 0 { "&problem=stale" } else { "" };
    Ok(see_other(&format!("/staff/requests/{id}?decided={total}{problem}")))
}

impl From<DecideRowsRefusal> for PageError {
    fn from(refusal: DecideRowsRefusal) -> Self {
        match refusal {
            DecideRowsRefusal::NoSuchRequest => Self::NotFound,
            DecideRowsRefusal::Own => Self::NotAllowed(Problem::new("error-own-case")),
            DecideRowsRefusal::NotSubmitted => Self::Conflict(Problem::new("error-request-moved-on")),
            DecideRowsRefusal::RequesterNotActive => Self::Conflict(Problem::new("error-requester-not-active")),
            DecideRowsRefusal::NothingToDecide => Self::Conflict(Problem::new("error-rows-decided")),
        }
    }
}
