//! Tokens in every form a client or resource can be registered for, on both databases where storage decides.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::{Flow, RelyingParty, Site, TestApp, http};

/// The header and claims of a JWT, unverified.
fn parts(text: &str) -> (Value, Value) {
    let part = |n: usize| serde_json::from_slice(&B64.decode(text.split('.').nth(n).unwrap()).unwrap()).unwrap();
    (part(0), part(1))
}

on_both! {
    /// RFC 9068: what a resource server needs, in the token itself; and still good only while its grant is.
    async fn an_access_token_can_be_a_jwt(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let members = json!({ "access_token_format": "jwt", "id_token_signed_response_alg": "ES256" });
        let rp = RelyingParty::register_with(&app, "rp", members).await;
        let tokens = rp.tokens(&ada, "openid profile").await;
        let token = tokens["access_token"].as_str().unwrap();
        let (header, claims) = rp.verified(token).await;
        assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("ES256")));
        let (_, id_claims) = rp.verified(tokens["id_token"].as_str().unwrap()).await;
        for (claim, value) in [
            ("iss", json!(app.base)), ("sub", id_claims["sub"].clone()), ("aud", json!("https://api.example")),
            ("client_id", json!("rp")), ("scope", json!("openid profile")), ("acr", json!("urn:gatehouse:acr:1")),
            ("auth_time", id_claims["auth_time"].clone()),
        ] {
            assert_eq!(claims[claim], value, "{claim}");
        }
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
        assert_eq!(rp.userinfo(token).await.status, 200);
        assert!(rp.is_active(token).await);
        // One kind of JWT does not stand in for another.
        assert!(!rp.is_active(tokens["id_token"].as_str().unwrap()).await);
        assert_eq!(rp.userinfo(tokens["id_token"].as_str().unwrap()).await.status, 401);
        let hinted = ada.get(&format!("/oauth2/logout?id_token_hint={token}")).await;
        assert!(hinted.says("invalid_request"), "{}", hinted.text());
        let changed = format!("{}{}", &token[..token.len() - 4], "AAAA");
        assert!(!rp.is_active(&changed).await);
        http::post_form(&format!("{}/oauth2/revoke", app.base), &[("token", token)], Some(&rp.basic())).await;
        assert!(!rp.is_active(token).await, "revoked by its jti");
        let own = rp.token(&[("grant_type", "client_credentials")]).await.json();
        let (_, claims) = rp.verified(own["access_token"].as_str().unwrap()).await;
        assert_eq!((&claims["sub"], claims.get("acr")), (&json!("rp"), None));
        assert!(rp.is_active(own["access_token"].as_str().unwrap()).await);
    }

    /// OpenID Connect Core §8: the same person goes by another name in another sector, and by one name within one.
    async fn a_pairwise_client_knows_a_person_by_a_name_of_its_sector(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let public = RelyingParty::register(&app, "public").await;
        let first = RelyingParty::register_with(&app, "first", json!({ "subject_type": "pairwise" })).await;
        let sibling = RelyingParty::register_with(&app, "sibling", json!({ "subject_type": "pairwise" })).await;
        let elsewhere = json!({ "subject_type": "pairwise", "redirect_uris": ["https://other.example/cb"] });
        let other = RelyingParty::register_with(&app, "other", elsewhere).await;
        let mut subs = Vec::new();
        for rp in [&public, &first, &sibling] {
            let tokens = rp.tokens(&ada, "openid facilities").await;
            let (_, claims) = rp.verified(tokens["id_token"].as_str().unwrap()).await;
            let token = tokens["access_token"].as_str().unwrap();
            assert_eq!(rp.userinfo(token).await.json()["sub"], claims["sub"], "{}", rp.id);
            assert_eq!(rp.introspect(token).await["sub"], claims["sub"], "{}", rp.id);
            // What it was given, it may hint with.
            let hint = tokens["id_token"].as_str().unwrap();
            let again = rp.authorize(&ada, &rp.flow("openid").with("prompt", "none").with("id_token_hint", hint)).await;
            assert!(again.query("code").is_some(), "{}: {}", rp.id, again.url);
            subs.push(claims["sub"].as_str().unwrap().to_owned());
        }
        assert_ne!(subs[0], subs[1]);
        assert_eq!(subs[1], subs[2], "one sector, one name");
        let page = other.authorize(&ada, &other.flow("openid").with("redirect_uri", "https://other.example/cb")).await;
        let code = page.query("code").unwrap();
        let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", "https://other.example/cb"),
            ("code_verifier", crate::support::relying_party::VERIFIER)];
        let tokens = other.token(&fields).await.json();
        let (_, claims) = other.verified(tokens["id_token"].as_str().unwrap()).await;
        assert!(!subs.contains(&claims["sub"].as_str().unwrap().to_owned()), "another sector, another name");
    }
}

