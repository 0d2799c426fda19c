//! Addresses of proxies, read as the HTTP client reads them: what it can't read it leaves out without a word.

/// Host and port of a proxy, without the name and password that may stand in front; `None` where the HTTP
/// client can't go through it.
#[must_use]
pub fn address(text: &str) -> Option<String> {
    let uri: hyper::Uri = text.parse().ok()?;
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

/// Host and port of the proxy that a request goes through, by the HTTP client's own rules for the environment.
#[must_use]
pub fn of_request(uri: &str) -> Option<String> {
    let proxy = hyper_util::client::proxy::matcher::Matcher::from_env().intercept(&uri.parse().ok()?)?;
    Some(proxy.uri().authority()?.to_string())
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
            assert_eq!(address(text).as_deref(), expected, "{text}");
        }
    }
}
