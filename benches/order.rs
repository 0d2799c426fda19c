//! Which functions run at the start: writes `link/order.ld`, by which the linker puts them beside each other.
//!
//! Linux maps 16 pages of a program around each that is touched. A cached command runs half a megabyte of code that would
//! otherwise lie in half of all such places, so that it has 8 MiB more in memory and waits for 90 page faults more.
//! Callgrind says which functions run. Their names are written nearly without what depends on the compiler and on other crates
//! (v0 refers to parts of a name by their place, which moves with the length of a hash), and with one pattern for what begins
//! alike, where little of that doesn't run. So a stale list costs some speed and nothing else. `cargo bench --bench order`, then build again.
//! `RUSTFLAGS= cargo bench --bench order` writes the list of the older mangling, which has one name for all instances of a
//! generic function: for builds that don't read `.cargo/config.toml`, such as `cargo install` from a registry.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a measurement may stop"
)]
#![allow(clippy::print_stdout, reason = "its figures")]
#![allow(
    clippy::disallowed_methods,
    reason = "a measurement reads what another program wrote"
)]

#[path = "support/processes.rs"]
mod processes;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use genkan::sandbox::{Account, Organisation};
use processes::{Home, PROGRAM, Portal, sandbox};

const SCRIPT: &str = "link/order.ld";
/// The script for names in Rust's older mangling.
const LEGACY_SCRIPT: &str = "link/order-legacy.ld";
const HEAD: &str = "\
/* Which functions run at the start, for the linker: written by `cargo bench --bench order` (order-legacy.ld with
   `RUSTFLAGS=` before it), which says why.
   What the cached commands run comes first, then completion, a request for credentials, and the portal.
   EXTERN names what the program takes from libraries: so these addresses, which the loader writes at each start, lie
   together in the table that they share with thousands of others. */
";

fn main() {
    let (_runtime, sandbox) = sandbox(5_000, 4);
    let home = Home::new(&sandbox);
    home.run(&["login"]);
    home.run(&["list", "--format", "plain"]);
    let account = Organisation::generated(5_000, 4).accounts.swap_remove(2_500);
    let target = format!("{}/{}", account.id, account.permission_sets[0]);
    home.run(&["credential-process", &target]);

    let functions = Functions::read();
    let mut order = Order::new(&functions);
    let cached: [&[&str]; 3] = [&["--version"], &["credential-process", &target], &["prompt"]];
    let mut run: BTreeSet<String> = cached
        .iter()
        .flat_map(|arguments| run_by_command(&home, arguments))
        .collect();
    add_profiles(&home, &account);
    run.extend(
        cached
            .iter()
            .flat_map(|arguments| run_by_command(&home, arguments)),
    );
    order.add(run, OF_CACHED);
    let completion = ["complete", "zsh", "--", "genkan", "export", "prod"];
    order.add(run_by_command(&home, &completion), OF_COMPLETION);
    std::fs::remove_dir_all(home.folder.path().join(".cache/genkan/credentials")).unwrap();
    let request = run_by_command(&home, &["credential-process", &target]);
    order.add(request, OF_OTHERS);
    order.add(run_by_portal(&home), OF_OTHERS);
    let script = if functions.are_legacy() {
        LEGACY_SCRIPT
    } else {
        SCRIPT
    };
    std::fs::write(script, order.script()).unwrap();
}

/// Gives a home what the files of the AWS CLI hold for most people: profiles of targets, of a role behind one, and of keys.
fn add_profiles(home: &Home, account: &Account) {
    let Account {
        id, permission_sets, ..
    } = account;
    let folder = home.folder.path().join(".aws");
    let mut config = std::fs::read_to_string(folder.join("config")).unwrap();
    let _ = write!(
        config,
        "[profile billing]\nsso_session = demo\nsso_account_id = {id}\nsso_role_name = {}\nregion = eu-central-1\n\
         [profile pipeline]\nrole_arn = arn:aws:iam::{id}:role/Pipeline\nsource_profile = billing\n\
         [profile legacy]\nregion = us-east-1\n",
        permission_sets[0]
    );
    std::fs::write(folder.join("config"), config).unwrap();
    let keys = "[legacy]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n";
    std::fs::write(folder.join("credentials"), keys).unwrap();
}

