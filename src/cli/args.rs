//! The commands. The arguments of each stand beside it, in `commands`.

use clap::{Parser, Subcommand};

use super::commands::{
    assume, complete, completions, console, credential_process, demo, doctor, exec, export, init, list,
    login, logout, man, profiles, sandbox, shell, status, whoami,
};

/// The door to your AWS accounts: an access portal for IAM Identity Center.
///
/// Without a command the portal opens. TARGET is written ACCOUNT/PERMISSION_SET, the account by
/// 12-digit id or by name, abbreviated where that is unambiguous, optionally with SESSION: in front.
#[derive(Debug, Parser)]
#[command(name = "genkan", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done · 1 failed · 2 usage · 3 sign-in required · 130 cancelled;\nexec and shell return the child's own."
)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Open the portal on an embedded sample organisation; nothing of yours is read or written
    Demo(demo::Options),
    /// Sign in: show a code to approve in any browser
    Login(login::Options),
    /// End the portal session, on the server and here
    Logout(logout::Options),
    /// List every account and permission set that you may enter
    List(list::Options),
    /// Print credentials for a shell, an SDK or a file
    Export(export::Options),
    /// Run one command with credentials
    Exec(exec::Options),
    /// Step into a subshell with credentials
    Shell(shell::Options),
    /// Open the AWS console
    Console(console::Options),
    /// Print credentials for credential_process; never opens a browser
    CredentialProcess(credential_process::Options),
    /// Show, or write, profiles for all that you may enter
    Profiles(profiles::Options),
    /// Say what is wrong here and what to do about it
    Doctor(doctor::Options),
    /// Show who is signed in where, and how long sign-in and credentials last; asks nobody
    Status(status::Options),
    /// Show whose credentials this environment holds, from where, and for how long
    Whoami(whoami::Options),
    /// Serve the embedded Identity Center on loopback, for tests and tries
    Sandbox(sandbox::Options),
    /// Print the script that makes a shell at home with genkan: gk, completion, a prompt part
    Init(init::Options),
    /// Print the completion script of a shell
    Completions(completions::Options),
    /// Print manual pages
    Man(man::Options),
    /// What `gk` does; see `genkan init`
    #[command(hide = true)]
    Assume(assume::Options),
    /// What completion scripts ask
    #[command(hide = true)]
    Complete(complete::Options),
}
