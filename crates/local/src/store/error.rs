//! What goes wrong with files, and what is worth knowing though nothing went wrong.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::config_file::Damage;
use crate::platform::files::guard::{PermissionIssue, find_obstacle, nearest_existing};

/// A file or folder that refuses.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("can't read `{}`: {}", path.display(), describe_reason(source))]
    Read { path: PathBuf, source: io::Error },
    #[error("can't write `{}`: {}", path.display(), describe_reason(source))]
    Write { path: PathBuf, source: io::Error },
    #[error("`{}` is larger than {limit} bytes", path.display())]
    TooLarge { path: PathBuf, limit: u64 },
    #[error("`{}` already has a section `[sso-session {name}]`", path.display())]
    SessionExists { path: PathBuf, name: String },
    #[error("`{}` is being changed by another program", path.display())]
    Changed { path: PathBuf },
    #[error("{0}")]
    BadPermissions(PermissionIssue),
    #[error("`{}` was not changed: {damage}", path.display())]
    Damaged { path: PathBuf, damage: Damage },
    #[error("`[{profile}]` in `{}` has credentials that genkan didn't write", path.display())]
    CredentialsOfOthers { path: PathBuf, profile: String },
    /// The operating system's keyring refuses.
    #[error("{sentence}")]
    Keyring { sentence: String, hints: Vec<String> },
    #[error("`{}` holds no token: one line of 16 to 512 visible characters is expected", path.display())]
    NoToken { path: PathBuf },
}

impl From<PermissionIssue> for StoreError {
    fn from(issue: PermissionIssue) -> Self {
        Self::BadPermissions(issue)
    }
}

impl StoreError {
    pub(super) fn read(path: &Path, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::NotADirectory
            && let Some(issue) = path.parent().and_then(find_obstacle)
        {
            return issue.into();
        }
        Self::Read {
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write {
            path: path.to_owned(),
            source,
        }
    }

    /// Which file it is about, and what is wrong with it.
    #[must_use]
    pub fn problem(&self) -> FileProblem {
        match self {
            Self::Read { path, .. } => FileProblem::Unreadable(path.clone()),
            Self::Write { path, .. } => FileProblem::Unwritable(path.clone()),
            Self::TooLarge { path, .. } => FileProblem::TooLarge(path.clone()),
            Self::BadPermissions(issue) => FileProblem::Refused(issue.clone()),
            Self::Damaged { path, .. } | Self::NoToken { path } => FileProblem::Invalid(path.clone()),
            Self::Keyring { .. } => FileProblem::Keyring,
            Self::SessionExists { path, .. }
            | Self::Changed { path }
            | Self::CredentialsOfOthers { path, .. } => FileProblem::LeftAlone(path.clone()),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Keyring { hints, .. } => return hints.clone(),
            Self::Read { path, .. } => format!("check its permissions: ls -ld '{}'", path.display()),
            Self::Write { path, source } => what_to_do(path, source),
            Self::TooLarge { path, .. } => {
                format!(
                    "check it, and move it away if it isn't yours: '{}'",
                    path.display()
                )
            }
            Self::SessionExists { .. } => "choose another name".to_owned(),
            Self::Changed { .. } => "no changes made; try again".to_owned(),
            Self::BadPermissions(issue) => issue.hint(),
            Self::CredentialsOfOthers { .. } => {
                "no changes written; choose another name, or remove them if you no longer need them"
                    .to_owned()
            }
            Self::NoToken { path } => format!("remove it; genkan creates a new one: rm '{}'", path.display()),
            Self::Damaged {
                damage: Damage::SectionTwice(_) | Damage::Utf16,
                path,
            } => {
                format!("fix it in an editor: '{}'", path.display())
            }
            Self::Damaged { path, .. } => format!(
                "fix it in an editor, or remove genkan's profiles together with both comments: '{}'",
                path.display()
            ),
        };
        vec![hint]
    }
}

/// Which file can't be used, and how: the same for a failure and for a notice about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileProblem {
    Unreadable(PathBuf),
    /// It is no file, but the keyring.
    Keyring,
    Unwritable(PathBuf),
    TooLarge(PathBuf),
    /// Its content is invalid.
    Invalid(PathBuf),
    /// It is refused because of its owner, permissions, links or type.
    Refused(PermissionIssue),
    /// Changing it would lose what someone else wrote.
    LeftAlone(PathBuf),
}

