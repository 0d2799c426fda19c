//! Chains of roles that begin with none of genkan's own sources: with the keys of a profile, another program's
//! `credential_process`, or what the environment, an instance or a container gives.
//!
//! Such a source gives no target by itself: what it has assumes roles, and is neither handed out nor saved. Where a role's
//! profile has `mfa_serial` and the keys are an IAM user's own, one session of the user, opened with one code, assumes all
//! of them; that session is saved as role credentials are.

pub(in crate::app) mod error;
mod process;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use sha1::{Digest as _, Sha1};

use crate::app::connection::Connection;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::iam_users::ask_process::ask_process;
use crate::app::iam_users::error::IamUserError;
use crate::app::locks::scope::{Busy, LockScope};
use crate::app::locks::single_flight::WaitOutcome;
use crate::app::sources::chain::error::ChainError;
use crate::app::sources::source::{Haste, Issued, Source, WillDo};
use crate::aws::{AwsError, MfaCode, SearchPlaces};
use crate::domain::targets::chained_roles::{BaseCredentials, SourceCredentials};
use crate::domain::targets::iam_user::{AccessKey, is_mfa_code};
use crate::domain::text::clean_text;
use crate::domain::values::hex::to_hex;
use crate::domain::{RoleCredentials, Secret, SignInId, SignInState, SsoSession, Target};
use crate::settings::env;
use crate::store::{CredentialCache, CredentialsOf, ProfileGraph, StaticKeys, StoreError};

/// How long a session that takes a code is asked for: what STS gives if not said.
const SECONDS: u32 = 12 * 60 * 60;

/// What the first role of a chain is assumed with, and the sign-in that it counts as.
pub(in crate::app) struct Base {
    pub(in crate::app) credentials: BaseCredentials,
    pub(in crate::app) sign_in: SignInId,
}

/// The source of roles whose chains begin elsewhere.
pub struct Chains {
    context: Arc<Context>,
    connection: Arc<Connection>,
    cache: CredentialCache,
    /// The device whose code was missing last, by the source.
    missing: Mutex<HashMap<String, String>>,
}

