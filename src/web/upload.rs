//! A form that may bring a file: multipart or urlencoded, with room for a pasted table.

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;

use super::page::PageError;
use super::visitor::Visitor;
use super::{FieldError, decode};
use crate::app::App;
use crate::secret;
use crate::values::Problem;

/// Fields and at most one file, from a page of ours.
pub struct Upload {
    fields: Vec<(String, String)>,
    pub file: Option<Bytes>,
}

const MOST_FIELDS: usize = 400;

impl Upload {
    /// The value of `name`, or nothing as an empty text.
    pub fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }
}

impl FromRequest<App> for Upload {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let visitor = request.extensions().get::<Visitor>().cloned();
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("").trim().to_ascii_lowercase();
        let upload = if kind.starts_with("multipart/form-data") {
            read_multipart(request, app).await?
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            read_encoded(request, app).await?
        } else {
            return Err(PageError::BadRequest(Problem::new("error-form-type")));
        };
        let expected = visitor.filter(|v| !v.form_cookie_is_new).map(|v| v.form_token());
        match expected {
            Some(expected) if secret::equal(expected.as_bytes(), upload.text("csrf").as_bytes()) => Ok(upload),
            _ => Err(PageError::ForeignForm),
        }
    }
}

fn too_large() -> PageError {
    PageError::BadRequest(Problem::new("error-upload-too-large"))
}

async fn read_multipart(request: Request, app: &App) -> Result<Upload, PageError> {
    let mut parts = Multipart::from_request(request, app).await.map_err(|_| PageError::BadRequest(Problem::new("error-form-type")))?;
    let mut upload = Upload { fields: Vec::new(), file: None };
    while let Some(part) = parts.next_field().await.map_err(|_| too_large())? {
        let name = part.name().unwrap_or("").to_owned();
        let is_file = part.file_name().is_some();
        let bytes = part.bytes().await.map_err(|_| too_large())?;
        if is_file {
            // A form without a chosen file sends an empty one.
            if !bytes.is_empty() && upload.file.is_none() {
                upload.file = Some(bytes);
            }
            continue;
        }
        let text = String::from_utf8(bytes.to_vec()).map_err(|_| PageError::from(FieldError::Encoding))?;
        push(&mut upload, name, text)?;
    }
    Ok(upload)
}

async fn read_encoded(request: Request, app: &App) -> Result<Upload, PageError> {
    let bytes = Bytes::from_request(request, app).await.map_err(|_| too_large())?;
    let mut upload = Upload { fields: Vec::new(), file: None };
    for pair in bytes.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
        let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
        let value = pair.get(at + 1..).unwrap_or(&[]);
        push(&mut upload, decode(&pair[..at])?, decode(value)?)?;
    }
    Ok(upload)
}

fn push(upload: &mut Upload, name: String, value: String) -> Result<(), PageError> {
    if upload.fields.len() >= MOST_FIELDS {
        return Err(FieldError::TooLong.into());
    }
    if upload.fields.iter().any(|(known, _)| *known == name) {
        return Err(FieldError::Twice(name.chars().filter(char::is_ascii_alphanumeric).take(40).collect()).into());
    }
    upload.fields.push((name, value));
    Ok(())
}
