//! The Redeem invitation tab. No invitation has been sent by this version, so every code is one we do not know.

use axum::response::Response;

use crate::values::Problem;
use crate::web::{Button, Field, Form, FormPage, FormView, Kind, Layout, Tab, Visitor};

/// `GET /redeem`
pub async fn form(visitor: Visitor) -> Response {
    page(&visitor, "", &[]).respond()
}

fn page(visitor: &Visitor, code: &str, problems: &[(&'static str, Problem)]) -> FormPage {
    let w = &visitor.words;
    let field = Field::labelled(w, "code", w.t("field-invitation-code"), Kind::Code).value(code).problems(w, problems);
    let form = FormView::new(visitor, "/redeem").field(field).button(Button::new(w.t("redeem-button")));
    FormPage::new(Layout::new(visitor, w.t("redeem-title")).tab(Tab::Redeem), form).lead(w.t("redeem-lead"))
}

/// `POST /redeem`
pub async fn redeem(visitor: Visitor, form: Form) -> Response {
    let code = form.text("code").trim();
    let problem = if code.is_empty() { Problem::new("problem-missing") } else { Problem::new("problem-invitation-unknown") };
    page(&visitor, code, &[("code", problem)]).respond()
}
