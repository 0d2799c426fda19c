//! Secrets with a mark in them, and where the mark is found after everything was done at the highest
//! log level: in the files that are for it, on standard output where it was asked for, and nowhere else.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use genkan::domain::shells::export::ExportFormat;
use genkan::sandbox::{Fault, Operation};

use crate::support::env::{CommandResult, FEW_TARGETS, TARGET, TestEnv, export_as, keep_few_accounts};
use crate::support::http;
use crate::support::iam_users;
use crate::support::profile_roles;
use crate::support::screen::{ESC, Screen, signal};
use crate::support::served::Served;
use crate::support::wait::until;

const MARK: &str = "CANARYzq7";
/// A chained role.
const ROLE: &str = "310660284419/IncidentResponse via 111427759318/AdministratorAccess";
/// The file of a token of `genkan serve`.
const SERVE_TOKEN: &str = "serve-token";
/// Another one, for the credentials of a shell that genkan runs inside.
const OUTER: &str = "OUTERzq7";

/// An environment whose secrets are marked, with a browser and a clipboard tool that write down what they see.
fn test_env() -> TestEnv {
    let mut env = TestEnv::with(|options| {
        keep_few_accounts(options);
        options.secrets_mark = MARK.into();
    });
    for (name, value) in [
        ("GENKAN_LOG", "trace"),
        ("DISPLAY", ":9"),
        ("BROWSER", "genkan-test-browser"),
        ("AWS_ACCESS_KEY_ID", OUTER),
        ("AWS_SECRET_ACCESS_KEY", OUTER),
        ("AWS_SESSION_TOKEN", OUTER),
        ("AWS_SECURITY_TOKEN", OUTER),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", OUTER),
    ] {
        env.environment.insert(name.into(), value.into());
    }
    let seen = env.path("seen");
    std::fs::create_dir(&seen).unwrap();
    for name in ["genkan-test-browser", "xclip"] {
        let script = format!(
            "#!/bin/sh\n{{ printf '%s\\n' \"$@\"; env; }} > '{0}/{name}.part'\nmv '{0}/{name}.part' '{0}/{name}'\ncat > /dev/null\n",
            seen.display()
        );
        env.write_program(&format!("bin/{name}"), &script);
    }
    let path = format!("{}:{}", env.path("bin").display(), env.environment["PATH"]);
    env.environment.insert("PATH".into(), path);
    env
}

/// Looks at the arguments of every process that begins meanwhile, all the time.
struct Arguments {
    stop: Arc<AtomicBool>,
    found: Arc<Mutex<BTreeSet<String>>>,
    looks: std::thread::JoinHandle<usize>,
}

impl Arguments {
    fn watch() -> Self {
        let (stop, found) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::default()));
        let (end, marked) = (Arc::clone(&stop), Arc::clone(&found));
        let looks = std::thread::spawn(move || {
            let mut looks = 0;
            let processes = || {
                let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
                entries.map(|entry| entry.path())
            };
            let before: BTreeSet<PathBuf> = processes().collect();
            while !end.load(Ordering::Relaxed) {
                for process in processes().filter(|process| !before.contains(process)) {
                    let line = std::fs::read(process.join("cmdline")).unwrap_or_default();
                    let line = String::from_utf8_lossy(&line).replace('\0', " ");
                    if line.contains(MARK) {
                        let set: &Mutex<BTreeSet<String>> = &marked;
                        set.lock().unwrap().insert(line);
                    }
                }
                looks += 1;
                std::thread::sleep(Duration::from_millis(2));
            }
            looks
        });
        Self { stop, found, looks }
    }

    fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        assert!(self.looks.join().unwrap() > 20, "the watcher ran");
        let found = self.found.lock().unwrap();
        assert!(found.is_empty(), "in arguments: {found:?}");
    }
}

/// Words never hold a secret; data only where it was asked for.
#[track_caller]
fn quiet(result: &CommandResult) {
    assert!(
        !result.stderr.contains(MARK) && !result.stderr.contains(OUTER),
        "{result:?}"
    );
    assert!(!result.stdout.contains(MARK), "{result:?}");
}

