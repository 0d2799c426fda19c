//! Keeps `app` a set of services that own their parts: small, closed, and ignorant of each other's fields.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::documents::top;
use crate::support::imports::without_tests;

/// Parts that a service may have, the context that all have included.
const MOST_FIELDS: usize = 6;
/// Methods that a service may have, private ones and `new` included.
const MOST_METHODS: usize = 24;

/// The files of `app` by their path below it, without comments and unit tests.
fn files() -> BTreeMap<String, String> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/app/src/app");
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
            let is_made_with_services = code
                .contains(&format!("impl {name} {{\n    pub(in crate::app) fn new("))
                && fields.iter().any(|field| field.contains(": Arc<"));
            // Services that only stand together are no service.
            let is_group = fields.iter().all(|field| field.starts_with("pub "));
            if is_made_with_services && !is_group && !name.contains('<') {
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

/// The methods of a service, and where some are in another file than its own.
fn methods(service: &Service, files: &BTreeMap<String, String>) -> (usize, Vec<String>) {
    let head = format!("impl {}", service.name);
    let mut methods = 0;
    let mut elsewhere = Vec::new();
    for (file, code) in files {
        for (rest, body) in blocks(code, &head) {
            if !rest.is_empty() && !rest.starts_with('<') {
                continue;
            }
            if *file != service.file {
                elsewhere.push(file.clone());
            }
            let is_method =
                |line: &&str| line.starts_with("    ") && !line.starts_with("     ") && line.contains("fn ");
            methods += body.lines().filter(is_method).count();
        }
    }
    (methods, elsewhere)
}

#[test]
fn services_are_small_and_keep_their_fields_to_themselves() {
    let files = files();
    let services = services(&files);
    assert!(services.len() >= 40, "{} services are found", services.len());
    let mut wrong = Vec::new();
    for service in &services {
        let Service { name, file, fields } = service;
        if fields.len() > MOST_FIELDS {
            wrong.push(format!("{name} has {} fields", fields.len()));
        }
        for field in fields.iter().filter(|field| field.starts_with("pub")) {
            wrong.push(format!("{name}: `{field}` is open to others"));
        }
        let (methods, elsewhere) = methods(service, &files);
        for other in elsewhere {
            wrong.push(format!("{name} of {file} has methods in {other}, too"));
        }
        if methods > MOST_METHODS {
            wrong.push(format!("{name} has {methods} methods"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// ARCHITECTURE.md has a row for each service, with its numbers. `GENKAN_UPDATE_DOCS=1` writes the numbers.
#[test]
fn the_table_of_services_is_true() {
    let files = files();
    let services = services(&files);
    let path = top().join("ARCHITECTURE.md");
    let text = fs::read_to_string(&path).expect("readable");
    let mut missing: BTreeSet<&str> = services.iter().map(|service| service.name.as_str()).collect();
    let rows = text.lines().map(|line| {
        let cells: Vec<&str> = line.split(" | ").collect();
        let [name, _, _, rest @ ..] = cells.as_slice() else {
            return line.to_owned();
        };
        let named = name.strip_prefix("| `").and_then(|name| name.strip_suffix('`'));
        let Some(service) = services
            .iter()
            .find(|service| Some(service.name.as_str()) == named)
        else {
            return line.to_owned();
        };
        missing.remove(service.name.as_str());
        let (fields, methods) = (service.fields.len(), methods(service, &files).0);
        format!("{name} | {fields} | {methods} | {}", rest.join(" | "))
    });
    let wanted = rows.collect::<Vec<_>>().join("\n") + "\n";
    if std::env::var_os("GENKAN_UPDATE_DOCS").is_some() {
        fs::write(&path, &wanted).expect("written");
    } else {
        assert_eq!(text, wanted, "GENKAN_UPDATE_DOCS=1 writes the numbers");
    }
    assert!(missing.is_empty(), "no row for {missing:?}");
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
