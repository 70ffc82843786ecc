//! The decision was *yes*: a grant is opened, and the response type's code and tokens are sent.

use super::error_page;
use super::interaction;
use super::pushed;
use super::request::Request;
use super::response::answer;
use crate::app::App;
use crate::authentication::SignedIn;
use crate::context::Actor;
use crate::db::{Fault, Refused};
use crate::oidc::access_token::{AccessToken, LIFETIME};
use crate::oidc::claims::Subject;
use crate::oidc::grant::{self, NewCode, NewGrant, Opened, Standing};
use crate::oidc::id_token::{self, Content};
use crate::oidc::session_state;
use crate::web::{PageResult, Visitor};

/// What the transaction left: the grant with its person, and the code.
struct Issued {
    opened: Opened,
    standing: Standing,
    subject: Option<Subject>,
}

/// What the decision rested on ended before it was carried out: the request, the consent, the session, the approval.
struct Over;

/// Opens the grant and sends what was asked for, once for each kept request.
pub async fn issue(app: &App, visitor: &Visitor, request: &Request, signed_in: SignedIn, kept: Option<String>) -> PageResult {
    let session = signed_in.clone();
    let ctx = visitor.by(Actor::Account(signed_in.account.id));
    let new = NewGrant {
        client_id: request.client.id.clone(),
        subject: request.client.pairwise(&app.keyring, signed_in.account.id),
        account: signed_in.account.clone(),
        sid: signed_in.sid(),
        scope: request.scope.clone(),
        audience: request.resources.clone(),
        claims: request.claims.clone(),
        acr: signed_in.acr(),
        amr: signed_in.amr().join(" "),
        auth_time: signed_in.place.signed_in_at,
    };
    let code = request.response_type.has_code().then(|| NewCode {
        redirect_uri: request.target.redirect_uri.clone(),
        code_challenge: request.code_challenge.clone(),
        nonce: request.nonce.clone(),
    });
    let pushed = request.pushed.clone();
    let skip_consent = request.client.metadata.skip_consent;
    let issued = app.db.write(move |tx| {
        if let Some(token) = &kept
            && !interaction::complete(tx, token)?
        {
            return Err(Refused::Refusal(Over));
        }
        if let Some(uri) = &pushed
            && !pushed::complete(tx, uri, ctx.now)?
        {
            return Err(Refused::Refusal(Over));
        }
        if !skip_consent && !grant::hold_consent(tx, new.account.id, &new.client_id)? {
            return Err(Refused::Refusal(Over));
        }
        let opened = grant::open(tx, &ctx, &new, code.as_ref())?.ok_or(Refused::Refusal(Over))?;
        // Asked again in this transaction: an ID token that leaves here is not looked at again.
        let standing = grant::standing(tx, opened.id)?.filter(|standing| standing.holds(ctx.now)).ok_or(Refused::Refusal(Over))?;
        let subject = Subject::of(tx, &standing)?;
        Ok(Issued { opened, standing, subject })
    });
    match issued.await {
        Ok(issued) => {
            let mut parameters = parameters(app, request, &issued)?;
            if request.scope.has("openid") {
                let state = session_state::of_response(app, &request.client.id, &request.target.redirect_uri, &session);
                parameters.extend(state.map(|state| ("session_state", state)));
            }
            Ok(session_state::with_cookie(app, &session, answer(app, &request.target, parameters)))
        }
        Err(Refused::Refusal(Over)) => Err(error_page("invalid_request", &visitor.words.t("error-interaction-over"))),
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

/// The members of the response (OpenID Connect Core §3.1.2.5, §3.2.2.5, §3.3.2.5).
fn parameters(app: &App, request: &Request, issued: &Issued) -> Result<Vec<(&'static str, String)>, Fault> {
    let (now, grant) = (app.clock.now(), &issued.standing.grant);
    let mut parameters = Vec::new();
    let code = issued.opened.code.as_ref().map(|code| code.reveal().to_owned());
    if let Some(code) = &code {
        parameters.push(("code", code.clone()));
    }
    let access_token = if request.response_type.has("token") {
        let audience = request.client.audience(&grant.audience());
        let token = AccessToken::issue(grant.id, audience, grant.scope().to_string(), now, &*app.random);
        Some(token.write(app, &request.client, Some(grant))?)
    } else {
        None
    };
    if let Some(token) = &access_token {
        parameters.extend([
            ("access_token", token.clone()),
            ("token_type", "Bearer".to_owned()),
            ("expires_in", LIFETIME.as_secs().to_string()),
            ("scope", grant.scope().to_string()),
        ]);
    }
    if request.response_type.has("id_token") {
        let content = Content {
            client: &request.client,
            grant,
            nonce: request.nonce.as_deref(),
            access_token: access_token.as_deref(),
            code: code.as_deref(),
            subject: issued.subject.as_ref(),
        };
        parameters.push(("id_token", id_token::sign(app, content, now)?));
    }
    Ok(parameters)
}
