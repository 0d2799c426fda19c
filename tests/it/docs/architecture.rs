//! Keeps the layering: which module may import which, no cycles, which crate is named where, no god files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::documents::top;
use crate::support::{imports, sources};

/// What each module may import of ours. A module may always import itself.
const IMPORTS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("platform", &[]),
    ("aws", &["domain", "platform"]),
    ("store", &["domain", "platform"]),
    ("settings", &["domain", "platform"]),
    ("sandbox", &["domain"]),
    ("app", &["domain", "aws", "store", "settings", "platform"]),
    ("tui", &["domain", "settings"]),
    ("tui::runtime", &["app", "platform", "tui", "domain", "settings"]),
    ("tui::terminal", &["app", "platform", "tui", "domain", "settings"]),
    (
        "cli",
        &["app", "settings", "domain", "platform", "tui", "sandbox"],
    ),
];

/// Which crate may be named in which modules only.
const CRATES: &[(&str, &[&str])] = &[
    ("aws_", &["aws"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("clap", &["cli"]),
    ("hyper", &["sandbox", "platform", "aws"]),
    ("nucleo_matcher", &["domain"]),
];

/// Where what was learned of AWS's clock may be used. It may be wrong, so decisions are made in one place: by
/// `domain::values::time`, from both clocks.
const LEARNED_CLOCK: &[&str] = &[
    "platform/clock.rs",
    "domain/values/time.rs",
    "app/context/clock_skew.rs",
    // A signature carries the time.
    "aws/sts.rs",
    "aws/account_color.rs",
    "aws/wire/query.rs",
];

/// Circles that are known and are being opened: a file, and what it shall no longer import. Shrinks to none.
const KNOWN: &[(&str, &str)] = &[];

/// Lines a file may have, tests in it not counted.
const LONGEST: usize = 500;

/// Modules that a folder may hold; more want folders of their own. The services of `app/` are many small ones.
const MOST_IN_A_FOLDER: usize = 17;

struct Source {
    module: String,
    name: String,
    path: PathBuf,
    code: String,
}

/// Every file of the house with its module, without comments and unit tests.
fn sources() -> Vec<Source> {
    let with_module = |source: sources::Source| {
        let mut steps = source.name.trim_end_matches(".rs").split('/');
        let first = steps.next().expect("a part").to_owned();
        let module = match steps.next() {
            Some(second @ ("runtime" | "terminal")) if first == "tui" => format!("tui::{second}"),
            _ => first,
        };
        let code = imports::without_tests(&source.text)
            .lines()
            .filter(|l| !l.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        Source {
            module,
            name: source.name,
            path: source.path,
            code,
        }
    };
    sources::sources().into_iter().map(with_module).collect()
}

/// The modules that a text names as `crate::module`, grouped imports included.
fn imported_modules(code: &str) -> BTreeSet<String> {
    let mut modules = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let list = after
            .strip_prefix('{')
            .and_then(|r| r.split('}').next())
            .unwrap_or(after);
        let names: Vec<&str> = if after.starts_with('{') {
            list.split(',').collect()
        } else {
            vec![list]
        };
        for name in names {
            let module: String = name
                .trim()
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                .collect();
            modules.insert(module);
        }
    }
    modules
}

/// `unsafe_code` is forbidden in the workspace; a crate that doesn't take its lints from there could allow it.
#[test]
fn only_genkan_math_has_lints_of_its_own() {
    let crates = fs::read_dir(top().join("crates")).unwrap();
    let of_their_own: Vec<String> = crates
        .map(|entry| entry.unwrap().path().join("Cargo.toml"))
        .chain([top().join("Cargo.toml")])
        .filter(|path| {
            !fs::read_to_string(path)
                .unwrap()
                .contains("\n[lints]\nworkspace = true\n")
        })
        .map(|path| path.strip_prefix(top()).unwrap().display().to_string())
        .collect();
    assert_eq!(of_their_own, ["crates/math/Cargo.toml"]);
    let workspace = fs::read_to_string(top().join("Cargo.toml")).unwrap();
    assert!(workspace.contains("\nunsafe_code = \"forbid\"\n"));
}

#[test]
fn modules_import_only_lower_layers() {
    let table: BTreeMap<&str, &[&str]> = IMPORTS.iter().copied().collect();
    let mut wrong = Vec::new();
    for source in sources()
        .iter()
        .filter(|s| s.module != "lib" && s.module != "main")
    {
        let Some(allowed) = table.get(source.module.as_str()) else {
            wrong.push(format!(
                "{}: the module `{}` is not in the table",
                source.path.display(),
                source.module
            ));
            continue;
        };
        let own = source.module.split("::").next().expect("a part");
        for module in imported_modules(&source.code) {
            if module != own && !allowed.contains(&module.as_str()) {
                wrong.push(format!(
                    "{}: `{}` may not import `{module}`",
                    source.path.display(),
                    source.module
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The files of the house with their text.
fn files() -> Vec<imports::File> {
    let named = |source: sources::Source| (source.name, source.text);
    sources::sources().into_iter().map(named).collect()
}

/// No file imports itself through others; how imports are read is said in `imports`.
#[test]
fn there_is_no_import_cycle() {
    let mut graph = imports::graph(&files());
    for (from, to) in KNOWN {
        let was_there = graph.get_mut(*from).and_then(|uses| uses.remove(*to));
        assert!(
            was_there.is_some(),
            "{from} no longer imports {to}: take it off the list"
        );
    }
    let found = imports::describe(&graph);
    assert!(found.is_empty(), "{found}");
}

#[test]
fn the_environment_and_the_clock_are_read_in_one_place() {
    // Where a home folder is when HOME doesn't say: the user database.
    const READS: &[(&str, &[&str])] = &[
        ("env::var", &["settings/environment.rs"]),
        ("env::home_dir", &["platform/files/paths.rs"]),
        ("Timestamp::now", &["platform/clock.rs"]),
        ("SystemTime::now", &[]),
        ("Zoned::now", &[]),
        ("TimeZone::system", &["platform/local_time.rs"]),
    ];
    let mut wrong = Vec::new();
    for (file, text) in &files() {
        // Examples in comments may read what they like.
        let lines = imports::without_tests(text).lines();
        let code: Vec<&str> = lines
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        let code = code.join("\n");
        for (read, places) in READS {
            if code.contains(read) && !places.contains(&file.as_str()) {
                wrong.push(format!("{file}: `{read}`"));
            }
        }
        // What is pure knows no stopwatch either.
        let is_pure = file.starts_with("domain/")
            || (file.starts_with("tui/") && !file.contains("runtime") && !file.contains("terminal"));
        if is_pure && code.contains("Instant::now") {
            wrong.push(format!("{file}: `Instant::now`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_are_used_only_in_their_layer() {
    let mut wrong = Vec::new();
    for source in sources() {
        let module = source.module.split("::").next().expect("a part");
        for (name, modules) in CRATES {
            let named = source.code.lines().any(|line| {
                line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
                    .any(|word| {
                        let head = word.split("::").next().unwrap_or_default();
                        word.contains("::")
                            && if name.ends_with('_') {
                                head.starts_with(name)
                            } else {
                                head == *name || head == format!("{name}_util")
                            }
                    })
            });
            if named && !modules.contains(&module) {
                wrong.push(format!("{}: names `{name}`", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn learned_clock_is_used_in_one_place() {
    let learned = |code: &str| {
        [".offset()", "clock.now()", "clocks.offset"]
            .iter()
            .any(|use_| code.contains(use_))
    };
    let wrong: Vec<String> = sources()
        .iter()
        .filter(|source| learned(&source.code) && !LEARNED_CLOCK.contains(&source.name.as_str()))
        .map(|source| source.path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_and_have_a_header() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| s.module != "main") {
        let text = fs::read_to_string(&source.path).expect("readable");
        if !text.starts_with("//!") {
            wrong.push(format!("{}: no header", source.path.display()));
        }
        let lines = source.code.lines().count();
        if lines > LONGEST {
            wrong.push(format!("{}: {lines} lines", source.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The name of the function that a line of code without indentation defines: one that belongs to no type.
fn free_function(line: &str) -> Option<&str> {
    let at = match line.strip_prefix("fn ") {
        Some(rest) => rest,
        None if line.starts_with("pub") || line.starts_with("async fn ") || line.starts_with("const fn ") => {
            line.split_once("fn ")?.1
        }
        None => return None,
    };
    at.split(['(', '<']).next()
}

/// A name that is a verb and its object is found by a search in the whole project. A method's object is its type's;
/// `run` is what each module of a command has, and `main` the language's.
#[test]
fn functions_have_names_that_a_search_finds() {
    let wrong: Vec<String> = sources()
        .iter()
        .flat_map(|source| {
            source
                .code
                .lines()
                .filter_map(free_function)
                .map(move |name| (source, name))
        })
        .filter(|(_, name)| !name.contains('_') && !["main", "run"].contains(name))
        .map(|(source, name)| format!("{}: {name}", source.path.display()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a line of code defines a future that is compiled in the crate that awaits it, with all that it awaits. What
/// takes a function or a future of its caller's can't be compiled before; it hands on to what can.
fn defines_unboxed_future(line: &str, rest: &str) -> bool {
    let signature = rest.split_once(" {").map_or(rest, |(signature, _)| signature);
    let (given, returned) = signature.split_once(" -> ").unwrap_or((signature, ""));
    let line = line.trim_start();
    let is_future =
        line.starts_with("pub async fn ") || line.starts_with("pub fn ") && returned.contains("impl Future");
    let parameters = given.split('(').next().and_then(|name| name.split_once('<'));
    let has_types = parameters.is_some_and(|(_, list)| list.split(", ").any(|one| !one.starts_with('\'')));
    is_future && !has_types && !given.contains("impl ")
}

#[test]
fn futures_of_services_are_boxed() {
    let wrong: Vec<String> = sources()
        .iter()
        .filter(|source| source.module == "app")
        .flat_map(|source| {
            let lines: Vec<&str> = source.code.lines().collect();
            (0..lines.len())
                .filter(|at| defines_unboxed_future(lines[*at], &lines[*at..].join("\n")))
                .map(|at| format!("{}: {}", source.path.display(), lines[at].trim()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(wrong.is_empty(), "give back a BoxFuture:\n{}", wrong.join("\n"));
}

#[test]
fn folders_hold_few_modules() {
    let mut modules: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    for source in sources() {
        let is_module = source.path.file_name().is_some_and(|name| name != "mod.rs");
        let module = if is_module {
            source.path.with_extension("")
        } else {
            source.path.parent().expect("a folder").into()
        };
        modules
            .entry(module.parent().expect("a folder").into())
            .or_default()
            .insert(module);
    }
    let full: Vec<String> = modules
        .iter()
        .filter(|(folder, modules)| modules.len() > MOST_IN_A_FOLDER && !folder.ends_with("app"))
        .map(|(folder, modules)| format!("{}: {} modules", folder.display(), modules.len()))
        .collect();
    assert!(full.is_empty(), "{}", full.join("\n"));
}

/// A path in backticks that begins with a module, or with `src/`, `crates/` or `tests/`.
#[test]
fn documents_name_files_that_exist() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let modules: Vec<String> = IMPORTS.iter().map(|(module, _)| format!("{module}/")).collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(top.join(document)).expect("readable");
        for path in text.split('`').skip(1).step_by(2) {
            let is_there = match path {
                path if path.contains(['*', ' ', '\n']) || path.contains("NAME") => continue,
                path if ["src/", "tests/", "crates/"]
                    .iter()
                    .any(|start| path.starts_with(start)) =>
                {
                    let path = top.join(path);
                    path.exists() || path.with_extension("rs").exists()
                }
                path if modules.iter().any(|module| path.starts_with(module)) => {
                    sources::find_path(path).is_some()
                }
                _ => continue,
            };
            seen += 1;
            if !is_there {
                wrong.push(format!("{document}: {path}"));
            }
        }
    }
    assert!(seen > 20, "{seen} paths were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn architecture_checks_can_fail() {
    assert_eq!(
        free_function("pub(in crate::cli) async fn run<T>(of: T) {"),
        Some("run")
    );
    assert_eq!(free_function("const fn load(path: &Path) {"), Some("load"));
    assert_eq!(free_function("    fn load(&self) {"), None);
    let unboxed = |code: &str| defines_unboxed_future(code.lines().next().unwrap_or_default(), code);
    assert!(unboxed(
        "    pub async fn load(\n        &self,\n    ) -> Loaded {\n        f(impl X)"
    ));
    assert!(!unboxed(
        "    pub async fn load(\n        tell: impl FnMut(),\n    ) {\n"
    ));
    assert!(unboxed(
        "    pub async fn load<'a>(&'a self) -> Vec<impl Sized> {"
    ));
    assert!(unboxed("    pub fn load(&self) -> impl Future<Output = ()> {"));
    assert!(!unboxed("    pub async fn load<'a, T>(&self) {"));
    assert!(!unboxed("    pub fn load(&self) -> BoxFuture<'_, ()> {"));
    assert_eq!(
        imported_modules("use crate::{aws::Aws, store};\nuse crate::domain::text;"),
        BTreeSet::from(["aws".to_owned(), "store".to_owned(), "domain".to_owned()])
    );
}

/// Small trees with a circle that is written in one way each.
#[test]
fn every_way_to_write_a_circle_is_seen() {
    let tree = |files: &[(&str, &str)]| {
        let mut all = vec![("lib.rs".to_owned(), "pub mod a;\n".to_owned())];
        all.extend(
            files
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned())),
        );
        imports::circles(&imports::graph(&all))
    };
    let circle = vec![vec!["a/one.rs".to_owned(), "a/two.rs".to_owned()]];
    let mod_rs = (
        "a/mod.rs",
        "mod one;\nmod two;\npub use one::{One as First, *};\npub use two::Two;\n",
    );
    let one = (
        "a/one.rs",
        "use super::two::Two;\npub struct One;\npub fn make() {}\n",
    );
    for two in [
        "use crate::a::one::One;\npub struct Two;",
        "use crate::a::{one, Two as _};\npub struct Two;\nfn f() { one::make() }",
        "use super::First;\npub struct Two;",
        "pub struct Two;\nfn f() { super::make(); }",
        "pub struct Two;\nfn f() -> crate::a::First { todo!() }",
        "pub struct Two;\nimpl super::one::One { fn g(&self) {} }",
    ] {
        assert_eq!(tree(&[mod_rs, one, ("a/two.rs", two)]), circle, "{two}");
    }
    // A method whose `impl` is in another file than its type.
    let one = (
        "a/one.rs",
        "pub struct One;\nfn f(one: &One) { one.far_away() }\n",
    );
    let two = (
        "a/two.rs",
        "use super::one::One;\npub struct Two;\nimpl One { fn far_away(&self) {} }\n",
    );
    assert_eq!(tree(&[mod_rs, one, two]), circle);
    // Comments, literals, unit tests and re-exports are none.
    for two in [
        "// super::one::One\npub struct Two;",
        "pub struct Two;\nconst X: &str = \"super::one::One\";\nconst Y: char = '\"';",
        "pub struct Two;\n#[cfg(test)]\nmod tests {\n use super::super::one::One;\n}\n",
    ] {
        let one = ("a/one.rs", "use super::Two;\npub struct One;\n");
        assert!(tree(&[mod_rs, one, ("a/two.rs", two)]).is_empty(), "{two}");
    }
}
