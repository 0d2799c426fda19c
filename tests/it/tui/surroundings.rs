//! What the portal meets around it: a terminal that can't do a full screen, no browser, no colours; and what of its
//! own it keeps from children.

use crate::support::env::{House, TARGET};
use crate::tui::pty::Screen;

#[test]
fn a_plain_terminal_gets_a_sentence_and_no_full_screen() {
    for term in ["dumb", "unknown"] {
        let mut house = House::new();
        house.sign_in();
        house.environment.insert("TERM".into(), term.into());
        for command in [
            &[][..],
            &["shell"],
            &["export"],
            &["exec", "--", "true"],
            &["console"],
        ] {
            let mut screen = Screen::genkan(&house, command);
            assert_eq!(screen.exit(), 2, "{command:?}: {}", screen.text());
            let raw = screen.raw();
            assert!(raw.contains(&format!("TERM is `{term}`")), "{command:?}: {raw}");
            assert!(raw.contains("hint: "), "{command:?}: {raw}");
            assert!(!raw.contains('\u{1b}'), "{command:?}: {raw:?}");
        }
        // A target that is named needs no full screen.
        let mut screen = Screen::genkan(&house, &["export", TARGET]);
        assert_eq!(screen.exit(), 0, "{}", screen.text());
    }
}

/// A program that is started and finds no browser says so by its exit code, which is not success.
#[test]
fn a_browser_that_does_not_come_up_is_said() {
    let mut house = House::with(|options| options.auto_approve = false);
    house.environment.insert("BROWSER".into(), "/bin/false".into());
    let mut screen = Screen::genkan(&house, &[]);
    screen.wait("Open this page in a browser");
    screen.wait("`/bin/false` ended with code 1");
    screen.type_keys("o");
    screen.wait("no browser came up: `/bin/false` ended with code 1");
    screen.type_keys("\x1b");
    screen.gone("no browser came up");
    screen.type_keys("\x03");
    screen.exit();
    screen.is_whole();
}

#[test]
fn a_console_whose_browser_does_not_come_up_shows_its_link() {
    let mut house = House::new();
    house.sign_in();
    house.environment.insert("BROWSER".into(), "/bin/false".into());
    let mut screen = Screen::genkan(&house, &[]);
    screen.wait("synced");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\x0f");
    screen.wait("Open this page in a browser:");
    screen.type_keys("\x1b\x03");
    let ended = house.run(&["console", TARGET]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("no browser came up"), "{}", ended.stderr);
}

/// NO_COLOR is for text: a QR code keeps its black and white, else it is inverted on a light terminal.
#[test]
fn a_qr_code_is_black_on_white_with_no_color() {
    let mut house = House::with(|options| options.auto_approve = false);
    house.environment.insert("NO_COLOR".into(), "1".into());
    let mut screen = Screen::genkan(&house, &[]);
    screen.wait("the code works for");
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
    let mut house = House::new();
    house.sign_in();
    for name in genkan::settings::private_variables() {
        house.environment.insert((*name).to_owned(), "set outside".into());
    }
    house.environment.remove("GENKAN_VARIABLES");
    house.environment.remove("GENKAN_PREVIOUS");
    let env = house.output(&["exec", TARGET, "--", "env"]);
    let served = house.output(&["exec", "--credentials", "server", TARGET, "--", "env"]);
    let kept = house.output(&["exec", "--keep-env", TARGET, "--", "env"]);
    let mut shell = Screen::genkan(&house, &["shell", TARGET]);
    shell.wait("[payments-dev/AdministratorAccess]");
    shell.type_keys("clear; env > seen; echo end=$((1 + 1))\r");
    shell.wait("end=2");
    shell.type_keys("exit\r");
    shell.exit();
    for (what, text) in [
        ("exec", env),
        ("exec with an endpoint", served),
        ("exec --keep-env", kept),
        ("shell", house.read("seen")),
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
fn the_subshell_of_the_demo_has_no_private_variables() {
    let house = House::new();
    let mut screen = Screen::genkan(&house, &["demo", "--auto-approve"]);
    screen.wait("40 accounts");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\r");
    screen.wait("[payments-dev/AdministratorAccess]");
    screen.type_keys(&format!(
        "clear; env > '{}'; echo end=$((1 + 1))\r",
        house.path("seen").display()
    ));
    screen.wait("end=2");
    screen.type_keys("exit\r");
    screen.wait("back from");
    screen.type_keys("\x03");
    screen.exit();
    let seen = house.read("seen");
    for name in genkan::settings::private_variables() {
        assert!(
            !seen.contains(&format!("\n{name}=")),
            "{name} reaches the demo's subshell"
        );
    }
}
