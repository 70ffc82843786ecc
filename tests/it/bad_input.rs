//! Over-long, malformed, wrongly encoded, repeated, foreign: a clear answer each time, never a 5xx, and nothing changed.

use axum::http::Request;
use proptest::prelude::*;

use crate::support::people::PASSWORD;
use crate::support::{Browser, RelyingParty, TestApp, http};

/// Every address that takes a form, and what it takes.
const FORMS: &[(&str, &[&str])] = &[
    ("/sign-in", &["username", "password", "return_to"]),
    ("/sign-in/second-factor", &["otp", "ticket"]),
    ("/sign-out", &["logout"]),
    ("/register", &["email", "username", "password", "confirm_password"]),
    ("/redeem", &["code"]),
    ("/confirm", &["code"]),
    ("/confirm/again", &[]),
    ("/confirm/address", &["email"]),
    (
        "/profile",
        &[
            "first_name",
            "last_name",
            "contact_email",
            "contact_phone",
            "organization_name",
            "organization_type",
            "medicaid_id",
            "npi",
            "no_npi",
            "acts_for",
        ],
    ),
    ("/status/withdraw", &[]),
    ("/forgot-password", &["username"]),
    ("/reset", &["password", "confirm_password"]),
    ("/enrol", &["password", "confirm_password", "otp"]),
    ("/security/password", &["password", "confirm_password"]),
    ("/security/email", &["email"]),
    ("/security/authenticator", &["otp"]),
    ("/security/authenticator/remove", &[]),
    ("/security/sign-out-everywhere", &[]),
    ("/security/applications", &["client_id"]),
    ("/consent", &["decision", "interaction"]),
];

