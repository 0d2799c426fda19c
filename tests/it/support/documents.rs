//! The documents of the project: the ones at the top, and the pages of the book in `docs/src`.

use std::path::{Path, PathBuf};

/// The folder of the project.
pub fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The text of a file, named from the top.
pub fn read(name: &str) -> String {
    std::fs::read_to_string(top().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every page of the book, in order of their names.
pub fn book_pages() -> Vec<String> {
    let mut open = vec![top().join("docs/src")];
    let mut pages = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                pages.push(path.strip_prefix(top()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    pages.sort();
    pages
}

/// Every document.
pub fn documents() -> Vec<String> {
    let at_the_top = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
        "crates/sandbox/README.md",
    ];
    at_the_top
        .iter()
        .map(|name| (*name).to_owned())
        .chain(book_pages())
        .collect()
}

/// The code blocks of a language.
pub fn blocks(text: &str, language: &str) -> Vec<String> {
    text.split(&format!("```{language}\n"))
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .map(str::to_owned)
        .collect()
}

/// A text without its code blocks.
pub fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}
