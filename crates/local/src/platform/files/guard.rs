//! Who else may read or write a file, or write into a folder. Changes nothing that lasts.
//!
//! A folder is safe for secrets when no one but us and root can put something else in its place:
//! not in it, and not in any folder above it. Checking the file alone (as most tools do, mode 0600) is not enough:
//! anyone who may write the folder can replace a private file by one of their own, and anyone who may write a folder above
//! can replace the folder. OpenSSH's `StrictModes` goes up to the home folder; this goes up to the root, because
//! `XDG_CACHE_HOME` may be anywhere. That is a dozen `stat` calls, so it is done before secrets are written; every
//! read of our own files checks the folder alone and goes up only where that is another user's.
//!
//! Refusing everything unusual would lock out common setups, so three exceptions are made, each of which lets no one
//! else in: a sticky bit, as `/tmp` has it; a group that has no member but its user (Debian and Fedora give every user
//! one, with a umask of 002); and a folder of another user in which we may write nothing ourselves, because only
//! an administrator can have put our folder there. A disk without permissions, as a Windows drive in WSL, shows every
//! right to everyone: that can only be told by trying to change a mode, which is undone at once.

use std::fmt;
use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::platform::processes::users;

/// The rights of group and others.
pub const OTHERS: u32 = 0o077;

/// What is wrong with a file or a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PermissionIssue {
    /// Others may read a secret file.
    Exposed { path: PathBuf, mode: u32 },
    /// Others may put files into a folder, or take ours away.
    Writable { path: PathBuf, mode: u32 },
    /// The disk keeps no modes, as a Windows disk in WSL: everybody seems to have every right, and `chmod`
    /// changes nothing.
    NoModes { path: PathBuf, mode: u32 },
    /// A folder is not ours.
    FolderOfOtherUser { path: PathBuf, owner: String },
    /// A file is not ours.
    FileOfOtherUser { path: PathBuf, owner: String },
    /// Others may write a file.
    WritableFile { path: PathBuf, mode: u32 },
    /// A link stands where genkan keeps a file of its own.
    Link { path: PathBuf },
    /// A file that genkan writes in place has a second name somewhere.
    HardLink { path: PathBuf },
    /// Something else is where a folder should be.
    NotAFolder { path: PathBuf },
    /// Something else is where a file should be.
    NotAFile { path: PathBuf },
    /// A link leads to nothing.
    Dangling { path: PathBuf, to: PathBuf },
}

impl fmt::Display for PermissionIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exposed { path, mode } => {
                write!(f, "other users can read `{}` (mode {mode:o})", path.display())
            }
            Self::Writable { path, mode } => write!(
                f,
                "other users can write to `{}` (mode {mode:o}), so no secrets are stored there",
                path.display()
            ),
            Self::NoModes { path, mode } => write!(
                f,
                "the file system of `{}` has no file permissions (mode is always {mode:o}), so other users may read and \
                 change files there",
                path.display()
            ),
            Self::FolderOfOtherUser { path, owner } => write!(
                f,
                "`{}` belongs to {owner}, so no secrets are stored there",
                path.display()
            ),
            Self::FileOfOtherUser { path, owner } => {
                write!(f, "`{}` belongs to {owner}, so it is not trusted", path.display())
            }
            Self::WritableFile { path, mode } => write!(
                f,
                "other users can write `{}` (mode {mode:o}), so it is not trusted",
                path.display()
            ),
            Self::Link { path } => {
                write!(f, "`{}` is a symbolic link, so it is not trusted", path.display())
            }
            Self::HardLink { path } => write!(
                f,
                "`{}` has another hard link, so it is not trusted",
                path.display()
            ),
            Self::NotAFolder { path } => {
                write!(f, "`{}` exists but is not a folder", path.display())
            }
            Self::NotAFile { path } => write!(f, "`{}` is not a regular file", path.display()),
            Self::Dangling { path, to } => write!(
                f,
                "`{}` is a symbolic link to `{}`, which doesn't exist",
                path.display(),
                to.display()
            ),
        }
    }
}

