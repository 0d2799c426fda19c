//! What goes wrong with files, and what is worth knowing though nothing went wrong.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A file or folder that refuses.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("can't read `{}`: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("can't write `{}`: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("`{}` is larger than {limit} bytes", path.display())]
    TooLarge { path: PathBuf, limit: u64 },
    #[error("`{}` has a section `[sso-session {name}]` already", path.display())]
    SessionExists { path: PathBuf, name: String },
}

impl StoreError {
    /// What to do next.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Read { path, .. } => format!("check who may read it: ls -l '{}'", path.display()),
            Self::Write { path, source } if source.kind() == io::ErrorKind::StorageFull => {
                format!("make room on the disk that holds '{}'", parent(path).display())
            }
            Self::Write { path, .. } => {
                format!(
                    "check that you may write to the folder: ls -ld '{}'",
                    parent(path).display()
                )
            }
            Self::TooLarge { path, .. } => {
                format!("look at it; move it away if it isn't yours: '{}'", path.display())
            }
            Self::SessionExists { .. } => "choose another name".to_owned(),
        };
        vec![hint]
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// Something about a file that a person should know; nothing was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The file could not be understood and was moved out of the way.
    SetAside { path: PathBuf, to: PathBuf },
    /// Others could read a secret file; now they can't.
    Mended { path: PathBuf, mode: u32 },
    /// The file can't be read; it is treated as absent.
    Unreadable { path: PathBuf, reason: String },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetAside { path, to } => {
                write!(
                    f,
                    "`{}` can't be understood; it was kept as `{}`",
                    path.display(),
                    to.display()
                )
            }
            Self::Mended { path, mode } => {
                write!(
                    f,
                    "`{}` could be read by others (mode {mode:o}); it is 600 now",
                    path.display()
                )
            }
            Self::Unreadable { path, reason } => write!(f, "`{}` can't be read: {reason}", path.display()),
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

    pub(super) fn map<U>(self, change: impl FnOnce(T) -> Option<U>) -> Loaded<U> {
        Loaded {
            value: self.value.and_then(change),
            notice: self.notice,
        }
    }
}
