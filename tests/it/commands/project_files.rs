//! `.genkan.toml` and `genkan trust`: a project file names the target of a folder, after its content was approved.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::env::{CommandResult, TARGET, TestEnv, command_result};
use crate::support::screen::Screen;

const FILE: &str = "target = \"payments-dev/PowerUserAccess\"\nregion = \"eu-west-1\"\n";
/// The folder has a name that a shell must not split.
const FOLDER: &str = "it's a project";

fn project(text: &str) -> TestEnv {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["list"]);
    env.write(&format!("{FOLDER}/src/main.txt"), "");
    env.write(&format!("{FOLDER}/.genkan.toml"), text);
    env
}

fn run_in(env: &TestEnv, folder: &str, arguments: &[&str], variables: &[(&str, &str)]) -> CommandResult {
    let mut command = env.command(arguments);
    // They would count before the Region of the file.
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        command.env_remove(name);
    }
    command
        .current_dir(env.path(folder))
        .envs(variables.iter().copied());
    command_result(command.output().unwrap())
}

fn run(env: &TestEnv, arguments: &[&str]) -> CommandResult {
    run_in(env, FOLDER, arguments, &[])
}

#[test]
fn more_power_than_was_used_here_last_is_said_once() {
    let env = project(FILE);
    run(&env, &["trust", "--approve"]);
    let typed = run(&env, &["exec", "payments-prod/ReadOnlyAccess", "--", "true"]);
    assert_eq!(typed.code, Some(0), "{}", typed.stderr);
    let words = "names a more powerful permission set than was used here last: PowerUserAccess instead of \
                 ReadOnlyAccess (";
    let below = run_in(&env, &format!("{FOLDER}/src"), &WHERE, &[]);
    assert!(below.stderr.contains(words), "{}", below.stderr);
    let again = run(&env, &WHERE);
    assert_eq!(again.code, Some(0));
    assert!(!again.stderr.contains("more powerful"), "{}", again.stderr);
}

const WHERE: [&str; 5] = [
    "exec",
    "--",
    "sh",
    "-c",
    "echo $GENKAN_ACCOUNT_NAME/$GENKAN_PERMISSION_SET $AWS_REGION",
];

#[test]
fn approved_file_names_target_and_region_here_and_below() {
    let env = project(FILE);
    let approved = run(&env, &["trust", "--approve"]);
    assert_eq!(approved.code, Some(0), "{}", approved.stderr);
    for folder in [FOLDER.to_owned(), format!("{FOLDER}/src")] {
        let result = run_in(&env, &folder, &WHERE, &[]);
        assert_eq!(
            result.stdout, "payments-dev/PowerUserAccess eu-west-1\n",
            "{}",
            result.stderr
        );
        let said = format!("note: using payments-dev/PowerUserAccess (from ~/{FOLDER}/.genkan.toml)");
        assert!(result.stderr.contains(&said), "{}", result.stderr);
    }
    env.output(&["profiles", "--write"]);
    // It counts before AWS_PROFILE, and its Region after AWS_REGION.
    let variables = [
        ("AWS_PROFILE", "payments-dev-administratoraccess"),
        ("AWS_REGION", "us-east-1"),
    ];
    let result = run_in(&env, FOLDER, &WHERE, &variables);
    assert_eq!(
        result.stdout, "payments-dev/PowerUserAccess us-east-1\n",
        "{}",
        result.stderr
    );
    let mut typed = vec!["exec", TARGET];
    typed.extend(&WHERE[1..]);
    let result = run(&env, &typed);
    assert!(result.stdout.starts_with(TARGET), "{}", result.stderr);
    assert!(
        !result.stdout.contains("eu-west-1"),
        "its Region is for its own target"
    );
    let page = run(&env, &["console", "--print", "--via", "portal"]).stdout;
    assert!(
        page.contains("PowerUserAccess") && page.contains("eu-west-1"),
        "{page}"
    );
    let shell = run(&env, &["assume", "bash"]);
    assert!(
        shell.stdout.contains("GENKAN_PERMISSION_SET='PowerUserAccess'"),
        "{}",
        shell.stderr
    );
    // In that target already, `gk` picks: without a terminal it can't.
    let inside = [
        ("GENKAN_SESSION", "demo"),
        ("GENKAN_ACCOUNT_ID", "310660284419"),
        ("GENKAN_PERMISSION_SET", "PowerUserAccess"),
    ];
    let shell = run_in(&env, FOLDER, &["assume", "bash"], &inside);
    assert_eq!(
        (shell.code, shell.stdout.as_str()),
        (Some(2), ""),
        "{}",
        shell.stderr
    );
}

