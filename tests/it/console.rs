//! What staff do, and what they may not.

use std::time::Duration;

use gatehouse::account::Role;

use crate::on_both;
use crate::support::people::PASSWORD;

on_both! {
    async fn an_approval_activates_tells_and_is_told_of(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let home = ada.get("/").await;
        assert!(home.says("You act for ada clinic"), "{}", home.text());
        let letter = app.letter_to("ada@provider.example", "You can now sign in").await;
        assert_eq!(letter.link(), "/sign-in");
        for secret in [PASSWORD, "070000000001", "2000000018"] {
            assert!(!letter.raw.contains(secret), "no password or identifier in a letter");
        }
        let case = rosa.browser.get(&app.case_path(&rosa, "ada").await).await;
        assert!(case.says("rosa: approved the case") && case.says("ada: submitted the case"), "{}", case.text());
    }

    async fn the_second_reviewer_is_told_who_was_first(app) {
        let (rosa, adam) = (app.reviewer().await, app.administrator().await);
        app.apply("ada", 1).await;
        let path = app.case_path(&rosa, "ada").await;
        let (first, second) = (rosa.browser.get(&path).await, adam.browser.get(&path).await);
        rosa.browser.submit(&first, &[]).await;
        let page = adam.browser.submit(&second, &[("decision", "deny"), ("reason", "No.")]).await;
        assert_eq!(page.status, 409);
        assert!(page.says("Approved by rosa, Mar 3, 2026"), "{}", page.text());
        assert_eq!(app.letters().await.iter().filter(|l| l.subject.contains("not approved")).count(), 0);
    }

    /// A decision is bound to the version it was made on.
    async fn a_case_that_changed_meanwhile_is_not_decided(app) {
        let rosa = app.reviewer().await;
        let ada = app.apply("ada", 1).await;
        let path = app.case_path(&rosa, "ada").await;
        let page = rosa.browser.get(&path).await;
        ada.submit(&ada.get("/profile").await, &[("organization_name", "ada clinic II")]).await;
        let page = rosa.browser.submit(&page, &[]).await;
        assert_eq!(page.status, 409);
        assert!(page.says("The applicant changed the case"), "{}", page.text());
    }

    async fn a_held_case_is_decided_by_its_holder_alone(app) {
        let (rosa, adam) = (app.reviewer().await, app.administrator().await);
        app.apply("ada", 1).await;
        let path = app.case_path(&rosa, "ada").await;
        let early = adam.browser.get(&path).await;
        let page = rosa.browser.get(&path).await;
        rosa.browser.submit_form(&page.form_to(&format!("{path}/claim")), &[]).await;
        let page = adam.browser.submit(&early, &[]).await;
        assert_eq!((page.status.as_u16(), page.says("rosa holds this case")), (409, true), "{}", page.text());
        assert!(adam.browser.get(&path).await.forms().iter().all(|form| form.action != path), "nor is it offered");
        app.advance(Duration::from_secs(15 * 60));
        let adams = adam.sign_in_again(&app).await;
        let page = adams.get(&path).await;
        assert!(adams.submit(&page, &[]).await.says("Approved by adam"), "the lease ran out");
    }

    async fn a_rescinded_approval_reopens_and_suspends_in_one(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let path = app.case_path(&rosa, "ada").await;
        let page = rosa.browser.get(&path).await;
        let page = rosa.browser.submit_form(&page.form_to(&format!("{path}/rescind")), &[("reason", "Wrong clinic.")]).await;
        assert!(page.says("In review"), "{}", page.text());
        assert_eq!(ada.get("/").await.title(), "Sign in with a local account", "sessions ended");
        let letter = app.letter_to("ada@provider.example", "on hold").await;
        assert!(letter.text.contains("Wrong clinic."));
        let page = app.sign_in(&ada, "ada", PASSWORD).await;
        assert!(page.says("Suspended"), "{}", page.text());
        let page = rosa.browser.get(&path).await;
        rosa.browser.submit(&page, &[("decision", "return"), ("reason", "Which clinic?")]).await;
        let page = ada.get("/status").await;
        assert!(page.says("Returned") && page.says("Which clinic?"), "suspended is pending again: {}", page.text());
        ada.submit(&ada.get("/profile").await, &[]).await;
        let page = rosa.browser.get(&path).await;
        rosa.browser.submit(&page, &[]).await;
        assert!(ada.get("/").await.says("You act for"), "approved again, active again");
    }

    async fn suspension_and_reactivation_are_told(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let found = rosa.browser.get("/staff/accounts?q=ADA").await;
        let path = found.link("ada");
        let page = rosa.browser.get(&path).await;
        assert_eq!(rosa.browser.submit(&page, &[]).await.status, 400, "a reason is needed");
        let page = rosa.browser.submit(&page, &[("reason", "Left the clinic.")]).await;
        assert!(page.says("Suspended") && page.says("Left the clinic."), "{}", page.text());
        assert_eq!(ada.get("/").await.title(), "Sign in with a local account");
        app.letter_to("ada@provider.example", "is suspended").await;
        let again = rosa.browser.post(&format!("{path}/suspend"), &[("csrf", &page.form().fields[0].1), ("reason", "x")]).await;
        assert_eq!(again.status, 409, "only once");
        let page = rosa.browser.submit(&page, &[]).await;
        assert!(page.says("Active"), "{}", page.text());
        app.letter_to("ada@provider.example", "active again").await;
        assert!(app.sign_in(&ada, "ada", PASSWORD).await.says("You act for"));
    }

    /// Two administrators who suspend each other leave one.
    async fn the_last_administrator_stays(app) {
        let (adam, eve) = (app.administrator().await, app.staff("eve", Role::Administrator).await);
        let of = async |by: &crate::support::people::StaffMember, name: &str| {
            let found = by.browser.get(&format!("/staff/accounts?q={name}")).await;
            by.browser.get(&found.link(name)).await
        };
        let (eves_page, adams_page) = (of(&adam, "eve").await, of(&eve, "adam").await);
        let (one, two) = tokio::join!(
            adam.browser.submit(&eves_page, &[("reason", "x")]),
            eve.browser.submit(&adams_page, &[("reason", "x")]),
        );
        let suspended = [&one, &two].iter().filter(|page| page.status == 200 && page.says("Suspended")).count();
        assert_eq!(suspended, 1, "{} / {}", one.text(), two.text());
    }
}

