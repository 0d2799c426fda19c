//! Where the sources are: the modules of all crates, by the paths that they have in the house.
//!
//! `crates/domain/src/text/mod.rs` is `domain/text/mod.rs` here, and what it calls `crate::text` is `crate::domain::text`:
//! so the rules of the house are said once, wherever its walls are.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::documents::top;
use crate::support::imports;

/// A folder of sources, the module that it is (none: it holds modules), and the file that is only its table of contents.
const FOLDERS: &[(&str, Option<&str>, &str)] = &[
    ("src", None, ""),
    ("crates/domain/src", Some("domain"), ""),
    ("crates/sandbox/src", Some("sandbox"), ""),
    ("crates/local/src", None, "lib.rs"),
    ("crates/app/src", None, "lib.rs"),
    ("crates/tui/src", None, "lib.rs"),
    // Three functions, which are in no module.
    ("crates/math/src", None, "lib.rs"),
];

/// A file of the house.
pub struct Source {
    /// Its path in the house, `domain/text/mod.rs`.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// What is in it, with the paths of the house.
    pub text: String,
}

/// The folders that hold all sources.
pub fn folders() -> impl Iterator<Item = PathBuf> {
    FOLDERS.iter().map(|(folder, ..)| top().join(folder))
}

/// Every file of the house but those that hold nothing but unit tests.
pub fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for (folder, module, contents) in FOLDERS {
        let folder = top().join(folder);
        let mut paths = Vec::new();
        find_files(&folder, &mut paths);
        let tests = imports::files_of_tests(&paths);
        paths.retain(|path| !tests.iter().any(|test| path.starts_with(test)));
        for path in paths {
            let inside = path.strip_prefix(&folder).unwrap().to_str().unwrap();
            if inside != *contents {
                let written = fs::read_to_string(&path).unwrap();
                let gives_paths = module.is_none() && inside == "lib.rs";
                let text = if gives_paths {
                    written
                } else {
                    text_in_house(&written, *module)
                };
                let name = name_in_house(inside, *module);
                found.push(Source { name, path, text });
            }
        }
    }
    assert!(found.len() > 300, "the walk finds the sources");
    found
}

/// Where a path of the house is: a file without its ending, or a folder. `None` where there is none.
pub fn find_path(name: &str) -> Option<PathBuf> {
    FOLDERS.iter().find_map(|(folder, module, _)| {
        let inside = match module {
            None => name,
            Some(module) => name.strip_prefix(module)?.trim_start_matches('/'),
        };
        let path = top().join(folder).join(inside);
        let file = path.with_extension("rs");
        [path, file].into_iter().find(|path| path.exists())
    })
}

fn find_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find_files(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn name_in_house(inside: &str, module: Option<&str>) -> String {
    match (module, inside) {
        (None, _) => inside.to_owned(),
        (Some(module), "lib.rs") => format!("{module}/mod.rs"),
        (Some(module), _) => format!("{module}/{inside}"),
    }
}

/// The text with the paths of the house. Not of `lib.rs`, where modules of other crates get these paths.
fn text_in_house(text: &str, module: Option<&str>) -> String {
    let text = match module {
        Some(module) => text.replace("crate::", &format!("crate::{module}::")),
        None => text.to_owned(),
    };
    text.replace("genkan_domain::", "crate::domain::")
        .replace("genkan_sandbox::", "crate::sandbox::")
        .replace("genkan_local::", "crate::")
        .replace("genkan_app::", "crate::")
        .replace("genkan_tui::", "crate::")
}
