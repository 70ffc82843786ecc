//! `oidcc-config-certification-test-plan`: what discovery says, and that it is true.

use serde_json::{Value, json};

use crate::support::{TestApp, http};

async fn document(app: &TestApp, path: &str) -> Value {
    let answer = http::get(&format!("{}{path}", app.base), None).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"), "{path}");
    answer.json()
}

fn list(document: &Value, member: &str) -> Vec<String> {
    let several = document[member].as_array().unwrap_or_else(|| panic!("{member} is no list"));
    several.iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// oidcc-discovery-endpoint-verification, and the first module of each logout plan.
#[tokio::test]
async fn discovery_endpoint_verification() {
    let app = TestApp::configured("hybrid_responses = true\nimplicit_responses = true\n[registration]\nenabled = true").await;
    let found = document(&app, "/.well-known/openid-configuration").await;
    assert_eq!(found["issuer"], app.base.as_str());
    assert_eq!(document(&app, "/.well-known/oauth-authorization-server").await, found, "RFC 8414 clients read the same");
    let types = list(&found, "response_types_supported");
    assert!(["code", "id_token", "id_token token"].iter().all(|kind| types.contains(&(*kind).to_owned())), "{types:?}");
    let grants = list(&found, "grant_types_supported");
    assert!(["authorization_code", "implicit", "refresh_token"].iter().all(|kind| grants.contains(&(*kind).to_owned())), "{grants:?}");
    for member in ["id_token", "userinfo", "request_object"] {
        let algorithms = list(&found, &format!("{member}_signing_alg_values_supported"));
        assert_eq!(algorithms, ["RS256", "ES256", "PS256", "EdDSA"], "{member}");
    }
    assert_eq!(list(&found, "subject_types_supported"), ["public", "pairwise"]);
    assert_eq!(list(&found, "code_challenge_methods_supported"), ["S256"]);
    assert!(list(&found, "scopes_supported").contains(&"openid".to_owned()));
    for member in [
        "backchannel_logout_supported",
        "backchannel_logout_session_supported",
        "frontchannel_logout_supported",
        "frontchannel_logout_session_supported",
        "claims_parameter_supported",
        "request_parameter_supported",
        "request_uri_parameter_supported",
        "require_request_uri_registration",
        "authorization_response_iss_parameter_supported",
    ] {
        assert_eq!(found[member], true, "{member}");
    }
    assert!(!list(&found, "request_object_signing_alg_values_supported").contains(&"none".to_owned()));
}

/// Every address that is announced answers, and every endpoint that is not built is not announced.
#[tokio::test]
async fn what_is_announced_is_there() {
    let app = TestApp::configured("[registration]\nenabled = true\nopen = true").await;
    let found = document(&app, "/.well-known/openid-configuration").await;
    let members: Vec<&String> =
        found.as_object().unwrap().keys().filter(|name| name.ends_with("_endpoint") || name.ends_with("_uri")).collect();
    assert!(members.len() >= 8, "{members:?}");
    for member in members.into_iter().map(String::as_str).chain(["check_session_iframe"]) {
        let url = found[member].as_str().unwrap();
        assert!(url.starts_with(&app.base), "{member}");
        let (get, post) = (http::get(url, None).await.status.as_u16(), http::post_form(url, &[], None).await.status.as_u16());
        assert!(get != 404 || post != 404, "{member}: {get} and {post}");
        assert!(get < 500 && post < 500, "{member}: {get} and {post}");
    }
    for later in ["device_authorization_endpoint", "dpop_signing_alg_values_supported", "backchannel_authentication_endpoint"] {
        assert_eq!(found.get(later), None, "{later}");
    }
}

/// RFC 9728 §3: the service as a resource.
#[tokio::test]
async fn protected_resource_metadata() {
    let app = TestApp::on_sqlite().await;
    let found = document(&app, "/.well-known/oauth-protected-resource").await;
    assert_eq!((&found["resource"], &found["authorization_servers"]), (&json!(app.base), &json!([app.base])));
    assert!(list(&found, "scopes_supported").contains(&"facilities".to_owned()));
}

/// A single-page application reads discovery from any origin; tokens and claims only from that of a registered public client.
#[tokio::test]
async fn cross_origin_requests_as_a_page_needs_them_and_no_more() {
    let app = TestApp::on_sqlite().await;
    app.client(
        json!({ "client_id": "spa", "redirect_uris": ["https://spa.example/cb"], "token_endpoint_auth_method": "none", "scope": "openid" }),
    )
    .await;
    app.client(json!({ "client_id": "web", "redirect_uris": ["https://web.example/cb"], "scope": "openid" })).await;
    let ask = async |method: &str, path: &str, origin: &str| {
        let request = axum::http::Request::builder().method(method).uri(format!("{}{path}", app.base)).header("origin", origin);
        let request = request.header("access-control-request-method", "POST").header("content-type", "application/x-www-form-urlencoded");
        http::send(request.body(Vec::new()).unwrap()).await
    };
    for path in ["/.well-known/openid-configuration", "/oauth2/jwks"] {
        assert_eq!(ask("GET", path, "https://anywhere.example").await.header("access-control-allow-origin"), "*", "{path}");
    }
    for path in ["/oauth2/token", "/oauth2/userinfo", "/oauth2/revoke", "/oauth2/par"] {
        let question = ask("OPTIONS", path, "https://spa.example").await;
        assert_eq!((question.status.as_u16(), question.header("access-control-allow-origin")), (204, "https://spa.example"), "{path}");
        assert_eq!(question.header("access-control-allow-credentials"), "", "no cookies travel");
        assert_eq!(ask("POST", path, "https://spa.example").await.header("access-control-allow-origin"), "https://spa.example", "{path}");
        for stranger in
            ["https://web.example", "https://spa.example.evil.example", "http://spa.example", "https://spa.example:8443", "null"]
        {
            let answer = ask("OPTIONS", path, stranger).await;
            assert!(answer.headers.get("access-control-allow-origin").is_none(), "{path} {stranger}");
        }
    }
    for path in ["/oauth2/authorize", "/oauth2/introspect", "/oauth2/register", "/sign-in", "/profile"] {
        let answer = ask("OPTIONS", path, "https://spa.example").await;
        assert!(answer.headers.get("access-control-allow-origin").is_none(), "{path}");
    }
}
