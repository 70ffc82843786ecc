//! `POST /oauth2/token`: one small file a grant type.

mod client_credentials;
mod code;
mod refresh;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::access_token::{AccessToken, LIFETIME};
use super::client::{self, Client, Credentials, GrantType};
use super::error::{OAuthError, no_store};
use super::grant::Grant;
use super::paths;
use crate::app::App;
use crate::context::{Actor, Context};
use crate::web::{Fields, Unlogged, Visitor};

/// A token response (RFC 6749 §5.1).
#[derive(Debug, Serialize)]
pub struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    scope: String,
}

impl Tokens {
    fn of(access_token: String, scope: String) -> Self {
        Self { access_token, token_type: "Bearer", expires_in: LIFETIME.as_secs(), refresh_token: None, id_token: None, scope }
    }
}

/// One request of the token endpoint, from a client that has proven itself.
pub struct Asked {
    pub client: Client,
    pub fields: Fields,
    pub ctx: Context,
}

impl Asked {
    /// A parameter that this grant type needs.
    fn required(&self, name: &str, missing: &'static str) -> Result<&str, OAuthError> {
        self.fields.get(name).ok_or(OAuthError::invalid_request(missing))
    }

    /// RFC 8707 §2: the resources asked for, each of which the client is registered for.
    fn resources(&self) -> Result<Vec<String>, OAuthError> {
        let wanted: Vec<String> = self.fields.all("resource").map(str::to_owned).collect();
        match wanted.iter().all(|resource| self.client.metadata.resources.contains(resource)) {
            true => Ok(wanted),
            false => Err(OAuthError::new("invalid_target", "resource is not one the client is registered for")),
        }
    }
}

/// `POST /oauth2/token`
pub async fn create(State(app): State<App>, visitor: Visitor, headers: HeaderMap, body: Bytes) -> Response {
    let answered = answer(&app, &visitor, &headers, &body).await;
    let outcome = answered.as_ref().map_or_else(|error| error.code, |_| "issued");
    metrics::counter!("gatehouse_tokens_total", "outcome" => outcome).increment(1);
    let mut response = match answered {
        Ok(tokens) => no_store(Json(tokens).into_response()),
        Err(error) => error.into_response(),
    };
    response.extensions_mut().insert(Unlogged);
    response
}

/// The rules that all grant types share, in order. Those of its own follow in the file of each.
async fn answer(app: &App, visitor: &Visitor, headers: &HeaderMap, body: &Bytes) -> Result<Tokens, OAuthError> {
    let fields = read(headers, body)?;
    let client = a_client_that_proves_itself(app, headers, &fields).await?;
    let grant_type = a_served_grant_type(a_named_grant_type(&fields)?)?;
    one_of_the_client_s_grant_types(&client, grant_type)?;
    let ctx = visitor.by(Actor::Client(client.id.clone()));
    let asked = Asked { client, fields, ctx };
    match grant_type {
        GrantType::AuthorizationCode => code::answer(app, asked).await,
        GrantType::RefreshToken => refresh::answer(app, asked).await,
        GrantType::ClientCredentials => client_credentials::answer(app, &asked),
        // Not served here, see above.
        GrantType::Implicit => Err(UNSUPPORTED),
    }
}

const UNSUPPORTED: OAuthError = OAuthError::new("unsupported_grant_type", "grant_type is not one that is served");

/// RFC 6749 §4.1.3, §4.4.2, §6.
fn a_named_grant_type(fields: &Fields) -> Result<&str, OAuthError> {
    fields.get("grant_type").ok_or(OAuthError::invalid_request("grant_type is missing"))
}

/// RFC 6749 §2.3, §3.2.1: before anything is said about what it asks for.
async fn a_client_that_proves_itself(app: &App, headers: &HeaderMap, fields: &Fields) -> Result<Client, OAuthError> {
    let credentials = Credentials::of_request(headers, fields)?.prove(app, paths::TOKEN).await?;
    app.db.read(move |tx| Ok::<_, crate::db::Fault>(client::authenticate(tx, &credentials))).await?
}

/// RFC 6749 §5.2; `implicit` is a grant of the authorization endpoint.
fn a_served_grant_type(wanted: &str) -> Result<GrantType, OAuthError> {
    GrantType::parse(wanted).filter(|kind| *kind != GrantType::Implicit).ok_or(UNSUPPORTED)
}

/// RFC 6749 §5.2: what the client is registered for.
fn one_of_the_client_s_grant_types(client: &Client, grant_type: GrantType) -> Result<(), OAuthError> {
    match client.may_use(grant_type) {
        true => Ok(()),
        false => Err(OAuthError::new("unauthorized_client", "the client is not registered for this grant_type")),
    }
}

/// The parameters of a back-channel endpoint: form-encoded, none twice (RFC 6749 §3.2).
pub fn read(headers: &HeaderMap, body: &Bytes) -> Result<Fields, OAuthError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    if !kind.trim().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return Err(OAuthError::invalid_request("the body must be application/x-www-form-urlencoded"));
    }
    Fields::parse_repeating(body, &["resource"]).map_err(|error| match error {
        crate::web::FieldError::Encoding => OAuthError::invalid_request("a parameter is not valid form-encoded UTF-8 text"),
        crate::web::FieldError::TooLong => OAuthError::invalid_request("a parameter is too long, or there are too many"),
        crate::web::FieldError::Twice(_) => OAuthError::invalid_request("a parameter is repeated"),
    })
}

/// An access token of the client that asked, under the grant of a person or its own standing one.
fn access_token(app: &App, asked: &Asked, grant: Option<&Grant>, wanted: &[String], scope: &str) -> Result<String, OAuthError> {
    let audience = asked.client.audience(wanted);
    let id = grant.map_or(asked.client.standing_grant, |grant| grant.id);
    let token = AccessToken::issue(id, audience, scope.to_owned(), asked.ctx.now, &*app.random);
    Ok(token.write(app, &asked.client, grant)?)
}
