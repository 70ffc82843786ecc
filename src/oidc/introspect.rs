//! `POST /oauth2/introspect` (RFC 7662). Anything wrong, foreign, expired, revoked or gated is exactly `{"active":false}`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::access_token::AccessToken;
use super::claims::{self, Subject};
use super::client::{self, Client, Credentials};
use super::error::{OAuthError, no_store};
use super::grant::{self, Standing};
use super::jws;
use super::oauth::Scope;
use super::paths;
use super::token;
use crate::app::App;
use crate::clock::Timestamp;
use crate::db::{Fault, Tx};
use crate::keyring::Algorithm;
use crate::secret::{Prefix, Token, base64url};
use crate::web::{Fields, Unlogged};

/// `POST /oauth2/introspect`
pub async fn create(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let mut response = match answer(&app, &headers, &body).await {
        Ok((caller, answer)) if wants_jwt(&headers) => match sign(&app, &caller, &answer) {
            Ok(text) => no_store(([(header::CONTENT_TYPE, JWT)], text).into_response()),
            Err(fault) => OAuthError::from(fault).into_response(),
        },
        Ok((_, answer)) => no_store(Json(answer).into_response()),
        Err(error) => error.into_response(),
    };
    response.extensions_mut().insert(Unlogged);
    response
}

/// An active token, as its caller may see it.
struct Active {
    standing: Standing,
    /// What further claims need; not read where the caller gets none.
    subject: Option<Subject>,
    scope: Scope,
    audience: Vec<String>,
    jti: String,
    issued_at: Timestamp,
    expires_at: Timestamp,
    token_type: &'static str,
}

/// RFC 9701 §4: a signed answer is asked for by its media type.
const JWT: &str = "application/token-introspection+jwt";

fn wants_jwt(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(JWT)))
}

/// RFC 9701 §5: the answer within a JWT for this caller alone. It is no access token, so it has no `sub` or `exp` of its own.
fn sign(app: &App, caller: &Client, answer: &Value) -> Result<String, Fault> {
    let claims = json!({
        "iss": app.config.issuer.as_str(),
        "aud": caller.id,
        "iat": app.clock.now().seconds(),
        "token_introspection": answer,
    });
    let algorithm = caller.metadata.introspection_signed_response_alg.unwrap_or(Algorithm::Rs256);
    jws::sign(&*app.signing.active(algorithm, app.clock.now())?, "token-introspection+jwt", &claims)
}

/// The rules of the request, in order; those of the token follow in [`access_token`] and [`refresh_token`].
async fn answer(app: &App, headers: &HeaderMap, body: &Bytes) -> Result<(Client, Value), OAuthError> {
    let fields = token::read(headers, body)?;
    let credentials = Credentials::of_request(headers, &fields)?.prove(app, paths::INTROSPECT).await?;
    let now = app.clock.now();
    let opened = fields.get("token").and_then(|text| AccessToken::open(app, text, now));
    let read = app.db.read(move |tx| {
        let asked = a_caller_that_proves_itself(tx, &credentials).and_then(|caller| Ok((caller, a_token(&fields)?)));
        let (caller, text) = match asked {
            Ok(asked) => asked,
            Err(error) => return Ok::<_, Fault>(Err(error)),
        };
        let active = match opened.clone() {
            Some(token) => access_token(tx, &caller, token, now)?,
            None => refresh_token(tx, &caller, &fields, text, now)?,
        };
        Ok(Ok((caller, active)))
    });
    let (caller, active) = read.await??;
    let answer = active.map_or_else(|| json!({ "active": false }), |active| describe(app, &caller, &active));
    Ok((caller, answer))
}

/// RFC 7662 §2.1: whoever cannot prove itself may not ask.
fn a_caller_that_proves_itself(tx: &mut Tx, credentials: &Credentials) -> Result<Client, OAuthError> {
    match client::authenticate(tx, credentials)? {
        caller if caller.is_public() => Err(OAuthError::invalid_client()),
        caller => Ok(caller),
    }
}

