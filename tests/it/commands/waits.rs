//! What a command waits for on the network is said on a terminal, in a line that is gone at the end.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use genkan::sandbox::{Fault, Operation};

use crate::support::env::{ACCOUNT, TestEnv};
use crate::support::screen::{Screen, signal};
use crate::support::wait::at_pace;

/// What is done sooner is no wait that is said: a little less than the program's own limit.
const SOON: Duration = Duration::from_millis(1300);

fn target(permission_set: &str) -> String {
    format!("310559013376/{permission_set}")
}

/// Runs commands on terminals, side by side, while the answers to an operation are held back: each says whom it waits
/// for, and nothing of that is left when it has its answer. What each leaves on its screen.
#[track_caller]
fn say_what_they_wait_for(env: &TestEnv, operation: Operation, commands: &[&[&str]]) -> Vec<String> {
    let control = env.sandbox.control();
    control.hold_answers(operation);
    let mut screens: Vec<Screen> = commands.iter().map(|line| Screen::genkan(env, line)).collect();
    let host = env.sandbox.url().replace("http://", "");
    for screen in &screens {
        screen.wait_raw(&format!("\rwaiting for {host} …"), 0);
    }
    control.release_answers();
    let ended = screens.iter_mut().zip(commands).map(|(screen, line)| {
        assert_eq!(screen.exit(), 0, "{line:?}: {}", screen.raw());
        let text = screen.text();
        assert!(!text.contains("waiting for 127"), "{line:?}: {text}");
        text
    });
    ended.collect()
}

#[track_caller]
fn says_what_it_waits_for(env: &TestEnv, operation: Operation, line: &[&str]) -> String {
    say_what_they_wait_for(env, operation, &[line]).remove(0)
}

/// As in the portal: a browser elsewhere gets a QR code, and over SSH the clipboard of the terminal.
#[test]
fn login_without_a_browser_shows_a_qr_code_and_copies_over_ssh() {
    let mut env = TestEnv::new();
    let mut screen = Screen::genkan(&env, &["login", "--no-browser"]);
    assert_eq!(screen.exit(), 0, "{}", screen.raw());
    let raw = screen.raw();
    assert!(raw.contains("\x1b[38;2;255;255;255;48;2;0;0;0m█"), "{raw:?}");
    assert!(!raw.contains("\x1b]52;"), "the user did not ask for it: {raw:?}");

    env.environment
        .insert("SSH_CONNECTION".into(), "192.0.2.1 50022 192.0.2.2 22".into());
    let mut screen = Screen::genkan(&env, &["login", "--force"]);
    assert_eq!(screen.exit(), 0, "{}", screen.raw());
    let (raw, text) = (screen.raw(), screen.text());
    assert!(raw.contains("\x1b]52;c;"), "{raw:?}");
    assert!(
        text.contains("copied the address via terminal clipboard"),
        "{text}"
    );
    let piped = env.run(&["login", "--force"]);
    assert!(!piped.stderr.contains(['\x1b', '█']), "{}", piped.stderr);

    env.environment.insert("TERM".into(), "dumb".into());
    let pages: [&[&str]; 2] = [
        &["login", "--force"],
        &["console", &target("AdministratorAccess")],
    ];
    for arguments in pages {
        let mut screen = Screen::genkan(&env, arguments);
        assert_eq!(screen.exit(), 0, "{}", screen.raw());
        let raw = screen.raw();
        assert!(raw.contains("http://127.0.0.1"), "{raw:?}");
        assert!(!raw.contains(['\x1b', '█']), "it obeys no codes: {raw:?}");
    }
}

#[test]
fn every_command_says_on_a_terminal_what_it_waits_for() {
    let env = TestEnv::new();
    let login = says_what_it_waits_for(&env, Operation::RegisterClient, &["login", "--no-browser"]);
    assert!(login.contains("signed in to demo"), "{login}");
    let commands: [&[&str]; 3] = [
        &["export", "--format", "json", &target("ReadOnlyAccess")],
        &["console", "--print", &target("AdministratorAccess")],
        &["credential-process", &target("DeployPipeline")],
    ];
    say_what_they_wait_for(&env, Operation::GetRoleCredentials, &commands);
    let again = ["login", "--force", "--no-browser"];
    let text = says_what_it_waits_for(&env, Operation::StartDeviceAuthorization, &again);
    assert!(text.contains("signed in to demo"), "{text}");
    // The child's output stands alone on its line.
    let exec = [
        "exec",
        &target("DatabaseAdministrator"),
        "--",
        "echo",
        "from the child",
    ];
    let text = says_what_it_waits_for(&env, Operation::GetRoleCredentials, &exec);
    assert!(
        text.lines().any(|line| line.trim_end() == "from the child"),
        "{text}"
    );
    let text = says_what_it_waits_for(&env, Operation::Logout, &["logout"]);
    assert!(text.contains("signed out of demo"), "{text}");
}

