//! Why a call got no answer of AWS: certificate, proxy, something in between, or the network.

use std::error::Error;

use aws_smithy_runtime_api::client::result::ConnectorError;
use rustls::{CertificateError, Error as Tls};

use super::origin::NotFromAws;
use super::reason::find_reason;
use crate::aws::wire::connect::Unconnected;
use crate::aws::wire::way::Failed;
use crate::domain::text::CleanText;

/// What is wrong with the certificate of the server that answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// A company's proxy opens TLS, or the system's certificates are missing.
    #[error("its certificate is signed by an unknown authority")]
    UnknownAuthority,
    #[error("its certificate has expired according to this machine's clock")]
    Expired,
    #[error("its certificate is not yet valid according to this machine's clock")]
    NotYetValid,
    /// Someone else answers: a captive portal, a proxy, a wrong DNS entry.
    #[error("its certificate is for another host")]
    WrongHost,
    #[error("its certificate is not valid")]
    Invalid,
}

/// Why there is no answer.
#[derive(Debug)]
pub(in crate::aws) enum Unanswered {
    Timeout,
    Distrusted(Distrust),
    /// The proxy wants a user name and password before it connects.
    ProxyAuthentication,
    /// The proxy doesn't connect to this host: its status.
    ProxyRefused(u16),
    NotFromAws(NotFromAws),
    /// Nothing was sent: the settings don't allow it.
    Configuration(CleanText),
    Unreachable(CleanText),
}

/// Sorts a failed connection.
pub(in crate::aws) fn classify_unanswered(error: &ConnectorError) -> Unanswered {
    let error = find_cause::<Failed>(error).map_or(error, |failed| &failed.source);
    if let Some(answer) = find_cause::<NotFromAws>(error) {
        return Unanswered::NotFromAws(answer.clone());
    }
    if error.is_timeout() {
        return Unanswered::Timeout;
    }
    if let Some(tls) = find_cause::<Tls>(error) {
        return of_tls(tls);
    }
    let reason = find_reason(error);
    if reason.contains("must contain scheme") {
        return Unanswered::Configuration("an endpoint URL has no scheme such as https://".into());
    }
    if error.is_user() || reason.starts_with("Invalid Configuration") {
        // The words of the services' endpoint rules.
        return Unanswered::Configuration(reason);
    }
    match find_cause::<Unconnected>(error) {
        Some(Unconnected::Refused(407)) => Unanswered::ProxyAuthentication,
        Some(Unconnected::Refused(status)) => Unanswered::ProxyRefused(*status),
        _ => Unanswered::Unreachable(reason),
    }
}

/// Whether the proxy itself could not be reached, or not be trusted.
pub(in crate::aws) fn is_at_the_proxy(error: &ConnectorError) -> bool {
    matches!(find_cause::<Unconnected>(error), Some(Unconnected::Proxy(_)))
}

fn of_tls(error: &Tls) -> Unanswered {
    use CertificateError as C;
    let why = match error {
        Tls::InvalidCertificate(why) => {
            return Unanswered::Distrusted(match why {
                C::UnknownIssuer => Distrust::UnknownAuthority,
                C::Expired | C::ExpiredContext { .. } => Distrust::Expired,
                C::NotValidYet | C::NotValidYetContext { .. } => Distrust::NotYetValid,
                C::NotValidForName | C::NotValidForNameContext { .. } => Distrust::WrongHost,
                // What the TLS library says of a self-signed certificate that is an authority's.
                C::Other(why) if why.to_string().contains("CaUsedAsEndEntity") => Distrust::UnknownAuthority,
                _ => Distrust::Invalid,
            });
        }
        Tls::InvalidMessage(_) => "the server doesn't speak TLS",
        Tls::PeerIncompatible(_) => "no common TLS version or cipher",
        Tls::AlertReceived(_) => "the server aborted the TLS handshake",
        _ => "the TLS handshake failed",
    };
    Unanswered::Unreachable(why.into())
}

/// The error of a type in a chain. An I/O error hides its cause from `source`, and may hold another.
pub(in crate::aws) fn find_cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let held = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        if let Some(found) = held.and_then(|held| find_cause::<T>(held)) {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// Whether no connection came about at all: what was refused or has no address is the first host on the way.
pub(in crate::aws) fn is_unconnected(error: &ConnectorError) -> bool {
    use std::io::ErrorKind as K;
    let kind = find_cause::<std::io::Error>(error).map(std::io::Error::kind);
    matches!(
        kind,
        Some(K::ConnectionRefused | K::HostUnreachable | K::NetworkUnreachable)
    ) || find_reason(error).contains("failed to lookup address")
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn sorted(error: impl Error + Send + Sync + 'static) -> Unanswered {
        classify_unanswered(&ConnectorError::io(Box::new(error)))
    }

    #[test]
    fn a_certificate_is_found_however_deep_it_is_wrapped() {
        for depth in 0..4 {
            let mut error = io::Error::other(Tls::InvalidCertificate(CertificateError::UnknownIssuer));
            for _ in 0..depth {
                error = io::Error::other(error);
            }
            let sorted = sorted(error);
            assert!(
                matches!(sorted, Unanswered::Distrusted(Distrust::UnknownAuthority)),
                "{depth} {sorted:?}"
            );
        }
    }

    #[test]
    fn each_kind_of_certificate_has_its_sentence() {
        for (why, distrust) in [
            (CertificateError::Expired, Distrust::Expired),
            (CertificateError::NotValidYet, Distrust::NotYetValid),
            (CertificateError::NotValidForName, Distrust::WrongHost),
            (CertificateError::Revoked, Distrust::Invalid),
        ] {
            let Unanswered::Distrusted(found) = sorted(Tls::InvalidCertificate(why.clone())) else {
                panic!("{why:?}");
            };
            assert_eq!(found, distrust);
        }
    }
}
