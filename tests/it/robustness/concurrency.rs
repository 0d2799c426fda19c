//! Fifty real processes at once. What they ask Identity Center for is counted by the sandbox, and
//! browser tabs by a browser that only counts.

use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::time::Duration;

use genkan::sandbox::{Counts, Fault, Operation, Options, Organisation};
use tempfile::TempDir;

use crate::support::env::{ACCOUNT, CommandResult, TARGET, TestEnv, command_result};
use crate::support::peers;

/// That target by its id, which needs no catalog.
pub const ADMINISTRATOR: &str = "310660284419/AdministratorAccess";
pub const CALLERS: usize = 50;
pub const TOKEN_FILE: &str = ".aws/sso/cache/89e495e7941cf9e40e6980d14a16bf023ccd4c91.json";

/// Many processes of one test.
pub struct Storm {
    pub children: Vec<Child>,
    outputs: TempDir,
}

impl Storm {
    pub fn new() -> Self {
        Self {
            children: Vec::new(),
            outputs: TempDir::new().unwrap(),
        }
    }

    /// Starts one more and says which it is.
    pub fn start(&mut self, mut command: Command) -> usize {
        let number = self.children.len();
        let file =
            |stream: &str| File::create(self.outputs.path().join(format!("{stream}-{number}"))).unwrap();
        let child = command
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .unwrap();
        self.children.push(child);
        number
    }

    pub fn text(&self, stream: &str, number: usize) -> String {
        std::fs::read_to_string(self.outputs.path().join(format!("{stream}-{number}"))).unwrap()
    }

    /// How many have said this.
    pub fn said(&self, words: &str) -> usize {
        (0..self.children.len())
            .filter(|n| self.text("stderr", *n).contains(words))
            .count()
    }

    /// Which one shows the code to approve.
    pub fn holder(&self) -> Option<usize> {
        (0..self.children.len())
            .rev()
            .find(|n| self.text("stderr", *n).contains("waiting for the approval"))
    }

    /// The same, beside those that are over.
    pub fn holder_beside(&self, over: &[usize]) -> Option<usize> {
        (0..self.children.len())
            .filter(|n| !over.contains(n))
            .find(|n| self.text("stderr", *n).contains("waiting for the approval"))
    }

    fn kill(&mut self, number: usize) {
        self.children[number].kill().unwrap();
    }

    /// How all of them ended, once they have.
    pub fn end(mut self) -> Vec<CommandResult> {
        let mut statuses = Vec::new();
        for number in 0..self.children.len() {
            until("the end of a process", || {
                let result = self.children[number].try_wait().unwrap();
                statuses.extend(result);
                result.is_some()
            });
        }
        let outputs = statuses.into_iter().enumerate().map(|(number, status)| Output {
            status,
            stdout: self.text("stdout", number).into_bytes(),
            stderr: self.text("stderr", number).into_bytes(),
        });
        outputs.map(command_result).collect()
    }
}

impl Drop for Storm {
    /// A test that failed leaves nobody behind.
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A test that waits for something that never comes must end all the same.
pub fn until(what: &str, mut there: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if there() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what} never came");
}

/// A browser that writes down what it is asked to open.
struct Browser(TempDir);

impl Browser {
    fn of(env: &mut TestEnv) -> Self {
        // Not in the test home: its path has spaces, and BROWSER is a command line.
        let folder = tempfile::Builder::new().prefix("browser").tempdir().unwrap();
        let script = folder.path().join("open");
        let text = format!("#!/bin/sh\necho \"$1\" >> {}/opened\n", folder.path().display());
        std::fs::write(&script, text).unwrap();
        std::fs::set_permissions(&script, Permissions::from_mode(0o700)).unwrap();
        env.environment
            .insert("BROWSER".into(), script.to_str().unwrap().into());
        Self(folder)
    }

    fn tabs(&self) -> Vec<String> {
        let opened = std::fs::read_to_string(self.0.path().join("opened")).unwrap_or_default();
        opened.lines().map(str::to_owned).collect()
    }

    /// The code of the last tab, once there are so many.
    fn code(&self, tabs: usize) -> String {
        until("a browser tab", || self.tabs().len() >= tabs);
        let last = self.tabs().pop().unwrap();
        last.split_once("user_code=").unwrap().1.to_owned()
    }
}

/// An environment with few accounts whose sign-ins a person approves.
pub fn test_env(change: impl FnOnce(&mut Options)) -> TestEnv {
    TestEnv::with(|options| {
        options.auto_approve = false;
        change(options);
    })
}

