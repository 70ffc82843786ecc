//! A request waits while its person signs in or consents: kept in the database, once, for an hour.

use std::time::Duration;

use diesel::prelude::*;

use crate::app::App;
use crate::clock::Timestamp;
use crate::db::schema::interactions;
use crate::db::{Fault, Tx};
use crate::ids::AccountId;
use crate::secret::{Prefix, Token};
use crate::web::Fields;

const LIFETIME: Duration = Duration::from_secs(3_600);

/// Keeps a request; returns the token it is found by.
pub async fn keep(app: &App, fields: &Fields, started_at: Timestamp) -> Result<String, Fault> {
    let token = Token::random(Prefix::Interaction, &*app.random);
    let (hash, parameters) = (token.hash(), fields.encode());
    app.db
        .write(move |tx| {
            diesel::insert_into(interactions::table)
                .values((
                    interactions::id_hash.eq(hash.bytes()),
                    interactions::parameters.eq(&parameters),
                    interactions::created_at.eq(started_at),
                    interactions::expires_at.eq(started_at + LIFETIME),
                ))
                .execute(tx)?;
            Ok::<_, Fault>(())
        })
        .await?;
    Ok(token.reveal().to_owned())
}

/// Notes which account the person chose for a kept request.
pub fn pick(tx: &mut Tx, token: &str, account: AccountId) -> Result<bool, Fault> {
    let Some(token) = Token::parse(Prefix::Interaction, token) else { return Ok(false) };
    let picked = diesel::update(interactions::table.find(token.hash().bytes())).set(interactions::account_id.eq(account)).execute(tx)?;
    Ok(picked == 1)
}

/// A request that waited.
pub struct Kept {
    pub fields: Fields,
    pub started_at: Timestamp,
    /// The account the person chose for it.
    pub picked: Option<AccountId>,
}

/// The request of a token.
pub async fn find(app: &App, token: &str) -> Result<Option<Kept>, Fault> {
    let Some(token) = Token::parse(Prefix::Interaction, token) else { return Ok(None) };
    let now = app.clock.now();
    let row: Option<(String, Timestamp, Option<AccountId>)> = app
        .db
        .read(move |tx| {
            let row = interactions::table
                .find(token.hash().bytes())
                .filter(interactions::expires_at.gt(now))
                .select((interactions::parameters, interactions::created_at, interactions::account_id))
                .first(tx)
                .optional()?;
            Ok::<_, Fault>(row)
        })
        .await?;
    Ok(row.and_then(|(text, started_at, picked)| {
        Some(Kept { fields: Fields::parse_repeating(text.as_bytes(), &["resource"]).ok()?, started_at, picked })
    }))
}

/// The request is answered: true for one caller, so that a reload issues no second code.
pub fn complete(tx: &mut Tx, token: &str) -> Result<bool, Fault> {
    let Some(token) = Token::parse(Prefix::Interaction, token) else { return Ok(false) };
    Ok(diesel::delete(interactions::table.find(token.hash().bytes())).execute(tx)? == 1)
}

/// The person said no: the request is over, and so is the one that was pushed.
pub async fn forget(app: &App, token: &str, pushed: Option<String>) -> Result<(), Fault> {
    let (token, now) = (token.to_owned(), app.clock.now());
    app.db
        .write(move |tx| {
            complete(tx, &token)?;
            if let Some(uri) = &pushed {
                super::pushed::complete(tx, uri, now)?;
            }
            Ok(())
        })
        .await
}

/// Forgets requests nobody came back to.
pub fn tidy(tx: &mut Tx, now: Timestamp) -> Result<usize, Fault> {
    Ok(diesel::delete(interactions::table.filter(interactions::expires_at.le(now))).execute(tx)?)
}
