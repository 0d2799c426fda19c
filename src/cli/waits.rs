//! What a command waits for is said on standard error: other processes in a line each, listings and the network in
//! a line that is gone when the wait is over.

use std::sync::Arc;

use super::output::Output;
use super::progress::{self, Watch};
use crate::app::{App, Notice};

/// Reports every wait of a command that uses this app, for as long as the guard lives. Needs a runtime.
#[must_use]
pub(super) fn report_waits(app: &App) -> Watch {
    app.context.listen(Some(Arc::new(|notice| match notice {
        Notice::Waiting(step) => Output::new().say(step.waiting()),
    })));
    app.targets.on_listing(progress::listener());
    Watch::over(app.context.requests())
}
