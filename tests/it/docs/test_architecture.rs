//! Keeps the tests in order: what they share is in `support`, none is ignored, and every file has a header.

use std::path::Path;

use crate::support::sources;
use crate::support::text::texts;

/// The files of `tests/it` by their path below it.
fn test_files() -> Vec<(String, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut files = texts(&top);
    files.retain(|(path, _)| Path::new(path).extension().is_some_and(|e| e == "rs"));
    for (path, _) in &mut files {
        *path = Path::new(path).strip_prefix(&top).unwrap().display().to_string();
    }
    assert!(files.len() > 40, "the walk finds the tests");
    files
}

/// What a line of code names of this crate outside of `support`; literals and comments aside.
fn foreign_import(line: &str) -> Option<&str> {
    let code = line.split("//").next()?.split('"').next()?;
    let (_, path) = code.split_once("crate::")?;
    (!path.starts_with("support")).then_some(path)
}

/// Tests import what they share from `support`, which imports nothing of them; modules import from no neighbour, but for
/// the parts of a test that fills a folder of its own.
#[test]
fn tests_import_only_from_support() {
    let mut wrong = Vec::new();
    for (path, text) in test_files() {
        let has_neighbours = !path.starts_with("support/") && Path::new(&path).components().count() <= 2;
        for line in text.lines() {
            let neighbour = line.starts_with("use super::") && has_neighbours;
            if neighbour || foreign_import(line).is_some() {
                wrong.push(format!("{path}: {line}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(foreign_import("    crate::tui::screens::now()").is_some());
    assert!(foreign_import("use crate::support::env;").is_none());
    assert!(foreign_import(r#"check("use crate::tui");"#).is_none());
}

/// Whether a line of code opens a pipe to a child's standard input.
fn opens_pipe_to_child(line: &str) -> bool {
    line.contains("stdin(") && line.contains("piped()")
}

/// A child may end before it has read what a test writes to it. One file knows how to write then.
#[test]
fn only_one_file_writes_to_children() {
    let mut files = test_files();
    let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
    files.extend(texts(&benches));
    let mut writers = Vec::new();
    for (path, text) in files {
        // This file has examples.
        if path != "docs/test_architecture.rs" && text.lines().any(opens_pipe_to_child) {
            writers.push(path);
        }
    }
    assert_eq!(writers, ["support/input.rs"]);
    assert!(opens_pipe_to_child(
        "        .stdin(std::process::Stdio::piped())"
    ));
    assert!(!opens_pipe_to_child("        .stdout(Stdio::piped())"));
}

/// A test that is ignored runs nowhere.
#[test]
fn no_test_is_ignored() {
    let sources = sources::folders().flat_map(|folder| texts(&folder));
    // Not written out here, where it would be found.
    let mark = ["#", "[ignore"].concat();
    let ignored = |(path, text): (String, String)| text.contains(&mark).then_some(path);
    let found: Vec<String> = test_files()
        .into_iter()
        .chain(sources)
        .filter_map(ignored)
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn test_files_have_a_header() {
    let without = |(path, text): (String, String)| (!text.starts_with("//!")).then_some(path);
    let found: Vec<String> = test_files().into_iter().filter_map(without).collect();
    assert!(found.is_empty(), "{found:?}");
}
