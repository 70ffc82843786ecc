//! The second half of the process: a sheet of facilities, decided row by row; invitations; one person with many accounts.

use std::collections::HashSet;
use std::time::Duration;

use gatehouse::facility::directory;
use gatehouse::roster::check::{Checked, Facts, check};
use gatehouse::roster::sheet::{self, SheetRow};
use gatehouse::roster::{self, Received};

use crate::on_both;
use crate::support::mail_corpus::{Expected, corpus};
use crate::support::people::{PASSWORD, StaffMember};
use crate::support::relying_party::RelyingParty;
use crate::support::synthetic::{Set, Size, generate};
use crate::support::{Browser, Page, TestApp};

impl TestApp {
    /// Imports a directory file from its text.
    async fn import(&self, text: &str) -> directory::Imported {
        let file = self.mail_folder().join("../directory.csv");
        std::fs::write(&file, text).unwrap();
        directory::import(&self.app, &self.ctx(), &file, true).await.unwrap_or_else(|e| panic!("{e}"))
    }

    /// Sends a pasted table; the page of the request that follows.
    async fn paste(&self, browser: &Browser, table: &str) -> Page {
        let page = browser.get("/facilities/requests/new").await;
        browser.submit(&page, &[("pasted", table)]).await
    }
}

/// A table of rows as a spreadsheet pastes it.
fn table(rows: &[[&str; 6]]) -> String {
    let mut text =
        "Contact Email*\tContact Phone*\tProvider/Facility Name*\tProvider/Facility Type*\tProvider Medicaid ID*\tNPI Number*".to_owned();
    for row in rows {
        text = format!("{text}\n{}", row.join("\t"));
    }
    text
}

const ELM: [&str; 6] = ["elm@chain.example", "217-555-0101", "Elm Home", "Nursing facility", "070000201001", "2000000002"];
const OAK: [&str; 6] = ["oak@chain.example", "217-555-0102", "Oak Pharmacy", "Pharmacy", "070000201002", "2000000010"];

/// Approves every good row of the newest request.
async fn approve_green(rosa: &StaffMember) -> Page {
    let list = rosa.browser.get("/staff/requests").await;
    let page = rosa.browser.get(&list.link("FR-")).await;
    rosa.browser.submit(&page, &[("decision", "approve_green")]).await
}

/// Follows an invitation's letter and presses Redeem; the Register page that follows.
async fn redeem(app: &TestApp, browser: &Browser, address: &str) -> Page {
    let letter = app.letter_to(address, "invited to the").await;
    let page = browser.get(&letter.link()).await;
    assert!(!page.url.contains("code="), "{}", page.url);
    browser.submit(&page, &[]).await
}

/// Registers with an invitation as somebody new; the page after *Register*.
async fn register_invited(app: &TestApp, browser: &Browser, address: &str, username: &str) -> Page {
    let page = redeem(app, browser, address).await;
    assert!(!page.html.contains("name=\"email\""), "no email is asked for");
    browser.submit(&page, &[("username", username), ("password", PASSWORD), ("confirm_password", PASSWORD)]).await
}

/// Presses *Update* on a profile that is filled in but for the name.
async fn update(browser: &Browser, page: &Page) -> Page {
    browser.submit(page, &[("first_name", "Ann"), ("last_name", "Elm")]).await
}

