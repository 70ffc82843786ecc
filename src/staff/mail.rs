//! Mail: what was sent, to whom, and what the server said. Codes are never shown.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::layout;
use crate::app::App;
use crate::authentication::{Reviewer, Staff};
use crate::ids::RowId;
use crate::outbox;
use crate::values::Problem;
use crate::web::{Button, Form, FormView, Layout, PageError, PageResult, Params, Visitor, html, local_time, see_other};

#[derive(Template)]
#[template(path = "staff/mail.html")]
struct MailPage {
    page: Layout,
    summary: String,
    only_dead: bool,
    lines: Vec<Line>,
}

struct Line {
    letter: String,
    to: String,
    at: String,
    state: String,
    badge: &'static str,
    answer: String,
    retry: Option<FormView>,
}

/// `GET /staff/mail`
pub async fn list(State(app): State<App>, visitor: Visitor, staff: Staff, wanted: Params) -> PageResult {
    let only_dead = wanted.text("only") == "dead";
    let (rows, counts) = app.db.read(move |tx| Ok::<_, crate::db::Fault>((outbox::list(tx, only_dead, 100)?, outbox::counts(tx)?))).await?;
    let w = &visitor.words;
    let may_retry = staff.clone().reviewer().is_some();
    let line = |row: outbox::Row| {
        let (state, badge) = match (row.accepted_at, row.dead_at) {
            (Some(at), _) => (w.t1("mail-accepted", "time", &local_time(&visitor, at)), "good"),
            (None, Some(_)) => (w.t("mail-dead"), "bad"),
            (None, None) => (w.t("mail-waiting"), "plain"),
        };
        let retriable = may_retry && row.dead_at.is_some() && row.expires_at.is_none();
        Line {
            letter: w.t(&row.name_key()),
            to: row.recipient,
            at: local_time(&visitor, row.created_at),
            state,
            badge,
            answer: row.answer.unwrap_or_default(),
            retry: retriable
                .then(|| FormView::new(&visitor, format!("/staff/mail/{}/retry", row.id)).button(Button::new(w.t("mail-retry")).quiet())),
        }
    };
    let page = MailPage {
        page: layout(&visitor, &staff, w.t("mail-title")),
        summary: w.t2("mail-summary", "waiting", &counts.waiting.to_string(), "dead", &counts.dead.to_string()),
        only_dead,
        lines: rows.into_iter().map(line).collect(),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `POST /staff/mail/{id}/retry`
pub async fn retry(State(app): State<App>, visitor: Visitor, by: Reviewer, Path(id): Path<String>, _form: Form) -> PageResult {
    let id = RowId::parse(&id).ok_or(PageError::NotFound)?;
    let ctx = by.context(&visitor.context());
    match app.db.write(move |tx| outbox::retry(tx, &ctx, id)).await? {
        true => Ok(see_other("/staff/mail")),
        false => Err(PageError::Conflict(Problem::new("error-letter-not-dead"))),
    }
}
