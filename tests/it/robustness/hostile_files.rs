//! Files and variables that mean no good: what they hold is as foreign as the network, and is shown, told
//! and handed on without effect.

use genkan::domain::shells::shell::Shell;

use crate::support::env::{ACCOUNT, TARGET, TestEnv};
use crate::support::hostile_text::{PAYLOADS, assert_clean, assert_result_is_clean, hidden_drawn};
use crate::support::screen::Screen;
use crate::support::shells::{on_path, run_script};
use crate::support::text::texts;

/// An escape sequence, a C1 control, a reordering, a line of its own.
const EVIL: &str = "evil\u{1b}]52;c;eA==\u{7}\u{9b}31m\u{202e}\nINFO \t\u{200b}x";

/// What files and the environment hold is as foreign as the network.
#[test]
fn hostile_files_and_variables_are_cleaned() {
    let mut env = TestEnv::with_few_accounts();
    env.sign_in();
    env.output(&["list"]);
    env.rewrite_catalog(|header, accounts| {
        *header = header.replace("\"ReadOnlyAccess\"", &serde_json::to_string(EVIL).unwrap());
        assert!(header.contains("evil"));
        // A tab or the end of a line would only be another field or account.
        let evil = EVIL.replace(['\t', '\n'], "");
        let hostile = accounts.iter_mut().filter(|line| line.contains("payments-dev"));
        hostile.for_each(|line| *line = line.replace("payments-dev", &evil));
    });
    for arguments in [
        &["list"][..],
        &["list", "--format", "json"],
        &["list", "--format", "csv"],
        &["list", "--format", "plain"],
        &["export", "evil"],
        &["export", EVIL],
        &["export", "--format", EVIL],
        &[EVIL],
        &["login", EVIL],
        &["console", "--destination", EVIL, "evil/Admin"],
        &["console", "--region", EVIL, "evil"],
    ] {
        assert_result_is_clean(&format!("{arguments:?}"), &env.run(arguments));
    }
    for name in [
        "AWS_REGION",
        "AWS_PROFILE",
        "BROWSER",
        "SHELL",
        "GENKAN_LOG",
        "GENKAN_SESSION",
        "GENKAN_ACCOUNT_NAME",
        "GENKAN_ACCOUNT_ID",
        "GENKAN_PERMISSION_SET",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_CA_BUNDLE",
        "AWS_CONFIG_FILE",
        "XDG_STATE_HOME",
        "HTTPS_PROXY",
    ] {
        let before = env.environment.insert(name.into(), format!("/tmp/{EVIL}"));
        let commands = genkan::cli::build_command();
        let tellers = ["whoami", "status", "profiles"];
        let there = tellers
            .iter()
            .filter(|t| commands.get_subcommands().any(|c| c.get_name() == **t));
        for command in ["list", "shell"].iter().chain(there) {
            assert_result_is_clean(&format!("{name} {command}"), &env.run(&[command]));
        }
        match before {
            Some(value) => env.environment.insert(name.into(), value),
            None => env.environment.remove(name),
        };
    }
    env.write(".config/genkan/config.toml", "\"\\u001b[2J\\u202e\" = 1\n");
    assert_result_is_clean("preferences", &env.run(&["list"]));
    env.write(".config/genkan/config.toml", "session = \"\\u001b[2J\\u202e\"\n");
    assert_result_is_clean("preferred session", &env.run(&["list", "--refresh"]));
    assert_result_is_clean("preferred session", &env.run(&["login"]));
    env.write(".config/genkan/config.toml", "");
    env.write(
        ".aws/config",
        &format!("{}[sso-session a\u{1b}]52;c;eA==\u{7}]\nsso_start_url = https://a.awsapps.com/\u{202e}\nsso_region = \u{9b}1\n[sso-session b\u{202e}c]\nsso_start_url = https://a.awsapps.com/start\nsso_region = us-east-1\n", env.sso_session("demo")),
    );
    let result = env.run(&["list"]);
    assert_eq!(result.code, Some(0), "the others still work: {result:?}");
    assert_result_is_clean("sessions", &result);
    assert_result_is_clean("sessions", &env.run(&["login", "unknown"]));
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("accounts · updated");
    screen.type_keys("\x13");
    std::thread::sleep(std::time::Duration::from_millis(100));
    let drawn = screen.raw();
    assert!(!drawn.contains("\u{1b}]") && hidden_drawn(&drawn).is_empty());
    screen.type_keys("\x03");
    screen.exit();
}

