//! Where things are: the issuer, the database, the mail server, the proxies in front.

use std::net::IpAddr;
use std::path::PathBuf;

/// The public address of the service, without a trailing slash: the `iss` of every token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    host: String,
    https: bool,
}

impl Issuer {
    /// Reads an `https` origin, or an `http` one on loopback. A path, query or fragment is refused.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().trim_end_matches('/');
        let (https, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err("must start with https:// (or http:// on loopback)".into()),
        };
        let uri: axum::http::Uri = text.parse().map_err(|_| "is not an address".to_owned())?;
        if rest.contains(['/', '?', '#', '@']) || uri.host().is_none() {
            return Err("must be an origin alone, like https://id.agency.example".into());
        }
        let host = uri.host().unwrap_or("").trim_matches(['[', ']']).to_ascii_lowercase();
        let loopback = host == "localhost" || host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if !https && !loopback {
            return Err("uses plain http, which is allowed on loopback only; use https".into());
        }
        Ok(Self { text: text.to_owned(), host, https })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the host is this machine, by its name or by every address it resolves to.
    pub fn is_loopback(&self) -> bool {
        use std::net::ToSocketAddrs;
        if self.host == "localhost" || self.host.ends_with(".localhost") {
            return true;
        }
        match (self.host.as_str(), 0).to_socket_addrs() {
            Ok(found) => {
                let found: Vec<_> = found.collect();
                !found.is_empty() && found.iter().all(|address| address.ip().to_canonical().is_loopback())
            }
            Err(_) => false,
        }
    }

    /// Whether cookies can be `Secure` and carry the `__Host-` prefix.
    pub fn is_https(&self) -> bool {
        self.https
    }
}

/// Which database, and where. A URL may hold a password, so it does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    Postgres(String),
}

impl DatabaseUrl {
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")) {
            return if path.is_empty() { Err("names no file after sqlite:".into()) } else { Ok(Self::Sqlite(path.into())) };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let uri: axum::http::Uri = text.parse().map_err(|_| "is not an address".to_owned())?;
            let host = uri.host().unwrap_or("");
            let local =
                host.is_empty() || host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
            // libpq lets `?host=` win over the address.
            let local = local && !uri.query().unwrap_or("").split('&').any(|pair| pair.starts_with("host"));
            let sslmode = uri.query().unwrap_or("").split('&').find_map(|pair| pair.strip_prefix("sslmode="));
            return match (local, cfg!(feature = "system-libpq"), sslmode) {
                (true, _, _) | (_, true, Some("require" | "verify-ca" | "verify-full")) => Ok(Self::Postgres(text.to_owned())),
                (_, true, _) => Err("names another host: add sslmode=verify-full (or require, on a network of your own)".into()),
                (_, false, _) => Err("names another host, and this build speaks to PostgreSQL without TLS: use a local socket or \
                    tunnel, or a build with the feature system-libpq"
                    .into()),
            };
        }
        Err("must start with sqlite: or postgres://".into())
    }
}

/// The Redis that replicas share. It may hold a password, so it does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl(String);

impl RedisUrl {
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once("://") {
            Some(("redis" | "rediss", place)) if !place.is_empty() => Ok(Self(text.to_owned())),
            _ => Err("must start with redis:// or, with TLS, rediss://".into()),
        }
    }

    /// The address with its password.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The address without it.
    pub fn place(&self) -> String {
        let (scheme, place) = self.0.split_once("://").unwrap_or(("redis", ""));
        format!("{scheme}://{}", place.rsplit('@').next().unwrap_or(""))
    }
}

/// Where letters go.
#[derive(Clone, PartialEq, Eq)]
pub enum MailUrl {
    /// One `.eml` file a letter.
    Folder(PathBuf),
    Smtp {
        host: String,
        port: u16,
        tls: SmtpTls,
        credentials: Option<(String, String)>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// `smtps://`: TLS from the first byte.
    Always,
    /// `smtp://` to another host: STARTTLS is required.
    StartTls,
    /// `smtp://` on loopback.
    None,
}

impl MailUrl {
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("file://") {
            return if path.is_empty() { Err("names no folder after file://".into()) } else { Ok(Self::Folder(path.into())) };
        }
        let (always, rest) = match (text.strip_prefix("smtps://"), text.strip_prefix("smtp://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err("must start with file://, smtp:// or smtps://".into()),
        };
        let (login, place) = match rest.trim_end_matches('/').rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, rest.trim_end_matches('/')),
        };
        let uri: axum::http::uri::Authority = place.parse().map_err(|_| "is not an address".to_owned())?;
        let host = uri.host().trim_matches(['[', ']']).to_owned();
        let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let tls = if always {
            SmtpTls::Always
        } else if loopback {
            SmtpTls::None
        } else {
            SmtpTls::StartTls
        };
        let port = uri.port_u16().unwrap_or(if always { 465 } else { 587 });
        let credentials = match login.map(|l| l.split_once(':')) {
            None => None,
            Some(Some((user, password))) => Some((percent_decode(user)?, percent_decode(password)?)),
            Some(None) => return Err("names a user without a password (user:password@host)".into()),
        };
        Ok(Self::Smtp { host, port, tls, credentials })
    }
}

