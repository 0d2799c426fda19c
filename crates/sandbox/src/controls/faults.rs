//! Trouble on demand: what can go wrong with an answer, and when it does.
//! Knows operations by name and answers by shape; which request asks for what is the router's knowledge.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use hyper::StatusCode;
use serde_json::json;

use crate::serving::http::{Body, Reply};
use crate::serving::query::{Refusal, Service};

/// An operation that faults can be injected into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// sso-oidc RegisterClient
    RegisterClient,
    /// sso-oidc StartDeviceAuthorization
    StartDeviceAuthorization,
    /// sso-oidc CreateToken
    CreateToken,
    /// sso ListAccounts
    ListAccounts,
    /// sso ListAccountRoles
    ListAccountRoles,
    /// sso GetRoleCredentials
    GetRoleCredentials,
    /// sso Logout
    Logout,
    /// sts GetCallerIdentity
    GetCallerIdentity,
    /// sts AssumeRole
    AssumeRole,
    /// sts GetSessionToken
    GetSessionToken,
    /// sts GetAccessKeyInfo
    GetAccessKeyInfo,
    /// iam CreateAccessKey
    CreateAccessKey,
    /// iam ListAccessKeys
    ListAccessKeys,
    /// iam UpdateAccessKey
    UpdateAccessKey,
    /// iam DeleteAccessKey
    DeleteAccessKey,
    /// iam GetAccessKeyLastUsed
    GetAccessKeyLastUsed,
    /// iam GetUser
    GetUser,
    /// iam ListMFADevices
    ListMfaDevices,
    /// getSigninToken of console federation
    GetSigninToken,
    /// uxc GetAccountCustomizations
    GetAccountCustomizations,
}

impl Operation {
    /// Whether the portal's rate limit counts it.
    pub(crate) fn is_portal(self) -> bool {
        matches!(
            self,
            Self::ListAccounts | Self::ListAccountRoles | Self::GetRoleCredentials | Self::Logout
        )
    }

    /// Whether the random faults of [`crate::Options::faults`] fall on it.
    pub(crate) fn is_fallible(self) -> bool {
        self.is_portal()
            || matches!(
                self,
                Self::RegisterClient | Self::StartDeviceAuthorization | Self::CreateToken
            )
    }

    /// The service of the query protocol that it belongs to.
    pub(crate) fn query_service(self) -> Option<Service> {
        match self {
            Self::GetCallerIdentity | Self::AssumeRole | Self::GetSessionToken | Self::GetAccessKeyInfo => {
                Some(Service::Sts)
            }
            Self::CreateAccessKey
            | Self::ListAccessKeys
            | Self::UpdateAccessKey
            | Self::DeleteAccessKey
            | Self::GetAccessKeyLastUsed
            | Self::GetUser
            | Self::ListMfaDevices => Some(Service::Iam),
            _ => None,
        }
    }
}

/// Something that goes wrong with one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Status 429; of STS and IAM status 400 and `Throttling` where it is named.
    TooManyRequests {
        /// The `Retry-After` header, in seconds.
        retry_after: Option<u32>,
        /// Whether the answer names `TooManyRequestsException`; SDKs retry only if it does.
        named: bool,
    },
    /// Status 500, `InternalServerException`.
    InternalError,
    /// Status 503 with an HTML body, as a load balancer answers.
    Unavailable,
    /// What the request was made with (registration, code, token, credentials) expires at that
    /// moment; the answer is the true one. A new registration has ended as soon as it is given.
    Expired,
    /// Status 400, `InvalidRequestException`, as for a parameter that is not allowed.
    BadRequest,
    /// An answer that is not AWS's: this status, an HTML page, and none of AWS's headers.
    NotFromAws(u16),
    /// Status 401, `UnauthorizedException`, whatever the token; of STS and IAM 403 and `InvalidClientTokenId`.
    Unauthorized,
    /// Status 403, `ForbiddenException`; of STS and IAM `AccessDenied`.
    Forbidden,
    /// The request is read and never answered.
    Hang,
    /// The connection is reset (TCP RST) after the request was read.
    Reset,
    /// The true answer, its body spread over this time. The request takes effect.
    SlowBody(Duration),
    /// The first half of the true answer, then the connection closes. The request takes effect.
    TruncatedBody,
    /// Status 200 and JSON, or XML where the service speaks that, of another shape.
    WrongJson,
    /// Status 200 and a body that is no JSON or XML, though the header says so.
    BrokenJson,
    /// Status 200 and an HTML page, as a captive portal or a proxy answers.
    WrongContentType,
    /// Status 200 and this many bytes of JSON that never end properly.
    OversizedBody(u64),
}

