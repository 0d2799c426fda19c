//! The console's federation endpoint: trades role credentials for a sign-in token.
//!
//! Posted as a form, so that no secret stands in a URL that something may log.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use zeroize::Zeroizing;

use super::client::patiently;
use super::error::of_connection;
use super::reason::reason;
use super::{Aws, AwsError};
use crate::domain::start_url::may_open;
use crate::domain::text::clean;
use crate::domain::{Region, RoleCredentials, Secret, console};

/// The longest answer that is read.
const MOST_BYTES: usize = 64 * 1024;
const LIMIT: Duration = Duration::from_secs(15);

impl Aws {
    /// Where `getSigninToken` is posted and `login` is opened; `None` where the partition's is not public.
    #[must_use]
    pub fn federation_endpoint(&self, region: &Region) -> Option<String> {
        self.sign_in_endpoint.as_deref().map_or_else(
            || console::federation_endpoint(region),
            |base| Some(format!("{}/federation", base.trim_end_matches('/'))),
        )
    }

    /// Asks for a sign-in token, good for 15 minutes and one console session.
    pub async fn sign_in_token(
        &self,
        endpoint: &str,
        credentials: &RoleCredentials,
    ) -> Result<Secret, AwsError> {
        patiently(|| self.ask_for_sign_in_token(endpoint, credentials)).await
    }

    async fn ask_for_sign_in_token(
        &self,
        endpoint: &str,
        credentials: &RoleCredentials,
    ) -> Result<Secret, AwsError> {
        let host = "the console's sign-in".to_owned();
        let no_endpoint = || {
            let endpoint = clean(endpoint);
            AwsError::Configuration(format!("`{endpoint}` is neither https nor on this machine"))
        };
        // Credentials are posted there.
        if !may_open(endpoint) {
            return Err(no_endpoint());
        }
        let form = Zeroizing::new(
            url::form_urlencoded::Serializer::new(String::new())
                .append_pair("Action", "getSigninToken")
                .append_pair("Session", console::federation_session(credentials).expose())
                .finish()
                .into_bytes(),
        );
        let mut request = HttpRequest::new(SdkBody::from(Bytes::from_owner(form)));
        request.set_uri(endpoint.to_owned()).map_err(|_| no_endpoint())?;
        request
            .set_method("POST")
            .map_err(|e| AwsError::Configuration(reason(&e)))?;
        request
            .headers_mut()
            .insert("content-type", "application/x-www-form-urlencoded");
        request.headers_mut().insert("accept", "application/json");
        let begun = tokio::time::Instant::now();
        let (status, body) = tokio::time::timeout(self.patience.unwrap_or(LIMIT), self.exchange(request))
            .await
            .map_err(|_| AwsError::Timeout { host: host.clone() })??;
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(operation = "getSigninToken", status, ms, "call");
        let retry_after = None;
        match status {
            200 => {}
            429 => return Err(AwsError::Throttled { host, retry_after }),
            500.. => {
                return Err(AwsError::Server {
                    host,
                    status,
                    retry_after,
                });
            }
            _ => {
                return Err(AwsError::Forbidden(format!(
                    "{host} refused the credentials with status {status}"
                )));
            }
        }
        serde_json::from_slice::<serde_json::Value>(&body)
            .ok()
            .and_then(|json| json.get("SigninToken")?.as_str().map(Secret::new))
            .filter(|token| !token.expose().is_empty())
            .ok_or_else(|| AwsError::Unreadable {
                host,
                reason: "there is no sign-in token in it".to_owned(),
            })
    }

    async fn exchange(&self, request: HttpRequest) -> Result<(u16, Zeroizing<Vec<u8>>), AwsError> {
        let host = || "the console's sign-in".to_owned();
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(self.patience.unwrap_or(LIMIT))
            .build();
        let response = self
            .http
            .connector(settings)
            .call(request)
            .await
            .map_err(|e| of_connection(&e, host()))?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MOST_BYTES)
            .collect()
            .await
            .map_err(|e| AwsError::Unreadable {
                host: host(),
                reason: reason(e.as_ref()),
            })?;
        Ok((status, Zeroizing::new(body.to_bytes().into())))
    }
}
