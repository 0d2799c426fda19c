//! One list of all sessions that are signed in: each row is acted on through its own session.

use crossterm::event::{KeyCode, KeyModifiers};
use genkan::domain::records::history::{Action, History, TargetKey};
use genkan::domain::{AccountEntry, Catalog, Changes, ShownSessions, SignInState, SyncEvent};
use genkan::tui::effect::{Effect, RequestId};
use genkan::tui::model::{Screen as Shown, Sync};
use genkan::tui::msg::{Msg, SignInMsg, SyncMsg};
use ratatui::style::Modifier;

use crate::support::accounts::entry;
use crate::support::driver::{Driver, later, now, options};
use crate::support::env::{TestEnv, session};
use crate::support::screen::Screen;
use crate::support::wait::until;

fn signed_in() -> SignInState {
    SignInState::SignedIn {
        until: later(18_720),
        renews: false,
        ends: None,
    }
}

fn loaded(name: &str, entries: Vec<AccountEntry>, age: i64, sign_in: SignInState) -> Msg {
    Msg::Loaded {
        of_earlier_sign_in: false,
        session: name.into(),
        catalog: Some(Catalog::from_entries(entries, Some(later(-age)))),
        changes: Changes::default(),
        expiries: Vec::new(),
        sign_in,
        notices: Vec::new(),
    }
}

fn tanuki() -> Vec<AccountEntry> {
    vec![
        entry(1, "billing", &["ReadOnly"]),
        entry(2, "payments-prod", &["Admin", "ReadOnly"]),
    ]
}

/// Account 2 is in both: two portals may lead to the same one.
fn kitsune() -> Vec<AccountEntry> {
    vec![
        entry(2, "payments-prod", &["Admin", "Audit"]),
        entry(7, "lab", &["PowerUser"]),
    ]
}

/// Three sessions, of which the last is signed out.
fn all_sessions(history: History) -> Driver {
    let sessions = ["tanuki", "kitsune", "okami"].map(session);
    let mut driver = Driver::new(options(), sessions.into(), history);
    driver.send(loaded("tanuki", tanuki(), 30, signed_in()));
    driver.control('s');
    driver.type_text("all sess");
    driver.key(KeyCode::Enter);
    let loads = driver
        .effects
        .iter()
        .filter(|it| matches!(it, Effect::Load { .. }));
    assert_eq!(loads.count(), 3, "{:?}", driver.effects);
    assert!(
        matches!(driver.effects.last(), Some(Effect::SaveView { view }) if view.sessions == ShownSessions::All)
    );
    driver.send(loaded("tanuki", tanuki(), 30, signed_in()));
    driver.send(loaded("kitsune", kitsune(), 30, signed_in()));
    let gone = vec![entry(9, "forest", &["Admin"])];
    driver.send(loaded("okami", gone, 30, SignInState::SignedOut));
    driver
}

fn here(driver: &Driver) -> TargetKey {
    driver
        .model
        .browse
        .current()
        .and_then(genkan::tui::browse::Row::key)
        .expect("a target")
}

