//! Why a secret can't be had or kept: a keyring that is locked, absent, dismissed or hangs, and a file that doesn't
//! open. One sentence each, and what can be done.

use std::path::PathBuf;
use std::time::Duration;

use crate::domain::text::CleanText;
use crate::store::error::StoreError;

/// A failure of the keyring or of the encrypted file.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// There is no service that keeps secrets.
    #[error("no keyring service runs in this session: {reason}")]
    Absent { reason: CleanText },
    /// There is a service, and no keyring in it to put anything into.
    #[error("the keyring service has no default keyring")]
    NoCollection,
    #[error("the keyring is locked, and can't ask for its password without a graphical display")]
    Locked,
    #[error("the keyring stayed locked: its prompt was dismissed")]
    Dismissed,
    #[error("the keyring did not answer within {} s", .0.as_secs())]
    Hangs(Duration),
    #[error("the keyring failed: {0}")]
    Failed(CleanText),
    /// What it holds under the name isn't what was put there.
    #[error("the keyring has more than one entry for `{0}`")]
    Ambiguous(String),
    #[error("an encrypted file needs a passphrase")]
    NoPassphrase,
    #[error("the passphrase doesn't open `{}`", path.display())]
    WrongPassphrase { path: PathBuf },
    #[error("`{}` can't be opened: {reason}", path.display())]
    UnusableFile { path: PathBuf, reason: String },
    #[error(transparent)]
    Store(StoreError),
}

impl KeyringError {
    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Absent { .. } => {
                "start one, such as gnome-keyring, KWallet or KeePassXC, or keep secrets in an encrypted file: `--store file`"
            }
            Self::NoCollection => {
                "sign in to the desktop once, or create a default keyring with its password manager (Seahorse, KWalletManager)"
            }
            Self::Locked => {
                "unlock it in a graphical session, or with `gnome-keyring-daemon --unlock` before anything else uses it"
            }
            Self::Dismissed => "run the command again, and enter the keyring's password when it asks",
            Self::Hangs(_) => {
                "look for its prompt on another screen or workspace, or restart the service: gnome-keyring-daemon --replace"
            }
            Self::Failed(_) => {
                "check it with its own program, such as Seahorse, KWalletManager or Keychain Access"
            }
            Self::Ambiguous(_) => "remove one of them with the keyring's own program",
            Self::NoPassphrase => "choose one that you can remember: without it the file is lost",
            Self::WrongPassphrase { .. } => "try again; nothing was changed",
            Self::UnusableFile { .. } => {
                "nothing was changed; restore it from a backup, or move it away and add the keys again"
            }
            Self::Store(error) => return error.hints(),
        };
        vec![hint.to_owned()]
    }

    /// Whether there is no keyring here at all, so that a file is the way.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent { .. })
    }
}

impl From<KeyringError> for StoreError {
    /// For what is kept in files, or in a keyring in their place.
    fn from(error: KeyringError) -> Self {
        match error {
            KeyringError::Store(error) => error,
            error => Self::Keyring {
                sentence: error.to_string(),
                hints: error.hints(),
            },
        }
    }
}
