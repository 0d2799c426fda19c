//! The portal without a terminal: keys and results go in, effects and the drawn screen come out.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use genkan::domain::records::history::{Action, History, TargetKey};
use genkan::domain::sessions::portal_session::{EndBasis, SessionEnd};
use genkan::domain::targets::credentials::Validity;
use genkan::domain::{Catalog, Changes, DeviceAuthorization, SignInEvent, SignInState, SsoSession, Target};
use genkan::sandbox::Organisation;
use genkan::settings::ThemeName;
use genkan::tui::drawing::theme::Theme;
use genkan::tui::effect::{Effect, RequestId};
use genkan::tui::model::{Model, Options};
use genkan::tui::msg::{Listed, Msg, Problem, SignInMsg, SyncMsg};
use genkan::tui::update::update_model;
use genkan::tui::view;
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use crate::support::env::{catalog, session};

pub const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (40, 10)];

pub fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

/// A sign-in that should end so many seconds from now.
pub fn session_end(seconds: i64) -> SessionEnd {
    SessionEnd {
        at: later(seconds),
        basis: EndBasis::Assumed,
    }
}

pub fn later(seconds: i64) -> Timestamp {
    Timestamp::from_second(now().as_second() + seconds).unwrap()
}

pub fn options() -> Options {
    Options {
        theme: Theme::named(ThemeName::Default, true),
        colour: true,
        vim: false,
        pick_for: None,
        picked_to: String::new(),
        query: String::new(),
        enter: None,
        exports: false,
        export_format: genkan::domain::shells::export::ExportFormat::Bash,
        regions: Vec::new(),
        rules: std::sync::Arc::default(),
        confirmations: genkan::domain::rules::Confirmations::default(),
        actions: Vec::new(),
        no_tmux: Some("not inside tmux"),
        no_sign_in: None,
        preferred_session: None,
        config_file: "~/.aws/config".into(),
    }
}

/// A scene of the pictures.
#[derive(Clone, Copy)]
pub enum Scene {
    SignIn,
    List,
    Search,
    Export,
}

/// The model with what it asked for.
pub struct Driver {
    pub model: Model,
    pub effects: Vec<Effect>,
}

impl Driver {
    pub fn new(options: Options, sessions: Vec<SsoSession>, history: History) -> Self {
        let (model, effects) = Model::new(options, sessions, history, (80, 24), now());
        Self { model, effects }
    }

    /// A user who is signed in and whose list is known.
    pub fn signed_in() -> Self {
        Self::signed_in_with(options(), History::default())
    }

    pub fn signed_in_with(options: Options, history: History) -> Self {
        let mut driver = Self::new(options, vec![session("tanuki")], history);
        driver.loaded(true, true);
        driver
    }

    /// A portal that is left with changes that no one has seen.
    pub fn signed_in_with_changes(changes: Changes) -> Self {
        let mut driver = Self::new(options(), vec![session("tanuki")], History::default());
        let sign_in = SignInState::SignedIn {
            until: later(18_720),
            renews: false,
            ends: None,
        };
        driver.send(Msg::Loaded {
            of_earlier_sign_in: false,
            session: "tanuki".into(),
            catalog: Some(catalog(&Organisation::sample(), later(-30))),
            changes,
            expiries: Vec::new(),
            sign_in,
            notices: Vec::new(),
        });
        driver
    }

    pub fn refresh(&mut self) {
        self.control('r');
    }

    pub fn loaded_as(&mut self, sign_in: SignInState) {
        self.send(Msg::Loaded {
            of_earlier_sign_in: false,
            session: "tanuki".into(),
            catalog: Some(catalog(&Organisation::sample(), later(-30))),
            changes: Changes::default(),
            expiries: Vec::new(),
            sign_in,
            notices: Vec::new(),
        });
    }

    /// Signed in, with nothing on disk: the first listing runs.
    pub fn loaded_with_nothing(&mut self) {
        self.loaded(false, true);
    }

    pub fn loaded(&mut self, cached: bool, signed_in: bool) {
        let sign_in = SignInState::SignedIn {
            until: later(18_720),
            renews: false,
            ends: None,
        };
        self.send(Msg::Loaded {
            of_earlier_sign_in: false,
            session: "tanuki".into(),
            catalog: cached.then(|| catalog(&Organisation::sample(), later(-180))),
            changes: Changes::default(),
            expiries: Vec::new(),
            sign_in: if signed_in {
                sign_in
            } else {
                SignInState::SignedOut
            },
            notices: Vec::new(),
        });
    }

    pub fn send(&mut self, msg: Msg) {
        self.effects = update_model(&mut self.model, msg);
    }

    pub fn press(&mut self, code: KeyCode, modifiers: KeyModifiers) -> &[Effect] {
        self.send(Msg::Key(KeyEvent::new(code, modifiers)));
        &self.effects
    }

    pub fn key(&mut self, code: KeyCode) -> &[Effect] {
        self.press(code, KeyModifiers::NONE)
    }

    pub fn control(&mut self, letter: char) -> &[Effect] {
        self.press(KeyCode::Char(letter), KeyModifiers::CONTROL)
    }

