//! `GET|POST /oauth2/authorize`: request (ordered checks) → decision (pure) → a code, a page, or an error.

mod choose;
mod consent;
mod decision;
mod interaction;
mod issue;
mod object;
mod pushed;
mod request;
mod response;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};

use self::choose::Chosen;
use self::decision::{Decision, Facts, decide as decide_what};
use self::request::{Broken, Rejected, Request};
use self::response::answer_error;
use crate::account;
use crate::app::App;
use crate::authentication::pages::MaybeSignedIn;
use crate::authentication::{self, SignedIn, SwitchRefusal};
use crate::clock::Timestamp;
use crate::db::{Fault, Refused, Tx};
use crate::facility;
use crate::ids::AccountId;
use crate::oidc::client::{self, Client};
use crate::oidc::grant;
use crate::oidc::id_token;
use crate::oidc::paths;
use crate::shared::Bucket;
use crate::web::{Fields, Form, PageError, PageResult, Params, Visitor, encode, see_other};

pub use self::pushed::LIFETIME as PUSHED_LIFETIME;
pub use self::request::Prompt;

/// Forgets requests that nobody came back to.
pub fn tidy(tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
    interaction::tidy(tx, now)?;
    pushed::tidy(tx, now)?;
    Ok(())
}

/// `GET /oauth2/authorize`
pub async fn get(State(app): State<App>, visitor: Visitor, signed_in: MaybeSignedIn, RawQuery(query): RawQuery) -> PageResult {
    run(app, visitor, signed_in.0, query.unwrap_or_default().into_bytes()).await
}

/// `POST /oauth2/authorize`: the same, by form (OpenID Connect Core §3.1.2.1). It changes nothing by itself.
pub async fn post(
    State(app): State<App>,
    visitor: Visitor,
    signed_in: MaybeSignedIn,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> PageResult {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(error_page("invalid_request", "the body is not form-encoded"));
    }
    run(app, visitor, signed_in.0, body.to_vec()).await
}

fn error_page(error: &'static str, description: &str) -> PageError {
    PageError::OAuth { error, description: description.to_owned() }
}

async fn run(app: App, visitor: Visitor, signed_in: Option<SignedIn>, query: Vec<u8>) -> PageResult {
    let sent = Fields::parse_repeating(&query, &["resource"]).map_err(|e| error_page("invalid_request", &e.to_string()))?;
    // Somebody comes back from signing in or from the consent page: the request is the one that was kept.
    let (fields, started_at, kept, picked) = match sent.get("interaction") {
        None => (sent, app.clock.now(), None, None),
        Some(token) => match interaction::find(&app, token).await? {
            Some(known) => (known.fields, known.started_at, Some(token.to_owned()), known.picked),
            None => return Err(error_page("invalid_request", &visitor.words.t("error-interaction-over"))),
        },
    };
    let client_id = fields.text("client_id").to_owned();
    let client = app.db.read(move |tx| client::find(tx, &client_id)).await?;
    let read = match (&kept, &client) {
        (None, Some(client)) => read(&app, &visitor, fields, client).await?,
        _ => Ok(fields),
    };
    let checked = read.and_then(|fields| Ok((request::check(&app.config, &fields, client)?, fields)));
    let (request, fields) = match checked {
        Ok(request) => request,
        Err(Rejected::Page(error, description)) => return Err(error_page(error, description)),
        Err(Rejected::Redirect(target, error, description)) => return Ok(answer_error(&app, &target, error, description)),
    };
    let hint = request.id_token_hint.as_deref().map(|text| id_token::read_hint(&app, text));
    if matches!(hint, Some(None)) {
        return Ok(answer_error(&app, &request.target, "invalid_request", "id_token_hint is no ID token of this service"));
    }
    let hinted = hint.flatten().and_then(|claims| claims.get("sub")?.as_str().map(str::to_owned));
    // OpenID Connect Core §5.5.1: a `sub` asked for by value names the person as a hint does.
    let hinted = hinted.or_else(|| request.claims.sub.clone());
    let (signed_in, is_chosen) = match signed_in {
        None => (None, true),
        Some(signed_in) => match choose::choose(&app, &request, &signed_in, hinted.as_deref(), picked).await? {
            Chosen::One(chosen) => (Some(*chosen), true),
            Chosen::Open => (Some(signed_in), false),
        },
    };
    let facts = facts(&app, &request, signed_in.as_ref(), hinted, is_chosen, started_at).await?;
    let now = app.clock.now();
    match decide_what(&request, &facts, now) {
        Decision::Refuse(error, description) => Ok(answer_error(&app, &request.target, error, description)),
        Decision::Register => Ok(see_other("/register")),
        Decision::SignIn => {
            let token = keep(&app, &visitor, kept, &fields, started_at).await?;
            let place = format!("{}?interaction={token}", paths::AUTHORIZE);
            let username = request.login_hint.as_deref().map(|hint| format!("&username={}", encode(hint))).unwrap_or_default();
            let again = if signed_in.is_some() { "&again=yes" } else { "" };
            Ok(see_other(&format!("/sign-in?return_to={}{username}{again}", encode(&place))))
        }
        Decision::ChooseAccount => {
            let token = keep(&app, &visitor, kept, &fields, started_at).await?;
            Ok(see_other(&format!("{}?interaction={token}", paths::ACCOUNT)))
        }
        Decision::Wait => Ok(see_other("/status?from=application")),
        Decision::Consent => {
            let token = keep(&app, &visitor, kept, &fields, started_at).await?;
            Ok(see_other(&format!("{}?interaction={token}", paths::CONSENT)))
        }
        Decision::Issue => match signed_in {
            Some(signed_in) => issue::issue(&app, &visitor, &request, signed_in, kept).await,
            None => Err(Fault::broken("a code would be issued to nobody").into()),
        },
    }
}

