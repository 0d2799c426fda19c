//! `gk` and the prompt part in the real shells: in, on, back, out, and nothing left behind.

use std::collections::BTreeMap;

use genkan::domain::shells::shell::Shell;

use crate::support::env::{TestEnv, peer};
use crate::support::screen::Screen;
use crate::support::shells::{HOSTILE_NAME, keep_temporary_files, on_path, program, run_script, shell_env};

/// Writes the environment into a file.
fn snapshot(shell: Shell, name: &str) -> String {
    match shell {
        Shell::Nushell => format!("^env -0 | save --raw --force {name}\n"),
        Shell::Xonsh => format!("![env -0 > {name}]\n"),
        _ => format!("env -0 > {name}\n"),
    }
}

/// Calls `gk` and writes its code into a file where it fails.
fn gk(shell: Shell, words: &str) -> String {
    match shell {
        Shell::Nushell => {
            format!("try {{ gk {words} }} catch {{ $env.LAST_EXIT_CODE | to text | save --force code }}\n")
        }
        Shell::Elvish => {
            format!("try {{ gk {words} }} catch e {{ echo $e[reason][exit-status] > code }}\n")
        }
        Shell::Xonsh => {
            format!("p = ![gk {words}]\nif p.returncode:\n    open('code', 'w').write(str(p.returncode))\n")
        }
        Shell::Tcsh => format!("gk {words}\nset code = $status\nif ( $code ) echo $code >> code\n"),
        Shell::Fish => format!("gk {words}\nor echo $status > code\n"),
        _ => format!("gk {words} || echo $? > code\n"),
    }
}

