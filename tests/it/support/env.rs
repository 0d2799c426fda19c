//! What tests share: a sandbox with a home folder of its own, and the real program in it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use genkan::domain::{Account, AccountEntry, Catalog, PermissionSetName, SsoSession};
use genkan::platform::clock;
use genkan::sandbox::{Options, Organisation, Sandbox, start_sandbox};
use genkan::store::sealed_catalog;
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::input::run_with_input;

/// The permission set and account that most tests enter.
pub const TARGET: &str = "payments-dev/AdministratorAccess";
/// The id of that account.
pub const ACCOUNT: &str = "310660284419";

/// That target by its id, which needs no catalog.
pub const ADMINISTRATOR: &str = "310660284419/AdministratorAccess";

/// A sandbox, a home folder, and the program.
pub struct TestEnv {
    pub sandbox: Sandbox,
    pub home: TempDir,
    pub environment: BTreeMap<String, String>,
    _fish: TempDir,
    _runtime: Runtime,
}

/// How the program ended.
#[derive(Debug)]
pub struct CommandResult {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl TestEnv {
    /// A sandbox that approves sign-ins at once, and a home whose config file names it.
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// The same with a few of the accounts. A listing asks for each account: with all of them it takes most of the
    /// processor time of a test that is about something else.
    pub fn with_few_accounts() -> Self {
        Self::with(keep_few_accounts)
    }

    pub fn with(change: impl FnOnce(&mut Options)) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let mut options = Options::new(Arc::new(clock::current_time));
        options.auto_approve = true;
        options.poll_interval = Duration::ZERO;
        change(&mut options);
        // A client waits five seconds between polls where the server gives no interval.
        if !options.auto_approve && options.poll_interval.is_zero() {
            options.poll_interval = Duration::from_secs(1);
        }
        let sandbox = runtime.block_on(start_sandbox(options)).unwrap();
        let home = tempfile::Builder::new()
            .prefix("genkan test 玄関 ")
            .tempdir()
            .unwrap();
        let mut environment: BTreeMap<String, String> = sandbox
            .environment()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        environment.insert("HOME".into(), home.path().to_str().unwrap().into());
        environment.insert("PATH".into(), path());
        environment.insert("AWS_EC2_METADATA_DISABLED".into(), "true".into());
        environment.insert("SHELL".into(), "/bin/bash".into());
        environment.insert("TERM".into(), "xterm-256color".into());
        environment.insert("LANG".into(), "C.UTF-8".into());
        // Where `.ci/check` looks for what a test leaves behind.
        environment.insert("TMPDIR".into(), std::env::temp_dir().to_str().unwrap().into());
        // An interactive fish that doesn't find its generated completions starts a generator in the background,
        // which outlives the test; without a private runtime folder it keeps a pipe in the temporary one.
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        let fish = tempfile::Builder::new().permissions(private).tempdir().unwrap();
        std::fs::create_dir_all(fish.path().join("fish/generated_completions")).unwrap();
        for name in ["XDG_DATA_HOME", "XDG_RUNTIME_DIR"] {
            environment.insert(name.into(), fish.path().to_str().unwrap().into());
        }
        let env = Self {
            sandbox,
            home,
            environment,
            _fish: fish,
            _runtime: runtime,
        };
        env.write(".aws/config", &env.sso_session("demo"));
        env
    }

