//! What AWS SDKs say of the identity that they were given.

use serde_json::Value;

use crate::support::env::ACCOUNT;

pub const ROLE: &str = "AdministratorAccess";

/// A peer says who it is: the account and permission set that the profile names.
pub fn assert_is_target(identity: &Value) {
    assert_eq!(identity["account"], ACCOUNT, "{identity}");
    let arn = identity["arn"].as_str().unwrap();
    assert!(
        arn.contains(&format!(":assumed-role/AWSReservedSSO_{ROLE}_")),
        "{arn}"
    );
    assert!(identity["key"].as_str().unwrap().starts_with("ASIA"));
}

/// The profile that makes that test a client that asks twice: at the start, and when it reads a line.
pub const TWICE: &str = "twice, without a profile";

/// The name of the test that is a client with the SDK for Rust, when it runs in a process of its own.
pub fn rust_sdk_test() -> String {
    "interop::sdk_clients::rust_sdk_in_a_child_process".to_owned()
}