impl PermissionIssue {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Exposed { path, .. } => format!("chmod 600 '{}'", path.display()),
            Self::Writable { path, .. } => format!("chmod go-w '{}'", path.display()),
            Self::NoModes { .. } => "move it to a file system with permissions, such as your Linux home folder (HOME, \
                                     XDG_CACHE_HOME and XDG_STATE_HOME set the location); in WSL, Windows drives keep \
                                     permissions with `options = \"metadata,umask=077\"` under [automount] in /etc/wsl.conf"
                .to_owned(),
            Self::WritableFile { path, .. } => {
                format!("check its content, then: chmod go-w '{}'", path.display())
            }
            Self::Link { path } | Self::HardLink { path } => {
                format!("remove it; genkan creates a new one: rm '{}'", path.display())
            }
            Self::FolderOfOtherUser { path, .. } | Self::FileOfOtherUser { path, .. } => format!(
                "if it should belong to you: sudo chown -R \"$(id -un)\" '{}'",
                path.display()
            ),
            Self::NotAFolder { path } | Self::NotAFile { path } => {
                format!(
                    "check what it is, and move it away if it isn't needed: ls -ld '{}'",
                    path.display()
                )
            }
            Self::Dangling { path, .. } => {
                format!(
                    "create its target, or remove the link: ls -l '{}'",
                    path.display()
                )
            }
        }
    }
}

/// Reports a file of another user: neither ours nor root's. Root, as a guest in someone's home, takes a
/// file of the user who owns the folder.
#[must_use]
pub fn check_file_owner(path: &Path, metadata: &Metadata) -> Option<PermissionIssue> {
    let uid = metadata.uid();
    let hosts = || {
        let folder = path.parent().and_then(|folder| fs::metadata(folder).ok());
        users::effective_user_id() == 0 && folder.is_some_and(|folder| folder.uid() == uid)
    };
    (is_other_user(uid) && !hosts()).then(|| PermissionIssue::FileOfOtherUser {
        path: path.to_owned(),
        owner: users::name_of(uid),
    })
}

/// Reports a link of another user, who may point it anywhere.
#[must_use]
pub fn check_link_owner(path: &Path) -> Option<PermissionIssue> {
    check_file_owner(path, &fs::symlink_metadata(path).ok()?)
}

/// Reports a file that others may write, by its mode.
#[must_use]
pub fn check_file_mode(path: &Path, metadata: &Metadata) -> Option<PermissionIssue> {
    writable_by_others(metadata).then(|| PermissionIssue::WritableFile {
        path: path.to_owned(),
        mode: permission_bits(metadata),
    })
}

/// Finds what is wrong with the folder of a file that only genkan writes. The folders above are looked at
/// only where this one is not ours: every file that is read asks this.
#[must_use]
pub fn find_own_folder_issue(folder: &Path) -> Option<PermissionIssue> {
    let Ok(metadata) = fs::metadata(folder) else {
        return find_obstacle(folder);
    };
    if is_other_user(metadata.uid()) {
        return find_folder_issue(folder);
    }
    issue_by_other_users(folder, &metadata)
}

/// Finds what is wrong with a folder for secrets, or with one above it; a missing one is judged by where
/// it would be made.
#[must_use]
pub fn find_folder_issue(folder: &Path) -> Option<PermissionIssue> {
    if let Some(issue) = find_obstacle(folder) {
        return Some(issue);
    }
    // Who owns a link may lead it elsewhere.
    for link in folder.ancestors().filter(|a| a.is_symlink()) {
        if let Ok(metadata) = fs::symlink_metadata(link)
            && is_other_user(metadata.uid())
            && users::effective_user_id() != 0
        {
            return Some(other_owner(link, &metadata));
        }
    }
    let real = fs::canonicalize(nearest_existing(folder)?).ok()?;
    for step in real.ancestors() {
        let Ok(metadata) = fs::metadata(step) else {
            continue;
        };
        if let Some(issue) = issue_by_other_users(step, &metadata) {
            return Some(issue);
        }
        if is_other_user(metadata.uid()) {
            let given = if users::effective_user_id() == 0 {
                // Root may write everywhere: what counts is that not everybody could make this.
                step.parent()
                    .and_then(|above| fs::metadata(above).ok())
                    .is_none_or(|above| permission_bits(&above) & 0o002 == 0)
            } else {
                step != real && access(step, Access::WRITE_OK).is_err()
            };
            if !given {
                return Some(other_owner(step, &metadata));
            }
        }
    }
    None
}

