//! Sixty-four at once, and one wins. On both databases, since both have to keep the same promise.

use gatehouse::account::Role;
use serde_json::json;

use crate::on_both;
use crate::support::people::{PASSWORD, filled, profile};
use crate::support::relying_party::RelyingParty;
use crate::support::{Browser, TestApp};

const MANY: usize = 64;

/// Starts all of them before waiting for any.
async fn all<T: Send + 'static>(tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let running: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::new();
    for task in running {
        results.push(task.await.unwrap());
    }
    results
}

on_both! {
    async fn one_authorization_code(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        let code = rp.code(&ada, "openid offline_access").await;
        let answers = all((0..MANY).map(|_| {
            let (rp, code) = (rp.clone(), code.clone());
            async move { rp.exchange(&code).await }
        })).await;
        let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(won.len(), 1);
        assert!(answers.iter().filter(|a| a.status != 200).all(|a| a.json()["error"] == "invalid_grant"));
        let access = won[0].json()["access_token"].as_str().unwrap().to_owned();
        assert!(!rp.is_active(&access).await, "sixty-three replays ended what the one got");
    }

    async fn one_refresh_token(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        let tokens = rp.tokens(&ada, "openid offline_access").await;
        let token = tokens["refresh_token"].as_str().unwrap().to_owned();
        let answers = all((0..MANY).map(|_| {
            let (rp, token) = (rp.clone(), token.clone());
            async move { rp.refresh(&token).await }
        })).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).map(|answer| answer.json()["error"].clone()).collect();
        assert!(refused.iter().all(|error| *error == "invalid_grant"), "{refused:?}");
        for winner in answers.iter().filter(|answer| answer.status == 200) {
            let successor = winner.json()["refresh_token"].as_str().unwrap().to_owned();
            assert_eq!(rp.refresh(&successor).await.json()["error"], "invalid_grant", "the family stays ended");
        }
    }

    /// With a grace, all repeats get the one successor.
    async fn one_refresh_token_with_a_grace(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register_with(&app, "rp", json!({ "refresh_reuse_grace_seconds": 60 })).await;
        let tokens = rp.tokens(&ada, "openid offline_access").await;
        let token = tokens["refresh_token"].as_str().unwrap().to_owned();
        let answers = all((0..MANY).map(|_| {
            let (rp, token) = (rp.clone(), token.clone());
            async move { rp.refresh(&token).await.json()["refresh_token"].clone() }
        })).await;
        assert!(answers.iter().all(|successor| successor.is_string() && *successor == answers[0]), "{answers:?}");
    }

    async fn one_confirmation(app) {
        let rosa = app.reviewer().await;
        let (ada, page) = app.register("ada").await;
        ada.submit(&page, &filled(&profile("ada clinic", 1))).await;
        let link = app.letter_to("ada@provider.example", "Confirm").await.link();
        let form = ada.get(&link).await.form();
        let pages = all((0..MANY).map(|_| {
            let (ada, form) = (ada.clone(), form.clone());
            async move { ada.submit_form(&form, &[]).await }
        })).await;
        let won = pages.iter().filter(|page| page.title() == "Your registration").count();
        assert_eq!(won, 1, "{:?}", pages.iter().map(crate::support::Page::title).collect::<Vec<_>>());
        assert!(pages.iter().all(|page| page.status == 200), "the others are told that it was done before");
        assert!(rosa.browser.get("/staff/queue").await.says("1 case"));
        let receipts = app.letters().await.iter().filter(|letter| letter.subject.contains("We received")).count();
        assert_eq!(receipts, 1);
    }

    async fn one_decision(app) {
        let staff = [app.reviewer().await, app.administrator().await, app.staff("eve", Role::Reviewer).await];
        app.apply("ada", 1).await;
        let path = app.case_path(&staff[0], "ada").await;
        let mut forms = Vec::new();
        for member in &staff {
            forms.push((member.browser.clone(), member.browser.get(&path).await.form()));
        }
        let pages = all((0..MANY).map(|n| {
            let (browser, form) = forms[n % forms.len()].clone();
            async move {
                let deny = [("decision", "deny"), ("reason", "x")];
                browser.submit_form(&form, if n % 2 == 0 { &deny } else { &[] }).await
            }
        })).await;
        let won = pages.iter().filter(|page| page.status == 200).count();
        let told = pages.iter().filter(|page| page.status == 409 && page.says("Another reviewer was first")).count();
        assert_eq!((won, told), (1, MANY - 1));
        let decisions = app.letters().await.iter().filter(|l| l.subject.contains("not approved") || l.subject.contains("now sign in")).count();
        assert_eq!(decisions, 1, "one letter");
    }

    async fn one_username(app) {
        let pages = all((0..MANY).map(|_| {
            let browser = app.browser();
            async move {
                let page = browser.get("/register").await;
                let fields = [("email", "a@b.example"), ("username", "ada"), ("password", PASSWORD), ("confirm_password", PASSWORD)];
                browser.submit(&page, &fields).await
            }
        })).await;
        let won = pages.iter().filter(|page| page.title() == "Complete your registration").count();
        let told = pages.iter().filter(|page| page.problem("username").is_some()).count();
        assert_eq!((won, told), (1, MANY - 1));
    }

    async fn one_code_of_an_authenticator(app) {
        let rosa = app.reviewer().await;
        app.advance(std::time::Duration::from_secs(30));
        let code = rosa.code(&app);
        let mut pages: Vec<(Browser, crate::support::Page)> = Vec::new();
        for _ in 0..16 {
            let browser = app.browser();
            let page = app.sign_in(&browser, "rosa", PASSWORD).await;
            pages.push((browser, page));
        }
        let results = all(pages.into_iter().map(|(browser, page)| {
            let code = code.clone();
            async move { browser.submit(&page, &[("otp", &code)]).await.title() }
        })).await;
        assert_eq!(results.iter().filter(|title| *title == "Queue").count(), 1, "{results:?}");
    }

    /// A withdrawal and an approval at the same moment: one of them is what happened.
    async fn approve_against_withdraw(app) {
        let rosa = app.reviewer().await;
        for round in 1..=8_u32 {
            let name = format!("ada{round}");
            let ada = app.apply(&name, round).await;
            let path = app.case_path(&rosa, &name).await;
            let (approve, withdraw) = (rosa.browser.get(&path).await.form(), ada.get("/status/withdraw").await.form());
            let (approved, withdrawn) = tokio::join!(rosa.browser.submit_form(&approve, &[]), ada.submit_form(&withdraw, &[]));
            let (approved, withdrawn) = (approved.says("Approved by"), withdrawn.title() == "Your request is withdrawn");
            assert!(approved != withdrawn, "round {round}: approved {approved}, withdrawn {withdrawn}");
            let signed_in = app.sign_in(&app.browser(), &name, PASSWORD).await;
            assert_eq!(signed_in.title() == "Portal home", approved, "the account agrees with the case");
        }
    }
}

