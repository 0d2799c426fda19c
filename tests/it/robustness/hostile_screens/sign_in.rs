//! Scenes of setting up and signing in.

use crossterm::event::KeyCode;
use genkan::domain::records::history::History;
use genkan::domain::{DeviceAuthorization, SignInEvent, SignInState};
use genkan::tui::effect::Asked;
use genkan::tui::input::text_input::TextInput;
use genkan::tui::model::Screen;
use genkan::tui::msg::{Msg, SignInEnd, SignInMsg};

use crate::support::driver::{Driver, later};

use super::stage::Stage;

impl Stage {
    pub fn setup(&self) {
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

    pub fn sign_in(&self) {
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
        let code = Asked::Code {
            serial: self.text("serial"),
        };
        let file = self.text("file");
        say(&mut driver, SignInMsg::Asks(code, None));
        self.look("a code is asked for", &mut driver, &["serial"]);
        say(
            &mut driver,
            SignInMsg::Asks(Asked::Passphrase { file }, Some(self.text("refused"))),
        );
        self.look(
            "a passphrase is asked for again",
            &mut driver,
            &["file", "refused"],
        );
        self.send(&mut driver, Msg::Paste(self.text("typed")));
        self.key(&mut driver, KeyCode::Enter);
        self.look("what was typed is checked", &mut driver, &[]);
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
}
