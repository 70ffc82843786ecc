//! The Register tab.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;

use super::invited;
use crate::account;
use crate::app::App;
use crate::authentication::pages::{MaybeSignedIn, browser_hash, with_session};
use crate::authentication::{self, Factors, Password, Proven};
use crate::db::Refused;
use crate::keyring::Purpose;
use crate::registration::{self, NewRegistration, RegisterRefusal};
use crate::shared::Bucket;
use crate::values::{EmailAddress, Problem, Username};
use crate::web::{Button, Field, Form, FormPage, FormView, Kind, Layout, PageResult, Params, Tab, Visitor, see_other};

type Problems = Vec<(&'static str, Problem)>;

/// `GET /register`
pub async fn form(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    MaybeSignedIn(signed_in): MaybeSignedIn,
    wanted: Params,
) -> PageResult {
    if let Some(id) = wanted.get("invitation") {
        return invited::form(&app, &visitor, &headers, signed_in.as_ref(), id).await;
    }
    if signed_in.is_some() {
        return Ok(see_other("/"));
    }
    Ok(page(&visitor, None, &Vec::new()).respond())
}

fn page(visitor: &Visitor, sent: Option<&Form>, problems: &Problems) -> FormPage {
    let w = &visitor.words;
    let value = |name| sent.map_or("", |form| form.text(name));
    let form = FormView::new(visitor, "/register")
        .field(
            Field::new(w, "email", Kind::Email).value(value("email")).autocomplete("email").hint(w.t("email-hint")).problems(w, problems),
        )
        .field(
            Field::new(w, "username", Kind::Text)
                .value(value("username"))
                .autocomplete("username")
                .hint(w.t("username-hint"))
                .problems(w, problems),
        )
        .field(Field::new(w, "password", Kind::Password).autocomplete("new-password").hint(w.t("password-hint")).problems(w, problems))
        .field(Field::new(w, "confirm_password", Kind::Password).autocomplete("new-password").problems(w, problems))
        .button(Button::new(w.t("register-button")));
    FormPage::new(Layout::new(visitor, w.t("register-title")).tab(Tab::Register), form).lead(w.t("register-lead"))
}

/// `POST /register`
///
/// A known address and a new one are answered alike; only the letter differs.
pub async fn create(State(app): State<App>, visitor: Visitor, headers: HeaderMap, signed_in: MaybeSignedIn, form: Form) -> PageResult {
    app.limits.take(Bucket::Register, &visitor.network().to_string()).await?;
    if !form.text("invitation").is_empty() {
        return invited::create(&app, &visitor, &headers, signed_in, form).await;
    }
    let (email, username, password) = match parse(&app, &form) {
        Ok(parsed) => parsed,
        Err(problems) => return Ok(page(&visitor, Some(&form), &problems).respond()),
    };
    // Said before the hash is paid for; the unique column decides in the end.
    let (wanted, keyring) = (username.clone(), Arc::clone(&app.keyring));
    if let Some(suggestions) = app
        .db
        .read(move |tx| match account::username_taken(tx, &keyring, &wanted)? {
            true => account::suggestions(tx, &keyring, &wanted).map(Some),
            false => Ok(None),
        })
        .await?
    {
        return Ok(page(&visitor, Some(&form), &taken(&suggestions)).respond());
    }
    let stored_password = app.hasher.hash(password.as_typed(), &app.keyring.key(Purpose::Pepper), app.random.bytes::<16>()).await?;
    let new = NewRegistration { email, username, stored_password, language: visitor.words.tag().to_owned() };
    let (ctx, browser, agent) = (visitor.context(), browser_hash(&app, &headers), visitor.user_agent.clone());
    let registered = app.db.write(move |tx| {
        let registered = registration::register(tx, &ctx, &new)?;
        let Some(account) = account::find(tx, registered.account)? else { return Ok(None) };
        Ok::<_, Refused<RegisterRefusal>>(authentication::sign_in(
            tx,
            &ctx,
            browser.as_ref(),
            &agent,
            Proven::by(&account),
            Factors::Password,
        )?)
    });
    match registered.await {
        Ok(Some(session)) => Ok(with_session(&visitor, see_other("/profile"), &session)),
        Ok(None) => Ok(see_other("/sign-in")),
        Err(Refused::Refusal(RegisterRefusal::UsernameTaken { suggestions })) => {
            Ok(page(&visitor, Some(&form), &taken(&suggestions)).respond())
        }
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

/// The problem of a username that somebody has.
pub fn taken(suggestions: &[String]) -> Problems {
    vec![("username", Problem::with("problem-username-taken", suggestions.join(", ")))]
}

fn parse(app: &App, form: &Form) -> Result<(EmailAddress, Username, Password), Problems> {
    let email = EmailAddress::parse(form.text("email"));
    let username = Username::parse(form.text("username"));
    let password = Password::choose(form.text("password"), &[form.text("username"), form.text("email"), &app.config.agency.portal_name]);
    let confirmed = form.text("password") == form.text("confirm_password");
    match (email, username, password, confirmed) {
        (Ok(email), Ok(username), Ok(password), true) => Ok((email, username, password)),
        (email, username, password, confirmed) => {
            let mut problems = Problems::new();
            problems.extend(email.err().map(|problem| ("email", problem)));
            problems.extend(username.err().map(|problem| ("username", problem)));
            problems.extend(password.err().map(|problem| ("password", problem)));
            if !confirmed {
                problems.push(("confirm_password", Problem::new("problem-confirm-password")));
            }
            Err(problems)
        }
    }
}
