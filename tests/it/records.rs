//! What is kept of a person: exported whole, held for a court, erased when its time is over.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use gatehouse::account::{self, AccountState};
use gatehouse::app::App;
use gatehouse::audit;
use gatehouse::db::{Fault, Refused};
use gatehouse::records::{self, EraseRefusal, Ground};
use gatehouse::{search, service};

use crate::on_both;
use crate::support::people::{PASSWORD, StaffMember, filled, npi};
use crate::support::{Browser, RelyingParty, TestApp};

const YEAR: Duration = Duration::from_secs(366 * 86_400);

/// What says who somebody was, in small letters.
const PERSONAL: [&str; 4] = ["zebulon", "quagmire", "5550199", "555-0199"];

/// Registers, is approved, uses an application, asks for a facility.
async fn zebulon(app: &TestApp, rosa: &StaffMember) -> Browser {
    let (browser, page) = app.register("zebulon").await;
    let stated = [
        ("first_name", "Zebulon".to_owned()),
        ("last_name", "Quagmire".into()),
        ("contact_phone", "217-555-0199".into()),
        ("organization_name", "Lakeside Clinic".into()),
        ("organization_type", "provider".into()),
        ("medicaid_id", "070000000077".into()),
        ("npi", npi(77)),
    ];
    browser.submit(&page, &filled(&stated)).await;
    app.confirm(&browser, "zebulon").await;
    let queue = rosa.browser.get("/staff/queue").await;
    let case = rosa.browser.get(&queue.link("Lakeside Clinic")).await;
    let page = rosa.browser.submit(&case, &[]).await;
    assert!(page.says("Approved by"), "{}", page.text());
    let rp = RelyingParty::register(app, "rp").await;
    rp.tokens(&browser, "openid offline_access profile").await;
    let page = browser.get("/facilities/requests/new").await;
    // The first row can go on; the second is mistyped, and comes back with a suggestion.
    let rows = format!(
        "Contact email\tContact phone\tProvider/facility name\tProvider/facility type\tProvider Medicaid ID\tNPI\nquagmire@second.example\t217-555-0199\tElm House\tNursing Facility\t070000000078\t{}\nquagmire@gmial.com\t217-555-0199\tOak House\tNursing Facility\t070000000079\t{}",
        npi(78),
        npi(79)
    );
    let page = browser
        .submit(&page, &[("contact_name", "Zebulon Quagmire"), ("contact_email", "zebulon@provider.example"), ("pasted", &rows)])
        .await;
    assert!(page.says("Elm House"), "{}", page.text());
    browser
}

/// Suspended by a reviewer, closed by an administrator.
async fn closed(rosa: &StaffMember, adam: &StaffMember, app: &TestApp, name: &str) {
    app.suspend(rosa, name).await;
    let accounts = adam.browser.get(&format!("/staff/accounts?q={name}")).await;
    let page = adam.browser.get(&accounts.link(name)).await;
    let form = page.forms().into_iter().find(|form| form.action.ends_with("/close")).expect("a form to close");
    let page = adam.browser.submit_form(&form, &[("for_good", "on")]).await;
    assert!(page.says("Closed"), "{}", page.text());
}

/// The service with a records schedule.
fn scheduled(app: &TestApp) -> App {
    let mut config = gatehouse::config::Config::clone(&app.app.config);
    config.retention.schedule = "Schedule 14-012".into();
    let mut scheduled = app.app.clone();
    scheduled.config = Arc::new(config);
    scheduled
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Every column of text in the database that has one of the words.
async fn said_in(app: &TestApp, words: &'static [&'static str]) -> Vec<String> {
    let found = app.app.db.read(move |tx| {
        let mut found = Vec::new();
        for (table, columns) in crate::schema::declared() {
            for column in columns.iter().filter(|column| column.contains("Text")) {
                let column = column.split(' ').next().unwrap();
                for word in words {
                    let count: Count =
                        sql_query(format!("SELECT count(*) AS n FROM {table} WHERE lower({column}) LIKE '%{word}%'")).get_result(tx)?;
                    if count.n > 0 {
                        found.push(format!("{table}.{column}: {word}"));
                    }
                }
            }
        }
        Ok::<_, Fault>(found)
    });
    found.await.unwrap()
}

async fn account_of(app: &TestApp, name: &'static str) -> account::Account {
    app.app.db.read(move |tx| account::find_by_key(tx, name)).await.unwrap().unwrap()
}

