//! Roles of profiles whose chains begin elsewhere, in the portal: they stand in the list, and a code is asked for on the
//! screen where one of them wants it.

use crossterm::event::KeyCode;
use genkan::domain::records::history::History;
use genkan::domain::targets::chained_roles::SourceCredentials;
use genkan::domain::{Account, Catalog, PermissionSetName, SignInState, SsoSession};
use genkan::tui::effect::{Asked, Effect, Typed};
use genkan::tui::model::Screen as ModelScreen;
use genkan::tui::msg::{Msg, Problem, SignInMsg};

use crate::support::driver::{Driver, later, now, options};
use crate::support::env::session;
use crate::support::iam_users::{WITH_MFA, WITHOUT_MFA};
use crate::support::profile_roles::{device, with_keys};
use crate::support::screen::Screen;

const SERIAL: &str = "arn:aws:iam::598204417736:mfa/ayumi-phone";

fn source(profile: &str) -> SsoSession {
    let beginning = SourceCredentials::Keys(profile.to_owned());
    SsoSession::of_chain(beginning, "us-east-1".parse().unwrap()).unwrap()
}

/// Roles in accounts with names, without, and with wide ones.
fn roles(source: &SsoSession) -> Catalog {
    let own = source.own_as_target().unwrap();
    let way = (&own.account_id, own.account_name.as_str());
    let mut catalog = source.own_catalog(now()).unwrap();
    let accounts = [
        ("310660284419", "payments-dev", &["Deploy", "ReadOnly"][..]),
        ("390178853927", "390178853927", &["SwitchRole"]),
        ("310448120938", "決済-本番", &["ReadOnly"]),
    ];
    catalog.add_chained_roles(accounts.map(|(id, name, roles)| {
        let account = Account {
            id: id.parse().unwrap(),
            name: name.into(),
            email: "".into(),
        };
        let names = roles.iter();
        let names = names.map(|role| PermissionSetName::chained(role, way, &own.permission_set));
        (account, names.collect::<Vec<_>>())
    }));
    catalog
}

/// The portal of someone whose only source is the keys of a profile.
fn portal(profile: &str) -> Driver {
    let source = source(profile);
    let mut driver = Driver::new(
        options(),
        vec![source.clone(), session("tanuki")],
        History::default(),
    );
    driver.send(Msg::Loaded {
        catalog: Some(roles(&source)),
        session: source.name,
        of_earlier_sign_in: false,
        changes: genkan::domain::Changes::default(),
        expiries: Vec::new(),
        sign_in: SignInState::SignedIn {
            until: later(i64::from(u32::MAX)),
            renews: true,
            ends: None,
        },
        notices: Vec::new(),
    });
    driver
}

#[test]
fn roles_of_profiles_stand_in_the_list_and_need_no_sign_in() {
    let mut driver = portal("ci");
    driver.assert_screen("roles of profiles");
    for size in [(80, 24), (120, 36), (200, 50), (40, 10)] {
        let text = driver.text(size);
        assert!(text.contains("payments-dev"), "{text}");
        assert!(!text.contains("signed out"), "{text}");
    }
    assert!(driver.text((120, 36)).contains("no sign-in needed"));
    driver.type_text("deploy");
    let text = driver.text((120, 36));
    assert!(text.contains("Deploy via profile ci/keys"), "{text}");
    driver.key(KeyCode::Esc);
    driver.control('s');
    let text = driver.text((120, 36));
    assert!(text.contains("Sources of access"), "{text}");
    assert!(text.contains("roles of profiles"), "{text}");
    assert!(!text.contains("Sign in to profile ci"), "{text}");
}

#[test]
fn a_code_is_asked_for_where_a_role_wants_it() {
    let mut driver = portal("ci");
    driver.type_text("deploy");
    driver.key(KeyCode::Enter);
    let [Effect::Enter { id, target }] = driver.effects.as_slice() else {
        panic!("{:?}", driver.effects);
    };
    let (id, target) = (*id, target.clone());
    let words = format!("a code of the MFA device {SERIAL} is needed for profile ci");
    driver.send(Msg::Entered {
        id,
        target,
        result: Err(Problem {
            sentence: words.clone(),
            hints: Vec::new(),
            sign_in: Some(words),
        }),
    });
    let [
        Effect::SignIn {
            id,
            session,
            typed: None,
            ..
        },
    ] = driver.effects.as_slice()
    else {
        panic!("{:?}", driver.effects);
    };
    assert_eq!(session.name, "profile ci");
    let id = *id;
    let asked = Asked::Code {
        serial: SERIAL.to_owned(),
    };
    driver.send(Msg::SignIn {
        id,
        event: SignInMsg::Asks(asked, None),
    });
    driver.assert_screen("roles of profiles code");
    assert!(driver.text((40, 10)).contains("Type the code"));
    driver.type_text("123456");
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
    // Who goes back has all other roles still.
    driver.key(KeyCode::Esc);
    assert!(matches!(driver.model.screen, ModelScreen::Browse));
    assert!(driver.model.is_signed_in_to("profile ci"));
}

/// The whole way in the real program: the role, a wrong code, the right one, the shell; another role of the device needs
/// none.
#[test]
fn a_role_of_a_profile_is_entered_with_a_code_that_is_typed_in_the_portal() {
    let serial = device(WITH_MFA);
    let (env, _) = with_keys(WITH_MFA, &format!("mfa_serial = {serial}"));
    env.write(".config/genkan/config.toml", "session = \"profile ci\"\n");
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("JumpAdministrator");
    screen.type_keys("JumpAdmin\r");
    screen.wait("Type the code that the MFA device shows:");
    screen.type_keys("000000\r");
    screen.wait("STS didn't accept the code");
    let code = env.sandbox.control().mfa_code(&serial).unwrap();
    screen.type_keys(&format!("{code}\r"));
    screen.wait("[390178853927/JumpAdministrator");
    screen.type_keys("exit\r");
    screen.wait("back from");
    screen.type_keys("\x15JumpRead\r");
    screen.wait("[390178853927/JumpReadOnly");
    screen.type_keys("exit\r");
    screen.wait("back from");
    screen.type_keys("\x03");
    screen.exit();
    let counts = env.sandbox.counts();
    assert_eq!((counts.get_session_token, counts.assume_role), (2, 2));
}

#[test]
fn a_role_of_a_profile_is_a_favourite_and_a_recent_one() {
    let (env, _) = with_keys(WITHOUT_MFA, "");
    env.write(".config/genkan/config.toml", "session = \"profile ci\"\n");
    env.output(&["exec", "--profile", "one", "--", "true"]);
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("Recent");
    screen.type_keys("JumpAdmin");
    screen.wait("JumpAdministrator");
    screen.type_keys("\t");
    screen.wait("type to filter");
    screen.type_keys("add to fav");
    screen.wait("Add to favourites");
    screen.type_keys("\r");
    let history = env.path(".local/state/genkan/history.json");
    screen.wait_until("favourite on disk", |_| {
        std::fs::read_to_string(&history)
            .is_ok_and(|text| text.contains("JumpAdministrator via 000000000000/keys"))
    });
    screen.type_keys("\x03");
    screen.exit();
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("Favourites");
    screen.wait("★");
    screen.type_keys("\x03");
    screen.exit();
}
