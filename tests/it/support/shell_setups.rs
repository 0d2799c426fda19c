//! Shells as users configure them: frameworks, themes and plain start-up files.

use std::path::PathBuf;

use crate::support::env::TestEnv;
use crate::support::peers;

/// A shell with the start-up files of some user.
pub struct Setup {
    pub name: &'static str,
    pub shell: &'static str,
    /// The start-up file: what comes before the line of genkan's integration, and what comes after.
    pub before: String,
    pub after: String,
    /// The name for genkan's command.
    pub command: &'static str,
}

impl Setup {
    pub fn new(name: &'static str, shell: &'static str, before: impl Into<String>) -> Self {
        Self {
            name,
            shell,
            before: before.into(),
            after: String::new(),
            command: "gk",
        }
    }

    pub fn after(self, after: impl Into<String>) -> Self {
        Self {
            after: after.into(),
            ..self
        }
    }

    pub fn command(self, command: &'static str) -> Self {
        Self { command, ..self }
    }

    pub fn file(&self) -> &'static str {
        match self.shell {
            "zsh" => ".zshrc",
            "fish" => ".config/fish/config.fish",
            "elvish" => ".config/elvish/rc.elv",
            "xonsh" => ".config/xonsh/rc.xsh",
            "tcsh" => ".tcshrc",
            _ => ".bashrc",
        }
    }

    /// Gives a home these start-up files, as if no shell had been used there before.
    pub fn move_into(&self, env: &TestEnv, line: &str) {
        for file in [
            ".zshrc",
            ".zsh_history",
            ".zcompdump",
            ".bashrc",
            ".bash_history",
            ".tcshrc",
            "ran",
        ] {
            let _ = std::fs::remove_file(env.path(file));
        }
        for folder in [
            ".config/fish",
            ".local/share/fish",
            ".config/elvish",
            ".config/xonsh",
            ".local/share/xonsh",
        ] {
            let _ = std::fs::remove_dir_all(env.path(folder));
        }
        let text = format!("{}\n{line}\n{}\n", self.before, self.after);
        env.write(self.file(), &text);
    }

    /// The line of the README.
    pub fn line(&self) -> String {
        let name = match self.command {
            "gk" => String::new(),
            name => format!(" --name {name}"),
        };
        match self.shell {
            "fish" => format!("genkan init fish --prompt{name} | source"),
            "elvish" => format!("eval (genkan init elvish --prompt{name} | slurp)"),
            "xonsh" => {
                let words = format!("genkan init xonsh --prompt{name}").replace(' ', "', '");
                format!("import subprocess; execx(subprocess.check_output(['{words}'], text=True))")
            }
            "tcsh" => format!("eval \"`genkan init tcsh --prompt{name}`\""),
            shell => format!("eval \"$(genkan init {shell} --prompt{name})\""),
        }
    }
}

/// A text of a peer as a file that a start-up file reads.
pub fn source(name: &str, text: &str) -> String {
    format!("source '{}'", peers::script(name, text).display())
}

pub fn oh_my_zsh() -> String {
    source("oh-my-zsh.zsh", include_str!("../../peers/oh-my-zsh.zsh"))
}

pub fn oh_my_bash() -> String {
    source("oh-my-bash.sh", include_str!("../../peers/oh-my-bash.sh"))
}

pub fn package(name: &str) -> Option<PathBuf> {
    Some(peers::node()?.join("node_modules").join(name))
}

fn powerlevel10k_source() -> String {
    source("powerlevel10k.zsh", include_str!("../../peers/powerlevel10k.zsh"))
}

pub fn powerlevel10k() -> Setup {
    Setup::new("powerlevel10k", "zsh", powerlevel10k_source())
}

pub fn zsh_setups() -> Vec<Setup> {
    let last_word = source("last-word.zsh", include_str!("../../peers/last-word.zsh"));
    let mut setups = vec![
        Setup::new("oh-my-zsh", "zsh", oh_my_zsh()).command("go-in"),
        powerlevel10k(),
        Setup::new("powerlevel10k after genkan", "zsh", "").after(powerlevel10k_source()),
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

pub fn bash_setups() -> Vec<Setup> {
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

pub fn fish_setups() -> Vec<Setup> {
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

/// Elvish, xonsh and tcsh: bare, and with a prompt of the user's that is set later.
pub fn other_setups() -> Vec<Setup> {
    vec![
        Setup::new("elvish", "elvish", ""),
        Setup::new("a prompt that is set later", "elvish", "").after("set edit:prompt = { put 'mine> ' }"),
        Setup::new("xonsh", "xonsh", "").command("go_in"),
        Setup::new("a prompt that is set later", "xonsh", "").after("$PROMPT = 'mine> '"),
        Setup::new("tcsh", "tcsh", ""),
        Setup::new("a prompt that is set later", "tcsh", "alias precmd 'true'")
            .after("set prompt = 'mine 100%% \\!> '"),
    ]
}
