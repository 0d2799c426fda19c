//! One sign-in serves all, both ways; and the sandbox is no mirror of our own client: clients that
//! other projects wrote sign in, list, refresh and get credentials from it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use serde_json::Value;

use crate::support::clients::{ROLE, TWICE, assert_is_target, rust_sdk_test};
use crate::support::env::{ACCOUNT, TARGET, TestEnv, command_result};
use crate::support::peers;

/// A home with a native profile `p` and a process profile `q`.
fn test_env(change: impl FnOnce(&mut genkan::sandbox::Options)) -> TestEnv {
    let env = TestEnv::with(change);
    let genkan = env!("CARGO_BIN_EXE_genkan");
    env.write(
        ".aws/config",
        &format!(
            "{}\n[profile p]\nsso_session = demo\nsso_account_id = {ACCOUNT}\nsso_role_name = {ROLE}\n\
             region = ap-northeast-1\n\n[profile q]\ncredential_process = \"{genkan}\" credential-process {TARGET}\n\
             region = ap-northeast-1\n",
            env.sso_session("demo"),
        ),
    );
    env
}

/// Runs a peer in the test environment and reads the JSON that it prints.
fn run(env: &TestEnv, program: &Path, arguments: &[&str]) -> Value {
    let result = command_result(
        Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(&env.environment)
            .current_dir(env.home.path())
            .output()
            .unwrap(),
    );
    assert_eq!(
        result.code,
        Some(0),
        "{} {arguments:?}: {}",
        program.display(),
        result.stderr
    );
    serde_json::from_str(result.stdout.trim()).unwrap_or_else(|e| panic!("{e}: {}", result.stdout))
}

fn boto3(env: &TestEnv, arguments: &[&str]) -> Option<Value> {
    let venv = peers::python()?;
    let script = peers::script("identity.py", include_str!("../../peers/identity.py"));
    let mut all = vec![script.to_str().unwrap()];
    all.extend(arguments);
    Some(run(env, &venv.join("bin/python"), &all))
}

fn javascript(env: &TestEnv, arguments: &[&str]) -> Option<Value> {
    peers::node()?;
    let script = peers::script("identity.mjs", include_str!("../../peers/identity.mjs"));
    let mut all = vec![script.to_str().unwrap()];
    all.extend(arguments);
    Some(run(env, Path::new("node"), &all))
}

fn aws_cli(env: &TestEnv, profile: &str) -> Option<Value> {
    let venv = peers::python()?;
    let aws = venv.join("bin/aws");
    let arguments = [
        "sts",
        "get-caller-identity",
        "--profile",
        profile,
        "--output",
        "json",
    ];
    let answer = run(env, &aws, &arguments);
    Some(serde_json::json!({"account": answer["Account"], "arn": answer["Arn"], "key": "ASIA of the CLI"}))
}

/// The SDK for Rust reads its process's environment, so it runs in a process of its own: this test
/// again, told by a variable what to do.
fn rust_sdk(env: &TestEnv, profile: &str) -> Value {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program)
        .args(["--exact", &rust_sdk_test(), "--nocapture"])
        .env_clear()
        .envs(&env.environment)
        .env("GENKAN_TEST_RUST_SDK", profile)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text
        .lines()
        .find_map(|l| l.split_once("credentials: ").map(|(_, json)| json));
    let credentials: Value = serde_json::from_str(
        line.unwrap_or_else(|| panic!("{text}\n{}", String::from_utf8_lossy(&output.stderr))),
    )
    .unwrap();
    // Whose they are is told by the console's federation endpoint.
    let session = credentials.to_string();
    let fields = [("Action", "getSigninToken"), ("Session", session.as_str())];
    let token = crate::support::http::post_form(&env.sandbox.url(), "/federation", &fields);
    assert!(token.json()["SigninToken"].is_string(), "{}", token.text());
    credentials
}

