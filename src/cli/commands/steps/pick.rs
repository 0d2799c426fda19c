//! The target of a command, and the Region to work in: what was typed, what the environment says, or what is
//! picked in the portal. What was not typed is said on stderr.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;

use super::open_tui::open_tui;
use super::project;
use super::sign_in_here::signed_in;
use crate::app::{App, AppError, DefaultTarget, ShellState, TargetError};
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::values;
use crate::domain::targets::account::VIA;
use crate::domain::targets::target::{Resolution, resolve_target, split_session};
use crate::domain::text::clean_text;
use crate::domain::web::console_url::ConsoleUrl;
use crate::domain::{Region, Target};
use crate::tui::{self, Outcome, PickFor, Start};

/// How a target is written.
pub(in crate::cli::commands) const TARGET_HELP: &str = "ACCOUNT/PERMISSION_SET or ACCOUNT/ROLE, with the account's ID or name; optionally prefixed with SESSION:";

/// The target of a command as it is typed: itself, or a profile that names it; and the Region.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::cli) struct Written {
    #[arg(help = TARGET_HELP, add = values::complete_targets())]
    target: Option<String>,
    #[arg(skip)]
    via: Option<String>,
    /// Use the target and Region of a profile in ~/.aws/config
    #[arg(long = "profile", value_name = "NAME", conflicts_with = "target", add = values::complete_profiles())]
    from_profile: Option<String>,
    /// The AWS Region to use [default: AWS_REGION, the profile's, the project file's, the preferred or the SSO Region]
    #[arg(long, value_name = "REGION", value_parser = values::parse_region, add = values::complete_regions())]
    region: Option<Region>,
}

/// How a role that no one has written down is reached.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct WayThere {
    /// TARGET is an IAM role, by its ARN or as ACCOUNT/ROLE: assume it with the credentials of this target
    #[arg(long, value_name = "TARGET", requires = "target", add = values::complete_targets())]
    via: Option<String>,
}

impl Written {
    /// The same target where a way to it was typed.
    pub(in crate::cli::commands) fn by(&self, way: &WayThere) -> Self {
        Self {
            via: way.via.clone(),
            ..self.clone()
        }
    }

    /// The Region that was typed.
    pub(in crate::cli::commands) fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }

    /// The page of the console that was pasted as the target.
    pub(in crate::cli::commands) fn pasted_page(&self) -> Option<ConsoleUrl> {
        let page = ConsoleUrl::parse(self.target.as_deref()?).ok()?;
        (page.is_of_console() && page.account().is_some()).then_some(page)
    }

    /// Whether a Region was typed.
    pub(in crate::cli::commands) fn has_region(&self) -> bool {
        self.region.is_some()
    }
}

/// The targets of a command that takes several.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct WrittenTargets {
    #[arg(value_name = "TARGET", help = TARGET_HELP, add = values::complete_targets())]
    targets: Vec<String>,
    /// Each TARGET is an IAM role (its ARN, or ACCOUNT/ROLE): assume it with the credentials of this target
    #[arg(long, value_name = "TARGET", requires = "targets", add = values::complete_targets())]
    via: Option<String>,
    /// Use the target and Region of a profile in ~/.aws/config
    #[arg(long = "profile", value_name = "NAME", conflicts_with = "targets", add = values::complete_profiles())]
    from_profile: Option<String>,
    /// The AWS Region to use [default: AWS_REGION, the profile's, the preferred or the SSO Region]
    #[arg(long, value_name = "REGION", value_parser = values::parse_region, add = values::complete_regions())]
    region: Option<Region>,
}

impl WrittenTargets {
    /// Each of them alone; one that is to be found where none was typed.
    fn each(&self) -> Vec<Written> {
        let of = |target: Option<String>| Written {
            target,
            via: self.via.clone(),
            from_profile: self.from_profile.clone(),
            region: self.region.clone(),
        };
        if self.targets.is_empty() {
            return vec![of(None)];
        }
        self.targets
            .iter()
            .cloned()
            .map(|target| of(Some(target)))
            .collect()
    }
}

/// The targets that were typed, each once, else the one that the environment means, else the one that is picked.
pub(in crate::cli::commands) async fn chosen_targets(
    written: &WrittenTargets,
    purpose: &Purpose,
    app: &Arc<App>,
    output: &Output,
) -> Result<Result<Vec<Target>, Ended>, Failure> {
    let mut targets = Vec::new();
    for written in written.each() {
        match choose_target(&written, purpose.clone(), app, output).await? {
            Picked::Target(target) if targets.contains(&target) => {}
            Picked::Target(target) => targets.push(target),
            Picked::Ended(ended) => return Ok(Err(ended)),
        }
    }
    Ok(Ok(targets))
}

/// What the target is for.
#[derive(Clone, Debug)]
pub(in crate::cli::commands) struct Purpose {
    pub(in crate::cli::commands) pick_for: PickFor,
    /// What the command does with it: "run `terraform plan`".
    pub(in crate::cli::commands) to: String,
    /// The Region counts, so that it is said where it was not chosen.
    pub(in crate::cli::commands) in_region: bool,
}

/// Either a target, or how the command ended without one.
pub(in crate::cli) enum Picked {
    Target(Target),
    Ended(Ended),
}

/// The target that was typed, else the one that the environment means, else the one that is picked.
pub(in crate::cli::commands) async fn choose_target(
    written: &Written,
    purpose: Purpose,
    app: &Arc<App>,
    output: &Output,
) -> Result<Picked, Failure> {
    let picked = match (&written.from_profile, &written.target) {
        (Some(name), _) => {
            let find = async || {
                app.profile_targets
                    .target_of_profile(name)
                    .await
                    .map(|target| app.targets.named(target))
            };
            Picked::Target(signed_in(app, output, find).await?)
        }
        (None, Some(text)) => {
            let text = join_way(text, written.via.as_deref());
            find_target(&text, &purpose, app, output).await?
        }
        (None, None) => of_environment(&purpose, app, output).await?,
    };
    in_region(picked, written.region.as_ref(), purpose.in_region, app, output)
}

