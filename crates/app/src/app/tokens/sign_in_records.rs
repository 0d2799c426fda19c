//! What is recorded of sign-ins beside their tokens: when they began, whether they were ended elsewhere, and
//! which of them credentials and listings came from.
//!
//! An access token says when it expires, but it stops working earlier where its portal session was ended
//! elsewhere: what AWS refused once is not called a sign-in again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use crate::app::context::Context;
use crate::domain::sessions::portal_session::{EndBasis, SessionEnd, USUAL_SECONDS};
use crate::domain::sessions::sign_in_state::SignInDates;
use crate::domain::{Secret, SignInId, SignInState, SsoSession, TokenSet};
use crate::store::{SignInLog, SignInRecord, StoreError};

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
        self.context.take_value(self.log.load(session))
    }

    /// Changes the record of a session.
    pub(in crate::app) async fn update(
        &self,
        session: &SsoSession,
        change: impl FnOnce(&mut SignInRecord),
    ) -> Result<(), StoreError> {
        self.log.update(session, change).await
    }

    /// Which sign-in tokens of a session are of.
    pub(in crate::app) fn sign_in_of(&self, session: &SsoSession, tokens: &TokenSet) -> SignInId {
        self.load(session).unwrap_or_default().sign_in_of(tokens)
    }

    /// Records that something is saved that belongs to the sign-in of these tokens.
    pub(in crate::app) async fn record_use(&self, session: &SsoSession, tokens: &TokenSet) {
        // Where this can't be written, a refresh of another tool counts as another sign-in.
        let _ = self.update(session, |record| record.note_use(tokens)).await;
    }

    /// The state of a session's sign-in by these tokens and what is recorded of it.
    pub(in crate::app) fn state(&self, session: &SsoSession, tokens: &TokenSet) -> SignInState {
        let record = self.load(session).unwrap_or_default();
        tokens.state(self.context.clocks()).with_record(SignInDates {
            refused: self.refused_in(&record, session, tokens),
            should_end: self.should_end(&record, session, record.began_at(tokens)),
        })
    }

    /// When the portal session of these tokens should end: as long after its beginning as a user has said, as earlier
    /// ones have lasted, or as is usual. Unknown where it was seen alive later than that.
    fn should_end(
        &self,
        record: &SignInRecord,
        session: &SsoSession,
        began: Option<Timestamp>,
    ) -> Option<SessionEnd> {
        let preferences = self.context.settings.preferences.of_session(&session.name);
        let configured = preferences
            .portal_session_hours
            .map(|hours| (i64::from(hours) * 3600, EndBasis::Configured));
        let learned = || record.learned_length().map(|length| (length, EndBasis::Learned));
        let (seconds, basis) = configured
            .or_else(learned)
            .unwrap_or((USUAL_SECONDS, EndBasis::Assumed));
        let at = Timestamp::from_second(began?.as_second() + seconds).ok()?;
        let was_alive_later = record.renewed_at().is_some_and(|renewed| renewed > at);
        (!was_alive_later).then_some(SessionEnd { at, basis })
    }

    /// When the portal session that genkan began last should end, whatever tokens there are.
    pub(in crate::app) fn newest_end(&self, session: &SsoSession) -> Option<Timestamp> {
        let record = self.load(session)?;
        let end = self.should_end(&record, session, record.newest_beginning())?;
        Some(end.at)
    }

    /// When AWS first refused these tokens, as far as that is known.
    pub(in crate::app) fn refused_at(&self, session: &SsoSession, tokens: &TokenSet) -> Option<Timestamp> {
        self.refused_in(&self.load(session).unwrap_or_default(), session, tokens)
    }

    /// When the portal session of these tokens began; unknown for a sign-in by another tool.
    pub(in crate::app) fn began_at(&self, session: &SsoSession, tokens: &TokenSet) -> Option<Timestamp> {
        self.load(session).unwrap_or_default().began_at(tokens)
    }

    fn refused_in(
        &self,
        record: &SignInRecord,
        session: &SsoSession,
        tokens: &TokenSet,
    ) -> Option<Timestamp> {
        let seen_here = || {
            let ended = self.ended.lock().ok()?;
            let (token, since) = ended.get(&session.name)?;
            (*token == tokens.access_token).then_some(*since)
        };
        record.over_since(&tokens.access_token).or_else(seen_here)
    }

    /// Records that the portal session of these tokens has ended.
    pub(in crate::app) async fn mark_ended(&self, session: &SsoSession, tokens: &TokenSet) {
        let now = self.context.now();
        let token = &tokens.access_token;
        if let Ok(mut ended) = self.ended.lock()
            && ended.get(&session.name).is_none_or(|(known, _)| known != token)
        {
            ended.insert(session.name.clone(), (token.clone(), now));
        }
        // Where it can't be written, this process knows it.
        let _ = self
            .update(session, |record| {
                record.note_length(tokens, now);
                record.mark_over(token, now);
            })
            .await;
    }
}
