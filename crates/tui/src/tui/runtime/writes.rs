//! Files that keep what the user chose, while they are written: a user who leaves the portal in that moment loses nothing.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::platform::log;

/// How long the end of the portal waits. A disk may hang, and the terminal is given back already.
const LIMIT: Duration = Duration::from_secs(2);

/// What is being written.
#[derive(Default)]
pub(super) struct Writes(JoinSet<()>);

impl Writes {
    /// Begins one.
    pub(super) fn begin(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        while self.0.try_join_next().is_some() {}
        self.0.spawn(work);
    }

    /// Waits for all of them.
    pub(super) async fn finish(&mut self) {
        let all = async { while self.0.join_next().await.is_some() {} };
        if tokio::time::timeout(LIMIT, all).await.is_err() {
            log::warning!("what the user chose last may not be saved");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_end_waits_for_writes_but_not_forever() {
        let (tell, told) = std::sync::mpsc::channel();
        let mut writes = Writes::default();
        for seconds in [0, 1, 60] {
            let tell = tell.clone();
            writes.begin(async move {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                let _ = tell.send(seconds);
            });
        }
        writes.finish().await;
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [0, 1]);
    }
}
