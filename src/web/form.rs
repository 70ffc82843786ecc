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

/// The fields of a form whose `csrf` field belongs to the visitor that sent it, each at most `LONGEST` bytes.
pub struct Form<const LONGEST: usize = LONGEST_VALUE>(Fields);

/// A form that a whole document is typed into.
pub type LongForm = Form<{ 48 * 1024 }>;

impl<const LONGEST: usize> std::ops::Deref for Form<LONGEST> {
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

impl<const LONGEST: usize> FromRequest<App> for Form<LONGEST> {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let visitor = request.extensions().get::<Visitor>().cloned();
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        if !content_type.trim().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            return Err(PageError::BadRequest(Problem::new("error-form-type")));
        }
        let bytes = Bytes::from_request(request, app).await.map_err(|_| PageError::from(FieldError::TooLong))?;
        let fields = Fields::parse_longer(&bytes, LONGEST)?;
        let expected = visitor.filter(|v| !v.form_cookie_is_new).map(|v| v.form_token());
        match expected {
            Some(expected) if secret::equal(expected.as_bytes(), fields.text("csrf").as_bytes()) => Ok(Self(fields)),
            _ => Err(PageError::ForeignForm),
        }
    }
}
