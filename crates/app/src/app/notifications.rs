//! Notifications outside the screen, where the user wants them: that a sign-in ends soon.
//!
//! The portal and the prompt show that, too, but only to a user who looks at them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use crate::app::context::Context;
use crate::app::sessions::Sessions;
use crate::app::sources::Sources;
use crate::domain::SsoSession;
use crate::domain::sessions::portal_session::SOON_SECONDS;
use crate::domain::text::clean_text;
use crate::domain::values::duration::format_duration;
use crate::domain::values::time::seconds_until;
use crate::platform::log;
use crate::platform::{notification, tty};
use crate::settings::{NotifyBy, env, private_variables, secret_variables};

/// How often an end that isn't near is looked at again: it moves where someone signs in again.
const LOOK_AGAIN: Duration = Duration::from_mins(10);

/// Sends notifications as the user prefers.
pub struct Notifications {
    context: Arc<Context>,
    sessions: Arc<Sessions>,
    sources: Arc<Sources>,
}

impl Notifications {
    pub(in crate::app) fn new(
        context: &Arc<Context>,
        sessions: &Arc<Sessions>,
        sources: &Arc<Sources>,
    ) -> Self {
        Self {
            context: Arc::clone(context),
            sessions: Arc::clone(sessions),
            sources: Arc::clone(sources),
        }
    }

    /// Notifies of the end of a sign-in, which is soon. `write` is given what is for the terminal.
    pub fn notify_of_end(&self, session: &str, end: Timestamp, write: impl FnOnce(&str)) {
        let left = format_duration(seconds_until(end, self.context.now()));
        let text = clean_text(&format!(
            "the sign-in to {session} expires in about {left}; `genkan login --force {session}` renews it"
        ));
        let environment = &self.context.settings.environment;
        match self.context.settings.preferences.notify {
            NotifyBy::Nothing => {}
            NotifyBy::Terminal => write(&notification::notification_sequence(
                &text,
                environment.get(env::TMUX).is_some(),
            )),
            NotifyBy::Desktop => {
                let remove = [secret_variables(), private_variables()].concat();
                if let Err(error) = notification::show_on_desktop(&text, &remove) {
                    log::warning!("no notification error={error}");
                }
            }
        }
    }

    /// Does some work, and notifies of the end of a session's sign-in meanwhile.
    pub async fn watch_while<T>(&self, session: &str, work: impl Future<Output = T>) -> T {
        let session = self.sessions.session(Some(session)).ok();
        let is_wanted = self.context.settings.preferences.notify != NotifyBy::Nothing;
        let Some(session) = session.filter(|_| is_wanted) else {
            return work.await;
        };
        tokio::select! {
            done = work => done,
            never = self.watch_session(&session) => match never {},
        }
    }

    /// Notifies of each end of a sign-in; never ends. Sleeps for minutes at a time.
    fn watch_session<'a>(&'a self, session: &'a SsoSession) -> BoxFuture<'a, Infallible> {
        Box::pin(async move {
            let mut notified = None;
            loop {
                let end = self
                    .sources
                    .state(session)
                    .ends()
                    .filter(|end| notified != Some(*end));
                let left = end.map(|end| seconds_until(end, self.context.now()));
                match (end, left) {
                    (Some(end), Some(1..=SOON_SECONDS)) => {
                        notified = Some(end);
                        self.notify_of_end(&session.name, end, tty::send_sequence);
                    }
                    (_, Some(left @ 1..)) => {
                        let until_soon = u64::try_from(left - SOON_SECONDS).unwrap_or_default();
                        let until_soon = Duration::from_secs(until_soon.max(1));
                        tokio::time::sleep(until_soon.min(LOOK_AGAIN)).await;
                    }
                    _ => tokio::time::sleep(LOOK_AGAIN).await,
                }
            }
        })
    }
}
