//! `genkan iam-user`: the long-lived keys of IAM users, in the keyring instead of a file.

mod add;
mod list;
mod remove;
mod rotate;
pub(super) mod session;

use std::sync::Arc;

use crate::app::App;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan iam-user add                              # asks for the key\n  \
        genkan iam-user add --from-profile default --remove\n  \
        genkan iam-user list\n  \
        genkan iam-user session ana\n  \
        genkan iam-user rotate ana\n  \
        genkan iam-user remove ana\n\n\
        Keys are kept in the system's keyring, or in a file that a passphrase encrypts where there is \
        none.")]
pub(in crate::cli) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Keep the access key of an IAM user
    Add(add::Options),
    /// List the IAM users whose keys are kept; reads local files only, no network
    List(list::Options),
    /// Print temporary credentials of an IAM user, with MFA where there is a device
    Session(session::Options),
    /// Replace the access key: create, store and test a new one, then deactivate and delete the old one
    Rotate(rotate::Options),
    /// Forget an IAM user and remove the secret; the key stays valid in AWS
    Remove(remove::Options),
}

pub(in crate::cli) async fn run(
    options: &Options,
    app: &Arc<App>,
    output: &Output,
) -> Result<Ended, Failure> {
    match &options.command {
        Command::Add(options) => add::run(options, app, output).await,
        Command::List(options) => list::run(options, app, output),
        Command::Session(options) => session::run(options, app, output).await,
        Command::Rotate(options) => rotate::run(options, app, output).await,
        Command::Remove(options) => remove::run(options, app, output).await,
    }
}
