//! Which IAM users' keys are kept, in `$XDG_STATE_HOME/genkan/iam-users.json`, readable only by the user. No secrets:
//! names, ARNs, IDs of keys, MFA devices, and how far a rotation has come.
//!
//! A rotation is written here before each of its steps. A file that can't be understood is set aside by its reader; the
//! keys stay where they are, and `add` finds them again.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::targets::iam_user::{AccessKeyId, IamUser, Rotation, RotationStep, UserArn, is_user_name};
use crate::domain::text::clean_text;
use crate::platform::files::paths::Paths;
use crate::store::disk::json_file::JsonFile;
use crate::store::error::{Loaded, StoreError};

/// The one file.
#[derive(Clone, Debug)]
pub struct IamUsersFile {
    path: PathBuf,
}

#[derive(Default, Serialize, Deserialize)]
struct File {
    #[serde(default)]
    users: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    name: String,
    arn: String,
    access_key_id: String,
    /// `keyring` or `file`.
    secret_in: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mfa_serial: Option<String>,
    /// Seconds since 1970.
    key_since: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rotation: Option<RotationEntry>,
}

#[derive(Serialize, Deserialize)]
struct RotationEntry {
    old: String,
    before: Vec<String>,
    /// `creating`, `stored`, `in-use` or `deactivated`.
    step: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    new: Option<String>,
}

impl IamUsersFile {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            path: paths.state.join("iam-users.json"),
        }
    }

    fn file(&self) -> JsonFile<File> {
        JsonFile::new(&self.path)
    }

    /// Every user, by name. Where the file can't be believed there is none.
    #[must_use]
    pub fn load(&self) -> Loaded<Vec<IamUser>> {
        self.file().load().map(|file| Some(parse_users(&file)))
    }

    /// Whether any user is there. Reads the file, and leaves it as it is.
    #[must_use]
    pub fn peek(&self) -> Vec<IamUser> {
        self.file()
            .peek()
            .map(|file| parse_users(&file))
            .unwrap_or_default()
    }

    /// Puts a user in the place of one of the same name.
    pub fn save(&self, user: &IamUser) -> Result<(), StoreError> {
        self.change(|entries| {
            entries.retain(|entry| entry.name != user.name);
            entries.push(user_to_entry(user));
            entries.sort_by(|a, b| a.name.cmp(&b.name));
        })
    }

    /// Forgets a user; that there was none is fine.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.change(|entries| entries.retain(|entry| entry.name != name))
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Entry>)) -> Result<(), StoreError> {
        let stored = self.file();
        let _lock = stored.lock_blocking();
        let mut file = stored.read()?.value.unwrap_or_default();
        change(&mut file.users);
        if file.users.is_empty() {
            return stored.remove();
        }
        stored.save_indented(&file)
    }
}

fn parse_users(file: &File) -> Vec<IamUser> {
    let mut users: Vec<IamUser> = file.users.iter().filter_map(parse_user).collect();
    users.sort_by(|a, b| a.name.cmp(&b.name));
    users
}

/// Text from a file is as foreign as text from the network: an entry that holds anything unexpected is none.
fn parse_user(entry: &Entry) -> Option<IamUser> {
    let arn = UserArn::new(&entry.arn).ok()?;
    Some(IamUser {
        name: Some(&entry.name).filter(|name| is_user_name(name))?.clone(),
        account_id: arn.account_id()?,
        arn,
        key: entry.access_key_id.parse().ok()?,
        place: entry.secret_in.parse().ok()?,
        mfa_serial: entry.mfa_serial.as_deref().map(clean_text),
        key_since: Timestamp::from_second(entry.key_since).ok()?,
        rotation: entry.rotation.as_ref().and_then(parse_rotation),
    })
}

