//! `genkan prompt`, and what prompts of others read in a shell of genkan's.

use genkan::domain::shells::shell::Shell;
use genkan::platform::clock;
use jiff::Timestamp;
use serde_json::Value;

use crate::support::env::{ACCOUNT, TARGET, TestEnv};
use crate::support::peers;
use crate::support::screen::Screen;
use crate::support::shells::{on_path, run_script, shell_env};

const GENKAN: &str = env!("CARGO_BIN_EXE_genkan");

/// Whether this is what is left of eight hours, of which a second or none has passed.
fn is_nearly_eight_hours(left: &str) -> bool {
    left.starts_with("7h59m") || left.starts_with("8h0m")
}

fn signed_in() -> TestEnv {
    let env = TestEnv::new();
    env.sign_in();
    env
}

#[test]
fn the_part_is_printed_in_the_given_format() {
    let env = signed_in();
    assert_eq!(env.output(&["prompt"]), "", "outside of genkan");
    assert_eq!(env.output(&["prompt", "--format", "json"]), "null\n");
    let inside = |delivery: &str, format: &str| {
        let arguments = [
            "exec",
            "--credentials",
            delivery,
            TARGET,
            "--",
            GENKAN,
            "prompt",
            "--format",
            format,
        ];
        env.output(&arguments)
    };
    assert_eq!(inside("server", "plain"), "[payments-dev/AdministratorAccess] ");
    let template = "{production }{account_id}:{permission_set}{ region}{ warning}";
    assert_eq!(
        inside("env", template),
        format!("{ACCOUNT}:AdministratorAccess ap-northeast-1")
    );
    assert!(inside("env", "plain").ends_with("m "), "keys have time left");
    assert!(
        is_nearly_eight_hours(&inside("server", "{left}")),
        "the sign-in has time left"
    );
    let json: Value = serde_json::from_str(&inside("server", "json")).unwrap();
    assert_eq!(
        (&json["session"], &json["renewed"]),
        (&Value::from("demo"), &Value::from(true))
    );
    let refused = env.run(&["prompt", "--format", "{acount_name}"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""));
    assert!(refused.stderr.contains("{account_name}"), "{}", refused.stderr);
}

/// The way to a chained role would fill the line: a prompt has the role's name alone, in every shell.
#[test]
fn prompts_name_a_chained_role_without_the_way_to_it() {
    let mut env = shell_env();
    for (name, value) in [
        ("GENKAN_ACCOUNT_NAME", "payments"),
        (
            "GENKAN_PERMISSION_SET",
            "team/Deploy via 111318240067/Hop via 111427759318/Admin",
        ),
        ("AWS_ACCESS_KEY_ID", "K"),
        ("GENKAN_ACCESS_KEY_ID", "K"),
    ] {
        env.environment.insert(name.into(), value.into());
    }
    assert_eq!(env.output(&["prompt"]), "[payments/Deploy] ");
    for shell in [
        Shell::Bash,
        Shell::Zsh,
        Shell::Fish,
        Shell::Nushell,
        Shell::PowerShell,
    ] {
        let script = match shell {
            Shell::Nushell => "print (genkan_prompt)",
            _ => "genkan_prompt",
        };
        if let Some(result) = run_script(&env, shell, &format!("{script}\n")) {
            assert!(
                result.stdout.contains("[payments/Deploy]"),
                "{shell:?}: {result:?}"
            );
        }
    }
}

/// What a shell was given at its start is outdated after another sign-in.
#[test]
fn a_sign_in_that_was_renewed_ends_no_sooner_than_it_does() {
    let mut env = signed_in();
    let soon = (clock::current_time().as_second() + 630).to_string();
    for (name, value) in [
        ("GENKAN_SESSION", "demo"),
        ("GENKAN_ACCOUNT_NAME", "payments-dev"),
        ("GENKAN_PERMISSION_SET", "Read"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/"),
        ("GENKAN_SESSION_ENDS", soon.as_str()),
    ] {
        env.environment.insert(name.into(), value.into());
    }
    assert_eq!(env.output(&["prompt"]), "[payments-dev/Read] ");
    let ends: i64 = env.output(&["prompt", "--sign-in-ends"]).trim().parse().unwrap();
    let left = ends - clock::current_time().as_second();
    assert!((8 * 3600 - 60..=8 * 3600).contains(&left), "{left}");
    // nushell's prompt asks the same command; it is not drawn on a terminal here.
    if let Some(nushell) = peers::nushell() {
        on_path(&mut env);
        env.write("init.nu", &env.output(&["init", "nushell"]));
        let script = format!(
            "source '{}'; print (genkan_prompt)",
            env.path("init.nu").display()
        );
        let printed = std::process::Command::new(nushell)
            .args(["--no-config-file", "--commands", &script])
            .env_clear()
            .envs(&env.environment)
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&printed.stdout).trim(),
            "[payments-dev/Read]"
        );
    }
    // After a sign-out it is not known better.
    env.output(&["logout"]);
    let warning = env.output(&["prompt", "--format", "{warning}"]);
    assert!(warning.starts_with("sign-in ends in "), "{warning}");
}

/// A status line is drawn outside of the shell: it names the process that the shell runs under.
#[test]
fn a_shell_under_a_process_is_found() {
    let env = signed_in();
    let own = std::process::id().to_string();
    let mut shell = Screen::genkan(&env, &["shell", "payments-prod/ReadOnlyAccess"]);
    shell.wait("[PROD payments-prod/ReadOnlyAccess]");
    let tmux = env.output(&["prompt", "--format", "tmux", "--process", &own]);
    assert_eq!(tmux, "#[fg=red,bold]PROD payments-prod/ReadOnlyAccess#[default]");
    let template = "{account_name}{ left}";
    let left = env.output(&["prompt", "--format", template, "--process", &own]);
    let time = left.strip_prefix("payments-prod ").unwrap_or(&left);
    assert!(is_nearly_eight_hours(time), "{left}");
    shell.type_keys("exit\r");
    shell.exit();
    assert_eq!(env.output(&["prompt", "--process", &own]), "");
}

/// What starship, powerlevel10k and oh-my-posh show: the target as the profile, and until when.
#[test]
fn a_shell_sets_what_prompts_of_others_read() {
    let mut env = signed_in();
    env.environment.insert("AWSUME_PROFILE".into(), "outer".into());
    env.environment.insert("SHELL".into(), "/bin/sh".into());
    let mut shell = Screen::genkan(&env, &["shell", TARGET]);
    shell
        .type_keys("echo \"<$AWS_VAULT|$AWS_SSO_PROFILE|${AWSUME_PROFILE-none}|$AWS_SESSION_EXPIRATION>\"\r");
    shell.wait("<payments-dev/AdministratorAccess||none|");
    let text = shell.text();
    let ends = text.split("||none|").last().unwrap().split('>').next().unwrap();
    let ends: Timestamp = ends.replace('\n', "").trim().parse().unwrap();
    assert!(ends > clock::current_time());
    shell.type_keys("exit\r");
    shell.exit();
    // aws-vault refuses to run where its variable is set, so it keeps it to itself.
    env.write_program("bin/aws-vault", "#!/bin/sh\n");
    let path = format!("{}:{}", env.path("bin").display(), env.environment["PATH"]);
    env.environment.insert("PATH".into(), path);
    let mut shell = Screen::genkan(&env, &["shell", TARGET]);
    shell.type_keys("echo \"<${AWS_VAULT-none}|$AWS_SSO_PROFILE>\"\r");
    shell.wait("<none|payments-dev/AdministratorAccess>");
    shell.type_keys("exit\r");
    shell.exit();
}
