//! Who else may read a file or write into a folder. Looks and never touches.
//!
//! A folder is safe for secrets when nobody but us and root can put something else in its place:
//! not in it, and not in any folder above it. A sticky bit, as `/tmp` has it, is enough, and so is
//! a group that has nobody in it but its user. What belongs to somebody else is safe only where we
//! may write nothing ourselves: an administrator put our folder there.

use std::fmt;
use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::platform::people;

/// The rights of group and others.
pub(super) const OTHERS: u32 = 0o077;

/// What is wrong with a file or a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Others may read a secret file.
    Exposed { path: PathBuf, mode: u32 },
    /// Others may put files into a folder, or take ours away.
    Writable { path: PathBuf, mode: u32 },
    /// A file or folder is not ours.
    Foreign { path: PathBuf, owner: String },
    /// Something else is where a folder should be.
    NotAFolder { path: PathBuf },
    /// Something else is where a file should be.
    NotAFile { path: PathBuf },
    /// A link leads to nothing.
    Dangling { path: PathBuf, to: PathBuf },
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exposed { path, mode } => {
                write!(f, "others may read `{}` (mode {mode:o})", path.display())
            }
            Self::Writable { path, mode } => write!(
                f,
                "others may write into `{}` (mode {mode:o}), so nothing secret is kept there",
                path.display()
            ),
            Self::Foreign { path, owner } => write!(
                f,
                "`{}` belongs to {owner}, so nothing secret is kept there",
                path.display()
            ),
            Self::NotAFolder { path } => {
                write!(f, "`{}` is in the way: it is no folder", path.display())
            }
            Self::NotAFile { path } => write!(f, "`{}` is no ordinary file", path.display()),
            Self::Dangling { path, to } => write!(
                f,
                "`{}` is a link to `{}`, which isn't there",
                path.display(),
                to.display()
            ),
        }
    }
}

impl Flaw {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Exposed { path, .. } => format!("chmod 600 '{}'", path.display()),
            Self::Writable { path, .. } => format!(
                "chmod go-w '{}'; a disk that keeps no modes is no place for secrets",
                path.display()
            ),
            Self::Foreign { path, .. } => format!(
                "if it should be yours: sudo chown -R \"$(id -un)\" '{}'",
                path.display()
            ),
            Self::NotAFolder { path } | Self::NotAFile { path } => {
                format!(
                    "look at it, and move it away if nobody needs it: ls -ld '{}'",
                    path.display()
                )
            }
            Self::Dangling { path, .. } => {
                format!(
                    "make what it leads to, or remove the link: ls -l '{}'",
                    path.display()
                )
            }
        }
    }
}

/// What is wrong with a file for secrets; a missing one is fine.
#[must_use]
pub fn flaw_of_file(path: &Path) -> Option<Flaw> {
    match fs::metadata(path) {
        Ok(metadata) => flaw_of_metadata(path, &metadata),
        Err(_) => dangling(path),
    }
}

pub(super) fn flaw_of_metadata(path: &Path, metadata: &Metadata) -> Option<Flaw> {
    let path = path.to_owned();
    if !metadata.is_file() {
        return Some(Flaw::NotAFile { path });
    }
    if is_strange(metadata.uid()) && people::me() != 0 {
        let owner = people::name_of(metadata.uid());
        return Some(Flaw::Foreign { path, owner });
    }
    let mode = mode(metadata);
    (mode & OTHERS != 0).then_some(Flaw::Exposed { path, mode })
}

/// What is wrong with a folder for secrets, or with one above it; a missing one is judged by where
/// it would be made.
#[must_use]
pub fn flaw_of_folder(folder: &Path) -> Option<Flaw> {
    if let Some(flaw) = obstacle(folder) {
        return Some(flaw);
    }
    // Who owns a link may lead it elsewhere.
    for link in folder.ancestors().filter(|a| a.is_symlink()) {
        if let Ok(metadata) = fs::symlink_metadata(link)
            && is_strange(metadata.uid())
            && people::me() != 0
        {
            return Some(foreign(link, &metadata));
        }
    }
    let real = fs::canonicalize(existing(folder)?).ok()?;
    for step in real.ancestors() {
        let Ok(metadata) = fs::metadata(step) else {
            continue;
        };
        if let Some(flaw) = strangers(step, &metadata) {
            return Some(flaw);
        }
        if is_strange(metadata.uid()) {
            let given = if people::me() == 0 {
                // Root may write everywhere: what counts is that not everybody could make this.
                step.parent()
                    .and_then(|above| fs::metadata(above).ok())
                    .is_none_or(|above| mode(&above) & 0o002 == 0)
            } else {
                step != real && access(step, Access::WRITE_OK).is_err()
            };
            if !given {
                return Some(foreign(step, &metadata));
            }
        }
    }
    None
}

/// What keeps a folder from being there or being made.
pub(super) fn obstacle(folder: &Path) -> Option<Flaw> {
    let there = existing(folder)?;
    match fs::metadata(there) {
        Ok(metadata) if metadata.is_dir() => None,
        Ok(_) => Some(Flaw::NotAFolder {
            path: there.to_owned(),
        }),
        Err(_) => dangling(there),
    }
}

/// The nearest folder upwards that is there, be it as a link.
pub(super) fn existing(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|a| fs::symlink_metadata(a).is_ok())
}

fn dangling(path: &Path) -> Option<Flaw> {
    let to = fs::read_link(path).ok()?;
    Some(Flaw::Dangling {
        path: path.to_owned(),
        to,
    })
}

fn strangers(folder: &Path, metadata: &Metadata) -> Option<Flaw> {
    let mode = mode(metadata);
    let group =
        mode & 0o020 != 0 && metadata.gid() != 0 && !people::is_private_group(metadata.gid(), metadata.uid());
    let open = (group || mode & 0o002 != 0) && mode & 0o1000 == 0;
    open.then(|| Flaw::Writable {
        path: folder.to_owned(),
        mode,
    })
}

fn foreign(path: &Path, metadata: &Metadata) -> Flaw {
    Flaw::Foreign {
        path: path.to_owned(),
        owner: people::name_of(metadata.uid()),
    }
}

/// Whether somebody is neither us nor root.
fn is_strange(uid: u32) -> bool {
    uid != people::me() && uid != 0
}

fn mode(metadata: &Metadata) -> u32 {
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
                    let flaw = flaw_of_folder(asked);
                    let expected = (!safe).then(|| Flaw::Writable {
                        path: real(wide),
                        mode,
                    });
                    assert_eq!(flaw, expected, "{} {mode:o}", wide.display());
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
            flaw_of_folder(&file.join("x").join("y")),
            Some(Flaw::NotAFolder { path: file.clone() })
        );
        let dangling = Some(Flaw::Dangling {
            path: link.clone(),
            to: "/nonexistent/x".into(),
        });
        assert_eq!(flaw_of_folder(&link.join("y")), dangling);
        assert_eq!(flaw_of_file(&link), dangling);
        assert_eq!(
            flaw_of_file(home.path()),
            Some(Flaw::NotAFile {
                path: home.path().to_owned()
            })
        );
        chmod(&file, 0o640);
        assert_eq!(
            flaw_of_file(&file),
            Some(Flaw::Exposed {
                path: file.clone(),
                mode: 0o640
            })
        );
        chmod(&file, 0o600);
        assert_eq!(flaw_of_file(&file), None);
        assert_eq!(flaw_of_file(&home.path().join("missing")), None);
    }
}