    pub fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.key(KeyCode::Char(c));
        }
    }

    /// Puts the cursor on a target, with an empty search.
    pub fn go_to(&mut self, account: &str, permission_set: &str) {
        self.type_text(&format!("{account}/{permission_set}"));
        self.key(KeyCode::Esc);
        let here = self.model.browse.current().unwrap().target().unwrap();
        assert_eq!(
            (&*here.account_name, here.permission_set.as_str()),
            (account, permission_set)
        );
    }

    /// The id of the request that was asked for last.
    pub fn id(&self) -> RequestId {
        self.effects
            .iter()
            .find_map(|effect| match effect {
                Effect::Refresh { id, .. }
                | Effect::RetryFailed { id, .. }
                | Effect::SignIn { id, .. }
                | Effect::CreateSession { id, .. }
                | Effect::Enter { id, .. }
                | Effect::Console { id, .. }
                | Effect::Act { id, .. }
                | Effect::Renew { id, .. }
                | Effect::SignOut { id, .. }
                | Effect::CopyExport { id, .. } => Some(*id),
                _ => None,
            })
            .expect("a request")
    }

    pub fn code(&mut self, no_browser: Option<&str>) {
        let id = self.id();
        let authorization = DeviceAuthorization {
            device_code: genkan::domain::Secret::new("device-code-secret"),
            user_code: "DFPR-GJTF".into(),
            verification_uri: "https://d-1234567890.awsapps.com/start/#/device".into(),
            verification_uri_complete: "https://d-1234567890.awsapps.com/start/#/device?user_code=DFPR-GJTF"
                .into(),
            interval: Duration::from_secs(1),
            expires_at: later(598),
        };
        let event = SignInMsg::Event(SignInEvent::Code(authorization));
        self.send(Msg::SignIn { id, event });
        if let Some(why) = no_browser {
            let event = SignInMsg::NoBrowser(why.to_owned());
            self.send(Msg::SignIn { id, event });
        }
    }

    /// A model in the state of a scene.
    pub fn scene(scene: Scene) -> Self {
        if matches!(scene, Scene::SignIn) {
            let mut driver = Self::new(options(), vec![session("tanuki")], History::default());
            driver.loaded(false, false);
            driver.code(None);
            return driver;
        }
        let mut history = History::default();
        history.record(
            TargetKey::from(&target("決済-本番", "ReadOnlyAccess")),
            Action::Console,
            later(-172_800),
        );
        history.record(
            TargetKey::from(&target("Zürich-Rechenzentrum", "NetworkAdministrator")),
            Action::Shell,
            later(-7_200),
        );
        history.toggle_favourite(TargetKey::from(&target("payments-prod", "ReadOnlyAccess")));
        history.toggle_favourite(TargetKey::from(&target("data-lake-prod", "DataScientist")));
        let mut driver = Self::signed_in_with(options(), history);
        let id = driver.id();
        driver.send(Msg::Sync {
            id,
            event: SyncMsg::Ended(Ok(listed(catalog(&Organisation::sample(), later(-60))))),
        });
        driver.send(Msg::CredentialsFetched {
            target: TargetKey::from(&target("payments-prod", "ReadOnlyAccess")),
            validity: Validity {
                until: later(3_120),
                life_seconds: Some(3_600),
            },
        });
        match scene {
            Scene::Search => driver.type_text("pay adm"),
            Scene::Export => {
                driver.type_text("pay adm");
                driver.control('e');
            }
            _ => {
                driver.key(KeyCode::Down);
                driver.key(KeyCode::Down);
                driver.key(KeyCode::Up);
            }
        }
        driver
    }

    /// The screen at a size.
    pub fn buffer(&mut self, (columns, rows): (u16, u16)) -> Buffer {
        // Looking asks for nothing.
        update_model(&mut self.model, Msg::Resize(columns, rows));
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal
            .draw(|frame| view::draw_screen(frame, &self.model))
            .unwrap();
        terminal.backend().buffer().clone()
    }

    pub fn text(&mut self, size: (u16, u16)) -> String {
        text_of(&self.buffer(size))
    }

    /// Where the terminal's own cursor is on a screen of a size: column and row.
    pub fn cursor(&mut self, (columns, rows): (u16, u16)) -> (u16, u16) {
        update_model(&mut self.model, Msg::Resize(columns, rows));
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal
            .draw(|frame| view::draw_screen(frame, &self.model))
            .unwrap();
        let place = terminal.get_cursor_position().unwrap();
        (place.x, place.y)
    }

    /// Compares all three sizes with what was agreed to look right.
    pub fn assert_screen(&mut self, name: &str) {
        for size in SIZES {
            self.assert_screen_at(name, size);
        }
    }

    /// The same for one size.
    pub fn assert_screen_at(&mut self, name: &str, (columns, rows): (u16, u16)) {
        let text = self.text((columns, rows));
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_snapshot_path("../tui/snapshots");
        settings.bind(|| insta::assert_snapshot!(format!("{name} {columns}x{rows}"), text));
    }
}

/// What is written in cells, line by line.
pub fn text_of(buffer: &Buffer) -> String {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let mut lines = Vec::new();
    for y in 0..rows {
        let (mut line, mut x) = (String::new(), 0);
        while x < columns {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            // A wide character hides the cell behind it.
            x += u16::try_from(genkan::domain::text::text_width(symbol))
                .unwrap()
                .max(1);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

pub fn target(account: &str, permission_set: &str) -> Target {
    let sample = Organisation::sample();
    let account = sample.accounts.iter().find(|a| a.name == account).unwrap();
    Target {
        session: "tanuki".into(),
        account_id: account.id.parse().unwrap(),
        account_name: account.name.clone().into(),
        permission_set: genkan::domain::PermissionSetName::new(permission_set),
    }
}

pub fn problem(sentence: &str) -> Problem {
    Problem {
        sentence: sentence.into(),
        hints: vec!["check the network, then press F5".into()],
        sign_in: None,
    }
}

/// What a listing found, nothing of it different from before.
pub fn listed(catalog: Catalog) -> Listed {
    Listed {
        catalog,
        changes: Changes::default(),
    }
}
