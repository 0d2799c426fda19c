//! When a sign-in ends: how that is known, and that the user is told of it in time.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::env::{ADMINISTRATOR, TARGET, TestEnv, peer};
use crate::support::screen::Screen;
use crate::support::shells::{keep_temporary_files, on_path};

/// The record of the only session.
fn record_file(env: &TestEnv) -> PathBuf {
    let folder = env.path(".local/state/genkan/sign-ins");
    let mut files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.next().unwrap()
}

/// Changes the record of the only session.
fn edit_record(env: &TestEnv, change: impl FnOnce(&mut Value)) {
    let file = record_file(env);
    let mut record: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    change(&mut record);
    std::fs::write(file, record.to_string()).unwrap();
}

fn prefer(env: &TestEnv, lines: &str) {
    env.write(".config/genkan/config.toml", lines);
}

/// Moves the beginning of the sign-in into the past.
fn begin_earlier(env: &TestEnv, minutes: i64) {
    edit_record(env, |record| {
        let began = &mut record["began"]["at"];
        *began = (began.as_i64().unwrap() - minutes * 60).into();
    });
}

#[test]
fn status_says_how_the_end_of_the_sign_in_is_known() {
    let env = TestEnv::new();
    env.sign_in();
    let known = || -> (String, i64) {
        let status: Value = serde_json::from_str(&env.output(&["status", "--format", "json"])).unwrap();
        let basis = status[0]["session_end_basis"].as_str().unwrap().to_owned();
        let end: jiff::Timestamp = status[0]["session_ends_at"].as_str().unwrap().parse().unwrap();
        let record: Value = serde_json::from_slice(&std::fs::read(record_file(&env)).unwrap()).unwrap();
        (basis, end.as_second() - record["began"]["at"].as_i64().unwrap())
    };
    assert_eq!(known(), ("assumed".to_owned(), 8 * 3600));
    let text = env.output(&["status"]);
    assert!(text.contains("(assuming 8-hour portal sessions)"), "{text}");

    edit_record(&env, |record| {
        record["lengths"] = [12 * 3600, 12 * 3600].as_slice().into();
    });
    assert_eq!(known(), ("learned".to_owned(), 12 * 3600));
    let text = env.output(&["status"]);
    assert!(text.contains("(estimated from earlier sign-ins)"), "{text}");

    prefer(&env, "portal_session_hours = 4\n");
    assert_eq!(known(), ("configured".to_owned(), 4 * 3600));
    prefer(
        &env,
        "portal_session_hours = 4\n[sessions.demo]\nportal_session_hours = 10\n",
    );
    assert_eq!(known(), ("configured".to_owned(), 10 * 3600));
}

#[test]
fn notification_of_a_near_end_reaches_a_subshell_once_through_its_terminal() {
    let env = TestEnv::new();
    env.sign_in();
    begin_earlier(&env, 50);
    prefer(&env, "portal_session_hours = 1\nnotify = \"terminal\"\n");
    let mut screen = Screen::genkan(&env, &["shell", ADMINISTRATOR]);
    screen.wait_raw("\x1b]9;genkan: the sign-in to demo expires in about ", 0);
    screen.type_keys("echo up and running\r");
    screen.wait("up and running");
    screen.type_keys("exit\r");
    assert_eq!(screen.exit(), 0, "{}", screen.raw());
    assert_eq!(screen.raw().matches("\x1b]9;").count(), 1, "{}", screen.raw());
}

#[test]
fn notification_of_a_near_end_is_off_unless_preferred_and_can_be_the_desktops() {
    let mut env = TestEnv::new();
    env.sign_in();
    begin_earlier(&env, 50);
    env.write_program(
        "tools/notify-send",
        "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"$HOME/notified\"\n",
    );
    let path = format!("{}:{}", env.path("tools").display(), env.environment["PATH"]);
    env.environment.insert("PATH".into(), path);
    for (preferences, is_notified) in [
        ("portal_session_hours = 1\n", false),
        ("portal_session_hours = 1\nnotify = \"desktop\"\n", true),
    ] {
        prefer(&env, preferences);
        let mut screen = Screen::genkan(&env, &["shell", ADMINISTRATOR]);
        if is_notified {
            screen.wait_until("a notification", |_| {
                std::fs::read_to_string(env.path("notified")).is_ok_and(|text| text.ends_with("renews it\n"))
            });
        } else {
            screen.type_keys("echo up and running\r");
            screen.wait("up and running");
        }
        screen.type_keys("exit\r");
        assert_eq!(screen.exit(), 0, "{}", screen.raw());
        assert!(!screen.raw().contains("\x1b]9;"), "{}", screen.raw());
        assert_eq!(env.path("notified").exists(), is_notified);
    }
}

/// In the window's title and in the prompt, until the sign-in is renewed, in that shell or elsewhere.
#[test]
fn title_and_prompt_of_a_shell_say_it_until_the_sign_in_is_renewed() {
    for name in ["bash", "zsh", "fish", "elvish", "xonsh"] {
        if !peer(name) {
            continue;
        }
        let mut env = TestEnv::new();
        on_path(&mut env);
        keep_temporary_files(&mut env);
        env.environment.insert("SHELL".into(), format!("/usr/bin/{name}"));
        env.sign_in();
        begin_earlier(&env, 50);
        prefer(&env, "portal_session_hours = 1\n");
        let mut screen = Screen::genkan(&env, &["shell", TARGET]);
        screen.wait("sign-in ends in ");
        // These write their own sequence around the text.
        let start = if ["fish", "xonsh"].contains(&name) {
            ""
        } else {
            "\u{1b}]2;"
        };
        let said = screen.wait_raw(&format!("{start}sign-in ends in "), 0);
        screen.wait_raw("m, payments-dev/AdministratorAccess", said);
        assert_eq!(env.run(&["login", "--force"]).code, Some(0));
        screen.wait_until("a prompt without a warning", |screen| {
            let lines = screen.text();
            let last = lines.trim_end().lines().last().unwrap_or_default().to_owned();
            if last.contains("sign-in ends") {
                // Each prompt is another look.
                screen.type_keys("\r");
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            last.contains("[payments-dev/AdministratorAccess]") && !last.contains("sign-in ends")
        });
        screen.type_keys("exit\r");
        assert_eq!(screen.exit(), 0, "{name}");
        // The title that was there before is brought back.
        screen.wait_raw("\u{1b}[23;2t", said);
    }
}

#[test]
fn title_of_the_portal_says_it_and_is_restored() {
    let env = TestEnv::new();
    env.sign_in();
    begin_earlier(&env, 50);
    prefer(&env, "portal_session_hours = 1\n");
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("checkout-dev");
    let said = screen.wait_raw("\u{1b}[22;2t\u{1b}]2;sign-in ends in ", 0);
    let end = screen.wait_raw("\u{7}", said);
    screen.wait_raw(" min, genkan\u{7}", said);
    screen.type_keys("\u{3}");
    assert_eq!(screen.exit(), 0);
    screen.wait_raw("\u{1b}[23;2t", end);
}
