//! STS for chained roles: AssumeRole, signed with the credentials of the hop before, and who those belong to.
//!
//! The endpoint is that of the Region, as SDKs take it today; a profile with `sts_regional_endpoints = legacy` gets the
//! global one for the Regions that were there before 2019, as botocore has them.

use aws_credential_types::Credentials;
use aws_sdk_sts::error::SdkError;
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::Timestamp;

use super::calls::CallLog;
use super::client::with_retries;
use super::sts::{Corrected, caller_in};
use super::{Aws, AwsError, Caller};
use crate::aws::refusals::classify::classify_error;
use crate::domain::targets::chained_roles::BaseCredentials;
use crate::domain::text::CleanText;
use crate::domain::{ChainedRole, Region, RoleCredentials, Secret};

/// A request for a role.
#[derive(Debug)]
pub struct RoleRequest<'a> {
    pub role: &'a ChainedRole,
    pub session_name: &'a str,
    /// How long the credentials shall live; what STS gives if not said.
    pub seconds: Option<u32>,
    /// The Region whose STS is asked.
    pub region: &'a Region,
    /// Those of the hop before.
    pub with: &'a BaseCredentials,
    /// What the call is listed under.
    pub session: &'a str,
}

/// Why there are no credentials of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleRefusal {
    /// AccessDenied, whyever.
    Denied(CleanText),
    /// The credentials of the hop before are not (any longer) good.
    HopRejected(CleanText),
    /// The request says something that STS doesn't take.
    Invalid(CleanText),
    /// STS isn't active in the Region, for the account of the hop before.
    RegionDisabled(CleanText),
    /// What can fail in any call.
    Other(AwsError),
}

/// The Regions that `legacy` means.
const LEGACY: [&str; 16] = [
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "aws-global",
];
const GLOBAL: &str = "https://sts.amazonaws.com";
const GLOBAL_REGION: &str = "us-east-1";

impl Aws {
    /// AssumeRole.
    pub async fn assume_role(&self, request: &RoleRequest<'_>) -> Result<RoleCredentials, RoleRefusal> {
        let RoleRequest { role, .. } = request;
        let options = &role.options;
        let client = self.sts(request.region, request.with, options.is_global, request.session);
        let _pending = self
            .requests
            .begin(format!("waiting for STS to give credentials for {}", role.arn));
        let seconds = request.seconds.and_then(|seconds| i32::try_from(seconds).ok());
        let ask = || async {
            let asked = client
                .assume_role()
                .role_arn(role.arn.to_string())
                .role_session_name(request.session_name)
                .set_external_id(options.external_id.clone())
                .set_duration_seconds(seconds);
            match asked.send().await {
                Ok(answer) => Ok(Ok(answer)),
                // What may pass is tried again.
                Err(error) => match classify_refusal(&error) {
                    RoleRefusal::Other(error) => Err(error),
                    refusal => Ok(Err(refusal)),
                },
            }
        };
        let answer = with_retries(&self.requests, ask)
            .await
            .map_err(RoleRefusal::Other)??;
        let credentials = answer
            .credentials
            .ok_or_else(|| unreadable_answer("`Credentials` is missing"))?;
        parse_credentials(&credentials)
    }

    /// GetCallerIdentity with some credentials.
    pub async fn caller_of(
        &self,
        credentials: &BaseCredentials,
        (region, is_global): (&Region, bool),
        session: &str,
    ) -> Result<Caller, AwsError> {
        let client = self.sts(region, credentials, is_global, session);
        let answer = client.get_caller_identity().send().await;
        Ok(caller_in(answer.map_err(|error| classify_error(&error, "STS"))?))
    }