on_both! {
    async fn a_row_becomes_an_invitation_and_an_account(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let page = app.paste(&ada, &table(&[ELM, OAK])).await;
        assert!(page.title().starts_with("Request FR-"), "{}", page.text());
        assert!(page.says("2 in review"), "{}", page.text());
        let page = approve_green(&rosa).await;
        assert!(page.says("2 rows were decided"), "{}", page.text());
        let letter = app.letter_to("elm@chain.example", "invited to the").await;
        assert!(letter.text.contains("ada clinic") && letter.text.contains("press Redeem") && letter.text.contains("portal-help@"), "{}", letter.text);

        // Somebody new.
        let ann = app.browser();
        let page = register_invited(&app, &ann, "elm@chain.example", "elm.home").await;
        assert_eq!(page.title(), "Profile", "{}", page.text());
        assert!(page.html.contains("070000201001") && page.html.contains("elm@chain.example"), "pre-filled");
        let page = update(&ann, &page).await;
        assert_eq!(page.title(), "Portal home", "{}", page.text());
        let rp = RelyingParty::register(&app, "rp").await;
        let token = rp.tokens(&ann, "openid facility").await["access_token"].as_str().unwrap().to_owned();
        let claims = rp.introspect(&token).await;
        assert_eq!(claims["active"], true);

        // The link is dead afterwards, says so, and makes no second account.
        let page = app.browser().get(&letter.link()).await;
        let page = app.browser().get(&page.url).await;
        assert_eq!(page.title(), "Sign up with an invitation code");
        let other = app.browser();
        let page = redeem(&app, &other, "elm@chain.example").await;
        assert!(page.says("redeemed before"), "{}", page.text());
    }

    async fn an_invitation_beside_an_account_and_the_switcher(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        app.paste(&ada, &table(&[ELM])).await;
        approve_green(&rosa).await;
        let page = redeem(&app, &ada, "elm@chain.example").await;
        assert_eq!(page.title(), "Add Elm Home", "{}", page.text());
        let page = ada.submit(&page, &[("username", "ada.elm"), ("same_password", "yes")]).await;
        assert_eq!(page.title(), "Profile", "{}", page.text());
        let page = ada.submit(&page, &[]).await;
        assert_eq!(page.title(), "Portal home", "{}", page.text());
        assert!(page.says("for Elm Home"), "{}", page.text());
        app.letter_to("ada@provider.example", "accounts were linked").await;

        // The same password opens the new account by itself.
        let elsewhere = app.browser();
        assert_eq!(app.sign_in(&elsewhere, "ada.elm", PASSWORD).await.title(), "Portal home");

        // Two accounts: the chooser asks, a silent request cannot, a hint answers, and each has its own sub and sid.
        let rp = RelyingParty::register(&app, "rp").await;
        let page = rp.authorize(&ada, &rp.flow("openid facility").with("prompt", "none")).await;
        assert_eq!(page.query("error").as_deref(), Some("account_selection_required"), "{}", page.url);
        let page = rp.authorize(&ada, &rp.flow("openid facility")).await;
        assert!(page.title().starts_with("For which facility"), "{}", page.text());
        let page = ada.get("/switch").await;
        let form = page.forms().into_iter().find(|form| form.fields.iter().any(|(name, _)| name == "account")).unwrap();
        let page = ada.submit_form(&form, &[]).await;
        assert!(page.says("for ada clinic"), "{}", page.text());

        // Unlinked, it stands alone again.
        let page = ada.get("/facilities").await;
        let page = ada.get(&page.link("Unlink Elm Home")).await;
        ada.submit(&page, &[]).await;
        app.letter_to("elm@chain.example", "was unlinked").await;
        let page = app.sign_in(&app.browser(), "ada", PASSWORD).await;
        assert!(!page.says("Switch facility"), "{}", page.text());
    }

    async fn a_changed_fact_waits_for_review(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        app.paste(&ada, &table(&[ELM])).await;
        approve_green(&rosa).await;
        let ann = app.browser();
        let page = register_invited(&app, &ann, "elm@chain.example", "elm.home").await;
        let page = ann.submit(&page, &[("first_name", "Ann"), ("last_name", "Elm"), ("medicaid_id", "070000201009")]).await;
        assert!(page.says("In review"), "{}", page.text());
        // Denied: the approved row is offered again.
        let queue = rosa.browser.get("/staff/queue").await;
        let page = rosa.browser.get(&queue.link("Elm Home")).await;
        rosa.browser.submit(&page, &[("decision", "deny"), ("reason", "Not yours.")]).await;
        let page = ann.get("/profile").await;
        assert!(page.html.contains("value=\"070000201001\""), "{}", page.text());
        assert_eq!(ann.submit(&page, &[]).await.title(), "Portal home");
    }

    async fn a_late_link_does_not_prove_the_mailbox(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        app.paste(&ada, &table(&[ELM])).await;
        approve_green(&rosa).await;
        app.letter_to("elm@chain.example", "invited to the").await;
        app.advance(Duration::from_secs(25 * 3_600));
        let ann = app.browser();
        let page = register_invited(&app, &ann, "elm@chain.example", "elm.home").await;
        let page = update(&ann, &page).await;
        assert!(page.says("Email not confirmed"), "{}", page.text());
        let letter = app.letter_to("elm@chain.example", "Confirm your email").await;
        let page = ann.get(&letter.link()).await;
        ann.submit(&page, &[]).await;
        assert_eq!(ann.get("/").await.title(), "Portal home");
    }

    async fn an_active_account_asks_for_a_change(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let page = ada.get("/profile").await;
        let page = ada.submit(&page, &[("organization_name", "Ada and Partners")]).await;
        assert!(page.says("Your account works as before"), "{}", page.text());
        assert_eq!(ada.get("/").await.title(), "Portal home");
        assert!(ada.get("/").await.says("for ada clinic"), "the old facility's facts stay in force");
        let queue = rosa.browser.get("/staff/queue").await;
        let page = rosa.browser.get(&queue.link("Ada and Partners")).await;
        rosa.browser.submit(&page, &[("facility_name", "Ada and Partners")]).await;
        assert!(ada.get("/").await.says("for Ada and Partners"), "{}", ada.get("/").await.text());
        // A change that is withdrawn changes nothing, and closes nothing.
        let page = ada.get("/profile").await;
        ada.submit(&page, &[("organization_name", "Something else")]).await;
        let page = ada.get("/status/withdraw").await;
        ada.submit(&page, &[]).await;
        assert!(ada.get("/").await.says("for Ada and Partners"));
    }

    async fn bad_rows_come_back_and_merge(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let bad = ["oak@gmial.com", "217-555-0102", "Oak Pharmacy", "Pharmacy", "070000201002", "2000000010"];
        let page = app.paste(&ada, &table(&[ELM, bad])).await;
        assert!(page.says("1 in review") && page.says("EM03") && page.says("oak@gmail.com"), "{}", page.text());
        app.letter_to("ada@provider.example", "1 of 2 rows went to review").await;
        // The very same rows are the same request.
        let again = app.paste(&ada, &table(&[ELM, bad])).await;
        assert!(again.says("You sent these very rows before"), "{}", again.text());
        let edit = ada.get(&page.link("Correct row 3")).await;
        let page = ada.submit(&edit, &[("contact_email", "oak@chain.example")]).await;
        assert!(page.says("1 corrected row was taken") && page.says("2 in review"), "{}", page.text());
        approve_green(&rosa).await;
        app.letter_to("oak@chain.example", "invited to the").await;
        // Sent again in another sheet, they are known.
        let page = app.paste(&ada, &table(&[OAK])).await;
        assert!(page.says("DU02"), "{}", page.text());
    }

    async fn invitations_are_reminded_expire_and_are_asked_for(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        app.paste(&ada, &table(&[ELM])).await;
        approve_green(&rosa).await;
        let first = app.letter_to("elm@chain.example", "invited to the").await;
        for (days, expected) in [(11, 1), (0, 1), (2, 2)] {
            app.advance(Duration::from_secs(86_400 * days));
            gatehouse::service::tidy_once(&app.app).await.unwrap();
            gatehouse::service::tidy_once(&app.app).await.unwrap();
            let reminders = app.letters().await.into_iter().filter(|letter| letter.subject.starts_with("Your invitation")).count();
            assert_eq!(reminders, expected);
        }
        app.advance(Duration::from_secs(86_400 * 2));
        gatehouse::service::tidy_once(&app.app).await.unwrap();
        let ann = app.browser();
        let page = ann.get(&first.link()).await;
        let page = ann.submit(&page, &[]).await;
        assert!(page.says("the invitation has ended"), "{}", page.text());
        let page = ann.submit(&page, &[]).await;
        assert_eq!(page.title(), "Staff are told", "{}", page.text());
        app.letter_to("rosa@agency.example", "new invitation is wanted").await;
        let rosa = rosa.sign_in_again(&app).await;
        let page = rosa.get("/staff/invitations").await;
        rosa.submit(&page, &[]).await;
        let page = register_invited(&app, &ann, "elm@chain.example", "elm.home").await;
        assert_eq!(update(&ann, &page).await.title(), "Portal home");
    }

    async fn usernames_are_listed_and_reset_for_all(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        app.paste(&ada, &table(&[["ada@provider.example", "217-555-0101", "Elm Home", "Nursing facility", "070000201001", "2000000002"]])).await;
        approve_green(&rosa).await;
        let page = redeem(&app, &ada, "ada@provider.example").await;
        let page = ada.submit(&page, &[("username", "ada.elm"), ("same_password", "yes")]).await;
        ada.submit(&page, &[]).await;
        let visitor = app.browser();
        let page = visitor.get("/forgot-username").await;
        let known = visitor.submit(&page, &[("email", "ada@provider.example")]).await;
        let page = visitor.get("/forgot-username").await;
        let unknown = visitor.submit(&page, &[("email", "eve@provider.example")]).await;
        assert_eq!(known.text().replace("ada@", "eve@"), unknown.text());
        let letter = app.letter_to("ada@provider.example", "Your usernames").await;
        assert!(letter.text.contains("ada: ada clinic (Active)") && letter.text.contains("ada.elm: Elm Home (Active)"), "{}", letter.text);
        let page = visitor.get("/forgot-password").await;
        visitor.submit(&page, &[("username", "ada"), ("all", "yes")]).await;
        let letter = app.letter_to("ada@provider.example", "password").await;
        let page = visitor.get(&letter.link()).await;
        let new = "nine green lanterns in june";
        visitor.submit(&page, &[("password", new), ("confirm_password", new)]).await;
        for name in ["ada", "ada.elm"] {
            assert_eq!(app.sign_in(&app.browser(), name, new).await.title(), "Portal home", "{name}");
        }
        assert_ne!(app.sign_in(&app.browser(), "ada.elm", PASSWORD).await.title(), "Portal home");
    }

    async fn a_facility_that_ended_stops_when_staff_confirm(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let list = |status: &str| format!("medicaid_id,name,provider_type,npi,status,begin_date,end_date\n070000000001,ada clinic,,,{status},2020-01-01,\n");
        app.import(&list("active")).await;
        assert_eq!(app.import(&list("inactive")).await.endings, 1);
        gatehouse::service::tidy_once(&app.app).await.unwrap();
        app.letter_to("ada@provider.example", "ended in the directory").await;
        assert_eq!(ada.get("/").await.title(), "Portal home");
        let rp = RelyingParty::register(&app, "rp").await;
        let token = rp.tokens(&ada, "openid").await["access_token"].as_str().unwrap().to_owned();
        assert!(rp.is_active(&token).await);
        let page = rosa.browser.get("/staff/facilities").await;
        rosa.browser.submit(&page, &[]).await;
        assert!(!rp.is_active(&token).await);
        app.letter_to("ada@provider.example", "no longer enter").await;
    }
}

