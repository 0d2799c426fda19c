//! What servers taught about this machine's clock, for the next process. May be deleted at any time.
//!
//! An offset holds for as long as nobody sets the clock and the machine isn't started anew. Both move
//! the moment at which the wall clock believes that the machine was started, so that moment is kept beside.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::atomic::{remove, write_private};
use super::reading::peek;
use crate::platform::paths::Paths;

/// The file of the offset.
#[derive(Clone, Debug)]
pub struct ClockFile {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct File {
    /// Seconds to add to this machine's time.
    offset: i64,
    /// When the machine was started, by its wall clock, in seconds since 1970.
    started: i64,
}

/// A clock that is disciplined drifts by this much and is not set.
const DRIFT_SECONDS: i64 = 30;

impl ClockFile {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            path: paths.cache.join("clock.json"),
        }
    }

    /// The offset, if it still holds for a machine that was started at this moment.
    #[must_use]
    pub fn load(&self, started: Option<Timestamp>) -> Option<i64> {
        let file: File = serde_json::from_slice(&peek(&self.path)?).ok()?;
        let moved = file.started.checked_sub(started?.as_second())?;
        (moved.checked_abs()? <= DRIFT_SECONDS).then_some(file.offset)
    }

    /// Keeps an offset; none is no file. A file that can't be written costs the next process a request.
    pub fn save(&self, offset: i64, started: Option<Timestamp>) {
        let file = started.map(|at| File {
            offset,
            started: at.as_second(),
        });
        let _ = match file.and_then(|file| serde_json::to_vec(&file).ok()) {
            Some(bytes) if offset != 0 => write_private(&self.path, &bytes),
            _ => remove(&self.path),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::paths::PathVariables;

    #[test]
    fn an_offset_holds_until_the_clock_is_set() {
        let home = tempfile::tempdir().expect("a folder");
        let variables = PathVariables {
            home: Some(home.path().to_owned()),
            ..PathVariables::default()
        };
        let file = ClockFile::new(&Paths::resolve(&variables).expect("a home"));
        let at = |second| Timestamp::from_second(second).ok();
        assert_eq!(file.load(at(1000)), None);
        file.save(7200, at(1000));
        assert_eq!(file.load(at(1010)), Some(7200));
        assert_eq!(file.load(at(1000 - 7200)), None, "the clock was set");
        assert_eq!(file.load(None), None);
        file.save(0, at(1000));
        assert_eq!(file.load(at(1000)), None);
        std::fs::write(&file.path, "{\"offset\":1e99}").expect("writes");
        assert_eq!(file.load(at(1000)), None);
    }
}