/// What keeps a folder from being there or being made.
#[must_use]
pub fn find_obstacle(folder: &Path) -> Option<PermissionIssue> {
    let there = nearest_existing(folder)?;
    match fs::metadata(there) {
        Ok(metadata) if metadata.is_dir() => None,
        Ok(_) => Some(PermissionIssue::NotAFolder {
            path: there.to_owned(),
        }),
        Err(_) => find_dangling_link(there),
    }
}

/// The nearest folder upwards that is there, be it as a link.
#[must_use]
pub fn nearest_existing(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|a| fs::symlink_metadata(a).is_ok())
}

pub(in crate::platform) fn find_dangling_link(path: &Path) -> Option<PermissionIssue> {
    let to = fs::read_link(path).ok()?;
    Some(PermissionIssue::Dangling {
        path: path.to_owned(),
        to,
    })
}

fn issue_by_other_users(folder: &Path, metadata: &Metadata) -> Option<PermissionIssue> {
    let mode = permission_bits(metadata);
    let open = writable_by_others(metadata) && mode & 0o1000 == 0;
    let path = folder.to_owned();
    open.then(|| {
        if keeps_modes(folder, metadata) {
            PermissionIssue::Writable { path, mode }
        } else {
            PermissionIssue::NoModes { path, mode }
        }
    })
}

/// Whether the disk of a folder that others may write keeps modes. Only a change shows it: the sticky bit,
/// which takes rights from others for that moment and gives none.
fn keeps_modes(folder: &Path, metadata: &Metadata) -> bool {
    let before = permission_bits(metadata);
    let other = fs::Permissions::from_mode(before | 0o1000);
    if metadata.uid() != users::effective_user_id() || fs::set_permissions(folder, other).is_err() {
        return true;
    }
    let changed = fs::metadata(folder).is_ok_and(|now| permission_bits(&now) != before);
    let _ = fs::set_permissions(folder, metadata.permissions());
    changed
}

fn writable_by_others(metadata: &Metadata) -> bool {
    let mode = permission_bits(metadata);
    let group = || metadata.gid() != 0 && !users::is_private_group(metadata.gid(), metadata.uid());
    mode & 0o002 != 0 || (mode & 0o020 != 0 && group())
}

fn other_owner(path: &Path, metadata: &Metadata) -> PermissionIssue {
    PermissionIssue::FolderOfOtherUser {
        path: path.to_owned(),
        owner: users::name_of(metadata.uid()),
    }
}

/// Whether someone is neither us nor root.
fn is_other_user(uid: u32) -> bool {
    uid != users::effective_user_id() && uid != 0
}

fn permission_bits(metadata: &Metadata) -> u32 {
    metadata.permissions().mode() & 0o7777
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
    }

    #[test]
    fn folders_that_others_may_write_are_named() {
        let home = tempfile::tempdir().expect("a folder");
        let inner = home.path().join("a").join("b");
        fs::create_dir_all(&inner).expect("makes");
        let missing = inner.join("c").join("d");
        let real = |p: &Path| fs::canonicalize(p).expect("there");
        for (mode, safe) in [
            (0o700, true),
            (0o755, true),
            (0o1777, true),
            (0o777, false),
            (0o702, false),
        ] {
            for (wide, other) in [
                (&inner, home.path().join("a")),
                (&home.path().join("a"), inner.clone()),
            ] {
                chmod(wide, mode);
                chmod(&other, 0o700);
                for asked in [&inner, &missing] {
                    let issue = find_folder_issue(asked);
                    let expected = (!safe).then(|| PermissionIssue::Writable {
                        path: real(wide),
                        mode,
                    });
                    assert_eq!(issue, expected, "{} {mode:o}", wide.display());
                }
            }
        }
    }

    #[test]
    fn what_is_in_the_way_is_named() {
        let home = tempfile::tempdir().expect("a folder");
        let (file, link) = (home.path().join("file"), home.path().join("link"));
        fs::write(&file, "").expect("writes");
        std::os::unix::fs::symlink("/nonexistent/x", &link).expect("links");
        assert_eq!(
            find_folder_issue(&file.join("x").join("y")),
            Some(PermissionIssue::NotAFolder { path: file.clone() })
        );
        let dangling = Some(PermissionIssue::Dangling {
            path: link.clone(),
            to: "/nonexistent/x".into(),
        });
        assert_eq!(find_folder_issue(&link.join("y")), dangling);
    }
}
