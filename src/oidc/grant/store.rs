//! The tables of grants, codes, refresh tokens, revoked access tokens and consents.

use diesel::prelude::*;

use super::grant::{Grant, NewGrant, Standing};
use super::open::NewCode;
use super::redeem::StoredCode;
use crate::account::Account;
use crate::authentication::OpenSession;
use crate::clock::Timestamp;
use crate::db::schema::{
    accounts, authorization_codes, browser_sessions, consents, facilities, grants, refresh_tokens, revoked_tokens, session_accounts,
};
use crate::db::{Fault, Tx, savepoint};
use crate::facility::Facility;
use crate::ids::{AccountId, GrantId};
use crate::oidc::oauth::Scope;
use crate::secret::Hash;

pub(super) fn insert_grant(tx: &mut Tx, now: Timestamp, id: GrantId, grant: &NewGrant) -> Result<(), Fault> {
    diesel::insert_into(grants::table)
        .values((
            grants::id.eq(id),
            grants::client_id.eq(&grant.client_id),
            grants::account_id.eq(grant.account.id),
            grants::account_epoch.eq(grant.account.grant_epoch),
            grants::sid.eq(grant.sid),
            grants::scope.eq(grant.scope.to_string()),
            grants::audience.eq(serde_json::to_string(&grant.audience).unwrap_or_default()),
            grants::acr.eq(grant.acr),
            grants::claims.eq(grant.claims.stored()),
            grants::subject.eq(&grant.subject),
            grants::amr.eq(&grant.amr),
            grants::auth_time.eq(grant.auth_time),
            grants::created_at.eq(now),
        ))
        .execute(tx)?;
    Ok(())
}

pub(super) fn insert_standing(tx: &mut Tx, now: Timestamp, id: GrantId, client_id: &str, scope: &str) -> Result<(), Fault> {
    diesel::insert_into(grants::table)
        .values((
            grants::id.eq(id),
            grants::client_id.eq(client_id),
            grants::scope.eq(scope),
            grants::audience.eq("[]"),
            grants::acr.eq(""),
            grants::amr.eq(""),
            grants::auth_time.eq(now),
            grants::account_epoch.eq(0_i64),
            grants::created_at.eq(now),
        ))
        .execute(tx)?;
    Ok(())
}

/// A grant with all it rests on, in one query: every check of a token asks it.
pub fn standing(tx: &mut Tx, id: GrantId) -> Result<Option<Standing>, Fault> {
    let found = grants::table
        .left_join(accounts::table)
        .left_join(facilities::table.on(accounts::facility_id.eq(facilities::id.nullable())))
        .left_join(session_accounts::table.on(grants::sid.eq(session_accounts::id.nullable())))
        .left_join(browser_sessions::table.on(session_accounts::session_id.eq(browser_sessions::id)))
        .filter(grants::id.eq(id))
        .select((Grant::as_select(), Option::<Account>::as_select(), Option::<Facility>::as_select(), Option::<OpenSession>::as_select()))
        .first::<(Grant, Option<Account>, Option<Facility>, Option<OpenSession>)>(tx)
        .optional()?;
    Ok(found.map(|(grant, account, facility, session)| Standing { grant, account, facility, session }))
}

/// Ends a grant; false where it had ended before.
pub(super) fn end(tx: &mut Tx, id: GrantId, now: Timestamp, reason: &str) -> Result<bool, Fault> {
    let ended = diesel::update(grants::table.find(id).filter(grants::ended_at.is_null()))
        .set((grants::ended_at.eq(now), grants::end_reason.eq(reason)))
        .execute(tx)?;
    Ok(ended == 1)
}

/// Ends every grant of a client that is gone.
pub(super) fn end_of_client(tx: &mut Tx, client_id: &str, now: Timestamp) -> Result<Vec<GrantId>, Fault> {
    let open = grants::table.filter(grants::client_id.eq(client_id)).filter(grants::ended_at.is_null());
    let ids: Vec<GrantId> = open.select(grants::id).load(tx)?;
    diesel::update(open).set((grants::ended_at.eq(now), grants::end_reason.eq("client deleted"))).execute(tx)?;
    Ok(ids)
}

pub(super) fn insert_code(
    tx: &mut Tx,
    now: Timestamp,
    expires_at: Timestamp,
    hash: &Hash,
    grant: GrantId,
    client_id: &str,
    code: &NewCode,
) -> Result<(), Fault> {
    diesel::insert_into(authorization_codes::table)
        .values((
            authorization_codes::code_hash.eq(hash.bytes()),
            authorization_codes::client_id.eq(client_id),
            authorization_codes::grant_id.eq(grant),
            authorization_codes::redirect_uri.eq(&code.redirect_uri),
            authorization_codes::code_challenge.eq(&code.code_challenge),
            authorization_codes::nonce.eq(&code.nonce),
            authorization_codes::created_at.eq(now),
            authorization_codes::expires_at.eq(expires_at),
        ))
        .execute(tx)?;
    Ok(())
}

