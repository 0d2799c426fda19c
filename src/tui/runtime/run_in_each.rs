//! One command in one target after another, as `genkan exec` runs it, each under a heading.

use std::sync::Arc;

use super::problems::problem;
use crate::app::{App, ChildKind, ChildRequest};
use crate::domain::Target;
use crate::domain::history::Action;
use crate::domain::text::clean_lines;
use crate::platform::child::exit_code;
use crate::tui::msg::Problem;

/// What a command ends with that Ctrl-C ended: the rest is not run.
const INTERRUPTED: u8 = 130;

/// Runs a command in each target, in the foreground; the exit code of each, or why it did not run. What is to be read
/// between the outputs is given to `write`.
pub(super) async fn run_in_each(
    app: &Arc<App>,
    targets: &[Target],
    command: &str,
    mut write: impl FnMut(&str),
) -> Vec<Result<u8, Problem>> {
    let mut ended = Vec::with_capacity(targets.len());
    for (at, target) in targets.iter().enumerate() {
        let blank = if at > 0 { "\r\n" } else { "" };
        write(&format!("{blank}── {target} ({}) ──\r\n", target.account_id));
        let result = run_in(app, target, command, &mut write).await;
        match &result {
            Ok(0) => {}
            Ok(code) => write(&format!("exit code {code}\r\n")),
            Err(problem) => {
                write(&format!("error: {}\r\n", clean_lines(&problem.sentence)));
                for hint in &problem.hints {
                    write(&format!("hint: {}\r\n", clean_lines(hint)));
                }
            }
        }
        let stops = result == Ok(INTERRUPTED);
        ended.push(result);
        if stops {
            break;
        }
    }
    ended
}

async fn run_in(
    app: &Arc<App>,
    target: &Target,
    command: &str,
    write: &mut impl FnMut(&str),
) -> Result<u8, Problem> {
    let credentials = app.credentials.role_credentials(target).await.map_err(problem)?;
    let request = ChildRequest {
        kind: ChildKind::Command(["/bin/sh", "-c", command].map(Into::into).into()),
        delivery: None,
        keep_environment: false,
    };
    let child = app
        .shells
        .child(target, credentials, &request)
        .await
        .map_err(problem)?;
    let _ = app.history.record_use(target, Action::Exec).await;
    for note in &child.notes {
        write(&format!("note: {note}\r\n"));
    }
    match child.run().await {
        Ok(status) => Ok(exit_code(status)),
        Err(error) => Err(Problem {
            sentence: format!("can't run `/bin/sh`: {error}"),
            hints: Vec::new(),
            sign_in: None,
        }),
    }
}
