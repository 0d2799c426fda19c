//! Empty is unset: for genkan, and for every library that reads an environment or a file past its settings.

use crate::support::env::{ACCOUNT, TARGET, TestEnv};

/// Variables that genkan, the SDK, the TLS stack, the HTTP client or Rust's own library read.
const VARIABLES: &[&str] = &[
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SSO",
    "AWS_ENDPOINT_URL_SSO_OIDC",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_SIGNIN",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_SDK_UA_APP_ID",
    "AWS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_RETRY_MODE",
    "AWS_MAX_ATTEMPTS",
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
    "TMPDIR",
    "SHELL",
    "BROWSER",
    "TERM",
    "LANG",
    "TZ",
    "COLUMNS",
    "NO_COLOR",
    "GENKAN_LOG",
    "GENKAN_SESSION",
    "GENKAN_PREVIOUS",
    "RUST_BACKTRACE",
];

/// An environment whose endpoints stand in its config file, not in its environment.
fn test_env() -> TestEnv {
    let mut env = TestEnv::new();
    let url = env.sandbox.url();
    env.environment
        .retain(|name, _| !name.starts_with("AWS_ENDPOINT_URL"));
    let services = ["sso", "sso_oidc", "sts"]
        .map(|service| format!("{service} =\n  endpoint_url = {url}\n"))
        .concat();
    let config = format!(
        "{}[default]\nservices = here\nregion =\n[services here]\n{services}[profile p]\nservices = here\n\
         sso_session = demo\nsso_account_id = {ACCOUNT}\nsso_role_name = AdministratorAccess\n",
        env.sso_session("demo")
    );
    env.write(".aws/config", &config);
    env
}

#[test]
fn empty_variable_counts_as_unset() {
    let mut env = test_env();
    let sign_in = ["login", "--no-browser", "--force"];
    env.output(&sign_in);
    for names in VARIABLES.chunks(6) {
        for name in names {
            env.environment.insert((*name).to_owned(), String::new());
        }
        for arguments in [
            &sign_in[..],
            &["list", "--refresh", "--format", "plain"],
            &["exec", TARGET, "--", "true"],
        ] {
            let result = env.run(arguments);
            assert_eq!(result.code, Some(0), "{names:?} {arguments:?}: {}", result.stderr);
            assert!(
                !result.stderr.contains("internal error"),
                "{names:?}: {}",
                result.stderr
            );
        }
        for name in names {
            env.environment.remove(*name);
        }
    }
    // All at once, and the search for credentials, which is the SDK's own.
    for name in VARIABLES {
        env.environment.insert((*name).to_owned(), String::new());
    }
    env.output(&sign_in);
    env.environment.insert("AWS_PROFILE".into(), "p".into());
    env.environment
        .insert("AWS_EC2_METADATA_DISABLED".into(), "true".into());
    let result = env.run(&["whoami", "--verify"]);
    assert!(
        result.stdout.contains(ACCOUNT),
        "{} {}",
        result.stdout,
        result.stderr
    );
    assert_eq!(result.code, Some(0), "{}", result.stderr);
}

#[test]
fn empty_setting_counts_as_unset() {
    let env = TestEnv::new();
    let empty = "endpoint_url =\nca_bundle =\nservices =\nuse_fips_endpoint =\nregion =\nsso_session =\nregion_ =\n\
                 sdk_ua_app_id =\nignore_configured_endpoint_urls =\ncredential_process =\nrole_arn =\n";
    for section in ["[default]", "  [default]"] {
        env.write(
            ".aws/config",
            &format!("{section}\n{empty}{}", env.sso_session("demo")),
        );
        env.output(&["login", "--no-browser", "--force"]);
        env.output(&["list", "--refresh"]);
        let result = env.run(&["whoami", "--verify"]);
        assert_eq!(result.code, Some(1), "{}", result.stderr);
        assert!(
            !result.stderr.contains("panicked") && !result.stderr.contains("internal error"),
            "{}",
            result.stderr
        );
    }
}

/// What is no address is refused by the name of what sets it.
#[test]
fn invalid_endpoint_is_reported_with_its_source() {
    let mut env = TestEnv::new();
    let fails = |env: &TestEnv, words: &str| {
        let result = env.run(&["login", "--no-browser", "--force"]);
        assert_eq!(result.code, Some(1), "{}", result.stderr);
        assert!(result.stderr.contains(words), "{words}: {}", result.stderr);
    };
    for url in ["nonsense", "ftp://x", "http://", "localhost:8080", " "] {
        env.environment
            .insert("AWS_ENDPOINT_URL_SSO_OIDC".into(), url.into());
        fails(&env, "AWS_ENDPOINT_URL_SSO_OIDC is not an http or https URL");
    }
    env.environment.remove("AWS_ENDPOINT_URL_SSO_OIDC");
    let session = env.sso_session("demo");
    env.write(
        ".aws/config",
        &format!("{session}[default]\nendpoint_url = nonsense\n"),
    );
    fails(
        &env,
        "`endpoint_url` of profile `default` is not an http or https URL",
    );
    let services = "[default]\nservices = s\n[services s]\nsso_oidc =\n  endpoint_url = nonsense\n";
    env.write(".aws/config", &format!("{session}{services}"));
    fails(&env, "`endpoint_url` of `[services s]` is not");
}
