//! Checked-in tables that make review a diff. `GATEHOUSE_TEST_UPDATE=1 cargo nextest run --test it evidence` writes them anew.

use std::collections::BTreeMap;
use std::path::Path;

use gatehouse::account::Role;
use gatehouse::mail::render;
use gatehouse::outbox::{LetterKind, Secrets};

use crate::catalogue::files;
use crate::support::{Browser, RelyingParty, TestApp, http};

/// Compares with the file, or writes it.
fn evidence(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evidence").join(name);
    if std::env::var("GATEHOUSE_TEST_UPDATE").is_ok() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        return;
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let mut lines = known.lines().zip(text.lines()).enumerate();
    let different = lines.find(|(_, (known, new))| known != new).map(|(n, (known, new))| format!("line {}:\n- {known}\n+ {new}", n + 1));
    let different =
        different.or_else(|| (known.lines().count() != text.lines().count()).then(|| "one is longer than the other".to_owned()));
    if let Some(different) = different {
        panic!("tests/evidence/{name} says something else ({different}); if that is meant, write it anew (see this file's head)");
    }
}

/// Method and path of every route, as the sources declare them.
fn routes() -> Vec<(String, String)> {
    let paths = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/oidc/paths.rs")).unwrap();
    let constant = |name: &str| {
        let line = paths.lines().find(|line| line.contains(&format!("const {name}:"))).unwrap_or_else(|| panic!("{name}"));
        line.split('"').nth(1).unwrap().to_owned()
    };
    let mut routes = Vec::new();
    for file in files("src", "rs").into_iter().filter(|f| !f.components().any(|c| c.as_os_str() == "demo")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for part in text.split(".route(").skip(1) {
            let (path, rest) = part.split_once(',').unwrap();
            let path = path.trim();
            let path = path.strip_prefix("paths::").map_or_else(|| path.trim_matches('"').to_owned(), constant);
            let line = rest.split(".route(").next().unwrap().lines().next().unwrap();
            for method in ["get", "post"] {
                if line.contains(&format!("{method}(")) {
                    routes.push((method.to_uppercase(), path.clone()));
                }
            }
        }
    }
    routes.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    routes.dedup();
    routes
}

#[test]
fn the_routes() {
    let lines: Vec<String> = routes().into_iter().map(|(method, path)| format!("{method:<5}{path}")).collect();
    evidence("routes.txt", &(lines.join("\n") + "\n"));
}

/// Who may do what: each role against each route, by the status of the answer.
#[tokio::test]
async fn role_by_route() {
    let app = TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    let adam = app.staff("adam", Role::Administrator).await;
    let audrey = app.staff("audrey", Role::Auditor).await;
    let pending = app.apply("petra", 2).await;
    let active = app.active(&rosa, "ada", 1).await;
    let visitor = app.browser();
    let case = app.case_path(&rosa, "petra").await;
    let account = rosa.browser.get("/staff/accounts?q=petra").await.link("petra");
    let who: [(&str, &Browser); 6] = [
        ("visitor", &visitor),
        ("pending", &pending),
        ("provider", &active),
        ("auditor", &audrey.browser),
        ("reviewer", &rosa.browser),
        ("administrator", &adam.browser),
    ];
    let mut table = format!("{:<46}{}\n", "", who.map(|(name, _)| format!("{name:<15}")).join("").trim_end());
    for (method, path) in routes().into_iter().filter(|(_, path)| !path.starts_with("/dev/") && !path.starts_with("/assets")) {
        let id = if path.contains("/cases/") { case.rsplit('/').next().unwrap() } else { account.rsplit('/').next().unwrap() };
        let place = format!("{}{}", app.base, path.replace("{id}", id).replace("{number}", "1"));
        let mut line = format!("{:<46}", format!("{method} {path}"));
        for (_, browser) in who {
            // A form without its token: who gets as far as being refused for that (403) was let in before.
            let body = (method == "POST").then(|| "x=1".to_owned());
            let answer = browser.exchange(&method, &place, body).await;
            let why = match answer.status.as_u16() {
                303 if answer.header("location").starts_with("/sign-in") => "sign in".to_owned(),
                303 => "303".to_owned(),
                403 if answer.body.contains("did not come from a page") => "form".to_owned(),
                403 => "refused".to_owned(),
                other => other.to_string(),
            };
            line.push_str(&format!("{why:<15}"));
        }
        table.push_str(line.trim_end());
        table.push('\n');
    }
    evidence("role-by-route.txt", &table);
}

