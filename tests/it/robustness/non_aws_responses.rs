//! Answers that something between this machine and AWS gives: proxies, firewalls, captive portals. None says
//! anything about tokens, access or time, whatever its status; AWS's own does.

use genkan::aws::{Aws, AwsError, AwsOptions, Reply};
use genkan::domain::text::CleanText;
use genkan::domain::{ClientRegistration, PermissionSetName, Secret, SsoSession};
use genkan::platform::clock::Clock;
use genkan::sandbox::{Fault, Operation};

use crate::support::env::{ACCOUNT, TARGET, TestEnv, session};
use crate::support::stub_server::{StubServer, reply};
use crate::support::wait::until;

/// The operations that SDK clients call.
const OPERATIONS: [&str; 9] = [
    "RegisterClient",
    "RegisterClient (code)",
    "StartDeviceAuthorization",
    "CreateToken (device)",
    "CreateToken (refresh)",
    "ListAccounts",
    "ListAccountRoles",
    "GetRoleCredentials",
    "Logout",
];

const STATUSES: [u16; 22] = [
    200, 201, 204, 301, 302, 307, 400, 401, 402, 403, 404, 407, 409, 418, 421, 429, 451, 500, 502, 503, 504,
    511,
];

/// Content types and bodies of things that aren't AWS.
fn bodies() -> Vec<(Option<&'static str>, &'static str)> {
    vec![
        (
            Some("text/html; charset=utf-8"),
            "<!doctype html><title>Blocked</title>",
        ),
        (Some("text/html"), ""),
        (Some("application/json"), r#"{"message":"Unauthorized"}"#),
        (
            Some("application/json"),
            r#"{"error":"unauthorized","error_description":"sign in to the gateway"}"#,
        ),
        (Some("application/json"), r#"{"error":"invalid_token"}"#),
        (Some("application/json"), r#"{"error":"invalid_grant"}"#),
        (
            Some("application/problem+json"),
            r#"{"type":"about:blank","title":"Forbidden","status":403}"#,
        ),
        (Some("application/json"), "{\"__type\":"),
        (Some("text/xml"), "<Error><Code>AccessDenied</Code></Error>"),
        (
            Some("text/plain"),
            "UnauthorizedException: Session token not found or invalid",
        ),
        (None, "<html>\u{1}"),
        (None, ""),
    ]
}

/// An SDK's clients over a network that was made up.
struct CallLog {
    aws: Aws,
    clock: Clock,
    session: SsoSession,
    registration: ClientRegistration,
    token: Secret,
}

impl CallLog {
    fn new() -> Self {
        let clock = Clock::new(|_| {});
        Self {
            aws: Aws::load(AwsOptions::default(), clock.clone()).unwrap(),
            clock,
            session: session("org"),
            registration: ClientRegistration {
                client_id: "c".into(),
                client_secret: Secret::new("s"),
                expires_at: jiff::Timestamp::MAX,
            },
            token: Secret::new("t"),
        }
    }

    /// Calls an operation that gets this answer, again and again.
    async fn call(&self, operation: &str, reply: Reply) -> Result<(), AwsError> {
        let aws = self.aws.clone().answering(vec![reply]);
        let (session, registration, token) = (&self.session, &self.registration, &self.token);
        let account = ACCOUNT.parse().unwrap();
        let set = PermissionSetName::new("Admin");
        let turn = || std::future::ready(());
        match operation {
            "RegisterClient" => aws.register_client(session).await.map(drop),
            "RegisterClient (code)" => aws.register_code_client(session).await.map(drop),
            "StartDeviceAuthorization" => aws
                .start_device_authorization(session, registration)
                .await
                .map(drop),
            "CreateToken (device)" => aws
                .redeem_device_code(session, registration, token)
                .await
                .map(drop),
            "CreateToken (refresh)" => aws.refresh(session, registration, token).await.map(drop),
            "ListAccounts" => aws.list_accounts(session, token, None).await.map(drop),
            "ListAccountRoles" => aws
                .list_permission_sets(session, token, &account, || std::future::ready(None))
                .await
                .map(drop),
            "GetRoleCredentials" => aws
                .role_credentials(session, token, &account, &set, turn)
                .await
                .map(drop),
            "Logout" => aws.logout(session, token).await,
            other => panic!("{other}"),
        }
    }
}

/// A date that would move the clock by years.
const DATE: &str = "Tue, 01 Jan 2030 00:00:00 GMT";

fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Reply {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
    Reply {
        status,
        headers: headers.chain([("date", DATE.to_owned())]).collect(),
        body: body.as_bytes().to_vec(),
    }
}

/// Each operation with each status, content type and body.
#[tokio::test(start_paused = true)]
async fn non_aws_responses_never_affect_tokens_access_or_time() {
    let calls = CallLog::new();
    for operation in OPERATIONS {
        for status in STATUSES {
            for (kind, body) in bodies() {
                let case = format!("{operation} {status} {kind:?} {body:?}");
                let headers: Vec<_> = kind.map(|kind| ("content-type", kind)).into_iter().collect();
                let result = calls.call(operation, answer(status, &headers, body)).await;
                match result {
                    // AWS's own answer to it is an empty one.
                    Ok(()) => assert!(
                        operation == "Logout" && status == 200 && body.is_empty(),
                        "{case}"
                    ),
                    Err(AwsError::Unreadable { .. }) => assert_eq!(status, 200, "{case}"),
                    Err(error) => {
                        assert!(error.is_about_the_network(), "{case}: {error:?}");
                        let said = error.to_string();
                        assert!(said.contains(&status.to_string()), "{case}: {said}");
                        assert!(said.contains("ap-northeast-1.amazonaws.com"), "{case}: {said}");
                        assert_eq!(error.hints().len(), 1, "{case}");
                    }
                }
            }
        }
    }
    assert_eq!(calls.clock.offset(), 0, "no `Date` of theirs was believed");
}

/// The same statuses with AWS's marks, one at a time, mean what they always meant.
#[tokio::test(start_paused = true)]
async fn responses_with_aws_headers_count() {
    let calls = CallLog::new();
    let marks: [&[(&str, &str)]; 2] = [
        &[("x-amzn-requestid", "5d8a-1")],
        &[(
            "x-amzn-errortype",
            "UnauthorizedException:http://internal.amazon.com/coral/",
        )],
    ];
    for headers in marks {
        for operation in ["ListAccounts", "ListAccountRoles", "GetRoleCredentials", "Logout"] {
            let result = calls.call(operation, answer(401, headers, "")).await;
            assert_eq!(result, Err(AwsError::Unauthorized), "{operation} {headers:?}");
        }
    }
    let shape = r#"{"__type":"com.amazonaws.switchboard.portal#UnauthorizedException","message":"Session token not found or invalid"}"#;
    assert_eq!(
        calls.call("ListAccounts", answer(401, &[], shape)).await,
        Err(AwsError::Unauthorized),
        "a network that removes headers"
    );
    let error = |code: &str| format!(r#"{{"error":"{code}","error_description":"why"}}"#);
    let why = || CleanText::from("why");
    for (status, code, expected) in [
        (400, "authorization_pending", AwsError::AuthorizationPending),
        (400, "slow_down", AwsError::SlowDown),
        (400, "expired_token", AwsError::ExpiredToken),
        (400, "access_denied", AwsError::AccessDenied),
        (400, "invalid_grant", AwsError::InvalidGrant(why())),
        (401, "invalid_client", AwsError::InvalidClient(why())),
        (400, "unauthorized_client", AwsError::InvalidClient(why())),
        (400, "invalid_scope", AwsError::InvalidScope(why())),
        (400, "invalid_request", AwsError::InvalidRequest(why())),
    ] {
        for headers in [&[][..], &[("x-amzn-requestid", "5d8a-1")]] {
            let result = calls
                .call("CreateToken (device)", answer(status, headers, &error(code)))
                .await;
            assert_eq!(result, Err(expected.clone()), "{code} {headers:?}");
        }
    }
    let forbidden = answer(
        403,
        &[("x-amzn-errortype", "ForbiddenException")],
        r#"{"message":"No access"}"#,
    );
    assert_eq!(
        calls.call("GetRoleCredentials", forbidden).await,
        Err(AwsError::NotAssigned {
            permission_set: PermissionSetName::new("Admin"),
            account: ACCOUNT.parse().unwrap(),
        })
    );
}

/// An account id is taken as it is, so AWS is the one to say that the permission set isn't assigned.
#[test]
fn unassigned_permission_set_is_named() {
    let env = TestEnv::with_few_accounts();
    env.sign_in();
    let target = format!("{ACCOUNT}/NotAssigned");
    let result = env.run(&["export", &target]);
    assert_eq!(
        (result.code, result.stdout.as_str()),
        (Some(1), ""),
        "{}",
        result.stderr
    );
    for words in [
        format!("error: access denied to NotAssigned in {ACCOUNT}\n"),
        "hint: `genkan list --refresh` shows what you have access to".to_owned(),
    ] {
        assert!(result.stderr.contains(&words), "{}", result.stderr);
    }
}

/// The real program behind a network that answers in AWS's place for good: nothing is lost, and everything
/// works again afterwards without another sign-in.
#[test]
fn captive_portal_ends_no_sign_in_and_removes_nothing() {
    const LIST: &[&str] = &["list", "--refresh"];
    let cases: [(Operation, &[&str], bool); 5] = [
        (Operation::ListAccounts, LIST, false),
        (Operation::ListAccountRoles, LIST, false),
        (Operation::CreateToken, LIST, true),
        (
            Operation::GetRoleCredentials,
            &["export", "payments-prod/ReadOnlyAccess"],
            false,
        ),
        (Operation::GetSigninToken, &["console", TARGET, "--print"], false),
    ];
    std::thread::scope(|scope| {
        for status in [200, 401, 403, 407] {
            for (operation, arguments, refreshes) in cases {
                scope.spawn(move || {
                    let case = format!("{operation:?} {status}");
                    let env = TestEnv::with_few_accounts();
                    env.sign_in();
                    let rows = env.output(LIST);
                    env.output(&["export", TARGET, "--format", "json"]);
                    let control = env.sandbox.control();
                    if refreshes {
                        control.revoke_access_tokens();
                    }
                    control.inject(operation, &Fault::NotFromAws(status), 1000);
                    let result = env.run(arguments);
                    let said = &result.stderr;
                    // Where an account after the other fails for good, the others are still listed.
                    if operation != Operation::ListAccountRoles || result.code != Some(0) {
                        assert_eq!(
                            (result.code, result.stdout.as_str()),
                            (Some(1), ""),
                            "{case}: {said}"
                        );
                    }
                    assert!(said.contains(&format!("HTTP {status}")), "{case}: {said}");
                    for wrong in [
                        "sign-in is required",
                        "has ended",
                        "access denied",
                        "denied",
                        "expired",
                    ] {
                        assert!(!said.contains(wrong), "{case}: {said}");
                    }
                    control.clear_faults();
                    assert_eq!(env.output(&["list"]), rows, "{case}: the list is still there");
                    assert_eq!(env.output(LIST), rows, "{case}: still signed in");
                });
            }
        }
    });
}

/// While a code waits for its approval, another network comes and goes.
#[test]
fn sign_in_continues_when_the_network_returns() {
    let env = TestEnv::with_few_accounts();
    for status in [403, 407, 511] {
        let control = env.sandbox.control();
        control.inject(Operation::CreateToken, &Fault::NotFromAws(status), 2);
        let login = env.run(&["login", "--no-browser", "--force"]);
        assert_eq!(login.code, Some(0), "{status}: {}", login.stderr);
        assert!(
            login.stderr.contains(&format!("HTTP {status}")),
            "{}",
            login.stderr
        );
        assert!(login.stderr.contains("retrying"), "{}", login.stderr);
    }
}

/// `login --force` behind a network that answers the access portal's sign-out in its place: nothing shows
/// that a new sign-in would be of use, so the one before stays.
#[test]
fn forced_login_behind_a_captive_portal_keeps_the_sign_in() {
    for flow in ["device", "pkce"] {
        let env = TestEnv::with_few_accounts();
        env.sign_in();
        for status in [200, 302, 401, 403, 407, 502] {
            let control = env.sandbox.control();
            control.inject(Operation::Logout, &Fault::NotFromAws(status), 20);
            let login = env.run(&["login", "--no-browser", "--force", "--flow", flow]);
            control.clear_faults();
            assert_eq!(login.code, Some(1), "{flow} {status}: {}", login.stderr);
            let named = format!("HTTP {status}");
            assert!(login.stderr.contains(&named), "{flow} {status}: {}", login.stderr);
            env.output(&["list", "--refresh"]);
        }
    }
}

/// STS and the console's sign-in, which no client of an SDK session asks.
#[test]
fn whoami_and_console_name_the_responding_host() {
    let mut env = TestEnv::with_few_accounts();
    env.sign_in();
    env.output(&["export", TARGET, "--format", "json"]);
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ] {
        env.environment.insert(name.into(), value.into());
    }
    for (status, line) in [
        (401, "401 Unauthorized"),
        (403, "403 Forbidden"),
        (502, "502 Bad Gateway"),
        (302, "302 Found"),
    ] {
        let server = StubServer::serve(vec![(
            "/",
            reply(
                line,
                "content-type: text/html\r\nserver: gatekeeper/9\r\n",
                "<html>no",
            ),
        )]);
        for (variable, arguments) in [
            ("AWS_ENDPOINT_URL_STS", &["whoami", "--verify"][..]),
            ("AWS_ENDPOINT_URL_SIGNIN", &["console", TARGET, "--print"]),
        ] {
            let mut command = env.command(arguments);
            command.env(variable, &server.url);
            let result = crate::support::env::command_result(command.output().unwrap());
            assert_eq!(
                (result.code, result.stdout.as_str()),
                (Some(1), ""),
                "{status} {arguments:?}"
            );
            let words = format!("HTTP {status} came from something between this machine and 127.0.0.1:");
            assert!(
                result.stderr.contains(&words),
                "{status} {arguments:?}: {}",
                result.stderr
            );
            assert!(
                result.stderr.contains("it calls itself `gatekeeper/9`"),
                "{}",
                result.stderr
            );
        }
    }
}

/// What a waiting process shows comes from another one's file, and is approved by the same rules.
#[test]
fn verification_page_from_another_process_is_checked() {
    let env = TestEnv::with(|options| options.auto_approve = false);
    let start = |name: &str| {
        let file = std::fs::File::create(env.path(name)).unwrap();
        let mut command = env.command(&["login", "--no-browser"]);
        command.stderr(file).spawn().unwrap()
    };
    let end = |mut child: std::process::Child| {
        child.kill().unwrap();
        child.wait().unwrap();
    };
    let first = start("first");
    let record = || {
        let files = std::fs::read_dir(env.path(".cache/genkan/locks"))
            .into_iter()
            .flatten();
        files
            .map(|file| file.unwrap().path())
            .find(|path| path.extension().is_some_and(|e| e == "json"))
    };
    until("the published sign-in", || record().is_some());
    let record = record().unwrap();
    let text = std::fs::read_to_string(&record).unwrap();
    let page: serde_json::Value = serde_json::from_str(&text).unwrap();
    let address = page["page"].as_str().unwrap();
    for evil in [
        "https://evil.example/?user_code=ABCD-EFGH".to_owned(),
        format!("{}?user_code=EVIL-CODE", address.split('?').next().unwrap()),
    ] {
        std::fs::write(&record, text.replace(address, &evil)).unwrap();
        let second = start("second");
        let said = || env.read("second");
        until("a waiting process", || said().contains("waiting for it"));
        // It looks several times a second. On a machine too busy for that the test sees less, and does not fail.
        std::thread::sleep(std::time::Duration::from_millis(500));
        assert!(!said().contains(&evil), "{evil}: {}", said());
        std::fs::write(&record, &text).unwrap();
        until("the page of the first", || said().contains(address));
        assert!(!said().contains(&evil), "{evil}: {}", said());
        end(second);
    }
    end(first);
}
