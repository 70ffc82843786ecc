//! Staff open their one-time link: a password, and an authenticator app.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::recover::{chosen_password, new_password_fields, stored_form};
use super::{browser_hash, with_session};
use crate::account::{self, Account, LinkedCode, Purpose};
use crate::app::App;
use crate::authentication::{self, EnrolRefusal, Factors, Proven, Setup, authenticator};
use crate::db::{Fault, Refused};
use crate::values::Problem;
use crate::web::{
    Button, Field, Form, FormView, Kind, Layout, MessagePage, PageResult, Params, Tab, Visitor, drop_code, html, keep_code, kept_code,
    see_other,
};

const COOKIE: &str = "gatehouse_enrol";

/// A form beside the picture of an authenticator's secret.
#[derive(Template)]
#[template(path = "authenticator.html")]
pub struct AuthenticatorPage {
    pub page: Layout,
    pub lead: Vec<String>,
    pub problem: Option<String>,
    pub form: FormView,
    pub otpauth: String,
    pub secret: String,
    pub picture: String,
}

impl AuthenticatorPage {
    pub fn new(page: Layout, lead: Vec<String>, form: FormView, setup: &Setup) -> Self {
        Self {
            page,
            lead,
            problem: None,
            form,
            otpauth: setup.otpauth.clone(),
            secret: grouped(&setup.secret),
            picture: picture(&setup.otpauth),
        }
    }

    pub fn respond(mut self) -> Response {
        self.page.failed = self.form.fields.iter().any(|field| field.problem.is_some());
        html(if self.page.failed { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &self)
    }
}

/// The secret in groups of four, which people can type.
fn grouped(secret: &str) -> String {
    secret.as_bytes().chunks(4).map(|chunk| String::from_utf8_lossy(chunk).into_owned()).collect::<Vec<_>>().join(" ")
}

/// A QR code as an image address that needs no request.
fn picture(otpauth: &str) -> String {
    use base64::Engine;
    let code = qrcode::QrCode::new(otpauth.as_bytes());
    let svg = code.map(|code| code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(200, 200).build()).unwrap_or_default();
    format!("data:image/svg+xml;base64,{}", base64::engine::general_purpose::STANDARD.encode(svg))
}

/// Whose link it is, and the authenticator that waits; `None` for a dead link.
async fn invited(app: &App, code: String) -> Result<Option<(Account, Setup)>, Fault> {
    let (now, keyring, config) = (app.clock.now(), app.keyring.clone(), app.config.clone());
    app.db
        .read(move |tx| {
            let LinkedCode::Good(code) = account::linked(tx, now, &code)? else { return Ok(None) };
            let account = account::find(tx, code.account)?.filter(|_| code.purpose == Purpose::Enrol);
            let Some(account) = account else { return Ok(None) };
            let setup = authenticator::waiting_setup(tx, &keyring, &config, account.person_id, &account.username)?;
            Ok(setup.map(|setup| (account, setup)))
        })
        .await
}

/// `GET /enrol?code=`
pub async fn form(State(app): State<App>, visitor: Visitor, headers: HeaderMap, link: Params) -> PageResult {
    if !link.text("code").is_empty() {
        return Ok(keep_code(&visitor, COOKIE, link.text("code"), "/enrol"));
    }
    let code = kept_code(&visitor, &headers, COOKIE).unwrap_or_default();
    match invited(&app, code).await? {
        Some((account, setup)) => Ok(page(&visitor, &account, &setup, &[]).respond()),
        None => Ok(dead_link(&visitor)),
    }
}

fn page(visitor: &Visitor, account: &Account, setup: &Setup, problems: &[(&'static str, Problem)]) -> AuthenticatorPage {
    let w = &visitor.words;
    let form = FormView::new(visitor, "/enrol")
        .fields(new_password_fields(visitor, problems))
        .field(Field::new(w, "otp", Kind::Digits).hint(w.t("otp-hint")).autocomplete("one-time-code").problems(w, problems))
        .button(Button::new(w.t("enrol-button")));
    let lead = vec![w.t1("enrol-lead", "username", &account.username), w.t("authenticator-lead")];
    AuthenticatorPage::new(Layout::new(visitor, w.t("enrol-title")).tab(Tab::Other), lead, form, setup)
}

/// `POST /enrol`
pub async fn create(State(app): State<App>, visitor: Visitor, headers: HeaderMap, form: Form) -> PageResult {
    let code = kept_code(&visitor, &headers, COOKIE).unwrap_or_default();
    let Some((account, setup)) = invited(&app, code.clone()).await? else { return Ok(dead_link(&visitor)) };
    app.delays.admit(&format!("enrol {}", account.id), app.clock.now()).await?;
    let password = match chosen_password(&form, &[&account.username, &app.config.agency.portal_name]) {
        Ok(password) => password,
        Err(problems) => return Ok(page(&visitor, &account, &setup, &problems).respond()),
    };
    let stored = stored_form(&app, &password).await?;
    let (ctx, otp, agent) = (visitor.context(), form.text("otp").to_owned(), visitor.user_agent.clone());
    let browser = browser_hash(&app, &headers);
    let enrolled = app.db.write(move |tx| {
        // Both factors were shown just now: the new session has them.
        let account = authentication::enrol(tx, &ctx, &code, &stored, &otp)?;
        let session = authentication::sign_in(tx, &ctx, browser.as_ref(), &agent, Proven::by(&account), Factors::PasswordAndCode)?;
        Ok::<_, Refused<EnrolRefusal>>(session)
    });
    match enrolled.await {
        Ok(Some(session)) => Ok(drop_code(&visitor, with_session(&visitor, see_other("/staff/queue"), &session), COOKIE)),
        Ok(None) => Ok(see_other("/sign-in")),
        Err(Refused::Refusal(EnrolRefusal::WrongCode)) => {
            app.delays.failed(&format!("enrol {}", account.id), app.clock.now()).await;
            Ok(page(&visitor, &account, &setup, &[("otp", Problem::new("problem-otp"))]).respond())
        }
        Err(Refused::Refusal(_)) => Ok(dead_link(&visitor)),
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

fn dead_link(visitor: &Visitor) -> Response {
    let w = &visitor.words;
    let layout = Layout::new(visitor, w.t("dead-link-title")).tab(Tab::Other);
    drop_code(visitor, MessagePage::new(layout).paragraph(w.t("enrol-dead-link")).respond(StatusCode::GONE), COOKIE)
}
