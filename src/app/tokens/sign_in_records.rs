//! What is recorded of sign-ins beside their tokens: when they began, whether they were ended elsewhere, and
//! which of them credentials and listings came from.
//!
//! An access token says when it expires, but it stops working earlier where its portal session was ended
//! elsewhere: what AWS refused once is not called a sign-in again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use crate::app::context::Context;
use crate::domain::token::Freshness;
use crate::domain::{Secret, SignInId, SsoSession, TokenSet};
use crate::store::{SignInLog, SignInRecord, StoreError};

/// How long portal sessions are where no administrator has said otherwise.
const USUAL_HOURS: u16 = 8;

/// How a session's tokens stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What they need before they are used; [`Freshness::SignInRequired`] where their portal session has
    /// ended, whatever their expiry says.
    pub freshness: Freshness,
    /// Since when their portal session is known to have ended.
    pub over_since: Option<Timestamp>,
    /// When their portal session began; unknown for a sign-in by another tool.
    pub began: Option<Timestamp>,
    /// When the sign-in ends. An access token that nothing renews says it; else it is a guess, so many
    /// hours after the sign-in began, because Identity Center does not say.
    pub ends: Option<Timestamp>,
}

/// The records of sign-ins.
pub(in crate::app) struct SignInRecords {
    context: Arc<Context>,
    log: SignInLog,
    /// Access tokens whose portal session was found to have ended, in case no record can be written.
    ended: Mutex<HashMap<String, (Secret, Timestamp)>>,
}

impl SignInRecords {
    pub(in crate::app) fn new(context: &Arc<Context>) -> Self {
        Self {
            context: Arc::clone(context),
            log: SignInLog::new(&context.settings.paths),
            ended: Mutex::default(),
        }
    }

    /// The record of a session.
    pub(in crate::app) fn load(&self, session: &SsoSession) -> Option<SignInRecord> {
        self.context.noted(self.log.load(session))
    }

    /// Changes the record of a session.
    pub(in crate::app) fn update(
        &self,
        session: &SsoSession,
        change: impl FnOnce(&mut SignInRecord),
    ) -> Result<(), StoreError> {
        self.log.update(session, change)
    }

    /// Which sign-in tokens of a session are of.
    pub(in crate::app) fn sign_in_of(&self, session: &SsoSession, tokens: &TokenSet) -> SignInId {
        self.load(session).unwrap_or_default().sign_in_of(tokens)
    }

    /// How these tokens of a session stand.
    pub(in crate::app) fn standing(&self, session: &SsoSession, tokens: &TokenSet) -> Standing {
        let now = self.context.now();
        let record = self.load(session).unwrap_or_default();
        let seen_here = self.ended.lock().ok().and_then(|ended| {
            let (token, since) = ended.get(&session.name)?;
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
                None => tokens.freshness_by(self.context.clocks()),
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

    /// Records that the portal session of these tokens has ended.
    pub(in crate::app) fn mark_ended(&self, session: &SsoSession, tokens: &TokenSet) {
        let now = self.context.now();
        let token = &tokens.access_token;
        if let Ok(mut ended) = self.ended.lock()
            && ended.get(&session.name).is_none_or(|(known, _)| known != token)
        {
            ended.insert(session.name.clone(), (token.clone(), now));
        }
        // Where it can't be written, this process knows it.
        let _ = self.update(session, |record| record.mark_over(token, now));
    }
}
