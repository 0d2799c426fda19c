//! Fifty real processes at once. What they ask Identity Center for is counted by the sandbox, and
//! browser tabs by a browser that only counts.

use std::process::Command;
use std::time::{Duration, Instant};

use genkan::platform::clock;
use genkan::sandbox::{Counts, Fault, Operation, Organisation};
use jiff::Timestamp;

use crate::support::browser::RecordingBrowser;
use crate::support::env::{ACCOUNT, ADMINISTRATOR, TARGET, TestEnv, command_result};
use crate::support::peers;
use crate::support::processes::{
    CALLERS, Processes, approving_env, assert_all_succeed, requests_since, run_many, sign_in_and_approve,
};
use crate::support::served::Served;
use crate::support::text::files_below;
use crate::support::tokens::{TOKEN_FILE, edit_token, expire_token};
use crate::support::wait::{at_pace, until};

#[test]
fn fifty_callers_refresh_an_expired_token_once() {
    let env = approving_env(|options| options.organisation = Organisation::generated(4, 3));
    sign_in_and_approve(&env);
    let targets: Vec<String> = env
        .output(&["list", "--format", "plain"])
        .lines()
        .map(str::to_owned)
        .collect();
    for by_clock in [true, false] {
        if by_clock {
            expire_token(&env);
        } else {
            env.sandbox.control().revoke_access_tokens();
            std::fs::remove_dir_all(env.path(".cache/genkan/credentials")).unwrap();
        }
        let before = env.sandbox.counts();
        let mut processes = Processes::new();
        for number in 0..CALLERS {
            let target = &targets[number % targets.len()];
            processes.start(match number % 5 {
                0 => env.command(&["list", "--refresh"]),
                _ => env.command(&["credential-process", target]),
            });
        }
        assert_all_succeed(&processes.end());
        let [.., issued, refused, _] = requests_since(&env, &before);
        assert_eq!((issued, refused), (1, 0), "by the clock: {by_clock}");
    }
}

#[test]
fn fifty_callers_request_credentials_once_and_cached_ones_never() {
    let env = approving_env(|_| {});
    sign_in_and_approve(&env);
    env.output(&["list"]);
    for target in [TARGET, "310660284419/PowerUserAccess"] {
        let before = env.sandbox.counts();
        let answers = run_many(&env, &["credential-process", target]);
        assert_all_succeed(&answers);
        assert_eq!(requests_since(&env, &before), [0, 0, 0, 0, 0, 1], "{target}");
        for answer in &answers {
            assert_eq!(answer.stdout, answers[0].stdout);
            // On a loaded machine some wait long enough to say so.
            let mut told = answer.stderr.lines();
            assert!(
                told.all(|line| line.contains("another genkan is ")),
                "{}",
                answer.stderr
            );
        }
        let before = env.sandbox.counts();
        assert_all_succeed(&run_many(&env, &["credential-process", target]));
        assert_eq!(env.sandbox.counts(), before, "no request, no connection");
        // A process that starts TLS fails on this.
        let mut command = env.command(&["credential-process", target]);
        let warm = command_result(command.env("AWS_CA_BUNDLE", "/nowhere").output().unwrap());
        assert_eq!(
            (warm.code, warm.stdout.as_str()),
            (Some(0), answers[0].stdout.as_str())
        );
    }
}

#[test]
fn without_a_sign_in_no_process_starts_one() {
    let mut env = approving_env(|_| {});
    let browser = RecordingBrowser::install(&mut env);
    for target in [TARGET, ADMINISTRATOR] {
        for result in run_many(&env, &["credential-process", target]) {
            assert_eq!((result.code, result.stdout.as_str()), (Some(3), ""));
            assert_eq!(
                result.stderr,
                "error: sign-in is required for SSO session `demo`: not signed in; run `genkan login demo`\n"
            );
        }
    }
    assert_eq!(env.sandbox.counts().connections, 0);
    assert_eq!(browser.addresses().len(), 0);
}

