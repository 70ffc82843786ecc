//! An administrator registers applications, changes what they are registered with, and removes them.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};

use super::clients::{LIST, find, href, pretty, proof_key};
use super::layout;
use crate::app::App;
use crate::authentication::Administrator;
use crate::clock::Timestamp;
use crate::db::Refused;
use crate::oidc::client::{self, AuthMethod, Client, CreateRefusal, Created};
use crate::values::Problem;
use crate::web::{
    Button, Field, Fields, Form, FormPage, FormView, Kind, Layout, LongForm, PageError, PageResult, Visitor, html, see_other,
};

/// `GET /staff/register-client`
pub async fn form(State(app): State<App>, visitor: Visitor, by: Administrator) -> Response {
    // The id is made with the page: a form that is sent twice registers one application.
    let id = client::new_id(&*app.random);
    registration_page(&visitor, &by, |name| if name == "client_id" { id.clone() } else { unsaid(name).to_owned() }, None)
}

/// What the form says before anybody filled it in.
fn unsaid(name: &str) -> &'static str {
    match name {
        "scope" => "openid profile email facility",
        "token_endpoint_auth_method" => AuthMethod::Basic.as_str(),
        _ => "",
    }
}

fn registration_page(visitor: &Visitor, by: &Administrator, value: impl Fn(&str) -> String, problem: Option<&Problem>) -> Response {
    let w = &visitor.words;
    let field = |name: &'static str, kind: Kind| Field::new(w, name, kind).value(value(name));
    let hinted = |name: &'static str, kind: Kind| field(name, kind).hint(w.t(&format!("{}-hint", name.replace('_', "-"))));
    let proofs = AuthMethod::ALL.iter().map(|method| (method.as_str().to_owned(), w.t(&proof_key(*method)))).collect();
    let form = FormView::new(visitor, "/staff/register-client")
        .field(field("client_name", Kind::Text))
        .field(hinted("client_id", Kind::Text))
        .field(field("token_endpoint_auth_method", Kind::Select(proofs)))
        .field(hinted("redirect_uris", Kind::Area).optional())
        .field(hinted("post_logout_redirect_uris", Kind::Area).optional())
        .field(hinted("scope", Kind::Text).optional())
        .field(hinted("allow_introspection", Kind::Checkbox))
        .field(hinted("document", Kind::Area).optional())
        .button(Button::new(w.t("client-register-button")));
    let page = layout(visitor, by.staff(), w.t("client-register")).under(w.t("clients-title"), LIST);
    FormPage::new(page, form).lead(w.t("client-register-lead")).problem(problem).respond()
}

