//! The sample *MCO Complaints* application: signs people in with OpenID Connect, shows the facility they act for, and
//! files tickets with the ticket service under their access token. Written as any agency's application would be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use askama::Template;
use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::net::TcpListener;

use super::http;
use super::start::Places;
use super::tickets::Ticket;
use crate::secret::{Random, SystemRandom, base64url};
use crate::web::{decode, encode};

const COOKIE: &str = "mco_complaints";

/// What one browser is in the middle of, or signed in as.
#[derive(Default)]
struct Session {
    pending: Option<Pending>,
    signed_in: Option<SignedIn>,
    form_token: String,
}

struct Pending {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

#[derive(Clone)]
struct SignedIn {
    access_token: String,
    id_token: String,
    claims: Map<String, Value>,
}

#[derive(Clone)]
struct Application {
    places: Places,
    secret: String,
    sessions: Arc<Mutex<HashMap<String, Session>>>,
}

pub async fn run(listener: TcpListener, places: Places, secret: String) -> std::io::Result<()> {
    let application = Application { places, secret, sessions: Arc::default() };
    let routes = Router::new()
        .route("/", get(home))
        .route("/login", get(login))
        .route("/callback", get(callback))
        .route("/tickets", post(file_ticket))
        .route("/logout", post(logout))
        .route("/style.css", get(|| async { ([(header::CONTENT_TYPE, "text/css")], include_str!("../../assets/gatehouse.css")) }))
        .with_state(application);
    axum::serve(listener, routes).await
}

#[derive(Template)]
#[template(path = "dev/complaints.html")]
struct Page {
    signed_in: bool,
    name: String,
    facts: Vec<(&'static str, String)>,
    tickets: Vec<Ticket>,
    notice: Option<String>,
    problem: Option<String>,
    form_token: String,
    service: String,
}

/// The claims this application shows, and what it calls them.
const FACTS: &[(&str, &str)] = &[
    ("facility_name", "Facility"),
    ("facility_type", "Facility type"),
    ("medicaid_id", "Medicaid ID"),
    ("npi", "NPI"),
    ("registration_status", "Registration"),
    ("preferred_username", "Username"),
    ("email", "Email"),
];

fn text(claims: &Map<String, Value>, name: &str) -> String {
    match claims.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

/// `GET /`
async fn home(State(application): State<Application>, headers: HeaderMap) -> Response {
    let (id, fresh) = session_id(&headers);
    let page = application.page(&id, None, None).await;
    with_cookie(page, &id, fresh)
}

/// `GET /login`: sends the browser to Gatehouse, with PKCE, a nonce and a state that belong to this browser.
///
/// The portal's tile names the account it was opened for (OpenID Connect Core §4).
async fn login(State(application): State<Application>, headers: HeaderMap, Query(initiated): Query<Initiated>) -> Response {
    let (id, fresh) = session_id(&headers);
    let Ok(metadata) = application.discover().await else {
        return with_cookie(application.page(&id, None, Some("Gatehouse cannot be reached.".into())).await, &id, fresh);
    };
    let Ok(client) = application.client(metadata) else {
        return application.page(&id, None, Some("The application is misconfigured.".into())).await;
    };
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random);
    let scopes = ["profile", "email", "phone", "facility", "roles"].map(|scope| Scope::new(scope.into()));
    let mut flow = flow.add_scopes(scopes).add_extra_param("resource", application.places.tickets.clone()).set_pkce_challenge(challenge);
    if !initiated.login_hint.is_empty() {
        flow = flow.add_extra_param("login_hint", initiated.login_hint);
    }
    let (url, state, nonce) = flow.url();
    application.with_session(&id, |session| session.pending = Some(Pending { state, nonce, verifier }));
    with_cookie(Redirect::to(url.as_str()).into_response(), &id, fresh)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Initiated {
    login_hint: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Callback {
    code: String,
    state: String,
    iss: String,
    error: String,
    error_description: String,
}

/// `GET /callback`
async fn callback(State(application): State<Application>, headers: HeaderMap, Query(answer): Query<Callback>) -> Response {
    let (id, fresh) = session_id(&headers);
    match application.complete(&id, answer).await {
        // The browser is known by a new cookie from now on.
        Ok(()) => with_cookie(Redirect::to("/").into_response(), &application.renew(&id), true),
        Err(problem) => with_cookie(application.page(&id, None, Some(problem)).await, &id, fresh),
    }
}

#[derive(Deserialize)]
struct NewTicket {
    form_token: String,
    subject: String,
    description: String,
}

/// `POST /tickets`
async fn file_ticket(State(application): State<Application>, headers: HeaderMap, Form(new): Form<NewTicket>) -> Response {
    let (id, _) = session_id(&headers);
    let Some(signed_in) = application.signed_in(&id, &new.form_token) else { return Redirect::to("/").into_response() };
    if new.subject.trim().is_empty() {
        return application.page(&id, None, Some("Give the ticket a subject.".into())).await;
    }
    let body = serde_json::json!({ "subject": new.subject, "description": new.description });
    let answer = application.ask_tickets("POST", &signed_in.access_token, body.to_string().into_bytes()).await;
    let (notice, problem) = match answer {
        Ok((StatusCode::CREATED, bytes)) => {
            let number = serde_json::from_slice::<Ticket>(&bytes).map_or(0, |ticket| ticket.number);
            (Some(format!("Ticket {number} was filed.")), None)
        }
        Ok((StatusCode::UNAUTHORIZED, _)) => {
            application.with_session(&id, |session| session.signed_in = None);
            (None, Some("The ticket was refused: your access has ended. Sign in again to go on.".into()))
        }
        Ok((status, _)) => (None, Some(format!("The ticket was refused ({status})."))),
        Err(problem) => (None, Some(problem)),
    };
    application.page(&id, notice, problem).await
}

#[derive(Deserialize)]
struct Logout {
    form_token: String,
}

/// `POST /logout`: ends this application's session, then the one at Gatehouse (RP-initiated logout).
async fn logout(State(application): State<Application>, headers: HeaderMap, Form(form): Form<Logout>) -> Response {
    let (id, _) = session_id(&headers);
    let Some(signed_in) = application.signed_in(&id, &form.form_token) else { return Redirect::to("/").into_response() };
    application.with_session(&id, |session| session.signed_in = None);
    let back = encode(&format!("{}/", application.places.complaints));
    let place =
        format!("{}/oauth2/logout?id_token_hint={}&post_logout_redirect_uri={back}", application.places.service, signed_in.id_token);
    Redirect::to(&place).into_response()
}

type Rp = CoreClient<
    openidconnect::EndpointSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointMaybeSet,
    openidconnect::EndpointMaybeSet,
>;

impl Application {
    async fn discover(&self) -> Result<CoreProviderMetadata, String> {
        let issuer = IssuerUrl::new(self.places.service.clone()).map_err(|e| e.to_string())?;
        CoreProviderMetadata::discover_async(issuer, &http::send).await.map_err(|e| e.to_string())
    }

    fn client(&self, metadata: CoreProviderMetadata) -> Result<Rp, String> {
        let redirect = RedirectUrl::new(format!("{}/callback", self.places.complaints)).map_err(|e| e.to_string())?;
        let (id, secret) = (ClientId::new("mco-complaints".into()), ClientSecret::new(self.secret.clone()));
        Ok(CoreClient::from_provider_metadata(metadata, id, Some(secret)).set_redirect_uri(redirect))
    }

    /// Checks the answer, exchanges the code, checks the ID token, and reads the claims from userinfo.
    async fn complete(&self, id: &str, answer: Callback) -> Result<(), String> {
        let pending = self.with_session(id, |session| session.pending.take()).ok_or("This sign-in was not started in this browser.")?;
        if answer.state != *pending.state.secret() {
            return Err("This sign-in was not started in this browser.".into());
        }
        // RFC 9207: the answer comes from the provider that was asked.
        if answer.iss != self.places.service {
            return Err("The answer came from another provider.".into());
        }
        if !answer.error.is_empty() {
            return Err(format!("Gatehouse answered: {} ({})", answer.error_description, answer.error));
        }
        let client = self.client(self.discover().await?)?;
        let request = client.exchange_code(AuthorizationCode::new(answer.code)).map_err(|e| e.to_string())?;
        let tokens = request.set_pkce_verifier(pending.verifier).request_async(&http::send).await.map_err(|e| e.to_string())?;
        let id_token = tokens.id_token().ok_or("There was no ID token.")?;
        let verifier = client.id_token_verifier();
        let claims = id_token.claims(&verifier, &pending.nonce).map_err(|e| e.to_string())?;
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = id_token.signing_alg().map_err(|e| e.to_string())?;
            let key = id_token.signing_key(&verifier).map_err(|e| e.to_string())?;
            let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key).map_err(|e| e.to_string())?;
            if actual != *expected {
                return Err("The access token does not belong to the ID token.".into());
            }
        }
        let userinfo = client.user_info(tokens.access_token().clone(), Some(claims.subject().clone())).map_err(|e| e.to_string())?;
        let _: CoreUserInfoClaims = userinfo.request_async(&http::send).await.map_err(|e| e.to_string())?;
        let claims = self.facility_claims(tokens.access_token().secret()).await?;
        let signed_in = SignedIn { access_token: tokens.access_token().secret().clone(), id_token: id_token.to_string(), claims };
        self.with_session(id, |session| session.signed_in = Some(signed_in));
        Ok(())
    }

    /// Userinfo once more, as plain JSON: the facility's claims are none that the crate has names for.
    async fn facility_claims(&self, access_token: &str) -> Result<Map<String, Value>, String> {
        let request = Request::get(format!("{}/oauth2/userinfo", self.places.service))
            .header(header::AUTHORIZATION, format!("Bearer {access_token}"))
            .body(Vec::new())
            .map_err(|e| e.to_string())?;
        let response = http::send(request).await.map_err(|e| e.to_string())?;
        serde_json::from_slice(response.body()).map_err(|e| e.to_string())
    }

    async fn ask_tickets(&self, method: &str, access_token: &str, body: Vec<u8>) -> Result<(StatusCode, Vec<u8>), String> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/tickets", self.places.tickets))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {access_token}"))
            .body(body)
            .map_err(|e| e.to_string())?;
        let response = http::send(request).await.map_err(|_| "The ticket service cannot be reached.".to_owned())?;
        Ok((response.status(), response.into_body()))
    }

    fn with_session<T>(&self, id: &str, work: impl FnOnce(&mut Session) -> T) -> T {
        let mut sessions = self.sessions.lock().expect("no holder panics");
        if sessions.len() > 10_000 {
            sessions.clear();
        }
        work(sessions.entry(id.to_owned()).or_insert_with(|| Session { form_token: random_text(), ..Session::default() }))
    }

    fn renew(&self, id: &str) -> String {
        let renewed = random_text();
        let mut sessions = self.sessions.lock().expect("no holder panics");
        if let Some(session) = sessions.remove(id) {
            sessions.insert(renewed.clone(), session);
        }
        renewed
    }

    /// Who is signed in, where the form came from one of our pages.
    fn signed_in(&self, id: &str, form_token: &str) -> Option<SignedIn> {
        self.with_session(id, |session| if session.form_token == form_token { session.signed_in.clone() } else { None })
    }

    async fn page(&self, id: &str, notice: Option<String>, problem: Option<String>) -> Response {
        let (signed_in, form_token) = self.with_session(id, |session| (session.signed_in.clone(), session.form_token.clone()));
        let tickets = match &signed_in {
            Some(signed_in) => match self.ask_tickets("GET", &signed_in.access_token, Vec::new()).await {
                Ok((StatusCode::OK, bytes)) => serde_json::from_slice(&bytes).unwrap_or_default(),
                _ => Vec::new(),
            },
            None => Vec::new(),
        };
        let claims = signed_in.as_ref().map(|s| s.claims.clone()).unwrap_or_default();
        let facts = FACTS.iter().map(|(claim, label)| (*label, text(&claims, claim))).filter(|(_, value)| !value.is_empty()).collect();
        let page = Page {
            signed_in: signed_in.is_some(),
            name: text(&claims, "name"),
            facts,
            tickets,
            notice,
            problem,
            form_token,
            service: self.places.service.clone(),
        };
        Html(page.render().unwrap_or_default()).into_response()
    }
}

fn random_text() -> String {
    let random: &dyn Random = &SystemRandom;
    base64url(&random.bytes::<18>())
}

/// The session of this browser, and whether it is a new one.
fn session_id(headers: &HeaderMap) -> (String, bool) {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    let known = cookies.filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == COOKIE);
    match known.and_then(|(_, value)| decode(value.as_bytes()).ok()).filter(|value| value.len() == 24) {
        Some(id) => (id, false),
        None => (random_text(), true),
    }
}

fn with_cookie(mut response: Response, id: &str, set: bool) -> Response {
    if set {
        let cookie = format!("{COOKIE}={id}; Path=/; HttpOnly; SameSite=Lax");
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&cookie).expect("the id is base64url"));
    }
    response
}
