//! What explains itself: help and manual pages, as they are read.

use crate::support::env::TestEnv;

fn commands() -> Vec<clap::Command> {
    let all = genkan::cli::build_command();
    all.get_subcommands()
        .filter(|c| !c.is_hide_set())
        .cloned()
        .collect()
}

#[test]
fn help_of_every_command() {
    let env = TestEnv::new();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("help genkan", env.output(&["--help"]));
        for command in commands() {
            let name = command.get_name();
            insta::assert_snapshot!(format!("help {name}"), env.output(&[name, "--help"]));
            for part in command.get_subcommands() {
                let part = part.get_name();
                insta::assert_snapshot!(format!("help {name} {part}"), env.output(&[name, part, "--help"]));
            }
        }
    });
}

#[test]
fn every_command_with_arguments_has_examples() {
    for command in commands() {
        let takes = command.get_arguments().next().is_some();
        let after = command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(
            !takes || after.starts_with("Example"),
            "{}: {after}",
            command.get_name()
        );
    }
}

/// Clap breaks lines at the margin of the terminal. A line break by hand inside a paragraph would leave single words on
/// lines of their own there, as would an example that is wider than help gets.
#[test]
fn paragraphs_of_help_have_no_line_breaks_of_their_own() {
    let all = genkan::cli::build_command();
    let mut commands = vec![&all];
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands());
        let help = command.get_after_help().map(ToString::to_string);
        let help = help.unwrap_or_default();
        let mut before = "";
        for line in help.lines() {
            let is_prose = |line: &str| !line.is_empty() && !line.starts_with(' ');
            let name = command.get_name();
            assert!(
                !(is_prose(before) && is_prose(line)),
                "{name}: broken by hand: {before}\n{line}"
            );
            assert!(
                is_prose(line) || line.chars().count() <= 100,
                "{name}: too wide: {line}"
            );
            before = line;
        }
    }
}

#[test]
fn manual_pages() {
    let env = TestEnv::new();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("man genkan", env.output(&["man"]));
        for command in commands() {
            let name = command.get_name();
            insta::assert_snapshot!(format!("man {name}"), env.output(&["man", name]));
        }
    });
    env.output(&["man", "--dir", "share/man1"]);
    for command in commands() {
        let name = format!("genkan-{}", command.get_name());
        let page = env.read(&format!("share/man1/{name}.1"));
        assert!(page.contains(&format!(".TH {name} 1")), "{page}");
        assert_eq!(page, env.output(&["man", command.get_name()]));
    }
    assert_eq!(env.read("share/man1/genkan.1"), env.output(&["man"]));
    let result = env.run(&["man", "nothing"]);
    assert_eq!((result.code, result.stdout.as_str()), (Some(2), ""));
    assert!(
        result.stderr.contains("unknown command `nothing`"),
        "{}",
        result.stderr
    );
    let result = env.run(&["man", "--dir", "share/man1/genkan.1"]);
    assert_eq!(result.code, Some(1));
    assert!(result.stderr.contains("can't write"), "{}", result.stderr);
}

#[test]
fn completions_of_every_shell() {
    let env = TestEnv::new();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        for shell in ["bash", "zsh", "fish", "nushell", "elvish", "xonsh", "tcsh", "powershell"] {
            insta::assert_snapshot!(format!("completions {shell}"), env.output(&["completions", shell]));
        }
    });
}

/// The shapes that scripts rely on; those of `whoami`, `status` and `doctor` stand beside their tests.
#[test]
fn json_of_list_and_profiles() {
    let env = TestEnv::new();
    env.sign_in();
    let first_two = |arguments: &[&str]| {
        let list: serde_json::Value = serde_json::from_str(&env.output(arguments)).unwrap();
        let list = list.as_array().unwrap();
        format!("{:#}", serde_json::json!(list[..2]))
    };
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("list json", first_two(&["list", "--format", "json"]));
        insta::assert_snapshot!("profiles json", first_two(&["profiles", "--format", "json"]));
    });
}

/// The scripts themselves stand in `crates/domain/assets/shell`; here they come out whole.
#[test]
fn shell_scripts_are_printed_whole() {
    let env = TestEnv::new();
    for shell in [
        "bash",
        "zsh",
        "fish",
        "nushell",
        "elvish",
        "xonsh",
        "tcsh",
        "powershell",
    ] {
        let completion = env.output(&["completions", shell]);
        let init = env.output(&["init", shell]);
        let prompt = env.output(&["init", shell, "--prompt"]);
        for script in [&completion, &init, &prompt] {
            let asks = [
                "genkan complete",
                "(external genkan) complete",
                "\"genkan\", \"complete\"",
            ];
            assert!(asks.iter().any(|asks| script.contains(asks)), "{shell}");
            assert!(!script.contains("@NAME@"), "{shell}");
        }
        assert!(init.contains("genkan_prompt") && init.contains("gk"), "{shell}");
        assert!(prompt.len() > init.len(), "{shell}");
        let named = env.output(&["init", shell, "--name", "go-in"]);
        assert!(named.contains("go-in") && !named.contains(" gk "), "{shell}");
    }
    assert!(env.output(&["--version"]).starts_with("genkan "));
}
