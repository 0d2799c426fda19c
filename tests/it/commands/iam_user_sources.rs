//! IAM users as sources: the user itself and the roles that it assumes are targets like any others, and a code is asked for
//! once.

use std::process::Command;

use serde_json::Value;

use crate::support::env::{TestEnv, command_result};
use crate::support::iam_users::{WITH_MFA, WITHOUT_MFA, add, keys, run_with_input, with_file};
use crate::support::processes::{assert_all_succeed, run_many};
use crate::support::screen::Screen;
use crate::support::wait::until;

/// Switch roles in three accounts from each user, and one in one account that wants MFA.
const ROLES: &str = "[[role]]\nvia = [\"*/ren.sato\", \"*/ayumi.mori\"]\nrole = \"JumpReadOnly\"\n\
    accounts = { payments-dev = \"310660284419\", finops = \"391390075149\", audit = \"111204938571\" }\n\
    duration_seconds = 43200\n\n\
    [[role]]\nvia = [\"*/ren.sato\", \"*/ayumi.mori\"]\nrole = \"JumpAdministrator\"\naccounts = { payments-dev = \"310660284419\" }\n";

/// The role in `payments-dev`, by each user.
const BY_REN: &str = "310660284419/JumpReadOnly via 598204417736/ren.sato";
const BY_AYUMI: &str = "310660284419/JumpReadOnly via 598204417736/ayumi.mori";
const ADMINISTRATOR: &str = "310660284419/JumpAdministrator via 598204417736/ayumi.mori";

fn with_user(name: &str, user: &str, preferences: &str) -> TestEnv {
    let env = TestEnv::new();
    env.write(".config/genkan/config.toml", preferences);
    with_file(&env);
    add(&env, name, &keys(&env, user)[0]);
    env
}

/// A program that prints the code of a user's device, and counts how often it is asked.
fn code_program(env: &TestEnv, user: &str) -> String {
    let serial = keys(env, user)[0].mfa_serial.clone().unwrap();
    env.write("code", &env.sandbox.control().mfa_code(&serial).unwrap());
    let home = env.home.path().display();
    format!("mfa_process = \"echo asked >> '{home}/asked'; cat '{home}/code'\"\n")
}

