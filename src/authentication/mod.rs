//! How people prove who they are: passwords, authenticator apps, and the browser sessions that remember it.
//!
//! A browser session holds several accounts of one person. Each has its own place in it, whose id is the `sid` of tokens.
//!
//! ```text
//! password right ──no second factor──▶ signed in (acr 1)
//!        └──────second factor────▶ code right ──▶ signed in (acr 2)
//! ```

mod authenticator;
mod change_password;
mod enrol;
mod link;
pub mod pages;
mod password;
mod reset_password;
mod session;
mod sign_in;
mod sign_out;
mod staff;
mod store;
mod switch;

pub use authenticator::{
    Setup, add_authenticator, begin_setup, check_code, current_code, has_authenticator, remove_authenticators, waiting_code,
};
pub use change_password::{change_password, end_everything_else, sign_out_everywhere, tell_of_change};
pub use enrol::{EnrolRefusal, Enrolment, enrol, invite_staff, reset_staff};
pub use link::{LinkRefusal, link, needs_code, unlink};
pub use password::{Password, PasswordProblem};
pub use reset_password::{ResetRefusal, is_reset, request_reset, reset_password, send_usernames};
pub use session::{ACR_VALUES, BROWSER_STATE_COOKIE, OpenSession, SESSION_COOKIE, SignedIn};
pub use sign_in::{Attempt, Factors, Proven, Session, attempt, delay_key, record_failed_attempt, sign_in};
pub use sign_out::{end_session, end_sessions_of, sign_out};
pub use staff::{Administrator, Reviewer, Staff};
pub use store::{all_sessions_of, by_secret, delete_authenticators, erase_sessions, find_sid, hold_place, second_factors, sessions_of};
pub use switch::{SwitchRefusal, acting_as, place_for, switch};
