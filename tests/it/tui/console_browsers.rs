//! The browser and the profile that a console opens in, chosen in the portal.

use crossterm::event::KeyCode;
use genkan::tui::effect::Effect;
use genkan::tui::msg::Msg;

use crate::support::driver::Driver;
use crate::support::env::TestEnv;
use crate::support::screen::Screen;
use crate::support::wait::until;

fn menu() -> Driver {
    let mut driver = Driver::signed_in();
    driver.type_text("payments-dev adm");
    driver.key(KeyCode::Tab);
    driver.type_text("in a browser");
    assert_eq!(driver.key(KeyCode::Enter), [Effect::ReadBrowsers]);
    assert!(driver.text((80, 24)).contains("Looking for browsers"));
    let choices = ["firefox", "firefox:Work", "firefox+container", "chromium@account"];
    driver.send(Msg::Browsers(
        choices.iter().map(|text| text.parse().unwrap()).collect(),
    ));
    driver
}

#[test]
fn console_opens_in_the_browser_that_is_chosen_for_this_once() {
    let mut driver = menu();
    driver.assert_screen_at("browsers for the console", (80, 24));
    driver.assert_screen_at("browsers for the console", (40, 10));
    driver.type_text("work");
    let effects = driver.key(KeyCode::Enter).to_vec();
    let [Effect::Console { at, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(
        at.browser.as_ref().map(ToString::to_string).as_deref(),
        Some("firefox:Work")
    );
    let mut driver = Driver::signed_in();
    driver.type_text("payments-dev adm");
    let effects = driver.control('o').to_vec();
    assert!(
        matches!(&effects[..], [Effect::Console { at, .. }] if at.browser.is_none()),
        "{effects:?}"
    );
}

#[test]
fn rule_that_makes_it_the_usual_one_is_copied_where_that_is_asked_for() {
    let mut driver = menu();
    driver.type_text("usual");
    driver.key(KeyCode::Enter);
    driver.type_text("work");
    let effects = driver.key(KeyCode::Enter).to_vec();
    let [Effect::CopyText { text, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(
        text,
        "[[rule]]\nmatch = { id = \"310660284419\" }\nbrowser = \"firefox:Work\"\n"
    );
}

#[test]
fn profile_of_an_installed_browser_is_listed_and_opened() {
    let mut env = TestEnv::new();
    env.environment.insert("DISPLAY".into(), ":0".into());
    env.write_program(
        "bin/chromium",
        "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"$HOME/opened.tmp\"\nmv \"$HOME/opened.tmp\" \"$HOME/opened\"\n",
    );
    let bin = env.path("bin");
    let path = format!("{}:{}", bin.display(), env.environment["PATH"]);
    env.environment.insert("PATH".into(), path);
    let state =
        "{\"profile\":{\"info_cache\":{\"Default\":{\"name\":\"Home\"},\"Profile 1\":{\"name\":\"Work\"}}}}";
    env.write(".config/chromium/Local State", state);
    env.sign_in();
    let mut screen = Screen::genkan(&env, &["payments-dev adm"]);
    screen.wait("updated");
    screen.type_keys("\tin a browser\r");
    screen.wait("chromium:Work");
    screen.type_keys("chromium:work\r");
    let opened = env.path("opened");
    until("the browser", || opened.exists());
    assert!(
        env.read("opened").contains("--profile-directory=Profile 1\n"),
        "{}",
        env.read("opened")
    );
    let address = env.read("opened").lines().last().unwrap().to_owned();
    let (base, path) = address.split_at(address.rfind('/').unwrap());
    let answer = crate::support::http::get(base, path);
    assert!(answer.header("location").unwrap().contains("Action=login"));
    screen.wait("opened the console for");
    screen.type_keys("\x03");
    screen.exit();
}
