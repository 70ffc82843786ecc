//! An application's own web site on this machine: documents it shows, and what it was sent.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use tokio::net::TcpListener;

/// What a path answers: status, headers, text.
type Document = (u16, Vec<(&'static str, String)>, String);

#[derive(Default)]
struct Shelf {
    documents: BTreeMap<String, Document>,
    fetched: BTreeMap<String, usize>,
    received: Vec<(String, String)>,
}

#[derive(Clone)]
pub struct Site {
    pub base: String,
    shelf: Arc<Mutex<Shelf>>,
}

impl Site {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shelf));
        tokio::spawn(async move { axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await });
        Self { base, shelf }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Shows `text` at `path`; the address of it.
    pub fn show(&self, path: &str, text: &str) -> String {
        self.answer_with(path, 200, Vec::new(), text)
    }

    pub fn answer_with(&self, path: &str, status: u16, headers: Vec<(&'static str, String)>, text: &str) -> String {
        self.shelf.lock().unwrap().documents.insert(path.to_owned(), (status, headers, text.to_owned()));
        self.url(path)
    }

    /// How often `path` was asked for.
    pub fn fetched(&self, path: &str) -> usize {
        self.shelf.lock().unwrap().fetched.get(path).copied().unwrap_or(0)
    }

    /// The bodies that were posted to `path`.
    pub fn received(&self, path: &str) -> Vec<String> {
        self.shelf.lock().unwrap().received.iter().filter(|(at, _)| at == path).map(|(_, body)| body.clone()).collect()
    }
}

async fn answer(State(shelf): State<Arc<Mutex<Shelf>>>, method: Method, uri: Uri, body: Bytes) -> (StatusCode, HeaderMap, String) {
    let mut shelf = shelf.lock().unwrap();
    let path = uri.path().to_owned();
    match method {
        Method::POST => shelf.received.push((path.clone(), String::from_utf8_lossy(&body).into_owned())),
        _ => *shelf.fetched.entry(path.clone()).or_default() += 1,
    }
    let (status, headers, text) = shelf.documents.get(&path).cloned().unwrap_or((404, Vec::new(), String::new()));
    let headers = headers.into_iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap()));
    (StatusCode::from_u16(status).unwrap(), headers.collect(), text)
}
