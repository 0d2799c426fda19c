//! A call that no SDK makes: one request, its answer whole, and who gave it.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use http_body_util::{BodyExt as _, Limited};
use zeroize::Zeroizing;

use super::http::Http;
use crate::aws::refusals::classify::classify_connection_error;
use crate::aws::refusals::origin::{AnswerOrigin, NotFromAws};
use crate::aws::refusals::reason::find_reason;
use crate::aws::{Aws, AwsError};
use crate::domain::records::activity::Answer as Status;
use crate::platform::clock;
use crate::platform::log;

/// The longest answer that is read.
const MOST_BYTES: usize = 64 * 1024;
const LIMIT: Duration = Duration::from_secs(15);

/// What came back, from whomever.
pub(in crate::aws) struct Answer {
    pub(in crate::aws) origin: AnswerOrigin,
    /// Who it is from, if it isn't from AWS.
    pub(in crate::aws) from: NotFromAws,
    /// The name of an error, where a header has it.
    pub(in crate::aws) error_type: String,
    pub(in crate::aws) body: Zeroizing<Vec<u8>>,
}

impl Aws {
    /// Sends a request over a client of ours. `operation` and `host` are what it is called in the log and in errors.
    pub(in crate::aws) async fn send_once(
        &self,
        http: &Http,
        request: HttpRequest,
        (operation, host): (&'static str, &str),
    ) -> Result<Answer, AwsError> {
        let begun = tokio::time::Instant::now();
        let proxy = http.proxy(request.uri());
        let limit = self.timeout.unwrap_or(LIMIT);
        let answer = tokio::time::timeout(limit, send_request(http, request, host, limit))
            .await
            .map_err(|_| AwsError::Timeout {
                host: host.to_owned(),
                proxy,
            })??;
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        log::info!(
            "call operation={operation:?} status={} ms={ms}",
            answer.from.status
        );
        let status = Status::Status(answer.from.status);
        self.activity
            .request(operation, "", status, ms, clock::current_time());
        Ok(answer)
    }
}

async fn send_request(
    http: &Http,
    request: HttpRequest,
    host: &str,
    limit: Duration,
) -> Result<Answer, AwsError> {
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(limit)
        .build();
    let uri = request.uri().to_owned();
    let response = http.connector(&settings).call(request).await;
    let response = response.map_err(|e| classify_connection_error(&e, host.to_owned()))?;
    let origin = AnswerOrigin::of_headers(response.headers());
    let from = NotFromAws::new(&uri, &response);
    let error_type = response
        .headers()
        .get("x-amzn-errortype")
        .unwrap_or_default()
        .to_owned();
    let body = Limited::new(response.into_body(), MOST_BYTES)
        .collect()
        .await
        .map_err(|e| AwsError::Unreadable {
            host: host.to_owned(),
            reason: find_reason(e.as_ref()),
        })?;
    Ok(Answer {
        origin,
        from,
        error_type,
        body: Zeroizing::new(body.to_bytes().into()),
    })
}
