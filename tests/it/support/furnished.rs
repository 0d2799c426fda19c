//! A home folder with sessions, profiles and credentials, and the settings for snapshots of what commands say about it.

use crate::support::env::{ACCOUNT, CommandResult, TARGET, TestEnv, command_result};

/// Snapshots without what changes from run to run.
pub fn settled(env: &TestEnv) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    let home = env.home.path().to_str().unwrap();
    for (pattern, stands_for) in [
        (regex_of(home).as_str(), "[home]"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[date]"),
        (r#""seconds_left": [1-9]\d+"#, r#""seconds_left": [seconds]"#),
        (r"ASIA[A-Z0-9]{16}", "[key]"),
        (r"about (7 h 59 min|8 h\b)", "about [8 hours]"),
        (r"59 min|1 h\b", "[an hour]"),
        (r"89 days 23 h|90 days", "[90 days]"),
        (r"just now|\d+ s ago", "[just now]"),
        (r"127\.0\.0\.1:\d+", "[sandbox]"),
    ] {
        settings.add_filter(pattern, stands_for);
    }
    settings
}

fn regex_of(text: &str) -> String {
    text.replace('.', r"\.")
}

/// An environment with profiles of every kind beside the SSO session.
pub fn furnished() -> TestEnv {
    let env = TestEnv::new();
    let genkan = env!("CARGO_BIN_EXE_genkan");
    env.write(
        ".aws/config",
        &format!(
            "{}\n[profile sso]\nsso_session = demo\nsso_account_id = {ACCOUNT}\nsso_role_name = AdministratorAccess\n\
             region = eu-west-1\n[profile process]\ncredential_process = \"{genkan}\" credential-process {TARGET}\n\
             [profile keys]\naws_access_key_id = AKIDCONFIG\naws_secret_access_key = canary\n\
             [profile role]\nrole_arn = arn:aws:iam::111122223333:role/Deploy\nsource_profile = keys\n",
            env.sso_session("demo"),
        ),
    );
    env.write(
        ".aws/credentials",
        "[file]\naws_access_key_id = AKIDFILE\naws_secret_access_key = canary\n",
    );
    env
}

pub fn with(env: &TestEnv, variables: &[(&str, &str)], arguments: &[&str]) -> CommandResult {
    let mut command = env.command(arguments);
    for (name, value) in variables {
        command.env(name, value);
    }
    command_result(command.output().unwrap())
}
