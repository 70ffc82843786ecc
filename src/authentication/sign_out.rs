//! Sessions end.

use super::store;
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::ids::{AccountId, SessionId};
use crate::revocation::{self, Revoked};

/// The whole browser session has ended, with every account it holds (PRODUCT §2.3). False where it had already.
pub fn sign_out(tx: &mut Tx, ctx: &Context, session: SessionId, account: AccountId) -> Result<bool, Fault> {
    let ended = end_session(tx, ctx, session)?;
    if ended {
        audit::record(tx, ctx, Event::new(Action::SignedOut).account(account))?;
    }
    Ok(ended)
}

/// The session has ended; its tokens end with it.
pub fn end_session(tx: &mut Tx, ctx: &Context, session: SessionId) -> Result<bool, Fault> {
    let ended = store::end_session(tx, session, ctx.now)?;
    if ended {
        revocation::note(tx, ctx, Revoked::Session, session.bytes())?;
    }
    Ok(ended)
}

/// Every session that holds `account` has ended, but for `except`; returns how many.
pub fn end_sessions_of(tx: &mut Tx, ctx: &Context, account: AccountId, except: Option<SessionId>) -> Result<usize, Fault> {
    let mut count = 0;
    for session in store::live_sessions_of(tx, account)? {
        if Some(session.id) != except && end_session(tx, ctx, session.id)? {
            count += 1;
        }
    }
    if count > 0 {
        audit::record(tx, ctx, Event::new(Action::SessionEnded).account(account).detail(serde_json::json!({ "sessions": count })))?;
    }
    Ok(count)
}
