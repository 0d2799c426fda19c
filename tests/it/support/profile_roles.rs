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

/// An environment with profiles `one` and `two`, which are roles that the keys of `ci` in the credentials file assume.
pub fn with_keys(user: &str, more: &str) -> (TestEnv, IamAccessKey) {
    let env = TestEnv::new();
    let key = write_profiles(&env, user, more);
    (env, key)
}

/// The same in an environment that is there.
pub fn write_profiles(env: &TestEnv, user: &str, more: &str) -> IamAccessKey {
    let key = keys(env, user).remove(0);
    env.write(".aws/credentials", &section("ci", &key));
    let role = |name: &str, arn: &str| {
        format!("[profile {name}]\nrole_arn = {arn}\nsource_profile = ci\nregion = ap-northeast-1\n{more}\n")
    };
    let config = [env.sso_session("demo"), role("one", JUMP), role("two", ADMIN)].concat();
    env.write(".aws/config", &config);
    key
}

/// A program that prints the code of a user's device, at the top of the preferences; the device's serial number.
pub fn code_by_program(env: &TestEnv, user: &str) -> String {
    let serial = keys(env, user)[0].mfa_serial.clone().unwrap();
    env.write("code", &env.sandbox.control().mfa_code(&serial).unwrap());
    let path = ".config/genkan/config.toml";
    let before = std::fs::read_to_string(env.path(path)).unwrap_or_default();
    let program = format!("mfa_process = \"cat '{}'\"\n", env.path("code").display());
    env.write(path, &format!("{program}{before}"));
    serial
}

/// The serial number of a user's device, which is the same in every sandbox.
pub fn device(user: &str) -> String {
    let env = TestEnv::new();
    keys(&env, user)[0].mfa_serial.clone().unwrap()
}
