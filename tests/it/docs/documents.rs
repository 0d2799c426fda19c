//! What the documents say is what the program does: generated parts, links, and that nothing is left out.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use genkan::tui::input::keymap::{Context, Keymap, key_names};

use crate::support::documents::{book_pages, documents, prose, read, top};
use crate::support::env::TestEnv;
use crate::support::sources;

/// Lines of the README: what it is, how to begin, and links. Everything else is a page of the book.
const LONGEST_README: usize = 180;

fn keys() -> String {
    let mut out = String::new();
    for context in Context::ALL
        .into_iter()
        .filter(|context| *context != Context::Vim)
    {
        let _ = writeln!(out, "| {} | |\n| --- | --- |", context.title());
        for binding in Keymap::built_in()
            .bindings()
            .iter()
            .filter(|b| b.context == context)
        {
            let keys: Vec<String> = key_names(&binding.keys)
                .iter()
                .map(|name| format!("`{name}`"))
                .collect();
            let _ = writeln!(
                out,
                "| {} | {} |",
                keys.join(" "),
                binding.help.replace('|', "\\|")
            );
        }
        out.push('\n');
    }
    out.trim_end().to_owned()
}

fn visible_commands() -> Vec<clap::Command> {
    let all = genkan::cli::build_command();
    all.get_subcommands()
        .filter(|c| !c.is_hide_set())
        .cloned()
        .collect()
}

fn commands() -> String {
    let mut out = String::from(
        "| command | what it does |\n| --- | --- |\n| `genkan [QUERY]` | Open the portal, with a search |\n",
    );
    for command in visible_commands() {
        let name = command.get_name();
        let mut usage = format!("genkan {name}");
        for argument in command.get_positionals() {
            let name = argument
                .get_value_names()
                .map_or_else(String::new, |names| names[0].to_string());
            let _ = match (argument.is_required_set(), argument.is_last_set()) {
                (_, true) => write!(usage, " -- {name} …"),
                (true, false) => write!(usage, " {name}"),
                (false, false) => write!(usage, " [{name}]"),
            };
        }
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(out, "| [`{usage}`](#genkan-{name}) | {about} |");
    }
    out.trim_end().to_owned()
}

/// The help of every command, as the program prints it.
fn help() -> String {
    let env = TestEnv::new();
    let section = |title: &str, arguments: &[&str]| {
        let help = env.output(arguments);
        format!("## {title}\n\n```text\n{}\n```\n\n", help.trim_end())
    };
    let mut out = section("genkan", &["--help"]);
    for command in visible_commands() {
        let name = command.get_name();
        out += &section(&format!("genkan {name}"), &[name, "--help"]);
        for part in command.get_subcommands() {
            let part = part.get_name();
            out += &section(&format!("genkan {name} {part}"), &[name, part, "--help"]);
        }
    }
    out.trim_end().to_owned()
}

/// Compares the parts of a document that are made from the program, or updates them, all at once: other tests read it.
fn compare_generated_parts(document: &str, parts: &[(&str, String)]) {
    let old = read(document);
    let mut text = old.clone();
    for (name, made) in parts {
        let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
        let (before, rest) = text.split_once(&open).unwrap();
        let (_, after) = rest.split_once(&close).unwrap();
        text = format!("{before}{open}\n{made}\n\n{close}{after}");
    }
    if text == old {
        return;
    }
    assert!(
        crate::support::env::updates_docs(),
        "generated parts of {document} are stale; GENKAN_UPDATE_DOCS=1 cargo test --test it -- docs::"
    );
    let new = top().join(format!("{document}.new"));
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, top().join(document)).unwrap();
}

#[test]
fn generated_parts_match_the_program() {
    compare_generated_parts("docs/src/guide/portal.md", &[("keys", keys())]);
    compare_generated_parts(
        "docs/src/reference/commands.md",
        &[("commands", commands()), ("help", help())],
    );
}

#[test]
fn the_readme_is_short_and_begins_with_the_demo_and_the_tests() {
    let readme = read("README.md");
    let lines = readme.lines().count();
    assert!(lines <= LONGEST_README, "README.md has {lines} lines");
    let blocks = crate::support::documents::blocks(&readme, "sh");
    assert_eq!(blocks[0], "cargo run --release -- demo\n");
    assert_eq!(blocks[1], "cargo test\n");
}

