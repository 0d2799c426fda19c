//! The shells that genkan supports, and the scripts that each of them is given.
//!
//! The scripts are kept small: what can be decided in genkan is decided there, where it is the same
//! for all. They call `genkan` by its name, so that a new version needs no new script.

/// A shell that genkan has scripts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Nushell,
    Elvish,
    Xonsh,
    Tcsh,
    PowerShell,
}

/// One script of a shell's folder.
macro_rules! script {
    ($name:literal) => {
        include_str!(concat!("../../assets/shell/", $name))
    };
}

/// Placeholder in a script for the name of the command that takes credentials into a shell.
const NAME: &str = "@NAME@";

/// The name of the command that takes credentials into a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandName(String);

impl Default for CommandName {
    fn default() -> Self {
        Self("gk".to_owned())
    }
}

impl std::str::FromStr for CommandName {
    type Err = InvalidCommandName;

    /// A name that every shell takes for a function and that isn't one of genkan's own.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        let begins_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if text.len() > 64 || !begins_well || !text.bytes().all(is_fine) {
            Err(InvalidCommandName::Characters)
        } else if text == "genkan" || text == "genkan_prompt" || text.starts_with("__genkan") {
            Err(InvalidCommandName::Reserved)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl std::fmt::Display for CommandName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// Why a text can't be the name of that command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCommandName {
    #[error("use up to 64 letters, digits, `-` and `_`, with a letter first")]
    Characters,
    #[error("this name is used by genkan")]
    Reserved,
}

/// What zsh reads first in a subshell.
pub const SUBSHELL_ZSHENV: &str = script!("zshenv");

impl Shell {
    pub const ALL: [Self; 8] = [
        Self::Bash,
        Self::Zsh,
        Self::Fish,
        Self::Nushell,
        Self::Elvish,
        Self::Xonsh,
        Self::Tcsh,
        Self::PowerShell,
    ];

