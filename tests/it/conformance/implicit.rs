//! `oidcc-implicit-certification-test-plan`: what it asks beyond the basic plan.

use serde_json::json;

use super::{Plan, half_hash};
use crate::support::relying_party::CALLBACK;
use crate::support::{RelyingParty, TestApp, http};

/// oidcc-server: an ID token alone carries the claims that nothing else can fetch (OpenID Connect Core §5.4).
#[tokio::test]
async fn server_with_an_id_token_alone() {
    let plan = Plan::start().await;
    let page = plan.answer("id_token", "openid email facility").await;
    assert!(page.url.starts_with(&format!("{CALLBACK}#")), "{}", page.url);
    assert!(page.fragment("code").is_none() && page.fragment("access_token").is_none());
    let (_, claims) = plan.rp.verified(&page.fragment("id_token").unwrap()).await;
    assert_eq!((&claims["nonce"], &claims["email"]), (&json!("the-nonce"), &json!("ada@provider.example")));
    assert_eq!(claims["facility_name"], "ada clinic");
    assert!(claims.get("at_hash").is_none() && claims.get("c_hash").is_none());
}

/// oidcc-server with `id_token token`: the access token is the one that `at_hash` names.
#[tokio::test]
async fn server_with_a_token() {
    let plan = Plan::start().await;
    let page = plan.answer("id_token token", "openid email offline_access").await;
    let token = page.fragment("access_token").unwrap();
    let (_, claims) = plan.rp.verified(&page.fragment("id_token").unwrap()).await;
    assert_eq!(claims["at_hash"], half_hash(&token));
    assert!(claims.get("email").is_none());
    assert_eq!(plan.rp.userinfo(&token).await.json()["email"], "ada@provider.example");
    assert_eq!(page.fragment("scope").as_deref(), Some("openid email"), "nothing can be refreshed without a code");
}

/// oidcc-ensure-request-without-nonce-fails
#[tokio::test]
async fn ensure_request_without_nonce_fails() {
    let plan = Plan::start().await;
    let flow = plan.rp.flow("openid").with("response_type", "id_token token").without("nonce");
    let page = plan.rp.authorize(&plan.ada, &flow).await;
    assert_eq!(page.fragment("error").as_deref(), Some("invalid_request"), "{}", page.url);
    assert_eq!(page.fragment("state").as_deref(), Some("the-state"));
}

/// The grant type `implicit` has no token endpoint.
#[tokio::test]
async fn nothing_of_it_at_the_token_endpoint() {
    let plan = Plan::start().await;
    assert_eq!(plan.rp.token(&[("grant_type", "implicit")]).await.json()["error"], "unsupported_grant_type");
}

/// What the operator does not allow is neither announced nor answered; what is allowed is announced.
#[tokio::test]
async fn discovery_endpoint_verification() {
    let plan = Plan::start().await;
    let document = http::get(&format!("{}/.well-known/openid-configuration", plan.app.base), None).await.json();
    let all = json!(["code", "code id_token", "code token", "code id_token token", "id_token", "id_token token"]);
    assert_eq!(document["response_types_supported"], all);
    assert!(document["grant_types_supported"].as_array().unwrap().contains(&json!("implicit")));

    let app = TestApp::on_sqlite().await;
    let document = http::get(&format!("{}/.well-known/openid-configuration", app.base), None).await.json();
    assert_eq!(document["response_types_supported"], json!(["code"]));
    assert!(!document["grant_types_supported"].as_array().unwrap().contains(&json!("implicit")));
    let members = json!({ "grant_types": ["authorization_code", "implicit"], "response_types": ["code", "id_token"] });
    let rp = RelyingParty::register_with(&app, "rp", members).await;
    let page = app.browser().get(&rp.flow("openid").with("response_type", "id_token").path()).await;
    assert_eq!(page.fragment("error").as_deref(), Some("unsupported_response_type"), "{}", page.url);
}

/// A client gets only the types it is registered for.
#[tokio::test]
async fn response_types_are_those_registered() {
    let plan = Plan::start().await;
    let members = json!({ "grant_types": ["authorization_code", "implicit"], "response_types": ["id_token"] });
    let rp = RelyingParty::register_with(&plan.app, "narrow", members).await;
    for response_type in ["code", "id_token token", "code id_token"] {
        let page = plan.ada.get(&rp.flow("openid").with("response_type", response_type).path()).await;
        let error = page.query("error").or_else(|| page.fragment("error"));
        assert_eq!(error.as_deref(), Some("unauthorized_client"), "{response_type}: {}", page.url);
    }
}
