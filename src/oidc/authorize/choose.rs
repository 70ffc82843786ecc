//! Which of a person's accounts a request is for (PRODUCT §2.3): an ordered list of hints, else the chooser.

use axum::response::Response;
use diesel::prelude::*;

use super::request::{Prompt, Request};
use crate::account::{self, Account};
use crate::app::App;
use crate::authentication::pages::{choices, chooser};
use crate::authentication::{self, SignedIn};
use crate::clock::Timestamp;
use crate::db::schema::{grants, session_accounts};
use crate::db::{Fault, Refused, Tx};
use crate::facility;
use crate::ids::{AccountId, SessionId};
use crate::oidc::paths;
use crate::values::Username;
use crate::web::{PageResult, Visitor};

/// Whose token it will be.
pub enum Chosen {
    /// One account of the person, with its place in this session.
    One(Box<SignedIn>),
    /// The person has to say.
    Open,
}

/// The account that the hints name, in the order of PRODUCT §2.3.
///
/// `hinted` is the `sub` of an `id_token_hint`, `picked` what the person chose for this very request.
pub async fn choose(
    app: &App,
    request: &Request,
    signed_in: &SignedIn,
    hinted: Option<&str>,
    picked: Option<AccountId>,
) -> Result<Chosen, Fault> {
    if signed_in.account.role.is_staff() {
        return Ok(Chosen::One(Box::new(signed_in.clone())));
    }
    let (from, now, request, hinted) = (signed_in.clone(), app.clock.now(), request.clone(), hinted.map(str::to_owned));
    let keyring = app.keyring.clone();
    let is_meant = move |request: &Request, account: AccountId, sub: &str| request.client.subject(&keyring, account) == sub;
    let named = app.db.read(move |tx| named(tx, &request, &from, hinted.as_deref(), picked, now, &is_meant)).await?;
    match named {
        None => Ok(Chosen::Open),
        Some(id) if id == signed_in.account.id => Ok(Chosen::One(Box::new(signed_in.clone()))),
        Some(id) => {
            let from = signed_in.clone();
            match app.db.write(move |tx| authentication::acting_as(tx, &from, id)).await {
                Ok(as_chosen) => Ok(Chosen::One(Box::new(as_chosen))),
                Err(Refused::Refusal(_)) => Ok(Chosen::Open),
                Err(Refused::Fault(fault)) => Err(fault),
            }
        }
    }
}

fn named(
    tx: &mut Tx,
    request: &Request,
    from: &SignedIn,
    hinted: Option<&str>,
    picked: Option<AccountId>,
    now: Timestamp,
    is_meant: &dyn Fn(&Request, AccountId, &str) -> bool,
) -> Result<Option<AccountId>, Fault> {
    let accounts = account::of_person(tx, from.account.person_id)?;
    let one = |wanted: &dyn Fn(&Account) -> bool| accounts.iter().find(|account| wanted(account)).map(|account| account.id);
    if let Some(sub) = hinted {
        // A hint at somebody else leaves whoever is signed in: the decision refuses them, or asks them to sign in.
        return Ok(one(&|account| is_meant(request, account.id, sub)).or(Some(from.account.id)));
    }
    if let Some(picked) = picked.and_then(|picked| one(&|account| account.id == picked)) {
        return Ok(Some(picked));
    }
    if request.asks(Prompt::SelectAccount) {
        return Ok(None);
    }
    if let [only] = accounts.as_slice() {
        return Ok(Some(only.id));
    }
    if let Some(hint) = &request.login_hint {
        let key = Username::fold(hint);
        if let Some(id) = one(&|account| Username::fold(&account.username) == key) {
            return Ok(Some(id));
        }
        let with_address: Vec<&Account> = accounts.iter().filter(|account| account.email.eq_ignore_ascii_case(hint)).collect();
        if let [only] = with_address.as_slice() {
            return Ok(Some(only.id));
        }
    }
    if let Some(hint) = &request.facility_hint
        && let Some(id) = one(&|account| account.facility_id.is_some_and(|facility| facility.to_string() == *hint))
    {
        return Ok(Some(id));
    }
    if let Some(last) = last_used(tx, &request.client.id, from.session.id)?.and_then(|last| one(&|account| account.id == last)) {
        return Ok(Some(last));
    }
    let mut able = Vec::new();
    for account in &accounts {
        let facility = facility::of(tx, account.facility_id)?;
        if account::may_issue_tokens(account, facility.as_ref(), now).is_ok() {
            able.push(account.id);
        }
    }
    Ok(match able.as_slice() {
        [] => Some(from.account.id),
        [only] => Some(*only),
        _ => None,
    })
}

/// The account this client was last given in this session.
fn last_used(tx: &mut Tx, client_id: &str, session: SessionId) -> Result<Option<AccountId>, Fault> {
    let found: Option<Option<AccountId>> = grants::table
        .inner_join(session_accounts::table.on(grants::sid.eq(session_accounts::id.nullable())))
        .filter(grants::client_id.eq(client_id))
        .filter(session_accounts::session_id.eq(session))
        .order(grants::id.desc())
        .select(grants::account_id)
        .first(tx)
        .optional()?;
    Ok(found.flatten())
}

/// The chooser, for a request that is kept under `interaction`.
pub async fn page(app: &App, visitor: &Visitor, signed_in: &SignedIn, request: &Request, interaction: &str) -> PageResult {
    let person = signed_in.account.person_id;
    let choices = app.db.read(move |tx| choices(tx, person)).await?;
    let w = &visitor.words;
    let title = w.t1("choose-title", "application", request.client.name());
    let page: Response =
        chooser(visitor, signed_in, choices, paths::ACCOUNT, title, w.t("choose-lead"), &[("interaction", interaction.to_owned())]);
    Ok(page)
}
