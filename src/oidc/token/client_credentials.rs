//! Client credentials (RFC 6749 §4.4): a token for the client itself. It writes nothing.

use super::{Asked, Tokens, access_token};
use crate::app::App;
use crate::oidc::error::OAuthError;
use crate::oidc::oauth::Scope;

pub fn answer(app: &App, asked: &Asked) -> Result<Tokens, OAuthError> {
    let resources = asked.resources()?;
    let scope = granted_scope(asked)?.to_string();
    let token = access_token(app, asked, None, &resources, &scope)?;
    Ok(Tokens::of(token, scope))
}

/// What is asked for, all of which must be registered; all that is registered where nothing is asked for.
///
/// Scopes about a person have no meaning here.
fn granted_scope(asked: &Asked) -> Result<Scope, OAuthError> {
    let registered = asked.client.scope().filter(|name| !crate::oidc::claims::SCOPES.iter().any(|(known, _)| *known == name));
    let Some(text) = asked.fields.get("scope") else { return Ok(registered) };
    let wanted = Scope::parse(text).ok_or(OAuthError::new("invalid_scope", "scope has characters that are not allowed"))?;
    if registered.covers(&wanted) {
        Ok(wanted)
    } else {
        Err(OAuthError::new("invalid_scope", "scope is not one the client is registered for"))
    }
}
