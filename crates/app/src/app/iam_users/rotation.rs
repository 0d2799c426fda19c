//! Replaces an IAM user's key: the new one is created, stored before anything else, and proved; only then the old one is
//! deactivated, the new one proved once more, and the old one deleted.
//!
//! Each step is written down before it is taken ([`Rotation`]), so that a rotation that was killed anywhere goes on: what
//! it then finds in IAM and in the keyring says which half of the step was done. A key whose secret was lost because the
//! process died between its creation and its storing is deleted, and another one is created. Until the old key is
//! deleted, at least one key works and its secret is kept.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;

use super::IamUsers;
use super::error::IamUserError;
use super::key_store::place_name;
use crate::app::connection::Connection;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::aws::{Aws, AwsError, IamCaller, Signer};
use crate::domain::Region;
use crate::domain::targets::iam_user::{
    AccessKey, AccessKeyId, IamUser, KeyStatus, ListedKey, Rotation, RotationStep,
};
use crate::domain::text::clean_text;

/// IAM takes a while until every one of its machines knows a change. AWS names no figure; tools that rotate keys wait 10
/// to 20 seconds.
const PROPAGATION: Duration = Duration::from_mins(1);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// What happens during a rotation, for who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RotationEvent {
    /// One that had begun goes on.
    Resumed,
    /// A key whose secret was lost was deleted.
    LostKeyDeleted(AccessKeyId),
    Created(AccessKeyId),
    InUse(AccessKeyId),
    Deactivated(AccessKeyId),
    Deleted(AccessKeyId),
}

/// Rotates keys.
pub struct Rotations {
    context: Arc<Context>,
    connection: Arc<Connection>,
    users: Arc<IamUsers>,
}

impl Rotations {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        connection: &Arc<Connection>,
        users: &Arc<IamUsers>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            connection: Arc::clone(connection),
            users: Arc::clone(users),
        }
    }

    /// Rotates the key of a user, or goes on with what has begun. `session` signs the calls to IAM where the user's
    /// policies ask for MFA. `delete` is a key that may go first.
    pub fn rotate<'a>(
        &'a self,
        mut user: IamUser,
        session: Option<&'a Signer>,
        delete: Option<&'a AccessKeyId>,
        heard: &'a (dyn Fn(RotationEvent) + Sync),
    ) -> LocalBoxFuture<'a, Result<IamUser, AppError>> {
        Box::pin(async move {
            let aws = self.connection.aws().await?;
            let run = Run {
                rotations: self,
                aws,
                session,
                heard,
                region: user.region(),
            };
            if user.rotation.is_some() {
                heard(RotationEvent::Resumed);
            } else {
                run.begin(&mut user, delete).await?;
            }
            run.to_the_end(&mut user).await?;
            Ok(user)
        })
    }
}

/// One rotation.
struct Run<'a> {
    rotations: &'a Rotations,
    aws: &'a Aws,
    session: Option<&'a Signer>,
    heard: &'a (dyn Fn(RotationEvent) + Sync),
    region: Region,
}

