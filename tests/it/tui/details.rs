//! The details of the selected row: where they are, what they say, and that they are remembered.

use std::collections::HashMap;
use std::sync::Arc;

use crossterm::event::KeyCode;
use genkan::domain::records::history::TargetKey;
use genkan::domain::rules::{Given, Rule, RuleSet};
use genkan::domain::targets::profile::ProfileName;
use genkan::domain::{RegionOrigin, RegionSetting, ViewState};
use genkan::tui::effect::Effect;
use genkan::tui::model::{Options, Overlay};
use genkan::tui::msg::Msg;

use crate::support::driver::{Driver, Scene, later, options, target};
use crate::support::env::TestEnv;
use crate::support::screen::Screen;

/// Someone who looks for one target, with credentials and a profile for it.
fn looking() -> Driver {
    let mut driver = Driver::scene(Scene::List);
    driver.model.options = Options {
        regions: vec![RegionSetting::new(RegionOrigin::Preference, "eu-west-1")],
        ..options()
    };
    driver.model.options.regions[0].text = "ap-northeast-1".into();
    driver.type_text("payments-prod readonly");
    let key = TargetKey::from(&target("payments-prod", "ReadOnlyAccess"));
    let named = ProfileName {
        name: "payments-prod-readonlyaccess".into(),
        is_written: false,
    };
    driver.send(Msg::ProfilesNamed {
        session: "tanuki".into(),
        names: HashMap::from([(key.clone(), named)]),
    });
    driver.model.history.record(
        key,
        genkan::domain::records::history::Action::Console,
        later(-172_800),
    );
    driver
}

#[test]
fn details_are_beside_below_or_over_the_list() {
    let mut driver = looking();
    driver.assert_screen_at("details beside", (120, 36));
    driver.assert_screen_at("details beside", (200, 50));
    let closed = driver.text((80, 24));
    assert!(!closed.contains("arn:aws:iam"), "{closed}");
    assert!(matches!(driver.key(KeyCode::F(3)), [Effect::SaveView { view }] if view.details_below));
    driver.assert_screen_at("details below", (80, 24));
    driver.send(Msg::Resize(40, 10));
    assert_eq!(driver.key(KeyCode::F(3)), [], "a box is not remembered");
    assert_eq!(driver.model.overlay, Some(Overlay::Details { scroll: 0 }));
    driver.assert_screen_at("details over", (40, 10));
    for _ in 0..30 {
        driver.key(KeyCode::Down);
    }
    let end = driver.text((40, 10));
    assert!(end.contains("other sets"), "the last lines are reached:\n{end}");
    driver.key(KeyCode::F(3));
    assert_eq!(driver.model.overlay, None);
}

/// Closing them beside the list leaves those below it open, and the other way round.
#[test]
fn each_place_is_toggled_for_itself() {
    let mut driver = looking();
    driver.send(Msg::Resize(120, 36));
    let view = ViewState {
        details_beside: false,
        ..ViewState::default()
    };
    assert_eq!(driver.key(KeyCode::F(3)), [Effect::SaveView { view }]);
    assert!(!driver.text((120, 36)).contains("arn:aws:iam"));
    driver.send(Msg::Resize(80, 24));
    driver.key(KeyCode::F(3));
    assert!(driver.text((80, 24)).contains("arn:aws:iam"));
    assert!(!driver.text((120, 36)).contains("arn:aws:iam"));
}

