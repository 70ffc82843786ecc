//! Pages: their frame, the one way a form is shown, and the errors a handler can answer with.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Visitor;
use crate::db::{Fault, Refused};
use crate::hashing::Busy;
use crate::shared::Wait;
use crate::values::Problem;
use crate::words::Words;

/// Which of the three signed-out tabs is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    SignIn,
    Register,
    Redeem,
    /// A signed-out page that is none of the three.
    Other,
}

/// Who is signed in, as the header says it.
#[derive(Debug, Clone)]
pub struct Header {
    pub name: String,
    pub is_staff: bool,
    /// The facility the account acts for, and whether there are others to switch to.
    pub facility: Option<String>,
    pub has_others: bool,
}

/// A way back up.
#[derive(Debug, Clone)]
pub struct Crumb {
    pub label: String,
    pub href: String,
}

/// The frame around every page.
pub struct Layout {
    pub w: Words,
    pub title: String,
    pub agency: String,
    pub portal: String,
    pub help: String,
    pub csrf: String,
    pub tab: Option<Tab>,
    pub header: Option<Header>,
    pub crumb: Option<Crumb>,
    /// Wide pages hold tables.
    pub wide: bool,
    /// The page shows again what was wrong with its form.
    pub failed: bool,
}

impl Layout {
    pub fn new(visitor: &Visitor, title: impl Into<String>) -> Self {
        let agency = &visitor.app.config.agency;
        Self {
            w: visitor.words.clone(),
            title: title.into(),
            agency: agency.name.clone(),
            portal: agency.portal_name.clone(),
            help: agency.help_address.clone(),
            csrf: visitor.form_token(),
            tab: None,
            header: None,
            crumb: None,
            wide: false,
            failed: false,
        }
    }

    pub fn tab(mut self, tab: Tab) -> Self {
        self.tab = Some(tab);
        self
    }

    pub fn signed_in(mut self, header: Header) -> Self {
        self.header = Some(header);
        self
    }

    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    pub fn under(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumb = Some(Crumb { label: label.into(), href: href.into() });
        self
    }

    pub fn is_sign_in(&self) -> bool {
        self.tab == Some(Tab::SignIn)
    }

    pub fn is_register(&self) -> bool {
        self.tab == Some(Tab::Register)
    }

    pub fn is_redeem(&self) -> bool {
        self.tab == Some(Tab::Redeem)
    }

    /// The address of the stylesheet, which changes when the stylesheet does.
    pub fn stylesheet(&self) -> String {
        format!("/assets/gatehouse.css?v={}", super::stylesheet_version())
    }
}

/// What a field is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Text,
    Email,
    Tel,
    Password,
    Date,
    Digits,
    Code,
    Area,
    Checkbox,
    File,
    /// Value and label of each choice.
    Select(Vec<(String, String)>),
}

/// One labelled field of a form, with its value, hint and problem.
#[derive(Template, Debug, Clone)]
#[template(path = "parts/field.html")]
pub struct Field {
    pub name: &'static str,
    pub id: String,
    pub label: String,
    pub value: String,
    pub kind: Kind,
    pub hint: Option<String>,
    pub problem: Option<String>,
    pub required: bool,
    pub autocomplete: &'static str,
    pub optional_word: String,
}

impl Field {
    /// A required text field; its label is the message `field-<name>`.
    pub fn new(w: &Words, name: &'static str, kind: Kind) -> Self {
        Self::labelled(w, name, w.t(&format!("field-{}", name.replace('_', "-"))), kind)
    }

    /// The same, with a label of its own.
    pub fn labelled(w: &Words, name: &'static str, label: String, kind: Kind) -> Self {
        Self {
            name,
            id: name.replace('_', "-"),
            label,
            value: String::new(),
            kind,
            hint: None,
            problem: None,
            required: true,
            autocomplete: "off",
            optional_word: w.t("optional"),
        }
    }

    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    pub fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = token;
        self
    }

    /// Sets the problem of this field, if the list has one for its name.
    pub fn problems(mut self, w: &Words, problems: &[(&'static str, Problem)]) -> Self {
        let own = problems.iter().find(|(name, _)| *name == self.name);
        self.problem = own.map(|(_, problem)| say(w, problem));
        self
    }

    fn input_type(&self) -> &'static str {
        match self.kind {
            Kind::Email => "email",
            Kind::Tel => "tel",
            Kind::Password => "password",
            Kind::Date => "date",
            Kind::File => "file",
            _ => "text",
        }
    }

    /// The lines an area shows: what is in it, within bounds.
    fn rows(&self) -> usize {
        (self.value.lines().count() + 1).clamp(4, 24)
    }

    fn described_by(&self) -> String {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.id));
        let problem = self.problem.as_ref().map(|_| format!("{}-problem", self.id));
        [hint, problem].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// A problem in words.
