//! The sandbox's STS, asked by AWS's own client for Rust: trust, MFA, chains, limits and who someone is at each hop.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder;
use aws_sdk_sts::types::Tag;
use genkan::platform::clock;
use serde_json::json;

use crate::support::env::{TestEnv, peer};
use crate::support::http::post_form;
use crate::support::oidc_wire::{test_env, token};
use crate::support::sts::{Keys, Refused, block_on, client, keys_of, portal_keys, refused, user};

const SECURITY_TOOLING: &str = "111427759318";
const SECURITY_AUDIT: &str = "111318240067";
const LOG_ARCHIVE: &str = "111204938571";
const PARTNER: &str = "390178853927";
const JUMP: &str = "598204417736";

fn role(account: &str, path_and_name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{path_and_name}")
}

type Change<'a> = Box<dyn FnOnce(AssumeRoleFluentBuilder) -> AssumeRoleFluentBuilder + 'a>;

/// Assumes a role as session `me`; the keys and the seconds that they live.
fn assume_with(
    env: &TestEnv,
    keys: &Keys,
    arn: &str,
    change: impl FnOnce(AssumeRoleFluentBuilder) -> AssumeRoleFluentBuilder,
) -> Result<(Keys, i64), Refused> {
    let request = client(env, keys)
        .assume_role()
        .role_arn(arn)
        .role_session_name("me");
    let answer = block_on(change(request).send()).map_err(|error| refused(&error))?;
    let credentials = answer.credentials().unwrap();
    let lives = credentials.expiration().secs() - clock::current_time().as_second();
    Ok((keys_of(credentials), lives))
}

fn assume(env: &TestEnv, keys: &Keys, arn: &str) -> Result<Keys, Refused> {
    assume_with(env, keys, arn, |request| request).map(|(keys, _)| keys)
}

/// ARN, account and unique ID.
fn who(env: &TestEnv, keys: &Keys) -> Result<(String, String, String), Refused> {
    let answer = block_on(client(env, keys).get_caller_identity().send()).map_err(|error| refused(&error))?;
    let text = |text: Option<&str>| text.unwrap().to_owned();
    Ok((text(answer.arn()), text(answer.account()), text(answer.user_id())))
}

fn session(
    env: &TestEnv,
    keys: &Keys,
    seconds: Option<i32>,
    mfa: Option<(&str, &str)>,
) -> Result<(Keys, i64), Refused> {
    let mut request = client(env, keys)
        .get_session_token()
        .set_duration_seconds(seconds);
    if let Some((serial, code)) = mfa {
        request = request.serial_number(serial).token_code(code);
    }
    let answer = block_on(request.send()).map_err(|error| refused(&error))?;
    let credentials = answer.credentials().unwrap();
    let lives = credentials.expiration().secs() - clock::current_time().as_second();
    Ok((keys_of(credentials), lives))
}

/// Credentials of the permission set that the sample's roles trust.
fn hub(env: &TestEnv) -> Keys {
    portal_keys(env, &token(env), SECURITY_TOOLING, "AdministratorAccess")
}