/// The refusal of one is believed by all; and it is believed for a while only.
#[test]
fn ended_portal_session_costs_one_refused_refresh() {
    let mut env = approving_env(|_| {});
    let browser = RecordingBrowser::install(&mut env);
    sign_in_and_approve(&env);
    expire_token(&env);
    env.sandbox.control().end_portal_sessions();
    let before = env.sandbox.counts();
    for result in run_many(&env, &["credential-process", ADMINISTRATOR]) {
        assert_eq!((result.code, result.stdout.as_str()), (Some(3), ""));
        // On a loaded machine some wait long enough to say so.
        let waits = |line: &&str| line.contains("another genkan is ");
        let told: Vec<&str> = result.stderr.lines().filter(|line| !waits(line)).collect();
        assert!(
            matches!(told.as_slice(), [line] if line.contains(" has ended (detected ")),
            "{}",
            result.stderr
        );
    }
    assert_eq!(requests_since(&env, &before), [0, 0, 0, 0, 1, 0]);
    assert_eq!(browser.addresses().len(), 0);
    assert!(env.path(TOKEN_FILE).exists(), "no failure removes a token");
    // The next sign-in is a new story.
    sign_in_and_approve(&env);
    env.output(&["credential-process", ADMINISTRATOR]);
}

#[test]
fn killed_refresher_is_replaced_by_another_process() {
    let env = approving_env(|_| {});
    // The first one doesn't give up before the others wait for it.
    env.write(".config/genkan/config.toml", "timeout_seconds = 60\n");
    sign_in_and_approve(&env);
    env.output(&["list"]);
    expire_token(&env);
    env.sandbox
        .control()
        .inject(Operation::CreateToken, &Fault::Hang, 1);
    let before = env.sandbox.counts();
    let mut processes = Processes::new();
    let first = processes.start(env.command(&["credential-process", TARGET]));
    until("the refresh", || {
        env.sandbox.counts().create_token > before.create_token
    });
    for _ in 1..CALLERS {
        processes.start(env.command(&["export", TARGET, "--format", "json"]));
    }
    // Each of them waits long enough to say so.
    until("a word of those who wait", || {
        processes.count_printed("another genkan is getting these credentials") == CALLERS - 1
    });
    processes.kill(first);
    let mut result = processes.end();
    assert_eq!(result.remove(first).code, None);
    assert_all_succeed(&result);
    assert_eq!(requests_since(&env, &before), [0, 0, 0, 1, 0, 1]);
}

#[test]
fn short_lived_credentials_are_reused() {
    let env = TestEnv::with(|options| options.role_credentials_lifetime = Duration::from_mins(15));
    env.sign_in();
    let first = env.output(&["credential-process", ADMINISTRATOR]);
    assert_eq!(env.output(&["credential-process", ADMINISTRATOR]), first);
    assert_eq!(env.sandbox.counts().get_role_credentials, 1);
    // With more than half of their life gone they are not given out any more.
    let file = files_below(&env.path(".cache/genkan/credentials")).pop().unwrap();
    let mut json: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    for field in ["expires_at", "obtained_at"] {
        json[field] = (json[field].as_i64().unwrap() - 8 * 60).into();
    }
    std::fs::write(&file, json.to_string()).unwrap();
    assert_ne!(env.output(&["credential-process", ADMINISTRATOR]), first);
    assert_eq!(env.sandbox.counts().get_role_credentials, 2);
}

/// Cached credentials go with the sign-in, whatever ends it and whatever runs meanwhile.
#[test]
fn logout_during_a_refresh_stays_signed_out() {
    let env = TestEnv::with_few_accounts();
    let refused = |why: &str| {
        let result = env.run(&["credential-process", ADMINISTRATOR]);
        assert_eq!(result.code, Some(3), "{why}: {}", result.stderr);
    };
    // Another tool removes the token.
    env.sign_in();
    env.output(&["credential-process", ADMINISTRATOR]);
    std::fs::remove_file(env.path(TOKEN_FILE)).unwrap();
    refused("another tool signed out");
    // The session is pointed elsewhere under the same name.
    env.sign_in();
    env.output(&["credential-process", ADMINISTRATOR]);
    let config = env.read(".aws/config");
    env.write(".aws/config", &config.replace("ap-northeast-1", "eu-west-1"));
    refused("a session of another Region");
    edit_token(&env, |token| token["region"] = "eu-west-1".into());
    let before = env.sandbox.counts();
    env.output(&["credential-process", ADMINISTRATOR]);
    assert_eq!(
        requests_since(&env, &before)[5],
        1,
        "not the credentials of the other Region"
    );
    env.write(".aws/config", &config);
    // A sign-out while others get and refresh credentials.
    for round in 0..2 {
        env.sign_in();
        edit_token(&env, |token| token["expiresAt"] = "2020-01-01T00:00:00Z".into());
        let mut processes = Processes::new();
        for number in 0..20 {
            processes.start(match number {
                10 => env.command(&["logout"]),
                _ => env.command(&[
                    "credential-process",
                    ["310660284419/PowerUserAccess", ADMINISTRATOR][number % 2],
                ]),
            });
        }
        let result = processes.end();
        assert_eq!(result[10].code, Some(0), "{}", result[10].stderr);
        assert!(result.iter().all(|e| matches!(e.code, Some(0 | 3))));
        assert!(
            !env.path(TOKEN_FILE).exists(),
            "round {round}: a refresh undid the sign-out"
        );
        let left = files_below(&env.path(".cache/genkan/credentials"));
        assert!(left.is_empty(), "round {round}: {left:?} outlived their sign-in");
        refused("after the sign-out");
    }
}

