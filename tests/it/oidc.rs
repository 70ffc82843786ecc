//! The OpenID Provider, as an independent relying party sees it.

use std::time::Duration;

use serde_json::json;

use crate::on_both;
use crate::support::people::PASSWORD;
use crate::support::relying_party::{CALLBACK, VERIFIER};
use crate::support::{RelyingParty, TestApp, http};

const FACILITY: &str = "openid profile email phone facility roles";

on_both! {
    async fn a_code_flow_gives_the_facility_the_account_acts_for(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        let page = rp.authorize(&ada, &rp.flow(FACILITY)).await;
        assert!(page.url.starts_with(CALLBACK), "{}", page.url);
        assert_eq!(page.query("state").as_deref(), Some("the-state"));
        assert_eq!(page.query("iss").as_deref(), Some(app.base.as_str()), "RFC 9207");
        let answer = rp.exchange(&page.query("code").unwrap()).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        let tokens = answer.json();
        assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(600)));
        let (header, claims) = rp.verified(tokens["id_token"].as_str().unwrap()).await;
        assert_eq!(header["alg"], "RS256");
        assert_eq!(claims["iss"], app.base.as_str());
        assert_eq!(claims["nonce"], "the-nonce");
        assert_eq!(claims["acr"], "urn:gatehouse:acr:1");
        assert_eq!(claims["amr"], json!(["pwd"]));
        assert!(claims["sid"].is_string() && claims["auth_time"].is_i64() && claims["at_hash"].is_string());
        let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
        assert!(!names.iter().any(|n| ["name", "email", "medicaid_id"].contains(&n.as_str())), "openid's claims alone: {names:?}");
        let info = rp.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
        assert_eq!(info["sub"], claims["sub"]);
        for (claim, value) in [
            ("facility_name", json!("ada clinic")),
            ("facility_type", json!("Individual practitioner")),
            ("organization_type", json!("provider")),
            ("medicaid_id", json!("070000000001")),
            ("npi", json!("2000000010")),
            ("registration_status", json!("approved")),
            ("name", json!("Ada O'Hara")),
            ("given_name", json!("Ada")),
            ("preferred_username", json!("ada")),
            ("zoneinfo", json!("America/Chicago")),
            ("email", json!("ada@provider.example")),
            ("email_verified", json!(true)),
            ("phone_number", json!("217-555-0142")),
            ("roles", json!(["provider"])),
        ] {
            assert_eq!(info[claim], value, "{claim} of {info}");
        }
    }

    /// PRODUCT §2.1: only Gatehouse, until staff decide.
    async fn the_gate_stands_in_front_of_authorize(app) {
        let rosa = app.reviewer().await;
        let rp = RelyingParty::register(&app, "rp").await;
        let (draft, _) = app.register("dora").await;
        let pending = app.apply("ada", 1).await;
        for browser in [&draft, &pending] {
            let page = browser.get(&rp.flow("openid").path()).await;
            assert!(page.url.contains("/status"), "{}", page.url);
            let page = browser.get(&rp.flow("openid").with("prompt", "none").path()).await;
            assert_eq!(page.query("error").as_deref(), Some("interaction_required"), "{}", page.url);
            assert_eq!(page.query("code"), None);
        }
        let path = app.case_path(&rosa, "ada").await;
        let case = rosa.browser.get(&path).await;
        rosa.browser.submit(&case, &[("decision", "return"), ("reason", "x")]).await;
        let page = pending.get(&rp.flow("openid").with("prompt", "none").path()).await;
        assert_eq!(page.query("error").as_deref(), Some("interaction_required"), "returned");
        pending.submit(&pending.get("/profile").await, &[]).await;
        let case = rosa.browser.get(&path).await;
        rosa.browser.submit(&case, &[("decision", "deny"), ("reason", "x")]).await;
        let page = pending.get(&rp.flow("openid").with("prompt", "none").path()).await;
        assert_eq!(page.query("error").as_deref(), Some("interaction_required"), "denied");
    }

    /// Suspension stops every use of what was issued before, at once.
    async fn suspension_ends_tokens_everywhere(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        let tokens = rp.tokens(&ada, "openid offline_access").await;
        let unused = rp.code(&ada, "openid").await;
        let access = tokens["access_token"].as_str().unwrap();
        assert!(rp.is_active(access).await);
        app.suspend(&rosa, "ada").await;
        assert!(!rp.is_active(access).await);
        assert_eq!(rp.userinfo(access).await.status, 401);
        assert_eq!(rp.exchange(&unused).await.json()["error"], "invalid_grant");
        assert_eq!(rp.refresh(tokens["refresh_token"].as_str().unwrap()).await.json()["error"], "invalid_grant");
        // Reactivated, the person signs in anew; what was issued before stays dead.
        let accounts = rosa.browser.get("/staff/accounts?q=ada").await;
        let account = rosa.browser.get(&accounts.link("ada")).await;
        rosa.browser.submit(&account, &[]).await;
        assert!(!rp.is_active(access).await);
        assert_eq!(rp.refresh(tokens["refresh_token"].as_str().unwrap()).await.json()["error"], "invalid_grant");
    }

    async fn a_facility_that_is_not_valid_today_closes_the_gate(app) {
        let rosa = app.reviewer().await;
        let ada = app.apply("ada", 1).await;
        let path = app.case_path(&rosa, "ada").await;
        let page = rosa.browser.get(&path).await;
        rosa.browser.submit(&page, &[("valid_from", "2026-03-03"), ("valid_to", "2026-03-03")]).await;
        let rp = RelyingParty::register(&app, "rp").await;
        let tokens = rp.tokens(&ada, "openid").await;
        let access = tokens["access_token"].as_str().unwrap();
        assert!(rp.is_active(access).await);
        // 9:00 in Chicago; its last day ends fifteen hours later.
        app.advance(Duration::from_secs(15 * 3_600 - 300));
        app.sign_in(&ada, "ada", PASSWORD).await;
        let tokens = rp.tokens(&ada, "openid").await;
        let late = tokens["access_token"].as_str().unwrap();
        assert!(rp.is_active(late).await);
        app.advance(Duration::from_secs(300));
        assert!(!rp.is_active(late).await, "the day is over");
    }

    /// RFC 6749 §4.1.2: what a replayed code gave is revoked, whatever the answer.
    async fn a_replayed_code_ends_what_it_gave(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        let code = rp.code(&ada, "openid offline_access").await;
        let tokens = rp.exchange(&code).await.json();
        let again = rp.exchange(&code).await;
        assert_eq!((again.status.as_u16(), &again.json()["error"]), (400, &json!("invalid_grant")));
        assert!(!rp.is_active(tokens["access_token"].as_str().unwrap()).await);
        assert_eq!(rp.refresh(tokens["refresh_token"].as_str().unwrap()).await.json()["error"], "invalid_grant");
    }

    async fn a_code_is_bound_to_client_redirect_uri_and_verifier(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        let thief = RelyingParty::register(&app, "thief").await;
        let code = rp.code(&ada, "openid").await;
        let wrong = |uri: &'static str, verifier: &'static str| {
            let (rp, code) = (rp.clone(), code.clone());
            async move {
                let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", uri), ("code_verifier", verifier)];
                rp.token(&fields).await.json()["error"].clone()
            }
        };
        assert_eq!(thief.exchange(&code).await.json()["error"], "invalid_grant");
        assert_eq!(wrong("https://rp.example/other?kept=1", VERIFIER).await, "invalid_grant");
        assert_eq!(wrong(CALLBACK, "another-verifier-that-is-long-enough-to-be-allowed").await, "invalid_grant");
        assert_eq!(rp.exchange(&code).await.status, 200, "nobody burned it");
        let late = rp.code(&ada, "openid").await;
        app.advance(Duration::from_secs(60));
        assert_eq!(rp.exchange(&late).await.json()["error"], "invalid_grant", "a minute");
    }

    async fn refresh_rotates_and_a_replay_ends_the_family(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        let first = rp.tokens(&ada, "openid email offline_access").await;
        app.advance(Duration::from_secs(5));
        let second = rp.refresh(first["refresh_token"].as_str().unwrap()).await.json();
        assert_ne!(first["refresh_token"], second["refresh_token"]);
        let (_, one) = rp.verified(first["id_token"].as_str().unwrap()).await;
        let (_, two) = rp.verified(second["id_token"].as_str().unwrap()).await;
        for same in ["iss", "sub", "aud", "auth_time"] {
            assert_eq!(one[same], two[same]);
        }
        assert_eq!(two["iat"].as_i64(), one["iat"].as_i64().map(|iat| iat + 5));
        assert_eq!(two.get("nonce"), None, "Core §12.2");
        let fields = [("grant_type", "refresh_token"), ("refresh_token", second["refresh_token"].as_str().unwrap()), ("scope", "openid profile")];
        assert_eq!(rp.token(&fields).await.json()["error"], "invalid_scope");
        let fields = [fields[0], fields[1], ("scope", "openid")];
        let third = rp.token(&fields).await.json();
        assert_eq!(third["scope"], "openid", "asking for more left it unused");
        let replay = rp.refresh(first["refresh_token"].as_str().unwrap()).await;
        assert_eq!(replay.json()["error"], "invalid_grant");
        assert_eq!(rp.refresh(third["refresh_token"].as_str().unwrap()).await.json()["error"], "invalid_grant", "the family ended");
        assert!(!rp.is_active(third["access_token"].as_str().unwrap()).await);
        let thief = RelyingParty::register(&app, "thief").await;
        let tokens = rp.tokens(&ada, "openid offline_access").await;
        assert_eq!(thief.refresh(tokens["refresh_token"].as_str().unwrap()).await.json()["error"], "invalid_grant");
        assert_eq!(rp.refresh(tokens["refresh_token"].as_str().unwrap()).await.status, 200, "a thief kills no family");
    }

    /// Off by default; a repeat within it gets the same successor while nobody used that.
    async fn a_grace_answers_a_repeat_with_the_same_successor(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register_with(&app, "rp", json!({ "refresh_reuse_grace_seconds": 30 })).await;
        let first = rp.tokens(&ada, "openid offline_access").await;
        let first = first["refresh_token"].as_str().unwrap();
        let second = rp.refresh(first).await.json();
        app.advance(Duration::from_secs(29));
        let repeat = rp.refresh(first).await.json();
        assert_eq!(second["refresh_token"], repeat["refresh_token"]);
        rp.refresh(second["refresh_token"].as_str().unwrap()).await;
        assert_eq!(rp.refresh(first).await.json()["error"], "invalid_grant", "the successor was used");
        let first = rp.tokens(&ada, "openid offline_access").await;
        let first = first["refresh_token"].as_str().unwrap();
        rp.refresh(first).await;
        app.advance(Duration::from_secs(30));
        assert_eq!(rp.refresh(first).await.json()["error"], "invalid_grant", "the grace is over");
    }

    /// Without offline_access a grant ends with its session: at sign-out or the absolute limit, never by idling.
    async fn a_grant_ends_with_its_session(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        let bound = rp.tokens(&ada, "openid").await;
        let offline = rp.tokens(&ada, "openid offline_access").await;
        assert_eq!(bound.get("refresh_token"), None);
        app.sign_out(&ada).await;
        assert!(!rp.is_active(bound["access_token"].as_str().unwrap()).await);
        assert!(rp.is_active(offline["access_token"].as_str().unwrap()).await);
        assert_eq!(rp.refresh(offline["refresh_token"].as_str().unwrap()).await.status, 200);
    }

    async fn a_changed_password_ends_offline_grants_too(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        let tokens = rp.tokens(&ada, "openid offline_access").await;
        app.advance(Duration::from_secs(1));
        let page = ada.get("/security/password").await;
        let new = "nine loud kettles on a roof";
        ada.submit(&page, &[("password", new), ("confirm_password", new)]).await;
        assert_eq!(rp.refresh(tokens["refresh_token"].as_str().unwrap()).await.json()["error"], "invalid_grant");
        assert!(!rp.is_active(tokens["access_token"].as_str().unwrap()).await);
        app.advance(Duration::from_secs(1));
        assert!(rp.is_active(rp.tokens(&ada, "openid").await["access_token"].as_str().unwrap()).await, "this session goes on");
    }

    async fn introspection_keeps_its_rules(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        let rs = RelyingParty::register_with(&app, "rs", json!({ "allow_introspection": ["https://api.example"], "scope": "facility" })).await;
        let all = RelyingParty::register_with(&app, "all", json!({ "allow_introspection": true, "scope": "" })).await;
        let other = RelyingParty::register(&app, "other").await;
        let tokens = rp.tokens(&ada, "openid profile facility offline_access").await;
        let (access, refresh) = (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
        let seen = rs.introspect(access).await;
        for always in ["active", "client_id", "sub", "aud", "iss", "exp", "iat", "scope", "token_type", "jti", "username"] {
            assert!(seen.get(always).is_some(), "{always} in {seen}");
        }
        assert_eq!((&seen["aud"], &seen["client_id"], &seen["username"]), (&json!("https://api.example"), &json!("rp"), &json!("ada")));
        assert_eq!(seen["facility_name"], "ada clinic", "the token's scopes within the caller's");
        assert_eq!(seen.get("name"), None);
        assert_eq!(all.introspect(access).await.get("facility_name"), None, "none registered: none");
        assert!(!other.is_active(access).await, "another's token");
        assert!(!rp.is_active(refresh).await, "without its hint");
        let hinted = async |rp: &RelyingParty| {
            let fields = [("token", refresh), ("token_type_hint", "refresh_token")];
            http::post_form(&format!("{}/oauth2/introspect", app.base), &fields, Some(&rp.basic())).await.json()["active"].clone()
        };
        assert_eq!((hinted(&rp).await, hinted(&all).await), (json!(true), json!(false)), "for its own client only");
        for junk in ["", "x", "gha_", "gha_AAAA", &access[..access.len() - 1], &format!("{access}A")] {
            let answer = http::post_form(&format!("{}/oauth2/introspect", app.base), &[("token", junk)], Some(&rp.basic())).await;
            match junk {
                "" => assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (400, &json!("invalid_request"))),
                _ => assert_eq!(answer.json(), json!({ "active": false }), "{junk}"),
            }
        }
        let unknown = http::post_form(&format!("{}/oauth2/introspect", app.base), &[("token", access)], Some("Basic eDp5")).await;
        assert_eq!((unknown.status.as_u16(), unknown.header("www-authenticate").starts_with("Basic")), (401, true));
        app.advance(Duration::from_secs(600));
        assert!(!rp.is_active(access).await, "expired");
    }

    async fn revocation_ends_one_token_or_the_family(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let (rp, other) = (RelyingParty::register(&app, "rp").await, RelyingParty::register(&app, "other").await);
        let revoke = async |rp: &RelyingParty, token: &str| {
            http::post_form(&format!("{}/oauth2/revoke", app.base), &[("token", token)], Some(&rp.basic())).await.status.as_u16()
        };
        let tokens = rp.tokens(&ada, "openid offline_access").await;
        let (access, refresh) = (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
        assert_eq!(revoke(&other, access).await, 200);
        assert!(rp.is_active(access).await, "another client revokes nothing");
        assert_eq!(revoke(&rp, "never-issued").await, 200);
        assert_eq!(revoke(&rp, access).await, 200);
        assert!(!rp.is_active(access).await);
        let second = rp.refresh(refresh).await.json();
        assert!(rp.is_active(second["access_token"].as_str().unwrap()).await, "the family goes on");
        assert_eq!(revoke(&rp, second["refresh_token"].as_str().unwrap()).await, 200);
        assert!(!rp.is_active(second["access_token"].as_str().unwrap()).await);
        assert_eq!(rp.refresh(second["refresh_token"].as_str().unwrap()).await.json()["error"], "invalid_grant");
    }

    async fn client_credentials_are_for_the_client_itself(app) {
        let rp = RelyingParty::register(&app, "machine").await;
        let answer = rp.token(&[("grant_type", "client_credentials"), ("scope", "api"), ("resource", "https://api.example")]).await.json();
        assert_eq!((answer.get("refresh_token"), answer.get("id_token")), (None, None));
        let seen = rp.introspect(answer["access_token"].as_str().unwrap()).await;
        assert_eq!((&seen["sub"], &seen["aud"], &seen["scope"]), (&json!("machine"), &json!("https://api.example"), &json!("api")));
        assert_eq!(seen.get("username"), None);
        assert_eq!(rp.userinfo(answer["access_token"].as_str().unwrap()).await.status, 403, "no person, no userinfo");
        for (fields, error) in [
            (vec![("resource", "https://other.example")], "invalid_target"),
            (vec![("scope", "openid")], "invalid_scope"),
            (vec![("scope", "admin")], "invalid_scope"),
        ] {
            let fields: Vec<_> = std::iter::once(("grant_type", "client_credentials")).chain(fields).collect();
            assert_eq!(rp.token(&fields).await.json()["error"], error);
        }
    }

    /// Two exchanges of one account in the same second give two different tokens.
    async fn no_two_tokens_are_alike(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        let (one, two) = (rp.tokens(&ada, "openid offline_access").await, rp.tokens(&ada, "openid offline_access").await);
        assert_ne!(one["access_token"], two["access_token"]);
        assert_ne!(one["refresh_token"], two["refresh_token"]);
        assert!(rp.is_active(one["access_token"].as_str().unwrap()).await && rp.is_active(two["access_token"].as_str().unwrap()).await);
    }

    async fn prompts_and_max_age(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        let first = rp.tokens(&ada, "openid").await;
        let (_, first) = rp.verified(first["id_token"].as_str().unwrap()).await;
        let error = |page: crate::support::Page| page.query("error").unwrap_or_default();
        assert_eq!(error(app.browser().get(&rp.flow("openid").with("prompt", "none").path()).await), "login_required");
        assert_eq!(error(ada.get(&rp.flow("openid profile").with("prompt", "none").path()).await), "consent_required");
        let page = ada.get(&rp.flow("openid").with("prompt", "none").path()).await;
        let silent = rp.exchange(&page.query("code").unwrap()).await.json();
        let (_, silent) = rp.verified(silent["id_token"].as_str().unwrap()).await;
        assert_eq!(silent["auth_time"], first["auth_time"], "consent is remembered, and nobody signed in anew");
        app.advance(Duration::from_secs(10));
        assert_eq!(error(ada.get(&rp.flow("openid").with("prompt", "none").with("max_age", "5").path()).await), "login_required");
        for again in [rp.flow("openid").with("prompt", "login"), rp.flow("openid").with("max_age", "5")] {
            app.advance(Duration::from_secs(10));
            let page = ada.get(&again.path()).await;
            assert_eq!(page.title(), "Sign in with a local account", "{}", page.text());
            let page = ada.submit(&page, &[("username", "ada"), ("password", PASSWORD)]).await;
            let tokens = rp.exchange(&page.query("code").unwrap_or_else(|| panic!("{}", page.url))).await.json();
            let (_, claims) = rp.verified(tokens["id_token"].as_str().unwrap()).await;
            assert!(claims["auth_time"].as_i64() > first["auth_time"].as_i64());
        }
        let page = ada.get(&rp.flow("openid").with("prompt", "consent").path()).await;
        assert!(page.title().starts_with("Continue to"), "{}", page.text());
        let page = ada.submit(&page, &[("decision", "deny")]).await;
        assert_eq!((page.query("error").as_deref(), page.query("state").as_deref()), (Some("access_denied"), Some("the-state")));
        // A hint names whom the page expects; a hint of somebody else is not answered silently.
        let hint = rp.tokens(&ada, "openid").await["id_token"].as_str().unwrap().to_owned();
        let page = ada.get(&rp.flow("openid").with("prompt", "none").with("id_token_hint", &hint).path()).await;
        assert!(page.query("code").is_some(), "{}", page.url);
        let bob = app.active(&rosa, "bob", 2).await;
        let page = bob.get(&rp.flow("openid").with("prompt", "none").with("id_token_hint", &hint).path()).await;
        assert_eq!(error(page), "login_required");
        let page = app.browser().get(&rp.flow("openid").with("login_hint", "buffy@127.0.0.1").path()).await;
        assert!(page.html.contains("value=\"buffy@127.0.0.1\""), "an unknown hint is no error");
    }

    async fn an_answer_by_form_post(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        rp.code(&ada, "openid").await;
        let page = ada.get(&rp.flow("openid").with("response_mode", "form_post").path()).await;
        let form = page.form();
        assert_eq!(form.action, CALLBACK);
        let names: Vec<&str> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["code", "session_state", "state", "iss"]);
        assert!(page.headers["content-security-policy"].to_str().unwrap().contains("script-src 'sha256-"));
        let page = ada.get(&rp.flow("openid").with("response_mode", "form_post").with("prompt", "none login").path()).await;
        assert_eq!(page.form().fields[0], ("error".into(), "invalid_request".into()));
    }

    async fn es256_and_public_clients(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let members = json!({
            "token_endpoint_auth_method": "none", "grant_types": ["authorization_code"], "id_token_signed_response_alg": "ES256", "id_token_claims": true,
        });
        let rp = RelyingParty::register_with(&app, "spa", members).await;
        let code = rp.code(&ada, "openid facility").await;
        let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER), ("client_id", "spa")];
        let tokens = http::post_form(&format!("{}/oauth2/token", app.base), &fields, None).await.json();
        let (header, claims) = rp.verified(tokens["id_token"].as_str().unwrap()).await;
        assert_eq!((&header["alg"], &claims["facility_name"]), (&json!("ES256"), &json!("ada clinic")));
        let page = rp.authorize(&ada, &rp.flow("openid offline_access")).await;
        let fields = [fields[0], ("code", &page.query("code").unwrap()), fields[2], fields[3], fields[4]];
        let tokens = http::post_form(&format!("{}/oauth2/token", app.base), &fields, None).await.json();
        assert_eq!(tokens.get("refresh_token"), None, "not registered for it");
        let answer = http::post_form(&format!("{}/oauth2/introspect", app.base), &[("token", "x"), ("client_id", "spa")], None).await;
        assert_eq!(answer.status, 401, "a public client may not introspect");
    }

    async fn keys_rotate_without_a_restart(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        let before = rp.tokens(&ada, "openid").await;
        let kids = gatehouse::oidc::rotate(&app.app, &app.ctx(), gatehouse::keyring::Algorithm::ALL, std::time::Duration::ZERO, None).await.unwrap();
        assert_eq!(kids.len(), 4);
        // The other replicas follow within a second.
        tokio::time::sleep(std::time::Duration::from_millis(1_300)).await;
        let after = rp.tokens(&ada, "openid").await;
        let (old, _) = rp.verified(before["id_token"].as_str().unwrap()).await;
        let (new, _) = rp.verified(after["id_token"].as_str().unwrap()).await;
        assert_ne!(old["kid"], new["kid"], "both verify with what is published");
        assert!(kids.contains(&new["kid"].as_str().unwrap().to_owned()));
        let jwks = http::get(&format!("{}/oauth2/jwks", app.base), None).await.json();
        assert_eq!(jwks["keys"].as_array().unwrap().len(), 8);
        for key in jwks["keys"].as_array().unwrap() {
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert_eq!(key.get(private), None, "no private part is published");
            }
        }
    }

    async fn a_relying_party_signs_people_out(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        let id_token = rp.tokens(&ada, "openid").await["id_token"].as_str().unwrap().to_owned();
        let logout = |fields: &[(&str, &str)]| format!("/oauth2/logout?{}", http::encode(fields));
        // None of these redirects anywhere.
        let tampered = format!("{}x", &id_token[..id_token.len() - 1]);
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", id_token.split('.').nth(1).unwrap());
        for wrong in [
            vec![("post_logout_redirect_uri", "https://rp.example/bye")],
            vec![("id_token_hint", id_token.as_str()), ("post_logout_redirect_uri", "https://rp.example/bye?foo=bar")],
            vec![("id_token_hint", id_token.as_str()), ("post_logout_redirect_uri", "https://evil.example/")],
            vec![("id_token_hint", tampered.as_str()), ("post_logout_redirect_uri", "https://rp.example/bye")],
            vec![("id_token_hint", unsigned.as_str()), ("post_logout_redirect_uri", "https://rp.example/bye")],
            vec![("id_token_hint", id_token.as_str()), ("client_id", "other"), ("post_logout_redirect_uri", "https://rp.example/bye")],
        ] {
            let page = ada.get(&logout(&wrong)).await;
            assert_eq!((page.status.as_u16(), page.url.starts_with(&app.base)), (400, true), "{wrong:?}: {}", page.url);
            assert!(page.says("invalid_request"), "the error code stands on the page");
        }
        assert_eq!(ada.get("/").await.title(), "Portal home", "and nobody was signed out");
        // Without a hint the person is asked.
        let page = ada.get("/oauth2/logout").await;
        assert_eq!(page.title(), "Sign out");
        assert_eq!(ada.submit(&page, &[("logout", "no")]).await.title(), "Portal home");
        let page = ada.post("/oauth2/logout", &[("logout", "yes")]).await;
        assert_eq!(page.status, 403, "an answer from elsewhere does not count");
        let page = ada.get(&logout(&[("id_token_hint", &id_token), ("post_logout_redirect_uri", "https://rp.example/bye"), ("state", "s/1")])).await;
        assert_eq!(page.url, "https://rp.example/bye?state=s%2F1");
        assert_eq!(ada.get("/").await.title(), "Sign in with a local account");
        let page = ada.get(&logout(&[("id_token_hint", &id_token), ("post_logout_redirect_uri", "https://rp.example/bye")])).await;
        assert_eq!(page.url, "https://rp.example/bye", "a second time is no error, and no state comes back");
    }

    async fn consent_is_withdrawn_with_all_it_gave(app) {
        let rosa = app.reviewer().await;
        let ada = app.active(&rosa, "ada", 1).await;
        let rp = RelyingParty::register(&app, "rp").await;
        let tokens = rp.tokens(&ada, "openid offline_access").await;
        let page = ada.get("/security/applications").await;
        assert!(page.says("Application rp"), "{}", page.text());
        ada.submit(&page, &[]).await;
        assert!(!rp.is_active(tokens["access_token"].as_str().unwrap()).await);
        assert_eq!(rp.refresh(tokens["refresh_token"].as_str().unwrap()).await.json()["error"], "invalid_grant");
        let page = ada.get(&rp.flow("openid").path()).await;
        assert!(page.title().starts_with("Continue to"), "it is asked for anew");
    }

    async fn staff_sign_in_to_applications_by_their_role(app) {
        let rosa = app.reviewer().await;
        let rp = RelyingParty::register(&app, "rp").await;
        let tokens = rp.tokens(&rosa.browser, "openid roles facility").await;
        let (_, claims) = rp.verified(tokens["id_token"].as_str().unwrap()).await;
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!("urn:gatehouse:acr:2"), &json!(["pwd", "otp", "mfa"])));
        let info = rp.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
        assert_eq!((&info["roles"], info.get("facility_id")), (&json!(["reviewer"]), None));
    }
}

