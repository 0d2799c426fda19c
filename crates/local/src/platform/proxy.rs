//! Proxies as the environment names them: which one a request goes through, and which requests go past it.
//!
//! `NO_PROXY` is read as Python's `urllib` reads it, which botocore and the AWS CLI use: names and their subdomains,
//! with or without a port, and `*` alone for everything. Addresses and networks match as well, as in `requests`,
//! curl and Go.

use std::fmt;
use std::net::IpAddr;

use hyper::Uri;
use hyper::header::HeaderValue;
use hyper_util::client::proxy::matcher::Matcher;

/// Host and port of a proxy, without the name and password that may stand in front; `None` where the HTTP
/// client can't go through it.
#[must_use]
pub fn proxy_address(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    // The client knows no SOCKS.
    if !matches!(uri.scheme_str(), None | Some("http" | "https")) {
        return None;
    }
    let authority = uri.authority()?;
    let host = authority.host();
    match authority.port_u16() {
        _ if host.is_empty() => None,
        Some(port) => Some(format!("{host}:{port}")),
        // The parser keeps a port that is none.
        None => authority.as_str().ends_with(host).then(|| host.to_owned()),
    }
}

/// A proxy and the variable that names it.
#[derive(Clone)]
pub struct ProxyServer {
    uri: Uri,
    authorization: Option<HeaderValue>,
    variable: &'static str,
}

impl fmt::Debug for ProxyServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyServer")
            .field("uri", &self.uri)
            .field("variable", &self.variable)
            .finish_non_exhaustive()
    }
}

impl ProxyServer {
    fn parse(variable: &'static str, text: &str) -> Option<Self> {
        proxy_address(text)?;
        // Reads the name and password.
        let read = Matcher::builder().all(text).build();
        let read = read.intercept(&Uri::from_static("http://any.host/"))?;
        let mut authorization = read.basic_auth().cloned();
        if let Some(value) = &mut authorization {
            value.set_sensitive(true);
        }
        Some(Self {
            uri: read.uri().clone(),
            authorization,
            variable,
        })
    }

    /// Its address without name and password.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Host and port.
    #[must_use]
    pub fn host(&self) -> String {
        self.uri.authority().map(ToString::to_string).unwrap_or_default()
    }

    /// The value of `Proxy-Authorization`.
    #[must_use]
    pub fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }

    #[must_use]
    pub fn variable(&self) -> &'static str {
        self.variable
    }
}

/// The proxies of an environment.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    https: Option<ProxyServer>,
    http: Option<ProxyServer>,
    no_proxy: String,
}

