//! Accounts of the portal before move in: a file, a rehearsal, a report of every row, and people who choose a password.

use std::process::Command;

use gatehouse::lifecycle::{Moved, NotMoved, Reader, import_account};
use serde_json::Value;

use crate::on_both;
use crate::support::people::{PASSWORD, npi};
use crate::support::{RelyingParty, TestApp};

const HEADER: &str =
    "username,email,first_name,last_name,phone,facility_name,facility_type,organization_type,medicaid_id,npi,approved_at,external_id";

fn file() -> String {
    let rows = [
        format!(
            "ann.elm,ann@chain.example,Ann,Elm,217-555-0101,Elm Home,Nursing facility,nursing_facility,070000301001,{},2021-04-30,AX-1",
            npi(301)
        ),
        // The same facility, another person.
        format!("ben.elm,ben@chain.example,Ben,Elm,,Elm Home of another name,,nursing_facility,070000301001,{},2022-01-01,AX-2", npi(301)),
    ];
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

/// Imports every row; what became of each.
async fn import(app: &TestApp, text: &str, rehearses: bool) -> Vec<Result<Moved, NotMoved>> {
    let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let mut reader = Reader::new(&table.headers().unwrap().clone());
    let mut outcomes = Vec::new();
    for record in table.records() {
        let ctx = app.ctx();
        outcomes.push(match reader.row(&ctx, &record.unwrap()) {
            Err(wrong) => Err(wrong),
            Ok(row) => match app.app.db.write(move |tx| import_account(tx, &ctx, &row, rehearses)).await {
                Ok(moved) => Ok(moved),
                Err(gatehouse::db::Refused::Refusal(refusal)) => Err(refusal),
                Err(gatehouse::db::Refused::Fault(fault)) => panic!("{fault}"),
            },
        });
    }
    outcomes
}

on_both! {
    async fn who_moves_in_chooses_a_password_and_signs_in(app) {
        let kind = app.app.config.organization_types.iter().find(|kind| kind.has_medicaid_id()).unwrap().id.clone();
        let text = file().replace("nursing_facility", &kind);
        // Whoever rehearses sees each row by itself: nobody is there yet for the second to join.
        assert_eq!(import(&app, &text, true).await, [Err(NotMoved::Rehearsed(None)), Err(NotMoved::Rehearsed(None))]);
        let rosa = app.reviewer().await;
        assert!(rosa.browser.get("/staff/accounts?q=elm").await.says("No account"), "a rehearsal changes nothing");
        assert_eq!(import(&app, &text, false).await, [Ok(Moved::In(None)), Ok(Moved::In(Some("Elm Home".into())))]);
        assert_eq!(import(&app, &text, false).await, [Ok(Moved::Known), Ok(Moved::Known)], "it may be repeated");
        assert_eq!(app.letters().await.iter().filter(|letter| letter.raw.contains("chain.example")).count(), 0, "nobody is written to");
        // No password: none works.
        let ann = app.browser();
        let page = app.sign_in(&ann, "ann.elm", PASSWORD).await;
        assert!(page.says("username or the password"), "{}", page.text());
        let page = ann.get("/forgot-password").await;
        ann.submit(&page, &[("username", "ann.elm")]).await;
        let link = app.letter_to("ann@chain.example", "password").await.link();
        let page = ann.get(&link).await;
        ann.submit(&page, &[("password", PASSWORD), ("confirm_password", PASSWORD)]).await;
        let page = app.sign_in(&ann, "ann.elm", PASSWORD).await;
        assert_eq!(page.title(), "Portal home", "{}", page.text());
        assert!(page.says("You act for Elm Home"), "{}", page.text());
        assert_eq!(ann.get("/status").await.status, 200);
        let rp = RelyingParty::register(&app, "rp").await;
        let tokens = rp.tokens(&ann, "openid facility").await;
        let claims = rp.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
        assert_eq!((&claims["facility_name"], &claims["medicaid_id"]), (&"Elm Home".into(), &"070000301001".into()), "{claims}");
        assert_eq!(claims["facility_approved_at"], 1_619_758_800, "midnight of that day, where the agency is");
        // Ben acts for the same facility, as it is known here.
        let account = rosa.browser.get("/staff/accounts?q=ben.elm").await;
        assert!(account.says("Elm Home") && !account.says("another name"), "{}", account.text());
        let page = rosa.browser.get(&account.link("ben.elm")).await;
        assert!(page.says("moved the account in"), "{}", page.text());
    }
}

#[tokio::test]
async fn a_row_that_is_wrong_says_why_and_changes_nothing() {
    let app = TestApp::on_sqlite().await;
    app.apply("taken", 1).await;
    let kind = app.app.config.organization_types.iter().find(|kind| kind.has_medicaid_id()).unwrap().id.clone();
    let row = |change: &[(usize, &str)]| {
        let number = npi(305);
        let mut cells =
            ["dee.oak", "dee@chain.example", "Dee", "Oak", "", "Oak Home", "", &kind, "070000305001", &number, "2020-02-29", "AX-9"];
        for (at, value) in change {
            cells[*at] = value;
        }
        format!("{HEADER}\n{}\n", cells.join(","))
    };
    for (change, words) in [
        (vec![(0, "x")], "username:"),
        (vec![(0, "taken")], "the username taken is another account's"),
        (vec![(1, "nobody")], "email:"),
        (vec![(2, "")], "first_name:"),
        (vec![(5, "")], "facility_name:"),
        (vec![(6, "Moon base")], "facility_type:"),
        (vec![(7, "moon")], "organization_type:"),
        (vec![(8, "not one!")], "medicaid_id:"),
        (vec![(9, "1234567890")], "npi:"),
        (vec![(10, "")], "approved_at:"),
        (vec![(10, "2999-01-01")], "approved_at: lies in the future"),
        (vec![(2, ""), (3, "")], "first_name: "),
    ] {
        let outcome = import(&app, &row(&change), false).await;
        let why = outcome[0].as_ref().expect_err(words).to_string();
        assert!(why.contains(words), "{words} in {why}");
    }
    let twice = format!("{}{}", row(&[]), row(&[(1, "other@chain.example")]).lines().nth(1).unwrap());
    let outcome = import(&app, &twice, true).await;
    assert_eq!(outcome[0], Err(NotMoved::Rehearsed(None)));
    let why = outcome[1].as_ref().unwrap_err().to_string();
    assert!(why.contains("username: stands in the file twice") && why.contains("external_id: stands in the file twice"), "{why}");
    assert_eq!(import(&app, &row(&[]), false).await, [Ok(Moved::In(None))]);
    // One digit of somebody else's Medicaid ID is not enough to act for them.
    let stranger = import(&app, &row(&[(0, "eve.oak"), (9, &npi(306)), (11, "AX-10")]), false).await;
    assert!(stranger[0].as_ref().unwrap_err().to_string().contains("another NPI: \"Oak Home\""), "{stranger:?}");
}

/// The command: its report, its exit code.
#[test]
fn the_command_reports_every_row() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
        command.args(arguments).current_dir(path).env_clear();
        command.envs([
            ("GATEHOUSE_ISSUER", "http://127.0.0.1:4998".to_owned()),
            ("GATEHOUSE_LISTEN", "127.0.0.1:4998".to_owned()),
            ("GATEHOUSE_DATABASE_URL", format!("sqlite:{}", path.join("gatehouse.db").display())),
            ("GATEHOUSE_MAIL_URL", format!("file://{}", path.join("mail").display())),
            ("GATEHOUSE_MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned()),
        ]);
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    std::fs::write(path.join("bad.csv"), "username,email\na,b\n").unwrap();
    let (good, _, said) = run(&["import", "accounts", "bad.csv"]);
    assert!(!good && said.contains("first_name, last_name, facility_name"), "{said}");
    let kinds = run(&["config", "show", "--json"]).1;
    let kind = serde_json::from_str::<Value>(&kinds).unwrap()["organization_types"][0].as_str().unwrap().to_owned();
    let text =
        format!("{}dee,not-an-address,Dee,Oak,,Oak Home,,{kind},070000305001,,2020-02-29,\n", file().replace("nursing_facility", &kind));
    std::fs::write(path.join("accounts.csv"), text).unwrap();
    let (good, _, said) = run(&["import", "accounts", "accounts.csv", "--dry-run"]);
    assert!(!good && said.contains("gatehouse migrate first"), "a rehearsal makes no tables: {said}");
    assert!(run(&["doctor"]).1.contains("the tables are not there"));
    let database = path.join("gatehouse.db");
    let bare = gatehouse::config::DatabaseUrl::parse(&format!("sqlite:{}", database.display())).unwrap();
    gatehouse::db::migrate(&bare).unwrap();
    let (good, _, said) = run(&["import", "accounts", "accounts.csv", "--dry-run"]);
    assert!(!good && said.contains("no keys yet"), "a rehearsal makes no keys: {said}");
    assert!(
        run(&["doctor"]).1.contains("there are no keys yet") && run(&["doctor"]).1.contains("there are no keys yet"),
        "nor does a doctor"
    );
    run(&["migrate"]);
    let (good, said, _) = run(&["import", "accounts", "accounts.csv", "--dry-run"]);
    assert!(!good && said.contains("2 would move in, 0 are here already, 1 would be refused") && said.contains("row 4"), "{said}");
    // One name in another encoding stops nobody else.
    let mut latin = std::fs::read(path.join("accounts.csv")).unwrap();
    latin.extend(b"jose,jose@chain.example,Jos\xe9,Oak,,Oak Home,,provider,,,2020-02-29,\n");
    std::fs::write(path.join("latin.csv"), latin).unwrap();
    let (good, said, _) = run(&["import", "accounts", "latin.csv", "--dry-run"]);
    assert!(!good && said.contains("2 would move in") && said.contains("the row cannot be read"), "{said}");
    let (_, said, _) = run(&["import", "accounts", "accounts.csv", "--json"]);
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&report["moved_in"], &report["refused"], &report["rows"][2]["outcome"]),
        (&2.into(), &1.into(), &"refused".into()),
        "{report}"
    );

    // A copy while nobody looks, and what the doctor says of it all.
    let (good, said, _) = run(&["backup", "copy.db", "--json"]);
    assert!(good && serde_json::from_str::<Value>(&said).unwrap()["bytes"].as_u64().unwrap() > 10_000, "{said}");
    let (good, _, said) = run(&["backup", "copy.db"]);
    assert!(!good && said.contains("there is a file of this name already"), "{said}");
    std::fs::rename(path.join("copy.db"), path.join("gatehouse.db")).unwrap();
    for rest in ["gatehouse.db-wal", "gatehouse.db-shm"] {
        let _ = std::fs::remove_file(path.join(rest));
    }
    let (good, said, _) = run(&["import", "accounts", "accounts.csv", "--json"]);
    assert!(!good && serde_json::from_str::<Value>(&said).unwrap()["known"] == 2, "the copy has them: {said}");
    assert!(run(&["audit", "verify"]).0, "and its chain is whole");
    let (good, said, _) = run(&["doctor"]);
    assert!(!good && said.contains("there is no administrator → gatehouse staff create"), "{said}");
    assert!(said.contains("good  database") && said.contains("letters are written to files") && !said.contains("AAECAwQ"), "{said}");
    run(&["staff", "create", "--username", "adam", "--email", "adam@agency.example", "--role", "administrator"]);
    let (good, said, _) = run(&["doctor", "--json"]);
    assert!(
        good && serde_json::from_str::<Value>(&said).unwrap().as_array().unwrap().iter().all(|finding| finding["level"] != "bad"),
        "{said}"
    );
    std::fs::write(path.join("records"), "\"v=spf1 include:mail.example +all\"\n\"v=DMARC1; p=none\"\n").unwrap();
    let (good, said, _) = run(&["doctor", "--dns", "records"]);
    for words in ["SPF lets everybody send", "there is no DKIM key", "DMARC asks for nothing"] {
        assert!(!good && said.contains(words), "{words} in {said}");
    }
    let (good, said, _) = run(&["mail", "test", "--to", "ops@agency.example"]);
    assert!(good && said.contains("Accepted"), "{said}");
    let other = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    let mut doctor = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    doctor.arg("doctor").current_dir(path).env_clear().envs([
        ("GATEHOUSE_ISSUER", "http://127.0.0.1:4998".to_owned()),
        ("GATEHOUSE_LISTEN", "127.0.0.1:4998".to_owned()),
        ("GATEHOUSE_DATABASE_URL", format!("sqlite:{}", path.join("gatehouse.db").display())),
        ("GATEHOUSE_MAIL_URL", format!("file://{}", path.join("mail").display())),
        ("GATEHOUSE_MASTER_KEY", other.to_owned()),
    ]);
    let said = String::from_utf8(doctor.output().unwrap().stdout).unwrap();
    assert!(said.contains("bad   database") && said.contains("master key"), "{said}");
}
