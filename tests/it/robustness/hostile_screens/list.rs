//! Scenes of the list, its overlays and marks.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent, MouseEventKind};
use genkan::domain::records::history::TargetKey;
use genkan::domain::rules::{Given, Guard, Match, Rule, RuleSet};
use genkan::domain::web::browser_choice::{BrowserChoice, BrowserName, BrowserPlace};
use genkan::domain::{Change, Changes, PermissionSetName, SyncEvent};
use genkan::tui::input::text_input::TextInput;
use genkan::tui::msg::{ActionResult, Listed, Msg, Problem, SyncMsg};

use crate::support::driver::{Driver, later, now};

use super::stage::Stage;

impl Stage {
    pub fn list(&self) {
        let mut driver = self.signed_in();
        let id = driver.id();
        self.look(
            "the list",
            &mut driver,
            &["session", "account", "set", "email", "other"],
        );
        self.send(&mut driver, Msg::Tick(later(1)));
        self.send(
            &mut driver,
            Msg::CredentialsFetched {
                target: TargetKey::from(&self.target()),
                validity: later(900).into(),
            },
        );
        self.details(&mut driver);
        let says = |driver: &mut Driver, event| {
            self.send(driver, Msg::Sync { id, event });
            let next = driver.model.now + jiff::SignedDuration::from_secs(1);
            self.send(driver, Msg::Tick(next));
        };
        says(&mut driver, SyncMsg::Event(SyncEvent::Waiting));
        says(&mut driver, SyncMsg::Event(SyncEvent::Throttled));
        self.look("another lists", &mut driver, &["account"]);
        let account = self.account("000000000003");
        says(&mut driver, SyncMsg::Event(SyncEvent::Known(self.catalog())));
        says(&mut driver, SyncMsg::Event(SyncEvent::BegunAgain));
        self.look("a list of an earlier sign-in", &mut driver, &["account"]);
        says(
            &mut driver,
            SyncMsg::Event(SyncEvent::Accounts {
                accounts: vec![account.clone()],
                complete: true,
                settled: 0,
            }),
        );
        self.look("rows come in", &mut driver, &["account", "set"]);
        says(
            &mut driver,
            SyncMsg::Event(SyncEvent::PermissionSets {
                account: account.id.clone(),
                names: vec![PermissionSetName::new(self.text("late"))],
                at: now(),
            }),
        );
        self.look("rows come in", &mut driver, &["late"]);
        says(
            &mut driver,
            SyncMsg::Event(SyncEvent::Problem {
                account: "000000000002".parse().unwrap(),
                sentence: self.text("failure").into(),
            }),
        );
        for _ in 0..3 {
            self.key(&mut driver, KeyCode::Down);
        }
        let click = MouseEvent {
            kind: MouseEventKind::ScrollUp,
            column: 0,
            row: 0,
            modifiers: KeyModifiers::NONE,
        };
        self.send(&mut driver, Msg::Mouse(click));
        self.send(&mut driver, Msg::Resize(120, 36));
        driver.model.browse.bottom();
        self.look("a row that failed", &mut driver, &["account", "email"]);
        let query = TextInput::new(&self.text("query"));
        driver.model.browse.edit_query(|input| *input = query);
        self.look("nothing is found", &mut driver, &["query"]);
        self.send(&mut driver, Msg::Paste(self.text("pasted")));
        self.look("a paste", &mut driver, &["query"]);
        for event in [
            SyncMsg::Ended(Err(self.problem())),
            SyncMsg::Ended(Err(Problem {
                sign_in: Some(self.text("why")),
                ..self.problem()
            })),
        ] {
            let mut driver = self.signed_in();
            let id = driver.id();
            let over = matches!(&event, SyncMsg::Ended(Err(p)) if p.sign_in.is_some());
            self.send(&mut driver, Msg::Sync { id, event });
            let words: &[&str] = if over { &["why"] } else { &["sentence", "hint"] };
            self.look("not listed", &mut driver, words);
        }
    }

    /// A listing that has ended, with what is new and gone; the cursor on the account that failed.
    pub fn changes(&self) {
        let mut driver = self.signed_in();
        let id = driver.id();
        let change = |permission_set: &str| Change {
            account: self.account("000000000001"),
            permission_set: PermissionSetName::new(self.text(permission_set)),
        };
        let changes = Changes {
            sign_in: None,
            since: Some(later(-3_600)),
            new: vec![change("fresh"), change("")],
            gone: vec![change("lost")],
        };
        let listed = Listed {
            catalog: self.catalog(),
            changes,
        };
        let event = SyncMsg::Ended(Ok(listed));
        self.send(&mut driver, Msg::Sync { id, event });
        self.look("listed", &mut driver, &["account"]);
        self.key(&mut driver, KeyCode::F(6));
        self.look("changes", &mut driver, &["account", "fresh", "lost"]);
        self.key(&mut driver, KeyCode::Esc);
        for _ in 0..3 {
            self.key(&mut driver, KeyCode::Down);
        }
        self.look("an account that failed", &mut driver, &["reason"]);
        self.key(&mut driver, KeyCode::Enter);
        self.look("nothing to enter there", &mut driver, &["account", "reason"]);
    }

