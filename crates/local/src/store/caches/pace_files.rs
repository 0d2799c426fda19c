//! How fast an access portal may be asked, and how often it was: two small files for each portal, in
//! `$XDG_CACHE_HOME/genkan/pace`. May be deleted at any time.
//!
//! The first holds the rate that a process has found, and is believed for a day. The second grows by one byte with
//! each request of many, whichever process makes it: its length is a counter that all processes share. Appending a
//! byte is one atomic step of the file system, so there is no lock that a stopped process could hold, and no content
//! that a crash could leave half-written. Dividing the rate by the number of processes would need to know who still
//! runs, and would give half of it to one that asks once a minute.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::fchown;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::platform::files::folder::{create_private_folder, folder_owner};
use crate::platform::files::paths::Paths;
use crate::platform::files::safe_open;
use crate::store::disk::json_file::JsonFile;
use crate::store::disk::names::file_name;
use crate::store::disk::reading::record_refusal;
use crate::store::error::StoreError;

/// How long a rate is believed, in seconds.
const BELIEVED_SECONDS: i64 = 24 * 60 * 60;
/// A longer counter begins at zero again.
const LONGEST_COUNT: u64 = 64 * 1024;

/// The folder of these files.
#[derive(Clone, Debug)]
pub struct PaceFiles {
    folder: PathBuf,
}

/// The rate that a portal was found to allow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FoundPace {
    pub per_second: f64,
    /// More was refused.
    pub is_limited: bool,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    /// Requests a second.
    rate: f64,
    limited: bool,
    /// Seconds since 1970.
    at: i64,
}

/// How many requests a portal was sent, by all processes.
#[derive(Debug)]
pub struct RequestCount {
    file: File,
    /// What this process has seen of it, with its own.
    seen: u64,
}

impl PaceFiles {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            folder: paths.cache.join("pace"),
        }
    }

    fn path(&self, portal: &str, extension: &str) -> PathBuf {
        let host = portal.trim_start_matches("https://").split('/').next();
        self.folder
            .join(file_name(host.unwrap_or_default(), &[portal], extension))
    }

    fn found(&self, portal: &str) -> JsonFile<Saved> {
        JsonFile::new(self.path(portal, "json"))
    }

    /// What was found of a portal within the last day.
    #[must_use]
    pub fn load(&self, portal: &str, now: Timestamp) -> Option<FoundPace> {
        let saved = self.found(portal).peek()?;
        let age = now.as_second().checked_sub(saved.at)?;
        let is_valid = (0..=BELIEVED_SECONDS).contains(&age) && saved.rate.is_finite() && saved.rate > 0.0;
        is_valid.then_some(FoundPace {
            per_second: saved.rate,
            is_limited: saved.limited,
        })
    }

    pub fn save(&self, portal: &str, found: FoundPace, now: Timestamp) -> Result<(), StoreError> {
        self.found(portal).save(&Saved {
            rate: found.per_second,
            limited: found.is_limited,
            at: now.as_second(),
        })
    }

    /// The counter of a portal's requests; `None` where there can't be one.
    #[must_use]
    pub fn open_count(&self, portal: &str) -> Option<RequestCount> {
        let path = self.path(portal, "count");
        let _ = create_private_folder(&self.folder);
        let file = record_refusal(&path, safe_open::open_for_append(&path)).ok()?;
        if let Some((user, group)) = folder_owner(&self.folder) {
            // As root in another user's home.
            let _ = fchown(&file, Some(user), Some(group));
        }
        let mut count = RequestCount { file, seen: 0 };
        if count.length() > LONGEST_COUNT {
            // Processes that count see it shrink, and go on from there.
            let _ = count.file.set_len(0);
        }
        count.seen = count.length();
        Some(count)
    }
}

impl RequestCount {
    fn length(&self) -> u64 {
        self.file.metadata().map_or(self.seen, |metadata| metadata.len())
    }

    /// Counts a request of this process.
    pub fn add(&mut self) {
        if self.file.write_all(b".").is_ok() {
            self.seen = self.seen.saturating_add(1);
        }
    }

    /// How many requests other processes have made since this was last asked.
    pub fn take_others(&mut self) -> u32 {
        let length = self.length();
        let others = length.saturating_sub(self.seen);
        self.seen = length;
        u32::try_from(others).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTAL: &str = "https://example.awsapps.com ap-northeast-1";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn found_rate_is_believed_for_a_day() {
        let home = tempfile::tempdir().expect("a folder");
        let files = PaceFiles::new(&Paths::in_home(home.path()));
        let found = FoundPace {
            per_second: 48.5,
            is_limited: true,
        };
        assert_eq!(files.load(PORTAL, at(1_000)), None);
        files.save(PORTAL, found, at(1_000)).expect("saves");
        assert_eq!(files.load(PORTAL, at(1_000)), Some(found));
        assert_eq!(files.load(PORTAL, at(1_000 + BELIEVED_SECONDS)), Some(found));
        assert_eq!(files.load(PORTAL, at(1_001 + BELIEVED_SECONDS)), None);
        assert_eq!(files.load(PORTAL, at(999)), None, "from the future");
        assert_eq!(files.load("https://other.awsapps.com eu-west-1", at(1_000)), None);
    }

    #[test]
    fn invalid_rates_count_for_nothing() {
        let home = tempfile::tempdir().expect("a folder");
        let files = PaceFiles::new(&Paths::in_home(home.path()));
        let found = FoundPace {
            per_second: 1.0,
            is_limited: false,
        };
        files.save(PORTAL, found, at(1_000)).expect("saves");
        for text in [
            "",
            "{}",
            "nonsense",
            "{\"rate\":-1,\"limited\":true,\"at\":1000}",
            "{\"rate\":0,\"limited\":true,\"at\":1000}",
            "{\"rate\":1e999,\"limited\":true,\"at\":1000}",
            "{\"rate\":null,\"limited\":true,\"at\":1000}",
            "{\"rate\":20,\"limited\":true,\"at\":-9223372036854775808}",
        ] {
            std::fs::write(files.path(PORTAL, "json"), text).expect("writes");
            assert_eq!(files.load(PORTAL, at(1_000)), None, "{text}");
        }
    }

    #[test]
    fn counter_tells_what_others_have_asked() {
        let home = tempfile::tempdir().expect("a folder");
        let files = PaceFiles::new(&Paths::in_home(home.path()));
        let open = || files.open_count(PORTAL).expect("a counter");
        let (mut one, mut two) = (open(), open());
        for _ in 0..3 {
            one.add();
        }
        two.add();
        assert_eq!((one.take_others(), two.take_others()), (1, 3));
        assert_eq!((one.take_others(), two.take_others()), (0, 0));
        let path = files.path(PORTAL, "count");
        std::fs::write(&path, vec![b'.'; 70_000]).expect("writes");
        let mut three = open();
        assert_eq!(
            (three.take_others(), two.take_others()),
            (0, 0),
            "it began at zero again"
        );
        three.add();
        assert_eq!(two.take_others(), 1);
    }
}
