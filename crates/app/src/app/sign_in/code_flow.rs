//! Signing in by the authorization code flow: the browser of this machine comes back to us.
//!
//! No one has to compare a code, and a link that another user started is of no use to them. It
//! needs a browser that reaches this machine's loopback; elsewhere the device flow is the way.

use std::sync::Arc;
use std::time::Duration;

use crate::app::connection::Connection;
use crate::app::error::AppError;
use crate::app::pages::Pages;
use crate::app::sign_in::error::SignInError;
use crate::app::tokens::registrations::Registrations;
use crate::aws::AwsError;
use crate::domain::sessions::pkce::{Proof, REDIRECT_PATH, authorize_url};
use crate::domain::{ClientRegistration, Flow, Secret, SsoSession, TokenSet};
use crate::platform::listeners::redirect;
use crate::platform::listeners::redirect::{RedirectReceiver, Redirected};
use crate::platform::random;

/// How long the browser may take, as with the AWS CLI.
pub(in crate::app) const LIMIT: Duration = Duration::from_mins(10);

const PAGES: redirect::Pages = redirect::Pages {
    done: include_str!("../../../assets/pages/signed-in.html"),
    refused: include_str!("../../../assets/pages/refused.html"),
};

/// Sends the browser to the sign-in page, and waits until it comes back.
pub(in crate::app) struct CodeFlow {
    connection: Arc<Connection>,
    registrations: Arc<Registrations>,
    pages: Arc<Pages>,
}

/// A sign-in that waits for the browser.
pub(in crate::app) struct CodeAttempt {
    /// The page to sign in on.
    pub(in crate::app) page: String,
    receiver: RedirectReceiver,
    redirect: String,
    proof: Proof,
    registration: ClientRegistration,
    /// The registration is an earlier one, which the server may have forgotten.
    reused: bool,
}

impl CodeFlow {
    pub(in crate::app) fn new(
        connection: &Arc<Connection>,
        registrations: &Arc<Registrations>,
        pages: &Arc<Pages>,
    ) -> Self {
        Self {
            connection: Arc::clone(connection),
            registrations: Arc::clone(registrations),
            pages: Arc::clone(pages),
        }
    }

    /// Prepares a sign-in with a browser that comes back to a port of 127.0.0.1; 0 takes a free one.
    pub(in crate::app) async fn begin_attempt(
        &self,
        session: &SsoSession,
        port: u16,
    ) -> Result<CodeAttempt, AppError> {
        if session.scopes.is_empty() {
            return Err(SignInError::NoScopes(session.name.clone()).into());
        }
        // Bound before the page is opened: a user who is signed in there comes back at once.
        let receiver = RedirectReceiver::bind(port)
            .await
            .map_err(AppError::system(format!(
                "can't listen on 127.0.0.1:{port} for the browser's redirect"
            )))?;
        let redirect = receiver.address(REDIRECT_PATH);
        let proof =
            create_proof().map_err(AppError::system("the operating system returned no random bytes"))?;
        let known = self.registrations.load(session, Flow::Code);
        let reused = known.is_some();
        let registration = match known {
            Some(registration) => registration,
            None => self.registrations.register(session, Flow::Code).await?,
        };
        let aws = self.connection.aws().await?;
        let endpoint = aws.oidc_endpoint(session).await?;
        let page = authorize_url(
            &endpoint,
            &registration.client_id,
            &redirect,
            &session.scopes,
            &proof,
        );
        self.pages.approve_authorize_page(session, &endpoint, &page)?;
        Ok(CodeAttempt {
            page,
            receiver,
            redirect,
            proof,
            registration,
            reused,
        })
    }

    /// Waits for the browser, and redeems the code that it brings.
    pub(in crate::app) async fn finish_attempt(
        &self,
        session: &SsoSession,
        attempt: CodeAttempt,
    ) -> Result<TokenSet, AppError> {
        let CodeAttempt {
            receiver,
            redirect,
            proof,
            registration,
            reused,
            ..
        } = attempt;
        let answer = receiver.wait(REDIRECT_PATH, proof.state.expose(), PAGES);
        let code = match tokio::time::timeout(LIMIT, answer).await {
            Ok(Redirected::Code(code)) => Secret::new(code),
            Ok(Redirected::Refused(why)) if why == "access_denied" => return Err(SignInError::Denied.into()),
            Ok(Redirected::Refused(why)) => {
                self.forget_reused_client(session, reused);
                return Err(AwsError::InvalidGrant(why.into()).into());
            }
            Err(_) => return Err(SignInError::CodeExpired.into()),
        };
        let redeemed = self
            .connection
            .aws()
            .await?
            .redeem_code(session, &registration, &code, &proof.verifier, &redirect)
            .await;
        if matches!(redeemed, Err(AwsError::InvalidClient(_))) {
            self.forget_reused_client(session, reused);
        }
        Ok(redeemed?)
    }

    /// A registration that the server may have forgotten is replaced by the next sign-in.
    fn forget_reused_client(&self, session: &SsoSession, reused: bool) {
        if reused {
            self.registrations.forget(session);
        }
    }
}

fn create_proof() -> std::io::Result<Proof> {
    Ok(Proof {
        state: Secret::new(random::random_token()?),
        // 64 characters, as RFC 7636 allows 43 to 128.
        verifier: Secret::new(random::random_token()? + &random::random_token()?),
    })
}