    pub fn overlays(&self) {
        let mut driver = self.signed_in();
        // From the account to its first permission set.
        self.key(&mut driver, KeyCode::Down);
        self.key(&mut driver, KeyCode::F(1));
        self.look("help", &mut driver, &[]);
        self.key(&mut driver, KeyCode::Esc);
        self.key(&mut driver, KeyCode::Tab);
        self.look("actions", &mut driver, &["account", "set"]);
        for c in "in a browser".chars() {
            self.key(&mut driver, KeyCode::Char(c));
        }
        self.key(&mut driver, KeyCode::Enter);
        let place = BrowserPlace::Profile(self.text("profile"));
        let choice = BrowserChoice::Browser(BrowserName::Firefox, place);
        self.send(&mut driver, Msg::Browsers(vec![choice]));
        self.look("browsers", &mut driver, &["account", "profile"]);
        self.key(&mut driver, KeyCode::Esc);
        self.key(&mut driver, KeyCode::Esc);
        self.control(&mut driver, 'e');
        self.look("formats", &mut driver, &["account", "set"]);
        self.key(&mut driver, KeyCode::Esc);
        self.control(&mut driver, 's');
        self.look("sessions", &mut driver, &["session"]);
        self.key(&mut driver, KeyCode::Esc);
        self.control(&mut driver, 'f');
        self.look("a favourite", &mut driver, &["account", "set"]);
        self.marked();
        self.own_action();
        driver.model.options.rules = self.guarding().into();
        self.key(&mut driver, KeyCode::Enter);
        self.look("a guard", &mut driver, &["account", "set", "note"]);
        self.key(&mut driver, KeyCode::Char('x'));
        self.key(&mut driver, KeyCode::Enter);
        self.look("a wrong name", &mut driver, &["account"]);
    }

    /// A rule that guards everything.
    pub fn guarding(&self) -> RuleSet {
        let matches = Match {
            id: vec!["*".parse().unwrap()],
            ..Match::default()
        };
        let given = Given {
            alias: self.text("alias").parse().ok(),
            note: Some(self.text("note").into()),
            guard: Some(Guard::Confirm),
            ..Given::default()
        };
        RuleSet::new(vec![Rule { matches, given }])
    }

    /// An action of the user's own: the question before it, and what is said after it ended.
    pub fn own_action(&self) {
        let mut driver = self.signed_in();
        self.key(&mut driver, KeyCode::Down);
        self.key(&mut driver, KeyCode::F(10));
        self.look("an action to confirm", &mut driver, &["own", "account", "set"]);
        self.key(&mut driver, KeyCode::Enter);
        let result = |ended| ActionResult {
            target: self.target(),
            ended,
        };
        for ended in [Ok((3, self.text("last"))), Err(self.problem())] {
            let results = vec![result(ended)];
            let name = self.text("own");
            self.send(&mut driver, Msg::ActionEnded { name, results });
            self.look("an action that failed", &mut driver, &["own", "account", "set"]);
        }
    }

    /// Marked targets, the question for a command, and what is said after it ran.
    pub fn marked(&self) {
        let mut driver = self.signed_in();
        self.key(&mut driver, KeyCode::Down);
        self.control(&mut driver, ' ');
        self.key(&mut driver, KeyCode::Tab);
        self.look("marked targets", &mut driver, &[]);
        self.key(&mut driver, KeyCode::Esc);
        for outcome in [Ok(3), Err(self.problem())] {
            self.key(&mut driver, KeyCode::Enter);
            self.look("a question for a line", &mut driver, &["account", "set"]);
            self.key(&mut driver, KeyCode::Char('x'));
            self.key(&mut driver, KeyCode::Enter);
            let id = driver.id();
            let results = vec![(self.target(), outcome)];
            self.send(&mut driver, Msg::Ran { id, results });
            self.look("a command that ran", &mut driver, &["account", "set"]);
            self.key(&mut driver, KeyCode::Esc);
        }
        self.send(
            &mut driver,
            Msg::Key(KeyEvent::new(KeyCode::Char('p'), KeyModifiers::ALT)),
        );
        let id = driver.id();
        let result = Ok(self.text("how"));
        self.send(&mut driver, Msg::Acted { id, result });
        self.look("a sentence", &mut driver, &["how"]);
    }
}
