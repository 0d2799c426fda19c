//! Companies' networks: proxies, certificates of their own, FIPS and dual-stack endpoints.
//!
//! A proxy on loopback notes where genkan wants to go and either refuses or leads to the sandbox
//! through TLS that it re-signs, so the real host names are asked for and nothing leaves the machine.

use std::net::TcpListener;
use std::sync::Arc;

use crate::support::env::{ACCOUNT, CommandResult, TARGET, TestEnv};
use crate::support::http;
use crate::support::tls_proxy::{OIDC, PORTAL, Proxy, Tunnel, company};

/// An environment that knows no endpoints but AWS's own.
fn test_env() -> TestEnv {
    let mut env = TestEnv::with_few_accounts();
    env.environment
        .retain(|name, _| !name.starts_with("AWS_ENDPOINT_URL"));
    env
}

fn says(result: &CommandResult, code: i32, words: &[&str]) {
    assert_eq!(result.code, Some(code), "{}", result.stderr);
    assert_eq!(result.stdout, "");
    for word in words {
        assert!(result.stderr.contains(word), "no `{word}` in: {}", result.stderr);
    }
}

#[test]
fn tls_inspection_is_trusted_with_a_ca_bundle() {
    // By a variable, by the default profile, and by the one that is in force.
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "default", "profile p"] {
        let mut env = test_env();
        let (pem, config) = company();
        let proxy = Proxy::start(Tunnel::Opened(config, env.sandbox.url()));
        env.environment.insert("HTTPS_PROXY".into(), proxy.url());
        says(
            &env.run(&["login", "--no-browser"]),
            1,
            &[
                "Identity Center in ap-northeast-1 can't be trusted: ",
                "signed by an unknown authority",
                "hint: if a company proxy inspects TLS, set AWS_CA_BUNDLE",
            ],
        );
        env.write("company.pem", &format!("# Tanuki\n{pem}"));
        let config = format!(
            "{}[{variable}]\nca_bundle: ~/company.pem\n",
            env.sso_session("demo")
        );
        let variable = match variable {
            "default" | "profile p" => {
                env.write(".aws/config", &config);
                let profile = variable.trim_start_matches("profile ");
                env.environment.insert("AWS_PROFILE".into(), profile.into());
                "`ca_bundle`"
            }
            _ => {
                env.environment.insert(variable.into(), "~/company.pem".into());
                variable
            }
        };
        env.sign_in();
        let credentials = env.output(&["export", TARGET, "--format", "json"]);
        assert!(credentials.contains(ACCOUNT), "{variable}");
        assert_eq!(proxy.hosts(), [OIDC, PORTAL], "{variable}");
        for (broken, words) in [
            (
                "-----BEGIN CERTIFICATE-----\n!\n",
                "contains no valid PEM certificate",
            ),
            ("", "contains no valid PEM certificate"),
        ] {
            env.write("company.pem", broken);
            says(
                &env.run(&["list", "--refresh"]),
                1,
                &[
                    words,
                    &format!("(from {variable})"),
                    &format!("hint: set {variable} to a PEM file"),
                ],
            );
        }
    }
}

/// FIPS, dual-stack and partitions: the proxy is asked for the host that the SDKs' rules give.
#[test]
fn endpoints_follow_the_sdk_rules() {
    let cases = [
        ("ap-northeast-1", "", "oidc.ap-northeast-1.amazonaws.com"),
        ("us-east-1", "FIPS", "oidc-fips.us-east-1.amazonaws.com"),
        ("eu-central-1", "DUALSTACK", "oidc.eu-central-1.api.aws"),
        ("us-east-1", "FIPS DUALSTACK", "oidc-fips.us-east-1.api.aws"),
        ("us-gov-west-1", "FIPS", "oidc.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "", "oidc.cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "", "oidc.eusc-de-east-1.amazonaws.eu"),
    ];
    std::thread::scope(|scope| {
        for (region, switches, host) in cases {
            scope.spawn(move || {
                let mut env = test_env();
                let proxy = Proxy::start(Tunnel::Refused);
                env.environment.insert("HTTPS_PROXY".into(), proxy.url());
                for switch in switches.split_whitespace() {
                    env.environment
                        .insert(format!("AWS_USE_{switch}_ENDPOINT"), "true".into());
                }
                let config = env.read(".aws/config").replace("ap-northeast-1", region);
                env.write(".aws/config", &config);
                let words = format!(
                    "the proxy {} (HTTPS_PROXY) refused to connect to Identity Center in {region}",
                    proxy.address
                );
                let hint = format!("hint: it may block {host}, ");
                says(
                    &env.run(&["login", "--no-browser"]),
                    1,
                    &[&words, &hint, "check HTTPS_PROXY and NO_PROXY"],
                );
                assert_eq!(proxy.hosts(), [host], "{region} {switches}");
            });
        }
    });
}

