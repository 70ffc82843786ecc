//! An approved person changes what may change at once.

use super::{Stated, contact, store};
use crate::account::Account;
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Refused, Tx};
use crate::shared::Wait;

/// The profile says `stated`: names and phone at once, a contact address once it is confirmed (PRODUCT §2.4).
pub fn change_person(tx: &mut Tx, ctx: &Context, account: &Account, before: &Stated, stated: &Stated) -> Result<(), Refused<Wait>> {
    store::save(tx, account.id, stated, ctx.now)?;
    if before.contact_email != stated.contact_email {
        contact::request_contact_confirmation(tx, ctx, account, &stated.contact_email)?;
    }
    Ok(audit::record(tx, ctx, Event::new(Action::ProfileChanged).account(account.id))?)
}
