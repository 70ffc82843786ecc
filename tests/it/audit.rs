//! The audit: every change tells, the chain holds, and a broken link is named.

use diesel::prelude::*;
use diesel::sql_query;

use gatehouse::audit::{self, Verified};
use gatehouse::db::Fault;
use gatehouse::db::schema::audit_events;

use crate::on_both;
use crate::support::TestApp;

async fn seal(app: &TestApp) -> Verified {
    audit::seal_all(&app.app).await.unwrap();
    audit::verify(&app.app).await.unwrap().unwrap_or_else(|broken| panic!("{broken:?}"))
}

async fn sql(app: &TestApp, statement: &'static str) {
    let changed = app.app.db.write(move |tx| Ok::<_, Fault>(sql_query(statement).execute(tx)?)).await.unwrap();
    assert!(changed > 0, "{statement}");
}

async fn broken_at(app: &TestApp) -> (i64, &'static str) {
    let broken = audit::verify(&app.app).await.unwrap().expect_err("the chain is broken");
    (broken.sequence, broken.why)
}

on_both! {
    async fn every_step_of_the_story_is_told(app) {
        let rosa = app.reviewer().await;
        app.active(&rosa, "ada", 1).await;
        let verified = seal(&app).await;
        assert_eq!(verified.unsealed, 0);
        let entries = app.app.db.read(|tx| audit::export(tx, 0, 1_000)).await.unwrap();
        assert_eq!(i64::try_from(entries.len()).unwrap(), verified.sealed);
        let actions: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
        for action in [
            "account.created", "staff.enrolment_offered", "authenticator.added", "staff.enrolled", "session.signed_in", "account.registered", "case.opened",
            "address.confirmation_sent", "case.submitted", "address.confirmed", "case.entered_review", "facility.approved", "case.approved", "account.activated",
        ] {
            assert!(actions.contains(&action), "{action} in {actions:?}");
        }
        let approved = entries.iter().find(|entry| entry.action == "case.approved").unwrap();
        assert_eq!(approved.actor_kind, "staff");
        assert!(approved.actor_id.is_some() && approved.account_id.is_some() && approved.case_id.is_some() && !approved.request_id.is_empty());
        let all = serde_json::to_string(&entries).unwrap();
        for secret in [crate::support::people::PASSWORD, "ada@provider.example", "070000000001", "2000000010", "ghm_", "ghs_", "$argon2id"] {
            assert!(!all.contains(secret), "{secret} is in the audit");
        }
    }

    async fn a_changed_event_is_named(app) {
        app.register("ada").await;
        seal(&app).await;
        sql(&app, "UPDATE audit_events SET detail = '{\"role\":\"administrator\"}' WHERE sequence = 2").await;
        assert_eq!(broken_at(&app).await, (2, "the event was changed after it was sealed"));
    }

    async fn a_removed_event_is_named(app) {
        app.register("ada").await;
        seal(&app).await;
        sql(&app, "DELETE FROM audit_events WHERE sequence = 2").await;
        assert_eq!(broken_at(&app).await, (2, "an event is missing"));
    }

    async fn a_cut_off_end_is_named(app) {
        app.register("ada").await;
        let sealed = seal(&app).await.sealed;
        sql(&app, "DELETE FROM audit_events WHERE sequence = (SELECT MAX(sequence) FROM audit_events)").await;
        assert_eq!(broken_at(&app).await, (sealed, "the newest events are missing"));
    }

    /// Whoever rewrites the whole chain still lacks the key of its MACs.
    async fn a_forged_mac_is_named(app) {
        app.register("ada").await;
        seal(&app).await;
        sql(&app, "UPDATE audit_events SET mac = digest WHERE sequence = 1").await;
        assert_eq!(broken_at(&app).await, (1, "the event was not sealed by this service"));
    }

    /// Several sealers at once make one chain.
    async fn sealers_do_not_fork_the_chain(app) {
        for n in 0..6 {
            app.register(&format!("person{n}")).await;
        }
        let sealers: Vec<_> = (0..16)
            .map(|_| {
                let (db, keyring) = (app.app.db.clone(), app.app.keyring.clone());
                tokio::spawn(async move { db.write(move |tx| audit::seal(tx, &keyring)).await })
            })
            .collect();
        for sealer in sealers {
            sealer.await.unwrap().unwrap();
        }
        let verified = seal(&app).await;
        let count: i64 = app.app.db.read(|tx| Ok::<_, Fault>(audit_events::table.count().get_result(tx)?)).await.unwrap();
        assert_eq!(verified.sealed, count);
    }
}
