//! `GET /api/v1/facilities`: a person's facility accounts, a page at a time, for a token with the scope `facilities`.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::access_token::AccessToken;
use super::client;
use super::error::{OAuthError, no_store};
use super::grant;
use super::oauth::Scope;
use super::userinfo::bearer;
use crate::account;
use crate::app::App;
use crate::db::Fault;
use crate::facility;
use crate::web::{Params, Unlogged};

const MOST: usize = 200;
const USUAL: usize = 50;

/// `after` is the `sub` of the last one seen, `limit` at most 200. An account that may not enter says so by its state.
pub async fn list(State(app): State<App>, headers: HeaderMap, wanted: Params) -> Response {
    let answer = answer(&app, &headers, &wanted).await;
    let mut response = match answer {
        Ok(page) => no_store(Json(page).into_response()),
        Err(error) => error.into_response(),
    };
    response.extensions_mut().insert(Unlogged);
    response
}

async fn answer(app: &App, headers: &HeaderMap, wanted: &Params) -> Result<Value, OAuthError> {
    let text = bearer(headers)?.ok_or_else(OAuthError::no_token)?;
    let now = app.clock.now();
    let token = AccessToken::open(app, &text, now).ok_or_else(OAuthError::invalid_token)?;
    if !Scope::stored(&token.scope).has("facilities") {
        return Err(OAuthError::needs_facilities());
    }
    let limit = wanted.get("limit").map_or(Some(USUAL), |text| text.parse().ok()).filter(|limit| (1..=MOST).contains(limit));
    let limit = limit.ok_or_else(|| OAuthError::invalid_request("limit is a number from 1 to 200"))?;
    let after = wanted.get("after").map(str::to_owned);
    let keyring = app.keyring.clone();
    let page = app.db.read(move |tx| {
        if grant::is_token_revoked(tx, &token.jti)? {
            return Ok::<_, Fault>(Err(OAuthError::invalid_token()));
        }
        let Some(standing) = grant::standing(tx, token.grant)?.filter(|standing| standing.holds(now)) else {
            return Ok(Err(OAuthError::invalid_token()));
        };
        let (Some(account), Some(client)) = (standing.account, client::find(tx, &standing.grant.client_id)?) else {
            return Ok(Err(OAuthError::invalid_token()));
        };
        let accounts = account::of_person(tx, account.person_id)?;
        // Each by the name this very client knows it by.
        let named: Vec<_> = accounts.iter().map(|account| (client.subject(&keyring, account.id), account)).collect();
        let start = match &after {
            None => 0,
            Some(after) => match named.iter().position(|(sub, _)| sub == after) {
                Some(at) => at + 1,
                None => return Ok(Err(OAuthError::invalid_request("after is no sub of this list"))),
            },
        };
        let rest = &named[start..];
        let next = (rest.len() > limit).then(|| rest[limit - 1].0.clone());
        let mut facilities = Vec::new();
        for (sub, account) in rest.iter().take(limit) {
            let facility = facility::of(tx, account.facility_id)?;
            let may_enter = account::may_issue_tokens(account, facility.as_ref(), now).is_ok();
            facilities.push(json!({
                "sub": sub,
                "preferred_username": account.username,
                "state": account.state,
                "may_enter": may_enter,
                "facility_id": account.facility_id.map(|id| id.to_string()),
                "facility_name": facility.as_ref().map(|facility| facility.name.clone()),
                "facility_type": facility.as_ref().map(|facility| facility.facility_type.clone()),
            }));
        }
        Ok(Ok(json!({ "facilities": facilities, "next": next })))
    });
    page.await?
}