fn variables(env: &TestEnv, name: &str) -> BTreeMap<String, String> {
    env.read(name)
        .split('\0')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, _)| *name != "_" && !name.starts_with("LAST_") && !name.starts_with("XONSH"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn in_and_out(shell: Shell) {
    let mut env = shell_env();
    for (name, value) in [
        ("AWS_PROFILE", "mine"),
        ("AWS_ACCESS_KEY_ID", "AKIAMINE"),
        ("AWS_SECRET_ACCESS_KEY", "it's \"mine\" $(touch pwned)"),
        ("AWS_DEFAULT_REGION", "eu-west-3"),
    ] {
        env.environment.insert(name.into(), value.into());
    }
    let mut script = snapshot(shell, "before");
    let mut step = |words: &str, name: &str| {
        script.push_str(&gk(shell, words));
        script.push_str(&snapshot(shell, name));
    };
    step("nowhere/nix", "failed");
    step("--help", "helped");
    step("100000000001", "one");
    step("plain/read", "two");
    step("-", "three");
    step("--unset", "out");
    step("-", "again");
    let prompt = if shell == Shell::Nushell {
        "genkan_prompt | save --force prompt\n"
    } else {
        "genkan_prompt > prompt\n"
    };
    script.push_str(prompt);
    let Some(result) = run_script(&env, shell, &script) else {
        return;
    };
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert_eq!(result.stdout, "", "gk is silent but for words on stderr");
    assert_eq!(env.read("code").trim(), "1", "{}", result.stderr);
    for words in ["usage: gk", "--region REGION", "--confirm ACCOUNT"] {
        assert!(result.stderr.contains(words), "{}", result.stderr);
    }
    assert!(
        result
            .stderr
            .contains("because they override the credentials: AWS_PROFILE\n"),
        "{}",
        result.stderr
    );
    let before = variables(&env, "before");
    assert_eq!(variables(&env, "failed"), before, "a failure changes nothing");
    assert_eq!(variables(&env, "helped"), before);
    let one = variables(&env, "one");
    assert_eq!(one["GENKAN_ACCOUNT_NAME"], HOSTILE_NAME);
    assert_eq!(one["GENKAN_ACCOUNT_ID"], "100000000001");
    assert_eq!(one["AWS_REGION"], "eu-west-3");
    assert!(one["AWS_ACCESS_KEY_ID"].starts_with("ASIA"));
    assert!(!one.contains_key("AWS_PROFILE"));
    let two = variables(&env, "two");
    assert_eq!(two["GENKAN_ACCOUNT_NAME"], "plain");
    assert_eq!(two["GENKAN_PREVIOUS"], "demo:100000000001/Admin");
    let three = variables(&env, "three");
    assert_eq!(three["GENKAN_ACCOUNT_NAME"], HOSTILE_NAME);
    assert_eq!(three["AWS_SESSION_TOKEN"], one["AWS_SESSION_TOKEN"], "cached");
    assert_eq!(variables(&env, "out"), before, "what was there before is back");
    assert_eq!(
        variables(&env, "again")["GENKAN_ACCOUNT_NAME"],
        HOSTILE_NAME,
        "what was left can be entered again"
    );
    let prompt = env.read("prompt");
    assert!(prompt.contains(&format!("[{HOSTILE_NAME}/Admin]")), "{prompt}");
    assert!(prompt.contains(" 59m ") || prompt.contains(" 60m "), "{prompt}");
    assert!(!env.path("pwned").exists(), "a name was run");
}

#[test]
fn gk_sets_and_restores_in_bash() {
    in_and_out(Shell::Bash);
}

#[test]
fn gk_sets_and_restores_in_zsh() {
    in_and_out(Shell::Zsh);
}

#[test]
fn gk_sets_and_restores_in_fish() {
    in_and_out(Shell::Fish);
}

#[test]
fn gk_sets_and_restores_in_nushell() {
    in_and_out(Shell::Nushell);
}

#[test]
fn gk_sets_and_restores_in_elvish() {
    in_and_out(Shell::Elvish);
}

#[test]
fn gk_sets_and_restores_in_xonsh() {
    in_and_out(Shell::Xonsh);
}

#[test]
fn gk_sets_and_restores_in_tcsh() {
    in_and_out(Shell::Tcsh);
}

/// The time left by each shell's own arithmetic, against an independent calendar.
#[test]
fn prompt_computes_the_minutes_left_at_any_date() {
    let env = shell_env();
    let now = genkan::platform::clock::current_time();
    let in_days = |days: i64| {
        let span = jiff::SignedDuration::from_secs(86_400 * days + 150);
        (now + span).strftime("%Y-%m-%dT%H:%M:%SZ")
    };
    let mut cases = vec![
        ("junk".to_owned(), "[x/y] "),
        ("a[$(touch pwned)]".to_owned(), "[x/y] "),
        ("2020-08-09T08:09:08Z".to_owned(), "[x/y] expired "),
    ];
    let expected: Vec<(String, String)> = [1, 29, 31, 365, 366, 1461, 9000]
        .into_iter()
        .map(|days| (in_days(days).to_string(), format!("[x/y] {}h", days * 24)))
        .collect();
    cases.extend(expected.iter().map(|(at, text)| (at.clone(), text.as_str())));
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Nushell] {
        let script: String = cases
            .iter()
            .map(|(at, _)| match shell {
                Shell::Nushell => format!("$env.AWS_CREDENTIAL_EXPIRATION = '{at}'; print (genkan_prompt)\n"),
                Shell::Fish => format!("set -gx AWS_CREDENTIAL_EXPIRATION '{at}'; genkan_prompt; echo\n"),
                _ => format!("AWS_CREDENTIAL_EXPIRATION='{at}'; genkan_prompt; echo\n"),
            })
            .collect();
        let set = match shell {
            Shell::Nushell => {
                "$env.GENKAN_ACCOUNT_NAME = 'x'; $env.GENKAN_PERMISSION_SET = 'y'; $env.AWS_ACCESS_KEY_ID = 'K'; $env.GENKAN_ACCESS_KEY_ID = 'K'\n"
            }
            Shell::Fish => {
                "set -gx GENKAN_ACCOUNT_NAME x; set -gx GENKAN_PERMISSION_SET y; set -gx AWS_ACCESS_KEY_ID K; set -gx GENKAN_ACCESS_KEY_ID K\nfunction set_color; end\n"
            }
            _ => {
                "GENKAN_ACCOUNT_NAME=x; GENKAN_PERMISSION_SET=y; AWS_ACCESS_KEY_ID=K; GENKAN_ACCESS_KEY_ID=K\n"
            }
        };
        let Some(result) = run_script(&env, shell, &format!("{set}{script}")) else {
            continue;
        };
        let seen: Vec<&str> = result.stdout.lines().collect();
        assert_eq!(seen.len(), cases.len(), "{shell:?} {result:?}");
        for ((at, text), seen) in cases.iter().zip(seen) {
            if text.ends_with('h') {
                // On a slow machine a minute or two may pass.
                let minutes = seen.strip_prefix(text);
                assert!(
                    matches!(minutes, Some("0m " | "1m " | "2m ")),
                    "{shell:?} {at}: {seen:?} is not {text:?}"
                );
            } else {
                assert_eq!(seen, *text, "{shell:?} {at}");
            }
        }
    }
    assert!(!env.path("pwned").exists());
}

/// A line that prints a word which is not in it.
fn say_loaded(shell: &str) -> &'static str {
    match shell {
        "xonsh" => "echo @('load' + 'ed')\r",
        _ => "echo load''ed\r",
    }
}

