//! `genkan iam-user remove`: forgets a key here.

use crate::app::App;
use crate::cli::commands::steps::answers::with_answers;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::values;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  genkan iam-user remove ana")]
pub(super) struct Options {
    /// Which user
    #[arg(add = values::iam_users())]
    name: String,
}

pub(super) async fn run(options: &Options, app: &App, output: &Output) -> Result<Ended, Failure> {
    let user = app.iam.users.user(Some(&options.name))?;
    with_answers(app, output, async || app.iam.users.remove(&user).await).await?;
    output.say(&format!("removed {} and the secret of its key", user.name));
    output.notice(&format!(
        "the key {} of {} is still valid in AWS: delete it in the IAM console if nothing else uses it",
        user.key,
        user.arn.user_name()
    ));
    Ok(Ended::Done)
}
