//! The sample resource server: takes tickets from applications, and asks Gatehouse about every access token (RFC 7662).

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use super::http;
use super::start::Places;
use crate::web::encode;

/// A ticket, with the facility that filed it: taken from the token, never from the form.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ticket {
    pub number: usize,
    pub facility_id: String,
    pub facility_name: String,
    pub filed_by: String,
    pub subject: String,
    pub description: String,
}

#[derive(Clone)]
struct Service {
    places: Places,
    secret: Arc<str>,
    file: Arc<PathBuf>,
    tickets: Arc<Mutex<Vec<Ticket>>>,
}

/// What introspection says, as far as this service needs it.
#[derive(Deserialize)]
struct Introspection {
    active: bool,
    #[serde(default)]
    aud: serde_json::Value,
    facility_id: Option<String>,
    facility_name: Option<String>,
    username: Option<String>,
}

pub async fn run(listener: TcpListener, places: Places, secret: String, file: PathBuf) -> std::io::Result<()> {
    let kept = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let service = Service { places, secret: secret.into(), file: Arc::new(file), tickets: Arc::new(Mutex::new(kept)) };
    let routes = Router::new().route("/tickets", post(create).get(list)).with_state(service);
    axum::serve(listener, routes).await
}

#[derive(Deserialize)]
struct NewTicket {
    subject: String,
    description: String,
}

/// `POST /tickets`
async fn create(State(service): State<Service>, headers: HeaderMap, Json(new): Json<NewTicket>) -> Response {
    let caller = match service.caller(&headers).await {
        Ok(caller) => caller,
        Err(refusal) => return refusal,
    };
    let (Some(facility_id), Some(facility_name)) = (caller.facility_id, caller.facility_name) else {
        return (StatusCode::FORBIDDEN, "this account acts for no facility\n").into_response();
    };
    let ticket = {
        let mut tickets = service.tickets.lock().expect("no holder panics");
        let ticket = Ticket {
            number: tickets.len() + 1,
            facility_id,
            facility_name,
            filed_by: caller.username.unwrap_or_default(),
            subject: new.subject.chars().take(200).collect(),
            description: new.description.chars().take(5_000).collect(),
        };
        tickets.push(ticket.clone());
        if let Err(e) = std::fs::write(&*service.file, serde_json::to_vec_pretty(&*tickets).unwrap_or_default()) {
            tracing::error!(%e, "tickets could not be kept");
        }
        ticket
    };
    (StatusCode::CREATED, Json(ticket)).into_response()
}

/// `GET /tickets`: those of the caller's facility.
async fn list(State(service): State<Service>, headers: HeaderMap) -> Response {
    match service.caller(&headers).await {
        Ok(caller) => {
            let tickets = service.tickets.lock().expect("no holder panics");
            let own: Vec<_> = tickets.iter().filter(|ticket| Some(&ticket.facility_id) == caller.facility_id.as_ref()).cloned().collect();
            Json(own).into_response()
        }
        Err(refusal) => refusal,
    }
}

impl Service {
    /// Whom the token speaks for, or the refusal to answer with. Asked anew for every request: nothing is cached.
    async fn caller(&self, headers: &HeaderMap) -> Result<Introspection, Response> {
        let refuse = || {
            (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")], "the token is not valid\n")
                .into_response()
        };
        let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or("");
        let token = authorization.strip_prefix("Bearer ").ok_or_else(refuse)?;
        let body = format!("token={}&token_type_hint=access_token", encode(token));
        let credentials = STANDARD.encode(format!("ticket-service:{}", encode(&self.secret)));
        let request = Request::post(format!("{}/oauth2/introspect", self.places.service))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::AUTHORIZATION, format!("Basic {credentials}"))
            .body(body.into_bytes());
        let unreachable = || (StatusCode::BAD_GATEWAY, "Gatehouse cannot be asked\n").into_response();
        let response = http::send(request.map_err(|_| unreachable())?).await.map_err(|_| unreachable())?;
        let answer: Introspection = serde_json::from_slice(response.body()).map_err(|_| unreachable())?;
        // Active is not enough: the token must be meant for this service.
        let meant_for_us = match &answer.aud {
            serde_json::Value::String(one) => *one == self.places.tickets,
            serde_json::Value::Array(several) => several.iter().any(|aud| aud.as_str() == Some(self.places.tickets.as_str())),
            _ => false,
        };
        if answer.active && meant_for_us { Ok(answer) } else { Err(refuse()) }
    }
}
