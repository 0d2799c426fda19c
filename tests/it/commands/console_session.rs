//! How long a console session lasts, and with which credentials it is asked for.

use std::time::Duration;

use genkan::sandbox::{Fault, Operation};

use crate::support::env::{TARGET, TestEnv};
use crate::support::http;

/// Opens the login link as a browser does; how many minutes the console session has left.
fn minutes_of(env: &TestEnv) -> i64 {
    let link: url::Url = env
        .output(&["console", TARGET, "--print"])
        .trim()
        .parse()
        .unwrap();
    let url = env.sandbox.url();
    let login = http::get(&url, &format!("{}?{}", link.path(), link.query().unwrap()));
    let cookie = login
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let page = http::request(
        &url,
        "GET",
        login.header("location").unwrap(),
        &[("cookie", &cookie)],
        b"",
    )
    .unwrap();
    let text = page.text();
    let row = text.split("<dt>Minutes left</dt><dd>").nth(1).unwrap();
    row.split('<').next().unwrap().parse().unwrap()
}

#[test]
fn console_session_lasts_twelve_hours_or_as_long_as_the_credentials() {
    let env = TestEnv::new();
    env.sign_in();
    assert!((718..=720).contains(&minutes_of(&env)));
    // As for chained credentials: a 400 for the duration.
    env.sandbox
        .control()
        .inject(Operation::GetSigninToken, &Fault::BadRequest, 1);
    assert!((58..=60).contains(&minutes_of(&env)));
}

#[test]
fn console_does_not_use_credentials_that_expire_soon() {
    let env = TestEnv::new();
    env.sign_in();
    let control = env.sandbox.control();
    let given = || env.sandbox.counts().get_role_credentials;
    control.set_role_credentials_lifetime(Duration::from_mins(40));
    env.output(&["export", TARGET, "--format", "json"]);
    control.set_role_credentials_lifetime(Duration::from_hours(1));
    let before = given();
    control.inject(Operation::GetSigninToken, &Fault::BadRequest, 1);
    assert!((58..=60).contains(&minutes_of(&env)), "new ones");
    assert_eq!(given(), before + 1);
    minutes_of(&env);
    assert_eq!(given(), before + 1, "those are cached and will do");
    // Revoked in between: the console's sign-in refuses them, and new ones are asked for.
    control.expire_role_credentials();
    assert!((718..=720).contains(&minutes_of(&env)));
    assert_eq!(given(), before + 2);
}
