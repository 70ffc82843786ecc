//! The Redeem invitation tab: a code is bound to this browser, and nothing is consumed before Register.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::App;
use crate::authentication::pages::{MaybeSignedIn, header_of};
use crate::db::{Fault, Refused};
use crate::ids::InvitationId;
use crate::invitation::{self, AskRefusal, Invitation, InvitationState, Pressed, Read};
use crate::keyring::Purpose;
use crate::secret::base64url;
use crate::shared::Bucket;
use crate::values::Problem;
use crate::web::{
    Button, Cookie, Field, Form, FormPage, FormView, Kind, Layout, MessagePage, PageError, PageResult, Params, Tab, Visitor, cookie_value,
    drop_code, keep_code, kept_code, see_other,
};

/// The code of the link that was followed last.
const CODE_COOKIE: &str = "gatehouse_redeem";
/// Every code that was pressed in this browser, sealed.
const PRESSED_COOKIE: &str = "gatehouse_pressed";
const MOST_PRESSED: usize = 20;

/// `GET /redeem?code=`: shows the code and a button, and changes nothing.
pub async fn form(visitor: Visitor, headers: HeaderMap, MaybeSignedIn(signed_in): MaybeSignedIn, link: Params) -> Response {
    if !link.text("code").is_empty() {
        return keep_code(&visitor, CODE_COOKIE, link.text("code"), "/redeem");
    }
    let code = kept_code(&visitor, &headers, CODE_COOKIE).unwrap_or_default();
    let mut page = page(&visitor, &code, &[]);
    if let Some(signed_in) = signed_in {
        page.page = page.page.signed_in(header_of(&signed_in));
    }
    page.respond()
}

