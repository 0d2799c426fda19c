//! The record of a session's sign-ins: when one began, when its end was noticed, how the last attempt ended, which
//! tokens were refused, and which tokens are of one sign-in.
//!
//! No secret is in it: a token is known by its digest. Must not know where records are stored (`sign_in_log`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::domain::sessions::portal_session::{OBSERVATIONS, learned_length, length_between};
use crate::domain::values::hex::to_hex;
use crate::domain::{Secret, SignInId, TokenSet, text::CleanText};
use crate::store::disk::names::sha1_hex;

/// How an attempt to sign in ended without tokens, for those who waited for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttemptEnd {
    Denied,
    Expired,
    /// In one sentence.
    Failed(CleanText),
}

/// The record of one session, as its file has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SignInRecord {
    /// When genkan signed in, and as which client.
    began: Option<Began>,
    /// How many attempts have ended without tokens, and how the last one did.
    pub attempts: u64,
    pub last_end: Option<AttemptEnd>,
    /// When a token was first found to be of a portal session that has ended.
    over: Option<Mark>,
    /// The last refresh token that was refused.
    refused: Option<Mark>,
    /// The access tokens that genkan's own refreshes have made one of another.
    lineage: Option<Lineage>,
    /// The tokens that were used last, by which a refresh of another tool is known.
    pub(in crate::store) used: Option<Used>,
    /// When a refresh last worked, in seconds of Unix time: the portal session was alive.
    renewed: Option<i64>,
    /// How long portal sessions lasted whose end was noticed, in seconds, the latest last.
    lengths: Vec<i64>,
}

/// Tokens that were used. The tokens of a sign-in have its refresh token in common, where the server gives no
/// new one with each refresh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct Used {
    sign_in: SignInId,
    refresh_token: String,
    client_id: String,
    expires_at: i64,
}

impl Used {
    /// Whether a refresh has made these tokens of the used ones. An access token that was put beside another
    /// sign-in's refresh token has no later expiration.
    fn became(&self, tokens: &TokenSet) -> bool {
        let client = tokens.registration.as_ref();
        tokens.expires_at.as_second() > self.expires_at
            && client.is_some_and(|client| client.client_id == self.client_id)
            && tokens.refresh_token.as_ref().map(digest_of) == Some(self.refresh_token.clone())
    }
}

/// Tokens of one sign-in, by their digests, the latest last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Lineage {
    sign_in: SignInId,
    tokens: Vec<String>,
}

/// How many tokens of a lineage are remembered. Who still holds one from before has held it for hours.
const REMEMBERED_TOKENS: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Began {
    client_id: String,
    at: i64,
}

/// A token by its hash, at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    token: String,
    at: i64,
}

impl Mark {
    fn of(token: &Secret, at: Timestamp) -> Self {
        Self {
            token: sha1_hex(token.expose().as_bytes()),
            at: at.as_second(),
        }
    }
}

/// For how long no one asks again with a refresh token that was refused. Identity Center has been
/// seen to refuse a good one, so a refusal is not permanent.
const REFUSED_SECONDS: i64 = 60;

impl SignInRecord {
    /// A new portal session begins; what was known of the one before is history.
    pub fn begin(&mut self, tokens: &TokenSet, now: Timestamp) {
        *self = Self {
            began: tokens.registration.as_ref().map(|client| Began {
                client_id: client.client_id.clone(),
                at: now.as_second(),
            }),
            attempts: self.attempts,
            lengths: std::mem::take(&mut self.lengths),
            ..Self::default()
        };
    }

    /// Which sign-in these tokens are of. Tokens that no refresh of ours has made out of earlier ones, and that
    /// don't share the refresh token of those that were used last, are of a sign-in of their own: another tool
    /// has signed in, or has refreshed on its own and was given a new refresh token, which can't be told apart.
    #[must_use]
    pub fn sign_in_of(&self, tokens: &TokenSet) -> SignInId {
        let token = digest_tokens(tokens);
        match &self.lineage {
            Some(lineage) if lineage.tokens.contains(&token) => lineage.sign_in.clone(),
            _ => match &self.used {
                Some(used) if used.became(tokens) => used.sign_in.clone(),
                _ => SignInId::new(token),
            },
        }
    }

    /// These tokens are used: something that belongs to their sign-in is about to be kept.
    pub fn note_use(&mut self, tokens: &TokenSet) {
        let sign_in = self.sign_in_of(tokens);
        let (Some(refresh_token), Some(client)) = (&tokens.refresh_token, &tokens.registration) else {
            return;
        };
        self.used = Some(Used {
            sign_in,
            refresh_token: digest_of(refresh_token),
            client_id: client.client_id.clone(),
            expires_at: tokens.expires_at.as_second(),
        });
    }

