//! The shells that genkan is at home in, and the scripts that each of them is given.
//!
//! The scripts are kept small: what can be decided in genkan is decided there, where it is the same
//! for all. They call `genkan` by its name, so that a new version needs no new script.

use super::export::ExportFormat;

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

    /// How variables are set in it.
    #[must_use]
    pub fn format(self) -> ExportFormat {
        match self {
            Self::Bash => ExportFormat::Bash,
            Self::Zsh => ExportFormat::Zsh,
            Self::Fish => ExportFormat::Fish,
            Self::Nushell => ExportFormat::Nushell,
            Self::PowerShell => ExportFormat::PowerShell,
        }
    }

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.format().name()
    }

    /// The script that a person's start-up file runs: `gk`, completion, `genkan_prompt`; with
    /// `prompt` that part also goes in front of the prompt.
    #[must_use]
    pub fn integration(self, prompt: bool) -> String {
        let gk = match self {
            Self::Bash => script!("gk.bash"),
            Self::Zsh => script!("gk.zsh"),
            Self::Fish => script!("gk.fish"),
            Self::Nushell => script!("gk.nu"),
            Self::PowerShell => script!("gk.ps1"),
        };
        let hook = if prompt { self.prompt_hook() } else { "" };
        // In nushell a completer stands before the command that names it.
        match self {
            Self::Nushell => [self.completion(), gk, self.prompt_part(), hook].concat(),
            _ => [gk, self.completion(), self.prompt_part(), hook].concat(),
        }
    }

    /// The script that completes `genkan` and `gk`.
    #[must_use]
    pub fn completion(self) -> &'static str {
        match self {
            Self::Bash => script!("complete.bash"),
            Self::Zsh => script!("complete.zsh"),
            Self::Fish => script!("complete.fish"),
            Self::Nushell => script!("complete.nu"),
            Self::PowerShell => script!("complete.ps1"),
        }
    }

    /// What a shell that genkan opens runs: the person's own start-up where ours takes its place,
    /// then the prompt says where we are.
    #[must_use]
    pub fn subshell_startup(self) -> String {
        let own = match self {
            Self::Bash => script!("subshell.bash"),
            Self::Zsh => script!("zshrc"),
            Self::Fish | Self::Nushell | Self::PowerShell => "",
        };
        [own, self.prompt_part(), self.prompt_hook()].concat()
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
