//! Keeps `src/app` a set of services that own their parts: small, closed, and ignorant of each other's fields.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::imports::without_tests;

/// Parts that a service may have.
const MOST_FIELDS: usize = 8;
/// Methods that a service may have, private ones and `new` included.
const MOST_METHODS: usize = 30;

/// The files of `src/app` by their path below it, without comments and unit tests.
fn files() -> BTreeMap<String, String> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/app");
    let mut files = BTreeMap::new();
    let mut folders = vec![top.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).expect("readable");
            let code = without_tests(&text)
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .fold(String::new(), |code, line| code + line + "\n");
            let name = path.strip_prefix(&top).expect("below").to_string_lossy();
            files.insert(name.into_owned(), code);
        }
    }
    files
}

/// A struct that is given other services.
struct Service {
    name: String,
    file: String,
    fields: Vec<String>,
}

/// What stands between a head and the brace at the start of a line that ends it.
fn blocks<'a>(code: &'a str, head: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    code.split(head).skip(1).filter_map(|after| {
        let (name, body) = after.split_once(" {\n")?;
        Some((name, body.split("\n}").next()?))
    })
}

fn services(files: &BTreeMap<String, String>) -> Vec<Service> {
    let mut services = Vec::new();
    for (file, code) in files.iter().filter(|(file, _)| *file != "mod.rs") {
        for (name, body) in blocks(code, "struct ") {
            let fields: Vec<String> = body.lines().map(|line| line.trim().to_owned()).collect();
            let is_made_with_services = code.contains(&format!("impl {name} {{\n"))
                && fields.iter().any(|field| field.contains(": Arc<Con"));
            if is_made_with_services && !name.contains('<') {
                services.push(Service {
                    name: name.to_owned(),
                    file: file.clone(),
                    fields,
                });
            }
        }
    }
    services
}

#[test]
fn services_are_small_and_keep_their_fields_to_themselves() {
    let files = files();
    let services = services(&files);
    assert!(services.len() >= 15, "the services are found");
    let mut wrong = Vec::new();
    for service in &services {
        let Service { name, file, fields } = service;
        if fields.len() > MOST_FIELDS {
            wrong.push(format!("{name} has {} fields", fields.len()));
        }
        for field in fields.iter().filter(|field| field.starts_with("pub")) {
            wrong.push(format!("{name}: `{field}` is open to others"));
        }
        let head = format!("impl {name}");
        let mut methods = 0;
        for (other, code) in &files {
            for (rest, body) in blocks(code, &head) {
                if !rest.is_empty() && !rest.starts_with('<') {
                    continue;
                }
                if other != file {
                    wrong.push(format!("{name} of {file} has methods in {other}, too"));
                }
                methods += body
                    .lines()
                    .filter(|line| {
                        line.starts_with("    ") && !line.starts_with("     ") && line.contains("fn ")
                    })
                    .count();
            }
        }
        if methods > MOST_METHODS {
            wrong.push(format!("{name} has {methods} methods"));
        }
        println!("{name}: {} fields, {methods} methods ({file})", fields.len());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_service_knows_the_app() {
    let files = files();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let naming: BTreeSet<&String> = files
        .iter()
        .filter(|(file, code)| *file != "mod.rs" && code.split(|c| !is_word(c)).any(|word| word == "App"))
        .map(|(file, _)| file)
        .collect();
    assert!(naming.is_empty(), "{naming:?}");
}
