//! The portal where no sign-in is to be started: it lists what is known and says why it does no more.

use crate::support::env::{TARGET, TestEnv};
use crate::support::screen::Screen;

fn signed_out_with_a_list(env: &TestEnv) {
    env.sign_in();
    env.output(&["list"]);
    let tokens = env.path(".aws/sso/cache");
    std::fs::remove_dir_all(tokens).unwrap();
}

#[test]
fn portal_lists_what_is_cached_and_starts_no_sign_in() {
    let mut env = TestEnv::new();
    signed_out_with_a_list(&env);
    env.environment.insert("GENKAN_NO_SIGN_IN".into(), "1".into());
    let before = env.sandbox.counts().start_device_authorization;
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("signed out, and no sign-in is started: GENKAN_NO_SIGN_IN is set");
    assert!(screen.text().contains("100 targets"), "{}", screen.text());
    assert!(!screen.text().contains("^G sign in"), "{}", screen.text());
    // Neither for a target, nor for a refresh, nor when it is asked for.
    for keys in ["payments-dev adm\r", "\x12", "\x07"] {
        screen.type_keys(keys);
        screen.wait("✗ no sign-in is started: GENKAN_NO_SIGN_IN is set");
        screen.type_keys("\x1b");
        screen.gone("✗ no sign-in");
    }
    screen.type_keys("\x03");
    screen.exit();
    screen.is_whole();
    // Nothing to list: the same is said, and nothing is asked of AWS.
    env.output(&["logout"]);
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("✗ no sign-in is started: GENKAN_NO_SIGN_IN is set");
    screen.type_keys("\x03");
    screen.exit();
    assert_eq!(env.sandbox.counts().start_device_authorization, before);
}

#[test]
fn program_that_acts_for_the_user_starts_none_in_the_portal() {
    let mut env = TestEnv::new();
    signed_out_with_a_list(&env);
    env.write(
        ".config/genkan/config.toml",
        "[agents]\nallow = [{ account = \"*\" }]\n",
    );
    env.environment.insert("CLAUDECODE".into(), "1".into());
    let mut screen = Screen::genkan(&env, &["shell", TARGET]);
    screen.wait("CLAUDECODE is set");
    assert_eq!(screen.exit(), 3);
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("no sign-in is started: CLAUDECODE is set");
    screen.type_keys("\x03");
    screen.exit();
}
