//! Register with an invitation: no email field, and beside the accounts of whoever is signed in.

use std::sync::Arc;

use axum::http::HeaderMap;

use super::redeem::{Redeeming, not_here, redeemed, redeeming};
use super::register::taken;
use crate::account;
use crate::app::App;
use crate::authentication::pages::{
    MaybeSignedIn, browser_hash, chosen_password, header_of, new_password_fields, require_fresh, stored_form, with_session,
};
use crate::authentication::{self, Factors, Proven, Session, SignedIn};
use crate::db::{Fault, Refused};
use crate::registration::{self, NewRedemption, RedeemRefusal};
use crate::values::{Problem, Username};
use crate::web::{Button, Field, Form, FormPage, FormView, Kind, Layout, PageError, PageResult, Tab, Visitor, see_other};

type Problems = Vec<(&'static str, Problem)>;

/// `GET /register?invitation=`
pub async fn form(app: &App, visitor: &Visitor, headers: &HeaderMap, signed_in: Option<&SignedIn>, id: &str) -> PageResult {
    let Some(redeeming) = redeeming(app, visitor, headers, id).await? else { return Ok(not_here(visitor)) };
    if let Some(signed_in) = signed_in {
        require_fresh(visitor, signed_in, &format!("/register?invitation={id}"))?;
    }
    Ok(page(visitor, signed_in, &redeeming, None, &Problems::new()).respond())
}

fn page(visitor: &Visitor, signed_in: Option<&SignedIn>, redeeming: &Redeeming, sent: Option<&Form>, problems: &Problems) -> FormPage {
    let w = &visitor.words;
    let username = Field::new(w, "username", Kind::Text)
        .value(sent.map_or("", |form| form.text("username")))
        .autocomplete("username")
        .hint(w.t("username-hint"))
        .problems(w, problems);
    let mut form = FormView::new(visitor, "/register").hidden("invitation", redeeming.invitation.id.to_string()).field(username);
    let title = match signed_in {
        None => w.t("register-title"),
        Some(_) => w.t1("invited-add-title", "facility", &redeeming.facility),
    };
    if signed_in.is_some() {
        let same = sent.is_none_or(|form| !form.text("same_password").is_empty());
        form =
            form.field(Field::new(w, "same_password", Kind::Checkbox).value(if same { "yes" } else { "" }).hint(w.t("same-password-hint")));
        form = form.fields(new_password_fields(visitor, problems).into_iter().map(Field::optional));
    } else {
        form = form.fields(new_password_fields(visitor, problems));
    }
    let mut layout = Layout::new(visitor, title).tab(Tab::Register);
    let mut lead = w.t1("invited-lead", "facility", &redeeming.facility);
    let button = match signed_in {
        None => w.t("register-button"),
        Some(signed_in) => {
            layout = layout.signed_in(header_of(signed_in));
            let name = signed_in.facility.clone().unwrap_or_else(|| signed_in.account.username.clone());
            lead = w.t2("invited-add-lead", "facility", &redeeming.facility, "username", &signed_in.account.username);
            w.t1("invited-add-button", "name", &name)
        }
    };
    let mut page = FormPage::new(layout, form.button(Button::new(button)));
    page.notice = Some(w.t1("invited-redeeming", "facility", &redeeming.facility));
    page = page.lead(lead);
    if signed_in.is_some() { page.lead(w.t("invited-somebody-else")).link(w.t("invited-sign-out"), "/sign-out") } else { page }
}

/// `POST /register` with an `invitation`.
pub async fn create(app: &App, visitor: &Visitor, headers: &HeaderMap, MaybeSignedIn(signed_in): MaybeSignedIn, form: Form) -> PageResult {
    let id = form.text("invitation").to_owned();
    let Some(redeeming) = redeeming(app, visitor, headers, &id).await? else { return Ok(not_here(visitor)) };
    if let Some(signed_in) = &signed_in {
        require_fresh(visitor, signed_in, &format!("/register?invitation={id}"))?;
    }
    let again = |problems: &Problems| Ok(page(visitor, signed_in.as_ref(), &redeeming, Some(&form), problems).respond());
    // Whoever types a password means it, whatever the box says.
    let same = signed_in.is_some() && !form.text("same_password").is_empty() && form.text("password").is_empty();
    let username = Username::parse(form.text("username"));
    let context = [form.text("username"), &redeeming.invitation.email, &app.config.agency.portal_name];
    let password = if same { None } else { Some(chosen_password(&form, &context)) };
    let mut problems = Problems::new();
    if let Err(problem) = &username {
        problems.push(("username", problem.clone()));
    }
    if let Some(Err(found)) = &password {
        problems.extend(found.clone());
    }
    let (Ok(username), true) = (username, problems.is_empty()) else { return again(&problems) };
    let (wanted, keyring) = (username.clone(), Arc::clone(&app.keyring));
    let suggestions = app.db.read(move |tx| match account::username_taken(tx, &keyring, &wanted)? {
        true => account::suggestions(tx, &keyring, &wanted).map(Some),
        false => Ok::<_, Fault>(None),
    });
    if let Some(suggestions) = suggestions.await? {
        return again(&taken(&suggestions));
    }
    let stored_password = match password {
        Some(Ok(password)) => stored_form(app, &password).await?,
        // A fresh sign-in showed it a moment ago: the same stored form serves the new account.
        _ => signed_in.as_ref().and_then(|signed_in| signed_in.account.password.clone()).ok_or_else(|| Fault::broken("no password"))?,
    };
    let new = NewRedemption {
        pressed: redeeming.pressed.clone(),
        username,
        stored_password,
        language: visitor.words.tag().to_owned(),
        beside: signed_in.as_ref().map(|signed_in| signed_in.account.id),
    };
    match open(app, visitor, headers, signed_in.as_ref(), new).await {
        Ok(session) => {
            let response = with_session(visitor, see_other("/profile"), &session);
            Ok(redeemed(visitor, headers, response, redeeming.invitation.id))
        }
        Err(Refused::Refusal(RedeemRefusal::UsernameTaken { suggestions })) => again(&taken(&suggestions)),
        Err(Refused::Refusal(RedeemRefusal::Dead)) => Ok(not_here(visitor)),
        Err(Refused::Refusal(RedeemRefusal::NotBeside)) => Err(PageError::Conflict(Problem::new("error-not-beside"))),
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

/// Account and session, in one transaction. The session's id is a new one either way.
async fn open(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    signed_in: Option<&SignedIn>,
    new: NewRedemption,
) -> Result<Session, Refused<RedeemRefusal>> {
    let (ctx, browser, agent, signed_in) = (visitor.context(), browser_hash(app, headers), visitor.user_agent.clone(), signed_in.cloned());
    app.db
        .write(move |tx| {
            let made = registration::redeem(tx, &ctx, &new)?;
            if let Some(signed_in) = &signed_in {
                return authentication::switch(tx, &ctx, signed_in, made.account).map_err(|refused| match refused {
                    Refused::Refusal(_) => Refused::Refusal(RedeemRefusal::NotBeside),
                    Refused::Fault(fault) => Refused::Fault(fault),
                });
            }
            let account = account::find(tx, made.account)?.ok_or_else(|| Fault::broken("an account was opened and is not there"))?;
            let session = authentication::sign_in(tx, &ctx, browser.as_ref(), &agent, Proven::by(&account), Factors::Password)?;
            Ok(session.ok_or_else(|| Fault::broken("a new account could not be signed in"))?)
        })
        .await
}
