//! The sandbox on the wire, seen by a client that knows nothing: shapes, errors, lifetimes, pages.

use std::time::{Duration, Instant};

use base64::Engine as _;
use genkan::sandbox::{Fault, Operation, Organisation};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::env::{ACCOUNT, TestEnv};
use crate::support::http::{get, get_with_token, post_form, post_json, request};
use crate::support::text::between;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A client registered with the portal's scope.
fn register(env: &TestEnv) -> Value {
    let body = json!({"clientName": "a test", "clientType": "public", "scopes": ["sso:account:access"]});
    post_json(&env.sandbox.url(), "/client/register", &body).json()
}

fn start_device(env: &TestEnv, client: &Value) -> Value {
    let body = json!({
        "clientId": client["clientId"], "clientSecret": client["clientSecret"],
        "startUrl": env.sandbox.start_url(),
    });
    post_json(&env.sandbox.url(), "/device_authorization", &body).json()
}

fn redeem(env: &TestEnv, client: &Value, device: &Value) -> crate::support::http::Answer {
    let body = json!({
        "clientId": client["clientId"], "clientSecret": client["clientSecret"],
        "grantType": DEVICE_CODE, "deviceCode": device["deviceCode"],
    });
    post_json(&env.sandbox.url(), "/token", &body)
}

fn refresh(env: &TestEnv, client: &Value, token: &Value) -> crate::support::http::Answer {
    let body = json!({
        "clientId": client["clientId"], "clientSecret": client["clientSecret"],
        "grantType": "refresh_token", "refreshToken": token,
    });
    post_json(&env.sandbox.url(), "/token", &body)
}

/// A sandbox in which a person must press the button.
fn test_env() -> TestEnv {
    TestEnv::with(|options| options.auto_approve = false)
}

/// An access token.
fn signed_in(env: &TestEnv) -> (Value, Value) {
    let client = register(env);
    let device = start_device(env, &client);
    assert!(
        env.sandbox
            .control()
            .approve(device["userCode"].as_str().unwrap())
    );
    (redeem(env, &client, &device).json(), client)
}

fn token(env: &TestEnv) -> String {
    signed_in(env).0["accessToken"].as_str().unwrap().to_owned()
}

#[test]
fn client_registration_lasts_ninety_days() {
    let env = test_env();
    let client = register(&env);
    let day = 86_400;
    let life =
        client["clientSecretExpiresAt"].as_i64().unwrap() - client["clientIdIssuedAt"].as_i64().unwrap();
    assert_eq!(life, 90 * day);
    let url = env.sandbox.url();
    for (body, error) in [
        (json!({"clientType": "public"}), "InvalidClientMetadataException"),
        (
            json!({"clientName": "x", "clientType": "confidential"}),
            "InvalidClientMetadataException",
        ),
        (
            json!({"clientName": "x", "clientType": "public", "scopes": ["a b"]}),
            "InvalidScopeException",
        ),
        (
            json!({"clientName": "x", "clientType": "public", "grantTypes": ["password"]}),
            "UnsupportedGrantTypeException",
        ),
        (
            json!({"clientName": "x", "clientType": "public", "grantTypes": ["authorization_code"],
                   "redirectUris": ["https://evil.example/"], "issuerUrl": env.sandbox.start_url()}),
            "InvalidRedirectUriException",
        ),
        (json!([]), "InvalidRequestException"),
    ] {
        let answer = post_json(&url, "/client/register", &body);
        assert_eq!(answer.error(), (400, error), "{body}");
        assert!(answer.json()["error"].is_string() && answer.json()["error_description"].is_string());
        assert!(
            answer
                .header("x-amzn-errortype")
                .unwrap()
                .contains(":http://internal.amazon.com/")
        );
        assert!(answer.header("x-amzn-requestid").is_some());
    }
}