fn page(visitor: &Visitor, code: &str, problems: &[(&'static str, Problem)]) -> FormPage {
    let w = &visitor.words;
    let field = Field::labelled(w, "code", w.t("field-invitation-code"), Kind::Code).value(code).problems(w, problems);
    let form = FormView::new(visitor, "/redeem").field(field).button(Button::new(w.t("redeem-button")));
    FormPage::new(Layout::new(visitor, w.t("redeem-title")).tab(Tab::Redeem), form).lead(w.t("redeem-lead"))
}

/// `POST /redeem`: the code is bound to this browser; Register goes on with it.
pub async fn redeem(State(app): State<App>, visitor: Visitor, headers: HeaderMap, form: Form) -> PageResult {
    app.limits.take(Bucket::SignIn, &format!("redeem {}", visitor.network())).await?;
    let code = form.text("code").trim().to_owned();
    if code.is_empty() {
        return Ok(page(&visitor, &code, &[("code", Problem::new("problem-missing"))]).respond());
    }
    let (now, text) = (app.clock.now(), code.clone());
    match app.db.read(move |tx| invitation::read(tx, now, &text)).await? {
        Read::Good(invitation, pressed) => {
            let mut all = pressed_in(&visitor, &headers);
            all.retain(|known| known.invitation != pressed.invitation);
            all.insert(0, pressed);
            all.truncate(MOST_PRESSED);
            Ok(with_pressed(&visitor, see_other(&format!("/register?invitation={}", invitation.id)), &all))
        }
        Read::Dead(invitation) => Ok(dead(&visitor, &invitation, Some(&code))),
        Read::Unknown => Ok(page(&visitor, &code, &[("code", Problem::new("problem-invitation-unknown"))]).respond()),
    }
}

/// What was pressed in this browser.
fn pressed_in(visitor: &Visitor, headers: &HeaderMap) -> Vec<Pressed> {
    let open = || {
        let sealed = URL_SAFE_NO_PAD.decode(cookie_value(headers, &visitor.app.config.issuer, PRESSED_COOKIE)?).ok()?;
        let plain = visitor.app.keyring.unseal(Purpose::Ticket, visitor.form_token().as_bytes(), &sealed)?;
        serde_json::from_slice(&plain).ok()
    };
    open().unwrap_or_default()
}

fn with_pressed(visitor: &Visitor, mut response: Response, all: &[Pressed]) -> Response {
    let plain = serde_json::to_vec(all).unwrap_or_default();
    let sealed = visitor.app.keyring.seal(Purpose::Ticket, visitor.form_token().as_bytes(), &plain, &*visitor.app.random);
    let value = base64url(&sealed);
    let cookie = Cookie { name: PRESSED_COOKIE, value: &value, max_age: Some(if all.is_empty() { 0 } else { 3_600 }) };
    response.headers_mut().append(header::SET_COOKIE, cookie.header(&visitor.app.config.issuer));
    response
}

/// An invitation that was pressed in this browser, with its facility's name.
pub struct Redeeming {
    pub pressed: Pressed,
    pub invitation: Invitation,
    pub facility: String,
}

/// The invitation that `id` names, where it was pressed here and can still be redeemed.
pub async fn redeeming(app: &App, visitor: &Visitor, headers: &HeaderMap, id: &str) -> Result<Option<Redeeming>, Fault> {
    let Some(id) = InvitationId::parse(id) else { return Ok(None) };
    let Some(pressed) = pressed_in(visitor, headers).into_iter().find(|pressed| pressed.invitation == id) else { return Ok(None) };
    let now = app.clock.now();
    app.db
        .read(move |tx| {
            let Some(invitation) = invitation::press(tx, now, &pressed)? else { return Ok(None) };
            let facility = crate::facility::find(tx, invitation.facility_id)?.map(|facility| facility.name).unwrap_or_default();
            Ok(Some(Redeeming { pressed, invitation, facility }))
        })
        .await
}

/// `response`, after which the redeemed invitation is no longer held by this browser.
pub fn redeemed(visitor: &Visitor, headers: &HeaderMap, response: Response, id: InvitationId) -> Response {
    let mut rest = pressed_in(visitor, headers);
    rest.retain(|pressed| pressed.invitation != id);
    drop_code(visitor, with_pressed(visitor, response, &rest), CODE_COOKIE)
}

/// A code that no longer works: what became of it, and the way to a new one.
pub fn dead(visitor: &Visitor, invitation: &Invitation, code: Option<&str>) -> Response {
    let w = &visitor.words;
    let layout = Layout::new(visitor, w.t("dead-link-title")).tab(Tab::Redeem);
    let key = match invitation.state {
        InvitationState::Redeemed => "invitation-dead-redeemed",
        InvitationState::Revoked => "invitation-dead-revoked",
        InvitationState::Open | InvitationState::Expired => "invitation-dead-expired",
    };
    let may_ask = invitation.state != InvitationState::Redeemed;
    let response = match code.filter(|_| may_ask) {
        Some(code) => {
            let form = FormView::new(visitor, "/redeem/ask").hidden("code", code).button(Button::new(w.t("invitation-ask-button")));
            let page = FormPage::new(layout, form).lead(w.t(key)).link(w.t("to-sign-in"), "/sign-in");
            page.respond()
        }
        None => MessagePage::new(layout).paragraph(w.t(key)).link(w.t("to-sign-in"), "/sign-in").respond(StatusCode::GONE),
    };
    let mut response = drop_code(visitor, response, CODE_COOKIE);
    *response.status_mut() = StatusCode::GONE;
    response
}

/// What Register says where the invitation is not held by this browser, or ended meanwhile.
pub fn not_here(visitor: &Visitor) -> Response {
    let w = &visitor.words;
    let layout = Layout::new(visitor, w.t("invitation-not-here-title")).tab(Tab::Redeem);
    MessagePage::new(layout).paragraph(w.t("invitation-not-here")).link(w.t("tab-redeem"), "/redeem").respond(StatusCode::GONE)
}

/// `POST /redeem/ask`: staff are told that a new invitation is wanted.
pub async fn ask(State(app): State<App>, visitor: Visitor, form: Form) -> PageResult {
    app.limits.take(Bucket::Letter, &format!("ask {}", visitor.network())).await?;
    let (now, text) = (app.clock.now(), form.text("code").to_owned());
    let Read::Dead(invitation) = app.db.read(move |tx| invitation::read(tx, now, &text)).await? else { return Ok(see_other("/redeem")) };
    let ctx = visitor.context();
    match app.db.write(move |tx| invitation::ask_for_new(tx, &ctx, invitation.id)).await {
        Ok(()) | Err(Refused::Refusal(AskRefusal::AskedBefore)) => {
            let w = &visitor.words;
            let layout = Layout::new(&visitor, w.t("invitation-asked-title")).tab(Tab::Redeem);
            Ok(MessagePage::new(layout).paragraph(w.t("invitation-asked")).respond(StatusCode::OK))
        }
        Err(Refused::Refusal(AskRefusal::NotDead)) => Err(PageError::Conflict(Problem::new("invitation-dead-redeemed"))),
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}
