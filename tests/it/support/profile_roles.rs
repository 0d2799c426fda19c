//! Profiles whose roles are assumed with plain keys.

use genkan::sandbox::IamAccessKey;

use super::env::TestEnv;
use super::iam_users::keys;

pub const JUMP: &str = "arn:aws:iam::390178853927:role/JumpReadOnly";
pub const ADMIN: &str = "arn:aws:iam::390178853927:role/JumpAdministrator";

/// Keys as a section of the credentials file.
pub fn section(name: &str, key: &IamAccessKey) -> String {
    format!(
        "[{name}]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        key.access_key_id, key.secret_access_key
    )
}

/// Profiles `one` and `two`, which are roles that the keys of `ci` in the credentials file assume.
pub fn with_keys(user: &str, more: &str) -> (TestEnv, IamAccessKey) {
    let env = TestEnv::new();
    let key = keys(&env, user).remove(0);
    env.write(".aws/credentials", &section("ci", &key));
    let role = |name: &str, arn: &str| {
        format!("[profile {name}]\nrole_arn = {arn}\nsource_profile = ci\nregion = ap-northeast-1\n{more}\n")
    };
    let config = [env.sso_session("demo"), role("one", JUMP), role("two", ADMIN)].concat();
    env.write(".aws/config", &config);
    (env, key)
}

/// The serial number of a user's device, which is the same in every sandbox.
pub fn device(user: &str) -> String {
    let env = TestEnv::new();
    keys(&env, user)[0].mfa_serial.clone().unwrap()
}
