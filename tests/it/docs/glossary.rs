//! The glossary names types and modules that exist.

use std::path::Path;

use crate::support::documents::{read, top};

/// The text of every source file below a file or folder.
fn sources(path: &Path, text: &mut String) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            sources(&entry.unwrap().path(), text);
        }
    } else if path.extension().is_some_and(|e| e == "rs") {
        *text += &std::fs::read_to_string(path).unwrap();
    }
}

/// Whether `src` has a module, a type, or a member of one, under this name.
fn exists(name: &str) -> bool {
    let src = top().join("src");
    let mut place = src.clone();
    let mut steps = name.trim_end_matches('/').split("::").peekable();
    while let Some(step) = steps.peek() {
        if place.join(step).is_dir() {
            place.push(step);
        } else if place.join(format!("{step}.rs")).is_file() {
            place.push(format!("{step}.rs"));
        } else {
            break;
        }
        steps.next();
    }
    let mut text = String::new();
    sources(&place, &mut text);
    steps.all(|item| {
        ["struct ", "enum ", "trait ", "type ", "fn ", "pub "]
            .iter()
            .any(|keyword| {
                text.split(&format!("{keyword}{item}"))
                    .skip(1)
                    .any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
            })
    })
}

#[test]
fn types_and_modules_of_the_glossary_exist() {
    let mut checked = 0;
    for row in read("docs/src/glossary.md")
        .lines()
        .filter(|line| line.starts_with("| "))
    {
        let place = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        for name in place.split('`').skip(1).step_by(2) {
            assert!(
                exists(name),
                "the glossary names `{name}`, which src/ doesn't have"
            );
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
    assert!(!exists("domain::NoSuchType") && !exists("no_such_module"));
}
