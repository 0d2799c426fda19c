//! `genkan exec`: one command with credentials.

use std::sync::Arc;

use super::pick::{self, Picked};
use crate::cli::args::Exec;
use crate::cli::exit::{Ended, Failure};
use crate::domain::Target;
use crate::domain::history::Action;
use crate::platform::child;
use crate::portal::{ChildKind, Portal};
use crate::tui::PickFor;

pub(in crate::cli) async fn run(options: &Exec, portal: &Arc<Portal>) -> Result<Ended, Failure> {
    match pick::target(options.target.as_deref(), PickFor::Exec, portal).await? {
        Picked::Ended(ended) => Ok(ended),
        Picked::Target(target) => {
            let kind = ChildKind::Command(options.command.clone());
            enter(portal, &target, &kind, options.keep_env, Action::Exec).await
        }
    }
}

/// Runs a child as a target and ends as it ends.
pub(super) async fn enter(
    portal: &Portal,
    target: &Target,
    kind: &ChildKind,
    keep_environment: bool,
    action: Action,
) -> Result<Ended, Failure> {
    let credentials = portal.role_credentials(target).await?;
    let child = portal.child(target, &credentials, kind, keep_environment)?;
    let _ = portal.record_use(target, action);
    let status = child.spec.run().await.map_err(|error| Failure {
        // As a shell has it: 127 not found, 126 not to be run.
        code: if error.kind() == std::io::ErrorKind::NotFound {
            127
        } else {
            126
        },
        ..Failure::new(
            format!("`{}` can't be run: {error}", child.spec.program.to_string_lossy()),
            &["check its name and PATH"],
        )
    })?;
    Ok(Ended::Child(child::exit_code(status)))
}
