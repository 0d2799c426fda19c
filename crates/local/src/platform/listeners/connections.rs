//! Open connections of a listener, at most so many: who opens more loses the oldest, so that no one
//! who only holds connections keeps the real visitor out.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};

/// How long answers that are on their way are waited for at the end.
const FAREWELL: Duration = Duration::from_secs(1);

/// The connections' tasks; dropping this ends them.
pub(in crate::platform) struct Connections {
    most: usize,
    tasks: JoinSet<()>,
    /// The oldest first.
    open: VecDeque<AbortHandle>,
}

impl Connections {
    pub(in crate::platform) fn at_most(most: usize) -> Self {
        Self {
            most,
            tasks: JoinSet::new(),
            open: VecDeque::new(),
        }
    }

    /// Serves one more.
    pub(in crate::platform) fn add(&mut self, connection: impl Future<Output = ()> + Send + 'static) {
        while self.tasks.try_join_next().is_some() {}
        self.open.retain(|task| !task.is_finished());
        if self.open.len() >= self.most
            && let Some(oldest) = self.open.pop_front()
        {
            oldest.abort();
        }
        self.open.push_back(self.tasks.spawn(connection));
    }

    /// Gives the last answers a moment to reach the browser.
    pub(in crate::platform) async fn finish(mut self) {
        let _ = tokio::time::timeout(FAREWELL, async {
            while self.tasks.join_next().await.is_some() {}
        })
        .await;
    }
}