fn session_of_sync(effect: &Effect) -> (RequestId, &str) {
    match effect {
        Effect::Refresh { id, session, .. } => (*id, &session.name),
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_sessions_are_one_list_with_a_column() {
    let mut driver = all_sessions(History::default());
    driver.assert_screen_at("all sessions", (80, 24));
    driver.assert_screen_at("all sessions", (120, 36));
    driver.assert_screen_at("all sessions", (40, 10));
    let text = driver.text((80, 24));
    assert!(text.contains("6 targets") && !text.contains("forest"), "{text}");
}

#[test]
fn each_row_is_acted_on_through_its_own_session() {
    let mut driver = all_sessions(History::default());
    driver.type_text("session:kitsune admin");
    assert!(driver.text((80, 24)).contains("1 of 6"));
    assert!(driver.text((80, 24)).contains("all sessions · kitsune"));
    let buffer = driver.buffer((80, 24));
    let marked = buffer
        .content()
        .iter()
        .filter(|cell| cell.modifier.contains(Modifier::UNDERLINED));
    let marked: String = marked.map(ratatui::buffer::Cell::symbol).collect();
    assert_eq!(marked, "Adminkitsune");
    assert_eq!(here(&driver).session, "kitsune");
    let copied = driver.control('y');
    assert!(
        matches!(copied, [Effect::CopyText { text, .. }] if text == "kitsune:payments-prod/Admin"),
        "{copied:?}"
    );
    let entered = driver.key(KeyCode::Enter);
    assert!(
        matches!(entered, [Effect::Enter { target, .. }] if target.session == "kitsune"),
        "{entered:?}"
    );
}

/// The same account of two sessions is two: in the cursor, in what is folded, and in favourites.
#[test]
fn the_same_account_of_two_sessions_is_two() {
    let mut driver = all_sessions(History::default());
    driver.type_text("session:kitsune audit");
    driver.key(KeyCode::Esc);
    assert_eq!(here(&driver).permission_set.as_str(), "Audit");
    driver.control('f');
    driver.model.history.record(here(&driver), Action::Shell, now());
    driver.model.rebuild();
    assert_eq!(here(&driver).session, "kitsune");
    let text = driver.text((80, 24));
    assert_eq!(
        text.matches("★").count(),
        2,
        "its own section and below its account: {text}"
    );
    // Folding the one leaves the other as it is.
    driver.type_text("session:tanuki payments readonly");
    driver.key(KeyCode::Esc);
    driver.key(KeyCode::Left);
    let folded = |driver: &mut Driver| driver.text((80, 24)).matches("▸").count();
    assert_eq!(folded(&mut driver), 1);
    assert!(driver.text((80, 24)).contains("Audit"));
}

#[test]
fn listings_of_two_sessions_run_side_by_side() {
    let mut driver = all_sessions(History::default());
    driver.refresh();
    let effects = driver.effects.clone();
    let [first, second] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    let (first, second) = (session_of_sync(first), session_of_sync(second));
    assert_eq!((first.1, second.1), ("tanuki", "kitsune"));
    let of_kitsune = SyncEvent::PermissionSets {
        account: "000000000007".parse().unwrap(),
        names: vec![genkan::domain::PermissionSetName::new("Fresh")],
        at: now(),
    };
    driver.send(Msg::Sync {
        id: second.0,
        event: SyncMsg::Event(of_kitsune),
    });
    driver.model.rebuild();
    driver.type_text("fresh");
    assert_eq!(here(&driver).session, "kitsune");
    // One session alone stops both listings.
    driver.control('s');
    driver.type_text("kitsune");
    driver.key(KeyCode::Enter);
    for id in [first.0, second.0] {
        assert!(
            driver.effects.contains(&Effect::Cancel { id }),
            "{:?}",
            driver.effects
        );
    }
    assert!(
        matches!(driver.effects.last(), Some(Effect::SaveView { view }) if view.sessions == ShownSessions::One)
    );
    assert!(!driver.model.shows_all_sessions());
}

/// A session whose sign-in has ended meanwhile is signed in to when one of its targets is entered.
#[test]
fn the_session_of_the_row_is_signed_in_to() {
    let mut driver = all_sessions(History::default());
    driver.model.bring_to_front("kitsune");
    driver.model.place.as_mut().unwrap().sign_in = SignInState::SignedOut;
    driver.type_text("lab");
    let effects = driver.key(KeyCode::Enter).to_vec();
    let [Effect::SignIn { id, session, .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(session.name, "kitsune");
    assert!(driver.text((80, 24)).contains("kitsune"));
    driver.send(Msg::SignIn {
        id: *id,
        event: SignInMsg::Ended(Ok(signed_in())),
    });
    let effects = &driver.effects;
    assert!(matches!(effects.first(), Some(Effect::Refresh { session, .. }) if session.name == "kitsune"));
    assert!(matches!(effects.last(), Some(Effect::Enter { target, .. }) if target.session == "kitsune"));
    assert_eq!(effects.len(), 2, "{effects:?}");
    let tanuki = driver.model.place_of("tanuki").unwrap();
    assert_eq!(tanuki.sync, Sync::Idle);
}

#[test]
fn a_session_that_is_signed_out_leaves_the_list() {
    let mut driver = all_sessions(History::default());
    driver.control('s');
    driver.type_text("sign out of kitsune");
    driver.key(KeyCode::Enter);
    let effects = driver.key(KeyCode::Enter).to_vec();
    let [Effect::SignOut { id, .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    driver.send(Msg::SignedOut {
        id: *id,
        session: "kitsune".into(),
        result: Ok(()),
    });
    let text = driver.text((80, 24));
    assert!(text.contains("3 targets") && !text.contains("lab "), "{text}");
    // And comes back with a sign-in.
    driver.control('s');
    driver.type_text("sign in to kitsune");
    driver.key(KeyCode::Enter);
    assert!(matches!(driver.model.screen, Shown::SignIn(_)));
    assert!(driver.model.shows_all_sessions());
}

#[test]
fn marked_targets_of_several_sessions_are_acted_on_together() {
    let mut driver = all_sessions(History::default());
    for query in ["session:tanuki billing", "session:kitsune lab"] {
        driver.type_text(query);
        driver.press(KeyCode::Char(' '), KeyModifiers::CONTROL);
        driver.control('u');
    }
    let effects = driver.control('o').to_vec();
    let [Effect::Act { action, .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    let sessions: Vec<&str> = action
        .targets()
        .iter()
        .map(|target| target.session.as_str())
        .collect();
    assert_eq!(sessions, ["tanuki", "kitsune"]);
}

/// The real program with two sessions: what was chosen is there again at the next start.
#[test]
fn the_choice_is_remembered() {
    let env = TestEnv::new();
    let config = format!("{}{}", env.sso_session("demo"), env.sso_session("spare"));
    env.write(".aws/config", &config);
    for name in ["demo", "spare"] {
        env.output(&["login", name]);
        env.output(&["list", "--session", name]);
    }
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("100 targets");
    screen.type_keys("\u{13}");
    screen.wait("All sessions");
    screen.type_keys("all sess\r");
    screen.wait("200 targets");
    screen.wait("all sessions · ");
    let view = || std::fs::read_to_string(env.path(".local/state/genkan/view.json")).unwrap_or_default();
    until("the choice on disk", || view().contains("\"all_sessions\": true"));
    screen.type_keys("\u{3}");
    screen.exit();
    let mut screen = Screen::genkan(&env, &["session:spare", "acct:payments-dev", "adm"]);
    screen.wait("1 of 200");
    screen.wait("all sessions · spare");
    screen.type_keys("\r");
    screen.wait("genkan: payments-dev/AdministratorAccess");
    screen.type_keys("echo in-$GENKAN_SESSION\r");
    screen.wait("in-spare");
    screen.type_keys("exit\r");
    screen.wait("back from payments-dev");
    screen.type_keys("\u{13}");
    screen.wait("All sessions");
    screen.type_keys("spare\r");
    screen.wait("100 targets");
    screen.type_keys("\u{3}");
    screen.exit();
    assert!(
        env.read(".local/state/genkan/view.json")
            .contains("\"all_sessions\": false")
    );
}
