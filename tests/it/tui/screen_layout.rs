//! Rules of what is drawn: titles, notices, the QR code, blanks, and words that hold only for a while.

use crossterm::event::KeyCode;
use genkan::domain::SignInEvent;
use genkan::domain::records::history::History;
use genkan::domain::sessions::device::DevicePage;
use genkan::settings::ThemeName;
use genkan::tui::drawing::theme::Theme;
use genkan::tui::model::Options;
use genkan::tui::msg::{Msg, Problem, SignInMsg};
use genkan::tui::screens::front;
use ratatui::style::{Color, Modifier};

use crate::support::accounts::{entry, with_accounts};
use crate::support::driver::{Driver, SIZES, later, options, problem, text_of};
use crate::support::env::session;

/// Titles and menus, too.
#[test]
fn titles_are_cut_in_the_middle() {
    let long = "shared-services-networking-euc1-prod-001";
    let mut driver = with_accounts(vec![entry(1, long, &["AdministratorAccess"])], Vec::new());
    driver.key(KeyCode::Tab);
    for columns in 30..=120 {
        let text = driver.text((columns, 24));
        assert!(
            text.contains(" share") && text.contains("/Admin"),
            "{columns}:\n{text}"
        );
    }
}

/// Whatever its length: the row with the cursor is in sight, and the notice below the list.
#[test]
fn notice_never_covers_the_selected_row() {
    let long = "this sentence says at some length what happened; ".repeat(12);
    for size in [(80, 24), (120, 36), (40, 10), (30, 8), (60, 12)] {
        for words in ["short", long.as_str()] {
            for moves in [0, 1, 4, 18, 30, 99] {
                let mut driver = Driver::signed_in();
                driver.send(Msg::Resize(size.0, size.1));
                for _ in 0..moves {
                    driver.key(KeyCode::Down);
                }
                let here = driver.model.browse.current().unwrap().account().id.clone();
                driver.send(Msg::Failed(problem(words)));
                let text = driver.text(size);
                let row = text.lines().find(|line| line.starts_with('▌'));
                assert!(row.is_some(), "{size:?} {moves} {words}:\n{text}");
                assert_eq!(driver.model.browse.current().unwrap().account().id, here);
                assert!(text.contains("✗ "), "{text}");
                let list = front::browse_areas(&driver.model, size).list;
                let lines = usize::from(list.bottom());
                let first = text.lines().position(|line| line.starts_with(" ✗ ")).unwrap();
                assert!(first >= lines, "{size:?}:\n{text}");
            }
        }
    }
}

#[test]
fn notice_covers_no_menu_entry_and_no_code() {
    let long = "this sentence says at some length what happened; ".repeat(4);
    for size in [(80, 24), (40, 10), (30, 8)] {
        let mut driver = Driver::signed_in();
        driver.go_to("payments-dev", "AdministratorAccess");
        driver.key(KeyCode::Tab);
        driver.send(Msg::Failed(problem(&long)));
        driver.type_text("favour");
        driver.send(Msg::Failed(problem(&long)));
        let text = driver.text(size);
        assert!(text.contains("Add to favourites"), "{size:?}:\n{text}");
    }
}

fn every_screen(theme: Theme) -> Vec<Driver> {
    let themed = || Options { theme, ..options() };
    let list = Driver::signed_in_with(themed(), History::default());
    let mut search = Driver::signed_in_with(themed(), History::default());
    search.type_text("pay adm");
    let mut error = Driver::signed_in_with(themed(), History::default());
    error.send(Msg::Failed(problem("something went wrong")));
    let mut overlays: Vec<Driver> = [KeyCode::Tab, KeyCode::F(1)]
        .into_iter()
        .map(|key| {
            let mut driver = Driver::signed_in_with(themed(), History::default());
            driver.key(key);
            driver
        })
        .collect();
    for letter in ['e', 'y', 's'] {
        let mut driver = Driver::signed_in_with(themed(), History::default());
        driver.control(letter);
        overlays.push(driver);
    }
    let setup = Driver::new(themed(), Vec::new(), History::default());
    let mut code = Driver::new(themed(), vec![session("tanuki")], History::default());
    code.loaded(false, false);
    code.code(Some("SSH session"));
    let mut all = vec![list, search, error, setup, code];
    all.extend(overlays);
    all
}