/// The code if it was issued to this client, and whether it was redeemed.
pub(super) fn find_code(tx: &mut Tx, hash: &Hash, client_id: &str) -> Result<Option<(StoredCode, bool)>, Fault> {
    let row: Option<(GrantId, String, Option<String>, Option<String>, Option<Timestamp>)> = authorization_codes::table
        .find(hash.bytes())
        .filter(authorization_codes::client_id.eq(client_id))
        .select((
            authorization_codes::grant_id,
            authorization_codes::redirect_uri,
            authorization_codes::code_challenge,
            authorization_codes::nonce,
            authorization_codes::redeemed_at,
        ))
        .first(tx)
        .optional()?;
    Ok(row.map(|(grant, redirect_uri, code_challenge, nonce, redeemed)| {
        (StoredCode { grant, redirect_uri, code_challenge, nonce }, redeemed.is_some())
    }))
}

pub(super) fn redeem_code(tx: &mut Tx, hash: &Hash, client_id: &str, now: Timestamp) -> Result<bool, Fault> {
    let redeemed = diesel::update(
        authorization_codes::table
            .find(hash.bytes())
            .filter(authorization_codes::client_id.eq(client_id))
            .filter(authorization_codes::redeemed_at.is_null())
            .filter(authorization_codes::expires_at.gt(now)),
    )
    .set(authorization_codes::redeemed_at.eq(now))
    .execute(tx)?;
    Ok(redeemed == 1)
}

pub(super) struct StoredRefresh {
    pub grant: GrantId,
    pub used_at: Option<Timestamp>,
    pub successor: Option<Vec<u8>>,
    pub sealed_successor: Option<Vec<u8>>,
}

pub(super) fn insert_refresh(
    tx: &mut Tx,
    now: Timestamp,
    expires_at: Timestamp,
    hash: &Hash,
    grant: GrantId,
    client_id: &str,
) -> Result<(), Fault> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::token_hash.eq(hash.bytes()),
            refresh_tokens::client_id.eq(client_id),
            refresh_tokens::grant_id.eq(grant),
            refresh_tokens::created_at.eq(now),
            refresh_tokens::expires_at.eq(expires_at),
        ))
        .execute(tx)?;
    Ok(())
}

pub(super) fn find_refresh(tx: &mut Tx, hash: &Hash, client_id: &str) -> Result<Option<StoredRefresh>, Fault> {
    let row: Option<(GrantId, Option<Timestamp>, Option<Vec<u8>>, Option<Vec<u8>>)> = refresh_tokens::table
        .find(hash.bytes())
        .filter(refresh_tokens::client_id.eq(client_id))
        .select((refresh_tokens::grant_id, refresh_tokens::used_at, refresh_tokens::successor_hash, refresh_tokens::sealed_successor))
        .first(tx)
        .optional()?;
    Ok(row.map(|(grant, used_at, successor, sealed_successor)| StoredRefresh { grant, used_at, successor, sealed_successor }))
}

pub(super) fn use_refresh(tx: &mut Tx, hash: &Hash, now: Timestamp, successor: &Hash, sealed: &[u8]) -> Result<bool, Fault> {
    let used = diesel::update(
        refresh_tokens::table.find(hash.bytes()).filter(refresh_tokens::used_at.is_null()).filter(refresh_tokens::expires_at.gt(now)),
    )
    .set((
        refresh_tokens::used_at.eq(now),
        refresh_tokens::successor_hash.eq(successor.bytes()),
        refresh_tokens::sealed_successor.eq(sealed),
    ))
    .execute(tx)?;
    Ok(used == 1)
}

pub(super) fn is_unused(tx: &mut Tx, hash: Option<&[u8]>) -> Result<bool, Fault> {
    let Some(hash) = hash else { return Ok(false) };
    let used: Option<Option<Timestamp>> = refresh_tokens::table.find(hash).select(refresh_tokens::used_at).first(tx).optional()?;
    Ok(used == Some(None))
}

/// The grant of an unused, unexpired refresh token of this client, with the times of the token.
pub fn refresh_grant(tx: &mut Tx, hash: &Hash, client_id: &str, now: Timestamp) -> Result<Option<(GrantId, Timestamp, Timestamp)>, Fault> {
    let found = refresh_tokens::table
        .find(hash.bytes())
        .filter(refresh_tokens::client_id.eq(client_id))
        .filter(refresh_tokens::used_at.is_null())
        .filter(refresh_tokens::expires_at.gt(now))
        .select((refresh_tokens::grant_id, refresh_tokens::created_at, refresh_tokens::expires_at))
        .first(tx)
        .optional()?;
    Ok(found)
}

/// The grant of a refresh token of this client, used or not.
pub fn grant_of_refresh(tx: &mut Tx, hash: &Hash, client_id: &str) -> Result<Option<GrantId>, Fault> {
    Ok(find_refresh(tx, hash, client_id)?.map(|token| token.grant))
}

/// Revokes one access token until it would have expired anyway; false where it was revoked before.
pub fn revoke_token(tx: &mut Tx, jti: &uuid::Uuid, expires_at: Timestamp) -> Result<bool, Fault> {
    let revoked = savepoint(tx, |tx| {
        diesel::insert_into(revoked_tokens::table)
            .values((revoked_tokens::jti.eq(jti.as_bytes().as_slice()), revoked_tokens::expires_at.eq(expires_at)))
            .execute(tx)?;
        Ok(())
    })?;
    Ok(revoked.is_some())
}