/// Starts a process that asks for credentials, and holds back the answer to one of its requests, which has arrived.
fn hold_request_of(env: &TestEnv, operation: Operation, arrived: fn(&Counts) -> u64) -> Processes {
    env.sandbox.control().hold_answers(operation);
    let before = arrived(&env.sandbox.counts());
    let mut processes = Processes::new();
    processes.start(env.command(&["credential-process", ADMINISTRATOR]));
    until("the request", || arrived(&env.sandbox.counts()) > before);
    processes
}

/// What comes back after a sign-out of another tool is for this caller alone, or for no one.
#[test]
fn responses_after_a_sign_out_are_not_saved() {
    let env = TestEnv::with_few_accounts();
    let control = env.sandbox.control();
    let call = |env: &TestEnv, operation: Operation, arrived: fn(&Counts) -> u64| {
        let processes = hold_request_of(env, operation, arrived);
        std::fs::remove_file(env.path(TOKEN_FILE)).unwrap();
        control.release_answers();
        processes.end().pop().unwrap()
    };
    env.sign_in();
    let result = call(&env, Operation::GetRoleCredentials, |counts| {
        counts.get_role_credentials
    });
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let left = files_below(&env.path(".cache/genkan/credentials"));
    assert!(left.is_empty(), "{left:?} outlived their sign-in");
    env.sign_in();
    expire_token(&env);
    let result = call(&env, Operation::CreateToken, |counts| counts.create_token);
    assert_eq!(result.code, Some(3), "{}", result.stderr);
    assert!(!env.path(TOKEN_FILE).exists(), "a refresh undid the sign-out");
}

/// Tools that know nothing of locks write the same file in the middle of everything.
#[test]
fn sign_in_of_another_tool_is_not_overwritten() {
    let env = TestEnv::with_few_accounts();
    let control = env.sandbox.control();
    env.sign_in();
    let theirs = env.read(TOKEN_FILE);
    env.output(&["login", "--force", "--no-browser"]);
    let mine = env.read(TOKEN_FILE);
    // `theirs` was ended by the forced login; a refresh of it is refused, and meanwhile `mine` is there.
    env.write(TOKEN_FILE, &theirs);
    edit_token(&env, |token| token["expiresAt"] = "2020-01-01T00:00:00Z".into());
    let before = env.sandbox.counts();
    let processes = hold_request_of(&env, Operation::CreateToken, |counts| counts.create_token);
    env.write(TOKEN_FILE, &mine);
    control.release_answers();
    assert_all_succeed(&processes.end());
    assert_eq!(requests_since(&env, &before)[3..], [0, 1, 1]);
    assert_eq!(env.read(TOKEN_FILE), mine);
    // A refresh that succeeds does not win over another sign-in either.
    at_pace(|| {
        let sign_in_again = || {
            std::fs::remove_file(env.path(TOKEN_FILE)).unwrap();
            env.sign_in();
            env.read(TOKEN_FILE)
        };
        let [mine, another] = [sign_in_again(), sign_in_again()];
        env.write(TOKEN_FILE, &mine);
        edit_token(&env, |token| {
            token["expiresAt"] = "2020-01-01T00:00:00Z".into();
        });
        let before = env.sandbox.counts();
        let processes = hold_request_of(&env, Operation::CreateToken, |counts| counts.create_token);
        // Half of it first, as a tool does that writes in place. The rest is waited for, for a second.
        let half_written = Instant::now();
        env.write(TOKEN_FILE, another.split_once("clientSecret").unwrap().0);
        control.release_answers();
        until("the answer", || {
            env.sandbox.counts().refresh_token.issued > before.refresh_token.issued
        });
        env.write(TOKEN_FILE, &another);
        let in_time = half_written.elapsed() < Duration::from_millis(700);
        let ended = processes.end();
        if in_time {
            assert_all_succeed(&ended);
            assert_eq!(requests_since(&env, &before)[3..], [1, 0, 1]);
            assert_eq!(env.read(TOKEN_FILE), another);
        }
        in_time
    });
}

