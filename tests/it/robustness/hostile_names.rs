//! Names of the network that mean no good: no escape sequence, no hidden character and no command in them
//! has an effect, wherever they are shown.

use std::fmt::Write as _;

use genkan::domain::shells::export::ExportFormat;
use genkan::sandbox::{Account, Organisation};

use crate::support::documents::top;
use crate::support::env::{TestEnv, export_as, peer};
use crate::support::hostile_text::{PAYLOADS, assert_clean, assert_result_is_clean, hidden_drawn};
use crate::support::iam_users;
use crate::support::screen::{ESC, Screen};
use crate::support::sources;
use crate::support::text::texts;

/// An environment in an organisation whose every name is hostile.
fn test_env() -> TestEnv {
    let env = TestEnv::with(|options| options.organisation = Organisation::hostile());
    env.sign_in();
    env
}

/// The account whose name is a command line.
const COMMANDS: &str = "666000000010/ReadOnlyAccess";

#[test]
fn hostile_names_are_clean_on_every_output() {
    let env = test_env();
    let accounts = Organisation::hostile().accounts.len();
    for format in ["table", "json", "csv", "plain"] {
        let result = env.run(&["list", "--refresh", "--format", format]);
        assert_eq!(result.code, Some(0), "{result:?}");
        assert_result_is_clean(format, &result);
        // Permission sets with names that the service would refuse are left out.
        let rows = match format {
            "json" => serde_json::from_str::<Vec<serde_json::Value>>(&result.stdout)
                .unwrap()
                .len(),
            "plain" => result.stdout.lines().count(),
            _ => result.stdout.lines().count() - 1,
        };
        assert!(rows >= accounts - 1, "{format}: {rows} rows");
        assert!(
            format == "json"
                || result
                    .stdout
                    .lines()
                    .all(|l| l.contains("666") || l.contains("ID") || l.contains("account_id"))
        );
    }
    for format in ExportFormat::ALL.map(ExportFormat::name) {
        for account in 0..16 {
            let target = format!("6660000000{account:02}/ReadOnlyAccess");
            let result = env.run(&export_as(format, &target));
            assert_eq!(result.code, Some(0), "{format} {target}: {}", result.stderr);
            assert_result_is_clean(format, &result);
        }
    }
    for query in ["nonsense", "evil", "666"] {
        assert_result_is_clean(query, &env.run(&["export", query]));
        assert_result_is_clean(query, &env.run(&["list", "--query", query]));
    }
    let result = env.run(&["exec", "666000000000/ReadOnlyAccess", "--", "env"]);
    assert_result_is_clean("exec", &result);
    assert!(
        result.stdout.contains("GENKAN_ACCOUNT_NAME=osc52-\u{fffd}"),
        "{result:?}"
    );
}

/// An organisation whose names, emails and permission sets are every payload at once, and one of each.
fn organisation() -> Organisation {
    let all = PAYLOADS.concat();
    let account = |at: usize, payload: &str| Account {
        id: format!("{:012}", 667_000_000_000_u64 + at as u64),
        name: format!("{payload}name"),
        email: format!("{payload}@example.com"),
        permission_sets: vec!["ReadOnlyAccess".into(), format!("{payload}set")],
        color: None,
    };
    let each = PAYLOADS
        .iter()
        .enumerate()
        .map(|(at, payload)| account(at + 1, payload));
    let mut organisation = Organisation::hostile();
    organisation.accounts = std::iter::once(account(0, &all)).chain(each).collect();
    organisation
}

/// The account whose name is every payload.
const ALL: &str = "667000000000/ReadOnlyAccess";

