//! What the portal meets around it: a terminal that can't do a full screen, no browser, no colours; and what of its
//! own it keeps from children.

use crate::support::env::{TARGET, TestEnv};
use crate::support::screen::Screen;

#[test]
fn plain_terminal_gets_an_error_and_no_full_screen() {
    for term in ["dumb", "unknown"] {
        let mut env = TestEnv::new();
        env.sign_in();
        env.environment.insert("TERM".into(), term.into());
        for command in [
            &[][..],
            &["shell"],
            &["export"],
            &["exec", "--", "true"],
            &["console"],
        ] {
            let mut screen = Screen::genkan(&env, command);
            assert_eq!(screen.exit(), 2, "{command:?}: {}", screen.text());
            let raw = screen.raw();
            assert!(raw.contains(&format!("TERM is `{term}`")), "{command:?}: {raw}");
            assert!(raw.contains("hint: "), "{command:?}: {raw}");
            assert!(!raw.contains('\u{1b}'), "{command:?}: {raw:?}");
        }
        // A target that is named needs no full screen.
        let mut screen = Screen::genkan(&env, &["export", TARGET]);
        assert_eq!(screen.exit(), 0, "{}", screen.text());
    }
}

/// A program that is started and finds no browser says so by its exit code, which is not success.
#[test]
fn browser_that_fails_to_start_is_reported() {
    let mut env = TestEnv::with(|options| options.auto_approve = false);
    env.environment.insert("BROWSER".into(), "/bin/false".into());
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("Open this page in any browser");
    screen.wait("`/bin/false` exited with code 1");
    screen.type_keys("o");
    screen.wait("the browser did not start: `/bin/false` exited with code 1");
    screen.type_keys("\x1b");
    screen.gone("the browser did not start");
    screen.type_keys("\x03");
    screen.exit();
    screen.is_whole();
}

#[test]
fn console_shows_its_link_when_the_browser_fails() {
    let mut env = TestEnv::new();
    env.sign_in();
    env.environment.insert("BROWSER".into(), "/bin/false".into());
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("updated");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\x0f");
    screen.wait("Open this page in any browser:");
    screen.type_keys("\x1b\x03");
    let ended = env.run(&["console", TARGET]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("the browser did not start"),
        "{}",
        ended.stderr
    );
}

/// NO_COLOR is for text: a QR code keeps its black and white, else it is inverted on a light terminal.
#[test]
fn qr_code_is_black_on_white_with_no_color() {
    let mut env = TestEnv::with(|options| options.auto_approve = false);
    env.environment.insert("NO_COLOR".into(), "1".into());
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("code expires in");
    screen.wait("▀▀▀▀");
    let raw = screen.raw();
    for colour in ["38;2;255;255;255", "48;2;0;0;0"] {
        assert!(raw.contains(colour), "no {colour}");
    }
    for other in ["\u{1b}[36m", "\u{1b}[35m", "\u{1b}[38;5;"] {
        assert!(!raw.contains(other), "{other:?} in spite of NO_COLOR");
    }
    screen.type_keys("\x03");
    screen.exit();
}

/// What genkan's own processes and scripts tell each other ends with them.
#[test]
fn private_variables_do_not_reach_children() {
    let mut env = TestEnv::new();
    env.sign_in();
    for name in genkan::settings::private_variables() {
        env.environment.insert((*name).to_owned(), "set outside".into());
    }
    env.environment.remove("GENKAN_VARIABLES");
    env.environment.remove("GENKAN_PREVIOUS");
    let variables = env.output(&["exec", TARGET, "--", "env"]);
    let served = env.output(&["exec", "--credentials", "server", TARGET, "--", "env"]);
    let kept = env.output(&["exec", "--keep-env", TARGET, "--", "env"]);
    let mut shell = Screen::genkan(&env, &["shell", TARGET]);
    shell.wait("[payments-dev/AdministratorAccess]");
    shell.type_keys("clear; env > seen; echo end=$((1 + 1))\r");
    shell.wait("end=2");
    shell.type_keys("exit\r");
    shell.exit();
    for (what, text) in [
        ("exec", variables),
        ("exec with an endpoint", served),
        ("exec --keep-env", kept),
        ("shell", env.read("seen")),
    ] {
        for name in genkan::settings::private_variables() {
            let there = text.lines().any(|line| line.starts_with(&format!("{name}=")));
            assert!(!there, "{what} has {name}");
        }
        assert!(text.contains("GENKAN_ACCOUNT_NAME=payments-dev"), "{what}");
    }
}

/// The portal of the demo is a child of genkan; what it starts in turn is none.
#[test]
fn subshell_of_the_demo_has_no_private_variables() {
    let env = TestEnv::new();
    let mut screen = Screen::genkan(&env, &["demo", "--auto-approve"]);
    screen.wait("40 accounts");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 103");
    screen.type_keys("\r");
    screen.wait("[payments-dev/AdministratorAccess]");
    screen.type_keys(&format!(
        "clear; env > '{}'; echo end=$((1 + 1))\r",
        env.path("seen").display()
    ));
    screen.wait("end=2");
    screen.type_keys("exit\r");
    screen.wait("back from");
    screen.type_keys("\x03");
    screen.exit();
    let seen = env.read("seen");
    for name in genkan::settings::private_variables() {
        assert!(
            !seen.contains(&format!("\n{name}=")),
            "{name} reaches the demo's subshell"
        );
    }
}
