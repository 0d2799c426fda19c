//! What the SDKs put into their errors, `Debug` renderings and type names: none of it reaches a user.

use crate::support::env::{TARGET, TestEnv};

/// What only developers of the SDK can read.
const DUMPS: [&str; 14] = [
    "DispatchFailure",
    "ConnectorError",
    "ServiceError",
    "ProviderError",
    "CredentialsError",
    "SdkError",
    "Unhandled",
    "Os {",
    " { ",
    "Some(",
    "Error(",
    "cargo feature",
    "provider could not be built",
    "InvalidCertificate",
];

/// Failing searches for credentials and failing calls, whatever they fail by.
/// Arguments, and variables beside the test's own.
type FailingCase = (&'static [&'static str], Vec<(&'static str, String)>);

#[test]
fn no_sdk_debug_text_is_shown() {
    let profiles = "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/X\nsource_profile = keys\n\
        [profile lost]\nrole_arn = arn:aws:iam::111122223333:role/X\nsource_profile = nothere\n\
        [profile keys]\naws_access_key_id = AKIAX\naws_secret_access_key = s\n\
        [profile half]\naws_access_key_id = AKIAX\n\
        [profile fails]\ncredential_process = /bin/false\n\
        [profile says]\ncredential_process = sh -c 'echo no luck >&2; exit 3'\n\
        [profile nonsense]\ncredential_process = echo nonsense\n\
        [profile missing]\ncredential_process = /nonexistent/x\n\
        [profile late]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\",\"Expiration\":\"soon\"}'\n\
        [profile web]\nrole_arn = arn:aws:iam::111122223333:role/X\nweb_identity_token_file = /nonexistent/token\n\
        [profile circle]\nrole_arn = arn:aws:iam::111122223333:role/X\nsource_profile = circle2\n\
        [profile circle2]\nrole_arn = arn:aws:iam::111122223333:role/X\nsource_profile = circle\n\
        [profile env]\nrole_arn = arn:aws:iam::111122223333:role/X\ncredential_source = Environment\n\
        [profile instance]\nrole_arn = arn:aws:iam::111122223333:role/X\ncredential_source = Ec2InstanceMetadata\n\
        [profile console]\nlogin_session = arn:aws:sts::111122223333:assumed-role/x/y\n\
        [profile sso]\nsso_session = demo\nsso_account_id = 111122223333\nsso_role_name = None\n";
    let endpoint = |name: &'static str, value: &str| vec![(name, value.to_owned())];
    let keys = |mut more: Vec<(&'static str, String)>| {
        more.push(("AWS_ACCESS_KEY_ID", "AKIAX".to_owned()));
        more.push(("AWS_SECRET_ACCESS_KEY", "s".to_owned()));
        more
    };
    let verify: &[&str] = &["whoami", "--verify"];
    let mut cases: Vec<FailingCase> = profiles
        .lines()
        .filter_map(|line| line.strip_prefix("[profile ")?.strip_suffix(']'))
        .map(|name| {
            let closed = ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9".to_owned());
            (verify, vec![("AWS_PROFILE", name.to_owned()), closed])
        })
        .collect();
    for bad in [
        "http://127.0.0.1:9",
        "https://127.0.0.1:9",
        "https://localhost:9",
        "127.0.0.1",
        "https://host.invalid",
    ] {
        cases.push((verify, keys(endpoint("AWS_ENDPOINT_URL_STS", bad))));
        cases.push((&["list", "--refresh"], endpoint("AWS_ENDPOINT_URL_SSO", bad)));
        cases.push((
            &["login", "--no-browser", "--force"],
            endpoint("AWS_ENDPOINT_URL_SSO_OIDC", bad),
        ));
        cases.push((
            &["console", TARGET, "--print"],
            endpoint("AWS_ENDPOINT_URL_SIGNIN", bad),
        ));
    }
    // TLS to a server that speaks none.
    let speaks_http = TestEnv::new();
    let plain = speaks_http.sandbox.url().replace("http://", "https://");
    cases.push((verify, keys(endpoint("AWS_ENDPOINT_URL_STS", &plain))));
    cases.push((&["list", "--refresh"], endpoint("AWS_ENDPOINT_URL_SSO", &plain)));
    for container in ["http://127.0.0.1:9/x", ":::", "http://192.0.2.1/x"] {
        cases.push((verify, endpoint("AWS_CONTAINER_CREDENTIALS_FULL_URI", container)));
    }
    std::thread::scope(|scope| {
        for (arguments, variables) in &cases {
            scope.spawn(move || {
                let env = TestEnv::new();
                env.sign_in();
                let config = env.read(".aws/config");
                env.write(".aws/config", &format!("{config}{profiles}"));
                let mut command = env.command(arguments);
                let result = crate::support::env::command_result(
                    command.envs(variables.iter().cloned()).output().unwrap(),
                );
                let said = format!("{arguments:?} {variables:?}: {}", result.stderr);
                assert!(
                    matches!(result.code, Some(1 | 3)) && result.stdout.is_empty(),
                    "{said}"
                );
                for dump in DUMPS {
                    assert!(!result.stderr.contains(dump), "{dump} in {said}");
                }
                let types = result
                    .stderr
                    .replace("iam::", "")
                    .replace("sts::", "")
                    .replace(":::", "");
                assert!(!types.contains("::"), "{said}");
            });
        }
    });
}
