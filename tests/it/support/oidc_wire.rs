//! The OIDC half of Identity Center on the wire, for a client that knows nothing of genkan: registration, device flow, tokens.

use serde_json::{Value, json};

use crate::support::env::TestEnv;
use crate::support::http::post_json;

pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A client registered with the portal's scope.
pub fn register(env: &TestEnv) -> Value {
    let body = json!({"clientName": "a test", "clientType": "public", "scopes": ["sso:account:access"]});
    post_json(&env.sandbox.url(), "/client/register", &body).json()
}

pub fn start_device(env: &TestEnv, client: &Value) -> Value {
    let body = json!({
        "clientId": client["clientId"], "clientSecret": client["clientSecret"],
        "startUrl": env.sandbox.start_url(),
    });
    post_json(&env.sandbox.url(), "/device_authorization", &body).json()
}

pub fn redeem(env: &TestEnv, client: &Value, device: &Value) -> crate::support::http::Answer {
    let body = json!({
        "clientId": client["clientId"], "clientSecret": client["clientSecret"],
        "grantType": DEVICE_CODE, "deviceCode": device["deviceCode"],
    });
    post_json(&env.sandbox.url(), "/token", &body)
}

pub fn refresh(env: &TestEnv, client: &Value, token: &Value) -> crate::support::http::Answer {
    let body = json!({
        "clientId": client["clientId"], "clientSecret": client["clientSecret"],
        "grantType": "refresh_token", "refreshToken": token,
    });
    post_json(&env.sandbox.url(), "/token", &body)
}

/// An access token.
pub fn signed_in(env: &TestEnv) -> (Value, Value) {
    let client = register(env);
    let device = start_device(env, &client);
    assert!(
        env.sandbox
            .control()
            .approve(device["userCode"].as_str().unwrap())
    );
    (redeem(env, &client, &device).json(), client)
}

pub fn token(env: &TestEnv) -> String {
    signed_in(env).0["accessToken"].as_str().unwrap().to_owned()
}

/// A sandbox in which the user must press the button.
pub fn test_env() -> TestEnv {
    TestEnv::with(|options| options.auto_approve = false)
}
