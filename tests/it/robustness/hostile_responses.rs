//! Servers whose every field, header and error is hostile: what is said of them, kept of them and drawn
//! of them has no effect.

use genkan::aws::{Aws, AwsOptions, Reply};
use genkan::domain::{ClientRegistration, PermissionSetName, Secret};
use genkan::platform::clock::Clock;
use std::path::Path;

use crate::support::env::{TestEnv, session};
use crate::support::hostile_text::{PAYLOADS, assert_clean, assert_result_is_clean, hidden_drawn};
use crate::support::screen::Screen;
use crate::support::stub_server::{StubServer, json, reply};
use crate::support::text::texts;

/// Every payload, as JSON writes it.
fn word() -> String {
    serde_json::to_string(&format!("{}word", PAYLOADS.concat())).unwrap()
}

/// What of it a header and XML can hold.
fn without_controls() -> String {
    PAYLOADS
        .concat()
        .replace(|c: char| c.is_control() || c == '\u{fffe}', "")
}

/// Signed in at the sandbox, and from then on in the hands of another server.
fn in_the_hands_of(server: &StubServer) -> TestEnv {
    let mut env = TestEnv::with_few_accounts();
    env.sign_in();
    for service in ["SSO", "SSO_OIDC", "STS", "SIGNIN"] {
        let name = format!("AWS_ENDPOINT_URL_{service}");
        env.environment.insert(name, server.url.clone());
    }
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        env.environment.insert(name.into(), "ASIAX".into());
    }
    env.environment.insert("GENKAN_LOG".into(), "trace".into());
    env
}

/// Errors of every operation: their codes, words, headers and reasons.
#[test]
fn hostile_error_responses_are_cleaned() {
    let word = word();
    let header = without_controls();
    let said = |status: &str, kind: &str| {
        let headers = format!(
            "content-type: application/json\r\nx-amzn-errortype: {header}{kind}\r\nlocation: /{header}\r\n\
            retry-after: {header}\r\nx-amzn-requestid: {header}\r\n"
        );
        let body = format!(
            "{{\"__type\":{word},\"error\":\"{kind}\",\"error_description\":{word},\"message\":{word}}}"
        );
        reply(status, &headers, &body)
    };
    let xml = reply(
        "403 Forbidden",
        "content-type: text/xml\r\n",
        &format!(
            "<ErrorResponse><Error><Code>{header}</Code><Message>{header}word</Message></Error><RequestId>{header}</RequestId></ErrorResponse>"
        ),
    );
    let cases = [
        said("400 Bad Request", "invalid_grant"),
        said("400 Bad Request", "invalid_client"),
        said("401 Unauthorized", "x"),
        said(&format!("403 {header}"), "ForbiddenException"),
        said("404 Not Found", "ResourceNotFoundException"),
        said("302 Found", "x"),
        said("418 \u{9b}31m\u{1b}[2J", "x"),
        xml,
        reply("200 OK", "content-type: application/json\r\n", &word),
        reply(
            "200 OK",
            &format!("content-type: {header}\r\n"),
            &format!("<html>{header}"),
        ),
    ];
    std::thread::scope(|scope| {
        for (at, bytes) in cases.iter().enumerate() {
            scope.spawn(move || {
                let server = StubServer::serve(vec![("/", bytes.clone())]);
                let env = in_the_hands_of(&server);
                for question in [
                    &["list", "--refresh"][..],
                    &["export", "310660284419/AdministratorAccess"],
                    &["credential-process", "310660284419/AdministratorAccess"],
                    &["whoami", "--verify"],
                    &["doctor"],
                    &["doctor", "--format", "json"],
                    &["logout"],
                    &["login", "--no-browser"],
                    &["login", "--no-browser", "--flow", "pkce"],
                    &["status"],
                ] {
                    assert_result_is_clean(&format!("{at} {question:?}"), &env.run(question));
                }
                let log = env.read(".local/state/genkan/genkan.log");
                assert_clean(&format!("{at} log"), &log);
                assert!(server.served() > 5, "{at}");
            });
        }
    });
}