/// One letter is leased by one courier, however many there are.
async fn couriers(app: TestApp) {
    for n in 0..20 {
        app.register(&format!("person{n}")).await;
    }
    let ids = {
        let now = gatehouse::clock::Clock::now(&*app.clock);
        app.app.db.read(move |tx| gatehouse::outbox::due(tx, gatehouse::outbox::Kind::Letter, None, now, 100)).await.unwrap()
    };
    assert_eq!(ids.len(), 20);
    let leases = all((0..MANY).map(|n| {
        let (db, ctx, id) = (app.app.db.clone(), app.ctx(), ids[n % ids.len()]);
        async move { db.write(move |tx| gatehouse::outbox::lease(tx, &ctx, id)).await.unwrap().is_some() }
    }))
    .await;
    assert_eq!(leases.into_iter().filter(|leased| *leased).count(), 20);
}

on_both! {
    async fn one_courier_a_letter(app) {
        couriers(app).await;
    }
}

on_both! {
    async fn one_invitation(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        invite(&app, &rosa, &ada).await;
        let letter = app.letter_to("elm@chain.example", "invited to the").await;
        let mut forms = Vec::new();
        for n in 0..MANY {
            let browser = app.browser();
            let page = browser.get(&letter.link()).await;
            let page = browser.submit(&page, &[]).await;
            forms.push((browser, page, format!("elm.{n}")));
        }
        let results = all(forms.into_iter().map(|(browser, page, name)| async move {
            browser.submit(&page, &[("username", &name), ("password", PASSWORD), ("confirm_password", PASSWORD)]).await.title()
        })).await;
        assert_eq!(results.iter().filter(|title| *title == "Profile").count(), 1, "{results:?}");
        // No account is half-made: of sixty-four names one can sign in.
        let found = rosa.browser.get("/staff/accounts?q=elm.").await;
        assert_eq!(found.html.matches("href=\"/staff/accounts/").count(), 1, "{}", found.text());
    }

    /// The same with nothing before the transaction that could keep the sixty-four apart.
    async fn one_invitation_in_the_database(app) {
        use gatehouse::invitation::{self, Read};
        use gatehouse::db::Refused;
        use gatehouse::registration::{self, NewRedemption, RedeemRefusal};
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        invite(&app, &rosa, &ada).await;
        let code = app.letter_to("elm@chain.example", "invited to the").await.link().split_once('=').unwrap().1.to_owned();
        let now = app.ctx().now;
        let Read::Good(_, pressed) = app.app.db.read(move |tx| invitation::read(tx, now, &code)).await.unwrap() else { panic!("no invitation") };
        let results = all((0..MANY).map(|n| {
            let (service, ctx) = (app.app.clone(), app.ctx());
            let new = NewRedemption {
                pressed: pressed.clone(),
                username: gatehouse::values::Username::parse(&format!("elm.{n}")).unwrap(),
                stored_password: "not a hash".into(),
                language: "en".into(),
                beside: None,
            };
            async move { service.db.write(move |tx| registration::redeem(tx, &ctx, &new)).await.map(|_| ()) }
        })).await;
        let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        let is_dead = |result: &Result<(), Refused<RedeemRefusal>>| matches!(result, Err(Refused::Refusal(RedeemRefusal::Dead)));
        assert!(lost.iter().all(is_dead), "{lost:?}");
        let found = rosa.browser.get("/staff/accounts?q=elm.").await;
        assert_eq!(found.html.matches("href=\"/staff/accounts/").count(), 1, "{}", found.text());
    }

    /// Sent again while it is redeemed: either the account is there, or the new link is the only one that works.
    async fn resend_against_redeem(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        invite(&app, &rosa, &ada).await;
        let letter = app.letter_to("elm@chain.example", "invited to the").await;
        let browser = app.browser();
        let page = browser.get(&letter.link()).await;
        let page = browser.submit(&page, &[]).await;
        let list = rosa.browser.get("/staff/invitations").await;
        let staff = rosa.browser.clone();
        let titles = all([
            Box::pin(async move { browser.submit(&page, &[("username", "elm.home"), ("password", PASSWORD), ("confirm_password", PASSWORD)]).await.title() })
                as std::pin::Pin<Box<dyn Future<Output = String> + Send>>,
            Box::pin(async move { staff.submit(&list, &[]).await.title() }),
        ]).await;
        let redeemed = titles[0] == "Profile";
        let resent = titles[1] == "Invitations";
        assert!(redeemed != resent, "{titles:?}");
        let letters = app.letters().await.into_iter().filter(|letter| letter.to == "elm@chain.example" && letter.subject.contains("invited")).count();
        assert_eq!(letters, if resent { 2 } else { 1 });
    }

    async fn rows_approved_against_withdrawn(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let page = send(&ada).await;
        let withdraw = ada.get(&page.link("Withdraw the request")).await;
        let list = rosa.browser.get("/staff/requests").await;
        let decide = rosa.browser.get(&list.link("FR-")).await;
        let staff = rosa.browser.clone();
        let pages = all([
            Box::pin(async move { ada.submit(&withdraw, &[]).await }) as std::pin::Pin<Box<dyn Future<Output = crate::support::Page> + Send>>,
            Box::pin(async move { staff.submit(&decide, &[("decision", "approve_green")]).await }),
        ]).await;
        let approved = pages[1].says("1 row was decided");
        let invited = app.letters().await.iter().any(|letter| letter.subject.contains("invited to the"));
        assert_eq!(approved, invited, "an invitation goes out if and only if the approval came first");
        assert_eq!(pages[0].says("1 approved") || !pages[0].says("Over"), approved, "{}", pages[0].text());
    }

    /// A sign-out that is not yet written is waited for: no ID token leaves of a session that applications were told has ended.
    async fn sign_out_against_authorize(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        rp.code(&ada, "openid").await;
        let (db, ctx) = (app.app.db.clone(), app.ctx());
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let ending = tokio::spawn(async move {
            let begun = std::sync::Mutex::new(Some(begun));
            db.write(move |tx| {
                use diesel::prelude::*;
                use gatehouse::db::schema::session_accounts::dsl;
                let sessions = dsl::session_accounts.filter(dsl::ended_at.is_null()).select((dsl::session_id, dsl::account_id));
                for (session, account) in sessions.load(tx)? {
                    gatehouse::authentication::sign_out(tx, &ctx, session, account)?;
                }
                if let Some(begun) = begun.lock().unwrap().take() {
                    begun.send(()).unwrap();
                }
                std::thread::sleep(std::time::Duration::from_millis(600));
                Ok::<_, gatehouse::db::Fault>(())
            })
            .await
        });
        has_begun.await.unwrap();
        let page = rp.authorize(&ada, &rp.flow("openid")).await;
        assert!(page.query("code").is_none(), "{}", page.url);
        ending.await.unwrap().unwrap();
    }

    /// Whoever comes first, a suspended person has no account that still works.
    async fn link_against_suspend(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let bob = app.active(&rosa, "bob", 2).await;
        let link = ada.get("/facilities/link").await;
        let account = rosa.browser.get("/staff/accounts?q=bob").await.link("bob");
        let suspend = rosa.browser.get(&account).await;
        let staff = rosa.browser.clone();
        let pages = all([
            Box::pin(async move { ada.submit(&link, &[("username", "bob"), ("password", PASSWORD)]).await })
                as std::pin::Pin<Box<dyn Future<Output = crate::support::Page> + Send>>,
            Box::pin(async move { staff.submit(&suspend, &[("reason", "Left."), ("all_accounts", "yes")]).await }),
        ]).await;
        assert!(pages[1].says("Suspended"), "{}", pages[1].text());
        // Told by the letter: the page that follows is the sign-in where she was suspended before she saw it.
        let linked = app.letters().await.iter().any(|letter| letter.subject.contains("accounts were linked"));
        let is_active = |page: crate::support::Page| page.title() == "Portal home";
        assert!(!is_active(app.sign_in(&app.browser(), "bob", PASSWORD).await));
        assert!(bob.get("/").await.title() != "Portal home", "his session ended");
        // Linked first, ada was suspended with him; else she never joined.
        assert_eq!(is_active(app.sign_in(&app.browser(), "ada", PASSWORD).await), !linked, "{}", pages[0].text());
    }
}

/// Asks for one facility; the request's page.
async fn send(ada: &Browser) -> crate::support::Page {
    let page = ada.get("/facilities/requests/new").await;
    let table = "Contact Email\tContact Phone\tFacility Name\tFacility Type\tMedicaid ID\tNPI\n\
        elm@chain.example\t217-555-0101\tElm Home\tNursing facility\t070000201001\t2000000002";
    ada.submit(&page, &[("pasted", table)]).await
}

async fn invite(app: &TestApp, rosa: &crate::support::people::StaffMember, ada: &Browser) {
    send(ada).await;
    let list = rosa.browser.get("/staff/requests").await;
    let page = rosa.browser.get(&list.link("FR-")).await;
    rosa.browser.submit(&page, &[("decision", "approve_green")]).await;
    app.letters().await;
}
