//! The target of a command: the one that was written, or the one picked in the portal.

use std::sync::Arc;

use crate::cli::args::TARGET_HELP;
use crate::cli::exit::{Ended, Failure};
use crate::cli::values;
use crate::domain::Target;
use crate::portal::Portal;
use crate::tui::{self, Outcome, PickFor};

/// The target of a command as it is written: itself, or a profile that names it.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Written {
    #[arg(help = TARGET_HELP, add = values::targets())]
    target: Option<String>,
    /// Take the target, and the Region, from a profile of ~/.aws/config
    #[arg(long = "profile", value_name = "NAME", conflicts_with = "target", add = values::profiles())]
    from_profile: Option<String>,
}

/// Either a target, or how the command ended without one.
pub(in crate::cli) enum Picked {
    Target(Target),
    Ended(Ended),
}

/// Resolves what is written, or lets the person pick.
pub(in crate::cli) async fn chosen(
    written: &Written,
    pick_for: PickFor,
    portal: &Arc<Portal>,
) -> Result<Picked, Failure> {
    match &written.from_profile {
        Some(name) => Ok(Picked::Target(portal.target_of_profile(name).await?)),
        None => target(written.target.as_deref(), pick_for, portal).await,
    }
}

/// Resolves `written`, or opens the portal as a picker. Without a terminal that is a usage error.
pub(in crate::cli) async fn target(
    written: Option<&str>,
    pick_for: PickFor,
    portal: &Arc<Portal>,
) -> Result<Picked, Failure> {
    if let Some(text) = written {
        return Ok(Picked::Target(portal.resolve_target(text).await?));
    }
    if !tui::has_terminal() {
        return Err(Failure::usage(
            "no TARGET was given and there is no terminal to pick one in",
            &["write ACCOUNT/PERMISSION_SET; `genkan list` shows what there is"],
        ));
    }
    match super::portal::open(portal, Some(pick_for)).await? {
        Outcome::Picked(target) => Ok(Picked::Target(target)),
        Outcome::Killed(signal) => Ok(Picked::Ended(Ended::Killed(signal))),
        _ => Ok(Picked::Ended(Ended::Cancelled)),
    }
}
