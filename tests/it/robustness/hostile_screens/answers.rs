//! Scenes of answers to requests, and notices.

use crossterm::event::KeyCode;
use genkan::domain::Secret;
use genkan::domain::shells::export::ExportFormat;
use genkan::tui::msg::{ConsoleAddress, Msg};

use super::stage::Stage;

impl Stage {
    /// What comes back from the console, a subshell and the clipboard.
    pub fn answers(&self) {
        for letter in ['o', 'y', 'm'] {
            for outcome in 0..3 {
                let mut driver = self.signed_in();
                self.key(&mut driver, KeyCode::Down);
                match letter {
                    'm' => self.key(&mut driver, KeyCode::Enter),
                    'y' => self.control(&mut driver, 'e'),
                    _ => {}
                }
                if letter != 'm' {
                    self.control(&mut driver, letter);
                }
                if letter == 'y' {
                    self.look("a question", &mut driver, &["account", "set"]);
                    self.key(&mut driver, KeyCode::Enter);
                }
                let id = driver.id();
                let target = self.target();
                self.look("busy", &mut driver, &["account", "set"]);
                let msg = match (letter, outcome) {
                    ('o', 0) => Msg::Console {
                        id,
                        target,
                        result: Ok(None),
                    },
                    ('o', 1) => Msg::Console {
                        id,
                        target,
                        result: Ok(Some(ConsoleAddress {
                            address: Secret::new(self.text("address")),
                            is_secret: false,
                            forward: None,
                        })),
                    },
                    ('o', _) => Msg::Console {
                        id,
                        target,
                        result: Err(self.problem()),
                    },
                    ('y', 0 | 1) => Msg::Exported {
                        id,
                        target,
                        format: ExportFormat::Bash,
                        result: Ok(self.text("how")),
                    },
                    ('y', _) => Msg::Exported {
                        id,
                        target,
                        format: ExportFormat::Bash,
                        result: Err(self.problem()),
                    },
                    (_, 0 | 1) => Msg::Entered {
                        id,
                        target,
                        result: Ok(outcome),
                    },
                    _ => Msg::Entered {
                        id,
                        target,
                        result: Err(self.problem()),
                    },
                };
                self.send(&mut driver, msg);
                let words: &[&str] = match (letter, outcome) {
                    ('o', 1) => &["account", "set", "address"],
                    ('y', 0 | 1) => &["account", "set", "how"],
                    (_, 0 | 1) => &["account", "set"],
                    _ => &["sentence", "hint", "more"],
                };
                self.look("an answer", &mut driver, words);
            }
        }
    }

    pub fn notices(&self) {
        let mut driver = self.signed_in();
        for (msg, words) in [
            (
                Msg::Copied {
                    what: "address".into(),
                    result: Ok(self.text("how")),
                },
                &["how"][..],
            ),
            (
                Msg::Copied {
                    what: "address".into(),
                    result: Err(self.problem()),
                },
                &["sentence", "hint", "more"],
            ),
            (Msg::PageOpened { result: Ok(()) }, &[]),
            (
                Msg::PageOpened {
                    result: Err(self.problem()),
                },
                &["sentence"],
            ),
            (Msg::Failed(self.problem()), &["sentence", "hint", "more"]),
            (Msg::Waits("another genkan is listing"), &[]),
            (Msg::ClockSkew(Some(self.text("clock"))), &[]),
        ] {
            self.send(&mut driver, msg);
            self.look("a notice", &mut driver, words);
        }
        self.key(&mut driver, KeyCode::Down);
        self.look("a wrong clock", &mut driver, &["clock"]);
        self.loaded(&mut driver, true, vec![self.text("notice")]);
        self.look("a notice of files", &mut driver, &["notice"]);
    }
}
