//! Role credentials: what GetRoleCredentials issues for one target.

use jiff::Timestamp;

use crate::Secret;
use crate::values::time::Clocks;
use crate::values::time::seconds_until;

/// How much life credentials should have left when they are given out: SDKs that read them ask
/// again 10 to 15 minutes before the end.
pub const ENOUGH_SECONDS: i64 = 15 * 60;

/// Temporary credentials of one account and permission set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleCredentials {
    pub access_key_id: String,
    pub secret_access_key: Secret,
    pub session_token: Secret,
    pub expires_at: Timestamp,
}

/// New credentials that both clocks call expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("AWS returned credentials that have already expired, or this machine's clock is wrong")]
pub struct ExpiredOnArrival;

impl ExpiredOnArrival {
    /// What to do next.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        vec!["check this machine's date, time and time zone: `date -u`".to_owned()]
    }
}

/// How long credentials are good, without themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// By this machine's clock.
    pub until: Timestamp,
    /// How long they were good when they were issued, where that is known. A span, because it was measured by
    /// another clock.
    pub life_seconds: Option<i64>,
}

impl From<Timestamp> for Validity {
    fn from(until: Timestamp) -> Self {
        Self {
            until,
            life_seconds: None,
        }
    }
}

impl Validity {
    /// How many of a bar's cells are full, rounded; one at least while any time is left. `None` where the whole is
    /// not known.
    #[must_use]
    pub fn bar(&self, cells: usize, now: Timestamp) -> Option<usize> {
        let life = self.life_seconds.filter(|life| *life > 0)?;
        let left = seconds_until(self.until, now).clamp(0, life);
        let cells = i64::try_from(cells).ok()?;
        let full = (left * cells + life / 2) / life;
        usize::try_from(full.max(left.min(1))).ok()
    }
}

impl RoleCredentials {
    /// Seconds of life left, negative when over.
    #[must_use]
    pub fn seconds_left(&self, now: Timestamp) -> i64 {
        seconds_until(self.expires_at, now)
    }

    /// Whether these, cached since `obtained_at`, may be given out again without asking AWS: both clocks
    /// must leave enough time. Both instants are AWS's.
    #[must_use]
    pub fn may_serve(&self, obtained_at: Option<Timestamp>, clocks: Clocks) -> bool {
        self.enough_left(obtained_at, clocks.local) && self.enough_left(obtained_at, clocks.aws())
    }

    /// The same credentials for programs on this machine: they compare the expiration with its clock.
    ///
    /// # Errors
    /// Where both clocks call them expired.
    pub fn for_local_clock(mut self, clocks: Clocks) -> Result<Self, ExpiredOnArrival> {
        self.expires_at = clocks.local_expiration(self.expires_at).ok_or(ExpiredOnArrival)?;
        Ok(self)
    }

    /// Those of a permission set whose sessions are short serve for half their life: asking for more
    /// than they ever had would get new ones at each call.
    fn enough_left(&self, obtained_at: Option<Timestamp>, now: Timestamp) -> bool {
        let life = obtained_at.map(|at| seconds_until(self.expires_at, at));
        let enough = life.map_or(ENOUGH_SECONDS, |life| ENOUGH_SECONDS.min(life / 2));
        self.seconds_left(now) > enough.max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_empty_only_at_the_end() {
        let at = |second| Timestamp::from_second(second).expect("in range");
        let validity = Validity {
            until: at(3600),
            life_seconds: Some(3600),
        };
        for (now, cells) in [(-9, 6), (0, 6), (1, 6), (480, 5), (3599, 1), (3600, 0), (9999, 0)] {
            assert_eq!(validity.bar(6, at(now)), Some(cells), "{now}");
        }
        assert_eq!(Validity::from(at(3600)).bar(6, at(0)), None);
    }

    #[test]
    fn short_sessions_serve_for_half_their_life() {
        let at = |second| Timestamp::from_second(second).expect("in range");
        let living = |seconds| RoleCredentials {
            access_key_id: String::new(),
            secret_access_key: Secret::new(""),
            session_token: Secret::new(""),
            expires_at: at(seconds),
        };
        for (life, obtained, now, enough) in [
            (3600, Some(0), 2699, true),
            (3600, Some(0), 2700, false),
            (3600, None, 2699, true),
            (900, None, 0, false),
            (900, Some(0), 449, true),
            (900, Some(0), 450, false),
            (0, Some(10), 0, false),
            (100, Some(200), 100, false),
        ] {
            assert_eq!(
                living(life).enough_left(obtained.map(at), at(now)),
                enough,
                "{life} {obtained:?} {now}"
            );
        }
    }
}
