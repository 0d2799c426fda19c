//! How long a console session lasts, and with which credentials it is asked for.

use std::time::Duration;

use genkan::sandbox::{Fault, Operation};

use crate::support::env::{House, TARGET};
use crate::support::http;

/// Opens the login link as a browser does; how many minutes the console session has left.
fn minutes_of(house: &House) -> i64 {
    let link: url::Url = house
        .output(&["console", TARGET, "--print"])
        .trim()
        .parse()
        .unwrap();
    let url = house.sandbox.url();
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
fn it_is_twelve_hours_or_what_the_credentials_have_left() {
    let house = House::new();
    house.sign_in();
    assert!((718..=720).contains(&minutes_of(&house)));
    // As for chained credentials: a 400 for the duration.
    house
        .sandbox
        .control()
        .inject(Operation::GetSigninToken, &Fault::BadRequest, 1);
    assert!((58..=60).contains(&minutes_of(&house)));
}

#[test]
fn credentials_with_little_left_are_not_used_for_it() {
    let house = House::new();
    house.sign_in();
    let control = house.sandbox.control();
    let given = || house.sandbox.counts().get_role_credentials;
    control.set_role_credentials_lifetime(Duration::from_mins(40));
    house.output(&["export", TARGET, "--format", "json"]);
    control.set_role_credentials_lifetime(Duration::from_hours(1));
    let before = given();
    control.inject(Operation::GetSigninToken, &Fault::BadRequest, 1);
    assert!((58..=60).contains(&minutes_of(&house)), "new ones");
    assert_eq!(given(), before + 1);
    minutes_of(&house);
    assert_eq!(given(), before + 1, "those are cached and will do");
    // Revoked in between: the console's sign-in refuses them, and new ones are asked for.
    control.expire_role_credentials();
    assert!((718..=720).contains(&minutes_of(&house)));
    assert_eq!(given(), before + 2);
}
