//! Every screen, overlay and message with hostile text in each place that text from outside reaches, raw, as if
//! it had not been cleaned where it entered: no cell holds what a terminal would obey or a user not see.
//!
//! The kinds of everything that is drawn are listed by exhaustive matches: a new overlay doesn't compile
//! here, and once named fails until a scene shows it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent, MouseEventKind};
use genkan::domain::activity::{Answer, Deed, Entry};
use genkan::domain::export::ExportFormat;
use genkan::domain::history::{History, TargetKey};
use genkan::domain::profile::ProfileName;
use genkan::domain::rules::{Given, Guard, Match, Rule, RuleSet};
use genkan::domain::{
    Account, AccountColors, AccountEntry, Catalog, Change, Changes, DeviceAuthorization, PermissionSetName,
    Running, Secret, SsoSession, Target,
};
use genkan::domain::{SignInEvent, SignInState, SyncEvent};
use genkan::settings::{ActionCommand, RunIn, UserAction};
use genkan::tui::keymap::Key;
use genkan::tui::model::{Model, Options, Overlay, Screen, SignInStep, Sync};
use genkan::tui::msg::{ActionResult, ConsoleAddress, Listed, Msg, Problem, SignInEnd, SignInMsg, SyncMsg};
use genkan::tui::notice::NoticeKind;
use genkan::tui::open_work::{OpenWork, SessionSummary};
use genkan::tui::setup::Field;
use genkan::tui::text_input::TextInput;
use genkan::tui::user_actions::OfferedAction;

use crate::support::driver;
use crate::support::driver::{Driver, SIZES, later, now, text_of};
use crate::support::env::session;
use crate::support::hostile_text::{PAYLOADS, is_hidden};
use crate::support::text::texts;

/// Names for the variants of an enum: a match that must be exhaustive, and the list of all names.
macro_rules! kinds {
    ($function:ident, $list:ident, $of:ty { $($pattern:pat => $name:literal),+ $(,)? }) => {
        const $list: &[&str] = &[$($name),+];
        fn $function(it: &$of) -> &'static str {
            match it { $($pattern => $name),+ }
        }
    };
}

