//! What the documents say is what the program does.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use genkan::settings::Preferences;
use genkan::tui::keymap::{Context, Keymap, key_name};

use crate::support::{House, TARGET};

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
        crate::support::updates_docs(),
        "the README's {name} are stale; GENKAN_UPDATE_DOCS=1 cargo test --test it docs"
    );
    std::fs::write(
        file("README.md"),
        format!("{before}{open}\n{made}\n\n{close}{after}"),
    )
    .unwrap();
}

#[test]
fn keys_and_commands_of_the_readme() {
    part("keys", &keys());
    part("commands", &commands());
}

#[test]
fn links_and_pictures_exist() {
    for document in ["README.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md"] {
        let text = std::fs::read_to_string(file(document)).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !target.contains("://") {
                assert!(file(target).exists(), "{document}: {target}");
            }
        }
    }
}

#[test]
fn the_preferences_of_the_readme_can_be_read() {
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
    let preferences = Preferences::load(&path).unwrap();
    assert_eq!(preferences.session.as_deref(), Some("tanuki"));
    assert_eq!(preferences.console_service.as_deref(), Some("s3"));
}

/// The examples that a reader would paste, run against the sandbox. `aws` is left to the tests with peers.
#[test]
fn the_examples_of_the_readme_work() {
    let house = House::new();
    house.sign_in();
    let text = readme();
    let block = text
        .split("```sh\n")
        .find(|block| block.starts_with("eval "))
        .unwrap();
    let script = block.split("```").next().unwrap();
    assert!(script.contains(TARGET));
    let script = script.replace(
        "aws sts get-caller-identity",
        "sh -c 'echo in $GENKAN_ACCOUNT_NAME'",
    );
    let script = script.replace(
        "--service s3 --region eu-west-1",
        "--service s3 --region eu-west-1 --print",
    );
    let mut command = house.command(&[]);
    let path = format!(
        "{}:{}",
        Path::new(env!("CARGO_BIN_EXE_genkan"))
            .parent()
            .unwrap()
            .display(),
        house.environment["PATH"]
    );
    let output = std::process::Command::new("bash")
        .args(["-euc", &format!("{script}echo key $AWS_ACCESS_KEY_ID")])
        .env_clear()
        .envs(command.get_envs().filter_map(|(n, v)| Some((n, v?))))
        .env("PATH", path)
        .output()
        .unwrap();
    let _ = &mut command;
    let seen = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for text in [
        "in payments-dev",
        "\"account_name\"",
        "/federation?Action=login",
        "key ASIA",
    ] {
        assert!(seen.contains(text), "{text} in {seen}");
    }
}

/// The project speaks of itself alone.
#[test]
fn nothing_is_said_of_the_machine_it_was_made_on() {
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
