//! What shells and children are given, where names, folders, proxies or other variables are in the way.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};

use genkan::sandbox::{Account, Organisation};

use crate::support::env::{TARGET, TestEnv, command_result, peer};
use crate::support::peers;
use crate::support::screen::Screen;
use crate::support::shells::{on_path, program, run_script_file, shell_env};

const BOB: &str = "310660284420/Read";

/// An environment whose accounts have these names, each with the permission set `Read`.
fn with_accounts(names: &[&str]) -> TestEnv {
    let account = |(n, name): (usize, &&str)| Account {
        id: format!("31066028442{n}"),
        name: (*name).into(),
        email: "root@example.com".into(),
        permission_sets: vec!["Read".into()],
        color: None,
    };
    let accounts = names.iter().enumerate().map(account).collect();
    let mut env = TestEnv::with(|options| {
        options.organisation = Organisation {
            accounts,
            ..Organisation::sample()
        };
    });
    on_path(&mut env);
    env.sign_in();
    env.output(&["list"]);
    env
}

/// No account name keeps credentials from leaving, in any format; the rest of the lines is the same.
#[test]
fn every_account_name_exports_in_every_format() {
    let names = [
        "Bob's sandbox",
        "\"quoted\" & <x>",
        "back\\\\slash\\",
        "${HOME} $(id)",
        "%PATH%",
        "決済'本番",
    ];
    let env = with_accounts(&names);
    for n in 0..names.len() {
        for format in [
            "bash",
            "zsh",
            "fish",
            "nushell",
            "elvish",
            "xonsh",
            "tcsh",
            "powershell",
            "cmd",
            "dotenv",
        ] {
            let text = env.output(&["export", "--format", format, &format!("31066028442{n}/Read")]);
            for name in [
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_SESSION_TOKEN",
                "GENKAN_ACCOUNT_ID",
            ] {
                assert!(text.contains(name), "{format}: {text}");
            }
        }
    }
    let dotenv = env.output(&["export", "--format", "dotenv", BOB]);
    assert!(
        dotenv.contains("GENKAN_ACCOUNT_NAME='Bob\u{2019}s sandbox'\n"),
        "{dotenv}"
    );
    let cmd = env.output(&["export", "--format", "cmd", "310660284421/Read"]);
    assert!(
        cmd.contains("set \"GENKAN_ACCOUNT_NAME='quoted' & <x>\""),
        "{cmd}"
    );
}

/// Without a temporary folder a subshell opens, and knows where it is.
#[test]
fn subshell_opens_without_a_temporary_folder() {
    let mut env = TestEnv::with_few_accounts();
    env.sign_in();
    env.environment.insert("TMPDIR".into(), "/nowhere".into());
    for shell in ["bash", "zsh", "fish"] {
        if !peer(shell) {
            continue;
        }
        env.environment
            .insert("SHELL".into(), format!("/usr/bin/{shell}"));
        let mut screen = Screen::genkan(&env, &["shell", TARGET]);
        screen.wait("[payments-dev/AdministratorAccess]");
        screen.type_keys("exit 0\r");
        assert_eq!(screen.exit(), 0, "{shell}");
    }
}