/// The operating system's reason in words.
fn describe_reason(error: &io::Error) -> String {
    let words = match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied",
        io::ErrorKind::StorageFull => "the disk is full",
        io::ErrorKind::QuotaExceeded => "your disk quota is exceeded",
        io::ErrorKind::FileTooLarge => "it would exceed the file size limit",
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only",
        io::ErrorKind::IsADirectory => "it is a folder",
        io::ErrorKind::ResourceBusy => "it is a mount point and can't be replaced",
        io::ErrorKind::StaleNetworkFileHandle => "stale file handle on a network file system",
        _ => match Errno::from_io_error(error) {
            Some(Errno::LOOP) => "its symbolic links form a loop",
            Some(Errno::IO) => "disk I/O error",
            _ => return error.to_string(),
        },
    };
    words.to_owned()
}

fn what_to_do(path: &Path, error: &io::Error) -> String {
    let folder = path.parent().and_then(nearest_existing).unwrap_or(path).display();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("free up space: df -h '{folder}'")
        }
        io::ErrorKind::FileTooLarge => "raise the limit: ulimit -f unlimited".to_owned(),
        io::ErrorKind::ResourceBusy => format!("mount its folder instead: '{folder}'"),
        io::ErrorKind::IsADirectory => format!("check it: ls -ld '{}'", path.display()),
        io::ErrorKind::ReadOnlyFilesystem => {
            format!("mount it read-write, or use another location: df '{folder}'")
        }
        _ => format!("check its permissions: ls -ld '{folder}'"),
    }
}

/// Something about a file that a user should know; nothing was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The file could not be understood and was moved out of the way.
    SetAside { path: PathBuf, to: PathBuf },
    /// The file can't be understood, and has been so for a while. It stays, and a copy is kept.
    Copied { path: PathBuf, to: PathBuf },
    /// The file can't be understood and was written a moment ago.
    Unsettled { path: PathBuf },
    /// Others could read a secret file; now they can't.
    PermissionsFixed { path: PathBuf, mode: u32 },
    /// Others can read a secret file, and we can't change that.
    Exposed { path: PathBuf, mode: u32 },
    /// The file can't be read; it is treated as absent.
    Unreadable { problem: FileProblem, reason: String },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetAside { path, to } => {
                write!(f, "`{}` is invalid; moved to `{}`", path.display(), to.display())
            }
            Self::Copied { path, to } => {
                write!(f, "`{}` is invalid; copied to `{}`", path.display(), to.display())
            }
            Self::Unsettled { path } => write!(
                f,
                "`{}` is invalid; another program may be writing it",
                path.display()
            ),
            Self::PermissionsFixed { path, mode } => {
                write!(
                    f,
                    "`{}` was readable by other users (mode {mode:o}); changed to 600",
                    path.display()
                )
            }
            Self::Exposed { path, mode } => write!(
                f,
                "`{}` is readable by other users (mode {mode:o}), and its mode can't be changed",
                path.display()
            ),
            Self::Unreadable { reason, .. } => write!(f, "{reason}; continuing without it"),
        }
    }
}

/// What a file held, if anything, and what is worth knowing about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded<T> {
    pub value: Option<T>,
    pub notice: Option<Notice>,
}

impl<T> Loaded<T> {
    pub(super) fn absent() -> Self {
        Self {
            value: None,
            notice: None,
        }
    }

    /// Nothing, and what a user should know about that.
    pub(super) fn none(notice: Notice) -> Self {
        Self {
            value: None,
            notice: Some(notice),
        }
    }

    /// Nothing that can be used, and why.
    pub(super) fn unreadable(error: &StoreError) -> Self {
        Self {
            value: None,
            notice: Some(Notice::Unreadable {
                problem: error.problem(),
                reason: error.to_string(),
            }),
        }
    }

    pub(super) fn map<U>(self, change: impl FnOnce(T) -> Option<U>) -> Loaded<U> {
        Loaded {
            value: self.value.and_then(change),
            notice: self.notice,
        }
    }
}
