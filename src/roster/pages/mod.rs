//! Facilities: a person's accounts, and their requests for more.

mod facilities;
mod new;
mod request;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

pub use facilities::summary;

use super::check::{Finding, Severity};
use super::request::{RequestState, RowState};
use super::store::Counts;
use crate::app::App;
use crate::web::Visitor;
use crate::words::Words;

/// The largest body of an upload: the file's own limit is told in words before this one.
const LARGEST_UPLOAD: usize = 24 << 20;

pub fn routes() -> Router<App> {
    let uploads = Router::new()
        .route("/facilities/requests/new", get(new::form).post(new::create))
        .route("/facilities/requests/{id}/correct", post(request::correct))
        .layer(DefaultBodyLimit::max(LARGEST_UPLOAD));
    Router::new()
        .route("/facilities", get(facilities::show))
        .route("/facilities/requests", get(facilities::requests))
        .route("/facilities/requests/grid", get(new::grid).post(new::create_from_grid))
        .route("/facilities/template.xlsx", get(new::template))
        .route("/facilities/requests/{id}", get(request::show))
        .route("/facilities/requests/{id}/confirm", post(request::confirm))
        .route("/facilities/requests/{id}/withdraw", get(request::ask_withdraw).post(request::withdraw))
        .route("/facilities/requests/{id}/corrections.xlsx", get(request::corrections))
        .route("/facilities/requests/{id}/rows/{number}", get(request::row_form).post(request::correct_row))
        .merge(uploads)
}

/// A finding in words, with its code where there is room for it.
pub fn say_finding(w: &Words, finding: &Finding, with_code: bool) -> String {
    let key = format!("finding-{}", finding.code.to_ascii_lowercase());
    let argument = finding.argument.as_deref().filter(|text| !text.is_empty()).unwrap_or("–");
    let mut text = w.t1(&key, "value", argument);
    if let Some(suggestion) = finding.suggestion.as_deref().filter(|text| !text.is_empty()) {
        text = format!("{text} {}", w.t1("finding-suggestion", "value", suggestion));
    }
    if with_code { format!("{}: {text}", finding.code) } else { text }
}

/// The colour of a finding's code.
pub fn finding_badge(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "bad",
        Severity::Warning => "warn",
        Severity::Note => "plain",
    }
}

pub fn row_badge(state: RowState) -> &'static str {
    match state {
        RowState::Approved => "good",
        RowState::Denied => "bad",
        RowState::Incomplete | RowState::Returned => "warn",
        RowState::InReview | RowState::Withdrawn => "plain",
    }
}

/// Where a request stands, in words, by its own state and its rows'.
pub fn request_state(visitor: &Visitor, state: RequestState, counts: &Counts) -> (String, &'static str) {
    let w = &visitor.words;
    let (key, badge) = match state {
        RequestState::Draft => ("request-draft", "warn"),
        RequestState::Withdrawn => ("state-withdrawn", "plain"),
        RequestState::Expired => ("state-expired", "plain"),
        RequestState::Submitted if counts.in_review > 0 => ("state-in-review", "plain"),
        RequestState::Submitted if counts.to_correct > 0 => ("request-to-correct", "warn"),
        RequestState::Submitted => ("request-decided", "good"),
    };
    (w.t(key), badge)
}
