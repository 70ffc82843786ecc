//! A small HTTP client for the two sample applications: plain HTTP on loopback, bounded in size and time.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

const LARGEST: usize = 256 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
#[error("the other side could not be reached: {0}")]
pub struct HttpError(String);

/// Sends one request and reads the whole answer.
pub async fn send(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpError> {
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let failed = |e: &dyn std::fmt::Display| HttpError(e.to_string());
    let exchange = async {
        let response = client.request(request.map(|body| Full::new(Bytes::from(body)))).await.map_err(|e| failed(&e))?;
        let (parts, body) = response.into_parts();
        let bytes = Limited::new(body, LARGEST).collect().await.map_err(|e| failed(&e))?.to_bytes();
        Ok(Response::from_parts(parts, bytes.to_vec()))
    };
    tokio::time::timeout(PATIENCE, exchange).await.unwrap_or_else(|_| Err(HttpError("it did not answer in time".into())))
}
