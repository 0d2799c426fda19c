//! `genkan init`: the script that a shell's start-up file runs.

use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::shell::{CommandName, Shell};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples, each a line for the shell's start-up file:\n  eval \"$(genkan init bash --prompt)\"      # ~/.bashrc\n  eval \"$(genkan init zsh --prompt)\"       # ~/.zshrc, after compinit\n  genkan init fish --prompt | source      # ~/.config/fish/config.fish\n  genkan init powershell --prompt | Out-String | Invoke-Expression    # $PROFILE\n  # nushell reads a file, written anew after each update of genkan; its folder must be there:\n  genkan init nushell --prompt | save --force ($nu.data-dir | path join vendor autoload genkan.nu)\n\nThen: gk [TARGET] takes credentials into this shell, gk - goes back to the target before, gk --unset\nleaves. Where gk means something else already, it stays that and --name gives another name.\ngenkan_prompt prints account, permission set and time left for a prompt of your own."
)]
pub(in crate::cli) struct Options {
    #[arg(value_enum, ignore_case = true)]
    shell: Shell,
    /// Put account, permission set and time left in front of the prompt
    #[arg(long)]
    prompt: bool,
    /// Name of the command that takes credentials into the shell
    #[arg(long, value_name = "NAME", default_value_t)]
    name: CommandName,
}

pub(in crate::cli) fn run(options: &Options, output: &Output) -> Result<Ended, Failure> {
    output.data(&options.shell.integration(&options.name, options.prompt))?;
    Ok(Ended::Done)
}
