//! One command in many targets: so many at once, each with credentials of its own.
//!
//! Requests for credentials wait for their turn at the portal. Must not know how outputs are shown.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{LocalBoxFuture, OptionFuture};
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot, watch};

use crate::app::credentials::Credentials;
use crate::app::error::AppError;
use crate::app::shells::{ChildRequest, Shells};
use crate::app::targets::history::UsageHistory;
use crate::domain::Target;
use crate::domain::shells::batch::Stream;
use crate::platform::log;
use crate::platform::processes::child::{asked_to_end, exit_code};

/// What a command may write ahead of its turn to be printed; then it waits.
const MOST_AHEAD: usize = 4 * 1024 * 1024;
/// How long commands have to end after Ctrl-C. Those that are still there are killed.
const GRACE: Duration = Duration::from_secs(5);

/// The exit code of one that was killed, as a shell gives it.
const KILLED: u8 = 128 + 9;

/// How the commands of a batch run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchMode {
    /// One after another, each with the terminal.
    Foreground,
    /// So many at once, without a terminal: what they write comes as events.
    Piped(usize),
}

/// A command in many targets.
#[derive(Clone, Debug)]
pub struct Batch {
    pub targets: Vec<Target>,
    /// What runs in each of them.
    pub children: Vec<ChildRequest>,
    pub mode: BatchMode,
    /// Starts no more once one has failed.
    pub fail_fast: bool,
}

/// What happens in a batch.
#[derive(Debug)]
pub enum BatchEvent {
    /// A command begins that has the terminal: it waits until what is printed before it is printed.
    Begins(usize, oneshot::Sender<()>),
    /// What a user should know before it runs.
    Note(usize, String),
    Output(usize, Stream, Vec<u8>),
    /// It ended with an exit code, did not run, or was not started.
    Ended(usize, Result<Option<u8>, AppError>),
}

/// How a batch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchEnd {
    Done,
    /// A signal of this number asked for the end.
    Signalled(u8),
}

/// Runs commands in many targets.
pub struct Batches {
    credentials: Arc<Credentials>,
    shells: Arc<Shells>,
    history: Arc<UsageHistory>,
}

/// What the commands of a batch have in common.
struct Run<'a> {
    batch: &'a Batch,
    /// Those before this number print as they write.
    head: watch::Receiver<usize>,
    /// No more are started.
    stops: watch::Sender<bool>,
    events: mpsc::Sender<BatchEvent>,
    /// How far each target is.
    stages: Mutex<Vec<Stage>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    Running,
    Ended,
}

impl Batch {
    /// The same command in every target.
    #[must_use]
    pub fn of_one(child: &ChildRequest, targets: Vec<Target>, mode: BatchMode) -> Self {
        Self {
            children: vec![child.clone(); targets.len()],
            targets,
            mode,
            fail_fast: false,
        }
    }
}

impl Run<'_> {
    fn reach(&self, at: usize, reached: Stage) {
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stage) = stages.get_mut(at) {
            *stage = reached;
        }
    }

    async fn end(&self, at: usize, ended: Result<Option<u8>, AppError>) {
        self.reach(at, Stage::Ended);
        let _ = self.events.send(BatchEvent::Ended(at, ended)).await;
    }

    /// Reports what was killed and what never began.
    async fn end_all(&self) {
        let stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (at, stage) in stages.into_iter().enumerate() {
            match stage {
                Stage::Waiting => self.end(at, Ok(None)).await,
                Stage::Running => self.end(at, Ok(Some(KILLED))).await,
                Stage::Ended => {}
            }
        }
    }
}

impl Batches {
    pub(in crate::app) fn new(
        credentials: &Arc<Credentials>,
        shells: &Arc<Shells>,
        history: &Arc<UsageHistory>,
    ) -> Self {
        Self {
            credentials: Arc::clone(credentials),
            shells: Arc::clone(shells),
            history: Arc::clone(history),
        }
    }

