//! IAM users in the portal: they stand among the sessions, and a code is asked for on the screen.

use crossterm::event::KeyCode;
use genkan::domain::records::history::History;
use genkan::domain::targets::iam_user::{IamUser, SecretPlace, UserArn};
use genkan::domain::{SignInState, SsoSession};
use genkan::tui::effect::{Asked, Effect, Typed};
use genkan::tui::model::Screen as ModelScreen;
use genkan::tui::msg::{Msg, SignInMsg};

use crate::support::driver::{Driver, later, now, options};
use crate::support::env::{TestEnv, session};
use crate::support::iam_users::{PASSPHRASE, WITH_MFA, WITHOUT_MFA, add, keys, with_file};
use crate::support::screen::Screen;

const SERIAL: &str = "arn:aws:iam::598204417736:mfa/ayumi-phone";

fn user() -> SsoSession {
    let arn = UserArn::new("arn:aws:iam::598204417736:user/people/ayumi.mori").unwrap();
    let user = IamUser {
        name: "ayumi".to_owned(),
        account_id: arn.account_id().unwrap(),
        arn,
        key: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(),
        place: SecretPlace::Keyring,
        mfa_serial: Some(SERIAL.to_owned()),
        key_since: now(),
        rotation: None,
    };
    user.source().unwrap()
}

/// The portal of a user that isn't signed in.
fn signed_out() -> Driver {
    let mut driver = Driver::new(options(), vec![user(), session("tanuki")], History::default());
    let catalog = user().own_catalog(now());
    driver.send(Msg::Loaded {
        session: "ayumi".into(),
        catalog,
        of_earlier_sign_in: false,
        changes: genkan::domain::Changes::default(),
        expiries: Vec::new(),
        sign_in: SignInState::SignedOut,
        notices: Vec::new(),
    });
    driver
}

fn asks(driver: &mut Driver, asked: Asked, refused: Option<&str>) {
    let id = driver.id();
    driver.send(Msg::SignIn {
        id,
        event: SignInMsg::Asks(asked, refused.map(str::to_owned)),
    });
}

fn code() -> Asked {
    Asked::Code {
        serial: SERIAL.to_owned(),
    }
}

#[test]
fn a_code_is_asked_for_on_the_screen_and_a_wrong_one_is_said_to_be() {
    let mut driver = signed_out();
    assert!(
        !driver.text((80, 24)).contains("Type the code"),
        "what is there is shown first"
    );
    driver.control('g');
    assert!(
        matches!(
            driver.effects.as_slice(),
            [.., Effect::SignIn { typed: None, .. }]
        ),
        "{:?}",
        driver.effects
    );
    asks(&mut driver, code(), None);
    for size in [(80, 24), (120, 36), (200, 50), (40, 10)] {
        let text = driver.text(size);
        assert!(text.contains("Type the code that the MFA device"), "{text}");
    }
    driver.assert_screen("iam user code");
    driver.type_text("12x");
    driver.assert_screen_at("iam user code small", (40, 10));
    driver.key(KeyCode::Backspace);
    driver.type_text("3 456");
    assert!(
        driver.text((80, 24)).contains("123 456"),
        "a code works once, and is seen as it is typed"
    );
    assert!(
        !format!("{:?}", driver.model).contains("456"),
        "it is in no debug output"
    );
    let [
        Effect::SignIn {
            typed: Some(Typed::Code(typed)),
            ..
        },
    ] = driver.key(KeyCode::Enter)
    else {
        panic!("{:?}", driver.effects);
    };
    assert_eq!(typed.expose(), "123456");
    assert!(driver.text((80, 24)).contains("checking the code"));
    asks(
        &mut driver,
        code(),
        Some("STS didn't accept the code: it is wrong, or was used already"),
    );
    driver.assert_screen("iam user code refused");
    driver.key(KeyCode::Esc);
    assert!(
        matches!(driver.effects.as_slice(), [Effect::Cancel { .. }]),
        "{:?}",
        driver.effects
    );
    assert!(matches!(driver.model.screen, ModelScreen::Browse));
}

