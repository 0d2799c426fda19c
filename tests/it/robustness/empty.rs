//! Empty is unset: for genkan, and for every library that reads an environment or a file past its settings.

use crate::support::env::{ACCOUNT, House, TARGET};

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

/// A house whose endpoints stand in its config file, not in its environment.
fn house() -> House {
    let mut house = House::new();
    let url = house.sandbox.url();
    house
        .environment
        .retain(|name, _| !name.starts_with("AWS_ENDPOINT_URL"));
    let services = ["sso", "sso_oidc", "sts"]
        .map(|service| format!("{service} =\n  endpoint_url = {url}\n"))
        .concat();
    let config = format!(
        "{}[default]\nservices = here\nregion =\n[services here]\n{services}[profile p]\nservices = here\n\
         sso_session = demo\nsso_account_id = {ACCOUNT}\nsso_role_name = AdministratorAccess\n",
        house.sso_session("demo")
    );
    house.write(".aws/config", &config);
    house
}

#[test]
fn an_empty_variable_is_an_unset_one() {
    let mut house = house();
    let sign_in = ["login", "--no-browser", "--force"];
    house.output(&sign_in);
    for names in VARIABLES.chunks(6) {
        for name in names {
            house.environment.insert((*name).to_owned(), String::new());
        }
        for arguments in [
            &sign_in[..],
            &["list", "--refresh", "--format", "plain"],
            &["exec", TARGET, "--", "true"],
        ] {
            let ended = house.run(arguments);
            assert_eq!(ended.code, Some(0), "{names:?} {arguments:?}: {}", ended.stderr);
            assert!(
                !ended.stderr.contains("internal error"),
                "{names:?}: {}",
                ended.stderr
            );
        }
        for name in names {
            house.environment.remove(*name);
        }
    }
    // All at once, and the search for credentials, which is the SDK's own.
    for name in VARIABLES {
        house.environment.insert((*name).to_owned(), String::new());
    }
    house.output(&sign_in);
    house.environment.insert("AWS_PROFILE".into(), "p".into());
    house
        .environment
        .insert("AWS_EC2_METADATA_DISABLED".into(), "true".into());
    let ended = house.run(&["whoami", "--verify"]);
    assert!(
        ended.stdout.contains(ACCOUNT),
        "{} {}",
        ended.stdout,
        ended.stderr
    );
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn an_empty_setting_is_an_unset_one() {
    let house = House::new();
    let empty = "endpoint_url =\nca_bundle =\nservices =\nuse_fips_endpoint =\nregion =\nsso_session =\nregion_ =\n\
                 sdk_ua_app_id =\nignore_configured_endpoint_urls =\ncredential_process =\nrole_arn =\n";
    for section in ["[default]", "  [default]"] {
        house.write(
            ".aws/config",
            &format!("{section}\n{empty}{}", house.sso_session("demo")),
        );
        house.output(&["login", "--no-browser", "--force"]);
        house.output(&["list", "--refresh"]);
        let ended = house.run(&["whoami", "--verify"]);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(
            !ended.stderr.contains("panicked") && !ended.stderr.contains("internal error"),
            "{}",
            ended.stderr
        );
    }
}

/// What is no address is refused by the name of what sets it.
#[test]
fn an_endpoint_that_is_no_address_is_named() {
    let mut house = House::new();
    let fails = |house: &House, words: &str| {
        let ended = house.run(&["login", "--no-browser", "--force"]);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(words), "{words}: {}", ended.stderr);
    };
    for url in ["nonsense", "ftp://x", "http://", "localhost:8080", " "] {
        house
            .environment
            .insert("AWS_ENDPOINT_URL_SSO_OIDC".into(), url.into());
        fails(
            &house,
            "AWS_ENDPOINT_URL_SSO_OIDC is not an http or https address",
        );
    }
    house.environment.remove("AWS_ENDPOINT_URL_SSO_OIDC");
    let session = house.sso_session("demo");
    house.write(
        ".aws/config",
        &format!("{session}[default]\nendpoint_url = nonsense\n"),
    );
    fails(
        &house,
        "`endpoint_url` of profile `default` is not an http or https address",
    );
    let services = "[default]\nservices = s\n[services s]\nsso_oidc =\n  endpoint_url = nonsense\n";
    house.write(".aws/config", &format!("{session}{services}"));
    fails(&house, "`endpoint_url` of `[services s]` is not");
}