    /// The shell of a program such as `/usr/bin/fish`.
    #[must_use]
    pub fn of_program(program: &str) -> Option<Self> {
        // xonsh calls its process by its command line.
        if program.starts_with("xonsh ") {
            return Some(Self::Xonsh);
        }
        let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
        match name.trim_end_matches(".exe") {
            "bash" => Some(Self::Bash),
            "zsh" => Some(Self::Zsh),
            "fish" => Some(Self::Fish),
            "nu" => Some(Self::Nushell),
            "elvish" => Some(Self::Elvish),
            "xonsh" => Some(Self::Xonsh),
            "tcsh" | "csh" => Some(Self::Tcsh),
            "pwsh" | "powershell" => Some(Self::PowerShell),
            _ => None,
        }
    }

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Nushell => "nushell",
            Self::Elvish => "elvish",
            Self::Xonsh => "xonsh",
            Self::Tcsh => "tcsh",
            Self::PowerShell => "powershell",
        }
    }

    /// The script that a user's start-up file runs: `gk` under the given name, completion,
    /// `genkan_prompt`; with `prompt` that part also goes in front of the prompt. A name that means
    /// something else in the shell stays what it is.
    #[must_use]
    pub fn integration(self, name: &CommandName, prompt: bool) -> String {
        let hook = if prompt {
            self.prompt_hook(false)
        } else {
            String::new()
        };
        let parts = match self {
            // In nushell a completer stands before the command that names it.
            Self::Nushell => vec![
                script!("complete.nu").to_owned(),
                script!("name.nu").replace("@GK@", script!("gk.nu")),
                self.prompt_part().to_owned(),
                hook,
            ],
            Self::Elvish => {
                let at_a_prompt = [
                    script!("name.elv"),
                    script!("complete.elv"),
                    script!("complete-gk.elv"),
                    script!("prompt-name.elv"),
                    &hook,
                ];
                vec![
                    self.command().to_owned(),
                    self.prompt_part().to_owned(),
                    only_with_an_editor(&at_a_prompt.concat()),
                ]
            }
            _ => vec![
                self.command().to_owned(),
                self.completion_part().to_owned(),
                self.prompt_part().to_owned(),
                hook,
            ],
        };
        self.guarded(&parts).replace(NAME, &name.0)
    }

    /// Defines `gk`. In nushell this is run before the first prompt.
    #[must_use]
    pub fn command(self) -> &'static str {
        match self {
            Self::Bash => script!("gk.bash"),
            Self::Zsh => script!("gk.zsh"),
            Self::Fish => script!("gk.fish"),
            Self::Nushell => script!("gk.nu"),
            Self::Elvish => script!("gk.elv"),
            Self::Xonsh => script!("gk.xsh"),
            Self::Tcsh => script!("gk.tcsh"),
            Self::PowerShell => script!("gk.ps1"),
        }
    }

    /// The script that completes `genkan`, and `gk` where genkan defined it.
    #[must_use]
    pub fn completion(self) -> String {
        let part = self.completion_part().to_owned();
        // As a file of zsh's function path it begins with `#compdef`.
        let script = if self == Self::Tcsh {
            self.guarded(&[part])
        } else {
            part
        };
        script.replace(NAME, &CommandName::default().0)
    }

    fn completion_part(self) -> &'static str {
        match self {
            Self::Bash => script!("complete.bash"),
            Self::Zsh => script!("complete.zsh"),
            Self::Fish => script!("complete.fish"),
            Self::Nushell => script!("complete.nu"),
            Self::Elvish => script!("complete.elv"),
            Self::Xonsh => script!("complete.xsh"),
            Self::Tcsh => script!("complete.tcsh"),
            Self::PowerShell => script!("complete.ps1"),
        }
    }

    /// What a shell that genkan opens runs: the user's own start-up files where ours takes their
    /// place, then what is in the way of the credentials (`winning`) is removed, and the prompt says
    /// where we are. `None` for tcsh, which reads the user's files and no other.
    #[must_use]
    pub fn subshell_startup(self, winning: &[&str]) -> Option<String> {
        let (own, settle) = match self {
            Self::Bash => (script!("subshell.bash"), script!("settle.bash")),
            Self::Zsh => (script!("zshrc"), script!("settle.zsh")),
            Self::Fish => ("", script!("settle.fish")),
            Self::Nushell => ("", script!("settle.nu")),
            Self::Elvish => (script!("subshell.elv"), script!("settle.elv")),
            Self::Xonsh => (script!("subshell.xsh"), script!("settle.xsh")),
            Self::PowerShell => ("", script!("settle.ps1")),
            Self::Tcsh => return None,
        };
        let name = if self == Self::Elvish {
            script!("prompt-name.elv")
        } else {
            ""
        };
        let parts = [
            settle.replace("@REMOVE@", &winning.join(" ")),
            self.prompt_part().to_owned() + name,
            self.prompt_hook(true).replace(NAME, ""),
        ];
        Some(own.to_owned() + &self.guarded(&parts))
    }

    /// The parts as one script that means the same whatever aliases and options the user has. In zsh
    /// even a global alias is not expanded in quotes, and functions keep the options that they were
    /// defined under.
    fn guarded(self, parts: &[String]) -> String {
        match self {
            Self::Bash => [script!("begin.bash"), &parts.concat(), script!("end.bash")].concat(),
            Self::Zsh => {
                let parts = parts.iter().filter(|part| !part.is_empty());
                parts.fold(String::new(), |script, part| {
                    let quoted = part.replace('\'', r"'\''");
                    script + "'builtin' 'emulate' 'zsh' '-o' 'no_aliases' '-c' '" + &quoted + "'\n"
                })
            }
            // `eval` gets the script as one line, where a comment would hide what follows.
            Self::Tcsh => {
                let lines = parts.iter().flat_map(|part| part.lines());
                let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
                lines.flat_map(|line| [line, ";\n"]).collect()
            }
            _ => parts.concat(),
        }
    }

    /// Defines `genkan_prompt`.
    fn prompt_part(self) -> &'static str {
        match self {
            Self::Bash => script!("prompt.bash"),
            Self::Zsh => script!("prompt.zsh"),
            Self::Fish => script!("prompt.fish"),
            Self::Nushell => script!("prompt.nu"),
            Self::Elvish => script!("prompt.elv"),
            Self::Xonsh => script!("prompt.xsh"),
            Self::Tcsh => script!("prompt.tcsh"),
            Self::PowerShell => script!("prompt.ps1"),
        }
    }

    /// Puts `genkan_prompt` in front of the prompt. In a shell that genkan opened, genkan has saved the
    /// title of the window already.
    fn prompt_hook(self, subshell: bool) -> String {
        let hook = match self {
            Self::Bash => script!("hook.bash"),
            Self::Zsh => script!("hook.zsh"),
            Self::Fish => script!("hook.fish"),
            Self::Nushell => script!("hook.nu"),
            Self::Elvish => script!("hook.elv"),
            Self::Xonsh => script!("hook.xsh"),
            Self::Tcsh => script!("hook.tcsh"),
            Self::PowerShell => script!("hook.ps1"),
        };
        hook.replace("@SUBSHELL@", if subshell { "1" } else { "" })
    }
}

/// Elvish code that runs only where elvish has its editor: without, the module `edit:` doesn't exist and no code that
/// names it compiles.
fn only_with_an_editor(code: &str) -> String {
    let code = code.replace('\'', "''");
    format!(
        "eval (if (bool ?(eval 'nop $edit:prompt' 2>/dev/null)) {{ put '\n{code}' }} else {{ put nop }})\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_every_shell_takes() {
        for good in ["gk", "gkk", "go-in", "_x", "A1"] {
            assert_eq!(
                good.parse::<CommandName>().map(|n| n.to_string()).as_deref(),
                Ok(good)
            );
        }
        for bad in [
            "",
            "1x",
            "-x",
            "a b",
            "a;b",
            "$(id)",
            "a'b",
            "ä",
            "a/b",
            &"x".repeat(65),
        ] {
            assert_eq!(
                bad.parse::<CommandName>(),
                Err(InvalidCommandName::Characters),
                "{bad}"
            );
        }
        for own in ["genkan", "genkan_prompt", "__genkan_take"] {
            assert_eq!(
                own.parse::<CommandName>(),
                Err(InvalidCommandName::Reserved),
                "{own}"
            );
        }
    }
}