/// A target as it was typed, and the way to it where one was.
pub(in crate::cli::commands) fn join_way<'a>(text: &'a str, via: Option<&str>) -> Cow<'a, str> {
    match via {
        Some(via) => Cow::Owned(format!("{text}{VIA}{via}")),
        None => Cow::Borrowed(text),
    }
}

/// The target that was typed, else the one of the project file, else the one that is picked: what the environment holds
/// is what the user wants to leave, and so is the target of the project file for a shell that is in it.
pub(in crate::cli::commands) async fn typed_or_picked(
    typed: Option<&str>,
    before: &ShellState,
    region: Option<&Region>,
    app: &Arc<App>,
    output: &Output,
) -> Result<Picked, Failure> {
    let purpose = Purpose {
        pick_for: PickFor::Export,
        to: "load its credentials into this shell".to_owned(),
        in_region: true,
    };
    let picked = match typed {
        Some(text) => find_target(text, &purpose, app, output).await?,
        None => project_or_picked(before, &purpose, app, output).await?,
    };
    in_region(picked, region, true, app, output)
}

async fn project_or_picked(
    before: &ShellState,
    purpose: &Purpose,
    app: &Arc<App>,
    output: &Output,
) -> Result<Picked, Failure> {
    let project = project::target_here(app, output).await?;
    if let Some(DefaultTarget { target, from }) = project.filter(|project| !before.is_in(&project.target)) {
        output.notice(&format!("using {target} (from {from})"));
        return Ok(Picked::Target(target));
    }
    pick_target(purpose, &[], app).await
}

/// The one target that a text means. Where it means several, the user at the terminal picks one of them.
async fn find_target(
    text: &str,
    purpose: &Purpose,
    app: &Arc<App>,
    output: &Output,
) -> Result<Picked, Failure> {
    let may_pick = io::stdin().is_terminal() && output.stderr_is_terminal() && tui::has_terminal();
    let find = async || match app.targets.resolve_target(text).await {
        Err(AppError::Target(TargetError::Ambiguous { .. })) if may_pick => Ok(None),
        found => found.map(Some),
    };
    match signed_in(app, output, find).await? {
        Some(target) => Ok(Picked::Target(app.targets.named(target))),
        None => open_picker(picker_start(text, purpose, app), app).await,
    }
}

/// The picker filled in with a text that means several targets, in the session of the first of them.
fn picker_start(text: &str, purpose: &Purpose, app: &App) -> Start {
    let catalogs = app.targets.catalogs_at_hand();
    let known: Vec<Target> = catalogs
        .iter()
        .flat_map(|(session, catalog)| catalog.targets(&session.name))
        .collect();
    let first = match resolve_target(text, &known) {
        Resolution::Ambiguous(list) => list.into_iter().next(),
        _ => None,
    };
    let (_, rest) = split_session(text, catalogs.iter().map(|(session, _)| session.name.as_str()));
    Start {
        query: rest.to_owned(),
        session: first.map(|target| target.session),
        note: Some(format!("`{}` means several targets; pick one", clean_text(text))),
        ..start_picker(purpose)
    }
}

fn start_picker(purpose: &Purpose) -> Start {
    Start {
        pick_for: Some(purpose.pick_for),
        picked_to: clean_text(&purpose.to),
        ..Start::default()
    }
}

/// The target of the project file, else the one that the environment means, else the one that is picked.
async fn of_environment(purpose: &Purpose, app: &Arc<App>, output: &Output) -> Result<Picked, Failure> {
    if let Some(DefaultTarget { target, from }) = project::target_here(app, output).await? {
        output.notice(&format!("using {target} (from {from})"));
        return Ok(Picked::Target(target));
    }
    let targets = signed_in(app, output, async || app.default_targets.default_target().await).await?;
    match targets.found {
        Some(DefaultTarget { target, from }) => {
            output.notice(&format!("using {target} (from {from})"));
            Ok(Picked::Target(target))
        }
        None => pick_target(purpose, &targets.unusable, app).await,
    }
}

/// Opens the portal as a picker. Without a terminal that is a usage error.
async fn pick_target(purpose: &Purpose, unusable: &[String], app: &Arc<App>) -> Result<Picked, Failure> {
    if !tui::has_terminal() {
        let mut hints = vec!["specify ACCOUNT/PERMISSION_SET; `genkan list` shows all targets"];
        hints.extend(unusable.iter().map(String::as_str));
        return Err(Failure::usage(
            "no TARGET given, and no terminal to pick one in",
            &hints,
        ));
    }
    open_picker(start_picker(purpose), app).await
}

async fn open_picker(start: Start, app: &Arc<App>) -> Result<Picked, Failure> {
    match open_tui(app, start).await? {
        Outcome::Picked(target) => Ok(Picked::Target(target)),
        Outcome::Killed(signal) => Ok(Picked::Ended(Ended::Killed(signal))),
        _ => Ok(Picked::Ended(Ended::Cancelled)),
    }
}

/// Settles the Region before anything is asked for: one that was typed and can't be used is refused.
pub(in crate::cli::commands) fn in_region(
    picked: Picked,
    typed: Option<&Region>,
    counts: bool,
    app: &App,
    output: &Output,
) -> Result<Picked, Failure> {
    app.regions.ask_for_region(typed);
    if let (Picked::Target(target), true) = (&picked, counts) {
        let session = app.sessions.session(Some(&target.session))?;
        let found = app.regions.work_region(&session, target)?;
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