/// How much of what a name means may be code that doesn't run, in the lists of a step: what has a name of its own comes
/// first and lies close together, then what shares its name with other functions, those with the most of them last.
const SHARED: [u64; 4] = [2, 6, 20, u64::MAX];

/// The lists of the script, for each step as many as [`SHARED`] says.
struct Order<'a> {
    all: &'a Functions,
    totals: BTreeMap<String, u64>,
    lists: Vec<List>,
}

struct List {
    names: BTreeSet<String>,
    /// What a pattern costs in it.
    of_pattern: u64,
}

impl<'a> Order<'a> {
    fn new(all: &'a Functions) -> Self {
        let mut totals = BTreeMap::new();
        for (name, size) in &all.sizes {
            *totals.entry(pattern(name)).or_default() += size;
        }
        Self {
            all,
            totals,
            lists: Vec::new(),
        }
    }

    fn add(&mut self, functions: impl IntoIterator<Item = String>, of_pattern: u64) {
        let mut used: BTreeMap<String, u64> = BTreeMap::new();
        let unseen = self.all.sizes.keys().filter(|name| name.contains(UNSEEN));
        let run: BTreeSet<&String> = functions
            .into_iter()
            .chain(unseen.cloned())
            .flat_map(|name| self.all.aliases(&name))
            .collect();
        for name in &run {
            *used.entry(pattern(name)).or_default() += self.all.sizes[*name];
        }
        used.retain(|name, size| *size > 0 && !self.lists.iter().any(|list| list.names.contains(name)));
        for most in SHARED {
            let is_next = |name: &String, used: &u64| self.totals[name] <= most.saturating_mul(*used);
            let names: BTreeMap<_, _> = used.extract_if(.., |name, used| is_next(name, used)).collect();
            let listed = |name: &String| names.contains_key(&pattern(name));
            let all = self.all.kibibytes(listed);
            let running = self.all.kibibytes(|name| run.contains(name) && listed(name));
            println!("{} names, {all} KiB, of which {running} run", names.len());
            if !names.is_empty() {
                self.lists.push(List {
                    names: names.into_keys().collect(),
                    of_pattern,
                });
            }
        }
    }

    /// One list for all patterns of a step, which the linker goes through once: it is much slower with a list for each.
    fn script(&self) -> String {
        let mut text = String::from(HEAD);
        let _ = writeln!(
            text,
            "EXTERN({})",
            imports().into_iter().collect::<Vec<_>>().join(" ")
        );
        text.push_str("SECTIONS {\n  .text.start : {\n");
        // What earlier patterns mean is in no one's way: the linker has placed it by then.
        let mut left = self.totals.clone();
        let unlikely = unlikely();
        for list in &self.lists {
            let names: Vec<Name<'_>> = left
                .iter()
                .map(|(pattern, size)| Name {
                    pattern,
                    size: *size,
                    is_wanted: list.names.contains(pattern),
                })
                .collect();
            let (_, patterns) = cheapest_patterns(&names, 0, list.of_pattern);
            println!("{} patterns for {} names", patterns.len(), list.names.len());
            text.push_str("    *(\n");
            for name in &patterns {
                let _ = writeln!(text, "      .text.{name}");
            }
            for name in list.names.intersection(&unlikely) {
                let _ = writeln!(text, "      .text.unlikely.{name}");
            }
            text.push_str("    )\n");
            left.retain(|name, _| {
                !list.names.contains(name) && !patterns.iter().any(|pattern| is_meant(name, pattern))
            });
        }
        text.push_str("  }\n} INSERT BEFORE .text;\n");
        text
    }
}

/// The hash of a crate in a name: a number of eleven digits of base 62. With `*`, which means any number of them, the linker would
/// search the rest of each name for what follows. One hash in 22 is shorter, and stays: another compiler leaves what names that
/// crate where it is.
const HASH: &str = "Cs???????????";

/// How many bytes of code that doesn't run may lie among what does, if that saves a pattern: the linker compares each with
/// each of 70,000 sections, on one core while nothing else is left to build. Cached commands run most often.
const OF_CACHED: u64 = 64;
const OF_COMPLETION: u64 = 256;
const OF_OTHERS: u64 = 1024;

/// How many bytes a pattern is longer than it takes to tell it from its neighbours. What replaces a hash matches any other,
/// so a short pattern means other names, too.
const MORE: usize = 12;