#[tokio::test]
async fn rust_sdk_in_a_child_process() {
    use std::io::Write as _;

    let Some(profile) = crate::support::env::rust_sdk_profile() else {
        return;
    };
    let is_twice = profile == TWICE;
    let profile = (!profile.is_empty() && !is_twice).then_some(profile);
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    let config = loader.load().await;
    let provider = config.credentials_provider().unwrap();
    for is_last in [!is_twice, true] {
        let credentials = provider.provide_credentials().await.unwrap();
        let json = serde_json::json!({
            "sessionId": credentials.access_key_id(),
            "sessionKey": credentials.secret_access_key(),
            "sessionToken": credentials.session_token(),
        });
        writeln!(std::io::stdout(), "credentials: {json}").unwrap();
        if is_last {
            break;
        }
        std::io::stdin().read_line(&mut String::new()).unwrap();
    }
}

#[test]
fn one_sign_in_serves_every_client() {
    let env = test_env(|_| {});
    env.sign_in();
    for profile in ["p", "q"] {
        for identity in [
            boto3(&env, &[profile]),
            aws_cli(&env, profile),
            javascript(&env, &["node", profile]),
        ] {
            identity.iter().for_each(assert_is_target);
        }
        assert!(
            rust_sdk(&env, profile)["sessionId"]
                .as_str()
                .unwrap()
                .starts_with("ASIA")
        );
    }
    javascript(&env, &["sso", "p"]).iter().for_each(assert_is_target);
    let counts = env.sandbox.counts();
    assert_eq!(
        (counts.start_device_authorization, counts.device_page),
        (1, 0),
        "no second sign-in"
    );
}

#[test]
fn exported_credentials_work_in_every_client() {
    let mut env = test_env(|_| {});
    env.sign_in();
    let process: Value = serde_json::from_str(&env.output(&["export", TARGET, "--format", "json"])).unwrap();
    for (name, member) in [
        ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
        ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
        ("AWS_SESSION_TOKEN", "SessionToken"),
    ] {
        let value = process[member].as_str().unwrap().to_owned();
        env.environment.insert(name.into(), value);
    }
    boto3(&env, &[]).iter().for_each(assert_is_target);
    javascript(&env, &["environment"])
        .iter()
        .for_each(assert_is_target);
    // A wrong key is noticed: the signature is looked at.
    env.environment
        .insert("AWS_SECRET_ACCESS_KEY".into(), "wrong".into());
    if let Some(venv) = peers::python() {
        let script = peers::script("identity.py", include_str!("../../peers/identity.py"));
        let output = Command::new(venv.join("bin/python"))
            .arg(script)
            .env_clear()
            .envs(&env.environment)
            .output()
            .unwrap();
        assert!(String::from_utf8_lossy(&output.stderr).contains("SignatureDoesNotMatch"));
    }
}

/// With less than 15 minutes left botocore refreshes and writes the file; genkan goes on with it,
/// and the other way round.
#[test]
fn refreshed_token_file_is_shared_with_other_tools() {
    let env = test_env(|options| options.access_token_lifetime = Duration::from_mins(8));
    env.sign_in();
    let refreshed = || env.sandbox.counts().refresh_token.issued;
    let Some(identity) = boto3(&env, &["p"]) else {
        return;
    };
    assert_is_target(&identity);
    assert!(refreshed() >= 1, "botocore refreshed");
    let before = refreshed();
    env.output(&["list", "--refresh"]);
    assert_eq!(refreshed(), before, "genkan uses what botocore wrote");
    // Now genkan refreshes, because the server takes no old token any more.
    env.sandbox.control().revoke_access_tokens();
    env.output(&["list", "--refresh"]);
    assert_eq!(refreshed(), before + 1);
    boto3(&env, &["p"]).iter().for_each(assert_is_target);
    javascript(&env, &["sso", "p"]).iter().for_each(assert_is_target);
    rust_sdk(&env, "p");
    env.output(&["list", "--refresh"]);
    assert_eq!(env.sandbox.counts().start_device_authorization, 1);
}

