//! Files read into values, and set aside where they make no sense.
//!
//! genkan's own files are replaced as a whole, so one that makes no sense never will: it is moved out of
//! the way. Files that other tools rewrite in place may be half-written: they are waited for and left
//! where they are, and a copy is kept once they have not changed for a while.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::atomic::write_private;
use super::lenient_json;
use super::reading::{open_secret, read_secret, record_refusal};
use crate::platform::files::safe_open;
use crate::platform::files::safe_open::{FileKind, Opened};
use crate::store::error::{FileProblem, Loaded, Notice, StoreError};

/// How long a file may take that another tool is writing right now.
const TIMEOUT: Duration = Duration::from_millis(1500);
const MOMENT: Duration = Duration::from_millis(20);
/// A file that has not changed for so long is not being written.
const RESTED: Duration = Duration::from_secs(10);
/// As many copies of one file are kept.
const MOST_COPIES: u32 = 99;

/// Reads what `read_secret` reads as JSON. What can't be understood is set aside.
pub(in crate::store) fn read_json<T: DeserializeOwned>(
    path: &Path,
    kind: FileKind,
) -> Result<Loaded<T>, StoreError> {
    // They may hold secrets: nothing of them stays in memory.
    read_understood(path, kind, |bytes| {
        let bytes = Zeroizing::new(bytes);
        match kind {
            FileKind::Shared => lenient_json::parse_lenient(&bytes),
            _ => serde_json::from_slice(&bytes),
        }
    })
}

/// Reads what `read_secret` reads and `understand` makes sense of. What can't be understood is set aside.
pub(in crate::store) fn read_understood<T>(
    path: &Path,
    kind: FileKind,
    understand: impl Fn(Vec<u8>) -> serde_json::Result<T>,
) -> Result<Loaded<T>, StoreError> {
    let mut waited = Duration::ZERO;
    loop {
        let Some((opened, notice)) = open_secret(path, kind)? else {
            return Ok(Loaded::absent());
        };
        let bytes = record_refusal(path, opened.bytes())?;
        if let Ok(value) = understand(bytes) {
            return Ok(Loaded {
                value: Some(value),
                notice,
            });
        }
        if kind == FileKind::Own {
            return Ok(Loaded::none(set_aside(path, &opened)));
        }
        if opened.age().is_some_and(|age| age >= RESTED) {
            return Ok(Loaded::none(copy_broken_file(path)?));
        }
        if waited >= TIMEOUT {
            return Ok(Loaded::none(Notice::Unsettled {
                path: path.to_owned(),
            }));
        }
        std::thread::sleep(MOMENT);
        waited += MOMENT;
    }
}

/// Moves a file that can't be understood out of the way, under a name that was free. Where another
/// process has replaced it meanwhile, nothing is moved.
fn set_aside(path: &Path, broken: &Opened) -> Notice {
    for number in 1..=MOST_COPIES {
        let to = path_aside(path, number);
        if fs::symlink_metadata(&to).is_err() && broken.is_still(path) && fs::rename(path, &to).is_ok() {
            return Notice::SetAside {
                path: path.to_owned(),
                to,
            };
        }
    }
    Notice::Unreadable {
        problem: FileProblem::Invalid(path.to_owned()),
        reason: format!("`{}` is invalid", path.display()),
    }
}

/// Keeps a copy of a file that can't be understood; one that is kept already is not kept again.
fn copy_broken_file(path: &Path) -> Result<Notice, StoreError> {
    let bytes = Zeroizing::new(read_secret(path, FileKind::Shared)?.value.unwrap_or_default());
    for number in 1..=MOST_COPIES {
        let to = path_aside(path, number);
        let kept = record_refusal(&to, safe_open::read_file(&to, FileKind::Shared))?.map(Zeroizing::new);
        if kept.is_none() {
            write_private(&to, &bytes)?;
        }
        if kept.is_none_or(|kept| *kept == *bytes) {
            return Ok(Notice::Copied {
                path: path.to_owned(),
                to,
            });
        }
    }
    Ok(Notice::Unreadable {
        problem: FileProblem::Invalid(path.to_owned()),
        reason: format!("`{}` is invalid", path.display()),
    })
}

/// Replaces a file that other tools write, too. What stands there and can't be understood is kept.
pub(in crate::store) fn replace_shared(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let understood =
        |bytes: Vec<u8>| lenient_json::parse_lenient::<Map<String, Value>>(&Zeroizing::new(bytes)).is_ok();
    if let Ok(Loaded {
        value: Some(before), ..
    }) = read_secret(path, FileKind::Shared)
        && !before.is_empty()
        && !understood(before)
    {
        copy_broken_file(path)?;
    }
    write_private(path, bytes)
}

