//! The sandbox on the wire, seen by a client that knows nothing: shapes, errors, lifetimes, pages.

use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::http::{get, get_with_token, post_form, post_json, request};
use crate::support::oidc_wire::{redeem, refresh, register, signed_in, start_device, test_env};
use crate::support::text::between;
use crate::support::wait::at_pace;

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
    let mut device = Value::Null;
    let mut before = env.sandbox.counts().device_code;
    at_pace(|| {
        before = env.sandbox.counts().device_code;
        device = start_device(&env, &client);
        let first = Instant::now();
        assert_eq!(
            redeem(&env, &client, &device).error(),
            (400, "AuthorizationPendingException")
        );
        let body = redeem(&env, &client, &device);
        // Within the interval of a second, from which a little is forgiven.
        if first.elapsed() > Duration::from_millis(850) {
            return false;
        }
        assert_eq!(
            (body.error(), body.json()["error"].as_str()),
            ((400, "SlowDownException"), Some("slow_down"))
        );
        std::thread::sleep(Duration::from_millis(1_100));
        let again = redeem(&env, &client, &device);
        // Nor within six seconds.
        if first.elapsed() > Duration::from_millis(5_500) {
            return false;
        }
        assert_eq!(
            again.error(),
            (400, "SlowDownException"),
            "the interval grew for good"
        );
        true
    });
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
        (
            counts.pending - before.pending,
            counts.slow_down - before.slow_down,
            counts.issued - before.issued,
            counts.refused - before.refused
        ),
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
