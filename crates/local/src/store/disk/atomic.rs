//! Whole files or none: written beside, flushed, renamed over.
//!
//! Whatever happens in between, the path holds the old bytes or the new ones. Modes are set by
//! ourselves, so that no umask widens or narrows them; root leaves files to the owner of the folder.

use std::fs::{self, File, Permissions};
use std::io;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use rustix::io::Errno;

use super::stale_files;
use crate::platform::files::folder::{create_private_folder, folder_owner, mode_of, parent_of};
use crate::platform::files::guard::{OTHERS, PermissionIssue, find_folder_issue, find_obstacle};
use crate::platform::files::safe_open;
use crate::platform::files::safe_open::FileKind;
use crate::platform::log;
use crate::platform::processes::users;
use crate::store::error::StoreError;

/// A secret file's mode.
const PRIVATE: u32 = 0o600;
/// As many links as the kernel follows.
const MOST_LINKS: usize = 40;

/// Writes a file that only its owner may read, in folders that no one else may write.
pub(in crate::store) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    write_secret(path, bytes, || Ok(()))
}

/// Does what [`write_private`] does with so many bytes, up to the moment at which the file would
/// be replaced.
pub(in crate::store) fn check_private_writable(path: &Path, length: usize) -> Result<(), StoreError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => return Err(StoreError::write(path, Errno::ISDIR.into())),
        _ => {}
    }
    match write_secret(path, &vec![0; length], || Err(io::Error::other(DryRun))) {
        Err(StoreError::Write { source, .. }) if is_own_error::<DryRun>(&source) => Ok(()),
        done => done,
    }
}

fn write_secret(
    path: &Path,
    bytes: &[u8],
    still_wanted: impl FnOnce() -> io::Result<()>,
) -> Result<(), StoreError> {
    let folder = parent_of(path);
    if let Some(issue) = find_folder_issue(folder) {
        return Err(issue.into());
    }
    let done = create_private_folder(folder).and_then(|()| {
        let like = FileAttributes {
            mode: PRIVATE,
            owner: folder_owner(folder),
            secret: true,
        };
        replace_file(path, bytes, &like, still_wanted)
    });
    done.map_err(|e| StoreError::write(path, e))
}

/// Writes a file of the user's in place of `before`, with its mode and group; a new one is
/// private. A link stays a link. Where someone else has changed the file since it was `before`,
/// nothing happens, and the caller looks again.
pub(in crate::store) fn write_over(
    path: &Path,
    before: Option<&[u8]>,
    bytes: &[u8],
) -> Result<(), StoreError> {
    let real = end_of_links(path).map_err(|e| StoreError::write(path, e))?;
    let folder = parent_of(&real);
    if let Some(issue) = find_obstacle(folder) {
        return Err(issue.into());
    }
    let old = match fs::metadata(&real) {
        Ok(old) if !old.is_file() => return Err(PermissionIssue::NotAFile { path: real }.into()),
        Ok(old) => Some(old),
        Err(_) if real != path && !folder.is_dir() => {
            return Err(PermissionIssue::Dangling {
                path: path.to_owned(),
                to: real,
            }
            .into());
        }
        Err(_) => None,
    };
    let unchanged = || match safe_open::read_file(&real, FileKind::Named) {
        Ok(now) if now.as_deref() == before => Ok(()),
        _ => Err(io::Error::other(Changed)),
    };
    let done = create_private_folder(folder).and_then(|()| {
        if old.is_some() {
            // A rename needs no right to write the file itself; who took that right away meant it.
            access(&real, Access::WRITE_OK)?;
        }
        let mode = old.as_ref().map_or(PRIVATE, mode_of);
        let owner = old.or_else(|| {
            fs::metadata(folder)
                .ok()
                .filter(|_| users::effective_user_id() == 0)
        });
        let like = FileAttributes {
            mode,
            owner: owner.map(|o| (o.uid(), o.gid())),
            secret: false,
        };
        replace_file(&real, bytes, &like, unchanged)
    });
    done.map_err(|error| {
        if is_own_error::<Changed>(&error) {
            StoreError::Changed {
                path: path.to_owned(),
            }
        } else {
            StoreError::write(path, error)
        }
    })
}

