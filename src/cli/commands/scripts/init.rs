//! `genkan init`: the script that a shell's start-up file runs.

use crate::cli::choices::parse_choice;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::shells::shell::{CommandName, Shell};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples (one line in the shell's start-up file):\n  \
        eval \"$(genkan init bash --prompt)\"      # ~/.bashrc\n  \
        eval \"$(genkan init zsh --prompt)\"       # ~/.zshrc, after compinit\n  \
        genkan init fish --prompt | source      # ~/.config/fish/config.fish\n  \
        eval (genkan init elvish --prompt | slurp)       # ~/.config/elvish/rc.elv\n  \
        # ~/.config/xonsh/rc.xsh; xonsh's own $(…) lost output in some versions:\n  \
        import subprocess\n  \
        execx(subprocess.check_output(['genkan', 'init', 'xonsh', '--prompt'], text=True))\n  \
        eval \"`genkan init tcsh --prompt`\"               # ~/.tcshrc\n  \
        genkan init powershell --prompt | Out-String | Invoke-Expression    # $PROFILE\n  \
        # nushell reads a file: regenerate it after each update of genkan. Its folder must exist:\n  \
        genkan init nushell --prompt | save --force ($nu.data-dir | path join vendor autoload genkan.nu)\n\n\
        Then: gk [TARGET] loads credentials into this shell, gk - switches to the previous target, gk \
        --unset unloads them. If gk already exists as another command, it is left alone; choose another \
        name with --name. genkan_prompt prints the account, permission set and time left, for use in \
        your own prompt.")]
pub(in crate::cli) struct Options {
    #[arg(value_parser = parse_choice::<Shell>(), ignore_case = true)]
    shell: Shell,
    /// Add the account, permission set and time left to the prompt
    #[arg(long)]
    prompt: bool,
    /// Name of the command that loads credentials into the shell
    #[arg(long, value_name = "NAME", default_value_t)]
    name: CommandName,
}

pub(in crate::cli) fn run(options: &Options, output: &Output) -> Result<Ended, Failure> {
    output.data(&options.shell.integration(&options.name, options.prompt))?;
    Ok(Ended::Done)
}
