//! `genkan serve`: credentials for containers, IDEs and other programs; asked by SDKs of other projects for longer than
//! the credentials live.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use genkan::platform::clock;
use genkan::sandbox::{Fault, Operation};
use jiff::Timestamp;
use serde_json::Value;

use crate::support::clients::{TWICE, assert_is_target, rust_sdk_test};
use crate::support::env::{ACCOUNT, TARGET, TestEnv};
use crate::support::http;
use crate::support::input::Dialogue;
use crate::support::peers;
use crate::support::ports::free_port;
use crate::support::screen::{Screen, signal};
use crate::support::served::Served;
use crate::support::wait;

const OTHER: &str = "payments-prod/ReadOnlyAccess";

fn signed_in() -> TestEnv {
    let env = TestEnv::new();
    env.sign_in();
    env
}

/// What is listed as running.
fn listed(env: &TestEnv) -> usize {
    let folder = std::fs::read_dir(env.path(".local/state/genkan/running"));
    let files = folder.into_iter().flatten().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .count()
}

#[test]
fn record_names_each_client_once_for_each_renewal() {
    let env = signed_in();
    let served = Served::start(&env, &[TARGET, OTHER]);
    let ask = |number: usize, agent: &str| {
        let address = served.address(number);
        let path = address.strip_prefix(&served.url()).unwrap();
        let headers = [("authorization", served.token()), ("user-agent", agent)];
        let answer = http::request(&served.url(), "GET", path, &headers, &[]).unwrap();
        assert_eq!(answer.status, 200);
    };
    for _ in 0..3 {
        ask(0, "Boto3/1.34 md/Botocore#1.34");
    }
    ask(1, "Boto3/1.34");
    assert_eq!(served.get(0).status, 200, "a client without a name");
    // Who shows no token gets nothing and is no client.
    let path = served.address(0).strip_prefix(&served.url()).unwrap().to_owned();
    let headers = [("user-agent", "nosy/1")];
    http::request(&served.url(), "GET", &path, &headers, &[]).unwrap();
    let rows: Vec<Value> =
        serde_json::from_str(&env.output(&["history", "--commands", "--format", "json"])).unwrap();
    let said: Vec<(&str, &str, &str)> = rows
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap_or_default();
            (text("by"), text("command"), text("permission_set"))
        })
        .collect();
    assert_eq!(
        said,
        [
            ("serve", "unknown", "AdministratorAccess"),
            ("serve", "Boto3", "ReadOnlyAccess"),
            ("serve", "Boto3", "AdministratorAccess"),
        ]
    );
    served.stop();
}

#[test]
fn several_targets_are_served_by_path() {
    let env = signed_in();
    let served = Served::start(&env, &[TARGET, OTHER]);
    assert!(served.url().starts_with("http://127.0.0.1:"));
    let first = served.get(0).json();
    assert_eq!(first["AccountId"], ACCOUNT);
    let second = served.get(1).json();
    assert_ne!(second["AccountId"], first["AccountId"]);
    assert_ne!(second["AccessKeyId"], first["AccessKeyId"]);
    let path = format!("/{ACCOUNT}/AdministratorAccess");
    assert_eq!(served.address(0), format!("{}{path}", served.url()));
    let ask = |path: &str, token: &str, host: &str| {
        let headers = [("authorization", token), ("host", host)];
        http::request(&served.url(), "GET", path, &headers, &[])
            .unwrap()
            .status
    };
    let token = served.token();
    assert_eq!(ask(&path, token, "host.docker.internal:4100"), 200);
    assert_eq!(ask(&path, "", "127.0.0.1"), 401);
    assert_eq!(ask(&path, &format!("{token}0"), "127.0.0.1"), 401);
    assert_eq!(ask(&path, token, "rebound.example"), 421);
    for elsewhere in ["/", "/credentials", "/000000000000/AdministratorAccess"] {
        assert_eq!(ask(elsewhere, token, "127.0.0.1"), 404, "{elsewhere}");
    }
    let printed = &served.printed["targets"][1];
    assert_eq!(
        (&printed["production"], &printed["region"]),
        (&Value::from(true), &Value::from("ap-northeast-1"))
    );
    let variables = served.variables(0);
    let names: Vec<&str> = variables.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN",
            "AWS_REGION",
            "AWS_DEFAULT_REGION"
        ]
    );
    assert_eq!(listed(&env), 2);
    let url = served.url();
    let (code, said) = served.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("serving payments-dev/AdministratorAccess, payments-prod/ReadOnlyAccess on 127.0.0.1:"),
        "{said}"
    );
    assert_eq!(listed(&env), 0);
    let gone = std::net::TcpStream::connect(url.strip_prefix("http://").unwrap());
    assert!(gone.is_err(), "nothing listens any more");
    let history = env.output(&["history", "--format", "json"]);
    assert!(history.contains("\"serve\""), "{history}");
}

