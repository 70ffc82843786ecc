//! From Register to a case in the queue, and all that can happen on the way.

use std::time::Duration;

use crate::on_both;
use crate::support::people::{PASSWORD, filled, npi, profile};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

on_both! {
    /// The case enters the queue the moment profile and confirmed address are both there.
    async fn a_registration_reaches_the_queue_when_confirmed_and_complete(app) {
        let rosa = app.reviewer().await;
        let (ada, page) = app.register("ada").await;
        assert!(rosa.browser.get("/staff/queue").await.says("No cases"), "a draft never reaches staff");
        let page = ada.submit(&page, &filled(&profile("ada clinic", 1))).await;
        assert!(page.says("Email not confirmed"), "{}", page.text());
        assert!(rosa.browser.get("/staff/queue").await.says("No cases"), "an unconfirmed one neither");
        let page = app.confirm(&ada, "ada").await;
        assert!(page.says("In review") && page.says("We decide by"), "{}", page.text());
        assert!(rosa.browser.get("/staff/queue").await.says("ada clinic"));
        let letter = app.letter_to("ada@provider.example", "We received").await;
        assert!(letter.text.contains("Mar 5, 2026, 9:00 AM CST"), "48 hours later, in the agency's zone: {}", letter.text);
        assert!(letter.raw.contains("Auto-Submitted: auto-generated"));
    }

    async fn confirming_first_and_completing_later_reaches_the_queue_too(app) {
        let rosa = app.reviewer().await;
        let (ada, _) = app.register("ada").await;
        let page = app.confirm(&ada, "ada").await;
        assert!(page.says("Not complete"), "{}", page.text());
        let page = ada.get("/profile").await;
        let page = ada.submit(&page, &filled(&profile("ada clinic", 1))).await;
        assert!(page.says("In review"), "{}", page.text());
        assert!(rosa.browser.get("/staff/queue").await.says("ada clinic"));
    }

    /// Whether the address is known changes the letter alone.
    async fn a_known_address_is_answered_alike(app) {
        app.apply("ada", 1).await;
        let browser = app.browser();
        let page = browser.get("/register").await;
        let fields = [("email", "ada@provider.example"), ("username", "ada-two"), ("password", PASSWORD), ("confirm_password", PASSWORD)];
        let page = browser.submit(&page, &fields).await;
        assert_eq!(page.title(), "Complete your registration");
        let letters = app.letters().await;
        let further = letters.iter().rev().find(|l| l.text.contains("ada-two")).unwrap();
        assert!(further.text.contains("You have one account or more"), "{}", further.text);
    }

    async fn a_taken_username_is_said_at_once_with_free_ones(app) {
        app.register("ada").await;
        let browser = app.browser();
        let page = browser.get("/register").await;
        let fields = [("email", "b@x.example"), ("username", "ADA"), ("password", PASSWORD), ("confirm_password", PASSWORD)];
        let page = browser.submit(&page, &fields).await;
        assert_eq!(page.status, 422);
        assert!(page.problem("username").unwrap().contains("ADA-2"), "{:?}", page.problem("username"));
        assert!(page.html.contains("value=\"b@x.example\""), "other values are kept");
    }

    async fn five_wrong_codes_end_typing_and_the_link_still_works(app) {
        let (ada, _) = app.register("ada").await;
        let letter = app.letter_to("ada@provider.example", "Confirm").await;
        let status = ada.get("/status").await;
        for left in [4, 3, 2, 1] {
            let page = ada.submit_form(&status.form_to("/confirm"), &[("code", "AAAA2222")]).await;
            assert!(page.problem("code").unwrap().contains(&format!("{left} more")), "{:?}", page.problem("code"));
        }
        ada.submit_form(&status.form_to("/confirm"), &[("code", "AAAA2222")]).await;
        let page = ada.submit_form(&status.form_to("/confirm"), &[("code", &letter.code())]).await;
        assert!(page.problem("code").unwrap().contains("link in our letter"), "even the right code: {}", page.text());
        let page = ada.get(&letter.link()).await;
        let page = ada.submit(&page, &[]).await;
        assert!(!page.says("Email not confirmed") && page.title() == "Your registration", "{}", page.text());
    }

    async fn the_typed_code_confirms_in_any_case_and_spacing(app) {
        let (ada, _) = app.register("ada").await;
        let code = app.letter_to("ada@provider.example", "Confirm").await.code().to_lowercase();
        let status = ada.get("/status").await;
        let page = ada.submit_form(&status.form_to("/confirm"), &[("code", &format!("{} - {}", &code[..4], &code[4..]))]).await;
        assert!(!page.html.contains("/confirm/again"), "{}", page.text());
    }

    /// A GET burns nothing; elsewhere than in the registering browser the button needs the account's password.
    async fn a_link_in_another_browser_asks_for_the_password(app) {
        let (ada, _) = app.register("ada").await;
        app.register("mallory").await;
        let link = app.letter_to("ada@provider.example", "Confirm").await.link();
        let other = app.browser();
        for _ in 0..3 {
            let page = other.get(&link).await;
            assert_eq!(page.title(), "Sign in with a local account");
            assert!(!page.url.contains("ghm_"), "the code is not in the address: {}", page.url);
        }
        let page = other.submit(&other.get(&link).await, &[("username", "mallory"), ("password", PASSWORD)]).await;
        assert_eq!(page.title(), "This link belongs to another account", "{}", page.text());
        let other = app.browser();
        let page = other.get(&link).await;
        let page = other.submit(&page, &[("username", "ada"), ("password", PASSWORD)]).await;
        assert_eq!(page.title(), "Confirm your email address");
        let page = other.submit(&page, &[]).await;
        assert_eq!(page.title(), "Your registration");
        let page = ada.get(&link).await;
        assert_eq!(page.title(), "This was done before", "a second click is no error");
    }

    async fn a_confirmation_link_ends_after_a_day(app) {
        let (ada, _) = app.register("ada").await;
        let link = app.letter_to("ada@provider.example", "Confirm").await.link();
        app.advance(DAY);
        app.sign_in(&ada, "ada", PASSWORD).await;
        let page = ada.get(&link).await;
        assert_eq!((page.status.as_u16(), page.title().as_str()), (410, "This link no longer works"));
    }

    async fn letters_are_sent_again_a_minute_apart(app) {
        let (ada, _) = app.register("ada").await;
        let status = ada.get("/status").await;
        let again = status.form_to("/confirm/again");
        let page = ada.submit_form(&again, &[]).await;
        assert_eq!(page.status, 429, "{}", page.text());
        assert_eq!(page.headers["retry-after"], "60");
        app.advance(MINUTE);
        let page = ada.submit_form(&again, &[]).await;
        assert!(page.says("another letter to ada@provider.example"), "{}", page.text());
        assert_eq!(app.letters().await.iter().filter(|l| l.subject.contains("Confirm")).count(), 2);
    }

    async fn a_changed_address_is_the_one_that_counts(app) {
        let (ada, _) = app.register("ada").await;
        let old = app.letter_to("ada@provider.example", "Confirm").await.link();
        app.advance(MINUTE);
        let page = ada.get("/confirm/address").await;
        ada.submit(&page, &[("email", "new@provider.example")]).await;
        let page = ada.get(&old).await;
        assert_eq!(page.title(), "This was done before", "codes for the old address are over");
        let new = app.letter_to("new@provider.example", "Confirm").await.link();
        ada.submit(&ada.get(&new).await, &[]).await;
        assert!(ada.get("/security").await.says("new@provider.example Confirmed"));
    }

    async fn an_unconfirmed_registration_expires_and_frees_its_username(app) {
        let (ada, _) = app.register("ada").await;
        app.apply("bob", 2).await;
        app.advance(7 * DAY - MINUTE);
        gatehouse::service::tidy_once(&app.app).await.unwrap();
        app.sign_in(&ada, "ada", PASSWORD).await;
        assert_eq!(ada.get("/status").await.title(), "Your registration", "not before its time");
        app.advance(2 * MINUTE);
        gatehouse::service::tidy_once(&app.app).await.unwrap();
        assert_eq!(ada.get("/status").await.title(), "Sign in with a local account");
        app.register("ada").await;
        let page = app.sign_in(&app.browser(), "bob", PASSWORD).await;
        assert!(page.says("In review"), "a confirmed one stays: {}", page.text());
    }

    /// An edit in review is a new version of the same case.
    async fn an_applicant_corrects_and_withdraws(app) {
        let rosa = app.reviewer().await;
        let ada = app.apply("ada", 1).await;
        let path = app.case_path(&rosa, "ada").await;
        let page = ada.get("/profile").await;
        ada.submit(&page, &[("organization_name", "ada clinic north")]).await;
        let case = rosa.browser.get(&path).await;
        assert!(case.says("ada clinic north") && case.says("Version 2"), "{}", case.text());
        let page = ada.get("/status/withdraw").await;
        let page = ada.submit(&page, &[]).await;
        assert_eq!(page.title(), "Your request is withdrawn");
        app.letter_to("ada@provider.example", "withdrawn").await;
        let page = app.sign_in(&app.browser(), "ada", PASSWORD).await;
        assert!(page.says("username or the password is wrong"), "the account is closed: {}", page.text());
        assert!(rosa.browser.get(&path).await.says("Withdrawn"));
        let page = app.browser().get("/register").await;
        let page = app.browser().submit(&page, &[]).await;
        assert_eq!(page.status, 403, "another browser's form is refused");
    }

    async fn a_confirmed_username_is_never_used_again(app) {
        let ada = app.apply("ada", 1).await;
        ada.submit(&ada.get("/status/withdraw").await, &[]).await;
        let browser = app.browser();
        let page = browser.get("/register").await;
        let page = browser.submit(&page, &[("email", "x@y.example"), ("username", "ada"), ("password", PASSWORD), ("confirm_password", PASSWORD)]).await;
        assert!(page.problem("username").is_some());
    }

    /// The clock stands still while a case is returned, and goes on with what it had left.
    async fn a_returned_case_keeps_its_place_on_the_clock(app) {
        let rosa = app.reviewer().await;
        let ada = app.apply("ada", 1).await;
        let path = app.case_path(&rosa, "ada").await;
        app.advance(10 * 60 * MINUTE);
        let rosas = rosa.sign_in_again(&app).await;
        let page = rosas.get(&path).await;
        let fields = [("decision", "return"), ("remark_npi", "This is your partner's."), ("reason", "Please look again.")];
        let page = rosas.submit(&page, &fields).await;
        assert!(page.says("Returned by rosa"), "{}", page.text());
        let letter = app.letter_to("ada@provider.example", "Action needed").await;
        assert!(letter.text.contains("NPI: This is your partner's.") && letter.text.contains("Please look again."), "{}", letter.text);
        app.advance(5 * DAY);
        let page = app.sign_in(&ada, "ada", PASSWORD).await;
        assert!(page.says("NPI: This is your partner's."), "{}", page.text());
        let page = ada.get("/profile").await;
        assert!(page.says("Please look again."), "{}", page.text());
        let page = ada.submit(&page, &[("npi", &npi(77))]).await;
        assert!(page.says("In review"), "{}", page.text());
        let rosas = rosa.sign_in_again(&app).await;
        let page = rosas.get(&path).await;
        assert!(page.says("37 hours left"), "38 hours less half a minute: {}", page.text());
    }

    async fn a_denied_person_may_apply_again_three_times_in_all(app) {
        let rosa = app.reviewer().await;
        let ada = app.apply("ada", 1).await;
        for round in 1..=3 {
            let path = app.case_path(&rosa, "ada").await;
            let page = rosa.browser.get(&path).await;
            let page = rosa.browser.submit(&page, &[("decision", "deny"), ("reason", "Not enrolled.")]).await;
            assert!(page.says("Denied by rosa"), "{}", page.text());
            let letter = app.letter_to("ada@provider.example", "not approved").await;
            assert!(letter.text.contains("Not enrolled."));
            let status = ada.get("/status").await;
            assert!(status.says("Not enrolled."), "{}", status.text());
            let page = ada.get("/profile").await;
            if round == 3 {
                assert!(page.url.ends_with("/status") && page.says("cannot apply again"), "{}", page.text());
                continue;
            }
            let page = ada.submit(&page, &[("organization_name", "ada clinic again")]).await;
            assert!(page.says("In review"), "{}", page.text());
        }
    }
}

