//! Shells as their users have them: frameworks, themes, aliases, and start-up files that set AWS variables.
//!
//! For each of them the same must hold: genkan's command is defined, or leaves a name that is taken; nothing
//! of the user's is run; the prompt says which target the shell works as, and so does `aws configure list`;
//! leaving brings everything back.

use std::collections::BTreeMap;

use genkan::domain::shells::shell::Shell;

use crate::support::env::{TestEnv, peer};
use crate::support::peers;
use crate::support::screen::Screen;
use crate::support::shell_setups::{
    Setup, bash_setups, fish_setups, oh_my_bash, oh_my_zsh, other_setups, powerlevel10k, zsh_setups,
};
use crate::support::shells::{program, shell_env};

const MARK: &str = "[plain/Read]";

/// A program that notes that it was run.
const NOTES_RUNS: &str = "#!/bin/sh\necho \"$0 $*\" >> \"$HOME/ran\"\n";

/// A home with a profile `mine`, and a `gitk` that notes that it was run.
fn home() -> TestEnv {
    let mut env = shell_env();
    let config = env.read(".aws/config");
    env.write(
        ".aws/config",
        &format!("{config}\n[profile mine]\nregion = eu-west-1\n"),
    );
    env.write(
        ".aws/credentials",
        "[mine]\naws_access_key_id = AKIAMINE\naws_secret_access_key = mine\n",
    );
    env.write_program("bin/gitk", NOTES_RUNS);
    let path = format!("{}:{}", env.path("bin").display(), env.environment["PATH"]);
    let starship = env.path("starship").to_str().unwrap().to_owned();
    env.environment.extend([
        ("PATH".into(), path),
        ("STARSHIP_CACHE".into(), starship),
        // xonsh's editor that asks nothing of the terminal.
        ("SHELL_TYPE".into(), "readline".into()),
    ]);
    env
}

/// A shell on a screen, whose lines are waited for.
struct Session {
    screen: Screen,
    is_xonsh: bool,
    lines: usize,
}

impl Session {
    fn start(env: &TestEnv, line: &str) -> Self {
        let mut screen = Screen::script(env, line);
        screen.resize(120, 30);
        let is_xonsh =
            line.contains("xonsh") || env.environment.get("SHELL").is_some_and(|s| s.contains("xonsh"));
        let mut session = Self {
            screen,
            is_xonsh,
            lines: 0,
        };
        session.run("true");
        session
    }

    /// Runs a line to its end, and clears the screen of all but the next prompt.
    fn run(&mut self, line: &str) {
        self.run_to_end(&format!("{line}; clear"));
    }

    /// Runs a line to its end, also on a terminal that can't be cleared.
    fn run_to_end(&mut self, line: &str) {
        self.lines += 1;
        let end = format!("end-of-{}.", self.lines);
        let from = self.screen.written();
        let number = self.lines;
        // A word that is not in the line which prints it.
        let word = if self.is_xonsh {
            format!("@('end-of-' + '{number}.')")
        } else {
            format!("end-of-'{number}'.")
        };
        self.screen.type_keys(&format!("{line}; echo {word}\r"));
        self.screen.wait_raw(&end, from);
    }

    /// Waits for the mark of a prompt that was drawn after all lines so far.
    #[track_caller]
    fn shows(&mut self, name: &str, text: &str) {
        let end = format!("end-of-{}.", self.lines);
        let count = |screen: &Screen| {
            let seen = screen.text();
            let (_, prompt) = seen.rsplit_once(&end).unwrap_or_default();
            prompt.matches(text).count()
        };
        let what = format!("{text} in the prompt of {name}");
        let mut found = 0;
        self.screen.wait_until(&what, |screen| {
            found = count(screen);
            found > 0
        });
        assert_eq!(found, 1, "{name}: {}", self.screen.text());
    }

    fn leave(mut self) {
        self.screen.type_keys("exit 0\r");
        self.screen.exit();
    }
}