#[tokio::test]
async fn the_discovery_document() {
    let app = TestApp::on_sqlite().await;
    let answer = http::get(&format!("{}/.well-known/openid-configuration", app.base), None).await;
    assert_eq!(answer.header("content-type"), "application/json");
    let same = http::get(&format!("{}/.well-known/oauth-authorization-server", app.base), None).await;
    assert_eq!(answer.body, same.body);
    let text = serde_json::to_string_pretty(&answer.json()).unwrap().replace(&app.base, "https://id.agency.example");
    evidence("discovery.json", &(text + "\n"));
    // Every endpoint it names is there.
    for (name, value) in answer.json().as_object().unwrap() {
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            let answer = http::get(value.as_str().unwrap(), None).await;
            assert_ne!(answer.status, 404, "{name}");
        }
    }
}

#[tokio::test]
async fn every_letter() {
    let app = TestApp::on_sqlite().await;
    let words = app.app.catalogue.choose("en");
    let parameters: BTreeMap<String, String> = [
        ("username", "lakeside"),
        ("reference", "PR-7K4M-2Q"),
        ("due", "Mar 5, 2026, 9:00 AM CST"),
        ("reason", "The clinic told us that you left."),
        ("remarks", "• NPI: This is your partner's."),
        ("path", "/status"),
        ("company", "Prairie Billing Services"),
        ("facilities", "• Elm Home\n• Oak Pharmacy"),
        ("facility", "Elm Home"),
        ("expires", "Mar 17, 2026, 9:00 AM CDT"),
        ("ends", "Mar 17, 2026, 9:00 AM CDT"),
        ("rows", "50"),
        ("good", "42"),
        ("bad", "8"),
        ("lines", "• Row 7, Elm Home: A leading zero was lost."),
        ("approved", "42"),
        ("waiting", "0"),
        ("correct", "8"),
        ("why", "It holds no list of facilities."),
        ("usernames", "• lakeside: Lakeside Nursing Center (Active)"),
        ("other", "elm.home"),
        ("cases", "3"),
        ("requests", "1"),
        ("overdue", "1"),
        ("count", "2"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let mut text = String::new();
    for kind in LetterKind::ALL {
        let coded = matches!(
            kind,
            LetterKind::ConfirmAddress | LetterKind::ConfirmFurtherAccount | LetterKind::ConfirmNewAddress | LetterKind::PasswordReset
        );
        let secrets = coded.then(|| Secrets {
            link: "/confirm?code=ghm_…".into(),
            code: (*kind != LetterKind::PasswordReset).then(|| "K7PM2QXR".into()),
            several: Vec::new(),
        });
        let letter = render(&words, &app.app.config, *kind, &parameters, secrets.as_ref());
        assert!(
            !letter.html.contains(">letter-") && !letter.text.contains("letter-") && !letter.text.contains("{ $"),
            "{kind}: {}",
            letter.text
        );
        let body = letter.text.replace(&app.base, "https://id.agency.example");
        text += &format!("=== {kind}\nSubject: {}\n\n{body}\n", letter.subject);
    }
    evidence("letters.txt", &text);
}

/// Pages whose words are the service's own, as text.
#[tokio::test]
async fn pages() {
    let app = TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    let ada = app.active(&rosa, "ada", 1).await;
    let bob = app.apply("bob", 2).await;
    let (dora, profile) = app.register("dora").await;
    let rp = RelyingParty::register(&app, "rp").await;
    let case = app.case_path(&rosa, "bob").await;
    let mut text = String::new();
    let visitor = app.browser();
    let visits: Vec<(&Browser, String)> = vec![
        (&visitor, "/sign-in".into()),
        (&visitor, "/register".into()),
        (&visitor, "/redeem".into()),
        (&visitor, "/forgot-password".into()),
        (&visitor, "/nowhere".into()),
        (&dora, "/status".into()),
        (&dora, "/confirm".into()),
        (&dora, "/confirm/address".into()),
        (&bob, "/status".into()),
        (&bob, "/profile".into()),
        (&bob, "/status/withdraw".into()),
        (&ada, "/".into()),
        (&ada, "/profile".into()),
        (&ada, "/security/password".into()),
        (&ada, "/security/email".into()),
        (&ada, "/security/applications".into()),
        (&ada, "/sign-out".into()),
        (&ada, rp.flow("openid profile facility offline_access").path()),
        (&rosa.browser, "/staff/queue".into()),
        (&rosa.browser, case),
        (&rosa.browser, "/staff/accounts".into()),
        (&rosa.browser, "/staff/mail".into()),
    ];
    // References are drawn by lot, and so is the port.
    let stable = |text: String| {
        let mut parts = text.split("PR-");
        let first = parts.next().unwrap_or("").to_owned();
        let masked = parts.fold(first, |text, part| {
            let rest: String = part.chars().skip(7).collect();
            format!("{text}PR-….{rest}")
        });
        masked.replace(&app.base, "https://id.agency.example")
    };
    text += &format!("=== after /register\n{}\n\n", stable(profile.lines()));
    for (browser, place) in visits {
        let page = browser.get(&place).await;
        let shown = place.split('?').next().unwrap();
        let shown = if shown.starts_with("/staff/cases/") { "/staff/cases/{id}" } else { shown };
        text += &format!("=== {shown} ({})\n{}\n\n", page.status.as_u16(), stable(page.lines()));
        assert_eq!(page.html.matches("<h1>").count(), 1, "{place}");
        for header in ["content-security-policy", "x-content-type-options", "referrer-policy", "x-frame-options"] {
            assert!(page.headers.contains_key(header), "{place} lacks {header}");
        }
        assert_eq!(page.headers["cache-control"], "no-store", "{place}");
    }
    evidence("pages.txt", &text);
}

/// Every operation that changes something tells the audit: the list of those that do not is empty.
#[test]
fn operations_without_an_audit_event() {
    let operations = ["facility", "account", "authentication", "profile", "registration", "approval", "oidc", "lifecycle"];
    // These change nothing that anybody did: a step of an operation that tells itself, or upkeep.
    let parts_of_others = [
        "account/code.rs",
        "account/open.rs",
        "oidc/authorize/interaction.rs",
        "profile/contact.rs",
        "registration/address.rs",
        "oidc/grant/open.rs",
        "approval/letters.rs",
        "approval/refusal.rs",
    ];
    let mut silent = Vec::new();
    for file in files("src", "rs") {
        let inside = file.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap().display().to_string();
        let text: String = std::fs::read_to_string(&file).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        let module = inside.split('/').next().unwrap();
        let is_operation = operations.contains(&module) && !inside.ends_with("store.rs") && !inside.contains("pages");
        let changes = text.contains("tx: &mut Tx, ctx: &Context");
        if is_operation
            && changes
            && !text.contains("audit::record")
            && !text.contains("end_everything_else")
            && !parts_of_others.contains(&inside.as_str())
        {
            silent.push(inside);
        }
    }
    evidence("operations-without-an-audit-event.txt", &silent.iter().map(|line| format!("{line}\n")).collect::<String>());
}
