//! Effects as entries of the list of what was done.

use crate::app::App;
use crate::domain::records::activity::{Activity, CommandId};
use crate::tui::effect::Effect;

/// An effect in the list of what was done; it has ended when this is dropped, also where it was stopped.
pub(super) struct Noted {
    activity: Activity,
    command: CommandId,
    begun: tokio::time::Instant,
}

impl Noted {
    pub(super) fn begin(app: &App, effect: &Effect, several: bool) -> Option<Self> {
        let line = effect.command_line(several)?;
        let activity = app.context.activity().clone();
        Some(Self {
            command: activity.begin(line, app.context.now()),
            activity,
            begun: tokio::time::Instant::now(),
        })
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        let ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.activity.end(self.command, ms);
    }
}