/// OpenID Connect Core §2, and `at_hash` by the hash of each algorithm (§3.1.3.6; SHA-512 for Ed25519).
#[tokio::test]
async fn id_tokens_in_every_algorithm() {
    let app = TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    let ada = app.active(&rosa, "ada", 1).await;
    for algorithm in ["RS256", "ES256", "PS256", "EdDSA"] {
        let id = format!("rp-{}", algorithm.to_lowercase());
        let rp = RelyingParty::register_with(&app, &id, json!({ "id_token_signed_response_alg": algorithm })).await;
        let tokens = rp.tokens(&ada, "openid").await;
        let (header, claims) = rp.verified(tokens["id_token"].as_str().unwrap()).await;
        assert_eq!(header["alg"], algorithm);
        let hash = match algorithm {
            "EdDSA" => &aws_lc_rs::digest::SHA512,
            _ => &aws_lc_rs::digest::SHA256,
        };
        let digest = aws_lc_rs::digest::digest(hash, tokens["access_token"].as_str().unwrap().as_bytes());
        assert_eq!(claims["at_hash"], B64.encode(&digest.as_ref()[..digest.as_ref().len() / 2]), "{algorithm}");
    }
}

/// oidcc-userinfo-rs256: `application/jwt`, with `iss` and `aud`, without `nonce`.
#[tokio::test]
async fn userinfo_is_signed_where_it_is_registered() {
    let app = TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    let ada = app.active(&rosa, "ada", 1).await;
    let rp = RelyingParty::register_with(&app, "rp", json!({ "userinfo_signed_response_alg": "RS256" })).await;
    let tokens = rp.tokens(&ada, "openid email").await;
    let answer = rp.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert_eq!((answer.header("content-type"), answer.header("cache-control")), ("application/jwt", "no-store"));
    let (header, claims) = rp.verified(&answer.body).await;
    assert_eq!((&header["alg"], &claims["iss"], &claims["aud"]), (&json!("RS256"), &json!(app.base), &json!("rp")));
    assert!(claims["email"].is_string() && claims["sub"].is_string() && claims.get("nonce").is_none());
    let hinted = ada.get(&format!("/oauth2/logout?id_token_hint={}", answer.body)).await;
    assert!(hinted.says("invalid_request"), "it is no ID token");
}

