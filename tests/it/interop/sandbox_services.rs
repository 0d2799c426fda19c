//! The sandbox beside its sign-in, seen by a client that knows nothing: portal API, STS, federation, pages, limits and
//! faults.

use std::time::{Duration, Instant};

use genkan::sandbox::{Fault, Operation, Organisation, RateKind, RateLimit};
use serde_json::json;

use crate::support::env::{ACCOUNT, TestEnv};
use crate::support::http::{get, get_with_token, post_form, post_json, request};
use crate::support::oidc_wire::{start_device, test_env, token};
use crate::support::wait::until;

#[test]
fn accounts_are_paginated() {
    let env = test_env();
    let (url, token) = (env.sandbox.url(), token(&env));
    let page = |query: &str| get_with_token(&url, &format!("/assignment/accounts{query}"), &token);
    let first = page("").json();
    assert_eq!(
        first["accountList"].as_array().unwrap().len(),
        20,
        "the default page"
    );
    let next = first["nextToken"].as_str().unwrap();
    let second = page(&format!("?next_token={next}")).json();
    assert_eq!(second["accountList"].as_array().unwrap().len(), 20);
    assert!(second["nextToken"].is_null());
    let all = page("?max_result=100").json();
    assert_eq!(all["accountList"].as_array().unwrap().len(), 40);
    for member in ["accountId", "accountName", "emailAddress"] {
        assert!(all["accountList"][0][member].is_string());
    }
    for wrong in [
        "?max_result=101",
        "?max_result=0",
        "?max_result=x",
        "?next_token=made-up",
    ] {
        let answer = page(wrong);
        assert_eq!(answer.error(), (400, "InvalidRequestException"), "{wrong}");
        assert!(answer.json()["message"].is_string());
        assert_eq!(
            answer.json()["__type"],
            "com.amazonaws.switchboard.portal#InvalidRequestException"
        );
    }
    let roles = format!("/assignment/roles?account_id={ACCOUNT}&next_token={next}");
    assert_eq!(
        get_with_token(&url, &roles, &token).status,
        400,
        "a token opens its own listing only"
    );
}

#[test]
fn credentials_are_issued_for_assignments_only() {
    let env = test_env();
    let (url, token) = (env.sandbox.url(), token(&env));
    let roles = get_with_token(&url, &format!("/assignment/roles?account_id={ACCOUNT}"), &token).json();
    assert_eq!(roles["roleList"][0]["roleName"], "AdministratorAccess");
    let issue = |account: &str, role: &str| {
        let path = format!("/federation/credentials?account_id={account}&role_name={role}");
        get_with_token(&url, &path, &token)
    };
    let issued = issue(ACCOUNT, "AdministratorAccess").json()["roleCredentials"].clone();
    assert!(issued["accessKeyId"].as_str().unwrap().starts_with("ASIA"));
    let left =
        issued["expiration"].as_i64().unwrap() - genkan::platform::clock::current_time().as_millisecond();
    assert!((3_500_000..3_700_000).contains(&left), "milliseconds: {left}");
    assert_eq!(issue(ACCOUNT, "Unassigned").error(), (403, "ForbiddenException"));
    assert_eq!(
        issue("999999999999", "AdministratorAccess").error(),
        (403, "ForbiddenException")
    );
    assert_eq!(
        issue("12", "AdministratorAccess").error(),
        (400, "InvalidRequestException")
    );
    env.sandbox
        .control()
        .revoke_assignment(ACCOUNT, "AdministratorAccess");
    assert_eq!(
        issue(ACCOUNT, "AdministratorAccess").error(),
        (403, "ForbiddenException")
    );
    assert_eq!(
        get(&url, "/assignment/accounts").error(),
        (400, "InvalidRequestException")
    );
    assert_eq!(
        get_with_token(&url, "/assignment/accounts", "x").error(),
        (401, "UnauthorizedException")
    );
}

#[test]
fn requests_above_the_rate_limit_get_429() {
    let env = TestEnv::with(|options| {
        options.auto_approve = false;
        // Another one is admitted after a thousand seconds.
        options.rate = Some(0.001.into());
    });
    let (url, token) = (env.sandbox.url(), token(&env));
    let statuses = [(); 3].map(|()| get_with_token(&url, "/assignment/accounts", &token).status);
    assert_eq!(statuses, [200, 429, 429]);
    assert_eq!(env.sandbox.counts().throttled, 2);
}

/// Whatever delays the answers: two requests that keep the distance are admitted, though both are answered at once.
#[test]
fn rate_limit_counts_when_requests_arrive() {
    let distance = Duration::from_millis(100);
    let env = TestEnv::with(|options| {
        options.auto_approve = false;
        options.rate = Some(RateLimit::new(1.0 / distance.as_secs_f64()).counted(RateKind::Bucket(0.0)));
    });
    let (url, token) = (env.sandbox.url(), token(&env));
    let control = env.sandbox.control();
    control.hold_answers(Operation::ListAccounts);
    std::thread::scope(|scope| {
        let ask = || scope.spawn(|| get_with_token(&url, "/assignment/accounts", &token).status);
        let first = ask();
        until("the first request", || env.sandbox.counts().in_flight == 1);
        std::thread::sleep(2 * distance);
        let second = ask();
        until("the second request", || env.sandbox.counts().in_flight == 2);
        control.release_answers();
        assert_eq!([first, second].map(|asked| asked.join().unwrap()), [200, 200]);
    });
}

