//! The state of a sign-in, as far as it is known without asking AWS: the one answer that commands, JSON, `doctor` and
//! the screen give.
//!
//! It is made of the tokens and both clocks ([`TokenSet::state`]), then corrected by what is recorded of the sign-in
//! ([`SignInState::with_record`]), because a portal session that was ended elsewhere leaves tokens that look good. It
//! holds instants and no words: the code that shows it derives them.

use jiff::Timestamp;

use super::portal_session::{EndBasis, SessionEnd};
use crate::TokenSet;
use crate::values::duration::format_duration;
use crate::values::time::{Clocks, Verdict, seconds_until};

/// How a sign-in stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignInState {
    /// There are no tokens: no one has signed in, or someone has signed out.
    #[default]
    SignedOut,
    /// The access token works.
    SignedIn {
        /// When the access token expires.
        until: Timestamp,
        /// It is replaced silently before. What nothing renews ends with it.
        renews: bool,
        /// When a sign-in that renews ends, as far as that is known: Identity Center doesn't say.
        ends: Option<SessionEnd>,
    },
    /// The access token has expired; the next call replaces it.
    Renewable {
        since: Timestamp,
        ends: Option<SessionEnd>,
    },
    /// Expired, or ended elsewhere: only signing in again helps.
    Ended { since: Timestamp },
}

/// What is recorded of the sign-in that tokens came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignInDates {
    /// When AWS first refused its tokens, whatever their expiry says.
    pub refused: Option<Timestamp>,
    /// When the portal session should end.
    pub should_end: Option<SessionEnd>,
}

impl SignInState {
    /// A renewal is tried when so much is left. The AWS SDKs do it with 5 to 15 minutes left; in between, ours
    /// still works.
    const REFRESH_SECONDS: i64 = 5 * 60;

    /// The same with what is recorded of the sign-in.
    #[must_use]
    pub fn with_record(self, dates: SignInDates) -> Self {
        let SignInDates { refused, should_end } = dates;
        match (self, refused) {
            (Self::SignedOut, _) => Self::SignedOut,
            (_, Some(since)) => Self::Ended { since },
            (
                Self::SignedIn {
                    until, renews: true, ..
                },
                None,
            ) => Self::SignedIn {
                until,
                renews: true,
                ends: should_end,
            },
            (Self::Renewable { since, .. }, None) => Self::Renewable {
                since,
                ends: should_end,
            },
            (state, None) => state,
        }
    }

    /// The same state later, when nothing but time has passed.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        match self {
            Self::SignedIn {
                until,
                renews: true,
                ends,
            } if until <= now => Self::Renewable { since: until, ends },
            Self::SignedIn {
                until, renews: false, ..
            } if until <= now => Self::Ended { since: until },
            state => state,
        }
    }

    /// Whether a call can be made without asking the user for anything.
    #[must_use]
    pub fn is_signed_in(self) -> bool {
        matches!(self, Self::SignedIn { .. } | Self::Renewable { .. })
    }

    /// Whether the access token works and need not be renewed now.
    #[must_use]
    pub fn is_fresh(self, now: Timestamp) -> bool {
        matches!(self, Self::SignedIn { .. }) && !self.is_renewal_due(now)
    }

    /// Whether the access token works and is to be renewed when there is a chance.
    #[must_use]
    pub fn is_renewal_due(self, now: Timestamp) -> bool {
        matches!(self, Self::SignedIn { until, renews: true, .. }
            if (1..=Self::REFRESH_SECONDS).contains(&seconds_until(until, now)))
    }

    /// Whether calls renew the access token by themselves.
    #[must_use]
    pub fn renews(self) -> bool {
        matches!(self, Self::SignedIn { renews: true, .. } | Self::Renewable { .. })
    }

    /// When the access token expires, or did.
    #[must_use]
    pub fn expires_at(self) -> Option<Timestamp> {
        match self {
            Self::SignedOut => None,
            Self::SignedIn { until, .. } => Some(until),
            Self::Renewable { since, .. } | Self::Ended { since } => Some(since),
        }
    }

    /// When the sign-in ends, as far as that is known, and how it is known.
    #[must_use]
    pub fn end(self) -> Option<SessionEnd> {
        match self {
            Self::SignedIn {
                until, renews: false, ..
            } => Some(SessionEnd {
                at: until,
                basis: EndBasis::Known,
            }),
            Self::SignedIn { ends, .. } | Self::Renewable { ends, .. } => ends,
            Self::SignedOut | Self::Ended { .. } => None,
        }
    }

    /// When the sign-in ends, as far as that is known.
    #[must_use]
    pub fn ends(self) -> Option<Timestamp> {
        self.end().map(|end| end.at)
    }

    /// How long it lasts, in words: until the sign-in ends where that is known, else until the access token
    /// expires. `None` unless the access token works.
    #[must_use]
    pub fn time_left(self, now: Timestamp) -> Option<String> {
        let Self::SignedIn { until, renews, ends } = self else {
            return None;
        };
        let about = if renews && ends.is_some() { "about " } else { "" };
        let span = format_duration(seconds_until(ends.map_or(until, |end| end.at), now));
        let renews = if renews { ", renews automatically" } else { "" };
        Some(format!("{about}{span} left{renews}"))
    }
}