/// `gk` alone opens the portal; what is picked is in this very shell and its prompt, and Esc is 130.
#[test]
fn gk_alone_opens_the_picker() {
    let mut env = TestEnv::new();
    on_path(&mut env);
    keep_temporary_files(&mut env);
    // The editor that asks nothing of the terminal.
    env.environment.insert("SHELL_TYPE".into(), "readline".into());
    env.sign_in();
    for (shell, line, load) in [
        (
            "elvish",
            "elvish -norc",
            "eval (genkan init elvish --prompt | slurp)",
        ),
        (
            "xonsh",
            "xonsh --no-rc -i",
            "import subprocess; execx(subprocess.check_output(['genkan', 'init', 'xonsh', '--prompt'], text=True))",
        ),
        ("tcsh", "tcsh -f -i", "eval \"`genkan init tcsh --prompt`\""),
        (
            "bash",
            "bash --norc --noprofile -i",
            "eval \"$(genkan init bash --prompt)\"",
        ),
        ("zsh", "zsh -f -i", "eval \"$(genkan init zsh --prompt)\""),
        (
            "fish",
            "fish --no-config -i",
            "genkan init fish --prompt | source",
        ),
    ] {
        if !peer(shell) {
            continue;
        }
        let mut screen = Screen::script(&env, line);
        screen.type_keys(&format!("{load}\r"));
        screen.type_keys(say_loaded(shell));
        screen.wait("loaded");
        screen.type_keys("gk\r");
        screen.wait("updated");
        screen.type_keys("\x1b");
        screen.gone("updated");
        match shell {
            "elvish" => screen.wait("genkan exited with 130"),
            "xonsh" => screen.type_keys("echo @(f'code={__xonsh__.history.rtns[-1]}.')\r"),
            "fish" | "tcsh" => screen.type_keys("echo code=$status.\r"),
            _ => screen.type_keys("echo code=$?.\r"),
        }
        if shell != "elvish" {
            screen.wait("code=130.");
        }
        screen.type_keys("gk\r");
        screen.wait("updated");
        screen.type_keys("payments-dev adm");
        screen.wait("1 of 100");
        screen.type_keys("\r");
        screen.wait("[payments-dev/AdministratorAccess]");
        screen.type_keys("sh -c 'echo account=${GENKAN_ACCOUNT_ID}.'\r");
        screen.wait("account=310660284419.");
        screen.type_keys("gk --unset\r");
        screen.gone("updated");
        screen.type_keys("sh -c 'echo account=${GENKAN_ACCOUNT_ID}.'\r");
        screen.wait("account=.");
        screen.type_keys("exit 0\r");
        assert_eq!(screen.exit(), 0, "{shell}");
    }
}

/// The subshell that genkan opens says where it is in nushell too.
#[test]
fn nushell_subshell_shows_its_target() {
    let Some((nu, _)) = program(Shell::Nushell) else {
        return;
    };
    let mut env = shell_env();
    // Its own way to a shell that reads from a pipe: what is run before the first prompt counts.
    let nu = env.write_program(
        "nu",
        &format!(
            "#!/bin/sh\nexec '{}' --no-config-file --commands \"$2; print (do \\$env.PROMPT_COMMAND)\"\n",
            nu.display()
        ),
    );
    env.environment
        .insert("SHELL".into(), nu.to_str().unwrap().into());
    let out = env.output(&["shell", "plain/Read"]);
    assert!(out.contains("\u{1b}[36m[plain/Read]"), "{out:?}");
    env.environment.insert("NO_COLOR".into(), "1".into());
    let out = env.output(&["shell", "plain/Read"]);
    assert!(out.contains("[plain/Read]") && !out.contains("[36m"), "{out:?}");
    env.write(
        ".config/genkan/config.toml",
        "[[rule]]\nmatch = { account = \"plain\" }\nproduction = true\n",
    );
    let out = env.output(&["shell", "plain/Read"]);
    assert!(out.contains("\u{1b}[1m[PROD plain/Read]"), "{out:?}");
    env.environment.insert("TERM".into(), "dumb".into());
    let out = env.output(&["shell", "plain/Read"]);
    assert!(
        out.contains("[PROD plain/Read]") && !out.contains('\u{1b}'),
        "{out:?}"
    );
}

/// A mistake in `gk` is answered with how `gk` is used, under the name that the shell has for it.
#[test]
fn usage_errors_speak_of_the_shells_command() {
    let env = TestEnv::new();
    for (name, more) in [
        ("gk", &["--called", "gk"][..]),
        ("gk", &[]),
        ("into", &["--called", "into"]),
    ] {
        let arguments = [&["assume", "bash"], more, &["--bogus"]].concat();
        let said = env.run(&arguments);
        assert_eq!(
            (said.code, said.stdout.as_str()),
            (Some(2), ""),
            "{}",
            said.stderr
        );
        assert!(
            said.stderr.contains(&format!("Usage: {name} [TARGET]")),
            "{}",
            said.stderr
        );
        assert!(!said.stderr.contains("assume"), "{}", said.stderr);
    }
}
