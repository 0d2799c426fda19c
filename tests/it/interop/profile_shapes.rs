//! Profiles that assume roles, in every shape: who botocore, the AWS SDKs for JavaScript and Rust and genkan are with each.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use aws_config::BehaviorVersion;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_types::os_shim_internal::Env;
use serde_json::{Value, json};

use crate::support::env::{TestEnv, command_result};
use crate::support::input::run_with_input;
use crate::support::peers;
use crate::support::sts::{Keys, block_on, client, user};

/// A shape, and who botocore, JavaScript's `fromIni`, `aws-config` and genkan are with profile `p` of it. (`aws-config` is asked
/// as programs ask it: keys of the environment come before the profile, even one that is named. It knows neither
/// `mfa_serial` nor `duration_seconds`.)
///
/// Profiles are a name and settings, with `|` between two of them. `$ren` and `$ayumi` are keys of IAM users, `$hub` an
/// assignment of the SSO session, `$process` a `credential_process` that prints keys of ren's, `$R(…)` a role's ARN; `+env`
/// puts keys of ren's into the environment. Who someone is: `role NAME`, `set` (the assignment itself) or `user NAME`; or why
/// no one: `loop`, `config` (no profile that can be used), `denied` and `invalid` (STS said so), `mfa` (a code is missing).
/// A role that is assumed by a role lasts an hour: genkan asks for no more. What no SDK could send (a duration of words) it
/// doesn't send.
type Row = (&'static str, &'static str, [&'static str; 4]);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("one hop from keys", "p $R(jump) source_profile=a | a $ren", ["role jump", "role jump", "role jump", "role jump"]),
    ("one hop from an assignment", "p $R(incident) source_profile=a | a $hub", ["role incident", "role incident", "role incident", "role incident"]),
    ("one hop from a process", "p $R(jump) source_profile=a | a $process", ["role jump", "role jump", "role jump", "role jump"]),
    ("two hops from an assignment", "p $R(logs) source_profile=b | b $R(incident) source_profile=a | a $hub", ["role logs", "role logs", "role logs", "role logs"]),
    ("from [default]", "p $R(jump) source_profile=default | default $ren", ["role jump", "role jump", "role jump", "role jump"]),
    ("itself, with keys", "p $R(jump) source_profile=p $ren", ["role jump", "role jump", "role jump", "role jump"]),
    ("itself, without keys", "p $R(jump) source_profile=p", ["loop", "loop", "config", "loop"]),
    ("a loop of two", "p $R(jump) source_profile=a | a $R(jump) source_profile=p", ["loop", "loop", "loop", "loop"]),
    ("a loop behind the door", "p $R(jump) source_profile=a | a $R(jump) source_profile=b | b $R(jump) source_profile=a", ["loop", "loop", "loop", "loop"]),
    ("a source with keys and a role: the keys", "p $R(jump) source_profile=a | a $R(unknown) source_profile=x $ren", ["role jump", "role jump", "role jump", "role jump"]),
    ("keys and a role: the role", "p $R(jump) source_profile=a $ayumi | a $ren", ["role jump", "role jump", "role jump", "role jump"]),
    ("keys beside a role without source", "p $R(jump) $ren", ["config", "user ren.sato", "config", "config"]),
    ("a role without source", "p $R(jump)", ["config", "config", "config", "config"]),
    ("two kinds of source", "p $R(jump) source_profile=a credential_source=Environment | a $ren +env", ["config", "config", "user ren.sato", "config"]),
    ("a source that is not there", "p $R(jump) source_profile=a", ["config", "config", "config", "config"]),
    ("a source without anything", "p $R(jump) source_profile=a | a region=eu-west-1", ["config", "config", "config", "config"]),
    ("from the environment", "p $R(jump) credential_source=Environment +env", ["role jump", "role jump", "user ren.sato", "role jump"]),
    ("from an empty environment", "p $R(jump) credential_source=Environment", ["config", "config", "config", "config"]),
    ("from a place that is none", "p $R(jump) credential_source=Nowhere +env", ["config", "config", "user ren.sato", "config"]),
    ("an external ID", "p $R(partner) external_id=tanuki-2026 source_profile=a | a $hub", ["role partner", "role partner", "role partner", "role partner"]),
    ("another external ID", "p $R(partner) external_id=tanuki-2027 source_profile=a | a $hub", ["denied", "denied", "denied", "denied"]),
    ("a role that trusts others", "p $R(incident) source_profile=a | a $ren", ["denied", "denied", "denied", "denied"]),
    ("12 h from keys", "p $R(jump) duration_seconds=43200 source_profile=a | a $ren", ["role jump", "role jump", "role jump", "role jump"]),
    ("2 h from an assignment", "p $R(partner) external_id=tanuki-2026 duration_seconds=7200 source_profile=a | a $hub", ["invalid", "invalid", "role partner", "role partner"]),
    ("a duration of words", "p $R(jump) duration_seconds=long source_profile=a | a $ren", ["role jump", "invalid", "role jump", "config"]),
    ("a duration of a minute", "p $R(jump) duration_seconds=60 source_profile=a | a $ren", ["invalid", "invalid", "role jump", "config"]),
    ("a session name with blanks", "p $R(jump) role_session_name=a_b@c source_profile=a | a $ren", ["role jump", "role jump", "role jump", "role jump"]),
    ("a session name that is none", "p $R(jump) role_session_name=a/b source_profile=a | a $ren", ["invalid", "invalid", "invalid", "config"]),
    ("MFA and no one to ask", "p $R(admin) mfa_serial=arn:aws:iam::598204417736:mfa/ayumi-phone source_profile=a | a $ayumi", ["mfa", "mfa", "denied", "mfa"]),
    ("MFA that nothing mentions", "p $R(admin) source_profile=a | a $ayumi", ["denied", "denied", "denied", "denied"]),
    ("an ARN that is none", "p role_arn=jump source_profile=a | a $ren", ["invalid", "invalid", "invalid", "config"]),
    ("a web identity that is not there", "p $R(jump) web_identity_token_file=/nowhere", ["config", "config", "config", "config"]),
    ("a source that fails", "p $R(jump) source_profile=a | a credential_process=false", ["config", "config", "config", "config"]),
    ("15 min from an assignment", "p $R(incident) duration_seconds=900 source_profile=a | a $hub", ["role incident", "role incident", "role incident", "role incident"]),
    ("a minute from an assignment", "p $R(incident) duration_seconds=60 source_profile=a | a $hub", ["invalid", "invalid", "role incident", "config"]),
    ("a session name, from an assignment", "p $R(incident) role_session_name=a_b@c source_profile=a | a $hub", ["role incident", "role incident", "role incident", "role incident"]),
    ("a session name that is none, from an assignment", "p $R(incident) role_session_name=a/b source_profile=a | a $hub", ["invalid", "invalid", "invalid", "config"]),
    ("an external ID that is none", "p $R(incident) external_id=a source_profile=a | a $hub", ["invalid", "invalid", "invalid", "config"]),
    ("an ARN that is none, from an assignment", "p role_arn=incident source_profile=a | a $hub", ["invalid", "invalid", "invalid", "config"]),
    ("a hop too few", "p $R(logs) source_profile=a | a $hub", ["denied", "denied", "denied", "denied"]),
    ("a source with keys and an assignment", "p $R(jump) source_profile=a | a $hub $ren", ["denied", "role jump", "role jump", "denied"]),
    ("an assignment and a role: the role", "p $R(incident) source_profile=a $hub | a $hub", ["role incident", "role incident", "role incident", "role incident"]),
    ("no role at all", "p $hub", ["set", "set", "set", "set"]),
];

/// The sample's roles, by a short name.
const ROLES: [(&str, &str); 6] = [
    ("jump", "arn:aws:iam::390178853927:role/JumpReadOnly"),
    ("admin", "arn:aws:iam::390178853927:role/JumpAdministrator"),
    ("incident", "arn:aws:iam::111318240067:role/IncidentResponse"),
    ("logs", "arn:aws:iam::111204938571:role/LogReader"),
    ("partner", "arn:aws:iam::390178853927:role/vendors/PartnerAudit"),
    ("unknown", "arn:aws:iam::390178853927:role/Unknown"),
];

/// The files and variables of a row.
struct Shape {
    config: PathBuf,
    credentials: PathBuf,
    variables: BTreeMap<String, String>,
}

fn variables(env: &TestEnv) -> [(&'static str, String); 2] {
    let ren = user(env, "ren.sato");
    [
        ("AWS_ACCESS_KEY_ID", ren.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", ren.secret_access_key),
    ]
}

/// The settings that a word of a row means.
fn settings(env: &TestEnv, word: &str) -> String {
    let keys = |name: &str| {
        let key = user(env, name);
        format!(
            "aws_access_key_id = {}\naws_secret_access_key = {}\n",
            key.access_key_id, key.secret_access_key
        )
    };
    if let Some(role) = word.strip_prefix("$R(").and_then(|role| role.strip_suffix(')')) {
        let known = ROLES.iter().find(|(name, _)| *name == role).unwrap();
        return format!("role_arn = {}\n", known.1);
    }
    match word {
        "$ren" => keys("ren.sato"),
        "$ayumi" => keys("ayumi.mori"),
        "$hub" => "sso_session = demo\nsso_account_id = 111427759318\nsso_role_name = AdministratorAccess\n"
            .to_owned(),
        "$process" => format!(
            "credential_process = cat \"{}\"\n",
            env.path("process.json").display()
        ),
        _ => {
            let (name, value) = word.split_once('=').unwrap();
            format!("{name} = {value}\n")
        }
    }
}

/// Writes a row's config file.
fn shape(env: &TestEnv, at: usize, text: &str) -> Shape {
    let (text, has_variables) = match text.strip_suffix(" +env") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let mut config = env.sso_session("demo");
    for profile in text.split(" | ") {
        let (name, words) = profile.split_once(' ').unwrap();
        let header = if name == "default" {
            name.to_owned()
        } else {
            format!("profile {name}")
        };
        let _ = writeln!(config, "\n[{header}]");
        for word in words.split(' ') {
            config.push_str(&settings(env, word));
        }
        if !words.contains("region=") {
            config.push_str("region = ap-northeast-1\n");
        }
    }
    let name = format!("shapes/{at}");
    env.write(&name, &config);
    let variables = variables(env)
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .filter(|_| has_variables);
    Shape {
        config: env.path(&name),
        credentials: env.path("shapes/none"),
        variables: variables.collect(),
    }
}

/// Who someone is in the words of the table.
fn in_short(arn: &str) -> String {
    if let Some((_, user)) = arn.split_once(":user/") {
        return format!("user {}", user.rsplit('/').next().unwrap());
    }
    let (account, role) = arn.split_once(":assumed-role/").unwrap();
    let role = role.split('/').next().unwrap();
    if role.starts_with("AWSReservedSSO_AdministratorAccess_") {
        return "set".to_owned();
    }
    let account = account.rsplit(':').next().unwrap();
    let known = ROLES
        .iter()
        .find(|(_, arn)| arn.contains(account) && arn.ends_with(&format!("/{role}")));
    format!("role {}", known.map_or(role, |(name, _)| name))
}

/// The class of an error, told by the words of four programs.
fn class(error: &str) -> &'static str {
    let error = error.to_lowercase();
    let classes: [(&str, &[&str]); 4] = [
        (
            "loop",
            &[
                "loop",
                "cycle",
                "circular",
                "lead back to each other",
                "is itself",
            ],
        ),
        ("denied", &["not authorized to perform"]),
        ("mfa", &["mfa", "eoferror", "multi-factor"]),
        ("invalid", &["validation"]),
    ];
    let mut found = classes
        .iter()
        .filter(|(_, words)| words.iter().any(|word| error.contains(word)));
    found.next().map_or("config", |(class, _)| class)
}

fn in_the_table(said: &Value) -> String {
    match said["arn"].as_str() {
        Some(arn) => in_short(arn),
        None => class(said["error"].as_str().unwrap()).to_owned(),
    }
}

/// What a script makes of all shapes.
fn by_script(env: &TestEnv, program: &Path, script: &Path, shapes: &[Shape]) -> Vec<Value> {
    let asked: Vec<Value> = shapes
        .iter()
        .map(|shape| json!({"config": shape.config, "credentials": shape.credentials, "variables": shape.variables}))
        .collect();
    let mut command = Command::new(program);
    command.arg(script).env_clear().envs(&env.environment);
    let result = run_with_input(&mut command, &Value::from(asked).to_string());
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    serde_json::from_str(&result.stdout).unwrap()
}

/// What `aws-config` makes of a shape.
#[allow(
    deprecated,
    reason = "the new names are those of a crate that is nothing to us otherwise"
)]
fn by_rust(env: &TestEnv, shape: &Shape) -> Value {
    use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};
    let files = ProfileFiles::builder()
        .with_file(ProfileFileKind::Config, &shape.config)
        .build();
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let variables: Vec<(&str, &str)> = (env.environment.iter())
        .chain(&shape.variables)
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let said = block_on(async {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .env(Env::from_slice(&variables))
            .profile_files(files)
            .profile_name("p")
            .http_client(http)
            .load()
            .await;
        let client = aws_sdk_sts::Client::new(&config);
        client.get_caller_identity().send().await
    });
    match said {
        Ok(identity) => json!({"arn": identity.arn()}),
        Err(error) => json!({"error": aws_sdk_sts::error::DisplayErrorContext(error).to_string()}),
    }
}

