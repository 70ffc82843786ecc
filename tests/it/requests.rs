//! What a request for facilities keeps when it is sent twice, denied, or meets a facility that was there before.

use crate::on_both;
use crate::support::people::{PASSWORD, StaffMember};
use crate::support::relying_party::RelyingParty;
use crate::support::{Browser, Page, TestApp};

const ELM: &str = "elm@chain.example\t217-555-0101\tElm Home\tNursing facility\t070000201001\t2000000002";

async fn paste(browser: &Browser, rows: &[&str]) -> Page {
    let header = "Contact Email\tContact Phone\tFacility Name\tFacility Type\tMedicaid ID\tNPI";
    let page = browser.get("/facilities/requests/new").await;
    browser.submit(&page, &[("pasted", &[&[header], rows].concat().join("\n"))]).await
}

/// Decides the one row that waits in the newest request.
async fn decide(rosa: &StaffMember, decision: &str) -> Page {
    decide_in(rosa, "FR-", decision).await
}

/// The same in the request with this reference.
async fn decide_in(rosa: &StaffMember, reference: &str, decision: &str) -> Page {
    let list = rosa.browser.get("/staff/requests").await;
    let page = rosa.browser.get(&list.link(reference)).await;
    let box_of = |html: &str| Some(html.split("name=\"row_").nth(1)?.split('"').next()?.to_owned());
    let name = format!("row_{}", box_of(&page.html).expect("a row waits"));
    rosa.browser.submit(&page, &[("decision", decision), ("reason", "Not this one."), (&name, "1")]).await
}

/// Redeems the invitation sent to `address`; the browser that is signed in with the account.
async fn open_account(app: &TestApp, address: &str, username: &str) -> Browser {
    let browser = app.browser();
    let letter = app.letter_to(address, "invited to the").await;
    let page = browser.get(&letter.link()).await;
    let page = browser.submit(&page, &[]).await;
    let page = browser.submit(&page, &[("username", username), ("password", PASSWORD), ("confirm_password", PASSWORD)]).await;
    let page = browser.submit(&page, &[("first_name", "Ann"), ("last_name", "Elm")]).await;
    assert_eq!(page.title(), "Portal home", "{}", page.text());
    browser
}

