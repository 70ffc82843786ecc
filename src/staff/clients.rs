//! Applications: which are registered, and with what.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::layout;
use crate::app::App;
use crate::authentication::Staff;
use crate::oidc::client::{self, AuthMethod, Client, Listed};
use crate::web::{Layout, PageError, PageResult, Params, Visitor, encode, html, local_time};
use crate::words::Words;

const PAGE: usize = 50;
pub(super) const LIST: &str = "/staff/clients";

pub(super) fn href(id: &str) -> String {
    format!("{LIST}/{}", encode(id))
}

#[derive(Template)]
#[template(path = "staff/clients.html")]
struct ClientsPage {
    page: Layout,
    text: String,
    total: String,
    lines: Vec<Line>,
    may_register: bool,
    previous: Option<String>,
    next: Option<String>,
}

struct Line {
    id: String,
    href: String,
    name: String,
    proof: String,
    registered_by: String,
    badge: &'static str,
    since: String,
}

/// `GET /staff/clients`
pub async fn list(State(app): State<App>, visitor: Visitor, staff: Staff, wanted: Params) -> PageResult {
    let number = wanted.get("page").map_or(Some(0), |text| text.parse::<usize>().ok()).filter(|n| *n <= 100_000);
    let number = number.ok_or(PageError::NotFound)?;
    let text: String = wanted.text("q").trim().chars().take(100).collect();
    let searched = text.clone();
    let (found, total) = app.db.scan(move |tx| client::search(tx, &searched, PAGE, number * PAGE)).await?;
    let w = &visitor.words;
    let link = |n: usize| format!("{LIST}?q={}&page={n}", encode(&text));
    let page = ClientsPage {
        page: layout(&visitor, &staff, w.t("clients-title")),
        total: w.n("clients-total", "clients", i64::try_from(total).unwrap_or(i64::MAX)),
        lines: found.into_iter().map(|listed| line(&visitor, listed)).collect(),
        may_register: staff.is_administrator(),
        previous: (number > 0).then(|| link(number - 1)),
        next: ((number + 1) * PAGE < total).then(|| link(number + 1)),
        text,
    };
    Ok(html(StatusCode::OK, &page))
}

fn line(visitor: &Visitor, (id, client): Listed) -> Line {
    let w = &visitor.words;
    let Some(client) = client else {
        let unreadable = w.t("client-unreadable");
        return Line {
            href: String::new(),
            name: id.clone(),
            id,
            proof: String::new(),
            registered_by: unreadable,
            badge: "bad",
            since: String::new(),
        };
    };
    Line {
        href: href(&id),
        id,
        name: client.name().to_owned(),
        proof: w.t(&proof_key(client.metadata.token_endpoint_auth_method)),
        registered_by: registered_by(w, &client),
        badge: if client.is_of_an_operator() { "plain" } else { "warn" },
        since: local_time(visitor, client.created_at),
    }
}

pub(super) fn proof_key(method: AuthMethod) -> String {
    format!("client-proof-{}", method.as_str().replace('_', "-"))
}

fn registered_by(w: &Words, client: &Client) -> String {
    w.t(if client.is_of_an_operator() { "client-by-operator" } else { "client-by-itself" })
}

#[derive(Template)]
#[template(path = "staff/client.html")]
struct ClientPage {
    page: Layout,
    facts: Vec<(String, String)>,
    redirect_uris: Vec<String>,
    /// The registration as JSON.
    document: String,
    actions: Vec<(String, String)>,
}

pub(super) async fn find(app: &App, id: &str) -> Result<Client, PageError> {
    let id = Some(id).filter(|id| client::is_id(id)).ok_or(PageError::NotFound)?.to_owned();
    app.db.read(move |tx| client::find(tx, &id)).await?.ok_or(PageError::NotFound)
}

/// `GET /staff/clients/{id}`
pub async fn show(State(app): State<App>, visitor: Visitor, staff: Staff, Path(id): Path<String>) -> PageResult {
    let client = find(&app, &id).await?;
    let w = &visitor.words;
    let has_secret = client.metadata.token_endpoint_auth_method.has_secret();
    let place = href(&client.id);
    let mut actions = Vec::new();
    if staff.is_administrator() {
        actions.push((w.t("client-change"), format!("{place}/change")));
        actions.extend(has_secret.then(|| (w.t("client-rotate"), format!("{place}/rotate-secret"))));
        actions.push((w.t("client-delete"), format!("{place}/delete")));
    }
    let page = ClientPage {
        page: layout(&visitor, &staff, client.name().to_owned()).under(w.t("clients-title"), LIST),
        facts: vec![
            (w.t("field-client-id"), client.id.clone()),
            (w.t("fact-client-by"), registered_by(w, &client)),
            (w.t("fact-created"), local_time(&visitor, client.created_at)),
            (w.t("field-token-endpoint-auth-method"), w.t(&proof_key(client.metadata.token_endpoint_auth_method))),
        ],
        document: pretty(&client),
        redirect_uris: client.metadata.redirect_uris,
        actions,
    };
    Ok(html(StatusCode::OK, &page))
}

/// The registration as an operator writes it.
pub(super) fn pretty(client: &Client) -> String {
    serde_json::to_string_pretty(&client.metadata.stated()).expect("a registration is JSON")
}
