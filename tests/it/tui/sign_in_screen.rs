//! The sign-in screen without a terminal: each step, why it is there, and what follows it.

use crossterm::event::KeyCode;
use genkan::domain::records::history::History;
use genkan::domain::sessions::device::DevicePage;
use genkan::domain::{SignInEvent, SignInState};
use genkan::tui::effect::{Effect, Outcome, RequestId};
use genkan::tui::msg::{Msg, Problem, SignInEnd, SignInMsg};

use crate::support::driver::{Driver, later, options, problem, session_end};
use crate::support::env::session;

#[test]
fn sign_in() {
    let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
    driver.loaded(false, false);
    assert!(
        matches!(driver.effects.as_slice(), [Effect::SignIn { .. }]),
        "nothing to show: sign in at once"
    );
    driver.assert_screen("sign-in asking");
    let id = driver.id();
    driver.code(None);
    driver.assert_screen("sign-in code");
    driver.send(Msg::SignIn {
        id,
        event: SignInMsg::Event(SignInEvent::Trouble(
            "oidc.ap-northeast-1.amazonaws.com can't be reached".into(),
        )),
    });
    driver.assert_screen("sign-in in trouble");
    assert_eq!(
        driver.key(KeyCode::Char('c')),
        [Effect::CopyText {
            text: "https://d-1234567890.awsapps.com/start/#/device?user_code=DFPR-GJTF".into(),
            what: "address".into(),
        }]
    );
    driver.send(Msg::SignIn {
        id,
        event: SignInMsg::Ended(Err(SignInEnd::Expired)),
    });
    driver.assert_screen("sign-in expired");
    assert!(matches!(driver.key(KeyCode::Enter), [Effect::SignIn { .. }]));
    driver.send(Msg::SignIn {
        id,
        event: SignInMsg::Ended(Err(SignInEnd::Denied)),
    });
    assert!(
        !driver.text((80, 24)).contains("denied"),
        "a late answer changes nothing"
    );
    let id = {
        driver.key(KeyCode::Esc);
        assert!(matches!(
            driver.effects.as_slice(),
            [Effect::Cancel { .. }, Effect::Finish(Outcome::Quit)]
        ));
        driver.control('g');
        RequestId(2)
    };
    driver.send(Msg::SignIn {
        id,
        event: SignInMsg::Ended(Err(SignInEnd::Denied)),
    });
    driver.assert_screen("sign-in denied");
}

#[test]
fn sign_in_over_ssh_explains_why_no_browser_opened() {
    let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
    driver.loaded(false, false);
    driver.code(Some("SSH session"));
    driver.assert_screen("sign-in over ssh");
}

#[test]
fn sign_in_with_pkce_shows_its_page_and_no_code() {
    let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
    driver.loaded(false, false);
    let id = driver.id();
    let address = "https://oidc.ap-northeast-1.amazonaws.com/authorize?response_type=code&client_id=aB3dE5fG7hI9jK1lM3nO5p\
        &redirect_uri=http%3A%2F%2F127.0.0.1%3A8400%2Foauth%2Fcallback&scopes=sso%3Aaccount%3Aaccess&state=Zx9cV7bN5m\
        &code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let event = SignInMsg::Event(SignInEvent::Page(address.to_owned()));
    driver.send(Msg::SignIn { id, event });
    driver.assert_screen("sign-in page");
    assert_eq!(
        driver.key(KeyCode::Char('o')),
        [Effect::OpenPage { uri: address.into() }]
    );
    let event = SignInMsg::NoBrowser("no display".to_owned());
    driver.send(Msg::SignIn { id, event });
    driver.assert_screen("sign-in page without a browser");
}

/// A process that waits shows the code of the one that signs in, and the user can approve it from here.
#[test]
fn sign_in_of_another_process_shows_its_code() {
    let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
    driver.loaded(false, false);
    let id = driver.id();
    let tell = |driver: &mut Driver, event| driver.send(Msg::SignIn { id, event });
    tell(&mut driver, SignInMsg::Event(SignInEvent::Waiting));
    driver.assert_screen("sign-in elsewhere without a code");
    assert_eq!(driver.key(KeyCode::Char('o')), [], "there is no page yet");
    let address = "https://d-1234567890.awsapps.com/start/#/device?user_code=DFPR-GJTF";
    let page = DevicePage {
        user_code: "DFPR-GJTF".into(),
        address: address.into(),
        expires_at: later(598),
    };
    tell(&mut driver, SignInMsg::Event(SignInEvent::Elsewhere(page)));
    driver.assert_screen("sign-in elsewhere");
    assert_eq!(
        driver.key(KeyCode::Char('o')),
        [Effect::OpenPage { uri: address.into() }]
    );
    tell(
        &mut driver,
        SignInMsg::Event(SignInEvent::TakenOver { opened: false }),
    );
    assert!(driver.text((80, 24)).contains("contacting Identity Center"));
    tell(
        &mut driver,
        SignInMsg::Event(SignInEvent::NotEnded("the previous portal session could not be ended on AWS and may still be active: request to Identity Center timed out".into())),
    );
    assert!(driver.text((80, 24)).contains("could not be ended on AWS"));
}