impl Chains {
    pub(in crate::app) fn new(context: &Arc<Context>, connection: &Arc<Connection>) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            cache: CredentialCache::new(&context.settings.paths),
            missing: Mutex::default(),
        }
    }

    /// The device whose code the user has to give before roles of a source can be assumed: one that was missed in this
    /// process, else one that its roles want and that has no session.
    #[must_use]
    pub fn missing_device(&self, session: &SsoSession) -> Option<String> {
        let missed = self.missing.lock().ok()?.get(&session.name).cloned();
        let mut devices = missed.into_iter().chain(self.devices(session));
        devices.find(|serial| self.cached(session, serial).is_none())
    }

    /// The devices that the roles want which are assumed with keys of a source: nothing else has one.
    fn devices(&self, session: &SsoSession) -> Vec<String> {
        let is_a_key = |source_credentials: &&SourceCredentials| {
            matches!(
                source_credentials,
                SourceCredentials::Keys(_) | SourceCredentials::Environment
            )
        };
        let (Some(source_credentials), Ok(config), Ok(credentials)) = (
            session.source_credentials().filter(is_a_key),
            self.context.aws_files.config(),
            self.context.aws_files.credentials(),
        ) else {
            return Vec::new();
        };
        ProfileGraph::new(config.profiles(), &credentials.credentials_profiles()).devices(source_credentials)
    }

    /// The session that a code of a device has opened, if it still lives.
    fn cached(&self, session: &SsoSession, serial: &str) -> Option<RoleCredentials> {
        let sign_in = self.sign_in_of(session.source_credentials()?);
        let request = request_with(serial);
        let of = of_session(session, &request).ok()?;
        let loaded = self.cache.load(&of, &sign_in, self.context.clocks());
        self.context.take_value(loaded)?.usable_by(self.context.clocks())
    }

    /// Opens the session of the IAM user whose keys a source has, with the code of the device that is missing: the one that
    /// is given, else the one that `mfa_process` prints. Returns whether a device was missing.
    pub fn open<'a>(
        &'a self,
        session: &'a SsoSession,
        code: Option<Secret>,
    ) -> BoxFuture<'a, Result<bool, AppError>> {
        Box::pin(async move {
            let Some(serial) = self.missing_device(session) else {
                return Ok(false);
            };
            if code.as_ref().is_some_and(|code| !is_mfa_code(code.expose())) {
                return Err(IamUserError::NotACode.into());
            }
            let source_credentials = source_credentials_of(session)?;
            let keys = self.credentials(session, source_credentials).await?;
            let sign_in = self.sign_in_of(source_credentials);
            self.opened(session, &keys, (&serial, code), &sign_in).await?;
            if let Ok(mut missing) = self.missing.lock() {
                missing.remove(&session.name);
            }
            Ok(true)
        })
    }

    /// Whether only the user can give a code.
    #[must_use]
    pub fn needs_user_input(&self) -> bool {
        self.context.settings.preferences.mfa_process.is_none()
    }

    /// What the first role of a chain is assumed with; with a device, the session that its code opens.
    pub(in crate::app) async fn base(
        &self,
        session: &SsoSession,
        mfa_serial: Option<&str>,
    ) -> Result<Base, AppError> {
        let source_credentials = source_credentials_of(session)?;
        let credentials = self.credentials(session, source_credentials).await?;
        let sign_in = self.sign_in_of(source_credentials);
        let credentials = match mfa_serial {
            // Only an IAM user has a device, and only its own keys open a session.
            Some(serial) if credentials.session_token.is_none() => {
                let opened = self
                    .opened(session, &credentials, (serial, None), &sign_in)
                    .await?;
                (&opened).into()
            }
            _ => credentials,
        };
        Ok(Base { credentials, sign_in })
    }

    async fn credentials(
        &self,
        session: &SsoSession,
        source_credentials: &SourceCredentials,
    ) -> Result<BaseCredentials, AppError> {
        match source_credentials {
            SourceCredentials::Keys(profile) => self.keys(profile),
            SourceCredentials::Process(profile) => {
                let words = self.process_of(profile)?;
                let name = clean_text(profile);
                let waits_for = format!("waiting for the credential_process of {name}");
                let _wait = self.context.requests.begin(waits_for);
                Ok(process::run(&name, &words, self.context.clocks()).await?)
            }
            SourceCredentials::Environment => Ok(self.environment()?),
            SourceCredentials::Instance => {
                let names = |name: &str| name.starts_with("AWS_EC2_METADATA_");
                self.found(session, &names).await
            }
            SourceCredentials::Container => {
                let names = |name: &str| name.starts_with("AWS_CONTAINER_");
                let variables = [
                    env::AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
                    env::AWS_CONTAINER_CREDENTIALS_FULL_URI,
                ];
                if variables.iter().all(|name| self.variable(name).is_none()) {
                    let [variable, _] = variables;
                    let needed_by = "EcsContainer";
                    return Err(ChainError::NotSet { variable, needed_by }.into());
                }
                self.found(session, &names).await
            }
        }
    }

    /// The keys of a profile as botocore takes them: those of the credentials file first.
    fn keys(&self, profile: &str) -> Result<BaseCredentials, AppError> {
        let in_credentials = self.context.aws_files.credentials()?.keys_of_credentials(profile);
        let found = match in_credentials {
            StaticKeys::None => self.context.aws_files.config()?.keys_of_profile(profile),
            found => found,
        };
        let profile = clean_text(profile);
        match found {
            StaticKeys::Both(keys) => Ok(keys),
            StaticKeys::Half => Err(ChainError::HalfAKey { profile }.into()),
            StaticKeys::None => Err(ChainError::NoKeys { profile }.into()),
        }
    }

    fn environment(&self) -> Result<BaseCredentials, ChainError> {
        let needed = |variable| {
            let needed_by = "Environment";
            self.variable(variable)
                .ok_or(ChainError::NotSet { variable, needed_by })
        };
        let token = self.variable(env::AWS_SESSION_TOKEN);
        Ok(BaseCredentials {
            access_key_id: needed(env::AWS_ACCESS_KEY_ID)?.to_owned(),
            secret_access_key: Secret::new(needed(env::AWS_SECRET_ACCESS_KEY)?),
            session_token: token.map(Secret::new),
            expires_at: None,
        })
    }

    /// What the SDK finds where it looks at these variables alone.
    async fn found(
        &self,
        session: &SsoSession,
        names: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<BaseCredentials, AppError> {
        let mut places = SearchPlaces::default();
        let variables = self.context.settings.environment.set_variables().into_iter();
        places.variables = variables.filter(|(name, _)| names(name)).collect();
        let aws = self.connection.aws().await?;
        Ok(aws.found_credentials(&session.region, places).await?)
    }

    fn process_of(&self, profile: &str) -> Result<Vec<String>, AppError> {
        let config = self.context.aws_files.config()?;
        let credentials = self.context.aws_files.credentials()?.credentials_profiles();
        let words = ProfileGraph::new(config.profiles(), &credentials).process_of(profile);
        words.ok_or_else(|| {
            let profile = clean_text(profile);
            ChainError::NoKeys { profile }.into()
        })
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.context.settings.environment.get(name)
    }

    /// What changes with the credentials, as far as it is known without getting them.
    fn sign_in_of(&self, source_credentials: &SourceCredentials) -> SignInId {
        let known = match source_credentials {
            SourceCredentials::Keys(profile) => self
                .keys(profile)
                .map(|keys| keys.access_key_id)
                .unwrap_or_default(),
            SourceCredentials::Process(profile) => self.process_of(profile).unwrap_or_default().join("\0"),
            SourceCredentials::Environment => self
                .variable(env::AWS_ACCESS_KEY_ID)
                .unwrap_or_default()
                .to_owned(),
            SourceCredentials::Instance | SourceCredentials::Container => String::new(),
        };
        let text = format!("{}\n{known}", source_credentials.source_name());
        SignInId::new(to_hex(&Sha1::digest(text.as_bytes())))
    }

    /// The session of the IAM user whose keys they are: the one that is there, or a new one with a code.
    async fn opened(
        &self,
        session: &SsoSession,
        keys: &BaseCredentials,
        (serial, code): (&str, Option<Secret>),
        sign_in: &SignInId,
    ) -> Result<RoleCredentials, AppError> {
        let request = request_with(serial);
        let of = of_session(session, &request)?;
        let key = format!("{}\n{serial}", session.name);
        let find_result = || self.cached(session, serial);
        let lock = self
            .context
            .lock_or_find(LockScope::UserSession, &key, find_result)
            .await;
        let _lock = match lock {
            WaitOutcome::Found(known) => return Ok(known),
            WaitOutcome::Acquired(lock) => lock,
            WaitOutcome::TimedOut => return Err(Busy(LockScope::UserSession).into()),
        };
        let code = match code {
            Some(code) => code,
            None => self.ask_program(session, serial).await?,
        };
        let opened = self.request(session, keys, serial, code).await?;
        let now = self.context.clocks().aws();
        self.context
            .report_unsaved(self.cache.save(&of, &opened, sign_in, now));
        Ok(opened)
    }

    /// The code that the user's program prints.
    async fn ask_program(&self, session: &SsoSession, serial: &str) -> Result<Secret, IamUserError> {
        let Some(command) = &self.context.settings.preferences.mfa_process else {
            if let Ok(mut missing) = self.missing.lock() {
                missing.insert(session.name.clone(), serial.to_owned());
            }
            return Err(IamUserError::CodeRequired {
                name: session.name.clone(),
                serial: serial.to_owned(),
            });
        };
        let variable = Some((env::GENKAN_MFA_SERIAL, serial));
        let code = ask_process(&self.context, "mfa_process", command, variable).await?;
        if is_mfa_code(code.expose()) {
            Ok(code)
        } else {
            Err(IamUserError::NotACode)
        }
    }

    async fn request(
        &self,
        session: &SsoSession,
        keys: &BaseCredentials,
        serial: &str,
        code: Secret,
    ) -> Result<RoleCredentials, AppError> {
        let Ok(id) = keys.access_key_id.parse() else {
            let session = session.name.clone();
            return Err(ChainError::NotAKey { session }.into());
        };
        let key = AccessKey {
            id,
            secret: keys.secret_access_key.clone(),
        };
        let code = MfaCode {
            serial: serial.to_owned(),
            code,
        };
        let aws = self.connection.aws().await?;
        let given = aws
            .session_token(&session.region, &key, SECONDS, Some(&code))
            .await;
        given.map_err(|error| match error {
            // Both an old code and a wrong one are refused in these words.
            AwsError::Refused { words, .. } if words.contains("one time pass code") => {
                IamUserError::CodeRefused.into()
            }
            error => error.into(),
        })
    }
}

