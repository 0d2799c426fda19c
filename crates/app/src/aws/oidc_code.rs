//! Signing in by the authorization code flow with PKCE: where its page is, and the trade of a code for tokens (sso-oidc, API 2019-06-10).

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use std::sync::{Arc, Mutex};
use url::Url;

use super::oidc::{CODE_GRANT, classify_refusal, incomplete_answer, token_set};
use super::{Aws, AwsError, client::with_retries};
use crate::aws::refusals::classify::classify_error;
use crate::aws::wire::hosts::oidc_host;
use crate::domain::{ClientRegistration, Secret, SsoSession, TokenSet};
use crate::platform::clock;

impl Aws {
    /// The OIDC service's own address, with whatever endpoint settings are in force. RegisterClient
    /// rarely tells it, so the SDK is asked where it would send a request, which is then not sent.
    pub async fn oidc_endpoint(&self, session: &SsoSession) -> Result<String, AwsError> {
        let seen = Arc::new(Mutex::new(None));
        let connector = SharedHttpConnector::new(NotSent(Arc::clone(&seen)));
        let client = http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone());
        let config = self
            .oidc(session)
            .config()
            .to_builder()
            .http_client(client)
            .build();
        let error = aws_sdk_ssooidc::Client::from_conf(config)
            .register_client()
            .client_name("genkan")
            .client_type("public")
            .send()
            .await
            .err();
        let uri: Option<String> = seen.lock().ok().and_then(|mut seen| seen.take());
        uri.as_deref()
            .and_then(|uri| Url::parse(uri).ok())
            .map(|url| url.origin().ascii_serialization())
            .ok_or_else(|| {
                error.map_or_else(
                    || incomplete_answer(oidc_host(session)),
                    |e| classify_error(&e, &oidc_host(session)),
                )
            })
    }

    /// Trades an authorization code for tokens. `redirect_uri` is the one that the browser came
    /// back to, with its port.
    pub async fn redeem_code(
        &self,
        session: &SsoSession,
        registration: &ClientRegistration,
        code: &Secret,
        verifier: &Secret,
        redirect_uri: &str,
    ) -> Result<TokenSet, AwsError> {
        let client = self.oidc(session);
        let lost = Mutex::new(None);
        let answer = with_retries(&self.requests, || async {
            let answer = client
                .create_token()
                .client_id(&registration.client_id)
                .client_secret(registration.client_secret.expose())
                .grant_type(CODE_GRANT)
                .code(code.expose())
                .code_verifier(verifier.expose())
                .redirect_uri(redirect_uri)
                .send()
                .await
                .map_err(|e| {
                    classify_refusal(classify_error(&e, &oidc_host(session)), AwsError::InvalidClient)
                });
            // A code works once: where an answer was lost, its tokens were too, and that is what is told.
            match (answer, lost.lock().ok()) {
                (Err(refused @ AwsError::InvalidGrant(_)), Some(mut lost)) => {
                    Ok(Err(lost.take().unwrap_or(refused)))
                }
                (Err(error), Some(mut lost)) if error.is_transient() => {
                    *lost = Some(error.clone());
                    Err(error)
                }
                (answer, _) => answer.map(Ok),
            }
        })
        .await??;
        token_set(session, registration, answer, None, clock::current_time())
    }
}

/// A connector that notes where a request would go.
#[derive(Debug)]
struct NotSent(Arc<Mutex<Option<String>>>);

impl HttpConnector for NotSent {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if let Ok(mut seen) = self.0.lock() {
            *seen = Some(request.uri().to_owned());
        }
        HttpConnectorFuture::ready(Err(ConnectorError::user("only the URL was needed".into())))
    }
}
