//! Accounts of one person: what linking, unlinking and switching keep, whatever else happens.

use crate::on_both;
use crate::support::browser::FormOnPage;
use crate::support::people::{PASSWORD, code_at, secret_on};
use crate::support::{Browser, TestApp};

/// Enrols an authenticator; its secret.
async fn enrol(app: &TestApp, browser: &Browser) -> String {
    let page = browser.get("/security/authenticator").await;
    let secret = secret_on(&page);
    let page = browser.submit(&page, &[("otp", &app.code_of(&secret))]).await;
    assert_eq!(page.title(), "Security", "{}", page.text());
    secret
}

async fn link(ada: &Browser, username: &str, otp: &str) -> crate::support::Page {
    let page = ada.get("/facilities/link").await;
    ada.submit(&page, &[("username", username), ("password", PASSWORD), ("otp", otp)]).await
}

/// Switches `browser` to the other account of two.
async fn switch(browser: &Browser) -> crate::support::Page {
    let page = browser.get("/switch").await;
    let other = |form: &FormOnPage| form.fields.iter().any(|(name, _)| name == "account");
    let forms: Vec<_> = page.forms().into_iter().filter(other).collect();
    assert_eq!(forms.len(), 2, "{}", page.text());
    let current = browser.get("/").await;
    for form in &forms {
        let page = browser.submit_form(form, &[]).await;
        if page.text() != current.text() {
            return page;
        }
    }
    browser.get("/").await
}

on_both! {
    /// A code that was seen is used, also where what it was shown for is refused.
    async fn a_code_shown_with_a_refused_link_stays_used(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let bob = app.active(&rosa, "bob", 2).await;
        let secret = enrol(&app, &bob).await;
        app.advance(std::time::Duration::from_secs(60));
        let account = rosa.browser.get("/staff/accounts?q=bob").await.link("bob");
        let page = rosa.browser.get(&account).await;
        rosa.browser.submit(&page, &[("reason", "Away.")]).await;
        let page = link(&ada, "bob", &app.code_of(&secret)).await;
        assert_eq!(page.title(), ada.get("/facilities/link").await.title(), "{}", page.text());
        let page = rosa.browser.get(&account).await;
        rosa.browser.submit(&page, &[]).await;
        let page = link(&ada, "bob", &app.code_of(&secret)).await;
        assert!(page.problem("otp").is_some(), "the same code opened it: {}", page.text());
        app.advance(std::time::Duration::from_secs(60));
        assert_eq!(link(&ada, "bob", &app.code_of(&secret)).await.title(), "Facilities");
    }

    /// A session that showed a password alone does not reach what an authenticator guards.
    async fn a_password_alone_does_not_switch_past_an_authenticator(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let bob = app.active(&rosa, "bob", 2).await;
        let secret = enrol(&app, &bob).await;
        app.advance(std::time::Duration::from_secs(60));
        assert_eq!(link(&ada, "bob", &code_at("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 1)).await.title(), ada.get("/facilities/link").await.title());
        assert_eq!(link(&ada, "bob", &app.code_of(&secret)).await.title(), "Facilities");
        let page = switch(&ada).await;
        assert_eq!(page.title(), "Sign in with a local account", "{}", page.text());
        assert!(!ada.get("/").await.says("for bob clinic"), "the session stays where it was");
    }

    /// Unlinked and switched to at once: no session of one person acts for the account of another.
    async fn switch_against_unlink(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        app.active(&rosa, "bob", 2).await;
        link(&ada, "bob", "").await;
        let list = ada.get("/facilities").await;
        let unlink = ada.get(&list.link("Unlink bob clinic")).await;
        let page = ada.get("/switch").await;
        let own = rosa.browser.get("/staff/accounts?q=ada").await.link("ada").rsplit('/').next().unwrap().to_owned();
        let is_bob = |form: &FormOnPage| form.fields.iter().any(|(name, value)| name == "account" && *value != own);
        let form = page.forms().into_iter().find(is_bob).unwrap_or_else(|| panic!("{}", page.html));
        let (one, two) = (ada.clone(), ada.clone());
        let unlinking = tokio::spawn(async move { one.submit(&unlink, &[]).await });
        let switching = tokio::spawn(async move { two.submit_form(&form, &[]).await });
        let (unlinked, switched) = tokio::join!(unlinking, switching);
        let (unlinked, _) = (unlinked.unwrap(), switched.unwrap());
        // Where the switch came first, the browser had another cookie, and nothing was unlinked.
        let still_linked = app.sign_in(&app.browser(), "ada", PASSWORD).await.says("Switch facility");
        if !still_linked {
            assert!(!ada.get("/").await.says("for bob clinic"), "{}", unlinked.text());
        }
        assert_eq!(app.sign_in(&app.browser(), "bob", PASSWORD).await.title(), "Portal home");
    }

    /// What an account asked for stays with it: its new person sees it, the one it left does not.
    async fn requests_follow_their_account(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let bob = app.active(&rosa, "bob", 2).await;
        let page = bob.get("/facilities/requests/new").await;
        let table = "Contact Email\tContact Phone\tFacility Name\tFacility Type\tMedicaid ID\tNPI\n\
            elm@chain.example\t217-555-0101\tElm Home\tNursing facility\t070000201001\t2000000002";
        let request = bob.submit(&page, &[("pasted", table)]).await;
        link(&ada, "bob", "").await;
        let place = request.url.trim_start_matches(&app.base).to_owned();
        assert_eq!(ada.get(&place).await.title(), request.title());
        let list = ada.get("/facilities").await;
        ada.submit(&ada.get(&list.link("Unlink bob clinic")).await, &[]).await;
        assert_eq!(ada.get(&place).await.status, 404);
        let bob = app.browser();
        app.sign_in(&bob, "bob", PASSWORD).await;
        assert_eq!(bob.get(&place).await.title(), request.title());
    }
}