#[test]
fn without_a_terminal_an_unapproved_file_is_refused_with_the_line_to_run() {
    let env = project(FILE);
    let result = run(&env, &WHERE);
    assert_eq!((result.code, result.stdout.as_str()), (Some(2), ""));
    let error = format!("error: `~/{FOLDER}/.genkan.toml` is not approved, and no terminal to ask on");
    assert!(result.stderr.contains(&error), "{}", result.stderr);
    assert_eq!(
        run(&env, &["trust"]).code,
        Some(2),
        "nor does trust approve by itself"
    );
    let (_, line) = result.stderr.split_once("then run `genkan ").unwrap();
    let line = line.split('`').next().unwrap();
    let script = format!("{} {line}", env!("CARGO_BIN_EXE_genkan"));
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", &script])
        .env_clear()
        .envs(&env.environment)
        .current_dir(env.home.path());
    let approved = command_result(shell.output().unwrap());
    assert_eq!(approved.code, Some(0), "{line}: {}", approved.stderr);
    assert_eq!(run(&env, &WHERE).code, Some(0));
    // Other content is another matter, and what is different is said.
    env.write(
        &format!("{FOLDER}/.genkan.toml"),
        "target = \"payments-prod/AdministratorAccess\"\n",
    );
    let result = run(&env, &WHERE);
    assert_eq!((result.code, result.stdout.as_str()), (Some(2), ""));
    assert!(
        result.stderr.contains("has changed since you approved it"),
        "{}",
        result.stderr
    );
    let approved = run(&env, &["trust", "--approve"]);
    for words in [
        "another account: payments-prod instead of payments-dev",
        "a more powerful permission set: AdministratorAccess instead of PowerUserAccess",
        "another Region: none instead of eu-west-1",
    ] {
        assert!(approved.stderr.contains(words), "{words}: {}", approved.stderr);
    }
}

#[test]
fn terminal_asks_once_and_says_what_is_more_powerful() {
    let env = project("target = \"payments-dev/PowerUserAccess\"\n");
    let line = format!(
        "cd \"$HOME/{FOLDER}\"; $GENKAN exec -- sh -c 'echo in $GENKAN_PERMISSION_SET'; echo ended $?"
    );
    let mut screen = Screen::script(&env, &line);
    screen.wait("is not approved; it names");
    screen.wait("Use it here until its content changes? [y/N]");
    screen.type_keys("y\r");
    screen.wait("in PowerUserAccess");
    screen.wait("ended 0");
    screen.exit();
    let mut screen = Screen::script(&env, &line);
    screen.wait("in PowerUserAccess");
    assert!(!screen.text().contains("[y/N]"), "{}", screen.text());
    screen.exit();
    env.write(
        &format!("{FOLDER}/.genkan.toml"),
        "target = \"payments-dev/AdministratorAccess\"\n",
    );
    let mut screen = Screen::script(
        &env,
        &format!("cd \"$HOME/{FOLDER}\"; $GENKAN trust; echo ended $?"),
    );
    screen.wait("a more powerful permission set: AdministratorAccess instead");
    screen.type_keys("n\r");
    screen.wait("ended 130");
    screen.exit();
    assert_eq!(run(&env, &WHERE).code, Some(2), "no is no");
}

