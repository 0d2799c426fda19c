//! Credentials for programs that outlive them: their SDKs ask an endpoint of ours again and again.
//!
//! Answers come from memory, because SDKs wait no longer than a second or two. New credentials are
//! fetched before the old ones end, but only where someone has used those: a shell that no one
//! works in asks Identity Center for nothing. While valid credentials are held, nothing else is the answer.
//! After the sign-in has ended the answer is an error that says what to do, and the first request after a
//! new sign-in brings credentials again. What is held goes with the sign-in that it came from, no matter who ends it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::app::context::Context;
use crate::app::credentials::Credentials;
use crate::app::credentials::shared_look::SharedLook;
use crate::app::error::AppError;
use crate::app::tokens::not_signed_in;
use crate::domain::shells::export::container_credentials;
use crate::domain::targets::credentials::ENOUGH_SECONDS;
use crate::domain::{RoleCredentials, SignInId, SsoSession, Target};
use crate::platform::listeners::private_endpoint::Answer;

/// How long a request waits for credentials that must be fetched first.
///
/// The clients differ. Those that wait for a short time ask again, after a time-out as after a 503: botocore
/// waits 2 s and tries 3 times, JavaScript 1 s and 4 times, PHP 1 s and 3 times, Rust 5 s and 3 times. Old SDKs
/// for Go have no time-out of their own, and take a 503 for final. So an early 503 helps none of them:
/// the request is held for as long as a fetch may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long a failure is the answer to everybody who asks.
const HOLD: Duration = Duration::from_secs(1);
/// When fetching is tried again while the old credentials still work.
const RETRY: Duration = Duration::from_mins(1);

/// Where credentials come from.
#[derive(Clone)]
pub(in crate::app) struct CredentialSource {
    pub(in crate::app) context: Arc<Context>,
    pub(in crate::app) credentials: Arc<Credentials>,
}

/// A target that is served under a path.
pub(in crate::app) struct ServedTarget {
    pub(in crate::app) path: String,
    pub(in crate::app) session: SsoSession,
    pub(in crate::app) target: Target,
    /// Credentials to begin with.
    pub(in crate::app) first: RoleCredentials,
}

/// Holds the credentials of one target, and sees to it that they live.
pub(super) struct Refresher {
    source: CredentialSource,
    session: SsoSession,
    target: Target,
    held: Mutex<CachedCredentials>,
    /// Someone wants other credentials than the held ones, or is the first to use them.
    wanted: Notify,
    /// Rings after each try to fetch.
    tried: watch::Sender<()>,
    /// Looks at whose sign-in it is, before each answer.
    looks: SharedLook<Option<Answer>>,
}

struct CachedCredentials {
    /// None after their sign-in was ended.
    credentials: Option<RoleCredentials>,
    /// The sign-in that they came from.
    sign_in: Option<SignInId>,
    /// From when on others should be fetched.
    due: Timestamp,
    used: bool,
    failure: Option<(Instant, Answer)>,
}

impl CachedCredentials {
    /// SDKs want 15 minutes of life left; of credentials that have less to begin with, a half.
    fn new(credentials: RoleCredentials, now: Timestamp, sign_in: Option<SignInId>) -> Self {
        let left = credentials.seconds_left(now);
        let margin = if left > ENOUGH_SECONDS {
            ENOUGH_SECONDS
        } else {
            left / 2
        };
        let due = credentials.expires_at.as_second() - margin;
        Self {
            due: Timestamp::from_second(due).unwrap_or(now),
            credentials: Some(credentials),
            sign_in,
            used: false,
            failure: None,
        }
    }

    fn alive(&self, now: Timestamp) -> Option<&RoleCredentials> {
        self.credentials.as_ref().filter(|c| c.seconds_left(now) > 0)
    }

    /// Their sign-in is no more: neither are they.
    fn forget(&mut self) {
        self.credentials = None;
        self.due = Timestamp::MIN;
        self.used = false;
        self.failure = None;
    }