/// Without a proxy in between, too, each kind of distrust has its sentence and its hint.
#[test]
fn untrusted_certificate_is_reported_on_a_direct_connection() {
    let mut env = TestEnv::with_few_accounts();
    let (pem, config) = company();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten().take(50) {
            let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let _ = http::read_request(&mut rustls::StreamOwned::new(session, stream));
        }
    });
    env.environment.insert(
        "AWS_ENDPOINT_URL_SSO_OIDC".into(),
        format!("https://localhost:{port}"),
    );
    says(
        &env.run(&["login", "--no-browser"]),
        1,
        &[
            "Identity Center in ap-northeast-1 can't be trusted: its certificate is signed by an unknown authority",
            "hint: if a company proxy inspects TLS, set AWS_CA_BUNDLE",
        ],
    );
    let doctor = env.run(&["doctor"]);
    assert!(doctor.stdout.contains("can't be trusted"), "{}", doctor.stdout);
    env.write("company.pem", &pem);
    let bundle = env.path("company.pem").to_str().unwrap().to_owned();
    env.environment.insert("AWS_CA_BUNDLE".into(), bundle);
    says(
        &env.run(&["login", "--no-browser"]),
        1,
        &[
            "its certificate is for another host",
            "hint: a captive portal or proxy",
        ],
    );
}

/// A proxy that wants a password, before a tunnel and in place of one.
#[test]
fn proxy_that_requires_a_password_is_reported() {
    const WANTED: &str = "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\
        content-type: text/html\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>";
    let mut tunnel = test_env();
    let proxy = Proxy::start(Tunnel::Answers(WANTED));
    tunnel.environment.insert("HTTPS_PROXY".into(), proxy.url());
    let mut plain = TestEnv::with_few_accounts();
    plain.environment.insert("HTTP_PROXY".into(), proxy.url());
    for (env, host, variable) in [
        (tunnel, "Identity Center in ap-northeast-1", "HTTPS_PROXY"),
        (plain, "127.0.0.1:", "HTTP_PROXY"),
    ] {
        says(
            &env.run(&["login", "--no-browser"]),
            1,
            &[
                &format!("the proxy on the way to {host}"),
                "requires authentication (HTTP 407)",
                &format!("hint: set {variable} to http://USER:PASSWORD@HOST:PORT "),
            ],
        );
        let doctor = env.run(&["doctor"]);
        assert!(
            doctor.stdout.contains("requires authentication (HTTP 407)"),
            "{}",
            doctor.stdout
        );
    }
}

