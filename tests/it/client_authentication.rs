//! How clients prove themselves with JWTs (RFC 7523, OpenID Connect Core §9), on both databases.

use std::time::Duration;

use serde_json::{Value, json};

use crate::on_both;
use crate::support::client_key::{ASSERTION_TYPE, assertion, mac};
use crate::support::http::Answer;
use crate::support::{ClientKey, RelyingParty, Site, TestApp, http};

async fn ask(app: &TestApp, assertion: &str) -> Answer {
    let fields = [("grant_type", "client_credentials"), ("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)];
    http::post_form(&format!("{}/oauth2/token", app.base), &fields, None).await
}

async fn register(app: &TestApp, members: Value) {
    RelyingParty::register_with(app, "rp", members).await;
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

on_both! {
    async fn a_key_of_its_own_proves_a_client(app) {
        let key = ClientKey::of("ES256");
        register(&app, json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks() })).await;
        let claims = |jti: &str| assertion("rp", &format!("{}/oauth2/token", app.base), jti);
        assert_eq!(ask(&app, &key.sign("ES256", &claims("1"))).await.status, 200);
        assert_eq!(ask(&app, &key.sign("ES256", &claims("1"))).await.status, 401, "a jti is good once");
        assert_eq!(ask(&app, &key.sign("ES256", &with(claims("2"), "aud", json!(app.base)))).await.status, 200, "the issuer will do");
        let start = crate::support::app::START;
        for (why, wrong) in [
            ("another audience", with(claims("a"), "aud", json!("https://elsewhere.example"))),
            ("another issuer", with(claims("b"), "iss", json!("other"))),
            ("another subject", with(claims("c"), "sub", json!("other"))),
            ("it is over", with(claims("d"), "exp", json!(start - 300))),
            ("it never ends", with(claims("e"), "exp", Value::Null)),
            ("it lasts a day", with(claims("f"), "exp", json!(start + 86_400))),
            ("it is not good yet", with(claims("g"), "nbf", json!(start + 61))),
            ("it has no jti", with(claims("h"), "jti", Value::Null)),
        ] {
            let answer = ask(&app, &key.sign("ES256", &wrong)).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (401, &json!("invalid_client")), "{why}");
        }
        assert_eq!(ask(&app, &ClientKey::fresh().sign("ES256", &claims("i"))).await.status, 401, "a key nobody registered");
        let unsigned = key.sign_as(&json!({ "alg": "none" }), &claims("j"));
        assert_eq!(ask(&app, &unsigned).await.status, 401, "none is no algorithm");
        let object = key.sign_as(&json!({ "alg": "ES256", "typ": "oauth-authz-req+jwt" }), &claims("k"));
        assert_eq!(ask(&app, &object).await.status, 401, "a request object is no assertion");
        assert_eq!(ask(&app, &key.sign("ES256", &with(claims("l"), "nbf", json!(start + 8)))).await.status, 200, "clocks differ");
        // An attempt that failed used nothing up.
        assert_eq!(ask(&app, &ClientKey::fresh().sign("ES256", &claims("m"))).await.status, 401);
        assert_eq!(ask(&app, &key.sign("ES256", &claims("m"))).await.status, 200);
    }

    async fn one_assertion_has_one_winner(app) {
        let key = ClientKey::of("EdDSA");
        register(&app, json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks() })).await;
        let app = std::sync::Arc::new(app);
        let text = key.sign("EdDSA", &assertion("rp", &app.base, "once"));
        let tries: Vec<_> = (0..12)
            .map(|_| {
                let (app, text) = (app.clone(), text.clone());
                tokio::spawn(async move { ask(&app, &text).await.status.as_u16() })
            })
            .collect();
        let mut good = 0;
        for one in tries {
            good += usize::from(one.await.unwrap() == 200);
        }
        assert_eq!(good, 1);
    }

    async fn a_secret_makes_macs_where_it_is_registered_to(app) {
        let rp = RelyingParty::register_with(&app, "rp", json!({ "token_endpoint_auth_method": "client_secret_jwt" })).await;
        let claims = |jti: &str| assertion("rp", &app.base, jti);
        assert_eq!(ask(&app, &mac(&rp.secret, &claims("1"))).await.status, 200);
        assert_eq!(ask(&app, &mac("another-secret-of-thirty-two-characters", &claims("2"))).await.status, 401);
        assert_eq!(rp.token(&[("grant_type", "client_credentials")]).await.status, 401, "the method is the registered one");
        let (ctx, again) = (app.ctx(), "rp".to_owned());
        let secret = app.app.db.write(move |tx| gatehouse::oidc::client::rotate_secret(tx, &ctx, &again, None)).await.unwrap();
        assert_eq!(ask(&app, &mac(&rp.secret, &claims("3"))).await.status, 401, "the old secret is gone");
        assert_eq!(ask(&app, &mac(secret.secret.as_deref().unwrap(), &claims("4"))).await.status, 200);
    }
}

#[tokio::test]
async fn each_algorithm_and_the_registered_one_alone() {
    let app = TestApp::on_sqlite().await;
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
        let (key, id) = (ClientKey::of(algorithm), format!("rp-{}", algorithm.to_lowercase()));
        let members = json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks(), "token_endpoint_auth_signing_alg": algorithm,
        });
        RelyingParty::register_with(&app, &id, members).await;
        assert_eq!(ask(&app, &key.sign(algorithm, &assertion(&id, &app.base, "1"))).await.status, 200, "{algorithm}");
    }
    let key = ClientKey::of("RS256");
    let padded_otherwise = key.sign("RS256", &assertion("rp-ps256", &app.base, "2"));
    assert_eq!(ask(&app, &padded_otherwise).await.status, 401, "the key is right, the algorithm is not the registered one");
    // A public key as the secret of a MAC (RFC 8725 §2.1).
    let confused = mac(&key.jwk().to_string(), &assertion("rp-rs256", &app.base, "3"));
    assert_eq!(ask(&app, &confused).await.status, 401);
}

