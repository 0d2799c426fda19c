//! The screens around the list: what is open, what genkan did, the SSO sessions; and the lines around a shell.

use crossterm::event::KeyCode;
use genkan::domain::records::activity::Activity;
use genkan::domain::records::history::History;
use genkan::domain::targets::credentials::Validity;
use genkan::domain::{Running, RunningKind, SignInState};
use genkan::tui::effect::Effect;
use genkan::tui::model::{Model, Overlay};
use genkan::tui::msg::{Msg, SignInMsg};
use genkan::tui::screens::open_work::{OpenWork, SessionSummary};
use genkan::tui::update::update_model;

use crate::support::driver::{Driver, later, now, options, session_end, target};
use crate::support::env::{TestEnv, session};
use crate::support::screen::Screen;

fn running(is_served: bool) -> Running {
    Running {
        process: 4711,
        program: "fish".into(),
        kind: RunningKind::Shell,
        target: target("payments-prod", "ReadOnlyAccess"),
        is_served,
        since: later(-1_260),
        until: Some(later(11_520)),
    }
}

#[test]
fn what_is_open_can_be_ended_renewed_and_forgotten() {
    let mut driver = Driver::signed_in();
    assert_eq!(driver.key(KeyCode::F(7)), [Effect::ReadOpen]);
    driver.assert_screen_at("nothing is open", (80, 24));
    let data = target("data-lake-prod", "DataScientist");
    let life = Validity {
        until: later(2_400),
        life_seconds: Some(3_600),
    };
    driver.send(Msg::Open(OpenWork {
        running: vec![
            running(true),
            Running {
                kind: RunningKind::Command,
                ..running(false)
            },
            Running {
                kind: RunningKind::Server,
                program: "serve".into(),
                ..running(true)
            },
        ],
        credentials: vec![
            (target("payments-prod", "ReadOnlyAccess"), later(3_120).into()),
            (data.clone(), life),
        ],
    }));
    driver.assert_screen("what is open");
    assert_eq!(driver.key(KeyCode::Enter), []);
    driver.assert_screen_at("an open shell", (80, 24));
    assert_eq!(
        driver.key(KeyCode::Enter),
        [Effect::EndRunning {
            running: running(true)
        }]
    );
    driver.send(Msg::OpenChanged {
        id: None,
        result: Ok("asked fish in payments-prod/ReadOnlyAccess to end".into()),
    });
    assert_eq!(driver.effects, [Effect::ReadOpen], "and looks again");
    driver.type_text("data");
    driver.key(KeyCode::Enter);
    driver.assert_screen_at("open credentials", (80, 24));
    assert!(matches!(driver.key(KeyCode::Enter), [Effect::Renew { target, .. }] if *target == data));
    let id = driver.id();
    driver.send(Msg::OpenChanged {
        id: Some(id),
        result: Ok("new credentials for data-lake-prod/DataScientist".into()),
    });
    driver.type_text("data");
    driver.key(KeyCode::Enter);
    driver.key(KeyCode::Down);
    assert_eq!(driver.key(KeyCode::Enter), [Effect::Forget { target: data }]);
}

#[test]
fn what_genkan_did_is_listed_with_its_requests() {
    let mut driver = Driver::signed_in();
    let activity = Activity::default();
    let ok = genkan::domain::records::activity::Answer::Status(200);
    let list = activity.begin("genkan list --refresh --session tanuki".into(), later(-60));
    activity.request("ListAccounts", "tanuki", ok, 88, later(-60));
    for ms in [20, 61, 24] {
        activity.request("ListAccountRoles", "tanuki", ok, ms, later(-59));
    }
    let busy = genkan::domain::records::activity::Answer::Status(429);
    activity.request("ListAccountRoles", "tanuki", busy, 9, later(-59));
    activity.end(list, 1_210);
    let _ = activity.begin("genkan shell payments-dev/AdministratorAccess".into(), later(-1));
    activity.cached(
        "role credentials for payments-dev/AdministratorAccess".into(),
        later(-1),
    );
    assert_eq!(driver.key(KeyCode::F(8)), []);
    driver.send(Msg::Activity(activity.entries()));
    driver.assert_screen("what genkan did");
    driver.type_text("list --refresh");
    let text = "genkan list --refresh --session tanuki".to_owned();
    let what = "command".to_owned();
    assert_eq!(driver.key(KeyCode::Enter), [Effect::CopyText { text, what }]);
    driver.key(KeyCode::F(8));
    driver.key(KeyCode::F(8));
    assert_eq!(driver.model.overlay, None, "the same key closes it");
}

fn two_sessions() -> Driver {
    let mut driver = Driver::new(
        options(),
        vec![session("tanuki"), session("kitsune")],
        History::default(),
    );
    driver.loaded(true, true);
    driver.control('s');
    let summary = |name: &str, state, accounts| SessionSummary {
        name: name.into(),
        state,
        accounts,
    };
    let signed_in = SignInState::SignedIn {
        until: later(3_000),
        renews: true,
        ends: Some(session_end(18_720)),
    };
    driver.send(Msg::SessionStates(vec![
        summary("tanuki", signed_in, Some(40)),
        summary("kitsune", SignInState::Ended { since: later(-720) }, None),
    ]));
    driver
}

