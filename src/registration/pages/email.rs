//! A confirmed account's address is changed: the new one is confirmed first, and the old one is told.

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::authentication::SignedIn;
use crate::authentication::pages::{header_of, require_fresh};
use crate::context::Actor;
use crate::registration;
use crate::shared::Bucket;
use crate::values::{EmailAddress, Problem};
use crate::web::{Button, Field, Form, FormPage, FormView, Kind, Layout, MessagePage, PageResult, Visitor, see_other};

/// `GET /security/email`
pub async fn form(visitor: Visitor, signed_in: SignedIn) -> PageResult {
    require_fresh(&visitor, &signed_in, "/security/email")?;
    if !signed_in.account.is_confirmed() {
        return Ok(see_other("/confirm/address"));
    }
    Ok(page(&visitor, &signed_in, "", None).respond())
}

fn page(visitor: &Visitor, signed_in: &SignedIn, value: &str, problem: Option<Problem>) -> FormPage {
    let w = &visitor.words;
    let problems: Vec<_> = problem.into_iter().map(|problem| ("email", problem)).collect();
    let form = FormView::new(visitor, "/security/email")
        .field(Field::labelled(w, "email", w.t("field-new-email"), Kind::Email).value(value).autocomplete("email").problems(w, &problems))
        .button(Button::new(w.t("change-email-button")));
    let layout = Layout::new(visitor, w.t("change-email-title")).signed_in(header_of(signed_in)).under(w.t("security-title"), "/security");
    FormPage::new(layout, form).lead(w.t1("change-email-lead", "address", &signed_in.account.email))
}

/// `POST /security/email`
pub async fn request(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, form: Form) -> PageResult {
    require_fresh(&visitor, &signed_in, "/security/email")?;
    let address = match EmailAddress::parse(form.text("email")) {
        Ok(address) if address.as_str() == signed_in.account.email => {
            return Ok(page(&visitor, &signed_in, address.as_str(), Some(Problem::new("problem-email-same"))).respond());
        }
        Ok(address) => address,
        Err(problem) => return Ok(page(&visitor, &signed_in, form.text("email"), Some(problem)).respond()),
    };
    app.limits.take(Bucket::Letter, &signed_in.account.id.to_string()).await?;
    let (ctx, id, new) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.id, address.clone());
    app.db.write(move |tx| registration::change_own_address(tx, &ctx, id, &new)).await?;
    let w = &visitor.words;
    let layout = Layout::new(&visitor, w.t("change-email-sent-title")).signed_in(header_of(&signed_in));
    let page = MessagePage::new(layout).paragraph(w.t1("change-email-sent", "address", address.as_str())).paragraph(w.t("check-spam"));
    Ok(page.link(w.t("confirm-typed-link"), "/confirm").respond(StatusCode::OK))
}
