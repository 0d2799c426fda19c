//! What this process waits for on the network, so that the user who runs it can be told.
//!
//! A request registers itself for as long as it takes; who shows it, and when, is decided elsewhere.

use tokio::sync::watch;

/// All that is waited for now. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct PendingRequests(watch::Sender<Pending>);

/// The list itself, oldest first.
#[derive(Debug, Default)]
pub struct Pending {
    next: u64,
    list: Vec<(u64, String)>,
}

impl Pending {
    /// What began last, as a phrase such as `waiting for example.com`.
    #[must_use]
    pub fn newest(&self) -> Option<&str> {
        self.list.last().map(|(_, phrase)| phrase.as_str())
    }
}

impl PendingRequests {
    /// Registers something that is waited for until the guard is dropped.
    #[must_use]
    pub fn begin(&self, phrase: String) -> PendingRequest {
        let mut id = 0;
        self.0.send_modify(|pending| {
            id = pending.next;
            pending.next += 1;
            pending.list.push((id, phrase));
        });
        PendingRequest {
            id,
            requests: self.clone(),
        }
    }

    /// Follows the list as it changes.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Pending> {
        self.0.subscribe()
    }
}

/// One thing that is waited for.
#[derive(Debug)]
pub struct PendingRequest {
    id: u64,
    requests: PendingRequests,
}

impl Drop for PendingRequest {
    fn drop(&mut self) {
        self.requests
            .0
            .send_modify(|pending| pending.list.retain(|(id, _)| *id != self.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_those_that_are_left_is_named() {
        let requests = PendingRequests::default();
        let seen = requests.subscribe();
        let newest = || seen.borrow().newest().map(str::to_owned);
        let one = requests.begin("one".to_owned());
        let two = requests.clone().begin("two".to_owned());
        assert_eq!(newest().as_deref(), Some("two"));
        drop(two);
        assert_eq!(newest().as_deref(), Some("one"));
        drop(one);
        assert_eq!(newest(), None);
    }
}
