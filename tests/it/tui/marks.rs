//! Marked targets and what is done with all of them; profiles, notes and credentials files of one.

use crossterm::event::{KeyCode, KeyModifiers};
use genkan::domain::Changes;
use genkan::domain::records::history::{Action, History, TargetKey};
use genkan::domain::rules::{Given, Guard, Match, Rule, RuleSet};
use genkan::tui::effect::Effect;
use genkan::tui::model::{Options, Overlay, PendingAction, PickFor};
use genkan::tui::msg::Msg;

use crate::support::browser::RecordingBrowser;
use crate::support::driver::{Driver, options, problem, target};
use crate::support::env::TestEnv;
use crate::support::screen::Screen;

fn mark(driver: &mut Driver) {
    driver.press(KeyCode::Char(' '), KeyModifiers::CONTROL);
}

/// Two marked targets of one account.
fn two_marked() -> Driver {
    let mut driver = Driver::signed_in();
    driver.type_text("payments-dev");
    mark(&mut driver);
    mark(&mut driver);
    assert_eq!(driver.model.marked.len(), 2);
    driver
}

#[test]
fn marks_are_counted_shown_and_taken_away_after_the_search() {
    let mut driver = two_marked();
    let text = driver.text((80, 24));
    let footer = text.lines().last().unwrap().to_owned();
    assert!(
        footer.starts_with(" 2 marked  Enter run…  Alt-P profiles  ^O console  F1 help  Esc"),
        "{footer}"
    );
    assert!(!footer.contains("^E"), "{footer}");
    assert_eq!(text.matches('●').count(), 3, "two rows and the sign-in:\n{text}");
    let narrow = driver.text((40, 10));
    assert!(narrow.contains(" 2 marked  Enter run…  Esc"), "{narrow}");
    driver.assert_screen_at("marked targets", (80, 24));
    driver.assert_screen_at("marked targets", (40, 10));
    driver.key(KeyCode::Up);
    mark(&mut driver);
    assert_eq!(driver.model.marked.len(), 1, "the same key takes a mark away");
    driver.key(KeyCode::Tab);
    assert!(
        !driver.text((80, 24)).contains("at once"),
        "one target has no others"
    );
    driver.key(KeyCode::Esc);
    driver.key(KeyCode::Esc);
    assert_eq!(
        (
            driver.model.marked.len(),
            driver.model.browse.query.text().as_str()
        ),
        (1, "")
    );
    assert!(driver.text((80, 24)).contains("Esc unmark"));
    driver.key(KeyCode::Esc);
    assert!(driver.model.marked.is_empty());
}

/// The footer's word for Enter.
fn word_for_enter(driver: &mut Driver) -> Option<String> {
    let text = driver.text((120, 36));
    let footer = text.lines().last().unwrap_or_default();
    let (_, label) = footer.split_once("Enter ")?;
    Some(label.split("  ").next().unwrap_or_default().trim().to_owned())
}

/// What Enter has done, in the footer's words.
fn enter(driver: &mut Driver) -> &'static str {
    let (folded, typing) = (driver.model.browse.is_folded(), driver.model.browse.is_typing());
    let query = driver.model.browse.query.text();
    let effects = driver.key(KeyCode::Enter).to_vec();
    let model = &driver.model;
    match () {
        () if matches!(model.overlay, Some(Overlay::Prompt(_))) => "run…",
        () if matches!(&effects[..], [Effect::Enter { .. }]) => "shell",
        () if model.browse.query.text() != query => "search",
        () if typing && !model.browse.is_typing() => "to the list",
        () if folded == Some(true) && model.browse.is_folded() == Some(false) => "unfold",
        () if folded == Some(false) && model.browse.is_folded() == Some(true) => "fold",
        () => "nothing",
    }
}

#[test]
fn footer_says_what_enter_does_while_targets_are_marked() {
    let on_row: fn(&mut Driver) = |driver| driver.type_text(" ");
    let on_account = |driver: &mut Driver| {
        driver.control('u');
        driver.key(KeyCode::Home);
        while driver.model.browse.is_folded().is_none() {
            driver.key(KeyCode::Down);
        }
    };
    let on_typo = |driver: &mut Driver| {
        driver.control('u');
        driver.type_text("paymentz-dev");
    };
    let on_no_match = |driver: &mut Driver| {
        driver.control('u');
        driver.type_text("no such thing");
    };
    let in_vim = |driver: &mut Driver| {
        driver.control('u');
        driver.model.browse.set_vim(true);
        driver.type_text("/pay");
    };
    for (go, expected) in [
        (on_row, "run…"),
        (on_account, "unfold"),
        (on_typo, "search"),
        (on_no_match, "run…"),
        (in_vim, "to the list"),
    ] {
        // Nothing is denied, nor corrected, while a listing runs.
        let mut driver = Driver::signed_in_with_changes(Changes::default());
        driver.type_text("payments-dev");
        mark(&mut driver);
        mark(&mut driver);
        go(&mut driver);
        assert_eq!(word_for_enter(&mut driver).as_deref(), Some(expected));
        assert_eq!(enter(&mut driver), expected);
        assert_eq!(driver.model.marked.len(), 2, "{expected}");
    }
}