#[tokio::test]
async fn each_organization_type_asks_for_its_own_fields() {
    let app = crate::support::TestApp::on_sqlite().await;
    let (ada, _) = app.register("ada").await;
    let page = ada.get("/profile").await;
    let empty = ada.submit(&page, &[]).await;
    for field in ["first_name", "last_name", "organization_name", "organization_type"] {
        assert!(empty.problem(field).is_some(), "{field}: {}", empty.text());
    }
    assert!(empty.problem("contact_phone").is_none());
    let with = |extra: &[(&'static str, &str)]| {
        let mut fields: Vec<(&'static str, String)> =
            vec![("first_name", "A".into()), ("last_name", "B".into()), ("organization_name", "C".into())];
        fields.extend(extra.iter().map(|(n, v)| (*n, (*v).to_owned())));
        fields
    };
    let bad: &[(&[(&'static str, &str)], &str)] = &[
        (&[("organization_type", "provider"), ("npi", "2000000002")], "medicaid_id"),
        (&[("organization_type", "provider"), ("medicaid_id", "070000001")], "npi"),
        (&[("organization_type", "provider"), ("medicaid_id", "1.23457E+11"), ("npi", "2000000002")], "medicaid_id"),
        (&[("organization_type", "provider"), ("medicaid_id", "070000001"), ("no_npi", "yes")], "no_npi"),
        (&[("organization_type", "atypical_provider"), ("medicaid_id", "070000001")], "npi"),
        (&[("organization_type", "atypical_provider"), ("medicaid_id", "070000001"), ("npi", "2000000002"), ("no_npi", "yes")], "npi"),
        (&[("organization_type", "billing_agent")], "acts_for"),
        (&[("organization_type", "no-such-type")], "organization_type"),
        (&[("organization_type", "billing_agent"), ("acts_for", "x"), ("contact_phone", "12")], "contact_phone"),
        (&[("organization_type", "billing_agent"), ("acts_for", "x"), ("contact_email", "nobody")], "contact_email"),
    ];
    for (extra, field) in bad {
        let fields = with(extra);
        let page = ada.submit(&page, &filled(&fields)).await;
        assert_eq!(page.status, 422, "{extra:?}");
        assert!(page.problem(field).is_some(), "{extra:?}: {}", page.text());
        assert!(page.html.contains("value=\"C\""), "values are kept");
    }
    for good in [
        &[("organization_type", "billing_agent"), ("acts_for", "Lakeside")][..],
        &[("organization_type", "atypical_provider"), ("medicaid_id", "0700 0000 1"), ("no_npi", "yes")],
        &[("organization_type", "provider"), ("medicaid_id", "070000001"), ("npi", "2000-000-002")],
    ] {
        let fields = with(good);
        let answered = ada.submit(&page, &filled(&fields)).await;
        assert_eq!(answered.title(), "Your registration", "{good:?}: {}", answered.text());
    }
}

#[tokio::test]
async fn organization_types_and_the_clock_are_the_operators() {
    let extra = "[clock]\ndecide_within_hours = 5\n[[organization_types]]\nid = \"clinic\"\nname = \"Walk-in clinic\"\n";
    let app = crate::support::TestApp::configured(extra).await;
    let (ada, _) = app.register("ada").await;
    let page = ada.get("/profile").await;
    assert!(page.says("Walk-in clinic") && !page.says("Billing agent Managed"), "{}", page.text());
    let fields = [("first_name", "A"), ("last_name", "B"), ("organization_name", "C"), ("organization_type", "clinic")];
    ada.submit(&page, &fields).await;
    let page = app.confirm(&ada, "ada").await;
    assert!(page.says("Mar 3, 2026, 2:00 PM CST"), "{}", page.text());
}

#[tokio::test]
async fn a_contact_address_that_differs_counts_when_it_is_confirmed() {
    let app = crate::support::TestApp::on_sqlite().await;
    let (ada, page) = app.register("ada").await;
    let mut fields = profile("ada clinic", 1);
    fields.push(("contact_email", "front.desk@provider.example".into()));
    ada.submit(&page, &filled(&fields)).await;
    app.confirm(&ada, "ada").await;
    app.letter_to("ada@provider.example", "We received").await;
    let link = app.letter_to("front.desk@provider.example", "Confirm your new").await.link();
    ada.submit(&ada.get(&link).await, &[]).await;
    ada.submit(&ada.get("/status/withdraw").await, &[]).await;
    app.letter_to("front.desk@provider.example", "withdrawn").await;
}
