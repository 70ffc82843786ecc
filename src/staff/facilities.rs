//! Facilities whose Medicaid ID ended in the directory, and what was imported.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::layout;
use crate::app::App;
use crate::authentication::{Reviewer, Staff};
use crate::db::Fault;
use crate::facility::directory::{self, EndingRefusal};
use crate::ids::RowId;
use crate::lifecycle;
use crate::values::Problem;
use crate::web::{Button, Form, FormView, Layout, PageError, PageResult, Visitor, html, local_time, see_other};

#[derive(Template)]
#[template(path = "staff/facilities.html")]
struct FacilitiesPage {
    page: Layout,
    endings: Vec<EndingLine>,
    imports: Vec<(String, String, String)>,
}

struct EndingLine {
    facility: String,
    text: String,
    forms: Vec<FormView>,
}

/// `GET /staff/facilities`
pub async fn list(State(app): State<App>, visitor: Visitor, staff: Staff) -> PageResult {
    let (endings, imports) = app.db.scan(|tx| Ok::<_, Fault>((directory::endings(tx, 200)?, directory::imports(tx, 20)?))).await?;
    let w = &visitor.words;
    let may_act = staff.clone().reviewer().is_some();
    let ending = |(ending, name): (directory::Ending, String)| {
        let form = |verb: &str, button: Button| FormView::new(&visitor, format!("/staff/facilities/{}/{verb}", ending.id)).button(button);
        EndingLine {
            facility: name,
            text: w.t1("ending-text", "date", &ending.ended_on),
            forms: match may_act {
                true => vec![form("end", Button::new(w.t("ending-confirm"))), form("keep", Button::new(w.t("ending-dismiss")).quiet())],
                false => Vec::new(),
            },
        }
    };
    let import = |import: directory::Import| {
        let what = w.texts(
            "import-line",
            &[
                ("rows", &import.rows_read.to_string()),
                ("skipped", &import.rows_skipped.to_string()),
                ("endings", &import.endings.to_string()),
            ],
        );
        (import.file_name, what, local_time(&visitor, import.started_at))
    };
    let page = FacilitiesPage {
        page: layout(&visitor, &staff, w.t("staff-facilities-title")),
        endings: endings.into_iter().map(ending).collect(),
        imports: imports.into_iter().map(import).collect(),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `POST /staff/facilities/{id}/end`: staff confirm that the facility ended.
pub async fn end(State(app): State<App>, visitor: Visitor, by: Reviewer, Path(id): Path<String>, _form: Form) -> PageResult {
    let id = RowId::parse(&id).ok_or(PageError::NotFound)?;
    let ctx = visitor.context();
    app.db.write(move |tx| lifecycle::end_facility(tx, &ctx, &by, id)).await?;
    Ok(see_other("/staff/facilities"))
}

/// `POST /staff/facilities/{id}/keep`: it goes on.
pub async fn keep(State(app): State<App>, visitor: Visitor, by: Reviewer, Path(id): Path<String>, _form: Form) -> PageResult {
    let id = RowId::parse(&id).ok_or(PageError::NotFound)?;
    let ctx = by.context(&visitor.context());
    app.db.write(move |tx| directory::dismiss(tx, &ctx, id, by.account())).await?;
    Ok(see_other("/staff/facilities"))
}

impl From<EndingRefusal> for PageError {
    fn from(refusal: EndingRefusal) -> Self {
        match refusal {
            EndingRefusal::NoSuchEnding => Self::NotFound,
            EndingRefusal::Decided => Self::Conflict(Problem::new("error-ending-decided")),
        }
    }
}
