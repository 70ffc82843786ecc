//! One HTTP exchange, without following anything.

use axum::body::Bytes;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e} in {} {}", self.status, self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub async fn send(request: Request<Vec<u8>>) -> Answer {
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request.map(|body| Full::new(Bytes::from(body)))).await.unwrap_or_else(|e| panic!("{e}"));
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap_or_else(|e| panic!("{e}")).to_bytes();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
}

/// A form post with an optional Authorization header.
pub async fn post_form(url: &str, fields: &[(&str, &str)], authorization: Option<&str>) -> Answer {
    post_raw(url, &encode(fields), "application/x-www-form-urlencoded", authorization).await
}

pub async fn post_raw(url: &str, body: &str, kind: &str, authorization: Option<&str>) -> Answer {
    let mut request = Request::post(url).header("content-type", kind);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    send(request.body(body.as_bytes().to_vec()).unwrap()).await
}

pub async fn get(url: &str, authorization: Option<&str>) -> Answer {
    let mut request = Request::get(url);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    send(request.body(Vec::new()).unwrap()).await
}

pub fn encode(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect::<Vec<_>>().join("&")
}

pub fn percent(text: &str) -> String {
    text.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
