//! Why a call to AWS failed: one sentence for a user, what to do, and whether the call may succeed later.
//!
//! `classify` makes these from the SDKs' errors.

use std::time::Duration;

use crate::aws::refusals::unanswered::Distrust;
use crate::aws::wire::way::Proxy;
use crate::domain::text::CleanText;
use crate::domain::{AccountId, PermissionSetName};

/// Why a call to AWS failed. `Display` is one sentence for a user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AwsError {
    /// CreateToken: no one has approved yet.
    #[error("the sign-in has not been approved yet")]
    AuthorizationPending,
    /// CreateToken: polled faster than allowed.
    #[error("Identity Center asks for slower polling")]
    SlowDown,
    /// CreateToken: the device code has ended.
    #[error("the sign-in code has expired")]
    ExpiredToken,
    /// CreateToken: the user pressed Deny.
    #[error("the sign-in was denied in the browser")]
    AccessDenied,
    /// CreateToken: the refresh token or code is not (any longer) good.
    #[error("Identity Center rejected the grant: {0}")]
    InvalidGrant(CleanText),
    /// The client registration is unknown or over.
    #[error("Identity Center rejected the client registration: {0}")]
    InvalidClient(CleanText),
    /// 401: the access token is not (any longer) good, whatever its expiry says.
    #[error("Identity Center rejected the access token")]
    Unauthorized,
    /// 403: no such assignment, or one that has just been removed.
    #[error("{}", explain_denial(.0))]
    Forbidden(CleanText),
    /// GetRoleCredentials, 403: this permission set isn't assigned.
    #[error("access denied to {permission_set} in {account}")]
    NotAssigned {
        permission_set: PermissionSetName,
        account: AccountId,
    },
    #[error("not found: {0}")]
    NotFound(CleanText),
    /// getSigninToken: the console's sign-in doesn't take these credentials, or not for so long.
    #[error("{}", console_refused(*status, *marked))]
    ConsoleRefused {
        status: u16,
        /// The answer carries AWS's marks. The console's sign-in may refuse with a page that has none.
        marked: bool,
    },
    /// 429.
    #[error("too many requests to {host}")]
    Throttled {
        host: String,
        retry_after: Option<Duration>,
    },
    /// Another 4xx.
    #[error("Identity Center rejected the request: {0}")]
    InvalidRequest(CleanText),
    /// 5xx.
    #[error("{host} returned HTTP {status}")]
    Server {
        host: String,
        status: u16,
        retry_after: Option<Duration>,
    },
    #[error("request to {host} timed out{}", through_proxy(proxy.as_ref()))]
    Timeout { host: String, proxy: Option<Proxy> },
    #[error("could not reach {host}: {reason}")]
    Unreachable {
        host: String,
        reason: CleanText,
        /// What to check, where that is known.
        check: Option<String>,
    },
    /// TLS: the certificate of the server that answered isn't one that is trusted here.
    #[error("{host} can't be trusted: {why}")]
    Untrusted {
        host: String,
        why: Distrust,
        proxy: Option<Proxy>,
    },
    /// An answer without AWS's marks. It says nothing about tokens, access or time.
    #[error("{}", not_from_aws(host, *status, sender.as_deref()))]
    NotFromAws {
        /// The host that was asked.
        host: String,
        status: u16,
        /// What the answer calls its sender.
        sender: Option<CleanText>,
        proxy: Option<Proxy>,
    },
    /// The proxy wants a user name and password.
    #[error("the proxy on the way to {host} requires authentication (HTTP 407)")]
    ProxyAuthentication { host: String, variable: &'static str },
    /// The proxy doesn't connect to the host.
    #[error(
        "{} refused to connect to {host} (HTTP {status})",
        proxy.as_ref().map_or("the proxy".to_owned(), Proxy::to_string)
    )]
    ProxyRefused {
        host: String,
        status: u16,
        /// The host name that the proxy was asked for.
        asked: String,
        proxy: Option<Proxy>,
    },
    /// RegisterClient or CreateToken: a scope that Identity Center doesn't know or allow.
    #[error("Identity Center rejected the registration scopes: {0}")]
    InvalidScope(CleanText),
    /// Truncated, oversized or malformed.
    #[error("unexpected response from {host}: {reason}")]
    Unreadable { host: String, reason: CleanText },
    /// Pages that lead back to each other, or to more than there can be.
    #[error("{host} returned endless pages")]
    PaginationLoop { host: String },
    /// The SDK's own search for credentials ended without any.
    #[error("no credentials found: {0}")]
    NoCredentials(CleanText),
    /// GetCallerIdentity: the credentials that the search found are not (any longer) good.
    #[error("AWS rejected the credentials of this environment: {0}")]
    CredentialsRejected(CleanText),
    /// IAM or STS refused a signed call.
    #[error("{service} refused {action}: {}", in_its_words(code, words))]
    Refused {
        service: &'static str,
        action: &'static str,
        /// Such as `AccessDenied`.
        code: CleanText,
        words: CleanText,
    },
    /// Endpoint or client configuration that can't work.
    #[error("the AWS configuration doesn't allow this request: {0}")]
    Configuration(CleanText),
}