/// What each command is asked in a hostile environment; `None` for those that tell of nothing foreign.
fn questions(command: &str) -> Option<Vec<Vec<&'static str>>> {
    let genkan = env!("CARGO_BIN_EXE_genkan");
    let formats = |words: &[&'static str], formats: &[&'static str]| {
        let asked = |format: &&'static str| [words, &["--format", format]].concat();
        formats.iter().map(asked).collect()
    };
    Some(match command {
        "login" => vec![
            vec!["login", "--no-browser"],
            vec!["login", "--no-browser", "--force"],
        ],
        "list" => formats(&["list", "--refresh"], &["table", "json", "csv", "plain"]),
        "export" => {
            let all = ExportFormat::ALL.map(ExportFormat::name);
            let mut asked: Vec<Vec<_>> = all.iter().map(|format| export_as(format, ALL)).collect();
            asked.push(vec![
                "export",
                "--as",
                "x",
                "--write",
                "--format",
                "credentials-file",
                ALL,
            ]);
            asked
        }
        "exec" => vec![
            vec!["exec", ALL, "--", "env"],
            vec!["exec", ALL, "--", genkan, "whoami"],
            vec!["exec", ALL, "--", genkan, "whoami", "--format", "json"],
            vec!["exec", ALL, "--", genkan, "exec", ALL, "--", "true"],
        ],
        "shell" => vec![vec!["shell", ALL]],
        "prompt" => ["plain", "tmux", "json", "{account_name}{permission_set}"]
            .map(|format| vec!["exec", ALL, "--", genkan, "prompt", "--format", format])
            .into(),
        // It ends with a process that is not there.
        "serve" => [
            vec!["--format", "json"],
            vec!["--format", "bash"],
            vec!["--format", "dotenv"],
            vec!["--docker"],
        ]
        .map(|form| {
            [
                &["serve", "--until-exit", "2147483647"],
                form.as_slice(),
                &[ALL, "667000000001/ReadOnlyAccess"],
            ]
            .concat()
        })
        .into(),
        "console" => vec![
            vec!["console", "--print", "--via", "portal", ALL],
            vec!["console", "--print", "--via", "federation", ALL],
            vec!["console", "--via", "portal", ALL],
        ],
        "credential-process" => vec![vec!["credential-process", ALL]],
        "profiles" => vec![
            vec!["profiles"],
            vec!["profiles", "--format", "json"],
            vec!["profiles", "--diff", "--kind", "process"],
            vec!["profiles", "--name", "{account}.{permission_set}", "--diff"],
            vec!["profiles", "--write"],
        ],
        "doctor" => formats(&["doctor"], &["text", "json"]),
        "iam-user" => formats(&["iam-user", "list"], &["text", "json"]),
        "trust" => formats(&["trust", "--list"], &["text", "json"]),
        "status" => formats(&["status"], &["text", "json"]),
        "history" => formats(&["history"], &["text", "json"]),
        "whoami" => {
            let mut asked: Vec<Vec<_>> = formats(&["whoami"], &["text", "json"]);
            asked.push(vec!["whoami", "--verify"]);
            asked
        }
        "assume" => genkan::domain::shells::shell::Shell::ALL
            .map(|shell| vec!["assume", shell.name(), ALL])
            .into(),
        "complete" => ["zsh", "fish", "elvish", "xonsh", "powershell"]
            .into_iter()
            .flat_map(|shell| {
                [
                    vec!["complete", shell, "--", "genkan", "export", ""],
                    vec!["complete", shell, "--", "genkan", "export", "667000000000/"],
                ]
            })
            .chain([
                vec!["complete", "bash", "--", "genkan export 6", " \t\n"],
                vec!["complete", "tcsh", "--", "genkan export 6"],
                vec!["complete", "nushell", "--", "genkan", "export", "6"],
            ])
            .collect(),
        "logout" => vec![vec!["logout"]],
        "demo" | "sandbox" | "init" | "completions" | "man" | "clear-clipboard" => return None,
        command => panic!("ask `{command}` too, in a home folder where every name is hostile"),
    })
}

/// Every command at the highest log level, and what it leaves on disk.
#[test]
fn hostile_names_are_clean_in_every_command() {
    let mut env = TestEnv::with(|options| options.organisation = organisation());
    env.environment.insert("GENKAN_LOG".into(), "trace".into());
    env.sign_in();
    env.output(&["list"]);
    env.output(&["export", ALL]);
    let commands = genkan::cli::build_command();
    // Signing out comes last.
    let (last, first): (Vec<_>, Vec<_>) = commands.get_subcommands().partition(|c| c.get_name() == "logout");
    for command in first.into_iter().chain(last) {
        for question in questions(command.get_name()).into_iter().flatten() {
            let mut result = env.run(&question);
            match command.get_name() {
                // What parts a word from what it is.
                "complete" => result.stdout = result.stdout.replace('\t', ""),
                // The prompt's own colour.
                "shell" => result.stderr = result.stderr.replace("\u{1b}[36m", "").replace("\u{1b}[0m", ""),
                _ => {}
            }
            assert_result_is_clean(&format!("{question:?}"), &result);
            let fails = matches!(
                question.as_slice(),
                ["shell" | "doctor" | "whoami" | "console", ..]
            );
            assert!(result.code == Some(0) || fails, "{question:?} {result:?}");
        }
    }
    for folder in [".cache", ".local/state", ".aws"] {
        for (path, text) in texts(&env.path(folder)) {
            assert_clean(&path, &text);
        }
    }
    let log = env.read(".local/state/genkan/genkan.log");
    assert!(
        log.contains("GetRoleCredentials") && log.lines().all(|line| line.starts_with("20")),
        "{log}"
    );
}