#[test]
fn action_that_needs_a_sign_in_signs_in_and_continues() {
    let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
    driver.loaded(true, false);
    driver.assert_screen("list signed out");
    driver.go_to("payments-dev", "AdministratorAccess");
    driver.control('o');
    assert!(matches!(driver.effects.as_slice(), [Effect::SignIn { .. }]));
    let id = driver.id();
    let sign_in = SignInState::SignedIn {
        until: later(3_600),
        renews: true,
        ends: None,
    };
    driver.send(Msg::SignIn {
        id,
        event: SignInMsg::Ended(Ok(sign_in)),
    });
    assert!(matches!(
        driver.effects.as_slice(),
        [Effect::Refresh { .. }, Effect::Console { .. }]
    ));
}

/// A quarter of an hour before the sign-in ends, as far as that is known, and not a minute earlier.
#[test]
fn warning_precedes_the_end_of_the_sign_in() {
    let mut driver = Driver::signed_in();
    driver.loaded_as(SignInState::SignedIn {
        until: later(3_000),
        renews: true,
        ends: Some(session_end(16 * 60)),
    });
    driver.send(Msg::Tick(later(59)));
    assert_eq!(driver.model.notice, None);
    driver.control('g');
    assert!(matches!(
        driver.effects.as_slice(),
        [Effect::SignIn { force: false, .. }]
    ));
    driver.key(KeyCode::Esc);
    driver.key(KeyCode::Down);
    driver.send(Msg::Tick(later(2 * 60)));
    let notify = Effect::NotifyOfEnd {
        session: "tanuki".to_owned(),
        end: later(16 * 60),
    };
    let title = Effect::ShowTitle(Some("sign-in ends in 14 min, genkan".to_owned()));
    assert_eq!(driver.effects, [notify, title]);
    driver.assert_screen("the sign-in ends soon");
    driver.key(KeyCode::Down);
    driver.send(Msg::Tick(later(3 * 60)));
    let title = Effect::ShowTitle(Some("sign-in ends in 13 min, genkan".to_owned()));
    assert_eq!(driver.effects, [title], "the notification is sent once");
    assert_eq!(driver.model.notice, None, "it is told once");
    driver.control('g');
    assert!(matches!(
        driver.effects.as_slice(),
        [Effect::SignIn { force: true, .. }]
    ));
    driver.key(KeyCode::Esc);
    driver.key(KeyCode::Down);
    driver.send(Msg::Tick(later(17 * 60)));
    assert!(driver.effects.contains(&Effect::ShowTitle(None)));
    assert_eq!(
        driver.model.ends_soon(),
        None,
        "a guess that was wrong is dropped"
    );
}

#[test]
fn session_that_ends_meanwhile_is_signed_in_to_again() {
    let mut driver = Driver::signed_in();
    driver.go_to("payments-dev", "AdministratorAccess");
    driver.key(KeyCode::Enter);
    let id = driver.id();
    let target = driver.model.browse.current().unwrap().target().unwrap();
    let result = Err(Problem {
        sign_in: Some("the portal session has ended".into()),
        ..problem("sign-in is required")
    });
    driver.send(Msg::Entered { id, target, result });
    assert!(matches!(driver.effects.as_slice(), [Effect::SignIn { .. }]));
}

/// The one thing that the user must compare is there at every size that the portal takes.
#[test]
fn user_code_is_visible_at_every_size() {
    let look = |no_browser, trouble| {
        let mut driver = Driver::new(options(), vec![session("tanuki")], History::default());
        driver.loaded(false, false);
        let id = driver.id();
        driver.code(no_browser);
        if trouble {
            let why = "oidc.ap-northeast-1.amazonaws.com can't be reached".into();
            driver.send(Msg::SignIn {
                id,
                event: SignInMsg::Event(SignInEvent::Trouble(why)),
            });
        }
        for columns in (30..=130).step_by(5) {
            for rows in 8..=36 {
                let text = driver.text((columns, rows));
                let plain = text.contains("DFPR-GJTF")
                    && text.matches("DFPR-GJTF").count() > usize::from(text.contains("user_code=DFPR-GJTF"));
                let spaced = text.contains("D F P R - G J T F");
                let large = text.contains("████") && !text.contains("▀");
                assert!(plain || spaced || large, "{columns}x{rows}:\n{text}");
            }
        }
    };
    // A late test of the suite: with all cores it ends with the others.
    std::thread::scope(|scope| {
        for no_browser in [None, Some("no display")] {
            for trouble in [false, true] {
                scope.spawn(move || look(no_browser, trouble));
            }
        }
    });
}
