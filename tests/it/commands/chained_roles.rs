//! Chained roles: from the preferences, from profiles and from the command line, against the sandbox's STS.

use std::process::Command;
use std::time::Duration;

use genkan::platform::clock;

use crate::support::env::{CommandResult, TestEnv};
use crate::support::processes::{assert_all_succeed, run_many};
use crate::support::served::Served;
use crate::support::wait::until;

/// Every account has a role that trusts this permission set of the security team's account.
const ROLES: &str = "[[role]]\nvia = \"security-tooling/AdministratorAccess\"\nrole = \"IncidentResponse\"\n\
    accounts = \"*\"\nduration_seconds = 3600\n";

/// The role of the account `payments-dev`, as every command takes it.
const RESPONSE: &str = "310660284419/IncidentResponse via 111427759318/AdministratorAccess";

fn with_roles(preferences: &str) -> TestEnv {
    let env = TestEnv::new();
    env.write(".config/genkan/config.toml", preferences);
    env.sign_in();
    env.output(&["list"]);
    env
}

/// Who a target's credentials are for.
fn whoami(env: &TestEnv, arguments: &[&str]) -> String {
    let mut all = vec!["exec"];
    all.extend(arguments);
    all.extend([
        "--",
        env!("CARGO_BIN_EXE_genkan"),
        "whoami",
        "--verify",
        "--format",
        "json",
    ]);
    let said: serde_json::Value = serde_json::from_str(&env.output(&all)).unwrap();
    said["caller"]["arn"].as_str().unwrap_or_default().to_owned()
}

fn fails(result: &CommandResult, code: i32, words: &[&str]) {
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(code), ""),
        "{}",
        result.stderr
    );
    for word in words {
        assert!(result.stderr.contains(word), "{word}: {}", result.stderr);
    }
}

#[test]
fn one_entry_gives_a_role_in_every_account() {
    let env = with_roles(ROLES);
    let rows = env.output(&[
        "list",
        "--format",
        "json",
        "--query",
        "set:IncidentResponse acct:^payments-dev$",
    ]);
    let rows: serde_json::Value = serde_json::from_str(&rows).unwrap();
    let row = &rows[0];
    assert_eq!(rows.as_array().map(Vec::len), Some(1));
    assert_eq!(row["account_id"], "310660284419");
    assert_eq!(
        row["permission_set"],
        "IncidentResponse via 111427759318/AdministratorAccess"
    );
    assert_eq!(row["role_arn"], "arn:aws:iam::310660284419:role/IncidentResponse");
    assert_eq!(row["via"], "demo:111427759318/AdministratorAccess");
    let table = env.output(&["list", "--query", "via security"]);
    assert!(
        table.contains("IncidentResponse via security-tooling/AdministratorAccess"),
        "{table}"
    );
    assert!(
        !table.contains("\nsecurity-tooling"),
        "no one switches to where they are: {table}"
    );
    // What list prints is what commands take.
    let plain = env.output(&[
        "list",
        "--format",
        "plain",
        "--query",
        "set:IncidentResponse acct:^payments-dev$",
    ]);
    assert_eq!(plain.trim(), format!("demo:{RESPONSE}"));
    let arn = "arn:aws:sts::310660284419:assumed-role/IncidentResponse/";
    for text in [
        "payments-dev/IncidentResponse",
        "payments-dev/inc",
        "payments-dev/IncidentResponse via security-tooling/AdministratorAccess",
        "arn:aws:iam::310660284419:role/IncidentResponse",
        RESPONSE,
        plain.trim(),
    ] {
        let who = whoami(&env, &[text]);
        assert!(who.starts_with(arn), "{text}: {who}");
        // The name of the user who signed in, for those who read CloudTrail.
        assert!(who.contains("@example.com"), "{text}: {who}");
    }
    assert_eq!(
        env.sandbox.counts().assume_role,
        1,
        "the rest came from the cache"
    );
    assert_eq!(env.sandbox.counts().get_role_credentials, 1);
}

#[test]
fn a_role_that_no_one_wrote_down_is_reached_by_its_arn() {
    let env = with_roles("");
    let arn = "arn:aws:iam::310660284419:role/IncidentResponse";
    let via = "security-tooling/AdministratorAccess";
    let who = "arn:aws:sts::310660284419:assumed-role/IncidentResponse/";
    assert!(whoami(&env, &["--via", via, arn]).starts_with(who));
    assert!(whoami(&env, &["--via", via, "payments-dev/IncidentResponse"]).starts_with(who));
    let keys = env.output(&["credential-process", "--via", via, arn]);
    assert!(keys.contains("\"AccountId\":\"310660284419\""), "{keys}");
    assert!(
        env.output(&["export", "--format", "json", "--via", via, arn])
            .contains("SecretAccessKey")
    );
    assert_eq!(env.sandbox.counts().assume_role, 1);
    // By then its history and its written form lead there again.
    assert!(whoami(&env, &[RESPONSE]).starts_with(who));
    fails(
        &env.run(&["export", "--via", via, "nowhere/IncidentResponse"]),
        1,
        &[
            "`nowhere/IncidentResponse` is not a role",
            "hint: write the role's ARN",
        ],
    );
    fails(&env.run(&["export", "--via", via]), 2, &["TARGET"]);
}

