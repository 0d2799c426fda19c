//! IAM users of the sandbox, and an encrypted file that opens quickly.

use genkan::domain::Secret;
use genkan::platform::files::paths::{PathVariables, Paths};
use genkan::sandbox::IamAccessKey;
use genkan::store::EncryptedFile;

use crate::support::env::{CommandResult, TestEnv};
use crate::support::input;

/// The passphrase of the encrypted file.
pub const PASSPHRASE: &str = "correct horse battery staple";

/// A user without an MFA device and with two keys.
pub const WITHOUT_MFA: &str = "ren.sato";
/// A user with a device.
pub const WITH_MFA: &str = "ayumi.mori";
/// A user with a device, who may call IAM only with MFA.
pub const REQUIRES_MFA: &str = "deploy";

/// The sandbox's keys of a user.
pub fn keys(env: &TestEnv, user: &str) -> Vec<IamAccessKey> {
    let keys = env.sandbox.iam_access_keys().into_iter();
    keys.filter(|key| key.user_name == user).collect()
}

/// Where the program keeps its files.
pub fn paths(env: &TestEnv) -> Paths {
    let variables = PathVariables {
        home: Some(env.home.path().to_owned()),
        ..PathVariables::default()
    };
    Paths::resolve(&variables).unwrap()
}

/// The encrypted file, in its cheapest form.
pub fn encrypted_file(env: &TestEnv) -> EncryptedFile {
    EncryptedFile::new(&paths(env)).with_work(2)
}

/// An environment whose encrypted file is there already and opens quickly; a program gives its passphrase.
pub fn with_file(env: &TestEnv) {
    let more = format!("passphrase_process = \"echo '{PASSPHRASE}'\"\n");
    let path = ".config/genkan/config.toml";
    let before = std::fs::read_to_string(env.path(path)).unwrap_or_default();
    env.write(path, &format!("{more}{before}"));
    let passphrase = Secret::new(PASSPHRASE);
    encrypted_file(env)
        .save(&passphrase, "other", &Secret::new("kept"))
        .unwrap();
}

/// What the encrypted file has under a name.
pub fn in_file(env: &TestEnv, entry: &str) -> Option<String> {
    let loaded = encrypted_file(env).load(&Secret::new(PASSPHRASE), entry);
    loaded.unwrap().map(|secret| secret.expose().to_owned())
}

/// Runs the program with a text on its standard input.
pub fn run_with_input(env: &TestEnv, arguments: &[&str], input: &str) -> CommandResult {
    input::run_with_input(&mut env.command(arguments), input)
}

/// Adds a key of the sandbox's under a name.
pub fn add(env: &TestEnv, name: &str, key: &IamAccessKey) -> CommandResult {
    let input = format!("{}\n{}\n", key.access_key_id, key.secret_access_key);
    let added = run_with_input(env, &["iam-user", "add", name], &input);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    added
}

/// Deletes the second of a user's two keys, so that a new one can be created.
pub fn keep_one_key(env: &TestEnv, name: &str, user: &str) {
    let [_, second] = &keys(env, user)[..] else {
        return;
    };
    let arguments = ["iam-user", "rotate", name, "--delete", &second.access_key_id];
    env.output(&arguments);
}
