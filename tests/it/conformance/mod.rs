//! One test a module of the OpenID Foundation's certification plans, named after it, driving the service as a client does.
//!
//! `docs/conformance.md` lists the modules of all plans with their state.

mod basic;
mod config;
mod dynamic;
mod hybrid;
mod implicit;
mod logout;
mod request_objects;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use serde_json::json;

use crate::support::{Browser, Page, RelyingParty, TestApp};

/// A service that serves every response type, a client that may use them all, and somebody who is signed in.
struct Plan {
    app: TestApp,
    rp: RelyingParty,
    ada: Browser,
}

impl Plan {
    async fn start() -> Self {
        let app = TestApp::configured("hybrid_responses = true\nimplicit_responses = true").await;
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let members = json!({
            "grant_types": ["authorization_code", "implicit", "refresh_token"],
            "response_types": ["code", "code id_token", "code token", "code id_token token", "id_token", "id_token token"],
        });
        let rp = RelyingParty::register_with(&app, "rp", members).await;
        Self { app, rp, ada }
    }

    /// Where a request of this type ends, consent given.
    async fn answer(&self, response_type: &str, scope: &str) -> Page {
        self.rp.authorize(&self.ada, &self.rp.flow(scope).with("response_type", response_type)).await
    }
}

/// `at_hash`, `c_hash`: the left half of the SHA-256 (OpenID Connect Core §3.3.2.11).
fn half_hash(text: &str) -> String {
    B64.encode(&digest(&SHA256, text.as_bytes()).as_ref()[..16])
}
