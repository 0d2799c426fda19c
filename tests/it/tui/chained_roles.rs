//! Chained roles on screen: where they stand, how the way to them is said, and what they can't do.

use crossterm::event::{KeyCode, KeyModifiers};
use genkan::domain::PermissionSetName;

use crate::support::driver::{Driver, Scene, target};

/// The list with one role that is reached from another account.
fn with_a_role() -> Driver {
    let mut driver = Driver::scene(Scene::List);
    let at = target("payments-dev", "AdministratorAccess");
    let place = driver.model.place.as_mut().expect("a session");
    let account = place
        .catalog
        .entry(&at.account_id)
        .expect("it is there")
        .account
        .clone();
    let hub = "111427759318".parse().expect("an ID");
    let way = PermissionSetName::new("AdministratorAccess");
    let role = PermissionSetName::chained("team/IncidentResponse", (&hub, "security-tooling"), &way);
    place.catalog.add_chained_roles([(account, vec![role])]);
    driver.model.rebuild();
    driver
}

#[test]
fn a_chained_role_stands_under_its_account_with_the_way_to_it() {
    let mut driver = with_a_role();
    for query in ["incident", "via security payments", "set:IncidentResponse"] {
        driver.type_text(query);
        for size in [(120, 36), (80, 24), (200, 50)] {
            let text = driver.text(size);
            assert!(
                text.contains("IncidentResponse via security-tooling/AdministratorAccess"),
                "{query}: {text}"
            );
        }
        driver.press(KeyCode::Char('u'), KeyModifiers::CONTROL);
    }
    driver.type_text("incident");
    driver.assert_screen_at("chained role", (120, 36));
    let small = driver.text((40, 10));
    assert!(small.contains("payments-dev"), "{small}");
}

#[test]
fn ways_into_the_console_that_a_chained_role_lacks_say_so() {
    let mut driver = with_a_role();
    driver.type_text("incident");
    driver.key(KeyCode::Tab);
    driver.type_text("another way");
    driver.key(KeyCode::Enter);
    let text = driver.text((120, 36));
    assert!(text.contains("one hour at most"), "{text}");
    assert_eq!(text.matches("not for chained roles").count(), 2, "{text}");
    driver.type_text("portal");
    assert_eq!(
        driver.key(KeyCode::Enter),
        [],
        "a way that isn't there opens nothing"
    );
}
