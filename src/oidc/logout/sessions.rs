//! Which applications a browser session signed in to.

use diesel::prelude::*;

use crate::db::schema::{grants, session_accounts};
use crate::db::{Fault, Tx};
use crate::ids::{AccountId, SessionId, Sid};

/// One account of a session at one application.
pub struct Login {
    pub client_id: String,
    pub account: AccountId,
    /// The account as this application was told it.
    pub sub: String,
    pub sid: Sid,
}

/// Every sign-in that a session led to, once for each application and account.
pub fn logins_of(tx: &mut Tx, session: SessionId) -> Result<Vec<Login>, Fault> {
    let rows: Vec<(String, AccountId, Option<String>, Sid)> = grants::table
        .inner_join(session_accounts::table.on(grants::sid.eq(session_accounts::id.nullable())))
        .filter(session_accounts::session_id.eq(session))
        .select((grants::client_id, session_accounts::account_id, grants::subject, session_accounts::id))
        .distinct()
        .order((grants::client_id, session_accounts::id))
        .load(tx)?;
    Ok(rows
        .into_iter()
        .map(|(client_id, account, subject, sid)| Login { client_id, account, sub: subject.unwrap_or_else(|| account.to_string()), sid })
        .collect())
}