/// A few patterns that mean all of the wanted names, and not much of the others: the cheapest of all sets of starts of names,
/// where a pattern costs `of_pattern` and an unwanted function its size. `names` are sorted, and have their first `common` bytes
/// in common.
fn cheapest_patterns(names: &[Name<'_>], common: usize, of_pattern: u64) -> (u64, Vec<String>) {
    let (Some(first), Some(last)) = (names.first(), names.last()) else {
        return (0, Vec::new());
    };
    if !names.iter().any(|name| name.is_wanted) {
        return (0, Vec::new());
    }
    let unwanted: u64 = names
        .iter()
        .filter(|name| !name.is_wanted)
        .map(|name| name.size)
        .sum();
    let branch = first
        .pattern
        .bytes()
        .zip(last.pattern.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let start = &first.pattern[..branch.min(common + MORE)];
    let one = match names {
        // Nothing follows it.
        [name] if name.pattern.len() == start.len() => start.to_owned(),
        _ => format!("{}*", start.trim_end_matches('*')),
    };
    let one = (of_pattern + unwanted, vec![one]);
    if unwanted == 0 {
        return one;
    }
    let next = |name: &Name<'_>| name.pattern.as_bytes().get(branch).copied();
    let mut several = (0, Vec::new());
    for group in names.chunk_by(|a, b| next(a) == next(b)) {
        let common = (branch + 1).min(group[0].pattern.len());
        let (cost, patterns) = cheapest_patterns(group, common, of_pattern);
        several.0 += cost;
        several.1.extend(patterns);
    }
    if several.0 < one.0 { several } else { one }
}

/// Whether the linker takes a pattern for a name.
fn is_meant(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|start| name.strip_prefix(start)) else {
        return false;
    };
    let last = parts.next_back();
    let rest = parts.try_fold(rest, |rest, part| Some(&rest[rest.find(part)? + part.len()..]));
    rest.is_some_and(|rest| last.map_or(rest.is_empty(), |end| rest.ends_with(end)))
}

/// What the program's functions of a name come to.
struct Name<'a> {
    pattern: &'a str,
    /// In bytes.
    size: u64,
    is_wanted: bool,
}

/// A function's name for any compiler: without the hash at its end, or in the newer mangling without those of
/// crates.
fn pattern(name: &str) -> String {
    if name.starts_with("_ZN") {
        let hash = |at: &usize| {
            let digits = name.get(at + 3..at + 19);
            digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        let at = name.match_indices("17h").map(|(at, _)| at).find(hash);
        return at.map_or(name.to_owned(), |at| format!("{}17h*", &name[..at]));
    }
    let mut parts = name.split("Cs");
    let mut pattern = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let hash = part
            .find('_')
            .filter(|at| part[..*at].bytes().all(|byte| byte.is_ascii_alphanumeric()));
        match hash {
            Some(11) => pattern.extend([HASH, &part[11..]]),
            _ => pattern.extend(["Cs", part]),
        }
    }
    pattern
}

/// What the compiler takes for unlikely to run, which the linker knows by another name: by the objects in the libraries of
/// this program, and in those of the compiler.
fn unlikely() -> BTreeSet<String> {
    let sysroot = Command::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .expect("rustc");
    let sysroot = String::from_utf8(sysroot.stdout).unwrap();
    let compiled = Path::new(PROGRAM).parent().unwrap().join("deps");
    let libraries = [
        compiled,
        Path::new(sysroot.trim()).join("lib/rustlib/x86_64-unknown-linux-gnu/lib"),
    ]
    .into_iter()
    .flat_map(|folder| std::fs::read_dir(folder).unwrap())
    .map(|entry| entry.unwrap().path())
    .filter(|path| path.extension().is_some_and(|extension| extension == "rlib"));
    let output = Command::new("readelf")
        .args(["--sections", "--wide"])
        .args(libraries)
        .output()
        .expect("readelf");
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace()
        .filter_map(|word| Some(pattern(word.strip_prefix(".text.unlikely.")?)))
        .collect()
}