impl AwsError {
    /// Whether the same call may succeed later without anybody doing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Throttled { .. }
                | Self::Server { .. }
                | Self::Timeout { .. }
                | Self::Unreachable { .. }
                | Self::Unreadable { .. }
                | Self::SlowDown
        ) || matches!(
            self,
            Self::NotFromAws { status, .. } | Self::ProxyRefused { status, .. } if may_pass(*status)
        )
    }

    /// Whether AWS was not reached at all: something else answered, or nothing did.
    #[must_use]
    pub fn is_about_the_network(&self) -> bool {
        matches!(
            self,
            Self::NotFromAws { .. }
                | Self::ProxyAuthentication { .. }
                | Self::ProxyRefused { .. }
                | Self::Untrusted { .. }
                | Self::Timeout { .. }
                | Self::Unreachable { .. }
        )
    }

    /// The code with which IAM or STS refused a call.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code.as_str()),
            _ => None,
        }
    }

    /// How long the service asks to wait, where it does.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after, .. } | Self::Server { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// What a user can do about it.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        if let Some(rest) = self.retry_after() {
            let rest = rest.as_secs();
            return vec![format!(
                "retry in {rest} s; other tools share the limit of 20 requests per second"
            )];
        }
        let hint = match self {
            Self::Unauthorized | Self::InvalidGrant(_) => "run `genkan login` to sign in again",
            Self::InvalidClient(_) => "run `genkan login` again to register a new client",
            Self::Forbidden(_) => {
                "the permission set may have been removed or is still being provisioned; refresh the list with \
                 `genkan list --refresh`"
            }
            Self::Throttled { .. } => "wait a minute; other tools share the limit of 20 requests per second",
            Self::Server { .. } => "try again in a minute; AWS status: https://health.aws.amazon.com",
            Self::NotAssigned { .. } => "`genkan list --refresh` shows what you have access to",
            Self::Unreachable {
                check: Some(check), ..
            } => return vec![check.clone()],
            Self::Timeout { proxy, .. } => return vec![unreachable_hint(proxy.as_ref())],
            Self::Unreachable { .. } => return vec![unreachable_hint(None)],
            Self::Untrusted { why, proxy, .. } => {
                return vec![distrust_hint(*why, proxy_variable(proxy.as_ref()))];
            }
            Self::NotFromAws {
                host, status, proxy, ..
            } => return vec![not_from_aws_hint(host, *status, proxy_variable(proxy.as_ref()))],
            Self::ProxyAuthentication { variable, .. } => {
                return vec![format!(
                    "set {variable} to http://USER:PASSWORD@HOST:PORT with the proxy's user name and password"
                )];
            }
            Self::ProxyRefused { asked, proxy, .. } => {
                let variable = proxy_variable(proxy.as_ref());
                return vec![format!(
                    "it may block {asked}, require a sign-in, or have a problem: ask its administrator, \
                     or check {variable} and NO_PROXY"
                )];
            }
            Self::ConsoleRefused { .. } => {
                "try again, or open it through the access portal: `genkan console --via portal`"
            }
            Self::InvalidScope(_) => {
                "check sso_registration_scopes of this SSO session: account access needs sso:account:access"
            }
            Self::Unreadable { .. } | Self::PaginationLoop { .. } => {
                "a proxy or captive portal may have answered instead; check the proxy settings and the SSO Region"
            }
            Self::InvalidRequest(_) => "check the start URL and the SSO Region of this SSO session",
            Self::NoCredentials(_) => {
                "`genkan whoami` shows where they should come from; `genkan shell` opens a shell for a target"
            }
            Self::CredentialsRejected(_) => {
                "`genkan whoami` shows where they come from; `genkan shell` opens a shell for a target"
            }
            Self::Configuration(_) => {
                "check AWS_ENDPOINT_URL*, AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT"
            }
            Self::Refused {
                code,
                action,
                service,
                ..
            } => {
                return refused_hint(code, &format!("{}:{action}", service.to_lowercase()));
            }
            Self::ExpiredToken | Self::AccessDenied => "run `genkan login` for a new code",
            Self::AuthorizationPending | Self::SlowDown | Self::NotFound(_) => return Vec::new(),
        };
        vec![hint.to_owned()]
    }
}