#[test]
fn caller_identity_is_right_at_every_hop() {
    let env = test_env();
    let hub = hub(&env);
    let (arn, account, id) = who(&env, &hub).unwrap();
    let start = format!("arn:aws:sts::{SECURITY_TOOLING}:assumed-role/AWSReservedSSO_AdministratorAccess_");
    assert!(
        arn.starts_with(&start) && arn.ends_with("/ayumi.mori@example.com"),
        "{arn}"
    );
    assert_eq!(account, SECURITY_TOOLING);
    assert!(
        id.starts_with("AROA") && id.ends_with(":ayumi.mori@example.com"),
        "{id}"
    );

    let first = assume(&env, &hub, &role(SECURITY_AUDIT, "IncidentResponse")).unwrap();
    let (arn, account, _) = who(&env, &first).unwrap();
    assert_eq!(
        arn,
        format!("arn:aws:sts::{SECURITY_AUDIT}:assumed-role/IncidentResponse/me")
    );
    assert_eq!(account, SECURITY_AUDIT);
    let second = assume(&env, &first, &role(LOG_ARCHIVE, "LogReader")).unwrap();
    let (arn, account, id) = who(&env, &second).unwrap();
    assert_eq!(
        arn,
        format!("arn:aws:sts::{LOG_ARCHIVE}:assumed-role/LogReader/me")
    );
    assert_eq!(account, LOG_ARCHIVE);
    assert!(id.starts_with("AROA") && id.ends_with(":me"), "{id}");

    let ayumi = Keys::from(&user(&env, "ayumi.mori"));
    let named = who(&env, &ayumi).unwrap();
    assert_eq!(named.0, format!("arn:aws:iam::{JUMP}:user/people/ayumi.mori"));
    assert_eq!(named.1, JUMP);
    assert!(named.2.starts_with("AIDA"), "{}", named.2);
    let (session, _) = session(&env, &ayumi, None, None).unwrap();
    assert_eq!(
        who(&env, &session).unwrap(),
        named,
        "a user's session is the user"
    );
    let counts = env.sandbox.counts();
    assert_eq!(
        (
            counts.get_caller_identity,
            counts.assume_role,
            counts.get_session_token
        ),
        (5, 2, 1)
    );
}

#[test]
fn roles_open_to_those_they_trust_only() {
    let env = test_env();
    let hub = hub(&env);
    let other = portal_keys(&env, &token(&env), SECURITY_TOOLING, "ReadOnlyAccess");
    let ren = Keys::from(&user(&env, "ren.sato"));
    let incident = role(SECURITY_AUDIT, "IncidentResponse");
    let partner = role(PARTNER, "vendors/PartnerAudit");
    let with_id = |keys: &Keys, id: &str| assume_with(&env, keys, &partner, |r| r.external_id(id));
    assert!(with_id(&hub, "tanuki-2026").is_ok());
    assert!(assume(&env, &ren, &role(PARTNER, "JumpReadOnly")).is_ok());
    for (what, refusal) in [
        ("another permission set", assume(&env, &other, &incident)),
        ("a user", assume(&env, &ren, &incident)),
        ("no external ID", assume(&env, &hub, &partner)),
        (
            "another external ID",
            with_id(&hub, "tanuki-2027").map(|(keys, _)| keys),
        ),
        ("no path", assume(&env, &hub, &role(PARTNER, "PartnerAudit"))),
        ("no chain", assume(&env, &hub, &role(LOG_ARCHIVE, "LogReader"))),
        ("no MFA", assume(&env, &ren, &role(PARTNER, "JumpAdministrator"))),
        ("no such role", assume(&env, &hub, &role(PARTNER, "Unknown"))),
        (
            "no such account",
            assume(&env, &hub, &role("999999999999", "IncidentResponse")),
        ),
    ] {
        let (code, message) = refusal.unwrap_err();
        assert_eq!(code, "AccessDenied", "{what}");
        assert!(
            message.contains("is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::"),
            "{what}: {message}"
        );
    }
}

#[test]
fn sessions_last_as_long_as_role_and_chain_allow() {
    let env = test_env();
    let hub = hub(&env);
    let ren = Keys::from(&user(&env, "ren.sato"));
    let for_seconds = |keys: &Keys, arn: &str, seconds: i32| {
        let asked = assume_with(&env, keys, arn, |r| {
            r.duration_seconds(seconds).external_id("tanuki-2026")
        });
        asked.map(|(_, lives)| lives)
    };
    let incident = role(SECURITY_AUDIT, "IncidentResponse");
    let partner = role(PARTNER, "vendors/PartnerAudit");
    let jump = role(PARTNER, "JumpReadOnly");
    let near = |lives: Result<i64, Refused>, seconds: i64| {
        let lives = lives.unwrap();
        assert!((seconds - 30..=seconds).contains(&lives), "{lives} of {seconds}");
    };
    near(
        assume_with(&env, &hub, &incident, |r| r).map(|(_, lives)| lives),
        3_600,
    );
    near(for_seconds(&hub, &incident, 900), 900);
    near(for_seconds(&ren, &jump, 43_200), 43_200);
    let (of_ren, _) = session(&env, &ren, None, None).unwrap();
    near(for_seconds(&of_ren, &jump, 43_200), 43_200);
    let chain =
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
    let (code, message) = for_seconds(&hub, &partner, 7_200).unwrap_err();
    assert_eq!((code.as_str(), message.as_str()), ("ValidationError", chain));
    let (code, message) = for_seconds(&hub, &incident, 43_201).unwrap_err();
    assert_eq!(code, "ValidationError");
    assert!(message.contains("less than or equal to 43200"), "{message}");
    // More than the role's own maximum, by someone who is not a role.
    let env = TestEnv::with(|options| {
        for role in &mut options.organisation.roles {
            role.max_session_seconds = 3_600;
        }
    });
    let ren = Keys::from(&user(&env, "ren.sato"));
    let (code, message) = assume_with(&env, &ren, &jump, |r| r.duration_seconds(3_601)).unwrap_err();
    assert_eq!(code, "ValidationError");
    assert!(message.contains("MaxSessionDuration"), "{message}");
}