fn source_credentials_of(session: &SsoSession) -> Result<&SourceCredentials, AppError> {
    session.source_credentials().ok_or_else(|| no_target(session))
}

/// What tells the session of a device from others.
fn request_with(serial: &str) -> String {
    format!("MFA={serial}\n")
}

/// Which saved credentials are those of the session that a code has opened.
fn of_session<'a>(session: &'a SsoSession, request: &'a str) -> Result<CredentialsOf<'a>, AppError> {
    let own = session.own_target().ok_or_else(|| no_target(session))?;
    Ok(CredentialsOf {
        session,
        account: &own.account.id,
        set: &own.name,
        request,
    })
}

fn no_target(session: &SsoSession) -> AppError {
    let name = session.name.clone();
    ChainError::NoTarget { name }.into()
}

impl Source for Chains {
    /// There as long as the files name it: whether it works is known when it is used.
    fn sign_in(&self, session: &SsoSession) -> Result<Option<SignInId>, StoreError> {
        let source_credentials = source_credentials_of(session).ok();
        Ok(source_credentials.map(|source_credentials| self.sign_in_of(source_credentials)))
    }

    fn state(&self, _session: &SsoSession) -> SignInState {
        SignInState::SignedIn {
            until: Timestamp::MAX,
            renews: true,
            ends: None,
        }
    }

    /// What a chain begins with is no target.
    fn issue<'a>(
        &'a self,
        session: &'a SsoSession,
        _target: &'a Target,
        _haste: Haste,
        _will_do: WillDo<'a>,
    ) -> BoxFuture<'a, Result<Issued, AppError>> {
        futures_util::future::ready(Err(no_target(session))).boxed()
    }

    fn confirm_clock<'a>(&'a self, _session: &'a SsoSession) -> BoxFuture<'a, ()> {
        futures_util::future::ready(()).boxed()
    }
}
