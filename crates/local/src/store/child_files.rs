//! Copies of the shared AWS files for a child whose default profile would give credentials: SDKs take those before they
//! ask an endpoint, and the child would silently work as another identity.
//!
//! In a copy the default profile keeps what says how to work, such as its Region. What says who one is goes into a
//! profile of its own, [`MOVED`], and profiles that build on the default one build on that. All others stay as they are.
//! The copies hold what the originals hold, so they are private, in the cache folder, and go with the child; what a
//! killed process left is removed by the next one.

use std::fs;
use std::path::{Path, PathBuf};

use super::config_file::{ConfigFile, Line, Profile, ProfileSource};
use super::error::StoreError;
use crate::platform::files::paths::Paths;
use crate::store::disk::atomic::{remove_file, write_private};
use crate::store::disk::lock::FileLock;

/// The profile that has what the default one had.
pub const MOVED: &str = "default-outside-genkan";

/// Keys that say where credentials come from.
const KEYS: [&str; 19] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
    "credential_process",
    "credential_source",
    "duration_seconds",
    "external_id",
    "login_session",
    "mfa_serial",
    "role_arn",
    "role_session_name",
    "source_profile",
    "sso_account_id",
    "sso_region",
    "sso_role_name",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
];

/// How many children one process has at once.
const MOST_OF_ONE_ID: usize = 64;

const CONFIG: &str = "config";
const CREDENTIALS: &str = "credentials";

/// The copies of one child; they go when this is dropped.
#[derive(Debug)]
pub struct ChildFiles {
    folder: PathBuf,
    _lock: FileLock,
}

impl ChildFiles {
    /// Writes copies; `None` where they can't help, because a `[DEFAULT]` section gives every profile credentials, and
    /// where the file system knows no locks, so that the next process would take them for leftovers.
    pub fn write(
        paths: &Paths,
        config: &ConfigFile,
        credentials: &ConfigFile,
    ) -> Result<Option<Self>, StoreError> {
        let config = without_default_credentials(config, Kind::Config);
        let credentials = without_default_credentials(credentials, Kind::Credentials);
        if gives_credentials(&ConfigFile::parse(&config).profiles())
            || gives_credentials(&ConfigFile::parse(&credentials).credentials_profiles())
        {
            return Ok(None);
        }
        let all = paths.cache.join("shells");
        remove_leftovers(&all);
        for number in 0..MOST_OF_ONE_ID {
            let folder = all.join(format!("{}-{number}", std::process::id()));
            let Some(lock) = FileLock::try_acquire(&lock_of(&folder)) else {
                continue;
            };
            if !FileLock::is_held(&lock_of(&folder)) {
                return Ok(None);
            }
            let files = Self { folder, _lock: lock };
            write_private(&files.config(), &config)?;
            write_private(&files.credentials(), &credentials)?;
            return Ok(Some(files));
        }
        let taken = std::io::ErrorKind::AlreadyExists;
        Err(StoreError::write(&all, taken.into()))
    }

    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.folder.join(CONFIG)
    }

    #[must_use]
    pub fn credentials(&self) -> PathBuf {
        self.folder.join(CREDENTIALS)
    }
}

impl Drop for ChildFiles {
    fn drop(&mut self) {
        remove_copies(&self.folder);
    }
}

fn lock_of(folder: &Path) -> PathBuf {
    folder.with_extension("lock")
}

/// What stays is removed by the next process.
fn remove_copies(folder: &Path) {
    for name in [CONFIG, CREDENTIALS] {
        let _ = remove_file(&folder.join(name));
    }
    let _ = fs::remove_dir(folder);
    let _ = remove_file(&lock_of(folder));
}

/// Removes the copies whose process has died.
fn remove_leftovers(all: &Path) {
    let entries = fs::read_dir(all).into_iter().flatten().flatten();
    for folder in entries.map(|entry| entry.path().with_extension("")) {
        // Held while they are removed: no one takes the place meanwhile.
        if let Some(_lock) = FileLock::try_acquire(&lock_of(&folder)) {
            remove_copies(&folder);
        }
    }
}

