//! `~/.aws/config` and `~/.aws/credentials` in the forms that people and other tools give them: read as the AWS
//! CLI reads them, and written by the same reading.

use crate::support::env::{ACCOUNT, TARGET, TestEnv};

/// A file as it is, indented, and with colons: botocore reads all three alike.
fn spellings(text: &str) -> Vec<String> {
    let indented = |by: &str| {
        text.lines()
            .map(|line| {
                if line.is_empty() {
                    String::new()
                } else {
                    format!("{by}{line}")
                }
            })
            .map(|line| line + "\n")
            .collect::<String>()
    };
    let keys_indented = text
        .lines()
        .map(|line| {
            if line.starts_with('[') {
                line.to_owned()
            } else {
                format!("    {line}")
            }
        })
        .map(|line| line + "\n")
        .collect();
    vec![
        text.to_owned(),
        indented("  "),
        indented("\t"),
        keys_indented,
        text.replace(" = ", ": "),
        text.replace('\n', "\r\n"),
        text.replace("[sso-session demo]", "[sso-session \"demo\"]"),
    ]
}

#[test]
fn session_is_found_in_every_spelling() {
    let env = TestEnv::with_few_accounts();
    let plain = env.sso_session("demo");
    env.sign_in();
    for text in spellings(&plain) {
        env.write(".aws/config", &text);
        let status = env.output(&["status", "--format", "json"]);
        assert!(status.contains("\"demo\""), "{text:?}: {status}");
        env.output(&["profiles", "--write", "--query", "payments-prod/ReadOnly"]);
        let written = env.read(".aws/config");
        assert!(written.starts_with(&text), "{text:?}: {written}");
        assert_eq!(written.matches("sso-session").count(), 1, "{written}");
    }
}

#[test]
fn hand_written_credentials_sections_are_never_changed() {
    let env = TestEnv::with_few_accounts();
    env.sign_in();
    let plain = "[work]\naws_access_key_id = AKIAHAND\naws_secret_access_key = hand\n";
    let write = [
        "export",
        TARGET,
        "--format",
        "credentials-file",
        "--as",
        "work",
        "--write",
    ];
    for text in spellings(plain) {
        env.write(".aws/credentials", &text);
        let result = env.run(&write);
        assert_eq!(result.code, Some(1), "{text:?}: {}", result.stderr);
        assert_eq!(env.read(".aws/credentials"), text);
    }
    // A section of ours is written into again, whatever was added to it by hand.
    env.write(".aws/credentials", "");
    env.output(&write);
    let ours = env.read(".aws/credentials");
    env.write(
        ".aws/credentials",
        &(ours.replace("[work]\n", "[work]\n  region = eu-west-1\n") + "output: json\n"),
    );
    env.output(&write);
    let again = env.read(".aws/credentials");
    assert_eq!(again.matches("aws_access_key_id").count(), 1, "{again}");
    let file = genkan::store::ConfigFile::parse(again.as_bytes());
    let profiles = file.credentials_profiles();
    assert_eq!(profiles[0].get("region"), Some("eu-west-1"), "{again}");
    assert_eq!(profiles[0].get("output"), Some("json"), "{again}");
}

#[test]
fn default_profile_credentials_are_found_in_every_spelling() {
    let env = TestEnv::with_few_accounts();
    env.sign_in();
    let plain = "[default]\naws_access_key_id = AKIAHAND\naws_secret_access_key = hand\n";
    for text in spellings(plain) {
        env.write(".aws/credentials", &text);
        let result = env.run(&["exec", TARGET, "--credentials", "server", "--", "true"]);
        assert_eq!(result.code, Some(0), "{text:?}: {}", result.stderr);
        // Found, and so moved aside for the child.
        for words in [
            "the default profile in `~/.aws/credentials` has credentials of its own",
            "`default-outside-genkan`",
        ] {
            assert!(result.stderr.contains(words), "{text:?}: {}", result.stderr);
        }
    }
}

