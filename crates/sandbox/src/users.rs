//! IAM users with their access keys and MFA devices, as they live while the sandbox runs.
//! Rules of life of these things, on milliseconds handed in; knows nothing of HTTP.

use super::organisation::{IamUser, Organisation};
use super::principal::Principal;
use crate::controls::millis::Millis;
use crate::signing::secrets::Secrets;
use crate::signing::totp::Totp;

/// How many access keys a user may have.
pub(super) const MOST_KEYS: usize = 2;

/// How long before the sandbox starts its users and their first keys were made: keys that want rotating.
const AGE: Millis = 400 * 86_400_000;

/// A long-term access key.
#[derive(Clone)]
pub(super) struct AccessKey {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) active: bool,
    pub(super) created: Millis,
    /// When every part of AWS knows it.
    pub(super) known_from: Millis,
    pub(super) last_used: Option<LastUse>,
}

/// The last call that a key signed.
#[derive(Clone)]
pub(super) struct LastUse {
    pub(super) at: Millis,
    pub(super) region: String,
    pub(super) service: String,
}

/// A virtual MFA device.
#[derive(Clone)]
pub(super) struct Device {
    pub(super) serial: String,
    pub(super) totp: Totp,
}

/// A user as of now.
#[derive(Clone)]
pub(super) struct User {
    pub(super) account_id: String,
    pub(super) path: String,
    pub(super) name: String,
    /// Its policies allow calls of IAM with MFA only.
    pub(super) requires_mfa: bool,
    pub(super) created: Millis,
    pub(super) keys: Vec<AccessKey>,
    pub(super) device: Option<Device>,
}

impl User {
    fn new(user: &IamUser, partition: &str, secrets: &Secrets, now: Millis) -> Self {
        let created = now.saturating_sub(AGE);
        let label = format!("{}/{}{}", user.account_id, user.path, user.name);
        let keys = (1..=user.access_keys.min(MOST_KEYS)).map(|number| {
            let (id, secret) = secrets.access_key(&user.account_id, &format!("{label}/{number}"));
            AccessKey {
                id,
                secret,
                active: true,
                created,
                known_from: created,
                last_used: None,
            }
        });
        let device = user.mfa_device.as_ref().map(|name| Device {
            serial: format!("arn:{partition}:iam::{}:mfa/{name}", user.account_id),
            totp: Totp::new(secrets.mfa_seed(&label)),
        });
        Self {
            account_id: user.account_id.clone(),
            path: user.path.clone(),
            name: user.name.clone(),
            requires_mfa: user.requires_mfa,
            created,
            keys: keys.collect(),
            device,
        }
    }

    pub(super) fn principal(&self) -> Principal {
        Principal::User {
            account_id: self.account_id.clone(),
            path: self.path.clone(),
            name: self.name.clone(),
        }
    }
}

/// All users of an organisation.
pub(super) struct Users(Vec<User>);

impl Users {
    pub(super) fn new(organisation: &Organisation, partition: &str, secrets: &Secrets, now: Millis) -> Self {
        let users = organisation.iam_users.iter();
        Self(
            users
                .map(|user| User::new(user, partition, secrets, now))
                .collect(),
        )
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &User> {
        self.0.iter()
    }

    pub(super) fn named(&self, account_id: &str, name: &str) -> Option<&User> {
        self.iter()
            .find(|user| user.account_id == account_id && user.name == name)
    }

    pub(super) fn named_mut(&mut self, account_id: &str, name: &str) -> Option<&mut User> {
        self.0
            .iter_mut()
            .find(|user| user.account_id == account_id && user.name == name)
    }

    /// The user who has this access key.
    pub(super) fn with_key(&self, access_key_id: &str) -> Option<(&User, &AccessKey)> {
        self.iter().find_map(|user| {
            let key = user.keys.iter().find(|key| key.id == access_key_id)?;
            Some((user, key))
        })
    }

    /// Remembers that a key signed a call.
    pub(super) fn used(&mut self, access_key_id: &str, last: LastUse) {
        let mut keys = self.0.iter_mut().flat_map(|user| &mut user.keys);
        if let Some(key) = keys.find(|key| key.id == access_key_id) {
            key.last_used = Some(last);
        }
    }

    pub(super) fn device(&self, serial: &str) -> Option<&Device> {
        self.iter()
            .filter_map(|user| user.device.as_ref())
            .find(|device| device.serial == serial)
    }
}
