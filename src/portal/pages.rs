//! `/`: where somebody is sent who has signed in.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::account::AccountState;
use crate::app::App;
use crate::authentication::Staff;
use crate::authentication::pages::{MaybeSignedIn, header_of};
use crate::db::Fault;
use crate::facility::{self, Facility};
use crate::oidc::client;
use crate::web::{Layout, PageResult, Visitor, encode, html, see_other};

pub fn routes() -> Router<App> {
    Router::new().route("/", get(home))
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    page: Layout,
    facility: Option<Facility>,
    tiles: Vec<Tile>,
}

struct Tile {
    name: String,
    href: String,
}

/// `GET /`: an active account sees its applications; one that waits sees its status; a visitor signs in.
async fn home(State(app): State<App>, visitor: Visitor, MaybeSignedIn(signed_in): MaybeSignedIn) -> PageResult {
    let Some(signed_in) = signed_in else { return Ok(see_other("/sign-in")) };
    if Staff::of(&signed_in).is_some() {
        return Ok(see_other("/staff/queue"));
    }
    if signed_in.account.state != AccountState::Active {
        return Ok(see_other("/status"));
    }
    let facility = signed_in.account.facility_id;
    let (facility, clients) = app
        .db
        .read(move |tx| {
            let facility = facility::of(tx, facility)?;
            Ok::<_, Fault>((facility, client::list(tx)?))
        })
        .await?;
    let tile = |client: client::Client| {
        // Core §4: the application is told for whom it is opened, which is whoever acts now.
        let initiated = client.metadata.initiate_login_uri.as_ref().map(|uri| {
            let separator = if uri.contains('?') { '&' } else { '?' };
            let (iss, hint) = (encode(app.config.issuer.as_str()), encode(&signed_in.account.username));
            // A client that knows people by names of its own is not told their username.
            let hint = if client.is_pairwise() { String::new() } else { format!("&login_hint={hint}") };
            format!("{uri}{separator}iss={iss}{hint}")
        });
        let href = initiated.or_else(|| client.metadata.client_uri.clone())?;
        Some(Tile { name: client.name().to_owned(), href })
    };
    let page = Layout::new(&visitor, visitor.words.t("home-title")).signed_in(header_of(&signed_in));
    let tiles = clients
        .into_iter()
        .filter_map(|(_, client)| client)
        .filter(|client| client.is_of_an_operator() && !client.metadata.redirect_uris.is_empty())
        .filter_map(tile)
        .collect();
    Ok(html(StatusCode::OK, &HomePage { page, facility, tiles }))
}
