//! `oidcc-hybrid-certification-test-plan`: what it asks beyond the basic plan.

use serde_json::Value;

use super::{Plan, half_hash};
use crate::support::relying_party::CALLBACK;

/// oidcc-server, for the three hybrid types: everything in the fragment, and what is in it belongs together.
#[tokio::test]
async fn server() {
    let plan = Plan::start().await;
    for response_type in ["code id_token", "code token", "code id_token token"] {
        let page = plan.answer(response_type, "openid email facility").await;
        assert!(page.url.starts_with(&format!("{CALLBACK}#")), "{response_type}: {}", page.url);
        assert_eq!(page.fragment("state").as_deref(), Some("the-state"));
        assert_eq!(page.fragment("iss").as_deref(), Some(plan.app.base.as_str()));
        let code = page.fragment("code").expect("a code");
        assert_eq!(page.fragment("access_token").is_some(), response_type.ends_with(" token"));
        assert_eq!(page.fragment("id_token").is_some(), response_type.contains("id_token"));
        let answer = plan.rp.exchange(&code).await;
        assert_eq!(answer.status, 200, "{response_type}: {}", answer.body);
        let (_, from_token) = plan.rp.verified(answer.json()["id_token"].as_str().unwrap()).await;
        if let Some(token) = page.fragment("access_token") {
            assert_eq!(page.fragment("token_type").as_deref(), Some("Bearer"));
            assert_eq!(page.fragment("expires_in").as_deref(), Some("600"));
            assert_eq!(plan.rp.userinfo(&token).await.json()["sub"], from_token["sub"]);
        }
        if let Some(id_token) = page.fragment("id_token") {
            let (_, claims) = plan.rp.verified(&id_token).await;
            assert_eq!(claims["c_hash"], half_hash(&code));
            assert_eq!(claims["at_hash"], page.fragment("access_token").map_or(Value::Null, |token| half_hash(&token).into()));
            assert_eq!(claims["nonce"], "the-nonce");
            for same in ["iss", "sub", "sid", "auth_time"] {
                assert_eq!(claims[same], from_token[same], "{same}");
            }
            assert!(claims.get("email").is_none(), "an access token can fetch it");
        }
    }
}

/// oidcc-ensure-request-without-nonce-fails: where an ID token comes from the authorization endpoint.
#[tokio::test]
async fn ensure_request_without_nonce_fails() {
    let plan = Plan::start().await;
    for response_type in ["code id_token", "code id_token token"] {
        let flow = plan.rp.flow("openid").with("response_type", response_type).without("nonce");
        let page = plan.rp.authorize(&plan.ada, &flow).await;
        assert_eq!(page.fragment("error").as_deref(), Some("invalid_request"), "{}", page.url);
        assert!(page.fragment("code").is_none());
    }
}

/// OAuth 2.0 Multiple Response Type Encoding Practices §5: tokens never go into a query; the error does not either.
#[tokio::test]
async fn query_is_refused() {
    let plan = Plan::start().await;
    for response_type in ["code id_token", "code token", "id_token", "id_token token"] {
        let flow = plan.rp.flow("openid").with("response_type", response_type).with("response_mode", "query");
        let page = plan.rp.authorize(&plan.ada, &flow).await;
        assert_eq!(page.fragment("error").as_deref(), Some("invalid_request"), "{}", page.url);
        assert!(!page.url.contains('?'));
    }
}

/// oidcc-codereuse: what a code's first use gave is over after its second, and what came beside the code too.
#[tokio::test]
async fn codereuse() {
    let plan = Plan::start().await;
    let page = plan.answer("code id_token token", "openid").await;
    let (code, token) = (page.fragment("code").unwrap(), page.fragment("access_token").unwrap());
    assert_eq!(plan.rp.exchange(&code).await.status, 200);
    assert!(plan.rp.is_active(&token).await);
    assert_eq!(plan.rp.exchange(&code).await.json()["error"], "invalid_grant");
    assert!(!plan.rp.is_active(&token).await);
}

/// The words of a response type may come in any order (RFC 6749 §3.1.1).
#[tokio::test]
async fn alternate_happy_flow() {
    let plan = Plan::start().await;
    let page = plan.answer("token id_token code", "email openid").await;
    assert!(page.fragment("code").is_some() && page.fragment("id_token").is_some(), "{}", page.url);
}