/// Profiles of the config file, which others may have written, and the serial number of a device in a file of genkan's own.
#[test]
fn hostile_profiles_and_devices_are_clean_in_every_list() {
    const ROLE: &str = "arn:aws:iam::390178853927:role/JumpReadOnly";
    let mut env = TestEnv::new();
    env.environment.insert("GENKAN_LOG".into(), "trace".into());
    let mut config = env.sso_session("demo");
    for (at, payload) in PAYLOADS.iter().enumerate() {
        // A line break ends a section's name, and the file is refused for it.
        let name: String = payload.chars().filter(|c| !"\r\n".contains(*c)).collect();
        let _ = write!(
            config,
            "[profile {name}{at}]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n\
             [profile {name}role{at}]\nrole_arn = {ROLE}\nsource_profile = {name}{at}\n"
        );
    }
    env.write(".aws/config", &config);
    iam_users::with_file(&env);
    let key = &iam_users::keys(&env, iam_users::WITHOUT_MFA)[0];
    iam_users::add(&env, "ren", key);
    let users = env.read(".local/state/genkan/iam-users.json");
    let mut users: serde_json::Value = serde_json::from_str(&users).unwrap();
    users["users"][0]["mfa_serial"] = PAYLOADS.concat().into();
    env.write(".local/state/genkan/iam-users.json", &users.to_string());
    let rows = env.output(&["list", "--format", "plain"]);
    assert!(rows.lines().count() > PAYLOADS.len() / 2, "{rows}");
    let first = rows.lines().next().unwrap().to_owned();
    for arguments in [
        &["list"][..],
        &["list", "--format", "json"],
        &["list", "--format", "csv"],
        &["list", "--format", "plain"],
        &["list", "--query", "jump"],
        &["status"],
        &["status", "--format", "json"],
        &["doctor", "--offline"],
        &["whoami"],
        &["history"],
        &["export", &first],
        &["export", "390178853927/JumpReadOnly"],
        &["login", "ren"],
        &["login", "--all"],
        &["iam-user", "list"],
        &["iam-user", "list", "--format", "json"],
        &["iam-user", "session", "ren"],
    ] {
        assert_result_is_clean(&format!("{arguments:?}"), &env.run(arguments));
    }
    for line in ["export", "list --session", "login"] {
        let words: Vec<&str> = line.split(' ').chain([""]).collect();
        let mut offered = env.run(&[&["complete", "fish", "--", "genkan"], &words[..]].concat());
        offered.stdout = offered.stdout.replace('\t', "");
        assert_result_is_clean(line, &offered);
    }
    let preferences = env.read(".config/genkan/config.toml");
    env.write(
        ".config/genkan/config.toml",
        &format!("session = \"ren\"\n{preferences}"),
    );
    let mut screen = Screen::genkan(&env, &[]);
    screen.wait("ren.sato");
    screen.type_keys("\x13");
    screen.wait("Sources of access");
    screen.type_keys("\x1b");
    screen.gone("Sources of access");
    screen.type_keys("\x03");
    screen.exit();
    let drawn = screen.raw();
    assert!(!drawn.contains("\u{1b}]52;") && hidden_drawn(&drawn).is_empty());
    // It is hostile itself, and the other one is no text.
    for file in ["iam-users.json", "secrets.age"] {
        std::fs::remove_file(env.path(&format!(".local/state/genkan/{file}"))).unwrap();
    }
    for folder in [".cache", ".local/state"] {
        for (path, text) in texts(&env.path(folder)) {
            assert_clean(&path, &text);
        }
    }
}

#[test]
fn hostile_names_are_never_executed() {
    let env = test_env();
    env.output(&["list", "--format", "plain"]);
    for (shell, line) in [
        (
            "bash",
            "eval \"$(\"$GENKAN\" export --format bash $TARGET)\"; printf '%s' \"$GENKAN_ACCOUNT_NAME\"",
        ),
        (
            "zsh",
            "eval \"$(\"$GENKAN\" export --format zsh $TARGET)\"; printf '%s' \"$GENKAN_ACCOUNT_NAME\"",
        ),
        (
            "fish",
            "$GENKAN export --format fish $TARGET | source; printf '%s' $GENKAN_ACCOUNT_NAME",
        ),
    ] {
        if !peer(shell) {
            continue;
        }
        let output = std::process::Command::new(shell)
            .args(["-c", line])
            .env_clear()
            .envs(&env.environment)
            .env("GENKAN", env!("CARGO_BIN_EXE_genkan"))
            .env("TARGET", COMMANDS)
            .current_dir(env.home.path())
            .output()
            .unwrap();
        let seen = String::from_utf8_lossy(&output.stdout);
        assert!(
            seen.contains("$(touch /tmp/pwned)`id`'; rm -rf ~ #"),
            "{shell}: {seen} {output:?}"
        );
    }
    assert!(env.path(".aws/config").exists());
    assert!(!std::path::Path::new("/tmp/pwned").exists());
}