#[tokio::test]
async fn the_kept_request_is_answered_once() {
    let app = TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    let ada = app.active(&rosa, "ada", 1).await;
    let rp = RelyingParty::register(&app, "rp").await;
    let consent = ada.get(&rp.flow("openid").path()).await;
    let page = ada.submit(&consent, &[]).await;
    assert!(page.query("code").is_some());
    let again = ada.submit(&consent, &[]).await;
    assert_eq!((again.status.as_u16(), again.says("invalid_request")), (400, true), "{}", again.text());
}

#[tokio::test]
async fn userinfo_takes_the_token_in_one_way() {
    let app = TestApp::on_sqlite().await;
    let rosa = app.reviewer().await;
    let ada = app.active(&rosa, "ada", 1).await;
    let rp = RelyingParty::register(&app, "rp").await;
    let tokens = rp.tokens(&ada, "openid").await;
    let access = tokens["access_token"].as_str().unwrap();
    let place = format!("{}/oauth2/userinfo", app.base);
    let bearer = format!("Bearer {access}");
    assert_eq!(http::post_form(&place, &[("access_token", access)], None).await.status, 200);
    assert_eq!(http::post_form(&place, &[], Some(&bearer)).await.status, 200);
    assert_eq!(http::post_form(&place, &[("access_token", access)], Some(&bearer)).await.status, 400);
    let none = http::get(&place, None).await;
    assert_eq!((none.status.as_u16(), none.header("www-authenticate")), (401, "Bearer"));
    let bad = http::get(&place, Some("Bearer nonsense")).await;
    assert!(bad.header("www-authenticate").contains("invalid_token"), "{}", bad.header("www-authenticate"));
}