on_both! {
    async fn an_import_that_would_end_too_much_changes_nothing(app) {
        let rosa = app.reviewer().await;
        app.active(&rosa, "ada", 1).await;
        let file = app.mail_folder().join("../directory.csv");
        std::fs::write(&file, "medicaid_id,name,status\n070000000001,x,inactive\n").unwrap();
        let refused = directory::import(&app.app, &app.ctx(), &file, false).await;
        assert!(matches!(refused, Err(directory::ImportRefusal::TooManyEndings { endings: 1, active: 1, .. })));
        let known = app.app.db.read(|tx| directory::provider(tx, "070000000001")).await.unwrap();
        assert!(known.is_none());
    }
}

/// What the checks say of a set, with the directory imported and the accounts it names assumed.
async fn checked(app: &TestApp, set: &Set) -> Vec<Checked> {
    app.import(&set.directory_csv()).await;
    app.import(&set.nppes_csv()).await;
    let sheet = sheet::read(set.template_csv().as_bytes(), &app.app.config.requests).unwrap();
    assert!(sheet.rows == sheet::read(&set.xlsx(), &app.app.config.requests).unwrap().rows, "both formats read alike");
    let ids = |places: &[usize]| places.iter().map(|n| set.directory[*n].medicaid_id.clone()).collect::<HashSet<_>>();
    let (config, now, rows, email) = (app.app.config.clone(), app.ctx().now, sheet.rows.clone(), set.requester_email.clone());
    let facts =
        app.app.db.read(move |tx| roster::facts(tx, &config, now, &rows, gatehouse::ids::PersonId::new(), &email, None)).await.unwrap();
    let facts =
        Facts { own: ids(&set.own), held_by_others: ids(&set.held_by_others), pending_elsewhere: ids(&set.pending_elsewhere), ..facts };
    check(&app.app.config, sheet.rows, &facts)
}