/// An environment whose profiles, credentials file and history hold a text in each place.
fn spoilt(evil: &str) -> TestEnv {
    let env = TestEnv::with_few_accounts();
    env.sign_in();
    env.output(&["export", TARGET]);
    env.output(&["profiles", "--write"]);
    // In a header it is one word where it is in quotes.
    let word = format!("\"{}\"", evil.replace('\\', "\\\\").replace('"', "\\\""));
    let block = env
        .read(".aws/config")
        .replace(
            "sso_role_name = AdministratorAccess",
            &format!("sso_role_name = {evil}"),
        )
        .replace("[profile payments", &format!("[profile {word}payments"));
    env.write(
        ".aws/config",
        &format!(
            "# {evil}\n[profile {word}]\nsso_session = demo\nsso_account_id = {ACCOUNT}\nsso_role_name = {evil}\nregion = {evil}\n\
             [profile role{word}]\nrole_arn = {evil}\nsource_profile = {evil}\n[{evil}]\n[profile twice{word}]\n\
             [profile twice{word}]\nsso_session = {evil}\n{block}",
        ),
    );
    env.write(
        ".aws/credentials",
        &format!("[keys{evil}]\naws_access_key_id = {evil}\naws_secret_access_key = {evil}\n"),
    );
    let history = env.path(".local/state/genkan/history.json");
    let word = serde_json::to_string(evil).unwrap();
    let text = std::fs::read_to_string(&history).unwrap();
    std::fs::write(&history, text.replace("\"AdministratorAccess\"", &word)).unwrap();
    env
}

/// Files and variables with every payload that a line can hold.
#[test]
fn hostile_identities_and_profiles_are_cleaned() {
    // What ends a line or a section's name is left out.
    let evil = format!("e{}", PAYLOADS.concat().replace(['\r', '\n', ']'], ""));
    let mut env = spoilt(&evil);
    env.environment.insert("GENKAN_LOG".into(), "trace".into());
    let unknown = format!("unknown{evil}");
    let tellers: &[&[&str]] = &[
        &["whoami"],
        &["whoami", "--format", "json"],
        &["status"],
        &["status", "--format", "json"],
        &["doctor", "--offline"],
        &["doctor", "--offline", "--format", "json"],
        &["profiles"],
        &["profiles", "--format", "json"],
        &["export", "--profile", &evil],
        &["export", "--profile", &unknown],
        &["exec", "--profile", &evil, "--", "env"],
        &["assume", "bash", "-"],
        &["complete", "zsh", "--", "genkan", "export", "--profile", "e"],
        &["complete", "bash", "--", "genkan export --profile e", " \t\n"],
        &["complete", "nushell", "--", "genkan", "export", "--profile", ""],
    ];
    for named in ["", "e", "role", "keys", "twice", "unknown"] {
        let name = format!("{}{evil}", named.trim_start_matches('e'));
        match named {
            "" => env.environment.remove("AWS_PROFILE"),
            _ => env.environment.insert("AWS_PROFILE".into(), name),
        };
        // The doctor looks at all profiles, whichever is named.
        let asked = |q: &&&[&str]| named.is_empty() || q[0] != "doctor";
        for question in tellers.iter().filter(asked) {
            let mut result = env.run(question);
            if question[0] == "complete" {
                result.stdout = result.stdout.replace('\t', "");
            }
            if question.contains(&"env") {
                // What the user's own environment says goes on as it is.
                result.stdout = without(&result.stdout, "AWS_PROFILE=");
            }
            assert_result_is_clean(&format!("{named} {question:?}"), &result);
        }
    }
    env.environment.remove("AWS_PROFILE");
    for name in [
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "GENKAN_SESSION",
        "GENKAN_ACCOUNT_ID",
        "GENKAN_ACCOUNT_NAME",
        "GENKAN_PERMISSION_SET",
        "GENKAN_PREVIOUS",
        "GENKAN_VARIABLES",
    ] {
        env.environment.insert(name.into(), evil.clone());
        for question in tellers.iter().filter(|q| matches!(q[0], "whoami" | "assume")) {
            assert_result_is_clean(&format!("{name} {question:?}"), &env.run(question));
        }
    }
    let log = env.read(".local/state/genkan/genkan.log");
    assert_clean("log", &log);
    assert!(log.contains("not found in"), "{log}");
    let offered = env.output(&["complete", "zsh", "--", "genkan", "export", "--profile", ""]);
    assert!(
        !offered.contains("\u{fffd}"),
        "a word that can't be typed: {offered}"
    );
    let stale = env.output(&["profiles"]);
    assert!(
        stale.contains("\u{fffd}payments") && stale.contains("stale"),
        "{stale}"
    );
    // A user looks at the difference; a program gets it byte by byte.
    let mut screen = Screen::genkan(&env, &["profiles", "--diff", "--kind", "process"]);
    screen.exit();
    let drawn = screen.raw();
    assert!(drawn.contains("credential-process"), "{drawn}");
    let found = hidden_drawn(&drawn.replace('\t', ""));
    assert!(
        found.is_empty() && !drawn.contains('\u{1b}'),
        "{found:?} {drawn:?}"
    );
}

