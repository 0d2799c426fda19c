//! Reads which file of the house uses which: tokens and module paths, no types.
//!
//! How a name is followed to the file that defines it:
//! - Paths that begin with `crate`, `super`, `self`, a child module or a name that a `use` brings into the file are
//!   followed module by module. What a module re-exports (`use`, also renamed or by glob) is followed to the file that
//!   defines it, so a `mod.rs` that only declares and re-exports its children is never an end.
//! - A module by itself is no end either: what counts are the items that are taken through it.
//! - Unit tests (a `#[cfg(test)] mod` to the end of the file) and comments don't count.
//! - A method is followed where its name is written as a path (`Model::new`), to the file of its type. An `impl` block
//!   for a type of another file counts as a use of that file. A call `value.method()` is followed only when the method's
//!   `impl` is not in the file of its type and nothing else in its module has a method of that name: the call
//!   then needs that file. Calls from other folders are not followed; they need the type's file anyway.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Which file uses which, and the names that it takes.
pub type Graph = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// A file's name in the house, and its text.
pub type File = (String, String);

/// Modules that are declared for tests alone, as files or as folders.
pub fn files_of_tests(files: &[PathBuf]) -> Vec<PathBuf> {
    let declared = |file: &PathBuf| {
        let text = std::fs::read_to_string(file).expect("readable");
        let folder = match file.file_stem().and_then(|stem| stem.to_str()) {
            Some("mod" | "lib" | "main") => file.parent().expect("a folder").to_owned(),
            _ => file.with_extension(""),
        };
        let names = text.split("\n#[cfg(test)]\nmod ").skip(1).filter_map(|rest| {
            let (name, _) = rest.split_once(';')?;
            name.bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'_')
                .then(|| name.to_owned())
        });
        names
            .flat_map(|name| [folder.join(format!("{name}.rs")), folder.join(name)])
            .collect::<Vec<_>>()
    };
    let sources = files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| e == "rs"));
    sources.flat_map(declared).collect()
}

/// The graph of all files, without those that nothing belongs below: `lib.rs` and `main.rs`.
pub fn graph(files: &[File]) -> Graph {
    let modules = Modules::new(files);
    let mut graph = Graph::new();
    for (path, module) in &modules.by_path {
        let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (file, name) in modules.uses(path, module) {
            if file != module.file {
                uses.entry(file).or_default().insert(name);
            }
        }
        if !path.is_empty() && module.file != "main.rs" {
            graph.insert(module.file.clone(), uses);
        }
    }
    graph
}

