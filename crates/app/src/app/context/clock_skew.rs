//! How far this machine's clock is from AWS's, and what that changes.
//!
//! Everything that happens on this machine is timed by its own clock. AWS's clock matters for one thing: the
//! expirations of role credentials, which AWS states as instants ([`Clocks`]). What was learned serves the
//! next process too, because one that begins with cached credentials makes no request.
//!
//! Using AWS's time for everything ("now plus the learned offset") would be simpler and wrong more often: the offset
//! comes from a `Date` header, which a proxy, a captive portal or a cached page may have written, and the clock
//! may be set right at any moment, after which the offset is the error. Ignoring AWS's time is no alternative either:
//! on a machine that is two hours ahead, all new credentials would look expired. So an offset is believed only when two
//! responses agree on it, is forgotten when the machine restarts or its clock is set, and never decides alone: where
//! the two clocks disagree, AWS is asked with a request ([`Verdict::AskAws`](crate::domain::values::time::Verdict)).

use std::sync::OnceLock;

use crate::domain::values::duration::format_duration;
use crate::domain::values::time::Clocks;
use crate::platform::clock::{self, Clock};
use crate::platform::files::paths::Paths;
use crate::store::ClockFile;

/// A smaller skew does no harm and is not worth mentioning.
const WORTH_MENTIONING: i64 = 60;

/// How wrong this machine's clock is, where that is worth mentioning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockSkew {
    /// How many seconds it is behind AWS's clock; negative where it is ahead.
    pub behind_seconds: i64,
}

impl std::fmt::Display for ClockSkew {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let side = if self.behind_seconds > 0 {
            "behind"
        } else {
            "ahead of"
        };
        let span = format_duration(self.behind_seconds.saturating_abs());
        write!(f, "this machine's clock is {span} {side} AWS's")
    }
}

/// What AWS's answers say about this machine's clock, to this process or to an earlier one.
pub(in crate::app) struct LearnedClock {
    clock: Clock,
    file: ClockFile,
    /// What an earlier process learned was taken over.
    recalled: OnceLock<()>,
}

impl LearnedClock {
    pub(in crate::app) fn new(paths: &Paths) -> Self {
        let file = ClockFile::new(paths);
        let keep = file.clone();
        Self {
            clock: Clock::new(move |offset| keep.save(offset, clock::boot_time(), clock::current_time())),
            file,
            recalled: OnceLock::new(),
        }
    }

    /// The clock that learns from the answers of a client.
    pub(in crate::app) fn for_client(&self) -> Clock {
        self.recall();
        self.clock.clone()
    }

    /// This machine's time beside AWS's.
    pub(in crate::app) fn read(&self) -> Clocks {
        self.recall();
        Clocks {
            local: clock::current_time(),
            offset: self.clock.offset(),
        }
    }

    /// How wrong this machine's clock is, where that is worth mentioning.
    pub(in crate::app) fn skew(&self) -> Option<ClockSkew> {
        let behind_seconds = self.read().offset;
        (behind_seconds.saturating_abs() > WORTH_MENTIONING).then_some(ClockSkew { behind_seconds })
    }

    /// Whether an answer has confirmed what is known of the clock.
    pub(in crate::app) fn is_confirmed(&self) -> bool {
        self.clock.is_confirmed()
    }

    /// Takes over what another process has learned, unless this one knows better.
    fn recall(&self) {
        self.recalled.get_or_init(|| {
            if !self.clock.is_confirmed()
                && let Some(kept) = self.file.load(clock::boot_time(), clock::current_time())
            {
                self.clock.recall(kept.seconds, kept.checked_at);
            }
        });
    }
}
