//! Examples of the documents run, and what they list is complete: preferences, variables, JSON keys.

use std::collections::BTreeSet;
use std::path::Path;

use genkan::domain::rules::agents::AgentRules;
use genkan::domain::shells::command_template::Placeholder;
use genkan::settings::{LoadedPreferences, Preferences, SessionPreferences, load_preferences};
use genkan::tui::Keymap;

use crate::support::documents::{blocks, book_pages, read};
use crate::support::env::{TARGET, TestEnv, peer, write_program};

/// How shell examples begin that are not run here: they build the program, open the portal, serve, start a
/// browser, or belong into a start-up file. All of them have tests of their own.
const TESTED_ELSEWHERE: &[&str] = &[
    "cargo ",
    "genkan\n",
    "genkan sandbox",
    "genkan serve",
    "genkan exec --via",
    "genkan iam-user",
    "genkan list --session ana",
    "genkan shell --profile payments-admin",
    "eval \"$(genkan init",
    "ssh -L",
];

/// Programs that examples start, which need not be there. Each one prints what it was given.
const OTHER_PROGRAMS: &[&str] = &["aws", "code", "docker", "less", "terraform"];

fn documents_with_examples() -> impl Iterator<Item = String> {
    ["README.md".to_owned()].into_iter().chain(book_pages())
}

fn examples(document: &str) -> Vec<String> {
    let skipped = |block: &String| TESTED_ELSEWHERE.iter().any(|begin| block.starts_with(begin));
    let all = blocks(&read(document), "sh");
    all.into_iter().filter(|block| !skipped(block)).collect()
}

/// Replaces other programs by scripts that print their arguments and how they would get credentials.
fn stub_other_programs(env: &TestEnv) -> String {
    let folder = env.path("programs");
    let script = "#!/bin/sh\n\
        echo \"${0##*/} $* key=${AWS_ACCESS_KEY_ID:+set} endpoint=${AWS_CONTAINER_CREDENTIALS_FULL_URI:+set}\"\n\
        case ${0##*/} in less) cat \"$1\" ;; esac\n";
    for program in OTHER_PROGRAMS {
        write_program(&folder.join(program), script);
    }
    folder.to_str().unwrap().to_owned()
}

/// Runs the examples of a document one after the other, as they are written, in a home that is signed in.
fn run_examples(document: &str) -> (TestEnv, String) {
    let env = TestEnv::new();
    env.sign_in();
    let mut script = String::from("set -eu\n");
    for block in examples(document) {
        // Prints the address instead of opening a browser.
        script += &block.replace(
            "--service s3 --region eu-west-1\n",
            "--service s3 --region eu-west-1 --print\n",
        );
    }
    script += "echo key ${AWS_ACCESS_KEY_ID-none}\n";
    let program = Path::new(env!("CARGO_BIN_EXE_genkan")).parent().unwrap();
    let path = format!(
        "{}:{}:{}",
        stub_other_programs(&env),
        program.display(),
        env.environment["PATH"]
    );
    let output = std::process::Command::new("bash")
        .args(["-c", &script])
        .env_clear()
        .envs(&env.environment)
        .env("PATH", path)
        .current_dir(env.home.path())
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{document}:\n{script}\n{stdout}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (env, stdout)
}

fn assert_output(document: &str, expected: &[&str]) -> TestEnv {
    let (env, stdout) = run_examples(document);
    for text in expected {
        assert!(stdout.contains(text), "{document}: no `{text}` in\n{stdout}");
    }
    env
}

#[test]
fn examples_of_the_readme_run() {
    let env = assert_output(
        "README.md",
        &[
            "aws sts get-caller-identity key=set",
            "/federation?Action=login",
            "+# genkan profiles begin",
            "key ASIA",
        ],
    );
    assert!(env.read(".aws/config").contains("# genkan profiles end"));
}

