//! Confirming an address: a link's button, or eight characters to type.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::account::{self, LinkedCode, Purpose};
use crate::app::App;
use crate::authentication::SignedIn;
use crate::authentication::pages::{MaybeSignedIn, header_of};
use crate::context::Actor;
use crate::db::Refused;
use crate::registration::{self, AddressRefusal, ConfirmRefusal, Confirmed};
use crate::shared::Bucket;
use crate::values::{EmailAddress, Problem};
use crate::web::{
    Button, Field, Form, FormPage, FormView, Kind, Layout, MessagePage, PageError, PageResult, Params, Visitor, drop_code, keep_code,
    kept_code, see_other,
};

const COOKIE: &str = "gatehouse_confirm";

/// `GET /confirm?code=`: shows a button and changes nothing, so that mail scanners burn no code.
///
/// The button works for whoever is signed in to the account: the browser that registered, or one that gave its password.
pub async fn form(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    MaybeSignedIn(signed_in): MaybeSignedIn,
    link: Params,
) -> PageResult {
    if !link.text("code").is_empty() {
        return Ok(keep_code(&visitor, COOKIE, link.text("code"), "/confirm"));
    }
    let Some(text) = kept_code(&visitor, &headers, COOKIE) else {
        return Ok(match signed_in {
            Some(signed_in) => typed_page(&visitor, &signed_in, "", None).respond(),
            None => see_other("/sign-in?return_to=%2Fconfirm"),
        });
    };
    let now = app.clock.now();
    let linked = app.db.read(move |tx| account::linked(tx, now, &text)).await?;
    let (LinkedCode::Good(code) | LinkedCode::Used(code)) = &linked else { return Ok(dead_link(&visitor)) };
    if matches!(code.purpose, Purpose::ResetPassword | Purpose::ResetAll | Purpose::Enrol) {
        return Ok(dead_link(&visitor));
    }
    if matches!(linked, LinkedCode::Used(_)) {
        return Ok(drop_code(&visitor, already_used(&visitor), COOKIE));
    }
    match signed_in {
        None => Ok(see_other("/sign-in?return_to=%2Fconfirm")),
        Some(signed_in) if signed_in.account.id != code.account => Ok(other_account(&visitor, &signed_in)),
        Some(signed_in) => {
            let w = &visitor.words;
            let form = FormView::new(&visitor, "/confirm").button(Button::new(w.t("confirm-button")));
            let layout = Layout::new(&visitor, w.t("confirm-title")).signed_in(header_of(&signed_in));
            let lead = w.t2("confirm-lead", "address", &code.address, "username", &signed_in.account.username);
            Ok(FormPage::new(layout, form).lead(lead).respond())
        }
    }
}

fn typed_page(visitor: &Visitor, signed_in: &SignedIn, code: &str, problem: Option<Problem>) -> FormPage {
    let w = &visitor.words;
    let problems: Vec<_> = problem.into_iter().map(|problem| ("code", problem)).collect();
    let field = Field::new(w, "code", Kind::Code).value(code).autocomplete("one-time-code").hint(w.t("code-hint")).problems(w, &problems);
    let form = FormView::new(visitor, "/confirm").field(field).button(Button::new(w.t("confirm-button")));
    let layout = Layout::new(visitor, w.t("confirm-title")).signed_in(header_of(signed_in));
    FormPage::new(layout, form).lead(w.t("confirm-typed-lead")).link(w.t("send-again-link"), "/confirm/again")
}

/// `GET /confirm/again`: asks, since a link alone changes nothing.
pub async fn ask_again(visitor: Visitor, signed_in: SignedIn) -> Response {
    let w = &visitor.words;
    let form = FormView::new(&visitor, "/confirm/again").button(Button::new(w.t("send-again-button")));
    let layout = Layout::new(&visitor, w.t("send-again-title")).signed_in(header_of(&signed_in)).under(w.t("confirm-title"), "/confirm");
    FormPage::new(layout, form).lead(w.t("status-no-letter")).respond()
}

