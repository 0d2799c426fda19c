//! `genkan exec --query`: one command in every target that matches.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::app::{App, AppError, Batch, BatchEnd, BatchEvent, BatchMode, ChildRequest};
use crate::cli::commands::steps::catalogs;
use crate::cli::commands::steps::guard::{Confirmed, pass_guards};
use crate::cli::commands::steps::pick;
use crate::cli::commands::steps::pick::Picked;
use crate::cli::commands::steps::sign_in_here::signed_in;
use crate::cli::exit::{Ended, Failure};
use crate::cli::output::Output;
use crate::cli::progress::{BatchProgress, Quiet};
use crate::cli::values::{self, OutputFormat};
use crate::domain::rules::Subject;
use crate::domain::search::{SearchIndex, SearchRow};
use crate::domain::shells::batch::{Arranger, Layout, Outcome, Printed, Stream};
use crate::domain::{Region, Target};

/// How output is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Arranged {
    /// The output of each target under a heading, in the order of targets
    Grouped,
    /// Each line prefixed with its target, as it arrives
    Prefixed,
}

/// Which targets, and how a command runs in them.
#[derive(Debug, clap::Args)]
pub(in crate::cli::commands) struct Many {
    /// Run the command in every target that matches; same search syntax as in the portal
    #[arg(long, short, value_name = "QUERY", conflicts_with_all = ["target", "from_profile"])]
    query: Option<String>,
    /// Only this SSO session
    #[arg(long, value_name = "NAME", add = values::complete_sessions(), requires = "query")]
    session: Option<String>,
    /// How many commands run at once [default: 1, each with the terminal]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64), requires = "query")]
    parallel: Option<u8>,
    /// Start no more commands once one has failed
    #[arg(long, requires = "query")]
    fail_fast: bool,
    /// How to arrange the output of several targets [default: grouped]
    #[arg(
        long = "output",
        value_enum,
        ignore_case = true,
        requires = "query",
        conflicts_with = "format"
    )]
    arranged: Option<Arranged>,
    /// `json` prints one line for each target
    #[arg(long, value_enum, ignore_case = true, requires = "query")]
    format: Option<OutputFormat>,
}

impl Many {
    pub(in crate::cli::commands) fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    fn layout(&self) -> Layout {
        match (self.format, self.arranged) {
            (Some(OutputFormat::Json), _) => Layout::Json,
            (_, Some(Arranged::Prefixed)) => Layout::Prefixed,
            _ => Layout::Grouped,
        }
    }

    fn mode(&self) -> BatchMode {
        match self.parallel {
            None | Some(1) if self.layout() == Layout::Grouped => BatchMode::Foreground,
            at_once => BatchMode::Piped(at_once.unwrap_or(1).into()),
        }
    }
}

pub(in crate::cli::commands) async fn run(
    query: &str,
    many: &Many,
    region: Option<&Region>,
    child: ChildRequest,
    confirmed: &Confirmed,
    app: &Arc<App>,
    output: &Output,
) -> Result<Ended, Failure> {
    let targets = find_matching_targets(query, many.session.as_deref(), app, output).await?;
    prepare_sessions(&targets, region, app, output)?;
    pass_guards(
        &targets,
        confirmed,
        "runs a command with credentials",
        app,
        output,
    )
    .await?;
    sign_in_where_needed(&targets, app, output).await?;
    let layout = many.layout();
    let batch = Batch {
        fail_fast: many.fail_fast,
        ..Batch::of_one(&child, targets, many.mode())
    };
    let mut arranger = Arranger::new(layout, &batch.targets);
    let end = run_and_print(&batch, &mut arranger, app, output).await;
    if layout != Layout::Json || !arranger.all_succeeded() {
        let blank = if layout == Layout::Grouped { "\n" } else { "" };
        output.say(&format!("{blank}{}", arranger.summary()));
    }
    Ok(match end {
        BatchEnd::Signalled(signal) => Ended::Killed(signal),
        BatchEnd::Done if arranger.all_succeeded() => Ended::Done,
        BatchEnd::Done => Ended::Problems,
    })
}

