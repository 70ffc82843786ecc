//! Calls to addresses of applications: over TLS, within bounds, and kept as HTTP says.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use gatehouse::clock::Timestamp;
use gatehouse::config::{Config, read};
use gatehouse::outbound::{Outbound, OutboundError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use crate::support::Site;
use crate::support::app::{START, key_file};

const NOW: Timestamp = Timestamp::from_seconds(START);

fn config(extra: &str) -> Config {
    let text = format!(
        "issuer = \"http://127.0.0.1:1\"\nlisten = \"127.0.0.1:1\"\ndatabase_url = \"sqlite:x\"\nmail_url = \"file:///x\"\n\
         master_key = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"\n{extra}"
    );
    read(&text, &BTreeMap::new()).unwrap_or_else(|e| panic!("{e}"))
}

fn client(extra: &str) -> Outbound {
    Outbound::open(&config(extra)).unwrap()
}

const HERE: &str = "dev_allow_loopback = true";

/// A TLS server with the tests' certificate for 127.0.0.1, which answers everything with `hello`.
async fn tls_site() -> String {
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let (certificate, key) = (CertificateDer::from(key_file("tls.der")), PrivatePkcs8KeyDer::from(key_file("tls.pk8")));
    let acceptor = TlsAcceptor::from(Arc::new(config.with_single_cert(vec![certificate], key.into()).unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://127.0.0.1:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut request = [0_u8; 2_048];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello").await;
                let _ = stream.shutdown().await;
            });
        }
    });
    base
}

#[tokio::test]
async fn tls_is_checked_against_the_authorities_one_trusts() {
    let base = tls_site().await;
    let stranger = client(HERE).get(&base, NOW).await;
    assert!(matches!(stranger, Err(OutboundError::Unreachable(_))), "{stranger:?}");
    let ca = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/keys/ca.pem");
    let trusting = client(&format!("{HERE}\ndev_ca_file = {:?}", ca.display().to_string()));
    assert_eq!(trusting.get(&base, NOW).await.unwrap().as_ref(), b"hello");
    // A name that is not in the certificate.
    let named = base.replace("127.0.0.1", "a.localhost");
    assert!(trusting.get(&named, NOW).await.is_err());
}

/// Without the switch this machine is out of reach, by number, by name, and by a redirect.
#[tokio::test]
async fn this_machine_is_out_of_reach() {
    let site = Site::open().await;
    site.show("/x", "secret");
    let port = site.base.rsplit(':').next().unwrap().to_owned();
    let strict = client("");
    for url in [
        site.url("/x"),
        format!("https://127.0.0.1:{port}/x"),
        format!("https://localhost:{port}/x"),
        format!("https://localtest.me.:{port}/x"),
    ] {
        assert!(strict.get(&url, NOW).await.is_err(), "{url}");
        assert!(strict.post_form(&url, "a=b".into()).await.is_err(), "{url}");
    }
    assert_eq!(site.fetched("/x"), 0);
}

#[tokio::test]
async fn answers_are_bounded() {
    let (site, client) = (Site::open().await, client(HERE));
    site.show("/large", &"x".repeat(64 * 1_024 + 1));
    assert!(matches!(client.get(&site.url("/large"), NOW).await, Err(OutboundError::Unreadable)));
    site.show("/whole", &"x".repeat(64 * 1_024));
    assert_eq!(client.get(&site.url("/whole"), NOW).await.unwrap().len(), 64 * 1_024);
    site.answer_with("/gone", 404, Vec::new(), "");
    for _ in 0..3 {
        assert!(matches!(client.get(&site.url("/gone"), NOW).await, Err(OutboundError::Answered(status)) if status == 404));
    }
    assert_eq!(site.fetched("/gone"), 1, "what fails is left alone for a moment");
    site.show("/gone", "back");
    assert_eq!(client.get(&site.url("/gone"), NOW + Duration::from_secs(5)).await.unwrap().as_ref(), b"back");
    // Redirects: three are followed, a fourth is not, and none leads to where one may not go.
    site.show("/end", "here");
    for n in 1..=4 {
        let next = if n == 1 { site.url("/end") } else { format!("/hop{}", n - 1) };
        site.answer_with(&format!("/hop{n}"), 302, vec![("location", next)], "");
    }
    assert_eq!(client.get(&site.url("/hop3"), NOW).await.unwrap().as_ref(), b"here");
    assert!(matches!(client.get(&site.url("/hop4"), NOW).await, Err(OutboundError::Redirected)));
    for inside in ["http://10.0.0.1/", "http://169.254.169.254/", "file:///etc/passwd", "https://192.168.0.1/"] {
        let path = format!("/to-{}", inside.len());
        site.answer_with(&path, 302, vec![("location", inside.to_owned())], "");
        assert!(matches!(client.get(&site.url(&path), NOW).await, Err(OutboundError::NotAllowed(_))), "{inside}");
    }
    // What is posted is for one address alone.
    site.answer_with("/moved", 307, vec![("location", site.url("/end"))], "");
    assert_eq!(client.post_form(&site.url("/moved"), "a=b".into()).await.unwrap(), 307);
    assert_eq!(site.received("/end").len(), 0);
}

#[tokio::test]
async fn whoever_hangs_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    assert!(matches!(client(HERE).get(&url, NOW).await, Err(OutboundError::TooSlow)));
}

#[tokio::test]
async fn answers_are_kept_as_http_says() {
    let (site, client) = (Site::open().await, client(HERE));
    let after = |seconds: u64| NOW + Duration::from_secs(seconds);
    site.answer_with("/kept", 200, vec![("cache-control", "max-age=100".into())], "one");
    site.answer_with("/never", 200, vec![("cache-control", "no-store".into())], "one");
    for now in [NOW, after(1), after(99), after(105)] {
        client.get(&site.url("/kept"), now).await.unwrap();
        client.get(&site.url("/never"), now).await.unwrap();
    }
    assert_eq!((site.fetched("/kept"), site.fetched("/never")), (2, 3));
}

/// The switches are for development: another host than this machine refuses them.
#[test]
fn the_switches_are_refused_in_production() {
    for switch in ["dev_allow_loopback = true", "dev_ca_file = \"ca.pem\""] {
        let text = format!(
            "issuer = \"https://id.agency.invalid\"\nlisten = \"127.0.0.1:1\"\ndatabase_url = \"sqlite:x\"\nmail_url = \"file:///x\"\n\
             master_key = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"\n{switch}"
        );
        let problems = read(&text, &BTreeMap::new()).err().map(|problems| problems.to_string()).unwrap_or_default();
        assert!(problems.contains("for development"), "{switch}: {problems}");
    }
}
