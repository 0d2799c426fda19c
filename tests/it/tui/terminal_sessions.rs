//! The real program in a real terminal: journeys, and a terminal that is whole afterwards.

use portable_pty::CommandBuilder;

use crate::support::browser::{RecordingBrowser, approve_in_browser};
use crate::support::env::TestEnv;
use crate::support::http;
use crate::support::screen::{Screen, signal};
use crate::support::text::between;
use crate::support::wait::until;

/// The whole journey of the demo: sign in on the page, search, subshell, copy, console, export.
#[test]
fn demo_from_sign_in_to_export() {
    let mut env = TestEnv::new();
    let browser = RecordingBrowser::install(&mut env);
    let addresses = || browser.addresses();

    let mut screen = Screen::genkan(&env, &["demo"]);
    screen.wait("Sign in on the page that opened in your browser");
    screen.wait("code expires in");
    browser.wait_for(1);
    approve_in_browser(addresses().first().expect("the page was opened"));
    screen.wait("40 accounts");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 103");
    screen.type_keys("\r");
    screen.wait("[payments-dev/AdministratorAccess]");
    screen.type_keys("echo account=$GENKAN_ACCOUNT_ID region=$AWS_REGION; exit 3\r");
    screen.wait("exit code 3 · press any key to return to the portal");
    assert!(
        screen.text().contains("account=310660284419"),
        "what it printed stays in sight: {}",
        screen.text()
    );
    screen.type_keys("x");
    screen.wait("back from payments-dev/AdministratorAccess (exit code 3)");
    assert!(
        screen
            .raw()
            .contains("account=310660284419 region=ap-northeast-1")
    );
    screen.wait("payments-dev adm");
    screen.type_keys("\x19");
    screen.wait("target copied via");
    let copies = |screen: &Screen| screen.raw().matches("\u{1b}]52;c;").count();
    assert_eq!(copies(&screen), 1);
    screen.type_keys("\tcopy cred\r");
    screen.wait("Copy credentials for payments-dev/AdministratorAccess?");
    assert_eq!(copies(&screen), 1, "nothing is copied before Enter");
    screen.type_keys("\r");
    screen.wait("bash credentials for payments-dev/AdministratorAccess copied via");
    assert_eq!(copies(&screen), 2);
    screen.type_keys("\x0f");
    screen.wait("opened the console for");
    browser.wait_for(2);
    let console = addresses().get(1).expect("the console was opened").clone();
    assert!(
        !console.contains("SigninToken"),
        "no secret in an argument: {console}"
    );
    let (base, path) = console.split_at(console.rfind('/').unwrap());
    let redirect = http::get(base, path);
    assert!(redirect.header("location").unwrap().contains("Action=login"));
    screen.type_keys("\x05");
    screen.wait("Export payments-dev/AdministratorAccess");
    screen.type_keys("\r");
    assert_eq!(screen.exit(), 0);
    screen.is_whole();
    assert!(
        screen.text().contains("export AWS_ACCESS_KEY_ID='ASIA"),
        "{}",
        screen.text()
    );
    assert!(screen.text().contains("Demo ended"));
}

#[test]
fn auto_approved_demo_opens_no_page() {
    let mut env = TestEnv::new();
    let browser = RecordingBrowser::install(&mut env);
    let mut screen = Screen::genkan(&env, &["demo", "--auto-approve"]);
    screen.wait("40 accounts");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 103");
    screen.type_keys("\x0f");
    screen.wait("opened the console for");
    let addresses = browser.wait_for(1);
    assert_eq!(addresses.len(), 1, "{addresses:?}");
    assert!(!addresses[0].contains("user_code"), "{addresses:?}");
    screen.type_keys("\x03");
    screen.exit();
}