    /// `new` is what a refresh made of `old`: the sign-in is the same.
    pub fn refreshed(&mut self, old: &TokenSet, new: &TokenSet, now: Timestamp) {
        self.renewed = Some(now.as_second());
        let sign_in = self.sign_in_of(old);
        let mut tokens = self
            .lineage
            .take()
            .map_or_else(Vec::new, |lineage| lineage.tokens);
        let old = digest_tokens(old);
        if !tokens.contains(&old) {
            tokens = vec![old];
        }
        tokens.push(digest_tokens(new));
        tokens.drain(..tokens.len().saturating_sub(REMEMBERED_TOKENS));
        self.lineage = Some(Lineage { sign_in, tokens });
    }

    /// When the portal session of these tokens began. No one here knows where another tool signed
    /// in: then the client is another one.
    #[must_use]
    pub fn began_at(&self, tokens: &TokenSet) -> Option<Timestamp> {
        let began = self.began.as_ref()?;
        let client = tokens.registration.as_ref()?;
        (began.client_id == client.client_id)
            .then(|| Timestamp::from_second(began.at).ok())
            .flatten()
    }

    /// When the portal session that genkan began last began.
    #[must_use]
    pub fn newest_beginning(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.began.as_ref()?.at).ok()
    }

    /// An attempt ended without tokens.
    pub fn attempt_ended(&mut self, end: AttemptEnd) {
        self.attempts = self.attempts.wrapping_add(1);
        self.last_end = Some(end);
    }

    /// The portal session of this access token was found to be over; the first finding counts.
    pub fn mark_over(&mut self, access_token: &Secret, now: Timestamp) {
        if self.over_since(access_token).is_none() {
            // An end that was noticed before was another session's, and someone else signed in
            // between: when, no one here knows.
            if self.over.is_some() {
                self.began = None;
            }
            self.over = Some(Mark::of(access_token, now));
        }
    }

    /// Notes how long the portal session of these tokens lasted, which is found to have ended now, where that can be
    /// told. Comes before [`SignInRecord::mark_over`].
    pub fn note_length(&mut self, tokens: &TokenSet, now: Timestamp) {
        let Some(began) = self.began_at(tokens) else {
            return;
        };
        if self.over.is_some() {
            return;
        }
        let began = began.as_second();
        let alive = self.renewed.unwrap_or(began) - began;
        if let Some(length) = length_between(alive, now.as_second() - began) {
            self.lengths.push(length);
            self.lengths
                .drain(..self.lengths.len().saturating_sub(OBSERVATIONS));
        }
    }

    /// How long the portal sessions of earlier sign-ins lasted, in seconds, where that is known. This one must not have
    /// been seen alive after it.
    #[must_use]
    pub fn learned_length(&self) -> Option<i64> {
        let alive = self.renewed.zip(self.began.as_ref());
        let alive = alive.map_or(0, |(renewed, began)| renewed - began.at);
        learned_length(&self.lengths).filter(|length| *length > alive)
    }

    /// When the portal session was last seen alive.
    #[must_use]
    pub fn renewed_at(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.renewed?).ok()
    }

    /// When the portal session of this access token was found to be over.
    #[must_use]
    pub fn over_since(&self, access_token: &Secret) -> Option<Timestamp> {
        let mark = self.over.as_ref()?;
        (mark.token == Mark::of(access_token, Timestamp::UNIX_EPOCH).token)
            .then(|| Timestamp::from_second(mark.at).ok())
            .flatten()
    }

    pub fn mark_refused(&mut self, refresh_token: &Secret, now: Timestamp) {
        self.refused = Some(Mark::of(refresh_token, now));
    }

    /// Whether this refresh token was refused a moment ago.
    #[must_use]
    pub fn was_refused(&self, refresh_token: &Secret, now: Timestamp) -> bool {
        self.refused.as_ref().is_some_and(|mark| {
            (0..REFUSED_SECONDS).contains(&(now.as_second() - mark.at))
                && mark.token == Mark::of(refresh_token, now).token
        })
    }
}

fn digest_tokens(tokens: &TokenSet) -> String {
    digest_of(&tokens.access_token)
}

