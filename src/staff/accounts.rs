//! Accounts: found, looked at, suspended, reactivated, closed.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::case::trail_line;
use super::layout;
use crate::account::{self, Account, AccountState};
use crate::app::App;
use crate::audit;
use crate::authentication::{self, Reviewer, Staff};
use crate::db::Fault;
use crate::facility;
use crate::ids::AccountId;
use crate::lifecycle::{self, CloseRefusal, ReactivateRefusal, SuspendRefusal};
use crate::outbox;
use crate::profile;
use crate::records;
use crate::registration;
use crate::search::refresh;
use crate::values::Problem;
use crate::web::{Button, Field, Form, FormView, Kind, Layout, PageError, PageResult, Params, Visitor, html, local_time, see_other};

#[derive(Template)]
#[template(path = "staff/accounts.html")]
struct AccountsPage {
    page: Layout,
    text: String,
    state: String,
    states: Vec<(String, String)>,
    lines: Vec<Line>,
    is_all: bool,
}

struct Line {
    href: String,
    username: String,
    role: String,
    state: String,
    badge: &'static str,
    facility: String,
    email: String,
}

/// `GET /staff/accounts`
pub async fn search(State(app): State<App>, visitor: Visitor, staff: Staff, wanted: Params) -> PageResult {
    let wanted_accounts =
        account::Search { text: wanted.text("q").trim().chars().take(100).collect(), state: AccountState::parse(wanted.text("state")) };
    refresh(&app).await;
    let (found, is_all) = app.db.scan(move |tx| account::search(tx, &wanted_accounts, 100)).await?;
    let w = &visitor.words;
    let mut states = vec![(String::new(), w.t("state-all"))];
    states.extend(AccountState::ALL.iter().map(|state| (state.as_str().to_owned(), w.t(&format!("account-{state}")))));
    let line = |(account, facility): account::Listed| Line {
        href: format!("/staff/accounts/{}", account.id),
        role: w.t(&format!("role-{}", account.role.as_str().replace('_', "-"))),
        state: w.t(&format!("account-{}", account.state)),
        badge: badge(account.state),
        facility: facility.unwrap_or_default(),
        email: account.email,
        username: account.username,
    };
    let page = AccountsPage {
        page: layout(&visitor, &staff, w.t("accounts-title")),
        text: wanted.text("q").to_owned(),
        state: wanted.text("state").to_owned(),
        states,
        lines: found.into_iter().map(line).collect(),
        is_all,
    };
    Ok(html(StatusCode::OK, &page))
}

fn badge(state: AccountState) -> &'static str {
    match state {
        AccountState::Active => "good",
        AccountState::Suspended => "bad",
        _ => "plain",
    }
}

#[derive(Template)]
#[template(path = "staff/account.html")]
struct AccountPage {
    page: Layout,
    state: String,
    badge: &'static str,
    facts: Vec<(String, String)>,
    case: Option<(String, String)>,
    forms: Vec<FormView>,
    trail: Vec<(String, String)>,
    letters: Vec<(String, String)>,
}

/// `GET /staff/accounts/{id}`
pub async fn show(State(app): State<App>, visitor: Visitor, staff: Staff, Path(id): Path<String>) -> PageResult {
    let id = AccountId::parse(&id).ok_or(PageError::NotFound)?;
    let now = app.clock.now();
    let known = app.db.read(move |tx| {
        let Some(account) = account::find(tx, id)? else { return Ok::<_, Fault>(None) };
        let facility = facility::of(tx, account.facility_id)?;
        let sessions = authentication::sessions_of(tx, id, now)?.len();
        let trail = audit::trail_of_account(tx, id, 50)?;
        let holds = records::holds_of(tx, account.person_id)?;
        Ok(Some((
            account,
            facility,
            profile::find(tx, id)?,
            registration::latest_of(tx, id)?,
            sessions,
            trail,
            outbox::of_account(tx, id, 30)?,
            holds,
        )))
    });
    let Some((account, facility, profile, case, sessions, trail, letters, holds)) = known.await? else { return Err(PageError::NotFound) };
    let w = &visitor.words;
    let mut facts = vec![
        (w.t("fact-role"), w.t(&format!("role-{}", account.role.as_str().replace('_', "-")))),
        (w.t("fact-account-email"), account.email.clone()),
        (w.t("fact-created"), local_time(&visitor, account.created_at)),
        (w.t("fact-sessions"), sessions.to_string()),
    ];
    facts.extend(profile.map(|profile| (w.t("fact-name"), profile.stated().full_name())));
    facts.extend(facility.map(|facility| (w.t("field-facility-name"), facility.name)));
    facts.extend(account.suspension_reason.clone().map(|reason| (w.t("status-reason"), reason)));
    facts.extend(holds.into_iter().map(|(reason, since)| {
        (w.t("fact-legal-hold"), format!("{reason} ({})", w.t1("legal-hold-since", "time", &local_time(&visitor, since))))
    }));
    facts.extend(account.erased_at.map(|at| (w.t("fact-erased"), local_time(&visitor, at))));
    let letter = |row: outbox::Row| {
        let state = match (row.accepted_at, row.dead_at) {
            (Some(at), _) => w.t1("mail-accepted", "time", &local_time(&visitor, at)),
            (None, Some(_)) => w.t("mail-dead"),
            (None, None) => w.t("mail-waiting"),
        };
        (w.t(&row.name_key()), state)
    };
    let page = AccountPage {
        page: layout(&visitor, &staff, account.username.clone()).under(w.t("accounts-title"), "/staff/accounts"),
        state: w.t(&format!("account-{}", account.state)),
        badge: badge(account.state),
        facts,
        case: case.map(|case| (format!("/staff/cases/{}", case.id), case.reference)),
        forms: staff.reviewer().map(|by| forms(&visitor, &by, &account)).unwrap_or_default(),
        trail: trail.iter().map(|(entry, by)| trail_line(&visitor, entry, by.as_deref())).collect(),
        letters: letters.into_iter().map(letter).collect(),
    };
    Ok(html(StatusCode::OK, &page))
}