#[test]
fn a_refused_role_says_what_to_check_without_a_guess() {
    let env = with_roles("");
    let arn = "arn:aws:iam::390178853927:role/vendors/PartnerAudit";
    fails(
        &env.run(&["export", "--via", "security-tooling/AdministratorAccess", arn]),
        1,
        &[
            &format!("access denied to role {arn} from security-tooling/AdministratorAccess: "),
            "hint: check that the role exists and its trust policy names the identity of security-tooling/AdministratorAccess",
            "may call sts:AssumeRole",
            "asks for no external ID (`external_id` is not set)",
            "asks for no MFA",
            "service control policy",
        ],
    );
    env.write(
        ".config/genkan/config.toml",
        &format!(
            "[[role]]\nvia = \"security-tooling/AdministratorAccess\"\nrole = \"{arn}\"\n\
             external_id = \"tanuki-2026\"\nduration_seconds = 7200\nrole_session_name = \"audit\"\n"
        ),
    );
    let given = env.run(&["export", "--format", "json", "390178853927/PartnerAudit"]);
    assert_eq!(given.code, Some(0), "{}", given.stderr);
    assert!(
        given.stderr.contains("gets an hour in place of 7200 s"),
        "{}",
        given.stderr
    );
    let who = whoami(&env, &["390178853927/PartnerAudit"]);
    assert_eq!(who, "arn:aws:sts::390178853927:assumed-role/PartnerAudit/audit");
}

#[test]
fn a_chain_of_three_is_walked_hop_by_hop() {
    let env = with_roles(&format!(
        "{ROLES}[[role]]\nvia = \"111318240067/IncidentResponse\"\nrole = \"LogReader\"\naccounts = \"111204938571\"\n"
    ));
    let who = whoami(&env, &["111204938571/LogReader"]);
    assert!(
        who.starts_with("arn:aws:sts::111204938571:assumed-role/LogReader/"),
        "{who}"
    );
    assert_eq!(env.sandbox.counts().assume_role, 2);
    assert_eq!(env.sandbox.counts().get_role_credentials, 1);
}

#[test]
fn profiles_with_roles_are_read_as_sdks_read_them() {
    let mut env = TestEnv::new();
    env.environment.remove("AWS_REGION");
    env.environment.remove("AWS_DEFAULT_REGION");
    let hub = "[profile hub]\nsso_session = demo\nsso_account_id = 111427759318\nsso_role_name = AdministratorAccess\n";
    let process = "[profile process]\ncredential_process = genkan credential-process demo:111427759318/AdministratorAccess\n";
    let role = |name: &str, rest: &str| {
        format!("[profile {name}]\nrole_arn = arn:aws:iam::310660284419:role/IncidentResponse\n{rest}\n")
    };
    env.write(
        ".aws/config",
        &[
            env.sso_session("demo"),
            hub.to_owned(),
            process.to_owned(),
            role("one", "source_profile = hub\nregion = eu-west-1"),
            role("two", "source_profile = process"),
            role("loop-a", "source_profile = loop-b"),
            role("loop-b", "source_profile = loop-a"),
            role("both", "source_profile = hub\ncredential_source = Environment"),
            role("lost", "source_profile = nowhere"),
            role("keys", "credential_source = Environment"),
        ]
        .concat(),
    );
    env.sign_in();
    env.output(&["list"]);
    let who = "arn:aws:sts::310660284419:assumed-role/IncidentResponse/";
    for profile in ["one", "two"] {
        assert!(
            whoami(&env, &["--profile", profile]).starts_with(who),
            "{profile}"
        );
    }
    assert_eq!(
        env.sandbox.counts().assume_role,
        1,
        "both are the same role by the same way"
    );
    let region = env.output(&["exec", "--profile", "one", "--", "sh", "-c", "echo $AWS_REGION"]);
    assert_eq!(region.trim(), "eu-west-1");
    // They stand under their account, and the wrong ones are in no one's way.
    let table = env.output(&["list", "--query", "set:IncidentResponse"]);
    assert!(
        table.contains("IncidentResponse via security-tooling/AdministratorAccess"),
        "{table}"
    );
    for (profile, words) in [
        ("loop-a", "its source profiles lead back to each other"),
        ("both", "it has both `source_profile` and `credential_source`"),
        ("lost", "its `source_profile` `nowhere` doesn't exist"),
        (
            "keys",
            "AWS_ACCESS_KEY_ID is not set, which `credential_source = Environment` reads",
        ),
    ] {
        fails(&env.run(&["export", "--profile", profile]), 1, &[words]);
    }
}