pub fn say(w: &Words, problem: &Problem) -> String {
    match &problem.argument {
        None => w.t(problem.key),
        Some(argument) => match argument.parse::<i64>() {
            Ok(number) if argument.len() < 10 => w.n(problem.key, "value", number),
            _ => w.t1(problem.key, "value", argument),
        },
    }
}

/// A button that sends the form.
#[derive(Debug, Clone)]
pub struct Button {
    pub label: String,
    pub name: &'static str,
    pub value: &'static str,
    pub quiet: bool,
}

impl Button {
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), name: "", value: "", quiet: false }
    }

    pub fn sends(mut self, name: &'static str, value: &'static str) -> Self {
        (self.name, self.value) = (name, value);
        self
    }

    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }
}

/// A form.
#[derive(Template, Debug, Clone, Default)]
#[template(path = "parts/form.html")]
pub struct FormView {
    pub action: String,
    pub csrf: String,
    pub fields: Vec<Field>,
    /// Fields that few need, folded away under a title.
    pub folded: Option<(String, Vec<Field>)>,
    pub hidden: Vec<(&'static str, String)>,
    pub buttons: Vec<Button>,
    /// Whether it brings a file, and is sent in parts.
    pub has_file: bool,
}

impl FormView {
    pub fn new(visitor: &Visitor, action: impl Into<String>) -> Self {
        Self { action: action.into(), csrf: visitor.form_token(), ..Self::default() }
    }

    pub fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    pub fn fields(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.fields.extend(fields);
        self
    }

    pub fn folded(mut self, title: impl Into<String>, fields: impl IntoIterator<Item = Field>) -> Self {
        self.folded = Some((title.into(), fields.into_iter().collect()));
        self
    }

    pub fn hidden(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hidden.push((name, value.into()));
        self
    }

    pub fn button(mut self, button: Button) -> Self {
        self.buttons.push(button);
        self
    }
}

/// A link below a page's form.
#[derive(Debug, Clone)]
pub struct Link {
    pub label: String,
    pub href: String,
}

impl Link {
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into() }
    }
}

/// A page that is one form: most pages are.
#[derive(Template)]
#[template(path = "form_page.html")]
pub struct FormPage {
    pub page: Layout,
    pub lead: Vec<String>,
    pub list: Vec<String>,
    /// What was wrong with the form as a whole.
    pub problem: Option<String>,
    pub notice: Option<String>,
    pub form: FormView,
    pub links: Vec<Link>,
}

impl FormPage {
    pub fn new(page: Layout, form: FormView) -> Self {
        Self { page, lead: Vec::new(), list: Vec::new(), problem: None, notice: None, form, links: Vec::new() }
    }

    pub fn lead(mut self, text: impl Into<String>) -> Self {
        self.lead.push(text.into());
        self
    }

    pub fn list(mut self, items: impl IntoIterator<Item = String>) -> Self {
        self.list.extend(items);
        self
    }

    pub fn problem(mut self, problem: Option<&Problem>) -> Self {
        self.problem = problem.map(|problem| say(&self.page.w, problem));
        self
    }

    pub fn notice(mut self, notice: Option<String>) -> Self {
        self.notice = notice;
        self
    }

    pub fn link(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.links.push(Link::new(label, href));
        self
    }

    /// Shown with 200, or with 422 where it shows problems.
    pub fn respond(mut self) -> Response {
        let failed = self.problem.is_some() || self.form.fields.iter().any(|field| field.problem.is_some());
        self.page.failed = failed;
        html(if failed { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &self)
    }
}

/// A page that only says something.
#[derive(Template)]
#[template(path = "message_page.html")]
pub struct MessagePage {
    pub page: Layout,
    pub paragraphs: Vec<String>,
    /// A machine-readable code, shown as text (the OAuth error code).
    pub code: Option<String>,
    pub links: Vec<Link>,
    pub request: Option<String>,
}

impl MessagePage {
    pub fn new(page: Layout) -> Self {
        Self { page, paragraphs: Vec::new(), code: None, links: Vec::new(), request: None }
    }