/// An IAM user stands among the demo's sources; its device gives its code by itself.
#[test]
fn demo_has_a_jump_account_whose_roles_open_with_a_code() {
    let env = TestEnv::new();
    let mut screen = Screen::genkan(&env, &["demo", "--auto-approve"]);
    screen.wait("40 accounts");
    screen.type_keys("\x13");
    screen.wait("SSO sessions and IAM users");
    screen.type_keys("jump\r");
    screen.wait("JumpReadOnly");
    screen.type_keys("jumpadmin");
    screen.wait("1 of 5");
    screen.type_keys("\r");
    screen.wait("`exit` returns");
    screen.type_keys("exit\r");
    screen.wait("back from");
    screen.type_keys("\x03");
    screen.exit();
    assert!(
        !env.path(".local/state/genkan/iam-users.json").exists(),
        "it is the demo's own"
    );
}

/// The portal on a home folder of its own, signed in.
fn signed_in() -> (TestEnv, Screen) {
    let env = TestEnv::new();
    env.sign_in();
    let screen = Screen::genkan(&env, &[]);
    screen.wait("updated");
    (env, screen)
}

#[test]
fn first_run_adds_the_session_to_the_config_file() {
    let env = TestEnv::new();
    let before = "# mine\r\n[profile a]\nregion=eu-west-1 # here\n\n\n";
    env.write(".aws/config", before);
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("Enter your AWS access portal URL");
    screen.type_keys("genkan-sandbox.awsapps.com/start\r");
    screen.type_keys("ap-northeast-1\r");
    screen.wait("updated");
    let after = env.read(".aws/config");
    assert!(after.starts_with(before), "{after}");
    assert!(after.contains("[sso-session genkan-sandbox]\r\n"), "{after}");
    screen.type_keys("\x1b");
    assert_eq!(screen.exit(), 0);
    screen.is_whole();
}

/// The check of a session is a sign-in's first half, and only one goes on at once.
#[test]
fn first_run_names_the_process_it_waits_for() {
    let mut env = TestEnv::with(|options| options.auto_approve = false);
    let mut command = env.command(&["login", "--no-browser"]);
    let mut login = command.stderr(std::process::Stdio::null()).spawn().unwrap();
    until("the other sign-in", || {
        env.sandbox.counts().start_device_authorization > 0
    });
    let elsewhere = env.path("other config").to_str().unwrap().to_owned();
    env.environment.insert("AWS_CONFIG_FILE".into(), elsewhere);
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("Enter your AWS access portal URL");
    screen.type_keys("genkan-sandbox.awsapps.com/start\r");
    screen.type_keys("ap-northeast-1\t");
    screen.type_keys("\x15demo\r");
    screen.wait("another genkan is signing in to this session");
    login.kill().unwrap();
    login.wait().unwrap();
    screen.wait("Check that it shows this code");
    screen.type_keys("\x03");
    screen.exit();
    screen.is_whole();
}

#[test]
fn wrong_start_url_can_be_corrected() {
    let env = TestEnv::new();
    env.write(".aws/config", "");
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("Start URL");
    screen.type_keys("elsewhere.awsapps.com/start\r");
    screen.type_keys("ap-northeast-1\r");
    screen.wait("Identity Center rejected the request");
    assert_eq!(env.read(".aws/config"), "");
    screen.type_keys("\x1b");
    screen.gone("Identity Center rejected the request");
    assert!(!screen.has_ended(), "Esc over an error dismisses it");
    screen.type_keys("\x1b");
    screen.exit();
}

#[test]
fn quitting_restores_the_terminal() {
    let (_env, mut screen) = signed_in();
    // The cursor is seen: input methods and screen readers follow it.
    assert_eq!(screen.modes(), (true, false, true));
    screen.type_keys("\x03");
    assert_eq!(screen.exit(), 0);
    screen.is_whole();
}

/// In a container the leaders of the session and of the group may live outside: their ids are 0 then.
#[test]
fn portal_works_in_an_entered_container() {
    const CONTAINER: &[&str] = &["--user", "--map-root-user", "--pid", "--fork"];
    let allowed = std::process::Command::new("unshare")
        .args(CONTAINER)
        .arg("true")
        .output();
    if !allowed.is_ok_and(|it| it.status.success()) {
        return crate::support::env::skipped("containers can't be made here");
    }
    let env = TestEnv::new();
    env.sign_in();
    let line = format!(
        "unshare {} sh -c '\"$GENKAN\"; echo left: $?'",
        CONTAINER.join(" ")
    );
    let mut screen = Screen::script(&env, &line);
    screen.wait("updated");
    screen.type_keys("\x1a");
    screen.wait("no shell to return to");
    screen.type_keys("\x03");
    screen.wait("left: 0");
    assert_eq!(screen.exit(), 0);
}