#[test]
fn sts_requires_a_valid_signature() {
    let env = test_env();
    let url = env.sandbox.url();
    let answer = post_form(
        &url,
        "/",
        &[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")],
    );
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("<Code>MissingAuthenticationToken</Code>"));
    assert!(
        post_form(&url, "/", &[("Action", "Nonsense")])
            .text()
            .contains("<Code>InvalidAction</Code>")
    );
}

#[test]
fn federation_signs_in_to_the_console() {
    let env = test_env();
    let (url, token) = (env.sandbox.url(), token(&env));
    let path = format!("/federation/credentials?account_id={ACCOUNT}&role_name=AdministratorAccess");
    let issued = get_with_token(&url, &path, &token).json()["roleCredentials"].clone();
    let session = json!({
        "sessionId": issued["accessKeyId"], "sessionKey": issued["secretAccessKey"], "sessionToken": issued["sessionToken"],
    })
    .to_string();
    let posted = post_form(
        &url,
        "/federation",
        &[("Action", "getSigninToken"), ("Session", &session)],
    )
    .json();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", "getSigninToken")
        .append_pair("Session", &session)
        .append_pair("SessionDuration", "900")
        .finish();
    let got = get(&url, &format!("/federation?{query}")).json();
    assert_ne!(posted["SigninToken"], got["SigninToken"]);
    let refused = post_form(
        &url,
        "/federation",
        &[("Action", "getSigninToken"), ("Session", "{}")],
    );
    assert_eq!(refused.status, 400);
    let login = |destination: &str, token: &str| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", "login")
            .append_pair("Issuer", "https://example.com")
            .append_pair("Destination", destination)
            .append_pair("SigninToken", token)
            .finish();
        get(&url, &format!("/federation?{query}"))
    };
    let destination = "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1";
    let token = posted["SigninToken"].as_str().unwrap();
    assert_eq!(login("https://evil.example/", token).status, 400);
    assert_eq!(login(destination, "made-up").status, 400);
    let answer = login(destination, token);
    assert_eq!(answer.status, 302);
    let cookie = answer
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let location = answer.header("location").unwrap();
    let page = request(&url, "GET", location, &[("cookie", &cookie)], b"")
        .unwrap()
        .text();
    for text in [
        "payments-dev",
        ACCOUNT,
        "AdministratorAccess",
        "eu-west-1",
        ">s3<",
    ] {
        assert!(page.contains(text), "{text} in {page}");
    }
    assert_eq!(
        get(&url, location).status,
        400,
        "without the cookie no one is signed in"
    );
}

#[test]
fn pages_escape_hostile_names() {
    let env = TestEnv::with(|options| {
        options.auto_approve = false;
        options.organisation = Organisation::hostile();
    });
    let url = env.sandbox.url();
    let body =
        json!({"clientName": "<script>alert(1)</script>\u{202e}", "clientType": "public", "scopes": ["<b>"]});
    let client = post_json(&url, "/client/register", &body).json();
    let device = start_device(&env, &client);
    let page = get(
        &url,
        &format!("/device?user_code={}", device["userCode"].as_str().unwrap()),
    )
    .text();
    assert!(page.contains("&lt;script&gt;alert(1)"));
    for sign in ["<script", "<b>GmbH", "<img", "\u{202e}", "\u{1b}"] {
        assert!(!page.contains(sign), "{sign:?}");
    }
}

#[test]
fn other_host_headers_are_refused() {
    let env = test_env();
    let url = env.sandbox.url();
    let evil = request(&url, "GET", "/device", &[("host", "evil.example")], b"").unwrap();
    assert_eq!(evil.status, 421);
    assert_eq!(get(&url, "/nowhere").status, 404);
    let long = request(&url, "POST", "/token", &[], &vec![b'x'; 300_000]);
    assert!(long.is_err() || long.unwrap().status == 413);
}

#[test]
fn faults_are_injected_as_requested() {
    let env = test_env();
    let (url, token) = (env.sandbox.url(), token(&env));
    let control = env.sandbox.control();
    let list = || {
        request(
            &url,
            "GET",
            "/assignment/accounts",
            &[("x-amz-sso_bearer_token", &token)],
            b"",
        )
    };
    let inject = |fault: Fault| control.inject(Operation::ListAccounts, &fault, 1);
    inject(Fault::TooManyRequests {
        retry_after: Some(3),
        named: true,
    });
    let throttled = list().unwrap();
    assert_eq!(
        (throttled.status, throttled.header("retry-after")),
        (429, Some("3"))
    );
    inject(Fault::Reset);
    assert_eq!(list().unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    inject(Fault::TruncatedBody);
    assert!(list().is_err());
    inject(Fault::SlowBody(Duration::from_millis(500)));
    let begun = Instant::now();
    assert_eq!(list().unwrap().status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(400));
    inject(Fault::WrongContentType);
    assert_eq!(list().unwrap().header("content-type"), Some("text/html"));
    inject(Fault::OversizedBody(3_000_000));
    assert!(list().unwrap().body.len() > 3_000_000);
    assert_eq!(list().unwrap().status, 200, "each fault counts once");
    assert_eq!(env.sandbox.counts().faults, 6);
}
