//! Connected applications: what a person allowed, and its withdrawal.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;

use super::client;
use super::grant;
use super::paths;
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::authentication::SignedIn;
use crate::authentication::pages::header_of;
use crate::context::Actor;
use crate::db::Fault;
use crate::revocation::{self, Revoked};
use crate::web::{Button, Form, FormView, Layout, PageResult, Visitor, html, local_time, see_other};

#[derive(Template)]
#[template(path = "applications.html")]
struct ApplicationsPage {
    page: Layout,
    applications: Vec<Line>,
}

struct Line {
    name: String,
    scope: String,
    since: String,
    form: FormView,
}

/// `GET /security/applications`
pub async fn list(State(app): State<App>, visitor: Visitor, signed_in: SignedIn) -> PageResult {
    let id = signed_in.account.id;
    let consents = app
        .db
        .read(move |tx| {
            let mut named = Vec::new();
            for consent in grant::consents_of(tx, id)? {
                let name =
                    client::find(tx, &consent.client_id)?.map_or_else(|| consent.client_id.clone(), |client| client.name().to_owned());
                named.push((name, consent));
            }
            Ok::<_, Fault>(named)
        })
        .await?;
    let w = &visitor.words;
    let line = |(name, consent): (String, grant::Consent)| Line {
        name,
        scope: consent.scope.to_string(),
        since: w.t1("application-since", "time", &local_time(&visitor, consent.granted_at)),
        form: FormView::new(&visitor, paths::APPLICATIONS)
            .hidden("client_id", consent.client_id)
            .button(Button::new(w.t("application-withdraw")).quiet()),
    };
    let layout =
        Layout::new(&visitor, w.t("applications-title")).signed_in(header_of(&signed_in)).under(w.t("security-title"), "/security");
    Ok(html(StatusCode::OK, &ApplicationsPage { page: layout, applications: consents.into_iter().map(line).collect() }))
}

/// `POST /security/applications`: the consent is withdrawn, and every grant the application holds has ended.
pub async fn withdraw(State(app): State<App>, visitor: Visitor, signed_in: SignedIn, form: Form) -> PageResult {
    let (ctx, id, client_id) = (visitor.by(Actor::Account(signed_in.account.id)), signed_in.account.id, form.text("client_id").to_owned());
    app.db
        .write(move |tx| {
            if grant::withdraw_consent(tx, ctx.now, id, &client_id)? > 0 {
                revocation::note(tx, &ctx, Revoked::Account, id.bytes())?;
                let detail = serde_json::json!({ "client": client_id });
                audit::record(tx, &ctx, Event::new(Action::ConsentWithdrawn).account(id).detail(detail))?;
            }
            Ok::<_, Fault>(())
        })
        .await?;
    Ok(see_other(paths::APPLICATIONS))
}
