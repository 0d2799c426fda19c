//! The one HTTP client: rustls with ring, proxies from the environment, an own CA bundle. Each answer
//! with AWS's marks, good or bad, teaches the clock.

use std::fmt::Write as _;
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
use aws_smithy_types::body::SdkBody;
use base64::Engine as _;
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::bounded::Bounded;
use super::gate::Gate;
use super::origin::AnswerOrigin;
use super::way::Ways;
use crate::platform::clock::{self, Clock};
use crate::platform::gate::{self, FileKind, OpenError};
use crate::platform::pending::{PendingRequest, PendingRequests};

/// What a person trusts can't be used. `variable` says where it was set.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    #[error("`{}`, which {variable} names, can't be read: {source}", path.display())]
    Unreadable {
        variable: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("`{}`, which {variable} names, holds no valid PEM certificate", path.display())]
    Broken { variable: &'static str, path: PathBuf },
}

/// A PEM file of certificates that are trusted in place of the system's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The variable, or the setting, that names it.
    pub set_by: &'static str,
    pub path: PathBuf,
}

/// Trust and proxies, resolved once: makes the SDKs' client and single connectors.
#[derive(Clone, Debug)]
pub(super) struct Http {
    tls: TlsContext,
    clock: Clock,
    ways: Ways,
    requests: PendingRequests,
}

impl Http {
    /// Reads what is trusted. The SDKs for Rust know no `AWS_CA_BUNDLE`; a broken `SSL_CERT_FILE`
    /// would leave them with nothing to trust, which no later error tells.
    pub(super) fn new(
        bundle: Option<&Bundle>,
        ways: Ways,
        clock: Clock,
        requests: PendingRequests,
    ) -> Result<Self, TrustError> {
        let mut store = TrustStore::default();
        if let Some(Bundle { set_by, path }) = bundle {
            store = store
                .with_native_roots(false)
                .with_pem_certificate(valid_bundle(set_by, path)?);
        }
        let tls = TlsContext::builder().with_trust_store(store).build();
        let tls = tls.map_err(|_| TrustError::Broken {
            variable: bundle.map_or("", |bundle| bundle.set_by),
            path: bundle.map(|bundle| bundle.path.clone()).unwrap_or_default(),
        })?;
        Ok(Self {
            tls,
            clock,
            ways,
            requests,
        })
    }

    /// The client that SDK clients share.
    pub(super) fn client(&self) -> SharedHttpClient {
        let http = self.clone();
        let inner = Builder::new().build_with_connector_fn(move |settings, components| {
            let sleep = components.and_then(RuntimeComponents::sleep_impl);
            http.connect(settings.cloned(), sleep)
        });
        answers_of_aws(
            SharedHttpClient::new(inner),
            self.ways.clone(),
            self.clock.clone(),
            self.requests.clone(),
        )
    }

    /// A connector for the one call that no SDK makes.
    pub(super) fn connector(&self, settings: HttpConnectorSettings) -> impl HttpConnector + use<> {
        let sleep = SharedAsyncSleep::new(TokioSleep::new());
        Dated {
            inner: SharedHttpConnector::new(self.connect(Some(settings), Some(sleep))),
            clock: self.clock.clone(),
            ways: self.ways.clone(),
            requests: self.requests.clone(),
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

/// What every answer passes, from the network inwards: its size has a limit, its origin is AWS, its `Date`
/// teaches the clock.
pub(super) fn answers_of_aws(
    inner: SharedHttpClient,
    ways: Ways,
    clock: Clock,
    requests: PendingRequests,
) -> SharedHttpClient {
    let bounded = SharedHttpClient::new(Bounded(inner));
    SharedHttpClient::new(Dated {
        inner: SharedHttpClient::new(Gate(bounded)),
        clock,
        ways,
        requests,
    })
}

/// A client or connector whose answers, where they carry AWS's marks, teach the clock by their `Date`. A request
/// is listed as pending until its answer is read or dropped.
#[derive(Debug)]
struct Dated<T> {
    inner: T,
    clock: Clock,
    ways: Ways,
    requests: PendingRequests,
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
            ways: self.ways.clone(),
            requests: self.requests.clone(),
        })
    }
}

impl HttpConnector for Dated<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (ways, uri) = (self.ways.clone(), request.uri().to_owned());
        let pending = self
            .requests
            .begin(format!("waiting for {}", ways.describe(&uri)));
        let (answer, clock) = (self.inner.call(request), self.clock.clone());
        HttpConnectorFuture::new(async move {
            let sent = clock::now();
            let mut response = answer.await.map_err(|error| ways.explain(&uri, error))?;
            let date = response.headers().get("date").and_then(date);
            if let (AnswerOrigin::Aws, Some(date)) = (AnswerOrigin::of_headers(response.headers()), date) {
                clock.learn(sent, clock::now(), date);
            }
            let body = std::mem::replace(response.body_mut(), SdkBody::taken());
            *response.body_mut() = pending_until_read(body, pending);
            Ok(response)
        })
    }
}

/// A body that holds its request until it has been read, or is dropped.
fn pending_until_read(body: SdkBody, pending: PendingRequest) -> SdkBody {
    SdkBody::from_body_1_x(body.map_frame(move |frame| {
        let _request = &pending;
        frame
    }))
}

/// A date as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()
}

/// Reads a bundle: the certificates in it that the TLS library understands, as PEM again. It
/// panics on others, and a system's bundle may hold some that are older than its rules.
fn valid_bundle(variable: &'static str, path: &Path) -> Result<Vec<u8>, TrustError> {
    let broken = || TrustError::Broken {
        variable,
        path: path.to_owned(),
    };
    let unreadable = |source| TrustError::Unreadable {
        variable,
        path: path.to_owned(),
        source,
    };
    let bytes = gate::read(path, FileKind::Named)
        .map_err(OpenError::into_io)
        .and_then(|bytes| {
            bytes.ok_or_else(|| std::io::Error::new(std::io::ErrorKind::NotFound, "no such file"))
        })
        .map_err(unreadable)?;
    let mut roots = RootCertStore::empty();
    let mut pem = String::new();
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        let certificate = certificate.map_err(|_| broken())?;
        let encoded = base64::engine::general_purpose::STANDARD.encode(&certificate);
        if roots.add(certificate).is_ok() {
            let _ = write!(
                pem,
                "-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n"
            );
        }
    }
    if roots.is_empty() {
        Err(broken())
    } else {
        Ok(pem.into_bytes())
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
        let path = folder.path().join("bundle.pem");
        let new = |path: &Path| {
            let bundle = Bundle {
                set_by: "AWS_CA_BUNDLE",
                path: path.to_owned(),
            };
            Http::new(
                Some(&bundle),
                Ways::default(),
                Clock::new(|_| ()),
                PendingRequests::default(),
            )
        };
        let error = new(&missing).expect_err("missing");
        assert!(
            error.to_string().ends_with("can't be read: no such file"),
            "{error}"
        );
        for broken in [
            "",
            "no pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            std::fs::write(&path, broken).expect("a file");
            let error = new(&path).expect_err(broken);
            assert!(matches!(error, TrustError::Broken { .. }), "{broken}: {error}");
        }
    }
}
