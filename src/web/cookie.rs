//! Cookies: host-only, `HttpOnly`, `SameSite=Lax`, and `Secure` with the `__Host-` prefix wherever the issuer is https.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::config::Issuer;

/// A cookie of ours, by its bare name.
pub struct Cookie<'a> {
    pub name: &'a str,
    pub value: &'a str,
    /// How long it lives, in seconds; `None` ends with the browser, zero removes it.
    pub max_age: Option<u64>,
}

impl Cookie<'_> {
    pub fn header(&self, issuer: &Issuer) -> HeaderValue {
        let name = full_name(self.name, issuer);
        let secure = if issuer.is_https() { "; Secure" } else { "" };
        let age = self.max_age.map_or(String::new(), |seconds| format!("; Max-Age={seconds}"));
        let text = format!("{name}={}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", self.value);
        HeaderValue::from_str(&text).expect("names and values are of our own letters")
    }
}

impl Cookie<'_> {
    /// The same for a frame in another site's page, whose script reads it. It holds no secret.
    pub fn for_frames(&self, issuer: &Issuer) -> HeaderValue {
        let name = full_name(self.name, issuer);
        // Browsers take `SameSite=None` with `Secure` alone; on plain http everything is on this machine anyway.
        let site = if issuer.is_https() { "SameSite=None; Secure" } else { "SameSite=Lax" };
        let age = self.max_age.map_or(String::new(), |seconds| format!("; Max-Age={seconds}"));
        HeaderValue::from_str(&format!("{name}={}; Path=/; {site}{age}", self.value)).expect("names and values are of our own letters")
    }
}

/// A cookie's name as the browser knows it.
pub fn full_name(name: &str, issuer: &Issuer) -> String {
    if issuer.is_https() { format!("__Host-{name}") } else { name.to_owned() }
}

/// The value of our cookie `name` in a request.
pub fn cookie_value(headers: &HeaderMap, issuer: &Issuer, name: &str) -> Option<String> {
    let wanted = full_name(name, issuer);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value.to_owned())
}