/// Many callers of several roles behind one hop: one request for that, and one for each role.
#[test]
fn callers_at_once_cost_one_request_for_each_hop() {
    let env = with_roles(ROLES);
    let results = run_many(&env, &["credential-process", RESPONSE]);
    assert_all_succeed(&results);
    assert!(results.iter().all(|result| result.stdout == results[0].stdout));
    let counts = env.sandbox.counts();
    assert_eq!((counts.get_role_credentials, counts.assume_role), (1, 1));
    let other = run_many(
        &env,
        &[
            "credential-process",
            "310448120938/IncidentResponse via 111427759318/AdministratorAccess",
        ],
    );
    assert_all_succeed(&other);
    let counts = env.sandbox.counts();
    assert_eq!((counts.get_role_credentials, counts.assume_role), (1, 2));
}

/// Cached credentials of the hop before may have been revoked.
#[test]
fn a_revoked_hop_is_fetched_again() {
    let env = with_roles(ROLES);
    env.output(&["credential-process", "111427759318/AdministratorAccess"]);
    env.sandbox.control().expire_role_credentials();
    let given = env.run(&["credential-process", RESPONSE]);
    assert_eq!(given.code, Some(0), "{}", given.stderr);
    assert_eq!(env.sandbox.counts().get_role_credentials, 2);
}

/// What SDKs in a shell or a container see past the end of a chained role, and after the sign-in has ended.
#[test]
fn a_server_renews_a_chained_role_until_the_sign_in_ends() {
    let env = with_roles(ROLES);
    let control = env.sandbox.control();
    control.set_sts_session_lifetime(Some(Duration::from_secs(6)));
    let served = Served::start(&env, &[RESPONSE]);
    let first = served.get(0).json();
    assert_eq!(first["AccountId"], "310660284419");
    let end: jiff::Timestamp = first["Expiration"].as_str().unwrap().parse().unwrap();
    control.set_sts_session_lifetime(None);
    until("the end of the first credentials", || clock::current_time() > end);
    let second = served.get(0).json();
    assert_eq!(second["AccountId"], "310660284419");
    assert_ne!(second["AccessKeyId"], first["AccessKeyId"]);
    let counts = env.sandbox.counts();
    // Where the machine was slow, one more was assumed that still ended soon.
    assert!(counts.assume_role >= 2, "{}", counts.assume_role);
    assert_eq!(counts.get_role_credentials, 1);
    env.output(&["logout"]);
    let refused = served.get(0);
    assert_eq!(refused.status, 403);
    assert_eq!(refused.json()["Code"], "SignInRequired");
}

#[test]
fn an_sdk_gets_a_chained_role_from_credential_process() {
    let env = with_roles(ROLES);
    let answer = env.output(&["credential-process", RESPONSE]);
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["AccountId"], "310660284419");
    let before = env.sandbox.counts().assume_role;
    assert!(!env.output(&["credential-process", RESPONSE]).is_empty());
    assert_eq!(env.sandbox.counts().assume_role, before);
    // After a sign-out nothing of it is left.
    env.output(&["logout"]);
    fails(
        &env.run(&["credential-process", RESPONSE]),
        3,
        &["sign-in is required"],
    );
}

/// What runs in a shell sees the role past the end of the credentials that it began with.
#[test]
fn a_shell_renews_a_chained_role() {
    let env = with_roles(ROLES);
    let control = env.sandbox.control();
    control.set_sts_session_lifetime(Some(Duration::from_secs(6)));
    let script = "genkan whoami --verify --format json > first; while [ ! -e go ]; do sleep 0.05; done; \
        genkan whoami --verify --format json > second";
    let mut command: Command = env.command(&[
        "exec",
        "--credentials",
        "server",
        RESPONSE,
        "--",
        "sh",
        "-c",
        script,
    ]);
    let path = std::path::Path::new(env!("CARGO_BIN_EXE_genkan"))
        .parent()
        .unwrap();
    command
        .env("PATH", format!("{}:{}", path.display(), env.environment["PATH"]))
        .current_dir(env.home.path());
    let mut child = command.spawn().unwrap();
    let is_there =
        |name: &str| std::fs::read_to_string(env.path(name)).is_ok_and(|text| text.contains("caller"));
    until("the first answer", || is_there("first"));
    let end = clock::current_time() + Duration::from_secs(6);
    control.set_sts_session_lifetime(None);
    until("the end of the first credentials", || clock::current_time() > end);
    env.write("go", "");
    assert!(child.wait().unwrap().success());
    for name in ["first", "second"] {
        let said: serde_json::Value = serde_json::from_str(&env.read(name)).unwrap();
        let arn = said["caller"]["arn"].as_str().unwrap();
        assert!(arn.contains(":assumed-role/IncidentResponse/"), "{name}: {arn}");
    }
    let counts = env.sandbox.counts();
    assert!(counts.assume_role >= 2, "{}", counts.assume_role);
    assert_eq!(counts.get_role_credentials, 1);
}

