//! The time as AWS has it. Expiries come from there, so that is the time they are compared with.
//!
//! Every answer's `Date` corrects it, and what was learned serves the next process too: one that begins
//! with cached credentials asks nobody.

use super::Portal;
use crate::aws::Service;
use crate::domain::span::human;
use crate::domain::token::Freshness;
use crate::domain::{SsoSession, TokenSet};
use crate::platform::clock;

/// A smaller skew does no harm and is not worth a word.
const WORTH_A_WORD: i64 = 60;

/// A clock is wrong by hours, for a wrong time zone or a battery that is empty; after longer a token is over.
const A_DAY: i64 = 86_400;

/// How wrong this machine's clock is, where that is worth a word.
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
        let span = human(self.behind_seconds.saturating_abs());
        write!(
            f,
            "this machine's clock is {span} {side} AWS's; genkan counts with AWS's"
        )
    }
}

impl Portal {
    /// Now, as AWS has it.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.recalled.get_or_init(|| self.recall_clock());
        self.clock.now()
    }

    /// How wrong this machine's clock is, where that is worth a word.
    #[must_use]
    pub fn clock_skew(&self) -> Option<ClockSkew> {
        self.recalled.get_or_init(|| self.recall_clock());
        let behind_seconds = self.clock.offset();
        (behind_seconds.abs() > WORTH_A_WORD).then_some(ClockSkew { behind_seconds })
    }

    /// Asks a service for the time where nobody has told it yet and a token has ended within the last day;
    /// whether the token then lives after all. A clock that is ahead ends a token that nothing renews.
    pub(super) async fn has_become_earlier(&self, session: &SsoSession, tokens: &TokenSet) -> bool {
        let ended = self.now().as_second() - tokens.expires_at.as_second();
        if self.clock.has_learned() || ended > A_DAY {
            return false;
        }
        let Ok(aws) = self.aws().await else { return false };
        // Its answer is the clock's; that it can't be had changes nothing.
        let _ = aws.probe(session, Service::AccessPortal).await;
        tokens.freshness(self.now()) == Freshness::Fresh
    }

    /// Takes over what another process has learned, unless we know better.
    pub(super) fn recall_clock(&self) {
        if self.clock.offset() == 0
            && let Some(offset) = self.clock_file.load(clock::started())
        {
            self.clock.recall(offset);
        }
    }
}
