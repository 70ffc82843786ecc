//! `/sign-out`: a person signs out here, and the applications of the session learn of it as after any other end.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::end;
use crate::app::App;
use crate::authentication::SignedIn;
use crate::authentication::pages::{MaybeSignedIn, header_of};
use crate::web::{Button, Form, FormPage, FormView, Layout, MessagePage, PageResult, Tab, Visitor, see_other};

/// `GET /sign-out`: asks, since a link alone changes nothing.
pub async fn confirm(visitor: Visitor, MaybeSignedIn(signed_in): MaybeSignedIn) -> Response {
    match signed_in {
        Some(signed_in) => question(&visitor, &signed_in, FormView::new(&visitor, "/sign-out")),
        None => see_other("/sign-in"),
    }
}

/// `POST /sign-out`
pub async fn create(State(app): State<App>, visitor: Visitor, MaybeSignedIn(signed_in): MaybeSignedIn, form: Form) -> PageResult {
    if form.text("logout") == "no" {
        return Ok(see_other("/"));
    }
    end(&app, &visitor, signed_in, None).await
}

/// The page that asks; `form` says where its answer goes.
pub fn question(visitor: &Visitor, signed_in: &SignedIn, form: FormView) -> Response {
    let w = &visitor.words;
    let form = form
        .button(Button::new(w.t("sign-out-yes")).sends("logout", "yes"))
        .button(Button::new(w.t("sign-out-no")).sends("logout", "no").quiet());
    let layout = Layout::new(visitor, w.t("sign-out-title")).signed_in(header_of(signed_in));
    FormPage::new(layout, form).lead(w.t("sign-out-question")).respond()
}

/// What somebody sees who has just signed out.
pub fn done(visitor: &Visitor) -> Response {
    let w = &visitor.words;
    let layout = Layout::new(visitor, w.t("signed-out-title")).tab(Tab::Other);
    MessagePage::new(layout).paragraph(w.t("signed-out")).respond(StatusCode::OK)
}