/// The digest of a token, which has more randomness than a digest needs to hide it.
fn digest_of(token: &Secret) -> String {
    to_hex(&Sha256::digest(token.expose().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::tokens_of_client;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn a_refusal_is_believed_for_a_minute_and_for_its_token_only() {
        let mut record = SignInRecord::default();
        let (one, two) = (Secret::new("one"), Secret::new("two"));
        record.mark_refused(&one, at(100));
        assert!(record.was_refused(&one, at(100)) && record.was_refused(&one, at(159)));
        assert!(!record.was_refused(&one, at(160)) && !record.was_refused(&two, at(100)));
        assert!(!record.was_refused(&one, at(50)), "the clock was set back");
    }

    #[test]
    fn first_detected_end_counts_until_the_next_sign_in() {
        let mut record = SignInRecord::default();
        let (one, two) = (Secret::new("one"), Secret::new("two"));
        record.begin(&tokens_of_client("us"), at(10));
        record.mark_over(&one, at(100));
        record.mark_over(&one, at(200));
        let began = |record: &SignInRecord| record.began_at(&tokens_of_client("us"));
        assert_eq!(
            (began(&record), record.over_since(&one)),
            (Some(at(10)), Some(at(100)))
        );
        assert_eq!(record.began_at(&tokens_of_client("another tool")), None);
        // Another tool signed in meanwhile, and that session has ended as well.
        record.mark_over(&two, at(300));
        assert_eq!((began(&record), record.over_since(&two)), (None, Some(at(300))));
        record.begin(&tokens_of_client("us"), at(400));
        assert_eq!((began(&record), record.over_since(&two)), (Some(at(400)), None));
    }

    #[test]
    fn length_of_portal_sessions_is_learned_from_two_that_ended_alike() {
        let mut record = SignInRecord::default();
        let hour = 3600;
        let live = |record: &mut SignInRecord, from: i64, hours: i64| {
            record.begin(&tokens_of_client("us"), at(from));
            for turn in 1..hours {
                record.refreshed(
                    &tokens_of_client("us"),
                    &tokens_of_client("us"),
                    at(from + turn * hour),
                );
            }
            let end = at(from + hours * hour + 60);
            record.note_length(&tokens_of_client("another tool"), at(from + hour / 4));
            record.note_length(&tokens_of_client("us"), end);
            record.mark_over(&Secret::new(from.to_string()), end);
            record.note_length(&tokens_of_client("us"), at(from + 99 * hour));
        };
        live(&mut record, 0, 12);
        record.begin(&tokens_of_client("us"), at(100 * hour));
        assert_eq!(record.learned_length(), None, "one may have been ended early");
        live(&mut record, 100 * hour, 12);
        record.begin(&tokens_of_client("us"), at(200 * hour));
        assert_eq!(record.learned_length(), Some(12 * hour));
        // An administrator has set a longer one since.
        record.refreshed(&tokens_of_client("us"), &tokens_of_client("us"), at(213 * hour));
        assert_eq!(record.learned_length(), None);
    }

    #[test]
    fn own_refreshes_stay_within_a_sign_in() {
        let tokens = |access: &str| TokenSet {
            access_token: Secret::new(access),
            ..tokens_of_client("us")
        };
        let mut record = SignInRecord::default();
        let first = record.sign_in_of(&tokens("0"));
        assert_ne!(record.sign_in_of(&tokens("other")), first, "of another tool");
        for turn in 0..10 {
            record.refreshed(
                &tokens(&turn.to_string()),
                &tokens(&(turn + 1).to_string()),
                at(0),
            );
            for token in [turn, turn + 1] {
                assert_eq!(record.sign_in_of(&tokens(&token.to_string())), first, "{token}");
            }
        }
        assert_ne!(record.sign_in_of(&tokens("1")), first, "too old to be remembered");
        assert_eq!(
            record.lineage.as_ref().map(|l| l.tokens.len()),
            Some(REMEMBERED_TOKENS)
        );
        // Another tool has signed in, and its tokens are refreshed here.
        let theirs = record.sign_in_of(&tokens("x"));
        record.refreshed(&tokens("x"), &tokens("y"), at(0));
        assert_eq!(record.sign_in_of(&tokens("y")), theirs);
        assert_ne!(
            record.sign_in_of(&tokens("10")),
            first,
            "the sign-in before is forgotten"
        );
        record.begin(&tokens("z"), at(10));
        assert_ne!(record.sign_in_of(&tokens("y")), theirs);
    }

    /// A server may give the same refresh token again, and then another tool's refresh is known by it.
    #[test]
    fn a_refresh_of_another_tool_is_known_by_its_refresh_token() {
        let with = |access: &str, refresh: &str, expires: i64, client: &str| TokenSet {
            access_token: Secret::new(access),
            refresh_token: Some(Secret::new(refresh)),
            expires_at: at(expires),
            ..tokens_of_client(client)
        };
        let mut record = SignInRecord::default();
        let first = with("0", "r", 100, "cli");
        let sign_in = record.sign_in_of(&first);
        let second = with("1", "r", 200, "cli");
        assert_ne!(record.sign_in_of(&second), sign_in, "the first was never used");
        record.note_use(&first);
        for (tokens, same, why) in [
            (&second, true, "refreshed"),
            (&with("1", "s", 200, "cli"), false, "another refresh token"),
            (&with("1", "r", 200, "other"), false, "another client"),
            (
                &with("1", "r", 100, "cli"),
                false,
                "put beside the old refresh token",
            ),
        ] {
            assert_eq!(record.sign_in_of(tokens) == sign_in, same, "{why}");
        }
        record.note_use(&second);
        assert_eq!(
            record.sign_in_of(&with("2", "r", 300, "cli")),
            sign_in,
            "and again"
        );
        record.begin(&with("3", "r", 400, "cli"), at(10));
        assert_ne!(record.sign_in_of(&with("4", "r", 500, "cli")), sign_in);
    }
}