/// The parameters that count: those of the object that was sent or pushed, where there is one, else those that were sent.
async fn read(app: &App, visitor: &Visitor, sent: Fields, client: &Client) -> Result<Result<Fields, Rejected>, PageError> {
    if sent.get("request").is_some() || sent.get("request_uri").is_some_and(|uri| !uri.starts_with(pushed::URN)) {
        // Looking at an object may mean asking the client's own address: not without end.
        app.limits.take(Bucket::Request, &visitor.network().to_string()).await?;
    }
    let resolved = object::resolve(app, &sent, client).await?.and_then(|resolved| {
        let is_pushed = sent.get("request_uri").is_some_and(|uri| uri.starts_with(pushed::URN));
        request::is_pushed_where_it_must(client, is_pushed)?;
        // What was pushed was looked at when it came.
        request::is_signed_where_it_must(client, resolved.is_signed || is_pushed)?;
        Ok(resolved.fields)
    });
    // What is wrong with the object is told where the parameters beside it say, if that address is the client's.
    Ok(resolved.map_err(|(error, description)| match request::a_target(client, &sent) {
        Ok(target) => Rejected::Redirect(target, error, description),
        Err(_) => Rejected::Page(error, description),
    }))
}

/// A client's request is kept under a name (RFC 9126 §2.2), where it keeps every rule; the broken rule otherwise.
pub async fn push(app: &App, sent: &Fields, client: Client) -> Result<Result<String, Broken>, Fault> {
    let resolved = match object::resolve(app, sent, &client).await? {
        Ok(resolved) => resolved,
        Err(broken) => return Ok(Err(broken)),
    };
    let checked = request::is_signed_where_it_must(&client, resolved.is_signed);
    let client_id = client.id.clone();
    let checked = checked.and_then(|()| match request::check(&app.config, &resolved.fields, Some(client)) {
        Ok(_) => Ok(()),
        Err(Rejected::Page(error, description) | Rejected::Redirect(_, error, description)) => Err((error, description)),
    });
    match checked {
        // A client that proves itself in a header need not name itself in the body.
        Ok(()) => {
            let fields = resolved.fields.only(request::PARAMETERS).with("client_id", &client_id);
            Ok(Ok(pushed::keep(app, &client_id, &fields).await?))
        }
        Err(broken) => Ok(Err(broken)),
    }
}

async fn keep(app: &App, visitor: &Visitor, kept: Option<String>, fields: &Fields, started_at: Timestamp) -> Result<String, PageError> {
    match kept {
        Some(token) => Ok(token),
        None => {
            app.limits.take(Bucket::Request, &visitor.network().to_string()).await?;
            Ok(interaction::keep(app, &fields.only(request::PARAMETERS), started_at).await?)
        }
    }
}

