//! Who can sign in: one username and password, held by a person, acting for one facility once it is active.
//!
//! ```text
//! pending ──approved──▶ active ⇄ suspended ──▶ closed
//!    └──────────────────────────────────────────▲
//! ```
//!
//! `suspended → pending` happens where an approval was rescinded and the case then returned or denied.

#[expect(clippy::module_inception, reason = "each folder's noun has a file of its own")]
mod account;
mod address;
mod code;
mod gate;
mod open;
mod store;

pub use account::{Account, AccountState, Role};
pub use address::confirm_address;
pub use code::{IssuedCode, LinkedCode, MailCode, Purpose, TypedCode, end_codes, issue, linked, newest_code, redeem, typed};
pub use gate::{GateClosed, may_issue_tokens};
pub use open::{NewAccount, open, open_of, suggestions};
pub use store::{
    Listed, Search, activate, add_denial, all_of_person, another_person, clear_password, deciding_staff, end_grants, erase, find,
    find_by_key, has_several, hold_person, hold_unconfirmed, keep_an_administrator, language_of, may_open_grant, move_to, of_facility,
    of_person, record_failure, release, replace_password, replace_unconfirmed_address, reset_failures, reset_password, search,
    set_facility, set_moved_in, set_password, set_state, staff, username_taken, with_email, with_external_id,
};
