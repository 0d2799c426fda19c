//! How far this machine's clock is from AWS's, and what that changes.
//!
//! Everything that happens on this machine is timed by its own clock. AWS's clock matters for one thing: the
//! expirations of role credentials, which AWS states as instants ([`Clocks`]). What was learned serves the
//! next process too, because one that begins with cached credentials makes no request.

use std::time::Duration;

use super::Portal;
use crate::domain::span::human;
use crate::domain::time::{Clocks, Verdict};
use crate::domain::token::Freshness;
use crate::domain::{SsoSession, TokenSet};
use crate::platform::clock;

/// A smaller skew does no harm and is not worth a word.
const WORTH_A_WORD: i64 = 60;

/// A clock is wrong by hours, for a wrong time zone or a battery that is empty; after longer a token is over.
const A_DAY: i64 = 86_400;

/// How long an answer about the time is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

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
        write!(f, "this machine's clock is {span} {side} AWS's")
    }
}

impl Portal {
    /// Now, by this machine's clock.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        clock::now()
    }

    /// This machine's time beside AWS's.
    #[must_use]
    pub fn clocks(&self) -> Clocks {
        self.recalled.get_or_init(|| self.recall_clock());
        Clocks {
            local: clock::now(),
            offset: self.clock.offset(),
        }
    }

    /// How wrong this machine's clock is, where that is worth a word.
    #[must_use]
    pub fn clock_skew(&self) -> Option<ClockSkew> {
        let behind_seconds = self.clocks().offset;
        (behind_seconds.saturating_abs() > WORTH_A_WORD).then_some(ClockSkew { behind_seconds })
    }

    /// What can be done with an access token. One that either clock calls valid is used: AWS decides, and a
    /// refusal leads to a refresh.
    #[must_use]
    pub(super) fn freshness(&self, tokens: &TokenSet) -> Freshness {
        let clocks = self.clocks();
        let local = tokens.freshness(clocks.local);
        match (local, clocks.judge(tokens.expires_at)) {
            (Freshness::MustRefresh | Freshness::SignInRequired, Verdict::AskAws) => Freshness::Fresh,
            _ => local,
        }
    }

    /// Whether AWS still accepts a token that this machine's clock calls expired and nothing renews. It is
    /// asked only where the clock may be ahead: no answer has confirmed the clock yet, and the token
    /// expired within the last day.
    pub(super) async fn is_still_accepted(&self, session: &SsoSession, tokens: &TokenSet) -> bool {
        let ended = self.now().as_second() - tokens.expires_at.as_second();
        if self.clock.is_confirmed() || ended > A_DAY {
            return false;
        }
        self.confirm_clock(session, tokens).await
    }

    /// Makes a small request, whose answer confirms or contradicts what is known of the clock; whether AWS
    /// accepts the token.
    pub(super) async fn confirm_clock(&self, session: &SsoSession, tokens: &TokenSet) -> bool {
        let Ok(aws) = self.aws().await else { return false };
        let page = aws.list_accounts(session, &tokens.access_token, None);
        let answer = tokio::time::timeout(PATIENCE, page).await;
        answer.is_ok_and(|page| page.is_ok())
    }

    /// Takes over what another process has learned, unless we know better.
    pub(super) fn recall_clock(&self) {
        if !self.clock.is_confirmed()
            && let Some(kept) = self.clock_file.load(clock::started(), clock::now())
        {
            self.clock.recall(kept.seconds, kept.checked_at);
        }
    }
}
