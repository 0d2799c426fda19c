//! The colour that an account has in the AWS console: GetAccountCustomizations of the service "uxc".
//!
//! One signed GET: the SDK's client for it would be the largest part of it. Source: botocore's `uxc` model and the
//! service authorization reference. Only the commercial partition has the service, and only us-east-1 answers.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde::Deserialize;

use super::{Aws, AwsError};
use crate::aws::refusals::classify::classify_untrusted_response;
use crate::aws::refusals::origin::AnswerOrigin;
use crate::aws::refusals::reason::find_reason;
use crate::aws::wire::single_call::Answer;
use crate::domain::RoleCredentials;
use crate::domain::rules::AccountColor;
use crate::domain::sessions::start_url::may_open;

const ENDPOINT: &str = "https://uxc.us-east-1.api.aws";
const REGION: &str = "us-east-1";
const SERVICE: &str = "uxc";
/// What it is called in errors, which only the log has.
const HOST: &str = "the console's account settings";

/// The colours by their names on the wire; `none` is the other one.
const COLORS: [(&str, AccountColor); 9] = [
    ("pink", AccountColor::Pink),
    ("purple", AccountColor::Purple),
    ("darkBlue", AccountColor::DarkBlue),
    ("lightBlue", AccountColor::LightBlue),
    ("teal", AccountColor::Teal),
    ("green", AccountColor::Green),
    ("yellow", AccountColor::Yellow),
    ("orange", AccountColor::Orange),
    ("red", AccountColor::Red),
];

#[derive(Deserialize)]
struct Customizations {
    #[serde(rename = "accountColor")]
    color: Option<String>,
}

impl Aws {
    /// Where the settings of accounts are read; `None` where they must not be. Credentials from an endpoint that is
    /// not AWS's are not sent to AWS's, and there is no FIPS endpoint.
    #[must_use]
    pub fn account_settings_endpoint(&self) -> Option<String> {
        let is_elsewhere = self.endpoints.sso.is_some() || self.is_fips();
        let usual = || (!is_elsewhere).then(|| ENDPOINT.to_owned());
        self.endpoints.uxc.clone().or_else(usual)
    }

    /// The colour of the account that the credentials are for; `None` where it has none. A refusal that is AWS's is
    /// [`AwsError::Forbidden`].
    pub async fn account_color(
        &self,
        endpoint: &str,
        credentials: &RoleCredentials,
    ) -> Result<Option<AccountColor>, AwsError> {
        let uri = format!("{}/v1/account-customizations", endpoint.trim_end_matches('/'));
        // Who has the signed request can repeat it for some minutes, and it holds the session token.
        if !may_open(&uri) {
            let words = format!("`{endpoint}` is neither https nor on this machine");
            return Err(AwsError::Configuration(words.into()));
        }
        let request = self.signed_get(&uri, credentials)?;
        // No one waits for it: it is not listed among what is waited for.
        let http = self.http.unlisted();
        let answer = self
            .send_once(&http, request, ("GetAccountCustomizations", HOST))
            .await?;
        parse_color(answer)
    }

    /// A GET without a body, signed (Signature Version 4) by AWS's own implementation.
    fn signed_get(&self, uri: &str, credentials: &RoleCredentials) -> Result<HttpRequest, AwsError> {
        let unsigned =
            |error: &(dyn std::error::Error + 'static)| AwsError::Configuration(find_reason(error));
        let identity = Credentials::new(
            &credentials.access_key_id,
            credentials.secret_access_key.expose(),
            Some(credentials.session_token.expose().to_owned()),
            None,
            "genkan",
        )
        .into();
        let since = u64::try_from(self.clock.now().as_millisecond()).unwrap_or(0);
        let settings = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name(SERVICE)
            .time(SystemTime::UNIX_EPOCH + Duration::from_millis(since))
            .settings(SigningSettings::default())
            .build()
            .map_err(|e| unsigned(&e))?
            .into();
        let accept = [("accept", "application/json")];
        let signable = SignableRequest::new("GET", uri, accept.into_iter(), SignableBody::Bytes(&[]))
            .map_err(|e| unsigned(&e))?;
        let (signed, _) = sign(signable, &settings).map_err(|e| unsigned(&e))?.into_parts();
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(uri).map_err(|e| unsigned(&e))?;
        for (name, value) in accept.into_iter().chain(signed.headers()) {
            request.headers_mut().insert(name.to_owned(), value.to_owned());
        }
        Ok(request)
    }
}

fn parse_color(answer: Answer) -> Result<Option<AccountColor>, AwsError> {
    let host = HOST.to_owned();
    let (status, retry_after) = (answer.from.status, None);
    match (status, answer.origin) {
        (_, AnswerOrigin::Unmarked) => Err(classify_untrusted_response(answer.from, None)),
        (200, _) => color_in(&answer.body),
        (403, _) if answer.error_type.starts_with("AccessDenied") => {
            Err(AwsError::Forbidden("uxc:GetAccountCustomizations".into()))
        }
        // The credentials have ended, or a clock is wrong: another time they may do.
        (401 | 403, _) => Err(AwsError::Unauthorized),
        (429, _) => Err(AwsError::Throttled { host, retry_after }),
        _ => Err(AwsError::Server {
            host,
            status,
            retry_after,
        }),
    }
}

/// A colour that is not known yet is none.
fn color_in(body: &[u8]) -> Result<Option<AccountColor>, AwsError> {
    let unreadable = |reason: &str| AwsError::Unreadable {
        host: HOST.to_owned(),
        reason: reason.into(),
    };
    let read: Customizations = serde_json::from_slice(body).map_err(|_| unreadable("it is not JSON"))?;
    let name = read
        .color
        .ok_or_else(|| unreadable("`accountColor` is missing"))?;
    Ok(COLORS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, color)| *color))
}