/// The lines that don't begin so.
fn without(text: &str, beginning: &str) -> String {
    text.split_inclusive('\n')
        .filter(|line| !line.starts_with(beginning))
        .collect()
}

/// Credentials that others wrote into the cache are printed only where they are valid.
#[test]
fn invalid_cached_credentials_are_not_printed() {
    let env = TestEnv::with_few_accounts();
    env.sign_in();
    let target = TARGET;
    env.output(&["export", target]);
    let cache = texts(&env.path(".cache/genkan/credentials"));
    let [(path, good)] = cache.as_slice() else {
        panic!("{cache:?}")
    };
    let file: serde_json::Value = serde_json::from_str(good).unwrap();
    for field in [
        "access_key_id",
        "secret_access_key",
        "session_token",
        "permission_set",
    ] {
        for payload in PAYLOADS {
            let mut spoilt = file.clone();
            spoilt[field] = serde_json::Value::String(format!("x{payload}"));
            std::fs::write(path, spoilt.to_string()).unwrap();
            assert_result_is_clean(field, &env.run(&["status"]));
            let asked: &[&str] = match field {
                "permission_set" => &["status", "--format", "json"],
                _ => &["credential-process", target],
            };
            let result = env.run(asked);
            assert_eq!(result.code, Some(0), "{result:?}");
            assert_result_is_clean(field, &result);
        }
    }
}

/// The prompt parts look themselves: a variable may come from anywhere.
#[test]
fn prompts_show_no_bidi_characters() {
    let obeyed = |c: &char| {
        c.is_control()
            || matches!(u32::from(*c), 0xad | 0x61c | 0x200b | 0x200e..=0x200f | 0x2028..=0x202e | 0x2060..=0x2069 | 0xfeff)
    };
    for shell in Shell::ALL {
        for locale in ["C.UTF-8", "C"] {
            let mut env = TestEnv::with_few_accounts();
            on_path(&mut env);
            env.environment.insert("LC_ALL".into(), locale.into());
            env.environment
                .insert("GENKAN_ACCOUNT_NAME".into(), format!("a{}", PAYLOADS.concat()));
            env.environment
                .insert("GENKAN_PERMISSION_SET".into(), format!("b{}z", PAYLOADS.concat()));
            let script = match shell {
                Shell::Nushell => "print (genkan_prompt)\n",
                Shell::Fish => "function set_color; end\ngenkan_prompt\n",
                _ => "genkan_prompt\n",
            };
            let Some(result) = run_script(&env, shell, script) else {
                continue;
            };
            let text = result.stdout.trim_end_matches('\n');
            let found: Vec<char> = text.chars().filter(obeyed).collect();
            assert!(found.is_empty(), "{shell:?} {locale}: {found:?} {text:?}");
            assert!(
                text.starts_with("[a?") || text.starts_with("[a\u{fffd}"),
                "{shell:?} {locale}: {result:?}"
            );
            assert!(text.contains("z]"), "{shell:?} {locale}: {result:?}");
        }
    }
}

/// A home whose name is hostile, and in which something is wrong.
#[test]
fn home_with_a_hostile_name_is_shown_cleaned() {
    let mut env = TestEnv::with_few_accounts();
    let name = format!("x{}", PAYLOADS[..19].concat());
    let home = env.path(&name);
    std::fs::create_dir(&home).unwrap();
    env.environment
        .insert("HOME".into(), home.to_str().unwrap().into());
    let config = env.sso_session("demo");
    env.write(&format!("{name}/.aws/config"), &config);
    env.sign_in();
    env.output(&["list"]);
    let cache = home.join(".aws/sso/cache");
    for entry in std::fs::read_dir(&cache).unwrap() {
        std::fs::write(entry.unwrap().path(), "nonsense").unwrap();
    }
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(&cache, open).unwrap();
    let mut seen = String::new();
    for question in [
        &["doctor", "--offline"][..],
        &["doctor", "--offline", "--format", "json"],
        &["list", "--refresh"],
        &["login", "--no-browser"],
        &["export", TARGET],
        &["status"],
        &["profiles", "--write"],
        &["man", "--dir", &format!("{name}/.aws/config")],
    ] {
        let result = env.run(question);
        assert_result_is_clean(&format!("{question:?}"), &result);
        seen += &result.stdout;
        seen += &result.stderr;
    }
    assert!(seen.contains("chmod") && seen.contains("\u{fffd}"), "{seen}");
}