#[test]
fn an_mfa_code_works_once_and_opens_many_roles() {
    let env = test_env();
    let control = env.sandbox.control();
    let key = user(&env, "ayumi.mori");
    let ayumi = Keys::from(&key);
    let serial = key.mfa_serial.as_deref().unwrap();
    assert_eq!(serial, format!("arn:aws:iam::{JUMP}:mfa/ayumi-phone"));
    let code = control.mfa_code(serial).unwrap();
    let (with_mfa, lives) = session(&env, &ayumi, None, Some((serial, &code))).unwrap();
    assert!((43_100..=43_200).contains(&lives), "{lives}");
    for account in [PARTNER, SECURITY_AUDIT] {
        assume(&env, &with_mfa, &role(account, "JumpAdministrator")).unwrap();
    }
    let refusal = |mfa: (&str, &str)| session(&env, &ayumi, None, Some(mfa)).unwrap_err();
    let (error, message) = refusal((serial, &code));
    assert_eq!(error, "AccessDenied", "the same code again");
    assert!(message.contains("invalid MFA one time pass code"), "{message}");
    let next = control.mfa_code(serial).unwrap();
    assert_ne!(next, code);
    let other = format!("arn:aws:iam::{JUMP}:user/ayumi.mori");
    for wrong in [other.as_str(), "arn:aws:iam::598204417736:mfa/deploy-token"] {
        let (error, message) = refusal((wrong, &next));
        assert_eq!(error, "AccessDenied", "{wrong}");
        assert!(
            message.contains("unable to validate MFA code") && message.contains("serial number"),
            "{message}"
        );
    }
    // The code that was refused for the serial number is as good as new. AssumeRole takes it, too.
    let direct = assume_with(&env, &ayumi, &role(PARTNER, "JumpAdministrator"), |r| {
        r.serial_number(serial).token_code(&next)
    });
    let (of_role, _) = direct.unwrap();
    let (without, _) = session(&env, &ayumi, None, None).unwrap();
    assert!(assume(&env, &without, &role(PARTNER, "JumpAdministrator")).is_err());
    let one_only = assume_with(&env, &ayumi, &role(PARTNER, "JumpReadOnly"), |r| {
        r.serial_number(serial)
    });
    assert!(one_only.unwrap_err().1.contains("must provide both"));
    // A role has no device.
    let by_role = assume_with(&env, &of_role, &role(PARTNER, "JumpReadOnly"), |r| {
        r.serial_number(serial).token_code("123456")
    });
    assert!(by_role.unwrap_err().1.contains("unable to validate MFA code"));
}

