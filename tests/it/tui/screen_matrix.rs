//! Every screen at four sizes with short, long, wide and no data: one snapshot for each group of screens, data and
//! size, to be read from top to bottom. Themes change colours and nothing else; their styles have snapshots of their own.

use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyModifiers};
use genkan::domain::records::activity::{Activity, Answer};
use genkan::domain::records::history::History;
use genkan::domain::rules::{Given, Guard, Match, Rule, RuleSet};
use genkan::domain::targets::credentials::Validity;
use genkan::domain::{Change, Changes, PermissionSetName, Running, Secret, SignInState};
use genkan::settings::ThemeName;
use genkan::tui::drawing::theme::Theme;
use genkan::tui::model::PickFor;
use genkan::tui::msg::{ConsoleAddress, Listed, Msg, SignInEnd, SignInMsg, SyncMsg};
use genkan::tui::screens::open_work::{OpenWork, SessionSummary};
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

use crate::support::data::Data;
use crate::support::driver::{Driver, later, options, problem, text_of};

type Size = (u16, u16);

const SIZES: [Size; 4] = [(80, 24), (120, 36), (200, 50), (40, 10)];

/// A screen, and how one gets there.
type Screens = &'static [(&'static str, fn(Data, Size) -> Driver)];

const LIST: Screens = &[
    ("list", list),
    ("unfolded", |data, size| pressed(data, size, &[KeyCode::F(4)])),
    ("flat", |data, size| {
        let mut driver = list(data, size);
        driver.control('t');
        driver
    }),
    ("search", |data, size| typed(data, size, "r")),
    ("search without a match", |data, size| typed(data, size, "zzz")),
    ("details toggled", |data, size| {
        pressed(data, size, &[KeyCode::F(3)])
    }),
    ("marked", marked),
    ("error", |data, size| {
        let mut driver = list(data, size);
        driver.send(Msg::Failed(problem(
            "portal.sso.ap-northeast-1.amazonaws.com can't be reached",
        )));
        driver
    }),
    ("picker", |data, size| {
        let mut driver = list(data, size);
        driver.model.options.pick_for = Some(PickFor::Exec);
        driver.model.options.picked_to = "run `terraform plan -out=release.tfplan`".into();
        driver
    }),
    ("signed out", |data, size| {
        let mut driver = list(data, size);
        driver.model.place.as_mut().unwrap().sign_in = SignInState::SignedOut;
        driver
    }),
];

const MENUS: Screens = &[
    ("actions", |data, size| pressed(data, size, &[KeyCode::Tab])),
    ("console services", |data, size| {
        chosen(data, size, &["console at"])
    }),
    ("console Regions", |data, size| {
        chosen(data, size, &["console at", "ddb"])
    }),
    ("export", |data, size| controlled(data, size, 'e')),
    ("other permission sets", |data, size| {
        chosen(data, size, &["other perm"])
    }),
    ("note", |data, size| chosen(data, size, &["note"])),
    ("copy credentials", |data, size| {
        chosen(data, size, &["copy cred"])
    }),
    ("command for marked targets", |data, size| {
        let mut driver = marked(data, size);
        driver.key(KeyCode::Enter);
        driver
    }),
    ("guard", guard),
    ("help", |data, size| pressed(data, size, &[KeyCode::F(1)])),
];

const AROUND: Screens = &[
    ("what is open", open),
    ("what genkan did", activity),
    ("sessions", sessions),
    ("changes", changes),
    ("link", |data, size| {
        let mut driver = controlled(data, size, 'o');
        if let Some(target) = data.targets().first().cloned() {
            let (id, address) = (
                driver.id(),
                "https://tanuki.awsapps.com/start/#/console?account_id=310448120938&role_name=PlatformEngineeringAdministrator",
            );
            let result = Ok(Some(ConsoleAddress {
                address: Secret::new(address),
                is_secret: false,
                forward: None,
            }));
            driver.send(Msg::Console { id, target, result });
        }
        driver
    }),
];

const SIGN_IN: Screens = &[
    ("first run", |data, size| {
        let mut driver = Driver::new(options(), Vec::new(), History::default());
        driver.send(Msg::Resize(size.0, size.1));
        driver.type_text(match data {
            Data::Short => "",
            _ => "https://acme-holding-production.awsapps.com/start",
        });
        driver
    }),
    ("requesting a code", Data::signing_in),
    ("code", code),
    ("code over SSH", |data, size| {
        let mut driver = data.signing_in(size);
        driver.code(Some("SSH session"));
        driver
    }),
    ("expired", |data, size| ended(data, size, Err(SignInEnd::Expired))),
    ("denied", |data, size| ended(data, size, Err(SignInEnd::Denied))),
    ("signed in", |data, size| {
        let until = later(28_800);
        ended(
            data,
            size,
            Ok(SignInState::SignedIn {
                until,
                renews: true,
                ends: None,
            }),
        )
    }),
];