impl Proxies {
    /// From a variable and its value for each scheme, and the list of what is reached without a proxy. A value that is
    /// not the address of a proxy is none.
    #[must_use]
    pub fn new(
        https: Option<(&'static str, &str)>,
        http: Option<(&'static str, &str)>,
        no_proxy: &str,
    ) -> Self {
        let parse = |(variable, text)| ProxyServer::parse(variable, text);
        Self {
            https: https.and_then(parse),
            http: http.and_then(parse),
            no_proxy: no_proxy.to_owned(),
        }
    }

    /// The proxy that a request goes through.
    #[must_use]
    pub fn of(&self, uri: &Uri) -> Option<&ProxyServer> {
        let proxy = match uri.scheme_str() {
            Some("https") => &self.https,
            Some("http") => &self.http,
            _ => &None,
        };
        proxy
            .as_ref()
            .filter(|_| !bypasses_proxy(&self.no_proxy, uri.authority().map_or("", |a| a.as_str())))
    }
}

/// Whether `NO_PROXY` names a host, which may be followed by a port.
#[must_use]
pub fn bypasses_proxy(no_proxy: &str, host: &str) -> bool {
    if no_proxy == "*" {
        return true;
    }
    let host = host.to_lowercase();
    let name = without_port(&host);
    let ip: Option<IpAddr> = name.trim_start_matches('[').trim_end_matches(']').parse().ok();
    no_proxy
        .split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .any(|entry| {
            let suffix = entry.trim_start_matches('.').to_lowercase();
            is_or_is_below(name, &suffix)
                || is_or_is_below(&host, &suffix)
                || ip.is_some_and(|ip| holds_address(entry, ip))
        })
}

/// Whether an entry of `NO_PROXY` is a network, such as `10.0.0.0/8`.
#[must_use]
pub fn is_network(entry: &str) -> bool {
    parse_network(entry).is_some()
}

fn is_or_is_below(host: &str, suffix: &str) -> bool {
    host.strip_suffix(suffix)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// `host:` and digits, as `urllib` splits it.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

fn holds_address(entry: &str, ip: IpAddr) -> bool {
    match parse_network(entry) {
        Some((network, bits)) => first_bits(network, bits) == first_bits(ip, bits),
        None => entry.trim_matches(['[', ']']).parse() == Ok(ip),
    }
}

fn parse_network(entry: &str) -> Option<(IpAddr, u32)> {
    let (address, bits) = entry.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let bits: u32 = bits.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    (bits <= most).then_some((address, bits))
}

/// The first bits of an address, and which kind it is.
fn first_bits(ip: IpAddr, bits: u32) -> (bool, u128) {
    match ip {
        IpAddr::V4(ip) => {
            let number = ip.to_bits().checked_shr(32_u32.saturating_sub(bits)).unwrap_or(0);
            (true, number.into())
        }
        IpAddr::V6(ip) => {
            let number = ip
                .to_bits()
                .checked_shr(128_u32.saturating_sub(bits))
                .unwrap_or(0);
            (false, number)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_named_without_its_password() {
        for (text, expected) in [
            ("http://me:canary@proxy.example:3128/", Some("proxy.example:3128")),
            ("proxy.example:3128", Some("proxy.example:3128")),
            ("HTTP://proxy.example", Some("proxy.example")),
            ("https://[::1]:8080", Some("[::1]:8080")),
            ("http://me:can ary@proxy.example:3128", None),
            ("socks5://proxy.example:1080", None),
            ("http://", None),
            ("http://proxy.example:99999", None),
            ("/etc/proxy", None),
            ("", None),
        ] {
            assert_eq!(proxy_address(text).as_deref(), expected, "{text}");
            let proxies = Proxies::new(Some(("HTTPS_PROXY", text)), None, "");
            let found = proxies.of(&Uri::from_static("https://example.com/x"));
            assert_eq!(found.map(ProxyServer::host).as_deref(), expected, "{text}");
            assert!(!format!("{proxies:?}").contains("canary"));
            let password = found.and_then(ProxyServer::authorization).is_some();
            assert_eq!(password, expected.is_some() && text.contains('@'), "{text}");
        }
    }

    #[test]
    fn each_scheme_has_its_proxy() {
        let proxies = Proxies::new(Some(("https_proxy", "a:1")), Some(("HTTP_PROXY", "b:2")), "x.org");
        let of = |uri: &'static str| proxies.of(&Uri::from_static(uri)).map(ProxyServer::variable);
        assert_eq!(of("https://example.com"), Some("https_proxy"));
        assert_eq!(of("http://example.com"), Some("HTTP_PROXY"));
        assert_eq!(of("https://x.org"), None);
    }

    /// What botocore says is compared in `tests/it/interop`; here is the rest.
    #[test]
    fn no_proxy_names_hosts_ports_addresses_and_networks() {
        for (list, host, expected) in [
            ("", "example.com", false),
            ("*", "example.com", true),
            ("*", "10.1.2.3:8443", true),
            ("*", "[::1]:8443", true),
            ("a,*", "example.com", false),
            ("*.example.com", "www.example.com", false),
            ("example.com", "www.example.com", true),
            (" .Example.com ,", "WWW.EXAMPLE.COM:443", true),
            ("example.com", "notexample.com", false),
            ("example.com:8443", "example.com:8443", true),
            ("example.com:8443", "www.example.com:8443", true),
            ("example.com:8443", "example.com", false),
            ("example.com:443", "example.com:8443", false),
            ("10.1.2.3", "10.1.2.3:80", true),
            ("10.1.2.3:80", "10.1.2.3:80", true),
            ("10.0.0.0/8", "10.1.2.3:80", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("0.0.0.0/0", "11.1.2.3", true),
            ("10.0.0.0/33", "10.1.2.3", false),
            ("fd00::/8", "[fd12::1]:443", true),
            ("fd00::/8", "[fe80::1]", false),
            ("::/0", "10.1.2.3", false),
            ("::1", "[::1]", true),
            ("[::1]", "[0:0::1]:8443", true),
            ("10.0.0.0/8", "example.com", false),
        ] {
            assert_eq!(bypasses_proxy(list, host), expected, "{list} {host}");
        }
    }
}
