//! The lists to type into: actions of a target, pages of the console, formats, help; and what leaves by them.

use crossterm::event::{KeyCode, KeyModifiers};
use genkan::domain::records::history::{History, TargetKey};
use genkan::domain::shells::export::ExportFormat;
use genkan::tui::effect::Effect;
use genkan::tui::input::keymap;
use genkan::tui::model::{ConsoleAt, Model, Options, Overlay, Screen};
use genkan::tui::msg::Msg;
use genkan::tui::{Keymap, entries};

use crate::support::driver::{Driver, later, options, target};
use crate::support::env::session;

const ADMIN: (&str, &str) = ("payments-dev", "AdministratorAccess");

/// On a target, with its actions in front.
fn actions() -> Driver {
    let mut driver = Driver::signed_in();
    driver.type_text("payments-dev adm");
    driver.key(KeyCode::Tab);
    driver
}

/// Types into the menu and takes what is found first.
fn choose(driver: &mut Driver, typed: &str) -> Vec<Effect> {
    driver.type_text(typed);
    driver.key(KeyCode::Enter).to_vec()
}

fn copied(effects: &[Effect]) -> (&str, &str) {
    let [Effect::CopyText { text, what }] = effects else {
        panic!("{effects:?}")
    };
    (text, what)
}

#[test]
fn typing_filters_and_esc_goes_back_one_menu_at_a_time() {
    let mut driver = actions();
    driver.type_text("cons serv");
    let text = driver.text((80, 24));
    assert!(
        text.contains("› cons serv") && text.contains("Console at a service…"),
        "{text}"
    );
    assert!(!text.contains("Open a shell"), "{text}");
    driver.key(KeyCode::Enter);
    driver.type_text("ddb");
    assert!(driver.text((80, 24)).contains("dynamodb"));
    driver.key(KeyCode::Enter);
    for title in [
        "Console at dynamodb: ",
        " Console: payments-dev",
        " payments-dev/Adm",
    ] {
        let text = driver.text((80, 24));
        assert!(text.contains(title), "{title}:\n{text}");
        let word = if title == " payments-dev/Adm" {
            "close"
        } else {
            "back"
        };
        assert!(text.contains(&format!("Esc {word}")), "{text}");
        driver.key(KeyCode::Esc);
    }
    assert_eq!(driver.model.overlay, None);
    driver.key(KeyCode::Tab);
    driver.type_text("zzz");
    assert!(driver.text((80, 24)).contains("no match for “zzz”"));
    assert_eq!(driver.key(KeyCode::Enter), [], "nothing to choose");
    assert!(driver.model.overlay.is_some());
}