/// The targets that match, in the order of their list.
async fn find_matching_targets(
    query: &str,
    session: Option<&str>,
    app: &App,
    output: &Output,
) -> Result<Vec<Target>, Failure> {
    let sessions = match session {
        Some(name) => vec![app.sessions.session(Some(name))?],
        None => app.sessions.sessions()?.0,
    };
    if sessions.is_empty() {
        app.sessions.session(None)?;
    }
    let listed = catalogs::of_sessions(&sessions, false, app, output).await?;
    let rules = &*app.context.settings().rules;
    let rows: Vec<(&str, _)> = listed
        .iter()
        .flat_map(|l| l.catalog.assignments().map(|row| (l.session.name.as_str(), row)))
        .filter(|(session, row)| {
            let subject = Subject::new(session, row.account, Some(row.permission_set));
            !rules.of(subject).hidden
        })
        .collect();
    let searched = rows.iter().map(|(session, row)| SearchRow {
        session,
        account: row.account,
        permission_set: row.permission_set.shown(),
    });
    let mut index = SearchIndex::with_rules(searched, rules);
    let order: Vec<usize> = (0..rows.len()).collect();
    let mut found = index.find_rows(query, &order);
    // The best match first is for a user who chooses one; a run over many has the order of the list.
    found.sort_unstable();
    let targets: Vec<Target> = found
        .into_iter()
        .filter_map(|at| rows.get(at))
        .map(|(session, row)| Target {
            session: (*session).to_owned(),
            account_id: row.account.id.clone(),
            account_name: row.account.name.clone(),
            permission_set: row.permission_set.clone(),
        })
        .collect();
    if targets.is_empty() {
        let nearest = index
            .corrected(query)
            .map(|nearest| format!("did you mean `{nearest}`?"));
        let all = "`genkan list --query QUERY` shows what matches".to_owned();
        let hint = nearest.unwrap_or(all);
        return Err(Failure::new(format!("no target matches `{query}`"), &[&hint]));
    }
    Ok(targets)
}

/// The first target of each session.
fn first_of_each_session(targets: &[Target]) -> Vec<&Target> {
    let mut firsts: Vec<&Target> = Vec::new();
    for target in targets {
        if !firsts.iter().any(|first| first.session == target.session) {
            firsts.push(target);
        }
    }
    firsts
}

/// Settles the Region: one that was typed and can't be used is refused before anything runs.
fn prepare_sessions(
    targets: &[Target],
    region: Option<&Region>,
    app: &App,
    output: &Output,
) -> Result<(), Failure> {
    for target in first_of_each_session(targets) {
        pick::in_region(Picked::Target(target.clone()), region, true, app, output)?;
    }
    Ok(())
}

/// Signs in before anything runs, so that it isn't asked for in the middle. What else is wrong with a target is its
/// own failure.
async fn sign_in_where_needed(targets: &[Target], app: &App, output: &Output) -> Result<(), Failure> {
    for target in first_of_each_session(targets) {
        let check = async || match app.credentials.role_credentials(target).await {
            Err(error) if error.is_sign_in_required() => Err(error),
            _ => Ok::<(), AppError>(()),
        };
        signed_in(app, output, check).await?;
    }
    Ok(())
}

/// Runs the batch, and prints what happens while it does.
async fn run_and_print(batch: &Batch, arranger: &mut Arranger, app: &App, output: &Output) -> BatchEnd {
    let (head_moves, head) = watch::channel(arranger.head());
    let (send, mut events) = mpsc::channel(64);
    // A command that has the terminal may draw on it at any time.
    let _quiet = (batch.mode == BatchMode::Foreground).then(Quiet::begin);
    let mut progress = BatchProgress::of(batch.targets.len());
    let mut notes: Vec<String> = Vec::new();
    let printing = async {
        while let Some(event) = events.recv().await {
            let printed = match event {
                BatchEvent::Begins(at, printed) => {
                    print_pieces(arranger.begin(at), output);
                    let _ = printed.send(());
                    continue;
                }
                BatchEvent::Note(_, note) => {
                    if !notes.contains(&note) {
                        output.notice(&note);
                        notes.push(note);
                    }
                    continue;
                }
                BatchEvent::Output(at, stream, bytes) => arranger.output(at, stream, &bytes),
                BatchEvent::Ended(at, ended) => arranger.ended(at, child_outcome(ended)),
            };
            print_pieces(printed, output);
            head_moves.send_replace(arranger.head());
            progress.done(arranger.done());
        }
    };
    let (end, ()) = tokio::join!(app.batches.run(batch, head, send), printing);
    end
}

fn child_outcome(ended: Result<Option<u8>, AppError>) -> Outcome {
    match ended {
        Ok(Some(code)) => Outcome::Exited(code),
        Ok(None) => Outcome::NotStarted,
        Err(error) => Outcome::Failed(error.to_string(), error.hints()),
    }
}

/// Prints pieces where they belong. What the command wrote is its own: it is not cleaned, as if it ran alone.
fn print_pieces(printed: Vec<Printed>, output: &Output) {
    for piece in printed {
        match piece {
            Printed::Words(words) => output.say(&words),
            Printed::Output(stream, bytes) => output.pass_on(stream == Stream::Err, &bytes),
        }
    }
}