fn codes(row: &Checked) -> Vec<String> {
    let mut codes: Vec<String> = row.findings.iter().map(|finding| finding.code.clone()).collect();
    codes.sort();
    codes
}

/// Precision and recall of the checks are 1.0: not one code too many, not one missing.
fn agrees(set: &Set, checked: &[Checked]) {
    // The truth file says the same as the rows themselves, under the sheet's own row numbers.
    let truth = set.truth();
    let numbers: Vec<i64> = truth["rows"].as_array().unwrap().iter().map(|row| row["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, checked.iter().map(|row| row.row.number).collect::<Vec<_>>());
    assert_eq!(checked.len(), set.rows.len());
    let wrong: Vec<String> = set
        .rows
        .iter()
        .zip(checked)
        .filter(|(row, found)| codes(found) != row.expected)
        .map(|(row, found)| format!("row {} {:?}: expected {:?}, found {:?}", found.row.number, row.cells, row.expected, codes(found)))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), checked.len(), wrong[..wrong.len().min(20)].join("\n"));
}

#[tokio::test]
async fn the_checks_find_what_was_planted_and_nothing_else() {
    for (seed, size) in [(1, Size::One), (2, Size::Fifty), (42, Size::FiveThousand)] {
        let (sqlite, postgres, set) = (TestApp::on_sqlite().await, TestApp::on_postgres().await, generate(seed, size));
        for app in [Some(sqlite), postgres].into_iter().flatten() {
            agrees(&set, &checked(&app, &set).await);
        }
    }
}