/// The anchor that GitHub and mdBook give a heading.
fn anchor(heading: &str) -> String {
    heading
        .trim_start_matches('#')
        .trim()
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

fn links(text: &str) -> Vec<String> {
    let text = prose(text);
    // Of Markdown, and of pictures that are different in a light theme.
    [("](", ')'), (" src=\"", '"'), (" srcset=\"", '"')]
        .into_iter()
        .flat_map(|(before, after)| {
            let found = text.split(before).skip(1);
            found.filter_map(move |rest| rest.split(after).next())
        })
        .filter(|target| !target.contains("://"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn links_and_images_exist() {
    for document in documents() {
        let text = read(&document);
        let folder = Path::new(&document).parent().unwrap();
        for link in links(&text) {
            let (path, wanted) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() {
                PathBuf::from(&document)
            } else {
                folder.join(path)
            };
            assert!(top().join(&target).exists(), "{document}: {link}");
            assert!(
                !document.starts_with("docs/src/") || !path.starts_with("../../"),
                "{document}: {link} leaves the book"
            );
            if !wanted.is_empty() {
                let text = read(target.to_str().unwrap());
                let found = text
                    .lines()
                    .any(|line| line.starts_with('#') && anchor(line) == wanted);
                assert!(found, "{document}: {link} names no heading");
            }
        }
    }
}

#[test]
fn every_page_is_in_the_summary() {
    let listed: BTreeSet<String> = links(&read("docs/src/SUMMARY.md"))
        .into_iter()
        .map(|link| format!("docs/src/{link}"))
        .collect();
    let pages: BTreeSet<String> = book_pages()
        .into_iter()
        .filter(|page| !page.ends_with("/SUMMARY.md"))
        .collect();
    assert_eq!(listed, pages);
}

/// Paths of the repository, and of files of modules, that the documents for contributors name.
#[test]
fn named_files_exist() {
    let tops = [
        "src/",
        "crates/",
        "tests/",
        "docs/",
        "fuzz/",
        "packaging/",
        ".ci/",
    ];
    let modules = [
        "app/",
        "aws/",
        "cli/",
        "tui/",
        "store/",
        "platform/",
        "domain/",
        "settings/",
        "sandbox/",
    ];
    for document in ["CONTRIBUTING.md", "ARCHITECTURE.md", "docs/src/style.md"] {
        for word in prose(&read(document)).split('`').skip(1).step_by(2) {
            if word.contains(char::is_whitespace) || word.contains("NAME") {
                continue;
            }
            let exists = if tops.iter().any(|top| word.starts_with(top)) {
                top().join(word).exists()
            } else if modules.iter().any(|module| word.starts_with(module)) {
                sources::find_path(word).is_some()
            } else {
                true
            };
            assert!(exists, "{document}: `{word}` doesn't exist");
        }
    }
}

/// Every command is explained somewhere besides the parts that are made from its help.
#[test]
fn every_command_is_explained() {
    let mut written = String::new();
    for document in ["README.md".to_owned()].into_iter().chain(book_pages()) {
        let text = read(&document);
        written += text.split("<!-- commands -->").next().unwrap();
    }
    for command in visible_commands() {
        let name = command.get_name();
        let explained = ["genkan ", "-- ", "`"].iter().any(|before| {
            written
                .split(&format!("{before}{name}"))
                .skip(1)
                .any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-'))
        });
        assert!(explained, "no document explains `{name}`");
    }
}

/// What the security model says is held by a test that has this name.
#[test]
fn the_security_model_names_tests_that_exist() {
    let mut tests = String::new();
    let mut open: Vec<_> = sources::folders().chain([top().join("tests")]).collect();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                tests += &std::fs::read_to_string(path).unwrap();
            }
        }
    }
    let mut named = 0;
    for document in ["docs/src/security.md", "SECURITY.md"] {
        let text = read(document);
        for word in text.split('`').skip(1).step_by(2) {
            let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            if word.bytes().all(is_name) && word.matches('_').count() >= 3 {
                assert!(
                    tests.contains(&format!("fn {word}()")),
                    "{document}: no test is called `{word}`"
                );
                named += 1;
            }
        }
    }
    assert!(named >= 10, "the documents name tests: {named}");
}

/// In a table whose last column says which test holds a row, each row names one: a function, or a module of tests.
#[test]
fn each_row_of_the_security_model_is_held_by_a_test() {
    let mut rows = 0;
    let mut is_held = false;
    for line in read("docs/src/security.md").lines() {
        let Some(row) = line.strip_prefix('|') else {
            is_held = false;
            continue;
        };
        let last = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        match last.trim() {
            "held by the test" => is_held = true,
            rule if rule.starts_with("---") => {}
            named if is_held => {
                rows += 1;
                assert!(named.contains('`'), "no test holds: {line}");
                let modules = named
                    .split('`')
                    .skip(1)
                    .step_by(2)
                    .filter(|word| word.contains("::"));
                for module in modules {
                    let path = module.replace("::", "/");
                    let base = top().join("tests/it").join(&path);
                    let is_test = base.is_dir() || base.with_extension("rs").is_file();
                    let is_there = is_test || sources::find_path(&path).is_some();
                    assert!(is_there, "no module is called `{module}`");
                }
            }
            _ => {}
        }
    }
    assert!(rows >= 20, "{rows} rows");
}

/// The project doesn't mention the machine it is developed on.
#[test]
fn no_file_names_a_path_of_the_developers_machine() {
    let mut open = vec![top()];
    let words = [
        "/ho".to_owned() + "me/",
        "/wo".to_owned() + "rk/",
        "artif".to_owned() + "actory",
    ];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if ["target", ".git", "snapshots"].contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                for word in &words {
                    assert!(!text.contains(word.as_str()), "{}: {word}", path.display());
                }
            }
        }
    }
}