/// FAPI clients are registered for the issuer as one string; OpenID Connect clients are not (checklist §2.5).
#[tokio::test]
async fn the_audience_is_the_client_s_policy() {
    let app = TestApp::on_sqlite().await;
    let key = ClientKey::of("ES256");
    let members = json!({
        "token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks(), "client_assertion_audience": "issuer",
    });
    register(&app, members).await;
    let endpoint = format!("{}/oauth2/token", app.base);
    for (audience, status) in [(json!(app.base), 200), (json!([app.base]), 401), (json!(endpoint), 401)] {
        let claims = with(assertion("rp", "", &audience.to_string()), "aud", audience.clone());
        assert_eq!(ask(&app, &key.sign("ES256", &claims)).await.status, status, "{audience}");
    }
}

/// A key that is not known may be new: the client's address is asked again, but not without end.
#[tokio::test]
async fn keys_are_fetched_kept_and_asked_for_again() {
    let app = TestApp::on_sqlite().await;
    let (site, first) = (Site::open().await, ClientKey::of("ES256").named("first"));
    let uri = site.show("/jwks", &first.jwks().to_string());
    register(&app, json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": uri })).await;
    let claims = |jti: &str| assertion("rp", &app.base, jti);
    assert_eq!(ask(&app, &first.sign("ES256", &claims("1"))).await.status, 200);
    assert_eq!(ask(&app, &first.sign("ES256", &claims("2"))).await.status, 200);
    assert_eq!(site.fetched("/jwks"), 1, "kept");
    let second = ClientKey::fresh().named("second");
    for n in 0..5 {
        assert_eq!(ask(&app, &second.sign("ES256", &claims(&format!("x{n}")))).await.status, 401);
    }
    assert_eq!(site.fetched("/jwks"), 1, "nobody makes us ask without end");
    app.advance(Duration::from_secs(10));
    site.show("/jwks", &second.jwks().to_string());
    assert_eq!(ask(&app, &second.sign("ES256", &claims("3"))).await.status, 200, "asked again for the new key");
    assert_eq!(ask(&app, &first.sign("ES256", &claims("4"))).await.status, 401, "the old one is withdrawn");
}

/// A client at introspection, revocation and the pushed request endpoint proves itself the same way.
#[tokio::test]
async fn assertions_work_at_every_endpoint() {
    let app = TestApp::on_sqlite().await;
    let key = ClientKey::of("ES256");
    register(&app, json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks() })).await;
    let token = ask(&app, &key.sign("ES256", &assertion("rp", &app.base, "1"))).await.json()["access_token"].as_str().unwrap().to_owned();
    for (path, status) in [("/oauth2/introspect", 200), ("/oauth2/revoke", 200)] {
        let text = key.sign("ES256", &assertion("rp", &format!("{}{path}", app.base), path));
        let fields = [("token", token.as_str()), ("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &text)];
        let answer = http::post_form(&format!("{}{path}", app.base), &fields, None).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        let again = http::post_form(&format!("{}{path}", app.base), &fields, None).await;
        assert_eq!(again.status, 401, "{path}: the assertion is used up");
    }
    // Two ways at once, and a client_id of another.
    let text = key.sign("ES256", &assertion("rp", &app.base, "two"));
    let base = [("grant_type", "client_credentials"), ("client_assertion_type", ASSERTION_TYPE), ("client_assertion", text.as_str())];
    for more in [("client_secret", "x"), ("client_id", "other")] {
        let fields: Vec<_> = base.iter().copied().chain([more]).collect();
        assert_eq!(
            http::post_form(&format!("{}/oauth2/token", app.base), &fields, None).await.json()["error"],
            "invalid_request",
            "{more:?}"
        );
    }
}

#[tokio::test]
async fn keys_that_make_no_sense_are_not_registered() {
    let app = TestApp::on_sqlite().await;
    let key = ClientKey::of("ES256");
    let private = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": "a", "y": "b", "d": "c" }] });
    for (members, words) in [
        (json!({ "token_endpoint_auth_method": "private_key_jwt" }), "needs jwks or jwks_uri"),
        (json!({ "jwks": key.jwks(), "jwks_uri": "https://rp.example/jwks" }), "give one"),
        (json!({ "jwks": private }), "private"),
        (json!({ "jwks": [] }), "no JWK set"),
        (json!({ "jwks_uri": "http://rp.example/jwks" }), "not https"),
        (json!({ "jwks_uri": "https://10.0.0.1/jwks" }), "not a public address"),
        (json!({ "backchannel_logout_uri": "https://169.254.169.254/latest" }), "not a public address"),
        (json!({ "initiate_login_uri": "http://rp.example/start" }), "must be https"),
        (
            json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks(), "client_secret": "x".repeat(40) }),
            "no client_secret",
        ),
    ] {
        let mut document = json!({ "client_id": "rp", "redirect_uris": ["https://rp.example/cb"], "scope": "openid" });
        for (name, value) in members.as_object().unwrap() {
            document[name] = value.clone();
        }
        let why = app.client_refused(document).await;
        assert!(why.contains(words), "{why}");
    }
}
