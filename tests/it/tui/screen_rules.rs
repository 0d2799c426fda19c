//! Rules that hold on every screen: what Esc and editing keys do, what is offered, what is asked first.

use crossterm::event::{KeyCode, KeyModifiers};
use genkan::domain::records::history::History;
use genkan::tui::effect::{Effect, Outcome};
use genkan::tui::entries;
use genkan::tui::input::keymap::Action;
use genkan::tui::model::{Options, Overlay, PickFor};
use genkan::tui::msg::Msg;
use genkan::tui::screens::menu::{Choice, MenuOf};

use crate::support::driver::{Driver, options, target};

/// Keys that move or delete in a text. Arrows, Home and End have a meaning of their own while the search is empty.
const EDITING: &[(KeyCode, KeyModifiers)] = &[
    (KeyCode::Backspace, KeyModifiers::NONE),
    (KeyCode::Backspace, KeyModifiers::CONTROL),
    (KeyCode::Backspace, KeyModifiers::ALT),
    (KeyCode::Delete, KeyModifiers::NONE),
    (KeyCode::Char('a'), KeyModifiers::CONTROL),
    (KeyCode::Char('h'), KeyModifiers::CONTROL),
    (KeyCode::Char('u'), KeyModifiers::CONTROL),
    (KeyCode::Char('w'), KeyModifiers::CONTROL),
    (KeyCode::Insert, KeyModifiers::NONE),
    (KeyCode::F(12), KeyModifiers::NONE),
    (KeyCode::Char('x'), KeyModifiers::ALT),
];

fn here(driver: &Driver) -> genkan::domain::Target {
    driver.model.browse.current().unwrap().target().unwrap()
}

#[test]
fn keys_that_edit_nothing_move_nothing() {
    for (code, modifiers) in EDITING {
        for presses in [0, 1, 3] {
            let mut driver = Driver::signed_in();
            driver.go_to("payments-dev", "AdministratorAccess");
            let before = here(&driver);
            for _ in 0..presses {
                driver.press(*code, *modifiers);
            }
            driver.send(Msg::Paste("\u{200b}\n".into()));
            assert_eq!(here(&driver), before, "{code:?} {modifiers:?}");
        }
    }
    // In a query, too, where only the text cursor moves.
    for code in [KeyCode::Left, KeyCode::Home, KeyCode::End, KeyCode::Delete] {
        let mut driver = Driver::signed_in();
        driver.type_text("prod");
        driver.key(KeyCode::Down);
        driver.key(KeyCode::Down);
        let before = here(&driver);
        driver.key(KeyCode::End);
        driver.key(code);
        assert_eq!(here(&driver), before, "{code:?}");
    }
}

#[test]
fn pasted_line_break_becomes_a_space() {
    for (pasted, expected) in [
        ("payments-prod\nadmin", "payments-prod admin"),
        ("payments-prod\r\nadmin\r\n", "payments-prod admin"),
        ("\n\npay\u{2028}adm\n", "pay adm"),
        ("payments-prod\tadmin", "payments-prod admin"),
        ("pay\u{200b}ments", "payments"),
    ] {
        let mut driver = Driver::signed_in();
        driver.send(Msg::Paste(pasted.into()));
        assert_eq!(driver.model.browse.query.text(), expected, "{pasted:?}");
        assert!(driver.model.browse.counts().0 > 0, "{pasted:?}");
    }
}

#[test]
fn without_a_match_no_action_is_offered() {
    for (code, modifiers) in [
        (KeyCode::Enter, KeyModifiers::NONE),
        (KeyCode::Tab, KeyModifiers::NONE),
        (KeyCode::Char('o'), KeyModifiers::CONTROL),
        (KeyCode::Char('e'), KeyModifiers::CONTROL),
        (KeyCode::Char('y'), KeyModifiers::CONTROL),
        (KeyCode::Char('f'), KeyModifiers::CONTROL),
    ] {
        let mut driver = Driver::signed_in();
        driver.type_text("zzz");
        let text = driver.text((120, 36));
        let footer = text.trim_end().lines().last().unwrap_or_default();
        for key in ["Enter", "Tab", "^O", "^E", "^Y", "^F"] {
            assert!(!footer.contains(key), "{key}: {footer}");
        }
        assert!(footer.contains("Esc clear") && footer.contains("F1"), "{footer}");
        assert_eq!(driver.press(code, modifiers), [], "{code:?}");
        let text = driver.text((120, 36));
        let said = text
            .lines()
            .any(|line| line.starts_with(" ! ") && line.contains("no match for “zzz”"));
        assert!(said, "{code:?}:\n{text}");
        driver.key(KeyCode::Esc);
        driver.key(KeyCode::Esc);
        assert!(driver.text((120, 36)).contains("Enter unfold"));
    }
}

