//! `genkan profiles`: what it would write into `~/.aws/config`, the difference, or the writing of it.

use std::collections::HashSet;
use std::fmt::Write as _;

use serde::Serialize;

use crate::app::{App, HeldBack, Listed, PlannedProfile, ProfilePlan, ProfileState, ProfilesRequest};
use crate::cli::choices::parse_choice;
use crate::cli::commands::steps::catalogs;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::values;
use crate::domain::records::history::TargetKey;
use crate::domain::rules::RuleSet;
use crate::domain::search::{SearchIndex, SearchRow};
use crate::domain::targets::profile::{ProfileKind, Template};
use crate::domain::values::count::format_count;
use crate::domain::values::duration;
use crate::domain::values::time::seconds_since;
use crate::domain::{Region, text};

/// A cached list older than this is told of: what is written from it stays.
const OLD_SECONDS: i64 = 60 * 60;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[default]
    Table,
    Json,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
        genkan profiles                       # preview\n  \
        genkan profiles --diff                # show the changes to ~/.aws/config\n  \
        genkan profiles --write --prune\n  \
        genkan profiles --write --query prod --name '{account}.{permission_set}' --kind process\n\n\
        Profiles are written between the comments `# genkan profiles begin` and `end`. Everything \
        outside of them stays unchanged, and your own profiles keep their names. Inside, a Region and \
        settings that you add are kept. Names are lowercase letters, digits and hyphens; the account ID \
        is added where two names would be equal.\n\n\
        JSON: an array of {profile, session, account_id, account_name, permission_set, region, state}; \
        state is new, changed, unchanged, stale (no longer assigned, or renamed) or yours.")]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(in crate::cli) struct Options {
    /// Only this SSO session
    #[arg(long, value_name = "NAME", add = values::complete_sessions())]
    session: Option<String>,
    /// Only matching targets; same search syntax as in the portal
    #[arg(long, short, value_name = "QUERY")]
    query: Option<String>,
    /// Name template with {account}, {account_id}, {permission_set}, {session} and {region}
    /// [default: {account}-{permission_set}, or the `profile_name` setting]
    #[arg(long, value_name = "TEMPLATE", verbatim_doc_comment)]
    name: Option<Template>,
    /// How a profile gets its credentials
    #[arg(long, value_parser = parse_choice::<ProfileKind>(), ignore_case = true, default_value = "native")]
    kind: ProfileKind,
    /// The Region of all generated profiles
    #[arg(long, value_parser = values::parse_region, add = values::complete_regions())]
    region: Option<Region>,
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    format: Format,
    /// Show the changes as a unified diff
    #[arg(long, conflicts_with = "format")]
    diff: bool,
    /// Write the profiles and back up the file
    #[arg(long, conflicts_with = "format")]
    write: bool,
    /// Remove profiles that are no longer assigned; refreshes the list first
    #[arg(long)]
    prune: bool,
    /// Don't ask before removing the last profile of a session
    #[arg(long, requires = "prune")]
    yes: bool,
    /// Refresh the list, ignoring the cache
    #[arg(long)]
    refresh: bool,
}

