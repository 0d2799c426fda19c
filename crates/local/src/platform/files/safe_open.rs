//! The one place that opens files. A file is checked through its open handle (`fstat`): its owner, who else may
//! write it, whether it is a regular file at all. Checking the path first and opening it then would be simpler,
//! but anyone who may write the folder can exchange the file in between. Opening first has a price of its own: `open`
//! blocks on a pipe without a writer, and a link leads anywhere. Hence `O_NONBLOCK` always and `O_NOFOLLOW` except for
//! paths that the user named; a link is followed only after its own owner was checked.
//!
//! How much is demanded depends on who writes the file ([`FileKind`]). One strict rule for all would refuse a
//! `~/.aws/config` that a team shares by group permissions and every AWS tool reads.
//!
//! `clippy.toml` forbids the other ways to open a file, so that no new file passes by.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::guard::{
    PermissionIssue, check_file_mode, check_file_owner, check_link_owner, find_dangling_link,
    find_own_folder_issue,
};
use super::open_file::keeps_modes;
pub use super::open_file::{MOST_BYTES, OpenError, Opened};

/// For how long a file that was emptied a moment ago may stay empty.
const WAIT_FOR_CONTENT: Duration = Duration::from_secs(1);
const MOMENT: Duration = Duration::from_millis(20);

/// Who writes a file, and so what it takes to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Only genkan: cache, state, log. No links, and neither the file nor its folder is another user's
    /// or writable by others.
    Own,
    /// The AWS CLI, the SDKs and genkan: tokens, registrations, credentials. A link is followed where
    /// it is ours; others must not be able to write the file, unless the disk keeps no modes at all, as
    /// a Windows disk in WSL.
    Shared,
    /// The user: `~/.aws/config` and `~/.aws/credentials`, where they are read for their settings. A link
    /// is followed where it is ours; what others may write is read as every AWS tool reads it, and named
    /// by `genkan doctor`.
    Config,
    /// The user: preferences, which name programs that genkan runs. As `Config`, but others must not be
    /// able to write them.
    Preferences,
    /// The user named this path for this run, in a variable: anyone's file, or a pipe.
    Named,
}

