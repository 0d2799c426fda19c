//! `genkan shell`: a subshell with credentials.

use std::sync::Arc;

use super::exec::enter;
use super::pick::{self, Picked, Purpose};
use crate::app::{App, ChildKind, ChildWish};
use crate::cli::args::Shell;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::history::Action;
use crate::settings::Delivery;
use crate::tui::PickFor;

pub(in crate::cli) async fn run(options: &Shell, app: &Arc<App>, output: &Output) -> Result<Ended, Failure> {
    let purpose = Purpose {
        pick_for: PickFor::Shell,
        in_region: true,
    };
    match pick::chosen(&options.target, purpose, app, output).await? {
        Picked::Ended(ended) => Ok(ended),
        Picked::Target(target) => {
            let wish = ChildWish {
                kind: ChildKind::Shell,
                delivery: options.credentials.map(Delivery::from),
                keep_environment: options.keep_env,
            };
            enter(app, &target, &wish, Action::Shell, output).await
        }
    }
}
