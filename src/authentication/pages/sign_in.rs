//! Signing in.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::{MaybeSignedIn, browser_hash, local_path, with_session};
use crate::app::App;
use crate::audit::Action;
use crate::authentication::{self, Attempt, Factors, Proven, authenticator};
use crate::clock::Timestamp;
use crate::context::Actor;
use crate::db::Fault;
use crate::keyring::Purpose;
use crate::secret::base64url;
use crate::shared::Bucket;
use crate::values::{Problem, Username};
use crate::web::{AnyFormTarget, Button, Field, Form, FormPage, FormView, Kind, Layout, PageResult, Params, Tab, Visitor, see_other};

/// `GET /sign-in`
pub async fn form(visitor: Visitor, MaybeSignedIn(signed_in): MaybeSignedIn, wanted: Params) -> Response {
    let again = !wanted.text("again").is_empty();
    if signed_in.is_some() && !again {
        return see_other(local_path(wanted.text("return_to")));
    }
    let known = signed_in.map_or_else(|| wanted.text("username").to_owned(), |signed_in| signed_in.account.username);
    let mut page = page(&visitor, &known, wanted.text("return_to"), None);
    if again {
        page = page.notice(Some(visitor.words.t("sign-in-again")));
    }
    any_target(page.respond())
}

fn page(visitor: &Visitor, username: &str, return_to: &str, problem: Option<Problem>) -> FormPage {
    let w = &visitor.words;
    let form = FormView::new(visitor, "/sign-in")
        .field(Field::new(w, "username", Kind::Text).value(username).autocomplete("username"))
        .field(Field::new(w, "password", Kind::Password).autocomplete("current-password"))
        .hidden("return_to", local_path(return_to))
        .button(Button::new(w.t("sign-in-button")));
    FormPage::new(Layout::new(visitor, w.t("sign-in-title")).tab(Tab::SignIn), form)
        .problem(problem.as_ref())
        .link(w.t("forgot-password-link"), "/forgot-password")
        .link(w.t("forgot-username-link"), "/forgot-username")
}

/// A sign-in may end at an application, by way of `/oauth2/authorize`.
pub fn any_target(mut response: Response) -> Response {
    response.extensions_mut().insert(AnyFormTarget);
    response
}

/// `POST /sign-in`: name and password. One answer for a wrong name and a wrong password, with equal work behind both.
pub async fn create(State(app): State<App>, visitor: Visitor, headers: HeaderMap, form: Form) -> PageResult {
    let (username, password, return_to) = (form.text("username"), form.text("password"), form.text("return_to"));
    app.limits.take(Bucket::SignIn, &visitor.network().to_string()).await?;
    app.limits.take(Bucket::SignIn, &format!("name {}", Username::fold(username))).await?;
    match authentication::attempt(&app, visitor.network(), username, password).await? {
        Attempt::Later(wait) => Err(wait.into()),
        Attempt::Wrong => {
            record_failure(&visitor, username, Action::SignInFailed).await?;
            Ok(any_target(page(&visitor, username, return_to, Some(Problem::new("problem-sign-in"))).respond()))
        }
        Attempt::Right(account) => {
            let person = account.person_id;
            let second = app.db.read(move |tx| authenticator::has_authenticator(tx, person)).await?;
            if second {
                let ticket = Ticket { proven: Proven::by(&account), at: app.clock.now(), return_to: local_path(return_to).to_owned() };
                return Ok(any_target(code_page(&visitor, &ticket.seal(&visitor), None).respond()));
            }
            finish(&visitor, &headers, Proven::by(&account), Factors::Password, return_to).await
        }
    }
}

async fn record_failure(visitor: &Visitor, username: &str, action: Action) -> Result<(), Fault> {
    let (ctx, key) = (visitor.context(), Username::fold(username));
    visitor.app.db.write(move |tx| authentication::record_failed_attempt(tx, &ctx, &key, action)).await
}

/// What name and password earned: the right to try a code for five minutes, in this browser. Sealed into the page.
#[derive(Serialize, Deserialize)]
struct Ticket {
    proven: Proven,
    at: Timestamp,
    return_to: String,
}

const TICKET_LIFE: std::time::Duration = std::time::Duration::from_secs(300);

impl Ticket {
    fn seal(&self, visitor: &Visitor) -> String {
        let plain = serde_json::to_vec(self).unwrap_or_default();
        base64url(&visitor.app.keyring.seal(Purpose::Ticket, visitor.form_token().as_bytes(), &plain, &*visitor.app.random))
    }

    fn open(visitor: &Visitor, text: &str) -> Option<Self> {
        use base64::Engine;
        let sealed = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = visitor.app.keyring.unseal(Purpose::Ticket, visitor.form_token().as_bytes(), &sealed)?;
        let ticket: Self = serde_json::from_slice(&plain).ok()?;
        (visitor.app.clock.now() < ticket.at + TICKET_LIFE).then_some(ticket)
    }
}

fn code_page(visitor: &Visitor, ticket: &str, problem: Option<Problem>) -> FormPage {
    let w = &visitor.words;
    let form = FormView::new(visitor, "/sign-in/second-factor")
        .field(Field::new(w, "otp", Kind::Digits).hint(w.t("otp-hint")).autocomplete("one-time-code"))
        .hidden("ticket", ticket)
        .button(Button::new(w.t("sign-in-button")));
    FormPage::new(Layout::new(visitor, w.t("second-factor-title")).tab(Tab::SignIn), form)
        .problem(problem.as_ref())
        .link(w.t("start-again-link"), "/sign-in")
}

/// `POST /sign-in/second-factor`
pub async fn second_factor(State(app): State<App>, visitor: Visitor, headers: HeaderMap, form: Form) -> PageResult {
    let Some(ticket) = Ticket::open(&visitor, form.text("ticket")) else {
        return Ok(page(&visitor, "", "/", Some(Problem::new("problem-second-factor-late"))).respond());
    };
    let key = format!("otp {}", ticket.proven.account);
    app.delays.admit(&key, app.clock.now()).await?;
    let (ctx, id, otp) = (visitor.by(Actor::Account(ticket.proven.account)), ticket.proven.account, form.text("otp").to_owned());
    let right = app
        .db
        .write(move |tx| {
            let Some(account) = crate::account::find(tx, id)? else { return Ok(false) };
            let right = authenticator::check_code(tx, &ctx, account.person_id, &otp)?;
            if !right {
                authentication::record_failed_attempt(tx, &ctx, &Username::fold(&account.username), Action::SecondFactorFailed)?;
            }
            Ok::<_, Fault>(right)
        })
        .await?;
    if !right {
        app.delays.failed(&key, app.clock.now()).await;
        return Ok(any_target(code_page(&visitor, form.text("ticket"), Some(Problem::new("problem-otp"))).respond()));
    }
    app.delays.succeeded(&key).await;
    finish(&visitor, &headers, ticket.proven, Factors::PasswordAndCode, &ticket.return_to).await
}

/// Opens the session and goes on.
async fn finish(visitor: &Visitor, headers: &HeaderMap, proven: Proven, factors: Factors, return_to: &str) -> PageResult {
    let (ctx, browser, agent) = (visitor.context(), browser_hash(&visitor.app, headers), visitor.user_agent.clone());
    let session = visitor.app.db.write(move |tx| authentication::sign_in(tx, &ctx, browser.as_ref(), &agent, proven, factors)).await?;
    match session {
        Some(session) => Ok(with_session(visitor, see_other(local_path(return_to)), &session)),
        None => Ok(page(visitor, "", return_to, Some(Problem::new("problem-sign-in"))).respond()),
    }
}
