//! Accounts of one person: what linking, unlinking and switching keep, whatever else happens.

use crate::on_both;
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
    let other = |form: &crate::support::browser::FormOnPage| form.fields.iter().any(|(name, _)| name == "account");
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
        let forms: Vec<_> = page.forms().into_iter().filter(|form| form.fields.iter().any(|(name, _)| name == "account")).collect();
        let (one, two) = (ada.clone(), ada.clone());
        let unlinking = tokio::spawn(async move { one.submit(&unlink, &[]).await });
        let switching = tokio::spawn(async move {
            for form in forms {
                two.submit_form(&form, &[]).await;
            }
        });
        let (unlinked, switched) = tokio::join!(unlinking, switching);
        unlinked.unwrap();
        switched.unwrap();
        let page = ada.get("/").await;
        assert!(!page.says("for bob clinic"), "{}", page.text());
        assert_eq!(app.sign_in(&app.browser(), "bob", PASSWORD).await.title(), "Portal home");
    }
}