fn forms(visitor: &Visitor, by: &Reviewer, account: &Account) -> Vec<FormView> {
    let w = &visitor.words;
    if account.id == by.account() || (account.role.is_staff() && !by.is_administrator()) {
        return Vec::new();
    }
    let close = || {
        let form = FormView::new(visitor, format!("/staff/accounts/{}/close", account.id))
            .field(Field::new(w, "for_good", Kind::Checkbox).hint(w.t("close-hint")))
            .button(Button::new(w.t("close-button")).quiet());
        by.is_administrator().then_some(form)
    };
    match account.state {
        AccountState::Active => vec![
            FormView::new(visitor, format!("/staff/accounts/{}/suspend", account.id))
                .field(Field::new(w, "reason", Kind::Area).hint(w.t("suspend-hint")))
                .field(Field::new(w, "all_accounts", Kind::Checkbox).hint(w.t("suspend-all-hint")))
                .button(Button::new(w.t("suspend-button"))),
        ],
        AccountState::Suspended => {
            let reactivate = FormView::new(visitor, format!("/staff/accounts/{}/reactivate", account.id));
            let mut forms = vec![reactivate.button(Button::new(w.t("reactivate-button")))];
            forms.extend(close());
            forms
        }
        AccountState::Pending => close().into_iter().collect(),
        AccountState::Closed => Vec::new(),
    }
}

/// `POST /staff/accounts/{id}/suspend`
pub async fn suspend(State(app): State<App>, visitor: Visitor, by: Reviewer, Path(id): Path<String>, form: Form) -> PageResult {
    let id = AccountId::parse(&id).ok_or(PageError::NotFound)?;
    let reason: String = form.text("reason").trim().chars().take(2_000).collect();
    if reason.is_empty() {
        return Err(PageError::BadRequest(Problem::new("problem-reason-missing")));
    }
    let ctx = visitor.context();
    let all = !form.text("all_accounts").is_empty();
    app.db
        .write(move |tx| match all {
            true => lifecycle::suspend_person(tx, &ctx, &by, id, &reason).map(|_| ()),
            false => lifecycle::suspend(tx, &ctx, &by, id, &reason),
        })
        .await?;
    Ok(see_other(&format!("/staff/accounts/{id}")))
}

/// `POST /staff/accounts/{id}/reactivate`
pub async fn reactivate(State(app): State<App>, visitor: Visitor, by: Reviewer, Path(id): Path<String>, _form: Form) -> PageResult {
    let id = AccountId::parse(&id).ok_or(PageError::NotFound)?;
    let ctx = visitor.context();
    app.db.write(move |tx| lifecycle::reactivate(tx, &ctx, &by, id)).await?;
    Ok(see_other(&format!("/staff/accounts/{id}")))
}

/// `POST /staff/accounts/{id}/close`
pub async fn close(State(app): State<App>, visitor: Visitor, by: Reviewer, Path(id): Path<String>, form: Form) -> PageResult {
    let id = AccountId::parse(&id).ok_or(PageError::NotFound)?;
    if form.text("for_good").is_empty() {
        return Err(PageError::BadRequest(Problem::new("problem-close-confirm")));
    }
    let ctx = visitor.context();
    app.db.write(move |tx| lifecycle::close(tx, &ctx, &by, id)).await?;
    Ok(see_other(&format!("/staff/accounts/{id}")))
}

impl From<CloseRefusal> for PageError {
    fn from(refusal: CloseRefusal) -> Self {
        match refusal {
            CloseRefusal::NoSuchAccount => Self::NotFound,
            CloseRefusal::NotSuspended => Self::Conflict(Problem::new("error-not-suspended")),
            CloseRefusal::NeedsAdministrator => Self::NotAllowed(Problem::new("error-administrator-closes")),
        }
    }
}

impl From<SuspendRefusal> for PageError {
    fn from(refusal: SuspendRefusal) -> Self {
        match refusal {
            SuspendRefusal::NoSuchAccount => Self::NotFound,
            SuspendRefusal::NotActive => Self::Conflict(Problem::new("error-not-active")),
            SuspendRefusal::NeedsAdministrator => Self::NotAllowed(Problem::new("error-administrator-only")),
            SuspendRefusal::Own => Self::NotAllowed(Problem::new("error-own-account")),
            SuspendRefusal::LastAdministrator => Self::Conflict(Problem::new("error-last-administrator")),
        }
    }
}

impl From<ReactivateRefusal> for PageError {
    fn from(refusal: ReactivateRefusal) -> Self {
        match refusal {
            ReactivateRefusal::NoSuchAccount => Self::NotFound,
            ReactivateRefusal::NotSuspended => Self::Conflict(Problem::new("error-not-suspended")),
            ReactivateRefusal::NeedsAdministrator => Self::NotAllowed(Problem::new("error-administrator-only")),
            ReactivateRefusal::CaseIsOpen => Self::Conflict(Problem::new("error-case-open")),
        }
    }
}