/// The names that the program takes from libraries, without their versions.
fn imports() -> BTreeSet<String> {
    let output = Command::new("nm")
        .args(["--dynamic", "--undefined-only", "--format=just-symbols", PROGRAM])
        .output()
        .expect("nm");
    let text = String::from_utf8(output.stdout).unwrap();
    // What has no version may be missing: a weak symbol, which the program can do without.
    let names = text
        .lines()
        .filter_map(|line| Some(line.split_once('@')?.0.to_owned()));
    names.collect()
}

/// A part of the names of functions that need a processor which valgrind doesn't play: hashes of file names.
const UNSEEN: &str = "x86_sha8compress";

/// The functions of the program.
struct Functions {
    /// Their sizes in bytes.
    sizes: BTreeMap<String, u64>,
    addresses: BTreeMap<String, u64>,
    /// By address, in bytes.
    lengths: BTreeMap<u64, u64>,
    names: BTreeMap<u64, BTreeSet<String>>,
}

impl Functions {
    fn read() -> Self {
        let output = Command::new("nm")
            .args(["--print-size", PROGRAM])
            .output()
            .expect("nm");
        let text = String::from_utf8(output.stdout).unwrap();
        let mut functions = Self {
            sizes: BTreeMap::new(),
            addresses: BTreeMap::new(),
            lengths: BTreeMap::new(),
            names: BTreeMap::new(),
        };
        for line in text.lines() {
            if let [address, size, "t" | "T" | "w" | "W", name] =
                line.split_whitespace().collect::<Vec<_>>()[..]
                && ["_ZN", "_R"].iter().any(|start| name.starts_with(start))
            {
                let number = |digits| u64::from_str_radix(digits, 16).unwrap();
                let (address, size) = (number(address), number(size));
                *functions.sizes.entry(name.to_owned()).or_default() += size;
                functions.addresses.insert(name.to_owned(), address);
                functions.lengths.insert(address, size);
                functions
                    .names
                    .entry(address)
                    .or_default()
                    .insert(name.to_owned());
            }
        }
        functions
    }

    /// How much code the functions of these names are. Equal ones are one.
    fn kibibytes(&self, is_meant: impl Fn(&String) -> bool) -> u64 {
        let meant = self
            .names
            .iter()
            .filter(|(_, aliases)| aliases.iter().any(&is_meant));
        meant.map(|(address, _)| self.lengths[address]).sum::<u64>() / 1024
    }

    /// Whether the program's own functions have names in the older mangling; the standard library's have the newer one anyway.
    fn are_legacy(&self) -> bool {
        self.sizes
            .keys()
            .any(|name| name.starts_with("_ZN") && name.contains("6genkan"))
    }

    /// The names of a function. The linker makes one of those that are equal, callgrind knows that by any of their names, and
    /// the linker places it by the name of the first that it saw.
    fn aliases(&self, name: &str) -> impl Iterator<Item = &String> + use<'_> {
        let address = self.addresses.get(name);
        address.into_iter().flat_map(|address| &self.names[address])
    }
}

fn run_by_command(home: &Home, arguments: &[&str]) -> BTreeSet<String> {
    let file = file(home);
    let mut line = valgrind(&file);
    line.extend(arguments.iter().map(Into::into));
    home.run_line(&line);
    functions(&file)
}

/// From the start to the list that says when it was updated, and out again.
fn run_by_portal(home: &Home) -> BTreeSet<String> {
    let file = file(home);
    let line = valgrind(&file);
    let line: Vec<&OsStr> = line.iter().map(AsRef::as_ref).collect();
    let mut portal = Portal::open(home, &line);
    portal.wait("updated");
    portal.leave_by("\x03");
    functions(&file)
}

fn file(home: &Home) -> PathBuf {
    home.folder.path().join("functions")
}

/// The start of a command line that writes which functions run.
fn valgrind(file: &Path) -> Vec<OsString> {
    let mut out = OsString::from("--callgrind-out-file=");
    out.push(file);
    let tool = "--tool=callgrind".into();
    vec![
        "valgrind".into(),
        tool,
        "--demangle=no".into(),
        out,
        PROGRAM.into(),
    ]
}

/// The functions in a file of callgrind's: a name follows its number where it comes first, and one that calls
/// itself has a mark behind.
fn functions(file: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::remove_file(file).unwrap();
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix('c').or(Some(line))?.strip_prefix("fn=("));
    lines
        .filter_map(|line| Some(line.split_once(") ")?.1.split('\'').next()?.to_owned()))
        .collect()
}
