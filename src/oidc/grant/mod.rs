//! Grants: what one account allowed one client, with the codes and refresh tokens that come of it.
//!
//! ```text
//! open ──code redeemed──▶ tokens ──refresh──▶ tokens …
//!   └── ended: code or refresh token replayed · revoked · consent withdrawn · session over (unless offline_access)
//! ```
//!
//! A grant is judged when it is used: by its own row, its account, its facility and its session.

#[expect(clippy::module_inception, reason = "each folder's noun has a file of its own")]
mod grant;
mod end;
mod open;
mod redeem;
mod refresh;
mod store;

pub use end::{end, end_of_client};
pub use grant::{Grant, NewGrant, Standing};
pub use open::{NewCode, Opened, open, open_standing};
pub use redeem::{Redemption, StoredCode, find_code, redeem};
pub use refresh::{Rotation, first_refresh_token, rotate};
pub use store::{
    Consent, consent, consents_of, erase, forget_revoked_tokens, grant_consent, grant_of_refresh, hold_consent, is_token_revoked,
    refresh_grant, revoke_token, standing, withdraw_consent,
};