/// No file of genkan's own holds what a terminal would obey. Tabs separate the fields of a catalog.
fn assert_files_are_clean(env: &TestEnv) {
    for folder in [".cache", ".local"] {
        for (path, text) in texts(&env.path(folder)) {
            let is_catalog = Path::new(&path).extension().is_some_and(|e| e == "catalog");
            let text = if is_catalog { text.replace('\t', " ") } else { text };
            assert_clean(&path, &text);
        }
    }
}

/// What is no error: codes, ids, tokens, names.
#[test]
fn hostile_success_responses_are_cleaned() {
    let word = word();
    let xml = without_controls();
    let device = json(&format!(
        "{{\"deviceCode\":{word},\"userCode\":{word},\"verificationUri\":\"https://device.sso.ap-northeast-1.amazonaws.com/\",\"expiresIn\":600,\"interval\":1}}"
    ));
    let accounts = json(&format!(
        "{{\"accountList\":[{{\"accountId\":\"310660284419\",\"accountName\":{word},\"emailAddress\":{word}}},\
         {{\"accountId\":{word},\"accountName\":{word}}},{{\"accountId\":\"000000000007\",\"accountName\":\"seven\"}}]}}"
    ));
    let roles = json(&format!(
        "{{\"roleList\":[{{\"roleName\":{word},\"accountId\":{word}}},{{\"roleName\":\"Admin\"}}]}}"
    ));
    let caller = format!(
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{xml}word</Arn><UserId>{xml}</UserId><Account>{xml}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    let credentials = json(
        "{\"roleCredentials\":{\"accessKeyId\":\"ASIAX\",\"secretAccessKey\":\"s\",\"sessionToken\":\"t\",\"expiration\":4000000000000}}",
    );
    let denied = format!("{{\"error\":\"access_denied\",\"error_description\":{word}}}");
    let server = StubServer::serve(vec![
        (
            "/client",
            json(&format!(
                "{{\"clientId\":{word},\"clientSecret\":{word},\"clientSecretExpiresAt\":4000000000}}"
            )),
        ),
        ("/device", device),
        (
            "/token",
            reply("400 Bad Request", "content-type: application/json\r\n", &denied),
        ),
        ("/assignment/accounts", accounts),
        ("/assignment/roles", roles),
        ("/logout", reply("200 OK", "", "")),
        ("/federation/credentials", credentials),
        ("/federation", json(&format!("{{\"SigninToken\":{word}}}"))),
        ("/", reply("200 OK", "content-type: text/xml\r\n", &caller)),
    ]);
    let env = in_the_hands_of(&server);
    let mut seen = String::new();
    for question in [
        &["list", "--refresh"][..],
        &["list", "--format", "json"],
        &["list", "--format", "csv"],
        &["export", "310660284419/Admin"],
        &["console", "--print", "--via", "federation", "310660284419/Admin"],
        &["whoami", "--verify"],
        &["whoami", "--verify", "--format", "json"],
        &["login", "--no-browser", "--force"],
        &["list"],
    ] {
        let result = env.run(question);
        assert_result_is_clean(&format!("{question:?}"), &result);
        seen += &result.stdout;
        seen += &result.stderr;
    }
    for words in [
        "\u{fffd}word",
        "device.sso.ap-northeast-1.amazonaws.com",
        "arn",
        "SigninToken=",
        "denied",
    ] {
        assert!(
            seen.to_lowercase().contains(&words.to_lowercase()),
            "no {words} in {seen}"
        );
    }
    assert_files_are_clean(&env);
    // The same on a terminal: the page of a browser that comes back, the list, and the code.
    for (arguments, keys, wait) in [
        (
            &["login", "--force", "--no-browser", "--flow", "pkce"][..],
            "",
            "waiting for the browser",
        ),
        (&[], "", "seven"),
        (&[], "\x07", "Check that it shows this code"),
    ] {
        let mut screen = Screen::genkan(&env, arguments);
        if !keys.is_empty() {
            screen.wait("seven");
            screen.type_keys(keys);
        }
        screen.wait(wait);
        screen.type_keys("\x03");
        screen.exit();
        let drawn = screen.raw();
        let found = hidden_drawn(&drawn);
        assert!(
            found.is_empty() && !drawn.contains("\u{1b}]"),
            "{found:?} in {drawn:?}"
        );
    }
}

/// The border itself: whatever an operation answers, what leaves `aws` is clean, so that no other
/// module has to clean it.
#[test]
fn values_from_the_aws_module_are_clean() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let session = session("demo");
    let (token, account) = (Secret::new("token"), "310660284419".parse().unwrap());
    let registration = ClientRegistration {
        client_id: "c".into(),
        client_secret: Secret::new("s"),
        expires_at: "2099-01-01T00:00:00Z".parse().unwrap(),
    };
    let set = PermissionSetName::new("Admin");
    let turn = || std::future::ready(());
    let word = word();
    let mut told = 0;
    for reply in hostile_replies(&word) {
        let aws = || async {
            let aws = Aws::load(AwsOptions::default(), Clock::new(|_| {})).unwrap();
            aws.answering(vec![reply.clone()])
        };
        let mut texts: Vec<String> = Vec::new();
        runtime.block_on(async {
            let mut errors = Vec::new();
            match aws().await.list_accounts(&session, &token, None).await {
                Ok(page) => texts.extend(
                    page.accounts
                        .into_iter()
                        .flat_map(|a| [a.name.into(), a.email.into()]),
                ),
                Err(error) => errors.push(error),
            }
            match aws()
                .await
                .list_permission_sets(&session, &token, &account, || std::future::ready(None))
                .await
            {
                Ok(names) => texts.extend(names.iter().map(ToString::to_string)),
                Err(error) => errors.push(error),
            }
            match aws()
                .await
                .start_device_authorization(&session, &registration)
                .await
            {
                Ok(code) => texts.extend([
                    code.user_code,
                    code.verification_uri,
                    code.verification_uri_complete,
                ]),
                Err(error) => errors.push(error),
            }
            match aws()
                .await
                .role_credentials(&session, &token, &account, &set, turn)
                .await
            {
                Ok(keys) => texts.extend([keys.access_key_id, keys.session_token.expose().to_owned()]),
                Err(error) => errors.push(error),
            }
            errors.extend(aws().await.register_client(&session).await.err());
            errors.extend(aws().await.register_code_client(&session).await.err());
            errors.extend(
                aws()
                    .await
                    .redeem_device_code(&session, &registration, &token)
                    .await
                    .err(),
            );
            errors.extend(aws().await.refresh(&session, &registration, &token).await.err());
            errors.extend(aws().await.logout(&session, &token).await.err());
            for error in errors {
                texts.extend(error.hints());
                texts.push(error.to_string());
            }
        });
        for text in texts {
            assert_clean("what leaves", &text);
            assert!(!text.contains('\n'), "one line: {text:?}");
            told += usize::from(text.contains("\u{fffd}word"));
        }
    }
    assert!(told >= 20, "the hostile words got as far as here: {told}");
}