pub(in crate::cli) async fn run(options: &Options, app: &App, output: &Output) -> Result<Ended, Failure> {
    let sessions = app.sessions.profile_sessions(options.session.as_deref())?;
    let refresh = options.refresh || options.prune;
    let listed = catalogs::of_sessions(&sessions, refresh, app, output).await?;
    for Listed { session, catalog } in &listed {
        let age = catalog.synced_at.map(|at| seconds_since(at, app.context.now()));
        if let Some(age) = age.filter(|age| *age > OLD_SECONDS) {
            output.notice(&format!(
                "the list of {} is {} old; use --refresh to update it",
                session.name,
                duration::format_duration(age)
            ));
        }
    }
    let rules = &app.context.settings().rules;
    let chosen = options
        .query
        .as_deref()
        .map(|query| search_profiles(&listed, query, rules));
    if let (Some(query), true) = (&options.query, chosen.as_ref().is_some_and(HashSet::is_empty)) {
        output.notice(&format!("no match for `{query}`"));
    }
    let mut request = ProfilesRequest {
        kind: options.kind,
        template: options.name.clone(),
        region: options.region.clone(),
        chosen,
        some_sessions: options.session.is_some(),
        prune: options.prune,
        // Only what is written needs a yes.
        may_empty: options.yes || !options.write,
    };
    if options.write && options.prune && !options.yes {
        let held_back = app.profiles.plan_profiles(&listed, &request)?.held_back;
        if !held_back.is_empty() {
            if !confirm_removal(&held_back, output).await? {
                output.say("no changes written");
                return Ok(Ended::Cancelled);
            }
            request.may_empty = true;
        }
    }
    let plan = if options.write {
        app.profiles.write_profiles(&listed, &request).await?
    } else {
        app.profiles.plan_profiles(&listed, &request)?
    };
    for note in &plan.notes {
        output.notice(note);
    }
    let name = app.context.settings().paths.display_path(&plan.path);
    if options.diff {
        let lines = format_diff(&name, &plan);
        if output.stdout_is_terminal() {
            output.data(&lines.split_inclusive('\n').map(clean_line).collect::<String>())?;
        } else {
            output.data(&lines)?;
        }
    }
    if options.write {
        output.say(&describe_written(&name, &plan, app));
        if let Some(refusal) = app.doctor.refusal_by_python(&plan.after) {
            output.notice(&format!(
                "the AWS CLI and boto3 can't read this file: {refusal}; run `genkan doctor` for a fix"
            ));
        }
    }
    if !options.diff && !options.write {
        match options.format {
            Format::Table => output.data(&format_table(&plan.profiles))?,
            Format::Json => {
                output.json(&plan.profiles.iter().map(ProfileOutput::from).collect::<Vec<_>>())?;
            }
        }
    }
    let stale = in_state(&plan, ProfileState::Stale);
    if stale > 0 {
        output.notice(&format!(
            "{name} has {} no longer assigned or renamed; use --prune to remove stale profiles",
            format_count(stale, "profile")
        ));
    }
    Ok(Ended::Done)
}

/// Asks before the last profile of a session goes. Where no one can be asked, nothing is written.
async fn confirm_removal(held_back: &[HeldBack], output: &Output) -> Result<bool, Failure> {
    let all: Vec<String> = held_back
        .iter()
        .map(|HeldBack { session, profiles }| match profiles {
            1 => format!("the only profile of SSO session `{session}`"),
            many => format!("all {many} profiles of SSO session `{session}`"),
        })
        .collect();
    let all = all.join(" and ");
    match output.confirm(&format!("Remove {all}?")).await {
        Some(yes) => Ok(yes),
        None => Err(Failure::new(
            format!("--prune would remove {all}"),
            &[
                "review with `genkan profiles --prune --diff`; no changes written",
                "to remove them, add --yes",
            ],
        )),
    }
}

fn search_profiles(listed: &[Listed], query: &str, rules: &RuleSet) -> HashSet<TargetKey> {
    let rows: Vec<_> = listed
        .iter()
        .flat_map(|l| l.catalog.assignments().map(|a| (l.session.name.as_str(), a)))
        .collect();
    let order: Vec<usize> = (0..rows.len()).collect();
    let searched = rows.iter().map(|(session, assignment)| SearchRow {
        session,
        account: assignment.account,
        permission_set: assignment.permission_set.shown(),
    });
    SearchIndex::with_rules(searched, rules)
        .find_rows(query, &order)
        .into_iter()
        .filter_map(|at| rows.get(at))
        .map(|(session, assignment)| TargetKey {
            session: (*session).to_owned(),
            account_id: assignment.account.id.clone(),
            permission_set: assignment.permission_set.clone(),
        })
        .collect()
}

fn in_state(plan: &ProfilePlan, state: ProfileState) -> usize {
    plan.profiles.iter().filter(|p| p.state == state).count()
}

/// What was done, in one or two lines.
fn describe_written(name: &str, plan: &ProfilePlan, app: &App) -> String {
    if plan.before == plan.after {
        return format!("{name} is up to date");
    }
    let mut line = format!(
        "{name}: {} added, {} changed, {} removed, {} unchanged",
        format_count(in_state(plan, ProfileState::New), "profile"),
        in_state(plan, ProfileState::Changed),
        plan.removed,
        in_state(plan, ProfileState::Unchanged),
    );
    if let Some(backup) = &plan.backup {
        let kept = app.context.settings().paths.display_path(backup);
        let _ = write!(line, "\nbackup: {kept}");
    }
    line
}

