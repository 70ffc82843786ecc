//! The queue: the most urgent case first.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;

use super::layout;
use crate::app::App;
use crate::authentication::Staff;
use crate::clock::Timestamp;
use crate::db::Fault;
use crate::outbox;
use crate::registration::{self, Case, CaseState, QueueFilter};
use crate::search;
use crate::web::{Layout, PageError, PageResult, Params, Visitor, encode, html, length, local_time};

const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "staff/queue.html")]
struct QueuePage {
    page: Layout,
    text: String,
    state: String,
    states: Vec<(String, String)>,
    mine: bool,
    lines: Vec<Line>,
    total: String,
    previous: Option<String>,
    next: Option<String>,
    dead_letters: Option<String>,
}

struct Line {
    href: String,
    organization: String,
    reference: String,
    username: String,
    state: String,
    badge: &'static str,
    age: String,
    due: String,
    overdue: bool,
    held: bool,
}

/// `GET /staff/queue`
pub async fn list(State(app): State<App>, visitor: Visitor, staff: Staff, wanted: Params) -> PageResult {
    let now = app.clock.now();
    let state =
        if wanted.text("state") == "all" { None } else { Some(CaseState::parse(wanted.text("state")).unwrap_or(CaseState::InReview)) };
    let number = match wanted.get("page") {
        None => 0,
        Some(text) => text.parse::<i64>().ok().filter(|n| (0..=100_000).contains(n)).ok_or(PageError::NotFound)?,
    };
    let filter = QueueFilter {
        now,
        text: wanted.text("q").trim().chars().take(100).collect(),
        state,
        claimed_by: (!wanted.text("mine").is_empty()).then_some(staff.account),
        limit: PAGE,
        offset: number * PAGE,
    };
    search::refresh(&app).await;
    let ((cases, total), mail) = app.db.scan(move |tx| Ok::<_, Fault>((registration::queue(tx, &filter)?, outbox::counts(tx)?))).await?;
    let w = &visitor.words;
    let link = |number: i64| {
        format!(
            "/staff/queue?q={}&state={}&mine={}&page={number}",
            encode(wanted.text("q")),
            encode(wanted.text("state")),
            encode(wanted.text("mine"))
        )
    };
    let name = |state: CaseState| (state.as_str().to_owned(), w.t(&format!("state-{}", state.as_str().replace('_', "-"))));
    let mut states: Vec<_> =
        [CaseState::InReview, CaseState::Returned, CaseState::Approved, CaseState::Denied, CaseState::Withdrawn].map(name).to_vec();
    states.push(("all".into(), w.t("state-all")));
    let page = QueuePage {
        page: layout(&visitor, &staff, w.t("queue-title")),
        text: wanted.text("q").to_owned(),
        state: state.map_or("all".into(), |state| state.as_str().to_owned()),
        states,
        mine: !wanted.text("mine").is_empty(),
        lines: cases.into_iter().map(|(case, username)| line(&visitor, &case, username, now)).collect(),
        total: match total {
            search::MOST_LISTED.. => w.n("queue-total-many", "cases", total),
            _ => w.n("queue-total", "cases", total),
        },
        previous: (number > 0).then(|| link(number - 1)),
        next: ((number + 1) * PAGE < total).then(|| link(number + 1)),
        dead_letters: (mail.dead > 0).then(|| w.n("queue-dead-letters", "letters", mail.dead)),
    };
    Ok(html(StatusCode::OK, &page))
}

fn line(visitor: &Visitor, case: &Case, username: String, now: Timestamp) -> Line {
    let w = &visitor.words;
    let waits = case.state == CaseState::InReview;
    let overdue = waits && case.due_at.is_some_and(|due| due <= now);
    let due = match case.due_at.filter(|_| waits) {
        Some(due) if due <= now => w.t1("queue-overdue", "time", &length(w, now.since(due))),
        Some(due) => w.t1("queue-due-in", "time", &length(w, due.since(now))),
        None => case.decided_at.map(|at| local_time(visitor, at)).unwrap_or_default(),
    };
    Line {
        href: format!("/staff/cases/{}", case.id),
        organization: if case.organization_name.is_empty() { username.clone() } else { case.organization_name.clone() },
        reference: case.reference.clone(),
        username,
        state: w.t(&format!("state-{}", case.state.as_str().replace('_', "-"))),
        badge: super::case::badge(case.state),
        age: length(w, case.submitted_at.map_or(Duration::ZERO, |at| now.since(at))),
        due,
        overdue,
        held: case.holder(now).is_some(),
    }
}
