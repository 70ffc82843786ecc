//! The Status page: where the case stands, what comes next, and by when.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::account::{self, AccountState, GateClosed};
use crate::app::App;
use crate::authentication::SignedIn;
use crate::authentication::pages::{header_of, without_session};
use crate::context::Actor;
use crate::db::Fault;
use crate::facility;
use crate::profile::{self, Profile};
use crate::registration::{self, Case, CaseKind, CaseState, MOST_DENIALS, WithdrawRefusal};
use crate::values::Problem;
use crate::web::{
    Button, Field, Form, FormPage, FormView, Kind, Layout, Link, MessagePage, PageError, PageResult, Params, Tab, Visitor, html,
    local_time, see_other,
};

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage {
    page: Layout,
    badge: &'static str,
    state: String,
    paragraphs: Vec<String>,
    facts: Vec<(String, String)>,
    reason: Option<String>,
    remarks: Vec<String>,
    forms: Vec<(String, FormView)>,
    links: Vec<Link>,
    notice: Option<String>,
}

/// `GET /status`
pub async fn show(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, note: Params) -> PageResult {
    if signed_in.account.role.is_staff() && signed_in.account.state == AccountState::Active {
        return Ok(see_other("/"));
    }
    let (id, facility, now) = (signed_in.account.id, signed_in.account.facility_id, app.clock.now());
    let (case, profile, facility) = app
        .db
        .read(move |tx| Ok::<_, Fault>((registration::latest_of(tx, id)?, profile::find(tx, id)?, facility::of(tx, facility)?)))
        .await?;
    let is_valid = account::may_issue_tokens(&signed_in.account, facility.as_ref(), now) != Err(GateClosed::FacilityNotValid);
    let w = &visitor.words;
    let mut view = StatusPage {
        page: Layout::new(&visitor, w.t("status-title")).signed_in(header_of(&signed_in)),
        badge: "plain",
        state: String::new(),
        paragraphs: Vec::new(),
        facts: Vec::new(),
        reason: None,
        remarks: Vec::new(),
        forms: Vec::new(),
        links: Vec::new(),
        notice: match (note.text("sent"), note.text("from")) {
            ("again", _) => Some(w.t1("status-sent-again", "address", &signed_in.account.email)),
            (_, "application") => Some(w.t("status-from-application")),
            _ => None,
        },
    };
    describe(&visitor, &signed_in, case.as_ref(), is_valid, &mut view);
    contact(&visitor, &signed_in, profile.as_ref(), &mut view);
    Ok(html(StatusCode::OK, &view))
}

/// Says what is true of the account and its case, and offers what can be done.
fn describe(visitor: &Visitor, signed_in: &SignedIn, case: Option<&Case>, is_valid: bool, view: &mut StatusPage) {
    let w = &visitor.words;
    let is_change = case.is_some_and(|case| case.kind == CaseKind::Change);
    let key = match (signed_in.account.state, case.map(|case| case.state)) {
        (AccountState::Active, Some(state)) if is_change && state.is_open() => state.as_str(),
        (AccountState::Active, _) => "active",
        (AccountState::Suspended, _) => "suspended",
        (_, Some(CaseState::Draft) | None) => "draft",
        (_, Some(state)) => state.as_str(),
    };
    view.badge = match key {
        "active" => "good",
        "suspended" | "denied" => "bad",
        "returned" | "draft" | "awaiting_email" => "warn",
        _ => "plain",
    };
    let key = key.replace('_', "-");
    view.state = w.t(&format!("state-{key}"));
    let is_rescinded = case.is_some_and(|case| case.is_rescinded(&signed_in.account));
    let text = match key.as_str() {
        "in-review" if is_change => "status-change-in-review".to_owned(),
        "returned" if is_change => "status-change-returned".to_owned(),
        "active" if !is_valid => "status-not-valid".to_owned(),
        "suspended" if is_rescinded => "status-rescinded".to_owned(),
        "denied" if signed_in.account.denials >= MOST_DENIALS => "status-denied-final".to_owned(),
        key => format!("status-{key}"),
    };
    view.paragraphs.push(w.t(&text));
    if let Some(case) = case {
        facts(visitor, case, view);
        let remark = |(field, text): (String, String)| format!("{}: {text}", w.t(&format!("field-{}", field.replace('_', "-"))));
        view.remarks = case.remarks().into_iter().map(remark).collect();
        view.reason = case.reason.clone().filter(|_| matches!(case.state, CaseState::Returned | CaseState::Denied));
    }
    if signed_in.account.state == AccountState::Suspended {
        view.reason.clone_from(&signed_in.account.suspension_reason);
    }
    if signed_in.account.state == AccountState::Pending || is_rescinded {
        offer(visitor, signed_in, case, view);
    } else if signed_in.account.state == AccountState::Active {
        if is_change && case.is_some_and(|case| case.state.is_open()) {
            view.links.push(Link::new(w.t("status-correct"), "/profile"));
            view.links.push(Link::new(w.t("withdraw-change-title"), "/status/withdraw"));
        }
        view.links.push(Link::new(w.t("nav-home"), "/"));
    }
}

