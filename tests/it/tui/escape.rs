//! What the footer says that Esc does is what it does, on every screen and in every menu.

use crossterm::event::{KeyCode, KeyModifiers};
use genkan::domain::records::history::History;
use genkan::tui::effect::Effect;
use genkan::tui::model::{Options, Overlay, Screen};
use genkan::tui::notice::NoticeKind;

use crate::support::driver::{Driver, options};
use crate::support::env::session;

/// A step of a way through the screens.
#[derive(Clone, Copy, Debug)]
enum Step {
    Key(KeyCode),
    Control(char),
    Type(&'static str),
    /// Something fails.
    Fails,
}

use Step::{Control, Fails, Key, Type};

const ENTER: Step = Key(KeyCode::Enter);
const TAB: Step = Key(KeyCode::Tab);
const MARK: Step = Key(KeyCode::Char(' '));

/// Ways that lead through every screen and menu. Each begins on the list, whose first row is an account.
const WAYS: &[&[Step]] = &[
    &[TAB, ENTER, Type("note"), ENTER, Type("ask first")],
    &[
        Type("payments-dev"),
        TAB,
        Type("service"),
        ENTER,
        Type("s3"),
        ENTER,
    ],
    &[Type("payments-dev"), TAB, Type("copy cred"), ENTER],
    &[Type("payments-dev"), TAB, Type("credentials file"), ENTER],
    &[Type("payments-dev"), TAB, Type("other perm"), ENTER, ENTER],
    &[Type("payments-dev"), Control('e'), Control('y')],
    &[Type("payments-dev"), ENTER],
    &[Type("/led")],
    &[Type("payments-dev"), Control('o')],
    &[Type("no such thing"), Fails, Key(KeyCode::F(1))],
    &[Key(KeyCode::F(1)), Type("theme"), ENTER],
    &[Key(KeyCode::F(3))],
    &[Key(KeyCode::F(6))],
    &[Key(KeyCode::F(7))],
    &[Key(KeyCode::F(8))],
    &[Key(KeyCode::F(9))],
    &[Control('s'), Type("sign out of tanuki"), ENTER],
    &[Control('s'), Type("add"), ENTER, Type("x"), Fails],
    &[Control('s'), Type("all sess"), ENTER],
    &[Control('g'), Fails],
    &[
        Key(KeyCode::Right),
        Key(KeyCode::Down),
        MARK,
        MARK,
        TAB,
        ENTER,
        Type("ls"),
    ],
    &[Key(KeyCode::Right), Key(KeyCode::Down), MARK, ENTER, Type("ls")],
    &[Key(KeyCode::Right), Key(KeyCode::Down), MARK, Type("prod"), Fails],
];

fn take(driver: &mut Driver, step: Step) {
    match step {
        Key(code) => drop(driver.press(code, KeyModifiers::NONE).to_vec()),
        Control(letter) => drop(driver.control(letter).to_vec()),
        Type(text) => driver.type_text(text),
        Fails => driver.model.say(NoticeKind::Error, "it failed"),
    }
}

fn walked(vim: bool, way: &[Step], size: (u16, u16)) -> Driver {
    let options = Options { vim, ..options() };
    let sessions = ["tanuki", "kitsune"].map(session);
    let mut driver = Driver::new(options, sessions.into(), History::default());
    driver.loaded(true, true);
    driver.text(size);
    for step in way {
        take(&mut driver, *step);
    }
    driver
}

/// The footer's word for Esc.
fn label(driver: &mut Driver, size: (u16, u16)) -> String {
    let text = driver.text(size);
    let footer = text.lines().last().unwrap_or_default().to_owned();
    let (_, label) = footer.split_once("Esc ").unwrap_or_else(|| panic!("{text}"));
    label.split("  ").next().unwrap_or_default().trim().to_owned()
}

/// What Esc has done, in the footer's words.
fn escape(driver: &mut Driver) -> &'static str {
    let model = &driver.model;
    let needs_a_look = model
        .front_notice()
        .is_some_and(|notice| notice.kind.needs_a_look());
    let (overlay, busy, typing) = (
        model.overlay.clone(),
        model.busy.is_some(),
        model.browse.is_typing(),
    );
    let (query, marks) = (model.browse.query.text(), model.marked.len());
    let was_browse = matches!(model.screen, Screen::Browse);
    let effects = driver.key(KeyCode::Esc).to_vec();
    let model = &driver.model;
    if effects.iter().any(|effect| matches!(effect, Effect::Finish(_))) {
        return "quit";
    }
    let behind = match &overlay {
        Some(Overlay::Menu(menu)) => menu.behind.clone(),
        Some(Overlay::Prompt(prompt)) => prompt.behind.clone(),
        _ => None,
    };
    match () {
        () if needs_a_look && model.front_notice().is_none() && model.overlay == overlay => "dismiss",
        () if overlay.is_some()
            && behind.is_some()
            && model.overlay == behind.map(|it| Overlay::Menu(*it)) =>
        {
            "back"
        }
        () if overlay.is_some() && model.overlay.is_none() => "close",
        () if !was_browse && matches!(model.screen, Screen::Browse) => "back",
        () if busy && model.busy.is_none() => "cancel",
        () if typing && !model.browse.is_typing() => "done",
        () if !query.is_empty() && model.browse.query.is_empty() => "clear",
        () if marks > 0 && model.marked.is_empty() => "unmark",
        () => "nothing",
    }
}

#[test]
fn esc_does_what_the_footer_says_on_every_screen() {
    let mut seen = std::collections::BTreeSet::new();
    for size in [(80, 24), (40, 10), (120, 36)] {
        for vim in [false, true] {
            for way in WAYS {
                for steps in 0..=way.len() {
                    let mut driver = walked(vim, &way[..steps], size);
                    let said = label(&mut driver, size);
                    // All the way back to the end: each Esc on it must be true as well.
                    for _ in 0..12 {
                        let said = label(&mut driver, size);
                        let done = escape(&mut driver);
                        assert_eq!(said, done, "{size:?} vim {vim}: {:?}", &way[..steps]);
                        if done == "quit" {
                            break;
                        }
                    }
                    seen.insert(said);
                }
            }
        }
    }
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    assert_eq!(
        seen,
        [
            "back", "cancel", "clear", "close", "dismiss", "done", "quit", "unmark"
        ]
    );
}
