//! Whether this process rests: whether it serves others and asks for something itself only once in a while. Then nothing
//! is kept for the next request that would wake it before, such as a connection, which ends when the other side wants.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Letting = Box<dyn Fn() + Send + Sync>;

/// Whether this process rests, and what is let go when that begins. Clones share it.
#[derive(Clone, Default)]
pub struct Rest(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    resting: usize,
    let_go: Vec<Letting>,
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rest").field(&self.is_on()).finish()
    }
}

impl Rest {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rests until the guard is dropped.
    #[must_use]
    pub fn begin(&self) -> Resting {
        let mut inner = self.inner();
        inner.resting += 1;
        for let_go in &inner.let_go {
            let_go();
        }
        drop(inner);
        Resting(self.clone())
    }

    #[must_use]
    pub fn is_on(&self) -> bool {
        self.inner().resting > 0
    }

    /// Registers how something is let go. It must not ask whether this process rests.
    pub fn when_it_begins(&self, let_go: impl Fn() + Send + Sync + 'static) {
        self.inner().let_go.push(Box::new(let_go));
    }
}

/// The process rests while this lives.
#[derive(Debug)]
pub struct Resting(Rest);

impl Drop for Resting {
    fn drop(&mut self) {
        self.0.inner().resting -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn things_are_let_go_when_rest_begins_and_it_lasts_as_long_as_anyone_rests() {
        let (rest, count) = (Rest::default(), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&count);
        rest.when_it_begins(move || {
            counted.fetch_add(1, Ordering::SeqCst);
        });
        let first = rest.begin();
        let second = rest.clone().begin();
        drop(first);
        assert!(rest.is_on());
        drop(second);
        assert!(!rest.is_on());
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }
}
