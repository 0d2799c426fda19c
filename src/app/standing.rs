//! How a sign-in stands, as far as that is known without asking anybody.
//!
//! An access token says when it expires, and works no longer where its portal session was ended
//! elsewhere: what was refused once is not called a sign-in again.

use jiff::Timestamp;

use super::App;
use crate::domain::token::Freshness;
use crate::domain::{SsoSession, TokenSet};

/// How long portal sessions are where no administrator has said otherwise.
const USUAL_HOURS: u16 = 8;

/// How a session's tokens stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What they need before they are used; [`Freshness::SignInRequired`] where their portal session is
    /// over, however long they were to work.
    pub freshness: Freshness,
    /// Since when their portal session is known to be over.
    pub over_since: Option<Timestamp>,
    /// When their portal session began. Nobody here knows it of a sign-in by another tool.
    pub began: Option<Timestamp>,
    /// When the sign-in ends. An access token that nothing renews says it; else it is a guess, so many
    /// hours after the sign-in began, because Identity Center tells nobody.
    pub ends: Option<Timestamp>,
}

impl App {
    /// How these tokens of a session stand.
    #[must_use]
    pub fn standing(&self, session: &SsoSession, tokens: &TokenSet) -> Standing {
        let now = self.context.now();
        let record = self
            .context
            .noted(self.sign_ins.load(session))
            .unwrap_or_default();
        let seen_here = self.over.lock().ok().and_then(|over| {
            let (token, since) = over.get(&session.name)?;
            (*token == tokens.access_token).then_some(*since)
        });
        let over_since = record.over_since(&tokens.access_token).or(seen_here);
        let began = record.began_at(tokens);
        let hours = self.context.settings.preferences.portal_session_hours;
        let seconds = i64::from(hours.unwrap_or(USUAL_HOURS)) * 3600;
        let guess = began.and_then(|at| Timestamp::from_second(at.as_second() + seconds).ok());
        Standing {
            freshness: match over_since {
                Some(_) => Freshness::SignInRequired,
                None => self.freshness(tokens),
            },
            over_since,
            began,
            ends: if tokens.refreshable(now) {
                guess
            } else {
                Some(tokens.expires_at)
            },
        }
    }

    /// How a session stands; `None` where nobody has signed in, or nobody can tell.
    #[must_use]
    pub fn known_standing(&self, session: &SsoSession) -> Option<Standing> {
        let tokens = self.known_token(session).ok()??;
        Some(self.standing(session, &tokens))
    }

    /// Notes that the portal session of these tokens is over.
    pub(super) fn note_over(&self, session: &SsoSession, tokens: &TokenSet) {
        let now = self.context.now();
        let token = &tokens.access_token;
        if let Ok(mut over) = self.over.lock()
            && over.get(&session.name).is_none_or(|(known, _)| known != token)
        {
            over.insert(session.name.clone(), (token.clone(), now));
        }
        // Where it can't be written, this process knows it.
        let _ = self
            .sign_ins
            .update(session, |record| record.mark_over(token, now));
    }
}
