//! Refresh (RFC 6749 §6): a new access token, and the next refresh token.

use super::code::{Granted, id_token};
use super::{Asked, Tokens, access_token};
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::db::Fault;
use crate::oidc::claims::Subject;
use crate::oidc::error::OAuthError;
use crate::oidc::grant::{self, Rotation, Standing};
use crate::oidc::oauth::Scope;
use crate::secret::{Prefix, Token};

const REFUSED: OAuthError = OAuthError::invalid_grant("the refresh token is not valid for this client, or was used before");

pub async fn answer(app: &App, asked: Asked) -> Result<Tokens, OAuthError> {
    let token = Token::parse(Prefix::RefreshToken, asked.required("refresh_token", "refresh_token is missing")?).ok_or(REFUSED)?;
    let wanted = asked
        .fields
        .get("scope")
        .map(|text| Scope::parse(text).ok_or(OAuthError::new("invalid_scope", "scope has characters that are not allowed")))
        .transpose()?;
    let resources = asked.resources()?;
    check_before(app, &asked, &token, wanted.as_ref(), &resources).await?;

    let (client, ctx) = (asked.client.clone(), asked.ctx.clone());
    let granted = app.db.write(move |tx| {
        let (Rotation::Rotated { grant, successor } | Rotation::Repeated { grant, successor }) = grant::rotate(tx, &ctx, &client, &token)?
        else {
            return Ok::<_, Fault>(None);
        };
        // A grant that no longer stands gives nothing; its token is used up all the same.
        let Some(standing) = grant::standing(tx, grant)?.filter(|standing| standing.holds(ctx.now)) else { return Ok(None) };
        audit::record(tx, &ctx, Event::new(Action::TokenRefreshed).detail(serde_json::json!({ "grant": grant })))?;
        let subject = Subject::of(tx, &standing)?;
        Ok(Some(Granted { standing, subject, refresh_token: Some(successor), nonce: None }))
    });
    let granted = granted.await?.ok_or(REFUSED)?;
    let scope = wanted.unwrap_or_else(|| granted.standing.grant.scope());
    let audience = if resources.is_empty() { granted.standing.grant.audience() } else { resources };
    let mut tokens =
        Tokens::of(access_token(app, &asked, Some(&granted.standing.grant), &audience, &scope.to_string())?, scope.to_string());
    tokens.refresh_token = granted.refresh_token.as_ref().map(|token| token.reveal().to_owned());
    if scope.has("openid") {
        // OpenID Connect Core §12.2: same iss, sub, aud and auth_time; a new iat; no nonce.
        tokens.id_token = Some(id_token(app, &asked, &granted, &tokens.access_token)?);
    }
    Ok(tokens)
}

/// What is wrong with the request itself is said before the token is used up.
async fn check_before(app: &App, asked: &Asked, token: &Token, wanted: Option<&Scope>, resources: &[String]) -> Result<(), OAuthError> {
    let (hash, client_id, now) = (token.hash(), asked.client.id.clone(), asked.ctx.now);
    let standing: Option<Standing> = app
        .db
        .read(move |tx| match grant::refresh_grant(tx, &hash, &client_id, now)? {
            Some((grant, ..)) => grant::standing(tx, grant),
            None => Ok::<_, Fault>(None),
        })
        .await?;
    let Some(standing) = standing else { return Ok(()) };
    if wanted.is_some_and(|wanted| !standing.grant.scope().covers(wanted)) {
        return Err(OAuthError::new("invalid_scope", "scope is more than was granted"));
    }
    let authorized = standing.grant.audience();
    if !authorized.is_empty() && resources.iter().any(|resource| !authorized.contains(resource)) {
        return Err(OAuthError::new("invalid_target", "resource was not part of the authorization"));
    }
    Ok(())
}