kinds!(screen, SCREENS, Screen {
    Screen::Setup(_) => "screen: setup",
    Screen::Browse => "screen: list",
    Screen::SignIn(_) => "screen: sign-in",
});
kinds!(step, STEPS, SignInStep {
    SignInStep::Asking => "sign-in: asking",
    SignInStep::Waiting { page: None } => "sign-in: waiting",
    SignInStep::Waiting { page: Some(_) } => "sign-in: waiting, with a code",
    SignInStep::Code { no_browser: None, .. } => "sign-in: code",
    SignInStep::Code { no_browser: Some(_), .. } => "sign-in: code, no browser",
    SignInStep::Page { no_browser: None, .. } => "sign-in: page",
    SignInStep::Page { no_browser: Some(_), .. } => "sign-in: page, no browser",
    SignInStep::Expired => "sign-in: expired",
    SignInStep::Denied => "sign-in: denied",
    SignInStep::Failed(_) => "sign-in: failed",
    SignInStep::Done { .. } => "sign-in: done",
});
kinds!(overlay, OVERLAYS, Overlay {
    Overlay::Menu(_) => "overlay: menu",
    Overlay::Prompt(_) => "overlay: prompt",
    Overlay::Changes { .. } => "overlay: changes",
    Overlay::Details { .. } => "overlay: details",
    Overlay::Link { .. } => "overlay: link",
    Overlay::Confirm { .. } => "overlay: confirm",
    Overlay::Guard(_) => "overlay: guard",
});
kinds!(notice, NOTICES, NoticeKind {
    NoticeKind::Good => "notice: good",
    NoticeKind::Warning => "notice: warning",
    NoticeKind::Error => "notice: error",
});
kinds!(listing, LISTINGS, Sync {
    Sync::Idle => "listing: none",
    Sync::Running { waiting: false, .. } => "listing: running",
    Sync::Running { waiting: true, .. } => "listing: waiting",
    Sync::Failed => "listing: failed",
});
kinds!(message, MESSAGES, Msg {
    Msg::Key(_) => "message: key",
    Msg::Paste(_) => "message: paste",
    Msg::Mouse(_) => "message: mouse",
    Msg::Resize(..) => "message: resize",
    Msg::Tick(_) => "message: tick",
    Msg::Loaded { .. } => "message: loaded",
    Msg::Sync { event: SyncMsg::Event(SyncEvent::Waiting), .. } => "listing says: waiting",
    Msg::Sync { event: SyncMsg::Event(SyncEvent::Throttled), .. } => "listing says: throttled",
    Msg::Sync { event: SyncMsg::Event(SyncEvent::Known(_)), .. } => "listing says: known",
    Msg::Sync { event: SyncMsg::Event(SyncEvent::BegunAgain), .. } => "listing says: begun again",
    Msg::Sync { event: SyncMsg::Event(SyncEvent::Accounts { .. }), .. } => "listing says: accounts",
    Msg::Sync { event: SyncMsg::Event(SyncEvent::PermissionSets { .. }), .. } => "listing says: permission sets",
    Msg::Sync { event: SyncMsg::Event(SyncEvent::Problem { .. }), .. } => "listing says: account failed",
    Msg::Sync { event: SyncMsg::Ended(Ok(_)), .. } => "listing says: ended",
    Msg::Sync { event: SyncMsg::Ended(Err(_)), .. } => "listing says: failed",
    Msg::SignIn { event: SignInMsg::Event(SignInEvent::Waiting), .. } => "sign-in says: waiting",
    Msg::SignIn { event: SignInMsg::Event(SignInEvent::Elsewhere(_)), .. } => "sign-in says: elsewhere",
    Msg::SignIn { event: SignInMsg::Event(SignInEvent::TakenOver { .. }), .. } => "sign-in says: taken over",
    Msg::SignIn { event: SignInMsg::Event(SignInEvent::NotEnded(_)), .. } => "sign-in says: not ended",
    Msg::SignIn { event: SignInMsg::Event(SignInEvent::Code(_)), .. } => "sign-in says: code",
    Msg::SignIn { event: SignInMsg::Event(SignInEvent::Page(_)), .. } => "sign-in says: page",
    Msg::SignIn { event: SignInMsg::NoBrowser(_), .. } => "sign-in says: no browser",
    Msg::SignIn { event: SignInMsg::Event(SignInEvent::Trouble(_)), .. } => "sign-in says: trouble",
    Msg::SignIn { event: SignInMsg::Event(SignInEvent::Pending), .. } => "sign-in says: pending",
    Msg::SignIn { event: SignInMsg::Ended(Ok(_)), .. } => "sign-in says: ended",
    Msg::SignIn { event: SignInMsg::Ended(Err(SignInEnd::Expired)), .. } => "sign-in says: expired",
    Msg::SignIn { event: SignInMsg::Ended(Err(SignInEnd::Denied)), .. } => "sign-in says: denied",
    Msg::SignIn { event: SignInMsg::Ended(Err(SignInEnd::Failed(_))), .. } => "sign-in says: failed",
    Msg::SessionCreated { result: Ok(_), .. } => "message: session created",
    Msg::SessionCreated { result: Err(_), .. } => "message: session not created",
    Msg::Entered { result: Ok(_), .. } => "message: entered",
    Msg::Entered { result: Err(_), .. } => "message: not entered",
    Msg::Console { result: Ok(None), .. } => "message: console",
    Msg::Console { result: Ok(Some(_)), .. } => "message: console elsewhere",
    Msg::Console { result: Err(_), .. } => "message: no console",
    Msg::Exported { result: Ok(_), .. } => "message: exported",
    Msg::Exported { result: Err(_), .. } => "message: not exported",
    Msg::Copied { result: Ok(_), .. } => "message: copied",
    Msg::Copied { result: Err(_), .. } => "message: not copied",
    Msg::PageOpened { result: Ok(()) } => "message: page opened",
    Msg::PageOpened { result: Err(_) } => "message: page not opened",
    Msg::CredentialsFetched { .. } => "message: vended",
    Msg::Open(_) => "message: open",
    Msg::SessionStates(_) => "message: sessions",
    Msg::OpenChanged { result: Ok(_), .. } => "message: open changed",
    Msg::OpenChanged { result: Err(_), .. } => "message: open not changed",
    Msg::SignedOut { result: Ok(()), .. } => "message: signed out",
    Msg::SignedOut { result: Err(_), .. } => "message: not signed out",
    Msg::Activity(_) => "message: activity",
    Msg::Colors(_) => "message: colours",
    Msg::ProfilesNamed { .. } => "message: profiles named",
    Msg::ClockSkew(_) => "message: clock",
    Msg::Waits(_) => "message: waits",
    Msg::Failed(_) => "message: failed",
    Msg::Acted { .. } => "message: acted",
    Msg::Ran { .. } => "message: ran",
    Msg::ActionEnded { .. } => "message: action ended",
});
kinds!(field, FIELDS, Field {
    Field::StartUrl => "field: start URL",
    Field::Region => "field: region",
    Field::Name => "field: name",
});

