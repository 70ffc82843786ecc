//! The query of a page, read as strictly as a form.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{Fields, PageError};
use crate::app::App;

/// Query parameters: UTF-8 without control characters, bounded, none twice.
pub struct Params(Fields);

impl std::ops::Deref for Params {
    type Target = Fields;
    fn deref(&self) -> &Fields {
        &self.0
    }
}

impl FromRequestParts<App> for Params {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, PageError> {
        Ok(Self(Fields::parse(parts.uri.query().unwrap_or("").as_bytes())?))
    }
}