    /// Runs the command in every target. `head` is the number of the target that is printed now: later ones wait once
    /// they have written much. A signal that asks for the end ends all: commands get it, and are killed where they
    /// stay.
    pub fn run<'a>(
        &'a self,
        batch: &'a Batch,
        head: watch::Receiver<usize>,
        events: mpsc::Sender<BatchEvent>,
    ) -> LocalBoxFuture<'a, BatchEnd> {
        Box::pin(async move {
            let run = &Run {
                batch,
                head,
                stops: watch::Sender::new(false),
                events,
                stages: Mutex::new(vec![Stage::Waiting; batch.targets.len()]),
            };
            // Caught before the first command begins, whose files a signal would leave behind.
            let asked = OptionFuture::from(asked_to_end().ok());
            let mut all = Box::pin(self.run_all(run));
            let signal = tokio::select! {
                () = &mut all => return BatchEnd::Done,
                Some(signal) = asked => signal,
            };
            log::info!("the batch is asked to end signal={signal}");
            run.stops.send_replace(true);
            // A program that has the terminal decides for itself what Ctrl-C means.
            if batch.mode == BatchMode::Foreground {
                all.as_mut().await;
            } else {
                tokio::select! {
                    () = &mut all => {}
                    () = tokio::time::sleep(GRACE) => {}
                    Some(_) = OptionFuture::from(asked_to_end().ok()) => {}
                }
                // Commands that are left are killed with their futures.
                drop(all);
                run.end_all().await;
            }
            BatchEnd::Signalled(signal)
        })
    }

    async fn run_all(&self, run: &Run<'_>) {
        let at_once = match run.batch.mode {
            BatchMode::Foreground => 1,
            BatchMode::Piped(at_once) => at_once.max(1),
        };
        let mut waiting = run.batch.targets.iter().zip(&run.batch.children).enumerate();
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < at_once
                && let Some((at, (target, child))) = waiting.next()
            {
                running.push(Box::pin(async move {
                    (at, self.run_one(run, at, target, child).await)
                }));
            }
            let Some((at, ended)) = running.next().await else {
                return;
            };
            let failed = !matches!(ended, Ok(None | Some(0)));
            if failed && run.batch.fail_fast {
                run.stops.send_replace(true);
            }
            run.end(at, ended).await;
        }
    }

    /// Runs the command in one target: its exit code, or `None` where it was not started.
    async fn run_one(
        &self,
        run: &Run<'_>,
        at: usize,
        target: &Target,
        request: &ChildRequest,
    ) -> Result<Option<u8>, AppError> {
        let mut stops = run.stops.subscribe();
        let credentials = tokio::select! {
            biased;
            _ = stops.wait_for(|stops| *stops) => return Ok(None),
            credentials = self.credentials.role_credentials_in_turn(target) => credentials?,
        };
        let child = self.shells.child(target, credentials, request).await?;
        if *stops.borrow() {
            return Ok(None);
        }
        for note in &child.notes {
            let _ = run.events.send(BatchEvent::Note(at, note.clone())).await;
        }
        let program = child.spec.program.to_string_lossy().into_owned();
        self.history.record_hand_out(target, "exec", &program);
        let ended = if run.batch.mode == BatchMode::Foreground {
            let (printed, is_printed) = oneshot::channel();
            let _ = run.events.send(BatchEvent::Begins(at, printed)).await;
            let _ = is_printed.await;
            child.run().await
        } else {
            run.reach(at, Stage::Running);
            let written = AtomicUsize::new(0);
            child
                .run_piped(async |is_error, bytes: &[u8]| {
                    let stream = if is_error { Stream::Err } else { Stream::Out };
                    let _ = run
                        .events
                        .send(BatchEvent::Output(at, stream, bytes.to_vec()))
                        .await;
                    let before = written.fetch_add(bytes.len(), Ordering::Relaxed);
                    if before + bytes.len() > MOST_AHEAD {
                        let _ = run.head.clone().wait_for(|head| *head >= at).await;
                    }
                })
                .await
        };
        let status = ended.map_err(AppError::system(format!("can't run `{program}`")))?;
        Ok(Some(exit_code(status)))
    }
}
