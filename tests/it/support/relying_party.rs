//! A relying party of our own, which knows only what the RFCs say.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as B64};
use serde_json::{Value, json};

use super::http::{self, Answer, encode};
use super::{Browser, Page, TestApp};

pub const CALLBACK: &str = "https://rp.example/cb";
pub const VERIFIER: &str = "a-code-verifier-that-is-long-enough-to-be-allowed-0123456789";

/// A registered client and its secret.
#[derive(Clone)]
pub struct RelyingParty {
    pub base: String,
    pub id: String,
    pub secret: String,
}

/// One authorization request, to be changed by a test before it is sent.
#[derive(Clone)]
pub struct Flow {
    pub fields: Vec<(String, String)>,
}

impl RelyingParty {
    /// A confidential client that may do all there is.
    pub async fn register(app: &TestApp, id: &str) -> Self {
        Self::register_with(app, id, json!({})).await
    }

    /// The same, with further or other members.
    pub async fn register_with(app: &TestApp, id: &str, members: Value) -> Self {
        let mut document = json!({
            "client_id": id,
            "client_name": format!("Application {id}"),
            "redirect_uris": [CALLBACK, "https://rp.example/other?kept=1"],
            "post_logout_redirect_uris": ["https://rp.example/bye"],
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
            "scope": "openid profile email phone facility roles offline_access api",
            "resources": ["https://api.example"],
        });
        for (name, value) in members.as_object().unwrap() {
            document[name] = value.clone();
        }
        let secret = app.client(document).await.unwrap_or_default();
        Self { base: app.base.clone(), id: id.to_owned(), secret }
    }

    pub fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", http::percent(&self.id), http::percent(&self.secret))))
    }

    /// An authorization request with PKCE, a state and a nonce.
    pub fn flow(&self, scope: &str) -> Flow {
        let challenge = B64.encode(digest(&SHA256, VERIFIER.as_bytes()).as_ref());
        Flow { fields: Vec::new() }
            .with("response_type", "code")
            .with("client_id", &self.id)
            .with("redirect_uri", CALLBACK)
            .with("scope", scope)
            .with("state", "the-state")
            .with("nonce", "the-nonce")
            .with("code_challenge", &challenge)
            .with("code_challenge_method", "S256")
    }

    /// Goes through consent where it is asked for; the page it ends at.
    pub async fn authorize(&self, browser: &Browser, flow: &Flow) -> Page {
        let page = browser.get(&flow.path()).await;
        if page.url.contains("/consent?") { browser.submit(&page, &[]).await } else { page }
    }

    /// The code of a flow that succeeds.
    pub async fn code(&self, browser: &Browser, scope: &str) -> String {
        let page = self.authorize(browser, &self.flow(scope)).await;
        page.query("code").unwrap_or_else(|| panic!("no code at {}: {}", page.url, page.text()))
    }

    pub async fn token(&self, fields: &[(&str, &str)]) -> Answer {
        http::post_form(&format!("{}/oauth2/token", self.base), fields, Some(&self.basic())).await
    }

    pub async fn exchange(&self, code: &str) -> Answer {
        self.token(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)]).await
    }

    /// The token response of a whole flow.
    pub async fn tokens(&self, browser: &Browser, scope: &str) -> Value {
        let answer = self.exchange(&self.code(browser, scope).await).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    pub async fn introspect(&self, token: &str) -> Value {
        let answer = http::post_form(&format!("{}/oauth2/introspect", self.base), &[("token", token)], Some(&self.basic())).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    pub async fn is_active(&self, token: &str) -> bool {
        let answer = self.introspect(token).await;
        if answer["active"] == false {
            assert_eq!(answer, json!({ "active": false }), "an inactive answer says nothing else");
        }
        answer["active"] == true
    }

    pub async fn userinfo(&self, token: &str) -> Answer {
        http::get(&format!("{}/oauth2/userinfo", self.base), Some(&format!("Bearer {token}"))).await
    }

    /// The claims of an ID token whose signature verifies with a published key.
    pub async fn verified(&self, id_token: &str) -> (Value, Value) {
        let parts: Vec<&str> = id_token.split('.').collect();
        let header: Value = serde_json::from_slice(&B64.decode(parts[0]).unwrap()).unwrap();
        let jwks = http::get(&format!("{}/oauth2/jwks", self.base), None).await.json();
        let key = jwks["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).expect("the key is published").clone();
        let message = format!("{}.{}", parts[0], parts[1]);
        let signature = B64.decode(parts[2]).unwrap();
        let part = |name: &str| B64.decode(key[name].as_str().unwrap()).unwrap();
        let good = match header["alg"].as_str().unwrap() {
            "RS256" => RsaPublicKeyComponents { n: part("n"), e: part("e") }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature)
                .is_ok(),
            "ES256" => {
                let point = [&[4][..], &part("x"), &part("y")].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message.as_bytes(), &signature).is_ok()
            }
            "PS256" => RsaPublicKeyComponents { n: part("n"), e: part("e") }
                .verify(&RSA_PSS_2048_8192_SHA256, message.as_bytes(), &signature)
                .is_ok(),
            "EdDSA" => UnparsedPublicKey::new(&ED25519, part("x")).verify(message.as_bytes(), &signature).is_ok(),
            other => panic!("{other}"),
        };
        assert_eq!(key["alg"], header["alg"], "a key signs in one way");
        assert!(good, "the signature verifies");
        (header, serde_json::from_slice(&B64.decode(parts[1]).unwrap()).unwrap())
    }
}

impl Flow {
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    pub fn query(&self) -> String {
        let fields: Vec<(&str, &str)> = self.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        encode(&fields)
    }

    pub fn path(&self) -> String {
        format!("/oauth2/authorize?{}", self.query())
    }
}