#[test]
fn console_opens_at_a_service_in_a_region_of_the_partition() {
    let mut driver = actions();
    choose(&mut driver, "console at");
    choose(&mut driver, "ddb");
    let text = driver.text((80, 24));
    assert!(!text.contains("cn-north-1") && !text.contains("us-gov"), "{text}");
    let effects = choose(&mut driver, "ap-southeast-2");
    let at = ConsoleAt {
        service: Some("dynamodb".into()),
        region: "ap-southeast-2".parse().ok(),
        ..ConsoleAt::default()
    };
    let wanted = target(ADMIN.0, ADMIN.1);
    let id = driver.id();
    assert_eq!(
        effects,
        [Effect::Console {
            id,
            target: wanted,
            at
        }]
    );
    // A page that is the same in all Regions asks for none.
    let mut driver = actions();
    choose(&mut driver, "console at");
    let effects = choose(&mut driver, "iam");
    let [Effect::Console { at, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((at.service.as_deref(), &at.region), (Some("iam"), &None));
}

#[test]
fn what_is_copied_without_a_question_holds_no_secret() {
    let wanted = target(ADMIN.0, ADMIN.1);
    let id = wanted.account_id.to_string();
    for (typed, text, what) in [
        ("copy target", "payments-dev/AdministratorAccess", "target"),
        ("account id", id.as_str(), "account ID"),
        ("account name", "payments-dev", "account name"),
    ] {
        let mut driver = actions();
        let effects = choose(&mut driver, typed);
        assert_eq!(copied(&effects), (text, what));
        assert_eq!(driver.model.overlay, None);
    }
    let mut driver = actions();
    let effects = choose(&mut driver, "console link");
    let (link, _) = copied(&effects);
    assert!(
        link.contains("/start/#/console?account_id=") && link.contains("role_name=AdministratorAccess"),
        "{link}"
    );
    let mut driver = Driver::signed_in();
    driver.type_text("payments-dev adm");
    let effects = driver.control('y').to_vec();
    assert_eq!(copied(&effects).0, "payments-dev/AdministratorAccess");
    assert_eq!(driver.model.overlay, None);
    driver.send(Msg::Copied {
        what: "target".into(),
        result: Ok("copied with xclip".into()),
    });
    assert!(driver.text((80, 24)).contains("target copied with xclip"));
}

/// Two accounts of one name: only the ID says which.
#[test]
fn target_of_a_name_that_two_accounts_have_is_copied_by_id() {
    let mut driver = Driver::signed_in();
    let twin = genkan::domain::Account {
        id: "000000000001".parse().unwrap(),
        name: "payments-dev".into(),
        email: "twin@example.com".into(),
    };
    let place = driver.model.place.as_mut().unwrap();
    place.catalog.add_accounts(vec![twin]);
    driver.type_text("payments-dev adm");
    let wanted = target(ADMIN.0, ADMIN.1);
    let effects = driver.control('y').to_vec();
    assert_eq!(
        copied(&effects).0,
        format!("{}/AdministratorAccess", wanted.account_id)
    );
}

#[test]
fn other_permission_sets_lead_to_their_own_actions() {
    let mut driver = actions();
    choose(&mut driver, "other perm");
    let text = driver.text((80, 24));
    assert!(text.contains("│  PowerUserAccess"), "{text}");
    assert!(!text.contains("│  AdministratorAccess"), "{text}");
    choose(&mut driver, "power");
    assert!(driver.text((80, 24)).contains(" payments-dev/PowerUserAccess "));
    let effects = driver.key(KeyCode::Enter).to_vec();
    let wanted = target("payments-dev", "PowerUserAccess");
    assert!(matches!(&effects[..], [Effect::Enter { target, .. }] if *target == wanted));
}

#[test]
fn export_preview_masks_every_secret_in_every_format() {
    for cached in [false, true] {
        let mut driver = Driver::signed_in();
        driver.type_text("payments-dev adm");
        let wanted = target(ADMIN.0, ADMIN.1);
        if cached {
            driver.send(Msg::CredentialsFetched {
                target: TargetKey::from(&wanted),
                validity: later(3_000).into(),
            });
        }
        for format in ExportFormat::ALL {
            let lines = entries::preview_export(&driver.model, &wanted, format).join("\n");
            assert!(lines.contains("ASIA********"), "{format}:\n{lines}");
            assert!(lines.matches("********").count() >= 3, "{format}:\n{lines}");
            let has_time = lines.contains(&later(3_000).to_string());
            assert!(!has_time || cached, "{format}:\n{lines}");
        }
        driver.control('e');
        let text = driver.text((80, 24));
        assert!(text.contains("AWS_ACCESS_KEY_ID='ASIA********'"), "{text}");
    }
}

#[test]
fn help_begins_with_the_current_screen_and_enter_performs() {
    let mut driver = Driver::signed_in();
    driver.key(KeyCode::Char('?'));
    let text = driver.text((80, 24));
    assert!(driver.model.browse.query.is_empty());
    let second = text.lines().nth(3).unwrap_or_default();
    assert!(second.contains("│ Targets"), "{text}");
    let effects = choose(&mut driver, "refresh the list");
    assert!(
        matches!(effects.last(), Some(Effect::Refresh { .. })),
        "{effects:?}"
    );
    assert_eq!(driver.model.overlay, None);
    // A question mark is a letter of a query that is there.
    driver.type_text("pay?");
    assert_eq!(driver.model.browse.query.text(), "pay?");
    // On the sign-in screen its own keys come first, and those of the list say where they count.
    let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
    driver.loaded(false, false);
    driver.code(None);
    driver.control('k');
    let text = driver.text((80, 24));
    let sign_in = text.lines().position(|line| line.contains("│ Sign-in")).unwrap();
    assert!(sign_in < 6, "{text}");
    driver.type_text("favourite");
    assert!(driver.text((80, 24)).contains("only on the list"));
    assert_eq!(driver.key(KeyCode::Enter), []);
    assert!(driver.model.overlay.is_some(), "it stays");
    driver.control('u');
    let effects = choose(&mut driver, "open the sign-in page");
    assert!(matches!(effects[..], [Effect::OpenPage { .. }]), "{effects:?}");
}

/// Every binding of the list: performing it from the help is pressing its key.
#[test]
fn help_performs_what_the_key_does() {
    let start = || {
        let mut driver = Driver::signed_in();
        driver.type_text("payments-dev adm");
        driver
    };
    let keymap = Keymap::built_in();
    let contexts = [keymap::Context::Browse, keymap::Context::Always];
    for binding in keymap.bindings().iter().filter(|b| contexts.contains(&b.context)) {
        // Which number is meant is in the key alone.
        if matches!(binding.action, keymap::Action::Help | keymap::Action::Number) {
            continue;
        }
        let key = binding.keys.first().unwrap();
        let mut pressed = start();
        let by_key = pressed.press(key.code, key.modifiers).to_vec();
        let mut chosen = start();
        chosen.key(KeyCode::F(1));
        let by_help = choose(&mut chosen, binding.help);
        assert_eq!(by_help, by_key, "{binding:?}");
        assert_eq!(chosen.model.overlay, pressed.model.overlay, "{binding:?}");
        assert_eq!(
            chosen.model.browse.query, pressed.model.browse.query,
            "{binding:?}"
        );
    }
}

#[test]
fn help_holds_settings_and_sessions() {
    let mut driver = Driver::new(
        options(),
        vec![session("tanuki"), session("kitsune")],
        History::default(),
    );
    driver.loaded(true, true);
    let before = driver.model.options.theme;
    driver.control('k');
    choose(&mut driver, "light theme");
    assert_ne!(driver.model.options.theme, before);
    driver.control('k');
    driver.type_text("light theme");
    assert!(driver.text((80, 24)).contains("in use"));
    driver.key(KeyCode::Esc);
    driver.control('k');
    choose(&mut driver, "as in vim");
    driver.type_text("jj");
    assert!(driver.model.browse.query.is_empty());
    driver.control('k');
    choose(&mut driver, "let letters search");
    driver.type_text("pay");
    assert_eq!(driver.model.browse.query.text(), "pay");
    driver.control('k');
    driver.type_text("settings");
    let text = driver.text((80, 24));
    assert!(
        text.contains("Use the light theme") && text.contains("as in vim"),
        "{text}"
    );
    driver.control('u');
    driver.type_text("sessions");
    let text = driver.text((80, 24));
    assert!(
        text.contains("Switch to kitsune") && text.contains("Add a session"),
        "{text}"
    );
    driver.control('u');
    driver.type_text("tanuki");
    assert!(driver.text((80, 24)).contains("shown now"));
    driver.control('u');
    choose(&mut driver, "kitsune");
    let shown = |model: &Model| model.place.as_ref().map(|p| p.session.name.clone());
    assert_eq!(shown(&driver.model).as_deref(), Some("kitsune"));
    driver.control('k');
    choose(&mut driver, "add a session");
    assert!(matches!(driver.model.screen, Screen::Setup(_)));
    let no_colour = Options {
        colour: false,
        ..options()
    };
    let mut driver = Driver::signed_in_with(no_colour, History::default());
    driver.control('k');
    driver.type_text("theme");
    assert!(driver.text((80, 24)).contains("NO_COLOR is set"));
}

#[test]
fn pasted_text_is_typed_into_the_menu() {
    let mut driver = actions();
    driver.send(Msg::Paste("account ID\n".into()));
    assert!(driver.text((80, 24)).contains("› account ID"));
    assert_eq!(driver.model.browse.query.text(), "payments-dev adm");
}

#[test]
fn menus_of_the_console_and_of_the_help_while_typing() {
    let mut driver = actions();
    choose(&mut driver, "console at");
    driver.assert_screen("console services");
    driver.type_text("ddb");
    driver.key(KeyCode::Enter);
    driver.assert_screen("console Regions");
    let mut driver = Driver::signed_in();
    driver.key(KeyCode::F(1));
    driver.type_text("cons");
    driver.assert_screen("help while typing");
    driver.press(KeyCode::Char('k'), KeyModifiers::CONTROL);
    assert!(
        !matches!(driver.model.overlay, Some(Overlay::Menu(_))),
        "the same key closes it"
    );
}
