//! IAM Identity Center: the access portal gives credentials for what is assigned, in return for an access token.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::app::connection::Connection;
use crate::app::error::AppError;
use crate::app::pacer::{LastSlot, Pacers};
use crate::app::sources::source::{Haste, Issued, Source};
use crate::app::tokens::Tokens;
use crate::app::tokens::access_tokens::AccessTokens;
use crate::aws::{AwsError, portal_host};
use crate::domain::{SignInId, SsoSession, Target};
use crate::store::StoreError;

/// The source of `[sso-session]`s and of profiles with a start URL.
pub(in crate::app) struct IdentityCenter {
    connection: Arc<Connection>,
    tokens: Arc<Tokens>,
    access: Arc<AccessTokens>,
    pacers: Arc<Pacers>,
}

impl IdentityCenter {
    pub(super) fn new(
        connection: &Arc<Connection>,
        tokens: &Arc<Tokens>,
        access: &Arc<AccessTokens>,
        pacers: &Arc<Pacers>,
    ) -> Self {
        Self {
            connection: Arc::clone(connection),
            tokens: Arc::clone(tokens),
            access: Arc::clone(access),
            pacers: Arc::clone(pacers),
        }
    }

    async fn ask(&self, session: &SsoSession, target: &Target, haste: Haste) -> Result<Issued, AppError> {
        let aws = self.connection.aws().await?;
        let pacer = self.pacers.of(session);
        let (credentials, used) = self
            .access
            .with_token(session, |tokens| {
                let pacer = &pacer;
                async move {
                    if let Some(rest) = pacer.long_rest() {
                        return Err(AwsError::Throttled {
                            host: portal_host(session),
                            retry_after: Some(rest),
                        });
                    }
                    let last = LastSlot::default();
                    let answer = aws
                        .role_credentials(
                            session,
                            &tokens.access_token,
                            &target.account_id,
                            &target.permission_set,
                            || async {
                                last.keep(match haste {
                                    Haste::SomeoneWaits => pacer.wait_for_urgent_slot().await,
                                    Haste::InTurn => pacer.wait_for_slot().await,
                                });
                            },
                        )
                        .await;
                    pacer.record_answer(last.slot(), &answer);
                    answer.map(|credentials| (credentials, tokens))
                }
            })
            .await?;
        let sign_in = self.tokens.sign_in_of(session, &used);
        self.tokens.record_use(session, &used).await;
        Ok(Issued { credentials, sign_in })
    }
}

impl Source for IdentityCenter {
    fn sign_in(&self, session: &SsoSession) -> Result<Option<SignInId>, StoreError> {
        let tokens = self.tokens.known_token(session)?;
        Ok(tokens.map(|tokens| self.tokens.sign_in_of(session, &tokens)))
    }

    fn issue<'a>(
        &'a self,
        session: &'a SsoSession,
        target: &'a Target,
        haste: Haste,
    ) -> BoxFuture<'a, Result<Issued, AppError>> {
        self.ask(session, target, haste).boxed()
    }

    fn confirm_clock<'a>(&'a self, session: &'a SsoSession) -> BoxFuture<'a, ()> {
        async move {
            if let Ok(Some(tokens)) = self.tokens.known_token(session) {
                self.access.confirm_clock(session, &tokens).await;
            }
        }
        .boxed()
    }
}
