//! `gk --credentials server`: a small server renews the credentials of the shell, and ends with it.

use std::collections::BTreeMap;
use std::path::Path;

use genkan::domain::shells::shell::Shell;

use crate::support::env::TestEnv;
use crate::support::shells::{run_script, shell_env};
use crate::support::wait::until;

/// A line for any shell that runs commands of `sh`, which stand in a file: shells differ in what they do to quoted words.
fn sh(env: &TestEnv, name: &str, commands: &str) -> String {
    env.write(&format!("{name}.sh"), commands);
    format!("sh ./{name}.sh\n")
}

fn snapshot(env: &TestEnv, name: &str) -> String {
    sh(env, name, &format!("env -0 > {name}\n"))
}

fn variables(env: &TestEnv, name: &str) -> BTreeMap<String, String> {
    env.read(name)
        .split('\0')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, _)| !["_", "SHLVL", "PWD", "OLDPWD", "LAST_EXIT_CODE"].contains(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The process of the server of a shell.
fn server(variables: &BTreeMap<String, String>) -> u32 {
    variables["GENKAN_SERVER"]
        .split(':')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

fn is_alive(process: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// What is left in a folder.
fn left(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// A user with keys of their own in the default profile, and variables that gk replaces.
fn person() -> TestEnv {
    let mut env = shell_env();
    env.write(
        ".aws/credentials",
        "[default]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = other\n",
    );
    for (name, value) in [
        ("AWS_PROFILE", "mine"),
        ("AWS_VAULT", "of another tool"),
        ("AWS_ACCESS_KEY_ID", "AKIAMINE"),
    ] {
        env.environment.insert(name.into(), value.into());
    }
    let config = env.path(".aws/config");
    env.environment
        .insert("AWS_CONFIG_FILE".into(), config.to_str().unwrap().into());
    env
}

fn serves_switches_and_ends(shell: Shell) {
    let env = person();
    let mut script = snapshot(&env, "before");
    for (words, name) in [
        ("plain/read --credentials server", "one"),
        ("100000000001 --credentials server", "two"),
        ("plain/read", "keys"),
        ("plain/read --credentials server", "again"),
        ("--unset", "out"),
        ("plain/read --credentials server", "last"),
    ] {
        script += &["gk ", words, "\n"].concat();
        script += &snapshot(&env, name);
        if words.ends_with("server") {
            let look = format!(
                "process=${{GENKAN_SERVER%%:*}}\n\
                 tr '\\0' '\\n' < /proc/$process/cmdline > {name}.cmdline\n\
                 tr '\\0' '\\n' < /proc/$process/environ > {name}.environ\n\
                 genkan whoami --verify --format json > {name}.who\n"
            );
            script += &sh(&env, &format!("look-{name}"), &look);
        }
    }
    let Some(result) = run_script(&env, shell, &script) else {
        return;
    };
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert_eq!(result.stdout, "", "gk is silent but for words on stderr");
    assert!(
        result
            .stderr
            .contains("plain/Read; credentials renew until this shell ends"),
        "{}",
        result.stderr
    );
    let before = variables(&env, "before");
    let one = variables(&env, "one");
    let token = &one["AWS_CONTAINER_AUTHORIZATION_TOKEN"];
    assert!(one["AWS_CONTAINER_CREDENTIALS_FULL_URI"].starts_with("http://127.0.0.1:"));
    for gone in ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        assert!(!one.contains_key(gone), "{gone}");
    }
    assert_eq!(one["AWS_VAULT"], "plain/Read");
    assert_eq!(one["GENKAN_AWS_CONFIG_FILE"], before["AWS_CONFIG_FILE"]);
    assert_ne!(
        one["AWS_CONFIG_FILE"], before["AWS_CONFIG_FILE"],
        "a copy without the default profile's keys"
    );
    for (name, account) in [
        ("one", "100000000002"),
        ("two", "100000000001"),
        ("last", "100000000002"),
    ] {
        let who: serde_json::Value = serde_json::from_str(&env.read(&format!("{name}.who"))).unwrap();
        assert_eq!(who["caller"]["account_id"], account, "{who}");
        let cmdline = env.read(&format!("{name}.cmdline"));
        assert!(
            cmdline.contains("--for-shell") && !cmdline.contains(token),
            "{cmdline}"
        );
        let environ = env.read(&format!("{name}.environ"));
        for secret in [
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN",
            "AKIAMINE",
        ] {
            assert!(!environ.contains(secret), "{name}: {secret}");
        }
    }
    // Each one gives way to the next, and leaving brings everything back.
    let (two, keys) = (variables(&env, "two"), variables(&env, "keys"));
    assert_ne!(server(&one), server(&two));
    assert!(keys["AWS_ACCESS_KEY_ID"].starts_with("ASIA"));
    for gone in [
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "GENKAN_SERVER",
    ] {
        assert!(!keys.contains_key(gone), "{gone}");
    }
    assert_eq!(keys["AWS_CONFIG_FILE"], before["AWS_CONFIG_FILE"]);
    assert_eq!(variables(&env, "out"), before, "what was there before is back");
    // The last one has ended with the shell; nothing is left.
    for name in ["one", "two", "again", "last"] {
        let process = server(&variables(&env, name));
        until("the end of the server", || !is_alive(process));
    }
    until("the end of its files", || {
        left(&env.path(".cache/genkan/shells")) == 0
    });
    assert_eq!(left(&env.path(".local/state/genkan/running")), 0);
}

#[test]
fn server_of_gk_renews_and_ends_with_bash() {
    serves_switches_and_ends(Shell::Bash);
}

#[test]
fn server_of_gk_renews_and_ends_with_zsh() {
    serves_switches_and_ends(Shell::Zsh);
}

#[test]
fn server_of_gk_renews_and_ends_with_fish() {
    serves_switches_and_ends(Shell::Fish);
}

#[test]
fn server_of_gk_renews_and_ends_with_nushell() {
    serves_switches_and_ends(Shell::Nushell);
}

#[test]
fn server_of_gk_renews_and_ends_with_elvish() {
    serves_switches_and_ends(Shell::Elvish);
}

#[test]
fn server_of_gk_renews_and_ends_with_xonsh() {
    serves_switches_and_ends(Shell::Xonsh);
}

#[test]
fn server_of_gk_renews_and_ends_with_tcsh() {
    serves_switches_and_ends(Shell::Tcsh);
}

/// A shell that was started in another has its variables, but not its server.
#[test]
fn inner_shell_leaves_the_server_of_the_outer_one() {
    let env = shell_env();
    env.write("inner", "source ./init\ngk --unset\nenv -0 > inner.env\n");
    let script = "gk plain/read --credentials server\nenv -0 > outer.env\nbash --norc --noprofile inner\n\
                  genkan whoami --verify --format json > who\n";
    let Some(result) = run_script(&env, Shell::Bash, script) else {
        return;
    };
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(!variables(&env, "inner.env").contains_key("GENKAN_SERVER"));
    assert!(env.read("who").contains("100000000002"), "{}", env.read("who"));
    let process = server(&variables(&env, "outer.env"));
    until("the end of the server", || !is_alive(process));
}

#[test]
fn without_a_sign_in_or_the_integration_nothing_changes() {
    let env = shell_env();
    let result = env.run(&["assume", "bash", "plain/read", "--credentials", "server"]);
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(1), ""),
        "{}",
        result.stderr
    );
    assert!(
        result
            .stderr
            .contains("need the shell integration of this version"),
        "{}",
        result.stderr
    );
    // A shell that is gone gets a server that ends at once.
    let gone = [
        "assume",
        "bash",
        "plain/read",
        "--credentials",
        "server",
        "--process",
        "2147483647",
    ];
    let result = env.run(&gone);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    until("the end of its server", || {
        left(&env.path(".local/state/genkan/running")) == 0
    });
    env.output(&["logout"]);
    let result = env.run(&gone);
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(3), ""),
        "{}",
        result.stderr
    );
}
