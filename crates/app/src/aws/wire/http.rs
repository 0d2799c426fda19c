//! The one HTTP client: who is trusted, which proxies there are, and what each answer passes. Each answer
//! with AWS's marks, good or bad, teaches the clock.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::bounded::Bounded;
use super::connect::Trust;
use super::exchange::{Exchange, Exchanges, Limits};
use super::way::{Proxy, Ways};
use crate::aws::refusals::origin::AnswerOrigin;
use crate::aws::refusals::origin_filter::OriginFilter;
use crate::platform::clock::{self, Clock};
use crate::platform::files::safe_open;
use crate::platform::files::safe_open::{FileKind, OpenError};
use crate::platform::pending::{PendingRequest, PendingRequests};
use crate::platform::rest::Rest;

/// What a user trusts can't be used. `variable` says where it was set.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    #[error("can't read `{}` (from {variable}): {source}", path.display())]
    Unreadable {
        variable: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("`{}` (from {variable}) contains no valid PEM certificate", path.display())]
    Broken { variable: &'static str, path: PathBuf },
}

impl TrustError {
    /// What to do next.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let (Self::Unreadable { variable, .. } | Self::Broken { variable, .. }) = self;
        vec![format!(
            "set {variable} to a PEM file with your company's CA certificates, or unset it"
        )]
    }
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
pub(in crate::aws) struct Http {
    trust: Trust,
    clock: Clock,
    ways: Ways,
    requests: PendingRequests,
    rest: Rest,
}

impl Http {
    /// Reads what is trusted. The SDKs for Rust know no `AWS_CA_BUNDLE`; a broken `SSL_CERT_FILE`
    /// would leave them with nothing to trust, which no later error tells.
    pub(in crate::aws) fn new(
        bundle: Option<&Bundle>,
        ways: Ways,
        clock: Clock,
        requests: PendingRequests,
        rest: Rest,
    ) -> Result<Self, TrustError> {
        let roots = bundle.map(|bundle| valid_bundle(bundle.set_by, &bundle.path));
        Ok(Self {
            trust: Trust::new(roots.transpose()?),
            clock,
            ways,
            requests,
            rest,
        })
    }

    /// The client that SDK clients share.
    pub(in crate::aws) fn client(&self) -> SharedHttpClient {
        let http = self.clone();
        let rest = self.rest.clone();
        let inner = Exchanges::new(rest, move |limits| http.exchange(limits));
        answers_of_aws(
            SharedHttpClient::new(inner),
            self.ways.clone(),
            self.clock.clone(),
            self.requests.clone(),
        )
    }

    /// A connector for calls that no SDK makes.
    pub(in crate::aws) fn connector(&self, settings: &HttpConnectorSettings) -> impl HttpConnector + use<> {
        DateRecorder {
            inner: SharedHttpConnector::new(self.exchange(Limits::of(settings))),
            clock: self.clock.clone(),
            ways: self.ways.clone(),
            requests: self.requests.clone(),
        }
    }

    /// The same, but its requests are not among those that are waited for.
    pub(in crate::aws) fn unlisted(&self) -> Self {
        Self {
            requests: PendingRequests::default(),
            ..self.clone()
        }
    }

    /// The proxy that a request to this address goes through.
    pub(in crate::aws) fn proxy(&self, uri: &str) -> Option<Proxy> {
        self.ways.proxy(uri)
    }

    fn exchange(&self, limits: Limits) -> Exchange {
        Exchange::new(self.trust.clone(), Arc::clone(&self.ways.proxies), limits)
    }
}

/// What every answer passes, from the network inwards: its size has a limit, its origin is AWS, its `Date`
/// teaches the clock.
pub(in crate::aws) fn answers_of_aws(
    inner: SharedHttpClient,
    ways: Ways,
    clock: Clock,
    requests: PendingRequests,
) -> SharedHttpClient {
    let bounded = SharedHttpClient::new(Bounded(inner));
    SharedHttpClient::new(DateRecorder {
        inner: SharedHttpClient::new(OriginFilter(bounded)),
        clock,
        ways,
        requests,
    })
}

/// A client or connector whose answers, where they carry AWS's marks, teach the clock by their `Date`. A request
/// is listed as pending until its answer is read or dropped.
#[derive(Debug)]
struct DateRecorder<T> {
    inner: T,
    clock: Clock,
    ways: Ways,
    requests: PendingRequests,
}

impl HttpClient for DateRecorder<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(DateRecorder {
            inner: self.inner.http_connector(settings, components),
            clock: self.clock.clone(),
            ways: self.ways.clone(),
            requests: self.requests.clone(),
        })
    }
}

impl HttpConnector for DateRecorder<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (ways, uri) = (self.ways.clone(), request.uri().to_owned());
        let pending = self
            .requests
            .begin(format!("waiting for {}", ways.describe(&uri)));
        let (answer, clock) = (self.inner.call(request), self.clock.clone());
        HttpConnectorFuture::new(async move {
            let sent = clock::current_time();
            let mut response = answer.await.map_err(|error| ways.explain(&uri, error))?;
            let date = response.headers().get("date").and_then(parse_date);
            if let (AnswerOrigin::Aws, Some(date)) = (AnswerOrigin::of_headers(response.headers()), date) {
                clock.learn(sent, clock::current_time(), date);
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
fn parse_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()
}

/// Reads a bundle: the certificates in it that the TLS library understands. A system's bundle may hold some that are
/// older than its rules.
fn valid_bundle(variable: &'static str, path: &Path) -> Result<RootCertStore, TrustError> {
    let broken = || TrustError::Broken {
        variable,
        path: path.to_owned(),
    };
    let unreadable = |source| TrustError::Unreadable {
        variable,
        path: path.to_owned(),
        source,
    };
    let bytes = safe_open::read_file(path, FileKind::Named)
        .map_err(OpenError::into_io)
        .and_then(|bytes| {
            bytes.ok_or_else(|| std::io::Error::new(std::io::ErrorKind::NotFound, "no such file"))
        })
        .map_err(unreadable)?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        let _ = roots.add(certificate.map_err(|_| broken())?);
    }
    if roots.is_empty() {
        Err(broken())
    } else {
        Ok(roots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http_are_read() {
        let at = |text| parse_date(text).map(Timestamp::as_second);
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
                Rest::default(),
            )
        };
        let error = new(&missing).expect_err("missing");
        assert!(
            error.to_string().ends_with("(from AWS_CA_BUNDLE): no such file"),
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
