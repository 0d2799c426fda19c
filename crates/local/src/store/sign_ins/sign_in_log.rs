//! The files of sign-in records, one for each session.

use std::path::PathBuf;

use super::sign_in_record::SignInRecord;
use crate::domain::SsoSession;
use crate::platform::files::paths::Paths;
use crate::store::disk::json_file::JsonFile;
use crate::store::disk::names::file_name;
use crate::store::error::{Loaded, StoreError};

/// The folder of records, one file a session.
#[derive(Clone, Debug)]
pub struct SignInLog {
    folder: PathBuf,
}

impl SignInLog {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            folder: paths.state.join("sign-ins"),
        }
    }

    fn file(&self, session: &SsoSession) -> JsonFile<SignInRecord> {
        let exact = [
            session.name.as_str(),
            &session.start_url.portal(),
            session.region.as_str(),
        ];
        JsonFile::new(self.folder.join(file_name(&session.name, &exact, "json")))
    }

    /// What is known of a session; nothing where the file can't be read.
    #[must_use]
    pub fn load(&self, session: &SsoSession) -> Loaded<SignInRecord> {
        self.file(session).load()
    }

    /// Changes the record of a session.
    pub async fn update(
        &self,
        session: &SsoSession,
        change: impl FnOnce(&mut SignInRecord),
    ) -> Result<(), StoreError> {
        let stored = self.file(session);
        let _lock = stored.lock().await;
        let before = self.load(session).value.unwrap_or_default();
        let mut record = before.clone();
        change(&mut record);
        if record == before {
            return Ok(());
        }
        stored.save(&record)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::sign_in_record::AttemptEnd;
    use super::*;
    use crate::domain::fixtures::tokens_of_client;
    use crate::domain::{Secret, TokenSet, fixtures};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[tokio::test]
    async fn a_round_trip_holds_no_token() {
        let home = tempfile::tempdir().expect("a folder");
        let log = SignInLog::new(&Paths::in_home(home.path()));
        let session = fixtures::session_at("my-sso", "https://d-1234567890.awsapps.com/start", "us-east-1");
        assert_eq!(log.load(&session), Loaded::absent());
        let token = Secret::new("canary");
        let refreshed = TokenSet {
            access_token: Secret::new("canary two"),
            refresh_token: Some(Secret::new("canary three")),
            ..tokens_of_client("us")
        };
        let change = |record: &mut SignInRecord| {
            record.begin(&tokens_of_client("us"), at(10));
            record.mark_over(&token, at(20));
            record.mark_refused(&token, at(20));
            record.attempt_ended(AttemptEnd::Failed("why".into()));
            record.refreshed(&tokens_of_client("us"), &refreshed, at(0));
            record.note_use(&refreshed);
        };
        log.update(&session, change).await.expect("writes");
        let read = log.load(&session).value.expect("there");
        assert_eq!((read.attempts, read.over_since(&token)), (1, Some(at(20))));
        assert_eq!(
            read.sign_in_of(&refreshed),
            read.sign_in_of(&tokens_of_client("us"))
        );
        assert!(read.used.is_some());
        assert_eq!(read.last_end, Some(AttemptEnd::Failed("why".into())));
        let text = std::fs::read_to_string(log.file(&session).path).expect("reads");
        assert!(!text.contains("canary"), "{text}");
        std::fs::write(
            log.file(&session).path,
            text.replace("why", "why\\u001b[2J\u{202e}"),
        )
        .expect("writes");
        let read = log.load(&session).value.expect("there");
        assert_eq!(
            read.last_end,
            Some(AttemptEnd::Failed("why\u{fffd}[2J\u{fffd}".into()))
        );
        std::fs::write(log.file(&session).path, "{").expect("writes");
        assert!(log.load(&session).notice.is_some());
    }
}
