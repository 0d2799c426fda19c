//! What can't be used or kept here: `status` and `doctor` name it, and a portal that prints nothing says so by its code.

use serde_json::Value;

use crate::support::env::TestEnv;
use crate::support::screen::Screen;

/// A session that can't be used is no session that isn't there: `status` names it as `list` does.
#[test]
fn status_names_an_unusable_session() {
    let env = TestEnv::new();
    env.write(
        ".aws/config",
        "[sso-session demo]\nsso_start_url = https://x.awsapps.com/start\n",
    );
    let listed = env.run(&["list"]).stderr;
    let reason = listed.lines().next().unwrap().strip_prefix("error: ").unwrap();
    for (arguments, stdout) in [(&["status"][..], ""), (&["status", "--format", "json"], "[]\n")] {
        let status = env.run(arguments);
        assert_eq!((status.code, status.stdout.as_str()), (Some(0), stdout));
        assert!(status.stderr.contains(reason), "{}", status.stderr);
        assert!(status.stderr.contains("line 1"), "{}", status.stderr);
    }
}

#[test]
fn variable_pointing_to_no_file_is_reported() {
    let mut env = TestEnv::new();
    for name in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        env.environment.insert(name.into(), "/nosuch/file".into());
    }
    let found = env.run(&["doctor", "--offline", "--format", "json"]).stdout;
    for name in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        let words = format!("{name} names `/nosuch/file`, which doesn't exist");
        assert!(found.contains(&words), "{words}: {found}");
    }
    for command in ["list", "logout", "status"] {
        let said = env.run(&[command]).stderr;
        assert!(
            said.contains("AWS_CONFIG_FILE names `/nosuch/file`"),
            "{command}: {said}"
        );
    }
}

/// What other commands say they ignore is not fine to the doctor either.
#[test]
fn doctor_warns_of_ignored_settings() {
    for (line, variable, words) in [
        ("region = \"eu-wset-1\"", None, "ignored setting `region`"),
        ("session = \"nosuch\"", None, "ignored setting `session`"),
        (
            "console_service = \"zz\"",
            None,
            "ignored setting `console_service`",
        ),
        ("", Some("AWS_REGION"), "ignored AWS_REGION"),
        ("", Some("AWS_DEFAULT_REGION"), "ignored AWS_DEFAULT_REGION"),
    ] {
        let mut env = TestEnv::new();
        env.write(".config/genkan/config.toml", line);
        if let Some(name) = variable {
            env.environment.insert(name.into(), "eu-wset-1".into());
        }
        let result = env.run(&["doctor", "--offline", "--format", "json"]);
        let found: Vec<Value> = serde_json::from_str(&result.stdout).unwrap();
        let hit = found
            .iter()
            .filter(|f| f["sentence"].as_str().unwrap().starts_with(words))
            .collect::<Vec<_>>();
        assert_eq!(hit.len(), 1, "{words}: {}", result.stdout);
        assert_eq!(hit[0]["severity"], "warning");
    }
}

/// Where the token can't be written signing in fails; root may write anywhere but through a file.
#[test]
fn doctor_reports_a_read_only_token_folder() {
    let env = TestEnv::new();
    let clean = env.run(&["doctor", "--offline", "--format", "json"]).stdout;
    assert!(!clean.contains("can't be written"), "{clean}");
    let left = std::fs::read_dir(env.home.path().join(".aws")).unwrap();
    assert!(
        left.flatten()
            .all(|f| !f.file_name().to_string_lossy().contains("doctor"))
    );
    env.write(".aws/sso", "in the way");
    let blocked = env.run(&["doctor", "--offline", "--format", "json"]);
    assert_eq!(blocked.code, Some(1));
    assert!(blocked.stdout.contains("can't be written"), "{}", blocked.stdout);
}

/// A script that waits for credentials must not go on without them.
#[test]
fn leaving_a_redirected_portal_exits_as_cancelled() {
    let env = TestEnv::new();
    env.sign_in();
    let genkan = env!("CARGO_BIN_EXE_genkan");
    for (line, keys, code) in [
        (format!("{genkan} >out"), "\u{1b}", 130),
        (format!("{genkan} >out"), "\u{3}", 130),
        (format!("x=$({genkan})"), "\u{1b}", 130),
        (genkan.to_owned(), "\u{1b}", 0),
    ] {
        let mut screen = Screen::script(&env, &format!("cd; {line}"));
        screen.wait("Esc quit");
        screen.type_keys(keys);
        assert_eq!(screen.exit(), code, "{line} {keys:?}");
    }
}