/// Lock files are never a reason for failing.
#[test]
fn processes_work_without_a_lock_folder() {
    let mut env = TestEnv::with_few_accounts();
    env.write("file", "");
    let nowhere = env.path("file").to_str().unwrap().to_owned();
    for variable in ["XDG_CACHE_HOME", "XDG_STATE_HOME"] {
        env.environment.insert(variable.into(), nowhere.clone());
    }
    env.sign_in();
    expire_token(&env);
    assert_all_succeed(&run_many(&env, &["credential-process", ADMINISTRATOR])[..]);
    env.output(&["logout"]);
    assert!(!env.path(TOKEN_FILE).exists());
}

/// boto3 refreshes whatever has less than 15 minutes left, and writes the file in place.
#[test]
fn processes_and_boto3_share_one_token_file() {
    let Some(venv) = peers::python() else { return };
    let env = TestEnv::with(|options| options.access_token_lifetime = Duration::from_mins(8));
    let section = env.sso_session("demo");
    env.write(
        ".aws/config",
        &format!(
            "{section}\n[profile p]\nsso_session = demo\nsso_account_id = {ACCOUNT}\n\
             sso_role_name = AdministratorAccess\nregion = ap-northeast-1\n"
        ),
    );
    env.sign_in();
    let targets: Vec<String> = env
        .output(&["list", "--format", "plain"])
        .lines()
        .map(str::to_owned)
        .collect();
    let script = peers::script("identity.py", include_str!("../../peers/identity.py"));
    expire_token(&env);
    let mut processes = Processes::new();
    for target in targets.iter().take(CALLERS) {
        if processes.children.len().is_multiple_of(8) {
            let mut boto3 = Command::new(venv.join("bin/python"));
            boto3.arg(&script).arg("p").env_clear().envs(&env.environment);
            processes.start(boto3);
        }
        processes.start(env.command(&["credential-process", target]));
    }
    assert_all_succeed(&processes.end());
    assert_eq!(env.sandbox.counts().start_device_authorization, 1);
    let folder = std::fs::read_dir(env.path(".aws/sso/cache")).unwrap();
    let broken: Vec<_> = folder
        .map(|e| e.unwrap().file_name())
        .filter(|n| n.to_str().unwrap().contains("broken"))
        .collect();
    assert!(broken.is_empty(), "{broken:?} was being written");
}

/// Fifty clients at once at a server whose credentials have ended: one request to AWS, fifty answers.
#[test]
fn fifty_clients_of_a_server_cost_one_renewal() {
    let env = TestEnv::with_few_accounts();
    env.sign_in();
    let control = env.sandbox.control();
    // With half of it left they are renewed: not before the next ones are to live longer.
    control.set_role_credentials_lifetime(Duration::from_secs(6));
    let served = Served::start(&env, &[TARGET]);
    let first = served.get(0).json();
    let end: Timestamp = first["Expiration"].as_str().unwrap().parse().unwrap();
    control.set_role_credentials_lifetime(Duration::from_hours(1));
    until("the end of the first credentials", || clock::current_time() > end);
    let before = env.sandbox.counts().get_role_credentials;
    let keys: Vec<String> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..50)
            .map(|_| {
                scope.spawn(|| {
                    let answer = served.get(0);
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    answer.json()["AccessKeyId"].as_str().unwrap().to_owned()
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    assert!(
        keys.iter()
            .all(|key| *key == keys[0] && first["AccessKeyId"] != **key)
    );
    // The server may have renewed them by itself when they became due.
    assert!(env.sandbox.counts().get_role_credentials <= before + 1);
    served.stop();
}