pub fn sign_in(env: &TestEnv) {
    let mut storm = Storm::new();
    storm.start(env.command(&["login", "--no-browser"]));
    approve(env, &storm);
    assert!(storm.end().iter().all(|result| result.code == Some(0)));
}

fn approve(env: &TestEnv, storm: &Storm) {
    until("the code", || storm.holder().is_some());
    approve_at(env, storm, storm.holder().unwrap());
}

/// Approves what one of them shows.
pub fn approve_at(env: &TestEnv, storm: &Storm, holder: usize) {
    let said = storm.text("stderr", holder);
    let code = said
        .rsplit_once("user_code=")
        .unwrap()
        .1
        .split_whitespace()
        .next()
        .unwrap();
    assert!(env.sandbox.control().approve(code), "{code}");
}

fn storm(env: &TestEnv, arguments: &[&str]) -> Vec<CommandResult> {
    let mut storm = Storm::new();
    for _ in 0..CALLERS {
        storm.start(env.command(arguments));
    }
    storm.end()
}

pub fn all_succeed(result: &[CommandResult]) {
    for (number, result) in result.iter().enumerate() {
        assert_eq!(result.code, Some(0), "{number}: {}", result.stderr);
    }
}

/// What was asked for since `before`.
pub fn since(env: &TestEnv, before: &Counts) -> [u64; 6] {
    let now = env.sandbox.counts();
    [
        now.register_client - before.register_client,
        now.start_device_authorization - before.start_device_authorization,
        now.device_code.issued - before.device_code.issued,
        now.refresh_token.issued - before.refresh_token.issued,
        now.refresh_token.refused - before.refresh_token.refused,
        now.get_role_credentials - before.get_role_credentials,
    ]
}

/// Sets a field of the token file, as time or another tool would.
pub fn edit_token(env: &TestEnv, change: impl FnOnce(&mut serde_json::Value)) {
    let mut token: serde_json::Value = serde_json::from_str(&env.read(TOKEN_FILE)).unwrap();
    change(&mut token);
    env.write(TOKEN_FILE, &token.to_string());
}

pub fn expire_token(env: &TestEnv) {
    edit_token(env, |token| token["expiresAt"] = "2020-01-01T00:00:00Z".into());
    env.sandbox.control().revoke_access_tokens();
}

#[test]
fn fifty_logins_make_one_device_authorization() {
    let mut env = test_env(|_| {});
    let browser = Browser::of(&mut env);
    let mut storm = Storm::new();
    for _ in 0..CALLERS {
        storm.start(env.command(&["login"]));
    }
    until("49 who wait", || {
        storm.said("another genkan is signing in") == CALLERS - 1
    });
    assert!(env.sandbox.control().approve(&browser.code(1)));
    all_succeed(&storm.end());
    assert_eq!(since(&env, &Counts::default()), [1, 1, 1, 0, 0, 0]);
    assert_eq!(browser.tabs().len(), 1);
}

/// Who says no in the browser is not asked again by everybody who waited.
#[test]
fn denied_sign_in_ends_every_waiting_login() {
    let mut env = test_env(|_| {});
    let browser = Browser::of(&mut env);
    let mut storm = Storm::new();
    for _ in 0..10 {
        storm.start(env.command(&["login"]));
    }
    until("9 who wait", || storm.said("another genkan is signing in") == 9);
    assert!(env.sandbox.control().deny(&browser.code(1)));
    for result in storm.end() {
        assert_eq!(result.code, Some(1), "{}", result.stderr);
        assert!(
            result.stderr.contains("the sign-in was denied in the browser"),
            "{}",
            result.stderr
        );
    }
    assert_eq!(browser.tabs().len(), 1);
    // Who asks later is not told of an old denial.
    let mut storm = Storm::new();
    storm.start(env.command(&["login"]));
    assert!(env.sandbox.control().approve(&browser.code(2)));
    all_succeed(&storm.end());
}