#[tokio::test]
async fn the_queue_is_found_through() {
    let app = crate::support::TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    app.apply("ada", 1).await;
    app.advance(Duration::from_secs(3_600));
    app.apply("bob", 2).await;
    let rosas = rosa.sign_in_again(&app).await;
    let queue = rosas.get("/staff/queue").await;
    assert!(queue.html.find("ada clinic").unwrap() < queue.html.find("bob clinic").unwrap(), "the older first");
    for (search, found) in
        [("bob", "bob clinic"), ("070000000002", "bob clinic"), ("BOB CLINIC", "bob clinic"), ("ada@provider", "ada clinic")]
    {
        let page = rosas.get(&format!("/staff/queue?q={}", crate::support::http::percent(search))).await;
        assert!(page.says(found) && page.says("1 case"), "{search}: {}", page.text());
    }
    for nothing in ["10000%", "_adada", "' OR 1=1 --"] {
        let page = rosas.get(&format!("/staff/queue?q={}", crate::support::http::percent(nothing))).await;
        assert!(page.says("No cases"), "{nothing}: {}", page.text());
    }
    app.advance(Duration::from_secs(48 * 3_600));
    let rosas = rosa.sign_in_again(&app).await;
    assert!(rosas.get("/staff/queue").await.says("minutes overdue"));
    let page = rosas.get("/staff/queue?q=x&page=99999999999999999999").await;
    assert_eq!(page.status, 404, "a page number that is none");
}