async fn rows(app: &TestApp) -> i64 {
    use diesel::prelude::*;
    use gatehouse::db::schema::{accounts, audit_events, outbox};
    app.app
        .db
        .read(|tx| {
            let events: i64 = audit_events::table.filter(audit_events::action.ne("session.sign_in_failed")).count().get_result(tx)?;
            let accounts: i64 = accounts::table.count().get_result(tx)?;
            let letters: i64 = outbox::table.count().get_result(tx)?;
            Ok::<_, gatehouse::db::Fault>(events + accounts + letters)
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused_everywhere() {
    let app = TestApp::on_sqlite().await;
    let (ada, _) = app.register("ada").await;
    let before = rows(&app).await;
    for (place, fields) in FORMS {
        let values: Vec<(&str, &str)> = fields.iter().map(|name| (*name, "x")).collect();
        for csrf in [None, Some(""), Some("guess"), Some(&*gatehouse::secret::base64url(&[7; 32]))] {
            let mut sent = values.clone();
            sent.extend(csrf.map(|csrf| ("csrf", csrf)));
            for browser in [&ada, &Browser::new(&app.base)] {
                let answer = browser.exchange("POST", &format!("{}{place}", app.base), Some(http::encode(&sent))).await;
                let to_sign_in = answer.status == 303 && answer.header("location").starts_with("/sign-in");
                assert!(answer.status == 403 || to_sign_in, "{place} {csrf:?}: {}", answer.status);
            }
        }
    }
    assert_eq!(rows(&app).await, before, "nothing was changed");
}

#[tokio::test]
async fn broken_bodies_are_answered_in_words() {
    let app = TestApp::on_sqlite().await;
    let (ada, page) = app.register("ada").await;
    let csrf = page.form().fields.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
    let before = rows(&app).await;
    for (place, fields) in FORMS {
        let Some(field) = fields.first() else { continue };
        let bodies = [
            (format!("csrf={csrf}&{field}=%zz"), 400),
            (format!("csrf={csrf}&{field}=%ff%fe"), 400),
            (format!("csrf={csrf}&{field}=a%00b"), 400),
            (format!("csrf={csrf}&{field}=a%1bb"), 400),
            (format!("csrf={csrf}&{field}=1&{field}=2"), 400),
            (format!("csrf={csrf}&{field}={}", "x".repeat(9_000)), 400),
            (format!("csrf={csrf}&{field}={}", "x".repeat(100_000)), 400),
            (format!("csrf={csrf}{}", "&a=1".repeat(200)), 400),
        ];
        for (body, status) in bodies {
            let answer = ada.exchange("POST", &format!("{}{place}", app.base), Some(body.clone())).await;
            assert_eq!(answer.status, status, "{place}: {}", &body[..body.len().min(120)]);
            assert!(answer.body.contains("Nothing was changed"), "{place}: {}", answer.body);
        }
        let request =
            Request::post(format!("{}{place}", app.base)).header("content-type", "application/json").body(b"{}".to_vec()).unwrap();
        let answer = http::send(request).await;
        assert!(answer.status == 400 || answer.status == 303, "{place}: {}", answer.status);
    }
    assert_eq!(rows(&app).await, before, "nothing was changed");
}

#[tokio::test]
async fn addresses_that_are_none() {
    let app = TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    for place in [
        "/nowhere",
        "/staff/cases/x",
        "/staff/cases/00000000-0000-0000-0000-000000000000",
        "/staff/accounts/%00",
        "/assets/../etc/passwd",
        "/dev/mailbox",
    ] {
        let page = rosa.browser.get(place).await;
        assert!([404, 400].contains(&page.status.as_u16()), "{place}: {}", page.status);
    }
    for code in ["x", "ghm_", "ghm_AAAA", &"x".repeat(5_000), "%00", "%zz", "<script>alert(1)</script>"] {
        for place in ["confirm", "reset", "enrol"] {
            let page = app.browser().get(&format!("/{place}?code={}", http::percent(code))).await;
            assert!(page.status.as_u16() < 500, "{place} {code}");
            assert!(!page.html.contains("<script>alert"), "{place} {code}");
        }
    }
    for (n, back) in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"].into_iter().enumerate() {
        app.register(&format!("ada{n}")).await;
        let browser = app.browser();
        let page = browser.get(&format!("/sign-in?return_to={}", http::percent(back))).await;
        let page = browser.submit(&page, &[("username", &format!("ada{n}")), ("password", PASSWORD)]).await;
        assert!(page.url.starts_with(&app.base), "{back} leads to {}", page.url);
    }
}

#[tokio::test]
async fn markup_is_shown_as_text() {
    let app = TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    let (ada, page) = app.register("ada").await;
    let mut fields = crate::support::people::profile("<b>ada</b> clinic", 1);
    fields.push(("first_name", "<script>alert(1)</script>".into()));
    ada.submit(&page, &crate::support::people::filled(&fields)).await;
    app.confirm(&ada, "ada").await;
    let queue = rosa.browser.get("/staff/queue").await;
    assert!(!queue.html.contains("<b>ada"), "{}", queue.html);
    let case = rosa.browser.get(&queue.link("ada")).await;
    assert!(!case.html.contains("<script>alert") && case.says("<script>alert(1)</script>"));
    rosa.browser.submit(&case, &[("decision", "return"), ("reason", "<i>look</i>")]).await;
    let letter = app.letter_to("ada@provider.example", "Action needed").await;
    assert!(!letter.html.contains("<i>look") && letter.text.contains("<i>look</i>"));
}

/// Junk on the machine endpoints: an OAuth error each time, never a 5xx.
#[tokio::test]
async fn machine_endpoints_answer_junk() {
    let app = TestApp::on_sqlite().await;
    let rp = RelyingParty::register(&app, "rp").await;
    let bodies = [
        String::new(),
        "&&&===".into(),
        "%".into(),
        "grant_type=%00".into(),
        "a=1&a=2".into(),
        format!("token={}", "x".repeat(20_000)),
        format!("grant_type=refresh_token&refresh_token={}", "r".repeat(8_000)),
        "token=gha_%F0%9F%92%A9".into(),
        "token=ghr_".into(),
    ];
    for place in ["token", "introspect", "revoke", "userinfo"] {
        for body in &bodies {
            for authorization in
                [None, Some(rp.basic()), Some("Basic".into()), Some("Basic !!!".into()), Some("Basic AA==".into()), Some("Bearer é".into())]
            {
                let place = format!("{}/oauth2/{place}", app.base);
                let answer = http::post_raw(&place, body, "application/x-www-form-urlencoded", authorization.as_deref()).await;
                assert!(answer.status.as_u16() < 500, "{place} {body:.40} {authorization:?}: {}", answer.status);
                if answer.status != 200 {
                    assert!(answer.json()["error"].is_string(), "{place}: {}", answer.body);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Any query at all: no code, no foreign redirect, no 5xx.
    #[test]
    fn any_authorization_request_is_answered(
        pairs in proptest::collection::vec(("[a-z_]{1,20}|client_id|redirect_uri|scope|state|prompt", "[ -~é]{0,60}|rp|openid|https://rp.example/cb"), 0..12)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let app = TestApp::on_sqlite().await;
            RelyingParty::register(&app, "rp").await;
            let fields: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let page = app.browser().get(&format!("/oauth2/authorize?{}", http::encode(&fields))).await;
            assert!(page.status.as_u16() < 500);
            assert!(page.url.starts_with(&app.base) || page.url.starts_with("https://rp.example/cb?"), "{}", page.url);
            assert_eq!(page.query("code"), None);
        });
    }
}
