//! Secrets by name in one file that a passphrase opens, for machines without a keyring.
//!
//! `$XDG_STATE_HOME/genkan/secrets.age`: JSON, encrypted as `age` encrypts. A file that can't be opened stays as it is:
//! a wrong passphrase and a damaged file are told apart only as far as the format allows, and neither is a reason to
//! lose what is in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::age::{self, AgeError};
use super::error::KeyringError;
use crate::domain::Secret;
use crate::platform::files::paths::Paths;
use crate::platform::files::safe_open::FileKind;
use crate::store::disk::atomic::{remove_file, write_private};
use crate::store::disk::lock::FileLock;
use crate::store::disk::reading::read_secret;
use crate::store::error::StoreError;

/// The binary logarithm of scrypt's cost: 128 MiB of memory and about half a second, which is what OWASP's list asks
/// for at least.
const WORK: u8 = 17;

/// The one file.
#[derive(Clone, Debug)]
pub struct EncryptedFile {
    path: PathBuf,
    work: u8,
}

#[derive(Default, Serialize, Deserialize)]
struct Content {
    #[serde(default)]
    secrets: BTreeMap<String, Zeroizing<String>>,
}

impl EncryptedFile {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            path: paths.state.join("secrets.age"),
            work: WORK,
        }
    }

    /// The same, but a new file gets another cost. Tests make many.
    #[doc(hidden)]
    #[must_use]
    pub fn with_work(self, work: u8) -> Self {
        Self { work, ..self }
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is one, so that its passphrase was chosen.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.path.symlink_metadata().is_ok()
    }

    /// The secret of a name. Takes about half a second.
    pub fn load(&self, passphrase: &Secret, name: &str) -> Result<Option<Secret>, KeyringError> {
        let (content, _) = self.open(passphrase)?;
        Ok(content.secrets.get(name).map(|text| Secret::new(text.as_str())))
    }

    /// Keeps a secret under a name; the first one makes the file. Takes about a second.
    pub fn save(&self, passphrase: &Secret, name: &str, secret: &Secret) -> Result<(), KeyringError> {
        self.change(passphrase, |content| {
            let text = Zeroizing::new(secret.expose().to_owned());
            content.secrets.insert(name.to_owned(), text);
        })
    }

    /// Removes the secret of a name, and with the last one the file.
    pub fn remove(&self, passphrase: &Secret, name: &str) -> Result<(), KeyringError> {
        self.change(passphrase, |content| {
            content.secrets.remove(name);
        })
    }

    fn change(&self, passphrase: &Secret, change: impl FnOnce(&mut Content)) -> Result<(), KeyringError> {
        let _lock = FileLock::acquire_blocking(&self.path.with_extension("lock"));
        let (mut content, work) = self.open(passphrase)?;
        change(&mut content);
        if content.secrets.is_empty() {
            return Ok(remove_file(&self.path)?);
        }
        let plain = Zeroizing::new(serde_json::to_vec(&content).unwrap_or_default());
        let file = age::encrypt_file(&plain, passphrase, work).map_err(|error| self.unusable(error))?;
        Ok(write_private(&self.path, &file)?)
    }

    /// What the file holds, and the cost that it was written with: one that `age` made keeps its own.
    fn open(&self, passphrase: &Secret) -> Result<(Content, u8), KeyringError> {
        if passphrase.expose().is_empty() {
            return Err(KeyringError::NoPassphrase);
        }
        let Some(file) = read_secret(&self.path, FileKind::Own)?.value else {
            return Ok((Content::default(), self.work));
        };
        let plain = age::decrypt_file(&file, passphrase).map_err(|error| self.unusable(error))?;
        let content = serde_json::from_slice(&plain).map_err(|_| self.unusable(AgeError::Damaged))?;
        Ok((content, age::work_of(&file).unwrap_or(self.work)))
    }

    fn unusable(&self, error: AgeError) -> KeyringError {
        match error {
            AgeError::WrongPassphrase => KeyringError::WrongPassphrase {
                path: self.path.clone(),
            },
            error => KeyringError::UnusableFile {
                path: self.path.clone(),
                reason: error.to_string(),
            },
        }
    }
}

impl From<StoreError> for KeyringError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    fn file(home: &Path) -> EncryptedFile {
        EncryptedFile::new(&Paths::in_home(home)).with_work(4)
    }

    #[test]
    fn secrets_are_kept_by_name_and_the_last_one_takes_the_file_with_it() {
        let home = tempfile::tempdir().expect("a folder");
        let (file, pass) = (file(home.path()), Secret::new("passphrase"));
        let load = |name| {
            file.load(&pass, name)
                .expect("opens")
                .map(|s| s.expose().to_owned())
        };
        assert_eq!(load("one"), None);
        file.save(&pass, "one", &Secret::new("canary-1")).expect("saves");
        file.save(&pass, "two", &Secret::new("canary-2")).expect("saves");
        file.save(&pass, "one", &Secret::new("canary-3")).expect("saves");
        assert_eq!(load("one").as_deref(), Some("canary-3"));
        let bytes = fs::read(file.path()).expect("there");
        assert!(
            !String::from_utf8_lossy(&bytes).contains("canary"),
            "it is encrypted"
        );
        let mode = fs::metadata(file.path()).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        file.remove(&pass, "one").expect("removes");
        assert_eq!((load("one"), load("two").as_deref()), (None, Some("canary-2")));
        file.remove(&pass, "two").expect("removes");
        assert!(!file.exists());
    }

    #[test]
    fn a_file_that_cannot_be_opened_stays_as_it_is() {
        let home = tempfile::tempdir().expect("a folder");
        let (file, pass) = (file(home.path()), Secret::new("passphrase"));
        file.save(&pass, "one", &Secret::new("secret")).expect("saves");
        let before = fs::read(file.path()).expect("there");
        let wrong = file.save(&Secret::new("other"), "two", &Secret::new("x"));
        assert!(
            matches!(wrong, Err(KeyringError::WrongPassphrase { .. })),
            "{wrong:?}"
        );
        assert!(matches!(
            file.save(&Secret::new(""), "two", &Secret::new("x")),
            Err(KeyringError::NoPassphrase)
        ));
        assert_eq!(fs::read(file.path()).expect("there"), before);
        fs::write(file.path(), b"something else").expect("writes");
        let damaged = file.save(&pass, "two", &Secret::new("x"));
        assert!(
            matches!(damaged, Err(KeyringError::UnusableFile { .. })),
            "{damaged:?}"
        );
        assert_eq!(fs::read(file.path()).expect("there"), b"something else");
    }
}
