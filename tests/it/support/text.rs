//! Texts and files: parts of a text, and what lies below a folder.

use std::path::{Path, PathBuf};

/// What stands between two texts.
#[track_caller]
pub fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("{before} in {text}"));
    rest.split(after).next().unwrap().to_owned()
}

/// The files of credentials that are files_below.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// Every file below a folder, with its text.
pub fn texts(folder: &Path) -> Vec<(String, String)> {
    let read = |path: PathBuf| {
        let text = String::from_utf8(std::fs::read(&path).unwrap()).unwrap();
        (path.display().to_string(), text)
    };
    files_below(folder).into_iter().map(read).collect()
}
