//! Shells as their users have them: frameworks, themes, aliases, and start-up files that set AWS variables.
//!
//! For each of them the same must hold: genkan's command is defined, or leaves a name that is taken; nothing
//! of the user's is run; the prompt says which target the shell works as, and so does `aws configure list`;
//! leaving brings everything back.

use std::collections::BTreeMap;
use std::path::PathBuf;

use genkan::domain::shell::Shell;

use crate::commands::init::{house, program};
use crate::support::env::{House, peer};
use crate::support::peers;
use crate::tui::pty::Screen;

const MARK: &str = "[plain/Read]";

/// A shell with the start-up files of some user.
struct Setup {
    name: &'static str,
    shell: &'static str,
    /// The start-up file: what comes before the line of genkan's integration, and what comes after.
    before: String,
    after: String,
    /// The name for genkan's command.
    command: &'static str,
}

impl Setup {
    fn new(name: &'static str, shell: &'static str, before: impl Into<String>) -> Self {
        Self {
            name,
            shell,
            before: before.into(),
            after: String::new(),
            command: "gk",
        }
    }

    fn after(self, after: impl Into<String>) -> Self {
        Self {
            after: after.into(),
            ..self
        }
    }

    fn command(self, command: &'static str) -> Self {
        Self { command, ..self }
    }

    fn file(&self) -> &'static str {
        match self.shell {
            "zsh" => ".zshrc",
            "fish" => ".config/fish/config.fish",
            _ => ".bashrc",
        }
    }

    /// Gives a home these start-up files, as if nobody had used a shell there before.
    fn move_into(&self, house: &House, line: &str) {
        for file in [
            ".zshrc",
            ".zsh_history",
            ".zcompdump",
            ".bashrc",
            ".bash_history",
            "ran",
        ] {
            let _ = std::fs::remove_file(house.path(file));
        }
        for folder in [".config/fish", ".local/share/fish"] {
            let _ = std::fs::remove_dir_all(house.path(folder));
        }
        let text = format!("{}\n{line}\n{}\n", self.before, self.after);
        house.write(self.file(), &text);
    }

    /// The line of the README.
    fn line(&self) -> String {
        let name = match self.command {
            "gk" => String::new(),
            name => format!(" --name {name}"),
        };
        match self.shell {
            "fish" => format!("genkan init fish --prompt{name} | source"),
            shell => format!("eval \"$(genkan init {shell} --prompt{name})\""),
        }
    }
}

