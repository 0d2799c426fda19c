//! What the documents say is what the program does.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use genkan::settings::Preferences;
use genkan::tui::keymap::{Context, Keymap, key_name};

use crate::support::env::TestEnv;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn readme() -> String {
    std::fs::read_to_string(file("README.md")).unwrap()
}

fn keys() -> String {
    let mut out = String::new();
    for context in [
        Context::Browse,
        Context::List,
        Context::Menu,
        Context::SignIn,
        Context::Link,
        Context::Setup,
        Context::Always,
    ] {
        let _ = writeln!(out, "| {} | |\n| --- | --- |", context.title());
        for binding in Keymap::built_in()
            .bindings()
            .iter()
            .filter(|b| b.context == context)
        {
            let keys: Vec<String> = binding
                .keys
                .iter()
                .map(|k| format!("`{}`", key_name(*k)))
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

fn commands() -> String {
    let mut out = String::from("| command | what it does |\n| --- | --- |\n| `genkan` | Open the portal |\n");
    for command in genkan::cli::command()
        .get_subcommands()
        .filter(|c| !c.is_hide_set())
    {
        let mut usage = format!("genkan {}", command.get_name());
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
        let _ = writeln!(out, "| `{usage}` | {about} |");
    }
    out.trim_end().to_owned()
}

/// A part of the README that is made from the program.
fn part(name: &str, made: &str) {
    let readme = readme();
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = readme.split_once(&open).unwrap();
    let (old, after) = rest.split_once(&close).unwrap();
    if old.trim() == made {
        return;
    }
    assert!(
        crate::support::env::updates_docs(),
        "the README's {name} are stale; GENKAN_UPDATE_DOCS=1 cargo test --test it docs"
    );
    std::fs::write(
        file("README.md"),
        format!("{before}{open}\n{made}\n\n{close}{after}"),
    )
    .unwrap();
}

#[test]
fn readme_lists_every_key_and_command() {
    part("keys", &keys());
    part("commands", &commands());
}

#[test]
fn links_and_images_exist() {
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
    ] {
        let text = std::fs::read_to_string(file(document)).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !target.contains("://") {
                assert!(file(target).exists(), "{document}: {target}");
            }
        }
    }
}

#[test]
fn preferences_example_in_the_readme_is_valid() {
    let text = readme();
    let example = text
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, example).unwrap();
    let (preferences, mistakes) = Preferences::load(&path);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    assert_eq!(preferences.session.as_deref(), Some("tanuki"));
    assert_eq!(preferences.console_service.as_deref(), Some("s3"));
}

/// The README's blocks of shell lines that a reader would paste, told by how they begin. Those that are left
/// out build the program, sign in, serve, or are a shell's start-up line, which have tests of their own.
fn examples() -> Vec<String> {
    let elsewhere = ["cargo ", "genkan\n", "genkan sandbox", "eval \"$(genkan init"];
    readme()
        .split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .filter(|block| !elsewhere.iter().any(|begin| block.starts_with(begin)))
        .map(str::to_owned)
        .collect()
}

/// Run against the sandbox as they stand, but for what would open a window, read a pager's keys, or
/// need a peer that has tests of its own.
#[test]
fn readme_examples_run() {
    let env = TestEnv::new();
    env.sign_in();
    let mut script = String::from("set -eu\n");
    for block in examples() {
        script.push_str(&block);
    }
    for (written, run) in [
        (
            "aws sts get-caller-identity",
            "sh -c 'echo in $GENKAN_ACCOUNT_NAME'",
        ),
        ("--region eu-west-1\n", "--region eu-west-1 --print\n"),
        ("less ", "cat "),
    ] {
        assert!(script.contains(written), "the README has `{written}`");
        script = script.replace(written, run);
    }
    let programs = Path::new(env!("CARGO_BIN_EXE_genkan")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), env.environment["PATH"]);
    let output = std::process::Command::new("bash")
        .args(["-c", &format!("{script}echo key $AWS_ACCESS_KEY_ID")])
        .env_clear()
        .envs(&env.environment)
        .env("PATH", path)
        .current_dir(env.home.path())
        .output()
        .unwrap();
    let seen = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{script}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for text in [
        "in payments-dev",
        "\"account_name\"",
        "/federation?Action=login",
        "payments-dev-administratoraccess",
        "+# genkan profiles begin",
        "ListAccountRoles",
        "key ASIA",
    ] {
        assert!(seen.contains(text), "{text} in {seen}");
    }
    assert!(env.read(".aws/config").contains("# genkan profiles end"));
}

/// Every command has its words beside the table that is made of them.
#[test]
fn every_command_is_documented() {
    let text = readme();
    let (before, rest) = text.split_once("<!-- commands -->").unwrap();
    let (_, after) = rest.split_once("<!-- /commands -->").unwrap();
    for command in genkan::cli::command()
        .get_subcommands()
        .filter(|c| !c.is_hide_set())
    {
        let name = command.get_name();
        let told = [before, after].iter().any(|part| {
            ["genkan ", "-- ", "`"].iter().any(|before| {
                let word = format!("{before}{name}");
                part.split(&word)
                    .skip(1)
                    .any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-'))
            })
        });
        assert!(told, "the README tells nothing of `{name}`");
    }
}

/// The project speaks of itself alone.
#[test]
fn documents_name_no_development_machine() {
    let mut open = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR"))];
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