/// A contact address that waits to be confirmed, and the way to do it.
fn contact(visitor: &Visitor, signed_in: &SignedIn, profile: Option<&Profile>, view: &mut StatusPage) {
    let w = &visitor.words;
    let waits =
        profile.filter(|p| p.contact_email_confirmed_at.is_none() && !p.contact_email.eq_ignore_ascii_case(&signed_in.account.email));
    if let Some(profile) = waits.filter(|_| signed_in.account.is_confirmed()) {
        view.paragraphs.push(w.t1("status-contact-unconfirmed", "address", &profile.contact_email));
        view.links.push(Link::new(w.t("confirm-typed-link"), "/confirm"));
    }
}

fn facts(visitor: &Visitor, case: &Case, view: &mut StatusPage) {
    let w = &visitor.words;
    view.facts.push((w.t("fact-reference"), case.reference.clone()));
    if let Some(at) = case.submitted_at {
        view.facts.push((w.t("fact-submitted"), local_time(visitor, at)));
    }
    if let (CaseState::InReview, Some(due)) = (case.state, case.due_at) {
        view.facts.push((w.t("fact-due"), local_time(visitor, due)));
        view.paragraphs.push(w.t("check-spam"));
    }
}

fn offer(visitor: &Visitor, signed_in: &SignedIn, case: Option<&Case>, view: &mut StatusPage) {
    let w = &visitor.words;
    if !signed_in.account.is_confirmed() {
        let code = Field::new(w, "code", Kind::Code).hint(w.t("code-hint")).autocomplete("one-time-code");
        let typed = FormView::new(visitor, "/confirm").field(code).button(Button::new(w.t("confirm-button")));
        view.forms.push((w.t1("status-confirm", "address", &signed_in.account.email), typed));
        let again = FormView::new(visitor, "/confirm/again").button(Button::new(w.t("send-again-button")).quiet());
        view.forms.push((w.t("status-no-letter"), again));
        view.links.push(Link::new(w.t("change-address-title"), "/confirm/address"));
    }
    let state = case.map(|case| case.state);
    match state {
        Some(CaseState::Draft) | None => view.links.insert(0, Link::new(w.t("profile-complete-title"), "/profile")),
        Some(CaseState::Returned | CaseState::InReview | CaseState::AwaitingEmail) => {
            view.links.insert(0, Link::new(w.t("status-correct"), "/profile"))
        }
        Some(CaseState::Denied)
            if signed_in.account.denials < MOST_DENIALS || case.is_some_and(|case| case.kind == CaseKind::Invitation) =>
        {
            view.links.insert(0, Link::new(w.t("status-apply-again"), "/profile"))
        }
        _ => {}
    }
    if state.is_some_and(CaseState::is_open) {
        view.links.push(Link::new(w.t("withdraw-title"), "/status/withdraw"));
    }
}

/// `GET /status/withdraw`
pub async fn confirm_withdrawal(visitor: Visitor, signed_in: SignedIn) -> Response {
    let w = &visitor.words;
    let is_active = signed_in.account.state == AccountState::Active;
    let button = if is_active { "withdraw-change-title" } else { "withdraw-button" };
    let form =
        FormView::new(&visitor, "/status/withdraw").hidden("account", signed_in.account.id.to_string()).button(Button::new(w.t(button)));
    let layout = Layout::new(&visitor, w.t("withdraw-title")).signed_in(header_of(&signed_in)).under(w.t("status-title"), "/status");
    FormPage::new(layout, form).lead(w.t(if is_active { "withdraw-change-lead" } else { "withdraw-lead" })).respond()
}

/// `POST /status/withdraw`
pub async fn withdraw(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, form: Form) -> PageResult {
    super::profile::still_acting(&signed_in, &form)?;
    let (ctx, id) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.id);
    app.db.write(move |tx| registration::withdraw(tx, &ctx, id)).await?;
    if signed_in.account.state == AccountState::Active {
        return Ok(see_other("/status"));
    }
    let w = &visitor.words;
    let layout = Layout::new(&visitor, w.t("withdrawn-title")).tab(Tab::Other);
    Ok(without_session(&visitor, MessagePage::new(layout).paragraph(w.t("withdrawn")).respond(StatusCode::OK)))
}

impl From<WithdrawRefusal> for PageError {
    fn from(refusal: WithdrawRefusal) -> Self {
        match refusal {
            WithdrawRefusal::NotOpen => Self::Conflict(Problem::new("error-nothing-to-withdraw")),
        }
    }
}
