//! One command in many targets, as `genkan exec --query` runs it: each output under a heading, and a summary.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::problems::to_problem;
use crate::app::{App, Batch, BatchEvent, BatchMode, ChildKind, ChildRequest};
use crate::domain::Target;
use crate::domain::records::history::Action;
use crate::domain::shells::batch::{Arranger, Layout, Outcome, Printed};
use crate::domain::text::clean_lines;
use crate::tui::msg::Problem;

/// A command that was typed, in each target, so many at once.
pub(super) fn typed_batch(targets: Vec<Target>, command: &str, at_once: usize) -> Batch {
    let child = ChildRequest {
        kind: ChildKind::Command(["/bin/sh", "-c", command].map(Into::into).into()),
        delivery: None,
        keep_environment: false,
        set: Vec::new(),
    };
    let mode = match at_once {
        0 | 1 => BatchMode::Foreground,
        at_once => BatchMode::Piped(at_once),
    };
    Batch::of_one(&child, targets, mode)
}

/// Runs a batch in the foreground; the exit code of each command that began, or why it did not run. What is to be read
/// is given to `write`.
pub(super) async fn run_in_each(
    app: &Arc<App>,
    batch: Batch,
    mut write: impl FnMut(&[u8]),
) -> Vec<(Target, Result<u8, Problem>)> {
    let mut arranger = Arranger::new(Layout::Grouped, &batch.targets);
    let (head_moves, head) = watch::channel(arranger.head());
    let (send, mut events) = mpsc::channel(64);
    let mut results = Vec::new();
    let printing = async {
        while let Some(event) = events.recv().await {
            match event {
                BatchEvent::Begins(at, printed) => {
                    print_pieces(arranger.begin(at), &mut write);
                    let _ = printed.send(());
                }
                BatchEvent::Note(_, note) => {
                    print_pieces(vec![Printed::Words(format!("note: {note}"))], &mut write);
                }
                BatchEvent::Output(at, stream, bytes) => {
                    print_pieces(arranger.output(at, stream, &bytes), &mut write);
                }
                BatchEvent::Ended(at, ended) => {
                    let (outcome, result) = match ended {
                        Ok(Some(code)) => (Outcome::Exited(code), Some(Ok(code))),
                        Ok(None) => (Outcome::NotStarted, None),
                        Err(error) => {
                            let outcome = Outcome::Failed(error.to_string(), error.hints());
                            (outcome, Some(Err(to_problem(error))))
                        }
                    };
                    print_pieces(arranger.ended(at, outcome), &mut write);
                    results.extend(result.map(|result| (at, result)));
                }
            }
            head_moves.send_replace(arranger.head());
        }
    };
    let (_, ()) = tokio::join!(app.batches.run(&batch, head, send), printing);
    if batch.targets.len() > 1 {
        let words = format!("\n{}", arranger.summary());
        print_pieces(vec![Printed::Words(words)], &mut write);
    }
    results.sort_by_key(|(at, _)| *at);
    let mut named = Vec::with_capacity(results.len());
    for (at, result) in results {
        let Some(target) = batch.targets.get(at) else {
            continue;
        };
        if result.is_ok() {
            let _ = app.history.record_use(target, Action::Exec).await;
        }
        named.push((target.clone(), result));
    }
    named
}

/// Writes pieces to the terminal. What the command wrote is its own.
fn print_pieces(printed: Vec<Printed>, write: &mut impl FnMut(&[u8])) {
    for piece in printed {
        match piece {
            Printed::Words(words) => write(
                format!("{}\n", clean_lines(&words))
                    .replace('\n', "\r\n")
                    .as_bytes(),
            ),
            Printed::Output(_, bytes) => write(&bytes),
        }
    }
}