#[test]
fn nothing_is_said_where_an_answer_comes_soon() {
    for arguments in [
        &["login", "--force", "--no-browser"][..],
        &["export", "--format", "json", &target("ReadOnlyAccess")],
        &["logout"],
    ] {
        at_pace(|| {
            let env = TestEnv::new();
            env.sign_in();
            let begun = Instant::now();
            let mut screen = Screen::genkan(&env, arguments);
            assert_eq!(screen.exit(), 0, "{}", screen.raw());
            let soon = begun.elapsed() < SOON;
            assert!(
                !soon || !screen.raw().contains("waiting for 127"),
                "{}",
                screen.raw()
            );
            soon
        });
    }
}

/// Nor where standard error is not a terminal, or is one that a program uses in a mode of its own.
#[test]
fn nothing_is_said_where_it_would_disturb() {
    let env = TestEnv::with(|options| options.latency = Duration::from_millis(1900));
    env.sign_in();
    let target = target("ReadOnlyAccess");
    let result = env.run(&["export", "--format", "json", &target]);
    assert_eq!((result.code, result.stderr.as_str()), (Some(0), ""), "{result:?}");
    for setup in ["stty -icanon", "exec 2>errors"] {
        let line =
            format!("{setup}; rm -rf .cache/genkan/credentials; \"$GENKAN\" export --format json {target}");
        let mut screen = Screen::script(&env, &line);
        assert_eq!(screen.exit(), 0, "{}", screen.raw());
        assert!(!screen.raw().contains("waiting for"), "{setup}: {}", screen.raw());
    }
}

/// The data goes into a pipe; the terminal shows how far the listing is.
#[test]
fn a_list_in_a_pipe_shows_its_progress_on_standard_error() {
    let env = TestEnv::with(|options| options.latency = Duration::from_millis(300));
    env.sign_in();
    let mut screen = Screen::script(&env, "\"$GENKAN\" list --refresh --format plain | cat > listed");
    assert_eq!(screen.exit(), 0, "{}", screen.raw());
    assert!(screen.raw().contains("\rloading demo: "), "{:?}", screen.raw());
    assert!(!screen.text().contains("loading demo"), "{}", screen.text());
    assert!(env.read("listed").contains(ACCOUNT));
}

/// A proxy that takes the connection and never answers is named while it is waited for.
#[test]
fn a_proxy_that_hangs_is_named_while_it_is_waited_for() {
    let mut env = TestEnv::new();
    env.sign_in();
    let proxy = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = proxy.local_addr().unwrap();
    env.environment
        .insert("HTTP_PROXY".into(), format!("http://me:canary@{address}"));
    let screen = Screen::genkan(&env, &["credential-process", &target("ReadOnlyAccess")]);
    screen.wait(&format!("through the proxy {address}"));
    assert!(screen.raw().contains("(HTTP_PROXY) …"), "{:?}", screen.raw());
    assert!(!screen.raw().contains("canary"), "{:?}", screen.raw());
}

/// After the picker a signal that asks for the end still ends the command, whatever it waits for.
#[test]
fn a_signal_ends_what_follows_the_picker() {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["list", "--format", "plain"]);
    for (name, code) in [("TERM", 143), ("QUIT", 131)] {
        let mut screen = Screen::genkan(&env, &["exec", "--", "true"]);
        screen.wait("40 accounts");
        screen.type_keys("payments-dev adm");
        screen.wait("1 of 100");
        let control = env.sandbox.control();
        control.inject(Operation::GetRoleCredentials, &Fault::Hang, 1);
        screen.type_keys("\r");
        screen.wait("waiting for 127.0.0.1");
        signal(screen.pid(), name);
        assert_eq!(screen.exit(), code, "{name}: {}", screen.text());
    }
}

/// Without a full screen before, too: a terminal that is closed leaves no command behind that waits.
#[test]
fn a_signal_ends_a_command_that_waits() {
    let mut env = TestEnv::new();
    let proxy = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = proxy.local_addr().unwrap();
    env.environment
        .insert("HTTP_PROXY".into(), format!("http://{address}"));
    for (name, code) in [("HUP", 129), ("INT", 130), ("QUIT", 131), ("TERM", 143)] {
        let mut screen = Screen::genkan(&env, &["login", "--no-browser"]);
        screen.wait(&format!("through the proxy {address}"));
        signal(screen.pid(), name);
        assert_eq!(screen.exit(), code, "{name}: {}", screen.text());
    }
}
