//! The table of clients.

use diesel::prelude::*;

use super::Client;
use crate::clock::Timestamp;
use crate::db::schema::{clients, replays};
use crate::db::{Fault, Tx, savepoint};
use crate::ids::GrantId;
use crate::secret::Hash;

/// A client as it is stored.
#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct Row {
    client_id: String,
    document: String,
    secret_hash: Option<Vec<u8>>,
    sealed_secret: Option<Vec<u8>>,
    registration_token_hash: Option<Vec<u8>>,
    standing_grant: GrantId,
    created_at: Timestamp,
}

impl Row {
    fn client(self) -> Result<Client, Fault> {
        let metadata = serde_json::from_str(&self.document).map_err(|e| Fault::broken(format!("client {}: {e}", self.client_id)))?;
        Ok(Client {
            id: self.client_id,
            metadata,
            secret_hash: self.secret_hash,
            sealed_secret: self.sealed_secret,
            registration_token_hash: self.registration_token_hash,
            standing_grant: self.standing_grant,
            created_at: self.created_at,
        })
    }
}

/// The client, unless it was deleted.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Client>, Fault> {
    let row: Option<Row> = clients::table.find(id).filter(clients::deleted_at.is_null()).select(Row::as_select()).first(tx).optional()?;
    row.map(Row::client).transpose()
}

pub fn list(tx: &mut Tx) -> Result<Vec<Client>, Fault> {
    let rows: Vec<Row> =
        clients::table.filter(clients::deleted_at.is_null()).order(clients::client_id).select(Row::as_select()).load(tx)?;
    rows.into_iter().map(Row::client).collect()
}

/// False where the id is taken.
pub(super) fn insert(tx: &mut Tx, client: &Client) -> Result<bool, Fault> {
    let document = serde_json::to_string(&client.metadata).map_err(|e| Fault::broken(e.to_string()))?;
    let inserted = savepoint(tx, |tx| {
        diesel::insert_into(clients::table)
            .values((
                clients::client_id.eq(&client.id),
                clients::document.eq(&document),
                clients::secret_hash.eq(&client.secret_hash),
                clients::sealed_secret.eq(&client.sealed_secret),
                clients::registration_token_hash.eq(&client.registration_token_hash),
                clients::standing_grant.eq(client.standing_grant),
                clients::created_at.eq(client.created_at),
                clients::updated_at.eq(client.created_at),
            ))
            .execute(tx)?;
        Ok(())
    })?;
    Ok(inserted.is_some())
}

/// The client's secret, in the forms it is kept in; false where the client is gone.
pub(super) fn set_secret(tx: &mut Tx, now: Timestamp, client: &Client) -> Result<bool, Fault> {
    let (hash, sealed) = (&client.secret_hash, &client.sealed_secret);
    let set = diesel::update(clients::table.find(&client.id).filter(clients::deleted_at.is_null()))
        .set((clients::secret_hash.eq(hash), clients::sealed_secret.eq(sealed), clients::updated_at.eq(now)))
        .execute(tx)?;
    Ok(set == 1)
}

/// What the client is registered with now; its secret stays as it is. False where the client is gone.
pub(super) fn set_document(tx: &mut Tx, now: Timestamp, client: &Client) -> Result<bool, Fault> {
    let document = serde_json::to_string(&client.metadata).map_err(|e| Fault::broken(e.to_string()))?;
    let changed = diesel::update(clients::table.find(&client.id).filter(clients::deleted_at.is_null()))
        .set((clients::document.eq(document), clients::updated_at.eq(now)))
        .execute(tx)?;
    Ok(changed == 1)
}

/// The client is gone: nobody finds it any more. False where it was before.
pub(super) fn delete(tx: &mut Tx, now: Timestamp, id: &str) -> Result<bool, Fault> {
    let deleted = diesel::update(clients::table.find(id).filter(clients::deleted_at.is_null()))
        .set((clients::deleted_at.eq(now), clients::secret_hash.eq(None::<Vec<u8>>), clients::sealed_secret.eq(None::<Vec<u8>>)))
        .execute(tx)?;
    Ok(deleted == 1)
}

/// Remembers what may be used once, until it would be refused anyway; true for its first use.
pub(super) fn first_use(tx: &mut Tx, fingerprint: &Hash, until: Timestamp) -> Result<bool, Fault> {
    let used = savepoint(tx, |tx| {
        diesel::insert_into(replays::table)
            .values((replays::fingerprint.eq(fingerprint.bytes()), replays::expires_at.eq(until)))
            .execute(tx)?;
        Ok(())
    })?;
    Ok(used.is_some())
}

/// Forgets what would be refused by its time alone.
pub fn forget_replays(tx: &mut Tx, now: Timestamp) -> Result<usize, Fault> {
    Ok(diesel::delete(replays::table.filter(replays::expires_at.le(now))).execute(tx)?)
}
