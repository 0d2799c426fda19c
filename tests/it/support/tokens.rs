//! The token file of the sandbox's session, as time or another tool would change it.

use crate::support::env::TestEnv;

pub const TOKEN_FILE: &str = ".aws/sso/cache/89e495e7941cf9e40e6980d14a16bf023ccd4c91.json";

/// Sets a field of the token file, as time or another tool would.
pub fn edit_token(env: &TestEnv, change: impl FnOnce(&mut serde_json::Value)) {
    let mut token: serde_json::Value = serde_json::from_str(&env.read(TOKEN_FILE)).unwrap();
    change(&mut token);
    env.write(TOKEN_FILE, &token.to_string());
}

pub fn expire_token(env: &TestEnv) {
    edit_token(env, |token| token["expiresAt"] = "2020-01-01T00:00:00Z".into());
    env.sandbox.control().revoke_access_tokens();
}

/// The token file of another sign-in to the same session, made in another home.
pub fn other_sign_in(env: &TestEnv) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut login = env.command(&["login", "--no-browser"]);
    let config = env.path(".aws/config");
    let output = login
        .env("HOME", home.path())
        .env("AWS_CONFIG_FILE", config)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    std::fs::read_to_string(home.path().join(TOKEN_FILE)).unwrap()
}