#[test]
fn signals_restore_the_terminal() {
    for (name, code) in [
        ("TERM", 143),
        ("HUP", 129),
        ("INT", 130),
        ("QUIT", 131),
        ("USR1", 138),
        ("USR2", 140),
        ("ALRM", 142),
        ("VTALRM", 154),
        ("PROF", 155),
        ("XCPU", 152),
        ("IO", 157),
        ("PWR", 158),
    ] {
        let (_env, mut screen) = signed_in();
        signal(screen.pid(), name);
        assert_eq!(screen.exit(), code, "{name}");
        screen.is_whole();
    }
}

#[test]
fn quitting_restores_cooked_mode() {
    let env = TestEnv::new();
    env.sign_in();
    for (keys, name) in [("\x1b", "quit"), ("", "TERM"), ("", "QUIT")] {
        let line = "before=$(stty -g); \"$GENKAN\" & pid=$!; fg >/dev/null 2>&1; wait $pid; \
                    after=$(stty -g); [ \"$before\" = \"$after\" ] && echo same || echo different";
        // Without job control the portal runs in the foreground of its own.
        let line = line.replace("& pid=$!; fg >/dev/null 2>&1; wait $pid;", ";");
        let mut screen = Screen::script(&env, &line);
        screen.wait("updated");
        if keys.is_empty() {
            let found = std::process::Command::new("pgrep")
                .args(["-P", &screen.pid().to_string()])
                .output()
                .unwrap();
            signal(
                String::from_utf8(found.stdout).unwrap().trim().parse().unwrap(),
                name,
            );
        } else {
            screen.type_keys(keys);
        }
        screen.exit();
        assert!(screen.text().contains("same"), "{name}: {}", screen.text());
    }
}

#[test]
fn ctrl_z_suspends_and_fg_resumes_the_portal() {
    let env = TestEnv::new();
    env.sign_in();
    let mut command = CommandBuilder::new("/bin/bash");
    command.args(["--norc", "--noprofile", "-i"]);
    let mut screen = Screen::start(&env, command);
    screen.type_keys("PS1='ready> '\r");
    screen.wait("ready>");
    screen.type_keys("\"$GENKAN\"\r");
    screen.wait("updated");
    screen.type_keys("pay");
    screen.wait("› pay");
    screen.type_keys("\x1a");
    screen.wait("Stopped");
    assert!(!screen.modes().0);
    screen.type_keys("echo still here\r");
    screen.wait("\nstill here");
    screen.type_keys("fg\r");
    screen.wait("› pay");
    screen.type_keys("ments-dev");
    screen.wait("› payments-dev");
    screen.type_keys("\x03");
    screen.wait("ready>");
    screen.type_keys("exit\r");
    screen.exit();
}

/// A user who types `fg` doesn't wait for the portal before the next key.
#[test]
fn keys_typed_before_a_continue_are_kept() {
    let (_env, mut screen) = signed_in();
    for letter in ["p", "a", "y", "m"] {
        signal(screen.pid(), "STOP");
        screen.type_keys(letter);
        signal(screen.pid(), "CONT");
    }
    screen.wait("› paym");
    screen.type_keys("\x03");
    assert_eq!(screen.exit(), 0);
}

#[test]
fn portal_follows_every_resize() {
    let (_env, mut screen) = signed_in();
    for (columns, rows) in [(120, 36), (40, 10), (29, 9), (200, 50), (80, 24)] {
        screen.resize(columns, rows);
        if columns < 30 {
            screen.wait("genkan needs");
        } else {
            screen.wait("Enter unfold");
            screen.wait("artifact-regi");
        }
    }
    screen.type_keys("\x03");
    screen.exit();
}

