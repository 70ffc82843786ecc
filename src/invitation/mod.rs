//! Invitations: a single-use, expiring right to register an account for one approved facility.
//!
//! ```text
//! open ──Register with its code──▶ redeemed
//!   ├──staff──▶ revoked
//!   └──time──▶ expired        resent, reminded: a further code; "ask for a new one": staff are told
//! ```
//!
//! Several codes may stand for one invitation; any of them ends all of them, so two browsers make one account.

mod code;
mod create;
#[expect(clippy::module_inception, reason = "each folder's noun has a file of its own")]
mod invitation;
mod remind;
mod renew;
mod store;

pub use code::{Pressed, Read, press, read};
pub use create::{NewInvitation, create};
pub use invitation::{Invitation, InvitationState};
pub use remind::{expire_due, remind_due};
pub use renew::{AskRefusal, RenewRefusal, ask_for_new, resend, revoke, revoke_for};
pub use store::{Filter, Listed, consume, erase, find, list, of_account};