/// `POST /staff/register-client`
pub async fn create(State(app): State<App>, visitor: Visitor, by: Administrator, form: LongForm) -> PageResult {
    let registered = match document(&form) {
        Ok(document) => client::register(&app, &by.context(&visitor.context()), &document).await,
        Err(refusal) => Err(Refused::Refusal(refusal)),
    };
    match registered {
        Ok(created) => Ok(saved(&visitor, &by, &created)),
        Err(Refused::Refusal(refusal)) => {
            let again = |name: &str| form.text(name).to_owned();
            Ok(registration_page(&visitor, &by, again, Some(&problem(&refusal))))
        }
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

fn problem(refusal: &CreateRefusal) -> Problem {
    match refusal {
        // Most likely the same form, sent twice.
        CreateRefusal::Exists(id) => Problem::with("problem-client-exists", id),
        other => Problem::with("problem-client", other),
    }
}

/// The registration that the form describes. Where the JSON names a member too, the JSON counts.
fn document(form: &Fields) -> Result<String, CreateRefusal> {
    let mut members: Map<String, Value> = match form.text("document").trim() {
        "" => Map::new(),
        text => serde_json::from_str(text).map_err(|e| CreateRefusal::Invalid(format!("further members are no JSON object: {e}")))?,
    };
    let mut set = |name: &str, value: Value| {
        members.entry(name).or_insert(value);
    };
    for name in ["client_id", "client_name", "scope", "token_endpoint_auth_method"] {
        let text = form.text(name).trim();
        if !text.is_empty() {
            set(name, text.into());
        }
    }
    for name in ["redirect_uris", "post_logout_redirect_uris"] {
        set(name, form.text(name).split_whitespace().collect::<Vec<_>>().into());
    }
    if !form.text("allow_introspection").is_empty() {
        set("allow_introspection", true.into());
    }
    // What kind of application it is follows from all that was said.
    let signs_in = members.get("redirect_uris").and_then(Value::as_array).is_some_and(|uris| !uris.is_empty());
    let scope = members.get("scope").and_then(Value::as_str).unwrap_or("");
    let stays = scope.split_whitespace().any(|name| name == "offline_access");
    let (grants, responses): (&[&str], &[&str]) = match (signs_in, stays) {
        (false, _) => (&["client_credentials"], &[]),
        (true, false) => (&["authorization_code"], &["code"]),
        (true, true) => (&["authorization_code", "refresh_token"], &["code"]),
    };
    members.entry("grant_types").or_insert(grants.into());
    members.entry("response_types").or_insert(responses.into());
    Ok(Value::Object(members).to_string())
}

#[derive(Template)]
#[template(path = "staff/client_secret.html")]
struct SecretPage {
    page: Layout,
    id: String,
    secret: String,
    href: String,
}

/// On to the application; first, where a secret was made, the one page that shows it.
fn saved(visitor: &Visitor, by: &Administrator, created: &Created) -> Response {
    match &created.secret {
        Some(secret) => secret_page(visitor, by, &created.client.id, created.client.name(), secret),
        None => see_other(&href(&created.client.id)),
    }
}

fn secret_page(visitor: &Visitor, by: &Administrator, id: &str, name: &str, secret: &str) -> Response {
    let page = layout(visitor, by.staff(), name).under(visitor.words.t("clients-title"), LIST);
    html(StatusCode::OK, &SecretPage { page, id: id.to_owned(), secret: secret.to_owned(), href: href(id) })
}

/// Which state of the application the page showed.
fn seen(form: &Fields) -> Result<Timestamp, PageError> {
    form.text("seen").parse().map(Timestamp::from_micros).map_err(|_| PageError::BadRequest(Problem::new("error-form-encoding")))
}

/// `GET /staff/clients/{id}/change`
pub async fn change_form(State(app): State<App>, visitor: Visitor, by: Administrator, Path(id): Path<String>) -> PageResult {
    let client = find(&app, &id).await?;
    Ok(change_page(&visitor, &by, &client, &pretty(&client), client.updated_at, None))
}

fn change_page(visitor: &Visitor, by: &Administrator, client: &Client, text: &str, seen: Timestamp, problem: Option<&Problem>) -> Response {
    let w = &visitor.words;
    let place = href(&client.id);
    let form = FormView::new(visitor, format!("{place}/change"))
        .hidden("seen", seen.micros().to_string())
        .field(Field::labelled(w, "document", w.t("field-registration"), Kind::Area).value(text).hint(w.t("registration-hint")))
        .button(Button::new(w.t("client-change-button")));
    let page = layout(visitor, by.staff(), w.t("client-change")).under(client.name(), place);
    let mut page = FormPage::new(page, form).problem(problem);
    if seen != client.updated_at {
        page = page.link(w.t("client-see-newer"), format!("{}/change", href(&client.id)));
    }
    page.respond()
}

/// `POST /staff/clients/{id}/change`
pub async fn change(State(app): State<App>, visitor: Visitor, by: Administrator, Path(id): Path<String>, form: LongForm) -> PageResult {
    let seen = seen(&form)?;
    match client::replace(&app, &by.context(&visitor.context()), &id, Some(seen), form.text("document")).await {
        Ok(created) => Ok(saved(&visitor, &by, &created)),
        Err(Refused::Refusal(CreateRefusal::Unknown(_))) => Err(PageError::NotFound),
        Err(Refused::Refusal(refusal)) => {
            let client = find(&app, &id).await?;
            Ok(change_page(&visitor, &by, &client, form.text("document"), seen, Some(&problem(&refusal))))
        }
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

/// A page that asks before something is done that cannot be undone. It is done to what was seen: sent twice, it is done once.
fn ask(visitor: &Visitor, by: &Administrator, client: &Client, verb: &str, title: &str, lead: &str) -> Response {
    let w = &visitor.words;
    let place = href(&client.id);
    let form = FormView::new(visitor, format!("{place}/{verb}")).hidden("seen", client.updated_at.micros().to_string());
    let form = form.button(Button::new(w.t(title)));
    let page = layout(visitor, by.staff(), w.t(title)).under(client.name(), place);
    FormPage::new(page, form).lead(w.t1(lead, "name", client.name())).respond()
}

/// `GET /staff/clients/{id}/rotate-secret`
pub async fn ask_rotate(State(app): State<App>, visitor: Visitor, by: Administrator, Path(id): Path<String>) -> PageResult {
    Ok(ask(&visitor, &by, &find(&app, &id).await?, "rotate-secret", "client-rotate", "client-rotate-lead"))
}

/// `POST /staff/clients/{id}/rotate-secret`
pub async fn rotate(State(app): State<App>, visitor: Visitor, by: Administrator, Path(id): Path<String>, form: Form) -> PageResult {
    let (ctx, seen) = (by.context(&visitor.context()), seen(&form)?);
    let created = app.db.write(move |tx| client::rotate_secret(tx, &ctx, &id, Some(seen))).await?;
    Ok(saved(&visitor, &by, &created))
}

/// `GET /staff/clients/{id}/delete`
pub async fn ask_delete(State(app): State<App>, visitor: Visitor, by: Administrator, Path(id): Path<String>) -> PageResult {
    Ok(ask(&visitor, &by, &find(&app, &id).await?, "delete", "client-delete", "client-delete-lead"))
}

/// `POST /staff/clients/{id}/delete`
pub async fn delete(State(app): State<App>, visitor: Visitor, by: Administrator, Path(id): Path<String>, _form: Form) -> PageResult {
    let ctx = by.context(&visitor.context());
    match app.db.write(move |tx| client::delete(tx, &ctx, &id)).await? {
        true => Ok(see_other(LIST)),
        false => Err(PageError::NotFound),
    }
}

impl From<CreateRefusal> for PageError {
    fn from(refusal: CreateRefusal) -> Self {
        match refusal {
            CreateRefusal::Unknown(_) => Self::NotFound,
            other => Self::Conflict(problem(&other)),
        }
    }
}
