//! The table of clients.

use std::time::Duration;

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
    updated_at: Timestamp,
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
            updated_at: self.updated_at,
        })
    }
}

/// The client, unless it was deleted.
pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Client>, Fault> {
    row(tx, id)?.map(Row::client).transpose()
}

fn row(tx: &mut Tx, id: &str) -> Result<Option<Row>, Fault> {
    Ok(clients::table.find(id).filter(clients::deleted_at.is_null()).select(Row::as_select()).first(tx).optional()?)
}

/// The client, unless it was deleted or cannot be read: for work that goes on without it.
pub fn find_readable(tx: &mut Tx, id: &str) -> Result<Option<Client>, Fault> {
    Ok(row(tx, id)?.and_then(|row| row.listed().1))
}

/// A client's id, and the client unless its registration cannot be read.
pub type Listed = (String, Option<Client>);

impl Row {
    fn listed(self) -> Listed {
        let id = self.client_id.clone();
        let client = self.client().inspect_err(|fault| tracing::error!(%fault, "a client cannot be read"));
        (id, client.ok())
    }
}

/// Every client, by its id. One that cannot be read keeps none of the others away.
pub fn list(tx: &mut Tx) -> Result<Vec<Listed>, Fault> {
    let all = clients::table.filter(clients::deleted_at.is_null()).order(clients::client_id);
    let rows: Vec<Row> = all.select(Row::as_select()).load(tx)?;
    Ok(rows.into_iter().map(Row::listed).collect())
}

/// The clients whose id, name or one of whose addresses has `text` in it, by their ids, and how many there are in all.
pub fn search(tx: &mut Tx, text: &str, limit: usize, offset: usize) -> Result<(Vec<Listed>, usize), Fault> {
    let wanted = text.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&wanted);
    // In here, since the document is JSON: the name of a member is no match.
    let matches = |(id, client): &Listed| {
        let of = |client: &Client| has(client.name()) || client.metadata.redirect_uris.iter().any(|uri| has(uri));
        has(id) || client.as_ref().is_some_and(of)
    };
    let found: Vec<Listed> = list(tx)?.into_iter().filter(matches).collect();
    let total = found.len();
    Ok((found.into_iter().skip(offset).take(limit).collect(), total))
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

/// What the client is registered with and its secret, in the forms it is kept in, are as `client` says.
///
/// False where the client is gone, or changed since `client.updated_at`.
pub(super) fn update(tx: &mut Tx, now: Timestamp, client: &Client) -> Result<bool, Fault> {
    let document = serde_json::to_string(&client.metadata).map_err(|e| Fault::broken(e.to_string()))?;
    let seen = clients::table.find(&client.id).filter(clients::deleted_at.is_null()).filter(clients::updated_at.eq(client.updated_at));
    let changed = diesel::update(seen)
        .set((
            clients::document.eq(document),
            clients::secret_hash.eq(&client.secret_hash),
            clients::sealed_secret.eq(&client.sealed_secret),
            // Later than before, whatever the clock says: no two states are of one moment.
            clients::updated_at.eq(now.max(client.updated_at + Duration::from_micros(1))),
        ))
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