/// What the decision rests on, read at once.
async fn facts(
    app: &App,
    request: &Request,
    signed_in: Option<&SignedIn>,
    hinted: Option<String>,
    is_chosen: bool,
    started_at: Timestamp,
) -> Result<Facts, Fault> {
    let Some(signed_in) = signed_in.cloned() else { return Ok(Facts::nobody(started_at)) };
    let (client_id, named, now) = (request.client.id.clone(), request.claims.sub.clone(), app.clock.now());
    let own = request.client.subject(&app.keyring, signed_in.account.id);
    app.db
        .read(move |tx| {
            let facility = facility::of(tx, signed_in.account.facility_id)?;
            Ok(Facts {
                started_at,
                signed_in_at: Some(signed_in.place.signed_in_at),
                is_hinted: [hinted, named].iter().flatten().all(|sub| *sub == own),
                is_chosen,
                gate: account::may_issue_tokens(&signed_in.account, facility.as_ref(), now),
                consent: grant::consent(tx, signed_in.account.id, &client_id)?,
                acr: signed_in.acr(),
                best_acr: signed_in.best_acr(),
            })
        })
        .await
}

/// `GET /oauth2/account`: the chooser.
pub async fn account(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, kept: Params) -> PageResult {
    let (request, _) = kept_request(&app, &visitor, kept.text("interaction")).await?;
    choose::page(&app, &visitor, &signed_in, &request, kept.text("interaction")).await
}

/// `POST /oauth2/account`: the request goes on with the account that was chosen.
pub async fn pick(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, form: Form) -> PageResult {
    let token = form.text("interaction").to_owned();
    let id = AccountId::parse(form.text("account")).ok_or(PageError::NotFound)?;
    let (from, kept) = (signed_in.clone(), token.clone());
    let picked = app.db.write(move |tx| {
        authentication::place_for(tx, &from, id)?;
        Ok::<_, Refused<SwitchRefusal>>(interaction::pick(tx, &kept, id)?)
    });
    match picked.await? {
        true => Ok(see_other(&format!("{}?interaction={token}", paths::AUTHORIZE))),
        false => Err(error_page("invalid_request", &visitor.words.t("error-interaction-over"))),
    }
}

/// Who is signed in, as the account that was picked for a kept request.
async fn as_picked(app: &App, signed_in: SignedIn, request: &Request, picked: Option<AccountId>) -> Result<SignedIn, PageError> {
    let hinted = request.id_token_hint.as_deref().and_then(|text| id_token::read_hint(app, text));
    let hinted = hinted.and_then(|claims| claims.get("sub")?.as_str().map(str::to_owned)).or_else(|| request.claims.sub.clone());
    match choose::choose(app, request, &signed_in, hinted.as_deref(), picked).await? {
        Chosen::One(chosen) => Ok(*chosen),
        Chosen::Open => Ok(signed_in),
    }
}

/// `GET /consent`
pub async fn consent(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, kept: Params) -> PageResult {
    let (request, picked) = kept_request(&app, &visitor, kept.text("interaction")).await?;
    let signed_in = as_picked(&app, signed_in, &request, picked).await?;
    Ok(consent::page(&visitor, &signed_in, &request, kept.text("interaction")))
}

/// `POST /consent`
pub async fn decide(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, form: Form) -> PageResult {
    let token = form.text("interaction").to_owned();
    let (request, picked) = kept_request(&app, &visitor, &token).await?;
    let signed_in = as_picked(&app, signed_in, &request, picked).await?;
    match form.text("decision") {
        "allow" => {
            consent::allow(&app, &visitor, &signed_in, &request).await?;
            Ok(see_other(&format!("{}?interaction={token}", paths::AUTHORIZE)))
        }
        "deny" => {
            interaction::forget(&app, &token, request.pushed.clone()).await?;
            Ok(answer_error(&app, &request.target, "access_denied", "the person did not allow it"))
        }
        _ => Ok(consent::page(&visitor, &signed_in, &request, &token)),
    }
}

async fn kept_request(app: &App, visitor: &Visitor, token: &str) -> Result<(Request, Option<AccountId>), PageError> {
    let over = || error_page("invalid_request", &visitor.words.t("error-interaction-over"));
    let kept = interaction::find(app, token).await?.ok_or_else(over)?;
    let client_id = kept.fields.text("client_id").to_owned();
    let client = app.db.read(move |tx| client::find(tx, &client_id)).await?;
    let request = request::check(&app.config, &kept.fields, client).map_err(|_| over())?;
    Ok((request, kept.picked))
}