/// The codes of a device are those that oathtool, another project's program, makes of its secret.
#[test]
fn mfa_codes_are_those_of_oathtool() {
    if !peer("oathtool") {
        return;
    }
    for second in [0_i64, 29, 30, 1_111_111_109, 1_795_699_200, 4_102_444_799] {
        let at = jiff::Timestamp::from_second(second).unwrap();
        let env = TestEnv::with(|options| options.clock = Arc::new(move || at));
        for key in env.sandbox.iam_access_keys() {
            let (Some(serial), Some(secret)) = (&key.mfa_serial, &key.mfa_secret) else {
                continue;
            };
            let output = Command::new("oathtool")
                .args(["--totp", "--base32", "--now"])
                .arg(at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
                .arg(secret)
                .output()
                .unwrap();
            let code = String::from_utf8(output.stdout).unwrap();
            assert_eq!(
                env.sandbox.control().mfa_code(serial).as_deref(),
                Some(code.trim()),
                "{at}"
            );
        }
    }
}

#[test]
fn session_tokens_are_for_long_term_keys() {
    let env = test_env();
    let hub = hub(&env);
    let ren = Keys::from(&user(&env, "ren.sato"));
    let (of_ren, _) = session(&env, &ren, Some(900), None).unwrap();
    for keys in [&hub, &of_ren] {
        let (code, message) = session(&env, keys, None, None).unwrap_err();
        assert_eq!(code, "AccessDenied");
        assert_eq!(message, "Cannot call GetSessionToken with session credentials");
    }
    let lives = session(&env, &ren, Some(129_600), None).unwrap().1;
    assert!((129_500..=129_600).contains(&lives), "{lives}");
    for seconds in [899, 129_601] {
        let (code, _) = session(&env, &ren, Some(seconds), None).unwrap_err();
        assert_eq!(code, "ValidationError", "{seconds}");
    }
}

#[test]
fn parameters_are_held_to_the_service_model() {
    let env = test_env();
    let ren = Keys::from(&user(&env, "ren.sato"));
    let arn = role(PARTNER, "JumpReadOnly");
    let tag = |key: &str| Tag::builder().key(key).value("x").build().unwrap();
    let cases: Vec<(Change<'_>, &str, &str)> = vec![
        (
            Box::new(|r| r.role_session_name("a")),
            "ValidationError",
            "roleSessionName",
        ),
        (
            Box::new(|r| r.role_session_name("a b")),
            "ValidationError",
            "[\\w+=,.@-]*",
        ),
        (
            Box::new(|r| r.role_session_name("a".repeat(65))),
            "ValidationError",
            "less than or equal to 64",
        ),
        (
            Box::new(|r| r.duration_seconds(60)),
            "ValidationError",
            "durationSeconds",
        ),
        (Box::new(|r| r.external_id("a")), "ValidationError", "externalId"),
        (
            Box::new(|r| r.role_arn("role/JumpReadOnly")),
            "ValidationError",
            "roleArn",
        ),
        (
            Box::new(|r| r.role_arn("arn:aws:iam::1:role/JumpReadOnly")),
            "ValidationError",
            "is invalid",
        ),
        (Box::new(|r| r.token_code("12")), "ValidationError", "tokenCode"),
        (
            Box::new(|r| r.serial_number("a")),
            "ValidationError",
            "serialNumber",
        ),
        (
            Box::new(|r| r.source_identity("aws:me")),
            "ValidationError",
            "ourceIdentity",
        ),
        (Box::new(|r| r.policy("{")), "MalformedPolicyDocument", "JSON"),
        (
            Box::new(|r| r.tags(tag("a")).tags(tag("A"))),
            "InvalidParameterValue",
            "Duplicate",
        ),
    ];
    for (change, code, word) in cases {
        let refusal = assume_with(&env, &ren, &arn, change).unwrap_err();
        assert_eq!(refusal.0, code, "{word}: {}", refusal.1);
        assert!(refusal.1.contains(word), "{word}: {}", refusal.1);
    }
}

#[test]
fn tags_and_source_identity_stay_along_a_chain() {
    let env = test_env();
    let hub = hub(&env);
    let tag = || Tag::builder().key("team").value("blue").build().unwrap();
    let (first, _) = assume_with(&env, &hub, &role(SECURITY_AUDIT, "IncidentResponse"), |r| {
        r.tags(tag()).transitive_tag_keys("team").source_identity("ayumi")
    })
    .unwrap();
    let logs = role(LOG_ARCHIVE, "LogReader");
    let (code, message) = assume_with(&env, &first, &logs, |r| r.tags(tag())).unwrap_err();
    assert_eq!(code, "InvalidParameterValue", "{message}");
    let (code, message) = assume_with(&env, &first, &logs, |r| r.source_identity("ren")).unwrap_err();
    assert_eq!(code, "AccessDenied", "{message}");
    assert!(message.contains("sts:SetSourceIdentity"), "{message}");
    let answer = block_on(
        client(&env, &first)
            .assume_role()
            .role_arn(&logs)
            .role_session_name("me")
            .send(),
    );
    assert_eq!(answer.unwrap().source_identity(), Some("ayumi"));
}

#[test]
fn sessions_end_when_they_are_told_to() {
    let env = test_env();
    let control = env.sandbox.control();
    let ren = Keys::from(&user(&env, "ren.sato"));
    let arn = role(PARTNER, "JumpReadOnly");
    let [one, another] = [(); 2].map(|()| assume(&env, &ren, &arn).unwrap());
    assert!(control.end_session(&one.id));
    assert!(!control.end_session(&one.id), "it has ended");
    assert_eq!(who(&env, &one).unwrap_err().0, "ExpiredToken");
    assert!(who(&env, &another).is_ok());
    control.set_sts_session_lifetime(Some(Duration::from_secs(2)));
    let (_, lives) = assume_with(&env, &ren, &arn, |r| r.duration_seconds(43_200)).unwrap();
    assert!(lives <= 2, "{lives}");
    control.set_sts_session_lifetime(None);
    control.expire_role_credentials();
    assert_eq!(who(&env, &another).unwrap_err().0, "ExpiredToken");
    assert!(who(&env, &ren).is_ok(), "a long-term key has no end");
    let wrong = |change: &dyn Fn(&mut Keys)| {
        let mut keys = assume(&env, &ren, &arn).unwrap();
        change(&mut keys);
        who(&env, &keys).unwrap_err().0
    };
    assert_eq!(wrong(&|keys| keys.token = None), "InvalidClientTokenId");
    assert_eq!(
        wrong(&|keys| keys.token = Some("x".into())),
        "InvalidClientTokenId"
    );
    assert_eq!(wrong(&|keys| keys.secret = "x".into()), "SignatureDoesNotMatch");
}

#[test]
fn the_console_opens_for_roles_and_lasts_as_long_as_chains_allow() {
    let env = test_env();
    let hub = hub(&env);
    let ren = Keys::from(&user(&env, "ren.sato"));
    let chained = assume(&env, &hub, &role(SECURITY_AUDIT, "IncidentResponse")).unwrap();
    let of_user = assume(&env, &ren, &role(PARTNER, "JumpReadOnly")).unwrap();
    let (user_session, _) = session(&env, &ren, None, None).unwrap();
    let status = |keys: &Keys, duration: Option<&str>| {
        let session = json!({"sessionId": keys.id, "sessionKey": keys.secret, "sessionToken": keys.token});
        let session = session.to_string();
        let mut fields = vec![("Action", "getSigninToken"), ("Session", session.as_str())];
        fields.extend(duration.map(|seconds| ("SessionDuration", seconds)));
        post_form(&env.sandbox.url(), "/federation", &fields).status
    };
    assert_eq!(status(&chained, None), 200);
    assert_eq!(status(&chained, Some("3600")), 400);
    assert_eq!(status(&of_user, Some("3600")), 200);
    assert_eq!(status(&hub, Some("3600")), 200);
    assert_eq!(status(&user_session, None), 400);
}

#[test]
fn the_account_of_any_key_is_in_its_id() {
    let env = test_env();
    let key = user(&env, "ren.sato");
    let ren = Keys::from(&key);
    let of = |id: &str| {
        let answer = block_on(client(&env, &ren).get_access_key_info().access_key_id(id).send());
        answer
            .map(|answer| answer.account().unwrap().to_owned())
            .map_err(|error| refused(&error).0)
    };
    assert_eq!(of(&key.access_key_id).unwrap(), JUMP);
    assert_eq!(of(&hub(&env).id).unwrap(), SECURITY_TOOLING);
    assert_eq!(of("AROAAAAAAAAAAAAAAAAA").unwrap_err(), "ValidationError");
}
