//! Keeps the turns that the style guide rules out out of what users and contributors read.
//!
//! The list is the table "Turns that we don't use" of `docs/src/style.md`; this test only knows where to look: in
//! comments, literals and function names of the program and its tests, and in documents.

use std::fs;
use std::path::{Path, PathBuf};

const STYLE_GUIDE: &str = "docs/src/style.md";

/// Prose of the project. The style guide itself names the turns.
const DOCUMENTS: &[&str] = &[
    "README.md",
    "SECURITY.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "Cargo.toml",
    "fuzz/Cargo.toml",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The first column of the table, one turn per comma; what is in parentheses explains.
fn banned_turns() -> Vec<String> {
    let guide = fs::read_to_string(root().join(STYLE_GUIDE)).unwrap();
    let (_, table) = guide.split_once("| instead of | write |").unwrap();
    table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.split('|').nth(1))
        .flat_map(|turns| turns.split('(').next().unwrap_or_default().split(','))
        .map(|turn| turn.trim().to_lowercase())
        .filter(|turn| !turn.is_empty())
        .collect()
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Comments, string literals and function names of a Rust file, with the numbers of their lines. The words of a name
/// are separated by blanks.
fn prose_of_rust(text: &str) -> Vec<(usize, String)> {
    let of_line = |line: &str, before: &str| {
        let line = line.trim();
        if line.starts_with("//") {
            return line.to_owned();
        }
        // A literal of several lines goes on behind a backslash.
        let open = if before.ends_with('\\') { "\"" } else { "" };
        let line = &format!("{open}{}", line.replace("\\\"", "'"));
        // Every second piece between quotes is inside a literal; a comment behind code counts as well.
        let literals: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        let comment = line.split_once(" // ").map_or("", |(_, comment)| comment);
        let name = line.split_once("fn ").map_or("", |(_, name)| name);
        let name = name.split(['(', '<']).next().unwrap_or_default();
        format!("{} {comment} {}", literals.join(" "), name.replace('_', " "))
    };
    let befores = std::iter::once("").chain(text.lines());
    text.lines()
        .zip(befores)
        .enumerate()
        .map(|(at, (line, before))| (at + 1, of_line(line, before)))
        .collect()
}

/// A line without what is in backticks: the changelog names keys that are no more.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

/// A line joined to the next one, without the marks of comments and lists between them.
fn joined(line: &str, next: &str) -> String {
    let marks = |c: char| c.is_whitespace() || "/!#>-*|".contains(c);
    format!("{} {}", line.trim_end(), next.trim_start_matches(marks))
}

fn contains_turn(line: &str, turn: &str) -> bool {
    let line = line.to_lowercase();
    line.match_indices(turn).any(|(at, _)| {
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let (before, rest) = line.split_at(at);
        !is_word(before.chars().next_back()) && !is_word(rest.split_at(turn.len()).1.chars().next())
    })
}

/// The lines of a file that are read by people, with their numbers.
fn prose(name: &str, text: &str) -> Vec<(usize, String)> {
    if Path::new(name).extension().is_some_and(|kind| kind == "rs") {
        return prose_of_rust(text);
    }
    let is_changelog = name == "CHANGELOG.md";
    let shown = |line: &str| {
        if is_changelog {
            without_code(line)
        } else {
            line.to_owned()
        }
    };
    text.lines()
        .map(shown)
        .enumerate()
        .map(|(at, line)| (at + 1, line))
        .collect()
}

/// Turns that are broken over the end of a line, with its number.
fn broken_turns<'a>(lines: &[(usize, String)], turns: &'a [String]) -> Vec<(usize, &'a str)> {
    let mut found = Vec::new();
    for pair in lines.windows(2) {
        let (line, next) = (&pair[0].1, &pair[1].1);
        let both = joined(line, next).to_lowercase();
        let is_broken = |turn: &&String| {
            let is_in_both = both.contains(turn.as_str()) && contains_turn(&both, turn);
            is_in_both && !contains_turn(line, turn) && !contains_turn(next, turn)
        };
        found.extend(
            turns
                .iter()
                .filter(is_broken)
                .map(|turn| (pair[0].0, turn.as_str())),
        );
    }
    found
}

#[test]
fn banned_turns_are_found_as_whole_words_only() {
    let turns = banned_turns();
    assert!(turns.len() >= 12, "{turns:?}");
    assert!(contains_turn("/// Lists accounts anew.", "anew"));
    assert!(contains_turn("Nobody is signed in", "nobody"));
    assert!(!contains_turn("a renewed token", "new"));
    let rust =
        "fn listed_anew() {}\nlet a = \"listed anew\"; // for ever\n#[cfg(test)]\nmod tests { \"anew\" }";
    let prose: Vec<String> = prose_of_rust(rust)
        .into_iter()
        .map(|(_, line)| line.trim().to_owned())
        .collect();
    assert_eq!(prose, ["listed anew", "listed anew for ever", "", "anew"]);
    let literal = "let help = \"a \\\"quoted\\\" word \\\n    goes on anew\";";
    assert_eq!(prose_of_rust(literal)[1].1.trim(), "goes on anew");
    let lines = [(7, "/// it is kept for".to_owned()), (8, "/// ever".to_owned())];
    assert_eq!(broken_turns(&lines, &turns), [(7, "for ever")]);
    assert_eq!(without_code("the key `remarks` is gone"), "the key   is gone");
}

#[test]
fn no_banned_turn_in_sources_and_documents() {
    let turns = banned_turns();
    let mut files: Vec<PathBuf> = DOCUMENTS.iter().map(|name| root().join(name)).collect();
    for folder in ["src", "crates", "docs/src"] {
        files_below(&root().join(folder), &mut files);
    }
    // What is not Rust in these folders is data.
    for folder in ["tests/it", "benches", "fuzz/src", "fuzz/fuzz_targets"] {
        let mut tests = Vec::new();
        files_below(&root().join(folder), &mut tests);
        files.extend(
            tests
                .into_iter()
                .filter(|path| path.extension().is_some_and(|kind| kind == "rs")),
        );
    }
    let mut found = Vec::new();
    // These name the turns.
    let is_about_turns = |path: &Path| path.ends_with(STYLE_GUIDE) || path.ends_with(file!());
    for path in files.iter().filter(|path| !is_about_turns(path)) {
        // Pictures are generated from screens, which are prose of the sources.
        let Ok(text) = fs::read_to_string(path) else {
            continue;
        };
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        let lines = prose(&name, &text);
        for (number, line) in &lines {
            for turn in turns.iter().filter(|turn| contains_turn(line, turn)) {
                found.push(format!("{name}:{number}: `{turn}` in: {}", line.trim()));
            }
        }
        let broken = broken_turns(&lines, &turns);
        found.extend(
            broken
                .iter()
                .map(|(number, turn)| format!("{name}:{number}: `{turn}`, over two lines")),
        );
    }
    assert!(
        found.is_empty(),
        "{STYLE_GUIDE} says what to write instead\n{}",
        found.join("\n")
    );
}
