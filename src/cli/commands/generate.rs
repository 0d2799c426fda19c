//! What is made from the command line's own description: completions and the manual page.

use clap_complete::Shell;

use crate::cli::args::CompletionShell;
use crate::cli::command;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;

pub(in crate::cli) fn completions(shell: CompletionShell, output: &Output) -> Result<Ended, Failure> {
    let shell = match shell {
        CompletionShell::Bash => Shell::Bash,
        CompletionShell::Zsh => Shell::Zsh,
        CompletionShell::Fish => Shell::Fish,
        CompletionShell::PowerShell => Shell::PowerShell,
        CompletionShell::Elvish => Shell::Elvish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "genkan", &mut script);
    output.data(&String::from_utf8_lossy(&script))?;
    Ok(Ended::Done)
}

pub(in crate::cli) fn man(output: &Output) -> Result<Ended, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command())
        .render(&mut page)
        .map_err(|e| Failure::new(format!("the manual page can't be made: {e}"), &[]))?;
    output.data(&String::from_utf8_lossy(&page))?;
    Ok(Ended::Done)
}