#[test]
fn sessions_say_how_they_stand() {
    let mut driver = two_sessions();
    driver.assert_screen("two sessions");
    driver.type_text("kitsune");
    let effects = driver.key(KeyCode::Enter);
    assert!(matches!(effects, [.., Effect::Load { session }] if session.name == "kitsune"));
    let mut driver = two_sessions();
    driver.type_text("sign in to kitsune");
    let effects = driver.key(KeyCode::Enter);
    assert!(
        matches!(effects, [.., Effect::Load { .. }, Effect::SignIn { session, .. }] if session.name == "kitsune"),
        "{effects:?}"
    );
}

#[test]
fn signing_out_asks_and_empties_the_list() {
    let mut driver = two_sessions();
    driver.type_text("sign out of tanuki");
    assert_eq!(driver.key(KeyCode::Enter), []);
    driver.assert_screen_at("sign out", (80, 24));
    assert!(
        matches!(driver.key(KeyCode::Enter), [Effect::SignOut { session, .. }] if session.name == "tanuki")
    );
    let id = driver.id();
    driver.send(Msg::SignedOut {
        id,
        session: "tanuki".into(),
        result: Ok(()),
    });
    let text = driver.text((80, 24));
    assert!(
        text.contains("signed out of tanuki") && text.contains("not signed in"),
        "{text}"
    );
    assert!(!text.contains("payments"), "{text}");
}

/// A sign-in that has worked says so for a moment; what is typed or pasted meanwhile is for the list.
#[test]
fn success_is_shown_for_a_moment() {
    let signed_in = || {
        let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
        driver.loaded(false, false);
        let id = driver.id();
        driver.code(None);
        let state = SignInState::SignedIn {
            until: later(28_800),
            renews: true,
            ends: None,
        };
        driver.send(Msg::SignIn {
            id,
            event: SignInMsg::Ended(Ok(state)),
        });
        driver
    };
    let is_moment = |model: &Model| matches!(model.screen, genkan::tui::model::Screen::SignIn(_));
    let mut driver = signed_in();
    driver.assert_screen("signed in");
    assert!(driver.model.next_wakeup().is_some_and(|at| at <= later(1)));
    update_model(&mut driver.model, Msg::Tick(now()));
    assert!(is_moment(&driver.model));
    update_model(&mut driver.model, Msg::Tick(later(1)));
    assert!(!is_moment(&driver.model));
    let mut driver = signed_in();
    assert_eq!(driver.key(KeyCode::Esc), [], "Esc was meant for the sign-in");
    assert!(!is_moment(&driver.model));
    let mut driver = signed_in();
    driver.type_text("pay");
    assert!(driver.text((80, 24)).contains("› pay"));
    assert_eq!(driver.model.overlay, None::<Overlay>);
    let mut driver = signed_in();
    driver.send(Msg::Paste("pay\n".into()));
    assert!(driver.text((80, 24)).contains("› pay"), "as is what is pasted");
}

const TARGET: &str = "payments-dev/AdministratorAccess";

/// One terminal works in a shell, another sees it, ends it, and looks what was done.
#[test]
fn shell_of_another_terminal_is_seen_and_ended() {
    let env = TestEnv::new();
    env.sign_in();
    let mut shell = Screen::genkan(&env, &["shell", TARGET]);
    shell.wait("`exit` returns");
    shell.wait("[payments-dev/AdministratorAccess]");
    let mut portal = Screen::genkan(&env, &[]);
    portal.wait("updated");
    portal.type_keys("\x1b[18~");
    portal.wait("Shells, commands and servers");
    portal.wait("Credentials");
    portal.type_keys("\r");
    portal.wait("End the shell");
    portal.type_keys("\r");
    portal.wait("to end");
    shell.exit();
    portal.type_keys("\x1b");
    portal.gone("What is open");
    portal.type_keys("\x1b[18~");
    portal.wait("What is open");
    portal.gone("Shells, commands and servers");
    portal.type_keys("\x1b");
    portal.gone("What is open");
    portal.type_keys("\x12");
    portal.wait("updated just now");
    portal.type_keys("\x1b[19~");
    portal.wait("genkan list --refresh");
    portal.wait("ListAccountRoles");
    portal.type_keys("\x03");
    assert_eq!(portal.exit(), 0);
    let left = std::fs::read_dir(env.path(".local/state/genkan/running")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "no record is left");
}

#[test]
fn sign_out_from_the_portal() {
    let env = TestEnv::new();
    env.sign_in();
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("updated");
    screen.type_keys("\x13");
    screen.wait("40 accounts");
    screen.wait("Sign out of demo");
    screen.type_keys("sign out");
    screen.gone("Add a session");
    screen.type_keys("\r");
    screen.wait("Stay signed in");
    screen.type_keys("\r");
    screen.wait("signed out of demo");
    screen.wait("not signed in");
    screen.type_keys("\x03");
    screen.exit();
    assert!(
        env.output(&["status"]).contains("signed out"),
        "the other commands know it"
    );
}

/// Without the setting there is no line before a shell, and none waits for a key after it.
#[test]
fn shell_messages_can_be_switched_off() {
    let env = TestEnv::new();
    env.sign_in();
    env.write(".config/genkan/config.toml", "shell_messages = false\n");
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("updated");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\r");
    screen.wait("[payments-dev/AdministratorAccess]");
    assert!(
        !screen.raw().contains("returns to the portal"),
        "{}",
        screen.raw()
    );
    screen.type_keys("exit 3\r");
    screen.wait("back from payments-dev/AdministratorAccess (exit code 3)");
    assert!(!screen.raw().contains("press any key"));
    screen.type_keys("\x03");
    screen.exit();
}