#[test]
fn account_can_not_be_marked_and_the_notice_says_what_to_do() {
    let mut driver = two_marked();
    driver.control('u');
    driver.key(KeyCode::Home);
    while driver.model.browse.is_folded().is_none() {
        driver.key(KeyCode::Down);
    }
    mark(&mut driver);
    assert_eq!(driver.model.marked.len(), 2);
    let text = driver.text((120, 36));
    assert!(
        text.contains("permission sets: unfold it and mark one of them"),
        "{text}"
    );
    driver.control('y');
    let text = driver.text((120, 36));
    assert!(
        text.contains("permission sets: unfold it and select one of them"),
        "{text}"
    );
}

#[test]
fn space_marks_only_while_the_search_is_empty() {
    let mut driver = Driver::signed_in();
    driver.type_text("payments-dev adm");
    assert!(driver.model.marked.is_empty());
    assert_eq!(driver.model.browse.query.text(), "payments-dev adm");
    driver.control('u');
    driver.key(KeyCode::Char(' '));
    assert_eq!(
        driver.model.marked,
        [target("payments-dev", "AdministratorAccess")]
    );
    assert!(driver.model.browse.query.is_empty());
}

#[test]
fn keys_and_menu_act_on_all_marked_targets() {
    let all = two_marked().model.marked;
    let mut driver = two_marked();
    let id = {
        driver.control('o');
        driver.id()
    };
    let action = PendingAction::Consoles(all.clone());
    assert_eq!(driver.effects, [Effect::Act { id, action }]);
    driver.send(Msg::Acted {
        id,
        result: Ok("opened 2 consoles".into()),
    });
    assert!(driver.text((80, 24)).contains("opened 2 consoles"));
    assert_eq!(driver.model.history.uses.len(), 2);
    let effects = driver.press(KeyCode::Char('p'), KeyModifiers::ALT).to_vec();
    assert!(
        matches!(&effects[..], [Effect::Act { action: PendingAction::SaveProfiles(targets), .. }] if *targets == all)
    );
    let mut driver = two_marked();
    driver.key(KeyCode::Tab);
    driver.assert_screen_at("actions for marked targets", (80, 24));
    driver.type_text("copy");
    let effects = driver.key(KeyCode::Enter).to_vec();
    let [Effect::CopyText { text, what }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(what, "2 targets");
    assert_eq!(text.lines().count(), 2, "{text}");
    driver.key(KeyCode::Tab);
    driver.type_text("take all");
    driver.key(KeyCode::Enter);
    assert!(driver.model.marked.is_empty());
}

#[test]
fn command_for_marked_targets_is_asked_for_and_its_failures_are_counted() {
    let mut driver = two_marked();
    let all = driver.model.marked.clone();
    assert_eq!(driver.key(KeyCode::Enter), []);
    assert!(
        driver.text((80, 24)).contains("Enter run"),
        "the footer names what it does"
    );
    driver.assert_screen_at("command for marked targets", (80, 24));
    driver.assert_screen_at("command for marked targets", (40, 10));
    assert_eq!(driver.key(KeyCode::Enter), [], "nothing typed");
    assert!(driver.text((80, 24)).contains("type a command"));
    driver.send(Msg::Paste("aws s3 ls\n".into()));
    let effects = driver.key(KeyCode::Enter).to_vec();
    let id = driver.id();
    let action = PendingAction::Run(all.clone(), "aws s3 ls".into(), 1);
    assert_eq!(effects, [Effect::Act { id, action }]);
    let results = vec![(all[0].clone(), Ok(0)), (all[1].clone(), Ok(3))];
    driver.send(Msg::Ran { id, results });
    let text = driver.text((120, 36));
    assert!(text.contains("ran it in 2 targets; failed in"), "{text}");
    assert!(text.contains("(exit code 3)"), "{text}");
    assert_eq!(driver.model.history.uses[0].action, Action::Exec);
}

#[test]
fn nothing_is_run_where_a_program_reads_the_output_or_a_command_picks() {
    let captured = Options {
        exports: true,
        ..options()
    };
    let mut driver = Driver::signed_in_with(captured, History::default());
    driver.type_text("payments-dev");
    mark(&mut driver);
    driver.key(KeyCode::Tab);
    driver.key(KeyCode::Enter);
    assert!(driver.text((80, 24)).contains("a program reads the output"));
    let picking = Options {
        pick_for: Some(PickFor::Exec),
        ..options()
    };
    let mut driver = Driver::signed_in_with(picking, History::default());
    driver.type_text("payments-dev");
    mark(&mut driver);
    assert!(driver.model.marked.is_empty());
    assert!(driver.text((80, 24)).contains("`genkan exec` takes one target"));
}

#[test]
fn note_is_kept_and_removed_by_an_empty_line() {
    let mut driver = Driver::signed_in();
    let wanted = target("payments-dev", "AdministratorAccess");
    driver.type_text("payments-dev adm");
    driver.key(KeyCode::Tab);
    driver.type_text("add a note");
    driver.key(KeyCode::Enter);
    assert!(driver.text((80, 24)).contains("Enter save"));
    driver.assert_screen_at("note", (80, 24));
    driver.type_text("ask #payments first");
    let effects = driver.key(KeyCode::Enter).to_vec();
    assert_eq!(
        effects,
        [Effect::SetNote {
            target: wanted.clone(),
            note: "ask #payments first".into()
        }]
    );
    assert_eq!(
        driver.model.note_to(&wanted).as_deref(),
        Some("ask #payments first")
    );
    driver.key(KeyCode::Tab);
    driver.type_text("edit the note");
    driver.key(KeyCode::Enter);
    assert!(driver.text((80, 24)).contains("› ask #payments first"));
    driver.control('u');
    let effects = driver.key(KeyCode::Enter).to_vec();
    assert!(matches!(&effects[..], [Effect::SetNote { note, .. }] if note.is_empty()));
    assert_eq!(driver.model.note_to(&wanted), None);
}

#[test]
fn credentials_file_asks_for_a_name_that_every_reader_takes() {
    let mut driver = Driver::signed_in();
    driver.type_text("payments-dev adm");
    driver.key(KeyCode::Tab);
    driver.type_text("credentials file");
    driver.key(KeyCode::Enter);
    assert!(
        driver
            .text((80, 24))
            .contains("› AdministratorAccess-310660284419")
    );
    driver.type_text(" x");
    assert_eq!(driver.key(KeyCode::Enter), []);
    assert!(driver.text((80, 24)).contains("a profile name has letters"));
    driver.control('u');
    driver.type_text("payments");
    let effects = driver.key(KeyCode::Enter).to_vec();
    let Overlay::Menu(_) = ({
        driver.key(KeyCode::Tab);
        driver.model.overlay.clone().unwrap()
    }) else {
        panic!("the menu opens while it is waited for")
    };
    let [Effect::Act { id, action }] = &effects[..] else {
        panic!("{effects:?}")
    };
    let wanted = target("payments-dev", "AdministratorAccess");
    assert_eq!(
        *action,
        PendingAction::WriteCredentials(wanted.clone(), "payments".into())
    );
    driver.send(Msg::Acted {
        id: *id,
        result: Err(problem("the file is locked")),
    });
    assert!(driver.text((80, 24)).contains("the file is locked"));
    assert!(driver.model.history.last_use(&TargetKey::from(&wanted)).is_none());
}

/// The portal, signed in, with two targets found.
fn portal(env: &TestEnv) -> Screen {
    env.sign_in();
    let mut screen = Screen::genkan(env, &["payments-dev"]);
    screen.wait("updated");
    screen.type_keys("\0\0");
    screen.wait("2 marked");
    screen
}

#[test]
fn command_runs_in_each_marked_target_under_a_heading() {
    let env = TestEnv::new();
    let mut screen = portal(&env);
    screen.type_keys("\r");
    screen.wait("Run a command in 2 targets");
    screen
        .type_keys("echo \"in $GENKAN_PERMISSION_SET\"; test $GENKAN_PERMISSION_SET = AdministratorAccess\r");
    screen.wait("Press Enter to return to the portal");
    let text = screen.text();
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}:\n{text}"));
    let order = [
        place("── payments-dev/AdministratorAccess (310660284419) ──"),
        place("in AdministratorAccess"),
        place("── payments-dev/PowerUserAccess (310660284419) ──"),
        place("in PowerUserAccess"),
        place("exit code 1"),
    ];
    assert!(order.is_sorted(), "{text}");
    screen.type_keys("\r");
    screen.wait("ran it in 2 targets; failed in payments-dev/PowerUserAccess (exit code 1)");
    screen.type_keys("\x03");
    screen.exit();
    screen.is_whole();
}