/// What a fault makes of a request.
pub(crate) enum Effect {
    /// Answer with this and do nothing.
    Instead(Reply),
    /// The same without the headers that AWS sends with every answer.
    InPlaceOfAws(Reply),
    /// Answer truly, then spoil the answer's body.
    Spoil(fn(Vec<u8>, Duration) -> Body, Duration),
    /// End what it was made with, then answer truly.
    Expire,
    Hang,
    Reset,
}

impl Fault {
    /// What it makes of a request of an operation, in the shape that its service answers in.
    pub(crate) fn effect(&self, operation: Operation, request_id: &str) -> Effect {
        let Some(service) = operation.query_service() else {
            return self.effect_in_json();
        };
        let refusal = match self {
            Self::TooManyRequests { named: true, .. } => {
                Refusal::new(StatusCode::BAD_REQUEST, "Throttling", "Rate exceeded")
            }
            Self::InternalError => Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalFailure",
                "An internal error occurred.",
            ),
            Self::BadRequest => Refusal::validation("Invalid parameter"),
            Self::Unauthorized => Refusal::new(
                StatusCode::FORBIDDEN,
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            ),
            Self::Forbidden => Refusal::denied("No access"),
            Self::WrongJson => {
                let xml = "<Unexpected><Answer>1</Answer></Unexpected>\n";
                return Effect::Instead(Reply::new(StatusCode::OK, "text/xml", xml));
            }
            Self::BrokenJson => {
                let xml = "<GetCallerIdentityResponse><GetCallerIdent";
                return Effect::Instead(Reply::new(StatusCode::OK, "text/xml", xml));
            }
            _ => return self.effect_in_json(),
        };
        Effect::Instead(refusal.reply(service, request_id))
    }

    fn effect_in_json(&self) -> Effect {
        let named = |status, name: &'static str, message: &str| {
            let body =
                json!({ "message": message, "__type": format!("com.amazonaws.switchboard.portal#{name}") });
            Reply::json(status, &body).with("x-amzn-errortype", name)
        };
        Effect::Instead(match self {
            Self::TooManyRequests {
                retry_after,
                named: with_name,
            } => {
                let status = StatusCode::TOO_MANY_REQUESTS;
                let reply = if *with_name {
                    named(status, "TooManyRequestsException", "HTTP 429 Unknown Code")
                } else {
                    Reply::json(status, &json!({ "message": "Too Many Requests" }))
                };
                match retry_after {
                    Some(seconds) => reply.with("retry-after", &seconds.to_string()),
                    None => reply,
                }
            }
            Self::InternalError => named(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerException",
                "An internal error occurred.",
            ),
            Self::Unavailable => Reply::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "text/html",
                "<html><body><h1>503 Service Unavailable</h1></body></html>",
            ),
            Self::BadRequest => named(
                StatusCode::BAD_REQUEST,
                "InvalidRequestException",
                "Invalid parameter",
            ),
            Self::NotFromAws(status) => return Effect::InPlaceOfAws(proxy_page(*status)),
            Self::Unauthorized => named(
                StatusCode::UNAUTHORIZED,
                "UnauthorizedException",
                "Session token not found or invalid",
            ),
            Self::Forbidden => named(StatusCode::FORBIDDEN, "ForbiddenException", "No access"),
            Self::Expired => return Effect::Expire,
            Self::Hang => return Effect::Hang,
            Self::Reset => return Effect::Reset,
            Self::SlowBody(over) => return Effect::Spoil(Body::Slow, *over),
            Self::TruncatedBody => return Effect::Spoil(|body, _| Body::Cut(body), Duration::ZERO),
            Self::WrongJson => Reply::json(StatusCode::OK, &json!([{ "unexpected": [1, 2, 3] }])),
            Self::BrokenJson => Reply::new(StatusCode::OK, "application/json", "{\"accountList\": [{\"acc"),
            Self::WrongContentType => return Effect::InPlaceOfAws(proxy_page(200)),
            Self::OversizedBody(size) => {
                let mut reply = Reply::new(StatusCode::OK, "application/json", Vec::new());
                reply.body = Body::Padded(b"{\"padding\":\"".to_vec(), *size);
                reply
            }
        })
    }
}

