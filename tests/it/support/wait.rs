//! Waiting for a condition, never for a length of time: with a limit far beyond what a loaded machine needs.

use std::time::{Duration, Instant};

/// How long anything may take to happen.
pub const LIMIT: Duration = Duration::from_mins(1);

/// Plays a scene whose pace the test gives, until this machine was fast enough to keep it: `scene` says whether it was.
/// It must not fail where it was not.
#[track_caller]
pub fn at_pace(mut scene: impl FnMut() -> bool) {
    let kept = (0..50).any(|_| scene());
    assert!(kept, "this machine is too busy to keep the pace");
}

/// Waits until a condition holds.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !holds() {
        assert!(Instant::now() < end, "{what} never came");
        std::thread::sleep(Duration::from_millis(5));
    }
}