/// Foreign texts, all with the same payload in front; and what was shown of them.
struct Stage {
    payload: String,
    seen: RefCell<BTreeSet<&'static str>>,
}

impl Stage {
    fn text(&self, word: &str) -> String {
        format!("{}{word}", self.payload)
    }

    fn problem(&self) -> Problem {
        Problem {
            sentence: self.text("sentence"),
            hints: vec![self.text("hint"), self.text("more")],
            sign_in: None,
        }
    }

    fn session(&self) -> SsoSession {
        session(&self.text("session"))
    }

    fn account(&self, id: &str) -> Account {
        Account {
            id: id.parse().unwrap(),
            name: self.text("account").into(),
            email: self.text("email").into(),
        }
    }

    fn target(&self) -> Target {
        Target {
            session: self.text("session"),
            account_id: "000000000001".parse().unwrap(),
            account_name: self.text("account").into(),
            permission_set: PermissionSetName::new(self.text("set")),
        }
    }

    fn catalog(&self) -> Catalog {
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
            permission_sets: Vec::new(),
            listed_at: None,
            problem: Some(self.text("reason").into()),
        };
        Catalog::from_entries(vec![good, bad], Some(later(-180)))
    }

    fn authorization(&self) -> DeviceAuthorization {
        DeviceAuthorization {
            device_code: Secret::new("device-code-secret"),
            user_code: self.text("code"),
            verification_uri: self.text("uri"),
            verification_uri_complete: self.text("complete"),
            interval: Duration::from_secs(1),
            expires_at: later(598),
        }
    }

    fn options(&self) -> Options {
        Options {
            config_file: self.text("file"),
            actions: vec![self.action()],
            no_tmux: None,
            preferred_session: Some(self.text("session")),
            ..driver::options()
        }
    }

    /// An action of the user's own, with a key.
    fn action(&self) -> OfferedAction {
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

    fn send(&self, driver: &mut Driver, msg: Msg) {
        self.seen.borrow_mut().insert(message(&msg));
        driver.send(msg);
        self.note(&driver.model);
    }

    fn note(&self, model: &Model) {
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

    fn key(&self, driver: &mut Driver, code: KeyCode) {
        self.send(driver, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    fn control(&self, driver: &mut Driver, letter: char) {
        self.send(
            driver,
            Msg::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)),
        );
    }

    /// Draws at every size; on the large screen each of these words stands there with the mark of what
    /// was taken out in front of it.
    fn look(&self, scene: &str, driver: &mut Driver, words: &[&str]) {
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

    fn at_home(&self) -> Driver {
        let mut driver = Driver::new(
            self.options(),
            vec![self.session(), session("b")],
            History::default(),
        );
        self.loaded(&mut driver, true, Vec::new());
        driver
    }

    fn loaded(&self, driver: &mut Driver, signed_in: bool, notices: Vec<String>) {
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

    fn setup(&self) {
        let mut driver = Driver::new(self.options(), Vec::new(), History::default());
        self.look("an empty form", &mut driver, &["file"]);
        for name in ["url", "region", "name"] {
            let Screen::Setup(form) = &mut driver.model.screen else {
                panic!("no form")
            };
            form.edit(|input| {
                *input = TextInput::new(&self.text(name));
                true
            });
            form.problem = Some((form.focus, self.text("mistake")));
            self.look("a form", &mut driver, &[name, "mistake"]);
            self.key(&mut driver, KeyCode::Tab);
        }
        self.send(&mut driver, Msg::Paste(self.text("pasted")));
        self.look("a form and a paste", &mut driver, &[]);
        self.key(&mut driver, KeyCode::Enter);
        self.look("a form's own mistake", &mut driver, &[]);

        for result in [Err(self.problem()), Ok(self.session())] {
            let mut driver = Driver::new(self.options(), Vec::new(), History::default());
            for part in ["tanuki.awsapps.com/start", "eu-west-1"] {
                self.send(&mut driver, Msg::Paste(part.into()));
                self.key(&mut driver, KeyCode::Tab);
            }
            self.key(&mut driver, KeyCode::Enter);
            let id = driver.id();
            let words: &[&str] = if result.is_ok() {
                &["session"]
            } else {
                &["sentence", "hint", "more"]
            };
            self.send(&mut driver, Msg::SessionCreated { id, result });
            self.look("the answer to a form", &mut driver, words);
        }
    }

    fn sign_in(&self) {
        let mut driver = Driver::new(self.options(), vec![self.session()], History::default());
        self.look("nothing known", &mut driver, &["session"]);
        self.loaded(&mut driver, false, Vec::new());
        let id = driver.id();
        self.look("asking", &mut driver, &["session"]);
        let say = |driver: &mut Driver, event| self.send(driver, Msg::SignIn { id, event });
        say(&mut driver, SignInMsg::Event(SignInEvent::Waiting));
        self.look("waiting", &mut driver, &["session"]);
        let page = DeviceAuthorization {
            user_code: self.text("code"),
            ..self.authorization()
        };
        say(&mut driver, SignInMsg::Event(SignInEvent::Elsewhere(page.page())));
        self.look("a code elsewhere", &mut driver, &["complete"]);
        say(
            &mut driver,
            SignInMsg::Event(SignInEvent::TakenOver { opened: false }),
        );
        say(
            &mut driver,
            SignInMsg::Event(SignInEvent::NotEnded(self.text("why").into())),
        );
        self.look("not ended", &mut driver, &["why"]);
        self.control(&mut driver, 'l');
        for (user_code, shown) in [
            (self.text("code"), false),
            ("DFPR-GJTF".into(), true),
            (format!("DFPR-{}", self.text("GJTF")), false),
        ] {
            for no_browser in [None, Some(self.text("why"))] {
                let mut words = vec!["complete"];
                words.extend(no_browser.is_some().then_some("why"));
                let authorization = DeviceAuthorization {
                    user_code: user_code.clone(),
                    ..self.authorization()
                };
                say(&mut driver, SignInMsg::Event(SignInEvent::Code(authorization)));
                if let Some(why) = no_browser {
                    say(&mut driver, SignInMsg::NoBrowser(why));
                }
                self.look("a code", &mut driver, &words);
                if shown {
                    let text = driver.text((80, 24));
                    assert!(
                        text.contains("DFPR-GJTF") || text.contains("D F P R - G J T F"),
                        "{text}"
                    );
                }
            }
        }
        say(&mut driver, SignInMsg::NoBrowser(self.text("why")));
        self.look("no browser", &mut driver, &["why"]);
        say(
            &mut driver,
            SignInMsg::Event(SignInEvent::Trouble(self.text("trouble").into())),
        );
        self.look("trouble", &mut driver, &["trouble"]);
        say(&mut driver, SignInMsg::Event(SignInEvent::Pending));
        let address = self.text("address");
        say(&mut driver, SignInMsg::Event(SignInEvent::Page(address)));
        self.look("a page", &mut driver, &["address"]);
        say(&mut driver, SignInMsg::NoBrowser(self.text("why")));
        self.look("a page without a browser", &mut driver, &["address", "why"]);
        self.control(&mut driver, 'l');
        for (end, words) in [
            (SignInEnd::Expired, &[][..]),
            (SignInEnd::Denied, &[]),
            (SignInEnd::Failed(self.problem()), &["sentence", "hint", "more"]),
        ] {
            say(&mut driver, SignInMsg::Ended(Err(end)));
            self.look("an end", &mut driver, words);
        }
        let sign_in = SignInState::SignedIn {
            until: later(3_600),
            renews: true,
            ends: None,
        };
        say(&mut driver, SignInMsg::Ended(Ok(sign_in)));
        self.look("signed in", &mut driver, &["session"]);
    }

    fn open(&self) {
        let mut driver = self.at_home();
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
                deed: Deed::Command(self.text("command")),
                answer: Answer::Ended,
                times: 1,
                milliseconds: 5,
                longest: 5,
            },
            Entry {
                at: later(-3),
                deed: Deed::Request {
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

    fn sessions(&self, driver: &mut Driver) {
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

    fn details(&self, driver: &mut Driver) {
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

    fn list(&self) {
        let mut driver = self.at_home();
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
            let mut driver = self.at_home();
            let id = driver.id();
            let over = matches!(&event, SyncMsg::Ended(Err(p)) if p.sign_in.is_some());
            self.send(&mut driver, Msg::Sync { id, event });
            let words: &[&str] = if over { &["why"] } else { &["sentence", "hint"] };
            self.look("not listed", &mut driver, words);
        }
    }

    /// A listing that has ended, with what is new and gone; the cursor on the account that failed.
    fn changes(&self) {
        let mut driver = self.at_home();
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

    fn overlays(&self) {
        let mut driver = self.at_home();
        // From the account to its first permission set.
        self.key(&mut driver, KeyCode::Down);
        self.key(&mut driver, KeyCode::F(1));
        self.look("help", &mut driver, &[]);
        self.key(&mut driver, KeyCode::Esc);
        self.key(&mut driver, KeyCode::Tab);
        self.look("actions", &mut driver, &["account", "set"]);
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
    fn guarding(&self) -> RuleSet {
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
    fn own_action(&self) {
        let mut driver = self.at_home();
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
    fn marked(&self) {
        let mut driver = self.at_home();
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

    /// What comes back from the console, a subshell and the clipboard.
    fn answers(&self) {
        for letter in ['o', 'y', 'm'] {
            for outcome in 0..3 {
                let mut driver = self.at_home();
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

    fn notices(&self) {
        let mut driver = self.at_home();
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

/// What is drawn passes the one door that looks at it once more, but for pictures that are made of nothing
/// foreign.
#[test]
fn views_draw_text_through_one_function() {
    let tui = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui");
    let mut doors: Vec<String> = texts(&tui)
        .into_iter()
        .filter(|(_, code)| {
            ["buffer_mut", "set_string", "render_widget", "set_line"]
                .iter()
                .any(|way| code.contains(way))
        })
        .map(|(path, _)| path.rsplit('/').next().unwrap().to_owned())
        .collect();
    doors.sort();
    assert_eq!(doors, ["big_code.rs", "qr.rs", "write.rs"]);
}

#[test]
fn no_screen_cell_holds_control_or_hidden_characters() {
    let play = |payload: &str| {
        let stage = Stage {
            payload: payload.to_owned(),
            seen: RefCell::default(),
        };
        stage.setup();
        stage.sign_in();
        stage.list();
        stage.open();
        stage.changes();
        stage.overlays();
        stage.answers();
        stage.notices();
        stage.seen.into_inner()
    };
    // On all cores: every screen with every payload takes long.
    let mut seen = BTreeSet::new();
    std::thread::scope(|scope| {
        let parts = PAYLOADS.chunks(PAYLOADS.len().div_ceil(4));
        let threads: Vec<_> = parts
            .map(|part| scope.spawn(move || part.iter().map(|payload| play(payload)).collect::<Vec<_>>()))
            .collect();
        for thread in threads {
            // Each payload sees every kind.
            seen = thread.join().expect("clean screens").pop().expect("a payload");
        }
    });
    let all = [SCREENS, STEPS, OVERLAYS, NOTICES, LISTINGS, MESSAGES, FIELDS];
    let missing: Vec<&&str> = all
        .iter()
        .copied()
        .flatten()
        .filter(|kind| !seen.contains(**kind))
        .collect();
    assert!(missing.is_empty(), "never shown with hostile text: {missing:?}");
}