#[test]
fn file_that_others_may_write_counts_for_nothing() {
    let env = project(FILE);
    assert_eq!(run(&env, &["trust", "--approve"]).code, Some(0));
    let path = env.path(&format!("{FOLDER}/.genkan.toml"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    let result = run(&env, &WHERE);
    assert_eq!((result.code, result.stdout.as_str()), (Some(2), ""));
    assert!(
        result.stderr.contains("ignored a project file: ") && result.stderr.contains("no TARGET given"),
        "{}",
        result.stderr
    );
    assert_eq!(run(&env, &["trust", "--approve"]).code, Some(1));
}

#[test]
fn address_is_no_target_and_mistakes_are_named() {
    let env = project("target = \"https://evil.example/start#/console?account_id=310660284419\"\n");
    for arguments in [&WHERE[..], &["trust", "--approve"]] {
        let result = run(&env, arguments);
        assert_eq!((result.code, result.stdout.as_str()), (Some(1), ""));
        assert!(
            result
                .stderr
                .contains("line 1: `target` can't be an address: write ACCOUNT/PERMISSION_SET"),
            "{}",
            result.stderr
        );
    }
    env.write(
        &format!("{FOLDER}/.genkan.toml"),
        "target = \"payments-dev/Nothing\"\nstart_url = \"x\"\n",
    );
    assert_eq!(run(&env, &["trust", "--approve"]).code, Some(0));
    let result = run(&env, &WHERE);
    assert!(
        result.stderr.contains("line 2: unknown key `start_url`"),
        "{}",
        result.stderr
    );
    assert!(
        result
            .stderr
            .contains("error: target `payments-dev/Nothing` not found"),
        "{}",
        result.stderr
    );
    assert!(result.stderr.contains("names this target"), "{}", result.stderr);
}

/// However the file is named, the approval is for where commands find it.
#[test]
fn approval_by_another_path_to_the_file_counts() {
    let env = project(FILE);
    let link = env.path("link");
    std::os::unix::fs::symlink(env.path(FOLDER), &link).unwrap();
    for (folder, path) in [
        (format!("{FOLDER}/src"), ".."),
        (format!("{FOLDER}/src"), "../.genkan.toml"),
        (FOLDER.to_owned(), ".genkan.toml"),
        (String::new(), link.to_str().unwrap()),
    ] {
        let approved = run_in(&env, &folder, &["trust", "--approve", path], &[]);
        assert_eq!(approved.code, Some(0), "{path}: {}", approved.stderr);
        let used = run(&env, &WHERE);
        assert_eq!(used.code, Some(0), "{path}: {}", used.stderr);
        assert_eq!(run(&env, &["trust", "--revoke"]).code, Some(0));
        assert_eq!(
            env.output(&["trust", "--list", "--format", "json"]),
            "[]\n",
            "{path}"
        );
    }
}

#[test]
fn approvals_are_listed_and_taken_back() {
    let env = project(FILE);
    assert_eq!(env.output(&["trust", "--list", "--format", "json"]), "[]\n");
    assert_eq!(run(&env, &["trust", "--approve"]).code, Some(0));
    let listed = || -> Vec<Value> {
        serde_json::from_str(&env.output(&["trust", "--list", "--format", "json"])).unwrap()
    };
    let rows = listed();
    let keys: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["path", "target", "region", "digest", "approved_at", "state"]
    );
    assert_eq!(
        (&rows[0]["state"], &rows[0]["region"]),
        (&"approved".into(), &"eu-west-1".into())
    );
    env.write(
        &format!("{FOLDER}/.genkan.toml"),
        "target = \"payments-dev/Admin\"\n",
    );
    assert_eq!(listed()[0]["state"], "changed");
    assert_eq!(run(&env, &["trust", "--revoke"]).code, Some(0));
    assert_eq!(listed(), Vec::<Value>::new());
    let mode = std::fs::metadata(env.path(".local/state/genkan/trust.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}