#[test]
fn invalid_session_is_named_with_the_reason() {
    let env = TestEnv::with_few_accounts();
    let url = "sso_start_url = https://a.awsapps.com/start\n";
    for (text, name, reason) in [
        (
            format!("[sso-session work]\n{url}"),
            "work",
            "`sso_region` is missing",
        ),
        (
            format!("[sso-session work]\n{url}sso_region = nowhere\n"),
            "work",
            "`nowhere`",
        ),
        (
            "[sso-session work]\nsso_region = us-east-1\n".to_owned(),
            "work",
            "`sso_start_url` is missing",
        ),
        (
            "[sso-session work]\nsso_start_url = http://a.b\nsso_region = us-east-1\n".to_owned(),
            "work",
            "https://",
        ),
        (format!("[profile old]\n{url}"), "old", "`sso_region` is missing"),
        (
            format!("[sso-session a b]\n{url}sso_region = us-east-1\n"),
            "a b",
            "with quotes",
        ),
    ] {
        env.write(".aws/config", &format!("# c\n{text}{}", env.sso_session("fine")));
        let result = env.run(&["login", name, "--no-browser"]);
        assert_eq!(result.code, Some(1), "{text}: {}", result.stderr);
        assert!(
            result
                .stderr
                .contains(&format!("missing or incomplete SSO session `{name}`: ")),
            "{}",
            result.stderr
        );
        assert!(result.stderr.contains(reason), "{}", result.stderr);
        assert!(result.stderr.contains("line 2"), "{}", result.stderr);
        assert_eq!(result.stdout, "");
    }
}

#[test]
fn doctor_names_tools_that_refuse_a_file() {
    let env = TestEnv::with_few_accounts();
    let session = env.sso_session("demo");
    for (text, words, severity) in [
        (
            format!("\u{feff}{session}"),
            "save it as UTF-8 without a byte order mark",
            "problem",
        ),
        (
            format!("  [default]\n  region = x\n{session}"),
            "SDKs for Java and Rust reject the whole file",
            "warning",
        ),
        (format!("[default]\nregion: x\n{session}"), "write `=`", "warning"),
        (
            format!("[default]\nregion = x # mine\n{session}"),
            "a comment follows the value of `region`",
            "warning",
        ),
        (
            format!("[ default ]\nregion = x\n{session}"),
            "`[ default ]` has spaces inside its brackets",
            "warning",
        ),
        (
            format!("[default]\nnonsense\n{session}"),
            "AWS CLI and boto3 reject the whole file",
            "problem",
        ),
        (
            format!("[default]\ns3 =\n  nonsense\n{session}"),
            "must be `name = value`",
            "problem",
        ),
    ] {
        env.write(".aws/config", &text);
        let result = env.run(&["doctor", "--offline", "--format", "json"]);
        assert!(result.stdout.contains(words), "{text:?}: {}", result.stdout);
        assert!(result.stdout.contains(severity), "{text:?}: {}", result.stdout);
        // It is used all the same.
        assert!(
            env.output(&["status", "--format", "json"]).contains("\"demo\""),
            "{text:?}"
        );
    }
    env.write(".aws/credentials", "  [work]\n  aws_access_key_id: AKIA\n");
    let result = env.run(&["doctor", "--offline", "--format", "json"]);
    assert!(
        result
            .stdout
            .contains("credentials`, line 1: the section header is indented"),
        "{}",
        result.stdout
    );
    assert!(
        result.stdout.contains("has a colon instead of `=`"),
        "{}",
        result.stdout
    );
}

#[test]
fn profile_is_a_target_in_every_spelling() {
    let mut env = TestEnv::with_few_accounts();
    env.environment.remove("AWS_REGION");
    env.environment.remove("AWS_DEFAULT_REGION");
    env.sign_in();
    let session = env.sso_session("demo");
    let profile = format!(
        "{session}[profile p]\nsso_session = demo\nsso_account_id = {ACCOUNT}\nsso_role_name = AdministratorAccess\nregion = eu-west-3\n"
    );
    for text in spellings(&profile) {
        env.write(".aws/config", &text);
        let json = env.output(&["export", "--profile", "p", "--format", "bash"]);
        assert!(
            json.contains("AWS_REGION=") && json.contains("eu-west-3"),
            "{text:?}: {json}"
        );
    }
}
