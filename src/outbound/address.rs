//! Which addresses may be called.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::Name;
use openidconnect::url::{Host, Url};

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("is no absolute address")]
    Malformed,
    #[error("is not https")]
    NotHttps,
    #[error("holds a user name or password")]
    Credentials,
    #[error("is not a public address")]
    NotPublic,
}

/// The address, where it may be called. A name is looked at again once it is resolved.
///
/// With `loopback`, this machine may be called too, and in plain http.
pub fn check_url(text: &str, loopback: bool) -> Result<Url, Problem> {
    let url = Url::parse(text).map_err(|_| Problem::Malformed)?;
    let host = url.host().ok_or(Problem::Malformed)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Problem::Credentials);
    }
    let is_here = match host {
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && loopback && is_here) {
        return Err(Problem::NotHttps);
    }
    let ip: Option<IpAddr> = match host {
        Host::Ipv4(ip) => Some(ip.into()),
        Host::Ipv6(ip) => Some(ip.into()),
        Host::Domain(_) => None,
    };
    // The connector resolves names alone: an address written as numbers is looked at here.
    if ip.is_some_and(|ip| !may_call(ip, loopback)) || (ip.is_none() && is_here && !loopback) {
        return Err(Problem::NotPublic);
    }
    Ok(url)
}

pub(super) fn may_call(ip: IpAddr, loopback: bool) -> bool {
    let ip = ip.to_canonical();
    is_public(ip) || (loopback && ip.is_loopback())
}

/// Whether `ip` is an address of the internet at large (the special-purpose registries of RFC 6890).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_multicast() || ip.is_documentation();
    let special = special || a == 0 || a >= 240 || (a == 100 && (64..128).contains(&b));
    !(special || (a, b, c) == (192, 0, 0) || (a, b, c) == (192, 88, 99) || (a == 198 && (18..20).contains(&b)))
}

/// Global unicast (2000::/3) without documentation and what embeds an IPv4 address (6to4, Teredo).
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    let embeds = first == 0x2002 || (first == 0x2001 && second < 0x200);
    let documents = (first == 0x2001 && second == 0xdb8) || (first == 0x3fff && second < 0x1000);
    first & 0xe000 == 0x2000 && !embeds && !documents
}

/// Resolves names, and leaves out what may not be called.
#[derive(Clone)]
pub(super) struct CheckedResolver {
    pub loopback: bool,
}

impl tower_service::Service<Name> for CheckedResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let loopback = self.loopback;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<SocketAddr> = found.into_iter().filter(|address| may_call(address.ip(), loopback)).collect();
            match public.is_empty() {
                true => Err(std::io::Error::other(format!("{name} has no public address"))),
                false => Ok(public.into_iter()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_public_addresses_are_called() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "240.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:7f00:1::",
            "2001::1",
            "::127.0.0.1",
        ] {
            assert!(!may_call(inside.parse().unwrap(), false), "{inside}");
        }
        for outside in ["8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(may_call(outside.parse().unwrap(), false), "{outside}");
        }
        assert!(may_call("127.0.0.1".parse().unwrap(), true));
        assert!(!may_call("10.0.0.1".parse().unwrap(), true));
    }

    #[test]
    fn an_address_is_https_without_credentials() {
        assert!(check_url("https://rp.example/jwks", false).is_ok());
        for (text, problem) in [
            ("http://rp.example/jwks", Problem::NotHttps),
            ("ftp://rp.example/jwks", Problem::NotHttps),
            ("file:///etc/passwd", Problem::Malformed),
            ("jwks", Problem::Malformed),
            ("https://user:secret@rp.example/", Problem::Credentials),
            ("https://127.0.0.1/", Problem::NotPublic),
            ("https://2130706433/", Problem::NotPublic),
            ("https://0x7f.1/", Problem::NotPublic),
            ("https://[::ffff:10.0.0.1]/", Problem::NotPublic),
            ("https://localhost/", Problem::NotPublic),
        ] {
            assert_eq!(check_url(text, false), Err(problem), "{text}");
        }
        assert!(check_url("http://127.0.0.1:9/jwks", true).is_ok());
        assert_eq!(check_url("http://rp.example/", true), Err(Problem::NotHttps));
        assert_eq!(check_url("https://10.0.0.1/", true), Err(Problem::NotPublic));
    }

    proptest! {
        #[test]
        fn no_private_address_is_public_in_another_spelling(a: u8, b: u8, c: u8) {
            for ip in [Ipv4Addr::new(10, a, b, c), Ipv4Addr::new(127, a, b, c), Ipv4Addr::new(192, 168, b, c)] {
                prop_assert!(!may_call(ip.into(), false));
                prop_assert!(!may_call(ip.to_ipv6_mapped().into(), false));
                let url = format!("https://{}/", u32::from(ip));
                prop_assert_eq!(check_url(&url, false), Err(Problem::NotPublic));
            }
        }
    }
}
