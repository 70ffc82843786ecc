//! A forgotten password.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::account::{self, LinkedCode, Purpose};
use crate::app::App;
use crate::authentication::{self, Password, ResetRefusal};
use crate::db::{Fault, Refused};
use crate::keyring::Purpose as KeyPurpose;
use crate::shared::Bucket;
use crate::values::{Problem, Username};
use crate::web::{
    Button, Field, Form, FormPage, FormView, Kind, Layout, MessagePage, PageResult, Params, Tab, Visitor, drop_code, keep_code, kept_code,
};

const COOKIE: &str = "gatehouse_reset";

/// `GET /forgot-password`
pub async fn forgot(visitor: Visitor) -> Response {
    forgot_page(&visitor, "", None).respond()
}

fn forgot_page(visitor: &Visitor, username: &str, problem: Option<Problem>) -> FormPage {
    let w = &visitor.words;
    let problems: Vec<_> = problem.into_iter().map(|problem| ("username", problem)).collect();
    let form = FormView::new(visitor, "/forgot-password")
        .field(Field::new(w, "username", Kind::Text).value(username).autocomplete("username").problems(w, &problems))
        .button(Button::new(w.t("forgot-password-button")));
    FormPage::new(Layout::new(visitor, w.t("forgot-password-title")).tab(Tab::Other), form).lead(w.t("forgot-password-lead"))
}

/// `POST /forgot-password`: the same answer whether or not there is such an account.
pub async fn request(State(app): State<App>, visitor: Visitor, form: Form) -> PageResult {
    let username = form.text("username").trim();
    if username.is_empty() {
        return Ok(forgot_page(&visitor, username, Some(Problem::new("problem-missing"))).respond());
    }
    app.limits.take(Bucket::Letter, &format!("reset {}", visitor.network()))?;
    let (ctx, key) = (visitor.context(), Username::fold(username));
    // A mailbox is not to be flooded either, and nobody is told which of the two limits it was.
    if app.limits.take(Bucket::Letter, &format!("reset name {key}")).is_ok() {
        app.db.write(move |tx| authentication::request_reset(tx, &ctx, &key)).await?;
    }
    let w = &visitor.words;
    let layout = Layout::new(&visitor, w.t("forgot-password-sent-title")).tab(Tab::Other);
    let page = MessagePage::new(layout).paragraph(w.t1("forgot-password-sent", "username", username)).paragraph(w.t("check-spam"));
    Ok(page.link(w.t("to-sign-in"), "/sign-in").respond(StatusCode::OK))
}

/// `GET /reset?code=`
pub async fn form(State(app): State<App>, visitor: Visitor, headers: HeaderMap, link: Params) -> PageResult {
    if !link.text("code").is_empty() {
        return Ok(keep_code(&visitor, COOKIE, link.text("code"), "/reset"));
    }
    let Some(code) = kept_code(&visitor, &headers, COOKIE) else { return Ok(dead_link(&visitor)) };
    let now = app.clock.now();
    let linked = app.db.read(move |tx| account::linked(tx, now, &code)).await?;
    Ok(match linked {
        LinkedCode::Good(code) if code.purpose == Purpose::ResetPassword => reset_page(&visitor, &[]).respond(),
        _ => dead_link(&visitor),
    })
}

fn reset_page(visitor: &Visitor, problems: &[(&'static str, Problem)]) -> FormPage {
    let w = &visitor.words;
    let form = FormView::new(visitor, "/reset").fields(new_password_fields(visitor, problems)).button(Button::new(w.t("reset-button")));
    FormPage::new(Layout::new(visitor, w.t("reset-title")).tab(Tab::Other), form).lead(w.t("reset-lead"))
}

/// The two fields of every page that sets a password.
pub fn new_password_fields(visitor: &Visitor, problems: &[(&'static str, Problem)]) -> Vec<Field> {
    let w = &visitor.words;
    let field = |name| Field::new(w, name, Kind::Password).autocomplete("new-password").problems(w, problems);
    vec![field("password").hint(w.t("password-hint")), field("confirm_password")]
}

/// The chosen password, typed twice, or what is wrong with it.
pub fn chosen_password(form: &Form, context: &[&str]) -> Result<Password, Vec<(&'static str, Problem)>> {
    let chosen = Password::choose(form.text("password"), context).map_err(|problem| vec![("password", problem)])?;
    if form.text("password") == form.text("confirm_password") {
        Ok(chosen)
    } else {
        Err(vec![("confirm_password", Problem::new("problem-confirm-password"))])
    }
}

/// The stored form of a new password. The hash is computed before any transaction is begun.
pub async fn stored_form(app: &App, password: &Password) -> Result<String, crate::hashing::Busy> {
    let pepper = app.keyring.key(KeyPurpose::Pepper);
    app.hasher.hash(password.as_typed(), &pepper, app.random.bytes::<16>()).await
}

/// `POST /reset`
pub async fn reset(State(app): State<App>, visitor: Visitor, headers: HeaderMap, form: Form) -> PageResult {
    let Some(code) = kept_code(&visitor, &headers, COOKIE) else { return Ok(dead_link(&visitor)) };
    let (now, wanted) = (app.clock.now(), code.clone());
    let username = app
        .db
        .read(move |tx| {
            let LinkedCode::Good(code) = account::linked(tx, now, &wanted)? else { return Ok(None) };
            Ok::<_, Fault>(account::find(tx, code.account)?.map(|account| account.username))
        })
        .await?;
    let Some(username) = username else { return Ok(dead_link(&visitor)) };
    let password = match chosen_password(&form, &[&username, &app.config.agency.portal_name]) {
        Ok(password) => password,
        Err(problems) => return Ok(reset_page(&visitor, &problems).respond()),
    };
    let (ctx, stored) = (visitor.context(), stored_form(&app, &password).await?);
    match app.db.write(move |tx| authentication::reset_password(tx, &ctx, &code, &stored)).await {
        Ok(_) => {
            app.delays.succeeded(&authentication::delay_key(&username, visitor.network()));
            let w = &visitor.words;
            let layout = Layout::new(&visitor, w.t("reset-done-title")).tab(Tab::Other);
            let page = MessagePage::new(layout).paragraph(w.t("reset-done")).link(w.t("to-sign-in"), "/sign-in");
            Ok(drop_code(&visitor, page.respond(StatusCode::OK), COOKIE))
        }
        Err(Refused::Refusal(ResetRefusal::DeadLink)) => Ok(dead_link(&visitor)),
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

fn dead_link(visitor: &Visitor) -> Response {
    let w = &visitor.words;
    let layout = Layout::new(visitor, w.t("dead-link-title")).tab(Tab::Other);
    let page = MessagePage::new(layout).paragraph(w.t("reset-dead-link")).link(w.t("forgot-password-link"), "/forgot-password");
    drop_code(visitor, page.respond(StatusCode::GONE), COOKIE)
}
