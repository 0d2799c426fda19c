//! Whole files or none: written beside, flushed, renamed over.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::error::{Loaded, Notice, StoreError};

/// No file that genkan reads is honestly larger than this.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// A secret file's mode.
const PRIVATE: u32 = 0o600;

/// Writes a file that only its owner may read, in folders that only their owner may enter.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    write(path, bytes, PRIVATE).map_err(|source| StoreError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Writes a file and keeps its mode; a new one is private. A link stays a link.
pub(super) fn write_keeping_mode(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mode = mode(&real).unwrap_or(PRIVATE);
    write(&real, bytes, mode).map_err(|source| StoreError::Write {
        path: path.to_owned(),
        source,
    })
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    create_private_folder(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".genkan-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    // The rename itself must survive a power cut; not every file system allows this.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Creates what is missing of a folder, for its owner alone. What is there keeps its mode.
pub(super) fn create_private_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Reads a file; `None` where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    let unreadable = |source| StoreError::Read {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(StoreError::TooLarge {
            path: path.to_owned(),
            limit: MOST_BYTES,
        });
    }
    Ok(Some(bytes))
}

/// Reads a secret file and mends its mode where others may read it.
pub(super) fn read_secret(path: &Path) -> Result<Loaded<Vec<u8>>, StoreError> {
    let Some(bytes) = read(path)? else {
        return Ok(Loaded::absent());
    };
    Ok(Loaded {
        value: Some(bytes),
        notice: mend(path),
    })
}

#[cfg(unix)]
fn mend(path: &Path) -> Option<Notice> {
    let mode = mode(path)?;
    // The lowest six bits are for group and others.
    if mode.trailing_zeros() >= 6 {
        return None;
    }
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(PRIVATE)).ok()?;
    Some(Notice::Mended {
        path: path.to_owned(),
        mode,
    })
}

#[cfg(not(unix))]
fn mend(_: &Path) -> Option<Notice> {
    None
}

#[cfg(unix)]
fn mode(path: &Path) -> Option<u32> {
    fs::metadata(path)
        .ok()
        .map(|m| std::os::unix::fs::PermissionsExt::mode(&m.permissions()) & 0o777)
}

#[cfg(not(unix))]
fn mode(_: &Path) -> Option<u32> {
    None
}

/// Moves a file that can't be understood out of the way, under a name that was free.
pub(super) fn set_aside(path: &Path) -> Notice {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    for number in 1..=99 {
        let to = path.with_file_name(format!("{name}.broken-{number}"));
        if !to.exists() && fs::rename(path, &to).is_ok() {
            return Notice::SetAside {
                path: path.to_owned(),
                to,
            };
        }
    }
    Notice::Unreadable {
        path: path.to_owned(),
        reason: "it can't be understood".to_owned(),
    }
}

/// Removes a file; that there was none is fine.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::Write {
            path: path.to_owned(),
            source: error,
        }),
        _ => Ok(()),
    }
}

/// A text as part of a file name: what is safe stays readable, and a hash keeps different texts
/// apart.
pub(super) fn file_name(readable: &str, exact: &[&str], extension: &str) -> PathBuf {
    let safe: String = readable
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') {
                c
            } else {
                '_'
            }
        })
        .take(48)
        .collect();
    let hash = super::sso_cache::sha1_hex(exact.join("\0").as_bytes());
    PathBuf::from(format!(
        "{}-{}.{extension}",
        safe.trim_start_matches('.'),
        hash.get(..12).unwrap_or(&hash)
    ))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn secrets_are_private_and_wide_ones_are_mended() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a").join("b").join("secret.json");
        write_private(&path, b"one").expect("writes");
        let mode = |p: &Path| fs::metadata(p).expect("there").permissions().mode() & 0o777;
        assert_eq!(
            (mode(&path), mode(path.parent().expect("a parent"))),
            (0o600, 0o700)
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("chmod");
        let loaded = read_secret(&path).expect("reads");
        assert_eq!(loaded.value.as_deref(), Some(&b"one"[..]));
        assert!(matches!(loaded.notice, Some(Notice::Mended { mode: 0o644, .. })));
        assert_eq!(mode(&path), 0o600);
        let left: Vec<_> = fs::read_dir(path.parent().expect("a parent"))
            .expect("lists")
            .collect();
        assert_eq!(left.len(), 1, "no temporary file stays");
    }

    #[test]
    fn a_link_stays_a_link_and_a_mode_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "old").expect("writes");
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("chmod");
        std::os::unix::fs::symlink(&real, &link).expect("links");
        write_keeping_mode(&link, b"new").expect("writes");
        assert!(
            fs::symlink_metadata(&link)
                .expect("there")
                .file_type()
                .is_symlink()
        );
        assert_eq!(fs::read(&real).expect("reads"), b"new");
        assert_eq!(
            fs::metadata(&real).expect("there").permissions().mode() & 0o777,
            0o640
        );
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let blocked = folder.path().join("file").join("inside");
        fs::write(folder.path().join("file"), "old").expect("writes");
        assert!(matches!(
            write_private(&blocked, b"x"),
            Err(StoreError::Write { .. })
        ));
        assert_eq!(fs::read(folder.path().join("file")).expect("reads"), b"old");
    }

    #[test]
    fn broken_files_are_set_aside_under_free_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.json");
        for number in 1..=2 {
            fs::write(&path, "{").expect("writes");
            let to = folder.path().join(format!("x.json.broken-{number}"));
            assert_eq!(
                set_aside(&path),
                Notice::SetAside {
                    path: path.clone(),
                    to: to.clone()
                }
            );
            assert!(to.exists() && !path.exists());
        }
    }
}