#[test]
fn examples_of_the_user_guide_run() {
    assert_output(
        "docs/src/guide/credentials.md",
        &[
            "aws sts get-caller-identity key=set",
            "/federation?Action=login",
            "\"account_name\"",
            "key ASIA",
        ],
    );
    assert_output("docs/src/guide/agents.md", &[]);
    assert_output(
        "docs/src/guide/console.md",
        &["/federation?Action=login", "/#/console?account_id="],
    );
    let env = assert_output(
        "docs/src/guide/profiles.md",
        &["payments-dev-administratoraccess", "+# genkan profiles begin"],
    );
    let config = env.read(".aws/config");
    for written in blocks(&read("docs/src/guide/profiles.md"), "ini") {
        if written.contains("# genkan profiles begin") {
            let profile = written.replace("tanuki", "demo");
            let lines: Vec<&str> = profile.lines().filter(|line| !line.starts_with('#')).collect();
            assert!(config.contains(&lines.join("\n")), "{profile}\n{config}");
        }
    }
    assert!(env.read(".aws/credentials").contains("[payments]\n"));
    assert_output(
        "docs/src/guide/troubleshooting.md",
        &["less ", "ListAccountRoles"],
    );
    assert_output("docs/src/guide/sandbox.md", &["aws sts get-caller-identity"]);
}

#[test]
fn examples_of_the_recipes_run() {
    assert_output(
        "docs/src/recipes/terraform.md",
        &[
            "terraform plan key=set endpoint=\n",
            "terraform apply key= endpoint=set\n",
        ],
    );
    assert_output(
        "docs/src/recipes/docker.md",
        &[
            "amazon/aws-cli sts get-caller-identity key=set endpoint=\n",
            "amazon/aws-cli sts get-caller-identity key= endpoint=set\n",
        ],
    );
    assert_output("docs/src/recipes/direnv.md", &["key ASIA"]);
    assert_output("docs/src/recipes/ides.md", &["code --wait . key= endpoint=set\n"]);
}

/// No document with examples is forgotten above, and no exception is left over.
#[test]
fn every_example_is_run_or_tested_elsewhere() {
    let run = [
        "README.md",
        "docs/src/guide/agents.md",
        "docs/src/guide/console.md",
        "docs/src/guide/credentials.md",
        "docs/src/guide/profiles.md",
        "docs/src/guide/rules.md",
        "docs/src/guide/sandbox.md",
        "docs/src/guide/troubleshooting.md",
        "docs/src/recipes/direnv.md",
        "docs/src/recipes/docker.md",
        "docs/src/recipes/ides.md",
        "docs/src/recipes/terraform.md",
    ];
    let mut all = String::new();
    for document in documents_with_examples() {
        assert!(
            examples(&document).is_empty() || run.contains(&document.as_str()),
            "the examples of {document} are not run"
        );
        all += &read(&document);
    }
    for begin in TESTED_ELSEWHERE {
        assert!(
            all.contains(&format!("```sh\n{begin}")),
            "no example begins with `{begin}`"
        );
    }
}

#[test]
fn examples_of_configuration_can_be_read() {
    for block in blocks(&read("docs/src/recipes/starship.md"), "toml") {
        toml::from_str::<toml::Table>(&block).unwrap();
    }
    let env = TestEnv::new();
    for block in blocks(&read("docs/src/guide/sign-in.md"), "ini") {
        env.write(".aws/config", &block);
        assert!(env.output(&["status", "--format", "json"]).contains("\"tanuki\""));
    }
    if !peer("tmux") {
        return;
    }
    for (number, block) in blocks(&read("docs/src/recipes/tmux.md"), "tmux")
        .iter()
        .enumerate()
    {
        env.write("tmux.conf", block);
        let tmux = |arguments: &[&str]| {
            std::process::Command::new("tmux")
                .args(["-L", &number.to_string(), "-f", "/dev/null"])
                .args(arguments)
                .env_clear()
                .envs(&env.environment)
                .env("TMUX_TMPDIR", env.home.path())
                .current_dir(env.home.path())
                .output()
                .unwrap()
        };
        // A server of its own, which ends on a call of its own: a client fails now and then whose server ends meanwhile.
        let read = "start-server ; set -g exit-empty off ; source-file tmux.conf ; list-keys";
        let output = tmux(&read.split(' ').collect::<Vec<_>>());
        tmux(&["kill-server"]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && stderr.is_empty(), "{block}\n{stderr}");
        if block.contains("bind-key") {
            assert!(String::from_utf8_lossy(&output.stdout).contains("genkan shell"));
        }
    }
}

