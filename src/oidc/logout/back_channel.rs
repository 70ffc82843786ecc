//! Back-Channel Logout 1.0: applications are told by us that a session ended, whatever ended it.
//!
//! ```text
//! a session ends ──▶ revocation row (in its transaction) ──▶ a notice for each application ──▶ its lane ──▶ POST logout_token
//!                                   └── told_at, in one transaction with the notices: once, whatever crashes
//! ```

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinHandle;

use super::sessions;
use crate::app::App;
use crate::db::Fault;
use crate::ids::{RowId, SessionId};
use crate::oidc::client;
use crate::oidc::jws;
use crate::outbound::OutboundError;
use crate::outbox::{self, Kind, Notice};
use crate::revocation::{self, Revoked};
use crate::web::encode;

const ROUND: i64 = 50;
/// So many applications are told at the same time, and so many notices are on their way to one of them.
const LANES: usize = 256;
const AT_ONCE: usize = 8;
/// A logout token is sent at once, or made anew (§2.4 recommends two minutes).
const LIFETIME: Duration = Duration::from_secs(120);
/// The one member of `events` (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Tells applications what ended, round after round, until the process ends.
pub async fn run(app: App) {
    let mut lanes = Lanes::default();
    loop {
        if let Err(fault) = post_notices(&app).await {
            tracing::error!(%fault, "what ended could not be read");
        }
        let pause = match lanes.open(&app).await {
            Ok(()) => Duration::from_millis(200),
            Err(fault) => {
                tracing::error!(%fault, "applications could not be told that sessions ended");
                Duration::from_secs(2)
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// A notice for each application of each session that ended; returns how many endings were looked at.
pub async fn post_notices(app: &App) -> Result<usize, Fault> {
    let ended = app.db.read(|tx| revocation::untold(tx, ROUND)).await?;
    let count = ended.len();
    for row in ended {
        let ctx = app.system_context("logout");
        let posted = app
            .db
            .write(move |tx| {
                if !revocation::tell(tx, row.id, ctx.now)? || row.kind != Revoked::Session {
                    return Ok::<_, Fault>(());
                }
                let Some(session) = SessionId::of_bytes(&row.subject) else { return Ok(()) };
                for login in sessions::logins_of(tx, session)? {
                    let Some(client) = client::find_readable(tx, &login.client_id)? else { continue };
                    if let Some(uri) = &client.metadata.backchannel_logout_uri {
                        let notice = Notice { client_id: client.id.clone(), account: login.account, sub: login.sub, sid: login.sid };
                        outbox::post_notice(tx, &ctx, uri, &notice)?;
                    }
                }
                Ok(())
            })
            .await;
        // One ending that cannot be told holds up no other.
        if let Err(fault) = posted {
            tracing::error!(%fault, "the applications of a session that ended could not be listed");
        }
    }
    Ok(count)
}

/// Everything that is due was sent, or is due later; returns how many notices were looked at.
pub async fn deliver_due(app: &App) -> Result<usize, Fault> {
    let mut lanes = Lanes::default();
    lanes.open(app).await?;
    let mut count = 0;
    for lane in lanes.0.into_values() {
        count += lane.await.map_err(|e| Fault::broken(e.to_string()))??;
    }
    Ok(count)
}

/// A task for each application that is being told: one that hangs holds up its own notices and nobody else's.
#[derive(Default)]
struct Lanes(HashMap<String, JoinHandle<Result<usize, Fault>>>);

impl Lanes {
    /// A lane is open to each application that something is due to.
    async fn open(&mut self, app: &App) -> Result<(), Fault> {
        self.0.retain(|_, lane| !lane.is_finished());
        let (now, limit) = (app.clock.now(), self.0.len() + LANES);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        for uri in app.db.read(move |tx| outbox::recipients_due(tx, Kind::Logout, now, limit)).await? {
            if self.0.len() < LANES && !self.0.contains_key(&uri) {
                let told = lane(app.clone(), uri.clone());
                let logged = async { told.await.inspect_err(|fault| tracing::error!(%fault, "an application could not be told")) };
                self.0.insert(uri, tokio::spawn(logged));
            }
        }
        Ok(())
    }
}

/// The application at `uri` was told what was due to it. No transaction is held while it answers.
async fn lane(app: App, uri: String) -> Result<usize, Fault> {
    let mut count = 0;
    loop {
        let (now, to) = (app.clock.now(), uri.clone());
        let due = app.db.read(move |tx| outbox::due(tx, Kind::Logout, Some(&to), now, ROUND)).await?;
        if due.is_empty() {
            return Ok(count);
        }
        for some in due.chunks(AT_ONCE) {
            let deliveries: Vec<_> = some.iter().map(|id| tokio::spawn(deliver(app.clone(), *id))).collect();
            for delivery in deliveries {
                delivery.await.map_err(|e| Fault::broken(e.to_string()))??;
            }
        }
        count += due.len();
    }
}

/// What came of one try.
enum Told {
    Yes(String),
    Later(String),
    Never(String),
}

async fn deliver(app: App, id: RowId) -> Result<(), Fault> {
    let ctx = app.system_context("logout");
    let leased = {
        let ctx = ctx.clone();
        app.db.write(move |tx| outbox::lease(tx, &ctx, id)).await?
    };
    let Some(row) = leased else { return Ok(()) };
    let told = match row.notice() {
        Some(notice) => tell(&app, &row.recipient, notice).await?,
        None => Told::Never("the notice cannot be read".into()),
    };
    app.db
        .write(move |tx| match &told {
            Told::Yes(answer) => outbox::accepted(tx, &ctx, row.id, answer),
            Told::Later(answer) => outbox::refused(tx, &ctx, &row, answer, false),
            Told::Never(answer) => outbox::refused(tx, &ctx, &row, answer, true),
        })
        .await
}

async fn tell(app: &App, uri: &str, notice: Notice) -> Result<Told, Fault> {
    let id = notice.client_id.clone();
    let Some(client) = app.db.read(move |tx| client::find(tx, &id)).await? else {
        return Ok(Told::Never("the application is not registered any more".into()));
    };
    let now = app.clock.now();
    let claims = json!({
        "iss": app.config.issuer.as_str(),
        "aud": client.id,
        "iat": now.seconds(),
        "exp": (now + LIFETIME).seconds(),
        "jti": crate::secret::base64url(&app.random.bytes::<16>()),
        "sub": notice.sub,
        "sid": notice.sid.to_string(),
        "events": { EVENT: {} },
    });
    let key = app.signing.active(client.metadata.id_token_signed_response_alg)?;
    let token = jws::sign(&key, "logout+jwt", &claims)?;
    Ok(match app.outbound.post_form(uri, format!("logout_token={}", encode(&token))).await {
        // §2.8: 200; 204 is what some frameworks make of an empty answer.
        Ok(status) if status.is_success() => Told::Yes(status.to_string()),
        Ok(status) => Told::Later(format!("it answered {status}")),
        Err(OutboundError::NotAllowed(problem)) => Told::Never(format!("the address {problem}")),
        Err(error) => Told::Later(error.to_string()),
    })
}