#[test]
fn sign_in_of_another_tool_is_used() {
    let env = test_env(|_| {});
    let Some(venv) = peers::python() else { return };
    let script = peers::script("sign_in.py", include_str!("../../peers/sign_in.py"));
    let start_url = env.sandbox.start_url();
    let status = Command::new(venv.join("bin/python"))
        .arg(script)
        .args(["demo", &start_url, "ap-northeast-1"])
        .env_clear()
        .envs(&env.environment)
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(env.output(&["list", "--format", "plain"]).lines().count(), 100);
    // An expired token of theirs is refreshed with their registration.
    env.sandbox.control().revoke_access_tokens();
    env.output(&["list", "--refresh"]);
    let counts = env.sandbox.counts();
    assert_eq!(
        (counts.register_client, counts.start_device_authorization),
        (1, 1)
    );
    assert_eq!(counts.refresh_token.issued, 1);
    boto3(&env, &["p"]).iter().for_each(assert_is_target);
}

/// The four clients with one profile each.
fn all_clients(env: &TestEnv, profile: &str) {
    for identity in [
        boto3(env, &[profile]),
        aws_cli(env, profile),
        javascript(env, &["node", profile]),
    ] {
        identity.iter().for_each(assert_is_target);
    }
    let key = rust_sdk(env, profile)["sessionId"].to_string();
    assert!(key.starts_with("\"ASIA"), "{key}");
}

/// A home with a generated profile of each kind; the process one runs a program whose path has all that
/// a shell, `shlex` or a config file could read otherwise.
fn generated() -> TestEnv {
    let env = TestEnv::with_few_accounts();
    env.sign_in();
    env.output(&["profiles", "--write"]);
    let folder = env.path("it's #1 ;2 $HOME `x` \\ \"q\" !! 玄関");
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("genkan");
    // By another process: a child that another test starts meanwhile would inherit the open file, and what is open for
    // writing can't be run.
    let copied = Command::new("cp")
        .arg(env!("CARGO_BIN_EXE_genkan"))
        .arg(&program)
        .status();
    assert!(copied.unwrap().success());
    let written = Command::new(&program)
        .args([
            "profiles",
            "--write",
            "--kind",
            "process",
            "--name",
            "by/{account}.{permission_set}",
        ])
        .env_clear()
        .envs(&env.environment)
        .output()
        .unwrap();
    assert!(
        written.status.success(),
        "{}",
        String::from_utf8_lossy(&written.stderr)
    );
    assert!(
        env.read(".aws/config")
            .contains("/genkan' credential-process demo:")
    );
    env
}

const NATIVE: &str = "payments-dev-administratoraccess";
const PROCESS: &str = "by/payments-dev.administratoraccess";

#[test]
fn generated_profiles_work_in_every_client() {
    let env = generated();
    for profile in [NATIVE, PROCESS] {
        all_clients(&env, profile);
    }
    let counts = env.sandbox.counts();
    assert_eq!(
        (counts.start_device_authorization, counts.device_page),
        (1, 0),
        "one sign-in"
    );
}

/// A generated profile is the source of a chain whose role is assumed at an independent STS.
#[test]
fn generated_profile_can_be_a_source_profile() {
    let mut env = generated();
    let Some(moto) = peers::Moto::start() else { return };
    let chained = [("a", NATIVE), ("b", PROCESS)].map(|(name, source)| {
        format!(
            "\n[profile {name}]\nrole_arn = arn:aws:iam::123456789012:role/deploy\nrole_session_name = me\n\
             source_profile = {source}\nregion = ap-northeast-1\n"
        )
    });
    let chained = chained.concat();
    env.write(".aws/config", &(env.read(".aws/config") + &chained));
    env.environment.insert("AWS_ENDPOINT_URL_STS".into(), moto.url());
    for profile in ["a", "b"] {
        for identity in [
            boto3(&env, &[profile]),
            aws_cli(&env, profile),
            javascript(&env, &["node", profile]),
        ] {
            let identity = identity.unwrap();
            assert_eq!(
                identity["arn"], "arn:aws:sts::123456789012:assumed-role/deploy/me",
                "{identity}"
            );
        }
    }
    assert!(
        env.sandbox.counts().get_role_credentials > 0,
        "the source came from the portal"
    );
}
