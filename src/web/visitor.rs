//! Who is asking, before anybody has signed in.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::cookie::cookie_value;
use crate::app::App;
use crate::context::{Actor, Context, RequestId};
use crate::keyring::Purpose;
use crate::secret;
use crate::words::Words;

/// One request's surroundings. Every page handler takes one.
#[derive(Clone)]
pub struct Visitor {
    pub app: App,
    pub request: RequestId,
    pub address: IpAddr,
    pub words: Words,
    pub user_agent: String,
    pub(super) form_cookie: String,
    pub(super) form_cookie_is_new: bool,
}

pub(super) const FORM_COOKIE: &str = "gatehouse_form";

impl Visitor {
    pub(super) fn of_request(app: &App, headers: &HeaderMap, peer: Option<IpAddr>) -> Self {
        let known = cookie_value(headers, &app.config.issuer, FORM_COOKIE).filter(|value| value.len() == 24);
        let wanted = headers.get("accept-language").and_then(|value| value.to_str().ok()).unwrap_or("");
        Self {
            request: RequestId::random(&*app.random),
            address: client_address(app, headers, peer),
            words: app.catalogue.choose(wanted),
            user_agent: headers.get("user-agent").and_then(|v| v.to_str().ok()).unwrap_or("").chars().take(200).collect(),
            form_cookie_is_new: known.is_none(),
            form_cookie: known.unwrap_or_else(|| secret::base64url(&app.random.bytes::<18>())),
            app: app.clone(),
        }
    }

    /// What limits and delays go by: the address, or for IPv6 its network, of which one visitor has all.
    pub fn network(&self) -> IpAddr {
        match self.address {
            IpAddr::V4(_) => self.address,
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        }
    }

    pub fn context(&self) -> Context {
        self.by(Actor::Visitor)
    }

    pub fn by(&self, actor: Actor) -> Context {
        self.app.context(actor, self.request.clone())
    }

    /// The hidden `csrf` field of every form shown to this visitor.
    pub fn form_token(&self) -> String {
        form_token(&self.app, &self.form_cookie)
    }
}

/// Belongs to the visitor's cookie, which other sites can neither read nor set on an https issuer (`__Host-`).
pub fn form_token(app: &App, cookie: &str) -> String {
    secret::base64url(&secret::mac(&app.keyring.key(Purpose::Form), &[cookie.as_bytes()]))
}

/// The address the request came from: the nearest hop that is not one of our proxies.
fn client_address(app: &App, headers: &HeaderMap, peer: Option<IpAddr>) -> IpAddr {
    let mut nearest = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).to_canonical();
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).collect();
    for hop in hops.iter().rev() {
        if !app.config.trusted_proxies.trust(nearest) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(address) => nearest = address.to_canonical(),
            Err(_) => break,
        }
    }
    nearest
}

/// The address of the connection, where the server noted it.
pub(super) fn peer(parts: &axum::http::Extensions) -> Option<IpAddr> {
    parts.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let known = parts.extensions.get::<Visitor>().cloned();
        Ok(known.unwrap_or_else(|| Visitor::of_request(app, &parts.headers, peer(&parts.extensions))))
    }
}