const THEMES: [(ThemeName, bool); 5] = [
    (ThemeName::Default, true),
    (ThemeName::Light, true),
    (ThemeName::HighContrast, true),
    (ThemeName::Mono, true),
    (ThemeName::Default, false),
];

#[test]
fn no_theme_underlines_blanks() {
    for (name, colour) in THEMES {
        for mut driver in every_screen(Theme::named(name, colour)) {
            for size in SIZES {
                let buffer = driver.buffer(size);
                for cell in buffer.content() {
                    let underlined = cell.modifier.contains(Modifier::UNDERLINED);
                    assert!(
                        !underlined || cell.symbol() != " ",
                        "{name:?}:\n{}",
                        text_of(&buffer)
                    );
                }
            }
        }
    }
}

#[test]
fn qr_code_is_black_on_white_in_every_theme() {
    for (name, colour) in THEMES {
        let theme = Theme::named(name, colour);
        let mut driver = Driver::new(
            Options { theme, ..options() },
            vec![session("tanuki")],
            History::default(),
        );
        driver.loaded(false, false);
        driver.code(None);
        for size in [(80, 24), (120, 36)] {
            let buffer = driver.buffer(size);
            let code: Vec<_> = buffer
                .content()
                .iter()
                .filter(|c| matches!(c.symbol(), "▀" | "▄"))
                .collect();
            assert!(code.len() > 100, "{name:?} {size:?}: there is a QR code");
            for cell in code {
                assert_eq!(cell.fg, Color::Rgb(255, 255, 255));
                assert_eq!(cell.bg, Color::Rgb(0, 0, 0));
                assert!(cell.modifier.is_empty());
            }
        }
    }
}

/// The warning against approving another's code is there at every size, with and without a notice.
#[test]
fn sign_in_asks_to_compare_the_code_at_every_size() {
    let address = "https://start.us-gov-home.awsapps.com/directory/d-1234567890/#/device?user_code=DFPR-GJTF";
    for case in 0..4 {
        let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
        driver.loaded(false, false);
        let id = driver.id();
        match case {
            0 => driver.code(None),
            1 => driver.code(Some("SSH session")),
            _ => {
                let page = DevicePage {
                    user_code: "DFPR-GJTF".into(),
                    address: address.into(),
                    expires_at: later(598),
                };
                driver.send(Msg::SignIn {
                    id,
                    event: SignInMsg::Event(SignInEvent::Elsewhere(page)),
                });
            }
        }
        if case == 3 {
            driver.send(Msg::Copied {
                what: "address".into(),
                result: Ok("copied via terminal clipboard".into()),
            });
        }
        for columns in [30, 34, 40, 50, 66, 80, 100, 130] {
            for rows in (8..=16).chain([20, 24, 36]) {
                let text = driver.text((columns, rows));
                assert!(text.contains("Check "), "{case} {columns}x{rows}:\n{text}");
                let plain =
                    text.matches("DFPR-GJTF").count() > usize::from(text.contains("user_code=DFPR-GJTF"));
                let code = plain || text.contains("D F P R") || text.contains("████");
                assert!(code, "{case} {columns}x{rows}:\n{text}");
            }
        }
    }
}

/// `o` always gets an answer.
#[test]
fn open_browser_key_always_reports_the_result() {
    let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
    driver.loaded(false, false);
    let id = driver.id();
    driver.code(None);
    assert!(driver.text((80, 24)).contains("page that opened in your browser"));
    driver.send(Msg::SignIn {
        id,
        event: SignInMsg::NoBrowser("`xdg-open` exited with code 3".into()),
    });
    let text = driver.text((100, 24));
    assert!(
        text.contains("Open this page in any browser (`xdg-open` exited with code 3"),
        "{text}"
    );
    driver.key(KeyCode::Char('o'));
    driver.send(Msg::PageOpened {
        result: Err(Problem {
            sentence: "the browser did not start: `xdg-open` exited with code 3".into(),
            hints: Vec::new(),
            sign_in: None,
        }),
    });
    let text = driver.text((120, 36));
    assert!(
        text.contains("the browser did not start") && text.contains("c copies it"),
        "{text}"
    );
    driver.send(Msg::PageOpened { result: Ok(()) });
    assert!(driver.text((80, 24)).contains("opened the page in the browser"));
}
