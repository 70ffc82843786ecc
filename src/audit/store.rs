//! The table of events, and the head of the chain.

use diesel::prelude::*;

use super::Event;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::schema::{accounts, audit_events, audit_head};
use crate::db::{Fault, Tx};
use crate::ids::{AccountId, CaseId, RowId};

/// An event as it is stored, with its place in the chain once it is sealed.
#[derive(Debug, Clone, Queryable, Selectable, serde::Serialize)]
#[diesel(table_name = audit_events)]
pub struct Entry {
    pub id: RowId,
    pub at: Timestamp,
    pub action: String,
    pub actor_kind: String,
    pub actor_id: Option<AccountId>,
    pub account_id: Option<AccountId>,
    pub case_id: Option<CaseId>,
    pub request_id: String,
    pub detail: String,
    pub sequence: Option<i64>,
    #[serde(skip)]
    pub previous: Option<Vec<u8>>,
    #[serde(skip)]
    pub digest: Option<Vec<u8>>,
    #[serde(skip)]
    pub mac: Option<Vec<u8>>,
}

/// Writes `event` into the transaction of the change it tells of.
pub fn record(tx: &mut Tx, ctx: &Context, event: Event) -> Result<(), Fault> {
    let mut detail = event.detail;
    if let crate::context::Actor::Client(client_id) = &ctx.actor {
        detail["client_id"] = client_id.clone().into();
    }
    diesel::insert_into(audit_events::table)
        .values((
            audit_events::id.eq(RowId::new()),
            audit_events::at.eq(ctx.now),
            audit_events::action.eq(event.action),
            audit_events::actor_kind.eq(ctx.actor.kind()),
            audit_events::actor_id.eq(ctx.actor.account()),
            audit_events::account_id.eq(event.account),
            audit_events::case_id.eq(event.case),
            audit_events::request_id.eq(ctx.request.as_str()),
            audit_events::detail.eq(detail.to_string()),
        ))
        .execute(tx)?;
    Ok(())
}

/// What happened to a case, oldest first, with the username of who did it.
pub fn trail_of_case(tx: &mut Tx, case: CaseId) -> Result<Vec<(Entry, Option<String>)>, Fault> {
    let trail = audit_events::table
        .left_join(accounts::table.on(audit_events::actor_id.eq(accounts::id.nullable())))
        .filter(audit_events::case_id.eq(case))
        .order((audit_events::at, audit_events::id))
        .select((Entry::as_select(), accounts::username.nullable()))
        .load(tx)?;
    Ok(trail)
}

/// What happened to an account, newest first.
pub fn trail_of_account(tx: &mut Tx, account: AccountId, limit: i64) -> Result<Vec<(Entry, Option<String>)>, Fault> {
    let trail = audit_events::table
        .left_join(accounts::table.on(audit_events::actor_id.eq(accounts::id.nullable())))
        .filter(audit_events::account_id.eq(account))
        .order((audit_events::at.desc(), audit_events::id.desc()))
        .limit(limit)
        .select((Entry::as_select(), accounts::username.nullable()))
        .load(tx)?;
    Ok(trail)
}

/// Sealed events after `sequence`, in order.
pub fn export(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Entry>, Fault> {
    let entries = audit_events::table
        .filter(audit_events::sequence.gt(after))
        .order(audit_events::sequence)
        .limit(limit)
        .select(Entry::as_select())
        .load(tx)?;
    Ok(entries)
}

/// Events that wait for the sealer, oldest first.
pub(super) fn unsealed(tx: &mut Tx, limit: i64) -> Result<Vec<Entry>, Fault> {
    let entries = audit_events::table
        .filter(audit_events::sequence.is_null())
        .order(audit_events::id)
        .limit(limit)
        .select(Entry::as_select())
        .load(tx)?;
    Ok(entries)
}

/// How many events wait for the sealer.
pub fn count_unsealed(tx: &mut Tx) -> Result<i64, Fault> {
    Ok(audit_events::table.filter(audit_events::sequence.is_null()).count().get_result(tx)?)
}

/// The sequence and digest of the last sealed event.
pub(super) fn head(tx: &mut Tx) -> Result<(i64, Vec<u8>), Fault> {
    Ok(audit_head::table.find(1).select((audit_head::sequence, audit_head::digest)).first(tx)?)
}

/// Moves the head on from `from`; false where another sealer was first.
pub(super) fn advance_head(tx: &mut Tx, from: i64, to: i64, digest: &[u8]) -> Result<bool, Fault> {
    let moved = diesel::update(audit_head::table.find(1).filter(audit_head::sequence.eq(from)))
        .set((audit_head::sequence.eq(to), audit_head::digest.eq(digest)))
        .execute(tx)?;
    Ok(moved == 1)
}

/// Gives an unsealed event its place.
pub(super) fn place(tx: &mut Tx, id: RowId, sequence: i64, previous: &[u8], digest: &[u8], mac: &[u8]) -> Result<bool, Fault> {
    let placed = diesel::update(audit_events::table.find(id).filter(audit_events::sequence.is_null()))
        .set((
            audit_events::sequence.eq(sequence),
            audit_events::previous.eq(previous),
            audit_events::digest.eq(digest),
            audit_events::mac.eq(mac),
        ))
        .execute(tx)?;
    Ok(placed == 1)
}
