//! Files that hold decisions and records: approved project files, console pages, what was handed out, what runs. In turn a
//! link, a pipe, another user's, writable by everybody, and no JSON: none is believed, and the commands work.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use genkan::platform::processes::users;

use crate::support::env::{CommandResult, TARGET, TestEnv, command_result, skipped};
use crate::support::screen::signal;
use crate::support::wait::until;

/// A file, and how its content shows.
struct Row {
    file: &'static str,
    /// Writes it as a user does.
    make: fn(&TestEnv),
    /// Empties it.
    forget: fn(&TestEnv),
    /// Whether what it says counts.
    counts: fn(&TestEnv) -> bool,
}

const ROWS: [Row; 3] = [
    Row {
        file: ".local/state/genkan/trust.json",
        make: |env| drop(in_project(env, &["trust", "--approve"])),
        forget: |env| drop(in_project(env, &["trust", "--revoke"])),
        counts: |env| in_project(env, &["exec", "--", "true"]).code == Some(0),
    },
    Row {
        file: ".local/state/genkan/console-pages.json",
        make: |env| drop(console(env, "s3")),
        forget: |env| drop(env.output(&["history", "--clear"])),
        counts: |env| console(env, "last").stdout.contains("s3"),
    },
    Row {
        file: ".local/state/genkan/handed-out.log",
        make: |env| drop(env.output(&["exec", TARGET, "--", "true"])),
        forget: |env| drop(env.output(&["history", "--clear"])),
        counts: |env| env.output(&["history", "--commands"]).contains("true"),
    },
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Link,
    Pipe,
    WritableByAll,
    OtherUser,
    NoJson,
}

fn in_project(env: &TestEnv, arguments: &[&str]) -> CommandResult {
    let mut command = env.command(arguments);
    command.current_dir(env.path("project"));
    command_result(command.output().unwrap())
}

fn console(env: &TestEnv, service: &str) -> CommandResult {
    let result = env.run(&[
        "console",
        "--print",
        "--via",
        "portal",
        "--service",
        service,
        TARGET,
    ]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    result
}

fn home() -> TestEnv {
    let env = TestEnv::new();
    env.write(
        "project/.genkan.toml",
        "target = \"payments-dev/PowerUserAccess\"\n",
    );
    env.sign_in();
    env.output(&["list"]);
    env
}

fn plant(case: Case, path: &Path, bytes: &[u8], elsewhere: &Path) {
    let _ = fs::remove_file(path);
    let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    match case {
        Case::Link => {
            fs::write(elsewhere, bytes).unwrap();
            mode(elsewhere, 0o600);
            symlink(elsewhere, path).unwrap();
        }
        Case::Pipe => {
            assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
        }
        Case::WritableByAll => {
            fs::write(path, bytes).unwrap();
            mode(path, 0o666);
        }
        Case::OtherUser => {
            fs::write(path, bytes).unwrap();
            mode(path, 0o644);
            chown(path, Some(65534), Some(65534)).unwrap();
        }
        Case::NoJson => {
            fs::write(path, "{\"half\": \"wr").unwrap();
            mode(path, 0o600);
        }
    }
}

#[test]
fn decisions_that_others_could_have_written_count_for_nothing() {
    let mut cases = vec![Case::Link, Case::Pipe, Case::WritableByAll, Case::NoJson];
    if users::effective_user_id() == 0 {
        cases.push(Case::OtherUser);
    } else {
        skipped("only root can give a file to another user");
    }
    let env = home();
    for row in &ROWS {
        let path = env.path(row.file);
        assert!(!(row.counts)(&env), "{}: nothing is decided yet", row.file);
        (row.forget)(&env);
        (row.make)(&env);
        assert!((row.counts)(&env), "{}: what a user decided counts", row.file);
        let bytes = fs::read(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        (row.forget)(&env);
        for case in &cases {
            plant(*case, &path, &bytes, &env.path("elsewhere"));
            assert!(!(row.counts)(&env), "{}: {case:?}", row.file);
            let _ = fs::remove_file(&path);
        }
        // And it works again.
        (row.make)(&env);
        assert!((row.counts)(&env), "{} afterwards", row.file);
        (row.forget)(&env);
    }
}

/// What says that something runs is believed only while its writer holds the lock beside it.
#[test]
fn planted_entry_of_what_runs_ends_no_process() {
    let env = home();
    let mut served = env
        .command(&["serve", TARGET])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let folder = env.path(".local/state/genkan/running");
    let entries = || -> Vec<_> {
        let all = fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path());
        all.filter(|path| path.extension().is_some_and(|e| e == "json"))
            .collect()
    };
    until("the server's entry", || entries().len() == 1);
    let entry = entries().remove(0);
    let planted = fs::read_to_string(&entry).unwrap();
    signal(served.id().try_into().unwrap(), "TERM");
    served.wait().unwrap();
    assert!(entries().is_empty());
    // Its process ID is another's now: that of a program which must live on.
    let mut other = Command::new("sleep").arg("600").spawn().unwrap();
    let process = planted.replace(&served.id().to_string(), &other.id().to_string());
    let name = entry
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .replace(&served.id().to_string(), &other.id().to_string());
    fs::write(folder.join(name), process).unwrap();
    let named = format!("{}:{}", other.id(), std::process::id());
    let mut unset = env.command(&[
        "assume",
        "bash",
        "--unset",
        "--process",
        &std::process::id().to_string(),
    ]);
    unset
        .env("GENKAN_SERVER", named)
        .env("GENKAN_VARIABLES", "GENKAN_SERVER GENKAN_VARIABLES");
    assert_eq!(unset.output().unwrap().status.code(), Some(0));
    assert!(other.try_wait().unwrap().is_none(), "it was ended");
    assert!(entries().is_empty(), "a leftover goes");
    other.kill().unwrap();
    other.wait().unwrap();
}
