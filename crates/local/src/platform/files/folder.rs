//! Folders for files that only their owner reads: created with mode 0700, and never narrowed when they exist with
//! another mode. `~/.aws` is shared with other tools and perhaps with a backup user on purpose; `guard` refuses to
//! store secrets where that isn't safe, and says so, instead of changing rights that someone set.
//!
//! Where root is a guest, as in a container with a mounted home, what it makes belongs to the owner of the folder
//! above, so that the user outside can still read, change and remove it.

use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use crate::platform::processes::users;

/// User and group of a folder in which root is a guest, as in a container with a mounted home.
#[must_use]
pub fn folder_owner(folder: &Path) -> Option<(u32, u32)> {
    let folder = fs::metadata(folder).ok()?;
    (users::effective_user_id() == 0 && folder.uid() != 0).then(|| (folder.uid(), folder.gid()))
}

/// The folder that this process works in.
#[must_use]
pub fn current_folder() -> Option<PathBuf> {
    std::env::current_dir().ok()
}

/// The folder that a path is in.
#[must_use]
pub fn parent_of(path: &Path) -> &Path {
    path.parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// The permission bits.
#[must_use]
pub fn mode_of(metadata: &Metadata) -> u32 {
    metadata.permissions().mode() & 0o777
}

/// Creates what is missing of a folder, for its owner alone. What is there keeps its mode.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = parent_of(folder);
    create_private_folder(above)?;
    match DirBuilder::new().mode(0o700).create(folder) {
        // Another process was faster.
        Err(_) if folder.is_dir() => return Ok(()),
        made => made?,
    }
    if let Some((user, group)) = folder_owner(above) {
        chown(folder, Some(user), Some(group))?;
    }
    if mode_of(&fs::metadata(folder)?) != 0o700 {
        // A umask took rights away that even we need.
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    Ok(())
}
