//! What the holder of an account states about themselves and their organization. Nothing here is proof of anything.

mod change;
mod contact;
mod form;
mod stated;
mod store;

pub use change::change_person;
pub use contact::{PATIENCE, confirm_contact, letter_address, request_contact_confirmation};
pub use form::{parse, parse_person};
pub use stated::{Profile, Stated};
pub use store::{erase, find, save};