#[test]
fn address_and_token_are_the_same_after_a_restart() {
    let env = signed_in();
    let address = format!("127.0.0.1:{}", free_port());
    let arguments = ["--listen", &address, "--token-file", "token", TARGET];
    let first = Served::start(&env, &arguments);
    let variables = first.variables(0);
    let file = env.path("token");
    assert!(variables.contains(&(
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE".to_owned(),
        file.canonicalize().unwrap().display().to_string()
    )));
    assert_eq!(first.printed["token"], Value::Null, "it is in the file alone");
    assert_eq!(first.printed["address"], address.as_str());
    let token = first.token().to_owned();
    // Someone is connected when it ends: the port is free again all the same.
    let _open = std::net::TcpStream::connect(&address).unwrap();
    assert_eq!(first.get(0).status, 200);
    first.stop();
    let again = Served::start(&env, &arguments);
    assert_eq!(again.variables(0), variables);
    assert_eq!(again.token(), token);
    assert_eq!(again.get(0).status, 200);
    let port = address.rsplit_once(':').unwrap().1;
    let refused = env.run(&["serve", "--listen", port, TARGET]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    assert!(
        refused
            .stderr
            .contains(&format!("error: can't listen on {address}: ")),
        "{}",
        refused.stderr
    );
    again.stop();
}

/// Nothing is bound and no one is asked: the options alone say it.
#[test]
fn other_addresses_need_a_token_that_clients_know() {
    let env = TestEnv::new();
    for address in ["0.0.0.0", "0.0.0.0:4100", "192.0.2.1", "[::]:4100"] {
        let refused = env.run(&["serve", "--listen", address, TARGET]);
        assert_eq!(
            (refused.code, refused.stdout.as_str()),
            (Some(2), ""),
            "{address}"
        );
        assert!(
            refused.stderr.contains("hint: add --token-file FILE"),
            "{address}: {}",
            refused.stderr
        );
    }
    for nonsense in ["", "70000", "localhost", "example.com:80", "1.2.3"] {
        let refused = env.run(&["serve", "--listen", nonsense, TARGET]);
        assert_eq!(
            (refused.code, refused.stdout.as_str()),
            (Some(2), ""),
            "{nonsense}"
        );
    }
    env.write("token", "short\n");
    let refused = env.run(&["serve", "--token-file", "token", "--format", "json"]);
    assert_eq!(
        (refused.code, refused.stdout.as_str()),
        (Some(2), ""),
        "no TARGET: {}",
        refused.stderr
    );
    env.sign_in();
    let refused = env.run(&["serve", "--token-file", "token", TARGET]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    assert!(
        refused.stderr.contains("`token` holds no token"),
        "{}",
        refused.stderr
    );
}

#[test]
fn without_a_sign_in_nothing_is_served() {
    let env = TestEnv::new();
    let result = env.run(&["serve", TARGET]);
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(3), ""),
        "{}",
        result.stderr
    );
    env.sign_in();
    let denied = &Fault::Forbidden;
    env.sandbox
        .control()
        .inject(Operation::GetRoleCredentials, denied, 1);
    let result = env.run(&["serve", TARGET, OTHER]);
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(1), ""),
        "{}",
        result.stderr
    );
    assert_eq!(listed(&env), 0);
}