#[test]
fn the_console_of_a_chained_role_opens_by_federation_only() {
    let env = with_roles(ROLES);
    fails(
        &env.run(&["console", "--print", "--via", "portal", RESPONSE]),
        1,
        &[
            "is a chained role, for which the access portal has no page",
            "hint: use `--via federation`",
        ],
    );
    let link = env.output(&["console", "--print", RESPONSE]);
    assert!(link.contains("SigninToken="), "{link}");
    fails(
        &env.run(&["console", "--share", RESPONSE]),
        1,
        &["the access portal has no page"],
    );
}

#[test]
fn rules_and_guards_hold_for_chained_roles() {
    let env = with_roles(&format!(
        "{ROLES}[[rule]]\nmatch = {{ permission_set = \"IncidentResponse\", account = \"payments-dev\" }}\n\
         alias = \"response\"\nguard = \"confirm\"\n"
    ));
    let rows = env.output(&["list", "--format", "json", "--query", "alias:response"]);
    assert!(rows.contains("IncidentResponse via"), "{rows}");
    fails(&env.run(&["export", RESPONSE]), 2, &["confirm"]);
    env.write(
        ".config/genkan/config.toml",
        &format!("{ROLES}[agents]\nallow = [{{ permission_set = \"ReadOnly*\" }}]\n"),
    );
    let mut command = env.command(&["export", RESPONSE]);
    let refused = command.env("GENKAN_AGENT", "1").output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("doesn't allow"));
}

/// Two profiles lead to one role by one way, with other words: neither gets the other's credentials.
#[test]
fn roles_that_are_asked_for_with_other_words_share_no_credentials() {
    let env = with_roles("");
    let role = |name: &str, more: &str| {
        format!(
            "[profile {name}]\nrole_arn = arn:aws:iam::390178853927:role/vendors/PartnerAudit\n\
             source_profile = hub\nexternal_id = tanuki-2026\n{more}\n"
        )
    };
    let config = |right: &str| {
        [
            env.sso_session("demo"),
            "[profile hub]\nsso_session = demo\nsso_account_id = 111427759318\nsso_role_name = AdministratorAccess\n"
                .to_owned(),
            role("one", right),
            role("two", "role_session_name = two"),
            role("wrong", "").replace("tanuki-2026", "tanuki-2027"),
        ]
        .concat()
    };
    env.write(".aws/config", &config("role_session_name = one"));
    let who = |name: &str| whoami(&env, &["--profile", name]);
    let arn = "arn:aws:sts::390178853927:assumed-role/PartnerAudit/";
    for _ in 0..2 {
        assert_eq!(
            (who("one"), who("two")),
            (format!("{arn}one"), format!("{arn}two"))
        );
    }
    assert_eq!(
        env.sandbox.counts().assume_role,
        2,
        "each has its own in the cache"
    );
    fails(
        &env.run(&["export", "--profile", "wrong"]),
        1,
        &["access denied to role"],
    );
    // What is changed counts at once.
    env.write(".aws/config", &config("role_session_name = three"));
    assert_eq!(who("one"), format!("{arn}three"));
}

/// In a shell of a chained role `whoami` has its ARN, and names the accounts on the way; so does `status`.
#[test]
fn whoami_and_status_name_the_accounts_on_the_way() {
    let env = with_roles(ROLES);
    let whoami = |format: &str| {
        env.output(&[
            "exec",
            RESPONSE,
            "--",
            env!("CARGO_BIN_EXE_genkan"),
            "whoami",
            "--format",
            format,
        ])
    };
    let shown = "payments-dev/IncidentResponse via security-tooling/AdministratorAccess";
    let text = whoami("text");
    assert!(text.starts_with(shown), "{text}");
    let said: serde_json::Value = serde_json::from_str(&whoami("json")).unwrap();
    assert_eq!(
        said["role_arn"],
        "arn:aws:iam::310660284419:role/IncidentResponse"
    );
    assert_eq!(
        said["permission_set"],
        "IncidentResponse via 111427759318/AdministratorAccess"
    );
    let status = env.output(&["status"]);
    assert!(
        status.contains("IncidentResponse via security-tooling/"),
        "{status}"
    );
    // A role that no entry gives is named as well.
    env.write(".config/genkan/config.toml", "");
    let status = env.output(&["status"]);
    assert!(
        status.contains("IncidentResponse via security-tooling/"),
        "{status}"
    );
}
