//! The logout plans: RP-initiated, back-channel, front-channel, session management. All use a state of 128 characters.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use diesel::RunQueryDsl;
use gatehouse::db::Fault;
use gatehouse::oidc::logout::{deliver_due, post_notices, tell_applications};
use serde_json::{Value, json};

use super::Plan;
use crate::on_both;
use crate::support::people::PASSWORD;
use crate::support::{Browser, Page, RelyingParty, Site, TestApp, http};

const BYE: &str = "https://rp.example/bye";

impl Plan {
    /// An ID token of the plan's client, to hint with.
    async fn id_token(&self) -> String {
        self.rp.tokens(&self.ada, "openid").await["id_token"].as_str().unwrap().to_owned()
    }

    async fn logout(&self, fields: &[(&str, &str)]) -> Page {
        let page = self.ada.get(&format!("/oauth2/logout?{}", http::encode(fields))).await;
        // One page that asks is allowed; whoever is asked says yes.
        if page.says("Do you want to sign out") { self.ada.submit(&page, &[("logout", "yes")]).await } else { page }
    }

    async fn is_signed_out(&self) -> bool {
        let page = self.rp.authorize(&self.ada, &self.rp.flow("openid").with("prompt", "none")).await;
        page.query("error").as_deref() == Some("login_required")
    }
}

fn state() -> String {
    "s".repeat(128)
}