#[test]
fn next_login_takes_over_from_a_killed_one() {
    let mut env = test_env(|_| {});
    let browser = Browser::of(&mut env);
    let mut storm = Storm::new();
    for _ in 0..10 {
        storm.start(env.command(&["login"]));
    }
    until("9 who wait", || storm.said("another genkan is signing in") == 9);
    let code = browser.code(1);
    until("9 who show its code", || {
        storm.said(&format!("with the code {code}")) == 9
    });
    let killed = storm.holder().unwrap();
    storm.kill(killed);
    until("the next", || storm.holder_beside(&[killed]).is_some());
    approve_at(&env, &storm, storm.holder_beside(&[killed]).unwrap());
    let mut result = storm.end();
    assert_eq!(result.remove(killed).code, None);
    all_succeed(&result);
    assert_eq!(since(&env, &Counts::default()), [1, 2, 1, 0, 0, 0]);
    assert_eq!(browser.tabs().len(), 1, "who takes over opens no other one");
}

/// Who waits can finish the sign-in; who cancels one after another opens no tab for each.
#[test]
fn logins_cancelled_in_turn_open_one_tab() {
    const MANY: usize = 12;
    let mut env = test_env(|_| {});
    let browser = Browser::of(&mut env);
    let mut storm = Storm::new();
    for _ in 0..MANY {
        storm.start(env.command(&["login"]));
    }
    until("11 who show the code", || {
        storm.said("which signs in here, too") == MANY - 1
    });
    let mut cancelled = Vec::new();
    while cancelled.len() < MANY - 1 {
        let next = || storm.holder_beside(&cancelled);
        until("the next one", || next().is_some());
        let number = next().unwrap();
        let process = rustix::process::Pid::from_child(&storm.children[number]);
        rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
        until("its end", || storm.text("stderr", number).contains("cancelled"));
        cancelled.push(number);
    }
    until("the last one", || storm.holder_beside(&cancelled).is_some());
    let last = storm.holder_beside(&cancelled).unwrap();
    let said = storm.text("stderr", last);
    assert!(
        said.contains("the other genkan went away; this one signs in")
            && said.contains("no browser is opened here (the other genkan has opened one)"),
        "{said}"
    );
    let code = said
        .rsplit_once("user_code=")
        .unwrap()
        .1
        .split_whitespace()
        .next();
    assert!(env.sandbox.control().approve(code.unwrap()));
    for (number, result) in storm.end().iter().enumerate() {
        let code = if cancelled.contains(&number) { 130 } else { 0 };
        assert_eq!(result.code, Some(code), "{number}: {}", result.stderr);
    }
    assert_eq!(browser.tabs().len(), 1);
    let locks = std::fs::read_dir(env.path(".cache/genkan/locks")).unwrap();
    let left: Vec<_> = locks
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    assert!(left.is_empty(), "{left:?} outlived its sign-in");
    // Where nobody waited, a new sign-in is a new story.
    env.output(&["logout"]);
    let mut storm = Storm::new();
    storm.start(env.command(&["login"]));
    assert!(env.sandbox.control().approve(&browser.code(2)));
    all_succeed(&storm.end());
}

#[test]
fn fifty_callers_refresh_an_expired_token_once() {
    let env = test_env(|options| options.organisation = Organisation::generated(4, 3));
    sign_in(&env);
    let targets: Vec<String> = env
        .output(&["list", "--format", "plain"])
        .lines()
        .map(str::to_owned)
        .collect();
    for by_clock in [true, false] {
        if by_clock {
            expire_token(&env);
        } else {
            env.sandbox.control().revoke_access_tokens();
            std::fs::remove_dir_all(env.path(".cache/genkan/credentials")).unwrap();
        }
        let before = env.sandbox.counts();
        let mut storm = Storm::new();
        for number in 0..CALLERS {
            let target = &targets[number % targets.len()];
            storm.start(match number % 5 {
                0 => env.command(&["list", "--refresh"]),
                _ => env.command(&["credential-process", target]),
            });
        }
        all_succeed(&storm.end());
        let [.., issued, refused, _] = since(&env, &before);
        assert_eq!((issued, refused), (1, 0), "by the clock: {by_clock}");
    }
}

#[test]
fn fifty_callers_request_credentials_once_and_cached_ones_never() {
    let env = test_env(|_| {});
    sign_in(&env);
    env.output(&["list"]);
    for target in [TARGET, "310660284419/PowerUserAccess"] {
        let before = env.sandbox.counts();
        let answers = storm(&env, &["credential-process", target]);
        all_succeed(&answers);
        assert_eq!(since(&env, &before), [0, 0, 0, 0, 0, 1], "{target}");
        assert!(
            answers
                .iter()
                .all(|e| e.stdout == answers[0].stdout && e.stderr.is_empty())
        );
        let before = env.sandbox.counts();
        all_succeed(&storm(&env, &["credential-process", target]));
        assert_eq!(env.sandbox.counts(), before, "no request, no connection");
        // Whoever starts TLS fails on this.
        let mut command = env.command(&["credential-process", target]);
        let warm = command_result(command.env("AWS_CA_BUNDLE", "/nowhere").output().unwrap());
        assert_eq!(
            (warm.code, warm.stdout.as_str()),
            (Some(0), answers[0].stdout.as_str())
        );
    }
}