/// What genkan makes of a shape: it exports the profile, and STS says whose the credentials are.
fn by_genkan(env: &TestEnv, shape: &Shape) -> Value {
    // Credentials of the same role that another row asked for otherwise would still be good.
    let _ = std::fs::remove_dir_all(env.path(".cache/genkan/credentials"));
    let output = env
        .command(&["export", "--profile", "p", "--format", "json"])
        .env("AWS_CONFIG_FILE", &shape.config)
        .env("AWS_SHARED_CREDENTIALS_FILE", &shape.credentials)
        .envs(&shape.variables)
        .output()
        .unwrap();
    let result = command_result(output);
    if result.code != Some(0) {
        assert_eq!(result.stdout, "", "a command that fails prints nothing");
        return json!({"error": result.stderr});
    }
    let given: Value = serde_json::from_str(&result.stdout).unwrap();
    let text = |name: &str| given[name].as_str().unwrap().to_owned();
    let keys = Keys {
        id: text("AccessKeyId"),
        secret: text("SecretAccessKey"),
        token: Some(text("SessionToken")),
    };
    let identity = block_on(client(env, &keys).get_caller_identity().send()).unwrap();
    json!({"arn": identity.arn()})
}

/// A home where someone is signed in, with the file that the process of the rows prints.
fn home() -> TestEnv {
    let env = TestEnv::new();
    env.sign_in();
    let [(_, id), (_, secret)] = variables(&env);
    let process = json!({"Version": 1, "AccessKeyId": id, "SecretAccessKey": secret});
    env.write("process.json", &process.to_string());
    env
}

