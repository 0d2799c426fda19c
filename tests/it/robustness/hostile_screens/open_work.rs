//! Scenes of open work, sessions and details.

use crossterm::event::KeyCode;
use genkan::domain::records::activity::{Answer, Entry, EntryKind};
use genkan::domain::records::history::TargetKey;
use genkan::domain::targets::profile::ProfileName;
use genkan::domain::{AccountColors, PermissionSetName, Running, SignInState, Target};
use genkan::tui::msg::Msg;
use genkan::tui::screens::open_work::{OpenWork, SessionSummary};

use crate::support::driver::{Driver, later};

use super::stage::Stage;

impl Stage {
    pub fn open(&self) {
        let mut driver = self.signed_in();
        self.key(&mut driver, KeyCode::F(7));
        let running = Running {
            process: 7,
            program: self.text("program").into(),
            kind: genkan::domain::RunningKind::Shell,
            target: self.target(),
            is_served: false,
            since: later(-90),
            until: Some(later(900)),
        };
        let open = OpenWork {
            running: vec![running],
            credentials: vec![(self.target(), later(600).into())],
        };
        self.send(&mut driver, Msg::Open(open));
        self.look("what is open", &mut driver, &["account"]);
        self.key(&mut driver, KeyCode::Enter);
        self.look("a shell", &mut driver, &["account"]);
        self.key(&mut driver, KeyCode::Enter);
        for result in [Ok(self.text("done")), Err(self.problem())] {
            let word = if result.is_ok() { "done" } else { "sentence" };
            self.send(&mut driver, Msg::OpenChanged { id: None, result });
            self.look("after an end", &mut driver, &[word]);
        }
        self.key(&mut driver, KeyCode::Esc);
        self.key(&mut driver, KeyCode::Esc);
        let entries = vec![
            Entry {
                at: later(-3),
                kind: EntryKind::Command(self.text("command")),
                answer: Answer::Ended,
                times: 1,
                milliseconds: 5,
                longest: 5,
            },
            Entry {
                at: later(-3),
                kind: EntryKind::Request {
                    operation: self.text("operation"),
                    session: self.text("session"),
                },
                answer: Answer::Status(403),
                times: 2,
                milliseconds: 5,
                longest: 3,
            },
        ];
        self.key(&mut driver, KeyCode::F(8));
        self.send(&mut driver, Msg::Colors(AccountColors::default()));
        self.send(&mut driver, Msg::Activity(entries));
        self.look("what genkan did", &mut driver, &["command"]);
        self.key(&mut driver, KeyCode::Esc);
        self.sessions(&mut driver);
    }

    pub fn sessions(&self, driver: &mut Driver) {
        let name = self.text("session");
        self.control(driver, 's');
        let summary = SessionSummary {
            name: name.clone(),
            state: SignInState::Ended { since: later(-60) },
            accounts: Some(3),
        };
        self.send(driver, Msg::SessionStates(vec![summary]));
        self.look("sessions", driver, &["session"]);
        for result in [Ok(()), Err(self.problem())] {
            self.control(driver, 's');
            for c in "sign out".chars() {
                self.key(driver, KeyCode::Char(c));
            }
            self.key(driver, KeyCode::Enter);
            self.look("a question", driver, &["session"]);
            self.key(driver, KeyCode::Enter);
            let id = driver.id();
            let session = name.clone();
            self.send(driver, Msg::SignedOut { id, session, result });
            self.look("signed out", driver, &["session"]);
        }
    }

    pub fn details(&self, driver: &mut Driver) {
        self.send(
            driver,
            Msg::ProfilesNamed {
                session: self.text("session"),
                names: ["set", "other"]
                    .map(|set| {
                        let permission_set = PermissionSetName::new(self.text(set));
                        let target = Target {
                            permission_set,
                            ..self.target()
                        };
                        let name = self.text("profile");
                        let is_written = false;
                        (TargetKey::from(&target), ProfileName { name, is_written })
                    })
                    .into(),
            },
        );
        // Past the heading of the account.
        self.key(driver, KeyCode::Down);
        self.look("details", driver, &["profile"]);
        self.send(driver, Msg::Resize(40, 10));
        self.key(driver, KeyCode::F(3));
        self.look("details over the list", driver, &["profile", "email", "other"]);
        self.key(driver, KeyCode::Esc);
    }
}