fn parse_rotation(entry: &RotationEntry) -> Option<Rotation> {
    let step = match (entry.step.as_str(), &entry.new) {
        ("creating", _) => RotationStep::Creating,
        ("stored", Some(new)) => RotationStep::Stored {
            new: new.parse().ok()?,
        },
        ("in-use", _) => RotationStep::InUse,
        ("deactivated", _) => RotationStep::Deactivated,
        _ => return None,
    };
    let before: Vec<AccessKeyId> = entry.before.iter().filter_map(|id| id.parse().ok()).collect();
    Some(Rotation {
        old: entry.old.parse().ok()?,
        before,
        step,
    })
}

fn user_to_entry(user: &IamUser) -> Entry {
    Entry {
        name: user.name.clone(),
        arn: user.arn.to_string(),
        access_key_id: user.key.to_string(),
        secret_in: user.place.as_str().to_owned(),
        mfa_serial: user.mfa_serial.clone(),
        key_since: user.key_since.as_second(),
        rotation: user.rotation.as_ref().map(|rotation| {
            let (step, new) = match &rotation.step {
                RotationStep::Creating => ("creating", None),
                RotationStep::Stored { new } => ("stored", Some(new)),
                RotationStep::InUse => ("in-use", None),
                RotationStep::Deactivated => ("deactivated", None),
            };
            RotationEntry {
                old: rotation.old.to_string(),
                before: rotation.before.iter().map(ToString::to_string).collect(),
                step: step.to_owned(),
                new: new.map(ToString::to_string),
            }
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::targets::iam_user::SecretPlace;

    fn user_named(name: &str, rotation: Option<Rotation>) -> IamUser {
        let arn = UserArn::new("arn:aws:iam::111122223333:user/ana").expect("a user");
        IamUser {
            name: name.to_owned(),
            account_id: arn.account_id().expect("an account"),
            arn,
            key: "AKIAIOSFODNN7EXAMPLE".parse().expect("a key"),
            place: SecretPlace::File,
            mfa_serial: Some("arn:aws:iam::111122223333:mfa/phone".to_owned()),
            key_since: Timestamp::from_second(1).expect("in range"),
            rotation,
        }
    }

    #[test]
    fn users_and_rotations_are_read_back() {
        let home = tempfile::tempdir().expect("a folder");
        let file = IamUsersFile::new(&Paths::in_home(home.path()));
        let id = |text: &str| text.parse::<AccessKeyId>().expect("a key");
        for step in [
            RotationStep::Creating,
            RotationStep::Stored {
                new: id("AKIAIOSFODNN8EXAMPLE"),
            },
            RotationStep::InUse,
            RotationStep::Deactivated,
        ] {
            let rotation = Rotation {
                old: id("AKIAIOSFODNN7EXAMPLE"),
                before: vec![id("AKIAIOSFODNN7EXAMPLE")],
                step,
            };
            let users = [user_named("a", None), user_named("b", Some(rotation))];
            for user in users.iter().rev() {
                file.save(user).expect("saves");
            }
            assert_eq!(file.load().value.as_deref(), Some(&users[..]));
        }
        file.remove("a").expect("removes");
        file.remove("b").expect("removes");
        assert_eq!(file.peek(), []);
        assert!(!file.path.exists());
    }

    #[test]
    fn an_entry_with_hostile_text_is_none() {
        let home = tempfile::tempdir().expect("a folder");
        let file = IamUsersFile::new(&Paths::in_home(home.path()));
        file.save(&user_named("a", None)).expect("saves");
        let text = std::fs::read_to_string(&file.path).expect("there");
        for (from, to) in [
            ("\"a\"", "\"a\\u001b[31m\""),
            ("user/ana", "user/\\u202e"),
            ("AKIA", "akia"),
        ] {
            std::fs::write(&file.path, text.replacen(from, to, 1)).expect("writes");
            assert_eq!(file.load().value.as_deref(), Some(&[][..]), "{to}");
        }
        std::fs::write(&file.path, text.replacen("mfa/phone", "mfa/\\u001b[31m", 1)).expect("writes");
        let loaded = file.load().value.expect("a list");
        assert!(
            loaded[0]
                .mfa_serial
                .as_deref()
                .is_some_and(|serial| !serial.contains('\u{1b}'))
        );
    }
}