/// Whether an error is one of ours.
fn is_own_error<E: std::error::Error + 'static>(error: &io::Error) -> bool {
    error.get_ref().and_then(|e| e.downcast_ref::<E>()).is_some()
}

/// Nothing went wrong, and nothing shall be replaced.
#[derive(Debug, thiserror::Error)]
#[error("this was a dry run")]
struct DryRun;

/// Someone else wrote the file meanwhile.
#[derive(Debug, thiserror::Error)]
#[error("it was changed by another program")]
struct Changed;

/// Where links lead, be it to nothing.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut at = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&at) {
            Ok(to) => at = at.parent().unwrap_or(Path::new("")).join(to),
            Err(_) => return Ok(at),
        }
    }
    Err(Errno::LOOP.into())
}

/// What a new file looks like.
struct FileAttributes {
    mode: u32,
    /// User and group, where it is not for us to own it.
    owner: Option<(u32, u32)>,
    /// Whether a disk that can't keep the mode is a reason to refuse.
    secret: bool,
}

fn replace_file(
    path: &Path,
    bytes: &[u8],
    like: &FileAttributes,
    still_wanted: impl FnOnce() -> io::Result<()>,
) -> io::Result<()> {
    let folder = parent_of(path);
    stale_files::sweep_folder(folder);
    let file = stale_files::begin_file(folder)?;
    apply_owner_and_mode(file.as_file(), like)?;
    file.as_file().write_all(bytes)?;
    file.as_file().sync_all()?;
    still_wanted()?;
    file.persist(path).map_err(|e| e.error)?;
    log::debug!("written path={} bytes={}", path.display(), bytes.len());
    // The rename itself must survive a power cut; not every file system allows this.
    if let Ok(folder) = safe_open::open_folder(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Gives a new file its owner and its mode.
fn apply_owner_and_mode(file: &File, like: &FileAttributes) -> io::Result<()> {
    let mut wanted = like.mode;
    if let Some((user, group)) = like.owner {
        let ours = file.metadata()?;
        if users::effective_user_id() == 0 && ours.uid() != user {
            fchown(file, Some(user), None)?;
        }
        if ours.gid() != group && fchown(file, None, Some(group)).is_err() {
            // Rights of one group are none of another's.
            wanted &= !0o070;
        }
    }
    if mode_of(&file.metadata()?) == wanted {
        return Ok(());
    }
    // A umask took something away, or this disk keeps no modes.
    let _ = file.set_permissions(Permissions::from_mode(wanted));
    if like.secret && mode_of(&file.metadata()?) & OTHERS != 0 {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "this file system has no permissions, so other users could read it",
        ));
    }
    Ok(())
}

