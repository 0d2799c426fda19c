//! Signing in by a browser that comes back: the authorization code flow with PKCE.

use std::io::Read as _;
use std::process::{Child, Stdio};

use crate::support::browser::RecordingBrowser;
use crate::support::env::TestEnv;
use crate::support::http;
use crate::support::ports::free_port;
use crate::support::text::between;

/// A sign-in that waits for its browser; a test that fails does not leave it waiting.
struct Login(Child);

impl Login {
    fn end(mut self) -> (Option<i32>, String) {
        let mut words = String::new();
        let mut stderr = self.0.stderr.take().unwrap();
        stderr.read_to_string(&mut words).unwrap();
        (self.0.wait().unwrap().code(), words)
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A sandbox where the user decides.
fn test_env() -> TestEnv {
    TestEnv::with(|options| options.auto_approve = false)
}

/// Starts a sign-in and waits for the page that it opens.
fn start(env: &TestEnv, browser: &RecordingBrowser, arguments: &[&str]) -> (Login, url::Url) {
    let before = browser.addresses().len();
    let mut command = env.command(arguments);
    let login = Login(command.stderr(Stdio::piped()).spawn().unwrap());
    let pages = browser.wait_for(before + 1);
    (login, pages[before].parse().unwrap())
}

/// Answers the sandbox's page and gives the address that the browser is sent back to.
fn decide(env: &TestEnv, page: &url::Url, decision: &str) -> url::Url {
    let path = format!("{}?{}", page.path(), page.query().unwrap());
    let seal = between(
        &http::get(&env.sandbox.url(), &path).text(),
        "name=seal value=\"",
        "\"",
    );
    let answer = http::post_form(
        &env.sandbox.url(),
        &path,
        &[("decision", decision), ("seal", &seal)],
    );
    answer.header("location").unwrap().parse().unwrap()
}

/// The browser comes back.
fn come_back(address: &url::Url) -> http::Answer {
    let base = format!("http://127.0.0.1:{}", address.port().unwrap());
    http::get(&base, &format!("{}?{}", address.path(), address.query().unwrap()))
}

#[test]
fn redirect_with_a_code_completes_the_sign_in() {
    let mut env = test_env();
    let browser = RecordingBrowser::install(&mut env);
    let (login, page) = start(&env, &browser, &["login", "--flow", "pkce"]);
    assert_eq!(page.path(), "/authorize");
    let back = decide(&env, &page, "allow");
    // The response of another sign-in is not accepted.
    let mut forged = back.clone();
    forged.set_query(Some("code=stolen&state=guessed"));
    assert_eq!(come_back(&forged).status, 400);
    let shown = come_back(&back);
    assert!(
        shown.text().contains("genkan is completing the sign-in"),
        "{}",
        shown.text()
    );
    let (code, words) = login.end();
    assert_eq!(code, Some(0), "{words}");
    // For an hour, or a little less on a busy machine.
    assert!(
        words.contains("signed in to demo for ") && words.contains(", renewed automatically"),
        "{words}"
    );

    // The tokens are like those of the device flow: used, and refreshed with their own registration.
    env.output(&["list", "--refresh"]);
    env.sandbox.control().revoke_access_tokens();
    env.output(&["list", "--refresh"]);
    let counts = env.sandbox.counts();
    assert_eq!(counts.refresh_token.issued, 1);
    assert_eq!(counts.start_device_authorization, 0);

    // A second sign-in uses the registration, a device sign-in makes its own.
    let (login, page) = start(&env, &browser, &["login", "--flow", "pkce", "--force"]);
    come_back(&decide(&env, &page, "allow"));
    assert_eq!(login.end().0, Some(0));
    assert_eq!(env.sandbox.counts().register_client, 1);
    let (login, page) = start(&env, &browser, &["login", "--force"]);
    assert_eq!(page.path(), "/device");
    assert_eq!(env.sandbox.counts().register_client, 2);
    drop(login);
}

#[test]
fn denial_in_the_browser_ends_the_login() {
    let mut env = test_env();
    let browser = RecordingBrowser::install(&mut env);
    let (login, page) = start(&env, &browser, &["login", "--flow", "pkce"]);
    let shown = come_back(&decide(&env, &page, "deny"));
    assert!(shown.text().contains("Sign-in failed"));
    let (code, words) = login.end();
    assert_eq!(code, Some(1));
    assert!(
        words.contains("error: the sign-in was denied in the browser"),
        "{words}"
    );
}

/// The browser of another machine can come back only by a port that ssh forwards.
#[test]
fn pkce_over_ssh_requires_a_port_that_can_be_forwarded() {
    let mut env = test_env();
    env.environment
        .insert("SSH_CONNECTION".into(), "192.0.2.1 50022 192.0.2.2 22".into());
    let result = env.run(&["login", "--flow", "pkce"]);
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    assert_eq!(result.stdout, "");
    for words in [
        "error: the browser is on another machine and can't return to this one without a forwarded port",
        "ssh -L 8400:127.0.0.1:8400",
        "`genkan login demo --flow pkce --port 8400`",
        "--flow device",
    ] {
        assert!(result.stderr.contains(words), "{words}: {}", result.stderr);
    }
    assert_eq!(env.sandbox.counts().register_client, 0);
}

#[test]
fn session_preferences_choose_flow_and_port_unless_the_command_does() {
    let mut env = test_env();
    let browser = RecordingBrowser::install(&mut env);
    let port = free_port();
    env.write(
        ".config/genkan/config.toml",
        &format!("[sessions.demo]\nflow = \"pkce\"\nport = {port}\n\n[sessions.other]\nport = 1\n"),
    );
    let (login, page) = start(&env, &browser, &["login"]);
    assert_eq!(page.path(), "/authorize");
    let back = decide(&env, &page, "allow");
    assert_eq!(back.port(), Some(port), "{back}");
    come_back(&back);
    let (code, words) = login.end();
    assert_eq!(code, Some(0), "{words}");
    let (login, page) = start(&env, &browser, &["login", "--force", "--flow", "device"]);
    assert_eq!(page.path(), "/device");
    drop(login);
}

#[test]
fn unsupported_pkce_options_are_refused() {
    let env = TestEnv::new();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, code, words) in [
        (
            vec!["login", "--flow", "pkce", "--no-browser", "--port", &port],
            1,
            format!("error: can't listen on 127.0.0.1:{port} for the browser's redirect: "),
        ),
        (
            vec!["login", "--port", &port],
            2,
            "hint: add --flow pkce".to_owned(),
        ),
    ] {
        let result = env.run(&arguments);
        assert_eq!(result.code, Some(code), "{}", result.stderr);
        assert!(result.stderr.contains(&words), "{}", result.stderr);
    }
    env.write(
        ".aws/config",
        "[profile old]\nsso_start_url = https://old.awsapps.com/start\nsso_region = ap-northeast-1\n\
         sso_account_id = 310660284419\nsso_role_name = AdministratorAccess\n",
    );
    let result = env.run(&["login", "--flow", "pkce", "--no-browser"]);
    assert_eq!(result.code, Some(1));
    assert!(
        result.stderr.contains("has no registration scopes") && result.stderr.contains("--flow device"),
        "{}",
        result.stderr
    );
    assert_eq!(env.sandbox.counts().register_client, 0);
}