/// A proxy that refuses connections or has no address is not AWS being unreachable.
#[test]
fn unreachable_proxy_is_reported_without_its_password() {
    for (variable, value, named) in [
        ("HTTPS_PROXY", "http://127.0.0.1:9", "127.0.0.1:9"),
        ("https_proxy", "http://me:canary@127.0.0.1:9/", "127.0.0.1:9"),
        ("ALL_PROXY", "127.0.0.1:9", "127.0.0.1:9"),
        (
            "HTTPS_PROXY",
            "http://me:canary@nosuchproxy.invalid:8080",
            "nosuchproxy.invalid:8080",
        ),
        ("HTTP_PROXY", "http://me:canary@127.0.0.1:9", "127.0.0.1:9"),
    ] {
        let mut env = if variable == "HTTP_PROXY" {
            TestEnv::with_few_accounts()
        } else {
            test_env()
        };
        env.environment.insert(variable.into(), value.into());
        let result = env.run(&["login", "--no-browser"]);
        let sentence = format!("could not reach the proxy {named} ({variable}): ");
        let hint = format!("hint: check the network, VPN and {variable}, which names this proxy");
        says(&result, 1, &[&sentence, &hint]);
        for wrong in ["canary", "SSO Region", "Identity Center"] {
            assert!(!result.stderr.contains(wrong), "{value}: {}", result.stderr);
        }
    }
}

/// A custom endpoint that nothing listens on is named with what sets it.
#[test]
fn unreachable_endpoint_is_reported_with_its_variable() {
    let mut env = TestEnv::with_few_accounts();
    for variable in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SSO_OIDC"] {
        env.environment
            .retain(|name, _| !name.starts_with("AWS_ENDPOINT_URL"));
        env.environment
            .insert(variable.into(), "http://127.0.0.1:1".into());
        let sentence =
            format!("could not reach Identity Center in ap-northeast-1 at 127.0.0.1:1 ({variable}): ");
        let hint = format!("hint: check the network, VPN and the endpoint set by {variable}");
        says(&env.run(&["login", "--no-browser"]), 1, &[&sentence, &hint]);
    }
}

#[test]
fn custom_endpoint_with_fips_is_refused() {
    let mut env = TestEnv::with_few_accounts();
    env.environment
        .insert("AWS_USE_FIPS_ENDPOINT".into(), "true".into());
    says(
        &env.run(&["login", "--no-browser"]),
        1,
        &[
            "the AWS configuration doesn't allow this request",
            "hint: check AWS_ENDPOINT_URL*",
        ],
    );
}

#[test]
fn no_proxy_hosts_are_reached_directly() {
    let mut env = TestEnv::with_few_accounts();
    let proxy = Proxy::start(Tunnel::Refused);
    env.environment.insert("HTTP_PROXY".into(), proxy.url());
    env.environment
        .insert("NO_PROXY".into(), "localhost,127.0.0.1".into());
    env.sign_in();
    assert!(proxy.hosts().is_empty(), "{:?}", proxy.hosts());
    env.environment.remove("NO_PROXY");
    says(
        &env.run(&["export", &format!("{ACCOUNT}/ReadOnlyAccess")]),
        1,
        &["HTTP 502 came from something between"],
    );
    assert!(
        proxy
            .hosts()
            .iter()
            .all(|asked| asked.starts_with(&env.sandbox.url())),
        "{:?}",
        proxy.hosts()
    );
}

/// The status of a refused tunnel says who has to do what.
#[test]
fn a_refused_tunnel_is_named_with_its_status() {
    for (variable, answer, words) in [
        (
            "HTTPS_PROXY",
            "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",
            "(HTTP 403)",
        ),
        ("https_proxy", "HTTP/1.0 403 Filtered\r\n", "(HTTP 403)"),
        (
            "ALL_PROXY",
            "HTTP/1.1 503 Busy\r\nretry-after: 9\r\n\r\n<html>",
            "(HTTP 503)",
        ),
    ] {
        let mut env = test_env();
        let proxy = Proxy::start(Tunnel::Answers(answer));
        env.environment.insert(variable.into(), proxy.url());
        let sentence = format!(
            "the proxy {} ({variable}) refused to connect to Identity Center in ap-northeast-1 {words}",
            proxy.address
        );
        let hint = format!("check {variable} and NO_PROXY");
        says(&env.run(&["login", "--no-browser"]), 1, &[&sentence, &hint]);
        let doctor = env.run(&["doctor"]);
        assert!(doctor.stdout.contains(words), "{}", doctor.stdout);
    }
    let mut env = test_env();
    let proxy = Proxy::start(Tunnel::Answers("SSH-2.0-OpenSSH_9\r\n\r\n"));
    env.environment.insert("HTTPS_PROXY".into(), proxy.url());
    says(
        &env.run(&["login", "--no-browser"]),
        1,
        &["response to CONNECT is not HTTP", "(HTTPS_PROXY)"],
    );
}

