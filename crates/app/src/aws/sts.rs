//! STS: who the credentials of an environment belong to.
//!
//! The only call for which the SDK looks for credentials by itself: that search is the very thing that is asked about.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_types::retry::RetryConfig;
use aws_types::os_shim_internal::Env;
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::client::{timeout_config, with_retries};
use super::{Aws, AwsError};
use crate::aws::refusals::classify::classify_error;
use crate::aws::refusals::reason::find_reason;
use crate::domain::targets::chained_roles::BaseCredentials;
use crate::domain::text::clean_text;
use crate::domain::{Region, Secret};
use crate::platform::clock::Clock;

/// How long the search may take: a program may ask a user for a code.
const SEARCH: Duration = Duration::from_mins(1);

/// Who someone is for AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub account_id: String,
    pub arn: String,
    pub user_id: String,
}

/// Where the SDK looks for credentials: genkan's own reading of the environment and of the shared files. It keeps no
/// `Debug`, because both hold secrets.
#[derive(Default)]
pub struct SearchPlaces {
    /// The variables that are set to something.
    pub variables: HashMap<String, String>,
    pub config: Zeroizing<String>,
    pub credentials: Zeroizing<String>,
}

#[allow(
    deprecated,
    reason = "the new names are those of a crate that is nothing to us otherwise"
)]
fn profile_files(places: &SearchPlaces) -> aws_config::profile::profile_file::ProfileFiles {
    use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};
    ProfileFiles::builder()
        .with_contents(ProfileFileKind::Config, places.config.as_str())
        .with_contents(ProfileFileKind::Credentials, places.credentials.as_str())
        .build()
}

/// What the search ended with, without the list of all that it tried.
fn no_credentials(error: &(dyn std::error::Error + 'static)) -> AwsError {
    AwsError::NoCredentials(in_plain_words(&find_reason(error)).into())
}

/// The SDK's sentence without the words that only its developers need.
fn in_plain_words(reason: &str) -> String {
    if reason.contains("credentials-login") {
        return "the profile is signed in with `aws login`, which only the AWS CLI supports".to_owned();
    }
    let first = reason.split(". Attempted:").next().unwrap_or(reason);
    let first = first
        .strip_prefix("ProfileFile provider could not be built: ")
        .unwrap_or(first);
    let process = "Error retrieving credentials: external process exited with code ";
    let Some(ended) = first.strip_prefix(process) else {
        return first.to_owned();
    };
    match ended.split_once(". Stderr: ") {
        Some((code, said)) if !said.trim().is_empty() => {
            format!(
                "the credential_process failed ({code}): {}",
                said.trim_end_matches('\u{fffd}').trim()
            )
        }
        _ => {
            let code = ended.split(". Stderr").next().unwrap_or(ended);
            format!("the credential_process failed ({code})")
        }
    }
}

/// What STS refuses is the credentials, whatever the error is called: the request has nothing else.
fn about_credentials(error: AwsError) -> AwsError {
    match error {
        AwsError::Forbidden(words) | AwsError::InvalidRequest(words) | AwsError::NotFound(words) => {
            AwsError::CredentialsRejected(words)
        }
        AwsError::Unauthorized => AwsError::CredentialsRejected("status 401".into()),
        error => error,
    }
}

/// Who an answer says that someone is.
pub(super) fn caller_in(answer: GetCallerIdentityOutput) -> Caller {
    let text = |value: Option<String>| value.map(|v| clean_text(&v)).unwrap_or_default();
    Caller {
        account_id: text(answer.account),
        arn: text(answer.arn),
        user_id: text(answer.user_id),
    }
}

/// Signatures bear the time; AWS refuses one that is five minutes off.
#[derive(Debug)]
pub(super) struct Corrected(pub(super) Clock);

impl TimeSource for Corrected {
    fn now(&self) -> SystemTime {
        let since = u64::try_from(self.0.now().as_millisecond()).unwrap_or(0);
        SystemTime::UNIX_EPOCH + Duration::from_millis(since)
    }
}

impl Aws {
    /// GetCallerIdentity with what the SDK finds in the environment: variables, profiles (their processes
    /// are run, their roles assumed), container, instance.
    pub async fn caller(&self, region: Option<&Region>, places: SearchPlaces) -> Result<Caller, AwsError> {
        let config = self.searching(region, places).await;
        let credentials = self.search(&config).await?;
        let mut of_the_search = aws_sdk_sts::config::Builder::from(&config).credentials_provider(credentials);
        of_the_search.set_endpoint_url(self.endpoints.sts.clone());
        let client = aws_sdk_sts::Client::from_conf(of_the_search.build());
        let answer = with_retries(&self.requests, || async {
            client
                .get_caller_identity()
                .send()
                .await
                .map_err(|error| classify_error(&error, "STS"))
        })
        .await
        .map_err(about_credentials)?;
        Ok(caller_in(answer))
    }

    /// What the SDK finds in some places.
    pub async fn found_credentials(
        &self,
        region: &Region,
        places: SearchPlaces,
    ) -> Result<BaseCredentials, AwsError> {
        let config = self.searching(Some(region), places).await;
        let found = self.search(&config).await?;
        let ends = found.expiry().and_then(|at| Timestamp::try_from(at).ok());
        Ok(BaseCredentials {
            access_key_id: found.access_key_id().to_owned(),
            secret_access_key: Secret::new(found.secret_access_key()),
            session_token: found.session_token().map(Secret::new),
            expires_at: ends,
        })
    }

    /// The SDK's own search, in some places alone.
    async fn searching(&self, region: Option<&Region>, places: SearchPlaces) -> SdkConfig {
        let region = region.map_or("us-east-1", Region::as_str).to_owned();
        let files = profile_files(&places);
        aws_config::defaults(BehaviorVersion::latest())
            .env(Env::from(places.variables))
            .profile_files(files)
            .http_client(self.http.client())
            .time_source(SharedTimeSource::new(Corrected(self.clock.clone())))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeout_config(self.timeout))
            .region(aws_types::region::Region::new(region))
            .load()
            .await
    }

    /// What the search through the environment ends with. It may run programs, which may never end.
    async fn search(&self, config: &SdkConfig) -> Result<Credentials, AwsError> {
        let provider = config
            .credentials_provider()
            .ok_or_else(|| AwsError::NoCredentials("nothing is configured".into()))?;
        let _search = self
            .requests
            .begin("looking for credentials as an SDK does, which may run a credential_process".to_owned());
        let limit = self.timeout.unwrap_or(SEARCH);
        let Ok(found) = tokio::time::timeout(limit, provider.provide_credentials()).await else {
            let seconds = limit.as_secs();
            let words = format!("the search took longer than {seconds} s; a credential_process may hang");
            return Err(AwsError::NoCredentials(words.into()));
        };
        found.map_err(|error| no_credentials(&error))
    }
}