/// A shell that genkan has no integration for says so before it opens.
#[test]
fn shell_without_integration_is_reported() {
    let mut env = TestEnv::with_few_accounts();
    env.sign_in();
    env.environment.insert("SHELL".into(), "/bin/sh".into());
    let result = env.run(&["shell", TARGET]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(
        result.stderr.contains("the prompt of sh doesn't show the target"),
        "{}",
        result.stderr
    );
}

/// `auto` is the format of the shell that runs genkan, whatever SHELL says.
#[test]
fn auto_export_uses_the_format_of_the_calling_shell() {
    let mut env = TestEnv::with_few_accounts();
    on_path(&mut env);
    env.sign_in();
    let asks = |env: &TestEnv, shell: &str, flags: &[&str]| {
        let mut arguments = flags.to_vec();
        let line = format!("genkan export {TARGET}; true");
        arguments.extend(["-c", &line]);
        let output = Command::new(shell)
            .args(arguments)
            .env_clear()
            .envs(&env.environment)
            .current_dir(env.home.path())
            .output()
            .unwrap();
        command_result(output).stdout
    };
    for (shell, flags, line, other) in [
        (
            "bash",
            &["--norc"][..],
            "export AWS_ACCESS_KEY_ID=",
            "/usr/bin/fish",
        ),
        ("sh", &[], "export AWS_ACCESS_KEY_ID=", "/usr/bin/fish"),
        ("zsh", &["-f"], "export AWS_ACCESS_KEY_ID=", "/usr/bin/fish"),
        ("elvish", &["-norc"], "set-env AWS_ACCESS_KEY_ID ", "/bin/bash"),
        ("xonsh", &["--no-rc"], "$AWS_ACCESS_KEY_ID = ", "/bin/bash"),
        ("tcsh", &["-f"], "setenv AWS_ACCESS_KEY_ID ", "/bin/bash"),
        (
            "fish",
            &["--no-config"],
            "set -gx AWS_ACCESS_KEY_ID ",
            "/bin/bash",
        ),
    ] {
        if peer(shell) {
            env.environment.insert("SHELL".into(), other.into());
            let text = asks(&env, shell, flags);
            assert!(text.contains(line), "{shell}: {text}");
        }
    }
    if let Some((nu, flags)) = program(genkan::domain::shells::shell::Shell::Nushell) {
        let text = asks(&env, nu.to_str().unwrap(), flags);
        assert!(text.contains("$env.AWS_ACCESS_KEY_ID = "), "{text}");
    }
    // Behind a wrapper it is the shell behind that.
    let wrapped = format!("timeout 60 env genkan export {TARGET}; true");
    if peer("fish") {
        let output = Command::new("fish")
            .args(["--no-config", "-c", &wrapped])
            .env_clear()
            .envs(&env.environment)
            .output()
            .unwrap();
        let text = command_result(output).stdout;
        assert!(text.contains("set -gx AWS_ACCESS_KEY_ID "), "{text}");
    }
}

/// Plain `eval "$(genkan export T)"` removes what would win, and `export --unset` brings it back.
#[test]
fn export_removes_overriding_variables_and_unset_restores_them() {
    for (shell, flags, enter, leave) in EVALUATED {
        if !peer(shell) {
            continue;
        }
        let env = signed_in_with_variables(&[
            ("AWS_PROFILE", "it's mine"),
            ("AWS_SECRET_ACCESS_KEY", "own secret"),
            ("AWS_ACCESS_KEY_ID", "AKIAOWN"),
            ("AWS_ROLE_ARN", "arn:aws:iam::1:role/x"),
        ]);
        let enter = enter.replace('T', TARGET);
        let script = format!("env -0 > before\n{enter}\nenv -0 > inside\n{leave}\nenv -0 > after\n");
        env.write("script", &script);
        let result = run_script_file(&env, shell, flags);
        assert_eq!(result.code, Some(0), "{shell}: {}", result.stderr);
        let variables = |name| written_environment(&env, name);
        let inside = env.read("inside");
        assert!(inside.contains("AWS_ACCESS_KEY_ID=ASIA"), "{shell}");
        for gone in ["AWS_PROFILE=", "AWS_ROLE_ARN=", "own secret"] {
            assert!(!inside.contains(gone), "{shell}: {gone}");
        }
        assert_eq!(variables("after"), variables("before"), "{shell}");
    }
}

/// How each shell takes an export, and takes it back.
const EVALUATED: [(&str, &[&str], &str, &str); 6] = [
    ("bash", &["--norc"], POSIX_ENTER, POSIX_LEAVE),
    ("sh", &[], POSIX_ENTER, POSIX_LEAVE),
    ("zsh", &["-f"], POSIX_ENTER, POSIX_LEAVE),
    (
        "fish",
        &["--no-config"],
        "genkan export T | source",
        "genkan export --unset | source",
    ),
    (
        "xonsh",
        &["--no-rc"],
        "execx($(genkan export T))",
        "execx($(genkan export --unset))",
    ),
    (
        "tcsh",
        &["-f"],
        "eval \"`genkan export T`\"",
        "eval \"`genkan export --unset`\"",
    ),
];
const POSIX_ENTER: &str = "eval \"$(genkan export T)\"";
const POSIX_LEAVE: &str = "eval \"$(genkan export --unset)\"";

/// An environment with genkan on its path, signed in, and with variables of the user's own.
fn signed_in_with_variables(variables: &[(&str, &str)]) -> TestEnv {
    let mut env = TestEnv::with_few_accounts();
    on_path(&mut env);
    env.sign_in();
    for (name, value) in variables {
        env.environment.insert((*name).into(), (*value).into());
    }
    env
}

/// The variables in a file that `env -0` wrote, sorted.
fn written_environment(env: &TestEnv, name: &str) -> Vec<String> {
    let text = env.read(name);
    let mut all: Vec<String> = text.split('\0').map(str::to_owned).collect();
    // What shells count themselves, and where the terminal is.
    let own = ["_=", "SHLVL=", "LINES=", "COLUMNS=", "OLDPWD=", "XONSH", "LAST_"];
    all.retain(|pair| !own.iter().any(|own| pair.starts_with(own)));
    all.sort();
    all
}

/// `export --unset` changes nothing where genkan has set nothing, also when it is run twice, and says so; what an
/// export removes is named.
#[test]
fn export_unset_removes_only_what_genkan_set() {
    for (shell, flags, enter, leave) in EVALUATED {
        if !peer(shell) {
            continue;
        }
        let env = signed_in_with_variables(&[
            ("AWS_PROFILE", "mine"),
            ("AWS_ACCESS_KEY_ID", "AKIAOWN"),
            ("AWS_SECRET_ACCESS_KEY", "own secret"),
            ("AWS_REGION", "eu-north-1"),
            ("AWS_DEFAULT_REGION", "eu-north-1"),
        ]);
        let enter = enter.replace('T', TARGET);
        let script = format!(
            "env -0 > before\n{leave}\nenv -0 > untouched\n{enter}\n{leave}\nenv -0 > once\n{leave}\nenv -0 > twice\n"
        );
        env.write("script", &script);
        let result = run_script_file(&env, shell, flags);
        assert_eq!(result.code, Some(0), "{shell}: {}", result.stderr);
        let before = written_environment(&env, "before");
        for name in ["untouched", "once", "twice"] {
            assert_eq!(written_environment(&env, name), before, "{shell}: {name}");
        }
        let notes: Vec<&str> = result
            .stderr
            .lines()
            .filter(|line| line.starts_with("note: "))
            .collect();
        let nothing =
            "note: nothing to unset: genkan has set nothing in this shell; use `exit` to leave a subshell";
        let taken_out = "note: removed from this shell because they override the credentials: AWS_PROFILE";
        assert_eq!(notes, [nothing, taken_out, nothing], "{shell}: {}", result.stderr);
    }
}

/// No format has a line that removes or sets a variable where genkan has set nothing.
#[test]
fn export_unset_prints_only_restoring_lines_when_nothing_was_set() {
    let env = TestEnv::with_few_accounts();
    for format in [
        "bash",
        "zsh",
        "fish",
        "nushell",
        "elvish",
        "xonsh",
        "tcsh",
        "powershell",
        "cmd",
    ] {
        let result = env.run(&["export", "--unset", "--format", format]);
        assert_eq!(result.code, Some(0), "{format}: {}", result.stderr);
        assert!(result.stderr.contains("nothing to unset"), "{format}");
        for line in result.stdout.lines() {
            assert!(
                line.starts_with("if ") && line.contains("__genkan_saved"),
                "{format}: {line}"
            );
        }
    }
}

/// What the portal prints into `$(genkan)` removes variables too, and their names are on stderr.
#[test]
fn captured_portal_names_the_variables_it_removes() {
    let mut env = TestEnv::new();
    on_path(&mut env);
    env.sign_in();
    env.environment.insert("AWS_PROFILE".into(), "mine".into());
    let mut screen = Screen::script(&env, "bash --norc --noprofile -i");
    screen.type_keys("eval \"$(genkan)\"; echo account=\"$GENKAN_ACCOUNT_ID\".\r");
    screen.wait("updated");
    screen.type_keys("payments-dev adm");
    screen.wait("1 of 100");
    screen.type_keys("\r");
    screen.wait("account=310660284419.");
    screen.wait("because they override the credentials: AWS_PROFILE");
    screen.type_keys("exit 0\r");
    assert_eq!(screen.exit(), 0);
}

/// Writes what programs, the prompt and `whoami` take the shell for into files.
fn look(screen: &mut Screen, name: &str) {
    screen.type_keys(&format!(
        "env -0 > {name}; genkan_prompt > {name}-prompt; genkan whoami --format json > {name}-who; echo {name}-do''ne\r"
    ));
    screen.wait(&format!("{name}-done"));
}

/// `gk OTHER` and `gk --unset` in a subshell lead back to the subshell's target, for programs, the prompt and `whoami`,
/// however the subshell's credentials are delivered.
#[test]
fn gk_unset_in_a_subshell_returns_to_its_target() {
    for (shell, file, init) in [
        ("bash", ".bashrc", "eval \"$(genkan init bash)\""),
        ("zsh", ".zshrc", "eval \"$(genkan init zsh)\""),
        ("fish", ".config/fish/config.fish", "genkan init fish | source"),
    ] {
        if !peer(shell) {
            continue;
        }
        let mut env = shell_env();
        env.write(file, &format!("{init}\n"));
        let program = format!("/usr/bin/{shell}");
        env.environment.insert("SHELL".into(), program);
        for delivery in ["server", "env"] {
            let arguments = ["shell", "--credentials", delivery, "100000000001/Admin"];
            let mut screen = Screen::genkan(&env, &arguments);
            screen.wait("/Admin]");
            look(&mut screen, "before");
            screen.type_keys("gk plain/Read; echo tak''en\r");
            screen.wait("taken");
            look(&mut screen, "inside");
            screen.type_keys("gk --unset; echo le''ft\r");
            screen.wait("left");
            look(&mut screen, "after");
            screen.type_keys("exit 0\r");
            assert_eq!(screen.exit(), 0, "{shell} {delivery}");
            let variables = |name| written_environment(&env, name);
            assert!(variables("inside").contains(&"GENKAN_ACCOUNT_NAME=plain".to_owned()));
            assert_eq!(variables("after"), variables("before"), "{shell} {delivery}");
            assert!(env.read("after-prompt").contains("/Admin]"), "{shell} {delivery}");
            let who = |name| {
                let mut who: serde_json::Value = serde_json::from_str(&env.read(name)).unwrap();
                who.as_object_mut().unwrap().remove("seconds_left");
                who
            };
            assert_eq!(who("after-who"), who("before-who"), "{shell} {delivery}");
        }
    }
}

/// A proxy that notes what it is asked, and answers nothing.
fn proxy() -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(String::new()));
    let noted = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut buffer = [0; 4096];
            let count = stream.read(&mut buffer).unwrap_or(0);
            noted
                .lock()
                .unwrap()
                .push_str(&String::from_utf8_lossy(&buffer[..count]));
            let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
        }
    });
    (address, asked)
}

