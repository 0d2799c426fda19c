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
