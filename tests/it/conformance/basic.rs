//! `oidcc-basic-certification-test-plan`: modules that no other test holds already.

use std::time::Duration;

use super::Plan;
use crate::support::people::PASSWORD;
use crate::support::relying_party::CALLBACK;
use crate::support::{Flow, http};

impl Plan {
    /// The ID token's claims of a request that is answered without a page.
    async fn silently(&self, flow: Flow) -> serde_json::Value {
        let page = self.rp.authorize(&self.ada, &flow.with("prompt", "none")).await;
        let code = page.query("code").unwrap_or_else(|| panic!("no code at {}", page.url));
        self.claims(&code).await
    }

    async fn claims(&self, code: &str) -> serde_json::Value {
        let answer = self.rp.exchange(code).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.rp.verified(answer.json()["id_token"].as_str().unwrap()).await.1
    }
}

/// oidcc-ensure-post-request-succeeds
#[tokio::test]
async fn ensure_post_request_succeeds() {
    let plan = Plan::start().await;
    plan.rp.code(&plan.ada, "openid").await;
    let flow = plan.rp.flow("openid");
    let fields: Vec<(&str, &str)> = flow.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = plan.ada.post("/oauth2/authorize", &fields).await;
    assert!(page.url.starts_with(CALLBACK) && page.query("code").is_some(), "{}: {}", page.url, page.text());
}

/// oidcc-ensure-request-without-nonce-succeeds-for-code-flow: and none comes back.
#[tokio::test]
async fn ensure_request_without_nonce_succeeds_for_code_flow() {
    let plan = Plan::start().await;
    plan.rp.code(&plan.ada, "openid").await;
    assert!(plan.silently(plan.rp.flow("openid").without("nonce")).await.get("nonce").is_none());
}

/// oidcc-display-page, -display-popup, -ui-locales, -claims-locales, -login-hint, -ensure-request-with-unknown-parameter-succeeds,
/// -ensure-request-with-acr-values-succeeds: none of these parameters is an error.
#[tokio::test]
async fn parameters_that_are_never_an_error() {
    let plan = Plan::start().await;
    plan.rp.code(&plan.ada, "openid").await;
    for (name, value) in [
        ("display", "page"),
        ("display", "popup"),
        ("ui_locales", "se"),
        ("claims_locales", "se"),
        ("login_hint", "buffy@id.example"),
        ("extra", "foobar"),
        ("acr_values", "1 2"),
    ] {
        let claims = plan.silently(plan.rp.flow("openid").with(name, value)).await;
        assert!(claims["sub"].is_string(), "{name}={value}");
    }
}

/// oidcc-prompt-login: the page is shown again, and the new sign-in is later.
#[tokio::test]
async fn prompt_login() {
    let plan = Plan::start().await;
    let before = plan.claims(&plan.rp.code(&plan.ada, "openid").await).await;
    plan.app.advance(Duration::from_secs(2));
    let page = plan.ada.get(&plan.rp.flow("openid").with("prompt", "login").path()).await;
    assert_eq!(page.title(), "Sign in with a local account");
    let page = plan.ada.submit(&page, &[("username", "ada"), ("password", PASSWORD)]).await;
    let after = plan.claims(&page.query("code").unwrap_or_else(|| panic!("{}", page.url))).await;
    assert_eq!(after["sub"], before["sub"]);
    assert!(after["auth_time"].as_i64() > before["auth_time"].as_i64());
}

/// oidcc-prompt-none-not-logged-in: with a state of 128 characters, which comes back whole.
#[tokio::test]
async fn prompt_none_not_logged_in() {
    let plan = Plan::start().await;
    let state = "s".repeat(128);
    let page = plan.app.browser().get(&plan.rp.flow("openid").with("prompt", "none").with("state", &state).path()).await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"));
    assert_eq!(page.query("state"), Some(state));
}

/// oidcc-prompt-none-logged-in, -id-token-hint: success at once, the same person and the same time.
#[tokio::test]
async fn prompt_none_logged_in() {
    let plan = Plan::start().await;
    let answer = plan.rp.tokens(&plan.ada, "openid").await;
    let hint = answer["id_token"].as_str().unwrap();
    let before = plan.rp.verified(hint).await.1;
    plan.app.advance(Duration::from_secs(5));
    for flow in [plan.rp.flow("openid"), plan.rp.flow("openid").with("id_token_hint", hint)] {
        let after = plan.silently(flow).await;
        assert_eq!((&after["sub"], &after["auth_time"]), (&before["sub"], &before["auth_time"]));
    }
}

/// oidcc-max-age-1, -max-age-10000
#[tokio::test]
async fn max_age() {
    let plan = Plan::start().await;
    let before = plan.claims(&plan.rp.code(&plan.ada, "openid").await).await;
    plan.app.advance(Duration::from_secs(2));
    let after = plan.silently(plan.rp.flow("openid").with("max_age", "10000")).await;
    assert_eq!(after["auth_time"], before["auth_time"]);
    let page = plan.ada.get(&plan.rp.flow("openid").with("max_age", "1").path()).await;
    assert_eq!(page.title(), "Sign in with a local account");
}

/// oidcc-ensure-registered-redirect-uri: a path added to a registered one is an error page and no redirect.
#[tokio::test]
async fn ensure_registered_redirect_uri() {
    let plan = Plan::start().await;
    let page = plan.ada.get(&plan.rp.flow("openid").with("redirect_uri", &format!("{CALLBACK}/random")).path()).await;
    assert_eq!(page.status, 400);
    assert!(page.url.starts_with(&plan.app.base), "{}", page.url);
}

