//! How far this machine's clock is from AWS's, for the next process. May be deleted at any time.
//!
//! An offset holds until the clock is set or the machine restarts. Both move the boot time as the wall
//! clock has it, so that time is stored beside it. And it holds for half a day at most, unless answers
//! confirm it: no role credentials live longer.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::platform::files::paths::Paths;
use crate::store::disk::json_file::JsonFile;

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
    /// When an answer confirmed the offset, by the same clock.
    checked: i64,
}

/// A stored offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavedOffset {
    pub seconds: i64,
    pub checked_at: Timestamp,
}

/// How long an offset is believed that no answer confirms.
const BELIEVED_SECONDS: i64 = 12 * 3600;

/// A clock that is disciplined drifts by this much and is not set.
const DRIFT_SECONDS: i64 = 30;

impl ClockFile {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            path: paths.cache.join("clock.json"),
        }
    }

    fn file(&self) -> JsonFile<File> {
        JsonFile::new(&self.path)
    }

    /// The offset, if it still holds at `now` for a machine that was started at this moment.
    #[must_use]
    pub fn load(&self, started: Option<Timestamp>, now: Timestamp) -> Option<SavedOffset> {
        let file = self.file().peek()?;
        let moved = file.started.checked_sub(started?.as_second())?;
        let age = now.as_second().checked_sub(file.checked)?;
        let holds = moved.checked_abs()? <= DRIFT_SECONDS && (0..=BELIEVED_SECONDS).contains(&age);
        Some(SavedOffset {
            seconds: file.offset,
            checked_at: Timestamp::from_second(file.checked).ok()?,
        })
        .filter(|_| holds)
    }

    /// Stores an offset that was confirmed at `now`; none is no file. A file that can't be written costs the
    /// next process a request.
    pub fn save(&self, offset: i64, started: Option<Timestamp>, now: Timestamp) {
        let file = started.map(|at| File {
            offset,
            started: at.as_second(),
            checked: now.as_second(),
        });
        let _ = match file.filter(|_| offset != 0) {
            Some(file) => self.file().save(&file),
            None => self.file().remove(),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_holds_until_the_clock_is_set() {
        let home = tempfile::tempdir().expect("a folder");
        let file = ClockFile::new(&Paths::in_home(home.path()));
        let at = |second| Timestamp::from_second(second).ok();
        let now = |second| Timestamp::from_second(second).expect("in range");
        let load = |started, second| file.load(started, now(second)).map(|kept| kept.seconds);
        assert_eq!(load(at(1000), 5000), None);
        file.save(7200, at(1000), now(5000));
        assert_eq!(load(at(1010), 5000), Some(7200));
        assert_eq!(load(at(1000), 5000 + BELIEVED_SECONDS), Some(7200));
        assert_eq!(
            load(at(1000), 5001 + BELIEVED_SECONDS),
            None,
            "not confirmed for long"
        );
        assert_eq!(load(at(1000), 4999), None, "from the future");
        assert_eq!(load(at(1000 - 7200), 5000), None, "the clock was set");
        assert_eq!(load(None, 5000), None);
        file.save(0, at(1000), now(5000));
        assert_eq!(load(at(1000), 5000), None);
        for text in [
            "{\"offset\":1e99}",
            "{\"offset\":7200,\"started\":1000}",
            "{}",
            "",
        ] {
            std::fs::write(&file.path, text).expect("writes");
            assert_eq!(load(at(1000), 5000), None, "{text}");
        }
    }
}