impl Run<'_> {
    /// Who calls IAM: the session, or a key.
    fn caller(&self, user: &IamUser, key: &AccessKey) -> IamCaller {
        IamCaller {
            user: user.arn.clone(),
            region: self.region.clone(),
            signer: self.session.cloned().unwrap_or_else(|| Signer::Key(key.clone())),
        }
    }

    /// Writes down how far it has come.
    fn note(&self, user: &mut IamUser, step: RotationStep) -> Result<(), AppError> {
        if let Some(rotation) = &mut user.rotation {
            rotation.step = step;
        }
        self.rotations.users.record(user)
    }

    /// Checks that a new key can be created, and writes down that one will be.
    async fn begin(&self, user: &mut IamUser, delete: Option<&AccessKeyId>) -> Result<(), AppError> {
        let key = self.rotations.users.key_of(user).await?;
        let caller = self.caller(user, &key);
        let mut keys = self.aws.list_access_keys(&caller).await?;
        if let Some(delete) = delete
            && *delete != user.key
            && keys.iter().any(|key| key.id == *delete)
        {
            self.aws.delete_access_key(&caller, delete).await?;
            (self.heard)(RotationEvent::Deleted(delete.clone()));
            keys.retain(|key| key.id != *delete);
        }
        let is_ours = |listed: &&ListedKey| listed.id == user.key;
        match keys.iter().find(is_ours) {
            Some(ours) if ours.status == KeyStatus::Active => {}
            _ => {
                return Err(IamUserError::NotActive {
                    name: user.name.clone(),
                    key: user.key.clone(),
                }
                .into());
            }
        }
        if let Some(other) = keys.iter().find(|listed| !is_ours(listed)) {
            return Err(IamUserError::SecondKey {
                name: user.name.clone(),
                other: other.id.clone(),
                active: other.status == KeyStatus::Active,
            }
            .into());
        }
        user.rotation = Some(Rotation {
            old: user.key.clone(),
            before: keys.into_iter().map(|key| key.id).collect(),
            step: RotationStep::Creating,
        });
        self.rotations.users.record(user)
    }

    /// Goes from step to step.
    async fn to_the_end(&self, user: &mut IamUser) -> Result<(), AppError> {
        while let Some(Rotation { old, before, step }) = user.rotation.clone() {
            match step {
                RotationStep::Creating => {
                    let new = self.create(user, &old, &before).await?;
                    self.note(user, RotationStep::Stored { new })?;
                }
                RotationStep::Stored { new } => self.put_in_use(user, new).await?,
                RotationStep::InUse => {
                    let key = self.rotations.users.key_of(user).await?;
                    let caller = self.caller(user, &key);
                    let inactive = || self.aws.set_key_status(&caller, &old, KeyStatus::Inactive);
                    match self.until_known(inactive).await {
                        // Someone deleted it meanwhile.
                        Err(error) if error.code() == Some("NoSuchEntity") => {}
                        done => done?,
                    }
                    (self.heard)(RotationEvent::Deactivated(old.clone()));
                    // The last moment at which everything could still be undone.
                    self.prove(user, &key).await?;
                    self.note(user, RotationStep::Deactivated)?;
                }
                RotationStep::Deactivated => {
                    let key = self.rotations.users.key_of(user).await?;
                    let caller = self.caller(user, &key);
                    self.until_known(|| self.aws.delete_access_key(&caller, &old))
                        .await?;
                    self.rotations.users.forget_key(user, &old).await?;
                    user.rotation = None;
                    self.rotations.users.record(user)?;
                    (self.heard)(RotationEvent::Deleted(old));
                }
            }
        }
        Ok(())
    }

    /// Creates a key and stores it; or finds the one that was created before the process died.
    async fn create(
        &self,
        user: &IamUser,
        old: &AccessKeyId,
        before: &[AccessKeyId],
    ) -> Result<AccessKeyId, AppError> {
        let key = self.rotations.users.key_of(user).await?;
        let caller = self.caller(user, &key);
        let listed = self.aws.list_access_keys(&caller).await?;
        let made = listed
            .iter()
            .filter(|key| key.id != *old && !before.contains(&key.id));
        for lost in made {
            if self.rotations.users.stored_key(user, &lost.id).await?.is_some() {
                return Ok(lost.id.clone());
            }
            // Its secret was in the answer that a dead process got, and no one can read it again.
            self.aws.delete_access_key(&caller, &lost.id).await?;
            (self.heard)(RotationEvent::LostKeyDeleted(lost.id.clone()));
        }
        let new = self.aws.create_access_key(&caller).await?;
        if let Err(error) = self.rotations.users.keep_key(user, &new).await {
            // Nothing may stay that no one has the secret of. Where this fails, too, the next run finds the key.
            let _ = self.aws.delete_access_key(&caller, &new.id).await;
            return Err(error.into());
        }
        (self.heard)(RotationEvent::Created(new.id.clone()));
        Ok(new.id)
    }

    /// Proves the new key, and uses it from now on.
    async fn put_in_use(&self, user: &mut IamUser, new: AccessKeyId) -> Result<(), AppError> {
        let Some(key) = self.rotations.users.stored_key(user, &new).await? else {
            return Err(IamUserError::NoSecret {
                name: user.name.clone(),
                key: new,
                place: place_name(user.place),
            }
            .into());
        };
        self.prove(user, &key).await?;
        user.key = new.clone();
        user.key_since = self.rotations.context.now();
        self.note(user, RotationStep::InUse)?;
        (self.heard)(RotationEvent::InUse(new));
        Ok(())
    }

    /// Makes sure that a key works and is the user's.
    async fn prove(&self, user: &IamUser, key: &AccessKey) -> Result<(), AppError> {
        let signer = Signer::Key(key.clone());
        let owner = self
            .until_known(|| self.aws.key_owner(&self.region, &signer))
            .await;
        match owner {
            Ok(arn) if arn == user.arn.as_str() => Ok(()),
            Ok(arn) => Err(IamUserError::OtherOwner {
                key: key.id.clone(),
                arn: clean_text(&arn),
            }
            .into()),
            Err(error) if is_unknown_yet(&error) => Err(IamUserError::NotYet {
                name: user.name.clone(),
                key: key.id.clone(),
            }
            .into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a call again for as long as IAM doesn't know the new key everywhere.
    async fn until_known<T>(&self, call: impl AsyncFn() -> Result<T, AwsError>) -> Result<T, AwsError> {
        let begun = tokio::time::Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            match call().await {
                Err(error) if is_unknown_yet(&error) && begun.elapsed() + pause < PROPAGATION => {
                    let requests = &self.rotations.context.requests;
                    let _wait = requests.begin("waiting for IAM to know the new key".to_owned());
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                done => return done,
            }
        }
    }
}

/// Whether an error is that of a key that is too new.
fn is_unknown_yet(error: &AwsError) -> bool {
    error.code() == Some("InvalidClientTokenId")
}
