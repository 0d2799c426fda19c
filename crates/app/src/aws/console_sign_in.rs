//! The console's federation endpoint: trades role credentials for a sign-in token.
//!
//! Posted as a form, so that no secret is in a URL that something may log.

use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use zeroize::Zeroizing;

use super::client::with_retries;
use super::{Aws, AwsError, Proxy};
use crate::aws::refusals::classify::classify_untrusted_response;
use crate::aws::refusals::origin::AnswerOrigin;
use crate::aws::refusals::reason::find_reason;
use crate::aws::wire::single_call::Answer;
use crate::domain::sessions::start_url::may_open;
use crate::domain::web::console;
use crate::domain::{Partition, Region, RoleCredentials, Secret};

/// The longest console session that there is.
const LONGEST_SESSION: Duration = Duration::from_hours(12);

impl Aws {
    /// Where `getSigninToken` is posted and `login` is opened.
    #[must_use]
    pub fn federation_endpoint(&self, region: &Region) -> String {
        self.endpoints.sign_in.as_deref().map_or_else(
            || console::federation_endpoint(region),
            |base| format!("{}/federation", base.trim_end_matches('/')),
        )
    }

    /// The host that ends console sessions and leads on to a page of its own, without a path.
    #[must_use]
    pub fn sign_out_host(&self, partition: Partition) -> String {
        self.endpoints.sign_in.as_deref().map_or_else(
            || console::sign_out_host(partition),
            |base| base.trim_end_matches('/').to_owned(),
        )
    }

    /// Whether the user's settings put the console's sign-in somewhere else.
    #[must_use]
    pub fn has_own_sign_in_endpoint(&self) -> bool {
        self.endpoints.sign_in.is_some()
    }

    /// Asks for a sign-in token, good for 15 minutes and one console session: of twelve hours where AWS allows
    /// that for these credentials, else of the time that they have left. Chained credentials allow only the
    /// latter: then nothing longer is asked for.
    pub async fn sign_in_token(
        &self,
        endpoint: &str,
        credentials: &RoleCredentials,
        may_last: bool,
    ) -> Result<Secret, AwsError> {
        let ask = |duration| {
            with_retries(&self.requests, move || {
                self.ask_for_sign_in_token(endpoint, credentials, duration)
            })
        };
        match ask(may_last.then_some(LONGEST_SESSION)).await {
            Err(error) if !may_last => Err(error),
            Err(AwsError::ConsoleRefused { .. }) => ask(None).await,
            done => done,
        }
    }

    async fn ask_for_sign_in_token(
        &self,
        endpoint: &str,
        credentials: &RoleCredentials,
        duration: Option<Duration>,
    ) -> Result<Secret, AwsError> {
        let no_endpoint =
            || AwsError::Configuration(format!("`{endpoint}` is neither https nor on this machine").into());
        // Credentials are posted there.
        if !may_open(endpoint) {
            return Err(no_endpoint());
        }
        let form = build_form(credentials, duration);
        let mut request = HttpRequest::new(SdkBody::from(Bytes::from_owner(form)));
        request.set_uri(endpoint.to_owned()).map_err(|_| no_endpoint())?;
        request
            .set_method("POST")
            .map_err(|e| AwsError::Configuration(find_reason(&e)))?;
        request
            .headers_mut()
            .insert("content-type", "application/x-www-form-urlencoded");
        request.headers_mut().insert("accept", "application/json");
        self.send_once(&self.http, request, ("getSigninToken", HOST))
            .await?
            .token(self.http.proxy(endpoint))
    }
}

/// Whom we ask, in sentences.
const HOST: &str = "the console's sign-in";

/// The form that asks for a token.
fn build_form(credentials: &RoleCredentials, duration: Option<Duration>) -> Zeroizing<Vec<u8>> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", "getSigninToken")
        .append_pair("Session", console::federation_session(credentials).expose());
    if let Some(duration) = duration {
        form.append_pair("SessionDuration", &duration.as_secs().to_string());
    }
    Zeroizing::new(form.finish().into_bytes())
}

impl Answer {
    fn token(self, proxy: Option<Proxy>) -> Result<Secret, AwsError> {
        let host = HOST.to_owned();
        let (status, retry_after) = (self.from.status, None);
        match (status, self.origin) {
            (200, _) => self.token_in_body(proxy),
            // Its usual refusal. Whether its page carries a mark is not documented, so the sentence leaves it open.
            (400, origin) => Err(AwsError::ConsoleRefused {
                status,
                marked: origin == AnswerOrigin::Aws,
            }),
            (_, AnswerOrigin::Unmarked) => Err(classify_untrusted_response(self.from, proxy)),
            (429, _) => Err(AwsError::Throttled { host, retry_after }),
            (500.., _) => Err(AwsError::Server {
                host,
                status,
                retry_after,
            }),
            _ => Err(AwsError::ConsoleRefused { status, marked: true }),
        }
    }

    fn token_in_body(self, proxy: Option<Proxy>) -> Result<Secret, AwsError> {
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(&self.body) else {
            return Err(match self.origin {
                AnswerOrigin::Unmarked => classify_untrusted_response(self.from, proxy),
                AnswerOrigin::Aws => no_token(),
            });
        };
        json.get("SigninToken")
            .and_then(serde_json::Value::as_str)
            .filter(|token| !token.is_empty())
            .map(Secret::new)
            .ok_or_else(no_token)
    }
}

fn no_token() -> AwsError {
    AwsError::Unreadable {
        host: HOST.to_owned(),
        reason: "it has no sign-in token".into(),
    }
}