/// What is waited for in vain is named with its proxy, and the variable that names it, in hints too.
#[test]
fn a_proxy_that_never_answers_is_named() {
    let proxy = Proxy::start(Tunnel::Silent);
    let mut tunnel = test_env();
    tunnel.environment.insert("ALL_PROXY".into(), proxy.url());
    let mut plain = TestEnv::with_few_accounts();
    plain.environment.insert("http_proxy".into(), proxy.url());
    for (env, variable) in [(tunnel, "ALL_PROXY"), (plain, "http_proxy")] {
        env.write(".config/genkan/config.toml", "timeout_seconds = 1\n");
        let sentence = format!(
            "request to Identity Center in ap-northeast-1 timed out through the proxy {} ({variable})",
            proxy.address
        );
        let hint = format!("hint: check the network, VPN, {variable} and ");
        says(&env.run(&["login", "--no-browser"]), 1, &[&sentence, &hint]);
        let doctor = env.run(&["doctor"]).stdout;
        let doctor = doctor.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(doctor.contains(&format!("({variable})")), "{doctor}");
        assert!(doctor.contains(&format!("VPN, {variable} and")), "{doctor}");
        assert!(!doctor.contains("HTTPS_PROXY"), "{doctor}");
    }
}

/// A proxy for http answers in AWS's place: the hint names its variable, and the console's does.
#[test]
fn a_hint_names_the_variable_that_is_in_use() {
    let mut env = TestEnv::with_few_accounts();
    env.sign_in();
    env.output(&["export", "--format", "json", TARGET]);
    let proxy = Proxy::start(Tunnel::Refused);
    env.environment.insert("http_proxy".into(), proxy.url());
    for arguments in [
        &["login", "--force", "--no-browser"][..],
        &["console", "--print", TARGET],
    ] {
        says(
            &env.run(arguments),
            1,
            &[
                "HTTP 502 came from something between",
                "and check http_proxy and the VPN",
            ],
        );
    }
    let doctor = env.run(&["doctor"]).stdout;
    let doctor = doctor.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(doctor.contains("check http_proxy and the VPN"), "{doctor}");
    // What has none of AWS's marks is not said to be AWS's refusal.
    let unmarked =
        "HTTP/1.1 400 Bad Request\r\nvia: 1.1 squid\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let gateway = Proxy::start(Tunnel::Answers(unmarked));
    env.environment.remove("http_proxy");
    env.environment
        .insert("AWS_ENDPOINT_URL_SIGNIN".into(), gateway.url());
    says(
        &env.run(&["console", "--print", TARGET]),
        1,
        &["HTTP 400 came from the console sign-in or from something in front of it"],
    );
}

/// `NO_PROXY` with a port means that port alone; `*` means addresses, too.
#[test]
fn no_proxy_knows_ports_and_everything() {
    let mut env = TestEnv::with_few_accounts();
    let proxy = Proxy::start(Tunnel::Refused);
    env.environment.insert("HTTP_PROXY".into(), proxy.url());
    let host = env.sandbox.url().replace("http://", "");
    for list in [
        format!("example.com,{host}"),
        "*".to_owned(),
        "127.0.0.0/8".to_owned(),
    ] {
        env.environment.insert("NO_PROXY".into(), list.clone());
        env.sign_in();
        env.output(&["logout"]);
        assert!(proxy.hosts().is_empty(), "{list}: {:?}", proxy.hosts());
    }
    for list in ["127.0.0.1:9", "example.com,*"] {
        env.environment.insert("NO_PROXY".into(), list.into());
        says(
            &env.run(&["login", "--no-browser"]),
            1,
            &["HTTP 502 came from something between"],
        );
    }
    // The lower-case spelling counts where both are set.
    env.environment.insert("no_proxy".into(), "*".into());
    env.sign_in();
}
