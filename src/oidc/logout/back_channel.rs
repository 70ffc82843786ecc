//! Back-Channel Logout 1.0: applications are told by us that a session ended, whatever ended it.
//!
//! ```text
//! a session ends ──▶ revocation row (in its transaction) ──▶ a notice for each application ──▶ its lane ──▶ POST logout_token
//!                                   └── told_at, in one transaction with the notices: once, whatever crashes
//! ```

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

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
/// So many applications are told at the same time, so many notices are on their way to one of them, and so many to all.
const LANES: usize = 256;
const AT_ONCE: usize = 8;
const AT_ONCE_TO_ALL: usize = 64;
const AFTER_A_FAULT: Duration = Duration::from_secs(2);
/// A logout token is sent at once, or made anew (§2.4 recommends two minutes).
const LIFETIME: Duration = Duration::from_secs(120);
/// The one member of `events` (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Tells applications what ended, round after round, until the process is over. What it began it finishes.
pub async fn run(app: App) {
    let mut lanes = Lanes::default();
    while !app.is_over() {
        let posted = post_notices(&app).await;
        let opened = lanes.open(&app).await;
        let pause = match posted.and_then(|count| opened.map(|()| count)) {
            Ok(count) if count >= usize::try_from(ROUND).unwrap_or(usize::MAX) => Duration::ZERO,
            Ok(_) => Duration::from_millis(200),
            Err(fault) => {
                tracing::error!(%fault, "applications could not be told that sessions ended");
                AFTER_A_FAULT
            }
        };
        tokio::time::sleep(pause).await;
    }
    for lane in lanes.tasks.values_mut() {
        let _ = lane.await;
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
                    // One that cannot be read is not told: nobody knows where.
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

/// One round by itself: what was due was sent, or is due later; returns how many notices were looked at.
pub async fn deliver_due(app: &App) -> Result<usize, Fault> {
    let mut lanes = Lanes::default();
    lanes.open(app).await?;
    let mut count = 0;
    for lane in lanes.tasks.values_mut() {
        count += lane.await.map_err(|e| Fault::broken(e.to_string()))??;
    }
    Ok(count)
}

/// A task for each application that is being told: one that hangs holds up its own notices and nobody else's.
struct Lanes {
    tasks: HashMap<String, JoinHandle<Result<usize, Fault>>>,
    permits: Arc<Semaphore>,
}

impl Default for Lanes {
    fn default() -> Self {
        Self { tasks: HashMap::new(), permits: Arc::new(Semaphore::new(AT_ONCE_TO_ALL)) }
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        self.tasks.values().for_each(JoinHandle::abort);
    }
}

impl Lanes {
    /// A lane is open to each application that something is due to.
    async fn open(&mut self, app: &App) -> Result<(), Fault> {
        self.tasks.retain(|_, lane| !lane.is_finished());
        let (now, limit) = (app.clock.now(), self.tasks.len() + LANES);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        for uri in app.db.scan(move |tx| outbox::recipients_due(tx, Kind::Logout, now, limit)).await? {
            if self.tasks.len() < LANES && !self.tasks.contains_key(&uri) {
                let told = lane(app.clone(), uri.clone(), Arc::clone(&self.permits));
                let lane = async {
                    let told = told.await;
                    if let Err(fault) = &told {
                        tracing::error!(%fault, "an application could not be told");
                        // The lane counts as open meanwhile, so that nothing is tried again at once.
                        tokio::time::sleep(AFTER_A_FAULT).await;
                    }
                    told
                };
                self.tasks.insert(uri, tokio::spawn(lane));
            }
        }
        Ok(())
    }
}

/// The application at `uri` was told what was due to it. No transaction is held while it answers.
async fn lane(app: App, uri: String, permits: Arc<Semaphore>) -> Result<usize, Fault> {
    let mut count = 0;
    loop {
        let (now, to) = (app.clock.now(), uri.clone());
        let due = app.db.read(move |tx| outbox::due(tx, Kind::Logout, Some(&to), now, ROUND)).await?;
        if due.is_empty() || app.is_over() {
            return Ok(count);
        }
        for some in due.chunks(AT_ONCE) {
            // Dropped with the lane, and everything that it began.
            let mut deliveries = JoinSet::new();
            for id in some.iter().copied() {
                let (app, permits) = (app.clone(), Arc::clone(&permits));
                deliveries.spawn(async move {
                    let _permit = permits.acquire_owned().await;
                    deliver(app, id).await
                });
            }
            while let Some(delivery) = deliveries.join_next().await {
                delivery.map_err(|e| Fault::broken(e.to_string()))??;
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
        // A fault is an answer like another: it is noted, and the notice is given up in its time.
        Some(notice) => tell(&app, &row.recipient, notice).await.unwrap_or_else(|fault| {
            tracing::error!(%fault, "an application could not be told");
            Told::Later(fault.to_string())
        }),
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
    let key = app.signing.active(client.metadata.id_token_signed_response_alg, app.clock.now())?;
    let token = jws::sign(&key, "logout+jwt", &claims)?;
    Ok(match app.outbound.post_form(uri, format!("logout_token={}", encode(&token))).await {
        // §2.8: 200; 204 is what some frameworks make of an empty answer.
        Ok(status) if status.is_success() => Told::Yes(status.to_string()),
        Ok(status) => Told::Later(format!("it answered {status}")),
        Err(OutboundError::NotAllowed(problem)) => Told::Never(format!("the address {problem}")),
        Err(error) => Told::Later(error.to_string()),
    })
}