#[tokio::test]
async fn who_may_do_what() {
    let app = crate::support::TestApp::on_sqlite().await;
    let (rosa, audrey) = (app.reviewer().await, app.staff("audrey", Role::Auditor).await);
    let ada = app.active(&rosa, "ada", 1).await;
    app.apply("bob", 2).await;
    let path = app.case_path(&rosa, "bob").await;
    for place in ["/staff/queue", path.as_str(), "/staff/accounts", "/staff/mail"] {
        assert_eq!(audrey.browser.get(place).await.status, 200, "an auditor looks at {place}");
        assert_eq!(ada.get(place).await.status, 403, "a provider does not look at {place}");
        assert_eq!(app.browser().get(place).await.title(), "Sign in with a local account");
    }
    let page = audrey.browser.get(&path).await;
    assert!(page.forms().is_empty(), "an auditor is offered no decision");
    let form = rosa.browser.get(&path).await.form();
    let page = audrey.browser.submit_form(&form, &[]).await;
    assert_eq!(page.status, 403, "and may not send one: {}", page.text());
    // A staff member with a password alone is nobody in the console.
    app.advance(Duration::from_secs(30));
    let half = app.browser();
    let page = app.sign_in(&half, "rosa", PASSWORD).await;
    assert_eq!(page.title(), "One more step");
    assert_eq!(half.get("/staff/queue").await.title(), "Sign in with a local account");
    // A reviewer does not suspend staff, nobody suspends themselves.
    let accounts = rosa.browser.get("/staff/accounts?q=audrey").await;
    assert!(rosa.browser.get(&accounts.link("audrey")).await.forms().is_empty());
}

#[tokio::test]
async fn an_approval_is_checked_field_by_field() {
    let app = crate::support::TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    app.apply("ada", 1).await;
    let path = app.case_path(&rosa, "ada").await;
    let page = rosa.browser.get(&path).await;
    let bad: &[(&str, &str)] = &[
        ("facility_name", ""),
        ("facility_type", "Castle"),
        ("valid_from", "tomorrow"),
        ("valid_to", "2026-03-01"),
        ("npi", "123"),
        ("medicaid_id", "x"),
        ("organization_type", "none-such"),
    ];
    for (field, value) in bad {
        let answered = rosa.browser.submit(&page, &[(field, value)]).await;
        assert_eq!(answered.status, 422, "{field}={value}: {}", answered.text());
        assert!(answered.problem(field).is_some(), "{field}={value}: {}", answered.text());
    }
    for decision in ["", "maybe"] {
        assert_eq!(rosa.browser.submit(&page, &[("decision", decision)]).await.status, 400);
    }
    assert_eq!(rosa.browser.submit(&page, &[("version", "one")]).await.status, 400);
    assert_eq!(rosa.browser.submit(&page, &[("decision", "deny")]).await.status, 422, "a denial needs a reason");
    assert!(rosa.browser.get(&path).await.says("In review"), "nothing was decided by any of it");
}

#[tokio::test]
async fn a_known_medicaid_id_is_joined() {
    let app = crate::support::TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    app.active(&rosa, "ada", 1).await;
    app.apply("bob", 1).await;
    let path = app.case_path(&rosa, "bob").await;
    let page = rosa.browser.get(&path).await;
    assert!(page.says("approving joins that facility") && page.says("1 with the same identifiers"), "{}", page.text());
    assert!(rosa.browser.submit(&page, &[]).await.says("Approved by rosa"));
    let facilities: i64 = app
        .app
        .db
        .read(|tx| {
            use diesel::prelude::*;
            Ok::<_, gatehouse::db::Fault>(gatehouse::db::schema::facilities::table.count().get_result(tx)?)
        })
        .await
        .unwrap();
    assert_eq!(facilities, 1);
}
