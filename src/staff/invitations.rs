//! Invitations: where each stands, resend, revoke.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::layout;
use crate::app::App;
use crate::authentication::{Reviewer, Staff};
use crate::ids::InvitationId;
use crate::invitation::{self, Filter, InvitationState, Listed, RenewRefusal};
use crate::search;
use crate::values::Problem;
use crate::web::{Button, Form, FormView, Layout, PageError, PageResult, Params, Visitor, encode, html, local_time, see_other};

const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "staff/invitations.html")]
struct InvitationsPage {
    page: Layout,
    text: String,
    state: String,
    states: Vec<(String, String)>,
    lines: Vec<Line>,
    total: String,
    previous: Option<String>,
    next: Option<String>,
}

struct Line {
    facility: String,
    email: String,
    state: String,
    badge: &'static str,
    asked: bool,
    expires: String,
    username: Option<String>,
    forms: Vec<FormView>,
}

/// `GET /staff/invitations`
pub async fn list(State(app): State<App>, visitor: Visitor, staff: Staff, wanted: Params) -> PageResult {
    let number = wanted.get("page").map_or(Some(0), |text| text.parse::<i64>().ok()).filter(|n| (0..=100_000).contains(n));
    let number = number.ok_or(PageError::NotFound)?;
    let text: String = wanted.text("q").trim().chars().take(100).collect();
    let filter = Filter {
        text: text.clone(),
        state: InvitationState::parse(wanted.text("state")),
        asked: !wanted.text("asked").is_empty(),
        limit: PAGE,
        offset: number * PAGE,
    };
    search::refresh(&app).await;
    let (found, total) = app.db.scan(move |tx| invitation::list(tx, &filter)).await?;
    let w = &visitor.words;
    let may_act = staff.clone().reviewer().is_some();
    let link = |n: i64| {
        format!(
            "/staff/invitations?q={}&state={}&asked={}&page={n}",
            encode(&text),
            encode(wanted.text("state")),
            encode(wanted.text("asked"))
        )
    };
    let mut states = vec![(String::new(), w.t("state-all"))];
    states.extend(InvitationState::ALL.iter().map(|state| (state.as_str().to_owned(), w.t(&format!("invitation-{state}")))));
    let page = InvitationsPage {
        page: layout(&visitor, &staff, w.t("invitations-title")),
        text: text.clone(),
        state: wanted.text("state").to_owned(),
        states,
        lines: found.into_iter().map(|listed| line(&visitor, listed, may_act)).collect(),
        total: match total {
            search::MOST_LISTED.. => w.n("invitations-total-many", "invitations", total),
            _ => w.n("invitations-total", "invitations", total),
        },
        previous: (number > 0).then(|| link(number - 1)),
        next: ((number + 1) * PAGE < total).then(|| link(number + 1)),
    };
    Ok(html(StatusCode::OK, &page))
}

fn line(visitor: &Visitor, (invitation, facility, username): Listed, may_act: bool) -> Line {
    let w = &visitor.words;
    let form = |verb: &str, key: &str| {
        FormView::new(visitor, format!("/staff/invitations/{}/{verb}", invitation.id)).button(Button::new(w.t(key)).quiet())
    };
    let forms = match invitation.state {
        InvitationState::Open | InvitationState::Expired if may_act => {
            vec![form("resend", "invitation-resend"), form("revoke", "invitation-revoke")]
        }
        _ => Vec::new(),
    };
    Line {
        facility,
        email: invitation.email.clone(),
        state: w.t(&format!("invitation-{}", invitation.state)),
        badge: match invitation.state {
            InvitationState::Redeemed => "good",
            InvitationState::Open => "plain",
            InvitationState::Expired => "warn",
            InvitationState::Revoked => "bad",
        },
        asked: invitation.asked_at.is_some() && invitation.state != InvitationState::Redeemed,
        expires: local_time(visitor, invitation.closed_at.unwrap_or(invitation.expires_at)),
        username,
        forms,
    }
}

/// `POST /staff/invitations/{id}/resend`
pub async fn resend(State(app): State<App>, visitor: Visitor, by: Reviewer, Path(id): Path<String>, _form: Form) -> PageResult {
    let id = InvitationId::parse(&id).ok_or(PageError::NotFound)?;
    let ctx = visitor.context();
    app.db.write(move |tx| invitation::resend(tx, &ctx, &by, id)).await?;
    Ok(see_other("/staff/invitations"))
}

/// `POST /staff/invitations/{id}/revoke`
pub async fn revoke(State(app): State<App>, visitor: Visitor, by: Reviewer, Path(id): Path<String>, _form: Form) -> PageResult {
    let id = InvitationId::parse(&id).ok_or(PageError::NotFound)?;
    let ctx = visitor.context();
    app.db.write(move |tx| invitation::revoke(tx, &ctx, &by, id)).await?;
    Ok(see_other("/staff/invitations"))
}

impl From<RenewRefusal> for PageError {
    fn from(refusal: RenewRefusal) -> Self {
        match refusal {
            RenewRefusal::NoSuchInvitation => Self::NotFound,
            RenewRefusal::Closed => Self::Conflict(Problem::new("error-invitation-closed")),
        }
    }
}