#[track_caller]
fn asked_for(result: &CommandResult) {
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(!result.stderr.contains(MARK), "{}", result.stderr);
    assert!(
        result.stdout.contains(MARK),
        "the mark is where it was asked for: {result:?}"
    );
}

/// What a helper saw, once it was there.
#[track_caller]
fn seen_by(env: &TestEnv, name: &str) -> String {
    let path = env.path("seen").join(name);
    until(name, || path.exists());
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(text.contains("HOME="), "{text}");
    assert!(!text.contains(MARK) && !text.contains(OUTER), "{name} saw {text}");
    text
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Where the mark is on disk: in private files in the places for secrets.
fn look_at_files(env: &TestEnv) {
    let mut all = Vec::new();
    files(env.home.path(), &mut all);
    let mut marked = 0;
    for path in all {
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(OUTER), "{}", path.display());
        if !text.contains(MARK) {
            continue;
        }
        marked += 1;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
        let inside = path.strip_prefix(env.home.path()).unwrap();
        assert!(
            [
                ".aws/sso/cache",
                ".cache/genkan/credentials",
                ".aws/credentials",
                ".aws/credentials.genkan-backup",
                SERVE_TOKEN,
            ]
            .iter()
            .any(|place| inside.starts_with(place)),
            "{}",
            inside.display()
        );
    }
    assert!(
        marked >= 3,
        "token, registration and credentials are kept: {marked}"
    );
}

fn log(env: &TestEnv) -> String {
    let path = env.path(".local/state/genkan/genkan.log");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    std::fs::read_to_string(path).unwrap()
}

/// Commands that tell of what there is.
const TELLERS: &[&str] = &["profiles", "status", "history", "whoami", "doctor"];
/// The commands that are walked here; a contributor who adds one says here whether it meets secrets.
const WALKED: &[&str] = &[
    "clear-clipboard",
    "login",
    "logout",
    "list",
    "export",
    "exec",
    "shell",
    "console",
    "credential-process",
    "assume",
    "serve",
    "iam-user",
];
const WITHOUT_SECRETS: &[&str] = &[
    "demo",
    "prompt",
    "sandbox",
    "completions",
    "man",
    "init",
    "complete",
    "trust",
];

/// What goes wrong has words too.
fn what_goes_wrong(env: &TestEnv) {
    let control = env.sandbox.control();
    let other = "payments-prod/ReadOnlyAccess";
    for fault in [
        Fault::WrongJson,
        Fault::BrokenJson,
        Fault::Forbidden,
        Fault::TruncatedBody,
    ] {
        control.inject(Operation::GetRoleCredentials, &fault, 3);
        let result = env.run(&["export", other]);
        assert_eq!(result.code, Some(1), "{fault:?}: {result:?}");
        assert!(!result.stderr.contains("no target"), "{fault:?}: {result:?}");
        quiet(&result);
        control.clear_faults();
        control.inject(Operation::AssumeRole, &fault, 3);
        let result = env.run(&["export", ROLE]);
        assert_eq!(result.code, Some(1), "{fault:?}: {result:?}");
        quiet(&result);
        control.clear_faults();
    }
    asked_for(&env.run(&["export", "--format", "bash", ROLE]));
    asked_for(&env.run(&["credential-process", ROLE]));
    control.revoke_access_tokens();
    quiet(&env.run(&["list", "--refresh"]));
    control.end_portal_sessions();
    quiet(&env.run(&["list", "--refresh"]));
    quiet(&env.run(&["login", "--force", "--no-browser"]));
    asked_for(&env.run(&["export", "--format", "bash", TARGET]));
    look_at_files(env);
}

/// A token file that is broken, and one that others could read.
fn spoilt_token_files(env: &TestEnv) {
    let token = std::fs::read_dir(env.path(".aws/sso/cache"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| std::fs::read_to_string(path).is_ok_and(|text| text.contains("accessToken")))
        .unwrap();
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o644)).unwrap();
    quiet(&env.run(&["list", "--refresh"]));
    let text = std::fs::read_to_string(&token).unwrap();
    std::fs::write(&token, text.get(..text.len() / 2).unwrap()).unwrap();
    quiet(&env.run(&["list", "--refresh"]));
    quiet(&env.run(&["login", "--no-browser"]));
    asked_for(&env.run(&["export", "--format", "bash", TARGET]));
    look_at_files(env);
}

