//! IAM Identity Center: the access portal gives credentials for what is assigned, in return for an access token.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::app::connection::Connection;
use crate::app::error::AppError;
use crate::app::pacer::{LastSlot, Pacer, Pacers};
use crate::app::sources::source::{Haste, Issued, Source, WillDo};
use crate::app::tokens::Tokens;
use crate::app::tokens::access_tokens::AccessTokens;
use crate::app::tokens::sign_in_records::SignInRecords;
use crate::aws::{Aws, AwsError, portal_host};
use crate::domain::{RoleCredentials, Secret, SignInId, SignInState, SsoSession, Target};
use crate::store::StoreError;

/// How often one of many is refused for speed before it is given up. At the slowest pace each takes a second.
const MOST_REFUSALS: u32 = 60;
/// What is waited after failures of another kind.
const FAILURE_WAITS: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1200)];

/// The source of `[sso-session]`s and of profiles with a start URL.
pub(in crate::app) struct IdentityCenter {
    connection: Arc<Connection>,
    records: Arc<SignInRecords>,
    tokens: Arc<Tokens>,
    access: Arc<AccessTokens>,
    pacers: Arc<Pacers>,
}

impl IdentityCenter {
    pub(super) fn new(
        connection: &Arc<Connection>,
        records: &Arc<SignInRecords>,
        tokens: &Arc<Tokens>,
        access: &Arc<AccessTokens>,
        pacers: &Arc<Pacers>,
    ) -> Self {
        Self {
            connection: Arc::clone(connection),
            records: Arc::clone(records),
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
                let asking = Asking {
                    aws,
                    session,
                    target,
                    pacer: &pacer,
                };
                async move {
                    let answer = match haste {
                        Haste::SomeoneWaits => asking.at_once(&tokens.access_token).await,
                        Haste::InTurn => asking.in_turn(&tokens.access_token).await,
                    };
                    answer.map(|credentials| (credentials, tokens))
                }
            })
            .await?;
        let sign_in = self.records.sign_in_of(session, &used);
        self.records.record_use(session, &used).await;
        Ok(Issued { credentials, sign_in })
    }
}

/// A request for the credentials of a target.
#[derive(Clone, Copy)]
struct Asking<'a> {
    aws: &'a Aws,
    session: &'a SsoSession,
    target: &'a Target,
    pacer: &'a Pacer,
}

impl Asking<'_> {
    /// Before those that stand in line, and given up after a few tries, because a user waits.
    async fn at_once(self, access_token: &Secret) -> Result<RoleCredentials, AwsError> {
        self.check_rest()?;
        let last = LastSlot::default();
        let answer = self
            .aws
            .role_credentials(
                self.session,
                access_token,
                &self.target.account_id,
                &self.target.permission_set,
                || async { last.keep(self.pacer.wait_for_urgent_slot().await) },
            )
            .await;
        self.pacer.record_answer(last.slot(), &answer);
        answer
    }

    /// One of many. A refusal for speed says nothing about this one: the pace is slowed down, and it waits for its turn
    /// again. Giving it up after a few tries would make a large batch fail somewhere, by chance.
    async fn in_turn(self, access_token: &Secret) -> Result<RoleCredentials, AwsError> {
        let mut refusals = 0;
        let mut failures = FAILURE_WAITS.iter();
        loop {
            self.check_rest()?;
            let slot = self.pacer.wait_for_slot().await;
            let answer = self
                .aws
                .role_credentials_once(
                    self.session,
                    access_token,
                    &self.target.account_id,
                    &self.target.permission_set,
                )
                .await;
            self.pacer.record_answer(slot, &answer);
            match answer {
                Err(AwsError::Throttled { .. }) if refusals < MOST_REFUSALS => refusals += 1,
                Err(error) if error.is_transient() => match failures.next() {
                    Some(wait) => tokio::time::sleep(*wait).await,
                    None => return Err(error),
                },
                done => return done,
            }
        }
    }

    fn check_rest(self) -> Result<(), AwsError> {
        match self.pacer.long_rest() {
            None => Ok(()),
            Some(rest) => Err(AwsError::Throttled {
                host: portal_host(self.session),
                retry_after: Some(rest),
            }),
        }
    }
}

impl Source for IdentityCenter {
    fn sign_in(&self, session: &SsoSession) -> Result<Option<SignInId>, StoreError> {
        let tokens = self.tokens.known_token(session)?;
        Ok(tokens.map(|tokens| self.tokens.sign_in_of(session, &tokens)))
    }

    fn state(&self, session: &SsoSession) -> SignInState {
        self.tokens.state(session)
    }

    /// The portal gives new ones each time.
    fn issue<'a>(
        &'a self,
        session: &'a SsoSession,
        target: &'a Target,
        haste: Haste,
        _will_do: WillDo<'a>,
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
