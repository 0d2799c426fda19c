//! The pictures of the README and the guide, drawn by the portal's own views into SVG files: screens, and the way from
//! a sign-in to a shell as an animation.
//!
//! `GENKAN_UPDATE_PICTURES=1 cargo test --test it pictures` makes them again; without the variable
//! the test says which are no longer what the portal looks like.

use std::path::Path;

use crossterm::event::KeyCode;
use genkan::app::{Entering, Lasts};
use genkan::domain::SignInState;
use genkan::sandbox::Organisation;
use genkan::settings::ThemeName;
use genkan::tui::drawing::theme::Theme;
use genkan::tui::msg::{Msg, SignInMsg, SyncMsg};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use crate::support::driver::{Driver, Scene, later, listed, now, target};
use crate::support::env::catalog;
use crate::support::svg::{DARK, Frame, LIGHT, Palette, film, still};

const TARGET: (&str, &str) = ("payments-dev", "PowerUserAccess");

/// Every picture: its name and what is in it.
fn pictures() -> Vec<(String, String)> {
    let mut all = Vec::new();
    let looks = [
        ("", &DARK, ThemeName::Default),
        ("-light", &LIGHT, ThemeName::Light),
    ];
    for (suffix, palette, theme) in looks {
        let theme = Theme::named(theme, true);
        let mut add = |name: &str, scene, size| {
            let mut driver = Driver::scene(scene);
            driver.model.options.theme = theme;
            all.push((format!("{name}{suffix}"), still(&driver.buffer(size), palette)));
        };
        add("list", Scene::List, (112, 26));
        add("search", Scene::Search, (112, 18));
        add("sign-in", Scene::SignIn, (92, 24));
        add("export", Scene::Export, (80, 24));
        all.push((format!("journey{suffix}"), Journey::recorded(theme).film(palette)));
    }
    all
}

#[test]
fn pictures_match_the_portal() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/images");
    let mut stale = Vec::new();
    for (name, picture) in pictures() {
        let path = folder.join(format!("{name}.svg"));
        if std::fs::read_to_string(&path).is_ok_and(|old| old == picture) {
            continue;
        }
        if crate::support::env::updates_pictures() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(path, picture).unwrap();
        } else {
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "{stale:?} are stale; GENKAN_UPDATE_PICTURES=1 cargo test --test it pictures"
    );
}

/// From the first command to a shell and back, as it is seen in a terminal.
struct Journey {
    frames: Vec<Frame>,
    /// The screen for a viewer who wants no motion.
    at_rest: usize,
}

impl Journey {
    const SIZE: (u16, u16) = (112, 26);

    fn recorded(theme: Theme) -> Self {
        let mut journey = Self {
            frames: Vec::new(),
            at_rest: 0,
        };
        let terminal = journey.shell(Terminal::new("~/payments $ "), "genkan", &[], 0.9);
        let mut portal = Driver::scene(Scene::SignIn);
        portal.model.options.theme = theme;
        journey.signs_in(&mut portal);
        journey.finds(&mut portal);
        journey.enters(&mut portal, terminal);
        journey
    }

    fn film(&self, palette: &Palette) -> String {
        film(&self.frames, palette, self.at_rest)
    }

    fn see(&mut self, portal: &mut Driver, seconds: f64) {
        // Where nothing is typed or selected there is none.
        let cursor = Some(portal.cursor(Self::SIZE)).filter(|place| *place != (0, 0));
        let buffer = portal.buffer(Self::SIZE);
        self.frames.push(Frame {
            buffer,
            cursor,
            seconds,
        });
    }

    /// A code, its approval in the browser, and the list.
    fn signs_in(&mut self, portal: &mut Driver) {
        let id = portal.model.running().expect("the sign-in");
        self.see(portal, 2.8);
        let state = SignInState::SignedIn {
            until: later(28_800),
            renews: true,
            ends: None,
        };
        portal.send(Msg::SignIn {
            id,
            event: SignInMsg::Ended(Ok(state)),
        });
        self.see(portal, 1.0);
        portal.send(Msg::Tick(later(2)));
        let id = portal.model.running().expect("the listing");
        let all = catalog(&Organisation::sample(), later(1));
        portal.send(Msg::Sync {
            id,
            event: SyncMsg::Ended(Ok(listed(all))),
        });
        self.see(portal, 1.8);
    }