#[test]
fn device_authorization_has_the_shape_of_aws() {
    let env = test_env();
    let client = register(&env);
    let device = start_device(&env, &client);
    assert_eq!(device["deviceCode"].as_str().unwrap().len(), 86);
    let code = device["userCode"].as_str().unwrap();
    assert!(code.len() == 9 && code.as_bytes()[4] == b'-');
    assert_eq!(
        (device["expiresIn"].as_i64(), device["interval"].as_i64()),
        (Some(600), Some(1))
    );
    let uri = device["verificationUri"].as_str().unwrap();
    assert_eq!(
        device["verificationUriComplete"].as_str().unwrap(),
        format!("{uri}?user_code={code}")
    );
    let url = env.sandbox.url();
    let wrong = |id: &Value, secret: &str, start: &str| {
        let body = json!({"clientId": id, "clientSecret": secret, "startUrl": start});
        post_json(&url, "/device_authorization", &body)
    };
    let secret = client["clientSecret"].as_str().unwrap();
    let elsewhere = wrong(&client["clientId"], secret, "https://other.awsapps.com/start");
    assert_eq!(elsewhere.error(), (400, "InvalidRequestException"));
    let stranger = wrong(&client["clientId"], "wrong", &env.sandbox.start_url());
    assert_eq!(stranger.error(), (401, "InvalidClientException"));
    for spelling in ["", "/", "#", "#/", "/#/"] {
        let start = format!("{}{spelling}", env.sandbox.start_url());
        assert_eq!(
            wrong(&client["clientId"], secret, &start).status,
            200,
            "{spelling}"
        );
    }
}

#[test]
fn polling_is_pending_then_slow_down_then_granted_once() {
    let env = test_env();
    let client = register(&env);
    let device = start_device(&env, &client);
    assert_eq!(
        redeem(&env, &client, &device).error(),
        (400, "AuthorizationPendingException")
    );
    let body = redeem(&env, &client, &device);
    assert_eq!(
        (body.error(), body.json()["error"].as_str()),
        ((400, "SlowDownException"), Some("slow_down"))
    );
    std::thread::sleep(Duration::from_millis(1_100));
    let again = redeem(&env, &client, &device);
    assert_eq!(
        again.error(),
        (400, "SlowDownException"),
        "the interval grew for good"
    );
    assert!(
        env.sandbox
            .control()
            .approve(device["userCode"].as_str().unwrap())
    );
    let tokens = redeem(&env, &client, &device).json();
    assert_eq!(tokens["tokenType"], "Bearer");
    assert_eq!(tokens["expiresIn"], 3_600);
    assert!(tokens["refreshToken"].is_string());
    assert_eq!(
        redeem(&env, &client, &device).error(),
        (400, "InvalidGrantException")
    );
    let counts = env.sandbox.counts().device_code;
    assert_eq!(
        (counts.pending, counts.slow_down, counts.issued, counts.refused),
        (1, 2, 1, 1)
    );
}

#[test]
fn denied_and_expired_codes_are_reported() {
    let env = test_env();
    let client = register(&env);
    let denied = start_device(&env, &client);
    assert!(env.sandbox.control().deny(denied["userCode"].as_str().unwrap()));
    assert_eq!(
        redeem(&env, &client, &denied).error(),
        (400, "AccessDeniedException")
    );
    let expired = start_device(&env, &client);
    env.sandbox.control().expire_device_codes();
    assert_eq!(
        redeem(&env, &client, &expired).error(),
        (400, "ExpiredTokenException")
    );
    assert!(
        !env.sandbox
            .control()
            .approve(expired["userCode"].as_str().unwrap())
    );
}

#[test]
fn token_without_scopes_lives_eight_hours_and_has_no_refresh() {
    let env = test_env();
    let body = json!({"clientName": "old", "clientType": "public"});
    let client = post_json(&env.sandbox.url(), "/client/register", &body).json();
    let device = start_device(&env, &client);
    assert!(
        env.sandbox
            .control()
            .approve(device["userCode"].as_str().unwrap())
    );
    let tokens = redeem(&env, &client, &device).json();
    assert_eq!(tokens["expiresIn"], 28_800);
    assert!(tokens.get("refreshToken").is_none());
}

#[test]
fn tokens_refresh_until_the_portal_session_ends() {
    let env = test_env();
    let (tokens, client) = signed_in(&env);
    let second = refresh(&env, &client, &tokens["refreshToken"]).json();
    assert_ne!(second["accessToken"], tokens["accessToken"]);
    assert_ne!(second["refreshToken"], tokens["refreshToken"]);
    let url = env.sandbox.url();
    let works = |t: &Value| get_with_token(&url, "/assignment/accounts", t.as_str().unwrap()).status;
    assert_eq!(
        (works(&tokens["accessToken"]), works(&second["accessToken"])),
        (200, 200)
    );
    env.sandbox.control().revoke_access_tokens();
    assert_eq!(works(&second["accessToken"]), 401);
    let third = refresh(&env, &client, &second["refreshToken"]).json();
    assert_eq!(works(&third["accessToken"]), 200);
    let out = request(
        &url,
        "POST",
        "/logout",
        &[("x-amz-sso_bearer_token", third["accessToken"].as_str().unwrap())],
        b"",
    );
    assert_eq!(out.unwrap().status, 200);
    assert_eq!(
        works(&third["accessToken"]),
        401,
        "logout ends the portal session"
    );
    let gone = refresh(&env, &client, &third["refreshToken"]);
    assert_eq!(
        (gone.error(), gone.json()["error"].as_str()),
        ((400, "InvalidGrantException"), Some("invalid_grant"))
    );
}

