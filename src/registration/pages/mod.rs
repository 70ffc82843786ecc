//! Register, Profile, Confirm, Status: the pages of an applicant.

mod confirm;
mod email;
mod invited;
mod profile;
mod redeem;
mod register;
mod status;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/register", get(register::form).post(register::create))
        .route("/redeem", get(redeem::form).post(redeem::redeem))
        .route("/redeem/ask", post(redeem::ask))
        .route("/confirm", get(confirm::form).post(confirm::create))
        .route("/confirm/again", get(confirm::ask_again).post(confirm::again))
        .route("/confirm/address", get(confirm::address).post(confirm::change_address))
        .route("/profile", get(profile::form).post(profile::update))
        .route("/status", get(status::show))
        .route("/status/withdraw", get(status::confirm_withdrawal).post(status::withdraw))
        .route("/security/email", get(email::form).post(email::request))
}
