//! What a command waits for on the network is said on a terminal, in a line that is gone at the end.

use std::net::TcpListener;
use std::time::Duration;

use crate::support::env::{ACCOUNT, TestEnv};
use crate::support::screen::{Screen, signal};

/// Each answer takes longer than a silent wait may.
fn slow_env() -> TestEnv {
    TestEnv::with(|options| options.latency = Duration::from_millis(1900))
}

fn target(permission_set: &str) -> String {
    format!("310559013376/{permission_set}")
}

/// Runs a command on a terminal: it says whom it waits for, and nothing of that is left.
#[track_caller]
fn says_what_it_waits_for(env: &TestEnv, arguments: &[&str]) -> String {
    let mut screen = Screen::genkan(env, arguments);
    assert_eq!(screen.exit(), 0, "{arguments:?}: {}", screen.raw());
    let raw = screen.raw();
    let host = env.sandbox.url().replace("http://", "");
    assert!(
        raw.contains(&format!("\rwaiting for {host} …")),
        "{arguments:?}: {raw:?}"
    );
    let text = screen.text();
    assert!(!text.contains("waiting for 127"), "{arguments:?}: {text}");
    text
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
}

#[test]
fn every_command_says_on_a_terminal_what_it_waits_for() {
    let env = slow_env();
    let login = says_what_it_waits_for(&env, &["login", "--no-browser"]);
    assert!(login.contains("signed in to demo"), "{login}");
    std::thread::scope(|scope| {
        for arguments in [
            &["export", "--format", "json", &target("ReadOnlyAccess")][..],
            &["console", "--print", &target("AdministratorAccess")],
            &["credential-process", &target("DeployPipeline")],
        ] {
            let arguments: Vec<String> = arguments.iter().map(|&a| a.to_owned()).collect();
            let env = &env;
            scope.spawn(move || {
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                says_what_it_waits_for(env, &arguments);
            });
        }
    });
    let text = says_what_it_waits_for(&env, &["login", "--force", "--no-browser"]);
    assert!(text.contains("signed in to demo"), "{text}");
    // The child's output stands alone on its line.
    let target = target("DatabaseAdministrator");
    let text = says_what_it_waits_for(&env, &["exec", &target, "--", "echo", "from the child"]);
    assert!(
        text.lines().any(|line| line.trim_end() == "from the child"),
        "{text}"
    );
    let text = says_what_it_waits_for(&env, &["logout"]);
    assert!(text.contains("signed out of demo"), "{text}");
}

#[test]
fn nothing_is_said_where_an_answer_comes_soon() {
    let env = TestEnv::new();
    for arguments in [
        &["login", "--no-browser"][..],
        &["export", "--format", "json", &target("ReadOnlyAccess")],
        &["logout"],
    ] {
        let mut screen = Screen::genkan(&env, arguments);
        assert_eq!(screen.exit(), 0, "{}", screen.raw());
        assert!(!screen.raw().contains("waiting for 127"), "{}", screen.raw());
    }
}

/// Nor where standard error is not a terminal, or is one that a program uses in a mode of its own.
#[test]
fn nothing_is_said_where_it_would_disturb() {
    let env = slow_env();
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
        let operation = genkan::sandbox::Operation::GetRoleCredentials;
        env.sandbox
            .control()
            .inject(operation, &genkan::sandbox::Fault::Hang, 1);
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