/// `POST /confirm`: the typed code where one was typed, else the link's.
pub async fn create(State(app): State<App>, visitor: Visitor, headers: HeaderMap, signed_in: SignedIn, form: Form) -> PageResult {
    let (ctx, id) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.id);
    let typed = form.text("code").trim().to_owned();
    let kept = kept_code(&visitor, &headers, COOKIE);
    if typed.is_empty() && kept.is_none() {
        return Ok(typed_page(&visitor, &signed_in, "", Some(Problem::new("problem-missing"))).respond());
    }
    let link = if typed.is_empty() { kept } else { None };
    let sent = typed.clone();
    let confirmed = app.db.write(move |tx| match &link {
        Some(link) => registration::confirm(tx, &ctx, id, link),
        None => registration::confirm_typed(tx, &ctx, id, &sent),
    });
    match confirmed.await {
        Ok(Confirmed::Address) => Ok(drop_code(&visitor, see_other("/status"), COOKIE)),
        Ok(Confirmed::WrongCode { tries_left }) => {
            Ok(typed_page(&visitor, &signed_in, &typed, Some(Problem::with("problem-code-wrong", tries_left))).respond())
        }
        Ok(Confirmed::TypingIsOver) => Ok(typed_page(&visitor, &signed_in, "", Some(Problem::new("problem-code-over"))).respond()),
        Err(Refused::Refusal(ConfirmRefusal::AlreadyUsed)) => Ok(drop_code(&visitor, already_used(&visitor), COOKIE)),
        Err(Refused::Refusal(ConfirmRefusal::OtherAccount)) => Ok(other_account(&visitor, &signed_in)),
        Err(Refused::Refusal(ConfirmRefusal::DeadLink)) => Ok(dead_link(&visitor)),
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

fn already_used(visitor: &Visitor) -> Response {
    let w = &visitor.words;
    let page = MessagePage::new(Layout::new(visitor, w.t("confirm-used-title"))).paragraph(w.t("confirm-used"));
    page.link(w.t("to-the-start"), "/").respond(StatusCode::OK)
}

fn dead_link(visitor: &Visitor) -> Response {
    let w = &visitor.words;
    let page = MessagePage::new(Layout::new(visitor, w.t("dead-link-title"))).paragraph(w.t("confirm-dead-link"));
    drop_code(visitor, page.link(w.t("status-title"), "/status").respond(StatusCode::GONE), COOKIE)
}

fn other_account(visitor: &Visitor, signed_in: &SignedIn) -> Response {
    let w = &visitor.words;
    let layout = Layout::new(visitor, w.t("confirm-other-title")).signed_in(header_of(signed_in));
    let page = MessagePage::new(layout).paragraph(w.t1("confirm-other", "username", &signed_in.account.username));
    page.link(w.t("nav-sign-out"), "/sign-out").respond(StatusCode::FORBIDDEN)
}

/// `POST /confirm/again`: another letter, a minute after the last.
pub async fn again(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, _form: Form) -> PageResult {
    app.limits.take(Bucket::Letter, &signed_in.account.id.to_string()).await?;
    let (ctx, id) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.id);
    let address = app.db.write(move |tx| registration::send_again(tx, &ctx, id)).await?;
    let w = &visitor.words;
    let layout = Layout::new(&visitor, w.t("sent-again-title")).signed_in(header_of(&signed_in));
    let page = MessagePage::new(layout).paragraph(w.t1("status-sent-again", "address", &address)).paragraph(w.t("check-spam"));
    Ok(page.link(w.t("confirm-typed-link"), "/confirm").respond(StatusCode::OK))
}

/// `GET /confirm/address`
pub async fn address(visitor: Visitor, signed_in: SignedIn) -> Response {
    address_page(&visitor, &signed_in, &signed_in.account.email, None).respond()
}

fn address_page(visitor: &Visitor, signed_in: &SignedIn, value: &str, problem: Option<Problem>) -> FormPage {
    let w = &visitor.words;
    let problems: Vec<_> = problem.into_iter().map(|problem| ("email", problem)).collect();
    let form = FormView::new(visitor, "/confirm/address")
        .field(Field::new(w, "email", Kind::Email).value(value).autocomplete("email").problems(w, &problems))
        .button(Button::new(w.t("change-address-button")));
    let layout = Layout::new(visitor, w.t("change-address-title")).signed_in(header_of(signed_in)).under(w.t("status-title"), "/status");
    FormPage::new(layout, form).lead(w.t("change-address-lead"))
}

/// `POST /confirm/address`
pub async fn change_address(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, form: Form) -> PageResult {
    let address = match EmailAddress::parse(form.text("email")) {
        Ok(address) => address,
        Err(problem) => return Ok(address_page(&visitor, &signed_in, form.text("email"), Some(problem)).respond()),
    };
    app.limits.take(Bucket::Letter, &signed_in.account.id.to_string()).await?;
    let (ctx, id) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.id);
    app.db.write(move |tx| registration::change_registered_address(tx, &ctx, id, &address)).await?;
    Ok(see_other("/status?sent=again"))
}

impl From<AddressRefusal> for PageError {
    fn from(refusal: AddressRefusal) -> Self {
        match refusal {
            AddressRefusal::AlreadyConfirmed => Self::Conflict(Problem::new("error-address-confirmed")),
            AddressRefusal::NotConfirmed => Self::Conflict(Problem::new("error-address-not-confirmed")),
            AddressRefusal::TooSoon(wait) => Self::TooMany(wait),
        }
    }
}