/// Opens a file for reading; `None` where there is none.
pub fn open_file(path: &Path, kind: FileKind) -> Result<Option<Opened>, OpenError> {
    if kind == FileKind::Own
        && let Some(issue) = path.parent().and_then(find_own_folder_issue)
    {
        return Err(issue.into());
    }
    let file = match open_checked(path, kind, OpenOptions::new().read(true)) {
        Err(OpenError::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let metadata = file.metadata()?;
    if let Some(issue) = find_issue(path, kind, &file, &metadata) {
        return Err(issue.into());
    }
    Ok(Some(Opened { file, metadata }))
}

/// Reads a whole file; `None` where there is none.
pub fn read_file(path: &Path, kind: FileKind) -> Result<Option<Vec<u8>>, OpenError> {
    open_file(path, kind)?.map(|opened| opened.bytes()).transpose()
}

/// Reads a whole file that other programs rewrite in place: one that was emptied a moment ago is about
/// to be filled.
pub fn read_settled(path: &Path, kind: FileKind) -> Result<Option<Vec<u8>>, OpenError> {
    for _ in 0..WAIT_FOR_CONTENT.as_millis() / MOMENT.as_millis() {
        let Some(opened) = open_file(path, kind)? else {
            return Ok(None);
        };
        let young = opened.age().is_some_and(|age| age < WAIT_FOR_CONTENT);
        if !(opened.metadata.is_file() && opened.metadata.len() == 0 && young) {
            return opened.bytes().map(Some);
        }
        std::thread::sleep(MOMENT);
    }
    read_file(path, kind)
}

/// Opens a file of genkan's own to write at its end, and makes it where it is missing.
pub fn open_for_append(path: &Path) -> Result<File, OpenError> {
    in_place(path, OpenOptions::new().read(true).append(true))
}

/// Opens a file of genkan's own to lock it, and makes it where it is missing.
pub fn lock_file(path: &Path) -> Result<File, OpenError> {
    in_place(path, OpenOptions::new().write(true))
}

/// Makes a file that isn't there yet, for its owner alone.
pub fn create_file(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    let mut file = open_checked(
        path,
        FileKind::Own,
        OpenOptions::new().write(true).create_new(true).mode(0o600),
    )
    .map_err(OpenError::into_io)?;
    file.write_all(bytes.as_ref())
}

/// Opens a folder, to flush what was renamed in it.
pub fn open_folder(path: &Path) -> io::Result<File> {
    open_checked(path, FileKind::Named, OpenOptions::new().read(true)).map_err(OpenError::into_io)
}

/// A temporary file of our own, to see whether its writer lives.
pub fn open_temporary(path: &Path) -> io::Result<File> {
    #[expect(clippy::disallowed_methods, reason = "the checks are here")]
    OpenOptions::new()
        .write(true)
        .custom_flags(open_flags(true))
        .open(path)
}

/// What is wrong with a file for secrets; a missing one is fine.
#[must_use]
pub fn find_file_issue(path: &Path) -> Option<PermissionIssue> {
    match open_file(path, FileKind::Shared) {
        Ok(Some(opened)) => opened.exposed().map(|mode| {
            let path = path.to_owned();
            if keeps_modes(&opened.file, &opened.metadata) {
                PermissionIssue::Exposed { path, mode }
            } else {
                PermissionIssue::NoModes { path, mode }
            }
        }),
        Ok(None) => find_dangling_link(path),
        Err(OpenError::BadPermissions(issue)) => Some(issue),
        Err(OpenError::Io(_) | OpenError::TooLarge) => None,
    }
}

/// Writing in place changes whatever is there: it has to be a file of ours that has no other name.
fn in_place(path: &Path, options: &mut OpenOptions) -> Result<File, OpenError> {
    if let Some(issue) = path.parent().and_then(find_own_folder_issue) {
        return Err(issue.into());
    }
    options.create(true).truncate(false).mode(0o600);
    let file = open_checked(path, FileKind::Own, options)?;
    let metadata = file.metadata()?;
    if let Some(issue) = find_issue(path, FileKind::Own, &file, &metadata) {
        return Err(issue.into());
    }
    if metadata.nlink() > 1 {
        return Err(PermissionIssue::HardLink {
            path: path.to_owned(),
        }
        .into());
    }
    if metadata.permissions().mode() & 0o777 != 0o600 {
        // A umask widened it, or took away what the next one needs.
        let _ = file.set_permissions(fs::Permissions::from_mode(0o600));
    }
    Ok(file)
}

fn open_flags(follow: bool) -> i32 {
    let flags = if follow {
        OFlags::NONBLOCK
    } else {
        OFlags::NONBLOCK.union(OFlags::NOFOLLOW)
    };
    flags.bits().cast_signed()
}

fn open_checked(path: &Path, kind: FileKind, options: &mut OpenOptions) -> Result<File, OpenError> {
    #[expect(clippy::disallowed_methods, reason = "the checks are here")]
    let mut try_open = |follow| options.custom_flags(open_flags(follow)).open(path);
    let file = match try_open(kind == FileKind::Named) {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::LOOP) => {
            if kind == FileKind::Own {
                return Err(PermissionIssue::Link {
                    path: path.to_owned(),
                }
                .into());
            }
            if kind != FileKind::Named
                && let Some(issue) = check_link_owner(path)
            {
                return Err(issue.into());
            }
            try_open(true)?
        }
        // A pipe that no one reads, or a socket.
        Err(error) if Errno::from_io_error(&error) == Some(Errno::NXIO) => {
            return Err(not_a_file(path).into());
        }
        file => file?,
    };
    if kind == FileKind::Named {
        // A pipe that the user named is waited for.
        rustix::fs::fcntl_setfl(&file, OFlags::empty()).map_err(io::Error::from)?;
    }
    Ok(file)
}

fn not_a_file(path: &Path) -> PermissionIssue {
    PermissionIssue::NotAFile {
        path: path.to_owned(),
    }
}

fn find_issue(path: &Path, kind: FileKind, file: &File, metadata: &Metadata) -> Option<PermissionIssue> {
    use std::os::unix::fs::FileTypeExt as _;
    let file_type = metadata.file_type();
    match kind {
        FileKind::Named => None,
        // A folder says what it is when it is read; `/dev/null` is an empty file.
        FileKind::Config | FileKind::Preferences if file_type.is_fifo() || file_type.is_socket() => {
            Some(not_a_file(path))
        }
        FileKind::Config => check_file_owner(path, metadata),
        FileKind::Own | FileKind::Shared if !metadata.is_file() => Some(not_a_file(path)),
        FileKind::Own => check_file_owner(path, metadata).or_else(|| check_file_mode(path, metadata)),
        FileKind::Shared | FileKind::Preferences => check_file_owner(path, metadata)
            .or_else(|| check_file_mode(path, metadata).filter(|_| keeps_modes(file, metadata))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::processes::users;
    use std::os::unix::fs::{chown, symlink};
    use std::path::PathBuf;

    const KINDS: [FileKind; 5] = [
        FileKind::Own,
        FileKind::Shared,
        FileKind::Config,
        FileKind::Preferences,
        FileKind::Named,
    ];

    fn file(folder: &Path, mode: u32) -> PathBuf {
        let path = folder.join("file");
        fs::write(&path, "content").expect("writes");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("chmod");
        path
    }

    fn pipe(path: &Path) {
        let fifo = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, path, fifo, rustix::fs::Mode::RUSR, 0).expect("makes a pipe");
    }

    /// What each kind says of a path, in the order of [`KINDS`].
    fn said(path: &Path) -> [String; 5] {
        KINDS.map(|kind| match read_file(path, kind) {
            Ok(Some(bytes)) => String::from_utf8(bytes).expect("text"),
            Ok(None) => "missing".to_owned(),
            Err(OpenError::BadPermissions(issue)) => format!("{issue:?}")
                .split([' ', '('])
                .next()
                .unwrap_or_default()
                .to_owned(),
            Err(error) => format!("{error}"),
        })
    }

    #[test]
    fn a_plain_file_is_read_by_all_and_a_missing_one_is_missing() {
        let home = tempfile::tempdir().expect("a folder");
        assert_eq!(said(&home.path().join("none")), ["missing"; 5]);
        assert_eq!(said(&file(home.path(), 0o644)), ["content"; 5]);
    }

    #[test]
    fn a_link_is_refused_where_only_genkan_writes() {
        let home = tempfile::tempdir().expect("a folder");
        let link = home.path().join("link");
        symlink(file(home.path(), 0o600), &link).expect("links");
        assert_eq!(said(&link), ["Link", "content", "content", "content", "content"]);
        assert!(matches!(
            open_for_append(&link),
            Err(OpenError::BadPermissions(PermissionIssue::Link { .. }))
        ));
    }

    #[test]
    fn what_others_may_write_is_refused_where_it_decides() {
        let home = tempfile::tempdir().expect("a folder");
        let refused = "WritableFile";
        let path = file(home.path(), 0o666);
        assert_eq!(said(&path), [refused, refused, "content", refused, "content"]);
        let mode = fs::metadata(&path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o666, "the look leaves the mode as it was");
    }

    #[test]
    fn pipe_without_a_writer_is_not_waited_for() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("pipe");
        pipe(&path);
        let refused = "NotAFile";
        assert_eq!(said(&path), [refused, refused, refused, refused, ""]);
        for result in [open_for_append(&path), lock_file(&path)] {
            assert!(
                matches!(
                    result,
                    Err(OpenError::BadPermissions(PermissionIssue::NotAFile { .. }))
                ),
                "{result:?}"
            );
        }
    }

    #[test]
    fn a_pipe_that_the_user_named_is_read_to_its_end() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("pipe");
        pipe(&path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("chmod");
        let to = path.clone();
        // Opens when there is a reader, as a process substitution does.
        let writer = std::thread::spawn(move || {
            let mut pipe = OpenOptions::new().write(true).open(to).expect("opens");
            std::thread::sleep(Duration::from_millis(50));
            pipe.write_all(b"late").expect("writes");
        });
        let mut found = Vec::new();
        while found.is_empty() {
            found = read_file(&path, FileKind::Named).expect("reads").expect("there");
        }
        writer.join().expect("writes");
        assert_eq!(found, b"late");
    }

    #[test]
    fn a_folder_that_others_may_write_holds_nothing_of_ours() {
        let home = tempfile::tempdir().expect("a folder");
        let path = file(home.path(), 0o600);
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o777)).expect("chmod");
        assert_eq!(
            said(&path),
            ["Writable", "content", "content", "content", "content"]
        );
        assert!(open_for_append(&path).is_err() && lock_file(&home.path().join("new")).is_err());
        assert!(!home.path().join("new").exists());
    }

    #[test]
    fn what_is_written_in_place_has_one_name() {
        let home = tempfile::tempdir().expect("a folder");
        let path = file(home.path(), 0o600);
        fs::hard_link(&path, home.path().join("other")).expect("links");
        assert!(matches!(
            open_for_append(&path),
            Err(OpenError::BadPermissions(PermissionIssue::HardLink { .. }))
        ));
        assert_eq!(fs::read(&path).expect("reads"), b"content");
    }

    #[test]
    fn a_file_of_another_user_is_believed_only_where_the_user_named_it() {
        if users::effective_user_id() != 0 {
            return;
        }
        let temporary = tempfile::tempdir().expect("a folder");
        // Everybody may make a folder beside it, and no one in it.
        let home = temporary.path().join("home");
        fs::create_dir(&home).expect("makes");
        let path = file(&home, 0o644);
        chown(&path, Some(65534), None).expect("root may");
        let refused = "FileOfOtherUser";
        assert_eq!(said(&path), [refused, refused, refused, refused, "content"]);
        assert!(open_for_append(&path).is_err() && lock_file(&path).is_err());
        // A link that someone put there.
        let link = home.join("link");
        chown(&path, Some(0), None).expect("root may");
        symlink(&path, &link).expect("links");
        std::os::unix::fs::lchown(&link, Some(65534), None).expect("root may");
        assert_eq!(said(&link), ["Link", refused, refused, refused, "content"]);
        // Root as a guest in that user's home.
        chown(&home, Some(65534), None).expect("root may");
        chown(&path, Some(65534), None).expect("root may");
        assert_eq!(said(&path), ["content"; 5]);
    }

    #[test]
    fn an_emptied_file_is_waited_for() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("config");
        fs::write(&path, "").expect("empties");
        let later = path.clone();
        let writer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            fs::write(later, "[default]").expect("writes");
        });
        let found = read_settled(&path, FileKind::Config).expect("reads");
        writer.join().expect("writes");
        assert_eq!(found.as_deref(), Some(&b"[default]"[..]));
    }

    #[test]
    fn the_flaws_of_secret_files_are_named() {
        let home = tempfile::tempdir().expect("a folder");
        let at = |name: &str| home.path().join(name);
        symlink("/nonexistent/x", at("dangling")).expect("links");
        assert!(matches!(
            find_file_issue(&at("dangling")),
            Some(PermissionIssue::Dangling { .. })
        ));
        assert!(matches!(
            find_file_issue(home.path()),
            Some(PermissionIssue::NotAFile { .. })
        ));
        assert_eq!(find_file_issue(&at("missing")), None);
        let path = file(home.path(), 0o640);
        assert!(matches!(
            find_file_issue(&path),
            Some(PermissionIssue::Exposed { mode: 0o640, .. })
        ));
        assert_eq!(find_file_issue(&file(home.path(), 0o600)), None);
    }
}
