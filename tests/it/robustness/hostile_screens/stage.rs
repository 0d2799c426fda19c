//! What the scenes have in common: foreign texts in each place that they reach, and a look at each cell.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use genkan::domain::records::history::{History, TargetKey};
use genkan::domain::{
    Account, AccountEntry, Catalog, Changes, DeviceAuthorization, PermissionSetName, Secret, SignInState,
    SsoSession, Target,
};
use genkan::settings::{ActionCommand, RunIn, UserAction};
use genkan::tui::input::keymap::Key;
use genkan::tui::model::{Model, Options, Screen};
use genkan::tui::msg::{Msg, Problem};
use genkan::tui::screens::user_actions::OfferedAction;

use crate::support::driver;
use crate::support::driver::{Driver, SIZES, later, now, text_of};
use crate::support::env::session;
use crate::support::hostile_text::is_hidden;

use super::kinds::{field, listing, message, notice, overlay, screen, step};

/// Foreign texts, all with the same payload in front; and what was shown of them.
pub struct Stage {
    pub payload: String,
    pub seen: RefCell<BTreeSet<&'static str>>,
}

impl Stage {
    pub fn text(&self, word: &str) -> String {
        format!("{}{word}", self.payload)
    }

    pub fn problem(&self) -> Problem {
        Problem {
            sentence: self.text("sentence"),
            hints: vec![self.text("hint"), self.text("more")],
            sign_in: None,
        }
    }

    pub fn session(&self) -> SsoSession {
        session(&self.text("session"))
    }

    pub fn account(&self, id: &str) -> Account {
        Account {
            id: id.parse().unwrap(),
            name: self.text("account").into(),
            email: self.text("email").into(),
        }
    }

    pub fn target(&self) -> Target {
        Target {
            session: self.text("session"),
            account_id: "000000000001".parse().unwrap(),
            account_name: self.text("account").into(),
            permission_set: PermissionSetName::new(self.text("set")),
        }
    }

    pub fn catalog(&self) -> Catalog {
        let good = AccountEntry {
            account: self.account("000000000001"),
            permission_sets: ["set", "other"]
                .map(|name| PermissionSetName::new(self.text(name)))
                .into(),
            listed_at: Some(now()),
            problem: None,
        };
        let bad = AccountEntry {
            account: self.account("000000000002"),
            permission_sets: Arc::default(),
            listed_at: None,
            problem: Some(self.text("reason").into()),
        };
        Catalog::from_entries(vec![good, bad], Some(later(-180)))
    }

    pub fn authorization(&self) -> DeviceAuthorization {
        DeviceAuthorization {
            device_code: Secret::new("device-code-secret"),
            user_code: self.text("code"),
            verification_uri: self.text("uri"),
            verification_uri_complete: self.text("complete"),
            interval: Duration::from_secs(1),
            expires_at: later(598),
        }
    }

    pub fn options(&self) -> Options {
        Options {
            config_file: self.text("file"),
            actions: vec![self.action()],
            no_tmux: None,
            preferred_session: Some(self.text("session")),
            ..driver::options()
        }
    }

    /// An action of the user's own, with a key.
    pub fn action(&self) -> OfferedAction {
        let action = UserAction {
            name: self.text("own"),
            key: None,
            command: ActionCommand::Script(self.text("script")),
            run: RunIn::Background,
            confirm: true,
            wait: true,
            credentials: None,
        };
        OfferedAction {
            action: action.into(),
            key: Some(Key {
                code: KeyCode::F(10),
                modifiers: KeyModifiers::NONE,
            }),
        }
    }

    pub fn send(&self, driver: &mut Driver, msg: Msg) {
        self.seen.borrow_mut().insert(message(&msg));
        driver.send(msg);
        self.note(&driver.model);
    }

    pub fn note(&self, model: &Model) {
        let mut seen = self.seen.borrow_mut();
        seen.insert(screen(&model.screen));
        if let Screen::SignIn(sign_in) = &model.screen {
            seen.insert(step(&sign_in.step));
        }
        if let Screen::Setup(form) = &model.screen {
            seen.insert(field(&form.focus));
        }
        seen.extend(model.overlay.as_ref().map(overlay));
        seen.extend(model.front_notice().map(|n| notice(&n.kind)));
        seen.extend(model.place.as_ref().map(|p| listing(&p.sync)));
    }

    pub fn key(&self, driver: &mut Driver, code: KeyCode) {
        self.send(driver, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    pub fn control(&self, driver: &mut Driver, letter: char) {
        self.send(
            driver,
            Msg::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)),
        );
    }

    /// Draws at every size; on the large screen each of these words stands there with the mark of what
    /// was taken out in front of it.
    pub fn look(&self, scene: &str, driver: &mut Driver, words: &[&str]) {
        self.note(&driver.model);
        let mut text = String::new();
        for size in SIZES {
            let buffer = driver.buffer(size);
            for cell in buffer.content() {
                let symbol = cell.symbol();
                if symbol.len() == 1 && !symbol.contains(is_hidden) {
                    continue;
                }
                let raw: Vec<char> = symbol.chars().filter(|c| is_hidden(*c)).collect();
                assert!(raw.is_empty(), "{scene} {size:?} {:?}: {raw:?}", self.payload);
                assert!(
                    symbol.chars().count() < 12,
                    "{scene} {size:?}: a pile of {symbol:?}"
                );
            }
            if size == (120, 36) {
                text = text_of(&buffer);
            }
        }
        // Inside a sentence of ours a mark stands on our letter, which hides nothing.
        if self.payload.starts_with('\u{301}') {
            return;
        }
        for word in words {
            assert!(
                text.contains(&format!("\u{fffd}{word}")),
                "{scene} {:?}: no {word} in\n{text}",
                self.payload
            );
        }
    }

    pub fn signed_in(&self) -> Driver {
        let mut driver = Driver::new(
            self.options(),
            vec![self.session(), session("b")],
            History::default(),
        );
        self.loaded(&mut driver, true, Vec::new());
        driver
    }

    pub fn loaded(&self, driver: &mut Driver, signed_in: bool, notices: Vec<String>) {
        let sign_in = SignInState::SignedIn {
            until: later(18_720),
            renews: false,
            ends: None,
        };
        let msg = Msg::Loaded {
            of_earlier_sign_in: false,
            session: self.text("session"),
            catalog: signed_in.then(|| self.catalog()),
            changes: Changes::default(),
            expiries: vec![(TargetKey::from(&self.target()), later(600).into())],
            sign_in: if signed_in {
                sign_in
            } else {
                SignInState::SignedOut
            },
            notices,
        };
        self.send(driver, msg);
    }
}