on_both! {
    /// A row that was corrected since a reviewer saw it is not decided by what they saw.
    async fn a_row_is_decided_in_the_version_that_was_shown(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let request = paste(&ada, &[ELM]).await;
        let page = decide(&rosa, "return").await;
        assert!(page.says("1 row was decided"), "{}", page.text());
        let header = "Contact Email\tContact Phone\tFacility Name\tFacility Type\tMedicaid ID\tNPI";
        let correct = |phone: &str| format!("{header}\n{}", ELM.replace("217-555-0101", phone));
        ada.submit(&ada.get(&request.url).await, &[("pasted", &correct("217-555-0111"))]).await;
        let list = rosa.browser.get("/staff/requests").await;
        let page = rosa.browser.get(&list.link("FR-")).await;
        let shown = page.html.split("name=\"row_").nth(1).unwrap().split('"').nth(2).unwrap().to_owned();
        assert_eq!(shown, "2", "the corrected row is a new version");
        let name = format!("row_{}", page.html.split("name=\"row_").nth(1).unwrap().split('"').next().unwrap());
        let page = rosa.browser.submit(&page, &[("decision", "approve"), (&name, "1")]).await;
        assert!(!page.says("was decided"), "{}", page.text());
    }

    /// Nothing waits for staff, so nothing is promised and nobody is reminded.
    async fn a_request_without_good_rows_has_no_clock(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let page = paste(&ada, &[&ELM.replace("2000000002", "2000000003")]).await;
        assert!(page.says("NP03") && !page.says("We decide by"), "{}", page.text());
        let page = paste(&ada, &[&ELM.replace("201001", "201002")]).await;
        assert!(page.says("We decide by"), "{}", page.text());
    }

    /// The same sheet is the same request while it stands, and a new one once it was denied.
    async fn a_denied_sheet_may_be_sent_anew(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let first = paste(&ada, &[ELM]).await;
        assert_eq!(paste(&ada, &[ELM]).await.title(), first.title(), "the same while it stands");
        let page = decide(&rosa, "deny").await;
        assert!(page.says("1 row was decided"), "{}", page.text());
        let again = paste(&ada, &[ELM]).await;
        assert_ne!(again.title(), first.title());
        assert!(again.says("1 in review"), "{}", again.text());
    }

    /// An approval ended, a later one begins anew: the account of the second invitation enters.
    async fn a_facility_that_ended_is_approved_again(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        paste(&ada, &[ELM]).await;
        decide(&rosa, "approve").await;
        let one = open_account(&app, "elm@chain.example", "elm.one").await;
        let rp = RelyingParty::register(&app, "rp").await;
        let token = rp.tokens(&one, "openid").await["access_token"].as_str().unwrap().to_owned();
        assert!(rp.is_active(&token).await);
        let list = |status: &str| format!("medicaid_id,name,provider_type,npi,status,begin_date,end_date\n070000201001,Elm Home,,,{status},2020-01-01,\n");
        let file = app.mail_folder().join("../directory.csv");
        std::fs::write(&file, list("inactive")).unwrap();
        gatehouse::facility::directory::import(&app.app, &app.ctx(), &file, true).await.unwrap_or_else(|e| panic!("{e}"));
        let page = rosa.browser.get("/staff/facilities").await;
        rosa.browser.submit(&page, &[]).await;
        assert!(!rp.is_active(&token).await);
        std::fs::write(&file, list("active")).unwrap();
        gatehouse::facility::directory::import(&app.app, &app.ctx(), &file, true).await.unwrap_or_else(|e| panic!("{e}"));
        let page = paste(&ada, &[&ELM.replace("elm@", "new@")]).await;
        assert!(page.says("1 in review"), "{}", page.text());
        decide(&rosa, "approve").await;
        let two = open_account(&app, "new@chain.example", "elm.two").await;
        let token = rp.tokens(&two, "openid").await["access_token"].as_str().unwrap().to_owned();
        assert!(rp.is_active(&token).await);
    }

    /// Of several rows of one Medicaid ID in the directory the last one counts, for the endings too.
    async fn the_last_row_of_an_id_counts(app) {
        let rosa = app.reviewer().await;
        app.active(&rosa, "ada", 1).await;
        let row = |status: &str| format!("070000000001,ada clinic,{status}\n");
        let file = app.mail_folder().join("../directory.csv");
        std::fs::write(&file, format!("medicaid_id,name,status\n{}{}", row("inactive"), row("active"))).unwrap();
        let done = gatehouse::facility::directory::import(&app.app, &app.ctx(), &file, false).await.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(done.endings, 0);
        std::fs::write(&file, format!("medicaid_id,name,status\n{}{}", row("active"), row("inactive"))).unwrap();
        let done = gatehouse::facility::directory::import(&app.app, &app.ctx(), &file, true).await.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(done.endings, 1);
    }

    /// What its holder asked for meanwhile rests on the approval that is taken back, and goes with it.
    async fn a_rescission_sets_an_open_change_aside(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let place = app.case_path(&rosa, "ada").await;
        let page = ada.get("/profile").await;
        ada.submit(&page, &[("organization_name", "Ada and Partners")]).await;
        let page = rosa.browser.get(&place).await;
        rosa.browser.submit(&page, &[("reason", "The wrong person.")]).await;
        let queue = rosa.browser.get("/staff/queue").await;
        assert!(!queue.says("Ada and Partners"), "{}", queue.text());
        let page = rosa.browser.get(&place).await;
        rosa.browser.submit(&page, &[("decision", "approve")]).await;
        assert_eq!(app.sign_in(&app.browser(), "ada", PASSWORD).await.title(), "Portal home");
    }

    /// Nothing is approved for somebody who was suspended since.
    async fn a_suspended_requester_gets_nothing_approved(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        paste(&ada, &[ELM]).await;
        let account = rosa.browser.get("/staff/accounts?q=ada").await.link("ada");
        rosa.browser.submit(&rosa.browser.get(&account).await, &[("reason", "Fraud.")]).await;
        let page = decide(&rosa, "approve").await;
        assert!(page.says("no longer active"), "{}", page.text());
        let page = decide(&rosa, "deny").await;
        assert!(page.says("1 row was decided"), "{}", page.text());
    }

    /// *All good rows* are those that are good now: what another got meanwhile is looked at first.
    async fn a_row_is_green_on_the_day_it_is_approved(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let bob = app.active(&rosa, "bob", 2).await;
        let request = paste(&ada, &[ELM]).await;
        let other = paste(&bob, &[&ELM.replace("elm@", "bob.elm@")]).await;
        decide_in(&rosa, other.title().trim_start_matches("Request "), "approve").await;
        open_account(&app, "bob.elm@chain.example", "bob.elm").await;
        let list = rosa.browser.get("/staff/requests?state=all").await;
        let page = rosa.browser.get(&list.link(request.title().trim_start_matches("Request "))).await;
        assert!(page.says("Approve the good row") || page.says("1 good row"), "it was green: {}", page.text());
        let page = rosa.browser.submit(&page, &[("decision", "approve_green")]).await;
        assert!(page.says("DU03"), "{}", page.text());
        assert!(!ada.get(&request.url).await.says("1 approved"));
        assert!(!app.letters().await.iter().any(|letter| letter.to == "elm@chain.example"));
    }

    /// With its facility an invitation ends that nobody redeemed: a later approval is for others.
    async fn an_invitation_ends_with_its_facility(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        paste(&ada, &[ELM]).await;
        decide(&rosa, "approve").await;
        let letter = app.letter_to("elm@chain.example", "invited to the").await;
        let file = app.mail_folder().join("../directory.csv");
        std::fs::write(&file, "medicaid_id,name,status\n070000201001,Elm Home,inactive\n").unwrap();
        gatehouse::facility::directory::import(&app.app, &app.ctx(), &file, true).await.unwrap_or_else(|e| panic!("{e}"));
        rosa.browser.submit(&rosa.browser.get("/staff/facilities").await, &[]).await;
        app.letter_to("elm@chain.example", "invitation").await;
        let browser = app.browser();
        let page = browser.submit(&browser.get(&letter.link()).await, &[]).await;
        assert!(!page.html.contains("name=\"username\""), "{}", page.text());
    }

    /// A mailed list without a good row has no clock either.
    async fn a_confirmed_draft_without_good_rows_has_no_clock(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let header = "Contact Email\tContact Phone\tFacility Name\tFacility Type\tMedicaid ID\tNPI";
        let raw = format!(
            "From: ada@provider.example\r\nMessage-ID: <1@x.test>\r\nContent-Type: text/plain\r\n\r\n{header}\n{}\r\n",
            ELM.replace("2000000002", "2000000003")
        );
        gatehouse::roster::receive(&app.app, &app.ctx(), raw.as_bytes()).await.unwrap();
        let link = app.letter_to("ada@provider.example", "Please confirm your facility request").await.link();
        let page = ada.submit(&ada.get(&link).await, &[]).await;
        assert!(page.says("NP03") && !page.says("We decide by"), "{}", page.text());
    }
}
