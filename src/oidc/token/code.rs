//! Authorization code (RFC 6749 §4.1.3, RFC 7636 §4.5).

use super::{Asked, Tokens, access_token};
use crate::app::App;
use crate::db::Fault;
use crate::oidc::claims::Subject;
use crate::oidc::error::OAuthError;
use crate::oidc::grant::{self, Redemption, Standing, StoredCode};
use crate::oidc::id_token::{self, Content};
use crate::oidc::oauth;
use crate::secret::{Prefix, Token};

/// What a code gave, read and written in one transaction.
pub struct Granted {
    pub standing: Standing,
    pub subject: Option<Subject>,
    pub refresh_token: Option<Token>,
    pub nonce: Option<String>,
}

const REFUSED: OAuthError = OAuthError::invalid_grant("the code is not valid for this client, or was used before");

pub async fn answer(app: &App, asked: Asked) -> Result<Tokens, OAuthError> {
    let code = Token::parse(Prefix::AuthorizationCode, asked.required("code", "code is missing")?).ok_or(REFUSED)?;
    let redirect_uri = asked.required("redirect_uri", "redirect_uri is missing")?.to_owned();
    let verifier = asked.fields.get("code_verifier").map(str::to_owned);
    let resources = asked.resources()?;
    let (client, ctx, wanted) = (asked.client.clone(), asked.ctx.clone(), resources.clone());
    let granted = app.db.write(move |tx| {
        let hash = code.hash();
        // Bound to this client, this redirect URI and this verifier before it is used up: a thief burns nothing.
        match grant::find_code(tx, &hash, &client.id)? {
            Some(stored) if is_bound(&stored, &redirect_uri, verifier.as_deref()) => {
                let standing = grant::standing(tx, stored.grant)?;
                if standing.is_some_and(|standing| !within(&wanted, &standing)) {
                    return Ok(Err(OAuthError::new("invalid_target", "resource was not part of the authorization")));
                }
            }
            _ => return Ok::<_, Fault>(Err(REFUSED)),
        }
        let Redemption::First(stored) = grant::redeem(tx, &ctx, &hash, &client.id)? else { return Ok(Err(REFUSED)) };
        let Some(standing) = grant::standing(tx, stored.grant)?.filter(|standing| standing.holds(ctx.now)) else {
            return Ok(Err(REFUSED));
        };
        let refresh_token = match standing.grant.is_offline() {
            true => Some(grant::first_refresh_token(tx, &ctx, stored.grant, &client.id)?),
            false => None,
        };
        let subject = Subject::of(tx, &standing)?;
        Ok(Ok(Granted { standing, subject, refresh_token, nonce: stored.nonce }))
    });
    let granted = granted.await??;
    let scope = granted.standing.grant.scope();
    let audience = if resources.is_empty() { granted.standing.grant.audience() } else { resources };
    let mut tokens =
        Tokens::of(access_token(app, &asked, Some(&granted.standing.grant), &audience, &scope.to_string())?, scope.to_string());
    tokens.refresh_token = granted.refresh_token.as_ref().map(|token| token.reveal().to_owned());
    if scope.has("openid") {
        tokens.id_token = Some(id_token(app, &asked, &granted, &tokens.access_token)?);
    }
    Ok(tokens)
}

fn is_bound(stored: &StoredCode, redirect_uri: &str, verifier: Option<&str>) -> bool {
    let proven = match (&stored.code_challenge, verifier) {
        (Some(challenge), Some(verifier)) => oauth::pkce_holds(challenge, verifier),
        // RFC 9700 §2.1.1: a verifier without a challenge is a downgrade.
        (None, None) => true,
        _ => false,
    };
    stored.redirect_uri == redirect_uri && proven
}

/// RFC 8707 §2.2: at the token endpoint only what the authorization was for.
fn within(resources: &[String], standing: &Standing) -> bool {
    let authorized = standing.grant.audience();
    authorized.is_empty() || resources.iter().all(|resource| authorized.contains(resource))
}

/// The ID token of a grant, beside an access token.
pub fn id_token(app: &App, asked: &Asked, granted: &Granted, access_token: &str) -> Result<String, OAuthError> {
    let grant = &granted.standing.grant;
    let content = Content {
        client: &asked.client,
        grant,
        nonce: granted.nonce.as_deref(),
        access_token: Some(access_token),
        code: None,
        subject: granted.subject.as_ref(),
    };
    Ok(id_token::sign(app, content, asked.ctx.now)?)
}
