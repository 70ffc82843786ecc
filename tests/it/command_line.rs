//! The command line, as an operator types it: the real binary, its words, its exit codes.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::http;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_KEY: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

fn gatehouse(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

fn configured(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = gatehouse(folder, arguments);
    let variables = [
        ("GATEHOUSE_ISSUER", "http://127.0.0.1:4999".to_owned()),
        ("GATEHOUSE_LISTEN", "127.0.0.1:4999".to_owned()),
        ("GATEHOUSE_DATABASE_URL", format!("sqlite:{}", folder.join("gatehouse.db").display())),
        ("GATEHOUSE_MAIL_URL", format!("file://{}", folder.join("mail").display())),
        ("GATEHOUSE_MASTER_KEY", KEY.to_owned()),
    ];
    command.envs(variables);
    command
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn json(command: &mut Command) -> Value {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", text(&output)))
}

/// A refusal: not zero, and one line that says what to do.
fn refused(command: &mut Command, words: &str) {
    let output = command.output().unwrap();
    let said = text(&output);
    assert!(!output.status.success() && said.contains(words), "{words:?} in {said}");
    assert!(output.stdout.is_empty(), "nothing on standard output: {said}");
}

#[test]
fn a_misconfigured_service_lists_every_problem_and_does_not_start() {
    let folder = TempDir::new().unwrap();
    let mut serve = gatehouse(folder.path(), &["serve"]);
    serve.env("GATEHOUSE_ISSUER", "http://id.agency.example").env("GATEHOUSE_TYPO", "x");
    let output = serve.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output);
    for problem in
        ["6 problem(s)", "issuer uses plain http", "GATEHOUSE_TYPO", "listen is missing", "database_url", "mail_url", "master_key"]
    {
        assert!(said.contains(problem), "{problem} in {said}");
    }
    refused(&mut gatehouse(folder.path(), &["config", "check"]), "issuer is missing");
    refused(&mut gatehouse(folder.path(), &["--config", "nowhere.toml", "serve"]), "nowhere.toml");
    std::fs::write(folder.path().join("bad.toml"), "master_key = \"a secret without an end\nissuer = 1").unwrap();
    let output = gatehouse(folder.path(), &["--config", "bad.toml", "config", "check"]).output().unwrap();
    assert!(!text(&output).contains("a secret without"), "a broken line is not shown: {}", text(&output));
    assert!(configured(folder.path(), &["config", "check"]).output().unwrap().status.success());
    let shown = text(&configured(folder.path(), &["config", "show"]).output().unwrap());
    assert!(shown.contains("127.0.0.1:4999") && !shown.contains(KEY), "{shown}");
    let mut show = configured(folder.path(), &["config", "show"]);
    show.env("GATEHOUSE_DATABASE_URL", "postgres://gate:hunter2@localhost/ids?password=hunter3");
    show.env("GATEHOUSE_REDIS_URL", "redis://:hunter4@localhost/0");
    let shown = text(&show.output().unwrap());
    assert!(shown.contains("localhost/ids") && shown.contains("redis://localhost/0") && !shown.contains("hunter"), "{shown}");
}

#[test]
fn what_is_kept_of_a_person_is_exported_held_and_not_erased_by_mistake() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let create = ["staff", "create", "--username", "rosa", "--email", "rosa@agency.example", "--role", "reviewer", "--json"];
    json(&mut configured(path, &create));
    let kept = json(&mut configured(path, &["person", "export", "Rosa"]));
    assert_eq!(kept["accounts"][0]["email"], "rosa@agency.example");
    refused(&mut configured(path, &["person", "export", "nobody"]), "there is no account");
    refused(&mut configured(path, &["person", "lift", "rosa", "--reason", "x"]), "no account of the person is held");
    refused(&mut configured(path, &["person", "hold", "rosa", "--reason", " "]), "the reason must be one line");
    assert_eq!(json(&mut configured(path, &["person", "hold", "rosa", "--reason", "2026-CV-0113", "--json"]))["held"], 1);
    refused(&mut configured(path, &["person", "hold", "rosa", "--reason", "2026-CV-0113"]), "is held for this already");
    let held = json(&mut configured(path, &["person", "held", "--json"]));
    assert_eq!((&held[0]["username"], &held[0]["reason"]), (&"rosa".into(), &"2026-CV-0113".into()));
    assert_eq!(json(&mut configured(path, &["person", "lift", "rosa", "--reason", "2026-CV-0113", "--json"]))["lifted"], 1);
    refused(&mut configured(path, &["person", "erase", "rosa", "--order", "Order 7"]), "staff stand for the decisions");
    let mut config = configured(path, &["config", "check"]);
    std::fs::write(path.join("zero.toml"), "[retention]\nyears = 0").unwrap();
    refused(config.env("GATEHOUSE_CONFIG", path.join("zero.toml")), "retention: years must be one or more");
}

