//! Every file that genkan makes, in turn a link, a pipe, another user's, and writable by everybody: none is
//! believed, each is named once, and the commands work. And token files that another tool rewrites in place.

use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use genkan::platform::processes::users;

use crate::support::env::{CommandResult, TARGET, TestEnv, skipped};
use crate::support::wait::at_pace;

/// sha1("demo")
const TOKEN: &str = ".aws/sso/cache/89e495e7941cf9e40e6980d14a16bf023ccd4c91.json";
/// Folders of files that genkan makes.
const MADE: [&str; 3] = [".cache/genkan", ".local/state/genkan", ".aws/sso/cache"];
/// Together they read or write every one of them.
const COMMANDS: [&[&str]; 4] = [
    &["export", TARGET, "--format", "json"],
    &["list", "--refresh", "--format", "plain"],
    &["login", "--no-browser", "--force"],
    &["export", TARGET, "--format", "json"],
];
/// An account name and a key that don't exist.
const PLANTED: &str = "planted-by-others";

/// What is in the place of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Link,
    Pipe,
    OtherUser,
    WritableByAll,
}

fn lived_in() -> TestEnv {
    let mut env = TestEnv::with(|o| o.organisation.accounts.retain(|a| a.name.starts_with("payments")));
    env.environment.insert("GENKAN_LOG".into(), "info".into());
    live_in(&env);
    env
}

/// Makes whatever is missing of genkan's files.
fn live_in(env: &TestEnv) {
    env.sign_in();
    env.output(&["list"]);
    env.output(&["export", TARGET]);
    // Only a clock that is wrong leaves the one, and a limit that was found the other.
    let mut pace = Vec::new();
    files(&env.path(".cache/genkan/pace"), &mut pace);
    let found = pace.first().expect("a counter").with_extension("json");
    for path in [env.path(".cache/genkan/clock.json"), found] {
        fs::write(&path, "{}").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn made(env: &TestEnv) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in MADE {
        files(&env.path(folder), &mut found);
    }
    found
}

/// Puts something in the place of a file, with other content where that would show.
fn plant(case: Case, path: &Path, elsewhere: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let mut planted = text.replace("payments-dev", PLANTED);
    if let Ok(mut json) = serde_json::from_str::<serde_json::Value>(&text)
        && json.get("secret_access_key").is_some()
    {
        json["access_key_id"] = PLANTED.into();
        planted = json.to_string();
    }
    match case {
        Case::Link => {
            fs::remove_file(path).unwrap();
            fs::write(elsewhere, planted).unwrap();
            fs::set_permissions(elsewhere, Permissions::from_mode(0o600)).unwrap();
            symlink(elsewhere, path).unwrap();
        }
        Case::Pipe => {
            fs::remove_file(path).unwrap();
            assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
        }
        Case::OtherUser => {
            fs::write(path, planted).unwrap();
            fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
            chown(path, Some(65534), Some(65534)).unwrap();
        }
        Case::WritableByAll => {
            fs::write(path, planted).unwrap();
            fs::set_permissions(path, Permissions::from_mode(0o666)).unwrap();
        }
    }
}

/// How often a command says that it doesn't trust a file.
fn named(result: &CommandResult, path: &Path) -> usize {
    let path = format!("`{}`", path.display());
    let refuses = |line: &&str| {
        line.contains(&path)
            && ["so it is not trusted", "is not a regular file"]
                .iter()
                .any(|words| line.contains(words))
    };
    result.stderr.lines().filter(refuses).count()
}

fn walk(case: Case) {
    let env = lived_in();
    let name = |path: &Path| path.strip_prefix(env.home.path()).unwrap().display().to_string();
    let made = made(&env);
    assert!(made.len() >= 9, "{made:?}");
    let elsewhere = env.path("elsewhere");
    for path in &made {
        // A link to a token is the user's own way to share it.
        if case == Case::Link && name(path).starts_with(".aws") {
            continue;
        }
        live_in(&env);
        // Some locks have been removed, or have other names by now.
        if !path.exists() {
            continue;
        }
        plant(case, path, &elsewhere);
        let mut times = 0;
        let mut healed = false;
        for arguments in COMMANDS {
            let result = env.run(arguments);
            let of = format!("{case:?} {} {arguments:?}: {result:?}", name(path));
            let once = named(&result, path);
            // Without its token a command can't work, and says so.
            let token = name(path) == TOKEN && once > 0 && !healed;
            healed |= arguments[0] == "login";
            assert!(token || result.code == Some(0), "{of}");
            assert!(once <= 1, "{of}");
            assert!(!result.stdout.contains(PLANTED), "{of}");
            times += once;
        }
        // The locks of steps that none of these commands takes are not looked at.
        let seldom = [".lock"].iter().any(|end| name(path).ends_with(end));
        assert!(times > 0 || seldom, "{case:?} {} is never named", name(path));
        let _ = fs::remove_file(path);
    }
}

#[test]
fn symlinks_in_place_of_files_are_not_followed() {
    walk(Case::Link);
}

#[test]
fn pipes_in_place_of_files_block_nothing() {
    walk(Case::Pipe);
}

#[test]
fn files_of_another_user_are_ignored() {
    if users::effective_user_id() == 0 {
        walk(Case::OtherUser);
    } else {
        skipped("files of another user: this is not root");
    }
}

#[test]
fn world_writable_files_are_ignored() {
    walk(Case::WritableByAll);
}

/// As botocore does: empties the file, takes its time, and writes it again.
#[test]
fn sign_in_survives_a_slow_rewrite_by_another_tool() {
    let env = lived_in();
    let path = env.path(TOKEN);
    let text = fs::read_to_string(&path).unwrap();
    for (pause, served) in [(300, true), (1000, true), (3000, false)] {
        at_pace(|| {
            let begun = Instant::now();
            let mut file = File::create(&path).unwrap();
            let text = text.clone();
            let writer = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(pause / 2));
                let (first, second) = text.split_at(text.len() / 2);
                file.write_all(first.as_bytes()).unwrap();
                std::thread::sleep(Duration::from_millis(pause / 2));
                file.write_all(second.as_bytes()).unwrap();
                begun.elapsed()
            });
            let result = env.run(&["whoami"]);
            let result = if served { env.run(COMMANDS[0]) } else { result };
            let took = writer.join().unwrap();
            // A writer that was held up for longer is not waited for.
            if took > Duration::from_millis(pause + 200) {
                return false;
            }
            if served {
                assert_eq!(result.code, Some(0), "{pause} ms: {}", result.stderr);
            }
            true
        });
        let mut now = Vec::new();
        files(&env.path(".aws/sso/cache"), &mut now);
        let copies: Vec<_> = now
            .iter()
            .filter(|p| p.to_str().unwrap().contains("broken"))
            .collect();
        assert!(copies.is_empty(), "{pause} ms: {copies:?}");
        env.output(COMMANDS[0]);
    }
}
