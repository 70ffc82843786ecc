//! What staff look for is found: by how its words begin, as it is now, whoever wrote it.

use diesel::connection::SimpleConnection;
use gatehouse::db::Fault;
use gatehouse::search::{self, Kind};

use crate::on_both;

on_both! {
    async fn an_account_is_found_by_the_beginning_of_any_of_its_words(app) {
        let rosa = app.reviewer().await;
        app.active(&rosa, "ada", 1).await;
        app.active(&rosa, "bob", 2).await;
        let found = async |text: &str| {
            let page = rosa.browser.get(&format!("/staff/accounts?q={}", crate::support::http::percent(text))).await;
            (page.has_link("ada"), page.has_link("bob"))
        };
        for (text, expected) in [
            ("ad", (true, false)),
            ("BOB", (false, true)),
            ("clinic", (true, true)),
            ("clinic bo", (false, true)),
            ("ada clinic zebra", (false, false)),
            ("linic", (false, false)),
            ("070000000001", (true, false)),
            ("0700000000", (true, true)),
            ("ada@provider.example", (true, false)),
            ("bob@prov", (false, true)),
            ("provider.example", (true, true)),
            ("%", (false, false)),
            ("' OR 1=1 --", (false, false)),
            ("", (true, true)),
        ] {
            assert_eq!(found(text).await, expected, "{text:?}");
        }
    }

    /// Triggers note what changed: an older version of the service, or an operator with SQL, cannot forget to.
    async fn what_changed_under_the_index_is_found_as_it_is_now(app) {
        let rosa = app.reviewer().await;
        app.active(&rosa, "ada", 1).await;
        let found = async |text: &str| rosa.browser.get(&format!("/staff/accounts?q={text}")).await.has_link("ada");
        assert!(found("clinic").await);
        let sql = |text: &'static str| app.app.db.write(move |tx| Ok::<_, Fault>(tx.batch_execute(text)?));
        sql("UPDATE facilities SET name = 'Lakeside Home'").await.unwrap();
        assert!(found("lakeside").await && !found("clinic").await, "a facility that is renamed");
        sql("UPDATE accounts SET email = 'countess@elsewhere.example' WHERE username = 'ada'").await.unwrap();
        assert!(found("countess").await && !found("ada@provider").await, "an address that changed");
    }

    /// Several replicas bring the index up to date while addresses change: it has the last address, and no other.
    async fn many_indexers_agree(app) {
        app.reviewer().await;
        let mut last = String::new();
        for round in 0..12 {
            let mut indexers = tokio::task::JoinSet::new();
            for n in 0..8 {
                let app = app.app.clone();
                indexers.spawn(async move {
                    let change = format!("UPDATE accounts SET email = 'r{round}n{n}@lake.example'");
                    app.db.write(move |tx| Ok::<_, Fault>(tx.batch_execute(&change)?)).await.unwrap();
                    search::refresh(&app).await;
                });
            }
            indexers.join_all().await;
            search::refresh(&app.app).await;
            let read = |tx: &mut gatehouse::db::Tx| {
                use diesel::prelude::*;
                use gatehouse::db::schema::{accounts, search_words};
                let email: String = accounts::table.select(accounts::email).first(tx)?;
                let words: Vec<String> = search_words::table.filter(search_words::word.like("%@%")).select(search_words::word).load(tx)?;
                Ok::<_, Fault>((search::waiting(tx, 10)?, email, words))
            };
            let (waiting, email, words) = app.app.db.read(read).await.unwrap();
            assert_eq!((waiting, &words), (0, &vec![email.clone()]), "round {round}, after {last}");
            last = email;
        }
    }

    /// Of a word that very many have, only so many are looked at: a second word decides among them, and the page says so.
    async fn a_common_word_is_looked_at_in_part(app) {
        let rosa = app.reviewer().await;
        app.active(&rosa, "ada", 1).await;
        search::refresh(&app.app).await;
        let fill = |tx: &mut gatehouse::db::Tx| {
            for n in 0..2_500_u32 {
                let id = format!("{:032x}", n);
                let id = if matches!(tx, gatehouse::db::Tx::Sqlite(_)) { format!("x'{id}'") } else { format!("'\\x{id}'") };
                tx.batch_execute(&format!("INSERT INTO search_words (kind, subject, word) VALUES ('account', {id}, 'clinic')"))?;
            }
            Ok::<_, Fault>(())
        };
        app.app.db.write(fill).await.unwrap();
        let find = |text: &'static str| app.app.db.read(move |tx| search::find(tx, Kind::Account, text));
        let found = find("clinic").await.unwrap().unwrap();
        assert!(!found.is_all && found.subjects.len() == 2_000, "{}", found.subjects.len());
        let found = find("clinic ada").await.unwrap().unwrap();
        assert!(found.is_all && found.subjects.len() == 1, "the rare word leads");
        // The queue is looked through in its own order instead: whoever waits longest is found.
        app.apply("bob", 2).await;
        search::refresh(&app.app).await;
        let fill = |tx: &mut gatehouse::db::Tx| {
            for n in 0..2_500_u32 {
                let id = format!("ff{n:030x}");
                let id = if matches!(tx, gatehouse::db::Tx::Sqlite(_)) { format!("x'{id}'") } else { format!("'\\x{id}'") };
                tx.batch_execute(&format!("INSERT INTO search_words (kind, subject, word) VALUES ('case', {id}, 'clinic')"))?;
            }
            Ok::<_, Fault>(())
        };
        app.app.db.write(fill).await.unwrap();
        let page = rosa.browser.get("/staff/queue?q=clinic").await;
        assert!(page.says("1 case") && page.says("bob clinic"), "{}", page.text());
        let page = rosa.browser.get("/staff/accounts?q=clinic").await;
        assert!(page.says("There are more than these"), "{}", page.text());
    }
}
