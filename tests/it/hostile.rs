//! Five hundred hostile authorization requests. None gets a code, a redirect to a foreign address, a header of its own, or a 5xx.
//!
//! The person is signed in and has consented, so nothing but the rules stands between a request and a code.

use serde_json::json;

use crate::support::relying_party::CALLBACK;
use crate::support::{Browser, ClientKey, Flow, RelyingParty, TestApp, http};

/// Addresses that look like a registered one to somebody.
const FOREIGN: &[&str] = &[
    "https://evil.example/cb",
    "https://rp.example.evil.example/cb",
    "https://rp.example@evil.example/cb",
    "https://evil.example/#https://rp.example/cb",
    "https://evil.example?https://rp.example/cb",
    "https://evil.example\\@rp.example/cb",
    "https://rp.example:443/cb",
    "https://rp.example/cb/",
    "https://rp.example/cb/../evil",
    "https://rp.example/cb/..%2fevil",
    "https://rp.example/cb%00",
    "https://rp.example/cb#",
    "https://rp.example/cb#@evil.example",
    "https://rp.example/cb?",
    "https://rp.example/cb?next=https://evil.example",
    "https://rp.example/%63b",
    "https://RP.example/cb",
    "HTTPS://rp.example/cb",
    "http://rp.example/cb",
    "//rp.example/cb",
    "//evil.example",
    "/cb",
    "cb",
    "rp.example/cb",
    "https:rp.example/cb",
    "https:/rp.example/cb",
    "https:///rp.example/cb",
    "https://rp.example./cb",
    "https://rp.example/cb ",
    " https://rp.example/cb",
    "https://rp.example/\u{441}b",
    "https://\u{440}p.example/cb",
    "https://rp.example/cb;evil",
    "https://rp.example/cb,https://evil.example",
    "https://rp.example/cb https://evil.example",
    "https://rp.example/cb%0d%0aLocation:%20https://evil.example",
    "https://rp.example/cb%09",
    "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "blob:https://rp.example/x",
    "file:///etc/passwd",
    "about:blank",
    "intent://rp.example/#Intent;end",
    "https://127.0.0.1/cb",
    "http://localhost/cb",
    "https://[::1]/cb",
    "https://2130706433/cb",
    "https://rp.example:80/cb",
    "https://user@rp.example/cb",
    "https://user:pw@rp.example/cb",
    "https://rp.example/cb?a=1&b=2",
    "https://rp.example/other",
    "https://rp.example/other?kept=2",
    "https://rp.example/other?kept=1&x=1",
    "https://rp.example/other?kept=1#x",
    "https://rp.example/other?KEPT=1",
    "https://rp.example/bye",
    "https://rp.example",
    "*",
    "https://*/cb",
    "null",
    "0",
];

/// Text that would break out of where it is put.
const BREAKING: &[&str] = &[
    "a\r\nSet-Cookie: x=1",
    "a\nLocation: https://evil.example",
    "a\r\n\r\n<script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "'-alert(1)-'",
    "<img src=x onerror=alert(1)>",
    "&code=forged",
    "#code=forged",
    "code=forged&state=x",
    "%0d%0aX: y",
    "\u{2028}alert(1)",
    "javascript:alert(1)",
    "${7*7}",
    "{{7*7}}",
    "../../etc/passwd",
    "'; DROP TABLE clients; --",
    "' OR '1'='1",
    "1 UNION SELECT secret FROM clients",
    "\u{202e}moc.live",
    "\u{feff}x",
];

