//! The one HTTP client: rustls with ring, proxies from the environment, an own CA bundle. Each answer
//! that comes through it, of a service or of the console's sign-in, good or bad, teaches the clock.

use std::path::{Path, PathBuf};

use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::platform::clock::{self, Clock};

/// `AWS_CA_BUNDLE` can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CaBundleError {
    #[error("the CA bundle `{}` can't be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("the CA bundle `{}` holds no valid PEM certificate", path.display())]
    Broken { path: PathBuf },
}

/// Trust and proxies, resolved once: makes the SDKs' client and single connectors.
#[derive(Clone, Debug)]
pub(super) struct Http {
    tls: TlsContext,
    clock: Clock,
}

impl Http {
    /// Reads the CA bundle, where one is set: the SDKs for Rust know no `AWS_CA_BUNDLE`.
    pub(super) fn new(ca_bundle: Option<&Path>, clock: Clock) -> Result<Self, CaBundleError> {
        let mut trust = TrustStore::default();
        if let Some(path) = ca_bundle {
            trust = trust
                .with_native_roots(false)
                .with_pem_certificate(valid_bundle(path)?);
        }
        let tls = TlsContext::builder()
            .with_trust_store(trust)
            .build()
            .map_err(|_| CaBundleError::Broken {
                path: ca_bundle.map(Path::to_owned).unwrap_or_default(),
            })?;
        Ok(Self { tls, clock })
    }

    /// The client that SDK clients share.
    pub(super) fn client(&self) -> SharedHttpClient {
        let http = self.clone();
        let inner = Builder::new().build_with_connector_fn(move |settings, components| {
            let sleep = components.and_then(RuntimeComponents::sleep_impl);
            http.connect(settings.cloned(), sleep)
        });
        SharedHttpClient::new(Dated {
            inner,
            clock: self.clock.clone(),
        })
    }

    /// A connector for the one call that no SDK makes.
    pub(super) fn connector(&self, settings: HttpConnectorSettings) -> impl HttpConnector + use<> {
        let sleep = SharedAsyncSleep::new(TokioSleep::new());
        Dated {
            inner: SharedHttpConnector::new(self.connect(Some(settings), Some(sleep))),
            clock: self.clock.clone(),
        }
    }

    /// A hand-built connector has proxies off until they are set.
    fn connect(&self, settings: Option<HttpConnectorSettings>, sleep: Option<SharedAsyncSleep>) -> Connector {
        let mut builder = Connector::builder();
        builder.set_connector_settings(settings);
        builder.set_sleep_impl(sleep);
        builder
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(Provider::rustls(CryptoMode::Ring))
            .tls_context(self.tls.clone())
            .build()
    }
}

/// A client or connector whose answers teach the clock by their `Date`.
#[derive(Debug)]
struct Dated<T> {
    inner: T,
    clock: Clock,
}

impl HttpClient for Dated<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Dated {
            inner: self.inner.http_connector(settings, components),
            clock: self.clock.clone(),
        })
    }
}

impl HttpConnector for Dated<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (answer, clock) = (self.inner.call(request), self.clock.clone());
        HttpConnectorFuture::new(async move {
            let sent = clock::now();
            let response = answer.await?;
            let date = response.headers().get("date").and_then(date);
            if let Some(date) = date {
                clock.learn(sent, clock::now(), date);
            }
            Ok(response)
        })
    }
}

/// A date as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()
}

/// Reads a bundle and proves each certificate, because the HTTP client panics on a bad one.
fn valid_bundle(path: &Path) -> Result<Vec<u8>, CaBundleError> {
    let broken = || CaBundleError::Broken {
        path: path.to_owned(),
    };
    let bytes = std::fs::read(path).map_err(|source| CaBundleError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        roots
            .add(certificate.map_err(|_| broken())?)
            .map_err(|_| broken())?;
    }
    if roots.is_empty() {
        Err(broken())
    } else {
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http_are_read() {
        let at = |text| date(text).map(Timestamp::as_second);
        assert_eq!(at("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(at("soon"), None);
    }

    #[test]
    fn a_broken_bundle_is_an_error_and_no_panic() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = folder.path().join("none.pem");
        assert!(matches!(
            Http::new(Some(&missing), Clock::new(|_| ())),
            Err(CaBundleError::Unreadable { .. })
        ));
        let path = folder.path().join("bundle.pem");
        for broken in [
            "",
            "no pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            std::fs::write(&path, broken).expect("a file");
            assert!(
                matches!(
                    Http::new(Some(&path), Clock::new(|_| ())),
                    Err(CaBundleError::Broken { .. })
                ),
                "{broken}"
            );
        }
    }
}
