//! Requests that were pushed (RFC 9126), kept until one is answered or their time is over.

use std::time::Duration;

use diesel::prelude::*;

use crate::app::App;
use crate::clock::Timestamp;
use crate::db::schema::pushed_requests;
use crate::db::{Fault, Tx};
use crate::secret::{Prefix, Token};
use crate::web::Fields;

/// What the `request_uri` of a pushed request begins with (RFC 9126 §2.2).
pub const URN: &str = "urn:ietf:params:oauth:request_uri:";

/// Long enough for a browser to come, short enough to be of no use later.
pub const LIFETIME: Duration = Duration::from_secs(90);

/// Keeps a request that keeps every rule; gives its `request_uri`.
pub async fn keep(app: &App, client_id: &str, fields: &Fields) -> Result<String, Fault> {
    let token = Token::random(Prefix::PushedRequest, &*app.random);
    let (hash, client_id, parameters, now) = (token.hash(), client_id.to_owned(), fields.encode(), app.clock.now());
    app.db
        .write(move |tx| {
            diesel::insert_into(pushed_requests::table)
                .values((
                    pushed_requests::id_hash.eq(hash.bytes()),
                    pushed_requests::client_id.eq(&client_id),
                    pushed_requests::parameters.eq(&parameters),
                    pushed_requests::created_at.eq(now),
                    pushed_requests::expires_at.eq(now + LIFETIME),
                ))
                .execute(tx)?;
            Ok::<_, Fault>(())
        })
        .await?;
    Ok(format!("{URN}{}", token.reveal()))
}

fn token_of(uri: &str) -> Option<Token> {
    Token::parse(Prefix::PushedRequest, uri.strip_prefix(URN)?)
}

/// The parameters of a pushed request, with its `request_uri` among them: this client's, in time, and not answered yet.
///
/// Looking uses nothing up, so that a browser may load the page twice.
pub async fn find(app: &App, uri: &str, client_id: &str) -> Result<Option<Fields>, Fault> {
    let Some(token) = token_of(uri) else { return Ok(None) };
    let (client_id, now) = (client_id.to_owned(), app.clock.now());
    let parameters: Option<String> = app
        .db
        .read(move |tx| {
            let found = pushed_requests::table
                .find(token.hash().bytes())
                .filter(pushed_requests::client_id.eq(client_id))
                .filter(pushed_requests::expires_at.gt(now))
                .filter(pushed_requests::used_at.is_null())
                .select(pushed_requests::parameters)
                .first(tx)
                .optional()?;
            Ok::<_, Fault>(found)
        })
        .await?;
    let Some(text) = parameters else { return Ok(None) };
    let fields = Fields::parse_repeating(text.as_bytes(), &["resource"]).map_err(|e| Fault::broken(format!("a pushed request: {e}")))?;
    Ok(Some(fields.with("request_uri", uri)))
}

/// The request is answered: true for one caller alone.
pub fn complete(tx: &mut Tx, uri: &str, now: Timestamp) -> Result<bool, Fault> {
    let Some(token) = token_of(uri) else { return Ok(false) };
    let hash = token.hash();
    let open = pushed_requests::table.find(hash.bytes());
    let used = diesel::update(open.filter(pushed_requests::used_at.is_null())).set(pushed_requests::used_at.eq(now)).execute(tx)?;
    Ok(used == 1)
}

/// Forgets pushed requests whose browser is long gone.
pub fn tidy(tx: &mut Tx, now: Timestamp) -> Result<usize, Fault> {
    let an_hour_ago = Timestamp::from_seconds(now.seconds() - 3_600);
    Ok(diesel::delete(pushed_requests::table.filter(pushed_requests::expires_at.le(an_hour_ago))).execute(tx)?)
}
