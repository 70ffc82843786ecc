//! Request objects and pushed requests: `oidcc-dynamic`'s modules about them, and those of the FAPI 2 plan that hold for every
//! client (RFC 9101, RFC 9126).

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Plan;
use crate::support::app::START;
use crate::support::client_key::{ASSERTION_TYPE, assertion};
use crate::support::http::Answer;
use crate::support::relying_party::CALLBACK;
use crate::support::{ClientKey, Flow, Page, RelyingParty, Site, http};

/// A plan whose client signs its requests.
struct Signed {
    plan: Plan,
    key: ClientKey,
    site: Site,
}

impl Signed {
    async fn start(members: Value) -> Self {
        let (plan, key, site) = (Plan::start().await, ClientKey::of("RS256"), Site::open().await);
        let mut all = json!({ "jwks": key.jwks(), "request_uris": [site.url("/object")] });
        for (name, value) in members.as_object().unwrap() {
            all[name] = value.clone();
        }
        let rp = RelyingParty::register_with(&plan.app, "signer", all).await;
        let this = Self { plan: Plan { rp, ..plan }, key, site };
        this.plan.rp.code(&this.plan.ada, "openid").await;
        this
    }

    /// The claims of an object that says what `flow` does.
    fn claims(&self, flow: &Flow) -> Value {
        let mut claims: Map<String, Value> = flow.fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        claims.extend([
            ("iss".into(), json!(self.plan.rp.id)),
            ("aud".into(), json!(self.plan.app.base)),
            ("exp".into(), json!(START + 60)),
        ]);
        Value::Object(claims)
    }

    fn object(&self, flow: &Flow) -> String {
        self.key.sign("RS256", &self.claims(flow))
    }

    /// Sends an object by value, with the least beside it.
    async fn send(&self, object: &str) -> Page {
        self.beside(&[("request", object)]).await
    }

    async fn beside(&self, more: &[(&str, &str)]) -> Page {
        let mut flow = Flow { fields: Vec::new() }.with("client_id", &self.plan.rp.id);
        for (name, value) in more {
            flow = flow.with(name, value);
        }
        self.plan.rp.authorize(&self.plan.ada, &flow).await
    }

    async fn push(&self, flow: &Flow) -> Answer {
        let fields: Vec<(&str, &str)> = flow.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.push_fields(&fields).await
    }

    async fn push_fields(&self, fields: &[(&str, &str)]) -> Answer {
        http::post_form(&format!("{}/oauth2/par", self.plan.app.base), fields, Some(&self.plan.rp.basic())).await
    }
}

fn has_code(page: &Page) -> bool {
    page.url.starts_with(CALLBACK) && page.query("code").is_some()
}

/// oidcc-request-uri-signed-rs256, with a fragment that is the hash of the object; and by value, in every algorithm.
#[tokio::test]
async fn request_uri_signed_rs256() {
    let signed = Signed::start(json!({})).await;
    let flow = signed.plan.rp.flow("openid").with("state", "inside");
    let uri = signed.site.show("/object", &signed.object(&flow));
    let page = signed.beside(&[("request_uri", &format!("{uri}#a-hash")), ("state", "outside")]).await;
    assert!(has_code(&page), "{}: {}", page.url, page.text());
    assert_eq!(page.query("state").as_deref(), Some("inside"), "only what was signed counts");
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
        let key = ClientKey::of(algorithm);
        let id = format!("signer-{}", algorithm.to_lowercase());
        let rp = RelyingParty::register_with(&signed.plan.app, &id, json!({ "jwks": key.jwks(), "skip_consent": true })).await;
        let mut claims = signed.claims(&rp.flow("openid"));
        claims["iss"] = id.clone().into();
        let page = rp
            .authorize(&signed.plan.ada, &Flow { fields: Vec::new() }.with("client_id", &id).with("request", &key.sign(algorithm, &claims)))
            .await;
        assert!(has_code(&page), "{algorithm}: {}", page.url);
    }
}

/// OpenID Connect Core §6.2: what an address holds may change from one request to the next.
#[tokio::test]
async fn an_object_is_read_anew_for_each_request() {
    let signed = Signed::start(json!({})).await;
    for state in ["first", "second"] {
        let uri = signed.site.show("/object", &signed.object(&signed.plan.rp.flow("openid").with("state", state)));
        assert_eq!(signed.beside(&[("request_uri", &uri)]).await.query("state").as_deref(), Some(state));
    }
}

/// oidcc-ensure-request-object-with-redirect-uri: the address outside is not registered, the one inside is.
#[tokio::test]
async fn ensure_request_object_with_redirect_uri() {
    let signed = Signed::start(json!({})).await;
    let object = signed.object(&signed.plan.rp.flow("openid"));
    let page = signed.beside(&[("request", &object), ("redirect_uri", "https://evil.example/cb")]).await;
    assert!(has_code(&page), "{}", page.url);
    let other = signed.object(&signed.plan.rp.flow("openid").with("redirect_uri", "https://evil.example/cb"));
    let page = signed.beside(&[("request", &other), ("redirect_uri", CALLBACK)]).await;
    assert!(page.url.starts_with(&signed.plan.app.base) && page.says("invalid_request"), "{}: {}", page.url, page.text());
}