/// Asks the endpoint as a tool does that reads proxies from the environment.
const ASK: &str = "import os, urllib.request as r\n\
    q = r.Request(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'], headers={'Authorization': os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN']})\n\
    print(r.urlopen(q).read().decode(), os.environ['NO_PROXY'], os.environ['no_proxy'])";

/// Behind a proxy, what runs in a child reaches the child's endpoint, and the proxy sees no token.
#[test]
fn endpoint_token_is_never_sent_to_a_proxy() {
    let Some(python) = peers::python() else { return };
    let (address, asked) = proxy();
    let mut env = TestEnv::with_few_accounts();
    env.sign_in();
    let program = python.join("bin/python");
    env.environment
        .insert("AWS_EC2_METADATA_DISABLED".into(), "true".into());
    for (name, no_proxy) in [
        ("HTTP_PROXY", None),
        ("http_proxy", Some(("NO_PROXY", ".corp"))),
        ("ALL_PROXY", Some(("no_proxy", "a,b"))),
    ] {
        // genkan itself reaches the sandbox: that is what its credentials are cached for.
        env.output(&["export", "--format", "json", TARGET]);
        let mut command = env.command(&["exec", "--credentials", "server", TARGET, "--"]);
        command
            .args([program.to_str().unwrap(), "-c", ASK])
            .env(name, &address);
        if let Some((name, value)) = no_proxy {
            command.env(name, value);
        }
        let result = command_result(command.output().unwrap());
        assert_eq!(result.code, Some(0), "{name}: {}", result.stderr);
        assert!(
            result.stdout.contains("\"AccessKeyId\":\"ASIA"),
            "{name}: {}",
            result.stdout
        );
        let own = no_proxy.map_or(String::new(), |(_, value)| format!("{value},"));
        assert!(
            result
                .stdout
                .ends_with(&format!("{own}127.0.0.1 {own}127.0.0.1\n")),
            "{}",
            result.stdout
        );
    }
    let seen = asked.lock().unwrap().clone();
    assert!(
        !seen.contains("Authorization") && !seen.contains("/credentials"),
        "{seen}"
    );
}

