//! The consent page, and what it leaves behind.

use axum::response::Response;
use openidconnect::url::Url;

use super::request::Request;
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::authentication::SignedIn;
use crate::authentication::pages::header_of;
use crate::context::Actor;
use crate::db::Fault;
use crate::oidc::grant;
use crate::oidc::paths;
use crate::web::{AnyFormTarget, Button, FormPage, FormView, Layout, Visitor};

pub fn page(visitor: &Visitor, signed_in: &SignedIn, request: &Request, interaction: &str) -> Response {
    let w = &visitor.words;
    let describe = |scope: &str| {
        let key = format!("scope-{}", scope.replace('_', "-"));
        if w.has(&key) { w.t(&key) } else { w.t1("scope-other", "scope", scope) }
    };
    let form = FormView::new(visitor, paths::CONSENT)
        .hidden("interaction", interaction)
        .button(Button::new(w.t("consent-allow")).sends("decision", "allow"))
        .button(Button::new(w.t("consent-deny")).sends("decision", "deny").quiet());
    let layout = Layout::new(visitor, w.t1("consent-title", "application", request.client.name())).signed_in(header_of(signed_in));
    let mut lead = w.t2("consent-lead", "application", request.client.name(), "username", &signed_in.account.username);
    if !request.client.is_of_an_operator() {
        let address = Url::parse(&request.target.redirect_uri).ok().and_then(|uri| uri.host_str().map(str::to_owned));
        lead = format!("{} {lead}", w.t1("consent-unchecked", "address", &address.unwrap_or_default()));
    }
    let mut page = FormPage::new(layout, form).lead(lead).list(request.consent_scope().iter().map(describe));
    for (label, place) in [("consent-policy", &request.client.metadata.policy_uri), ("consent-terms", &request.client.metadata.tos_uri)] {
        if let Some(place) = place.as_ref().filter(|place| place.starts_with("https://")) {
            page = page.link(w.t1(label, "application", request.client.name()), place.clone());
        }
    }
    let mut response = page.respond();
    response.extensions_mut().insert(AnyFormTarget);
    response
}

/// The consent is remembered, for these scopes.
pub async fn allow(app: &App, visitor: &Visitor, signed_in: &SignedIn, request: &Request) -> Result<(), Fault> {
    let (ctx, id) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.id);
    let (client_id, scope) = (request.client.id.clone(), request.consent_scope());
    app.db
        .write(move |tx| {
            grant::grant_consent(tx, ctx.now, id, &client_id, &scope)?;
            let detail = serde_json::json!({ "client": client_id, "scope": scope.to_string() });
            audit::record(tx, &ctx, Event::new(Action::ConsentGranted).account(id).detail(detail))
        })
        .await
}