/// RFC 9701: asked for by media type, for the caller alone, and no access token itself.
#[tokio::test]
async fn introspection_is_signed_where_it_is_asked_for() {
    let app = TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    let ada = app.active(&rosa, "ada", 1).await;
    let rp = RelyingParty::register_with(&app, "rp", json!({ "introspection_signed_response_alg": "EdDSA" })).await;
    let token = rp.tokens(&ada, "openid").await["access_token"].as_str().unwrap().to_owned();
    for (text, active) in [(token.as_str(), true), ("junk", false)] {
        let request = axum::http::Request::post(format!("{}/oauth2/introspect", app.base))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", rp.basic())
            .header("accept", "application/token-introspection+jwt");
        let answer = http::send(request.body(http::encode(&[("token", text)]).into_bytes()).unwrap()).await;
        assert_eq!(answer.header("content-type"), "application/token-introspection+jwt");
        let (header, claims) = rp.verified(&answer.body).await;
        assert_eq!((&header["typ"], &header["alg"]), (&json!("token-introspection+jwt"), &json!("EdDSA")));
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(app.base), &json!("rp")));
        assert_eq!(claims["token_introspection"]["active"], active);
        assert_eq!(claims.as_object().unwrap().len(), 4, "nothing that would make it a token: {claims}");
        assert!(!rp.is_active(&answer.body).await);
    }
}

/// By the resource's wish: every token for it alone is a JWT, whichever client asks.
#[tokio::test]
async fn a_resource_can_want_jwts() {
    let app = TestApp::configured("jwt_resources = [\"https://jwt.example\"]").await;
    let rp = RelyingParty::register_with(&app, "rp", json!({ "resources": ["https://api.example", "https://jwt.example"] })).await;
    let ask = async |resource: &str| {
        let answer = rp.token(&[("grant_type", "client_credentials"), ("resource", resource)]).await.json();
        answer["access_token"].as_str().unwrap().to_owned()
    };
    let token = ask("https://jwt.example").await;
    assert_eq!(parts(&token).0["typ"], "at+jwt");
    assert!(ask("https://api.example").await.starts_with("gha_"));
}

/// oidcc-registration-sector-uri, -sector-bad, for a client of an operator: the document names every redirect URI.
#[tokio::test]
async fn a_sector_is_what_its_document_says() {
    let app = TestApp::on_sqlite().await;
    let site = Site::open().await;
    let uris = ["https://a.example/cb", "https://b.example/cb"];
    let document = |uri: &str| json!({ "client_id": "rp", "redirect_uris": uris, "subject_type": "pairwise", "sector_identifier_uri": uri, "scope": "openid" });
    let bad = site.show("/bad", &json!([uris[0]]).to_string());
    let why = app.client_refused(document(&bad)).await;
    assert!(why.contains("does not name"), "{why}");
    let why = app.client_refused(document(&site.url("/missing"))).await;
    assert!(why.contains("could not be fetched"), "{why}");
    let none = json!({ "client_id": "rp", "redirect_uris": uris, "subject_type": "pairwise", "scope": "openid" });
    assert!(app.client_refused(none).await.contains("sector_identifier_uri"));
    let good = site.show("/good", &json!(uris).to_string());
    app.client(document(&good)).await;
}

/// `acr_values` is a wish: met where the person can, no error where not (OpenID Connect Core §3.1.2.1).
#[tokio::test]
async fn a_welcome_level_is_reached_where_it_can_be() {
    let app = TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    let ada = app.active(&rosa, "ada", 1).await;
    let rp = RelyingParty::register_with(&app, "rp", json!({ "skip_consent": true })).await;
    let flow: Flow = rp.flow("openid").with("acr_values", "urn:gatehouse:acr:2 urn:gatehouse:acr:1");
    let page = rp.authorize(&ada, &flow).await;
    assert!(page.query("code").is_some(), "one factor is all she has: {}", page.url);
}

/// RFC 6750 §3.1: each interface names the scope that it needs.
#[tokio::test]
async fn a_scope_that_lacks_is_named() {
    let app = TestApp::on_sqlite().await;
    let rp = RelyingParty::register(&app, "rp").await;
    let token = rp.token(&[("grant_type", "client_credentials")]).await.json()["access_token"].as_str().unwrap().to_owned();
    for (path, scope) in [("/oauth2/userinfo", "openid"), ("/api/v1/facilities", "facilities")] {
        let answer = http::get(&format!("{}{path}", app.base), Some(&format!("Bearer {token}"))).await;
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
        assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), (403, challenge.as_str()), "{path}");
    }
}