fn percent_decode(text: &str) -> Result<String, String> {
    let bad = || "has a broken %-escape in its user or password".to_owned();
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let (Some(high), Some(low)) = (rest.next(), rest.next()) else { return Err(bad()) };
            let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok()).ok_or_else(bad);
            bytes.push(digit(high)? * 16 + digit(low)?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).map_err(|_| bad())
}

/// The networks whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<(IpAddr, u8)>);

impl Proxies {
    /// Reads addresses and CIDR networks, separated by commas.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let networks = parts.map(|part| {
            let (ip, length) = part.split_once('/').unwrap_or((part, ""));
            let ip: IpAddr = ip.parse().map_err(|_| format!("has {part:?}, which is no address or network"))?;
            let whole = if ip.is_ipv4() { 32 } else { 128 };
            let length = if length.is_empty() { Ok(whole) } else { length.parse::<u8>() };
            match length {
                Ok(length) if length <= whole => Ok((ip, length)),
                _ => Err(format!("has {part:?}, whose prefix length is wrong")),
            }
        });
        networks.collect::<Result<_, _>>().map(Self)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn trust(&self, peer: IpAddr) -> bool {
        self.0.iter().any(|(network, length)| match (network, peer) {
            (IpAddr::V4(n), IpAddr::V4(p)) => prefix_equal(u128::from(n.to_bits()) << 96, u128::from(p.to_bits()) << 96, *length),
            (IpAddr::V6(n), IpAddr::V6(p)) => prefix_equal(n.to_bits(), p.to_bits(), *length),
            _ => false,
        })
    }
}

fn prefix_equal(a: u128, b: u128, length: u8) -> bool {
    length == 0 || (a ^ b) >> (128 - u32::from(length)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_https_or_loopback_and_nothing_but_an_origin() {
        for good in ["https://id.agency.example", "http://localhost:8080", "http://127.0.0.1:1/", "http://[::1]:8080"] {
            assert!(Issuer::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "id.agency.example",
            "http://id.agency.example",
            "https://x/y",
            "https://u@x",
            "ftp://x",
            "https://x?y",
            "http://localhost.evil.example",
        ] {
            assert!(Issuer::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn proxies_are_matched_by_their_prefix() {
        let proxies = Proxies::parse("10.0.0.0/8, 192.0.2.7, 2001:db8::/32").unwrap();
        for (ip, trusted) in
            [("10.9.8.7", true), ("11.0.0.1", false), ("192.0.2.7", true), ("192.0.2.8", false), ("2001:db8::1", true), ("::1", false)]
        {
            assert_eq!(proxies.trust(ip.parse().unwrap()), trusted, "{ip}");
        }
        assert!(Proxies::parse("10.0.0.0/33").is_err());
        assert!(Proxies::parse("proxy.example").is_err());
    }

    #[test]
    fn mail_goes_to_a_folder_or_a_server() {
        assert!(matches!(MailUrl::parse("file:///var/mail"), Ok(MailUrl::Folder(_))));
        assert!(matches!(MailUrl::parse("smtp://127.0.0.1:2525"), Ok(MailUrl::Smtp { tls: SmtpTls::None, port: 2525, .. })));
        assert!(matches!(MailUrl::parse("smtp://mail.example"), Ok(MailUrl::Smtp { tls: SmtpTls::StartTls, port: 587, .. })));
        let Ok(MailUrl::Smtp { credentials, tls, .. }) = MailUrl::parse("smtps://us%40er:p%3Aw@mail.example") else { panic!() };
        assert_eq!((credentials, tls), (Some(("us@er".into(), "p:w".into())), SmtpTls::Always));
        assert!(MailUrl::parse("mailto:x").is_err());
    }
}