/// Forgets revocations of tokens that have expired since.
pub fn forget_revoked_tokens(tx: &mut Tx, now: Timestamp) -> Result<usize, Fault> {
    Ok(diesel::delete(revoked_tokens::table.filter(revoked_tokens::expires_at.le(now))).execute(tx)?)
}

pub fn is_token_revoked(tx: &mut Tx, jti: &uuid::Uuid) -> Result<bool, Fault> {
    let found: Option<Timestamp> =
        revoked_tokens::table.find(jti.as_bytes().as_slice()).select(revoked_tokens::expires_at).first(tx).optional()?;
    Ok(found.is_some())
}

/// What an account allowed a client, and when it last did.
#[derive(Debug, Clone)]
pub struct Consent {
    pub client_id: String,
    pub scope: Scope,
    pub granted_at: Timestamp,
}

pub fn consent(tx: &mut Tx, account: AccountId, client_id: &str) -> Result<Option<Consent>, Fault> {
    let row: Option<(String, Timestamp)> = consents::table
        .find((account, client_id))
        .filter(consents::withdrawn_at.is_null())
        .select((consents::scope, consents::granted_at))
        .first(tx)
        .optional()?;
    Ok(row.map(|(scope, granted_at)| Consent { client_id: client_id.to_owned(), scope: Scope::stored(&scope), granted_at }))
}

/// Whether the consent stands. The statement takes its row, so that a withdrawal comes before or after.
pub fn hold_consent(tx: &mut Tx, account: AccountId, client_id: &str) -> Result<bool, Fault> {
    let held = diesel::update(consents::table.find((account, client_id)).filter(consents::withdrawn_at.is_null()))
        .set(consents::withdrawn_at.eq(None::<Timestamp>))
        .execute(tx)?;
    Ok(held == 1)
}

pub fn consents_of(tx: &mut Tx, account: AccountId) -> Result<Vec<Consent>, Fault> {
    let rows: Vec<(String, String, Timestamp)> = consents::table
        .filter(consents::account_id.eq(account))
        .filter(consents::withdrawn_at.is_null())
        .order(consents::client_id)
        .select((consents::client_id, consents::scope, consents::granted_at))
        .load(tx)?;
    Ok(rows.into_iter().map(|(client_id, scope, granted_at)| Consent { client_id, scope: Scope::stored(&scope), granted_at }).collect())
}

/// The account allows the client these scopes, beside those it allowed before.
pub fn grant_consent(tx: &mut Tx, now: Timestamp, account: AccountId, client_id: &str, scope: &Scope) -> Result<(), Fault> {
    let before = consent(tx, account, client_id)?.map(|consent| consent.scope).unwrap_or_default();
    let scope = before.union(scope).to_string();
    let set = |tx: &mut Tx| {
        diesel::update(consents::table.find((account, client_id)))
            .set((consents::scope.eq(&scope), consents::granted_at.eq(now), consents::withdrawn_at.eq(None::<Timestamp>)))
            .execute(tx)
    };
    if set(tx)? == 1 {
        return Ok(());
    }
    let inserted = savepoint(tx, |tx| {
        diesel::insert_into(consents::table)
            .values((
                consents::account_id.eq(account),
                consents::client_id.eq(client_id),
                consents::scope.eq(&scope),
                consents::granted_at.eq(now),
            ))
            .execute(tx)?;
        Ok(())
    })?;
    if inserted.is_none() {
        set(tx)?;
    }
    Ok(())
}

/// The account allows the client nothing any more, and every grant it gave has ended; returns how many of both there were.
pub fn withdraw_consent(tx: &mut Tx, now: Timestamp, account: AccountId, client_id: &str) -> Result<usize, Fault> {
    let withdrawn = diesel::update(consents::table.find((account, client_id)).filter(consents::withdrawn_at.is_null()))
        .set(consents::withdrawn_at.eq(now))
        .execute(tx)?;
    let ended = diesel::update(
        grants::table.filter(grants::account_id.eq(account)).filter(grants::client_id.eq(client_id)).filter(grants::ended_at.is_null()),
    )
    .set((grants::ended_at.eq(now), grants::end_reason.eq("consent withdrawn")))
    .execute(tx)?;
    Ok(withdrawn + ended)
}

/// What the account gave applications is gone: grants, their tokens and codes, consents.
pub fn erase(tx: &mut Tx, account: AccountId) -> Result<(), Fault> {
    let own = || grants::table.filter(grants::account_id.eq(account)).select(grants::id);
    diesel::delete(authorization_codes::table.filter(authorization_codes::grant_id.eq_any(own()))).execute(tx)?;
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::grant_id.eq_any(own()))).execute(tx)?;
    diesel::delete(grants::table.filter(grants::account_id.eq(account))).execute(tx)?;
    diesel::delete(consents::table.filter(consents::account_id.eq(account))).execute(tx)?;
    Ok(())
}
