//! The shells that genkan is at home in, and the scripts that each of them is given.
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

/// The script that completes `genkan` in elvish, which has no other part of ours.
pub const ELVISH_COMPLETION: &str = script!("complete.elv");
/// What zsh reads first in a subshell.
pub const SUBSHELL_ZSHENV: &str = script!("zshenv");

impl Shell {
    pub const ALL: [Self; 5] = [Self::Bash, Self::Zsh, Self::Fish, Self::Nushell, Self::PowerShell];

    /// The shell of a program such as `/usr/bin/fish`.
    #[must_use]
    pub fn of_program(program: &str) -> Option<Self> {
        let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
        match name.trim_end_matches(".exe") {
            "bash" => Some(Self::Bash),
            "zsh" => Some(Self::Zsh),
            "fish" => Some(Self::Fish),
            "nu" => Some(Self::Nushell),
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
            Self::PowerShell => "powershell",
        }
    }

    /// The script that a user's start-up file runs: `gk` under the given name, completion,
    /// `genkan_prompt`; with `prompt` that part also goes in front of the prompt. A name that means
    /// something else in the shell stays what it is.
    #[must_use]
    pub fn integration(self, name: &CommandName, prompt: bool) -> String {
        let hook = if prompt { self.prompt_hook() } else { "" };
        let parts = match self {
            // In nushell a completer stands before the command that names it.
            Self::Nushell => [
                script!("complete.nu"),
                &script!("name.nu").replace("@GK@", script!("gk.nu")),
                self.prompt_part(),
                hook,
            ]
            .map(str::to_owned),
            _ => [self.command(), self.completion_part(), self.prompt_part(), hook].map(str::to_owned),
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
            Self::PowerShell => script!("gk.ps1"),
        }
    }

    /// The script that completes `genkan`, and `gk` where genkan defined it.
    #[must_use]
    pub fn completion(self) -> String {
        self.completion_part().replace(NAME, &CommandName::default().0)
    }

    fn completion_part(self) -> &'static str {
        match self {
            Self::Bash => script!("complete.bash"),
            Self::Zsh => script!("complete.zsh"),
            Self::Fish => script!("complete.fish"),
            Self::Nushell => script!("complete.nu"),
            Self::PowerShell => script!("complete.ps1"),
        }
    }

    /// What a shell that genkan opens runs: the user's own start-up files where ours takes their
    /// place, then what is in the way of the credentials (`winning`) is removed, and the prompt says
    /// where we are.
    #[must_use]
    pub fn subshell_startup(self, winning: &[&str]) -> String {
        let own = match self {
            Self::Bash => script!("subshell.bash"),
            Self::Zsh => script!("zshrc"),
            Self::Fish | Self::Nushell | Self::PowerShell => "",
        };
        let settle = match self {
            Self::Bash => script!("settle.bash"),
            Self::Zsh => script!("settle.zsh"),
            Self::Fish => script!("settle.fish"),
            Self::Nushell => script!("settle.nu"),
            Self::PowerShell => script!("settle.ps1"),
        };
        let settle = settle.replace("@REMOVE@", &winning.join(" "));
        let parts = [
            settle,
            self.prompt_part().to_owned(),
            self.prompt_hook().replace(NAME, ""),
        ];
        own.to_owned() + &self.guarded(&parts)
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
            Self::PowerShell => script!("prompt.ps1"),
        }
    }

    /// Puts `genkan_prompt` in front of the prompt.
    fn prompt_hook(self) -> &'static str {
        match self {
            Self::Bash => script!("hook.bash"),
            Self::Zsh => script!("hook.zsh"),
            Self::Fish => script!("hook.fish"),
            Self::Nushell => script!("hook.nu"),
            Self::PowerShell => script!("hook.ps1"),
        }
    }
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