/// Each action of the guide is read without a mistake, with a key that it can have, and its tables name everything.
#[test]
fn the_guide_of_actions_is_valid_and_complete() {
    let page = read("docs/src/guide/actions.md");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let load = |text: &str| {
        std::fs::write(&path, text).unwrap();
        load_preferences(&path, folder.path())
    };
    for example in blocks(&page, "toml") {
        let loaded = load(&example);
        assert!(loaded.mistakes.is_empty(), "{example}: {:?}", loaded.mistakes);
        let (_, problems) =
            genkan::tui::screens::user_actions::offer_actions(&loaded.actions, &Keymap::built_in());
        assert!(
            !loaded.actions.is_empty() && problems.is_empty(),
            "{example}: {problems:?}"
        );
    }
    let said = load("[[action]]\nzzzzzzzz = 1\n").mistakes[0].to_string();
    let (_, keys) = said.split_once("choose one of ").expect("keys");
    let placeholders = Placeholder::ALL.map(|placeholder| format!("{{{}}}", placeholder.name()));
    for word in keys.split(", ").map(str::to_owned).chain(placeholders) {
        assert!(page.contains(&format!("\n| `{word}` |")), "{word}");
    }
}

/// Each table of rules in the guide is read without a mistake, and together they name everything that a rule can have.
#[test]
fn the_guide_of_rules_is_valid_and_complete() {
    let page = read("docs/src/guide/rules.md");
    let folder = tempfile::tempdir().unwrap();
    for example in blocks(&page, "toml")
        .iter()
        .filter(|block| block.contains("[[rule]]"))
    {
        let path = folder.path().join("config.toml");
        std::fs::write(&path, example).unwrap();
        let mistakes = load_preferences(&path, folder.path()).mistakes;
        assert!(mistakes.is_empty(), "{mistakes:?}");
    }
    let documented: BTreeSet<String> = page
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned()))
        .collect();
    // The message about an unknown key lists all of them.
    let known = |text: &str| -> BTreeSet<String> {
        let path = folder.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        let said = load_preferences(&path, folder.path()).mistakes[0].to_string();
        let (_, names) = said.split_once("choose one of ").expect("names");
        names.split(", ").map(str::to_owned).collect()
    };
    let mut all = known("[[rule]]\nmatch.zzzzzzzz = \"x\"\n");
    all.extend(known("[[rule]]\nzzzzzzzz = 1\nmatch.id = \"1\"\n"));
    all.remove("match");
    assert_eq!(documented, all);
    run_examples("docs/src/guide/rules.md");
}

/// The same of the guide of chained roles.
#[test]
fn the_guide_of_chained_roles_is_valid_and_complete() {
    let page = read("docs/src/guide/roles.md");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let mistakes = |text: &str| {
        std::fs::write(&path, text).unwrap();
        load_preferences(&path, folder.path()).mistakes
    };
    for example in blocks(&page, "toml") {
        assert!(mistakes(&example).is_empty(), "{example}");
    }
    let said = mistakes("[[role]]\nzzzzzzzz = 1\n")[0].to_string();
    let (_, known) = said.split_once("choose one of ").expect("names");
    let documented: Vec<&str> = page
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0))
        .collect();
    assert_eq!(documented, known.split(", ").collect::<Vec<_>>());
}

