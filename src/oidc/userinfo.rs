//! `GET|POST /oauth2/userinfo` (OpenID Connect Core §5.3, RFC 6750).

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::access_token::AccessToken;
use super::claims::{self, Subject};
use super::error::{OAuthError, no_store};
use super::grant;
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

fn respond(answer: Result<Map<String, Value>, OAuthError>) -> Response {
    let mut response = match answer {
        Ok(claims) => no_store(Json(claims).into_response()),
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

async fn answer(app: &App, token: Result<Option<String>, OAuthError>) -> Result<Map<String, Value>, OAuthError> {
    let text = token?.ok_or_else(OAuthError::no_token)?;
    let now = app.clock.now();
    let token = AccessToken::open(&app.keyring, &text, now).ok_or_else(OAuthError::invalid_token)?;
    let scope = Scope::stored(&token.scope);
    if !scope.has("openid") {
        return Err(OAuthError::insufficient_scope());
    }
    let subject = app
        .db
        .read(move |tx| {
            if grant::is_token_revoked(tx, &token.jti)? {
                return Ok::<_, Fault>(None);
            }
            let Some(standing) = grant::standing(tx, token.grant)?.filter(|standing| standing.holds(now)) else { return Ok(None) };
            Ok(Subject::of(tx, &standing)?.map(|subject| (subject, standing.grant.claims().userinfo)))
        })
        .await?;
    let (subject, named) = subject.ok_or_else(OAuthError::invalid_token)?;
    let mut answer = claims::claims(&app.config, &scope, &named, &subject);
    answer.insert("sub".into(), subject.account.id.to_string().into());
    Ok(answer)
}