/// RFC 7662 §2.1.
fn a_token(fields: &Fields) -> Result<&str, OAuthError> {
    fields.get("token").ok_or(OAuthError::invalid_request("token is missing"))
}

/// The rules of an access token, in order: not revoked (RFC 7009), of a grant that stands, for whoever may see it (RFC 7662 §4).
fn access_token(tx: &mut Tx, caller: &Client, token: AccessToken, now: Timestamp) -> Result<Option<Active>, Fault> {
    if grant::is_token_revoked(tx, &token.jti)? {
        return Ok(None);
    }
    let Some(standing) = grant::standing(tx, token.grant)?.filter(|standing| standing.holds(now)) else { return Ok(None) };
    if !may_see(caller, &standing, &token.audience) {
        return Ok(None);
    }
    let scope = Scope::stored(&token.scope);
    let subject = subject_for(tx, caller, &scope, &standing)?;
    Ok(Some(Active {
        scope,
        audience: token.audience,
        jti: token.jti.to_string(),
        issued_at: token.issued_at,
        expires_at: token.expires_at,
        token_type: "Bearer",
        standing,
        subject,
    }))
}

/// RFC 7662 §4: its own tokens, and those for the audiences it is registered for.
fn may_see(caller: &Client, standing: &Standing, audience: &[String]) -> bool {
    standing.grant.client_id == caller.id || caller.may_introspect(audience)
}

/// A refresh token is active only for its own client, and only where that client says what it asks about.
fn refresh_token(tx: &mut Tx, caller: &Client, fields: &Fields, text: &str, now: Timestamp) -> Result<Option<Active>, Fault> {
    if fields.get("token_type_hint") != Some("refresh_token") {
        return Ok(None);
    }
    let Some(token) = Token::parse(Prefix::RefreshToken, text) else { return Ok(None) };
    let Some((grant, issued_at, expires_at)) = grant::refresh_grant(tx, &token.hash(), &caller.id, now)? else { return Ok(None) };
    let Some(standing) = grant::standing(tx, grant)?.filter(|standing| standing.holds(now)) else { return Ok(None) };
    let scope = standing.grant.scope();
    let subject = subject_for(tx, caller, &scope, &standing)?;
    Ok(Some(Active {
        scope,
        audience: caller.audience(&standing.grant.audience()),
        jti: base64url(token.hash().bytes()),
        issued_at,
        expires_at,
        token_type: "refresh_token",
        standing,
        subject,
    }))
}

/// The person, where the caller is registered for a scope that says something about them.
fn subject_for(tx: &mut Tx, caller: &Client, scope: &Scope, standing: &Standing) -> Result<Option<Subject>, Fault> {
    if scope.within(&caller.scope()).is_empty() { Ok(None) } else { Subject::of(tx, standing) }
}

/// RFC 7662 §2.2; further claims are the token's scopes within those the caller is registered for.
fn describe(app: &App, caller: &Client, active: &Active) -> Value {
    let mut answer = Map::new();
    if let Some(subject) = &active.subject {
        answer = claims::claims(&app.config, &active.scope.within(&caller.scope()), &[], subject);
    }
    if let Some(account) = &active.standing.account {
        answer.insert("username".into(), account.username.clone().into());
    }
    answer.insert("active".into(), true.into());
    answer.insert("client_id".into(), active.standing.grant.client_id.clone().into());
    answer.insert("sub".into(), active.standing.grant.sub().into());
    answer.insert("aud".into(), if active.audience.len() == 1 { active.audience[0].clone().into() } else { json!(active.audience) });
    answer.insert("iss".into(), app.config.issuer.as_str().into());
    answer.insert("exp".into(), active.expires_at.seconds().into());
    answer.insert("iat".into(), active.issued_at.seconds().into());
    answer.insert("scope".into(), active.scope.to_string().into());
    answer.insert("token_type".into(), active.token_type.into());
    answer.insert("jti".into(), active.jti.clone().into());
    Value::Object(answer)
}
