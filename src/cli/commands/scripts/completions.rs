//! `genkan completions`: the script that makes a shell ask `genkan complete`.

use crate::cli::choices::parse_choice;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::shells::shell::Shell;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan completions zsh > ~/.zfunc/_genkan\n  \
        genkan completions fish > ~/.config/fish/completions/genkan.fish\n\n\
        `genkan init` includes the completion.")]
pub(in crate::cli) struct Options {
    #[arg(value_parser = parse_choice::<Shell>(), ignore_case = true)]
    shell: Shell,
}

pub(in crate::cli) fn run(options: &Options, output: &Output) -> Result<Ended, Failure> {
    output.data(&options.shell.completion())?;
    Ok(Ended::Done)
}
