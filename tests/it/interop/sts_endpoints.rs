//! `sts_regional_endpoints`: which host is asked for a role, by genkan and by botocore, in old Regions and new ones.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::env::TestEnv;
use crate::support::input::run_with_input;
use crate::support::peers;
use crate::support::tls_proxy::{Proxy, Tunnel};

/// Region, setting, host, and the Region that requests are signed for (a unit test of `aws::assume_role` has genkan's).
const CASES: [(&str, &str, &str, &str); 6] = [
    ("ap-northeast-1", "legacy", "sts.amazonaws.com", "us-east-1"),
    ("us-west-2", "legacy", "sts.amazonaws.com", "us-east-1"),
    ("us-east-1", "legacy", "sts.amazonaws.com", "us-east-1"),
    ("ap-east-1", "legacy", "sts.ap-east-1.amazonaws.com", "ap-east-1"),
    (
        "ap-northeast-1",
        "regional",
        "sts.ap-northeast-1.amazonaws.com",
        "ap-northeast-1",
    ),
    (
        "us-east-1",
        "regional",
        "sts.us-east-1.amazonaws.com",
        "us-east-1",
    ),
];

#[test]
fn roles_are_asked_for_where_the_setting_says() {
    let mut env = TestEnv::new();
    env.sign_in();
    env.environment.remove("AWS_ENDPOINT_URL_STS");
    for (region, endpoints, host, _) in CASES {
        let proxy = Proxy::start(Tunnel::Refused);
        env.environment.insert("HTTPS_PROXY".into(), proxy.url());
        let config = format!(
            "{}[profile hub]\nsso_session = demo\nsso_account_id = 111427759318\n\
             sso_role_name = AdministratorAccess\n[profile p]\n\
             role_arn = arn:aws:iam::310660284419:role/IncidentResponse\nsource_profile = hub\n\
             region = {region}\nsts_regional_endpoints = {endpoints}\n",
            env.sso_session("demo")
        );
        env.write(".aws/config", &config);
        let result = env.run(&["export", "--profile", "p"]);
        assert_eq!(result.code, Some(1), "{}", result.stderr);
        assert_eq!(proxy.hosts(), [host], "{region} {endpoints}: {}", result.stderr);
    }
}

#[test]
fn botocore_asks_there_too() {
    let Some(venv) = peers::python() else { return };
    let script = peers::script("endpoints.py", include_str!("../../peers/endpoints.py"));
    let asked: Vec<Value> = CASES
        .iter()
        .map(|(region, endpoints, ..)| json!({"region": region, "endpoints": endpoints}))
        .collect();
    let env = TestEnv::new();
    let mut command = Command::new(venv.join("bin/python"));
    command.arg(script).env_clear().env("HOME", env.path(""));
    let result = run_with_input(&mut command, &Value::from(asked).to_string());
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let places: Vec<Value> = serde_json::from_str(&result.stdout).unwrap();
    for (place, (region, endpoints, host, signed)) in places.iter().zip(CASES) {
        assert_eq!(
            *place,
            json!({"host": host, "region": signed}),
            "{region} {endpoints}"
        );
    }
}
