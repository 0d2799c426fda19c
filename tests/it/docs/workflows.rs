//! Workflows and the files around them name things that exist.

use std::collections::BTreeSet;

use crate::support::documents::{read, top};

/// The names of the files in a folder, without their extension.
fn names_in(folder: &str) -> BTreeSet<String> {
    std::fs::read_dir(top().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn nightly_fuzzes_every_target() {
    let workflow = read(".github/workflows/nightly.yml");
    let (_, list) = workflow.split_once("        target:\n").unwrap();
    let listed: BTreeSet<String> = list
        .lines()
        .map_while(|line| line.strip_prefix("          - "))
        .map(str::to_owned)
        .collect();
    assert_eq!(listed, names_in("fuzz/fuzz_targets"));
    assert_eq!(listed, names_in("fuzz/dictionaries"));
}

/// A filter that matches nothing would pass.
#[test]
fn filters_of_test_names_match_modules() {
    let mut modules = BTreeSet::new();
    for folder in ["commands", "docs", "interop", "robustness", "tui"] {
        modules.extend(names_in(&format!("tests/it/{folder}")));
        modules.insert(folder.to_owned());
    }
    let mut found = 0;
    for file in [
        ".github/workflows/ci.yml",
        ".github/workflows/nightly.yml",
        "justfile",
        "CONTRIBUTING.md",
        "ARCHITECTURE.md",
        ".ci/check",
    ] {
        for line in read(file).lines().filter(|line| line.contains("cargo test")) {
            for filters in line.split("--test it -- ").skip(1) {
                let end = filters.split(['`', '|', '#', '"']).next().unwrap();
                for filter in end
                    .split_whitespace()
                    .filter(|word| !word.contains(['{', '}', '-']))
                {
                    let module = filter.trim_end_matches("::").rsplit("::").next().unwrap();
                    assert!(modules.contains(module), "{file}: no tests in `{filter}`");
                    found += 1;
                }
            }
        }
    }
    assert!(found > 5, "{found}");
}

/// The project's address has one home, `repository` in Cargo.toml; until it is public there is none anywhere.
#[test]
fn the_address_of_the_project_has_one_home() {
    let manifest = read("Cargo.toml");
    let address = manifest
        .lines()
        .find_map(|line| line.strip_prefix("repository = \""))
        .and_then(|rest| rest.split('"').next());
    for file in [
        "packaging/PKGBUILD.in",
        "packaging/SRCINFO.in",
        "packaging/genkan.rb.in",
    ] {
        assert!(read(file).contains("@REPOSITORY@"), "{file}");
    }
    for file in [
        "README.md",
        "SECURITY.md",
        "CONTRIBUTING.md",
        "flake.nix",
        "docs/book.toml",
    ] {
        let text = read(file);
        for url in text.split("https://").skip(1) {
            let own = url.starts_with("github.com/") && url.contains("/genkan") && !url.contains("nixpkgs");
            let known = address.is_some_and(|address| address.ends_with(url.split(')').next().unwrap()));
            assert!(!own || known, "{file}: https://{}", url.lines().next().unwrap());
        }
    }
}

/// `packaging/build.sh` puts the address behind these lines, in the sources that it packages.
#[test]
fn packages_get_the_address_that_the_release_runs_at() {
    let release = read(".github/workflows/release.yml");
    let (all_jobs, jobs) = release.split_once("\njobs:\n").unwrap();
    assert!(all_jobs.contains("  GENKAN_REPOSITORY: ${{ github.server_url }}/${{ github.repository }}\n"));
    assert!(jobs.contains("kinds: tar deb crates\n"));
    let has_once = |file: &str, line: &str| {
        let count = read(file).lines().filter(|other| *other == line).count();
        assert_eq!(count, 1, "{file}: {line}");
    };
    has_once("Cargo.toml", "license = \"Apache-2.0 OR MIT\"");
    has_once("Cargo.toml", "license.workspace = true");
    for name in names_in("crates") {
        has_once(&format!("crates/{name}/Cargo.toml"), "license.workspace = true");
    }
}

/// Cargo only warns about a setting for a package that isn't there any more.
#[test]
fn packages_with_profile_settings_of_their_own_are_dependencies() {
    let lock = read("Cargo.lock");
    let manifest = read("Cargo.toml");
    let mut is_of_packages = false;
    let mut checked = 0;
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_of_packages = line.starts_with("[profile.") && line.ends_with(".package]");
        } else if let Some((name, _)) = line.split_once(" = ").filter(|_| is_of_packages) {
            let entry = format!("name = \"{}\"\n", name.trim_matches('"'));
            assert!(lock.contains(&entry), "Cargo.lock has no package {name}");
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
}
