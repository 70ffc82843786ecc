//! Codes leave the address bar: the first GET of a mailed link moves its code to a cookie and redirects.

use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::{Cookie, Visitor, cookie_value, see_other};

/// Longer than any code of ours; what is longer is junk and is not kept.
const LONGEST: usize = 200;

/// Sends the browser to `path` without the code, which its cookie `name` holds for an hour.
pub fn keep_code(visitor: &Visitor, name: &str, code: &str, path: &str) -> Response {
    let safe = code.len() <= LONGEST && code.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let cookie = Cookie { name, value: if safe { code } else { "unreadable" }, max_age: Some(3_600) };
    let mut response = see_other(path);
    response.headers_mut().append(header::SET_COOKIE, cookie.header(&visitor.app.config.issuer));
    response
}

/// The code that [`keep_code`] kept.
pub fn kept_code(visitor: &Visitor, headers: &HeaderMap, name: &str) -> Option<String> {
    cookie_value(headers, &visitor.app.config.issuer, name).filter(|code| !code.is_empty())
}

/// `response`, after which the code is forgotten.
pub fn drop_code(visitor: &Visitor, mut response: Response, name: &str) -> Response {
    let cookie = Cookie { name, value: "", max_age: Some(0) };
    response.headers_mut().append(header::SET_COOKIE, cookie.header(&visitor.app.config.issuer));
    response
}
