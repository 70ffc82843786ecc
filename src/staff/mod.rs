//! The console: pages over the same operations as everything else, with no rules of their own.

mod accounts;
mod case;
mod client_changes;
mod clients;
mod decide;
mod facilities;
mod invitations;
mod mail;
mod queue;
mod requests;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::authentication::Staff;
use crate::web::{Header, Layout, Visitor, see_other};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/staff", get(|_: Staff| async { see_other("/staff/queue") }))
        .route("/staff/queue", get(queue::list))
        .route("/staff/cases/{id}", get(case::show).post(decide::create))
        .route("/staff/cases/{id}/claim", post(case::claim))
        .route("/staff/cases/{id}/release", post(case::release))
        .route("/staff/cases/{id}/rescind", post(decide::rescind))
        .route("/staff/accounts", get(accounts::search))
        .route("/staff/accounts/{id}", get(accounts::show))
        .route("/staff/accounts/{id}/suspend", post(accounts::suspend))
        .route("/staff/accounts/{id}/reactivate", post(accounts::reactivate))
        .route("/staff/accounts/{id}/close", post(accounts::close))
        .route("/staff/requests", get(requests::list))
        .route("/staff/requests/{id}", get(requests::show).post(requests::decide))
        .route("/staff/invitations", get(invitations::list))
        .route("/staff/invitations/{id}/resend", post(invitations::resend))
        .route("/staff/invitations/{id}/revoke", post(invitations::revoke))
        .route("/staff/facilities", get(facilities::list))
        .route("/staff/facilities/{id}/end", post(facilities::end))
        .route("/staff/facilities/{id}/keep", post(facilities::keep))
        .route("/staff/clients", get(clients::list))
        .route("/staff/clients/{id}", get(clients::show))
        .route("/staff/clients/{id}/change", get(client_changes::change_form).post(client_changes::change))
        .route("/staff/clients/{id}/rotate-secret", get(client_changes::ask_rotate).post(client_changes::rotate))
        .route("/staff/clients/{id}/delete", get(client_changes::ask_delete).post(client_changes::delete))
        .route("/staff/register-client", get(client_changes::form).post(client_changes::create))
        .route("/staff/mail", get(mail::list))
        .route("/staff/mail/{id}/retry", post(mail::retry))
}

/// The frame of a console page.
fn layout(visitor: &Visitor, staff: &Staff, title: impl Into<String>) -> Layout {
    Layout::new(visitor, title).signed_in(Header { name: staff.username.clone(), is_staff: true, facility: None, has_others: false }).wide()
}
