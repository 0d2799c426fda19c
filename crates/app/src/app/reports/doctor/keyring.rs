//! Where secrets are that must outlast a restart: the operating system's keyring, and the encrypted file.

use std::sync::Arc;
use std::time::Duration;

use super::finding::{Finding, Findings, Severity, Topic};
use crate::app::context::Context;
use crate::app::context::keyring::keyring_of;
use crate::app::reports::status::Status;
use crate::app::sessions::Sessions;
use crate::domain::targets::iam_user::{IamUser, SecretPlace};
use crate::settings::TokenPlace;
use crate::store::{EncryptedFile, IamUsersFile, KeyringError};

/// How long a keyring may take. One that asks for its password takes longer, which is worth knowing.
const TIMEOUT: Duration = Duration::from_secs(4);

/// The checks of this topic, with what they look at.
pub(super) struct KeyringChecks {
    context: Arc<Context>,
    sessions: Arc<Sessions>,
    status: Arc<Status>,
}

impl KeyringChecks {
    pub(super) fn new(context: &Arc<Context>, sessions: &Arc<Sessions>, status: &Arc<Status>) -> Self {
        Self {
            context: Arc::clone(context),
            sessions: Arc::clone(sessions),
            status: Arc::clone(status),
        }
    }

    /// Looks where something is kept, and nowhere else.
    pub(super) async fn check_keyring(&self) -> Vec<Finding> {
        let mut found = Findings::about(Topic::SignIn);
        let users = IamUsersFile::new(&self.context.settings.paths).load();
        let users = self.context.take_value(users).unwrap_or_default();
        let (in_keyring, in_file): (Vec<&IamUser>, Vec<&IamUser>) =
            users.iter().partition(|user| user.place == SecretPlace::Keyring);
        let (sessions, _) = self.sessions.sessions().unwrap_or_default();
        let preferences = &self.context.settings.preferences;
        let is_there = |name: &str| preferences.of_session(name).tokens == Some(TokenPlace::Keyring);
        let mut held: Vec<String> = sessions
            .iter()
            .filter(|session| is_there(&session.name))
            .map(|session| format!("the tokens of {}", session.name))
            .collect();
        held.extend(in_keyring.iter().map(|user| format!("the key of {}", user.name)));
        if !held.is_empty() {
            let probed = match self.status.probe_keyring(&sessions, TIMEOUT).await {
                Some(probed) => probed,
                None => self.probe_key(&in_keyring).await,
            };
            let held = held.join(", ");
            match probed {
                Ok(()) => found.ok("keyring", format!("the keyring answers; it has {held}")),
                Err(error) => found.add(
                    Severity::Problem,
                    "keyring",
                    format!("{error}; it has {held}"),
                    error.hints(),
                ),
            }
        }
        self.check_file(&in_file, &mut found);
        found.list
    }

    async fn probe_key(&self, users: &[&IamUser]) -> Result<(), KeyringError> {
        match users.first() {
            Some(user) => {
                let entry = user.entry(&user.key);
                keyring_of(&self.context).probe(&entry, TIMEOUT).await
            }
            None => Ok(()),
        }
    }

    fn check_file(&self, users: &[&IamUser], found: &mut Findings) {
        let [first, ..] = users else { return };
        let names: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
        let held = format!("the keys of {}", names.join(", "));
        let paths = &self.context.settings.paths;
        let file = EncryptedFile::new(paths);
        let path = paths.display_path(file.path());
        if file.exists() {
            found.ok("encrypted-file", format!("`{path}` has {held}"));
        } else {
            found.add(
                Severity::Problem,
                "encrypted-file",
                format!("`{path}` is missing; it had {held}"),
                [
                    "restore it from a backup".to_owned(),
                    format!(
                        "or remove the user and add the key again: `genkan iam-user remove {0}`, `genkan iam-user add {0}`",
                        first.name
                    ),
                ],
            );
        }
    }
}