/// The authorization code flow: the code and what redeems it are secrets too.
fn by_a_browser_that_comes_back(env: &TestEnv) {
    let mut login = env.command(&["login", "--flow", "pkce", "--force"]);
    let login = std::thread::spawn(move || crate::support::env::command_result(login.output().unwrap()));
    let page: url::Url = seen_by(env, "genkan-test-browser")
        .lines()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let target = |url: &url::Url| format!("{}?{}", url.path(), url.query().unwrap());
    let answer = http::get(&env.sandbox.url(), &target(&page));
    let back: url::Url = answer.header("location").unwrap().parse().unwrap();
    let shown = http::get(
        &format!("http://127.0.0.1:{}", back.port().unwrap()),
        &target(&back),
    );
    assert!(
        shown.text().contains("genkan is completing the sign-in"),
        "{}",
        shown.text()
    );
    quiet(&login.join().unwrap());
}

/// Long-lived keys, whose secrets are marked, too, in the file where there is no keyring.
fn iam_users(env: &TestEnv) {
    iam_users::with_file(env);
    let key = &iam_users::keys(env, iam_users::WITHOUT_MFA)[0];
    assert!(key.secret_access_key.contains(MARK), "{}", key.secret_access_key);
    quiet(&iam_users::add(env, "ren", key));
    iam_users::keep_one_key(env, "ren", iam_users::WITHOUT_MFA);
    for arguments in [
        &["exec", "598204417736/ren.sato", "--", "true"][..],
        &["login", "ren", "--force"],
        &["status", "--session", "ren"],
        &["list", "--session", "ren"],
        &["logout", "ren"],
    ] {
        quiet(&env.run(arguments));
    }
    for arguments in [&["list"][..], &["rotate", "ren"], &["remove", "ren"]] {
        quiet(&env.run(&[&["iam-user"], arguments].concat()));
    }
    look_at_files(env);
}

/// Long-lived keys where other tools keep them, whose roles are assumed, also with the code of a device.
fn roles_of_profiles(env: &TestEnv) {
    let config = env.read(".aws/config");
    let serial = profile_roles::code_by_program(env, iam_users::WITH_MFA);
    let key = profile_roles::write_profiles(env, iam_users::WITH_MFA, &format!("mfa_serial = {serial}"));
    assert!(key.secret_access_key.contains(MARK), "{}", key.secret_access_key);
    let file = env.path(".aws/credentials");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    for arguments in [
        &["list", "--session", "profile ci"][..],
        &["login", "profile ci"],
        &["exec", "--profile", "two", "--", "true"],
        &["status", "--session", "profile ci"],
        &["profiles", "--diff"],
    ] {
        quiet(&env.run(arguments));
    }
    asked_for(&env.run(&["credential-process", "--profile", "two"]));
    for fault in [Fault::WrongJson, Fault::Forbidden] {
        env.sandbox.control().inject(Operation::AssumeRole, &fault, 3);
        quiet(&env.run(&["export", "--profile", "one"]));
        env.sandbox.control().clear_faults();
    }
    look_at_files(env);
    quiet(&env.run(&["logout", "profile ci"]));
    std::fs::remove_file(file).unwrap();
    env.write(".aws/config", &config);
}

/// A server whose token is marked: it prints the file's name, and answers who knows the token.
fn serve(env: &TestEnv) {
    env.write(SERVE_TOKEN, &format!("{MARK}-0123456789"));
    let path = env.path(SERVE_TOKEN);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let served = Served::start(env, &["--token-file", SERVE_TOKEN, TARGET]);
    assert!(!served.printed.to_string().contains(MARK), "{}", served.printed);
    let answer = served.get(0);
    assert!(answer.text().contains(MARK), "{}", answer.text());
    let (code, said) = served.stop();
    assert!(
        code == Some(0) && !said.contains(MARK) && !said.contains(OUTER),
        "{said}"
    );
}

