//! Applications in the console: staff look, an administrator registers, changes and removes them.

use gatehouse::account::Role;
use serde_json::json;

use crate::on_both;
use crate::support::relying_party::CALLBACK;
use crate::support::{Page, RelyingParty, TestApp};

/// What the page shows once.
fn secret_on(page: &Page) -> String {
    let (_, rest) = page.html.split_once("<code>ghk_").unwrap_or_else(|| panic!("no secret on {}", page.text()));
    format!("ghk_{}", rest.split_once('<').unwrap().0)
}

fn party(app: &TestApp, id: &str, secret: &str) -> RelyingParty {
    RelyingParty { base: app.base.clone(), id: id.to_owned(), secret: secret.to_owned() }
}

on_both! {
    async fn an_application_is_registered_changed_and_removed(app) {
        let adam = app.administrator().await.browser;
        let page = adam.get("/staff/register-client").await;
        let fields = [("client_name", "Complaints"), ("client_id", "complaints"), ("redirect_uris", CALLBACK), ("scope", "openid offline_access")];
        let page = adam.submit(&page, &fields).await;
        assert!(page.says("shown this once"), "{}", page.text());
        let secret = secret_on(&page);
        let shown = adam.get("/staff/clients/complaints").await;
        assert!(shown.says("The operator") && shown.says(CALLBACK) && !shown.html.contains(&secret), "{}", shown.text());
        assert!(shown.says("refresh_token"), "offline access is of use with refresh tokens: {}", shown.text());
        let ada = app.active(&app.reviewer().await, "ada", 1).await;
        let rp = party(&app, "complaints", &secret);
        let tokens = rp.tokens(&ada, "openid").await;
        let list = adam.get("/staff/clients?q=COMPLAINTS").await;
        assert!(list.says("1 application") && list.link("Complaints") == "/staff/clients/complaints", "{}", list.text());
        for nothing in ["compl_ints", "client_name", "redirect"] {
            assert!(adam.get(&format!("/staff/clients?q={nothing}")).await.says("No application is like that"), "{nothing}");
        }
        // Changed: what two look at is changed once.
        let (first, second) = (adam.get("/staff/clients/complaints/change").await, adam.get("/staff/clients/complaints/change").await);
        let document = |name: &str| json!({ "client_name": name, "redirect_uris": [CALLBACK], "scope": "openid" }).to_string();
        let page = adam.submit(&first, &[("document", &document("Complaints, new"))]).await;
        assert_eq!(page.title(), "Complaints, new", "{}", page.text());
        let page = adam.submit(&second, &[("document", &document("Overwritten"))]).await;
        assert_eq!(page.status, 422);
        assert!(page.says("changed at the same moment"), "{}", page.text());
        assert!(rp.is_active(tokens["access_token"].as_str().unwrap()).await, "the secret stayed");
        // A new secret.
        let page = adam.get("/staff/clients/complaints/rotate-secret").await;
        let page = adam.submit(&page, &[]).await;
        let renewed = party(&app, "complaints", &secret_on(&page));
        assert!(renewed.is_active(tokens["access_token"].as_str().unwrap()).await);
        assert_eq!(rp.token(&[("grant_type", "refresh_token"), ("refresh_token", "x")]).await.status, 401, "the old one is over");
        // Sent twice, it is done once: the secret on the first page stays good.
        let asked = adam.get("/staff/clients/complaints/rotate-secret").await;
        let renewed = party(&app, "complaints", &secret_on(&adam.submit(&asked, &[]).await));
        assert_eq!(adam.submit(&asked, &[]).await.status, 409);
        assert!(renewed.is_active(tokens["access_token"].as_str().unwrap()).await);
        // Removed.
        let page = adam.get("/staff/clients/complaints/delete").await;
        let page = adam.submit(&page, &[]).await;
        assert!(page.says("No applications"), "{}", page.text());
        assert_eq!(adam.get("/staff/clients/complaints").await.status, 404);
        assert_eq!(renewed.token(&[("grant_type", "refresh_token"), ("refresh_token", "x")]).await.status, 401);
        let actions = app.app.db.read(|tx| {
            use diesel::prelude::*;
            use gatehouse::db::schema::audit_events::dsl;
            let of_clients = dsl::audit_events.filter(dsl::action.like("client.%")).order((dsl::at, dsl::id));
            Ok::<Vec<(String, String)>, gatehouse::db::Fault>(of_clients.select((dsl::action, dsl::actor_kind)).load(tx)?)
        });
        let expected = ["client.created", "client.changed", "client.secret_rotated", "client.secret_rotated", "client.deleted"].map(|action| (action.to_owned(), "staff".to_owned()));
        assert_eq!(actions.await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_service_that_introspects_is_registered_in_the_form() {
    let app = TestApp::on_sqlite().await;
    let adam = app.administrator().await.browser;
    let page = adam.get("/staff/register-client").await;
    let id = page.form().fields.iter().find(|(name, _)| name == "client_id").unwrap().1.clone();
    let further = r#"{"introspection_signed_response_alg": "ES256", "resources": ["https://api.example"]}"#;
    let fields = [("client_name", "Records"), ("allow_introspection", "yes"), ("scope", "api"), ("document", further)];
    let page = adam.submit(&page, &fields).await;
    let rp = party(&app, &id, &secret_on(&page));
    assert_eq!(rp.token(&[("grant_type", "client_credentials")]).await.status, 200);
    let document = adam.get(&format!("/staff/clients/{id}")).await.text();
    for part in ["\"allow_introspection\": true", "\"ES256\"", "https://api.example", "\"client_credentials\""] {
        assert!(document.contains(part), "{part}: {document}");
    }
}

/// Whoever pastes a whole document gets what it says, and no other kind of application.
#[tokio::test]
async fn what_the_document_says_counts() {
    let app = TestApp::on_sqlite().await;
    let adam = app.administrator().await.browser;
    let page = adam.get("/staff/register-client").await;
    let keys = "k".repeat(12_000);
    let whole =
        json!({ "client_id": "whole", "redirect_uris": [CALLBACK], "scope": "openid offline_access", "software_id": keys }).to_string();
    adam.submit(&page, &[("document", &whole)]).await;
    let text = adam.get("/staff/clients/whole").await.text();
    assert!(text.contains("\"refresh_token\"") && !text.contains("client_credentials"), "{text}");
    let page = adam.get("/staff/clients/whole/change").await;
    let page = adam.submit(&page, &[]).await;
    assert_eq!(page.title(), "whole", "a long one is changed as well: {}", page.text());
}

#[tokio::test]
async fn what_is_not_sound_is_said_and_registers_nothing() {
    let app = TestApp::on_sqlite().await;
    let adam = app.administrator().await.browser;
    RelyingParty::register(&app, "taken").await;
    for (field, value, words) in [
        ("redirect_uris", "http://rp.example/cb", "https"),
        ("redirect_uris", "https://rp.example/cb#x", "fragment"),
        ("client_id", "taken", "There is an application taken already. If you sent this form twice"),
        ("client_id", "a/b", "client_id may have"),
        ("client_id", "..", "client_id may have"),
        ("document", "[1]", "no JSON object"),
        ("document", r#"{"no_such_member": 1}"#, "no_such_member"),
        ("document", r#"{"client_secret": "short"}"#, "at least 32"),
        ("token_endpoint_auth_method", "private_key_jwt", "needs jwks"),
        ("token_endpoint_auth_method", "magic", "magic"),
        ("scope", "open\"id", "scope has characters"),
    ] {
        let page = adam.get("/staff/register-client").await;
        let mut fields = vec![("client_name", "<b>Mine</b>"), ("client_id", "mine"), ("redirect_uris", CALLBACK)];
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let page = adam.submit(&page, &fields).await;
        assert_eq!(page.status, 422, "{field} {value}: {}", page.text());
        assert!(page.says(words), "{field} {value}: {}", page.text());
        assert!(!page.html.contains("<b>"), "what was typed is shown as it was typed");
    }
    assert!(adam.get("/staff/clients").await.says("1 application"));
}

#[tokio::test]
async fn others_look_and_change_nothing() {
    let app = TestApp::on_sqlite().await;
    let (adam, rosa, audrey) = (app.administrator().await, app.reviewer().await, app.staff("audrey", Role::Auditor).await);
    let ada = app.active(&rosa, "ada", 1).await;
    RelyingParty::register(&app, "rp").await;
    let changes = ["/staff/register-client", "/staff/clients/rp/change", "/staff/clients/rp/rotate-secret", "/staff/clients/rp/delete"];
    for browser in [&rosa.browser, &audrey.browser] {
        assert!(browser.get("/staff/clients").await.says("1 application"));
        let page = browser.get("/staff/clients/rp").await;
        assert!(page.status == 200 && !page.html.contains("/delete"), "{}", page.text());
        for place in changes {
            let page = browser.get(place).await;
            assert!(page.status == 403 && page.says("Only an administrator may do this."), "{place}: {}", page.text());
            let form = adam.browser.get(place).await.form();
            assert_eq!(browser.submit_form(&form, &[]).await.status, 403, "{place}");
        }
    }
    for place in ["/staff/clients", "/staff/clients/rp"] {
        assert_eq!(ada.get(place).await.status, 403);
    }
    // An administrator who signed in a while ago shows who they are again.
    let form = adam.browser.get("/staff/clients/rp/delete").await.form();
    let form_of_a_change = adam.browser.get("/staff/clients/rp/change").await.form();
    app.advance(std::time::Duration::from_secs(301));
    let late = adam.browser.submit_form(&form_of_a_change, &[("document", "{}")]).await;
    assert_eq!(late.status, 422, "what was opened in time may take its time: {}", late.text());
    for _ in 0..2 {
        app.advance(std::time::Duration::from_secs(600));
        assert!(adam.browser.get("/staff/clients/rp").await.says("The operator"), "looking needs nothing fresh");
    }
    for place in changes {
        assert_eq!(adam.browser.get(place).await.title(), "Sign in with a local account", "{place}");
    }
    adam.browser.submit_form(&form, &[]).await;
    assert!(adam.browser.get("/staff/clients").await.says("1 application"), "it is still there");
}