/// One request as it is sent, and why it is hostile.
fn corpus(rp: &RelyingParty) -> Vec<(String, String)> {
    let good = rp.flow("openid").with("prompt", "none");
    let mut requests = Vec::new();
    let mut add = |why: String, flow: Flow| requests.push((why, flow.query()));
    // Open redirects, in every way an answer can leave.
    for uri in FOREIGN {
        for mode in ["query", "fragment", "form_post"] {
            add(format!("redirect to {uri:?} by {mode}"), good.clone().with("redirect_uri", uri).with("response_mode", mode));
        }
    }
    for uri in FOREIGN {
        add(format!("an error to {uri:?}"), good.clone().with("redirect_uri", uri).with("scope", "\u{1}"));
    }
    // Header and markup injection. In `state` it is text that comes back as text; elsewhere it is refused.
    for text in BREAKING {
        for name in [
            "client_id",
            "response_type",
            "response_mode",
            "code_challenge",
            "code_challenge_method",
            "prompt",
            "max_age",
            "claims",
            "id_token_hint",
            "resource",
            "request",
            "request_uri",
        ] {
            add(format!("{name} = {text:?}"), good.clone().with(name, text));
        }
    }
    // Code injection and mix-up: no PKCE, a weaker one, another client's.
    for (name, value) in [
        ("code_challenge", ""),
        ("code_challenge", "short"),
        ("code_challenge_method", "plain"),
        ("code_challenge_method", ""),
        ("code_challenge_method", "s256"),
        ("code_challenge_method", "S512"),
        ("response_type", "token"),
        ("response_type", "code token"),
        ("response_type", "id_token"),
        ("response_type", "code id_token token"),
        ("response_type", "none"),
        ("response_type", "CODE"),
        ("response_type", ""),
        ("client_id", "other"),
        ("client_id", ""),
        ("client_id", "RP"),
        ("scope", ""),
        ("scope", "admin"),
        ("prompt", "none login"),
        ("prompt", "none consent"),
        ("max_age", "-1"),
        ("max_age", "1e9"),
        ("max_age", "99999999999999999999"),
        ("resource", "https://evil.example"),
        ("resource", "/relative"),
        ("registration", "{}"),
        ("id_token_hint", "eyJhbGciOiJub25lIn0.e30."),
        ("claims", "[]"),
        ("claims", "{\"id_token\":1}"),
        ("nonce", &"n".repeat(513)),
        ("request", "eyJhbGciOiJub25lIn0.e30."),
        ("request_uri", "https://evil.example/object"),
        ("request_uri", "http://169.254.169.254/latest/meta-data"),
        ("request_uri", "file:///etc/passwd"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:x"),
        ("state", &"s".repeat(8_193)),
    ] {
        add(format!("{name} = {value:?}"), good.clone().with(name, value));
    }
    // Objects that were not signed by the client, each with an address outside.
    let forged = ClientKey::fresh();
    for uri in FOREIGN {
        let claims = json!({ "client_id": "rp", "redirect_uri": uri, "response_type": "code", "scope": "openid" });
        add(format!("a forged object to {uri:?}"), good.clone().with("request", &forged.sign("ES256", &claims)));
    }
    // Parameter pollution: every parameter twice, in both orders.
    let query = good.query();
    for (name, value) in &good.fields {
        let other = format!("{name}={}", http::percent("https://evil.example/cb"));
        requests.push((format!("{name} twice"), format!("{query}&{other}")));
        requests.push((format!("{name} twice, the other way"), format!("{other}&{query}")));
        requests.push((format!("{name} twice, the same"), format!("{query}&{name}={}", http::percent(value))));
    }
    for raw in [
        "redirect_uri=%ff%fe",
        "redirect_uri=%",
        "redirect_uri=%zz",
        "redirect_uri=%00",
        "%72edirect_uri=https://evil.example/cb",
        "redirect_uri[]=x&client_id=rp",
    ] {
        requests.push((format!("raw {raw}"), format!("{raw}&{query}")));
    }
    requests
}

/// What came back, judged by itself.
async fn judge(app: &TestApp, browser: &Browser, why: &str, query: &str) {
    for method in ["GET", "POST"] {
        let answer = match method {
            "GET" => browser.exchange("GET", &format!("{}/oauth2/authorize?{query}", app.base), None).await,
            _ => browser.exchange("POST", &format!("{}/oauth2/authorize", app.base), Some(query.to_owned())).await,
        };
        assert!(answer.status.as_u16() < 500, "{why}, {method}: {} {}", answer.status, answer.body);
        assert!(!answer.header("set-cookie").contains("x=1") && answer.headers.get("x").is_none(), "{why}, {method}: a header of its own");
        let place = answer.header("location");
        let is_ours = place.is_empty() || place.starts_with('/') && !place.starts_with("//");
        let is_the_client_s = ["https://rp.example/cb?", "https://rp.example/cb#", "https://rp.example/other?kept=1&"]
            .iter()
            .any(|known| place.starts_with(known));
        assert!(is_ours || is_the_client_s, "{why}, {method}: goes to {place}");
        let parameters = place.split(['?', '#', '&']).skip(1);
        let has_code = parameters.clone().any(|pair| ["code=", "access_token=", "id_token="].iter().any(|name| pair.starts_with(name)));
        assert!(!has_code, "{why}, {method}: a code at {place}");
        assert!(!answer.body.contains("name=\"code\"") && !answer.body.contains("<script>alert"), "{why}, {method}: {}", answer.body);
        if answer.body.contains("<form method=\"post\" action=\"http") {
            assert!(answer.body.contains(&format!("action=\"{CALLBACK}\"")), "{why}, {method}: posts elsewhere: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn five_hundred_hostile_requests_get_nothing() {
    let app = TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    let ada = app.active(&rosa, "ada", 1).await;
    let rp = RelyingParty::register_with(&app, "rp", json!({ "jwks": ClientKey::of("ES256").jwks() })).await;
    RelyingParty::register_with(&app, "other", json!({ "redirect_uris": ["https://other.example/cb"] })).await;
    rp.code(&ada, "openid").await;
    let good = rp.authorize(&ada, &rp.flow("openid").with("prompt", "none")).await;
    assert!(good.query("code").is_some(), "the request that all others are made of succeeds: {}", good.url);
    let corpus = corpus(&rp);
    assert!(corpus.len() >= 500, "{}", corpus.len());
    for (why, query) in &corpus {
        judge(&app, &ada, why, query).await;
    }
}

/// What comes back as text is text: in the address it is encoded, in a form it is escaped.
#[tokio::test]
async fn a_state_comes_back_as_it_was_and_does_nothing() {
    let app = TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    let ada = app.active(&rosa, "ada", 1).await;
    let rp = RelyingParty::register_with(&app, "rp", json!({})).await;
    rp.code(&ada, "openid").await;
    for text in BREAKING {
        let flow = rp.flow("openid").with("prompt", "none").with("state", text);
        let page = rp.authorize(&ada, &flow).await;
        assert!(page.url.starts_with(CALLBACK), "{text:?}: {}", page.url);
        assert_eq!(page.query("state").as_deref(), Some(*text));
        let answer = ada.exchange("GET", &format!("{}{}", app.base, flow.with("response_mode", "form_post").path()), None).await;
        assert!(!answer.body.contains("<script>alert") && !answer.body.contains("<img"), "{text:?}: {}", answer.body);
    }
}

/// Limits go by the address of whoever asks. A proxy of ours is believed about it, nobody else.
#[tokio::test]
async fn an_address_is_believed_from_our_proxies_alone() {
    let limits = "[registration]\nenabled = true\nopen = true\n[limits]\nregistrations_per_minute = 1";
    let behind = TestApp::configured(&format!("trusted_proxies = \"127.0.0.0/8, 10.0.0.0/8\"\n{limits}")).await;
    let bare = TestApp::configured(limits).await;
    let ask = async |app: &TestApp, forwarded: &str| {
        let request = axum::http::Request::builder().method("POST").uri(format!("{}/oauth2/register", app.base));
        let body = json!({ "redirect_uris": [CALLBACK] }).to_string().into_bytes();
        http::send(request.header("x-forwarded-for", forwarded).body(body).unwrap()).await.status.as_u16()
    };
    for (forwarded, status) in [
        ("198.51.100.1", 201),
        ("198.51.100.1", 429),
        ("198.51.100.2", 201),
        ("198.51.100.77, 198.51.100.2", 429),
        ("198.51.100.3, 10.0.0.7", 201),
        ("10.0.0.8, 198.51.100.3, 10.0.0.9", 429),
        ("2001:db8:1:2::1", 201),
        ("2001:db8:1:2:ffff::9", 429),
    ] {
        assert_eq!(ask(&behind, forwarded).await, status, "{forwarded}");
    }
    assert_eq!(ask(&bare, "198.51.100.1").await, 201);
    assert_eq!(ask(&bare, "198.51.100.2").await, 429, "whoever asks may write anything there");
}