/// Who the credentials of a target are for.
fn caller(env: &TestEnv, target: &str) -> String {
    let said = env.output(&[
        "exec",
        target,
        "--",
        env!("CARGO_BIN_EXE_genkan"),
        "whoami",
        "--verify",
        "--format",
        "json",
    ]);
    let said: Value = serde_json::from_str(&said).unwrap();
    said["caller"]["arn"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn an_iam_user_gives_itself_and_the_roles_that_it_assumes() {
    let env = with_user("ren", WITHOUT_MFA, ROLES);
    let rows: Value =
        serde_json::from_str(&env.output(&["list", "--session", "ren", "--format", "json"])).unwrap();
    let rows: Vec<(&str, &str)> = (rows.as_array().unwrap().iter())
        .map(|row| {
            (
                row["account_name"].as_str().unwrap(),
                row["permission_set"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(rows.len(), 5, "{rows:?}");
    assert!(rows.contains(&("598204417736", "ren.sato")), "{rows:?}");
    assert!(
        rows.contains(&("payments-dev", "JumpReadOnly via 598204417736/ren.sato")),
        "{rows:?}"
    );
    assert_eq!(
        caller(&env, "ren:598204417736/ren.sato"),
        "arn:aws:iam::598204417736:user/ren.sato"
    );
    let arn = "arn:aws:sts::310660284419:assumed-role/JumpReadOnly/ren.sato";
    assert_eq!(caller(&env, BY_REN), arn, "no session need be named");
    assert_eq!(caller(&env, "payments-dev/JumpRead"), arn, "nor the whole of it");
    assert_eq!(
        caller(&env, "arn:aws:iam::598204417736:user/ren.sato"),
        "arn:aws:iam::598204417736:user/ren.sato"
    );
    assert_eq!(env.sandbox.counts().get_session_token, 1);
    let key = &keys(&env, WITHOUT_MFA)[0];
    for target in ["598204417736/ren.sato", BY_REN] {
        let printed = env.output(&["credential-process", target]);
        assert!(!printed.contains(&key.access_key_id) && !printed.contains(&key.secret_access_key));
    }
    let unknown = env.run(&["export", "ren:598204417736/Administrator"]);
    assert_eq!(unknown.code, Some(1), "{}", unknown.stderr);
}

/// What an IAM user assumes is no chained role for AWS, which ends those after an hour.
#[test]
fn a_role_of_an_iam_user_may_live_longer_than_an_hour() {
    let env = with_user("ren", WITHOUT_MFA, ROLES);
    let result = env.run(&["credential-process", BY_REN]);
    assert_eq!(result.stderr, "");
    let printed: Value = serde_json::from_str(&result.stdout).unwrap();
    let until: jiff::Timestamp = printed["Expiration"].as_str().unwrap().parse().unwrap();
    let left = until.as_second() - genkan::platform::clock::current_time().as_second();
    assert!(left > 11 * 3600, "{left}");
}

#[test]
fn keeping_a_key_changes_no_command_that_names_no_session() {
    let env = with_user("ren", WITHOUT_MFA, ROLES);
    env.sign_in();
    env.output(&["list"]);
    assert!(
        env.output(&["export", "payments-dev/AdministratorAccess", "--format", "json"])
            .contains("ASIA")
    );
    let status: Value = serde_json::from_str(&env.output(&["status", "--format", "json"])).unwrap();
    let kinds: Vec<&str> = status
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["named", "iam-user"]);
    assert_eq!(status[1]["signed_in"], true, "its key opens the next session");
    assert_eq!(status[1]["catalog"]["assignments"], 5);
    let words = env.output(&["status", "--session", "ren"]);
    assert!(
        words.contains("IAM user ren.sato in account 598204417736"),
        "{words}"
    );
}

#[test]
fn one_code_opens_many_roles_and_is_asked_for_on_the_terminal() {
    let env = with_user("ayumi", WITH_MFA, ROLES);
    let refused = env.run(&["export", BY_AYUMI]);
    assert_eq!(
        (refused.code, refused.stdout.as_str()),
        (Some(3), ""),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("a code of the MFA device"),
        "{}",
        refused.stderr
    );
    let serial = keys(&env, WITH_MFA)[0].mfa_serial.clone().unwrap();
    let mut screen = Screen::genkan(&env, &["export", ADMINISTRATOR, "--format", "json"]);
    screen.wait("Code of the MFA device");
    let code = env.sandbox.control().mfa_code(&serial).unwrap();
    screen.type_keys(&format!("{code}\r"));
    screen.wait("signed in to ayumi for");
    screen.wait("ASIA");
    assert!(!screen.raw().contains(&code), "it is not shown");
    assert_eq!(screen.exit(), 0);
    assert!(caller(&env, ADMINISTRATOR).contains("assumed-role/JumpAdministrator/ayumi.mori"));
    assert!(caller(&env, BY_AYUMI).contains("assumed-role/JumpReadOnly/ayumi.mori"));
    assert!(
        env.output(&["export", "ayumi:598204417736/ayumi.mori", "--format", "json"])
            .contains("ASIA")
    );
    assert_eq!(env.sandbox.counts().get_session_token, 1);
    // Signed out, everything that the session brought is gone, and the key stays.
    let out = env.run(&["logout", "ayumi"]);
    assert!(out.stderr.contains("signed out of ayumi"), "{}", out.stderr);
    assert_eq!(env.run(&["export", BY_AYUMI]).code, Some(3));
    assert_eq!(
        env.run(&["logout", "ayumi"]).stderr.trim(),
        "not signed in to ayumi"
    );
}

#[test]
fn no_code_is_asked_for_where_no_sign_in_may_begin() {
    let mut env = with_user("ayumi", WITH_MFA, ROLES);
    env.environment.insert("GENKAN_NO_SIGN_IN".into(), "1".into());
    let mut screen = Screen::genkan(&env, &["export", BY_AYUMI]);
    screen.wait("GENKAN_NO_SIGN_IN is set");
    assert_eq!(screen.exit(), 3);
    for arguments in [&["login", "ayumi"][..], &["iam-user", "session", "ayumi"]] {
        let mut screen = Screen::genkan(&env, arguments);
        screen.wait("no sign-in is started: GENKAN_NO_SIGN_IN is set");
        assert_eq!(screen.exit(), 3);
    }
}

#[test]
fn agents_get_of_an_iam_user_only_what_is_allowed() {
    let agents = "[agents]\nallow = [{ permission_set = \"JumpReadOnly\" }]\n\n";
    let mut env = with_user("ren", WITHOUT_MFA, &format!("{agents}{ROLES}"));
    env.environment.insert("CLAUDECODE".into(), "1".into());
    assert!(env.output(&["credential-process", BY_REN]).contains("ASIA"));
    for arguments in [
        &["credential-process", "598204417736/ren.sato"][..],
        &["iam-user", "session", "ren"],
    ] {
        let refused = env.run(arguments);
        assert_eq!(
            (refused.code, refused.stdout.as_str()),
            (Some(1), ""),
            "{}",
            refused.stderr
        );
        assert!(
            refused.stderr.contains("`[agents]` in config.toml doesn't allow"),
            "{}",
            refused.stderr
        );
    }
}

/// Many users may not list their devices: the role says which one it is.
#[test]
fn a_role_names_the_device_of_a_user_without_one() {
    let env = TestEnv::new();
    let serial = keys(&env, "deploy")[0].mfa_serial.clone().unwrap();
    let role = format!(
        "[[role]]\nvia = \"*/deploy\"\nrole = \"JumpAdministrator\"\naccounts = {{ dev = \"310660284419\" }}\n\
         mfa_serial = \"{serial}\"\n"
    );
    env.write(
        ".config/genkan/config.toml",
        &format!("{}{role}", code_program(&env, "deploy")),
    );
    with_file(&env);
    add(&env, "deploy", &keys(&env, "deploy")[0]);
    let target = "310660284419/JumpAdministrator via 598204417736/deploy";
    assert!(caller(&env, target).contains("assumed-role/JumpAdministrator/deploy"));
    assert_eq!(env.read("asked").lines().count(), 1);
}

#[test]
fn fifty_callers_of_a_role_cost_one_code_and_one_request_for_each_hop() {
    let env = TestEnv::new();
    env.write(
        ".config/genkan/config.toml",
        &format!("{}{ROLES}", code_program(&env, WITH_MFA)),
    );
    with_file(&env);
    add(&env, "ayumi", &keys(&env, WITH_MFA)[0]);
    assert_all_succeed(&run_many(&env, &["credential-process", ADMINISTRATOR]));
    assert_eq!(env.read("asked").lines().count(), 1);
    let counts = env.sandbox.counts();
    assert_eq!((counts.get_session_token, counts.assume_role), (1, 1));
}

#[test]
fn what_the_console_can_not_do_is_said() {
    let env = with_user("ren", WITHOUT_MFA, ROLES);
    let refused = env.run(&["console", "--print", "598204417736/ren.sato"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    for words in [
        "AWS doesn't open the console with the session of an IAM user",
        "hint: open the console of a role that the user assumes",
        "https://598204417736.signin.aws.amazon.com/console",
    ] {
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }
    let link = env.output(&["console", "--print", BY_REN]);
    assert!(link.contains("Action=login"), "{link}");
    let shared = env.run(&["console", "--share", BY_REN]);
    assert!(shared.stderr.contains("ren is an IAM user"), "{}", shared.stderr);
}

#[test]
fn profiles_of_an_iam_user_run_genkan() {
    let env = with_user("ren", WITHOUT_MFA, ROLES);
    env.output(&["profiles", "--session", "ren", "--write"]);
    let config = env.read(".aws/config");
    assert!(
        config.contains("credential-process") && config.contains("ren:598204417736/ren.sato"),
        "{config}"
    );
    assert!(!config.contains("sso_account_id"), "{config}");
    // What is written is read again, and pruned for another session's sake by no one.
    env.sign_in();
    env.output(&["profiles", "--session", "demo", "--write", "--prune"]);
    assert!(env.read(".aws/config").contains("ren:598204417736/ren.sato"));
}

/// On a terminal the passphrase of the encrypted file is asked for, whatever needs the key.
#[test]
fn a_passphrase_is_asked_for_where_the_key_is_needed() {
    let env = with_user("ren", WITHOUT_MFA, ROLES);
    env.write(".config/genkan/config.toml", ROLES);
    let refused = env.run(&["export", BY_REN]);
    assert_eq!(
        (refused.code, refused.stdout.as_str()),
        (Some(3), ""),
        "{}",
        refused.stderr
    );
    let mut screen = Screen::genkan(&env, &["export", BY_REN, "--format", "json"]);
    screen.wait("Passphrase of");
    screen.type_keys(&format!("{}\r", crate::support::iam_users::PASSPHRASE));
    screen.wait("ASIA");
    assert_eq!(screen.exit(), 0);
}

/// An SSO session that comes later with the same name is what the name means.
#[test]
fn an_sso_session_of_the_same_name_hides_the_user_and_says_so() {
    let env = with_user("ren", WITHOUT_MFA, "");
    let config = env.read(".aws/config");
    env.write(
        ".aws/config",
        &config.replace("[sso-session demo]", "[sso-session ren]"),
    );
    let status = env.run(&["status"]);
    assert!(
        status
            .stderr
            .contains("the IAM user `ren` is ignored: an SSO session has the name `ren`"),
        "{}",
        status.stderr
    );
}

/// A server and a shell renew what a user's role gives.
#[test]
fn a_command_with_a_server_gets_credentials_of_a_role() {
    let env = with_user("ren", WITHOUT_MFA, ROLES);
    let mut command: Command = env.command(&["exec", "--credentials", "server", BY_REN, "--"]);
    command.args([env!("CARGO_BIN_EXE_genkan"), "whoami", "--verify"]);
    let result = command_result(command.output().unwrap());
    assert!(
        result.stdout.contains("JumpReadOnly"),
        "{} {}",
        result.stdout,
        result.stderr
    );
}

/// The end of the session that a code has opened, as `gk` and `exec` tell it their shells.
#[test]
fn gk_with_a_server_knows_when_the_session_of_a_user_ends() {
    let env = with_user("ayumi", WITH_MFA, ROLES);
    let serial = keys(&env, WITH_MFA)[0].mfa_serial.clone().unwrap();
    let mut screen = Screen::genkan(&env, &["login", "ayumi"]);
    screen.wait("Code of the MFA device");
    screen.type_keys(&format!("{}\r", env.sandbox.control().mfa_code(&serial).unwrap()));
    assert_eq!(screen.exit(), 0, "{}", screen.text());
    let genkan = env!("CARGO_BIN_EXE_genkan");
    let gk = format!("'{genkan}' assume bash --credentials server --process $$ '{BY_AYUMI}'");
    let exec = format!("'{genkan}' exec '{BY_AYUMI}' -- sh -c 'echo $GENKAN_SESSION_ENDS'");
    let line = format!("eval \"$({gk})\"; echo ${{GENKAN_SERVER%%:*}}; echo $GENKAN_SESSION_ENDS; {exec}");
    let mut bash = Command::new("bash");
    bash.args(["-c", &line]).env_clear().envs(&env.environment);
    let result = command_result(bash.current_dir(env.home.path()).output().unwrap());
    let lines: Vec<&str> = result.stdout.lines().collect();
    let [server, by_gk, by_exec] = lines.as_slice() else {
        panic!("{result:?}");
    };
    assert!(by_gk.parse::<i64>().is_ok(), "{result:?}");
    assert_eq!(by_gk, by_exec);
    let server = format!("/proc/{server}");
    until("the server ends with its shell", || {
        !std::path::Path::new(&server).exists()
    });
}

/// What is typed with a name that isn't there is said as for any session.
#[test]
fn login_opens_a_session_and_force_opens_another() {
    let env = with_user("ren", WITHOUT_MFA, "");
    let first = env.run(&["login", "ren"]);
    assert!(first.stderr.contains("signed in to ren for"), "{}", first.stderr);
    env.output(&["login", "ren"]);
    assert_eq!(env.sandbox.counts().get_session_token, 1);
    env.output(&["login", "ren", "--force"]);
    assert_eq!(env.sandbox.counts().get_session_token, 2);
    let input = String::new();
    let unknown = run_with_input(&env, &["login", "not-here"], &input);
    assert!(
        unknown.stderr.contains("`not-here` not found"),
        "{}",
        unknown.stderr
    );
}
