//! Errors on the wire: a table of what is sent, and the RFC's word for what is wrong with it.

use serde_json::json;

use crate::support::relying_party::{CALLBACK, VERIFIER};
use crate::support::{RelyingParty, TestApp, http};

#[tokio::test]
async fn authorization_errors_go_to_the_client() {
    let app = TestApp::on_sqlite().await;
    let rp = RelyingParty::register(&app, "rp").await;
    RelyingParty::register_with(&app, "mute", json!({ "response_types": [] })).await;
    let flow = rp.flow("openid");
    let long = "n".repeat(513);
    let table: Vec<(&str, crate::support::Flow, &str)> = vec![
        ("no response_type", flow.clone().without("response_type"), "invalid_request"),
        ("an unknown response_type", flow.clone().with("response_type", "token"), "unsupported_response_type"),
        ("a client without response types", flow.clone().with("client_id", "mute"), "unauthorized_client"),
        ("an unknown response_mode", flow.clone().with("response_mode", "query.jwt"), "invalid_request"),
        ("no scope", flow.clone().without("scope"), "invalid_scope"),
        ("scopes nobody knows", flow.clone().with("scope", "chocolate"), "invalid_scope"),
        ("a scope with odd characters", flow.clone().with("scope", "open\"id"), "invalid_scope"),
        ("no PKCE", flow.clone().without("code_challenge").without("code_challenge_method"), "invalid_request"),
        ("PKCE without a method", flow.clone().without("code_challenge_method"), "invalid_request"),
        ("PKCE plain", flow.clone().with("code_challenge_method", "plain"), "invalid_request"),
        ("a short challenge", flow.clone().with("code_challenge", "short"), "invalid_request"),
        ("an odd challenge", flow.clone().with("code_challenge", &"!".repeat(43)), "invalid_request"),
        ("prompt=none with another", flow.clone().with("prompt", "none login"), "invalid_request"),
        ("an unknown prompt", flow.clone().with("prompt", "dance"), "invalid_request"),
        ("max_age that is no number", flow.clone().with("max_age", "-1"), "invalid_request"),
        ("a nonce without end", flow.clone().with("nonce", &long), "invalid_request"),
        ("a foreign resource", flow.clone().with("resource", "https://other.example"), "invalid_target"),
        ("a request object", flow.clone().with("request", "eyJhbGciOiJub25lIn0.e30."), "invalid_request_object"),
        ("a request_uri", flow.clone().with("request_uri", "https://rp.example/r"), "invalid_request_uri"),
        ("a registration", flow.clone().with("registration", "{}"), "registration_not_supported"),
        ("a hint that is no token", flow.clone().with("id_token_hint", "x.y.z"), "invalid_request"),
    ];
    for (what, flow, error) in table {
        let page = app.browser().get(&flow.path()).await;
        assert!(page.url.starts_with(CALLBACK), "{what}: {}", page.url);
        assert_eq!(page.query("error").as_deref(), Some(error), "{what}: {}", page.url);
        assert_eq!(page.query("state").as_deref(), Some("the-state"), "{what}");
        assert_eq!(page.query("iss").as_deref(), Some(app.base.as_str()), "{what}");
        let names: Vec<&str> = page.url.split_once('?').unwrap().1.split('&').map(|pair| pair.split('=').next().unwrap()).collect();
        assert_eq!(names, ["error", "error_description", "state", "iss"], "{what}: no stray parameter");
    }
}

/// RFC 6749 §4.1.2.1: until client and redirect URI belong together, the answer is a page.
#[tokio::test]
async fn authorization_errors_that_go_nowhere() {
    let app = TestApp::on_sqlite().await;
    let rp = RelyingParty::register(&app, "rp").await;
    RelyingParty::register_with(&app, "machine", json!({ "grant_types": ["client_credentials"] })).await;
    let flow = rp.flow("openid");
    let table = vec![
        ("no client", flow.clone().without("client_id").query(), "invalid_client"),
        ("an unknown client", flow.clone().with("client_id", "nobody").query(), "invalid_client"),
        ("a client that signs nobody in", flow.clone().with("client_id", "machine").query(), "unauthorized_client"),
        ("no redirect_uri", flow.clone().without("redirect_uri").query(), "invalid_request"),
        ("a foreign redirect_uri", flow.clone().with("redirect_uri", "https://evil.example/cb").query(), "invalid_request"),
        ("a longer path", flow.clone().with("redirect_uri", &format!("{CALLBACK}/x")).query(), "invalid_request"),
        ("an added query", flow.clone().with("redirect_uri", &format!("{CALLBACK}?x=1")).query(), "invalid_request"),
        ("a repeated parameter", format!("{}&state=other", flow.query()), "invalid_request"),
        ("a broken escape", format!("{}&x=%zz", flow.query()), "invalid_request"),
        ("not UTF-8", format!("{}&x=%ff", flow.query()), "invalid_request"),
        ("a NUL", format!("{}&x=%00", flow.query()), "invalid_request"),
        ("without end", format!("{}&x={}", flow.query(), "x".repeat(9_000)), "invalid_request"),
        ("an interaction that is over", "interaction=ghi_nonsense".to_owned(), "invalid_request"),
    ];
    for (what, query, error) in table {
        let page = app.browser().get(&format!("/oauth2/authorize?{query}")).await;
        assert!(page.url.starts_with(&app.base), "{what}: {}", page.url);
        assert_eq!(page.status, 400, "{what}");
        assert!(page.says(error), "{what}: the code stands on the page: {}", page.text());
    }
}

