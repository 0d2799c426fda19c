//! Signing in by the authorization code flow: the browser of this machine comes back to us.
//!
//! Nobody has to compare a code, and a link that somebody else started is of no use to them. It
//! needs a browser that reaches this machine's loopback; elsewhere the device flow is the way.

use std::time::Duration;

use jiff::Timestamp;

use super::sign_in::{SignInEvent, SignInRequest};
use super::{App, AppError};
use crate::aws::AwsError;
use crate::domain::pkce::{Proof, REDIRECT_PATH, authorize_url};
use crate::domain::text::clean;
use crate::domain::{ClientRegistration, Flow, Secret, SsoSession, TokenSet};
use crate::platform::random;
use crate::platform::redirect::{Pages, RedirectReceiver, Redirected};

/// How long the browser may take, as with the AWS CLI.
const LIMIT: Duration = Duration::from_mins(10);

const PAGES: Pages = Pages {
    done: include_str!("../../assets/pages/signed-in.html"),
    refused: include_str!("../../assets/pages/refused.html"),
};

impl App {
    /// One sign-in with a browser that comes back to a port of 127.0.0.1; 0 takes a free one.
    pub(super) async fn sign_in_by_code(
        &self,
        session: &SsoSession,
        SignInRequest { port, force, .. }: SignInRequest,
        opened: bool,
        tell: &mut impl FnMut(SignInEvent),
    ) -> Result<TokenSet, AppError> {
        if session.scopes.is_empty() {
            return Err(AppError::NoCodeFlow(session.name.clone()));
        }
        // Bound before the page is opened: a person who is signed in there comes back at once.
        let receiver = RedirectReceiver::bind(port)
            .await
            .map_err(AppError::system(format!(
                "the browser can't come back to port {port} of 127.0.0.1"
            )))?;
        let redirect = receiver.address(REDIRECT_PATH);
        let proof = proof().map_err(AppError::system("there is no randomness to be had"))?;
        let (known, registration) = self.code_registration(session).await?;
        let aws = self.connection.aws().await?;
        let endpoint = aws.oidc_endpoint(session).await?;
        let page = authorize_url(
            &endpoint,
            &registration.client_id,
            &redirect,
            &session.scopes,
            &proof,
        );
        self.approve_authorize_page(session, &endpoint, &page)?;
        if force {
            self.end_session_before(session, tell).await?;
        }
        let until = self.context.now().as_second() + i64::try_from(LIMIT.as_secs()).unwrap_or(0);
        let until = Timestamp::from_second(until).unwrap_or_default();
        let _shown = self.show_code(session, None, opened, until);
        tell(SignInEvent::Page(page));
        let answer = receiver.wait(REDIRECT_PATH, proof.state.expose(), PAGES);
        let code = match tokio::time::timeout(LIMIT, answer).await {
            Ok(Redirected::Code(code)) => Secret::new(code),
            Ok(Redirected::Refused(why)) if why == "access_denied" => return Err(AppError::Denied),
            Ok(Redirected::Refused(why)) => {
                self.forget_unknown_client(session, known);
                return Err(AwsError::InvalidGrant(clean(&why)).into());
            }
            Err(_) => return Err(AppError::CodeExpired),
        };
        let redeemed = aws
            .redeem_code(session, &registration, &code, &proof.verifier, &redirect)
            .await;
        if matches!(redeemed, Err(AwsError::InvalidClient(_))) {
            self.forget_unknown_client(session, known);
        }
        Ok(redeemed?)
    }

    /// The registration, and whether it was known before.
    async fn code_registration(&self, session: &SsoSession) -> Result<(bool, ClientRegistration), AppError> {
        let known = self
            .context
            .noted(self.registrations.load(session, Flow::Code, self.context.now()));
        if let Some(registration) = known {
            return Ok((true, registration));
        }
        let registration = self.connection.aws().await?.register_code_client(session).await?;
        // A registration that can't be kept only costs another one next time.
        self.context
            .try_to_keep(self.registrations.save(session, Flow::Code, &registration));
        Ok((false, registration))
    }

    /// A registration that the server may have forgotten is made anew by the next sign-in.
    fn forget_unknown_client(&self, session: &SsoSession, known: bool) {
        if known {
            self.context.try_to_keep(self.registrations.remove(session));
        }
    }
}

fn proof() -> std::io::Result<Proof> {
    Ok(Proof {
        state: Secret::new(random::token()?),
        // 64 characters, as RFC 7636 allows 43 to 128.
        verifier: Secret::new(random::token()? + &random::token()?),
    })
}