/// Whether SDKs find credentials in the default profile, or try to.
#[must_use]
pub fn gives_credentials(profiles: &[Profile]) -> bool {
    let gives = |source| match source {
        ProfileSource::Nothing => false,
        // Only the two together make SDKs look at a profile's SSO.
        ProfileSource::Sso(sso) => sso.account_id.is_some() && sso.permission_set.is_some(),
        _ => true,
    };
    profiles
        .iter()
        .any(|profile| profile.name == "default" && gives(profile.source()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Config,
    Credentials,
}

impl Kind {
    fn is_default(self, header: &str) -> bool {
        let words: Vec<&str> = header
            .split_whitespace()
            .map(|word| word.trim_matches(['"', '\'']))
            .collect();
        header == "default" || self == Self::Config && words == ["profile", "default"]
    }
}

/// A file in which the default profile gives no credentials.
fn without_default_credentials(file: &ConfigFile, kind: Kind) -> Vec<u8> {
    let newline = file.newline();
    let mut lines = file.lines().to_vec();
    let mut moved = Vec::new();
    // From the last to the first, so that the numbers of lines hold.
    for section in file.sections().iter().rev() {
        let is_default = kind.is_default(&section.header);
        for setting in section.settings.iter().rev() {
            if setting.key == "source_profile" && setting.value.trim() == "default" {
                let renamed = Line::new(&format!("source_profile = {MOVED}"), newline);
                lines.splice(setting.lines.clone(), [renamed]);
                if !is_default {
                    continue;
                }
                moved.extend(lines.splice(setting.lines.start..=setting.lines.start, []));
            } else if is_default && KEYS.contains(&setting.key.as_str()) {
                let taken: Vec<Line> = lines.splice(setting.lines.clone(), []).collect();
                let outdented = taken.into_iter().map(|line| line.outdented(setting.indentation));
                // The whole is turned around in the end.
                moved.extend(outdented.rev());
            }
        }
    }
    let mut bytes: Vec<u8> = lines.into_iter().flat_map(|line| line.bytes).collect();
    if !moved.is_empty() {
        let header = match kind {
            Kind::Config => format!("[profile {MOVED}]{newline}"),
            Kind::Credentials => format!("[{MOVED}]{newline}"),
        };
        bytes.extend_from_slice(ConfigFile::parse(&bytes).separator().as_bytes());
        bytes.extend_from_slice(header.as_bytes());
        for line in moved.into_iter().rev() {
            let ends = line.bytes.ends_with(b"\n") || line.bytes.ends_with(b"\r");
            bytes.extend(line.bytes);
            if !ends {
                bytes.extend_from_slice(newline.as_bytes());
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str, kind: Kind) -> String {
        let bytes = without_default_credentials(&ConfigFile::parse(text.as_bytes()), kind);
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn the_default_profile_loses_its_credentials_and_no_other_does() {
        let config = "# mine\n[default]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = 1\n\
            sso_role_name = Admin\noutput = json\n\n[profile chained]\nrole_arn = arn:aws:iam::1:role/x\n\
            source_profile = default\n\n[sso-session corp]\nsso_region = us-east-1";
        assert_eq!(
            changed(config, Kind::Config),
            "# mine\n[default]\nregion = eu-west-1\noutput = json\n\n[profile chained]\n\
             role_arn = arn:aws:iam::1:role/x\nsource_profile = default-outside-genkan\n\n[sso-session corp]\n\
             sso_region = us-east-1\n\n[profile default-outside-genkan]\nsso_session = corp\nsso_account_id = 1\n\
             sso_role_name = Admin\n"
        );
        let credentials = "[default]\r\naws_access_key_id = A\r\naws_secret_access_key = B\r\n[other]\r\n\
            aws_access_key_id = C\r\naws_secret_access_key = D\r\n";
        assert_eq!(
            changed(credentials, Kind::Credentials),
            "[default]\r\n[other]\r\naws_access_key_id = C\r\naws_secret_access_key = D\r\n\r\n\
             [default-outside-genkan]\r\naws_access_key_id = A\r\naws_secret_access_key = B\r\n"
        );
    }

    #[test]
    fn files_without_such_a_profile_stay_as_they_are() {
        for text in [
            "",
            "[default]\nregion = x\n",
            "[profile a]\nsso_session = b\nsource_profile = c\n",
        ] {
            assert_eq!(changed(text, Kind::Config), text);
        }
    }

    #[test]
    fn copies_go_with_their_holder_and_those_of_the_dead_with_the_next() {
        let home = tempfile::tempdir().expect("a folder");
        let paths = Paths::in_home(home.path());
        let keys = ConfigFile::parse(b"[default]\naws_access_key_id = A\naws_secret_access_key = B\n");
        let none = ConfigFile::parse(b"");
        let left = paths.cache.join("shells").join("7-0");
        fs::create_dir_all(&left).expect("a folder");
        fs::write(left.join(CREDENTIALS), "secret").expect("writes");
        let files = ChildFiles::write(&paths, &none, &keys)
            .expect("writes")
            .expect("helps");
        assert!(!left.exists(), "no one holds it");
        let other = ChildFiles::write(&paths, &none, &keys)
            .expect("writes")
            .expect("helps");
        assert!(files.credentials().exists() && other.credentials() != files.credentials());
        drop((files, other));
        let rest = fs::read_dir(paths.cache.join("shells")).expect("lists").count();
        assert_eq!(rest, 0, "nothing is left");
        let everywhere = ConfigFile::parse(b"[DEFAULT]\naws_access_key_id = A\n[default]\nregion = x\n");
        assert!(
            ChildFiles::write(&paths, &none, &everywhere)
                .expect("decides")
                .is_none()
        );
    }
}