fn path_aside(path: &Path, number: u32) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".broken-{number}"));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::sync::mpsc;
    use std::thread;
    use std::time::SystemTime;

    type Json = serde_json::Value;

    fn rested(path: &Path) {
        File::options()
            .write(true)
            .open(path)
            .and_then(|file| file.set_modified(SystemTime::now() - RESTED * 2))
            .expect("sets the time");
    }

    #[test]
    fn a_broken_file_of_our_own_is_moved_to_a_free_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.json");
        for number in 1..=2 {
            fs::write(&path, "{").expect("writes");
            let to = folder.path().join(format!("x.json.broken-{number}"));
            let loaded = read_json::<Json>(&path, FileKind::Own).expect("reads");
            let aside = Notice::SetAside {
                path: path.clone(),
                to: to.clone(),
            };
            assert_eq!((loaded.value, loaded.notice), (None, Some(aside)));
            assert_eq!(fs::read(&to).expect("reads"), b"{");
            assert!(!path.exists());
        }
    }

    #[test]
    fn a_file_that_was_replaced_meanwhile_is_not_moved() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.json");
        fs::write(&path, "{").expect("writes");
        let broken = safe_open::open_file(&path, FileKind::Own)
            .expect("opens")
            .expect("there");
        write_private(&path, b"{}").expect("replaces");
        assert!(matches!(set_aside(&path, &broken), Notice::Unreadable { .. }));
        assert_eq!(fs::read(&path).expect("reads"), b"{}");
    }

    #[test]
    fn a_broken_file_of_other_tools_stays_and_one_copy_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.json");
        for (number, text) in [(1, "{"), (1, "{"), (2, "[1")] {
            fs::write(&path, text).expect("writes");
            rested(&path);
            let loaded = read_json::<serde_json::Map<String, Json>>(&path, FileKind::Shared).expect("reads");
            let to = folder.path().join(format!("x.json.broken-{number}"));
            let copied = Notice::Copied {
                path: path.clone(),
                to: to.clone(),
            };
            assert_eq!((loaded.value, loaded.notice), (None, Some(copied)));
            assert_eq!(fs::read_to_string(&to).expect("reads"), text);
            assert_eq!(fs::read_to_string(&path).expect("reads"), text);
        }
        assert_eq!(fs::read_dir(folder.path()).expect("lists").count(), 3);
    }

    #[test]
    fn what_is_replaced_and_was_broken_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.json");
        for (before, files) in [("{}", 1), ("", 1), ("{\"half\": ", 2)] {
            fs::write(&path, before).expect("writes");
            replace_shared(&path, b"{\"new\":1}").expect("replaces");
            assert_eq!(fs::read(&path).expect("reads"), b"{\"new\":1}");
            assert_eq!(
                fs::read_dir(folder.path()).expect("lists").count(),
                files,
                "{before}"
            );
        }
        let kept = fs::read_to_string(folder.path().join("x.json.broken-1")).expect("reads");
        assert_eq!(kept, "{\"half\": ");
    }

    #[test]
    fn a_file_that_another_tool_rewrites_is_waited_for_and_never_touched() {
        for pause in [Some(60), Some(300), Some(800), None] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("x.json");
            fs::write(&path, "{\"a\":0}").expect("writes");
            // In place, as `open(path, "w")` does.
            let mut file = File::create(&path).expect("truncates");
            let (has_read, when_read) = mpsc::channel();
            let writer = thread::spawn(move || {
                match pause {
                    Some(pause) => thread::sleep(Duration::from_millis(pause)),
                    None => when_read.recv().expect("it was read"),
                }
                std::io::Write::write_all(&mut file, b"{\"a\":1}").expect("writes");
            });
            let loaded = read_json::<Json>(&path, FileKind::Shared).expect("reads");
            let _ = has_read.send(());
            let waiting = Notice::Unsettled { path: path.clone() };
            let expected = match pause {
                Some(_) => (Some(serde_json::json!({"a": 1})), None),
                None => (None, Some(waiting)),
            };
            let notice = loaded
                .notice
                .filter(|n| !matches!(n, Notice::PermissionsFixed { .. }));
            assert_eq!((loaded.value, notice), expected, "{pause:?} ms");
            writer.join().expect("writes");
            assert_eq!(
                fs::read_dir(folder.path()).expect("lists").count(),
                1,
                "{pause:?} ms"
            );
            let later = read_json::<Json>(&path, FileKind::Shared).expect("reads");
            assert_eq!(later.value, Some(serde_json::json!({"a": 1})), "{pause:?} ms");
        }
    }
}