/// oidcc-userinfo-get, -post-header, -post-body
#[tokio::test]
async fn userinfo() {
    let plan = Plan::start().await;
    let tokens = plan.rp.tokens(&plan.ada, "openid email").await;
    let (token, place) = (tokens["access_token"].as_str().unwrap(), format!("{}/oauth2/userinfo", plan.app.base));
    let bearer = format!("Bearer {token}");
    let got = http::get(&place, Some(&bearer)).await;
    let posted = http::post_form(&place, &[], Some(&bearer)).await;
    let in_body = http::post_form(&place, &[("access_token", token)], None).await;
    for answer in [got, posted, in_body] {
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.header("content-type").starts_with("application/json"));
        assert_eq!(answer.json()["email"], "ada@provider.example");
    }
}

/// oidcc-claims-essential: the name is in userinfo, with consent to what it belongs to, and not in the ID token.
#[tokio::test]
async fn claims_essential() {
    let plan = Plan::start().await;
    let flow = plan.rp.flow("openid").with("claims", r#"{"userinfo":{"name":{"essential":true}}}"#);
    plan.rp.code(&plan.ada, "openid").await;
    let page = plan.ada.get(&flow.path()).await;
    assert!(page.url.contains("/consent?"), "the profile was not consented to: {}", page.url);
    let page = plan.ada.submit(&page, &[]).await;
    let tokens = plan.rp.exchange(&page.query("code").unwrap()).await.json();
    assert!(plan.rp.verified(tokens["id_token"].as_str().unwrap()).await.1.get("name").is_none());
    let info = plan.rp.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
    assert!(info["name"].is_string() && info.get("given_name").is_none(), "{info}");

    let flow = plan.rp.flow("openid").with("claims", r#"{"id_token":{"email":null,"facility_name":null,"no_such":null}}"#);
    let page = plan.rp.authorize(&plan.ada, &flow).await;
    let claims = plan.claims(&page.query("code").unwrap()).await;
    assert_eq!((claims["email"].as_str(), claims["facility_name"].as_str()), (Some("ada@provider.example"), Some("ada clinic")));
    assert!(claims.get("npi").is_none());
}

/// OpenID Connect Core §5.5.1, §5.5.1.1: another `sub`, or an essential `acr` that is not reached, is no success.
#[tokio::test]
async fn claims_with_values() {
    let plan = Plan::start().await;
    let before = plan.claims(&plan.rp.code(&plan.ada, "openid").await).await;
    let silently = |claims: String| plan.rp.flow("openid").with("prompt", "none").with("claims", &claims);
    let own = format!(r#"{{"id_token":{{"sub":{{"value":{}}}}}}}"#, before["sub"]);
    assert!(plan.ada.get(&silently(own).path()).await.query("code").is_some());
    for (claims, error) in [
        (r#"{"id_token":{"sub":{"value":"somebody-else"}}}"#, "login_required"),
        (r#"{"id_token":{"sub":{"value":"a"}},"userinfo":{"sub":{"value":"b"}}}"#, "invalid_request"),
        (r#"{"id_token":{"acr":{"essential":true,"value":"2"}}}"#, "unmet_authentication_requirements"),
        ("[]", "invalid_request"),
    ] {
        let page = plan.ada.get(&silently(claims.to_owned()).path()).await;
        assert_eq!(page.query("error").as_deref(), Some(error), "{claims}: {}", page.url);
    }
    // A hint does not outvote the person asked for by value (§3.1.2.2).
    let hint = plan.rp.tokens(&plan.ada, "openid").await["id_token"].as_str().unwrap().to_owned();
    let both = silently(r#"{"id_token":{"sub":{"value":"somebody-else"}}}"#.to_owned()).with("id_token_hint", &hint);
    assert_eq!(plan.ada.get(&both.path()).await.query("error").as_deref(), Some("login_required"));
    let page = plan.ada.get(&silently(r#"{"id_token":{"acr":{"value":"2"}}}"#.to_owned()).path()).await;
    assert!(page.query("code").is_some(), "what is not essential is a wish: {}", page.url);
}

/// What a client is not registered for, it does not get by naming it.
#[tokio::test]
async fn claims_stay_within_the_registration() {
    let plan = Plan::start().await;
    let rp = crate::support::RelyingParty::register_with(&plan.app, "narrow", serde_json::json!({ "scope": "openid" })).await;
    let flow = rp.flow("openid").with("claims", r#"{"id_token":{"email":null},"userinfo":{"npi":null}}"#);
    let page = rp.authorize(&plan.ada, &flow).await;
    let tokens = rp.exchange(&page.query("code").unwrap()).await.json();
    assert!(rp.verified(tokens["id_token"].as_str().unwrap()).await.1.get("email").is_none());
    assert!(rp.userinfo(tokens["access_token"].as_str().unwrap()).await.json().get("npi").is_none());
}

/// Initiating User Registration via OpenID Connect 1.0: whoever is not signed in registers, and waits for staff.
#[tokio::test]
async fn prompt_create() {
    let plan = Plan::start().await;
    plan.rp.code(&plan.ada, "openid").await;
    let flow = plan.rp.flow("openid").with("prompt", "create");
    let page = plan.app.browser().get(&flow.path()).await;
    assert_eq!(page.title(), "Register for a new local account", "{}", page.text());
    let page = plan.ada.get(&flow.path()).await;
    assert!(page.query("code").is_some(), "who has an account uses it: {}", page.url);
}
