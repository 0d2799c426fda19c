//! What explains itself: help and manual pages, as they are read.

use crate::support::env::House;

fn commands() -> Vec<clap::Command> {
    let all = genkan::cli::command();
    all.get_subcommands()
        .filter(|c| !c.is_hide_set())
        .cloned()
        .collect()
}

#[test]
fn help_of_every_command() {
    let house = House::new();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("help genkan", house.output(&["--help"]));
        for command in commands() {
            let name = command.get_name();
            insta::assert_snapshot!(format!("help {name}"), house.output(&[name, "--help"]));
        }
    });
}

#[test]
fn each_command_that_takes_something_shows_how() {
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

#[test]
fn manual_pages() {
    let house = House::new();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("man genkan", house.output(&["man"]));
        for command in commands() {
            let name = command.get_name();
            insta::assert_snapshot!(format!("man {name}"), house.output(&["man", name]));
        }
    });
    house.output(&["man", "--dir", "share/man1"]);
    for command in commands() {
        let name = format!("genkan-{}", command.get_name());
        let page = house.read(&format!("share/man1/{name}.1"));
        assert!(page.contains(&format!(".TH {name} 1")), "{page}");
        assert_eq!(page, house.output(&["man", command.get_name()]));
    }
    assert_eq!(house.read("share/man1/genkan.1"), house.output(&["man"]));
    let ended = house.run(&["man", "nothing"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert!(
        ended.stderr.contains("there is no command `nothing`"),
        "{}",
        ended.stderr
    );
    let ended = house.run(&["man", "--dir", "share/man1/genkan.1"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("can't be written"), "{}", ended.stderr);
}

#[test]
fn completions_of_every_shell() {
    let house = House::new();
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        for shell in ["bash", "zsh", "fish", "nushell", "powershell", "elvish"] {
            insta::assert_snapshot!(format!("completions {shell}"), house.output(&["completions", shell]));
        }
    });
}

/// The shapes that scripts rely on; those of `whoami`, `status` and `doctor` stand beside their tests.
#[test]
fn json_of_what_is_listed() {
    let house = House::new();
    house.sign_in();
    let first_two = |arguments: &[&str]| {
        let list: serde_json::Value = serde_json::from_str(&house.output(arguments)).unwrap();
        let list = list.as_array().unwrap();
        format!("{:#}", serde_json::json!(list[..2]))
    };
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("list json", first_two(&["list", "--format", "json"]));
        insta::assert_snapshot!("profiles json", first_two(&["profiles", "--format", "json"]));
    });
}

/// The scripts themselves stand in `assets/shell`; here they come out whole.
#[test]
fn scripts_are_printed() {
    let house = House::new();
    for shell in ["bash", "zsh", "fish", "nushell", "powershell"] {
        let completion = house.output(&["completions", shell]);
        let init = house.output(&["init", shell]);
        let prompt = house.output(&["init", shell, "--prompt"]);
        for script in [&completion, &init, &prompt] {
            assert!(script.contains("genkan complete"), "{shell}");
            assert!(!script.contains("@NAME@"), "{shell}");
        }
        assert!(init.contains("genkan_prompt") && init.contains("gk"), "{shell}");
        assert!(prompt.len() > init.len(), "{shell}");
        let named = house.output(&["init", shell, "--name", "go-in"]);
        assert!(named.contains("go-in") && !named.contains(" gk "), "{shell}");
    }
    assert!(
        house
            .output(&["completions", "elvish"])
            .contains("complete elvish")
    );
    assert!(house.output(&["--version"]).starts_with("genkan "));
}