/// -unsigned-request-object-…, -request-uri-unsigned…, and everything else an object may not be.
#[tokio::test]
async fn an_object_that_is_not_sound_is_refused_and_never_ignored() {
    let signed = Signed::start(json!({ "request_object_signing_alg": "RS256" })).await;
    let flow = signed.plan.rp.flow("openid");
    let good = signed.claims(&flow);
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        signed.key.sign("RS256", &claims)
    };
    let head = |header: Value| signed.key.sign_as(&header, &good);
    for (why, object) in [
        ("it has no signature", head(json!({ "alg": "none" }))),
        ("another algorithm than the registered one", signed.key.sign("PS256", &good)),
        ("another key", ClientKey::fresh().sign("ES256", &good)),
        ("a critical extension", head(json!({ "alg": "RS256", "crit": ["exp"] }))),
        ("another kind of JWT", head(json!({ "alg": "RS256", "typ": "client-authentication+jwt" }))),
        ("it is over", with("exp", json!(START - 60))),
        ("it is not good yet", with("nbf", json!(START + 61))),
        ("for another service", with("aud", json!("https://elsewhere.example"))),
        ("of another client", with("iss", json!("other"))),
        ("about another client", with("client_id", json!("other"))),
        ("an assertion", with("sub", json!("signer"))),
        ("another object inside", with("request_uri", json!("https://rp.example/object"))),
        ("a parameter that is a list", with("scope", json!(["openid"]))),
        ("no JWT", "x".into()),
    ] {
        let page = signed.beside(&[("request", &object), ("redirect_uri", CALLBACK), ("response_type", "code"), ("state", "s")]).await;
        assert_eq!(page.query("error").as_deref(), Some("invalid_request_object"), "{why}: {} {}", page.url, page.text());
        assert_eq!(page.query("state").as_deref(), Some("s"));
        assert_eq!(page.query("code"), None);
        let page = signed.send(&object).await;
        assert!(page.url.starts_with(&signed.plan.app.base) && page.says("invalid_request_object"), "{why}: {}", page.url);
    }
    let page = signed.beside(&[("request_uri", "https://evil.example/object"), ("redirect_uri", CALLBACK)]).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request_uri"), "{}", page.url);
    signed.site.show("/object", "nonsense");
    let page = signed.beside(&[("request_uri", &signed.site.url("/object")), ("redirect_uri", CALLBACK)]).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request_object"), "{}", page.url);
}

/// fapi2 happy flow's pushed part, par-ensure-reused-request-uri-prior-to-auth-completion-succeeds, par-attempt-reuse-request_uri.
#[tokio::test]
async fn a_pushed_request_is_good_until_it_is_answered() {
    let signed = Signed::start(json!({})).await;
    let pushed = signed.push(&signed.plan.rp.flow("openid")).await;
    assert_eq!((pushed.status.as_u16(), pushed.header("cache-control")), (201, "no-store"), "{}", pushed.body);
    let expires_in = pushed.json()["expires_in"].as_u64().unwrap();
    assert!((60..=90).contains(&expires_in), "{expires_in}");
    let uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
    let anonymous = crate::support::Browser::new(&signed.plan.app.base);
    let path = format!("/oauth2/authorize?client_id=signer&request_uri={}", http::percent(&uri));
    for _ in 0..2 {
        let page = anonymous.get(&path).await;
        assert!(page.url.contains("/sign-in"), "looking uses nothing up: {}", page.url);
    }
    // par-attempt-to-use-request_uri-for-different-client
    let page = signed.plan.ada.get(&path.replace("client_id=signer", "client_id=rp")).await;
    assert!(page.says("invalid_request_uri"), "{}", page.url);
    let page = signed.beside(&[("request_uri", &uri), ("state", "outside")]).await;
    assert!(has_code(&page), "{}: {}", page.url, page.text());
    assert_eq!(page.query("state").as_deref(), Some("the-state"), "what stands beside it does not count");
    let page = signed.beside(&[("request_uri", &uri)]).await;
    assert!(page.says("invalid_request_uri") && page.query("code").is_none(), "{}", page.url);
}

/// A client that proves itself in the header need not name itself in the body, and its person may sign in first.
#[tokio::test]
async fn a_pushed_request_waits_for_its_person() {
    let signed = Signed::start(json!({})).await;
    let pushed = signed.push(&signed.plan.rp.flow("openid").without("client_id")).await;
    assert_eq!(pushed.status, 201, "{}", pushed.body);
    let uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
    let browser = signed.plan.app.browser();
    let page = browser.get(&format!("/oauth2/authorize?client_id=signer&request_uri={}", http::percent(&uri))).await;
    signed.plan.app.advance(Duration::from_secs(300));
    let page = browser.submit(&page, &[("username", "ada"), ("password", crate::support::people::PASSWORD)]).await;
    assert!(has_code(&page), "it was begun in time: {}: {}", page.url, page.text());
    assert!(signed.beside(&[("request_uri", &uri)]).await.says("invalid_request_uri"), "and is used up");
}

