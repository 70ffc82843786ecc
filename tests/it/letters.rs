//! Letters: kept until somebody took them, tried again, and dead only in the open.

use std::time::Duration;

use gatehouse::db::Fault;
use gatehouse::mail::{Transport, deliver_due};
use gatehouse::outbox;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::on_both;
use crate::support::TestApp;
use crate::support::people::{filled, profile};

async fn smtp(rcpt: &'static str) -> (u16, mpsc::UnboundedReceiver<String>) {
    slow_smtp(rcpt, Duration::ZERO).await
}

/// A mail server for one test: answers RCPT as it is told, and hands on what it accepts, before it says so.
async fn slow_smtp(rcpt: &'static str, thinks: Duration) -> (u16, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (accepted, messages) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let accepted = accepted.clone();
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                let mut lines = BufReader::new(read).lines();
                let mut message: Option<String> = None;
                write.write_all(b"220 test\r\n").await.unwrap();
                while let Ok(Some(line)) = lines.next_line().await {
                    let answer = match (&mut message, line.as_str()) {
                        (Some(_), ".") => {
                            accepted.send(message.take().unwrap()).unwrap();
                            tokio::time::sleep(thinks).await;
                            "250 taken\r\n".to_owned()
                        }
                        (Some(text), line) => {
                            text.push_str(line.strip_prefix('.').filter(|l| l.starts_with('.')).unwrap_or(line));
                            text.push('\n');
                            continue;
                        }
                        (None, "DATA") => {
                            message = Some(String::new());
                            "354 go on\r\n".to_owned()
                        }
                        (None, line) if line.starts_with("RCPT") => format!("{rcpt}\r\n"),
                        (None, "QUIT") => "221 bye\r\n".to_owned(),
                        (None, _) => "250 fine\r\n".to_owned(),
                    };
                    if write.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (port, messages)
}

/// The app's courier, speaking to another mail server than its own folder.
fn transport(app: &TestApp, port: u16) -> Transport {
    let mut config = (*app.app.config).clone();
    config.mail = gatehouse::config::MailUrl::parse(&format!("smtp://127.0.0.1:{port}")).unwrap();
    Transport::open(&config).unwrap()
}

async fn counts(app: &TestApp) -> (i64, i64) {
    let counts = app.app.db.read(outbox::counts).await.unwrap();
    (counts.waiting, counts.dead)
}

on_both! {
    /// A process that ends finishes the letter it has in hand: nobody sends it again.
    async fn a_letter_in_hand_is_finished(app) {
        app.apply("ada", 1).await;
        let (ben, page) = app.register("ben").await;
        ben.submit(&page, &filled(&profile("ben clinic", 2))).await;
        let waiting = async || {
            let now = app.app.clock.now();
            app.app.db.read(move |tx| outbox::backlog(tx, outbox::Kind::Letter, now)).await.unwrap().0
        };
        let before = waiting().await;
        assert!(before >= 2, "there is more to do: {before}");
        let (port, mut messages) = slow_smtp("250 fine", Duration::from_millis(800)).await;
        let courier = tokio::spawn(gatehouse::mail::run(app.app.clone(), transport(&app, port)));
        messages.recv().await.unwrap();
        app.app.end();
        tokio::time::timeout(Duration::from_secs(20), courier).await.expect("it ends by itself").unwrap();
        let letters = app.app.db.read(|tx| outbox::list(tx, false, 10)).await.unwrap();
        let begun = letters.iter().filter(|letter| letter.attempts > 0 && letter.accepted_at.is_none()).count();
        assert_eq!((before - waiting().await, begun), (1, 0), "the one in hand is done, and no other was begun");
    }

    async fn a_letter_leaves_by_smtp_once(app) {
        app.register("ada").await;
        let (port, mut messages) = smtp("250 fine").await;
        let transport = transport(&app, port);
        deliver_due(&app.app, &transport).await.unwrap();
        let message = messages.recv().await.unwrap();
        assert!(message.contains("To: ada@provider.example") && message.contains("Auto-Submitted: auto-generated"), "{message}");
        assert!(message.contains("multipart/alternative"));
        assert_eq!(deliver_due(&app.app, &transport).await.unwrap(), 0);
        assert!(messages.try_recv().is_err());
        let rows = app.app.db.read(|tx| outbox::list(tx, false, 10)).await.unwrap();
        assert!(rows[0].accepted_at.is_some());
        assert_eq!(rows[0].sealed_secret, None, "its codes are erased");
        assert!(rows[0].answer.as_deref().unwrap().contains("taken"), "{:?}", rows[0].answer);
    }

    async fn a_refused_letter_is_tried_again_later_and_later(app) {
        app.register("ada").await;
        let (port, _messages) = smtp("451 not now").await;
        let transport = transport(&app, port);
        assert_eq!(deliver_due(&app.app, &transport).await.unwrap(), 1);
        assert_eq!(deliver_due(&app.app, &transport).await.unwrap(), 0, "not at once");
        app.advance(Duration::from_secs(29));
        assert_eq!(deliver_due(&app.app, &transport).await.unwrap(), 0);
        app.advance(Duration::from_secs(1));
        assert_eq!(deliver_due(&app.app, &transport).await.unwrap(), 1);
        assert_eq!(counts(&app).await, (1, 0));
        app.advance(Duration::from_secs(60));
        app.letter_to("ada@provider.example", "Confirm").await;
    }

    async fn a_letter_nobody_takes_dies_in_the_open(app) {
        let rosa = app.reviewer().await;
        app.active(&rosa, "ada", 1).await;
        app.letters().await;
        let accounts = rosa.browser.get("/staff/accounts?q=ada").await;
        let account = rosa.browser.get(&accounts.link("ada")).await;
        rosa.browser.submit(&account, &[("reason", "x")]).await;
        let (port, _messages) = smtp("550 no such mailbox").await;
        deliver_due(&app.app, &transport(&app, port)).await.unwrap();
        assert_eq!(counts(&app).await, (0, 1));
        let page = rosa.browser.get("/staff/mail?only=dead").await;
        assert!(page.says("Account suspended") && page.says("no such mailbox"), "{}", page.text());
        assert!(rosa.browser.get("/staff/queue").await.says("1 letter could not be delivered"));
        rosa.browser.submit(&page, &[]).await;
        assert_eq!(counts(&app).await, (1, 0), "another round");
        app.letter_to("ada@provider.example", "is suspended").await;
    }

    async fn a_letter_whose_code_is_over_is_not_sent(app) {
        app.register("ada").await;
        app.advance(Duration::from_secs(86_400));
        assert!(app.letters().await.is_empty());
        assert_eq!(counts(&app).await, (0, 1));
        let rows = app.app.db.read(|tx| outbox::list(tx, true, 10)).await.unwrap();
        assert_eq!((rows[0].sealed_secret.clone(), rows[0].answer.as_deref()), (None, Some("expired before it could be sent")));
    }

    /// A change that is undone tells nobody.
    async fn no_letter_without_its_fact(app) {
        let ctx = app.ctx();
        let letter = gatehouse::outbox::Letter::new(gatehouse::outbox::LetterKind::Approved, "a@b.example", "en", "/sign-in");
        let undone = app.app.db.write(move |tx| {
            outbox::post(tx, &ctx, letter.clone())?;
            Err::<(), _>(Fault::broken("undone"))
        });
        undone.await.unwrap_err();
        assert!(app.letters().await.is_empty());
    }
}