on_both! {
    async fn the_checks_agree_with_rows_made_by_hand(app) {
        app.import(include_str!("../data/hand-made-directory.csv")).await;
        app.import(include_str!("../data/hand-made-nppes.csv")).await;
        let mut reader = csv::Reader::from_reader(&include_bytes!("../data/hand-made-rows.csv")[..]);
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), 60);
        let rows: Vec<SheetRow> =
            records.iter().zip(2..).map(|(record, number)| SheetRow { number, cells: std::array::from_fn(|n| record[n].to_owned()) }).collect();
        let (config, now, asked) = (app.app.config.clone(), app.ctx().now, rows.clone());
        let person = gatehouse::ids::PersonId::new();
        let facts = app.app.db.read(move |tx| roster::facts(tx, &config, now, &asked, person, "office@chain.example", None)).await.unwrap();
        let found = check(&app.app.config, rows, &facts);
        let wrong: Vec<String> = records
            .iter()
            .zip(&found)
            .filter(|(record, found)| codes(found).join(" ") != record[6])
            .map(|(record, found)| format!("{record:?}: found {:?}", codes(found)))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

on_both! {
    async fn two_hundred_messages_end_as_they_should(app) {
        let rosa = app.reviewer().await;
        app.active(&rosa, "ada", 1).await;
        let mut wrong = Vec::new();
        let samples = corpus(1, "ada@provider.example");
        assert_eq!(samples.len(), 200);
        for sample in samples {
            let received = roster::receive(&app.app, &app.ctx(), &sample.raw).await.unwrap();
            let good = match (&sample.expected, &received) {
                (Expected::Draft { rows }, Received::Draft { rows: found, .. }) => rows == found,
                // A list that was sent before is the same request.
                (Expected::Draft { .. }, Received::Ignored("the same rows as before")) => true,
                (Expected::PleaseUpload(why), Received::PleaseUpload(found)) => why == found,
                (Expected::NotRegistered, Received::NotRegistered) | (Expected::Ignored, Received::Ignored(_)) => true,
                _ => false,
            };
            if !good {
                wrong.push(format!("{}: expected {:?}, got {received:?}", sample.name, sample.expected));
            }
            let again = roster::receive(&app.app, &app.ctx(), &sample.raw).await.unwrap();
            assert!(matches!(again, Received::Ignored(_)), "{}: looked at twice", sample.name);
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        // Nothing reached staff by mail alone.
        assert!(rosa.browser.get("/staff/requests?state=all").await.says("No requests"));
    }
}

on_both! {
    async fn a_mailed_list_is_a_draft_until_its_sender_confirms(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let raw = format!("From: ada@provider.example\r\nMessage-ID: <1@x.test>\r\nContent-Type: text/plain\r\n\r\n{}\r\n", table(&[ELM]));
        let Received::Draft { request, rows: 1 } = roster::receive(&app.app, &app.ctx(), raw.as_bytes()).await.unwrap() else {
            panic!("no draft")
        };
        let letter = app.letter_to("ada@provider.example", "Please confirm your facility request").await;
        assert_eq!(letter.link(), format!("/facilities/requests/{request}"));
        let page = ada.get(&letter.link()).await;
        let page = ada.submit(&page, &[]).await;
        assert!(page.says("1 in review"), "{}", page.text());
    }
}

/// The sheet the browser's journey uploads is the generator's, with its truth file and directory.
#[test]
fn the_checked_in_sheet_is_the_generator_s() {
    let set = generate(2, Size::Fifty);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let truth = serde_json::to_string_pretty(&set.truth()).unwrap() + "\n";
    for (name, text) in [("fifty.csv", set.template_csv()), ("fifty-directory.csv", set.directory_csv()), ("fifty-truth.json", truth)] {
        if std::env::var("GATEHOUSE_TEST_UPDATE").is_ok() {
            std::fs::write(folder.join(name), &text).unwrap();
        }
        assert!(std::fs::read_to_string(folder.join(name)).unwrap() == text, "{name} differs: set GATEHOUSE_TEST_UPDATE to write it");
    }
}

on_both! {
    /// A national extract is read line by line; a writer in between never waits for the whole of it.
    async fn a_large_directory_is_imported_beside_other_writers(app) {
        use std::io::Write;
        let rows = if std::env::var("GATEHOUSE_TEST_LONG").is_ok() { 3_000_000 } else { 400_000 };
        let file = app.mail_folder().join("../npis.csv");
        let mut writer = std::io::BufWriter::new(std::fs::File::create(&file).unwrap());
        writeln!(writer, "NPI,Entity Type Code,Provider Organization Name (Legal Business Name)").unwrap();
        for n in 0..rows {
            writeln!(writer, "2{n:09},2,Synthetic {n}").unwrap();
        }
        writer.flush().unwrap();
        let (service, ctx, place) = (app.app.clone(), app.ctx(), file.clone());
        let importing = tokio::spawn(async move { directory::import(&service, &ctx, &place, false).await.unwrap_or_else(|e| panic!("{e}")) });
        let mut registered = 0;
        while !importing.is_finished() {
            app.register(&format!("beside.{registered}")).await;
            registered += 1;
        }
        let done = importing.await.unwrap();
        assert_eq!((done.rows, done.skipped), (rows, 0));
        assert!(registered > 3, "{registered} people registered meanwhile");
        let known = app.app.db.read(|tx| directory::npi(tx, "2000399999")).await.unwrap();
        assert_eq!(known.unwrap().name, "Synthetic 399999");
    }
}

on_both! {
    /// An approval that was taken back is not to be had again by pressing Update.
    async fn a_rescinded_invitation_needs_staff(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        app.paste(&ada, &table(&[ELM])).await;
        approve_green(&rosa).await;
        let ann = app.browser();
        let page = register_invited(&app, &ann, "elm@chain.example", "elm.home").await;
        update(&ann, &page).await;
        let queue = rosa.browser.get("/staff/queue?state=all&q=elm").await;
        let place = queue.link("Elm Home");
        let page = rosa.browser.get(&place).await;
        rosa.browser.submit(&page, &[("reason", "The wrong person.")]).await;
        let page = rosa.browser.get(&place).await;
        rosa.browser.submit(&page, &[("decision", "deny"), ("reason", "The wrong person.")]).await;
        app.sign_in(&ann, "elm.home", PASSWORD).await;
        let page = ann.get("/profile").await;
        let page = ann.submit(&page, &[]).await;
        assert!(page.says("In review"), "{}", page.text());
        assert_eq!(ann.get("/").await.title(), "Your registration");
    }
}