/// oidcc-rp-initiated-logout, oidcc-rp-initiated-logout-no-state
#[tokio::test]
async fn rp_initiated_logout() {
    for state in [Some(state()), None] {
        let plan = Plan::start().await;
        let hint = plan.id_token().await;
        let mut fields = vec![("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE)];
        fields.extend(state.as_deref().map(|state| ("state", state)));
        let page = plan.logout(&fields).await;
        let expected = state.as_ref().map_or(BYE.to_owned(), |state| format!("{BYE}?state={state}"));
        assert_eq!(page.url, expected, "nothing but the state comes back");
        assert!(plan.is_signed_out().await);
    }
}

/// oidcc-rp-initiated-logout-bad-post-logout-redirect-uri, -query-added-to-post-logout-redirect-uri, -modified-id-token-hint,
/// -bad-id-token-hint, -no-id-token-hint
#[tokio::test]
async fn what_is_not_sound_redirects_nowhere() {
    let plan = Plan::start().await;
    let hint = plan.id_token().await;
    let claims = hint.split('.').nth(1).unwrap();
    let unsigned = format!("{}.{claims}.", B64.encode(r#"{"alg":"none"}"#));
    let mut swapped: Value = serde_json::from_slice(&B64.decode(claims).unwrap()).unwrap();
    (swapped["iss"], swapped["aud"]) = (json!("rp"), json!(plan.app.base));
    let own = crate::support::ClientKey::of("RS256").sign("RS256", &swapped);
    for (hint, uri) in [
        (Some(hint.as_str()), "https://rp.example/other"),
        (Some(&hint), "https://rp.example/bye?foo=bar"),
        (Some(&unsigned), BYE),
        (Some(&own), BYE),
        (None, BYE),
    ] {
        let mut fields = vec![("post_logout_redirect_uri", uri)];
        fields.extend(hint.map(|hint| ("id_token_hint", hint)));
        let page = plan.logout(&fields).await;
        assert!(page.url.starts_with(&plan.app.base), "{fields:?}: {}", page.url);
    }
}

/// oidcc-rp-initiated-logout-no-params, -no-post-logout-redirect-uri, -only-state
#[tokio::test]
async fn without_an_address_it_ends_here() {
    for with_hint in [false, true] {
        for with_state in [false, true] {
            let plan = Plan::start().await;
            let (hint, state) = (plan.id_token().await, state());
            let mut fields = Vec::new();
            fields.extend(with_hint.then_some(("id_token_hint", hint.as_str())));
            fields.extend(with_state.then_some(("state", state.as_str())));
            let page = plan.logout(&fields).await;
            assert!(page.url.starts_with(&plan.app.base) && page.says("signed out"), "{}: {}", page.url, page.text());
            assert!(plan.is_signed_out().await);
        }
    }
}

/// The claims of each logout token that a path was sent.
async fn told(app: &TestApp, rp: &RelyingParty, site: &Site, path: &str) -> Vec<(Value, Value)> {
    while post_notices(&app.app).await.unwrap() + deliver_due(&app.app).await.unwrap() > 0 {}
    let mut told = Vec::new();
    for body in site.received(path) {
        let token = body.strip_prefix("logout_token=").unwrap_or_else(|| panic!("{body}"));
        assert!(!token.contains('&'), "nothing but the token");
        told.push(rp.verified(token).await);
    }
    told
}

on_both! {
    /// oidcc-backchannel-rp-initiated-logout
    async fn backchannel_rp_initiated_logout(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let site = Site::open().await;
        let members = json!({ "backchannel_logout_uri": site.show("/logout", ""), "backchannel_logout_session_required": true });
        let rp = RelyingParty::register_with(&app, "rp", members).await;
        let silent = RelyingParty::register(&app, "silent").await;
        let tokens = rp.tokens(&ada, "openid").await;
        rp.tokens(&ada, "openid").await;
        silent.tokens(&ada, "openid").await;
        let hint = tokens["id_token"].as_str().unwrap();
        let (_, id_claims) = rp.verified(hint).await;
        let page = ada.get(&format!("/oauth2/logout?{}", http::encode(&[("id_token_hint", hint), ("post_logout_redirect_uri", BYE)]))).await;
        assert_eq!(page.url, BYE);
        let told = told(&app, &rp, &site, "/logout").await;
        assert_eq!(told.len(), 1, "once, however often it signed in");
        let (header, claims) = &told[0];
        assert_eq!(header["typ"], "logout+jwt");
        for (claim, value) in [("iss", json!(app.base)), ("aud", json!("rp")), ("sub", id_claims["sub"].clone()), ("sid", id_claims["sid"].clone())] {
            assert_eq!(claims[claim], value, "{claim}");
        }
        assert_eq!(claims["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
        assert!(claims["jti"].is_string() && claims["iat"].is_i64() && claims["exp"].is_i64() && claims.get("nonce").is_none());
        // It is no hint, and no ID token.
        let again = ada.get(&format!("/oauth2/logout?id_token_hint={}", site.received("/logout")[0].trim_start_matches("logout_token="))).await;
        assert!(again.says("invalid_request"), "{}", again.text());
    }

    /// Suspension and "sign out everywhere" tell applications too.
    async fn whatever_ends_a_session_is_told(app) {
        let rosa = app.reviewer().await;
        let site = Site::open().await;
        let rp = RelyingParty::register_with(&app, "rp", json!({ "backchannel_logout_uri": site.show("/logout", "") })).await;
        let ada = app.active(&rosa, "ada", 1).await;
        let ben = app.active(&rosa, "ben", 2).await;
        let (of_ada, of_ben) = (rp.tokens(&ada, "openid").await, rp.tokens(&ben, "openid").await);
        let sub = async |tokens: &Value| rp.verified(tokens["id_token"].as_str().unwrap()).await.1["sub"].clone();
        let (ada_sub, ben_sub) = (sub(&of_ada).await, sub(&of_ben).await);
        assert_eq!(told(&app, &rp, &site, "/logout").await.len(), 0);
        app.suspend(&rosa, "ada").await;
        let told_now = told(&app, &rp, &site, "/logout").await;
        assert_eq!(told_now.iter().map(|(_, claims)| &claims["sub"]).collect::<Vec<_>>(), vec![&ada_sub]);
        let elsewhere = app.browser();
        app.sign_in(&elsewhere, "ben", PASSWORD).await;
        app.sign_out_everywhere_else(&elsewhere).await;
        let told_now = told(&app, &rp, &site, "/logout").await;
        assert_eq!(told_now.last().map(|(_, claims)| &claims["sub"]), Some(&ben_sub));
        assert_eq!(told_now.len(), 2);
    }

    /// An application that is down is told later; one that never answers is given up, for staff to see and send again.
    async fn an_application_that_is_down_is_told_later(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let site = Site::open().await;
        let uri = site.answer_with("/logout", 503, Vec::new(), "");
        let rp = RelyingParty::register_with(&app, "rp", json!({ "backchannel_logout_uri": uri })).await;
        rp.tokens(&ada, "openid").await;
        app.sign_out(&ada).await;
        assert_eq!(told(&app, &rp, &site, "/logout").await.len(), 1);
        assert_eq!(told(&app, &rp, &site, "/logout").await.len(), 1, "not at once again");
        for tries in 2..=12 {
            app.advance(Duration::from_secs(5 * 3_600));
            assert_eq!(told(&app, &rp, &site, "/logout").await.len(), tries);
        }
        app.advance(Duration::from_secs(5 * 3_600));
        assert_eq!(told(&app, &rp, &site, "/logout").await.len(), 12, "given up");
        let reviewer = rosa.sign_in_again(&app).await;
        let page = reviewer.get("/staff/mail?only=dead").await;
        assert!(page.says("Sign-out notice to an application") && page.says("503"), "{}", page.text());
        site.show("/logout", "");
        let retry = page.forms().into_iter().find(|form| form.action.ends_with("/retry")).unwrap();
        reviewer.submit_form(&retry, &[]).await;
        assert_eq!(told(&app, &rp, &site, "/logout").await.len(), 13);
        app.advance(Duration::from_secs(5 * 3_600));
        assert_eq!(told(&app, &rp, &site, "/logout").await.len(), 13, "and then it was told");
        // What was told is forgotten after a day, and not before.
        let forget = async || {
            let now = app.app.clock.now();
            app.app.db.write(move |tx| gatehouse::outbox::forget_notices(tx, now)).await.unwrap()
        };
        assert_eq!(forget().await, 0);
        app.advance(Duration::from_secs(20 * 3_600));
        assert_eq!(forget().await, 1);
        // What ended is forgotten a week later, once it was told.
        let forget = async || {
            let now = app.app.clock.now();
            app.app.db.write(move |tx| gatehouse::revocation::forget(tx, now)).await.unwrap()
        };
        assert_eq!(forget().await, 0);
        app.advance(Duration::from_secs(8 * 86_400));
        assert!(forget().await > 0);
        assert_eq!(forget().await, 0);
    }

    /// One that never answers, and one whose registration cannot be read, keep no other from being told.
    async fn no_application_holds_up_another(app) {
        let rosa = app.reviewer().await;
        let site = Site::open().await;
        let silence = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hanging = format!("http://{}/logout", silence.local_addr().unwrap());
        let slow = RelyingParty::register_with(&app, "a-slow-one", json!({ "backchannel_logout_uri": hanging })).await;
        let broken = RelyingParty::register_with(&app, "broken", json!({ "backchannel_logout_uri": site.show("/broken", "") })).await;
        let quick = RelyingParty::register_with(&app, "quick", json!({ "backchannel_logout_uri": site.show("/quick", "") })).await;
        let mut people = Vec::new();
        for (name, number) in [("ada", 1), ("ben", 2)] {
            let person = app.active(&rosa, name, number).await;
            for rp in [&slow, &broken, &quick] {
                rp.tokens(&person, "openid").await;
            }
            people.push(person);
        }
        let ruin = "UPDATE clients SET document = '{\"client_name\": 7}' WHERE client_id = 'broken'";
        app.app.db.write(move |tx| Ok::<_, Fault>(diesel::sql_query(ruin).execute(tx)?)).await.unwrap();
        let telling = tokio::spawn(tell_applications(app.app.clone()));
        for (count, person) in people.iter().enumerate() {
            app.sign_out(person).await;
            let told = async {
                while site.received("/quick").len() <= count {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(30), told).await.unwrap_or_else(|_| panic!("the end of session {count} was not told"));
        }
        telling.abort();
        assert_eq!(site.received("/broken").len(), 0);
        let notices = app.app.db.read(|tx| gatehouse::outbox::list(tx, false, 100)).await.unwrap();
        let answered = notices.iter().filter(|notice| notice.recipient == hanging && notice.answer.is_some());
        assert_eq!(answered.count(), 0, "nobody waited for the one that hangs");
    }

    /// A registration that cannot be read when its notice is due: the notice is tried again and given up, and says why.
    async fn a_notice_that_cannot_be_made_says_why(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let site = Site::open().await;
        let rp = RelyingParty::register_with(&app, "rp", json!({ "backchannel_logout_uri": site.show("/logout", "") })).await;
        rp.tokens(&ada, "openid").await;
        app.sign_out(&ada).await;
        post_notices(&app.app).await.unwrap();
        let ruin = "UPDATE clients SET document = '{\"client_name\": 7}' WHERE client_id = 'rp'";
        app.app.db.write(move |tx| Ok::<_, Fault>(diesel::sql_query(ruin).execute(tx)?)).await.unwrap();
        assert_eq!(deliver_due(&app.app).await.unwrap(), 1);
        assert_eq!(deliver_due(&app.app).await.unwrap(), 0, "not at once again");
        let notices = app.app.db.read(|tx| gatehouse::outbox::list(tx, false, 100)).await.unwrap();
        let notice = notices.iter().find(|notice| notice.notice().is_some()).unwrap();
        assert!(notice.answer.as_deref().is_some_and(|answer| answer.contains("client rp")), "{:?}", notice.answer);
    }

    /// Many workers at once: each notice leaves once.
    async fn a_session_that_ended_is_told_once(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let site = Site::open().await;
        let rp = RelyingParty::register_with(&app, "rp", json!({ "backchannel_logout_uri": site.show("/logout", "") })).await;
        rp.tokens(&ada, "openid").await;
        app.sign_out(&ada).await;
        let workers: Vec<_> = (0..6)
            .map(|_| {
                let app = app.app.clone();
                tokio::spawn(async move {
                    post_notices(&app).await.unwrap();
                    deliver_due(&app).await.unwrap();
                })
            })
            .collect();
        for worker in workers {
            worker.await.unwrap();
        }
        assert_eq!(told(&app, &rp, &site, "/logout").await.len(), 1);
    }
}

/// oidcc-frontchannel-rp-initiated-logout: a frame with `iss` and `sid`, then the redirect, without scripts.
#[tokio::test]
async fn frontchannel_rp_initiated_logout() {
    let plan = Plan::start().await;
    let members = json!({ "frontchannel_logout_uri": "https://rp.example/front?kept=1", "frontchannel_logout_session_required": true });
    let rp = RelyingParty::register_with(&plan.app, "framed", members).await;
    let plan = Plan { rp, ..plan };
    let hint = plan.id_token().await;
    let (_, claims) = plan.rp.verified(&hint).await;
    let fields = http::encode(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE), ("state", &state())]);
    let answer = plan.ada.exchange("GET", &format!("{}/oauth2/logout?{fields}", plan.app.base), None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = answer.body.replace("&#38;", "&").replace("&amp;", "&");
    let frame = format!(
        "src=\"https://rp.example/front?kept=1&iss={}&sid={}\"",
        http::percent(&plan.app.base).replace("%2E", "."),
        claims["sid"].as_str().unwrap()
    );
    assert!(body.contains(&frame), "{frame} in {body}");
    assert!(body.contains(&format!("http-equiv=\"refresh\" content=\"2; url={BYE}?state={}\"", state())), "{body}");
    assert!(
        answer.header("content-security-policy").contains("frame-src https://rp.example;"),
        "{}",
        answer.header("content-security-policy")
    );
    assert!(plan.is_signed_out().await);
}

/// Signing out at the service itself ends it at the applications too.
#[tokio::test]
async fn frames_are_loaded_whoever_asked_for_the_end() {
    let plan = Plan::start().await;
    let rp = RelyingParty::register_with(&plan.app, "framed", json!({ "frontchannel_logout_uri": "https://rp.example/front" })).await;
    rp.tokens(&plan.ada, "openid").await;
    let page = plan.ada.get("/sign-out").await;
    let page = plan.ada.submit(&page, &[("logout", "yes")]).await;
    assert!(page.html.contains("src=\"https://rp.example/front?iss="), "{}", page.html);
    assert!(page.says("You are signed out") && !page.html.contains("http-equiv"), "it leads nowhere: {}", page.html);
    assert!(plan.is_signed_out().await);
}

/// oidcc-session-management-rp-initiated-logout: what the frame computes, from the cookie its script can read.
#[tokio::test]
async fn session_management_rp_initiated_logout() {
    let plan = Plan::start().await;
    let page = plan.rp.authorize(&plan.ada, &plan.rp.flow("openid")).await;
    let session_state = page.query("session_state").unwrap_or_else(|| panic!("none at {}", page.url));
    let (_, salt) = session_state.split_once('.').unwrap();
    let computed = |browser: &Browser| {
        let cookie = browser.cookie("gatehouse-state").unwrap_or_default();
        let hash = digest(&SHA256, format!("rp https://rp.example {cookie} {salt}").as_bytes());
        format!("{}.{salt}", B64.encode(hash.as_ref()))
    };
    assert_eq!(computed(&plan.ada), session_state, "unchanged");
    assert_ne!(plan.ada.cookie("gatehouse-state"), plan.ada.cookie("gatehouse"), "it is not the session's secret");
    let frame = http::get(&format!("{}/oauth2/check-session", plan.app.base), None).await;
    assert_eq!((frame.status.as_u16(), frame.headers.get("x-frame-options")), (200, None));
    let policy = frame.header("content-security-policy");
    assert!(policy.contains("frame-ancestors *") && policy.contains("script-src 'sha256-"), "{policy}");
    assert!(frame.headers.get("set-cookie").is_none(), "another site's frame sets nothing");
    let hint = plan.id_token().await;
    plan.logout(&[("id_token_hint", &hint)]).await;
    assert_ne!(computed(&plan.ada), session_state, "changed");
}
