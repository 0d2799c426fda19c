//! A file that was opened: its rights, age and content, all read from the open handle.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::guard::{OTHERS, PermissionIssue};
use crate::platform::processes::users;

/// No file that genkan reads is honestly larger than this.
pub const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// A file was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    BadPermissions(PermissionIssue),
    #[error("it is larger than {MOST_BYTES} bytes")]
    TooLarge,
}

impl OpenError {
    /// The operating system's error, or one that says the same.
    #[must_use]
    pub fn into_io(self) -> io::Error {
        match self {
            Self::Io(error) => error,
            Self::BadPermissions(_) => io::Error::other(self),
            Self::TooLarge => io::ErrorKind::FileTooLarge.into(),
        }
    }
}

impl From<PermissionIssue> for OpenError {
    fn from(issue: PermissionIssue) -> Self {
        Self::BadPermissions(issue)
    }
}

/// A file that was opened and judged.
#[derive(Debug)]
pub struct Opened {
    pub(in crate::platform) file: File,
    pub(in crate::platform) metadata: Metadata,
}

impl Opened {
    /// Its mode, where others may read it.
    #[must_use]
    pub fn exposed(&self) -> Option<u32> {
        let mode = self.metadata.permissions().mode() & 0o777;
        (mode & OTHERS != 0).then_some(mode)
    }

    /// Takes the rights of others away; whether that worked. Some file systems say yes and keep no modes.
    #[must_use]
    pub fn make_private(&self) -> bool {
        let private = fs::Permissions::from_mode(0o600);
        let mode = || self.file.metadata().map(|m| m.permissions().mode());
        self.file.set_permissions(private).is_ok() && mode().is_ok_and(|m| m & OTHERS == 0)
    }

    /// How long ago it was last written; `None` where its disk has another idea of the time.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        file_age(&self.metadata)
    }

    /// Whether this is what stands under a path now, unchanged.
    #[must_use]
    pub fn is_still(&self, path: &Path) -> bool {
        let identity = |m: &Metadata| (m.dev(), m.ino(), m.size(), m.mtime(), m.mtime_nsec());
        fs::symlink_metadata(path).is_ok_and(|now| identity(&now) == identity(&self.metadata))
    }

    /// All of its bytes.
    pub fn bytes(&self) -> Result<Vec<u8>, OpenError> {
        let length = self.metadata.len().min(MOST_BYTES);
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
        (&self.file).take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(OpenError::TooLarge);
        }
        Ok(bytes)
    }

    /// How many bytes it had when it was opened.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.metadata.len()
    }

    /// So many of its bytes from a place on: all of them, or an error.
    pub fn part(&self, start: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, start)?;
        Ok(bytes)
    }
}

/// Whether a file's disk keeps modes: on one that doesn't, everybody seems to have every right, and no
/// change makes a difference.
pub(in crate::platform) fn keeps_modes(file: &File, metadata: &Metadata) -> bool {
    let mode = metadata.permissions().mode() & 0o7777;
    let other = fs::Permissions::from_mode(mode ^ 0o001);
    if file.set_permissions(other).is_err() {
        // Not ours to change: root's, or on a disk that refuses. Only root's modes mean something.
        return metadata.uid() != users::effective_user_id();
    }
    let changed = file
        .metadata()
        .is_ok_and(|now| now.permissions().mode() & 0o7777 != mode);
    let _ = file.set_permissions(metadata.permissions());
    changed
}

fn file_age(metadata: &Metadata) -> Option<Duration> {
    let written = metadata
        .modified()
        .ok()?
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()?;
    let now = crate::platform::clock::current_time().as_duration();
    let now = Duration::try_from(now).ok()?;
    now.checked_sub(written)
}