#[test]
fn staff_clients_and_keys() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let migrations = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite")).unwrap().count();
    assert_eq!(json(&mut configured(path, &["migrate", "--json"]))["applied"].as_array().unwrap().len(), migrations);
    assert_eq!(json(&mut configured(path, &["migrate", "--json"]))["applied"].as_array().unwrap().len(), 0);

    let create = ["staff", "create", "--username", "rosa", "--email", "rosa@agency.example", "--role", "reviewer", "--json"];
    let url = json(&mut configured(path, &create))["enrolment_url"].as_str().unwrap().to_owned();
    assert!(url.starts_with("http://127.0.0.1:4999/enrol?code=ghm_"), "{url}");
    refused(&mut configured(path, &create), "is taken");
    let other = json(&mut configured(path, &["staff", "reset", "rosa", "--json"]))["enrolment_url"].as_str().unwrap().to_owned();
    assert_ne!(url, other);
    refused(&mut configured(path, &["staff", "reset", "nobody"]), "no staff account nobody");
    refused(
        &mut configured(path, &["staff", "create", "--username", "a@b", "--email", "x@y.example", "--role", "auditor"]),
        "must not look like an email",
    );
    assert_eq!(configured(path, &["staff", "create", "--username", "x"]).output().unwrap().status.code(), Some(2), "a bad option");

    std::fs::write(path.join("client.json"), r#"{"client_name": "A", "redirect_uris": ["https://a.example/cb"], "scope": "openid"}"#)
        .unwrap();
    let client = json(&mut configured(path, &["client", "create", "client.json", "--json"]));
    let (id, secret) = (client["client_id"].as_str().unwrap().to_owned(), client["client_secret"].as_str().unwrap().to_owned());
    assert!(secret.starts_with("ghk_"));
    assert_eq!(json(&mut configured(path, &["client", "list", "--json"]))[0]["client_id"], id.as_str());
    let rotated = json(&mut configured(path, &["client", "rotate-secret", &id, "--json"]));
    assert_ne!(rotated["client_secret"], secret.as_str());
    refused(&mut configured(path, &["client", "token"]), "registration.enabled");
    assert_eq!(json(&mut configured(path, &["client", "delete", &id, "--json"]))["deleted"], true);
    refused(&mut configured(path, &["client", "delete", &id]), "there is no client");
    assert_eq!(json(&mut configured(path, &["client", "list", "--json"])), serde_json::json!([]), "it is gone");
    for (document, words) in [
        (r#"{"redirect_uris": ["http://a.example/cb"]}"#, "plain http"),
        (r#"{"redirect_uris": []}"#, "redirect_uris is missing"),
        (r#"{"redirect_uris": ["https://a.example/cb"], "redirect_url": "x"}"#, "redirect_url"),
        (
            r#"{"redirect_uris": ["https://a.example/cb"], "require_pkce": "never", "token_endpoint_auth_method": "none"}"#,
            "confidential clients only",
        ),
        (r#"{"redirect_uris": ["https://a.example/cb"], "client_secret": "short"}"#, "at least 32"),
        ("{", "no JSON"),
    ] {
        std::fs::write(path.join("client.json"), document).unwrap();
        refused(&mut configured(path, &["client", "create", "client.json"]), words);
    }

    let before = json(&mut configured(path, &["key", "list", "--json"]));
    json(&mut configured(path, &["key", "rotate", "--json"]));
    let after = json(&mut configured(path, &["key", "list", "--json"]));
    assert_eq!((before.as_array().unwrap().len(), after.as_array().unwrap().len()), (4, 8));

    // The master key is rotated: what was sealed and signed stays, the old key opens nothing more.
    let mut rewrap = configured(path, &["key", "rewrap", "--json"]);
    rewrap.env("GATEHOUSE_MASTER_KEY", OTHER_KEY).env("GATEHOUSE_MASTER_KEY_PREVIOUS", KEY);
    assert!(json(&mut rewrap)["rewrapped"].as_u64().unwrap() > 10);
    refused(&mut configured(path, &["key", "list"]), "another master key");
    let same = json(configured(path, &["key", "list", "--json"]).env("GATEHOUSE_MASTER_KEY", OTHER_KEY));
    assert_eq!(same, after);
    let verified = json(configured(path, &["audit", "verify", "--json"]).env("GATEHOUSE_MASTER_KEY", OTHER_KEY));
    assert!(verified["unsealed"].as_u64().unwrap() > 0, "nothing serves, so nothing seals: {verified}");
}

/// Ports N, N+10 and N+11 that are free.
fn free_block() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if port < 65_000 && [port, port + 10, port + 11].iter().all(|p| TcpListener::bind(("127.0.0.1", *p)).is_ok()) {
            return port;
        }
    }
}

struct Demo(Child, u16);

impl Demo {
    async fn start(folder: &Path, port: u16, more: &[&str]) -> Self {
        let number = port.to_string();
        let arguments = [&["demo", "--port", &number][..], more].concat();
        let child = gatehouse(folder, &arguments).stdout(Stdio::null()).spawn().unwrap();
        let demo = Self(child, port);
        for _ in 0..400 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() && demo.get("/readyz").await.status == 200 {
                return demo;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the demo did not start");
    }

    async fn get(&self, path: &str) -> http::Answer {
        http::get(&format!("http://127.0.0.1:{}{path}", self.1), None).await
    }

    /// As Ctrl-C would.
    fn stop(mut self) {
        Command::new("kill").args(["-INT", &self.0.id().to_string()]).status().unwrap();
        assert!(self.0.wait().unwrap().success(), "it ends in good order");
    }
}

#[tokio::test]
async fn the_demo_keeps_its_data_until_fresh_and_says_what_stops_it() {
    let folder = TempDir::new().unwrap();
    let port = free_block();
    let demo = Demo::start(folder.path(), port, &[]).await;
    let jwks = demo.get("/oauth2/jwks").await.body;
    assert!(demo.get("/dev/mailbox").await.body.contains("rosa.reviewer"));
    refused(&mut gatehouse(folder.path(), &["demo", "--port", &port.to_string()]), &format!("port {port} is taken"));
    demo.stop();

    let demo = Demo::start(folder.path(), port, &[]).await;
    assert_eq!(demo.get("/oauth2/jwks").await.body, jwks, "the same data");
    demo.stop();
    let demo = Demo::start(folder.path(), port, &["--fresh"]).await;
    assert_ne!(demo.get("/oauth2/jwks").await.body, jwks, "started over");
    demo.stop();

    let busy = TcpListener::bind(("127.0.0.1", port + 10)).unwrap();
    refused(&mut gatehouse(folder.path(), &["demo", "--port", &port.to_string()]), &format!("port {} is taken", port + 10));
    drop(busy);
    std::fs::write(folder.path().join("file"), "").unwrap();
    refused(&mut gatehouse(folder.path(), &["demo", "--port", &port.to_string(), "--folder", "file/inside"]), "cannot be written");
    refused(&mut gatehouse(folder.path(), &["demo", "--port", "65530"]), "too high");
    assert_eq!(gatehouse(folder.path(), &["demo", "--color"]).output().unwrap().status.code(), Some(2));
}
