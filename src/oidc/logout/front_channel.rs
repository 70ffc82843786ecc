//! Front-Channel Logout 1.0: the browser that signs out loads a frame of each application.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use openidconnect::url::Url;

use super::sessions;
use crate::app::App;
use crate::db::Fault;
use crate::ids::SessionId;
use crate::oidc::client;
use crate::web::{Layout, Tab, Visitor, html};

#[derive(Template)]
#[template(path = "front_channel.html")]
struct FrontChannel {
    page: Layout,
    frames: Vec<String>,
    /// Where the browser goes on to, by itself or by its link.
    target: Option<String>,
}

/// The addresses to load, with `iss` and `sid` (§2), of each application the session signed in to.
pub async fn frames(app: &App, session: SessionId) -> Result<Vec<String>, Fault> {
    let logins = app.db.read(move |tx| {
        let mut known = Vec::new();
        for login in sessions::logins_of(tx, session)? {
            let client = client::find_readable(tx, &login.client_id)?;
            known.extend(client.and_then(|client| client.metadata.frontchannel_logout_uri).map(|uri| (uri, login.sid)));
        }
        Ok::<_, Fault>(known)
    });
    let with = |(uri, sid): (String, crate::ids::Sid)| {
        let mut uri = Url::parse(&uri).ok()?;
        uri.query_pairs_mut().append_pair("iss", app.config.issuer.as_str()).append_pair("sid", &sid.to_string());
        Some(uri.to_string())
    };
    Ok(logins.await?.into_iter().filter_map(with).collect())
}

/// The page that loads them and then goes on. Without scripts: the frames are in the page, and a refresh follows.
pub fn page(visitor: &Visitor, frames: Vec<String>, target: Option<String>) -> Response {
    let w = &visitor.words;
    let layout = Layout::new(visitor, w.t("signed-out-title")).tab(Tab::Other);
    let origins: Vec<String> = frames.iter().filter_map(|uri| Some(Url::parse(uri).ok()?.origin().ascii_serialization())).collect();
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src {}; base-uri 'none'; frame-ancestors 'none'",
        origins.join(" ")
    );
    let mut response = html(StatusCode::OK, &FrontChannel { page: layout, frames, target });
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
