//! `genkan completions`: the script that makes a shell ask `genkan complete`.

use clap::ValueEnum;

use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::shell::{ELVISH_COMPLETION, Shell};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  genkan completions zsh > ~/.zfunc/_genkan\n  genkan completions fish > ~/.config/fish/completions/genkan.fish\n\n`genkan init` brings the completion too."
)]
pub(in crate::cli) struct Options {
    #[arg(value_enum, ignore_case = true)]
    shell: CompletionShell,
}

/// A shell that can complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum CompletionShell {
    Bash,
    Zsh,
    Fish,
    Nushell,
    #[value(name = "powershell", alias = "pwsh")]
    PowerShell,
    Elvish,
}

pub(in crate::cli) fn run(options: &Options, output: &Output) -> Result<Ended, Failure> {
    output.data(&match options.shell {
        CompletionShell::Bash => Shell::Bash.completion(),
        CompletionShell::Zsh => Shell::Zsh.completion(),
        CompletionShell::Fish => Shell::Fish.completion(),
        CompletionShell::Nushell => Shell::Nushell.completion(),
        CompletionShell::PowerShell => Shell::PowerShell.completion(),
        CompletionShell::Elvish => ELVISH_COMPLETION.to_owned(),
    })?;
    Ok(Ended::Done)
}
