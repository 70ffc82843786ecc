//! A posted form of one of our pages: read strictly, and refused unless it came from that page.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;

use super::fields::LONGEST_VALUE;
use super::page::PageError;
use super::visitor::Visitor;
use super::{FieldError, Fields};
use crate::app::App;
use crate::secret;
use crate::values::Problem;

const LONGEST_DOCUMENT: usize = 48 * 1024;

/// The fields of a form whose `csrf` field belongs to the visitor that sent it.
pub struct Form(Fields);

impl std::ops::Deref for Form {
    type Target = Fields;
    fn deref(&self) -> &Fields {
        &self.0
    }
}

impl From<FieldError> for PageError {
    fn from(error: FieldError) -> Self {
        PageError::BadRequest(match error {
            FieldError::Encoding => Problem::new("error-form-encoding"),
            FieldError::TooLong => Problem::new("error-form-too-long"),
            FieldError::Twice(name) => Problem::with("error-form-repeated", name),
        })
    }
}

impl FromRequest<App> for Form {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        read(request, app, LONGEST_VALUE).await.map(Self)
    }
}

/// The same, of a page that a whole document is typed into.
pub struct LongForm(Fields);

impl std::ops::Deref for LongForm {
    type Target = Fields;
    fn deref(&self) -> &Fields {
        &self.0
    }
}

impl FromRequest<App> for LongForm {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        read(request, app, LONGEST_DOCUMENT).await.map(Self)
    }
}

/// The fields of a form, each at most `longest` bytes.
async fn read(request: Request, app: &App, longest: usize) -> Result<Fields, PageError> {
    let visitor = request.extensions().get::<Visitor>().cloned();
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    if !content_type.trim().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return Err(PageError::BadRequest(Problem::new("error-form-type")));
    }
    let bytes = Bytes::from_request(request, app).await.map_err(|_| PageError::from(FieldError::TooLong))?;
    let fields = Fields::parse_longer(&bytes, longest)?;
    let expected = visitor.filter(|v| !v.form_cookie_is_new).map(|v| v.form_token());
    match expected {
        Some(expected) if secret::equal(expected.as_bytes(), fields.text("csrf").as_bytes()) => Ok(fields),
        _ => Err(PageError::ForeignForm),
    }
}