/// A row's problem can be read to its end, and the list keeps the row.
#[test]
fn problem_is_shown_in_full() {
    let mut driver = looking();
    let sentence = "the portal of this organisation answered 403 from a proxy that no one in the company admits to run, \
                    and said nothing of when to try again";
    let place = driver.model.place.as_mut().unwrap();
    let id = "310448120938".parse().unwrap();
    place.catalog.set_permission_sets(&id, Vec::new(), later(-60));
    place.catalog.set_problem(&id, sentence.to_owned());
    driver.model.rebuild();
    driver.control('u');
    driver.type_text("payments-prod");
    driver.key(KeyCode::F(3));
    let text = driver.text((80, 24)).replace('\n', " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    assert!(words.join(" ").contains(sentence), "{text}");
}

#[test]
fn profiles_are_looked_up_when_details_are_seen() {
    let mut driver = Driver::signed_in();
    let is_asked = |driver: &Driver| {
        let asks = |e: &Effect| matches!(e, Effect::NameProfiles { .. });
        driver.effects.iter().any(asks)
    };
    driver.key(KeyCode::Down);
    assert!(!is_asked(&driver), "they are closed");
    let id = driver.model.running().expect("the listing");
    driver.send(Msg::Sync {
        id,
        event: genkan::tui::msg::SyncMsg::Ended(Ok(crate::support::driver::listed(
            driver.model.place.as_ref().unwrap().catalog.clone(),
        ))),
    });
    driver.key(KeyCode::F(3));
    assert!(is_asked(&driver), "{:?}", driver.effects);
    driver.key(KeyCode::Down);
    assert!(!is_asked(&driver), "once");
}

#[test]
fn details_are_remembered_across_starts() {
    let env = TestEnv::new();
    env.sign_in();
    env.write(
        ".aws/config",
        &format!(
            "{}\n[profile mine]\nsso_session = demo\nsso_account_id = 310660284419\nsso_role_name = AdministratorAccess\n",
            env.read(".aws/config")
        ),
    );
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("updated");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\x1bOR");
    screen.wait("role/aws-reserved/sso.amazonaws.com/");
    screen.wait("mine");
    screen.type_keys("\x03");
    assert_eq!(screen.exit(), 0);
    assert!(
        env.read(".local/state/genkan/view.json")
            .contains("\"details_below\": true")
    );
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("updated");
    screen.type_keys("payments-dev adm");
    screen.wait("not fetched");
    screen.type_keys("\x1bOR");
    screen.gone("not fetched");
    screen.type_keys("\x03");
    screen.exit();
}

/// Colour alone says nothing to many: production is a word and heavier lines, and the details have what rules give.
#[test]
fn production_is_framed_and_rules_are_shown() {
    let rule = Rule {
        given: Given {
            alias: Some("pay".parse().unwrap()),
            tags: vec!["team=payments".parse().unwrap(), "tier=1".parse().unwrap()],
            note: Some("ask #payments first".into()),
            ..Given::default()
        },
        ..Rule::default()
    };
    let mut driver = looking();
    driver.model.options.rules = Arc::new(RuleSet::new(vec![rule]));
    driver.key(KeyCode::F(3));
    driver.assert_screen_at("details of production", (80, 24));
    driver.assert_screen_at("details of production", (120, 36));
    let text = driver.text((40, 10));
    assert!(text.contains("PRODUCTION ━"), "{text}");
    driver.control('u');
    driver.type_text("payments-dev adm");
    let text = driver.text((80, 24));
    assert!(!text.contains('━') && !text.contains("PRODUCTION"), "{text}");
}

/// The icon of an account stays in front of its name while letters of that are matched.
#[test]
fn icon_stays_in_front_of_a_name_that_is_found() {
    let rule = Rule {
        given: Given {
            icon: Some("¥".parse().unwrap()),
            ..Given::default()
        },
        ..Rule::default()
    };
    let mut driver = looking();
    driver.model.options.rules = Arc::new(RuleSet::new(vec![rule]));
    driver.control('u');
    driver.type_text("payments-dev adm");
    let buffer = driver.buffer((80, 24));
    let text = crate::support::driver::text_of(&buffer);
    let (row, line) = (0_u16..)
        .zip(text.lines())
        .find(|(_, line)| line.contains("¥ payments-dev"))
        .unwrap_or_else(|| panic!("{text}"));
    let begin = line.chars().position(|c| c == '¥').unwrap() + 2;
    let at = |column: usize| buffer[(u16::try_from(column).unwrap(), row)].style();
    assert_eq!(at(begin), at(begin + 11), "the name is marked as a whole");
    assert_ne!(at(begin), at(begin - 2), "the icon is not");
}
