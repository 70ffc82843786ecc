//! Registrations whose address nobody confirmed go away, and free their username.

use std::time::Duration;

use super::case::CaseState;
use super::store;
use crate::account;
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::ids::CaseId;

/// One round: every registration unconfirmed for longer than the operator allows has expired; returns how many.
pub async fn expire_unconfirmed(app: &App) -> Result<usize, Fault> {
    let ctx = app.system_context("expiry");
    let age = Duration::from_secs(86_400 * u64::from(app.config.clock.unconfirmed_expire_days));
    let before = ctx.now - age;
    let due = app.db.read(move |tx| store::unconfirmed_since(tx, before, 200)).await?;
    let mut expired = 0;
    for case in due {
        let ctx = ctx.clone();
        expired += usize::from(app.db.write(move |tx| expire(tx, &ctx, case)).await?);
    }
    Ok(expired)
}

/// False where the address was confirmed, or the case withdrawn, in the meantime.
fn expire(tx: &mut Tx, ctx: &Context, id: CaseId) -> Result<bool, Fault> {
    let Some(case) = store::find(tx, id)? else { return Ok(false) };
    let Some(account) = account::find(tx, case.account_id)?.filter(|account| !account.is_confirmed()) else { return Ok(false) };
    if !account::release(tx, ctx.now, &account)? {
        return Ok(false);
    }
    if !store::close(tx, ctx.now, &case, CaseState::Expired)? {
        return Err(Fault::Again("the case moved on at the same moment".into()));
    }
    audit::record(tx, ctx, Event::new(Action::CaseExpired).account(account.id).case(case.id))?;
    audit::record(tx, ctx, Event::new(Action::AccountClosed).account(account.id))?;
    Ok(true)
}