/// The real screen and the prompts of the subshells.
#[test]
fn hostile_names_are_clean_on_screen_and_in_prompts() {
    for shell in ["/bin/bash", "/usr/bin/zsh", "/usr/bin/fish"] {
        let name = shell.rsplit('/').next().unwrap();
        if !peer(name) {
            continue;
        }
        let mut env = TestEnv::with(|options| {
            let mut all = Organisation::hostile();
            all.accounts.extend(organisation().accounts);
            options.organisation = all;
        });
        env.sign_in();
        env.environment.insert("SHELL".into(), shell.into());
        env.write(".zshrc", "");
        let mut screen = Screen::genkan(&env, &[]);
        screen.wait("40 accounts");
        for (columns, rows) in [(120, 36), (40, 10), (80, 24)] {
            screen.resize(columns, rows);
            for keys in [
                "\t",
                ESC,
                "\x05",
                ESC,
                "\x13",
                ESC,
                "\x1b[17~",
                "\x1b[6~",
                "\x1b[B\x1b[B",
                "\x06",
            ] {
                screen.type_keys(keys);
                // For a look at each.
                std::thread::sleep(std::time::Duration::from_millis(60));
            }
        }
        screen.type_keys("touch");
        screen.wait("1 of");
        let drawn = screen.raw();
        assert!(!drawn.contains("\u{1b}]"), "no OSC of any kind");
        assert!(hidden_drawn(&drawn).is_empty(), "nothing hidden");
        screen.type_keys("\r");
        screen.wait("[$(touch /tmp/pwned)");
        screen.type_keys("exit\r");
        screen.wait("back from");
        // Escape backs out of the search; the account of every payload is next.
        screen.type_keys("\x15667000000000 readonly");
        screen.wait("1 of");
        let before = screen.written();
        screen.type_keys("\r");
        screen.wait_raw("name/ReadOnlyAccess]", before);
        screen.type_keys("exit\r");
        screen.wait("back from");
        screen.type_keys("\x03");
        screen.exit();
        let drawn = screen.raw();
        assert!(!drawn.contains("\u{1b}]52;"), "{name}");
        // A shell may set the window's title; no name is in it.
        for title in drawn.split("\u{1b}]").skip(1) {
            let title = title.split(['\u{7}', '\u{1b}']).next().unwrap();
            assert!(
                !title.contains("pwned") && !title.contains("name/"),
                "{name}: {title:?}"
            );
        }
        let found: Vec<char> = hidden_drawn(&drawn)
            .into_iter()
            .filter(|c| *c != '\u{7}')
            .collect();
        assert!(found.is_empty(), "{name}: {found:?}");
        assert!(!std::path::Path::new("/tmp/pwned").exists(), "{name}");
    }
}

/// Where the window's title is set, for production: the text is clean there. No other source or script has the sequence
/// or the command for it.
const TITLES: &[&str] = &[
    "platform/tty.rs",
    "tui/terminal.rs",
    "shell/hook.bash",
    "shell/hook.zsh",
    "shell/hook.fish",
    "shell/hook.nu",
    "shell/hook.elv",
    "shell/hook.ps1",
    // The hostile organisation tries it.
    "sandbox/src/organisation/generated.rs",
];

#[test]
fn window_title_is_set_in_known_places_only() {
    let scripts = top().join("crates/domain/assets/shell");
    let found: Vec<_> = sources::folders()
        .chain([scripts])
        .flat_map(|folder| texts(&folder))
        .collect();
    assert!(found.len() > 100);
    for (path, text) in found {
        let code = text.split("\n#[cfg(test)]").next().unwrap();
        for sign in [
            "SetTitle",
            "fish_title",
            "WindowTitle",
            "]0;",
            "]1;",
            "]2;",
            "tsl",
        ] {
            let may_set = TITLES.iter().any(|known| path.ends_with(known));
            assert!(may_set || !code.contains(sign), "{path} has `{sign}`");
        }
    }
}
