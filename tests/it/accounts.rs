//! Passwords, second factors, sessions, and what is told about their changes.

use std::time::Duration;

use gatehouse::authentication;
use gatehouse::values::Username;

use crate::on_both;
use crate::support::TestApp;
use crate::support::people::{PASSWORD, secret_on};

const OTHER: &str = "nine loud kettles on a roof";

on_both! {
    /// One text for "no such user" and "wrong password".
    async fn a_wrong_name_and_a_wrong_password_are_answered_alike(app) {
        app.register("ada").await;
        let wrong_name = app.sign_in(&app.browser(), "nobody", PASSWORD).await;
        let wrong_password = app.sign_in(&app.browser(), "ada", OTHER).await;
        assert_eq!(wrong_name.status, wrong_password.status);
        let plain = |page: &crate::support::Page, name: &str| page.text().replace(name, "NAME");
        assert_eq!(plain(&wrong_name, "nobody"), plain(&wrong_password, "ada"));
        assert!(app.sign_in(&app.browser(), "ADA", PASSWORD).await.title() == "Your registration", "names fold");
    }

    async fn failures_delay_and_never_deny(app) {
        app.register("ada").await;
        for name in ["ada", "nobody"] {
            for _ in 0..6 {
                app.sign_in(&app.browser(), name, OTHER).await;
            }
            let page = app.sign_in(&app.browser(), name, PASSWORD).await;
            assert_eq!(page.status, 429, "{name} waits: {}", page.text());
        }
        app.advance(Duration::from_secs(2));
        assert_eq!(app.sign_in(&app.browser(), "ada", PASSWORD).await.title(), "Your registration");
    }

    async fn a_hundred_failures_stop_the_password_until_it_is_reset(app) {
        let ada = app.apply("ada", 1).await;
        let _ = ada;
        for _ in 0..100 {
            app.sign_in(&app.browser(), "ada", OTHER).await;
            app.advance(Duration::from_secs(901));
        }
        let page = app.sign_in(&app.browser(), "ada", PASSWORD).await;
        assert!(page.says("username or the password is wrong"), "{}", page.text());
        let browser = app.browser();
        reset(&app, &browser, "ada", OTHER).await;
        assert!(app.sign_in(&app.browser(), "ada", OTHER).await.says("In review"));
    }

    async fn a_forgotten_password_is_reset_by_mail_once(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let browser = app.browser();
        let link = reset(&app, &browser, "ada", OTHER).await;
        assert_eq!(ada.get("/").await.title(), "Sign in with a local account", "every session ended");
        assert_eq!(browser.get("/").await.title(), "Sign in with a local account", "a reset never signs in");
        app.letter_to("ada@provider.example", "password was changed").await;
        let page = app.browser().get(&link).await;
        assert_eq!(page.status, 410, "the link works once");
        assert!(app.sign_in(&app.browser(), "ada", PASSWORD).await.says("is wrong"));
        assert!(app.sign_in(&app.browser(), "ada", OTHER).await.says("You act for"));
    }

    async fn a_reset_link_lives_an_hour_and_is_offered_alike_to_all(app) {
        app.apply("ada", 1).await;
        let mut answers = Vec::new();
        for name in ["ada", "nobody"] {
            let browser = app.browser();
            let page = browser.get("/forgot-password").await;
            answers.push(browser.submit(&page, &[("username", name)]).await.text().replace(name, "NAME"));
        }
        assert_eq!(answers[0], answers[1]);
        let link = app.letter_to("ada@provider.example", "Reset").await.link();
        app.advance(Duration::from_secs(3_600));
        assert_eq!(app.browser().get(&link).await.status, 410);
    }

    async fn a_changed_password_ends_every_other_session(app) {
        let ada = app.apply("ada", 1).await;
        let other = app.browser();
        app.sign_in(&other, "ada", PASSWORD).await;
        let page = ada.get("/security/password").await;
        let refused = ada.submit(&page, &[("password", "short"), ("confirm_password", "short")]).await;
        assert!(refused.problem("password").is_some());
        let before = ada.cookie("gatehouse");
        let page = ada.submit(&page, &[("password", OTHER), ("confirm_password", OTHER)]).await;
        assert_eq!(page.title(), "Security", "{}", page.text());
        assert_eq!(before, ada.cookie("gatehouse"));
        assert_eq!(other.get("/status").await.title(), "Sign in with a local account");
        app.letter_to("ada@provider.example", "password was changed").await;
    }

    /// What protects an account changes only within five minutes of showing its factors.
    async fn changes_need_a_fresh_sign_in(app) {
        let ada = app.apply("ada", 1).await;
        app.advance(Duration::from_secs(301));
        for place in ["/security/password", "/security/email", "/security/authenticator"] {
            let page = ada.get(place).await;
            assert_eq!(page.title(), "Sign in with a local account", "{place}");
            assert!(page.says("sign in again"), "{}", page.text());
        }
        let page = ada.get("/security/password").await;
        let page = ada.submit(&page, &[("password", PASSWORD)]).await;
        assert_eq!(page.title(), "Change password", "and one comes back: {}", page.text());
    }

    /// RFC 6238 §5.2.
    async fn a_code_works_once(app) {
        let rosa = app.reviewer().await;
        let browser = app.browser();
        let page = app.sign_in(&browser, "rosa", PASSWORD).await;
        let page = browser.submit(&page, &[("otp", &rosa.code(&app))]).await;
        assert!(page.says("was used before"), "enrolment used this step: {}", page.text());
        app.advance(Duration::from_secs(30));
        let code = rosa.code(&app);
        let page = browser.submit(&page, &[("otp", &code)]).await;
        assert_eq!(page.title(), "Queue");
        let other = app.browser();
        let page = app.sign_in(&other, "rosa", PASSWORD).await;
        let page = other.submit(&page, &[("otp", &code)]).await;
        assert!(page.says("was used before"), "{}", page.text());
    }

    async fn an_authenticator_app_is_offered_to_everybody(app) {
        let ada = app.apply("ada", 1).await;
        let page = ada.get("/security/authenticator").await;
        let secret = secret_on(&page);
        let page = ada.submit(&page, &[("otp", "000000")]).await;
        assert!(page.problem("otp").is_some());
        let cookie = ada.cookie("gatehouse");
        let page = ada.submit(&page, &[("otp", &app.code_of(&secret))]).await;
        assert!(page.says("asked for a code at every sign-in"), "{}", page.text());
        assert_ne!(cookie, ada.cookie("gatehouse"), "the session's id changed with its level");
        app.letter_to("ada@provider.example", "second factor").await;
        app.advance(Duration::from_secs(60));
        let other = app.browser();
        let page = app.sign_in(&other, "ada", PASSWORD).await;
        assert_eq!(page.title(), "One more step");
        assert_eq!(other.get("/status").await.title(), "Sign in with a local account", "half a sign-in is none");
        let page = other.submit(&page, &[("otp", &app.code_of(&secret))]).await;
        assert_eq!(page.title(), "Your registration");
        let page = other.get("/security").await;
        other.submit_form(&page.form_to("/security/authenticator/remove"), &[]).await;
        assert_eq!(app.sign_in(&app.browser(), "ada", PASSWORD).await.title(), "Your registration");
    }

    async fn a_new_address_is_confirmed_first_and_the_old_one_told(app) {
        let ada = app.apply("ada", 1).await;
        let page = ada.get("/security/email").await;
        ada.submit(&page, &[("email", "ada@new.example")]).await;
        assert!(ada.get("/security").await.says("ada@provider.example Confirmed"), "not yet");
        let link = app.letter_to("ada@new.example", "Confirm your new").await.link();
        ada.submit(&ada.get(&link).await, &[]).await;
        assert!(ada.get("/security").await.says("ada@new.example Confirmed"));
        app.letter_to("ada@provider.example", "email address was changed").await;
        app.letter_to("ada@new.example", "email address was changed").await;
    }

    async fn sessions_idle_end_and_are_listed(app) {
        let ada = app.apply("ada", 1).await;
        let other = app.browser();
        app.sign_in(&other, "ada", PASSWORD).await;
        let page = ada.get("/security").await;
        assert_eq!(page.html.matches("Last used").count(), 2, "{}", page.text());
        ada.submit_form(&page.form_to("/security/sign-out-everywhere"), &[]).await;
        assert_eq!(other.get("/status").await.title(), "Sign in with a local account");
        app.advance(Duration::from_secs(29 * 60));
        assert_eq!(ada.get("/status").await.title(), "Your registration");
        app.advance(Duration::from_secs(29 * 60));
        assert_eq!(ada.get("/status").await.title(), "Your registration", "use keeps it");
        app.advance(Duration::from_secs(30 * 60));
        assert_eq!(ada.get("/status").await.title(), "Sign in with a local account", "idle for half an hour");
        app.sign_in(&ada, "ada", PASSWORD).await;
        for _ in 0..36 {
            app.advance(Duration::from_secs(20 * 60));
            ada.get("/status").await;
        }
        assert_eq!(ada.get("/status").await.title(), "Sign in with a local account", "twelve hours in all");
    }

    async fn the_session_is_known_by_a_new_secret_at_every_sign_in(app) {
        let (ada, _) = app.register("ada").await;
        let first = ada.cookie("gatehouse").unwrap();
        let page = ada.get("/sign-in?again=yes").await;
        ada.submit(&page, &[("username", "ada"), ("password", PASSWORD)]).await;
        let second = ada.cookie("gatehouse").unwrap();
        assert_ne!(first, second);
        let thief = app.browser();
        thief.set_cookie("gatehouse", &first);
        assert_eq!(thief.get("/status").await.title(), "Sign in with a local account", "the old one is worth nothing");
        let page = ada.get("/sign-out").await;
        assert_eq!(ada.submit(&page, &[]).await.title(), "You are signed out");
        thief.set_cookie("gatehouse", &second);
        assert_eq!(thief.get("/status").await.title(), "Sign in with a local account");
    }

    /// Two people never share a session.
    async fn another_person_in_the_same_browser_ends_the_first_ones_session(app) {
        let (browser, _) = app.register("ada").await;
        let first = browser.cookie("gatehouse").unwrap();
        app.register("bob").await;
        let page = browser.get("/sign-in?again=yes").await;
        browser.submit(&page, &[("username", "bob"), ("password", PASSWORD)]).await;
        assert!(browser.get("/status").await.says("Signed in as bob"));
        let other = app.browser();
        other.set_cookie("gatehouse", &first);
        assert_eq!(other.get("/status").await.title(), "Sign in with a local account");
    }

    async fn staff_who_lost_their_phone_get_a_new_link(app) {
        let rosa = app.reviewer().await;
        let link = {
            let ctx = app.ctx();
            let name = Username::parse("rosa").unwrap();
            app.app.db.write(move |tx| authentication::reset_staff(tx, &ctx, &name)).await.unwrap_or_else(|e| panic!("{e:?}")).path
        };
        assert_eq!(rosa.browser.get("/staff/queue").await.title(), "Sign in with a local account", "what they had has ended");
        assert!(app.sign_in(&app.browser(), "rosa", PASSWORD).await.says("is wrong"));
        let browser = app.browser();
        let page = browser.get(&link).await;
        let secret = secret_on(&page);
        let wrong = browser.submit(&page, &[("password", OTHER), ("confirm_password", OTHER), ("otp", "123456")]).await;
        assert!(wrong.problem("otp").is_some(), "{}", wrong.text());
        let page = browser.submit(&page, &[("password", OTHER), ("confirm_password", OTHER), ("otp", &app.code_of(&secret))]).await;
        assert_eq!(page.title(), "Queue");
        assert_eq!(app.browser().get(&link).await.status, 410, "once");
    }
}

/// Goes through the forgotten-password pages; the link that was mailed.
async fn reset(app: &TestApp, browser: &crate::support::Browser, name: &str, password: &str) -> String {
    let page = browser.get("/forgot-password").await;
    browser.submit(&page, &[("username", name)]).await;
    let link = app.letter_to(&format!("{name}@provider.example"), "Reset").await.link();
    let page = browser.get(&link).await;
    assert!(!page.url.contains("ghm_"), "the code left the address");
    let page = browser.submit(&page, &[("password", password), ("confirm_password", password)]).await;
    assert_eq!(page.title(), "Your password is changed", "{}", page.text());
    link
}

#[tokio::test]
async fn an_enrolment_link_ends_after_two_days() {
    let app = TestApp::on_sqlite().await;
    let link = app.staff_link("rosa", gatehouse::account::Role::Reviewer).await;
    assert_eq!(app.browser().get(&link).await.title(), "Set up your staff account");
    app.advance(Duration::from_secs(48 * 3_600));
    assert_eq!(app.browser().get(&link).await.status, 410);
}