/// A home with a profile `mine`, and a `gitk` that notes that it was run.
fn home() -> House {
    let mut house = house();
    let config = house.read(".aws/config");
    house.write(
        ".aws/config",
        &format!("{config}\n[profile mine]\nregion = eu-west-1\n"),
    );
    house.write(
        ".aws/credentials",
        "[mine]\naws_access_key_id = AKIAMINE\naws_secret_access_key = mine\n",
    );
    house.write("bin/gitk", "#!/bin/sh\necho \"$0 $*\" >> \"$HOME/ran\"\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(house.path("bin/gitk"), mode).unwrap();
    let path = format!("{}:{}", house.path("bin").display(), house.environment["PATH"]);
    let starship = house.path("starship").to_str().unwrap().to_owned();
    // Themes leave files in the temporary folder when their shell ends; these go with the home.
    let temporary = house.path("tmp").to_str().unwrap().to_owned();
    std::fs::create_dir(&temporary).unwrap();
    house.environment.extend([
        ("PATH".into(), path),
        ("STARSHIP_CACHE".into(), starship),
        ("TMPDIR".into(), temporary),
    ]);
    house
}

/// A text of a peer as a file that a start-up file reads.
fn source(name: &str, text: &str) -> String {
    format!("source '{}'", peers::script(name, text).display())
}

fn oh_my_zsh() -> String {
    source("oh-my-zsh.zsh", include_str!("../../peers/oh-my-zsh.zsh"))
}

fn oh_my_bash() -> String {
    source("oh-my-bash.sh", include_str!("../../peers/oh-my-bash.sh"))
}

fn package(name: &str) -> Option<PathBuf> {
    Some(peers::node()?.join("node_modules").join(name))
}

/// A shell on a screen, whose lines are waited for.
struct Session {
    screen: Screen,
    lines: usize,
}

impl Session {
    fn start(house: &House, line: &str) -> Self {
        let mut screen = Screen::script(house, line);
        screen.resize(120, 30);
        let mut session = Self { screen, lines: 0 };
        session.run("true");
        session
    }

    /// Runs a line to its end, and clears the screen of all but the next prompt.
    fn run(&mut self, line: &str) {
        self.lines += 1;
        let end = format!("end-of-{}.", self.lines);
        let from = self.screen.raw().len();
        self.screen
            .type_keys(&format!("{line}; clear; echo end-of-'{}'.\r", self.lines));
        self.screen.wait_raw(&end, from);
    }

    /// Waits for the mark of a prompt that was drawn after all lines so far.
    #[track_caller]
    fn shows(&mut self, name: &str, text: &str) {
        self.screen.wait(text);
        let seen = self.screen.text();
        let end = format!("end-of-{}.", self.lines);
        let prompt = seen.split(&end).last().unwrap();
        assert_eq!(prompt.matches(text).count(), 1, "{name}: {seen}");
    }

    fn leave(mut self) {
        self.screen.type_keys("exit 0\r");
        self.screen.exit();
    }
}

fn environment(house: &House, name: &str) -> BTreeMap<String, String> {
    house
        .read(name)
        .split('\0')
        .filter_map(|pair| pair.split_once('='))
        // What shells and themes count by themselves.
        .filter(|(name, _)| !name.starts_with("STARSHIP_") && !matches!(*name, "_" | "OLDPWD" | "SHLVL"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn export(shell: &str, name: &str, value: &str) -> String {
    match shell {
        "fish" => format!("set -gx {name} {value}"),
        _ => format!("export {name}={value}"),
    }
}

/// Credentials into a shell that runs, a contradiction, and back.
fn take_and_leave(house: &House, setup: &Setup) {
    if !peer(setup.shell) {
        return;
    }
    let Setup {
        name, shell, command, ..
    } = setup;
    let line = format!("{}\n{}", export(shell, "AWS_PROFILE", "mine"), setup.line());
    setup.move_into(house, &line);
    let mut session = Session::start(house, &format!("{shell} -i"));
    session.run("env -0 > before");
    session.run(&format!("{command} plain/Read"));
    session.run("true");
    session.run("env -0 > inside");
    session.shows(name, MARK);
    let inside = environment(house, "inside");
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
    session.run("true");
    assert!(!session.screen.text().contains(MARK), "{name}");
    assert_eq!(
        environment(house, "after"),
        environment(house, "before"),
        "{name}"
    );
    session.leave();
    nothing_was_run(house, name);
}

/// Neither a program of the user's, nor the portal, nor a line of the history that nobody typed.
fn nothing_was_run(house: &House, name: &str) {
    assert!(!house.path("ran").exists(), "{name}: {}", house.read("ran"));
    for file in [".zsh_history", ".bash_history", ".local/share/fish/fish_history"] {
        let history = std::fs::read_to_string(house.path(file)).unwrap_or_default();
        assert!(
            !history.contains("__genkan") && !history.contains("assume"),
            "{name}: {history}"
        );
    }
}

/// The subshell that genkan opens: what start-up files set later doesn't win, and the prompt says where it is.
fn subshell(house: &mut House, setup: &Setup, aws: bool) {
    if !peer(setup.shell) {
        return;
    }
    let Setup { name, shell, .. } = setup;
    setup.move_into(house, &export(shell, "AWS_PROFILE", "mine"));
    house
        .environment
        .insert("SHELL".into(), format!("/usr/bin/{shell}"));
    house
        .environment
        .insert("HTTP_PROXY".into(), "http://127.0.0.1:9".into());
    let no_proxy = ("NO_PROXY".into(), "127.0.0.1,.corp".into());
    house.environment.extend([no_proxy]);
    let own = house.read(setup.file());
    house.write(
        setup.file(),
        &format!("{own}\n{}\n", export(shell, "NO_PROXY", ".mine")),
    );
    let mut session = Session::start(house, "exec genkan shell plain/Read");
    session.run("env -0 > inside");
    session.run("true");
    session.shows(name, MARK);
    let inside = environment(house, "inside");
    assert!(!inside.contains_key("AWS_PROFILE"), "{name}: {inside:?}");
    assert_eq!(inside["NO_PROXY"], ".mine,127.0.0.1", "{name}");
    assert_eq!(inside["no_proxy"], "127.0.0.1,.corp", "{name}");
    if let Some(python) = peers::python().filter(|_| aws) {
        session.run(&format!("{}/bin/aws configure list > agrees", python.display()));
        let list = house.read("agrees");
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
        assert!(house.read("disagrees").contains("mine"), "{name}");
    }
    session.leave();
    nothing_was_run(house, name);
}

fn zsh_setups() -> Vec<Setup> {
    let p10k = source("powerlevel10k.zsh", include_str!("../../peers/powerlevel10k.zsh"));
    let last_word = source("last-word.zsh", include_str!("../../peers/last-word.zsh"));
    let mut setups = vec![
        Setup::new("oh-my-zsh", "zsh", oh_my_zsh()).command("go-in"),
        Setup::new("powerlevel10k", "zsh", p10k.clone()),
        Setup::new("powerlevel10k after genkan", "zsh", "").after(p10k),
        Setup::new("a theme with the last word", "zsh", last_word),
        Setup::new(
            "odd options",
            "zsh",
            "setopt ksh_arrays sh_word_split no_unset no_glob rc_quotes",
        ),
    ];
    if let Some(pure) = package("pure-prompt") {
        let text = format!(
            "fpath+=('{}'); autoload -U promptinit; promptinit; prompt pure",
            pure.display()
        );
        setups.push(Setup::new("pure", "zsh", text));
    }
    if let Some(spaceship) = package("spaceship-prompt") {
        let text = format!(
            "SPACESHIP_PROMPT_ORDER=(dir line_sep char)\nsource '{}/spaceship.zsh'",
            spaceship.display()
        );
        setups.push(Setup::new("spaceship", "zsh", text));
    }
    if let Some(starship) = peers::starship() {
        let text = format!("eval \"$('{}' init zsh)\"", starship.display());
        setups.push(Setup::new("starship after genkan", "zsh", "").after(text));
    }
    setups
}

fn bash_setups() -> Vec<Setup> {
    let direnv = source("direnv.sh", include_str!("../../peers/direnv.sh"));
    let mut setups = vec![
        Setup::new("oh-my-bash", "bash", oh_my_bash()).command("go_in"),
        Setup::new(
            "a prompt command with a semicolon",
            "bash",
            "PROMPT_COMMAND='history -a; '",
        ),
        Setup::new(
            "direnv after genkan",
            "bash",
            "set -u; DIRENV_DIR=; PROMPT_COMMAND=",
        )
        .after(format!(
            "{direnv}\nPROMPT_COMMAND=\"_direnv_hook;$PROMPT_COMMAND\""
        )),
    ];
    if let Some(starship) = peers::starship() {
        let text = format!("eval \"$('{}' init bash)\"", starship.display());
        setups.push(Setup::new("starship", "bash", text.clone()));
        setups.push(Setup::new("starship after genkan", "bash", "").after(text));
    }
    setups
}

fn fish_setups() -> Vec<Setup> {
    let mut setups = vec![
        Setup::new("abbreviations", "fish", "abbr -a gk git status\nabbr -a g git").command("go-in"),
        Setup::new(
            "a prompt that is defined later",
            "fish",
            "set -U GENKAN_PREVIOUS nonsense",
        )
        .after("function fish_prompt; echo -n 'mine> '; end"),
    ];
    if let Some(starship) = peers::starship() {
        let text = format!("'{}' init fish | source", starship.display());
        setups.push(Setup::new("starship after genkan", "fish", "").after(text));
    }
    setups
}

#[test]
fn zsh_shows_the_target_with_any_theme_and_gives_everything_back() {
    let house = home();
    for setup in zsh_setups() {
        take_and_leave(&house, &setup);
    }
}

#[test]
fn bash_shows_the_target_with_any_theme_and_gives_everything_back() {
    let house = home();
    for setup in bash_setups() {
        take_and_leave(&house, &setup);
    }
}

#[test]
fn fish_shows_the_target_with_any_theme_and_gives_everything_back() {
    let house = home();
    for setup in fish_setups() {
        take_and_leave(&house, &setup);
    }
}

#[test]
fn a_subshell_works_as_its_target_whatever_start_up_files_set() {
    let mut house = home();
    for (n, setup) in zsh_setups().iter().enumerate() {
        subshell(&mut house, setup, n == 0);
    }
    for setup in bash_setups()
        .iter()
        .chain(&fish_setups())
        .filter(|s| !s.name.contains("direnv"))
    {
        subshell(&mut house, setup, false);
    }
}

/// A name that is taken stays what it is: nothing is run at the start, it is said once, and doctor says it too.
#[test]
fn a_name_that_is_taken_stays_what_it_is() {
    let house = home();
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
            Setup::new("an abbreviation later", "fish", "").after("abbr -a gk git"),
            "abbreviation",
        ),
    ] {
        if !peer(setup.shell) {
            continue;
        }
        let name = setup.name;
        setup.move_into(&house, &setup.line());
        let mut session = Session::start(&house, &format!("{} -i", setup.shell));
        let said = session.screen.raw();
        let sentence = format!("genkan: `gk` is already an existing {meaning} and stays as it is");
        assert_eq!(said.matches(&sentence).count(), 1, "{name}: {said}");
        assert!(
            !said.contains("alias-ran") && !said.contains("synced"),
            "{name}: {said}"
        );
        session.run("genkan doctor --offline --format json > doctor");
        assert!(house.read("doctor").contains("shell-name"), "{name}");
        // A shell inside it says nothing again, and the rest of the script is there.
        session.run("genkan_prompt; env -0 > before");
        assert_eq!(session.screen.raw().matches(&sentence).count(), 1, "{name}");
        session.leave();
        nothing_was_run(&house, name);
    }
}

/// A program of that name is some other tool: it isn't hidden.
#[test]
fn a_program_of_that_name_is_not_hidden() {
    let house = home();
    for shell in ["bash", "zsh", "fish"] {
        let setup = Setup::new("a program", shell, "");
        if !peer(shell) {
            continue;
        }
        setup.move_into(&house, &setup.line());
        std::fs::copy(house.path("bin/gitk"), house.path("bin/gk")).unwrap();
        let mut session = Session::start(&house, &format!("{shell} -i"));
        assert!(
            session
                .screen
                .raw()
                .contains("`gk` is already an existing program"),
            "{shell}"
        );
        session.run("gk here");
        assert!(house.read("ran").contains("gk here"), "{shell}");
        session.leave();
    }
}

/// Nushell's definitions come where a file is read: a name that has a meaning by then keeps it.
#[test]
fn nushell_leaves_a_name_that_is_taken() {
    let Some((nu, arguments)) = program(Shell::Nushell) else {
        return;
    };
    let house = home();
    house.write("init.nu", &house.output(&["init", "nushell", "--prompt"]));
    let line = |before: &str| {
        house.write("config.nu", &format!("{before}\nsource init.nu\n"));
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
    let mut screen = Screen::script(&house, &line("alias gk = echo still-mine"));
    let at = prompt(&mut screen, 0);
    assert!(
        screen
            .raw()
            .contains("genkan: `gk` is already an existing alias and stays as it is")
    );
    screen.type_keys("gk\r");
    screen.wait_raw("still-mine\r\n", at);
    let mut screen = Screen::script(&house, &line(""));
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
fn a_profile_that_direnv_sets_is_shown() {
    if !peer("bash") {
        return;
    }
    let setup = bash_setups().swap_remove(2);
    let house = home();
    setup.move_into(&house, &setup.line());
    house.write("project/.keep", "");
    let mut session = Session::start(&house, "bash -i");
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
fn a_universal_variable_of_fish_stays_and_is_shown() {
    if !peer("fish") {
        return;
    }
    let setup = Setup::new(
        "universal",
        "fish",
        "set -q AWS_PROFILE; or set -Ux AWS_PROFILE mine",
    );
    let house = home();
    setup.move_into(&house, &setup.line());
    let mut session = Session::start(&house, "fish -i");
    session.run("gk plain/Read");
    session.run("true");
    session.shows(setup.name, &format!("{MARK} conflicts with AWS_PROFILE=mine"));
    assert!(
        session
            .screen
            .raw()
            .contains("AWS_PROFILE is a universal variable and stays")
    );
    session.run("gk --unset");
    session.run("env -0 > after");
    assert_eq!(environment(&house, "after")["AWS_PROFILE"], "mine");
    session.leave();
}
