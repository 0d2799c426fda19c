//! The way of a request: the proxy or the custom endpoint that it goes to, for the words of a failed connection.

use std::fmt;

use aws_smithy_runtime_api::client::result::ConnectorError;
use url::Url;

use crate::platform::proxy;

/// Where proxies and custom endpoints are set.
#[derive(Clone, Debug, Default)]
pub struct Ways {
    /// The variable that names the proxy for `https` addresses.
    pub https_proxy: Option<&'static str>,
    /// The variable that names the proxy for `http` addresses.
    pub http_proxy: Option<&'static str>,
    /// Custom endpoints, each with what sets it.
    pub endpoints: Vec<(String, String)>,
}

/// A proxy, without its user name and password. `Display` names it and its variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    pub address: String,
    pub variable: &'static str,
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {} ({})", self.address, self.variable)
    }
}

/// A failed connection together with its way.
#[derive(Debug, thiserror::Error)]
#[error("the connection failed")]
pub(super) struct Failed {
    /// The host of the request.
    pub asked: String,
    pub proxy: Option<Proxy>,
    /// Host and port of a custom endpoint, and what sets it.
    pub endpoint: Option<(String, String)>,
    pub source: ConnectorError,
}

impl Ways {
    /// Adds the way to an error. A timeout stays as it is: it doesn't say where the time went.
    pub(super) fn explain(&self, uri: &str, source: ConnectorError) -> ConnectorError {
        let parsed = Url::parse(uri).ok();
        let Some(uri) = parsed.filter(|_| !source.is_timeout()) else {
            return source;
        };
        let failed = Failed {
            asked: uri.host_str().unwrap_or_default().to_owned(),
            proxy: self.proxy(&uri),
            endpoint: self.endpoint(&uri),
            source,
        };
        ConnectorError::other(failed.into(), None)
    }

    /// Whom a request waits for: the host, and the proxy in between.
    pub(super) fn describe(&self, uri: &str) -> String {
        let Ok(uri) = Url::parse(uri) else {
            return "AWS".to_owned();
        };
        let host = uri.host_str().unwrap_or_default();
        let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
        match self.proxy(&uri) {
            Some(proxy) => format!("{host}{port} through {proxy}"),
            None => format!("{host}{port}"),
        }
    }

    fn proxy(&self, uri: &Url) -> Option<Proxy> {
        let variable = match uri.scheme() {
            "https" => self.https_proxy,
            _ => self.http_proxy,
        }?;
        let address = proxy::of_request(uri.as_str())?;
        Some(Proxy { address, variable })
    }

    /// Several settings may give the same endpoint: then all of them are named.
    fn endpoint(&self, uri: &Url) -> Option<(String, String)> {
        let is_of = |url: &str| Url::parse(url).is_ok_and(|url| url.origin() == uri.origin());
        let mut set_by: Vec<&str> = Vec::new();
        for (url, by) in &self.endpoints {
            if is_of(url) && !set_by.contains(&by.as_str()) {
                set_by.push(by);
            }
        }
        let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
        let address = format!("{}{port}", uri.host_str()?);
        (!set_by.is_empty()).then(|| (address, set_by.join(", ")))
    }
}