/// The portal draws on the terminal while its output is captured.
#[test]
fn picker_works_inside_a_command_substitution() {
    let env = TestEnv::new();
    env.sign_in();
    let mut screen = Screen::script(
        &env,
        "eval \"$(\"$GENKAN\" export)\"; echo \"picked $GENKAN_ACCOUNT_NAME\"",
    );
    screen.wait("updated");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\r");
    screen.exit();
    assert!(screen.text().contains("picked payments-dev"), "{}", screen.text());
    let mut screen = Screen::script(&env, "\"$GENKAN\" export > out; echo \"code $?\"; wc -c < out");
    screen.wait("updated");
    screen.type_keys("\x1b");
    screen.exit();
    assert!(screen.text().contains("code 130"), "{}", screen.text());
    assert_eq!(env.read("out"), "");
}

#[test]
fn denied_sign_in_offers_another() {
    let env = TestEnv::with(|options| options.auto_approve = false);
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("code expires in");
    let code = |screen: &Screen| between(&screen.text(), "user_code=", "\n").trim().to_owned();
    let first = code(&screen);
    assert!(env.sandbox.control().deny(&first));
    screen.wait("denied");
    screen.type_keys("\r");
    screen.wait("code expires in");
    let second = code(&screen);
    assert_ne!(first, second);
    assert!(env.sandbox.control().approve(&second));
    screen.wait("40 accounts");
    screen.type_keys("\x03");
    screen.exit();
}

/// A subshell that leaves the terminal raw, and one that is killed.
#[test]
fn terminal_left_raw_by_a_subshell_is_restored() {
    let (_env, mut screen) = signed_in();
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    for mess in ["stty raw -echo; exit", "kill -9 $$"] {
        screen.type_keys("\r");
        screen.wait("[payments-dev/AdministratorAccess]");
        screen.type_keys(&format!("{mess}\r"));
        if mess.starts_with("kill") {
            screen.wait("exit code 137 · press any key");
            screen.type_keys(" ");
        }
        screen.wait("back from payments-dev");
        screen.type_keys(" ");
        screen.gone("back from payments-dev");
    }
    screen.type_keys("\x03");
    assert_eq!(screen.exit(), 0);
    screen.is_whole();
}

/// Nothing can be written: the portal works all the same, for as long as it is open.
#[test]
fn portal_works_in_a_home_that_cannot_be_written() {
    let env = TestEnv::new();
    for name in [".aws/sso", ".cache", ".local"] {
        env.write(name, "in the way");
    }
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("40 accounts");
    screen.wait("Esc dismiss");
    // The path is long, so the sentence may be wrapped anywhere.
    let text: Vec<String> = screen.text().split_whitespace().map(str::to_owned).collect();
    assert!(
        text.join(" ").contains("exists but is not a folder"),
        "{}",
        screen.text()
    );
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\r");
    screen.wait("[payments-dev/AdministratorAccess]");
    screen.type_keys("exit\r");
    screen.wait("back from payments-dev");
    screen.type_keys("\x03");
    assert_eq!(screen.exit(), 0);
    assert_eq!(env.read(".aws/sso"), "in the way");
}

#[test]
fn ctrl_c_cancels_a_login() {
    let env = TestEnv::with(|options| options.auto_approve = false);
    let mut screen = Screen::genkan(&env, &["login"]);
    screen.wait("waiting for approval");
    screen.type_keys("\x03");
    assert_eq!(screen.exit(), 130);
    assert!(screen.text().contains("cancelled"));
}

/// A portal session that ends elsewhere while its token looks good: one sign-in, and on it goes.
#[test]
fn session_ended_elsewhere_leads_to_one_sign_in() {
    let (env, mut screen) = signed_in();
    env.sandbox.control().end_portal_sessions();
    let before = env.sandbox.counts();
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\r");
    screen.wait("[payments-dev/AdministratorAccess]");
    screen.type_keys("exit\r");
    screen.wait("back from payments-dev");
    let after = env.sandbox.counts();
    assert_eq!(
        after.start_device_authorization,
        before.start_device_authorization + 1
    );
    let asked = after.get_role_credentials - before.get_role_credentials;
    assert!(asked <= 4, "{asked} requests");
    screen.type_keys("\x03");
    screen.exit();
}