/// One pushed request, many browsers at once: one code.
#[tokio::test]
async fn a_pushed_request_has_one_winner() {
    let signed = std::sync::Arc::new(Signed::start(json!({})).await);
    let uri = signed.push(&signed.plan.rp.flow("openid")).await.json()["request_uri"].as_str().unwrap().to_owned();
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let (signed, uri) = (signed.clone(), uri.clone());
            tokio::spawn(async move { usize::from(has_code(&signed.beside(&[("request_uri", &uri)]).await)) })
        })
        .collect();
    let mut codes = 0;
    for one in tries {
        codes += one.await.unwrap();
    }
    assert_eq!(codes, 1);
}

/// par-attempt-to-use-expired-request_uri
#[tokio::test]
async fn a_pushed_request_ends() {
    let signed = Signed::start(json!({})).await;
    let uri = signed.push(&signed.plan.rp.flow("openid")).await.json()["request_uri"].as_str().unwrap().to_owned();
    signed.plan.app.advance(Duration::from_secs(91));
    assert!(signed.beside(&[("request_uri", &uri)]).await.says("invalid_request_uri"));
}

/// par-authorization-request-containing-request_uri(-form-param), par-attempt-invalid-http-method, ensure-request-object-without-
/// redirect-uri-fails, ensure-client-id-in-token-endpoint's counterpart: what may not be pushed.
#[tokio::test]
async fn what_may_not_be_pushed() {
    let signed = Signed::start(json!({})).await;
    let flow = signed.plan.rp.flow("openid");
    for (flow, error) in [
        (flow.clone().with("request_uri", "urn:ietf:params:oauth:request_uri:x"), "invalid_request"),
        (flow.clone().without("redirect_uri"), "invalid_request"),
        (flow.clone().with("redirect_uri", "https://evil.example/cb"), "invalid_request"),
        (flow.clone().without("code_challenge"), "invalid_request"),
        (flow.clone().with("code_challenge_method", "plain"), "invalid_request"),
        (flow.clone().with("scope", "nothing"), "invalid_scope"),
        (flow.clone().with("client_id", "rp"), "invalid_request"),
        (flow.clone().with("request", "x"), "invalid_request_object"),
    ] {
        let answer = signed.push(&flow).await;
        assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (400, Some(error)), "{}", flow.query());
    }
    let answer = http::post_form(&format!("{}/oauth2/par", signed.plan.app.base), &[("client_id", "signer")], None).await;
    assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (401, Some("invalid_client")));
    let request = axum::http::Request::put(format!("{}/oauth2/par", signed.plan.app.base)).body(Vec::new()).unwrap();
    assert_eq!(http::send(request).await.status, 405);
}

/// ensure-unsigned-authorization-request-without-using-par-fails, ensure-unsigned-request-at-par-endpoint-fails
#[tokio::test]
async fn a_client_that_pushes_and_signs_does_nothing_else() {
    let signed = Signed::start(json!({})).await;
    let key = ClientKey::of("ES256");
    let members = json!({
        "token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks(), "require_pushed_authorization_requests": true,
        "require_signed_request_object": true, "skip_consent": true,
    });
    let rp = RelyingParty::register_with(&signed.plan.app, "strict", members).await;
    let page = rp.authorize(&signed.plan.ada, &rp.flow("openid")).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"), "{}", page.url);
    let mut claims = signed.claims(&rp.flow("openid"));
    claims["iss"] = "strict".into();
    let object = key.sign("ES256", &claims);
    let page = rp.authorize(&signed.plan.ada, &rp.flow("openid").with("request", &object)).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"), "signed, but not pushed: {}", page.url);
    let push = |jti: &str, more: Vec<(String, String)>| {
        let proof = key.sign("ES256", &assertion("strict", &signed.plan.app.base, jti));
        let url = format!("{}/oauth2/par", signed.plan.app.base);
        async move {
            let mut fields = vec![("client_assertion_type", ASSERTION_TYPE), ("client_assertion", proof.as_str())];
            fields.extend(more.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            http::post_form(&url, &fields, None).await
        }
    };
    assert_eq!(push("1", rp.flow("openid").fields).await.json()["error"], "invalid_request", "pushed, but not signed");
    let pushed = push("2", vec![("request".into(), object)]).await;
    assert_eq!(pushed.status, 201, "{}", pushed.body);
    let uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
    let page = rp.authorize(&signed.plan.ada, &Flow { fields: Vec::new() }.with("client_id", "strict").with("request_uri", &uri)).await;
    assert!(has_code(&page), "{}: {}", page.url, page.text());
}