#[test]
fn without_a_sign_in_no_process_starts_one() {
    let mut env = test_env(|_| {});
    let browser = Browser::of(&mut env);
    for target in [TARGET, ADMINISTRATOR] {
        for result in storm(&env, &["credential-process", target]) {
            assert_eq!((result.code, result.stdout.as_str()), (Some(3), ""));
            assert_eq!(
                result.stderr,
                "error: sign-in is required for SSO session `demo`: nobody is signed in; run `genkan login demo`\n"
            );
        }
    }
    assert_eq!(env.sandbox.counts().connections, 0);
    assert_eq!(browser.tabs().len(), 0);
}

/// The refusal of one is believed by all; and it is believed for a while only.
#[test]
fn ended_portal_session_costs_one_refused_refresh() {
    let mut env = test_env(|_| {});
    let browser = Browser::of(&mut env);
    sign_in(&env);
    expire_token(&env);
    env.sandbox.control().end_portal_sessions();
    let before = env.sandbox.counts();
    for result in storm(&env, &["credential-process", ADMINISTRATOR]) {
        assert_eq!((result.code, result.stdout.as_str()), (Some(3), ""));
        assert_eq!(result.stderr.lines().count(), 1, "{}", result.stderr);
        assert!(
            result.stderr.contains(" has ended (noticed at "),
            "{}",
            result.stderr
        );
    }
    assert_eq!(since(&env, &before), [0, 0, 0, 0, 1, 0]);
    assert_eq!(browser.tabs().len(), 0);
    assert!(env.path(TOKEN_FILE).exists(), "no failure removes a token");
    // The next sign-in is a new story.
    sign_in(&env);
    env.output(&["credential-process", ADMINISTRATOR]);
}

#[test]
fn killed_refresher_is_replaced_by_another_process() {
    let env = test_env(|_| {});
    sign_in(&env);
    env.output(&["list"]);
    expire_token(&env);
    env.sandbox
        .control()
        .inject(Operation::CreateToken, &Fault::Hang, 1);
    let before = env.sandbox.counts();
    let mut storm = Storm::new();
    let first = storm.start(env.command(&["credential-process", TARGET]));
    until("the refresh", || {
        env.sandbox.counts().create_token > before.create_token
    });
    for _ in 1..CALLERS {
        storm.start(env.command(&["export", TARGET, "--format", "json"]));
    }
    // Each of them waits long enough to say so.
    until("a word of those who wait", || {
        storm.said("another genkan is getting these credentials") == CALLERS - 1
    });
    storm.kill(first);
    let mut result = storm.end();
    assert_eq!(result.remove(first).code, None);
    all_succeed(&result);
    assert_eq!(since(&env, &before), [0, 0, 0, 1, 0, 1]);
}

/// A new portal session begins with the end of the old one; that it can't be ended stops nobody.
#[test]
fn forced_login_ends_the_previous_session() {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["credential-process", ADMINISTRATOR]);
    let old = env.read(TOKEN_FILE);
    let mut storm = Storm::new();
    for _ in 0..10 {
        storm.start(env.command(&["login", "--force", "--no-browser"]));
    }
    all_succeed(&storm.end());
    let counts = env.sandbox.counts();
    // Each of those who came while the new session was made takes it for the new one.
    assert_eq!((counts.logout, counts.start_device_authorization), (1, 2));
    let new = env.read(TOKEN_FILE);
    assert_ne!(old, new);
    env.write(TOKEN_FILE, &old);
    assert_eq!(
        env.run(&["list", "--refresh"]).code,
        Some(3),
        "the old session is over"
    );
    env.write(TOKEN_FILE, &new);
    let control = env.sandbox.control();
    control.inject(Operation::Logout, &Fault::InternalError, 3);
    let before = env.sandbox.counts();
    let result = env.run(&["login", "--force", "--no-browser"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        result
            .stderr
            .contains("note: the portal session before could not be ended on the server"),
        "{}",
        result.stderr
    );
    assert_eq!(since(&env, &before), [0, 1, 1, 0, 0, 0]);
}

