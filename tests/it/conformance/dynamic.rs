//! `oidcc-dynamic-certification-test-plan` and the plan of third-party-initiated login: applications register themselves.

use serde_json::{Value, json};

use gatehouse::db::Fault;
use gatehouse::oidc::client;

use crate::on_both;
use crate::support::app::START;
use crate::support::client_key::{ASSERTION_TYPE, assertion};
use crate::support::http::Answer;
use crate::support::relying_party::CALLBACK;
use crate::support::{Browser, ClientKey, RelyingParty, Site, TestApp, http};

const OPEN: &str = "[registration]\nenabled = true\nopen = true\nscope = \"openid profile email offline_access\"";

async fn call(app: &TestApp, method: &str, path: &str, body: &Value, token: Option<&str>) -> Answer {
    let mut request =
        axum::http::Request::builder().method(method).uri(format!("{}{path}", app.base)).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    http::send(request.body(body.to_string().into_bytes()).unwrap()).await
}

async fn register(app: &TestApp, body: Value) -> Answer {
    call(app, "POST", "/oauth2/register", &body, None).await
}

async fn registered(app: &TestApp, body: Value) -> Value {
    let answer = register(app, body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()
}

fn party(app: &TestApp, client: &Value) -> RelyingParty {
    let text = |name: &str| client[name].as_str().unwrap_or("").to_owned();
    RelyingParty { base: app.base.clone(), id: text("client_id"), secret: text("client_secret") }
}

fn plain() -> Value {
    json!({ "redirect_uris": [CALLBACK], "client_name": "Self-made", "scope": "openid email" })
}

async fn person(app: &TestApp) -> Browser {
    let rosa = app.reviewer().await;
    app.active(&rosa, "ada", 1).await
}

/// oidcc-server, -idtoken-rs256, -userinfo-rs256: registered, read back, and used at once.
#[tokio::test]
async fn server() {
    let app = TestApp::configured(OPEN).await;
    let ada = person(&app).await;
    let client = registered(
        &app,
        json!({ "redirect_uris": [CALLBACK], "userinfo_signed_response_alg": "RS256", "id_token_signed_response_alg": "RS256" }),
    )
    .await;
    assert_eq!((&client["client_secret_expires_at"], &client["client_id_issued_at"]), (&json!(0), &json!(START)));
    assert!(client["registration_client_uri"].is_string() && client["registration_access_token"].is_string());
    assert_eq!(client["token_endpoint_auth_method"], "client_secret_basic");
    let rp = party(&app, &client);
    let tokens = rp.tokens(&ada, "openid email").await;
    let (header, _) = rp.verified(tokens["id_token"].as_str().unwrap()).await;
    assert_eq!(header["alg"], "RS256");
    let userinfo = rp.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(userinfo.header("content-type"), "application/jwt");
    // Nobody has looked at it: it is no tile of the portal, and the consent page says so.
    let named =
        json!({ "redirect_uris": [CALLBACK], "client_name": "Medicaid Enrollment", "initiate_login_uri": "https://evil.example/login" });
    let evil = party(&app, &registered(&app, named).await);
    assert!(!ada.get("/").await.text().contains("Medicaid Enrollment"));
    let page = ada.get(&evil.flow("openid").path()).await;
    assert!(page.says("registered itself") && page.says("rp.example"), "{}", page.text());
    // Registered for the header, the secret counts in the body too; not so for a client of an operator.
    let operators = RelyingParty::register(&app, "operators").await;
    for (rp, status) in [(&rp, 400), (&operators, 401)] {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", "x"),
            ("redirect_uri", CALLBACK),
            ("client_id", &rp.id),
            ("client_secret", &rp.secret),
        ];
        let answer = http::post_form(&format!("{}/oauth2/token", app.base), &fields, None).await;
        assert_eq!(answer.status, status, "{}: {}", rp.id, answer.body);
    }
}

