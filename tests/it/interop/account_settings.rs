//! The sandbox's colours of accounts, asked by botocore, which signs by itself, and by a client that signs nothing.

use std::process::Command;

use genkan::domain::text::clean_text;

use crate::support::env::{ADMINISTRATOR, TestEnv, command_result, export_as};
use crate::support::http::get;
use crate::support::peers;

/// What botocore prints as one role: the colour, or the name of the error.
const CLIENT: &str = "
import os, botocore.session, botocore.exceptions
client = botocore.session.get_session().create_client('uxc', region_name=os.environ.get('UXC_REGION', 'us-east-1'))
try:
    print(client.get_account_customizations()['accountColor'])
except botocore.exceptions.ClientError as error:
    print(error.response['Error']['Code'])
";

fn color(env: &TestEnv, target: &str, change: impl Fn(&mut Command)) -> Option<String> {
    let python = peers::python()?.join("bin/python");
    let mut command = Command::new(python);
    command.args(["-c", CLIENT]).env_clear().envs(&env.environment);
    for line in env.output(&export_as("dotenv", target)).lines() {
        if let Some((name, value)) = line.split_once('=') {
            command.env(name, value.trim_matches(['"', '\'']));
        }
    }
    change(&mut command);
    let result = command_result(command.output().unwrap());
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    Some(clean_text(result.stdout.trim()))
}

#[test]
fn botocore_reads_the_color_of_the_account_that_its_credentials_are_for() {
    let env = TestEnv::new();
    env.sign_in();
    let Some(read) = color(&env, ADMINISTRATOR, |_| {}) else {
        return;
    };
    assert_eq!(read, "lightBlue");
    let refused = |target: &str, change: &dyn Fn(&mut Command)| color(&env, target, change).unwrap();
    assert_eq!(
        refused("310448120938/ReadOnlyAccess", &|_| {}),
        "AccessDeniedException"
    );
    for (name, value, error) in [
        ("AWS_SECRET_ACCESS_KEY", "another", "InvalidSignatureException"),
        ("AWS_SESSION_TOKEN", "another", "UnrecognizedClientException"),
        ("AWS_ACCESS_KEY_ID", "ASIAANOTHER", "UnrecognizedClientException"),
        ("UXC_REGION", "eu-west-1", "InvalidSignatureException"),
    ] {
        let change = |command: &mut Command| {
            command.env(name, value);
        };
        assert_eq!(refused(ADMINISTRATOR, &change), error, "{name}");
    }
}

#[test]
fn a_request_without_a_signature_is_refused() {
    let env = TestEnv::new();
    let answer = get(&env.sandbox.url(), "/v1/account-customizations");
    assert_eq!(answer.error(), (403, "MissingAuthenticationTokenException"));
}