/// Screens that are worth a look where there is no account.
const WITHOUT_ROWS: [&str; 9] = [
    "list",
    "search without a match",
    "details toggled",
    "picker",
    "signed out",
    "actions",
    "what is open",
    "what genkan did",
    "sessions",
];

fn list(data: Data, size: Size) -> Driver {
    let mut driver = data.portal(size);
    driver.key(KeyCode::Down);
    driver.key(KeyCode::Up);
    driver
}

fn pressed(data: Data, size: Size, keys: &[KeyCode]) -> Driver {
    let mut driver = list(data, size);
    for key in keys {
        driver.key(*key);
    }
    driver
}

fn controlled(data: Data, size: Size, letter: char) -> Driver {
    let mut driver = list(data, size);
    driver.control(letter);
    driver
}

fn typed(data: Data, size: Size, query: &str) -> Driver {
    let mut driver = data.portal(size);
    driver.type_text(query);
    driver
}

/// What is chosen in one menu after the other, with `Tab` as the first.
fn chosen(data: Data, size: Size, choices: &[&str]) -> Driver {
    let mut driver = pressed(data, size, &[KeyCode::Tab]);
    // Without a target there is no menu to type into.
    if data != Data::Empty {
        for choice in choices {
            driver.type_text(choice);
            driver.key(KeyCode::Enter);
        }
    }
    driver
}

fn marked(data: Data, size: Size) -> Driver {
    let mut driver = list(data, size);
    for _ in 0..2 {
        driver.press(KeyCode::Char(' '), KeyModifiers::CONTROL);
    }
    driver
}

fn guard(data: Data, size: Size) -> Driver {
    let mut driver = list(data, size);
    let given = Given {
        guard: Some(Guard::Confirm),
        production: Some(true),
        note: Some("Ask #payments first.".into()),
        ..Given::default()
    };
    let matches = Match::default();
    driver.model.options.rules = RuleSet::new(vec![Rule { matches, given }]).into();
    driver.model.rebuild();
    driver.key(KeyCode::Enter);
    driver
}

fn open(data: Data, size: Size) -> Driver {
    let mut driver = pressed(data, size, &[KeyCode::F(7)]);
    let life = Validity {
        until: later(2_400),
        life_seconds: Some(3_600),
    };
    let targets = data.targets();
    let running = targets.first().map(|target| Running {
        process: 4711,
        program: "fish".into(),
        kind: genkan::domain::RunningKind::Shell,
        target: target.clone(),
        is_served: true,
        since: later(-1_260),
        until: Some(later(11_520)),
    });
    driver.send(Msg::Open(OpenWork {
        running: running.into_iter().collect(),
        credentials: targets.into_iter().take(2).map(|target| (target, life)).collect(),
    }));
    driver
}

fn activity(data: Data, size: Size) -> Driver {
    let mut driver = pressed(data, size, &[KeyCode::F(8)]);
    let activity = Activity::default();
    if let Some(target) = data.targets().first() {
        let list = format!("genkan list --refresh --session {}", data.session());
        let list = activity.begin(list, later(-60));
        activity.request(
            "ListAccounts",
            data.session(),
            Answer::Status(200),
            88,
            later(-60),
        );
        activity.end(list, 1_210);
        let _ = activity.begin(format!("genkan shell {target}"), later(-1));
        activity.cached(format!("role credentials for {target}"), later(-1));
    }
    driver.send(Msg::Activity(activity.entries()));
    driver
}

fn sessions(data: Data, size: Size) -> Driver {
    let mut driver = controlled(data, size, 's');
    driver.send(Msg::SessionStates(vec![SessionSummary {
        name: data.session().into(),
        state: driver.model.sign_in(),
        accounts: Some(data.entries().len()),
    }]));
    driver
}

fn changes(data: Data, size: Size) -> Driver {
    let mut driver = list(data, size);
    let change = |entry: &genkan::domain::AccountEntry| Change {
        account: entry.account.clone(),
        permission_set: entry.permission_sets[0].clone(),
    };
    let catalog = driver.model.place.as_ref().unwrap().catalog.clone();
    driver.refresh();
    let id = driver.id();
    let gone = data.entries().into_iter().skip(3).map(|entry| Change {
        account: entry.account,
        permission_set: PermissionSetName::new("PowerUserAccess"),
    });
    let changes = Changes {
        sign_in: None,
        since: Some(later(-172_800)),
        new: data.entries().iter().take(2).map(change).collect(),
        gone: gone.collect(),
    };
    let event = SyncMsg::Ended(Ok(Listed { catalog, changes }));
    driver.send(Msg::Sync { id, event });
    driver.key(KeyCode::F(6));
    driver
}

fn code(data: Data, size: Size) -> Driver {
    let mut driver = data.signing_in(size);
    driver.code(None);
    driver
}

