//! The commands. The arguments of each stand beside it, in `commands`.

use clap::{Parser, Subcommand};

use super::commands::{
    console, doctor, history, iam_user, list, login, logout, profiles, status, trust, whoami,
};
use crate::cli::commands::handing_out::{credential_process, exec, export, serve, shell};
use crate::cli::commands::sandboxes::{demo, sandbox};
use crate::cli::commands::scripts::{assume, clear_clipboard, complete, completions, init, man, prompt};

/// Browse and enter your AWS accounts (IAM Identity Center).
///
/// Run without a command to open the portal; QUERY is what it searches for at the start. A TARGET is ACCOUNT/PERMISSION_SET: the account's
/// 12-digit ID or name, abbreviated where unambiguous, optionally prefixed with SESSION:.
#[derive(Default, Debug, Parser)]
#[command(
    name = "genkan",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
#[command(
    after_help = "Exit codes: 0 done · 1 failed · 2 usage · 3 sign-in required · 130 cancelled; exec and shell \
        return the child's own."
)]
pub(super) struct Args {
    /// Open the portal with this search
    #[arg(value_name = "QUERY")]
    pub(super) query: Vec<String>,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Open the portal on a built-in sample organisation; your own files are not touched
    Demo(demo::Options),
    /// Sign in with a code that you approve in any browser
    Login(login::Options),
    /// Sign out, on AWS and on this machine
    Logout(logout::Options),
    /// List the accounts and permission sets that you have access to
    List(list::Options),
    /// Print credentials for a shell, an SDK or a file
    Export(export::Options),
    /// Run a command with credentials
    Exec(exec::Options),
    /// Serve renewed credentials to containers, IDEs and other programs
    Serve(serve::Options),
    /// Open a subshell with credentials
    Shell(shell::Options),
    /// Open the AWS console
    Console(console::Options),
    /// Print credentials for credential_process; never opens a browser
    CredentialProcess(credential_process::Options),
    /// Preview or write AWS profiles for everything that you have access to
    Profiles(profiles::Options),
    /// Diagnose problems and suggest fixes
    Doctor(doctor::Options),
    /// Show sign-ins, cached lists and cached credentials; reads local files only, no network
    Status(status::Options),
    /// Show or clear which targets were used; reads local files only, no network
    History(history::Options),
    /// Keep long-lived keys of IAM users in the keyring, and rotate them
    IamUser(iam_user::Options),
    /// Approve project files, which name the target of a folder
    Trust(trust::Options),
    /// Show the active identity, where it comes from and when it expires
    Whoami(whoami::Options),
    /// Serve an embedded Identity Center on loopback, for testing and demos
    Sandbox(sandbox::Options),
    /// Print the shell integration: the `gk` command, completion and a prompt segment
    Init(init::Options),
    /// Print the account and permission set of this shell, for a prompt or a status line
    Prompt(prompt::Options),
    /// Print a shell's completion script
    Completions(completions::Options),
    /// Print manual pages
    Man(man::Options),
    /// Print what `gk` evaluates; see `genkan init`
    #[command(hide = true)]
    Assume(assume::Options),
    /// Clear credentials from the clipboard after a while; the portal starts it
    #[command(hide = true)]
    ClearClipboard(clear_clipboard::Options),
    /// Print completions for the completion scripts
    #[command(hide = true)]
    Complete(complete::Options),
}