#[test]
fn export_menu_explains_enter_and_scrolling_at_every_size() {
    let formats = genkan::domain::shells::export::ExportFormat::ALL;
    for size in [(80, 24), (120, 36), (40, 10), (40, 12), (60, 14), (34, 10)] {
        let mut driver = Driver::signed_in();
        driver.go_to("payments-dev", "AdministratorAccess");
        driver.control('e');
        let mut seen = std::collections::BTreeSet::new();
        for _ in formats {
            let text = driver.text(size);
            let words: Vec<&str> = text
                .split(|c: char| c.is_whitespace() || c == '│')
                .filter(|w| !w.is_empty())
                .collect();
            assert!(
                words.join(" ").contains("Enter prints and quits"),
                "{size:?}:\n{text}"
            );
            let shown: Vec<_> = formats
                .iter()
                .filter(|f| text.contains(&format!("│  {} ", f.name())))
                .collect();
            assert!(
                shown.len() == formats.len() || text.contains("↑ ↓ scroll"),
                "{size:?}:\n{text}"
            );
            seen.extend(shown.iter().map(|f| f.name()));
            driver.key(KeyCode::Down);
        }
        assert_eq!(seen.len(), formats.len(), "{size:?}");
    }
}

#[test]
fn clearing_the_search_keeps_the_cursor_on_its_target() {
    for clear in ["Esc", "Ctrl-U"] {
        let mut driver = Driver::signed_in();
        driver.type_text("prod");
        for _ in 0..4 {
            driver.key(KeyCode::Down);
        }
        let before = here(&driver);
        match clear {
            "Esc" => drop(driver.key(KeyCode::Esc).to_vec()),
            _ => drop(driver.control('u').to_vec()),
        }
        assert!(driver.model.browse.query.is_empty());
        assert_eq!(here(&driver), before, "{clear}");
    }
}

#[test]
fn picker_offers_only_available_actions() {
    for pick_for in [PickFor::Shell, PickFor::Export, PickFor::Exec, PickFor::Console] {
        let picking = Options {
            pick_for: Some(pick_for),
            ..options()
        };
        let mut driver = Driver::signed_in_with(picking, History::default());
        driver.type_text("payments-dev adm");
        let wanted = target("payments-dev", "AdministratorAccess");
        let entries = entries::menu_entries(&driver.model, &MenuOf::Actions(wanted.clone()));
        assert!(entries.len() > 8, "{entries:?}");
        for (at, entry) in entries.iter().enumerate() {
            driver.key(KeyCode::Tab);
            for _ in 0..at {
                driver.key(KeyCode::Down);
            }
            let effects = driver.key(KeyCode::Enter).to_vec();
            match (&entry.refused, &entry.choice) {
                (Some(why), _) => {
                    assert_eq!(effects, [], "{entry:?}");
                    assert!(driver.text((80, 24)).contains(why.as_str()), "{entry:?}");
                    driver.key(KeyCode::Esc);
                    driver.key(KeyCode::Esc);
                }
                (None, Choice::Press(Action::Enter)) => {
                    assert_eq!(effects, [Effect::Finish(Outcome::Picked(wanted.clone()))]);
                }
                (None, Choice::Press(Action::Details)) => {
                    assert!(matches!(effects[..], [Effect::SaveView { .. }, ..]));
                }
                (None, Choice::Favourite(_)) => assert!(matches!(effects[..], [Effect::SetFavourite { .. }])),
                (None, Choice::Copy { text, .. }) => {
                    assert!(
                        matches!(&effects[..], [Effect::CopyText { text: copied, .. }] if copied == text)
                    );
                }
                (None, Choice::Act(action)) if !action.needs_credentials() => {
                    let id = driver.id();
                    let action = action.clone();
                    assert_eq!(effects, [Effect::Act { id, action }]);
                    let result = Ok("done".into());
                    driver.send(Msg::Acted { id, result });
                }
                (None, Choice::Open(_) | Choice::Note(_)) => {
                    assert_eq!(effects, []);
                    driver.key(KeyCode::Esc);
                    driver.key(KeyCode::Esc);
                }
                other => panic!("{pick_for:?} offers {other:?}"),
            }
            assert_eq!(driver.model.overlay, None, "{entry:?}");
        }
        let word = pick_for.as_str();
        for size in [(80, 24), (120, 36), (40, 10)] {
            let text = driver.text(size);
            let footer = text.lines().last().unwrap();
            assert!(footer.contains(&format!("Enter {word}")), "{footer}");
            for not_here in ["^O", "^E"] {
                assert!(!footer.contains(not_here), "{pick_for:?}: {footer}");
            }
        }
    }
}