    /// A few letters.
    fn finds(&mut self, portal: &mut Driver) {
        for (letter, seconds) in "pay dev".chars().zip([0.35, 0.25, 0.7, 0.3, 0.25, 0.25, 1.0]) {
            portal.key(KeyCode::Char(letter));
            self.see(portal, seconds);
        }
        portal.key(KeyCode::Down);
        self.see(portal, 1.2);
        self.at_rest = self.frames.len() - 1;
    }

    /// Enter, a command in the shell, and back.
    fn enters(&mut self, portal: &mut Driver, mut terminal: Terminal) {
        portal.key(KeyCode::Enter);
        self.see(portal, 0.7);
        let entering = Entering {
            target: target(TARGET.0, TARGET.1),
            region: "ap-northeast-1".parse().unwrap(),
            is_production: false,
            lasts: Lasts::Renewed { sign_in_ends: None },
        };
        terminal.prompt = format!("[{}/{}] ~/payments $ ", TARGET.0, TARGET.1);
        terminal.say(&entering.line(now(), "the portal", Some(usize::from(Self::SIZE.0))));
        let answer = ["arn:aws:sts::310660284419:assumed-role/AWSReservedSSO_PowerUserAccess_7f3a9c/ayumi"];
        let command = "aws sts get-caller-identity --query Arn --output text";
        let terminal = self.shell(terminal, command, &answer, 1.6);
        self.shell(terminal, "exit", &[], 0.6);
        let id = portal.id();
        portal.send(Msg::Entered {
            id,
            target: target(TARGET.0, TARGET.1),
            result: Ok(0),
        });
        portal.key(KeyCode::Esc);
        self.see(portal, 2.2);
    }

    /// A command that is typed at a prompt, and what it prints.
    fn shell(&mut self, mut terminal: Terminal, command: &str, answer: &[&str], seconds: f64) -> Terminal {
        let pieces = command.len().min(6);
        self.frames.push(terminal.frame("", 0.6));
        for piece in 1..=pieces {
            let typed: String = command.chars().take(command.len() * piece / pieces).collect();
            let is_whole = piece == pieces;
            self.frames
                .push(terminal.frame(&typed, if is_whole { 0.5 } else { 0.13 }));
        }
        terminal.enter(command);
        for line in answer {
            terminal.say(line);
        }
        if !answer.is_empty() {
            self.frames.push(terminal.frame("", seconds));
        }
        terminal
    }
}

/// A shell's screen: lines, and a prompt.
struct Terminal {
    lines: Vec<(String, Style)>,
    prompt: String,
}

impl Terminal {
    fn new(prompt: &str) -> Self {
        Self {
            lines: Vec::new(),
            prompt: prompt.to_owned(),
        }
    }

    fn say(&mut self, line: &str) {
        let style = if line.starts_with("genkan:") {
            Style::new().add_modifier(Modifier::DIM)
        } else {
            Style::new()
        };
        self.lines.push((line.to_owned(), style));
    }

    fn enter(&mut self, command: &str) {
        self.lines
            .push((format!("{}{command}", self.prompt), Style::new()));
    }

    fn frame(&self, typed: &str, seconds: f64) -> Frame {
        let (columns, rows) = Journey::SIZE;
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
        let mut y = 0;
        let last = (format!("{}{typed}", self.prompt), Style::new());
        let mut cursor = (0, 0);
        for (line, style) in self.lines.iter().chain([&last]) {
            let letters: Vec<char> = line.chars().collect();
            // A terminal breaks lines anywhere.
            for part in letters.chunks(usize::from(columns)) {
                let part: String = part.iter().collect();
                buffer.set_string(0, y, &part, *style);
                cursor = (u16::try_from(part.chars().count()).unwrap(), y);
                y += 1;
            }
            let first = y - u16::try_from(letters.len().div_ceil(usize::from(columns))).unwrap();
            if line.starts_with(&self.prompt) {
                let prompt = Rect::new(0, first, u16::try_from(self.prompt.len()).unwrap() - 2, 1);
                buffer.set_style(prompt, Style::new().fg(Color::Cyan));
            }
        }
        Frame {
            buffer,
            cursor: Some(cursor),
            seconds,
        }
    }
}
