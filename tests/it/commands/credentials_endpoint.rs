//! Shells and commands whose credentials are renewed: the private endpoint, asked by clients that
//! other projects wrote, past the end of the credentials that it began with.

use std::time::Duration;

use genkan::platform::clock;
use genkan::sandbox::{Fault, Operation};
use jiff::Timestamp;
use serde_json::Value;

use crate::support::clients::{assert_is_target, rust_sdk_test};
use crate::support::env::{ACCOUNT, TARGET, TestEnv};
use crate::support::input::Dialogue;
use crate::support::peers;
use crate::support::served_shell::ServedShell;
use crate::support::wait::until;

/// How long role credentials live where a test doesn't see their end.
const HOUR: u64 = 3600;

fn signed_in() -> TestEnv {
    let env = TestEnv::with_few_accounts();
    env.sign_in();
    env
}

/// Credentials that are issued from now on live for so long.
fn issue_for(env: &TestEnv, seconds: u64) {
    let control = env.sandbox.control();
    control.set_role_credentials_lifetime(Duration::from_secs(seconds));
}

fn issued(env: &TestEnv) -> u64 {
    env.sandbox.counts().get_role_credentials
}

/// Waits until credentials have ended.
fn sleep_past(expiration: &Value) {
    let end: Timestamp = expiration.as_str().unwrap().parse().unwrap();
    assert!(
        end.as_second() - clock::current_time().as_second() < 60,
        "it ends soon: {expiration}"
    );
    while clock::current_time() <= end {
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The lines by which each SDK says who it is, with the credentials that it finds by itself.
fn clients() -> Vec<String> {
    let quoted = |path: &std::path::Path| format!("'{}'", path.display());
    let mut lines = Vec::new();
    if let Some(venv) = peers::python() {
        let script = peers::script("identity.py", include_str!("../../peers/identity.py"));
        lines.push(format!(
            "{} {}",
            quoted(&venv.join("bin/python")),
            quoted(&script)
        ));
        let query = "--query '{account: Account, arn: Arn, key: `ASIA of the CLI`}' --output json";
        lines.push(format!(
            "{} sts get-caller-identity {query} | tr -d '\\n'; echo",
            quoted(&venv.join("bin/aws"))
        ));
    }
    if peers::node().is_some() {
        let script = peers::script("identity.mjs", include_str!("../../peers/identity.mjs"));
        lines.push(format!("node {} node", quoted(&script)));
    }
    lines
}

/// The SDK for Rust, in this very program.
fn rust_line() -> String {
    format!(
        "GENKAN_TEST_RUST_SDK= '{}' --exact {} --nocapture \
         | sed -n 's/.*credentials: //p'",
        std::env::current_exe().unwrap().display(),
        rust_sdk_test()
    )
}

#[test]
fn every_sdk_outlives_its_first_credentials() {
    let env = signed_in();
    issue_for(&env, 20);
    let mut shell = ServedShell::enter(&env);
    let first = shell.endpoint().get().json();
    issue_for(&env, HOUR);
    assert_eq!(first["AccountId"], ACCOUNT);
    for round in 1..=2 {
        for line in clients() {
            assert_is_target(&shell.json(&line));
        }
        let rust = shell.json(&rust_line());
        if round == 1 {
            sleep_past(&first["Expiration"]);
        } else {
            assert_ne!(rust["sessionId"], first["AccessKeyId"]);
        }
    }
    assert_eq!(issued(&env), 2, "one for the shell, one past its end");
    shell.leave();
}

/// One long-lived process: its SDK comes back by itself.
#[test]
fn long_running_process_gets_renewed_credentials() {
    let Some(venv) = peers::python() else { return };
    let env = signed_in();
    issue_for(&env, 10);
    let script = peers::script("identity_twice.py", include_str!("../../peers/identity_twice.py"));
    let python = venv.join("bin/python");
    let mut command = env.command(&["exec", "--credentials", "server", TARGET, "--"]);
    let mut client = Dialogue::start(command.args([python, script]));
    let before: Value = serde_json::from_str(&client.read_line()).unwrap();
    assert_is_target(&before);
    issue_for(&env, HOUR);
    sleep_past(&before["expires"]);
    let after: Value = serde_json::from_str(&client.ask("again")).unwrap();
    assert_is_target(&after);
    assert_ne!(before["key"], after["key"]);
    assert!(client.end().success());
}

/// Who asks while credentials are fetched is held, for old SDKs for Go don't ask again after a 503; and where the
/// endpoint has valid ones, the caller gets those, whatever goes wrong.
#[test]
fn request_waits_for_credentials_being_fetched() {
    let env = signed_in();
    issue_for(&env, 2);
    let mut shell = ServedShell::enter(&env);
    let endpoint = shell.endpoint();
    let first = endpoint.get().json();
    let control = env.sandbox.control();
    let slow = Fault::SlowBody(Duration::from_secs(3));
    // The endpoint may begin before it is asked: what counts is that nothing is answered until it has fetched. So
    // whatever it fetches from now on waits, and all that it has fetched before ends.
    control.hold_answers(Operation::GetRoleCredentials);
    let end = clock::current_time() + jiff::SignedDuration::from_secs(3);
    issue_for(&env, HOUR);
    until("the end of what it has", || clock::current_time() > end);
    let second = std::thread::scope(|scope| {
        let answer = scope.spawn(|| endpoint.get());
        until("the fetch", || env.sandbox.counts().in_flight > 0);
        // One that doesn't wait answers within a few milliseconds.
        for _ in 0..50 {
            std::thread::sleep(Duration::from_millis(10));
            assert!(!answer.is_finished(), "it is held");
        }
        control.release_answers();
        answer.join().unwrap()
    });
    assert_eq!(second.status, 200, "{}", second.text());
    assert_ne!(second.json()["AccessKeyId"], first["AccessKeyId"]);
    // botocore gives up after 2 s, and asks again.
    if let Some(venv) = peers::python() {
        let other = signed_in();
        issue_for(&other, 2);
        let mut shell = ServedShell::enter(&other);
        let first = shell.endpoint().get().json();
        issue_for(&other, HOUR);
        let control = other.sandbox.control();
        control.inject(Operation::GetRoleCredentials, &slow, 1);
        sleep_past(&first["Expiration"]);
        let script = peers::script("identity.py", include_str!("../../peers/identity.py"));
        let line = format!("'{}' '{}'", venv.join("bin/python").display(), script.display());
        assert_is_target(&shell.json(&line));
        shell.leave();
    }
    // Due, and nothing to be had: what is held is valid.
    control.inject(Operation::GetRoleCredentials, &Fault::InternalError, 100);
    env.sandbox.control().end_portal_sessions();
    for _ in 0..3 {
        let held = endpoint.get();
        assert_eq!(held.json()["AccessKeyId"], second.json()["AccessKeyId"]);
    }
    shell.leave();
}

#[test]
fn idle_shell_makes_no_requests() {
    let env = signed_in();
    issue_for(&env, 2);
    let mut shell = ServedShell::enter(&env);
    let endpoint = shell.endpoint();
    // Twice the life of the credentials, in which nothing may happen: there is no event to wait for.
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(issued(&env), 1, "unused credentials are not renewed");
    issue_for(&env, HOUR);
    assert_eq!(endpoint.get().status, 200, "who asks now is given others");
    assert_eq!(issued(&env), 2);
    for _ in 0..50 {
        assert_eq!(endpoint.get().status, 200);
    }
    assert_eq!(issued(&env), 2, "answers come from memory");
    shell.leave();
    let gone = std::net::TcpStream::connect(endpoint.url.strip_prefix("http://").unwrap());
    assert!(gone.is_err(), "the endpoint ends with the shell");
}

#[test]
fn endpoint_reports_the_end_of_the_sign_in_and_recovers_after_the_next() {
    let env = signed_in();
    issue_for(&env, 2);
    let mut shell = ServedShell::enter(&env);
    let endpoint = shell.endpoint();
    let first = endpoint.get().json();
    issue_for(&env, HOUR);
    env.sandbox.control().end_portal_sessions();
    env.output(&["logout"]);
    sleep_past(&first["Expiration"]);
    let refused = endpoint.get();
    assert_eq!(
        (refused.status, &refused.json()["Code"]),
        (403, &Value::from("SignInRequired"))
    );
    let words = "run `genkan login demo` in any terminal";
    assert!(refused.json()["Message"].as_str().unwrap().contains(words));
    // The AWS CLI passes it on.
    if let Some(venv) = peers::python() {
        let aws = venv.join("bin/aws");
        let line = format!(
            "'{}' sts get-caller-identity 2>&1 | tr -d '\\n'; echo",
            aws.display()
        );
        let said = shell.ask(&line);
        assert!(said.contains("genkan login demo"), "{said}");
    }
    env.sign_in();
    // A refusal is remembered for a moment.
    until("credentials", || endpoint.get().status == 200);
    shell.leave();
}

/// Credentials that live on at AWS are not given out for a sign-in that is gone, nor for another one.
#[test]
fn held_credentials_are_dropped_with_their_sign_in() {
    let env = signed_in();
    let mut shell = ServedShell::enter(&env);
    let endpoint = shell.endpoint();
    let given = || endpoint.get().json()["AccessKeyId"].clone();
    let first = given();
    assert_eq!(given(), first);
    let says_so = |why: &str| {
        let refused = endpoint.get();
        assert_eq!(
            (refused.status, &refused.json()["Code"]),
            (403, &Value::from("SignInRequired")),
            "{why}"
        );
    };
    let token = std::fs::read_dir(env.path(".aws/sso/cache"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| std::fs::read_to_string(path).is_ok_and(|text| text.contains("accessToken")))
        .unwrap();
    std::fs::remove_file(token).unwrap();
    says_so("another tool signed out");
    // When a sign-in began is known to the second.
    std::thread::sleep(Duration::from_millis(1100));
    env.sign_in();
    let second = given();
    assert!(second.is_string() && second != first, "{second}");
    env.output(&["logout"]);
    says_so("genkan signed out");
    std::thread::sleep(Duration::from_millis(1100));
    env.sign_in();
    let third = given();
    assert!(third.is_string() && third != second, "{third}");
    std::thread::sleep(Duration::from_millis(1100));
    env.output(&["login", "--force", "--no-browser"]);
    let fourth = given();
    assert!(
        fourth.is_string() && fourth != third,
        "signed in again between two requests: {fourth}"
    );
    shell.leave();
}

/// What a child finds in its environment.
fn environment(env: &TestEnv, arguments: &[&str]) -> (Vec<String>, String) {
    let mut all = vec!["exec"];
    all.extend(arguments);
    all.extend([TARGET, "--", "env"]);
    let result = env.run(&all);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let names = result.stdout.lines().filter_map(|l| l.split_once('='));
    (names.map(|(name, _)| name.to_owned()).collect(), result.stderr)
}

fn is_served(names: &[String]) -> bool {
    let has = |name: &str| names.iter().any(|n| n == name);
    let served = has("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    assert_eq!(served, has("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
    ] {
        assert_eq!(served, !has(name), "{name}");
    }
    assert!(has("AWS_REGION") && has("GENKAN_ACCOUNT_ID"));
    served
}

#[test]
fn shell_gets_an_endpoint_and_exec_gets_keys() {
    let mut env = TestEnv::with_few_accounts();
    env.sign_in();
    for name in [
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_KEY",
        "AWS_ROLE_ARN",
    ] {
        env.environment.insert(name.into(), "outer".into());
    }
    assert!(!is_served(&environment(&env, &[]).0));
    let (names, _) = environment(&env, &["--credentials", "server"]);
    assert!(is_served(&names));
    for gone in ["AWS_PROFILE", "AWS_SECRET_KEY", "AWS_ROLE_ARN"] {
        assert!(!names.iter().any(|n| n == gone), "{gone}");
    }
    for kept in ["AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_STS"] {
        assert!(names.iter().any(|n| n == kept), "{kept}");
    }
    let (names, said) = environment(&env, &["--credentials", "server", "--keep-env"]);
    assert!(names.iter().any(|n| n == "AWS_PROFILE"));
    assert!(
        said.contains("AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_KEY, AWS_ROLE_ARN in this environment")
    );
    env.write(".config/genkan/config.toml", "credentials = \"server\"\n");
    assert!(is_served(&environment(&env, &[]).0));
    assert!(!is_served(&environment(&env, &["--credentials", "env"]).0));
}

/// SDKs believe a default profile before an endpoint: no one may end up in another account. The child gets files in which
/// that profile has no credentials, and every other one what it had.
#[test]
fn default_profile_with_keys_does_not_override_the_endpoint() {
    let env = TestEnv::with_few_accounts();
    env.sign_in();
    env.write(".config/genkan/config.toml", "credentials = \"server\"\n");
    let keys = |name: &str, key: &str| {
        format!("[{name}]\naws_access_key_id = {key}\naws_secret_access_key = other\n")
    };
    let credentials = keys("default", "AKIDOTHER") + &keys("work", "AKIDWORK");
    env.write(".aws/credentials", &credentials);
    let genkan = env!("CARGO_BIN_EXE_genkan");
    let child = |words: &[&str]| {
        let arguments = ["exec", "--credentials", "server", TARGET, "--"];
        let result = env.run(&[&arguments, words].concat());
        assert_eq!(result.code, Some(0), "{words:?}: {}", result.stderr);
        result
    };
    let (names, said) = environment(&env, &[]);
    assert!(is_served(&names));
    assert!(
        said.contains(
            "note: the default profile in `~/.aws/credentials` has credentials of its own; here they are those of the \
             profile `default-outside-genkan`"
        ),
        "{said}"
    );
    if let Some(venv) = peers::python() {
        let (python, aws) = (venv.join("bin/python"), venv.join("bin/aws"));
        let script = peers::script("identity.py", include_str!("../../peers/identity.py"));
        let identity = child(&[python.to_str().unwrap(), script.to_str().unwrap()]).stdout;
        assert_is_target(&serde_json::from_str(&identity).unwrap());
        for (profile, key) in [("work", "AKIDWORK"), ("default-outside-genkan", "AKIDOTHER")] {
            let get = ["configure", "get", "aws_access_key_id", "--profile", profile];
            let found = child(&[&[aws.to_str().unwrap()], &get[..]].concat());
            assert_eq!(found.stdout.trim(), key);
        }
    }
    // Genkan inside knows who one is, and the files that are the user's.
    let whoami = child(&[genkan, "whoami", "--format", "json"]).stdout;
    let whoami: Value = serde_json::from_str(&whoami).unwrap();
    assert_eq!(
        (&whoami["source"], &whoami["account_id"]),
        (&Value::from("genkan"), &Value::from(ACCOUNT))
    );
    let verified = child(&[genkan, "whoami", "--verify", "--format", "json"]).stdout;
    let verified: Value = serde_json::from_str(&verified).unwrap();
    assert_eq!(verified["caller"]["account_id"], ACCOUNT, "{verified}");
    child(&[genkan, "profiles", "--write"]);
    assert!(
        env.read(".aws/config").contains("# genkan profiles begin"),
        "it is written where it stays"
    );
    assert_eq!(env.read(".aws/credentials"), credentials);
    let left = std::fs::read_dir(env.path(".cache/genkan/shells"))
        .unwrap()
        .count();
    assert_eq!(left, 0, "the copies go with the child");
    // What gives every profile credentials can't be left out.
    env.write(
        ".aws/credentials",
        &keys("DEFAULT", "AKIDOTHER").replace("[DEFAULT]", "[default]\nregion = x\n[DEFAULT]"),
    );
    let (names, said) = environment(&env, &[]);
    assert!(!is_served(&names));
    assert!(
        said.contains("so this one gets keys, which are not renewed"),
        "{said}"
    );
    let refused = env.run(&["exec", "--credentials", "server", TARGET, "--", "true"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    assert!(
        refused.stderr.contains("hint: use --credentials env"),
        "{}",
        refused.stderr
    );
    // One that says only where to work is no reason.
    std::fs::remove_file(env.path(".aws/credentials")).unwrap();
    let config = format!(
        "[default]\nregion = eu-west-1\nsso_session = demo\n{}",
        env.sso_session("demo")
    );
    env.write(".aws/config", &config);
    let (names, said) = environment(&env, &[]);
    assert!(is_served(&names) && said.is_empty(), "{said}");
}

#[test]
fn nested_shells_are_reported() {
    let mut env = TestEnv::with_few_accounts();
    env.sign_in();
    let hostile = "evil\u{1b}]0;x\u{7}name";
    for (name, value) in [
        ("GENKAN_ACCOUNT_NAME", hostile),
        ("GENKAN_PERMISSION_SET", "Admin"),
    ] {
        env.environment.insert(name.into(), value.into());
    }
    let (_, said) = environment(&env, &[]);
    assert!(said.contains("note: this runs inside a shell for evil"), "{said}");
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

/// The prompt says so in the last quarter of an hour, and is silent before and after.
#[test]
fn prompt_warns_before_the_sign_in_ends() {
    let env = signed_in();
    let mut shell = ServedShell::enter(&env);
    let left: i64 = shell
        .ask("echo $((GENKAN_SESSION_ENDS - $(date +%s)))")
        .parse()
        .unwrap();
    assert!((8 * 3600 - 600..=8 * 3600).contains(&left), "{left}");
    shell.leave();
    for name in ["bash", "zsh", "fish"] {
        if !crate::support::env::peer(name) {
            continue;
        }
        let script = env.output(&["init", name]);
        let prompt = |ends: i64| {
            let ends = (clock::current_time().as_second() + ends).to_string();
            let output = std::process::Command::new(name)
                .args(["-c", &format!("{script}\ngenkan_prompt")])
                .env_clear()
                .envs(&env.environment)
                .envs([
                    ("GENKAN_ACCOUNT_NAME", "a"),
                    ("GENKAN_PERMISSION_SET", "b"),
                    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/"),
                    ("GENKAN_SESSION_ENDS", &ends),
                ])
                .output()
                .unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        assert!(
            prompt(630).contains("sign-in ends in 10m "),
            "{name}: {:?}",
            prompt(630)
        );
        for silent in [-5, 1200] {
            assert!(!prompt(silent).contains("ends"), "{name}: {:?}", prompt(silent));
        }
    }
}