#[test]
fn the_page_of_preferences_is_valid_and_complete() {
    let page = read("docs/src/reference/preferences.md");
    let blocks = blocks(&page, "toml");
    let (general, of_session, of_agents, of_action) = (&blocks[0], &blocks[1], &blocks[2], &blocks[3]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(
        &path,
        format!("{general}\n{of_session}\n{of_agents}\n{of_action}"),
    )
    .unwrap();
    let LoadedPreferences {
        preferences,
        actions,
        mistakes,
        ..
    } = load_preferences(&path, folder.path());
    assert!(mistakes.is_empty(), "{mistakes:?}");
    assert_eq!(preferences.session.as_deref(), Some("tanuki"));
    assert_eq!(preferences.console_service.as_deref(), Some("s3"));
    let is_documented = |example: &str, name: &str| {
        let beginnings = [format!("{name} = "), format!("[{name}."), format!("[{name}]")];
        let mut lines = example.lines();
        lines.any(|line| beginnings.iter().any(|begin| line.starts_with(begin)))
    };
    for (example, fields) in [
        (
            format!("{general}\n{of_session}\n{of_agents}"),
            format!("{:#?}", Preferences::default()),
        ),
        (
            of_session.clone(),
            format!("{:#?}", SessionPreferences::default()),
        ),
        (of_agents.clone(), format!("{:#?}", AgentRules::default())),
        (of_action.clone(), format!("{:#?}", actions[0])),
    ] {
        let names = fields
            .lines()
            .filter_map(|line| line.strip_prefix("    ")?.split_once(": "))
            .filter(|(name, _)| !name.starts_with(' '));
        for (name, _) in names {
            assert!(
                is_documented(&example, name),
                "the preference `{name}` is not documented"
            );
        }
    }
}

/// Each variable that genkan knows is on the page, but for its private ones; and none that it doesn't know.
#[test]
fn the_page_of_variables_is_complete() {
    let page = read("docs/src/reference/environment.md");
    let known: BTreeSet<String> = read("crates/domain/src/values/env.rs")
        .split("&str = \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect();
    assert!(known.contains("AWS_PROFILE"), "{known:?}");
    let documented: BTreeSet<String> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.len() > 1 && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.contains('_') || known.contains(*word))
        .filter(|word| !["GENKAN_", "ca_bundle"].contains(word))
        .map(str::to_owned)
        .collect();
    for name in &documented {
        assert!(known.contains(name), "genkan knows no variable {name}");
    }
    for name in known.iter().filter(|name| !name.starts_with("GENKAN_")) {
        assert!(documented.contains(name), "{name} is not documented");
    }
}

/// The keys that the page lists for a command, one table after its heading.
fn documented_keys(page: &str, command: &str) -> BTreeSet<String> {
    let (_, section) = page.split_once(&format!("\n## {command}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned))
        .collect()
}

#[test]
fn the_page_of_json_output_lists_every_key() {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["export", "--format", "json", TARGET]);
    let page = read("docs/src/reference/json.md");
    for (command, arguments) in [
        ("list", vec!["list", "--format", "json"]),
        ("profiles", vec!["profiles", "--format", "json"]),
        ("status", vec!["status", "--format", "json"]),
        ("history", vec!["history", "--format", "json"]),
        (
            "whoami",
            vec![
                "exec",
                TARGET,
                "--",
                env!("CARGO_BIN_EXE_genkan"),
                "whoami",
                "--format",
                "json",
            ],
        ),
        ("doctor", vec!["doctor", "--offline", "--format", "json"]),
    ] {
        // `doctor` may find a problem on this machine.
        let output = env.run(&arguments).stdout;
        let value: serde_json::Value = serde_json::from_str(&output).unwrap();
        let object = value.get(0).unwrap_or(&value).as_object().unwrap();
        let printed: BTreeSet<String> = object.keys().cloned().collect();
        assert_eq!(documented_keys(&page, command), printed, "{command}");
    }
}

#[test]
fn the_search_syntax_of_the_book_is_the_programs() {
    let page = read("docs/src/guide/portal.md");
    for (example, _) in genkan::domain::search::SYNTAX {
        let cell = format!("| `{}` |", example.replace('|', "\\|"));
        assert!(page.contains(&cell), "{cell}");
    }
}
