//! The portal that is there today, behaving exactly as its platform does: `code id_token` by form post, or `code`; no PKCE;
//! the secret in the body; `ui_locales`; flat claims read from the ID token; RP-initiated logout (PRODUCT §4).

use serde_json::{Value, json};

use crate::support::people::StaffMember;
use crate::support::{Browser, Page, RelyingParty, TestApp, http};

const REDIRECT: &str = "https://portal.example/signin-openid_1";
const SIGNED_OUT: &str = "https://portal.example/signout-oidc";

/// The registration of `docs/integrations/power-pages.md`.
fn registration() -> Value {
    let page = std::fs::read_to_string(format!("{}/docs/integrations/power-pages.md", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let text = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let mut document: Value = serde_json::from_str(text).unwrap();
    document["redirect_uris"] = json!([REDIRECT]);
    document["post_logout_redirect_uris"] = json!([SIGNED_OUT]);
    document
}

struct Portal {
    app: TestApp,
    rp: RelyingParty,
}

impl Portal {
    async fn start() -> (Self, StaffMember, Browser) {
        let app = TestApp::configured("hybrid_responses = true").await;
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let document = registration();
        let id = document["client_id"].as_str().unwrap().to_owned();
        let secret = app.client(document).await.unwrap();
        let rp = RelyingParty { base: app.base.clone(), id, secret };
        (Self { app, rp }, rosa, ada)
    }

    /// What the platform's middleware sends, and nothing else.
    async fn sign_in(&self, browser: &Browser, response_type: &str, mode: &str) -> Page {
        let mut fields = vec![
            ("client_id", self.rp.id.as_str()),
            ("redirect_uri", REDIRECT),
            ("response_type", response_type),
            ("scope", "openid profile email phone facility"),
            ("state", "OpenIdConnect.AuthenticationProperties=x"),
            ("nonce", "639000000000000000.abc"),
            ("ui_locales", "en-US"),
        ];
        if !mode.is_empty() {
            fields.push(("response_mode", mode));
        }
        let page = browser.get(&format!("/oauth2/authorize?{}", http::encode(&fields))).await;
        if page.url.contains("/consent?") { browser.submit(&page, &[]).await } else { page }
    }

    async fn exchange(&self, code: &str, further: &[(&str, &str)]) -> http::Answer {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("client_id", self.rp.id.as_str()),
            ("client_secret", self.rp.secret.as_str()),
        ];
        fields.extend_from_slice(further);
        http::post_form(&format!("{}/oauth2/token", self.rp.base), &fields, None).await
    }
}

/// The claims the platform maps: text and boolean, at the top of the ID token.
fn maps(claims: &Value) {
    for (name, value) in [("email", "ada@provider.example"), ("facility_name", "ada clinic"), ("medicaid_id", "070000000001")] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert!(claims["given_name"].is_string() && claims["facility_id"].is_string() && claims["email_verified"].is_boolean());
}

#[tokio::test]
async fn signs_people_in_by_its_default() {
    let (portal, _, ada) = Portal::start().await;
    let page = portal.sign_in(&ada, "code id_token", "form_post").await;
    let form = page.form();
    assert_eq!(form.action, REDIRECT);
    let field = |name: &str| form.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    assert_eq!(field("state").as_deref(), Some("OpenIdConnect.AuthenticationProperties=x"));
    let (_, claims) = portal.rp.verified(&field("id_token").unwrap()).await;
    assert_eq!(claims["nonce"], "639000000000000000.abc");
    maps(&claims);
    let answer = portal.exchange(&field("code").unwrap(), &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let (_, claims) = portal.rp.verified(answer.json()["id_token"].as_str().unwrap()).await;
    maps(&claims);
}

#[tokio::test]
async fn signs_people_in_with_a_code_and_out_again() {
    let (portal, _, ada) = Portal::start().await;
    let page = portal.sign_in(&ada, "code", "").await;
    let answer = portal.exchange(&page.query("code").unwrap(), &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let id_token = answer.json()["id_token"].as_str().unwrap().to_owned();
    maps(&portal.rp.verified(&id_token).await.1);
    let fields = [("id_token_hint", id_token.as_str()), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "bye")];
    let page = ada.get(&format!("/oauth2/logout?{}", http::encode(&fields))).await;
    let page = if page.url.contains("/logout") { ada.submit(&page, &[]).await } else { page };
    assert_eq!(page.url, format!("{SIGNED_OUT}?state=bye"));
    assert_eq!(ada.get("/").await.title(), "Sign in with a local account");
}

/// A verifier for a code that was given without a challenge is a downgrade, whoever sends it (RFC 9700 §2.1.1).
#[tokio::test]
async fn a_verifier_without_a_challenge_is_refused() {
    let (portal, _, ada) = Portal::start().await;
    let page = portal.sign_in(&ada, "code", "").await;
    let verifier = crate::support::relying_party::VERIFIER;
    let answer = portal.exchange(&page.query("code").unwrap(), &[("code_verifier", verifier)]).await;
    assert_eq!(answer.json()["error"], "invalid_grant");
}

/// Somebody who is not approved ends on the status page; the portal gets neither code nor token.
#[tokio::test]
async fn nobody_enters_before_staff_decide() {
    let (portal, _, _) = Portal::start().await;
    let bob = portal.app.apply("bob", 2).await;
    let page = portal.sign_in(&bob, "code id_token", "form_post").await;
    assert_eq!(page.title(), "Your registration", "{}", page.text());
}

/// Without PKCE a nonce is the least; where neither is sent, nothing is given.
#[tokio::test]
async fn a_nonce_stands_for_pkce() {
    let (portal, _, ada) = Portal::start().await;
    let fields = [("client_id", portal.rp.id.as_str()), ("redirect_uri", REDIRECT), ("response_type", "code"), ("scope", "openid")];
    let page = ada.get(&format!("/oauth2/authorize?{}", http::encode(&fields))).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"), "{}", page.url);
    let refused = portal.app.client_refused(json!({
        "token_endpoint_auth_method": "none", "redirect_uris": [REDIRECT], "require_pkce": "or_nonce",
    }));
    assert!(refused.await.contains("confidential clients only"));
    let refused = portal.app.client_refused(json!({ "redirect_uris": [REDIRECT], "scope": "profile", "require_pkce": "or_nonce" }));
    assert!(refused.await.contains("openid"), "nobody would check the nonce");
}