impl TokenSet {
    /// The state of the sign-in by these tokens alone. A token that either clock calls valid counts as working:
    /// AWS decides, and a refusal leads to a renewal.
    #[must_use]
    pub fn state(&self, clocks: Clocks) -> SignInState {
        let (now, until) = (clocks.local, self.expires_at);
        let renews = self.refreshable(now);
        if until > now || clocks.judge(until) == Verdict::AskAws {
            SignInState::SignedIn {
                until,
                renews,
                ends: None,
            }
        } else if renews {
            SignInState::Renewable {
                since: until,
                ends: None,
            }
        } else {
            SignInState::Ended { since: until }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientRegistration, Secret};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap_or_default()
    }

    fn tokens(expires: i64, refresh: bool) -> TokenSet {
        TokenSet {
            access_token: Secret::new("a"),
            expires_at: at(expires),
            refresh_token: refresh.then(|| Secret::new("r")),
            registration: refresh.then(|| ClientRegistration {
                client_id: "c".into(),
                client_secret: Secret::new("s"),
                expires_at: at(1_000_000),
            }),
            start_url: None,
            region: None,
        }
    }

    #[test]
    fn tokens_and_clocks_give_a_table_of_states() {
        let renewing = |until| SignInState::SignedIn {
            until: at(until),
            renews: true,
            ends: None,
        };
        let lasting = |until| SignInState::SignedIn {
            until: at(until),
            renews: false,
            ends: None,
        };
        let renewable = |since| SignInState::Renewable {
            since: at(since),
            ends: None,
        };
        let ended = |since| SignInState::Ended { since: at(since) };
        for (expires, refresh, now, offset, state, is_due) in [
            (3600, true, 0, 0, renewing(3600), false),
            (3600, true, 3299, 0, renewing(3600), false),
            (3600, true, 3400, 0, renewing(3600), true),
            (3600, true, 3600, 0, renewable(3600), false),
            (3600, false, 3400, 0, lasting(3600), false),
            (3600, false, 3600, 0, ended(3600), false),
            // The client registration has expired, so nothing renews.
            (2_000_000, true, 2_000_001, 0, ended(2_000_000), false),
            // This machine's clock is ahead: AWS may still accept the token.
            (3600, true, 3700, -200, renewing(3600), false),
            (3600, false, 3700, -200, lasting(3600), false),
        ] {
            let clocks = Clocks {
                local: at(now),
                offset,
            };
            let case = format!("{expires} {refresh} {now} {offset}");
            let found = tokens(expires, refresh).state(clocks);
            assert_eq!(found, state, "{case}");
            assert_eq!(found.is_renewal_due(at(now)), is_due, "{case}");
        }
    }

    #[test]
    fn a_record_ends_what_looks_good_and_knows_when_it_should_end() {
        let clocks = Clocks::agreeing(at(0));
        let dates = SignInDates {
            refused: None,
            should_end: Some(SessionEnd {
                at: at(28_800),
                basis: EndBasis::Assumed,
            }),
        };
        let renewing = tokens(3600, true).state(clocks).with_record(dates);
        assert_eq!((renewing.ends(), renewing.renews()), (Some(at(28_800)), true));
        let lasting = tokens(3600, false).state(clocks).with_record(dates);
        assert_eq!((lasting.ends(), lasting.renews()), (Some(at(3600)), false));
        let refused = SignInDates {
            refused: Some(at(7)),
            ..dates
        };
        let ended = SignInState::Ended { since: at(7) };
        assert_eq!(renewing.with_record(refused), ended);
        assert!(!ended.is_signed_in() && ended.ends().is_none());
        assert_eq!(
            SignInState::SignedOut.with_record(refused),
            SignInState::SignedOut
        );
    }

    #[test]
    fn time_alone_turns_signed_in_into_renewable_or_ended() {
        let clocks = Clocks::agreeing(at(0));
        let renewing = tokens(3600, true).state(clocks);
        let lasting = tokens(3600, false).state(clocks);
        assert_eq!(renewing.at(at(3599)), renewing);
        assert!(renewing.at(at(3600)).is_signed_in() && !renewing.at(at(3600)).is_fresh(at(3600)));
        assert_eq!(lasting.at(at(3600)), SignInState::Ended { since: at(3600) });
        assert_eq!(
            (renewing.time_left(at(0)), lasting.time_left(at(0))),
            (
                Some("1 h left, renews automatically".to_owned()),
                Some("1 h left".to_owned())
            )
        );
    }
}
