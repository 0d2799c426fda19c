//! `genkan shell`: a subshell with credentials.

use std::sync::Arc;

use super::exec::run_child;
use crate::app::{App, ChildKind, ChildRequest};
use crate::cli::choices::parse_choice;
use crate::cli::commands::steps::guard::{Confirmed, pass_guard};
use crate::cli::commands::steps::pick;
use crate::cli::commands::steps::pick::{Picked, Purpose, WayThere, Written};
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::records::history::Action;
use crate::settings::Delivery;
use crate::tui::PickFor;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan shell payments-prod/ReadOnlyAccess\n  \
        genkan shell --region eu-west-1 payments-dev\n  \
        genkan shell --credentials env    # for tools that only read keys")]
pub(in crate::cli) struct Options {
    #[command(flatten)]
    target: Written,
    #[command(flatten)]
    way: WayThere,
    #[command(flatten)]
    confirmed: Confirmed,
    /// How to pass credentials [default: server, or the `credentials` setting]
    #[arg(long, value_parser = parse_choice::<Delivery>(), ignore_case = true)]
    credentials: Option<Delivery>,
    /// Keep AWS variables that would override the credentials
    #[arg(long)]
    keep_env: bool,
}

pub(in crate::cli) async fn run(
    options: &Options,
    app: &Arc<App>,
    output: &Output,
) -> Result<Ended, Failure> {
    let purpose = Purpose {
        pick_for: PickFor::Shell,
        to: "open a subshell".to_owned(),
        in_region: true,
    };
    match pick::choose_target(&options.target.by(&options.way), purpose, app, output).await? {
        Picked::Ended(ended) => Ok(ended),
        Picked::Target(target) => {
            pass_guard(
                &target,
                &options.confirmed,
                "opens a shell with credentials",
                app,
                output,
            )
            .await?;
            let request = ChildRequest {
                kind: ChildKind::Shell,
                delivery: options.credentials,
                keep_environment: options.keep_env,
                set: Vec::new(),
            };
            run_child(app, &target, &request, Action::Shell, output).await
        }
    }
}
