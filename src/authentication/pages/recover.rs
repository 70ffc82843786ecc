//! A forgotten password.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::account::{self, LinkedCode};
use crate::app::App;
use crate::authentication::{self, Password, ResetRefusal};
use crate::db::{Fault, Refused};
use crate::keyring::Purpose as KeyPurpose;
use crate::shared::Bucket;
use crate::values::{EmailAddress, Problem, Username};
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
        .field(Field::new(w, "all", Kind::Checkbox).hint(w.t("all-hint")))
        .button(Button::new(w.t("forgot-password-button")));
    FormPage::new(Layout::new(visitor, w.t("forgot-password-title")).tab(Tab::Other), form)
        .lead(w.t("forgot-password-lead"))
        .link(w.t("forgot-username-link"), "/forgot-username")
}

/// `GET /forgot-username`
pub async fn forgot_username(visitor: Visitor) -> Response {
    forgot_username_page(&visitor, "", None).respond()
}

fn forgot_username_page(visitor: &Visitor, email: &str, problem: Option<Problem>) -> FormPage {
    let w = &visitor.words;
    let problems: Vec<_> = problem.into_iter().map(|problem| ("email", problem)).collect();
    let form = FormView::new(visitor, "/forgot-username")
        .field(Field::new(w, "email", Kind::Email).value(email).autocomplete("email").problems(w, &problems))
        .button(Button::new(w.t("forgot-username-button")));
    FormPage::new(Layout::new(visitor, w.t("forgot-username-title")).tab(Tab::Other), form).lead(w.t("forgot-username-lead"))
}

/// `POST /forgot-username`: the same answer whether or not the address is known.
pub async fn send_usernames(State(app): State<App>, visitor: Visitor, form: Form) -> PageResult {
    let address = match EmailAddress::parse(form.text("email")) {
        Ok(address) => address,
        Err(problem) => return Ok(forgot_username_page(&visitor, form.text("email"), Some(problem)).respond()),
    };
    app.limits.take(Bucket::Letter, &format!("usernames {}", visitor.network())).await?;
    let (ctx, wanted) = (visitor.context(), address.clone());
    if app.limits.take(Bucket::Letter, &format!("usernames {}", address.as_str().to_lowercase())).await.is_ok() {
        app.db.write(move |tx| authentication::send_usernames(tx, &ctx, wanted.as_str())).await?;
    }
    let w = &visitor.words;
    let layout = Layout::new(&visitor, w.t("forgot-password-sent-title")).tab(Tab::Other);
    let page = MessagePage::new(layout).paragraph(w.t1("forgot-username-sent", "address", address.as_str())).paragraph(w.t("check-spam"));
    Ok(page.link(w.t("to-sign-in"), "/sign-in").respond(StatusCode::OK))
}

/// `POST /forgot-password`: the same answer whether or not there is such an account.
pub async fn request(State(app): State<App>, visitor: Visitor, form: Form) -> PageResult {
    let username = form.text("username").trim();
    if username.is_empty() {
        return Ok(forgot_page(&visitor, username, Some(Problem::new("problem-missing"))).respond());
    }
    app.limits.take(Bucket::Letter, &format!("reset {}", visitor.network())).await?;
    let (ctx, key, all) = (visitor.context(), Username::fold(username), !form.text("all").is_empty());
    // A mailbox is not to be flooded either, and nobody is told which of the two limits it was.
    if app.limits.take(Bucket::Letter, &format!("reset name {key}")).await.is_ok() {
        app.db.write(move |tx| authentication::request_reset(tx, &ctx, &key, all)).await?;
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
        LinkedCode::Good(code) if authentication::is_reset(code.purpose) => reset_page(&visitor, &[]).respond(),
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
            app.delays.succeeded(&authentication::delay_key(&username, visitor.network())).await;
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