    fn sts(
        &self,
        region: &Region,
        credentials: &BaseCredentials,
        is_global: bool,
        session: &str,
    ) -> aws_sdk_sts::Client {
        let (region, global) = place_of(region, is_global);
        let endpoint = self.endpoints.sts.clone();
        let mut config = aws_sdk_sts::config::Builder::from(self.sdk_config())
            .region(aws_types::region::Region::new(region.to_owned()))
            .time_source(SharedTimeSource::new(Corrected(self.clock.clone())))
            .interceptor(CallLog {
                session: session.to_owned(),
                activity: self.activity.clone(),
            })
            .credentials_provider(Credentials::new(
                &credentials.access_key_id,
                credentials.secret_access_key.expose(),
                credentials
                    .session_token
                    .as_ref()
                    .map(|token| token.expose().to_owned()),
                None,
                "genkan",
            ));
        config.set_endpoint_url(endpoint.or_else(|| global.map(str::to_owned)));
        aws_sdk_sts::Client::from_conf(config.build())
    }
}

/// The Region that a request for one is signed for, and its endpoint where that is not the Region's own.
fn place_of(region: &Region, is_global: bool) -> (&str, Option<&'static str>) {
    if is_global && LEGACY.contains(&region.as_str()) {
        (GLOBAL_REGION, Some(GLOBAL))
    } else {
        (region.as_str(), None)
    }
}

/// The credentials of an answer. They are printed as they are, so what can't be credentials is none.
fn parse_credentials(credentials: &aws_sdk_sts::types::Credentials) -> Result<RoleCredentials, RoleRefusal> {
    let texts = [
        credentials.access_key_id(),
        credentials.secret_access_key(),
        credentials.session_token(),
    ];
    let is_printable = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    if !texts.iter().all(is_printable) {
        return Err(unreadable_answer(
            "the credentials are empty or hold characters that none have",
        ));
    }
    let expires_at = Timestamp::from_second(credentials.expiration().secs());
    Ok(RoleCredentials {
        access_key_id: credentials.access_key_id().to_owned(),
        secret_access_key: Secret::new(credentials.secret_access_key()),
        session_token: Secret::new(credentials.session_token()),
        expires_at: expires_at.map_err(|_| unreadable_answer("`Expiration` is out of range"))?,
    })
}

fn unreadable_answer(reason: &str) -> RoleRefusal {
    RoleRefusal::Other(AwsError::Unreadable {
        host: "STS".to_owned(),
        reason: reason.into(),
    })
}

fn classify_refusal<E>(error: &SdkError<E, HttpResponse>) -> RoleRefusal
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let SdkError::ServiceError(service) = error else {
        return RoleRefusal::Other(classify_error(error, "STS"));
    };
    let words = || CleanText::new(service.err().message().unwrap_or("it gives no reason"));
    match service.err().code().unwrap_or_default() {
        "AccessDenied" | "AccessDeniedException" => RoleRefusal::Denied(words()),
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch" => RoleRefusal::HopRejected(words()),
        "ValidationError"
        | "MalformedPolicyDocument"
        | "PackedPolicyTooLarge"
        | "InvalidParameterValue"
        | "MissingParameter" => RoleRefusal::Invalid(words()),
        "RegionDisabledException" => RoleRefusal::RegionDisabled(words()),
        "Throttling" | "RequestLimitExceeded" => RoleRefusal::Other(AwsError::Throttled {
            host: "STS".to_owned(),
            retry_after: None,
        }),
        _ => RoleRefusal::Other(classify_error(error, "STS")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `interop::sts_endpoints` compares this table with botocore's own answers.
    #[test]
    fn legacy_means_the_global_endpoint_in_old_regions_alone() {
        for (region, is_global, signed, endpoint) in [
            ("ap-northeast-1", true, "us-east-1", Some(GLOBAL)),
            ("us-west-2", true, "us-east-1", Some(GLOBAL)),
            ("ap-northeast-1", false, "ap-northeast-1", None),
            ("ap-east-1", true, "ap-east-1", None),
            ("us-gov-west-1", true, "us-gov-west-1", None),
        ] {
            let region: Region = region.parse().expect("a Region");
            assert_eq!(place_of(&region, is_global), (signed, endpoint), "{region}");
        }
    }
}
