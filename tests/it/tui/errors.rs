//! How errors on the screen stay, go, and keep their hints.

use crossterm::event::KeyCode;
use genkan::domain::records::history::History;
use genkan::tui::effect::Effect;
use genkan::tui::model::{Options, PickFor, Screen};
use genkan::tui::msg::{Msg, Problem, SignInEnd, SignInMsg};
use genkan::tui::screens::offers;

use crate::support::driver::{Driver, options, problem};
use crate::support::env::session;
use crate::support::sources;

/// One error in front of every screen that has something behind it.
fn with_an_error() -> Vec<(&'static str, Driver)> {
    let failed = || Msg::Failed(problem("something went wrong"));
    let mut list = Driver::signed_in();
    list.send(failed());
    let mut search = Driver::signed_in();
    search.type_text("pay");
    search.send(failed());
    let mut menu = Driver::signed_in();
    menu.go_to("payments-dev", "AdministratorAccess");
    menu.key(KeyCode::Tab);
    menu.send(failed());
    let mut busy = Driver::signed_in();
    busy.go_to("payments-dev", "AdministratorAccess");
    busy.key(KeyCode::Enter);
    busy.send(failed());
    let mut setup = Driver::new(options(), Vec::new(), History::default());
    setup.send(failed());
    let mut sign_in = Driver::new(options(), vec![session("tanuki")], History::default());
    sign_in.loaded(false, false);
    sign_in.code(None);
    sign_in.send(failed());
    let picking = Options {
        pick_for: Some(PickFor::Exec),
        ..options()
    };
    let mut picker = Driver::signed_in_with(picking, History::default());
    picker.send(failed());
    vec![
        ("list", list),
        ("search", search),
        ("menu", menu),
        ("busy", busy),
        ("first run", setup),
        ("sign-in", sign_in),
        ("picker", picker),
    ]
}

#[test]
fn esc_dismisses_an_error_first() {
    for (name, mut driver) in with_an_error() {
        let text = driver.text((80, 24));
        assert!(text.contains("something went wrong"), "{name}:\n{text}");
        assert!(text.contains("Esc dismiss"), "{name}:\n{text}");
        let (query, overlay) = (driver.model.browse.query.text(), driver.model.overlay.clone());
        let busy = driver.model.busy.clone();
        assert_eq!(driver.key(KeyCode::Esc), [], "{name}");
        let text = driver.text((80, 24));
        assert!(!text.contains("something went wrong"), "{name}:\n{text}");
        assert_eq!(driver.model.browse.query.text(), query, "{name}");
        assert_eq!(driver.model.overlay, overlay, "{name}");
        assert_eq!(driver.model.busy, busy, "{name}");
    }
}

#[test]
fn next_action_dismisses_an_error() {
    let mut driver = Driver::signed_in();
    driver.send(Msg::Failed(problem("something went wrong")));
    driver.key(KeyCode::Down);
    assert!(driver.model.notice.is_some());
    driver.type_text("payments-dev adm");
    driver.control('o');
    assert!(driver.model.notice.is_none());
    assert!(driver.text((80, 24)).contains("opening the console"));
}

/// Whatever state: pressed often enough Esc leaves, one step at a time, and never past what it says.
#[test]
fn esc_does_what_the_footer_says() {
    for (name, mut driver) in with_an_error() {
        for _ in 0..8 {
            let escape = offers::escape_action(&driver.model);
            let text = driver.text((80, 24));
            assert!(
                text.contains(&format!("Esc {}", escape.label())),
                "{name} {escape:?}:\n{text}"
            );
            let effects = driver.key(KeyCode::Esc).to_vec();
            let ends = effects.iter().any(|e| matches!(e, Effect::Finish(_)));
            assert_eq!(ends, escape == offers::Escape::Quit, "{name} {escape:?}");
            if ends {
                break;
            }
        }
        assert!(
            driver.effects.iter().any(|e| matches!(e, Effect::Finish(_))),
            "{name}: Esc ends it at last"
        );
    }
}

/// A sign-in that failed is an error that fills the screen: Esc goes to the list, and not away.
#[test]
fn esc_on_a_failed_sign_in_does_not_quit() {
    for end in [
        SignInEnd::Expired,
        SignInEnd::Denied,
        SignInEnd::Failed(problem("no answer")),
    ] {
        let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
        driver.loaded(false, false);
        let id = driver.id();
        driver.send(Msg::SignIn {
            id,
            event: SignInMsg::Ended(Err(end)),
        });
        assert!(driver.text((80, 24)).contains("Esc back"));
        driver.key(KeyCode::Esc);
        assert!(!driver.effects.iter().any(|e| matches!(e, Effect::Finish(_))));
        assert!(matches!(driver.model.screen, Screen::Browse));
        assert!(driver.text((80, 24)).contains("not signed in"));
    }
}

#[test]
fn errors_keep_their_hint() {
    let mut driver = Driver::signed_in();
    driver.send(Msg::Failed(Problem {
        sentence: "it failed".into(),
        hints: vec!["do this".into()],
        sign_in: None,
    }));
    driver.type_text("pay");
    assert!(driver.text((80, 24)).contains("do this"));
}

/// Every hint of the code, as it is worded for commands: on the screen it names keys.
#[test]
fn hints_on_screen_name_keys_not_commands() {
    let keymap = genkan::tui::Keymap::built_in();
    let mut commands = 0;
    for file in ["aws/error", "app/error", "store/error"] {
        let text = std::fs::read_to_string(sources::find_path(file).unwrap()).unwrap();
        // What is between quotes, lines joined as the compiler joins them.
        let text = text.replace("\\\n", "");
        for literal in text.split('"').skip(1).step_by(2) {
            let hint = literal.split_whitespace().collect::<Vec<_>>().join(" ");
            commands += usize::from(hint.contains("`genkan"));
            for on_sign_in in [false, true] {
                for shown in
                    genkan::tui::drawing::hints::for_screen(std::slice::from_ref(&hint), &keymap, on_sign_in)
                {
                    assert!(
                        !shown.contains("`genkan") && !shown.contains("`gk") && !shown.contains(" --"),
                        "{file}: {hint:?} is shown as {shown:?}"
                    );
                }
            }
        }
    }
    assert!(commands > 5, "the walk finds hints that name commands");
    let shown = |hint: &str, on_sign_in| {
        genkan::tui::drawing::hints::for_screen(&[hint.to_owned()], &keymap, on_sign_in).join("")
    };
    assert_eq!(
        shown("run `genkan login` to sign in again", false),
        "press Ctrl-G to sign in again"
    );
    assert_eq!(shown("run `genkan login corp`", false), "press Ctrl-G");
    assert_eq!(
        shown("run `genkan login` for a new code", true),
        "press Enter for a new code"
    );
    assert_eq!(
        shown("refresh it with `genkan list --refresh`", false),
        "refresh it with F5"
    );
    assert_eq!(shown("use --credentials env", false), "");
    assert_eq!(shown("check `HTTPS_PROXY`", false), "check `HTTPS_PROXY`");
    // A real one, on its way to the screen.
    let mut driver = Driver::signed_in();
    driver.send(Msg::Failed(Problem {
        sentence: "AWS refuses credentials for it".into(),
        hints: vec!["refresh the list with `genkan list --refresh`".into()],
        sign_in: None,
    }));
    assert!(driver.text((100, 24)).contains("refresh the list with F5"));
}
