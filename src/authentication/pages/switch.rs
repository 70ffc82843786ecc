//! The switcher: which of a person's accounts acts in this browser; and linking and unlinking them.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::sign_in::any_target;
use super::{browser_hash, header_of, local_path, require_fresh, with_session, without_session};
use crate::account::{self, Account};
use crate::app::App;
use crate::audit::Action;
use crate::authentication::{self, Attempt, LinkRefusal, Proven, SignedIn, SwitchRefusal, authenticator};
use crate::context::Actor;
use crate::db::{Fault, Refused, Tx};
use crate::facility;
use crate::ids::{AccountId, PersonId};
use crate::shared::Bucket;
use crate::values::{Problem, Username};
use crate::web::{Button, Field, Form, FormPage, FormView, Kind, Layout, Link, PageError, PageResult, Params, Visitor, html, see_other};

/// One of a person's accounts, as lists show it.
pub struct Choice {
    pub account: Account,
    pub facility: Option<String>,
}

impl Choice {
    pub fn title(&self) -> String {
        self.facility.clone().unwrap_or_else(|| self.account.username.clone())
    }
}

/// A person's accounts with their facilities, by facility name.
pub fn choices(tx: &mut Tx, person: PersonId) -> Result<Vec<Choice>, Fault> {
    let mut choices = Vec::new();
    for account in account::of_person(tx, person)? {
        let facility = facility::of(tx, account.facility_id)?.map(|facility| facility.name);
        choices.push(Choice { account, facility });
    }
    choices.sort_by_key(|choice| choice.title().to_lowercase());
    Ok(choices)
}

#[derive(Template)]
#[template(path = "switch.html")]
struct SwitchPage {
    page: Layout,
    lead: String,
    lines: Vec<Line>,
    links: Vec<Link>,
}

struct Line {
    title: String,
    username: String,
    state: String,
    badge: &'static str,
    current: bool,
    form: FormView,
}

