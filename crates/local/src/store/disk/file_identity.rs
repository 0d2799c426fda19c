//! Which bytes stand under a name, so that a file that was read and has not changed is not read again.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Another file, or another state of it, differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct FileIdentity([u64; 4], [i64; 4]);

impl FileIdentity {
    pub(in crate::store) fn of(path: &Path) -> Option<Self> {
        let it = std::fs::metadata(path).ok()?;
        let times = [it.mtime(), it.mtime_nsec(), it.ctime(), it.ctime_nsec()];
        Some(Self([it.dev(), it.ino(), it.size(), it.mode().into()], times))
    }
}
