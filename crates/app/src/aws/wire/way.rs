//! The way of a request: the proxy or the custom endpoint that it goes to, for the words of a failed connection.

use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::result::ConnectorError;
use url::Url;

use crate::aws::refusals::origin::host_of;
use crate::platform::proxy::Proxies;

/// Where proxies and custom endpoints are set.
#[derive(Clone, Debug, Default)]
pub struct Ways {
    pub proxies: Arc<Proxies>,
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
pub(in crate::aws) struct Failed {
    /// The host of the request.
    pub asked: String,
    pub proxy: Option<Proxy>,
    /// Host and port of a custom endpoint, and what sets it.
    pub endpoint: Option<(String, String)>,
    pub source: ConnectorError,
}

impl Ways {
    /// Adds the way to an error.
    pub(in crate::aws) fn explain(&self, uri: &str, source: ConnectorError) -> ConnectorError {
        let Ok(url) = Url::parse(uri) else {
            return source;
        };
        let failed = Failed {
            asked: url.host_str().unwrap_or_default().to_owned(),
            proxy: self.proxy(uri),
            endpoint: self.endpoint(&url),
            source,
        };
        ConnectorError::other(failed.into(), None)
    }

    /// Whom a request waits for: the host, and the proxy in between.
    pub(in crate::aws) fn describe(&self, uri: &str) -> String {
        let host = host_of(uri);
        match self.proxy(uri) {
            Some(proxy) => format!("{host} through {proxy}"),
            None => host,
        }
    }

    /// The proxy that a request to this address goes through.
    pub(in crate::aws) fn proxy(&self, uri: &str) -> Option<Proxy> {
        let uri = uri.parse().ok()?;
        let proxy = self.proxies.of(&uri)?;
        Some(Proxy {
            address: proxy.host(),
            variable: proxy.variable(),
        })
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
