//! The target of a command, and the Region to work in: what was typed, what the environment says, or what is
//! picked in the portal. What was not typed is said on stderr.

use std::sync::Arc;

use super::open_tui::open_tui;
use super::sign_in_here::signed_in;
use crate::app::{App, DefaultTarget};
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::values;
use crate::domain::{Region, Target};
use crate::tui::{self, Outcome, PickFor};

/// How a target is written.
pub(super) const TARGET_HELP: &str =
    "ACCOUNT/PERMISSION_SET, with the account's ID or name; optionally prefixed with SESSION:";

/// The target of a command as it is typed: itself, or a profile that names it; and the Region.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Written {
    #[arg(help = TARGET_HELP, add = values::targets())]
    target: Option<String>,
    /// Use the target and Region of a profile in ~/.aws/config
    #[arg(long = "profile", value_name = "NAME", conflicts_with = "target", add = values::profiles())]
    from_profile: Option<String>,
    /// The AWS Region to use [default: AWS_REGION, the profile's, the preferred or the SSO Region]
    #[arg(long, value_name = "REGION", value_parser = values::region, add = values::regions())]
    region: Option<Region>,
}

impl Written {
    /// Whether a Region was typed.
    pub(super) fn has_region(&self) -> bool {
        self.region.is_some()
    }
}

/// What the target is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Purpose {
    pub(super) pick_for: PickFor,
    /// The Region counts, so that it is said where it was not chosen.
    pub(super) in_region: bool,
}

/// Either a target, or how the command ended without one.
pub(in crate::cli) enum Picked {
    Target(Target),
    Ended(Ended),
}

/// The target that was typed, else the one that the environment means, else the one that is picked.
pub(super) async fn chosen(
    written: &Written,
    purpose: Purpose,
    app: &Arc<App>,
    output: &Output,
) -> Result<Picked, Failure> {
    let typed = match (&written.from_profile, &written.target) {
        (Some(name), _) => {
            let find = async || {
                app.targets
                    .target_of_profile(name)
                    .await
                    .map(|target| app.targets.named(target))
            };
            Some(signed_in(app, output, find).await?)
        }
        (None, Some(text)) => Some(resolved(text, app, output).await?),
        (None, None) => None,
    };
    let picked = match typed {
        Some(target) => Picked::Target(target),
        None => of_environment(purpose.pick_for, app, output).await?,
    };
    in_region(picked, written.region.as_ref(), purpose.in_region, app, output)
}

/// The target that was typed, else the one that is picked: what the environment holds is what the user wants
/// to leave.
pub(super) async fn typed_or_picked(
    typed: Option<&str>,
    region: Option<&Region>,
    app: &Arc<App>,
    output: &Output,
) -> Result<Picked, Failure> {
    let picked = match typed {
        Some(text) => Picked::Target(resolved(text, app, output).await?),
        None => picked(PickFor::Export, &[], app).await?,
    };
    in_region(picked, region, true, app, output)
}

async fn resolved(text: &str, app: &App, output: &Output) -> Result<Target, Failure> {
    signed_in(app, output, async || app.targets.resolve_target(text).await)
        .await
        .map(|target| app.targets.named(target))
}

async fn of_environment(pick_for: PickFor, app: &Arc<App>, output: &Output) -> Result<Picked, Failure> {
    let targets = signed_in(app, output, async || app.default_targets.default_target().await).await?;
    match targets.found {
        Some(DefaultTarget { target, from }) => {
            output.notice(&format!("using {target} (from {from})"));
            Ok(Picked::Target(target))
        }
        None => picked(pick_for, &targets.unusable, app).await,
    }
}

/// Opens the portal as a picker. Without a terminal that is a usage error.
async fn picked(pick_for: PickFor, unusable: &[String], app: &Arc<App>) -> Result<Picked, Failure> {
    if !tui::has_terminal() {
        let mut hints = vec!["specify ACCOUNT/PERMISSION_SET; `genkan list` shows all targets"];
        hints.extend(unusable.iter().map(String::as_str));
        return Err(Failure::usage(
            "no TARGET given, and no terminal to pick one in",
            &hints,
        ));
    }
    match open_tui(app, Some(pick_for)).await? {
        Outcome::Picked(target) => Ok(Picked::Target(target)),
        Outcome::Killed(signal) => Ok(Picked::Ended(Ended::Killed(signal))),
        _ => Ok(Picked::Ended(Ended::Cancelled)),
    }
}

/// Settles the Region before anything is asked for: one that was typed and can't be used is refused.
pub(super) fn in_region(
    picked: Picked,
    typed: Option<&Region>,
    counts: bool,
    app: &App,
    output: &Output,
) -> Result<Picked, Failure> {
    app.regions.ask_for_region(typed);
    if let (Picked::Target(target), true) = (&picked, counts) {
        let session = app.sessions.session(Some(&target.session))?;
        let found = app.regions.work_region(&session)?;
        if !found.ignored.is_empty() {
            // Why a setting is ignored comes before the Region that is used in its place.
            for notice in app.context.take_notices() {
                output.notice(&notice.to_string());
            }
        }
        if let Some(note) = found.note() {
            output.notice(&note);
        }
    }
    Ok(picked)
}
