//! The formats in which credentials can be exported, and which of them a shell reads.

use std::fmt;

use crate::shells::shell::Shell;

/// A form in which credentials leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    Bash,
    Zsh,
    Fish,
    Nushell,
    Elvish,
    Xonsh,
    Tcsh,
    PowerShell,
    Cmd,
    Json,
    Dotenv,
    CredentialsFile,
}

impl ExportFormat {
    /// All formats, in the order menus show them.
    pub const ALL: [Self; 12] = [
        Self::Bash,
        Self::Zsh,
        Self::Fish,
        Self::Nushell,
        Self::Elvish,
        Self::Xonsh,
        Self::Tcsh,
        Self::PowerShell,
        Self::Cmd,
        Self::Json,
        Self::Dotenv,
        Self::CredentialsFile,
    ];

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
            Self::Cmd => "cmd",
            Self::Json => "json",
            Self::Dotenv => "dotenv",
            Self::CredentialsFile => "credentials-file",
        }
    }

    /// What it is for, in a few words.
    #[must_use]
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Bash => "eval in bash or sh",
            Self::Zsh => "eval in zsh",
            Self::Fish => "source in fish",
            Self::Nushell => "source in nushell",
            Self::Elvish => "eval in elvish",
            Self::Xonsh => "execx in xonsh",
            Self::Tcsh => "eval in tcsh",
            Self::PowerShell => "Invoke-Expression in PowerShell",
            Self::Cmd => "a .cmd file to call",
            Self::Json => "credential_process JSON",
            Self::Dotenv => "an .env file",
            Self::CredentialsFile => "a section for ~/.aws/credentials",
        }
    }

    /// The format for a shell program such as `/usr/bin/fish`; `None` for a program that is not a
    /// known shell.
    #[must_use]
    pub fn of_program(program: &str) -> Option<Self> {
        let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
        match Shell::of_program(program) {
            Some(shell) => Some(shell.into()),
            None if matches!(name, "cmd" | "cmd.exe") => Some(Self::Cmd),
            // The lines for bash are plain POSIX.
            None if matches!(name, "sh" | "dash" | "ash" | "ksh" | "ksh93" | "mksh") => Some(Self::Bash),
            None => None,
        }
    }

    /// Whether it is text that a shell runs, which may remove variables as well as set them.
    #[must_use]
    pub fn is_script(self) -> bool {
        !matches!(self, Self::Json | Self::Dotenv | Self::CredentialsFile)
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl From<Shell> for ExportFormat {
    fn from(shell: Shell) -> Self {
        match shell {
            Shell::Bash => Self::Bash,
            Shell::Zsh => Self::Zsh,
            Shell::Fish => Self::Fish,
            Shell::Nushell => Self::Nushell,
            Shell::Elvish => Self::Elvish,
            Shell::Xonsh => Self::Xonsh,
            Shell::Tcsh => Self::Tcsh,
            Shell::PowerShell => Self::PowerShell,
        }
    }
}
