//! `genkan shell`: a subshell with credentials.

use std::sync::Arc;

use super::exec::enter;
use super::pick::{self, Picked};
use crate::cli::args::Shell;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::domain::history::Action;
use crate::portal::{ChildKind, Portal};
use crate::settings::env;
use crate::tui::PickFor;

pub(in crate::cli) async fn run(
    options: &Shell,
    portal: &Arc<Portal>,
    output: &Output,
) -> Result<Ended, Failure> {
    match pick::target(options.target.as_deref(), PickFor::Shell, portal).await? {
        Picked::Ended(ended) => Ok(ended),
        Picked::Target(target) => {
            let outer = &portal.settings().environment;
            if let (Some(account), Some(set)) = (
                outer.get(env::GENKAN_ACCOUNT_NAME),
                outer.get(env::GENKAN_PERMISSION_SET),
            ) {
                output.notice(&format!("this opens inside a shell for {account}/{set}"));
            }
            enter(
                portal,
                &target,
                &ChildKind::Shell,
                options.keep_env,
                Action::Shell,
            )
            .await
        }
    }
}
