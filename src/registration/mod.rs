//! The case that gates an account: registered, confirmed, stated, submitted; corrected or withdrawn until it is decided.
//!
//! ```text
//! draft ──profile──▶ awaiting_email ──address confirmed──▶ in_review ──▶ approved | returned | denied
//!   └────────profile, address already confirmed──────────────▲  ▲ edited (a new version)  │
//!                                                            └──┴──── resubmitted ────────┘
//! withdrawn, expired: from any open state.   rescinded: approved → in_review
//! ```

mod accept;
mod address;
mod case;
mod change;
mod confirm;
mod expire;
pub mod pages;
mod redeem;
mod register;
mod store;
mod submit;
mod withdraw;

pub use accept::{offered, role_for, says_the_same};
pub use address::{AddressRefusal, change_own_address, change_registered_address, send_again};
pub use case::{Case, CaseKind, CaseState};
pub use change::request_change;
pub use confirm::{ConfirmRefusal, Confirmed, confirm, confirm_typed};
pub use expire::{expire_idle, expire_unconfirmed, remind_idle};
pub use redeem::{NewRedemption, RedeemRefusal, redeem};
pub use register::{NewRegistration, RegisterRefusal, Registered, register};
pub use store::{
    Decision, QueueFilter, all_of, backlog, claim, decide, erase, find, has_open_change, latest_of, newest_version, overdue, queue,
    release, reopen, similar, stated, take_alarm, versions, waiting,
};
pub use submit::{MOST_DENIALS, SubmitRefusal, Submitted, submit};
pub use withdraw::{WithdrawRefusal, set_aside, withdraw};