    /// How long until the keeper should fetch by itself; `MAX` if no one needs it.
    fn wait(&self, now: Timestamp) -> Option<Duration> {
        match &self.failure {
            Some(_) => self.alive(now).map(|_| RETRY),
            None if self.used => {
                let left = self.due.as_millisecond() - now.as_millisecond();
                Some(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
            }
            None => None,
        }
    }

    /// A failure that is young enough to be everybody's.
    fn young_failure(&self) -> Option<Answer> {
        self.failure
            .as_ref()
            .filter(|(at, _)| at.elapsed() < HOLD)
            .map(|(_, answer)| answer.clone())
    }
}

impl Refresher {
    pub(super) fn new(source: CredentialSource, served: ServedTarget) -> Self {
        let sign_in = source.credentials.origin_of(&served.first);
        let held = CachedCredentials::new(served.first, source.context.now(), sign_in);
        Self {
            held: Mutex::new(held),
            source,
            session: served.session,
            target: served.target,
            wanted: Notify::new(),
            tried: watch::Sender::new(()),
            looks: SharedLook::new(),
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, CachedCredentials> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it does besides answering, without an end: fetching when it is due, and looking at the sign-in for those
    /// who ask.
    pub(super) async fn run(&self) {
        tokio::select! {
            () = self.refresh_when_due() => {}
            _ = self.looks.look(|| self.end_with_the_sign_in()) => {}
        }
    }

    /// Fetches when it is due, in a loop.
    async fn refresh_when_due(&self) {
        loop {
            let wait = self.held().wait(self.source.context.now());
            let moment = async {
                match wait {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.wanted.notified() => {}
                () = moment => {}
            }
            let (due, key) = {
                let held = self.held();
                let due = held.due <= self.source.context.now() && held.young_failure().is_none();
                (due, held.credentials.as_ref().map(|c| c.access_key_id.clone()))
            };
            if due {
                let fetched = self
                    .source
                    .credentials
                    .role_credentials_besides(&self.target, key.as_deref())
                    .await;
                self.store_fetched(fetched);
            }
        }
    }

    fn store_fetched(&self, fetched: Result<RoleCredentials, AppError>) {
        {
            let mut held = self.held();
            match fetched {
                Ok(credentials) => {
                    let sign_in = self.source.credentials.origin_of(&credentials);
                    *held = CachedCredentials::new(credentials, self.source.context.now(), sign_in);
                }
                Err(error) => held.failure = Some((Instant::now(), refusal_answer(&error))),
            }
        }
        self.tried.send_replace(());
    }

    /// Which credentials are held now, by the ID of their key.
    pub(super) fn held_key(&self) -> Option<String> {
        let held = self.held();
        held.credentials
            .as_ref()
            .map(|credentials| credentials.access_key_id.clone())
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    pub(super) async fn answer(&self) -> Answer {
        let deadline = Instant::now() + TIMEOUT;
        let mut tried = self.tried.subscribe();
        loop {
            if let Some(signed_out) = self.looks.see().await {
                return signed_out;
            }
            if let Some(answer) = self.remembered() {
                return answer;
            }
            if let Some(failure) = self.held().young_failure() {
                return failure;
            }
            self.wanted.notify_one();
            if tokio::time::timeout_at(deadline, tried.changed()).await.is_err() {
                return error_answer(
                    503,
                    "StillFetching",
                    "genkan is waiting for Identity Center; try again",
                );
            }
        }
    }

    /// Forgets what is held where the sign-in that it came from is no longer there; after a sign-out that is
    /// the answer.
    fn end_with_the_sign_in(&self) -> Option<Answer> {
        let now = match self.source.credentials.sign_in_of(&self.session) {
            Ok(Some(now)) => now,
            Ok(None) => {
                self.held().forget();
                return Some(refusal_answer(&not_signed_in(&self.session)));
            }
            // Whose sign-in it is, no one can tell.
            Err(problem) => {
                self.held().forget();
                return Some(refusal_answer(&problem.into()));
            }
        };
        let mut held = self.held();
        if held.credentials.is_some() && held.sign_in.as_ref() != Some(&now) {
            held.forget();
        }
        None
    }

    /// The held credentials, where they live.
    fn remembered(&self) -> Option<Answer> {
        let now = self.source.context.now();
        let mut held = self.held();
        let body = container_credentials(&self.target, held.alive(now)?);
        let is_due = !held.used || held.due <= now && held.young_failure().is_none();
        held.used = true;
        if is_due {
            self.wanted.notify_one();
        }
        Some(Answer { status: 200, body })
    }
}

/// Why there are no credentials, as the SDKs pass it on to a user.
fn refusal_answer(problem: &AppError) -> Answer {
    let (status, code) = match problem {
        AppError::Aws(problem) if problem.is_transient() => (503, "IdentityCenterFailed"),
        // Another process is in the way: the next request may find it gone.
        AppError::Busy(_) => (503, "Busy"),
        problem if problem.is_sign_in_required() => (403, "SignInRequired"),
        _ => (403, "NoCredentials"),
    };
    let mut words = problem.to_string();
    for hint in problem.hints() {
        words.push_str("; ");
        words.push_str(&hint);
    }
    if code == "SignInRequired" {
        words.push_str(" in any terminal; credentials are then available here again");
    }
    error_answer(status, code, &words)
}

/// An answer without credentials.
pub(super) fn error_answer(status: u16, code: &str, message: &str) -> Answer {
    let body = serde_json::json!({ "Code": code, "Message": message }).to_string();
    Answer { status, body }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::locks::scope::{Busy, LockScope};
    use crate::app::sign_in::error::SignInError;
    use crate::aws::AwsError;
    use crate::domain::Secret;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn held(expires: i64, now: i64) -> CachedCredentials {
        let credentials = RoleCredentials {
            access_key_id: "AKID".into(),
            secret_access_key: Secret::new("secret"),
            session_token: Secret::new("token"),
            expires_at: at(expires),
        };
        CachedCredentials::new(credentials, at(now), None)
    }

    #[test]
    fn fetching_is_due_before_the_end_and_only_for_who_uses_them() {
        for (expires, due) in [(3600, 2700), (960, 60), (900, 450), (10, 5), (0, 0), (-10, -5)] {
            assert_eq!(held(expires, 0).due, at(due), "{expires}");
        }
        let mut held = held(3600, 0);
        assert_eq!(held.wait(at(0)), None, "no one has used them");
        held.used = true;
        assert_eq!(held.wait(at(0)), Some(Duration::from_mins(45)));
        assert_eq!(held.wait(at(3000)), Some(Duration::ZERO));
        held.failure = Some((Instant::now(), error_answer(503, "C", "m")));
        assert_eq!(held.wait(at(3000)), Some(RETRY));
        assert_eq!(held.wait(at(3600)), None, "expired ones are fetched on request");
    }

    #[test]
    fn only_what_can_pass_is_asked_again() {
        let busy = AppError::from(Busy(LockScope::Credentials));
        let down = AwsError::Timeout {
            host: "AWS".into(),
            proxy: None,
        };
        let denied = AwsError::Forbidden("no".into());
        for (problem, status) in [(busy, 503), (down.into(), 503), (denied.into(), 403)] {
            assert_eq!(refusal_answer(&problem).status, status, "{problem}");
        }
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let required = SignInError::Required {
            session: "corp".into(),
            reason: "the portal session has ended".into(),
        };
        let answer = refusal_answer(&required.into());
        assert_eq!(answer.status, 403);
        let body: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!(
            body["Message"],
            "sign-in is required for SSO session `corp`: the portal session has ended; run `genkan login corp` in any \
             terminal; credentials are then available here again"
        );
    }
}
