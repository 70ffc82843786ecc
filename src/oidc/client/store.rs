//! The table of clients.

use diesel::prelude::*;

use super::Client;
use crate::clock::Timestamp;
use crate::db::schema::clients;
use crate::db::{Fault, Tx, savepoint};
use crate::ids::GrantId;

type Row = (String, String, Option<Vec<u8>>, GrantId, Timestamp);

fn client((id, document, secret_hash, standing_grant, created_at): Row) -> Result<Client, Fault> {
    let metadata = serde_json::from_str(&document).map_err(|e| Fault::broken(format!("client {id}: {e}")))?;
    Ok(Client { id, metadata, secret_hash, standing_grant, created_at })
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Client>, Fault> {
    let row: Option<Row> = clients::table
        .find(id)
        .select((clients::client_id, clients::document, clients::secret_hash, clients::standing_grant, clients::created_at))
        .first(tx)
        .optional()?;
    row.map(client).transpose()
}

pub fn list(tx: &mut Tx) -> Result<Vec<Client>, Fault> {
    let rows: Vec<Row> = clients::table
        .order(clients::client_id)
        .select((clients::client_id, clients::document, clients::secret_hash, clients::standing_grant, clients::created_at))
        .load(tx)?;
    rows.into_iter().map(client).collect()
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
                clients::standing_grant.eq(client.standing_grant),
                clients::created_at.eq(client.created_at),
                clients::updated_at.eq(client.created_at),
            ))
            .execute(tx)?;
        Ok(())
    })?;
    Ok(inserted.is_some())
}

pub(super) fn set_secret(tx: &mut Tx, now: Timestamp, id: &str, hash: &[u8]) -> Result<(), Fault> {
    diesel::update(clients::table.find(id)).set((clients::secret_hash.eq(hash), clients::updated_at.eq(now))).execute(tx)?;
    Ok(())
}