/// What a proxy or a captive portal sends.
fn proxy_page(status: u16) -> Reply {
    Reply::new(
        StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN),
        "text/html",
        "<!doctype html><title>Welcome</title><p>Please accept the terms of this network.",
    )
}

/// Which faults wait for which requests.
pub(crate) struct Faults {
    queued: BTreeMap<Operation, VecDeque<Fault>>,
    accounts: BTreeMap<String, Fault>,
    fraction: f64,
    random: u64,
}

/// No test needs more; a runaway script must not fill the memory.
const MOST_QUEUED: usize = 100_000;

impl Faults {
    pub(crate) fn new(fraction: f64, seed: u64) -> Self {
        Self {
            queued: BTreeMap::new(),
            accounts: BTreeMap::new(),
            fraction,
            random: seed,
        }
    }

    pub(crate) fn queue(&mut self, operation: Operation, fault: &Fault, times: usize) {
        let queue = self.queued.entry(operation).or_default();
        let room = MOST_QUEUED.saturating_sub(queue.len());
        queue.extend(std::iter::repeat_n(fault.clone(), times.min(room)));
    }

    pub(crate) fn fail_account(&mut self, account_id: &str, fault: Fault) {
        self.accounts.insert(account_id.to_owned(), fault);
    }

    pub(crate) fn heal_account(&mut self, account_id: &str) {
        self.accounts.remove(account_id);
    }

    pub(crate) fn clear(&mut self) {
        self.queued.clear();
        self.accounts.clear();
        self.fraction = 0.0;
    }

    pub(crate) fn set_fraction(&mut self, fraction: f64) {
        self.fraction = fraction.clamp(0.0, 1.0);
    }

    /// The fault for the next request of this operation, if one is due: a queued one first, then the
    /// account's, then chance.
    pub(crate) fn next(&mut self, operation: Operation, account_id: Option<&str>) -> Option<Fault> {
        if let Some(fault) = self.queued.get_mut(&operation).and_then(VecDeque::pop_front) {
            return Some(fault);
        }
        if let Some(fault) = account_id.and_then(|id| self.accounts.get(id)) {
            return Some(fault.clone());
        }
        if self.fraction <= 0.0 || !operation.is_fallible() {
            return None;
        }
        let drawn = split_mix(&mut self.random);
        // 32 bits of chance are plenty, and exact in floating point.
        let chance = f64::from(u32::try_from(drawn >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX);
        if chance >= self.fraction {
            return None;
        }
        Some(match drawn % 3 {
            0 => Fault::TooManyRequests {
                retry_after: None,
                named: true,
            },
            1 => Fault::InternalError,
            _ => Fault::Unavailable,
        })
    }
}

/// SplitMix64: small, well spread, the same everywhere.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queued_before_account_before_chance() {
        let mut faults = Faults::new(0.0, 1);
        faults.fail_account("1", Fault::Forbidden);
        faults.queue(Operation::ListAccountRoles, &Fault::Hang, 2);
        let mut next = |account| faults.next(Operation::ListAccountRoles, account);
        assert_eq!(next(Some("1")), Some(Fault::Hang));
        assert_eq!(next(None), Some(Fault::Hang));
        assert_eq!(next(None), None);
        assert_eq!(next(Some("2")), None);
        assert_eq!(next(Some("1")), Some(Fault::Forbidden));
        faults.heal_account("1");
        assert_eq!(faults.next(Operation::ListAccountRoles, Some("1")), None);
    }

    #[test]
    fn chance_is_repeatable_and_near_its_fraction() {
        let run = |seed| {
            let mut faults = Faults::new(0.05, seed);
            (0..10_000)
                .map(|_| faults.next(Operation::ListAccounts, None))
                .collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        let hits = run(7).iter().flatten().count();
        assert!((400..600).contains(&hits), "{hits}");
    }
}