/// Removes a file, and what writers that died left beside it; that there was none is fine, also where its folder is
/// none.
pub(in crate::store) fn remove_file(path: &Path) -> Result<(), StoreError> {
    stale_files::sweep_folder(parent_of(path));
    match fs::remove_file(path) {
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Err(StoreError::write(path, error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn mode(path: &Path) -> u32 {
        mode_of(&fs::metadata(path).expect("there"))
    }

    #[test]
    fn secrets_are_private_and_nothing_else_stays() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("a").join("b");
        let path = folder.join("secret.json");
        for bytes in [&b"one"[..], b"two"] {
            write_private(&path, bytes).expect("writes");
            assert_eq!(fs::read(&path).expect("reads"), bytes);
            assert_eq!((mode(&path), mode(&folder)), (0o600, 0o700));
            assert_eq!(fs::read_dir(&folder).expect("lists").count(), 1);
        }
    }

    #[test]
    fn dry_run_changes_nothing_and_fails_as_writing_would() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("secret.json");
        check_private_writable(&path, 100).expect("would work");
        assert_eq!(fs::read_dir(home.path()).expect("lists").count(), 0);
        write_private(&path, b"old").expect("writes");
        check_private_writable(&path, 100).expect("would work");
        assert_eq!(fs::read(&path).expect("reads"), b"old");
        assert!(check_private_writable(&path.join("inside"), 100).is_err());
        assert!(check_private_writable(home.path(), 100).is_err());
        fs::set_permissions(home.path(), Permissions::from_mode(0o777)).expect("chmod");
        assert!(check_private_writable(&path, 100).is_err());
    }

    #[test]
    fn secrets_never_go_where_others_may_write() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("new").join("secret.json");
        fs::set_permissions(home.path(), Permissions::from_mode(0o777)).expect("chmod");
        let error = write_private(&path, b"x").expect_err("refuses");
        assert!(
            matches!(
                error,
                StoreError::BadPermissions(PermissionIssue::Writable { .. })
            ),
            "{error}"
        );
        assert_eq!(fs::read_dir(home.path()).expect("lists").count(), 0);
    }

    #[test]
    fn a_link_stays_a_link_and_a_mode_stays() {
        let home = tempfile::tempdir().expect("a folder");
        let (real, link) = (home.path().join("real"), home.path().join("link"));
        fs::write(&real, "old").expect("writes");
        fs::set_permissions(&real, Permissions::from_mode(0o640)).expect("chmod");
        symlink("real", &link).expect("links");
        write_over(&link, Some(b"old"), b"new").expect("writes");
        assert!(link.is_symlink());
        assert_eq!(fs::read(&real).expect("reads"), b"new");
        assert_eq!(mode(&real), 0o640);
        // One that leads to nothing is filled, unless not even its folder is there.
        fs::remove_file(&real).expect("removes");
        write_over(&link, None, b"again").expect("writes");
        assert!(link.is_symlink());
        assert_eq!(
            (fs::read(&real).expect("reads"), mode(&real)),
            (b"again".to_vec(), 0o600)
        );
        let nowhere = home.path().join("nowhere");
        symlink("missing/config", &nowhere).expect("links");
        let error = write_over(&nowhere, None, b"x").expect_err("refuses");
        assert!(
            matches!(
                error,
                StoreError::BadPermissions(PermissionIssue::Dangling { .. })
            ),
            "{error}"
        );
        let circle = home.path().join("circle");
        symlink("circle", &circle).expect("links");
        assert!(write_over(&circle, None, b"x").is_err() && circle.is_symlink());
    }

    #[test]
    fn what_others_wrote_meanwhile_is_not_overwritten() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("config");
        for before in [None, Some(&b"old"[..])] {
            fs::write(&path, "theirs").expect("writes");
            let error = write_over(&path, before, b"ours").expect_err("refuses");
            assert!(matches!(error, StoreError::Changed { .. }), "{error}");
            assert_eq!(fs::read(&path).expect("reads"), b"theirs");
        }
        assert_eq!(fs::read_dir(home.path()).expect("lists").count(), 1);
    }

    #[test]
    fn devices_are_never_replaced() {
        let error = write_over(Path::new("/dev/null"), Some(b""), b"x").expect_err("refuses");
        assert!(
            matches!(
                error,
                StoreError::BadPermissions(PermissionIssue::NotAFile { .. })
            ),
            "{error}"
        );
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let home = tempfile::tempdir().expect("a folder");
        let blocked = home.path().join("file").join("inside");
        fs::write(home.path().join("file"), "old").expect("writes");
        let error = write_private(&blocked, b"x").expect_err("refuses");
        assert!(
            matches!(
                error,
                StoreError::BadPermissions(PermissionIssue::NotAFolder { .. })
            ),
            "{error}"
        );
        assert_eq!(fs::read(home.path().join("file")).expect("reads"), b"old");
    }
}