on_both! {
    /// Ten years after an account was closed nothing says who held it; the audit is as it was, and its chain is whole.
    async fn nothing_names_who_was_erased(app) {
        let (rosa, adam) = (app.reviewer().await, app.administrator().await);
        let browser = zebulon(&app, &rosa).await;
        app.letters().await;
        search::refresh(&app.app).await;
        assert!(said_in(&app, &PERSONAL).await.len() > 15, "{:?}", said_in(&app, &PERSONAL).await);
        closed(&rosa, &adam, &app, "zebulon").await;
        app.letter_to("zebulon@provider.example", "is closed").await;
        assert!(app.sign_in(&browser, "zebulon", PASSWORD).await.says("is wrong"), "a closed account signs nobody in");
        audit::seal_all(&app.app).await.unwrap();
        let before = app.app.db.read(|tx| audit::export(tx, 0, 10_000)).await.unwrap();
        let id = account_of(&app, "zebulon").await.id;

        app.advance(9 * YEAR);
        service::tidy_once(&scheduled(&app)).await.unwrap();
        assert_eq!(account_of(&app, "zebulon").await.erased_at, None, "too early");
        app.advance(2 * YEAR);
        service::tidy_once(&app.app).await.unwrap();
        assert_eq!(account_of(&app, "zebulon").await.erased_at, None, "no schedule says so");
        service::tidy_once(&scheduled(&app)).await.unwrap();
        search::refresh(&app.app).await;
        assert_eq!(said_in(&app, &PERSONAL).await, Vec::<String>::new());
        if let gatehouse::config::DatabaseUrl::Sqlite(path) = &app.app.config.database {
            let mut connection = diesel::SqliteConnection::establish(&path.display().to_string()).unwrap();
            diesel::connection::SimpleConnection::batch_execute(&mut connection, "PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
            let bytes = String::from_utf8_lossy(&std::fs::read(path).unwrap()).to_lowercase();
            assert!(PERSONAL.iter().all(|word| !bytes.contains(word)), "not in the pages that are free either");
        }

        audit::seal_all(&app.app).await.unwrap();
        let after = app.app.db.read(|tx| audit::export(tx, 0, 10_000)).await.unwrap();
        let same = |entries: &[audit::Entry]| entries.iter().map(|entry| serde_json::to_string(entry).unwrap()).collect::<Vec<_>>();
        assert_eq!(same(&before), same(&after[..before.len()]), "what happened stays as it was");
        assert!(audit::verify(&app.app).await.unwrap().is_ok());
        let told: Vec<_> = after.iter().filter(|entry| entry.action == "records.erased").collect();
        assert!(told.len() == 1 && told[0].account_id == Some(id) && told[0].detail.contains("14-012"), "{told:?}");

        let adams = adam.sign_in_again(&app).await;
        for path in [format!("/staff/accounts/{id}"), "/staff/queue?state=all".into(), "/staff/requests?state=all".into(), "/staff/invitations".into()] {
            let page = adams.get(&path).await;
            assert_eq!(page.status, 200, "{path}: {}", page.text());
        }
        assert!(adams.get(&format!("/staff/accounts/{id}")).await.says("(erased)"));
        let browser = app.browser();
        let page = browser.get("/register").await;
        let again = [("email", "other@provider.example"), ("username", "Zebulon"), ("password", PASSWORD), ("confirm_password", PASSWORD)];
        let page = browser.submit(&page, &again).await;
        assert!(page.says("taken"), "the name is never given to somebody else: {}", page.text());
    }

    async fn a_legal_hold_stands_before_every_schedule(app) {
        let (rosa, adam) = (app.reviewer().await, app.administrator().await);
        app.active(&rosa, "ada", 1).await;
        closed(&rosa, &adam, &app, "ada").await;
        let id = account_of(&app, "ada").await.id;
        let ctx = app.ctx();
        let held = app.app.db.write({ let ctx = ctx.clone(); move |tx| records::hold(tx, &ctx, id, "2026-CV-0113") }).await;
        assert_eq!(held.unwrap(), 1);
        let page = adam.browser.get(&format!("/staff/accounts/{id}")).await;
        assert!(page.says("Legal hold") && page.says("2026-CV-0113"), "{}", page.text());
        app.advance(30 * YEAR);
        service::tidy_once(&scheduled(&app)).await.unwrap();
        assert_eq!(account_of(&app, "ada").await.erased_at, None);
        let letters = app.app.db.read(move |tx| gatehouse::outbox::of_account(tx, id, 100)).await.unwrap();
        assert!(!letters.is_empty(), "letters to somebody who is held are kept too");
        let order = |ctx: gatehouse::context::Context| app.app.db.write(move |tx| records::erase(tx, &ctx, id, &Ground::Order("Order 7".into())));
        assert!(matches!(order(ctx.clone()).await, Err(Refused::Refusal(EraseRefusal::Held))));
        app.app.db.write({ let ctx = ctx.clone(); move |tx| records::lift(tx, &ctx, id, "2026-CV-0113") }).await.unwrap();
        order(ctx.clone()).await.unwrap();
        assert!(matches!(order(ctx).await, Err(Refused::Refusal(EraseRefusal::Erased))), "once");
    }

    /// Somebody came by another's request: their row, the invitation and its letters name them no more, nor does any other letter.
    async fn who_was_invited_is_erased_too(app) {
        let (rosa, adam) = (app.reviewer().await, app.administrator().await);
        let wanda = app.active(&rosa, "wanda", 1).await;
        let page = wanda.get("/facilities/requests/new").await;
        let rows = format!(
            "Contact email\tContact phone\tFacility name\tFacility type\tMedicaid ID\tNPI\nquagmire@second.example\t217-555-0199\tElm House\tNursing facility\t070000000078\t{}",
            npi(78)
        );
        wanda.submit(&page, &[("pasted", &rows)]).await;
        let list = rosa.browser.get("/staff/requests").await;
        let page = rosa.browser.get(&list.link("FR-")).await;
        let row = format!("row_{}", page.html.split("name=\"row_").nth(1).and_then(|rest| rest.split('"').next()).expect("a row waits"));
        rosa.browser.submit(&page, &[("decision", "approve"), (&row, "1")]).await;
        let browser = app.browser();
        let page = browser.get(&app.letter_to("quagmire@second.example", "invited").await.link()).await;
        let page = browser.submit(&page, &[]).await;
        let page = browser.submit(&page, &[("username", "zebulon"), ("password", PASSWORD), ("confirm_password", PASSWORD)]).await;
        let page = browser.submit(&page, &[("first_name", "Zebulon"), ("last_name", "Quagmire")]).await;
        assert_eq!(page.title(), "Portal home", "{}", page.text());
        let asking = app.browser();
        asking.submit(&asking.get("/forgot-username").await, &[("email", "quagmire@second.example")]).await;
        app.letters().await;
        closed(&rosa, &adam, &app, "zebulon").await;
        app.letters().await;
        app.advance(11 * YEAR);
        service::tidy_once(&scheduled(&app)).await.unwrap();
        search::refresh(&app.app).await;
        assert_eq!(said_in(&app, &PERSONAL).await, Vec::<String>::new());
        assert!(app.sign_in(&wanda, "wanda", PASSWORD).await.says("You act for"), "who invited them is as before");
    }

    /// A person is held, not an account: what joins them later is held too, and each reason is lifted by itself.
    async fn a_hold_reaches_accounts_that_join_later(app) {
        let (rosa, adam) = (app.reviewer().await, app.administrator().await);
        app.active(&rosa, "ada", 1).await;
        app.active(&rosa, "bob", 2).await;
        closed(&rosa, &adam, &app, "bob").await;
        let (ada, bob) = (account_of(&app, "ada").await, account_of(&app, "bob").await);
        let ctx = app.ctx();
        for reason in ["2026-CV-0113", "2026-CV-0207"] {
            let ctx = ctx.clone();
            app.app.db.write(move |tx| records::hold(tx, &ctx, ada.id, reason)).await.unwrap();
        }
        let now = ctx.now;
        let linked = app.app.db.write(move |tx| {
            use gatehouse::db::schema::accounts;
            let moved = diesel::update(accounts::table.find(bob.id)).set((accounts::person_id.eq(ada.person_id), accounts::updated_at.eq(now)));
            Ok::<_, Fault>(moved.execute(tx)?)
        });
        assert_eq!(linked.await.unwrap(), 1);
        let erase = |ctx: gatehouse::context::Context| app.app.db.write(move |tx| records::erase(tx, &ctx, bob.id, &Ground::Order("Order 7".into())));
        for reason in ["2026-CV-0113", "2026-CV-0207"] {
            assert!(matches!(erase(ctx.clone()).await, Err(Refused::Refusal(EraseRefusal::Held))), "{reason} stands");
            let lifted = app.app.db.write({ let ctx = ctx.clone(); move |tx| records::lift(tx, &ctx, ada.id, reason) }).await;
            assert_eq!(lifted.unwrap(), 1);
        }
        erase(ctx).await.unwrap();
    }

    /// A registration nobody confirmed is no record: it goes without a schedule, and its name stays free.
    async fn what_was_never_confirmed_goes_soon(app) {
        app.register("mallory").await;
        app.advance(Duration::from_secs(8 * 86_400));
        service::tidy_once(&app.app).await.unwrap();
        assert!(!said_in(&app, &["mallory"]).await.is_empty(), "expired");
        app.advance(Duration::from_secs(29 * 86_400));
        service::tidy_once(&app.app).await.unwrap();
        assert!(!said_in(&app, &["mallory"]).await.is_empty(), "not yet");
        app.advance(Duration::from_secs(2 * 86_400));
        service::tidy_once(&app.app).await.unwrap();
        search::refresh(&app.app).await;
        assert_eq!(said_in(&app, &["mallory"]).await, Vec::<String>::new());
        app.register("mallory").await;
    }

    async fn staff_are_not_erased(app) {
        let (rosa, adam) = (app.reviewer().await, app.administrator().await);
        closed(&adam, &adam, &app, "rosa").await;
        let id = app.app.db.read(|tx| Ok::<_, Fault>(account::find_by_key(tx, "rosa")?.unwrap().id)).await.unwrap();
        let ctx = app.ctx();
        let erased = app.app.db.write(move |tx| records::erase(tx, &ctx, id, &Ground::Order("Order 7".into()))).await;
        assert!(matches!(erased, Err(Refused::Refusal(EraseRefusal::Staff))), "{}'s decisions keep their name", rosa.username);
    }

    /// Who was denied stays pending, and can be closed; what they asked for goes with the account.
    async fn a_pending_account_can_be_closed(app) {
        let (rosa, adam) = (app.reviewer().await, app.administrator().await);
        let ada = app.apply("ada", 1).await;
        let case = rosa.browser.get(&app.case_path(&rosa, "ada").await).await;
        rosa.browser.submit(&case, &[("decision", "deny"), ("reason", "No.")]).await;
        let accounts = adam.browser.get("/staff/accounts?q=ada").await;
        let page = adam.browser.get(&accounts.link("ada")).await;
        let form = page.forms().into_iter().find(|form| form.action.ends_with("/close")).expect("a form to close");
        assert!(adam.browser.submit_form(&form, &[("for_good", "on")]).await.says("Closed"));
        assert!(!ada.get("/status").await.says("Your registration"), "signed out");
    }

    async fn what_waits_of_a_closed_account_is_withdrawn(app) {
        let (rosa, adam) = (app.reviewer().await, app.administrator().await);
        zebulon(&app, &rosa).await;
        assert!(rosa.browser.get("/staff/requests").await.says("1 request"));
        closed(&rosa, &adam, &app, "zebulon").await;
        assert!(rosa.browser.get("/staff/requests").await.says("No requests"), "nobody decides for somebody who is gone");
    }

    async fn an_account_in_use_is_not_erased(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let id = account_of(&app, "ada").await.id;
        let ctx = app.ctx();
        let erased = app.app.db.write(move |tx| records::erase(tx, &ctx, id, &Ground::Order("Order 7".into()))).await;
        assert!(matches!(erased, Err(Refused::Refusal(EraseRefusal::NotClosed))));
        app.advance(30 * YEAR);
        service::tidy_once(&scheduled(&app)).await.unwrap();
        assert!(app.sign_in(&ada, "ada", PASSWORD).await.says("You act for"));
    }

    /// A hold and an erasure at the same moment: one of them, and it is told which.
    async fn a_hold_and_an_erasure_take_turns(app) {
        let (rosa, adam) = (app.reviewer().await, app.administrator().await);
        for (n, name) in ["ada", "bob", "eva", "ida", "una"].into_iter().enumerate() {
            app.active(&rosa, name, n as u32 + 1).await;
            closed(&rosa, &adam, &app, name).await;
            let id = account_of(&app, name).await.id;
            let (db, ctx) = (app.app.db.clone(), app.ctx());
            let hold = { let ctx = ctx.clone(); db.write(move |tx| records::hold(tx, &ctx, id, "2026-CV-0113")) };
            let erase = db.write(move |tx| records::erase(tx, &ctx, id, &Ground::Order("Order 7".into())));
            let (held, erased) = tokio::join!(hold, erase);
            assert!(held.is_ok() != erased.is_ok(), "{name}: {held:?} {erased:?}");
            let account = app.app.db.read(move |tx| account::find(tx, id)).await.unwrap().unwrap();
            assert_eq!(account.erased_at.is_some(), erased.is_ok());
        }
    }

    /// While an account is erased, somebody registers with its name, again and again: nobody gets it.
    async fn a_name_that_is_retired_is_never_free_in_between(app) {
        let (rosa, adam) = (app.reviewer().await, app.administrator().await);
        for (n, name) in ["ada", "bob", "eva"].into_iter().enumerate() {
            app.active(&rosa, name, n as u32 + 1).await;
            closed(&rosa, &adam, &app, name).await;
            let id = account_of(&app, name).await.id;
            let mut tries = tokio::task::JoinSet::new();
            for _ in 0..16 {
                let (db, ctx) = (app.app.db.clone(), app.ctx());
                tries.spawn(async move {
                    let new = account::NewAccount {
                        username: gatehouse::values::Username::parse(name).unwrap(),
                        email: gatehouse::values::EmailAddress::parse("other@provider.example").unwrap(),
                        role: account::Role::Provider,
                        password: None,
                        language: "en".into(),
                    };
                    db.write(move |tx| account::open(tx, &ctx, &new)).await
                });
            }
            let ctx = app.ctx();
            app.app.db.write(move |tx| records::erase(tx, &ctx, id, &Ground::Order("Order 7".into()))).await.unwrap();
            for opened in tries.join_all().await {
                assert_eq!(opened.unwrap(), None);
            }
        }
    }

    async fn an_export_has_everything_and_no_secret(app) {
        let rosa = app.reviewer().await;
        zebulon(&app, &rosa).await;
        app.letters().await;
        let person = account_of(&app, "zebulon").await.person_id;
        let ctx = app.ctx();
        let document = app.app.db.write(move |tx| records::export(tx, &ctx, person)).await.unwrap();
        let account = &document["accounts"][0];
        assert_eq!(account["username"], "zebulon");
        assert_eq!(account["stated"]["last_name"], "Quagmire");
        assert_eq!(account["facility"]["medicaid_id"], "070000000077");
        assert_eq!(account["cases"][0]["versions"][0]["stated"]["first_name"], "Zebulon");
        assert_eq!(account["cases"][0]["state"], "approved");
        assert_eq!(account["applications"][0]["client_id"], "rp");
        assert_eq!(document["facility_requests"][0]["rows"][0]["contact_email"], "quagmire@second.example");
        assert!(account["letters"].as_array().unwrap().iter().any(|letter| letter["letter"] == "approved"));
        assert!(account["history"].as_array().unwrap().iter().any(|event| event["action"] == "case.approved" && event["by"] == "staff"));
        assert!(!account["sign_ins"].as_array().unwrap().is_empty());
        let text = document.to_string();
        for secret in ["$argon2id", "ghm_", "ghs_", "gha_", PASSWORD, "rosa"] {
            assert!(!text.contains(secret), "{secret} is in the export");
        }
    }

    async fn only_an_administrator_closes_and_only_what_is_suspended(app) {
        let (rosa, adam) = (app.reviewer().await, app.administrator().await);
        let ada = app.active(&rosa, "ada", 1).await;
        let path = rosa.browser.get("/staff/accounts?q=ada").await.link("ada");
        let page = adam.browser.get(&path).await;
        let csrf = page.form().fields[0].1.clone();
        let fields = [("csrf", csrf.as_str()), ("for_good", "on")];
        assert_eq!(adam.browser.post(&format!("{path}/close"), &fields).await.status, 409, "an active account is suspended first");
        app.suspend(&rosa, "ada").await;
        let page = rosa.browser.get(&path).await;
        assert!(!page.says("Close this account"), "{}", page.text());
        let csrf = page.form().fields[0].1.clone();
        assert_eq!(rosa.browser.post(&format!("{path}/close"), &[("csrf", csrf.as_str()), ("for_good", "on")]).await.status, 403);
        assert_eq!(adam.browser.post(&format!("{path}/close"), &[fields[0]]).await.status, 400, "the box is not ticked");
        assert_eq!(account_of(&app, "ada").await.state, AccountState::Suspended, "nothing was closed so far");
        assert!(adam.browser.post(&format!("{path}/close"), &fields).await.says("Closed"));
        assert_eq!(adam.browser.post(&format!("{path}/reactivate"), &fields).await.status, 409, "never again");
        assert!(app.sign_in(&ada, "ada", PASSWORD).await.says("is wrong"));
    }
}