#[test]
fn commands_leak_no_secret() {
    let env = test_env();
    let arguments = Arguments::watch();
    quiet(&env.run(&["login"]));
    seen_by(&env, "genkan-test-browser");
    for format in ["table", "json", "csv", "plain"] {
        quiet(&env.run(&["list", "--refresh", "--format", format]));
    }
    for format in ExportFormat::ALL.map(ExportFormat::name) {
        asked_for(&env.run(&export_as(format, TARGET)));
    }
    quiet(&env.run(&["export", "--unset"]));
    let commands: Vec<String> = genkan::cli::build_command()
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    for teller in TELLERS.iter().filter(|t| commands.iter().any(|c| c == *t)) {
        quiet(&env.run(&[teller]));
    }
    for arguments in [["status", "--format", "json"], ["doctor", "--format", "json"]] {
        quiet(&env.run(&arguments));
    }
    asked_for(&env.run(&["assume", "bash", TARGET]));
    // A server for a shell that is gone, which ends at once.
    let served = ["--credentials", "server", "--process", "2147483647"];
    quiet(&env.run(&[&["assume", "bash", TARGET], &served[..]].concat()));
    let genkan = env!("CARGO_BIN_EXE_genkan");
    let verified = env.run(&["exec", TARGET, "--", genkan, "whoami", "--verify"]);
    assert!(verified.stdout.contains("arn:"), "{verified:?}");
    quiet(&verified);
    // Twice, so that there is a copy of the file before.
    for _ in 0..2 {
        let file = ["export", "--format", "credentials-file", "--as", "x"];
        quiet(&env.run(&[&file[..], &["--write", TARGET]].concat()));
    }
    asked_for(&env.run(&["credential-process", TARGET]));
    asked_for(&env.run(&["exec", TARGET, "--", "sh", "-c", "echo $AWS_SESSION_TOKEN"]));
    quiet(&env.run(&["exec", TARGET, "--", "true"]));
    quiet(&env.run(&["exec", TARGET, "--", "no-such-program"]));
    quiet(&env.run(&["shell", TARGET]));
    serve(&env);
    asked_for(&env.run(&["console", "--via", "federation", "--print", TARGET]));
    let mut console = env.command(&["console", TARGET]);
    let console = std::thread::spawn(move || crate::support::env::command_result(console.output().unwrap()));
    let link = seen_by(&env, "genkan-test-browser");
    let link = link.lines().next().unwrap().to_owned();
    let (base, path) = link.split_at(link.rfind('/').unwrap());
    let redirect = http::get(base, path);
    assert!(
        redirect.header("location").unwrap().contains(MARK),
        "the link leads to a secret"
    );
    quiet(&console.join().unwrap());

    for arguments in [["profiles", "--diff"], ["profiles", "--write"]] {
        quiet(&env.run(&arguments));
    }
    quiet(&env.run(&["clear-clipboard", "clip.exe", "--after", "0"]));
    by_a_browser_that_comes_back(&env);
    what_goes_wrong(&env);
    spoilt_token_files(&env);
    quiet(&env.run(&["logout"]));

    iam_users(&env);
    roles_of_profiles(&env);

    let log = log(&env);
    for said in [
        "RegisterClient",
        "CreateToken",
        "CreateAccessKey",
        "GetRoleCredentials",
        "getSigninToken",
        "written",
        "status=403",
    ] {
        assert!(log.contains(said), "the log says `{said}`");
    }
    assert!(
        !log.contains("aws_smithy") && !log.contains("hyper"),
        "only our own words"
    );
    arguments.end();

    for command in genkan::cli::build_command().get_subcommands() {
        let name = command.get_name();
        assert!(
            [WALKED, WITHOUT_SECRETS, TELLERS]
                .iter()
                .any(|list| list.contains(&name)),
            "`{name}` handles secrets and is not covered, or is in no list"
        );
    }
}

