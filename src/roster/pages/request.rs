//! One request: what the checks found, where each row stands, and the ways to correct it.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::facilities::summary;
use super::new::{download, read, require_active};
use super::{finding_badge, request_state, row_badge, say_finding};
use crate::app::App;
use crate::authentication::SignedIn;
use crate::authentication::pages::header_of;
use crate::context::Actor;
use crate::db::{Fault, Refused};
use crate::ids::RosterId;
use crate::roster::check::{Finding, Severity};
use crate::roster::sheet::{COLUMNS, SheetRow};
use crate::roster::{self, CorrectRefusal, Counts, Outcome, Request, RequestState, Row, template};
use crate::shared::Bucket;
use crate::values::Problem;
use crate::web::{
    Button, Field, Form, FormPage, FormView, Kind, Layout, Link, PageError, PageResult, Params, Upload, Visitor, html, local_time,
    see_other,
};

const PAGE: i64 = 100;

#[derive(Template)]
#[template(path = "request.html")]
struct RequestPage {
    page: Layout,
    notice: Option<String>,
    state: String,
    badge: &'static str,
    summary: String,
    facts: Vec<(String, String)>,
    /// Code, its colour, what it says, how many rows have it.
    codes: Vec<(String, &'static str, String, String)>,
    rows: Vec<RowLine>,
    total: String,
    filters: Vec<(String, String, bool)>,
    previous: Option<String>,
    next: Option<String>,
    confirm: Option<FormView>,
    correct: Option<FormView>,
    corrections: Option<String>,
    links: Vec<Link>,
}

struct RowLine {
    number: i64,
    facility: String,
    email: String,
    state: String,
    badge: &'static str,
    findings: Vec<(&'static str, String)>,
    reason: Option<String>,
    edit: Option<String>,
}

/// The request, where it is this person's.
async fn own(app: &App, signed_in: &SignedIn, id: &str) -> Result<Request, PageError> {
    let id = RosterId::parse(id).ok_or(PageError::NotFound)?;
    let found = app.db.read(move |tx| roster::find(tx, id)).await?;
    found.filter(|request| request.person_id == signed_in.account.person_id).ok_or(PageError::NotFound)
}

/// `GET /facilities/requests/{id}`
pub async fn show(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, Path(id): Path<String>, wanted: Params) -> PageResult {
    let request = own(&app, &signed_in, &id).await?;
    let number = wanted.get("page").and_then(|text| text.parse::<i64>().ok()).filter(|n| (0..=10_000).contains(n)).unwrap_or(0);
    let outcome = match wanted.text("show") {
        "correct" => Outcome::ToCorrect,
        "approved" => Outcome::State(roster::RowState::Approved),
        "waiting" => Outcome::State(roster::RowState::InReview),
        _ => Outcome::All,
    };
    let key = request.id;
    let (rows, total, counts, bad) = app
        .db
        .scan(move |tx| {
            let (rows, total) = roster::rows(tx, key, outcome, PAGE, number * PAGE)?;
            Ok::<_, Fault>((rows, total, roster::counts(tx, key)?, roster::rows_to_correct(tx, key)?))
        })
        .await?;
    let notice = match (wanted.text("repeated"), wanted.get("taken")) {
        ("yes", _) => Some(visitor.words.t("request-repeated")),
        (_, Some(taken)) => taken.parse().ok().map(|taken| visitor.words.n("request-taken", "rows", taken)),
        _ => None,
    };
    let place = |n: i64| format!("/facilities/requests/{}?show={}&page={n}", request.id, crate::web::encode(wanted.text("show")));
    let mut page = page(&visitor, &signed_in, &request, &rows, &counts, &bad);
    page.notice = notice;
    page.total = visitor.words.n("request-rows", "rows", total);
    page.previous = (number > 0).then(|| place(number - 1));
    page.next = ((number + 1) * PAGE < total).then(|| place(number + 1));
    let filter = |key: &str, value: &str| {
        (visitor.words.t(key), format!("/facilities/requests/{}?show={value}", request.id), wanted.text("show") == value)
    };
    page.filters = vec![
        filter("rows-all", ""),
        filter("rows-correct", "correct"),
        filter("rows-waiting", "waiting"),
        filter("rows-approved", "approved"),
    ];
    Ok(html(StatusCode::OK, &page))
}

fn page(visitor: &Visitor, signed_in: &SignedIn, request: &Request, rows: &[Row], counts: &Counts, bad: &[Row]) -> RequestPage {
    let w = &visitor.words;
    let (state, badge) = request_state(visitor, request.state, counts);
    let is_open = request.state == RequestState::Submitted;
    let may_correct = is_open && counts.to_correct > 0;
    let mut facts = vec![
        (w.t("fact-reference"), request.reference.clone()),
        (w.t("field-contact-name"), request.contact_name.clone()),
        (w.t("field-contact-phone"), request.contact_phone.clone()),
        (w.t("field-contact-email"), request.contact_email.clone()),
    ];
    facts.extend(request.submitted_at.map(|at| (w.t("fact-submitted"), local_time(visitor, at))));
    facts.extend(request.due_at.filter(|_| counts.in_review > 0).map(|due| (w.t("fact-due"), local_time(visitor, due))));
    let mut links = vec![Link::new(w.t("facilities-title"), "/facilities")];
    if matches!(request.state, RequestState::Draft | RequestState::Submitted) && counts.in_review + counts.to_correct > 0 {
        links.push(Link::new(w.t("request-withdraw-title"), format!("/facilities/requests/{}/withdraw", request.id)));
    }
    RequestPage {
        page: Layout::new(visitor, w.t1("request-title", "reference", &request.reference))
            .signed_in(header_of(signed_in))
            .under(w.t("facilities-title"), "/facilities")
            .wide(),
        notice: None,
        state,
        badge,
        summary: summary(visitor, counts),
        facts,
        codes: codes(visitor, bad),
        rows: rows.iter().map(|row| line(visitor, request, row)).collect(),
        total: String::new(),
        filters: Vec::new(),
        previous: None,
        next: None,
        confirm: (request.state == RequestState::Draft).then(|| {
            FormView::new(visitor, format!("/facilities/requests/{}/confirm", request.id)).button(Button::new(w.t("request-confirm")))
        }),
        correct: may_correct.then(|| correct_form(visitor, request, &[])),
        corrections: may_correct.then(|| format!("/facilities/requests/{}/corrections.xlsx", request.id)),
        links,
    }
}

fn correct_form(visitor: &Visitor, request: &Request, problems: &[(&'static str, Problem)]) -> FormView {
    let w = &visitor.words;
    let mut form = FormView::new(visitor, format!("/facilities/requests/{}/correct", request.id))
        .field(Field::new(w, "file", Kind::File).hint(w.t("correct-file-hint")).optional().problems(w, problems))
        .field(Field::new(w, "pasted", Kind::Area).hint(w.t("correct-pasted-hint")).optional())
        .button(Button::new(w.t("correct-send")));
    form.has_file = true;
    form
}

/// How often each code stands, the most frequent first: fifty rows with one slip are one thing to mend.
fn codes(visitor: &Visitor, rows: &[Row]) -> Vec<(String, &'static str, String, String)> {
    let w = &visitor.words;
    let mut by_code: BTreeMap<String, (Finding, i64)> = BTreeMap::new();
    for finding in rows.iter().flat_map(Row::findings).filter(|finding| finding.severity == Severity::Error) {
        by_code.entry(finding.code.clone()).or_insert((finding, 0)).1 += 1;
    }
    let mut codes: Vec<_> = by_code.into_values().collect();
    codes.sort_by_key(|(_, count)| -count);
    let line = |(finding, count): (Finding, i64)| {
        let text = w.t(&format!("code-{}", finding.code.to_ascii_lowercase()));
        (finding.code.clone(), finding_badge(finding.severity), text, w.n("request-rows", "rows", count))
    };
    codes.into_iter().map(line).collect()
}

fn line(visitor: &Visitor, request: &Request, row: &Row) -> RowLine {
    let w = &visitor.words;
    let is_waiting = row.state.can_be_corrected();
    let said = |finding: &Finding| (finding_badge(finding.severity), say_finding(w, finding, true));
    // Findings about a decided row are history; the requester has nothing to do about them.
    let findings = row.findings().iter().filter(|finding| is_waiting || finding.severity != Severity::Error).map(said).collect();
    let edit = (request.state == RequestState::Submitted && is_waiting)
        .then(|| format!("/facilities/requests/{}/rows/{}", request.id, row.number));
    RowLine {
        number: row.number,
        facility: row.facility_name.clone(),
        email: row.contact_email.clone(),
        state: w.t(&format!("row-{}", row.state.as_str().replace('_', "-"))),
        badge: row_badge(row.state),
        findings,
        reason: row.reason.clone(),
        edit,
    }
}

/// `POST /facilities/requests/{id}/confirm`: the sender of a mailed template confirms it.
pub async fn confirm(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, Path(id): Path<String>, _form: Form) -> PageResult {
    let request = own(&app, &signed_in, &id).await?;
    let (ctx, by, key) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.id, request.id);
    app.db.write(move |tx| roster::confirm(tx, &ctx, by, key)).await?;
    Ok(see_other(&format!("/facilities/requests/{key}")))
}

/// `POST /facilities/requests/{id}/correct`: rows are sent in again.
pub async fn correct(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, Path(id): Path<String>, upload: Upload) -> PageResult {
    require_active(&signed_in)?;
    let request = own(&app, &signed_in, &id).await?;
    app.limits.take(Bucket::Request, &format!("sheet {}", signed_in.account.id)).await?;
    let sheet = match read(&app, &upload).await? {
        Ok(sheet) => sheet,
        Err(problem) => return Ok(correct_page(&visitor, &signed_in, &request, problem)),
    };
    take(&app, &visitor, &signed_in, &request, sheet.rows, sheet.is_correction).await
}

fn correct_page(visitor: &Visitor, signed_in: &SignedIn, request: &Request, problem: Problem) -> Response {
    let w = &visitor.words;
    let back = format!("/facilities/requests/{}", request.id);
    let layout = Layout::new(visitor, w.t("correct-title"))
        .signed_in(header_of(signed_in))
        .under(w.t1("request-title", "reference", &request.reference), back);
    FormPage::new(layout, correct_form(visitor, request, &[("file", problem)])).respond()
}

async fn take(app: &App, visitor: &Visitor, signed_in: &SignedIn, request: &Request, rows: Vec<SheetRow>, is_numbered: bool) -> PageResult {
    let (ctx, by, key) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.id, request.id);
    match app.db.write(move |tx| roster::correct(tx, &ctx, by, key, rows.clone(), is_numbered)).await {
        Ok(corrected) => Ok(see_other(&format!("/facilities/requests/{key}?taken={}", corrected.taken))),
        Err(Refused::Refusal(CorrectRefusal::NothingToCorrect)) => {
            Ok(correct_page(visitor, signed_in, request, Problem::new("correct-nothing")))
        }
        Err(Refused::Refusal(CorrectRefusal::NotActive)) => Err(PageError::NotAllowed(Problem::new("error-not-active-yet"))),
        Err(Refused::Refusal(CorrectRefusal::NoSuchRequest)) => Err(PageError::Conflict(Problem::new("error-request-moved-on"))),
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

/// `GET /facilities/requests/{id}/corrections.xlsx`: only the rows to correct, in their order.
pub async fn corrections(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, Path(id): Path<String>) -> PageResult {
    let request = own(&app, &signed_in, &id).await?;
    let key = request.id;
    let rows = app.db.scan(move |tx| roster::rows_to_correct(tx, key)).await?;
    let w = &visitor.words;
    let reason = |row: &Row| {
        let findings = row.findings();
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).map(|finding| say_finding(w, finding, true));
        row.reason.clone().into_iter().chain(errors).collect::<Vec<_>>().join("\n")
    };
    let reasons: Vec<String> = rows.iter().map(reason).collect();
    let sheet: Vec<SheetRow> = rows.iter().map(Row::sheet_row).collect();
    Ok(download("rows-to-correct.xlsx", template::corrections(&sheet, &reasons)?))
}

/// `GET /facilities/requests/{id}/rows/{number}`
pub async fn row_form(
    State(app): State<App>,
    visitor: Visitor,
    signed_in: SignedIn,
    Path((id, number)): Path<(String, i64)>,
) -> PageResult {
    let request = own(&app, &signed_in, &id).await?;
    let key = request.id;
    let row = app.db.read(move |tx| roster::row(tx, key, number)).await?.filter(|row| row.state.can_be_corrected());
    let row = row.ok_or(PageError::NotFound)?;
    let w = &visitor.words;
    let findings = row.findings();
    let types = visitor.app.config.facility_types.iter().map(|kind| (kind.clone(), kind.clone()));
    let types: Vec<_> = std::iter::once((String::new(), w.t("choose"))).chain(types).collect();
    let cells = row.sheet_row().cells;
    let mut form = FormView::new(&visitor, format!("/facilities/requests/{key}/rows/{number}"));
    for (place, name) in COLUMNS.into_iter().enumerate() {
        let kind = match name {
            "facility_type" => Kind::Select(types.clone()),
            "contact_email" => Kind::Email,
            "contact_phone" => Kind::Tel,
            "medicaid_id" | "npi" => Kind::Digits,
            _ => Kind::Text,
        };
        let mut field = Field::new(w, name, kind).value(&cells[place]);
        let said: Vec<String> = findings
            .iter()
            .filter(|finding| finding.field == name && finding.severity == Severity::Error)
            .map(|finding| say_finding(w, finding, false))
            .collect();
        field.problem = (!said.is_empty()).then(|| said.join(" "));
        form = form.field(field);
    }
    let layout = Layout::new(&visitor, w.t1("row-title", "row", &number.to_string()))
        .signed_in(header_of(&signed_in))
        .under(w.t1("request-title", "reference", &request.reference), format!("/facilities/requests/{key}"));
    let mut page = FormPage::new(layout, form.button(Button::new(w.t("correct-send"))));
    if let Some(reason) = row.reason {
        page = page.lead(reason);
    }
    Ok(html(StatusCode::OK, &page))
}

/// `POST /facilities/requests/{id}/rows/{number}`
pub async fn correct_row(
    State(app): State<App>,
    visitor: Visitor,
    signed_in: SignedIn,
    Path((id, number)): Path<(String, i64)>,
    form: Form,
) -> PageResult {
    let request = own(&app, &signed_in, &id).await?;
    let cells = COLUMNS.map(|column| form.text(column).trim().to_owned());
    take(&app, &visitor, &signed_in, &request, vec![SheetRow { number, cells }], true).await
}

/// `GET /facilities/requests/{id}/withdraw`
pub async fn ask_withdraw(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, Path(id): Path<String>) -> PageResult {
    let request = own(&app, &signed_in, &id).await?;
    let w = &visitor.words;
    let place = format!("/facilities/requests/{}", request.id);
    let form = FormView::new(&visitor, format!("{place}/withdraw")).button(Button::new(w.t("request-withdraw-button")));
    let layout = Layout::new(&visitor, w.t("request-withdraw-title"))
        .signed_in(header_of(&signed_in))
        .under(w.t1("request-title", "reference", &request.reference), place);
    Ok(FormPage::new(layout, form).lead(w.t("request-withdraw-lead")).respond())
}

/// `POST /facilities/requests/{id}/withdraw`
pub async fn withdraw(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, Path(id): Path<String>, _form: Form) -> PageResult {
    let request = own(&app, &signed_in, &id).await?;
    let (ctx, by, key) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.id, request.id);
    app.db.write(move |tx| roster::withdraw(tx, &ctx, by, key)).await?;
    Ok(see_other(&format!("/facilities/requests/{key}")))
}