#[test]
fn short_lived_credentials_are_reused() {
    let env = TestEnv::with(|options| options.role_credentials_lifetime = Duration::from_mins(15));
    env.sign_in();
    let first = env.output(&["credential-process", ADMINISTRATOR]);
    assert_eq!(env.output(&["credential-process", ADMINISTRATOR]), first);
    assert_eq!(env.sandbox.counts().get_role_credentials, 1);
    // With more than half of their life gone they are not given out any more.
    let file = kept(&env.path(".cache/genkan/credentials")).pop().unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    for field in ["expires_at", "obtained_at"] {
        json[field] = (json[field].as_i64().unwrap() - 8 * 60).into();
    }
    std::fs::write(&file, json.to_string()).unwrap();
    assert_ne!(env.output(&["credential-process", ADMINISTRATOR]), first);
    assert_eq!(env.sandbox.counts().get_role_credentials, 2);
}

/// The files of credentials that are kept.
pub fn kept(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { kept(&path) } else { vec![path] })
        .collect()
}

/// Cached credentials go with the sign-in, whoever ends it and whatever runs meanwhile.
#[test]
fn logout_during_a_refresh_stays_signed_out() {
    let env = TestEnv::new();
    let refused = |why: &str| {
        let result = env.run(&["credential-process", ADMINISTRATOR]);
        assert_eq!(result.code, Some(3), "{why}: {}", result.stderr);
    };
    // Another tool removes the token.
    env.sign_in();
    env.output(&["credential-process", ADMINISTRATOR]);
    std::fs::remove_file(env.path(TOKEN_FILE)).unwrap();
    refused("another tool signed out");
    // The session is pointed elsewhere under the same name.
    env.sign_in();
    env.output(&["credential-process", ADMINISTRATOR]);
    let config = env.read(".aws/config");
    env.write(".aws/config", &config.replace("ap-northeast-1", "eu-west-1"));
    refused("a session of another Region");
    edit_token(&env, |token| token["region"] = "eu-west-1".into());
    let before = env.sandbox.counts();
    env.output(&["credential-process", ADMINISTRATOR]);
    assert_eq!(
        since(&env, &before)[5],
        1,
        "not the credentials of the other Region"
    );
    env.write(".aws/config", &config);
    // Somebody signs out while others get and refresh.
    for round in 0..2 {
        env.sign_in();
        edit_token(&env, |token| token["expiresAt"] = "2020-01-01T00:00:00Z".into());
        let mut storm = Storm::new();
        for number in 0..20 {
            storm.start(match number {
                10 => env.command(&["logout"]),
                _ => env.command(&[
                    "credential-process",
                    ["310660284419/PowerUserAccess", ADMINISTRATOR][number % 2],
                ]),
            });
        }
        let result = storm.end();
        assert_eq!(result[10].code, Some(0), "{}", result[10].stderr);
        assert!(result.iter().all(|e| matches!(e.code, Some(0 | 3))));
        assert!(
            !env.path(TOKEN_FILE).exists(),
            "round {round}: a refresh undid the sign-out"
        );
        let left = kept(&env.path(".cache/genkan/credentials"));
        assert!(left.is_empty(), "round {round}: {left:?} outlived their sign-in");
        refused("after the sign-out");
    }
}

/// What comes back after a sign-out of another tool is for this caller alone, or for nobody.
#[test]
fn responses_after_a_sign_out_are_not_saved() {
    let env = TestEnv::with(|options| options.latency = Duration::from_millis(400));
    let call = |env: &TestEnv, arrived: fn(&Counts) -> u64| {
        let before = arrived(&env.sandbox.counts());
        let mut storm = Storm::new();
        storm.start(env.command(&["credential-process", ADMINISTRATOR]));
        until("the request", || arrived(&env.sandbox.counts()) > before);
        std::fs::remove_file(env.path(TOKEN_FILE)).unwrap();
        storm.end().pop().unwrap()
    };
    env.sign_in();
    let result = call(&env, |counts| counts.get_role_credentials);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let left = kept(&env.path(".cache/genkan/credentials"));
    assert!(left.is_empty(), "{left:?} outlived their sign-in");
    env.sign_in();
    expire_token(&env);
    let result = call(&env, |counts| counts.create_token);
    assert_eq!(result.code, Some(3), "{}", result.stderr);
    assert!(!env.path(TOKEN_FILE).exists(), "a refresh undid the sign-out");
}