/// oidcc-registration-jwks-uri, oidcc-server with private_key_jwt: the assertion is made out for the token endpoint.
#[tokio::test]
async fn registration_jwks_uri() {
    let app = TestApp::configured(OPEN).await;
    let ada = person(&app).await;
    let (key, site) = (ClientKey::of("RS256"), Site::open().await);
    let uri = site.show("/jwks", &key.jwks().to_string());
    let client =
        registered(&app, json!({ "redirect_uris": [CALLBACK], "jwks_uri": uri, "token_endpoint_auth_method": "private_key_jwt" })).await;
    assert_eq!(client.get("client_secret"), None);
    let rp = party(&app, &client);
    let code = rp.code(&ada, "openid").await;
    let proof = key.sign("RS256", &assertion(&rp.id, &format!("{}/oauth2/token", app.base), "1"));
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", &proof),
        ("code_verifier", crate::support::relying_party::VERIFIER),
    ];
    let answer = http::post_form(&format!("{}/oauth2/token", app.base), &fields, None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// oidcc-registration-logo-uri, -policy-uri, -tos-uri, -sector-uri, -sector-bad, -redirect-uri-regfrag, 3rd_party-init-login,
/// 3rd_party-init-login-nohttps: what is registered comes back, what is unsound is refused in RFC 7591's words.
#[tokio::test]
async fn what_is_registered_and_what_is_not() {
    let app = TestApp::configured(OPEN).await;
    let site = Site::open().await;
    let with = |members: Value| {
        let mut document = plain();
        for (name, value) in members.as_object().unwrap() {
            document[name] = value.clone();
        }
        document
    };
    let sector = site.show("/sector", &json!([CALLBACK]).to_string());
    let bad_sector = site.show("/bad", "[]");
    for members in [
        json!({ "logo_uri": "https://rp.example/logo.png" }),
        json!({ "policy_uri": "https://rp.example/policy" }),
        json!({ "tos_uri": "https://rp.example/terms" }),
        json!({ "initiate_login_uri": "https://rp.example/start" }),
        json!({ "subject_type": "pairwise", "sector_identifier_uri": sector }),
        json!({ "contacts": ["a@rp.example"], "default_max_age": 300, "require_auth_time": true }),
        json!({ "backchannel_logout_uri": site.url("/logout"), "backchannel_logout_session_required": true }),
    ] {
        let client = registered(&app, with(members.clone())).await;
        let path = client["registration_client_uri"].as_str().unwrap().strip_prefix(&app.base).unwrap().to_owned();
        let shown = call(&app, "GET", &path, &Value::Null, client["registration_access_token"].as_str()).await;
        assert_eq!(shown.status, 200, "{}", shown.body);
        for (name, value) in members.as_object().unwrap() {
            assert_eq!((&client[name], &shown.json()[name]), (value, value), "{name}");
        }
    }
    for (members, error) in [
        (json!({ "redirect_uris": ["https://rp.example/cb#fragment"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["http://rp.example/cb"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["javascript:alert(1)"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": [] }), "invalid_redirect_uri"),
        (json!({ "initiate_login_uri": "http://rp.example/start" }), "invalid_client_metadata"),
        (json!({ "initiate_login_uri": "http://localhost.evil.example/start" }), "invalid_client_metadata"),
        (json!({ "frontchannel_logout_uri": "https://x;sandbox/" }), "invalid_client_metadata"),
        (json!({ "frontchannel_logout_uri": "http.evil:foo" }), "invalid_client_metadata"),
        (json!({ "subject_type": "pairwise", "sector_identifier_uri": bad_sector }), "invalid_client_metadata"),
        (json!({ "id_token_signed_response_alg": "none" }), "invalid_client_metadata"),
        (json!({ "token_endpoint_auth_method": "tls_client_auth" }), "invalid_client_metadata"),
        (json!({ "grant_types": ["password"] }), "invalid_client_metadata"),
        (json!({ "redirect_uris": "https://rp.example/cb" }), "invalid_client_metadata"),
        (json!({ "jwks_uri": "https://10.0.0.1/jwks" }), "invalid_client_metadata"),
        (json!({ "response_types": ["id_token"] }), "invalid_client_metadata"),
    ] {
        let answer = register(&app, with(members.clone())).await;
        assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (400, Some(error)), "{members}: {}", answer.body);
    }
    for nonsense in ["", "[]", "{", "1"] {
        let answer = http::post_raw(&format!("{}/oauth2/register", app.base), nonsense, "application/json", None).await;
        assert_eq!(answer.json()["error"], "invalid_client_metadata", "{nonsense:?}");
    }
}

/// oidcc-ensure-redirect-uri-in-authorization-request, -redirect-uri-query-OK, -query-mismatch, -query-added
#[tokio::test]
async fn redirect_uris_with_queries() {
    let app = TestApp::configured(OPEN).await;
    let ada = person(&app).await;
    let uris = ["https://rp.example/cb?foo=bar", CALLBACK];
    let rp = party(&app, &registered(&app, json!({ "redirect_uris": uris })).await);
    let page = rp.authorize(&ada, &rp.flow("openid").with("redirect_uri", uris[0])).await;
    assert!(page.url.starts_with("https://rp.example/cb?foo=bar&") && page.query("code").is_some(), "{}", page.url);
    for flow in [
        rp.flow("openid").without("redirect_uri"),
        rp.flow("openid").with("redirect_uri", "https://rp.example/cb?foo=baz"),
        rp.flow("openid").with("redirect_uri", "https://rp.example/cb?foo=bar&more=1"),
        rp.flow("openid").with("redirect_uri", "https://rp.example/cb?"),
    ] {
        let page = rp.authorize(&ada, &flow).await;
        assert!(page.url.starts_with(&app.base) && page.says("invalid_request"), "{}", page.url);
    }
}

/// oidcc-refresh-token-rp-key-rotation: the client publishes another key, and goes on with it.
#[tokio::test]
async fn refresh_token_rp_key_rotation() {
    let app = TestApp::configured(OPEN).await;
    let (ada, site) = (person(&app).await, Site::open().await);
    let (first, second) = (ClientKey::of("ES256").named("first"), ClientKey::fresh().named("second"));
    let uri = site.show("/jwks", &first.jwks().to_string());
    let members = json!({
        "redirect_uris": [CALLBACK], "jwks_uri": uri, "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["authorization_code", "refresh_token"],
    });
    let rp = party(&app, &registered(&app, members).await);
    let page = rp.authorize(&ada, &rp.flow("openid offline_access").with("prompt", "consent")).await;
    let code = page.query("code").unwrap();
    let ask = async |key: &ClientKey, jti: &str, fields: &[(&str, &str)]| {
        let mut claims = assertion(&rp.id, &app.base, jti);
        claims["exp"] = json!(START + 600);
        let proof = key.sign("ES256", &claims);
        let fields: Vec<_> =
            fields.iter().copied().chain([("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &proof)]).collect();
        http::post_form(&format!("{}/oauth2/token", app.base), &fields, None).await
    };
    let exchange = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", crate::support::relying_party::VERIFIER),
    ];
    let tokens = ask(&first, "1", &exchange).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let refresh = tokens.json()["refresh_token"].as_str().unwrap().to_owned();
    site.show("/jwks", &second.jwks().to_string());
    app.advance(std::time::Duration::from_secs(60));
    let tokens = ask(&second, "2", &[("grant_type", "refresh_token"), ("refresh_token", &refresh)]).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
}

on_both! {
    /// RFC 7592: read, replaced, deleted, each by its own token alone.
    async fn a_registration_is_managed_by_its_token(app) {
        let app = enabled(app, true);
        let ada = person(&app).await;
        let (client, other) = (registered(&app, plain()).await, registered(&app, plain()).await);
        let (id, token) = (client["client_id"].as_str().unwrap(), client["registration_access_token"].as_str().unwrap());
        let path = format!("/oauth2/register/{id}");
        for wrong in [None, Some("x"), other["registration_access_token"].as_str(), client["client_secret"].as_str()] {
            for method in ["GET", "PUT", "DELETE"] {
                assert_eq!(call(&app, method, &path, &plain(), wrong).await.status, 401, "{method} {wrong:?}");
            }
        }
        assert_eq!(call(&app, "GET", "/oauth2/register/nobody", &Value::Null, Some(token)).await.status, 401);
        let rp = party(&app, &client);
        let tokens = rp.tokens(&ada, "openid email").await;
        let mut changed = plain();
        changed["client_id"] = json!(id);
        changed["client_name"] = json!("Another name");
        let answer = call(&app, "PUT", &path, &changed, Some(token)).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["client_name"]), (200, &json!("Another name")), "{}", answer.body);
        assert!(rp.is_active(tokens["access_token"].as_str().unwrap()).await, "its secret is the same");
        for (member, value) in [("client_id", json!("other")), ("client_secret", json!("chosen-by-the-client-itself-0123456789"))] {
            let mut wrong = changed.clone();
            wrong[member] = value;
            assert_eq!(call(&app, "PUT", &path, &wrong, Some(token)).await.status, 400, "{member}");
        }
        // Two that saw the same state: the second is told.
        let (seen, ctx, name) = (id.to_owned(), app.ctx(), json!("At the same moment"));
        let both = app.app.db.write(move |tx| {
            let client = client::find(tx, &seen)?.unwrap();
            let first = client::change(tx, &ctx, client.clone(), client.metadata.clone()).is_ok();
            Ok::<_, Fault>((first, client::change(tx, &ctx, client.clone(), client.metadata.clone()).is_ok()))
        });
        assert_eq!(both.await.unwrap(), (true, false));
        changed["client_name"] = name;
        assert_eq!(call(&app, "PUT", &path, &changed, Some(token)).await.status, 200, "whoever looks again may");
        assert_eq!(call(&app, "DELETE", &path, &Value::Null, Some(token)).await.status, 204);
        assert_eq!(call(&app, "GET", &path, &Value::Null, Some(token)).await.status, 401);
        assert_eq!(rp.token(&[("grant_type", "client_credentials")]).await.status, 401);
        let userinfo = rp.userinfo(tokens["access_token"].as_str().unwrap()).await;
        assert_eq!(userinfo.status, 401, "its grants ended with it");
        assert!(rp.authorize(&ada, &rp.flow("openid")).await.says("invalid_client"));
    }

    /// Where the operator ended self-registration, what is registered is read and removed, and not changed.
    async fn what_was_registered_stays_as_it_is(app) {
        let app = enabled(app, true);
        let client = registered(&app, plain()).await;
        let app = app.reconfigured(|config| config.registration.enabled = false);
        let token = client["registration_access_token"].as_str();
        let path = format!("/oauth2/register/{}", client["client_id"].as_str().unwrap());
        let mut changed = plain();
        changed["client_id"] = client["client_id"].clone();
        changed["client_name"] = json!("Another name");
        assert_eq!(register(&app, plain()).await.status, 404);
        let answer = call(&app, "PUT", &path, &changed, token).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (403, &json!("access_denied")), "{}", answer.body);
        assert_eq!(call(&app, "GET", &path, &Value::Null, token).await.json()["client_name"], "Self-made");
        assert_eq!(call(&app, "DELETE", &path, &Value::Null, token).await.status, 204);
    }

    /// RFC 7591 §3: an initial access token from the operator, for as many applications as it says.
    async fn an_initial_access_token_is_good_for_its_number(app) {
        let app = enabled(app, false);
        assert_eq!(register(&app, plain()).await.status, 401);
        let ctx = app.ctx();
        let week = std::time::Duration::from_secs(7 * 86_400);
        let token = app.app.db.write(move |tx| gatehouse::oidc::registration::issue_initial_token(tx, &ctx, 3, week)).await.unwrap();
        let bad = call(&app, "POST", "/oauth2/register", &json!({ "redirect_uris": [] }), Some(token.reveal())).await;
        assert_eq!(bad.status, 400, "what was refused does not count");
        let app = std::sync::Arc::new(app);
        let tries: Vec<_> = (0..8)
            .map(|_| {
                let (app, token) = (app.clone(), token.clone());
                tokio::spawn(async move { call(&app, "POST", "/oauth2/register", &plain(), Some(token.reveal())).await.status.as_u16() })
            })
            .collect();
        let mut statuses = Vec::new();
        for one in tries {
            statuses.push(one.await.unwrap());
        }
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 3, "{statuses:?}");
        assert!(statuses.iter().all(|status| [201, 401].contains(status)), "{statuses:?}");
        let ctx = app.ctx();
        let late = app.app.db.write(move |tx| gatehouse::oidc::registration::issue_initial_token(tx, &ctx, 3, week)).await.unwrap();
        app.advance(week);
        assert_eq!(call(&app, "POST", "/oauth2/register", &plain(), Some(late.reveal())).await.status, 401);
    }
}

/// The same service with registration let in, over the same database.
fn enabled(app: TestApp, open: bool) -> TestApp {
    app.reconfigured(|config| {
        config.registration.enabled = true;
        config.registration.open = open;
    })
}

/// Power is an operator's: members of ours, a chosen id or secret, scopes beyond the allowed ones are not taken from anybody.
#[tokio::test]
async fn nobody_gives_themselves_power() {
    let app = TestApp::configured(OPEN).await;
    let mut greedy = plain();
    for (name, value) in [
        ("client_id", json!("ticket-service")),
        ("client_secret", json!("x".repeat(40))),
        ("allow_introspection", json!(true)),
        ("skip_consent", json!(true)),
        ("require_pkce", json!("never")),
        ("resources", json!(["https://api.example"])),
        ("id_token_claims", json!(true)),
        ("scope", json!("openid email facility roles api")),
        ("unknown", json!(1)),
    ] {
        greedy[name] = value;
    }
    let client = registered(&app, greedy).await;
    assert_ne!(client["client_id"], "ticket-service");
    assert_ne!(client["client_secret"], "x".repeat(40));
    assert_eq!(client["scope"], "openid email");
    let id = client["client_id"].as_str().unwrap().to_owned();
    let known = app.app.db.read(move |tx| gatehouse::oidc::client::find(tx, &id)).await.unwrap().unwrap().metadata;
    assert_eq!((known.skip_consent, known.id_token_claims, known.resources.len()), (false, false, 0));
    assert_eq!(known.require_pkce, gatehouse::oidc::client::RequirePkce::Always);
    assert_eq!(known.allow_introspection, gatehouse::oidc::client::Introspects::All(false));
}

/// Where the operator does not let applications register, there is nothing there, and nothing is announced.
#[tokio::test]
async fn it_is_off_unless_the_operator_says_so() {
    let app = TestApp::on_sqlite().await;
    assert_eq!(register(&app, plain()).await.status, 404);
    let document = http::get(&format!("{}/.well-known/openid-configuration", app.base), None).await.json();
    assert_eq!(document.get("registration_endpoint"), None);
}
