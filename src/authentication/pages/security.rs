//! The Security page: password, authenticator app, sessions.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::enrol::AuthenticatorPage;
use super::recover::{chosen_password, new_password_fields, stored_form};
use super::{browser_hash, header_of, require_fresh, with_session};
use crate::app::App;
use crate::authentication::{self, Factors, OpenSession, Proven, Setup, SignedIn, authenticator, store};
use crate::context::Actor;
use crate::db::Fault;
use crate::outbox::LetterKind;
use crate::values::Problem;
use crate::web::{Button, Field, Form, FormPage, FormView, Kind, Layout, PageError, PageResult, Visitor, html, see_other};

#[derive(Template)]
#[template(path = "security.html")]
struct SecurityPage {
    page: Layout,
    sessions: Vec<SessionLine>,
    has_authenticator: bool,
    may_remove: bool,
    remove: FormView,
    everywhere: FormView,
    email: String,
    email_confirmed: bool,
}

struct SessionLine {
    agent: String,
    last_seen: String,
    this: bool,
}

/// `GET /security`
pub async fn show(State(app): State<App>, visitor: Visitor, signed_in: SignedIn) -> PageResult {
    let (now, id) = (app.clock.now(), signed_in.account.id);
    let sessions = app.db.read(move |tx| store::sessions_of(tx, id, now)).await?;
    let w = &visitor.words;
    let line = |session: OpenSession| SessionLine {
        agent: session.user_agent.clone(),
        last_seen: crate::web::local_time(&visitor, session.last_seen_at),
        this: session.id == signed_in.session.id,
    };
    let page = SecurityPage {
        page: Layout::new(&visitor, w.t("security-title")).signed_in(header_of(&signed_in)),
        sessions: sessions.into_iter().map(line).collect(),
        has_authenticator: signed_in.has_authenticator,
        may_remove: !signed_in.account.role.is_staff(),
        remove: FormView::new(&visitor, "/security/authenticator/remove").button(Button::new(w.t("authenticator-remove-button")).quiet()),
        everywhere: FormView::new(&visitor, "/security/sign-out-everywhere").button(Button::new(w.t("everywhere-button")).quiet()),
        email: signed_in.account.email.clone(),
        email_confirmed: signed_in.account.is_confirmed(),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `GET /security/password`
pub async fn password(visitor: Visitor, signed_in: SignedIn) -> PageResult {
    require_fresh(&visitor, &signed_in, "/security/password")?;
    Ok(password_page(&visitor, &signed_in, &[]).respond())
}

fn password_page(visitor: &Visitor, signed_in: &SignedIn, problems: &[(&'static str, Problem)]) -> FormPage {
    let w = &visitor.words;
    let form = FormView::new(visitor, "/security/password")
        .fields(new_password_fields(visitor, problems))
        .button(Button::new(w.t("change-password-button")));
    let layout =
        Layout::new(visitor, w.t("change-password-title")).signed_in(header_of(signed_in)).under(w.t("security-title"), "/security");
    FormPage::new(layout, form).lead(w.t("change-password-lead"))
}

/// `POST /security/password`
pub async fn change_password(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, form: Form) -> PageResult {
    require_fresh(&visitor, &signed_in, "/security/password")?;
    let password = match chosen_password(&form, &[&signed_in.account.username, &app.config.agency.portal_name]) {
        Ok(password) => password,
        Err(problems) => return Ok(password_page(&visitor, &signed_in, &problems).respond()),
    };
    let stored = stored_form(&app, &password).await?;
    let (ctx, account, keep) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.clone(), signed_in.session.id);
    if !app.db.write(move |tx| authentication::change_password(tx, &ctx, &account, &stored, keep)).await? {
        return Err(PageError::SignIn("/sign-in?again=yes&return_to=%2Fsecurity%2Fpassword".into()));
    }
    Ok(see_other("/security"))
}

/// `GET /security/authenticator`: the secret of the app that waits to be confirmed.
pub async fn authenticator(State(app): State<App>, visitor: Visitor, signed_in: SignedIn) -> PageResult {
    require_fresh(&visitor, &signed_in, "/security/authenticator")?;
    not_for_staff(&signed_in)?;
    if signed_in.has_authenticator {
        return Ok(see_other("/security"));
    }
    let setup = begin(&app, &visitor, &signed_in).await?;
    Ok(setup_page(&visitor, &signed_in, &setup, &[]).respond())
}

/// Staff get their authenticator from the enrolment link alone, and keep it.
fn not_for_staff(signed_in: &SignedIn) -> Result<(), PageError> {
    match signed_in.account.role.is_staff() {
        true => Err(PageError::NotAllowed(Problem::new("error-staff-need-two-factors"))),
        false => Ok(()),
    }
}

async fn begin(app: &App, visitor: &Visitor, signed_in: &SignedIn) -> Result<Setup, Fault> {
    let (ctx, account) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.clone());
    app.db.write(move |tx| authenticator::begin_setup(tx, &ctx, account.person_id, &account.username)).await
}

fn setup_page(visitor: &Visitor, signed_in: &SignedIn, setup: &Setup, problems: &[(&'static str, Problem)]) -> AuthenticatorPage {
    let w = &visitor.words;
    let form = FormView::new(visitor, "/security/authenticator")
        .field(Field::new(w, "otp", Kind::Digits).hint(w.t("otp-hint")).autocomplete("one-time-code").problems(w, problems))
        .button(Button::new(w.t("authenticator-add-button")));
    let layout = Layout::new(visitor, w.t("authenticator-title")).signed_in(header_of(signed_in)).under(w.t("security-title"), "/security");
    AuthenticatorPage::new(layout, vec![w.t("authenticator-lead")], form, setup)
}

/// `POST /security/authenticator`: its first code makes it count, and raises this session to two factors.
pub async fn add_authenticator(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    signed_in: SignedIn,
    form: Form,
) -> PageResult {
    require_fresh(&visitor, &signed_in, "/security/authenticator")?;
    not_for_staff(&signed_in)?;
    let (ctx, account, otp) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.clone(), form.text("otp").to_owned());
    let (browser, agent) = (browser_hash(&app, &headers), visitor.user_agent.clone());
    let added = app.db.write(move |tx| {
        if !authenticator::add_authenticator(tx, &ctx, account.id, account.person_id, &otp)? {
            return Ok::<_, Fault>(None);
        }
        authentication::tell_of_change(tx, &ctx, account.id, LetterKind::SecondFactorChanged)?;
        authentication::sign_in(tx, &ctx, browser.as_ref(), &agent, Proven::by(&account), Factors::PasswordAndCode)
    });
    match added.await? {
        Some(session) => Ok(with_session(&visitor, see_other("/security"), &session)),
        None => {
            let setup = begin(&app, &visitor, &signed_in).await?;
            Ok(setup_page(&visitor, &signed_in, &setup, &[("otp", Problem::new("problem-otp"))]).respond())
        }
    }
}

/// `POST /security/authenticator/remove`
pub async fn remove_authenticator(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, _form: Form) -> PageResult {
    require_fresh(&visitor, &signed_in, "/security")?;
    not_for_staff(&signed_in)?;
    let (ctx, account) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account);
    app.db
        .write(move |tx| {
            authenticator::remove_authenticators(tx, &ctx, account.id, account.person_id)?;
            authentication::tell_of_change(tx, &ctx, account.id, LetterKind::SecondFactorChanged)
        })
        .await?;
    Ok(see_other("/security"))
}

/// `POST /security/sign-out-everywhere`: every other session has ended; this one goes on.
pub async fn sign_out_everywhere(
    State(app): State<App>,
    visitor: Visitor,
    signed_in: SignedIn,
    _form: Form,
) -> Result<Response, PageError> {
    let (ctx, id, keep) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.id, signed_in.session.id);
    app.db.write(move |tx| authentication::sign_out_everywhere(tx, &ctx, id, keep)).await?;
    Ok(see_other("/security"))
}
