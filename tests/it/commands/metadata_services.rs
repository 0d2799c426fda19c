//! Chains that begin with the role of a container or an instance: services on loopback that answer as those of ECS and EC2
//! do, with the session of a user of the sandbox. The real ones are reached by the AWS SDK in the same way.

use serde_json::Value;

use crate::support::env::TestEnv;
use crate::support::iam_users::{WITHOUT_MFA, add, keys, with_file};
use crate::support::profile_roles::JUMP;
use crate::support::served::Served;
use crate::support::stub_server::StubServer;

const WHO: &str = "arn:aws:sts::390178853927:assumed-role/JumpReadOnly/ren.sato";

/// An environment with a user, and a profile whose role begins with a service.
fn with_profile(credential_source: &str) -> TestEnv {
    let mut env = TestEnv::new();
    env.environment.remove("AWS_EC2_METADATA_DISABLED");
    with_file(&env);
    add(&env, "ren", &keys(&env, WITHOUT_MFA)[0]);
    let profile = format!("[profile one]\nrole_arn = {JUMP}\ncredential_source = {credential_source}\n");
    env.write(".aws/config", &format!("{}{profile}", env.sso_session("demo")));
    env
}

fn caller(env: &TestEnv, variables: &[(String, String)]) -> String {
    let genkan = env!("CARGO_BIN_EXE_genkan");
    let whoami = [
        "exec",
        "--profile",
        "one",
        "--",
        genkan,
        "whoami",
        "--verify",
        "--format",
        "json",
    ];
    let mut command = env.command(&whoami);
    command.envs(variables.iter().cloned());
    let result = crate::support::env::command_result(command.output().unwrap());
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let said: Value = serde_json::from_str(&result.stdout).unwrap();
    said["caller"]["arn"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_container_s_role_begins_a_chain() {
    let env = with_profile("EcsContainer");
    let served = Served::start(&env, &["ren:598204417736/ren.sato"]);
    assert_eq!(caller(&env, &served.variables(0)), WHO);
    served.stop();
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}")
        .into_bytes()
}

#[test]
fn an_instance_s_role_begins_a_chain() {
    let env = with_profile("Ec2InstanceMetadata");
    let session = env.output(&["iam-user", "session", "ren"]);
    let session: Value = serde_json::from_str(&session).unwrap();
    let role = serde_json::json!({
        "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z",
        "AccessKeyId": session["AccessKeyId"], "SecretAccessKey": session["SecretAccessKey"],
        "Token": session["SessionToken"], "Expiration": session["Expiration"],
    });
    let service = StubServer::serve(vec![
        (
            "/latest/api/token",
            answer(
                "200 OK",
                "x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n",
                "token",
            ),
        ),
        (
            "/latest/meta-data/iam/security-credentials/web-server",
            answer("200 OK", "", &role.to_string()),
        ),
        (
            "/latest/meta-data/iam/security-credentials/",
            answer("200 OK", "", "web-server"),
        ),
        ("/", answer("404 Not Found", "", "")),
    ]);
    let variables = [(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT".to_owned(),
        service.url.clone(),
    )];
    assert_eq!(caller(&env, &variables), WHO);
    let seen = service.seen.lock().unwrap().clone();
    assert!(
        seen.iter().any(|line| line.starts_with("PUT /latest/api/token")),
        "version 2: {seen:?}"
    );
    // What the variable turns off is not asked.
    let off = [
        (
            "AWS_EC2_METADATA_SERVICE_ENDPOINT".to_owned(),
            service.url.clone(),
        ),
        ("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned()),
    ];
    let before = service.served();
    std::fs::remove_dir_all(env.path(".cache/genkan/credentials")).unwrap();
    let mut command = env.command(&["export", "--profile", "one"]);
    command.envs(off);
    let refused = crate::support::env::command_result(command.output().unwrap());
    assert_eq!(
        (refused.code, refused.stdout.as_str()),
        (Some(1), ""),
        "{}",
        refused.stderr
    );
    assert_eq!(service.served(), before);
}