#[test]
fn command_runs_in_marked_targets_at_once_and_a_summary_follows() {
    let env = TestEnv::new();
    let mut screen = portal(&env);
    screen.type_keys("\t");
    screen.wait("at once");
    screen.type_keys("at once\r");
    screen.wait("without a terminal");
    screen.type_keys("echo in $GENKAN_PERMISSION_SET; test -t 0 || exit 4\r");
    screen.wait("2 targets: 0 succeeded · 2 ended with exit code 4");
    let text = screen.text();
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}:\n{text}"));
    assert!(
        place("in AdministratorAccess") < place("in PowerUserAccess"),
        "{text}"
    );
    screen.type_keys("\r");
    screen.wait("ran it in 2 targets; failed in");
    screen.type_keys("\x03");
    screen.exit();
    screen.is_whole();
}

#[test]
fn guards_of_marked_targets_are_answered_once_by_their_number() {
    let rule = Rule {
        matches: Match {
            account: vec!["payments-dev".parse().expect("a pattern")],
            ..Match::default()
        },
        given: Given {
            guard: Some(Guard::Confirm),
            ..Given::default()
        },
    };
    let options = Options {
        rules: RuleSet::new(vec![rule]).into(),
        ..options()
    };
    let mut driver = Driver::signed_in_with(options, History::default());
    driver.type_text("payments-dev");
    mark(&mut driver);
    mark(&mut driver);
    let all = driver.model.marked.clone();
    driver.key(KeyCode::Enter);
    driver.send(Msg::Paste("aws s3 ls".into()));
    assert_eq!(driver.key(KeyCode::Enter), []);
    driver.assert_screen_at("guards of marked targets", (80, 24));
    driver.type_text("payments-dev");
    assert_eq!(driver.key(KeyCode::Enter), []);
    assert!(driver.text((80, 24)).contains("not their number"));
    driver.type_text("2");
    let effects = driver.key(KeyCode::Enter).to_vec();
    assert!(
        matches!(&effects[..], [Effect::Confirm { targets }, Effect::Act { .. }] if *targets == all),
        "{effects:?}"
    );
}