/// doctor names a proxy that gets the token of this shell's endpoint, and `whoami` keys that aren't genkan's.
#[test]
fn doctor_names_what_start_up_files_broke() {
    let mut env = TestEnv::with_few_accounts();
    for (name, value) in [
        ("GENKAN_ACCOUNT_ID", "310660284419"),
        ("GENKAN_ACCOUNT_NAME", "payments-dev"),
        ("GENKAN_PERMISSION_SET", "AdministratorAccess"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/x"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "canary"),
        ("HTTP_PROXY", "http://127.0.0.1:9"),
        ("GENKAN_NAMES_TAKEN", "gk=alias"),
    ] {
        env.environment.insert(name.into(), value.into());
    }
    let doctor = env.run(&["doctor", "--offline", "--format", "json"]).stdout;
    assert!(
        doctor.contains("HTTP_PROXY makes SDKs send this shell's credentials token"),
        "{doctor}"
    );
    assert!(
        doctor.contains("`gk` is an existing alias in this shell"),
        "{doctor}"
    );
    assert!(doctor.contains("genkan init bash --name NAME"), "{doctor}");
    env.environment.insert("no_proxy".into(), "127.0.0.1".into());
    assert!(
        !env.run(&["doctor", "--offline"])
            .stdout
            .contains("credentials token")
    );
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "AKIAOTHER"),
        ("AWS_SECRET_ACCESS_KEY", "other"),
        ("GENKAN_ACCESS_KEY_ID", "ASIAOURS"),
    ] {
        env.environment.insert(name.into(), value.into());
    }
    let whoami: serde_json::Value =
        serde_json::from_str(&env.output(&["whoami", "--format", "json"])).unwrap();
    assert_eq!(whoami["source"], "environment", "{whoami}");
}
