//! Keys at rest, all wrapped by the master key, which is not in the database.
//!
//! *Data keys* seal what the database keeps and what tokens hold; *signing keys* sign what others verify. Rotating the
//! master key rewraps both and touches nothing they have sealed or signed.

mod data;
mod signing;

pub use data::{Keyring, Purpose, has_keys, unwrap, wrap, wrapper_id};
pub use signing::{
    Algorithm, SigningKey, SigningKeys, Times, forget_signing_keys, insert_signing_key, list_signing_keys, rotate_signing_key,
};

use diesel::prelude::*;

use crate::config::MasterKey;
use crate::db::schema::signing_keys;
use crate::db::{Fault, Tx};
use crate::secret::Random;

/// Wraps every key anew under `to`; returns how many were wrapped by `from`. A second run finds nothing to do.
pub fn rewrap(tx: &mut Tx, from: &MasterKey, to: &MasterKey, random: &dyn Random) -> Result<usize, Fault> {
    let mut count = data::rewrap(tx, from, to, random)?;
    let rows: Vec<(String, Vec<u8>)> = signing_keys::table
        .filter(signing_keys::wrapper.eq(wrapper_id(from)))
        .select((signing_keys::kid, signing_keys::wrapped))
        .load(tx)?;
    for (kid, wrapped) in rows {
        let plain = unwrap(from, kid.as_bytes(), &wrapped)?;
        count += diesel::update(signing_keys::table.find(&kid).filter(signing_keys::wrapper.eq(wrapper_id(from))))
            .set((signing_keys::wrapped.eq(wrap(to, kid.as_bytes(), &plain, random)), signing_keys::wrapper.eq(wrapper_id(to))))
            .execute(tx)?;
    }
    Ok(count)
}