/// The page that lets a person choose; `action` takes the choice, with further hidden fields.
pub fn chooser(
    visitor: &Visitor,
    signed_in: &SignedIn,
    choices: Vec<Choice>,
    action: &str,
    title: String,
    lead: String,
    hidden: &[(&'static str, String)],
) -> Response {
    let w = &visitor.words;
    let line = |choice: Choice| {
        let is_current = choice.account.id == signed_in.account.id;
        let mut form = FormView::new(visitor, action).hidden("account", choice.account.id.to_string());
        for (name, value) in hidden {
            form = form.hidden(name, value.clone());
        }
        let button = Button::new(w.t1("switch-button", "name", &choice.title()));
        Line {
            title: choice.title(),
            username: choice.account.username.clone(),
            state: w.t(&format!("account-{}", choice.account.state)),
            badge: if choice.account.state == account::AccountState::Active { "good" } else { "warn" },
            current: is_current,
            form: form.button(if is_current { button } else { button.quiet() }),
        }
    };
    let page = SwitchPage {
        page: Layout::new(visitor, title).signed_in(header_of(signed_in)),
        lead,
        lines: choices.into_iter().map(line).collect(),
        links: vec![Link::new(w.t("switch-somebody-else"), "/sign-out")],
    };
    any_target(html(StatusCode::OK, &page))
}

/// `GET /switch`
pub async fn show(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, wanted: Params) -> PageResult {
    let person = signed_in.account.person_id;
    let choices = app.db.read(move |tx| choices(tx, person)).await?;
    let w = &visitor.words;
    let hidden = [("return_to", local_path(wanted.text("return_to")).to_owned())];
    Ok(chooser(&visitor, &signed_in, choices, "/switch", w.t("switch-title"), w.t("switch-lead"), &hidden))
}

/// `POST /switch`: the session acts with `account` from now on.
pub async fn switch(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, form: Form) -> PageResult {
    let to = AccountId::parse(form.text("account")).ok_or(PageError::NotFound)?;
    let (ctx, from) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.clone());
    let session = app.db.write(move |tx| authentication::switch(tx, &ctx, &from, to)).await?;
    Ok(with_session(&visitor, any_target(see_other(local_path(form.text("return_to")))), &session))
}

impl From<SwitchRefusal> for PageError {
    fn from(refusal: SwitchRefusal) -> Self {
        match refusal {
            SwitchRefusal::NotYours => Self::NotFound,
            SwitchRefusal::LowerLevel => Self::SignIn("/sign-in?again=yes&return_to=%2Fswitch".into()),
            SwitchRefusal::SessionOver => Self::SignIn("/sign-in".into()),
        }
    }
}

/// `GET /facilities/link`
pub async fn link_form(visitor: Visitor, signed_in: SignedIn) -> PageResult {
    require_fresh(&visitor, &signed_in, "/facilities/link")?;
    Ok(link_page(&visitor, &signed_in, "", &[], None).respond())
}

fn link_page(
    visitor: &Visitor,
    signed_in: &SignedIn,
    username: &str,
    problems: &[(&'static str, Problem)],
    problem: Option<Problem>,
) -> FormPage {
    let w = &visitor.words;
    let form = FormView::new(visitor, "/facilities/link")
        .hidden("acting", signed_in.account.id.to_string())
        .field(Field::new(w, "username", Kind::Text).value(username).problems(w, problems))
        .field(Field::new(w, "password", Kind::Password).autocomplete("off"))
        .field(Field::new(w, "otp", Kind::Digits).hint(w.t("link-otp-hint")).autocomplete("one-time-code").optional().problems(w, problems))
        .button(Button::new(w.t("link-button")));
    let layout = Layout::new(visitor, w.t("link-title")).signed_in(header_of(signed_in)).under(w.t("facilities-title"), "/facilities");
    FormPage::new(layout, form).lead(w.t("link-lead")).problem(problem.as_ref())
}

/// `POST /facilities/link`: password, and the other person's second factor where there is one; failures count as at sign-in.
pub async fn link(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, form: Form) -> PageResult {
    require_fresh(&visitor, &signed_in, "/facilities/link")?;
    let (username, password, otp) = (form.text("username"), form.text("password"), form.text("otp").to_owned());
    if form.get("acting").is_some_and(|acting| acting != signed_in.account.id.to_string()) {
        return Err(PageError::Conflict(Problem::new("error-switched")));
    }
    app.limits.take(Bucket::SignIn, &visitor.network().to_string()).await?;
    app.limits.take(Bucket::SignIn, &format!("name {}", Username::fold(username))).await?;
    let wrong = || Ok(link_page(&visitor, &signed_in, username, &[], Some(Problem::new("problem-sign-in"))).respond());
    let account = match authentication::attempt(&app, visitor.network(), username, password).await? {
        Attempt::Later(wait) => return Err(wait.into()),
        Attempt::Wrong => {
            let (ctx, key) = (visitor.context(), Username::fold(username));
            app.db.write(move |tx| authentication::record_failed_attempt(tx, &ctx, &key, Action::SignInFailed)).await?;
            return wrong();
        }
        Attempt::Right(account) => account,
    };
    let key = format!("otp {}", account.id);
    app.delays.admit(&key, app.clock.now()).await?;
    let (ctx, from, other) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.clone(), account.clone());
    let linked = app.db.write(move |tx| {
        // Held first, so that the question who has a second factor cannot change its answer.
        for person in [other.person_id.min(from.account.person_id), other.person_id.max(from.account.person_id)] {
            account::hold_person(tx, person)?;
        }
        if account::find(tx, other.id)?.is_none_or(|now| now.person_id != other.person_id) {
            return Ok(Some(Err(LinkRefusal::MovedOn)));
        }
        if other.person_id != from.account.person_id
            && authentication::needs_code(tx, &other)?
            && !authenticator::check_code(tx, &ctx, other.person_id, &otp)?
        {
            // A wrong code is an outcome: its count stays.
            authentication::record_failed_attempt(tx, &ctx, &Username::fold(&other.username), Action::SecondFactorFailed)?;
            return Ok(None);
        }
        // A refusal changed nothing and is an outcome too: the code that was shown before it stays used.
        match authentication::link(tx, &ctx, &from, Proven::by(&other)) {
            Ok(()) => Ok(Some(Ok(()))),
            Err(Refused::Refusal(refusal)) => Ok(Some(Err(refusal))),
            Err(Refused::Fault(fault)) => Err(fault),
        }
    });
    match linked.await {
        Ok(Some(Ok(()))) => {
            app.delays.succeeded(&key).await;
            Ok(see_other("/facilities"))
        }
        Ok(None) => {
            app.delays.failed(&key, app.clock.now()).await;
            Ok(link_page(&visitor, &signed_in, username, &[("otp", Problem::new("problem-link-otp"))], None).respond())
        }
        Ok(Some(Err(LinkRefusal::MovedOn))) => wrong(),
        Ok(Some(Err(refusal))) => Ok(link_page(&visitor, &signed_in, username, &[], Some(Problem::new(said(refusal)))).respond()),
        Err(fault) => Err(fault.into()),
    }
}

fn said(refusal: LinkRefusal) -> &'static str {
    match refusal {
        LinkRefusal::SamePerson => "problem-link-same",
        LinkRefusal::Staff => "problem-link-staff",
        LinkRefusal::NotLinkable => "problem-link-state",
        LinkRefusal::MovedOn => "problem-sign-in",
        LinkRefusal::OnlyAccount => "problem-link-only",
    }
}

/// `GET /facilities/unlink?account=`
pub async fn unlink_form(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, wanted: Params) -> PageResult {
    let place = format!("/facilities/unlink?account={}", wanted.text("account"));
    require_fresh(&visitor, &signed_in, &place)?;
    let id = AccountId::parse(wanted.text("account")).ok_or(PageError::NotFound)?;
    let person = signed_in.account.person_id;
    let choices = app.db.read(move |tx| choices(tx, person)).await?;
    let choice = choices.into_iter().find(|choice| choice.account.id == id).ok_or(PageError::NotFound)?;
    let w = &visitor.words;
    let form = FormView::new(&visitor, "/facilities/unlink").hidden("account", id.to_string()).button(Button::new(w.t("unlink-button")));
    let layout = Layout::new(&visitor, w.t1("unlink-title", "name", &choice.title()));
    let layout = layout.signed_in(header_of(&signed_in)).under(w.t("facilities-title"), "/facilities");
    Ok(FormPage::new(layout, form).lead(w.t1("unlink-lead", "username", &choice.account.username)).respond())
}

/// `POST /facilities/unlink`
pub async fn unlink(State(app): State<App>, visitor: Visitor, headers: HeaderMap, signed_in: SignedIn, form: Form) -> PageResult {
    require_fresh(&visitor, &signed_in, "/facilities")?;
    let id = AccountId::parse(form.text("account")).ok_or(PageError::NotFound)?;
    let (ctx, from) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.clone());
    match app.db.write(move |tx| authentication::unlink(tx, &ctx, &from, id)).await {
        Ok(()) => {}
        Err(Refused::Refusal(refusal)) => return Err(PageError::Conflict(Problem::new(said(refusal)))),
        Err(Refused::Fault(fault)) => return Err(fault.into()),
    }
    // Where this browser held the account too, its session has ended.
    let (now, hash) = (app.clock.now(), browser_hash(&app, &headers));
    let live = match hash {
        Some(hash) => app.db.read(move |tx| authentication::by_secret(tx, &hash, now)).await?.is_some(),
        None => false,
    };
    if live { Ok(see_other("/facilities")) } else { Ok(without_session(&visitor, see_other("/sign-in"))) }
}