#[test]
fn portal_leaks_no_secret() {
    let env = test_env();
    let arguments = Arguments::watch();
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("accounts · updated");
    seen_by(&env, "genkan-test-browser");
    screen.type_keys("payments-dev adm");
    screen.wait(&format!("1 of {FEW_TARGETS}"));
    screen.type_keys("\r");
    screen.wait("[payments-dev/AdministratorAccess]");
    screen.type_keys(
        "test -n \"$AWS_SESSION_TOKEN$AWS_CONTAINER_AUTHORIZATION_TOKEN\" && echo has''some; exit\r",
    );
    screen.wait("back from payments-dev");
    assert!(screen.raw().contains("hassome"));
    screen.type_keys("\tcopy cred\r");
    screen.wait("Enter copies");
    screen.type_keys("\r");
    seen_by(&env, "xclip");
    screen.wait("copied with xclip");
    screen.type_keys("\x0f");
    let link = seen_by(&env, "genkan-test-browser");
    screen.wait("opened the console for");
    let link = link.lines().next().unwrap().to_owned();
    let (base, path) = link.split_at(link.rfind('/').unwrap());
    assert!(http::get(base, path).header("location").unwrap().contains(MARK));
    // Every menu, the help, what changed, and the form for another session.
    for keys in [
        "\t", ESC, "\x05", ESC, "\x1bOP", ESC, "\x1b[17~", ESC, "\x13", ESC, "\x13", "\x1b[B", "\r", ESC,
    ] {
        screen.type_keys(keys);
        std::thread::sleep(Duration::from_millis(60));
    }
    env.sandbox.control().end_portal_sessions();
    screen.type_keys("\x12");
    std::thread::sleep(Duration::from_millis(300));
    screen.type_keys("\x03");
    screen.exit();
    end_clipboard_clearing(&env);
    let raw = screen.raw();
    assert!(!raw.contains(MARK) && !raw.contains(OUTER));
    look_at_files(&env);
    let log = log(&env);
    assert!(log.contains("GetRoleCredentials") && !log.contains(MARK));
    arguments.end();
}

/// Ends the process that clears the clipboard a minute after credentials were copied: it outlives the portal.
fn end_clipboard_clearing(env: &TestEnv) {
    let home = format!("HOME={}", env.home.path().display());
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let has = |file: &str, text: &str| {
            let content = std::fs::read(entry.path().join(file)).unwrap_or_default();
            String::from_utf8_lossy(&content)
                .split('\0')
                .any(|part| part == text)
        };
        if has("cmdline", "clear-clipboard") && has("environ", &home) {
            signal(entry.file_name().to_str().unwrap().parse().unwrap(), "KILL");
        }
    }
}

/// Escape sequences in what is logged stay in the file as harmless text, one line an event.
#[test]
fn log_is_opt_in_private_and_clean() {
    let mut env = TestEnv::with_few_accounts();
    env.sign_in();
    let log = env.path(".local/state/genkan/genkan.log");
    assert!(!log.exists(), "off by default");
    env.environment.insert("GENKAN_LOG".into(), "debug".into());
    let hostile = "\u{1b}]52;c;eA==\u{7}\u{202e}\nINFO forged";
    let result = env.run(&["export", hostile]);
    assert_eq!(result.code, Some(1));
    assert!(
        result.stderr.chars().all(|c| !c.is_control() || c == '\n'),
        "{result:?}"
    );
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.contains("not found"), "{text}");
    assert!(
        text.chars()
            .all(|c| (!c.is_control() || c == '\n') && c != '\u{202e}'),
        "{text}"
    );
    assert!(
        text.lines().all(|line| line.starts_with("20")),
        "one line an event: {text}"
    );
    env.environment.insert("GENKAN_LOG".into(), "loud".into());
    let result = env.run(&["list"]);
    assert_eq!(result.code, Some(0));
    assert!(
        result
            .stderr
            .contains("logging is off: `loud` is not a log level"),
        "{}",
        result.stderr
    );
    // A folder in its place: told, and nothing else is different.
    std::fs::remove_file(&log).unwrap();
    std::fs::create_dir(&log).unwrap();
    env.environment.insert("GENKAN_LOG".into(), "debug".into());
    let result = env.run(&["list"]);
    assert_eq!(result.code, Some(0));
    assert!(
        result.stderr.contains("logging is off: can't write the log"),
        "{}",
        result.stderr
    );
}