#[tokio::test]
async fn token_errors() {
    let app = TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    let ada = app.active(&rosa, "ada", 1).await;
    let rp = RelyingParty::register(&app, "rp").await;
    let post = RelyingParty::register_with(&app, "post", json!({ "token_endpoint_auth_method": "client_secret_post" })).await;
    let narrow = RelyingParty::register_with(&app, "narrow", json!({ "grant_types": ["authorization_code"] })).await;
    let code = rp.code(&ada, "openid").await;
    let good = vec![("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
    let but =
        |name: &str, value: Option<&'static str>| {
            let mut fields: Vec<(&str, &str)> = good.iter().copied().filter(|(known, _)| *known != name).collect();
            fields.extend(value.map(|value| {
                (if name == "code" { "code" } else { good.iter().find(|(n, _)| *n == name).map_or("scope", |(n, _)| n) }, value)
            }));
            fields
        };
    let basic = rp.basic();
    let wrong = "Basic cnA6d3Jvbmc=".to_owned();
    let other_method = post.basic();
    let narrow_basic = narrow.basic();
    let table: Vec<(&str, Vec<(&str, &str)>, Option<&String>, u16, &str)> = vec![
        ("no grant_type", but("grant_type", None), Some(&basic), 400, "invalid_request"),
        ("an unknown grant_type", but("grant_type", Some("password")), Some(&basic), 400, "unsupported_grant_type"),
        ("a grant_type not registered", vec![("grant_type", "client_credentials")], Some(&narrow_basic), 400, "unauthorized_client"),
        ("no code", but("code", None), Some(&basic), 400, "invalid_request"),
        ("junk for a code", but("code", Some("junk")), Some(&basic), 400, "invalid_grant"),
        ("no redirect_uri", but("redirect_uri", None), Some(&basic), 400, "invalid_request"),
        ("no verifier", but("code_verifier", None), Some(&basic), 400, "invalid_grant"),
        (
            "a wrong verifier",
            but("code_verifier", Some("wrong-verifier-that-is-long-enough-to-be-allowed-0")),
            Some(&basic),
            400,
            "invalid_grant",
        ),
        ("a short verifier", but("code_verifier", Some("short")), Some(&basic), 400, "invalid_grant"),
        ("no client", good.clone(), None, 401, "invalid_client"),
        ("a wrong secret", good.clone(), Some(&wrong), 401, "invalid_client"),
        ("another method than registered", good.clone(), Some(&other_method), 401, "invalid_client"),
        ("no refresh_token", vec![("grant_type", "refresh_token")], Some(&basic), 400, "invalid_request"),
        ("junk for a refresh_token", vec![("grant_type", "refresh_token"), ("refresh_token", "junk")], Some(&basic), 400, "invalid_grant"),
    ];
    for (what, fields, authorization, status, error) in table {
        let answer = http::post_form(&format!("{}/oauth2/token", app.base), &fields, authorization.map(String::as_str)).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (status, &json!(error)), "{what}: {}", answer.body);
        assert_eq!(answer.header("cache-control"), "no-store", "{what}");
        assert_eq!(status == 401, answer.header("www-authenticate").starts_with("Basic"), "{what}");
    }
    let place = format!("{}/oauth2/token", app.base);
    for (what, body, kind) in [
        ("JSON", r#"{"grant_type":"client_credentials"}"#, "application/json"),
        ("a repeated parameter", "grant_type=client_credentials&grant_type=client_credentials", "application/x-www-form-urlencoded"),
        ("a broken escape", "grant_type=%zz", "application/x-www-form-urlencoded"),
        ("two ways to authenticate", "grant_type=client_credentials&client_secret=x&client_id=rp", "application/x-www-form-urlencoded"),
    ] {
        let answer = http::post_raw(&place, body, kind, Some(&basic)).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (400, &json!("invalid_request")), "{what}");
    }
    assert_eq!(http::get(&place, None).await.status, 405);
    assert_eq!(rp.exchange(&code).await.status, 200, "none of it used the code up");
    let body = [("grant_type", "client_credentials"), ("client_id", "post"), ("client_secret", post.secret.as_str())];
    assert_eq!(http::post_form(&place, &body, None).await.status, 200);
}

/// RFC 6749 §2.3.1: user and password of a Basic header are form-encoded first.
#[tokio::test]
async fn basic_credentials_are_form_decoded() {
    use base64::Engine;
    let app = TestApp::on_sqlite().await;
    let secret = "a secret+with:odd%characters/é&0123456789";
    let members = json!({ "client_secret": secret, "grant_types": ["client_credentials"] });
    let rp = RelyingParty::register_with(&app, "odd", members).await;
    assert_eq!(rp.token(&[("grant_type", "client_credentials")]).await.status, 200);
    let encoded: String = secret.bytes().map(|b| format!("%{b:02x}")).collect();
    let header = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("odd:{encoded}")));
    let answer = http::post_form(&format!("{}/oauth2/token", app.base), &[("grant_type", "client_credentials")], Some(&header)).await;
    assert_eq!(answer.status, 200);
}