fn ended(data: Data, size: Size, result: Result<SignInState, SignInEnd>) -> Driver {
    let mut driver = data.signing_in(size);
    let id = driver.id();
    driver.code(None);
    let event = SignInMsg::Ended(result);
    driver.send(Msg::SignIn { id, event });
    driver
}

/// Draws all screens of a group, and checks that no theme changes a letter.
fn check(group: &str, screens: Screens, kinds: &[Data]) {
    for data in kinds {
        for size in SIZES {
            let mut pictures = String::new();
            let has_rows = *data != Data::Empty;
            for (name, make) in screens
                .iter()
                .filter(|(name, _)| has_rows || WITHOUT_ROWS.contains(name))
            {
                let mut driver = make(*data, size);
                let text = driver.text(size);
                if size == SIZES[0] {
                    for (theme, colour) in [(ThemeName::Light, true), (ThemeName::Default, false)] {
                        driver.model.options.theme = Theme::named(theme, colour);
                        assert_eq!(driver.text(size), text, "{name} in {theme:?}, colour: {colour}");
                    }
                }
                let _ = write!(pictures, "══ {name}\n{}\n\n", folded(&text));
            }
            let (columns, rows) = size;
            assert_picture(&format!("{group}, {}, {columns}x{rows}", data.name()), &pictures);
        }
    }
}

fn assert_picture(name: &str, picture: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("snapshots/matrix");
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, picture));
}

/// Many lines that are the same are one line and their number: what differs fits on a page.
fn folded(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = Vec::new();
    for same in lines.chunk_by(|a, b| a == b) {
        match same {
            [line, .., _] if same.len() > 3 => {
                out.push((*line).to_owned());
                out.push(format!("⋮ {} more", same.len() - 1));
            }
            _ => out.extend(same.iter().map(|line| (*line).to_owned())),
        }
    }
    out.join("\n")
}

#[test]
fn list_at_every_size_with_every_data() {
    check("list", LIST, &Data::ALL);
}

#[test]
fn menus_at_every_size_with_every_data() {
    check("menus", MENUS, &Data::ALL);
}

#[test]
fn screens_around_the_list_at_every_size_with_every_data() {
    check("around", AROUND, &Data::ALL);
}

#[test]
fn sign_in_at_every_size() {
    check("sign-in", SIGN_IN, &[Data::Short, Data::Long]);
}

/// Below each line of the screen, one letter for the style of each cell; the letters are explained at the end.
fn styled(buffer: &Buffer) -> String {
    let text = text_of(buffer);
    let mut styles: Vec<Style> = Vec::new();
    let mut out = String::new();
    for (y, line) in (0..).zip(text.lines()) {
        let mut marks = String::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let style = cell.style();
            let is_blank = cell.symbol() == " " && !cell.modifier.contains(Modifier::REVERSED);
            let is_plain = cell.fg == Color::Reset && cell.modifier.is_empty();
            if is_blank || is_plain {
                marks.push(' ');
                continue;
            }
            let at = styles
                .iter()
                .position(|known| *known == style)
                .unwrap_or_else(|| {
                    styles.push(style);
                    styles.len() - 1
                });
            marks.push(char::from(b'a' + u8::try_from(at).unwrap()));
        }
        let _ = writeln!(out, "{line}\n{}", marks.trim_end());
    }
    for (letter, style) in ('a'..).zip(&styles) {
        let colour = style.fg.filter(|fg| *fg != Color::Reset);
        let colour = colour.map_or(String::new(), |fg| format!("{fg} "));
        let _ = writeln!(out, "{letter} = {colour}{:?}", style.add_modifier);
    }
    out.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// The cursor on production, a search, an error, a guard: what must be seen at a glance, in every theme.
#[test]
fn selection_and_production_stand_out_in_every_theme() {
    let size = (80, 24);
    let themes = [
        ("dark", ThemeName::Default, true),
        ("light", ThemeName::Light, true),
        ("NO_COLOR", ThemeName::Default, false),
    ];
    let screens: Vec<(&str, Driver)> = vec![
        ("list", list(Data::Short, size)),
        ("search", typed(Data::Short, size, "prod ro")),
        ("error", LIST[7].1(Data::Short, size)),
        ("guard", guard(Data::Short, size)),
    ];
    for (name, mut driver) in screens {
        for (theme_name, theme, colour) in themes {
            driver.model.options.theme = Theme::named(theme, colour);
            let buffer = driver.buffer(size);
            let selected = buffer
                .content()
                .iter()
                .filter(|cell| cell.modifier.contains(Modifier::REVERSED));
            assert!(
                selected.count() > 20 || name == "guard",
                "{name} in {theme_name}: the selected row is reversed"
            );
            assert!(text_of(&buffer).contains("PROD"), "{name}: a word says it");
            assert_picture(&format!("styles of {name}, {theme_name}"), &styled(&buffer));
        }
    }
}