fn environment(env: &TestEnv, name: &str) -> BTreeMap<String, String> {
    env.read(name)
        .split('\0')
        .filter_map(|pair| pair.split_once('='))
        // What shells and themes count by themselves.
        .filter(|(name, _)| {
            let counted = ["STARSHIP_", "XONSH", "LAST_"]
                .iter()
                .any(|begin| name.starts_with(begin));
            !counted && !matches!(*name, "_" | "OLDPWD" | "SHLVL")
        })
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn export(shell: &str, name: &str, value: &str) -> String {
    match shell {
        "fish" => format!("set -gx {name} {value}"),
        "elvish" => format!("set-env {name} '{value}'"),
        "xonsh" => format!("${name} = '{value}'"),
        "tcsh" => format!("setenv {name} {value}"),
        _ => format!("export {name}={value}"),
    }
}

/// Credentials into a shell that runs, a contradiction, and back.
fn take_and_leave(env: &TestEnv, setup: &Setup) {
    if !peer(setup.shell) {
        return;
    }
    let Setup {
        name, shell, command, ..
    } = setup;
    let line = format!("{}\n{}", export(shell, "AWS_PROFILE", "mine"), setup.line());
    setup.move_into(env, &line);
    let mut session = Session::start(env, &format!("{shell} -i"));
    session.run("env -0 > before");
    session.run(&format!("{command} plain/Read"));
    session.run("true");
    session.run("env -0 > inside");
    session.shows(name, MARK);
    let inside = environment(env, "inside");
    assert!(!inside.contains_key("AWS_PROFILE"), "{name}: {inside:?}");
    assert_eq!(
        inside["GENKAN_ACCESS_KEY_ID"], inside["AWS_ACCESS_KEY_ID"],
        "{name}"
    );
    session.run(&export(shell, "AWS_PROFILE", "mine"));
    session.run("true");
    session.shows(name, &format!("{MARK} conflicts with AWS_PROFILE=mine"));
    session.run(&format!("{command} --unset"));
    session.run("env -0 > after");
    // The prompt that it is typed at stays on the screen.
    session.run_to_end("true");
    assert!(!session.screen.text().contains(MARK), "{name}");
    assert_eq!(environment(env, "after"), environment(env, "before"), "{name}");
    session.leave();
    nothing_was_run(env, name);
}

/// Neither a program of the user's, nor the portal, nor a line of the history that was not typed.
fn nothing_was_run(env: &TestEnv, name: &str) {
    assert!(!env.path("ran").exists(), "{name}: {}", env.read("ran"));
    for file in [".zsh_history", ".bash_history", ".local/share/fish/fish_history"] {
        let history = std::fs::read_to_string(env.path(file)).unwrap_or_default();
        assert!(
            !history.contains("__genkan") && !history.contains("assume"),
            "{name}: {history}"
        );
    }
}

/// The subshell that genkan opens: what start-up files set later doesn't win, and the prompt says where it is.
fn subshell(env: &mut TestEnv, setup: &Setup, aws: bool) {
    if !peer(setup.shell) {
        return;
    }
    let Setup { name, shell, .. } = setup;
    setup.move_into(env, &export(shell, "AWS_PROFILE", "mine"));
    env.environment
        .insert("SHELL".into(), format!("/usr/bin/{shell}"));
    env.environment
        .insert("HTTP_PROXY".into(), "http://127.0.0.1:9".into());
    let no_proxy = ("NO_PROXY".into(), "127.0.0.1,.corp".into());
    env.environment.extend([no_proxy]);
    let own = env.read(setup.file());
    env.write(
        setup.file(),
        &format!("{own}\n{}\n", export(shell, "NO_PROXY", ".mine")),
    );
    let mut session = Session::start(env, "exec genkan shell plain/Read");
    session.run("env -0 > inside");
    session.run("true");
    session.shows(name, MARK);
    let inside = environment(env, "inside");
    assert!(!inside.contains_key("AWS_PROFILE"), "{name}: {inside:?}");
    assert_eq!(inside["NO_PROXY"], ".mine,127.0.0.1", "{name}");
    assert_eq!(inside["no_proxy"], "127.0.0.1,.corp", "{name}");
    if let Some(python) = peers::python().filter(|_| aws) {
        session.run(&format!("{}/bin/aws configure list > agrees", python.display()));
        let list = env.read("agrees");
        let key = list.lines().find(|line| line.contains("access_key")).unwrap();
        assert!(key.contains("container-role"), "{name}: {list}");
    }
    session.run(&export(shell, "AWS_PROFILE", "mine"));
    session.run("true");
    session.shows(name, &format!("{MARK} overridden by AWS_PROFILE=mine"));
    if let Some(python) = peers::python().filter(|_| aws) {
        session.run(&format!(
            "{}/bin/aws configure list > disagrees",
            python.display()
        ));
        assert!(env.read("disagrees").contains("mine"), "{name}");
    }
    session.leave();
    nothing_was_run(env, name);
}

#[test]
fn zsh_themes_show_the_target_and_are_restored() {
    let env = home();
    for setup in zsh_setups() {
        take_and_leave(&env, &setup);
    }
}

#[test]
fn bash_themes_show_the_target_and_are_restored() {
    let env = home();
    for setup in bash_setups() {
        take_and_leave(&env, &setup);
    }
}

#[test]
fn fish_themes_show_the_target_and_are_restored() {
    let env = home();
    for setup in fish_setups() {
        take_and_leave(&env, &setup);
    }
}

#[test]
fn elvish_xonsh_and_tcsh_show_the_target_and_are_restored() {
    let env = home();
    for setup in other_setups() {
        take_and_leave(&env, &setup);
    }
}

/// tcsh reads the user's files and no other: its prompt shows the target where these run genkan's integration.
#[test]
fn tcsh_subshell_shows_its_target_by_the_users_own_file() {
    if !peer("tcsh") {
        return;
    }
    let mut env = home();
    env.environment.insert("SHELL".into(), "/usr/bin/tcsh".into());
    let setup = Setup::new("tcsh", "tcsh", "");
    setup.move_into(&env, "");
    let note =
        "the prompt of tcsh doesn't show the target: ~/.tcshrc doesn't run `genkan init tcsh --prompt`";
    assert!(env.run(&["shell", "plain/Read"]).stderr.contains(note));
    setup.move_into(&env, &setup.line());
    let mut session = Session::start(&env, "exec genkan shell plain/Read");
    session.run("true");
    session.shows(setup.name, MARK);
    assert!(!session.screen.raw().contains("doesn't show the target"));
    session.leave();
}

#[test]
fn subshell_uses_its_target_whatever_start_up_files_set() {
    let mut env = home();
    for (n, setup) in zsh_setups().iter().enumerate() {
        subshell(&mut env, setup, n == 0);
    }
    for setup in bash_setups()
        .iter()
        .chain(&fish_setups())
        .chain(&other_setups())
        .filter(|s| !s.name.contains("direnv") && s.shell != "tcsh")
    {
        subshell(&mut env, setup, false);
    }
}

/// Colours go with NO_COLOR, every style with a terminal that obeys no codes.
#[test]
fn prompt_has_no_colour_where_none_is_wanted() {
    use vt100::Color::{Default, Idx};
    let mut env = home();
    env.write(
        ".config/genkan/config.toml",
        "[[rule]]\nmatch = { account = \"plain\" }\nproduction = true\n",
    );
    let shells = ["bash", "zsh", "fish", "elvish", "xonsh", "tcsh"];
    let plain = shells.map(|shell| Setup::new(shell, shell, ""));
    for setup in plain.into_iter().chain([powerlevel10k()]) {
        let shell = setup.shell;
        if !peer(shell) {
            continue;
        }
        env.environment
            .insert("SHELL".into(), format!("/usr/bin/{shell}"));
        let line = if shell == "tcsh" {
            setup.line()
        } else {
            String::new()
        };
        setup.move_into(&env, &line);
        let mut session = Session::start(&env, "exec genkan shell plain/Read");
        for (change, mark, style) in [
            (None, "[PROD plain/Read]", (Idx(1), true)),
            (Some(("NO_COLOR", "1")), "[PROD plain/Read]", (Default, true)),
            (Some(("GENKAN_PRODUCTION", "")), MARK, (Default, false)),
            (Some(("NO_COLOR", "")), MARK, (Idx(6), false)),
            (
                Some(("GENKAN_PRODUCTION", "1")),
                "[PROD plain/Read]",
                (Idx(1), true),
            ),
            (Some(("TERM", "dumb")), "[PROD plain/Read]", (Default, false)),
        ] {
            if let Some((name, value)) = change {
                session.run_to_end(&export(shell, name, value));
            }
            session.run_to_end("true");
            session.shows(setup.name, mark);
            let found = session.screen.style_of(mark);
            assert_eq!(found, Some(style), "{}: {change:?}", setup.name);
        }
        let from = session.screen.written();
        session.run_to_end("true");
        session.shows(setup.name, "[PROD plain/Read]");
        let drawn = session.screen.raw_since(from);
        assert!(
            !drawn.contains("\u{1b}]2;"),
            "{} has no title: {drawn:?}",
            setup.name
        );
        session.leave();
    }
}

/// A name that is taken stays what it is: nothing is run at the start, it is said once, and doctor says it too.
#[test]
fn existing_gk_alias_or_function_is_kept() {
    let env = home();
    for (setup, meaning) in [
        (Setup::new("oh-my-zsh", "zsh", oh_my_zsh()), "alias"),
        (
            Setup::new("a global alias", "zsh", "alias -g gk='; touch ran'"),
            "alias",
        ),
        (Setup::new("a function", "zsh", "gk() { touch ran }"), "function"),
        (Setup::new("oh-my-bash", "bash", oh_my_bash()), "alias"),
        (Setup::new("an alias of git", "bash", "alias gk=git"), "alias"),
        (
            Setup::new("an alias later", "bash", "").after("alias gk=git"),
            "alias",
        ),
        (
            Setup::new("a function", "bash", "gk() { touch ran; }"),
            "function",
        ),
        (
            Setup::new("an abbreviation", "fish", "abbr -a gk git status"),
            "abbreviation",
        ),
        (Setup::new("an alias", "fish", "alias gk git"), "function"),
        (
            Setup::new("a function", "elvish", "fn gk { echo ran > ran }"),
            "function",
        ),
        (Setup::new("an alias", "xonsh", "aliases['gk'] = 'git'"), "alias"),
        (Setup::new("an alias", "tcsh", "alias gk git"), "alias"),
        (
            Setup::new("an abbreviation later", "fish", "").after("abbr -a gk git"),
            "abbreviation",
        ),
    ] {
        if !peer(setup.shell) {
            continue;
        }
        let name = setup.name;
        setup.move_into(&env, &setup.line());
        let mut session = Session::start(&env, &format!("{} -i", setup.shell));
        let said = session.screen.raw();
        let sentence = format!("genkan: `gk` is an existing {meaning}, so genkan did not replace it");
        assert_eq!(said.matches(&sentence).count(), 1, "{name}: {said}");
        assert!(
            !said.contains("alias-ran") && !said.contains("updated"),
            "{name}: {said}"
        );
        session.run("genkan doctor --offline --format json > doctor");
        assert!(env.read("doctor").contains("shell-name"), "{name}");
        // A shell inside it says nothing again, and the rest of the script is there.
        session.run("genkan_prompt; env -0 > before");
        assert_eq!(session.screen.raw().matches(&sentence).count(), 1, "{name}");
        session.leave();
        nothing_was_run(&env, name);
    }
}

/// A program of that name is some other tool: it isn't hidden.
#[test]
fn existing_gk_program_is_not_hidden() {
    let env = home();
    env.write_program("bin/gk", NOTES_RUNS);
    for shell in ["bash", "zsh", "fish", "elvish", "xonsh", "tcsh"] {
        let setup = Setup::new("a program", shell, "");
        if !peer(shell) {
            continue;
        }
        setup.move_into(&env, &setup.line());
        let mut session = Session::start(&env, &format!("{shell} -i"));
        assert!(
            session.screen.raw().contains("`gk` is an existing program"),
            "{shell}"
        );
        session.run("gk here");
        assert!(env.read("ran").contains("gk here"), "{shell}");
        std::fs::remove_file(env.path("ran")).unwrap();
        session.leave();
    }
}

/// Nushell's definitions come where a file is read: a name that has a meaning by then keeps it.
#[test]
fn nushell_keeps_an_existing_gk() {
    let Some((nu, arguments)) = program(Shell::Nushell) else {
        return;
    };
    let env = home();
    env.write("init.nu", &env.output(&["init", "nushell", "--prompt"]));
    let line = |before: &str| {
        env.write("config.nu", &format!("{before}\nsource init.nu\n"));
        format!(
            "'{}' {} --execute 'source config.nu'",
            nu.display(),
            arguments.join(" ")
        )
    };
    // Its editor asks the terminal for the cursor before each prompt.
    let prompt = |screen: &mut Screen, from: usize| {
        let at = screen.wait_raw("\x1b[6n", from);
        screen.type_keys("\x1b[20;1R");
        at
    };
    let mut screen = Screen::script(&env, &line("alias gk = echo still-mine"));
    let at = prompt(&mut screen, 0);
    assert!(
        screen
            .raw()
            .contains("genkan: `gk` is an existing alias, so genkan did not replace it")
    );
    screen.type_keys("gk\r");
    screen.wait_raw("still-mine\r\n", at);
    let mut screen = Screen::script(&env, &line(""));
    let at = prompt(&mut screen, 0);
    assert!(!screen.raw().contains("existing"), "{}", screen.text());
    screen.type_keys("gk plain/Read\r");
    let at = prompt(&mut screen, at);
    screen.wait_raw(MARK, at - 1);
    screen.type_keys("gk --unset\r");
    let at = prompt(&mut screen, at);
    screen.type_keys("print $'in:($env.GENKAN_ACCOUNT_ID?).'\r");
    screen.wait_raw("in:.", at);
}

/// direnv sets a profile in some folder: the prompt that follows says so.
#[test]
fn prompt_shows_a_profile_set_by_direnv() {
    if !peer("bash") {
        return;
    }
    let setup = bash_setups().swap_remove(2);
    let env = home();
    setup.move_into(&env, &setup.line());
    env.write("project/.keep", "");
    let mut session = Session::start(&env, "bash -i");
    session.run("gk plain/Read");
    session.run("cd project");
    session.shows(setup.name, &format!("{MARK} conflicts with AWS_PROFILE=mine"));
    session.run("cd ..");
    session.shows(setup.name, MARK);
    assert!(!session.screen.text().contains("conflicts"));
    session.leave();
}

/// A universal variable of fish belongs to all shells: it stays, and the prompt shows it.
#[test]
fn fish_universal_variable_is_kept_and_shown() {
    if !peer("fish") {
        return;
    }
    let setup = Setup::new(
        "universal",
        "fish",
        "set -q AWS_PROFILE; or set -Ux AWS_PROFILE mine",
    );
    let env = home();
    setup.move_into(&env, &setup.line());
    let mut session = Session::start(&env, "fish -i");
    session.run("gk plain/Read");
    session.run("true");
    session.shows(setup.name, &format!("{MARK} conflicts with AWS_PROFILE=mine"));
    assert!(
        session
            .screen
            .raw()
            .contains("AWS_PROFILE is a universal variable and was not changed")
    );
    session.run("gk --unset");
    session.run("env -0 > after");
    assert_eq!(environment(&env, "after")["AWS_PROFILE"], "mine");
    session.leave();
}
