//! `/facilities`: switch, link, unlink, add; and where requests stand.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;

use super::request_state;
use crate::account::AccountState;
use crate::app::App;
use crate::authentication::SignedIn;
use crate::authentication::pages::{choices, header_of};
use crate::db::Fault;
use crate::roster::{self, Counts, Request};
use crate::web::{Button, FormView, Layout, PageResult, Visitor, html, local_time, see_other};

/// How many requests the page lists.
const MOST: i64 = 50;

#[derive(Template)]
#[template(path = "facilities.html")]
struct FacilitiesPage {
    page: Layout,
    may_add: bool,
    accounts: Vec<AccountLine>,
    has_several: bool,
    requests: Vec<RequestLine>,
}

struct AccountLine {
    title: String,
    username: String,
    state: String,
    badge: &'static str,
    current: bool,
    unlink: String,
    form: FormView,
}

struct RequestLine {
    href: String,
    reference: String,
    state: String,
    badge: &'static str,
    at: String,
    summary: String,
}

/// `GET /facilities`
pub async fn show(State(app): State<App>, visitor: Visitor, signed_in: SignedIn) -> PageResult {
    if signed_in.account.role.is_staff() {
        return Ok(see_other("/"));
    }
    let person = signed_in.account.person_id;
    let (choices, requests) = app
        .db
        .read(move |tx| {
            let requests = roster::of_person(tx, person, MOST)?;
            let ids: Vec<_> = requests.iter().map(|request| request.id).collect();
            let counts = roster::counts_of(tx, &ids)?;
            let with_counts = |request: Request| {
                let counts = counts.get(&request.id).copied().unwrap_or_default();
                (request, counts)
            };
            Ok::<_, Fault>((choices(tx, person)?, requests.into_iter().map(with_counts).collect::<Vec<_>>()))
        })
        .await?;
    let w = &visitor.words;
    let has_several = choices.len() > 1;
    let line = |choice: crate::authentication::pages::Choice| AccountLine {
        title: choice.title(),
        username: choice.account.username.clone(),
        state: w.t(&format!("account-{}", choice.account.state)),
        badge: if choice.account.state == AccountState::Active { "good" } else { "warn" },
        current: choice.account.id == signed_in.account.id,
        unlink: format!("/facilities/unlink?account={}", choice.account.id),
        form: FormView::new(&visitor, "/switch")
            .hidden("account", choice.account.id.to_string())
            .button(Button::new(w.t1("switch-button", "name", &choice.title())).quiet()),
    };
    let page = FacilitiesPage {
        page: Layout::new(&visitor, w.t("facilities-title")).signed_in(header_of(&signed_in)),
        may_add: signed_in.account.state == AccountState::Active,
        accounts: choices.into_iter().map(line).collect(),
        has_several,
        requests: requests.iter().map(|(request, counts)| request_line(&visitor, request, counts)).collect(),
    };
    Ok(html(StatusCode::OK, &page))
}

fn request_line(visitor: &Visitor, request: &Request, counts: &Counts) -> RequestLine {
    let (state, badge) = request_state(visitor, request.state, counts);
    RequestLine {
        href: format!("/facilities/requests/{}", request.id),
        reference: request.reference.clone(),
        state,
        badge,
        at: local_time(visitor, request.submitted_at.unwrap_or(request.opened_at)),
        summary: summary(visitor, counts),
    }
}

/// How the rows stand, in one line.
pub fn summary(visitor: &Visitor, counts: &Counts) -> String {
    visitor.words.texts(
        "request-summary",
        &[
            ("total", &counts.total.to_string()),
            ("approved", &counts.approved.to_string()),
            ("waiting", &counts.in_review.to_string()),
            ("correct", &counts.to_correct.to_string()),
            ("denied", &counts.denied.to_string()),
        ],
    )
}

/// `GET /facilities/requests`: they are listed with the facilities.
pub async fn requests(_: SignedIn) -> PageResult {
    Ok(see_other("/facilities"))
}