#[test]
fn credentials_are_given_out_once_where_that_is_asked_for() {
    let env = signed_in();
    let served = Served::start(&env, &["--once", TARGET, OTHER]);
    assert_eq!(served.get(0).status, 200);
    let again = served.get(0);
    assert_eq!(
        (again.status, &again.json()["Code"]),
        (410, &Value::from("GivenOnce"))
    );
    assert_eq!(served.get(1).status, 200);
    let (code, said) = served.ended();
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn variables_are_lines_for_a_shell_and_for_files() {
    let env = signed_in();
    let first_lines = |arguments: &[&str], count: usize| {
        let mut child = env
            .command(&[&["serve"], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let lines: Vec<String> = lines.map(Result::unwrap).collect();
        signal(child.id().try_into().unwrap(), "TERM");
        assert!(child.wait().unwrap().success());
        assert_eq!(lines.len(), count, "{lines:#?}");
        lines
    };
    let bash = first_lines(&["--format", "bash", TARGET], 4);
    assert!(
        bash[0].starts_with("export AWS_CONTAINER_CREDENTIALS_FULL_URI='http://127.0.0.1:"),
        "{bash:?}"
    );
    assert_eq!(bash[2], "export AWS_REGION='ap-northeast-1'");
    let dotenv = first_lines(&["--format", "dotenv", TARGET], 4);
    assert!(
        dotenv[0].starts_with("AWS_CONTAINER_CREDENTIALS_FULL_URI="),
        "{dotenv:?}"
    );
    // Of several, the first counts where a shell runs them.
    let several = first_lines(&["--format", "fish", TARGET, OTHER], 10);
    assert_eq!(several[0], "# payments-dev/AdministratorAccess");
    assert!(
        several[1].starts_with("set -gx AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        "{several:?}"
    );
    assert!(
        several[5..].iter().all(|line| line.starts_with("# ")),
        "{several:?}"
    );
    let docker = first_lines(&["--docker", TARGET], 2);
    let token = docker[0]
        .strip_prefix("export AWS_CONTAINER_AUTHORIZATION_TOKEN=")
        .unwrap();
    assert!(
        !docker[1].contains(token.trim_matches('\'')),
        "no secret in arguments: {docker:?}"
    );
    assert!(
        docker[1].starts_with(
            "docker run --rm --network host --env AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:"
        ) && docker[1].ends_with("--env AWS_CONTAINER_AUTHORIZATION_TOKEN IMAGE"),
        "{docker:?}"
    );
    let docker = first_lines(&["--docker", "--token-file", "a token", TARGET], 1);
    let file = env.home.path().canonicalize().unwrap().join("a token");
    assert!(
        docker[0].ends_with(&format!(
            "--volume '{}:/run/genkan/token:ro' --env \
             AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/run/genkan/token IMAGE",
            file.display()
        )),
        "{docker:?}"
    );
    assert!(!docker[0].contains(env.read("a token").trim()));
}

/// Proxies and variables that stand in the way.
#[test]
fn what_is_in_the_way_is_named() {
    let mut env = signed_in();
    env.output(&["credential-process", TARGET]);
    env.environment.insert("AWS_PROFILE".into(), "work".into());
    env.environment
        .insert("HTTP_PROXY".into(), "http://192.0.2.1:3128".into());
    let served = Served::start(&env, &[TARGET]);
    let no_proxy = ("no_proxy".to_owned(), "127.0.0.1".to_owned());
    assert!(
        served.variables(0).contains(&no_proxy),
        "{:?}",
        served.variables(0)
    );
    let (_, said) = served.stop();
    assert!(
        said.contains("note: AWS_PROFILE in this environment may override the credentials"),
        "{said}"
    );
}

#[test]
fn a_shell_evaluates_it_in_the_background_and_it_ends_with_the_shell() {
    let env = signed_in();
    let line = format!(
        "eval \"$(\"$GENKAN\" serve {TARGET} --format bash --until-exit $$ &)\"\n\
         echo \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\"; read -r _"
    );
    let mut command = Command::new("bash");
    command
        .args(["-c", &line])
        .env_clear()
        .envs(&env.environment)
        .env("GENKAN", env!("CARGO_BIN_EXE_genkan"))
        .current_dir(env.home.path())
        .stderr(Stdio::null());
    let mut shell = Dialogue::start(&mut command);
    let address = shell.read_line();
    let host = address
        .strip_prefix("http://")
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    assert!(std::net::TcpStream::connect(&host).is_ok(), "it serves");
    assert_eq!(listed(&env), 1);
    // However the shell ends.
    shell.kill();
    wait::until("the end of the server", || listed(&env) == 0);
    wait::until("the end of the listener", || {
        std::net::TcpStream::connect(&host).is_err()
    });
}

#[test]
fn a_guarded_target_is_confirmed_first() {
    let env = TestEnv::new();
    env.write(
        ".config/genkan/config.toml",
        "[[rule]]\nmatch = { account = \"payments-dev\" }\nguard = \"confirm\"\n",
    );
    env.sign_in();
    env.output(&["list"]);
    let refused = env.run(&["serve", TARGET]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""));
    assert!(
        refused
            .stderr
            .contains("hint: confirm it with `--confirm payments-dev`"),
        "{}",
        refused.stderr
    );
    let served = Served::start(&env, &["--confirm", "payments-dev", TARGET]);
    assert_eq!(served.get(0).status, 200);
    served.stop();
}

/// The portal lists a server of another terminal, and ends it.
#[test]
fn the_portal_shows_a_server_and_ends_it() {
    let env = signed_in();
    let served = Served::start(&env, &[TARGET]);
    let mut portal = Screen::genkan(&env, &[]);
    portal.wait("updated");
    portal.type_keys("\x1b[18~");
    portal.wait("serve for ");
    portal.wait("server");
    portal.type_keys("\r");
    portal.wait("End the server");
    portal.type_keys("\r");
    portal.wait("to end");
    assert_eq!(served.ended().0, Some(0));
    portal.type_keys("\x03");
    portal.exit();
}

#[test]
fn a_server_reports_the_end_of_the_sign_in_and_recovers_after_the_next() {
    let env = signed_in();
    let served = Served::start(&env, &[TARGET]);
    let first = served.get(0).json()["AccessKeyId"].clone();
    env.output(&["logout"]);
    let refused = served.get(0);
    assert_eq!(
        (refused.status, &refused.json()["Code"]),
        (403, &Value::from("SignInRequired"))
    );
    let message = refused.json()["Message"].as_str().unwrap().to_owned();
    assert!(
        message.contains("`genkan login demo` in any terminal"),
        "{message}"
    );
    env.sign_in();
    wait::until("other credentials", || {
        let answer = served.get(0);
        answer.status == 200 && answer.json()["AccessKeyId"] != first
    });
    served.stop();
}

/// A client that lives longer than its credentials: says who it is, and again when it reads a line.
struct LongLived(Dialogue);

impl LongLived {
    fn start(env: &TestEnv, served: &Served, mut command: Command) -> Self {
        command
            .env_clear()
            .envs(&env.environment)
            .envs(served.variables(0))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("GENKAN_TEST_RUST_SDK", TWICE)
            .current_dir(env.home.path());
        Self(Dialogue::start(&mut command))
    }

    fn identity(&mut self) -> Value {
        loop {
            let line = self.0.read_line();
            // The test that is a client has a harness around it.
            let json = line
                .rsplit_once("credentials: ")
                .map_or(line.as_str(), |(_, json)| json);
            if json.starts_with('{') {
                return serde_json::from_str(json).unwrap();
            }
        }
    }

    fn identity_again(mut self) -> Value {
        self.0.write_line("again");
        let identity = self.identity();
        // What its harness says last is read, so that it can end.
        while self.0.next_line().is_some() {}
        assert!(self.0.end().success());
        identity
    }
}

/// Three SDKs, each one process, past the end of their first credentials; the token comes from its file.
#[test]
fn sdks_use_it_for_longer_than_their_credentials_live() {
    let env = signed_in();
    let control = env.sandbox.control();
    control.set_role_credentials_lifetime(Duration::from_secs(20));
    let served = Served::start(&env, &["--token-file", "token", TARGET]);
    let mut rust = Command::new(std::env::current_exe().unwrap());
    rust.args(["--exact", &rust_sdk_test(), "--nocapture"]);
    let mut commands = vec![("Rust", rust)];
    if let Some(venv) = peers::python() {
        let mut python = Command::new(venv.join("bin/python"));
        python.arg(peers::script(
            "identity_twice.py",
            include_str!("../../peers/identity_twice.py"),
        ));
        commands.push(("Python", python));
    }
    if peers::node().is_some() {
        let mut node = Command::new("node");
        node.arg(peers::script(
            "identity_twice.mjs",
            include_str!("../../peers/identity_twice.mjs"),
        ));
        commands.push(("JavaScript", node));
    }
    let mut clients: Vec<(&str, LongLived)> = commands
        .into_iter()
        .map(|(name, command)| (name, LongLived::start(&env, &served, command)))
        .collect();
    let before: Vec<Value> = clients.iter_mut().map(|(_, client)| client.identity()).collect();
    // On a busy machine the first credentials may have ended while a client started: none has later ones than the server.
    let end: Timestamp = served.get(0).json()["Expiration"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    control.set_role_credentials_lifetime(Duration::from_hours(1));
    wait::until("the end of the first credentials", || clock::current_time() > end);
    for ((name, client), before) in clients.into_iter().zip(before) {
        let after = client.identity_again();
        if name == "Rust" {
            assert_ne!(after["sessionId"], before["sessionId"], "{name}");
            continue;
        }
        assert_is_target(&before);
        assert_is_target(&after);
        assert_ne!(after["key"], before["key"], "{name}");
    }
    served.stop();
}
