//! `GET|POST /oauth2/userinfo` (OpenID Connect Core §5.3, RFC 6750).

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::access_token::AccessToken;
use super::claims::{self, Subject};
use super::client;
use super::error::{OAuthError, no_store};
use super::grant;
use super::jws;
use super::oauth::Scope;
use super::token;
use crate::app::App;
use crate::db::Fault;
use crate::web::Unlogged;

pub async fn get(State(app): State<App>, headers: HeaderMap) -> Response {
    respond(answer(&app, bearer(&headers)).await)
}

/// The token may stand in the body instead (RFC 6750 §2.2); in both it is refused.
pub async fn post(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let in_body = if body.is_empty() { Ok(None) } else { token::read(&headers, &body).map(|f| f.get("access_token").map(str::to_owned)) };
    let token = match (bearer(&headers), in_body) {
        (_, Err(error)) => return respond(Err(error)),
        (Ok(Some(_)), Ok(Some(_))) => Err(OAuthError::invalid_request("the access token is sent in two ways")),
        (Ok(None), Ok(in_body)) => Ok(in_body),
        (in_header, _) => in_header,
    };
    respond(answer(&app, token).await)
}

/// Claims as JSON, or as a JWT where the client is registered with `userinfo_signed_response_alg` (Core §5.3.2).
enum Answer {
    Plain(Map<String, Value>),
    Signed(String),
}

fn respond(answer: Result<Answer, OAuthError>) -> Response {
    let mut response = match answer {
        Ok(Answer::Plain(claims)) => no_store(Json(claims).into_response()),
        Ok(Answer::Signed(jwt)) => no_store(([(header::CONTENT_TYPE, "application/jwt")], jwt).into_response()),
        Err(error) => error.into_response(),
    };
    response.extensions_mut().insert(Unlogged);
    response
}

/// The token of an `Authorization: Bearer` header.
pub fn bearer(headers: &HeaderMap) -> Result<Option<String>, OAuthError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().map_err(|_| OAuthError::invalid_token())?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim().to_owned())),
        _ => Err(OAuthError::no_token()),
    }
}

async fn answer(app: &App, token: Result<Option<String>, OAuthError>) -> Result<Answer, OAuthError> {
    let text = token?.ok_or_else(OAuthError::no_token)?;
    let now = app.clock.now();
    let token = AccessToken::open(app, &text, now).ok_or_else(OAuthError::invalid_token)?;
    let scope = Scope::stored(&token.scope);
    if !scope.has("openid") {
        return Err(OAuthError::needs_openid());
    }
    let subject = app
        .db
        .read(move |tx| {
            if grant::is_token_revoked(tx, &token.jti)? {
                return Ok::<_, Fault>(None);
            }
            let Some(standing) = grant::standing(tx, token.grant)?.filter(|standing| standing.holds(now)) else { return Ok(None) };
            let Some(client) = client::find(tx, &standing.grant.client_id)? else { return Ok(None) };
            Ok(Subject::of(tx, &standing)?.map(|subject| (client, standing.grant, subject)))
        })
        .await?;
    let (client, grant, subject) = subject.ok_or_else(OAuthError::invalid_token)?;
    let mut answer = claims::claims(&app.config, &scope, &grant.claims().userinfo, &subject);
    answer.insert("sub".into(), grant.sub().into());
    let Some(algorithm) = client.metadata.userinfo_signed_response_alg else { return Ok(Answer::Plain(answer)) };
    answer.insert("iss".into(), app.config.issuer.as_str().into());
    answer.insert("aud".into(), client.id.into());
    Ok(Answer::Signed(jws::sign(&*app.signing.active(algorithm, app.clock.now())?, "JWT", &Value::Object(answer))?))
}
