//! Each action of a target, from its menu in the real program to where it ends: clipboard, browser, files, shell.

use base64::Engine as _;

use crate::support::browser::RecordingBrowser;
use crate::support::env::TestEnv;
use crate::support::screen::Screen;

/// The portal on one target.
fn portal(env: &TestEnv) -> Screen {
    env.sign_in();
    let screen = Screen::genkan(env, &["payments-dev adm"]);
    screen.wait("updated");
    screen.wait("1 of 100");
    screen
}

/// Chooses an entry of the target's menu; `entry` is the only one that these words leave, or the first.
fn choose(screen: &mut Screen, words: &str, entry: &str) {
    screen.type_keys("\t");
    screen.wait("type to filter");
    screen.type_keys(words);
    screen.wait(entry);
    screen.type_keys("\r");
}

/// What a terminal is asked to copy.
fn osc52(text: &str) -> String {
    format!(
        "\x1b]52;c;{}",
        base64::engine::general_purpose::STANDARD.encode(text)
    )
}

#[test]
fn everything_that_can_be_copied_reaches_the_terminal() {
    let env = TestEnv::new();
    let mut screen = portal(&env);
    for (words, entry, start) in [
        ("copy target", "Copy target", "payments-dev/AdministratorAccess"),
        ("copy account id", "Copy account ID", "310660284419"),
        ("copy account name", "Copy account name", "payments-dev"),
        (
            "role arn",
            "Copy role ARN",
            "arn:aws:iam::310660284419:role/aws-re",
        ),
        (
            "copy profile",
            "Copy profile name",
            "payments-dev-administratoraccess",
        ),
        (
            "copy console",
            "Copy console link",
            "https://genkan-sandbox.awsapps.com/start/#/con",
        ),
        (
            "any role",
            "Copy console link for any role",
            "https://genkan-sandbox.awsapps.com/start/#/con",
        ),
    ] {
        let from = screen.written();
        choose(&mut screen, words, entry);
        // Of a long text the beginning, as far as base64 keeps to three bytes.
        let whole: String = start.chars().take(start.len() - start.len() % 3).collect();
        screen.wait_raw(&osc52(&whole), from);
        screen.gone("type to filter");
    }
    assert!(
        !screen.raw().contains(&osc52("export AWS_ACC")),
        "no secret unasked"
    );
    choose(&mut screen, "copy credentials", "Copy credentials…");
    screen.wait("Copy credentials for payments-dev/AdministratorAccess?");
    let from = screen.written();
    screen.type_keys("\r");
    screen.wait_raw(&osc52("export AWS_ACCESS_"), from);
    screen.type_keys("\x03");
    screen.exit();
}

#[test]
fn favourites_details_and_other_permission_sets_are_a_choice_away() {
    let env = TestEnv::new();
    let mut screen = portal(&env);
    choose(&mut screen, "add to fav", "Add to favourites");
    screen.wait("★");
    let history = env.path(".local/state/genkan/history.json");
    screen.wait_until("favourite on disk", |_| {
        std::fs::read_to_string(&history).is_ok_and(|text| text.contains("AdministratorAccess"))
    });
    choose(&mut screen, "remove from fav", "Remove from favourites");
    screen.gone("★");
    choose(&mut screen, "details", "Show or hide details");
    screen.wait("other sets");
    choose(&mut screen, "details", "Show or hide details");
    screen.gone("other sets");
    choose(
        &mut screen,
        "other perm",
        "Other permission sets of this account…",
    );
    screen.wait("PowerUserAccess");
    screen.type_keys("power\r");
    screen.wait("payments-dev/PowerUserAccess");
    screen.type_keys("\x03");
    screen.exit();
}

#[test]
fn consoles_open_at_a_page_and_another_way() {
    let mut env = TestEnv::new();
    env.environment.insert("DISPLAY".into(), ":9".into());
    let browser = RecordingBrowser::install(&mut env);
    let mut screen = portal(&env);
    let before = browser.addresses().len();
    choose(&mut screen, "console", "Console at a service…");
    let first = browser.wait_for(before + 1).last().unwrap().clone();
    let (base, path) = first.split_at(first.rfind('/').unwrap());
    let answer = crate::support::http::get(base, path);
    assert!(
        answer.header("location").unwrap().contains("Action=login"),
        "{first}"
    );
    choose(&mut screen, "at a service", "Console at a service…");
    screen.wait("API Gateway");
    screen.type_keys("cloudformation");
    screen.gone("API Gateway");
    screen.type_keys("\r");
    screen.wait("ap-northeast-1");
    screen.type_keys("\r");
    let second = browser.wait_for(before + 2).last().unwrap().clone();
    let (base, path) = second.split_at(second.rfind('/').unwrap());
    let answer = crate::support::http::get(base, path);
    let location = answer.header("location").unwrap().to_owned();
    assert!(location.contains("cloudformation"), "{location}");
    choose(&mut screen, "another way", "Console, another way…");
    screen.wait("portal");
    screen.type_keys("portal\r");
    let third = browser.wait_for(before + 3).last().unwrap().clone();
    assert!(
        third.contains("/start/#/console?account_id=310660284419"),
        "{third}"
    );
    screen.type_keys("\x03");
    screen.exit();
}

#[test]
fn shell_opens_and_returns_and_export_prints_after_the_portal() {
    let env = TestEnv::new();
    let mut screen = portal(&env);
    choose(&mut screen, "open a shell", "Open a shell");
    screen.wait("[payments-dev/AdministratorAccess]");
    screen.type_keys("echo in=$GENKAN_ACCOUNT_NAME; exit\r");
    screen.wait("1 of 100");
    choose(&mut screen, "export cred", "Export credentials…");
    screen.wait("bash");
    screen.type_keys("json\r");
    assert_eq!(screen.exit(), 0, "{}", screen.raw());
    assert!(
        screen.text().contains("\"AccessKeyId\":\"ASIA"),
        "{}",
        screen.text()
    );
}