#[test]
fn authorization_code_flow_with_pkce() {
    let env = test_env();
    let url = env.sandbox.url();
    let client = post_json(
        &url,
        "/client/register",
        &json!({"clientName": "pkce", "clientType": "public", "scopes": ["sso:account:access"],
                "grantTypes": ["authorization_code", "refresh_token"],
                "redirectUris": ["http://127.0.0.1/oauth/callback"], "issuerUrl": env.sandbox.start_url()}),
    )
    .json();
    let verifier = "a".repeat(64);
    let challenge = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
    let redirect = "http://127.0.0.1:45678/oauth/callback";
    let query = |redirect: &str| {
        let pairs = [
            ("response_type", "code"),
            ("client_id", client["clientId"].as_str().unwrap()),
            ("redirect_uri", redirect),
            ("state", "the state"),
            ("code_challenge_method", "S256"),
            ("code_challenge", challenge.as_str()),
            ("scopes", "sso:account:access"),
        ];
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
    };
    let evil = get(
        &url,
        &format!("/authorize?{}", query("http://evil.example/oauth/callback")),
    );
    assert_eq!(
        (evil.status, evil.header("location")),
        (400, None),
        "never sent to a stranger"
    );
    let path = format!("/authorize?{}", query(redirect));
    let page = get(&url, &path);
    assert!(page.text().contains("pkce</b>, a program on this machine"));
    let seal = between(&page.text(), "name=seal value=\"", "\"");
    let forged = post_form(&url, &path, &[("decision", "allow"), ("seal", "x")]);
    assert_eq!(forged.status, 400);
    let denied = post_form(&url, &path, &[("decision", "deny"), ("seal", &seal)]);
    assert!(denied.header("location").unwrap().contains("error=access_denied"));
    let allowed = post_form(&url, &path, &[("decision", "allow"), ("seal", &seal)]);
    let location = url::Url::parse(allowed.header("location").unwrap()).unwrap();
    let pairs: std::collections::HashMap<_, _> = location.query_pairs().into_owned().collect();
    assert_eq!(pairs["state"], "the state");
    let redeem = |verifier: &str| {
        let body = json!({
            "clientId": client["clientId"], "clientSecret": client["clientSecret"], "grantType": "authorization_code",
            "code": pairs["code"], "codeVerifier": verifier, "redirectUri": redirect,
        });
        post_json(&url, "/token", &body)
    };
    assert!(redeem(&verifier).json()["refreshToken"].is_string());
    assert_eq!(
        redeem(&verifier).error(),
        (400, "InvalidGrantException"),
        "a code works once"
    );
}

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
    let vend = |account: &str, role: &str| {
        let path = format!("/federation/credentials?account_id={account}&role_name={role}");
        get_with_token(&url, &path, &token)
    };
    let vended = vend(ACCOUNT, "AdministratorAccess").json()["roleCredentials"].clone();
    assert!(vended["accessKeyId"].as_str().unwrap().starts_with("ASIA"));
    let left = vended["expiration"].as_i64().unwrap() - genkan::platform::clock::now().as_millisecond();
    assert!((3_500_000..3_700_000).contains(&left), "milliseconds: {left}");
    assert_eq!(vend(ACCOUNT, "Unassigned").error(), (403, "ForbiddenException"));
    assert_eq!(
        vend("999999999999", "AdministratorAccess").error(),
        (403, "ForbiddenException")
    );
    assert_eq!(
        vend("12", "AdministratorAccess").error(),
        (400, "InvalidRequestException")
    );
    env.sandbox
        .control()
        .revoke_assignment(ACCOUNT, "AdministratorAccess");
    assert_eq!(
        vend(ACCOUNT, "AdministratorAccess").error(),
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
        options.rate = Some(5.0);
    });
    let (url, token) = (env.sandbox.url(), token(&env));
    let statuses: Vec<u16> = (0..10)
        .map(|_| get_with_token(&url, "/assignment/accounts", &token).status)
        .collect();
    assert_eq!(statuses.first(), Some(&200));
    assert!(statuses.contains(&429), "{statuses:?}");
    assert!(env.sandbox.counts().throttled > 0);
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
    let vended = get_with_token(&url, &path, &token).json()["roleCredentials"].clone();
    let session = json!({
        "sessionId": vended["accessKeyId"], "sessionKey": vended["secretAccessKey"], "sessionToken": vended["sessionToken"],
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
fn device_page_asks_before_approval() {
    let env = test_env();
    let url = env.sandbox.url();
    let client = register(&env);
    let device = start_device(&env, &client);
    let code = device["userCode"].as_str().unwrap();
    assert!(get(&url, "/device").text().contains("Enter the code"));
    assert!(
        get(&url, "/device?user_code=ZZZZ-ZZZZ")
            .text()
            .contains("This code is unknown")
    );
    let typed = code.to_lowercase().replace('-', " ");
    let page = get(&url, &format!("/device?user_code={}", typed.replace(' ', "+"))).text();
    assert!(page.contains(code) && page.contains("a test"));
    assert!(!page.contains("<script"));
    let seal = between(&page, "name=seal value=\"", "\"");
    let forged = post_form(
        &url,
        "/device",
        &[("user_code", code), ("decision", "allow"), ("seal", "x")],
    );
    assert_eq!(forged.status, 400);
    assert_eq!(
        redeem(&env, &client, &device).error().1,
        "AuthorizationPendingException"
    );
    let done = post_form(
        &url,
        "/device",
        &[("user_code", code), ("decision", "allow"), ("seal", &seal)],
    );
    assert!(done.text().contains("You are signed in"));
    let policy = done.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(redeem(&env, &client, &device).status, 200);
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

/// What `genkan sandbox` prints is all that genkan, boto3 and the AWS CLI need; its files go with it.
#[test]
fn printed_environment_is_sufficient_for_clients() {
    use std::io::{BufRead as _, BufReader};
    let home = tempfile::tempdir().unwrap();
    let mut sandbox = std::process::Command::new(env!("CARGO_BIN_EXE_genkan"))
        .args(["sandbox", "--auto-approve"])
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", crate::support::env::path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(sandbox.stdout.take().unwrap()).lines();
    let mut environment = std::collections::BTreeMap::new();
    for line in lines.by_ref().map_while(Result::ok) {
        let Some(assignment) = line.strip_prefix("export ") else {
            break;
        };
        let (name, value) = assignment.split_once('=').unwrap();
        environment.insert(name.to_owned(), value.trim_matches('\'').to_owned());
    }
    let run = |program: &str, arguments: &[&str]| {
        let output = std::process::Command::new(program)
            .args(arguments)
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", crate::support::env::path())
            .envs(&environment)
            .output()
            .unwrap();
        let result = crate::support::env::command_result(output);
        assert_eq!(result.code, Some(0), "{program} {arguments:?}: {}", result.stderr);
        result.stdout
    };
    let genkan = env!("CARGO_BIN_EXE_genkan");
    run(genkan, &["login", "--no-browser"]);
    assert_eq!(run(genkan, &["list", "--format", "plain"]).lines().count(), 100);
    run(genkan, &["export", crate::support::env::TARGET]);
    run(genkan, &["export", "--profile", "sandbox"]);
    run(genkan, &["profiles", "--write"]);
    if let Some(python) = crate::support::peers::python() {
        let python = python.join("bin/python");
        let caller = "import boto3; print(boto3.Session(profile_name='sandbox').client('sts').get_caller_identity()['Arn'])";
        assert!(run(python.to_str().unwrap(), &["-c", caller]).contains("assumed-role"));
    }
    assert!(!home.path().join(".aws/config").exists() && !home.path().join(".aws/credentials").exists());
    let folder = std::path::Path::new(&environment["AWS_CONFIG_FILE"])
        .parent()
        .unwrap()
        .to_owned();
    assert!(folder.exists());
    let pid = rustix::process::Pid::from_child(&sandbox);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    sandbox.wait().unwrap();
    assert!(!folder.exists(), "its files go with it");
}