#[test]
fn a_passphrase_is_not_shown() {
    let mut driver = signed_out();
    driver.control('g');
    let file = "~/.local/state/genkan/secrets.age".to_owned();
    asks(&mut driver, Asked::Passphrase { file }, None);
    driver.type_text("correct horse");
    let text = driver.text((80, 24));
    assert!(
        text.contains("•••••••••••••") && !text.contains("horse"),
        "{text}"
    );
    let [
        Effect::SignIn {
            typed: Some(Typed::Passphrase(typed)),
            ..
        },
    ] = driver.key(KeyCode::Enter)
    else {
        panic!("{:?}", driver.effects);
    };
    assert_eq!(typed.expose(), "correct horse");
    let id = driver.id();
    driver.send(Msg::SignIn {
        id,
        event: SignInMsg::Ended(Ok(SignInState::SignedIn {
            until: later(12 * 3600),
            renews: false,
            ends: None,
        })),
    });
    assert!(driver.text((80, 24)).contains("Signed in to ayumi"));
}

/// Nothing is asked of the network for what a user is, and the console says what it can't.
#[test]
fn an_iam_user_stands_among_the_sessions_and_its_console_says_why_not() {
    let mut driver = signed_out();
    driver.key(KeyCode::Tab);
    driver.type_text("console");
    let text = driver.text((120, 36));
    assert!(text.contains("not with an IAM user's session"), "{text}");
    driver.key(KeyCode::Esc);
    driver.key(KeyCode::Esc);
    driver.control('s');
    let text = driver.text((120, 36));
    assert!(
        text.contains("SSO sessions and IAM users") && text.contains("IAM user · "),
        "{text}"
    );
}

/// The whole way in the real program: the role, the code, the shell.
#[test]
fn a_role_is_entered_with_a_code_that_is_typed_in_the_portal() {
    let env = TestEnv::new();
    let role = "[[role]]\nvia = \"*/ayumi.mori\"\nrole = \"JumpAdministrator\"\naccounts = { payments-dev = \"310660284419\" }\n";
    env.write(
        ".config/genkan/config.toml",
        &format!("session = \"ayumi\"\n{role}"),
    );
    with_file(&env);
    let key = &keys(&env, WITH_MFA)[0];
    add(&env, "ayumi", key);
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("JumpAdministrator");
    screen.type_keys("JumpAdmin\r");
    screen.wait("Type the code that the MFA device shows:");
    screen.type_keys("000000\r");
    screen.wait("STS didn't accept the code");
    let code = env
        .sandbox
        .control()
        .mfa_code(key.mfa_serial.as_deref().unwrap())
        .unwrap();
    screen.type_keys(&format!("{code}\r"));
    screen.wait("[payments-dev/JumpAdministrator");
    screen.type_keys("exit\r");
    screen.wait("JumpAdministrator");
    screen.type_keys("\x1b");
    assert_eq!(env.sandbox.counts().get_session_token, 2);
}

/// A key in the encrypted file needs its passphrase, which the portal asks for.
#[test]
fn a_passphrase_is_asked_for_in_the_portal() {
    let env = TestEnv::new();
    with_file(&env);
    add(&env, "ren", &keys(&env, WITHOUT_MFA)[0]);
    env.write(".config/genkan/config.toml", "session = \"ren\"\n");
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("ren.sato");
    screen.type_keys("ren.sato\r");
    screen.wait("Type the passphrase of the file that has the key:");
    screen.type_keys("wrong\r");
    screen.wait("✗ it doesn't open the file");
    screen.type_keys(&format!("{PASSPHRASE}\r"));
    screen.wait("[598204417736/ren.sato]");
    assert!(!screen.raw().contains(PASSPHRASE));
    screen.type_keys("exit\r");
    screen.wait("ren.sato");
}