    /// The section that names the sandbox.
    pub fn sso_session(&self, name: &str) -> String {
        format!(
            "[sso-session {name}]\nsso_start_url = {}\nsso_region = ap-northeast-1\n\
             sso_registration_scopes = sso:account:access\n",
            self.sandbox.start_url()
        )
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Writes a program below the home folder.
    pub fn write_program(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        write_program(&path, text);
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The program with arguments, in an environment that holds nothing of the machine's.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_genkan"));
        command
            .args(arguments)
            .env_clear()
            .envs(&self.environment)
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        if arguments.first() == Some(&"shell") {
            // Away from the terminal that the tests may be run from: the shell would take it.
            command.process_group(0);
        }
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> CommandResult {
        command_result(self.command(arguments).output().unwrap())
    }

    /// Runs it and insists that it works.
    pub fn output(&self, arguments: &[&str]) -> String {
        let result = self.run(arguments);
        assert_eq!(result.code, Some(0), "{arguments:?}: {}", result.stderr);
        result.stdout
    }

    /// So many accounts, a portal so far away, and a client that asks that often at the most.
    pub fn with_accounts(accounts: usize, latency: Duration, requests_per_second: u16) -> Self {
        let env = Self::with(|options| {
            options.organisation = Organisation::generated(accounts, 4);
            options.latency = latency;
        });
        env.write(
            ".config/genkan/config.toml",
            &format!("requests_per_second = {requests_per_second}\n"),
        );
        env.sign_in();
        env
    }

    pub fn sign_in(&self) {
        self.output(&["login", "--no-browser"]);
    }

    /// Writes the file of what the last listing found again, as a program could that knows its form: its first line, and
    /// the lines of accounts without their checksums.
    pub fn rewrite_catalog(&self, change: impl FnOnce(&mut String, &mut Vec<String>)) {
        let path = self.catalog_file();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        // Behind the accounts are their order, their names, and the end.
        lines.truncate(lines.len() - 3);
        let mut header = lines.remove(0);
        for line in &mut lines {
            line.truncate(line.rfind('\t').unwrap());
        }
        lines.sort_by_key(|line| line.split('\t').nth(1).unwrap().to_lowercase());
        change(&mut header, &mut lines);
        let mut fields: serde_json::Value = serde_json::from_str(&header).unwrap();
        fields["accounts"] = lines.len().into();
        std::fs::write(&path, sealed_catalog(&fields.to_string(), &lines)).unwrap();
    }

    /// The file of what the last listing found: the only one.
    pub fn catalog_file(&self) -> PathBuf {
        std::fs::read_dir(self.path(".cache/genkan/catalog"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|e| e == "catalog"))
            .unwrap()
    }
}

/// How many targets the few accounts have.
pub const FEW_TARGETS: usize = 19;

/// Keeps the accounts that tests name: of the payments team, those that have roles of their own, and the one from which
/// these are reached.
pub fn keep_few_accounts(options: &mut Options) {
    let Organisation { accounts, roles, .. } = &mut options.organisation;
    accounts.retain(|account| {
        let has_role = roles.iter().any(|role| role.account_id == account.id);
        account.name.starts_with("payments") || has_role || account.name == "security-tooling"
    });
}

/// A failure: nothing on stdout, one sentence, and what to do.
pub fn fails(result: &CommandResult, code: i32, sentence: &str, hint: &str) {
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(code), ""),
        "{}",
        result.stderr
    );
    assert!(
        result.stderr.contains(&format!("error: {sentence}")),
        "{}",
        result.stderr
    );
    let hints: Vec<&str> = result
        .stderr
        .lines()
        .filter(|l| l.starts_with("hint: "))
        .collect();
    assert!(hints.iter().any(|h| h.contains(hint)), "{}", result.stderr);
}

pub fn command_result(output: Output) -> CommandResult {
    CommandResult {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Waits for the end of a command that was started with piped output.
pub fn wait_for_result(child: Child) -> CommandResult {
    command_result(child.wait_with_output().unwrap())
}

/// The PATH of tests: stand-ins first, then the machine's.
#[allow(
    clippy::disallowed_methods,
    reason = "a test hands the machine's PATH to its children"
)]
pub fn path() -> String {
    let machines = std::env::var("PATH").unwrap_or_default();
    format!("{}:{machines}", stand_ins().display())
}

/// An AWS CLI that says its version at once, and nothing else. `doctor` asks for it, and a real one takes a second of processor time
/// to answer. Tests of the real one run it by its path.
fn stand_ins() -> &'static Path {
    const AWS: &str = "#!/bin/sh\ntest \"$*\" = --version || exit 64\n\
                       echo aws-cli/2.36.7 Python/3.13.1 Linux/6.1 exe/x86_64\n";
    static ONCE: OnceLock<PathBuf> = OnceLock::new();
    ONCE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stand-ins");
        std::fs::create_dir_all(&folder).unwrap();
        write_program(&folder.join("aws"), AWS);
        folder
    })
}

/// Writes a program, and its folders. A process of its own writes the file: what another thread starts at the same moment
/// has all files of this process open until it runs, and Linux runs no program that is open for writing. The file is
/// renamed, because other test programs may be starting it.
pub fn write_program(path: &Path, text: &str) {
    const WRITE: &str = r#"cat > "$0.$$" && chmod 755 "$0.$$" && mv "$0.$$" "$0""#;
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let written = run_with_input(Command::new("/bin/sh").args(["-c", WRITE]).arg(path), text);
    assert_eq!(written.code, Some(0), "{}", written.stderr);
}

/// Whether missing peers (SDKs, the AWS CLI, shells) are installed, and whether it is a failure when one is
/// still missing. Without it nothing is installed, and a test whose peer is missing is skipped.
#[allow(
    clippy::disallowed_methods,
    reason = "a switch of the tests, not of the program"
)]
pub fn peers_are_required() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    set("GENKAN_TEST_PEERS")
}

/// Where a developer wants to look at pictures of pages, if anywhere.
#[allow(
    clippy::disallowed_methods,
    reason = "a switch of the tests, not of the program"
)]
pub fn keep_pictures() -> Option<PathBuf> {
    std::env::var_os("GENKAN_TEST_PICTURES").map(PathBuf::from)
}