fn hostile_replies(word: &str) -> Vec<Reply> {
    let kinds = [
        (400, "invalid_grant"),
        (400, "invalid_client"),
        (400, "InvalidRequestException"),
        (403, "ForbiddenException"),
        (404, "ResourceNotFoundException"),
        (418, "x"),
    ];
    // OIDC says `error_description`, the portal `message`.
    let bodies = [
        format!("{{\"__type\":{word},\"message\":{word}}}"),
        format!("{{\"error\":{word},\"error_description\":{word}}}"),
    ];
    let errors = kinds.iter().flat_map(|(status, kind)| {
        bodies.iter().map(|body| Reply {
            status: *status,
            headers: vec![("x-amzn-errortype", (*kind).to_owned())],
            body: body.clone().into(),
        })
    });
    let good = format!(
        "{{\"accountList\":[{{\"accountId\":\"310660284419\",\"accountName\":{word},\"emailAddress\":{word}}}],\
          \"roleList\":[{{\"roleName\":{word}}},{{\"roleName\":\"Admin\"}}],\"deviceCode\":{word},\"userCode\":{word},\
          \"verificationUri\":{word},\"verificationUriComplete\":{word},\"expiresIn\":600,\"interval\":1,\
          \"roleCredentials\":{{\"accessKeyId\":{word},\"secretAccessKey\":{word},\"sessionToken\":{word},\"expiration\":4000000000000}}}}"
    );
    let unreadable = format!("{{\"accountList\":{word}");
    let ok = [good, unreadable].map(|body| Reply {
        status: 200,
        headers: Vec::new(),
        body: body.into(),
    });
    errors.chain(ok).collect()
}