/// Tools that know nothing of locks write the same file in the middle of everything.
#[test]
fn sign_in_of_another_tool_is_not_overwritten() {
    let env = TestEnv::with(|options| options.latency = Duration::from_millis(400));
    env.sign_in();
    let theirs = env.read(TOKEN_FILE);
    env.output(&["login", "--force", "--no-browser"]);
    let mine = env.read(TOKEN_FILE);
    // `theirs` was ended by the forced login; a refresh of it is refused, and meanwhile `mine` is there.
    env.write(TOKEN_FILE, &theirs);
    edit_token(&env, |token| token["expiresAt"] = "2020-01-01T00:00:00Z".into());
    let before = env.sandbox.counts();
    let mut storm = Storm::new();
    storm.start(env.command(&["credential-process", ADMINISTRATOR]));
    until("the refresh", || {
        env.sandbox.counts().create_token > before.create_token
    });
    env.write(TOKEN_FILE, &mine);
    all_succeed(&storm.end());
    assert_eq!(since(&env, &before)[3..], [0, 1, 1]);
    assert_eq!(env.read(TOKEN_FILE), mine);
    // A refresh that succeeds does not win over another sign-in either.
    std::fs::remove_file(env.path(TOKEN_FILE)).unwrap();
    env.sign_in();
    let another = env.read(TOKEN_FILE);
    env.write(TOKEN_FILE, &mine);
    edit_token(&env, |token| {
        token["expiresAt"] = "2020-01-01T00:00:00Z".into();
    });
    let before = env.sandbox.counts();
    let mut storm = Storm::new();
    storm.start(env.command(&["credential-process", ADMINISTRATOR]));
    until("the refresh", || {
        env.sandbox.counts().create_token > before.create_token
    });
    // Half of it first, as a tool does that writes in place.
    env.write(TOKEN_FILE, another.split_once("clientSecret").unwrap().0);
    until("the answer", || {
        env.sandbox.counts().refresh_token.issued > before.refresh_token.issued
    });
    env.write(TOKEN_FILE, &another);
    all_succeed(&storm.end());
    assert_eq!(since(&env, &before)[3..], [1, 0, 1]);
    assert_eq!(env.read(TOKEN_FILE), another);
}

/// Lock files are never a reason for failing.
#[test]
fn processes_work_without_a_lock_folder() {
    let mut env = TestEnv::new();
    env.write("file", "");
    let nowhere = env.path("file").to_str().unwrap().to_owned();
    for variable in ["XDG_CACHE_HOME", "XDG_STATE_HOME"] {
        env.environment.insert(variable.into(), nowhere.clone());
    }
    env.sign_in();
    expire_token(&env);
    all_succeed(&storm(&env, &["credential-process", ADMINISTRATOR])[..]);
    env.output(&["logout"]);
    assert!(!env.path(TOKEN_FILE).exists());
}

/// boto3 refreshes whatever has less than 15 minutes left, and writes the file in place.
#[test]
fn processes_and_boto3_share_one_token_file() {
    let Some(venv) = peers::python() else { return };
    let env = TestEnv::with(|options| options.access_token_lifetime = Duration::from_mins(8));
    let section = env.sso_session("demo");
    env.write(
        ".aws/config",
        &format!(
            "{section}\n[profile p]\nsso_session = demo\nsso_account_id = {ACCOUNT}\n\
             sso_role_name = AdministratorAccess\nregion = ap-northeast-1\n"
        ),
    );
    env.sign_in();
    let targets: Vec<String> = env
        .output(&["list", "--format", "plain"])
        .lines()
        .map(str::to_owned)
        .collect();
    let script = peers::script("identity.py", include_str!("../../peers/identity.py"));
    expire_token(&env);
    let mut storm = Storm::new();
    for target in targets.iter().take(CALLERS) {
        if storm.children.len().is_multiple_of(8) {
            let mut boto3 = Command::new(venv.join("bin/python"));
            boto3.arg(&script).arg("p").env_clear().envs(&env.environment);
            storm.start(boto3);
        }
        storm.start(env.command(&["credential-process", target]));
    }
    all_succeed(&storm.end());
    assert_eq!(env.sandbox.counts().start_device_authorization, 1);
    let folder = std::fs::read_dir(env.path(".aws/sso/cache")).unwrap();
    let broken: Vec<_> = folder
        .map(|e| e.unwrap().file_name())
        .filter(|n| n.to_str().unwrap().contains("broken"))
        .collect();
    assert!(broken.is_empty(), "{broken:?} was being written");
}