    pub fn paragraph(mut self, text: impl Into<String>) -> Self {
        self.paragraphs.push(text.into());
        self
    }

    pub fn link(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.links.push(Link::new(label, href));
        self
    }

    pub fn respond(self, status: StatusCode) -> Response {
        html(status, &self)
    }
}

/// A rendered page as a response.
pub fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], text).into_response(),
        Err(error) => PageError::Fault(Fault::broken(format!("a template: {error}"))).into_response(),
    }
}

/// Sends the browser on with a GET.
pub fn see_other(place: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, HeaderValue::from_str(place).unwrap_or(HeaderValue::from_static("/")))]).into_response()
}

pub type PageResult = Result<Response, PageError>;

/// Why a handler shows an error page in place of its own. The frame of the page is added at the edge.
#[derive(Debug, Clone)]
pub enum PageError {
    Fault(Fault),
    NotFound,
    /// The visitor has to sign in first, and comes back.
    SignIn(String),
    /// Signed in, but not with the power this page asks for.
    NotAllowed(Problem),
    BadRequest(Problem),
    ForeignForm,
    TooMany(Wait),
    Busy,
    /// Somebody else was first, or the thing has moved on.
    Conflict(Problem),
    /// An OAuth error that must not be sent anywhere (RFC 6749 §4.1.2.1).
    OAuth {
        error: &'static str,
        description: String,
    },
}

impl From<Fault> for PageError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Busy> for PageError {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

impl From<Wait> for PageError {
    fn from(wait: Wait) -> Self {
        Self::TooMany(wait)
    }
}

impl<R: Into<PageError>> From<Refused<R>> for PageError {
    fn from(refused: Refused<R>) -> Self {
        match refused {
            Refused::Refusal(refusal) => refusal.into(),
            Refused::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl PageError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Fault(Fault::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignIn(_) => StatusCode::SEE_OTHER,
            Self::NotAllowed(_) | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::BadRequest(_) | Self::OAuth { .. } => StatusCode::BAD_REQUEST,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Conflict(_) => StatusCode::CONFLICT,
        }
    }

    /// The error as a page for `visitor`.
    pub(super) fn page(&self, visitor: &Visitor) -> Response {
        let w = &visitor.words;
        let (title, paragraph) = match self {
            Self::SignIn(place) => return see_other(place),
            Self::Fault(Fault::Unavailable(_)) => ("error-unavailable-title", w.t("error-unavailable")),
            Self::Fault(_) => ("error-fault-title", w.t("error-fault")),
            Self::NotFound => ("error-not-found-title", w.t("error-not-found")),
            Self::NotAllowed(problem) => ("error-not-allowed-title", say(w, problem)),
            Self::BadRequest(problem) => ("error-bad-request-title", say(w, problem)),
            Self::ForeignForm => ("error-foreign-form-title", w.t("error-foreign-form")),
            Self::TooMany(wait) => ("error-too-many-title", w.n("error-too-many", "seconds", i64::try_from(wait.seconds()).unwrap_or(60))),
            Self::Busy => ("error-busy-title", w.t("error-busy")),
            Self::Conflict(problem) => ("error-conflict-title", say(w, problem)),
            Self::OAuth { .. } => ("error-oauth-title", w.t("error-oauth")),
        };
        let mut page = MessagePage::new(Layout::new(visitor, w.t(title))).paragraph(paragraph);
        if let Self::OAuth { error, description } = self {
            page.code = Some((*error).to_owned());
            page.paragraphs.push(description.clone());
        }
        if matches!(self, Self::Fault(_)) {
            page.request = Some(visitor.request.to_string());
        }
        let mut response = page.link(w.t("to-the-start"), "/").respond(self.status());
        let wait = match self {
            Self::TooMany(wait) => Some(wait.seconds()),
            Self::Busy => Some(2),
            Self::Fault(Fault::Unavailable(_)) => Some(5),
            _ => None,
        };
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl IntoResponse for PageError {
    /// Only the status and the error itself: `surround` turns it into a page.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