#[test]
fn profiles_and_consoles_of_marked_targets() {
    let mut env = TestEnv::new();
    let browser = RecordingBrowser::install(&mut env);
    let mut screen = portal(&env);
    screen.type_keys("\x1bp");
    screen.wait("saved 2 profiles in ~/.aws/config");
    let config = env.read(".aws/config");
    assert_eq!(
        config.matches("sso_account_id = 310660284419").count(),
        2,
        "{config}"
    );
    screen.type_keys("\x1bp");
    screen.wait("2 were there already");
    let before = browser.addresses().len();
    screen.type_keys("\x0f");
    screen.wait("opening the consoles of 2 targets");
    for number in 1..=2 {
        let address = browser.wait_for(before + number).last().unwrap().clone();
        let (base, path) = address.split_at(address.rfind('/').unwrap());
        let answer = crate::support::http::get(base, path);
        assert!(answer.header("location").unwrap().contains("Action=login"));
    }
    screen.wait("opened 2 consoles");
    screen.type_keys("\x03");
    screen.exit();
}

#[test]
fn one_target_is_saved_copied_and_written_from_its_actions() {
    let env = TestEnv::new();
    env.sign_in();
    let mut screen = Screen::genkan(&env, &["payments-dev adm"]);
    screen.wait("updated");
    screen.type_keys("\tprofile name\r");
    screen.wait("profile name `payments-dev-administratoraccess` copied via");
    screen.type_keys("\tsave as\r");
    screen.wait("saved profile `payments-dev-administratoraccess` in ~/.aws/config");
    screen.type_keys("\tsave as\r");
    screen.wait("profile `payments-dev-administratoraccess` is in ~/.aws/config already");
    screen.type_keys("\tcredentials file\r");
    screen.wait("Write credentials for payments-dev/AdministratorAccess");
    screen.type_keys("\x15payments\r");
    screen.wait("wrote credentials to [payments] in ~/.aws/credentials");
    assert!(env.read(".aws/credentials").contains("[payments]"));
    // What was done is listed as commands.
    screen.type_keys("\x1b[19~");
    screen.wait("genkan export --");
    screen.wait("genkan profiles --");
    screen.type_keys("\x1b[19~");
    screen.gone("What genkan did");
    screen.type_keys("\tnote\r");
    screen.wait("Note to payments-dev/AdministratorAccess");
    screen.type_keys("ask first\r");
    screen.wait("saved the note to payments-dev/AdministratorAccess");
    let file = env.path(".local/state/genkan/notes.json");
    screen.wait_until("note on disk", |_| file.exists());
    screen.type_keys("\x03");
    screen.exit();
    let notes = env.read(".local/state/genkan/notes.json");
    assert!(notes.contains("ask first"), "{notes}");
    let mut screen = Screen::genkan(&env, &["payments-dev adm"]);
    screen.wait("1 of 100");
    screen.type_keys("\tedit the note\r");
    screen.wait("› ask first");
    screen.type_keys("\x03");
    screen.exit();
}
