//! The sitemap: every address of the service, by the folder that answers it.

use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::app::App;
use crate::db::Fault;
use crate::web::{self, PageError, Unlogged};
use crate::{authentication, mailbox, oidc, portal, registration, roster, staff};

/// Forms and OAuth requests are small; nothing larger is read.
const LARGEST_BODY: usize = 64 * 1024;

pub fn router(app: App) -> Router {
    let mut routes = Router::new()
        .merge(portal::routes()) //                 /
        .merge(registration::pages::routes()) //    /register /redeem /confirm /profile /status /security/email
        .merge(authentication::pages::routes()) //  /sign-in /forgot-password /reset /enrol /security
        .merge(oidc::routes(&app)) //               /.well-known /oauth2 /consent /sign-out /security/applications
        .merge(roster::pages::routes()) //          /facilities
        .merge(staff::routes()) //                  /staff
        .merge(web::asset_routes()) //              /assets
        .route("/healthz", get(alive))
        .route("/readyz", get(ready));
    if app.config.mailbox {
        routes = routes.merge(mailbox::routes()); // /dev/mailbox
    }
    routes
        .fallback(|| async { PageError::NotFound })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(30)))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            PageError::Fault(Fault::broken("a handler panicked")).into_response()
        }))
        .layer(middleware::from_fn_with_state(app.clone(), web::surround))
        .with_state(app)
}

/// `GET /healthz`: the process answers.
async fn alive() -> Response {
    quiet((StatusCode::OK, "alive\n").into_response())
}

/// `GET /readyz`: the database answers too, and nobody has told the process to stop.
async fn ready(State(app): State<App>) -> Response {
    if app.is_stopping() {
        return quiet((StatusCode::SERVICE_UNAVAILABLE, "not ready: the process is stopping\n").into_response());
    }
    let read = app.db.read(crate::outbox::counts).await;
    quiet(match read {
        Ok(_) if app.redis.as_ref().is_some_and(|redis| !redis.answers()) => {
            (StatusCode::OK, "ready, without Redis: limits are counted in each process\n").into_response()
        }
        Ok(_) => (StatusCode::OK, "ready\n").into_response(),
        Err(fault) => {
            tracing::error!(%fault, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready: the database does not answer\n").into_response()
        }
    })
}

fn quiet(mut response: Response) -> Response {
    response.extensions_mut().insert(Unlogged);
    response
}