/// Whether pictures that are stale are made again.
#[allow(
    clippy::disallowed_methods,
    reason = "a switch of the tests, not of the program"
)]
pub fn updates_pictures() -> bool {
    std::env::var_os("GENKAN_UPDATE_PICTURES").is_some()
}

/// Whether parts of documents that are stale are made again.
#[allow(
    clippy::disallowed_methods,
    reason = "a switch of the tests, not of the program"
)]
pub fn updates_docs() -> bool {
    std::env::var_os("GENKAN_UPDATE_DOCS").is_some()
}

/// The profile that a child of the test with the Rust SDK is to use; empty where it shall find
/// credentials by itself.
#[allow(clippy::disallowed_methods, reason = "the SDK reads the environment itself")]
pub fn rust_sdk_profile() -> Option<String> {
    std::env::var("GENKAN_TEST_RUST_SDK").ok()
}

/// What panics, where this process is the child of the test about panics.
#[allow(
    clippy::disallowed_methods,
    reason = "a switch of the tests, not of the program"
)]
pub fn what_panics() -> Option<String> {
    std::env::var("GENKAN_TEST_PANIC").ok()
}

/// Prints why a test is skipped, past the test runner, which captures the output of tests that pass.
pub fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// Whether a program is there.
pub fn peer(program: &str) -> bool {
    let found = std::env::split_paths(&path()).any(|folder| folder.join(program).is_file());
    if !found {
        assert!(!peers_are_required(), "`{program}` must be installed here");
        skipped(&format!("`{program}` is not installed"));
    }
    found
}

/// Extensions of Firefox, by their IDs: files of the folder in `GENKAN_TEST_EXTENSIONS`, named as in a profile's own
/// folder of them. They are downloaded nowhere; without the folder the test is skipped.
#[allow(
    clippy::disallowed_methods,
    reason = "a switch of the tests, not of the program"
)]
pub fn firefox_extensions<const N: usize>(ids: [&str; N]) -> Option<[PathBuf; N]> {
    let Some(folder) = std::env::var_os("GENKAN_TEST_EXTENSIONS").map(PathBuf::from) else {
        skipped("extensions of Firefox are tested where GENKAN_TEST_EXTENSIONS names their folder");
        return None;
    };
    let files = ids.map(|id| folder.join(format!("{id}.xpi")));
    for file in &files {
        assert!(file.is_file(), "{} is not there", file.display());
    }
    Some(files)
}

/// Whether the text of a catalog file is all there: its first line, a line for each account, their order, their names and
/// the end.
pub fn is_whole_catalog(text: &str) -> bool {
    let mut lines: Vec<&str> = text.lines().collect();
    let end = lines.pop().unwrap_or_default();
    lines.truncate(lines.len().saturating_sub(2));
    let (header, accounts) = lines.split_first().unwrap_or((&"", &[]));
    let header: serde_json::Value = serde_json::from_str(header).unwrap_or_default();
    header["accounts"] == accounts.len()
        && accounts.iter().all(|line| line.split('\t').count() == 7)
        && end.starts_with("end ")
        && text.ends_with('\n')
}

/// The session of tests that draw.
pub fn session(name: &str) -> SsoSession {
    SsoSession::new(
        name,
        "https://tanuki.awsapps.com/start".parse().unwrap(),
        "ap-northeast-1".parse().unwrap(),
    )
}

/// The sample organisation as a catalog.
pub fn catalog(organisation: &Organisation, at: Timestamp) -> Catalog {
    let entries = organisation.accounts.iter().map(|account| AccountEntry {
        account: Account {
            id: account.id.parse().unwrap(),
            name: account.name.clone().into(),
            email: account.email.clone().into(),
        },
        permission_sets: account
            .permission_sets
            .iter()
            .map(PermissionSetName::new)
            .collect(),
        listed_at: Some(at),
        problem: None,
    });
    Catalog::from_entries(entries, Some(at))
}

/// The arguments of `export` in a format: a credentials file needs a profile's name.
pub fn export_as<'a>(format: &'a str, target: &'a str) -> Vec<&'a str> {
    let name: &[&str] = if format == "credentials-file" {
        &["--as", "x"]
    } else {
        &[]
    };
    [&["export", "--format", format], name, &[target]].concat()
}

/// The name that the test harness knows a test by, so that a test can run another one in a process of its own:
/// `test_name(module_path!(), "a_test")` in the module of that test.
pub fn test_name(module_path: &str, test: &str) -> String {
    let module = module_path.strip_prefix("it::").expect("a module of this binary");
    format!("{module}::{test}")
}
