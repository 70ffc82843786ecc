//! An authorization code is redeemed, once.

use super::store;
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::ids::GrantId;
use crate::secret::Hash;

/// A code as it is stored.
#[derive(Debug, Clone)]
pub struct StoredCode {
    pub grant: GrantId,
    pub redirect_uri: String,
    pub code_challenge: Option<String>,
    pub nonce: Option<String>,
}

/// What presenting a code came to.
#[derive(Debug, Clone)]
pub enum Redemption {
    First(StoredCode),
    /// Presented before: what it gave has ended now.
    Replay,
    /// Never issued to this client, or expired unused.
    Unknown,
}

/// The code, if it was issued to this client. Another client's is unknown, so nobody can burn it.
pub fn find_code(tx: &mut Tx, hash: &Hash, client_id: &str) -> Result<Option<StoredCode>, Fault> {
    Ok(store::find_code(tx, hash, client_id)?.map(|(code, _)| code))
}

/// Redeems a code: `First` for one caller, `Replay` for every later one.
///
/// The conditional UPDATE is the lock. A replay ends the grant, with all its tokens (RFC 6749 §4.1.2); it is an outcome,
/// so that answering with an error does not undo it.
pub fn redeem(tx: &mut Tx, ctx: &Context, hash: &Hash, client_id: &str) -> Result<Redemption, Fault> {
    let first = store::redeem_code(tx, hash, client_id, ctx.now)?;
    match store::find_code(tx, hash, client_id)? {
        Some((code, _)) if first => Ok(Redemption::First(code)),
        Some((code, redeemed)) if redeemed => {
            if super::end::end(tx, ctx, code.grant, "code replayed")? {
                let detail = serde_json::json!({ "grant": code.grant });
                audit::record(tx, ctx, Event::new(Action::CodeReplayed).detail(detail))?;
            }
            Ok(Redemption::Replay)
        }
        Some(_) | None => Ok(Redemption::Unknown),
    }
}
