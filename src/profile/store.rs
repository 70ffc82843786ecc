//! The table of profiles.

use diesel::prelude::*;

use super::{Profile, Stated};
use crate::clock::Timestamp;
use crate::db::schema::profiles;
use crate::db::{Fault, Tx, savepoint};
use crate::ids::AccountId;

pub fn find(tx: &mut Tx, account: AccountId) -> Result<Option<Profile>, Fault> {
    Ok(profiles::table.find(account).select(Profile::as_select()).first(tx).optional()?)
}

/// The profile says what `stated` says. A changed contact address is unconfirmed again.
pub fn save(tx: &mut Tx, account: AccountId, stated: &Stated, now: Timestamp) -> Result<(), Fault> {
    diesel::update(profiles::table.find(account).filter(profiles::contact_email.ne(&stated.contact_email)))
        .set(profiles::contact_email_confirmed_at.eq(None::<Timestamp>))
        .execute(tx)?;
    let values = (
        profiles::first_name.eq(&stated.first_name),
        profiles::last_name.eq(&stated.last_name),
        profiles::contact_email.eq(&stated.contact_email),
        profiles::contact_phone.eq(&stated.contact_phone),
        profiles::organization_name.eq(&stated.organization_name),
        profiles::organization_type.eq(&stated.organization_type),
        profiles::medicaid_id.eq(&stated.medicaid_id),
        profiles::npi.eq(&stated.npi),
        profiles::no_npi.eq(stated.no_npi),
        profiles::acts_for.eq(&stated.acts_for),
        profiles::updated_at.eq(now),
    );
    let updated = diesel::update(profiles::table.find(account)).set(values).execute(tx)?;
    if updated == 1 {
        return Ok(());
    }
    let inserted = savepoint(tx, |tx| {
        diesel::insert_into(profiles::table).values((profiles::account_id.eq(account), values)).execute(tx)?;
        Ok(())
    })?;
    if inserted.is_none() {
        // The other half of a double click was first.
        diesel::update(profiles::table.find(account)).set(values).execute(tx)?;
    }
    Ok(())
}

pub(super) fn confirm_contact(tx: &mut Tx, now: Timestamp, account: AccountId, address: &str) -> Result<bool, Fault> {
    let confirmed = diesel::update(profiles::table.find(account).filter(profiles::contact_email.eq(address)))
        .set(profiles::contact_email_confirmed_at.eq(now))
        .execute(tx)?;
    Ok(confirmed == 1)
}

/// Nothing that was stated is kept.
pub fn erase(tx: &mut Tx, account: AccountId) -> Result<(), Fault> {
    diesel::delete(profiles::table.find(account)).execute(tx)?;
    Ok(())
}