fn format_table(profiles: &[PlannedProfile]) -> String {
    let names = profiles
        .iter()
        .map(|p| text::text_width(&p.name))
        .max()
        .unwrap_or_default();
    let names = names.max("PROFILE".len());
    let sets = profiles
        .iter()
        .map(|p| text::text_width(p.target.permission_set.shown()));
    let sets = sets.max().unwrap_or_default().max("PERMISSION SET".len());
    let mut out = String::new();
    let mut line = |name: &str, state: &str, id: &str, set: &str, account: &str| {
        let columns = [
            text::pad_text(name, names),
            text::pad_text(state, 9),
            text::pad_text(id, 12),
            text::pad_text(set, sets),
        ];
        let _ = writeln!(out, "{}  {account}", columns.join("  "));
    };
    line("PROFILE", "STATE", "ID", "PERMISSION SET", "ACCOUNT");
    for PlannedProfile {
        name, target, state, ..
    } in profiles
    {
        line(
            name,
            state.as_str(),
            target.account_id.as_str(),
            target.permission_set.shown(),
            &target.account_name,
        );
    }
    out
}

/// The shape is documented in the help and the README.
#[derive(Serialize)]
struct ProfileOutput<'a> {
    profile: &'a str,
    session: &'a str,
    account_id: &'a str,
    account_name: &'a str,
    permission_set: &'a str,
    region: Option<&'a str>,
    state: &'static str,
}

impl<'a> From<&'a PlannedProfile> for ProfileOutput<'a> {
    fn from(profile: &'a PlannedProfile) -> Self {
        Self {
            profile: &profile.name,
            session: &profile.target.session,
            account_id: profile.target.account_id.as_str(),
            account_name: &profile.target.account_name,
            permission_set: profile.target.permission_set.as_str(),
            region: profile.region.as_ref().map(Region::as_str),
            state: profile.state.as_str(),
        }
    }
}

/// A unified diff. Lines around a change are the user's own and may hold keys: those are masked.
fn format_diff(name: &str, plan: &ProfilePlan) -> String {
    let (before, after) = (
        String::from_utf8_lossy(&plan.before),
        String::from_utf8_lossy(&plan.after),
    );
    let diff = similar::TextDiff::from_lines(before.as_ref(), after.as_ref());
    let text = diff.unified_diff().header(name, name).to_string();
    text.split_inclusive('\n').map(mask_secrets).collect()
}

/// What a terminal may be shown of a line of the user's own file: no escape sequence that someone left
/// there, but tabs and either kind of line end. `patch` gets every byte.
fn clean_line(line: &str) -> String {
    let (line, end) = match line.strip_suffix('\n') {
        Some(line) => (line.strip_suffix('\r').unwrap_or(line), "\n"),
        None => (line, ""),
    };
    let parts: Vec<_> = line.split('\t').map(text::sanitize_line).collect();
    parts.join("\t") + end
}

fn mask_secrets(line: &str) -> String {
    match line.split_once('=') {
        Some((key, _)) if is_secret(key.trim()) => {
            let end = if line.ends_with('\n') { "\n" } else { "" };
            format!("{key}= ****{end}")
        }
        _ => line.to_owned(),
    }
}

fn is_secret(key: &str) -> bool {
    ["aws_secret_access_key", "aws_session_token", "aws_security_token"]
        .iter()
        .any(|secret| secret.eq_ignore_ascii_case(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_beside_a_change_are_masked() {
        assert_eq!(
            mask_secrets(" AWS_SECRET_ACCESS_KEY=x=y\r\n"),
            " AWS_SECRET_ACCESS_KEY= ****\n"
        );
        assert_eq!(mask_secrets(" region = x\n"), " region = x\n");
    }

    #[test]
    fn lines_of_a_file_are_shown_and_not_obeyed() {
        assert_eq!(clean_line("+\t# x\u{1b}[2J\u{202e}\n"), "+\t# x�[2J�\n");
        assert_eq!(clean_line(" x\ry\r\n"), " x�y\n");
        assert_eq!(clean_line("+x"), "+x");
    }
}