#[test]
fn chained_profiles_resolve_alike_everywhere() {
    let env = home();
    let shapes: Vec<Shape> = ROWS
        .iter()
        .enumerate()
        .map(|(at, (_, text, _))| shape(&env, at, text))
        .collect();
    let python = peers::python().map(|venv| {
        let script = peers::script("shapes.py", include_str!("../../peers/shapes.py"));
        by_script(&env, &venv.join("bin/python"), &script, &shapes)
    });
    let javascript = peers::node().map(|_| {
        let script = peers::script("shapes.mjs", include_str!("../../peers/shapes.mjs"));
        by_script(&env, Path::new("node"), &script, &shapes)
    });
    let rust = Some(
        shapes
            .iter()
            .map(|shape| by_rust(&env, shape))
            .collect::<Vec<_>>(),
    );
    let genkan = Some(
        shapes
            .iter()
            .map(|shape| by_genkan(&env, shape))
            .collect::<Vec<_>>(),
    );
    let mut wrong = String::new();
    for (at, (name, _, expected)) in ROWS.iter().enumerate() {
        let columns = [
            ("botocore", &python),
            ("JavaScript", &javascript),
            ("Rust", &rust),
            ("genkan", &genkan),
        ];
        for ((client, said), expected) in columns.iter().zip(expected) {
            let Some(said) = said else { continue };
            let found = in_the_table(&said[at]);
            if found != *expected {
                let _ = writeln!(
                    wrong,
                    "{name}: {client}: {found}, expected {expected}: {}",
                    said[at]
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