/// Every group of files that use each other in a circle, each with the uses inside it.
pub fn circles(graph: &Graph) -> Vec<Vec<String>> {
    let reach = |from: &str| {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(file) = open.pop() {
            for next in graph.get(file).into_iter().flat_map(BTreeMap::keys) {
                if seen.insert(next.as_str()) {
                    open.push(next);
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&str, BTreeSet<&str>> = graph.keys().map(|f| (f.as_str(), reach(f))).collect();
    let mut found: Vec<Vec<String>> = Vec::new();
    for (file, seen) in &reached {
        let is_told = found.iter().flatten().any(|f| f == file);
        if seen.contains(file) && !is_told {
            let both = |other: &&&str| reached.get(**other).is_some_and(|back| back.contains(file));
            found.push(seen.iter().filter(both).map(|f| (*f).to_owned()).collect());
        }
    }
    found
}

/// The circles in words: who uses what of whom inside each.
pub fn describe(graph: &Graph) -> String {
    let mut out = String::new();
    for circle in circles(graph) {
        let _ = writeln!(out, "circle of {} files:", circle.len());
        for (from, uses) in graph.iter().filter(|(f, _)| circle.contains(f)) {
            for (to, names) in uses.iter().filter(|(f, _)| circle.contains(f)) {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let _ = writeln!(out, "  {from} -> {to}: {}", names.join(", "));
            }
        }
    }
    out
}

/// A module path from the crate's root, without `crate`.
type Path = Vec<String>;

struct Use {
    path: Path,
    /// The name that it has here; `*` for a glob.
    name: String,
    is_public: bool,
}

#[derive(Default)]
struct Module {
    file: String,
    uses: Vec<Use>,
    /// Functions, types and constants at the top of the file.
    items: BTreeSet<String>,
    /// Paths in code, as they are written.
    paths: Vec<Path>,
    /// Single words in code, for names that a public `use` brings in.
    words: BTreeSet<String>,
    /// `impl` blocks without a trait: the type as written, and the methods.
    impls: Vec<(Path, BTreeSet<String>)>,
    /// Method calls: `.name(`.
    calls: BTreeSet<String>,
}

struct Modules {
    by_path: BTreeMap<Path, Module>,
    /// Methods whose `impl` is not in the file of their type, by module and name.
    away: BTreeMap<(String, String), String>,
}

impl Modules {
    fn new(files: &[File]) -> Self {
        let by_path: BTreeMap<Path, Module> = files
            .iter()
            .map(|(name, text)| (module_path(name), read(name, text)))
            .collect();
        let mut modules = Self {
            by_path,
            away: BTreeMap::new(),
        };
        modules.away = modules.methods_away_from_their_type();
        modules
    }

    fn methods_away_from_their_type(&self) -> BTreeMap<(String, String), String> {
        let mut homes: BTreeMap<(&str, &str), BTreeSet<(&str, bool)>> = BTreeMap::new();
        for (path, module) in &self.by_path {
            for (written, methods) in &module.impls {
                let home = self.follow(path, written, 0);
                let is_away = home.is_some_and(|(file, _)| file != module.file);
                for method in methods {
                    let top = path.first().map_or("", String::as_str);
                    let homes = homes.entry((top, method.as_str())).or_default();
                    homes.insert((&module.file, is_away));
                }
            }
        }
        let mut away = BTreeMap::new();
        for ((top, method), homes) in homes {
            if let [(file, true)] = homes.iter().collect::<Vec<_>>()[..] {
                away.insert((top.to_owned(), method.to_owned()), (*file).to_owned());
            }
        }
        away
    }

    /// Every use of a module: the file that defines what is used, and its name.
    fn uses(&self, path: &Path, module: &Module) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let brought = module.uses.iter().filter(|u| {
            // A re-export is followed from where it is used, unless its name is used here too.
            u.name != "*" && (!u.is_public || module.words.contains(&u.name))
        });
        let globs = module.uses.iter().filter(|u| u.name == "*" && !u.is_public);
        let written = brought.chain(globs).map(|u| &u.path).chain(&module.paths);
        for name in written {
            found.extend(self.follow(path, name, 0));
        }
        for (written, _) in &module.impls {
            found.extend(self.follow(path, written, 0));
        }
        let top = path.first().cloned().unwrap_or_default();
        for call in &module.calls {
            if let Some(file) = self.away.get(&(top.clone(), call.clone())) {
                found.push((file.clone(), format!(".{call}()")));
            }
        }
        found
    }

    /// Follows a path that is written in a module. `None` where it leads to another crate, or to a module only.
    fn follow(&self, from: &Path, written: &[String], depth: usize) -> Option<(String, String)> {
        if depth > 12 {
            return None;
        }
        let mut at = from.clone();
        let mut rest = written;
        let mut is_anchored = false;
        while let Some((first, after)) = rest.split_first() {
            match first.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => drop(at.pop()),
                _ => break,
            }
            is_anchored = true;
            rest = after;
        }
        loop {
            let (name, after) = rest.split_first()?;
            let module = self.by_path.get(&at)?;
            if name == "*" {
                return (!module.items.is_empty()).then(|| (module.file.clone(), "*".to_owned()));
            }
            let child: Path = at.iter().chain([name]).cloned().collect();
            if self.by_path.contains_key(&child) {
                at = child;
                rest = after;
                is_anchored = true;
                continue;
            }
            if module.items.contains(name) {
                return Some((module.file.clone(), name.clone()));
            }
            for brought in module.uses.iter().filter(|u| u.name == *name) {
                // A name that means itself, as `use serde::…` in a module called serde would.
                if brought.path == written && at == *from {
                    continue;
                }
                let whole: Path = brought.path.iter().chain(after).cloned().collect();
                return self.follow(&at, &whole, depth + 1);
            }
            for glob in module.uses.iter().filter(|u| u.name == "*") {
                let mut whole: Path = glob.path.clone();
                whole.pop();
                whole.extend(rest.iter().cloned());
                if let Some(found) = self.follow(&at, &whole, depth + 1) {
                    return Some(found);
                }
            }
            // What can't be found in a module that the path names is taken for the module's own.
            return is_anchored.then(|| (module.file.clone(), name.clone()));
        }
    }
}

fn module_path(file: &str) -> Path {
    let mut path: Path = file
        .trim_end_matches(".rs")
        .split('/')
        .map(str::to_owned)
        .collect();
    if path.last().is_some_and(|l| l == "mod" || l == "lib") {
        path.pop();
    }
    path
}

fn read(file: &str, text: &str) -> Module {
    let tokens = tokens(without_tests(text));
    let mut module = Module {
        file: file.to_owned(),
        ..Module::default()
    };
    let mut depth = 0_usize;
    let mut at = 0;
    let word = |at: usize| tokens.get(at).map_or("", String::as_str);
    while at < tokens.len() {
        match word(at) {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            "use" => {
                let is_public = depth == 0 && at > 0 && matches!(word(at - 1), "pub" | ")");
                let end = (at..tokens.len())
                    .find(|i| word(*i) == ";")
                    .unwrap_or(tokens.len());
                read_tree(&tokens[at + 1..end], &mut Vec::new(), is_public, &mut module.uses);
                at = end;
            }
            "mod" if word(at + 2) == ";" => at += 2,
            "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" | "union" if depth == 0 => {
                module.items.insert(word(at + 1).to_owned());
                at += 1;
            }
            "macro_rules" => {
                module.items.insert(word(at + 2).to_owned());
            }
            "impl" if depth == 0 => read_impl(&tokens, at, &mut module),
            "." if is_name(word(at + 1)) && matches!(word(at + 2), "(" | "::") => {
                module.calls.insert(word(at + 1).to_owned());
                at += 1;
            }
            name if is_name(name) => {
                let mut path = vec![name.to_owned()];
                while word(at + 1) == "::" && is_name(word(at + 2)) {
                    path.push(word(at + 2).to_owned());
                    at += 2;
                }
                module.words.insert(path[0].clone());
                if path.len() > 1 {
                    module.paths.push(path);
                }
            }
            _ => {}
        }
        at += 1;
    }
    module
}

/// Notes the type and the methods of an `impl` block without a trait.
fn read_impl(tokens: &[String], at: usize, module: &mut Module) {
    let word = |at: usize| tokens.get(at).map_or("", String::as_str);
    let Some(open) = (at..tokens.len()).find(|i| word(*i) == "{") else {
        return;
    };
    if tokens[at..open].iter().any(|t| t == "for") {
        return;
    }
    let mut start = at + 1;
    if word(start) == "<" {
        let mut angles = 0;
        while start < open {
            match word(start) {
                "<" => angles += 1,
                ">" => angles -= 1,
                _ => {}
            }
            start += 1;
            if angles == 0 {
                break;
            }
        }
    }
    let mut written = vec![word(start).to_owned()];
    while word(start + 1) == "::" {
        written.push(word(start + 2).to_owned());
        start += 2;
    }
    let mut methods = BTreeSet::new();
    let mut depth = 0;
    for i in open..tokens.len() {
        match word(i) {
            "{" => depth += 1,
            "}" => depth -= 1,
            "fn" if depth == 1 => drop(methods.insert(word(i + 1).to_owned())),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    module.impls.push((written, methods));
}

/// Reads one tree of a `use`.
fn read_tree(tokens: &[String], before: &mut Path, is_public: bool, uses: &mut Vec<Use>) {
    let mut path = before.clone();
    let mut at = 0;
    let mut name = None;
    while at < tokens.len() {
        match tokens[at].as_str() {
            "::" => {}
            "as" => {
                name = tokens.get(at + 1).cloned();
                break;
            }
            "{" => {
                for branch in branches(&tokens[at + 1..tokens.len() - 1]) {
                    read_tree(branch, &mut path, is_public, uses);
                }
                return;
            }
            part => path.push(part.to_owned()),
        }
        at += 1;
    }
    // `text::{self, clean}` names the module itself.
    if path.len() > 1 && path.last().is_some_and(|l| l == "self") {
        path.pop();
    }
    if let Some(last) = path.last().cloned() {
        uses.push(Use {
            path,
            name: name.unwrap_or(last),
            is_public,
        });
    }
}

/// The parts between the commas of a group.
fn branches(tokens: &[String]) -> Vec<&[String]> {
    let mut found = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 0 => {
                found.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&tokens[start..]);
    found.retain(|branch| !branch.is_empty());
    found
}

/// A file's code before its unit tests.
pub fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default()
}

fn is_name(token: &str) -> bool {
    token
        .chars()
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_')
}

/// Words, `::` and single signs; without comments, literals and lifetimes.
fn tokens(code: &str) -> Vec<String> {
    let chars: Vec<char> = code.chars().collect();
    let get = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = get(at);
        if c == '/' && get(at + 1) == '/' {
            while at < chars.len() && get(at) != '\n' {
                at += 1;
            }
        } else if c == '/' && get(at + 1) == '*' {
            while at < chars.len() && !(get(at) == '*' && get(at + 1) == '/') {
                at += 1;
            }
            at += 2;
        } else if c == '"' {
            at = end_of_string(&chars, at);
        } else if c == 'r' && (get(at + 1) == '"' || (get(at + 1) == '#' && matches!(get(at + 2), '"' | '#')))
        {
            at = end_of_raw_string(&chars, at);
        } else if c == '\'' {
            at = end_of_quote(&chars, at);
        } else if c.is_alphanumeric() || c == '_' {
            let start = at;
            while get(at).is_alphanumeric() || get(at) == '_' {
                at += 1;
            }
            let word: String = chars[start..at].iter().collect();
            // A prefix of a literal, as in b"…", belongs to it.
            if !(matches!(word.as_str(), "b" | "c") && get(at) == '"') {
                found.push(word);
            }
        } else if c == ':' && get(at + 1) == ':' {
            found.push("::".to_owned());
            at += 2;
        } else {
            if !c.is_whitespace() {
                found.push(c.to_string());
            }
            at += 1;
        }
    }
    found
}

fn end_of_string(chars: &[char], start: usize) -> usize {
    let mut at = start + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn end_of_raw_string(chars: &[char], start: usize) -> usize {
    let hashes = chars[start + 1..].iter().take_while(|c| **c == '#').count();
    let mut at = start + hashes + 2;
    while at < chars.len() {
        let closes = chars[at] == '"' && chars[at + 1..].iter().take_while(|c| **c == '#').count() >= hashes;
        at += 1;
        if closes {
            return at + hashes;
        }
    }
    at
}

/// The end of a character, or of a lifetime, which has no quote behind it.
fn end_of_quote(chars: &[char], start: usize) -> usize {
    let get = |at: usize| chars.get(at).copied().unwrap_or('\0');
    if get(start + 1) == '\\' {
        let mut at = start + 3;
        while at < chars.len() && get(at) != '\'' {
            at += 1;
        }
        return at + 1;
    }
    if get(start + 2) == '\'' {
        return start + 3;
    }
    let mut at = start + 1;
    while get(at).is_alphanumeric() || get(at) == '_' {
        at += 1;
    }
    at
}
