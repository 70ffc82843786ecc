//! The one client.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use openidconnect::url::Url;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::address::{CheckedResolver, Problem, check_url};
use super::cache::Cache;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::db::Fault;

const PATIENCE: Duration = Duration::from_secs(5);
const LARGEST: usize = 64 * 1024;
const MOST_REDIRECTS: usize = 3;
/// A source is asked again for what it did not have, but not more often than this.
const ASKED_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OutboundError {
    #[error("the address {0}")]
    NotAllowed(#[from] Problem),
    #[error("it could not be reached: {0}")]
    Unreachable(String),
    #[error("it did not answer within {} seconds", PATIENCE.as_secs())]
    TooSlow,
    #[error("its answer is larger than {LARGEST} bytes, or broke off")]
    Unreadable,
    #[error("it answered {0}")]
    Answered(StatusCode),
    #[error("it redirects too often, or nowhere")]
    Redirected,
}

/// Calls addresses that applications registered, within bounds.
pub struct Outbound {
    client: Client<HttpsConnector<HttpConnector<CheckedResolver>>, Full<Bytes>>,
    loopback: bool,
    cache: Cache,
}

impl Outbound {
    /// The client as the configuration wants it: trusting the web's authorities, and the one of `dev_ca_file`.
    pub fn open(config: &Config) -> Result<Self, Fault> {
        let loopback = config.dev_allow_loopback;
        let mut http = HttpConnector::new_with_resolver(CheckedResolver { loopback });
        http.enforce_http(false);
        http.set_connect_timeout(Some(PATIENCE));
        let https = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls(config.dev_ca_file.as_deref())?);
        // Plain http is let through here and refused by `check_url`, which knows for whom it is allowed.
        let https = if loopback { https.https_or_http() } else { https.https_only() };
        let client = Client::builder(TokioExecutor::new()).build(https.enable_http1().wrap_connector(http));
        Ok(Self { client, loopback, cache: Cache::default() })
    }

    /// Whether `url` could be called at all.
    pub fn may_call(&self, url: &str) -> Result<(), Problem> {
        check_url(url, self.loopback).map(|_| ())
    }

    /// What `url` holds now, whatever is kept. Callers bound how often they ask.
    pub async fn get_now(&self, url: &str, now: Timestamp) -> Result<Bytes, OutboundError> {
        self.fetch(check_url(url, self.loopback)?, now).await
    }

    /// What `url` holds, from the cache where HTTP allows; for five seconds in any case, so that nobody makes us ask without end.
    pub async fn get(&self, url: &str, now: Timestamp) -> Result<Bytes, OutboundError> {
        let url = check_url(url, self.loopback)?;
        match self.cache.fresh(without_fragment(&url).as_str(), ASKED_AGAIN_AFTER, now) {
            Some(body) => Ok(body),
            None => self.fetch(url, now).await,
        }
    }

    /// What `url` holds now; `None` where it was fetched a moment ago, so that nobody makes us ask without end.
    pub async fn get_again(&self, url: &str, now: Timestamp) -> Result<Option<Bytes>, OutboundError> {
        let url = check_url(url, self.loopback)?;
        if self.cache.was_fetched_within(without_fragment(&url).as_str(), ASKED_AGAIN_AFTER, now) {
            return Ok(None);
        }
        self.fetch(url, now).await.map(Some)
    }

    /// Fetches `url`; what fails is not tried again for a moment, whoever asks.
    #[tracing::instrument(level = "debug", name = "outbound get", skip_all)]
    async fn fetch(&self, url: Url, now: Timestamp) -> Result<Bytes, OutboundError> {
        let name = without_fragment(&url).to_string();
        if let Some(error) = self.cache.failure(&name, ASKED_AGAIN_AFTER, now) {
            return Err(error);
        }
        let fetched = tokio::time::timeout(PATIENCE, self.follow(url, now)).await.unwrap_or(Err(OutboundError::TooSlow));
        if let Err(error) = &fetched {
            self.cache.fail(&name, error, now);
        }
        fetched
    }

    async fn follow(&self, first: Url, now: Timestamp) -> Result<Bytes, OutboundError> {
        let mut url = without_fragment(&first);
        for _ in 0..=MOST_REDIRECTS {
            let request = Request::get(url.as_str()).header(header::ACCEPT, "application/json, application/jwt, */*");
            let response = self.exchange(request.body(Full::default()).map_err(|_| Problem::Malformed)?).await?;
            if response.status().is_redirection() {
                let place = response.headers().get(header::LOCATION).and_then(|place| place.to_str().ok());
                let next = place.and_then(|place| url.join(place).ok()).ok_or(OutboundError::Redirected)?;
                url = check_url(next.as_str(), self.loopback)?;
                continue;
            }
            if response.status() != StatusCode::OK {
                return Err(OutboundError::Answered(response.status()));
            }
            let asked = Request::get(without_fragment(&first).as_str()).body(()).map_err(|_| Problem::Malformed)?;
            self.cache.keep(&asked, &response, now);
            return Ok(response.into_body());
        }
        Err(OutboundError::Redirected)
    }

    /// Posts a form; the status that came back. Redirects are not followed: what is sent is for this address alone.
    #[tracing::instrument(level = "debug", name = "outbound post", skip_all)]
    pub async fn post_form(&self, url: &str, body: String) -> Result<StatusCode, OutboundError> {
        let url = check_url(url, self.loopback)?;
        let request = Request::post(url.as_str()).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.body(Full::new(Bytes::from(body))).map_err(|_| Problem::Malformed)?;
        // What it says beside its status does not matter, and is not read.
        let answer = tokio::time::timeout(PATIENCE, self.client.request(request)).await.map_err(|_| OutboundError::TooSlow)?;
        Ok(answer.map_err(|e| OutboundError::Unreachable(reason(&e)))?.status())
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, OutboundError> {
        let response = self.client.request(request).await.map_err(|e| OutboundError::Unreachable(reason(&e)))?;
        let (parts, body) = response.into_parts();
        let bytes = Limited::new(body, LARGEST).collect().await.map_err(|_| OutboundError::Unreadable)?.to_bytes();
        Ok(Response::from_parts(parts, bytes))
    }
}

/// The innermost reason: the outer ones say only that something failed.
fn reason(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}

fn tls(extra: Option<&Path>) -> Result<ClientConfig, Fault> {
    let broken = |e: &dyn std::fmt::Display| Fault::broken(format!("TLS for outbound calls: {e}"));
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = extra {
        for certificate in CertificateDer::pem_file_iter(path).map_err(|e| broken(&format!("{}: {e}", path.display())))? {
            roots.add(certificate.map_err(|e| broken(&e))?).map_err(|e| broken(&e))?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| broken(&e))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