/// Every way to the clipboard that copies secrets asks first.
#[test]
fn secrets_are_copied_only_after_confirmation() {
    let ways: [fn(&mut Driver); 2] = [
        |driver| {
            driver.control('e');
            driver.control('y');
        },
        |driver| {
            driver.key(KeyCode::Tab);
            driver.type_text("copy cred");
            driver.key(KeyCode::Enter);
        },
    ];
    for way in ways {
        let mut driver = Driver::signed_in();
        driver.type_text("payments-dev adm");
        way(&mut driver);
        assert_eq!(driver.effects, [], "nothing is copied yet");
        assert!(matches!(driver.model.overlay, Some(Overlay::Confirm { .. })));
        for size in [(80, 24), (40, 10), (30, 8), (120, 36)] {
            let text = driver.text(size);
            assert!(text.contains("Enter copies"), "{text}");
        }
        driver.control('y');
        assert_eq!(driver.effects, [], "the same key again is no answer");
        driver.key(KeyCode::Esc);
        assert!(driver.model.overlay.is_none() && driver.effects.is_empty());
        way(&mut driver);
        assert!(matches!(driver.key(KeyCode::Enter), [Effect::CopyExport { .. }]));
    }
    let mut driver = Driver::signed_in();
    driver.go_to("payments-dev", "AdministratorAccess");
    driver.control('e');
    driver.control('y');
    for size in [(80, 24), (40, 10)] {
        driver.assert_screen_at("copy question", size);
    }
}

/// With standard output read by a program, Enter exports; footer, menu and help say so.
#[test]
fn enter_exports_when_output_is_captured() {
    let captured = Options {
        exports: true,
        ..options()
    };
    let mut driver = Driver::signed_in_with(captured, History::default());
    driver.type_text("payments-dev adm");
    assert!(driver.text((80, 24)).contains("Enter export"));
    driver.key(KeyCode::Tab);
    let text = driver.text((80, 24));
    assert!(
        text.contains("Quit and print bash lines") && !text.contains("subshell"),
        "{text}"
    );
    let wanted = Effect::Finish(Outcome::Print {
        target: target("payments-dev", "AdministratorAccess"),
        format: genkan::domain::shells::export::ExportFormat::Bash,
    });
    assert_eq!(driver.key(KeyCode::Enter), std::slice::from_ref(&wanted));
    driver.key(KeyCode::F(1));
    assert!(!driver.text((120, 80)).contains("subshell"));
    driver.key(KeyCode::Esc);
    assert_eq!(driver.key(KeyCode::Enter), [wanted]);
}

#[test]
fn enter_searches_for_the_nearest_word_when_nothing_matches() {
    let mut driver = Driver::signed_in_with_changes(genkan::domain::Changes::default());
    driver.type_text("zaymentz");
    let text = driver.text((80, 24));
    assert!(!text.contains("searches for"), "two letters are wrong:\n{text}");
    driver.key(KeyCode::Esc);
    driver.type_text("paymentz-dev");
    let text = driver.text((80, 24));
    assert!(
        text.contains("no match for “paymentz-dev” · Enter searches for “payments-dev”"),
        "{text}"
    );
    assert!(text.contains("Enter search"), "the footer says it, too:\n{text}");
    let effects = driver.key(KeyCode::Enter);
    assert!(effects.is_empty(), "nothing is entered: {effects:?}");
    let text = driver.text((80, 24));
    assert!(text.contains("› payments-dev"), "{text}");
    assert!(!text.contains("no match for"), "{text}");
}

#[test]
fn a_pasted_arn_finds_its_account() {
    let mut driver = Driver::signed_in_with(options(), History::default());
    let target = target("payments-dev", "AdministratorAccess");
    driver.send(Msg::Paste(format!(
        "arn:aws:sts::{}:assumed-role/AWSReservedSSO_{}_0123456789abcdef/hana",
        target.account_id, target.permission_set
    )));
    assert_eq!(driver.model.browse.counts().0, 1);
    let found = driver
        .model
        .browse
        .current()
        .and_then(genkan::tui::browse::Row::target);
    assert_eq!(found, Some(target));
}