/// AWS's words, where they say more than the sentence does.
fn explain_denial(words: &str) -> String {
    if words.eq_ignore_ascii_case("no access") {
        "access denied".to_owned()
    } else {
        format!("access denied: {words}")
    }
}

/// AWS's words, or the code where there are none.
fn in_its_words<'a>(code: &'a str, words: &'a str) -> &'a str {
    if words.is_empty() { code } else { words }
}

fn refused_hint(code: &str, permission: &str) -> Vec<String> {
    let hint = match code {
        "AccessDenied" | "AccessDeniedException" => {
            format!("check that the user may do {permission}, and whether its policies require MFA")
        }
        "InvalidClientTokenId" => {
            "the key was deleted or deactivated, or belongs to another partition".to_owned()
        }
        "SignatureDoesNotMatch" => {
            "check the secret access key, and this machine's clock: `date -u`".to_owned()
        }
        "RequestExpired" | "ExpiredToken" => "check this machine's clock: `date -u`".to_owned(),
        "LimitExceeded" => "a user has two access keys at most: delete one that is not in use".to_owned(),
        _ => return Vec::new(),
    };
    vec![hint]
}

fn console_refused(status: u16, marked: bool) -> String {
    if marked {
        format!("the console sign-in rejected the credentials (HTTP {status})")
    } else {
        format!(
            "HTTP {status} came from the console sign-in or from something in front of it: the credentials may have \
             been refused"
        )
    }
}

fn not_from_aws(host: &str, status: u16, sender: Option<&str>) -> String {
    let sender = sender
        .map(|name| format!(" (it calls itself `{name}`)"))
        .unwrap_or_default();
    format!("HTTP {status} came from something between this machine and {host}, not from AWS{sender}")
}

/// Whether an answer of something in between may be another one in a moment.
fn may_pass(status: u16) -> bool {
    matches!(status, 200 | 408 | 425 | 429 | 500..)
}

/// The variable to name where the one in use isn't known.
const HTTPS_PROXY: &str = "HTTPS_PROXY";

/// The variable that names the proxy in use.
pub(super) fn proxy_variable(proxy: Option<&Proxy>) -> &'static str {
    proxy.map_or(HTTPS_PROXY, |proxy| proxy.variable)
}

fn through_proxy(proxy: Option<&Proxy>) -> String {
    proxy.map(|proxy| format!(" through {proxy}")).unwrap_or_default()
}

fn unreachable_hint(proxy: Option<&Proxy>) -> String {
    format!(
        "check the network, VPN, {} and the SSO Region",
        proxy_variable(proxy)
    )
}

fn not_from_aws_hint(host: &str, status: u16, variable: &str) -> String {
    match status {
        200 | 300..=399 | 511 => {
            "a captive portal may have answered instead of AWS: open any web page in a browser, sign in to the network, \
             then try again"
                .to_owned()
        }
        403 | 451 => format!(
            "a proxy or firewall blocks the request: ask for {host} to be allowed, or check {variable}, NO_PROXY and \
             the VPN"
        ),
        408 | 425 | 429 | 500.. => format!(
            "a proxy or load balancer may have a problem: try again in a minute, and check {variable} and the VPN"
        ),
        _ => format!("a proxy or gateway may require a sign-in: check {variable}, NO_PROXY and the VPN"),
    }
}

fn distrust_hint(why: Distrust, variable: &str) -> String {
    let hint = match why {
        Distrust::UnknownAuthority => {
            "if a company proxy inspects TLS, set AWS_CA_BUNDLE to a PEM file with its certificate; \
             otherwise check that the system's CA certificates are installed"
        }
        Distrust::Expired | Distrust::NotYetValid => {
            "check this machine's date and time; if they are right, something else may have answered instead of AWS"
        }
        Distrust::WrongHost => {
            return format!(
                "a captive portal or proxy may have answered instead of AWS: open any web page in a browser, and check \
                 {variable} and AWS_ENDPOINT_URL*"
            );
        }
        Distrust::Invalid => {
            return format!("something else may have answered instead of AWS: check {variable} and the VPN");
        }
    };
    hint.to_owned()
}
