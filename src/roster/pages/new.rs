//! *Add facilities*: upload, paste, or a grid on the page; and the template to download.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use crate::account::AccountState;
use crate::app::App;
use crate::authentication::SignedIn;
use crate::authentication::pages::header_of;
use crate::context::Actor;
use crate::db::{Fault, Refused};
use crate::profile;
use crate::roster::sheet::{self, COLUMNS, Sheet, SheetRefusal, SheetRow};
use crate::roster::{self, Contact, NewRequest, Source, SubmitRequestRefusal, template as workbook};
use crate::shared::Bucket;
use crate::values::{EmailAddress, Line, PhoneNumber, Problem};
use crate::web::{Button, Field, FormView, Kind, Layout, Link, PageError, PageResult, Upload, Visitor, html, say, see_other};

type Problems = Vec<(&'static str, Problem)>;

/// Reading a file takes no longer than this.
const READING: Duration = Duration::from_secs(20);
/// So many sheets are read at once: each may unpack to a hundred megabytes.
static READERS: Semaphore = Semaphore::const_new(2);
/// Rows of the grid on the page.
const GRID: usize = 12;

#[derive(Template)]
#[template(path = "request_new.html")]
struct NewPage {
    page: Layout,
    form: FormView,
    links: Vec<Link>,
    problem: Option<String>,
}

/// What the contact's fields hold.
struct Sent {
    contact: Contact,
    pasted: String,
}

async fn own_contact(app: &App, signed_in: &SignedIn) -> Result<Contact, Fault> {
    let (id, email) = (signed_in.account.id, signed_in.account.email.clone());
    app.db
        .read(move |tx| {
            let stated = profile::find(tx, id)?.map(|profile| profile.stated()).unwrap_or_default();
            Ok(Contact { name: stated.full_name().trim().to_owned(), phone: stated.contact_phone, email })
        })
        .await
}

pub(super) fn require_active(signed_in: &SignedIn) -> Result<(), PageError> {
    match signed_in.account.state == AccountState::Active && !signed_in.account.role.is_staff() {
        true => Ok(()),
        false => Err(PageError::NotAllowed(Problem::new("error-not-active-yet"))),
    }
}

/// `GET /facilities/requests/new`
pub async fn form(State(app): State<App>, visitor: Visitor, signed_in: SignedIn) -> PageResult {
    require_active(&signed_in)?;
    let contact = own_contact(&app, &signed_in).await?;
    Ok(page(&visitor, &signed_in, &Sent { contact, pasted: String::new() }, &Problems::new(), None))
}

fn contact_fields(visitor: &Visitor, contact: &Contact, problems: &Problems) -> Vec<Field> {
    let w = &visitor.words;
    vec![
        Field::new(w, "contact_name", Kind::Text).value(&contact.name).autocomplete("name").problems(w, problems),
        Field::new(w, "contact_phone", Kind::Tel).value(&contact.phone).autocomplete("tel").problems(w, problems),
        Field::new(w, "contact_email", Kind::Email).value(&contact.email).autocomplete("email").problems(w, problems),
    ]
}

fn page(visitor: &Visitor, signed_in: &SignedIn, sent: &Sent, problems: &Problems, problem: Option<&Problem>) -> Response {
    let w = &visitor.words;
    let mut form = FormView::new(visitor, "/facilities/requests/new")
        .fields(contact_fields(visitor, &sent.contact, problems))
        .field(Field::new(w, "file", Kind::File).hint(w.t("file-hint")).optional().problems(w, problems))
        .field(Field::new(w, "pasted", Kind::Area).value(&sent.pasted).hint(w.t("pasted-hint")).optional().problems(w, problems))
        .button(Button::new(w.t("request-send")));
    form.has_file = true;
    let mut layout =
        Layout::new(visitor, w.t("request-new-title")).signed_in(header_of(signed_in)).under(w.t("facilities-title"), "/facilities");
    layout.failed = problem.is_some() || !problems.is_empty();
    let status = if layout.failed { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let links =
        vec![Link::new(w.t("template-link"), "/facilities/template.xlsx"), Link::new(w.t("grid-link"), "/facilities/requests/grid")];
    html(status, &NewPage { page: layout, form, links, problem: problem.map(|problem| say(w, problem)) })
}

/// `POST /facilities/requests/new`: a file where one was chosen, else the pasted table.
pub async fn create(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, upload: Upload) -> PageResult {
    require_active(&signed_in)?;
    app.limits.take(Bucket::Request, &format!("sheet {}", signed_in.account.id)).await?;
    let typed = |name: &str| upload.text(name).trim().to_owned();
    let mut sent = Sent {
        contact: Contact { name: typed("contact_name"), phone: typed("contact_phone"), email: typed("contact_email") },
        pasted: upload.text("pasted").to_owned(),
    };
    let source = if upload.file.is_some() { Source::Upload } else { Source::Paste };
    let sheet = match read(&app, &upload).await? {
        Ok(sheet) => sheet,
        Err(problem) => {
            let field = if source == Source::Upload { "file" } else { "pasted" };
            return Ok(page(&visitor, &signed_in, &sent, &vec![(field, problem)], None));
        }
    };
    // What the form leaves empty, the sheet may say.
    for (typed, in_sheet) in [
        (&mut sent.contact.name, &sheet.contact_name),
        (&mut sent.contact.phone, &sheet.contact_phone),
        (&mut sent.contact.email, &sheet.contact_email),
    ] {
        if typed.is_empty() {
            typed.clone_from(in_sheet);
        }
    }
    match parse_contact(&sent.contact) {
        Ok(contact) => keep(&app, &visitor, &signed_in, NewRequest { contact, source, rows: sheet.rows }).await,
        Err(problems) => Ok(page(&visitor, &signed_in, &sent, &problems, None)),
    }
}

/// The sheet of an upload, read off the async workers and within its time.
pub async fn read(app: &App, upload: &Upload) -> Result<Result<Sheet, Problem>, PageError> {
    let (file, pasted, limits) = (upload.file.clone(), upload.text("pasted").to_owned(), app.config.requests.clone());
    if file.is_none() && pasted.trim().is_empty() {
        return Ok(Err(Problem::new("sheet-nothing")));
    }
    let most = limits.most_rows;
    let Ok(permit) = tokio::time::timeout(READING, READERS.acquire()).await else { return Err(PageError::Busy) };
    let permit = permit.map_err(|e| Fault::broken(e.to_string()))?;
    let work = tokio::task::spawn_blocking(move || {
        // Kept until the reading ends, even where nobody waits for it any more.
        let _permit = permit;
        match file {
            Some(bytes) => sheet::read(&bytes, &limits),
            None => sheet::pasted(&pasted, &limits),
        }
    });
    let sheet = match tokio::time::timeout(READING, work).await {
        Ok(done) => done.map_err(|e| Fault::broken(e.to_string()))?,
        Err(_) => return Ok(Err(Problem::new("sheet-too-slow"))),
    };
    Ok(sheet.map_err(|refusal| match refusal {
        SheetRefusal::TooManyRows => Problem::with(refusal.key(), most),
        _ => Problem::new(refusal.key()),
    }))
}

fn parse_contact(contact: &Contact) -> Result<Contact, Problems> {
    let name = Line::parse(&contact.name, 100).map(Line::into_string);
    let phone = PhoneNumber::parse(&contact.phone).map(PhoneNumber::into_string);
    let email = EmailAddress::parse(&contact.email).map(EmailAddress::into_string);
    match (name, phone, email) {
        (Ok(name), Ok(phone), Ok(email)) => Ok(Contact { name, phone, email }),
        (name, phone, email) => {
            let problem = |field: &'static str, value: Result<String, Problem>| value.err().map(|problem| (field, problem));
            Err([problem("contact_name", name), problem("contact_phone", phone), problem("contact_email", email)]
                .into_iter()
                .flatten()
                .collect())
        }
    }
}

async fn keep(app: &App, visitor: &Visitor, signed_in: &SignedIn, new: NewRequest) -> PageResult {
    let (ctx, id) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.id);
    match app.db.write(move |tx| roster::submit(tx, &ctx, id, &new)).await {
        Ok(made) => {
            let repeated = if made.is_repeated { "?repeated=yes" } else { "" };
            Ok(see_other(&format!("/facilities/requests/{}{repeated}", made.request)))
        }
        Err(Refused::Refusal(refusal)) => Err(refusal.into()),
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

impl From<SubmitRequestRefusal> for PageError {
    fn from(refusal: SubmitRequestRefusal) -> Self {
        match refusal {
            SubmitRequestRefusal::NotActive => Self::NotAllowed(Problem::new("error-not-active-yet")),
            SubmitRequestRefusal::NoSuchRequest => Self::NotFound,
            SubmitRequestRefusal::MovedOn => Self::Conflict(Problem::new("error-request-moved-on")),
        }
    }
}

#[derive(Template)]
#[template(path = "request_grid.html")]
struct GridPage {
    page: Layout,
    action: &'static str,
    contact: Vec<Field>,
    columns: Vec<(String, bool)>,
    rows: Vec<Vec<Cell>>,
    types: Vec<String>,
    problem: Option<String>,
}

struct Cell {
    name: String,
    label: String,
    value: String,
    is_type: bool,
}

/// `GET /facilities/requests/grid`
pub async fn grid(State(app): State<App>, visitor: Visitor, signed_in: SignedIn) -> PageResult {
    require_active(&signed_in)?;
    let contact = own_contact(&app, &signed_in).await?;
    Ok(grid_page(&visitor, &signed_in, &contact, &[], &Problems::new(), None))
}

fn grid_page(
    visitor: &Visitor,
    signed_in: &SignedIn,
    contact: &Contact,
    rows: &[[String; 6]],
    problems: &Problems,
    problem: Option<Problem>,
) -> Response {
    let w = &visitor.words;
    let label = |column: &str| w.t(&format!("field-{}", column.replace('_', "-")));
    let empty: [String; 6] = Default::default();
    let line = |n: usize| {
        let cells = rows.get(n).unwrap_or(&empty);
        let cell = |(place, column): (usize, &&str)| Cell {
            name: format!("row_{}_{column}", n + 1),
            label: w.t2("grid-cell", "field", &label(column), "row", &(n + 1).to_string()),
            value: cells[place].clone(),
            is_type: place == 3,
        };
        COLUMNS.iter().enumerate().map(cell).collect()
    };
    let mut layout = Layout::new(visitor, w.t("grid-title"))
        .signed_in(header_of(signed_in))
        .under(w.t("request-new-title"), "/facilities/requests/new")
        .wide();
    layout.failed = problem.is_some() || !problems.is_empty();
    let status = if layout.failed { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = GridPage {
        page: layout,
        action: "/facilities/requests/grid",
        contact: contact_fields(visitor, contact, problems),
        columns: COLUMNS.iter().map(|column| (label(column), *column == "npi")).collect(),
        rows: (0..GRID).map(line).collect(),
        types: visitor.app.config.facility_types.clone(),
        problem: problem.map(|problem| say(w, &problem)),
    };
    html(status, &page)
}

/// `POST /facilities/requests/grid`
pub async fn create_from_grid(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, form: crate::web::Form) -> PageResult {
    require_active(&signed_in)?;
    let typed = |name: &str| form.text(name).trim().to_owned();
    let contact = Contact { name: typed("contact_name"), phone: typed("contact_phone"), email: typed("contact_email") };
    let cells: Vec<[String; 6]> = (1..=GRID).map(|n| COLUMNS.map(|column| typed(&format!("row_{n}_{column}")))).collect();
    let rows: Vec<SheetRow> = cells
        .iter()
        .enumerate()
        .filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()))
        .map(|(n, cells)| SheetRow { number: i64::try_from(n + 1).unwrap_or(i64::MAX), cells: cells.clone() })
        .collect();
    if rows.is_empty() {
        return Ok(grid_page(&visitor, &signed_in, &contact, &cells, &Problems::new(), Some(Problem::new("sheet-no-rows"))));
    }
    match parse_contact(&contact) {
        Ok(contact) => keep(&app, &visitor, &signed_in, NewRequest { contact, source: Source::Grid, rows }).await,
        Err(problems) => Ok(grid_page(&visitor, &signed_in, &contact, &cells, &problems, None)),
    }
}

/// A workbook to download.
pub fn download(name: &'static str, bytes: Vec<u8>) -> Response {
    let kind = HeaderValue::from_static("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).unwrap_or(HeaderValue::from_static("attachment"));
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)], bytes).into_response()
}

/// `GET /facilities/template.xlsx`
pub async fn template(State(app): State<App>, _: SignedIn) -> PageResult {
    Ok(download("facilities-template.xlsx", workbook::blank(&app.config.facility_types)?))
}
