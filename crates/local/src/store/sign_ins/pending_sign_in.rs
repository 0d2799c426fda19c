//! The user code of a pending sign-in, for other processes that wait for it: its approval serves them too,
//! and the terminal that shows it may be out of sight.
//!
//! Nothing in the file is secret: anyone who has the user code can approve the sign-in, and gets nothing by it. The
//! file is deleted when the sign-in ends. One that a killed process left is ignored once its code has expired, and
//! deleted by the next sign-in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use std::path::PathBuf;

use crate::domain::SsoSession;
use crate::domain::sessions::device::DevicePage;
use crate::domain::sessions::start_url;
use crate::domain::text::clean_text;
use crate::platform::files::paths::Paths;
use crate::store::disk::atomic::{remove_file, write_private};
use crate::store::disk::json_file::JsonFile;
use crate::store::disk::lock::LockFolder;
use crate::store::disk::reading::peek_file;

/// What a pending sign-in shows, and whether a browser was opened for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingSignIn {
    /// `None` in the authorization code flow, which has no user code.
    pub page: Option<DevicePage>,
    /// A browser was opened for it, or for one that it took over from.
    pub opened: bool,
}

#[derive(Serialize, Deserialize)]
struct File {
    user_code: Option<String>,
    page: Option<String>,
    expires_at: i64,
    opened: bool,
}

/// The files of pending sign-ins, beside the lock files of their processes.
#[derive(Clone, Debug)]
pub struct PendingSignInFiles {
    folder: LockFolder,
}

impl PendingSignInFiles {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            folder: LockFolder::new(paths),
        }
    }

    fn path(&self, session: &SsoSession) -> PathBuf {
        self.folder
            .path("sign-in", session.token_key())
            .with_extension("json")
    }

    /// Loads the pending sign-in to a session. Its file is as untrusted as the network.
    #[must_use]
    pub fn load(&self, session: &SsoSession, now: Timestamp) -> Option<PendingSignIn> {
        let file = JsonFile::<File>::new(self.path(session)).peek()?;
        let expires_at = Timestamp::from_second(file.expires_at)
            .ok()
            .filter(|at| *at > now)?;
        let page = match (file.user_code, file.page) {
            (Some(code), Some(page)) => Some(DevicePage {
                user_code: clean_text(&code),
                address: clean_text(&page),
                expires_at,
            }),
            _ => None,
        };
        let opened = file.opened;
        page.as_ref()
            .is_none_or(|page| start_url::may_open(&page.address))
            .then_some(PendingSignIn { page, opened })
    }

    /// Publishes a sign-in until the result is dropped. Where that fails, waiting processes see no code.
    #[must_use]
    pub fn publish(
        &self,
        session: &SsoSession,
        sign_in: &PendingSignIn,
        until: Timestamp,
    ) -> PublishedSignIn {
        let path = self.path(session);
        let file = File {
            user_code: sign_in.page.as_ref().map(|page| page.user_code.clone()),
            page: sign_in.page.as_ref().map(|page| page.address.clone()),
            expires_at: until.as_second(),
            opened: sign_in.opened,
        };
        let bytes = serde_json::to_vec(&file).unwrap_or_default();
        let _ = write_private(&path, &bytes);
        PublishedSignIn { path, bytes }
    }

    /// Deletes what a killed process has left.
    pub fn delete(&self, session: &SsoSession) {
        let _ = remove_file(&self.path(session));
    }
}

/// A sign-in that other processes can see.
#[derive(Debug)]
pub struct PublishedSignIn {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Drop for PublishedSignIn {
    fn drop(&mut self) {
        // Another process may have published its own by now.
        if peek_file(&self.path).is_some_and(|bytes| bytes == self.bytes) {
            let _ = remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;

    #[test]
    fn pending_sign_in_is_visible_while_published_and_valid() {
        let home = tempfile::tempdir().expect("a folder");
        let files = PendingSignInFiles::new(&Paths::in_home(home.path()));
        let session = fixtures::session_at("org", "https://d-1234567890.awsapps.com/start", "us-east-1");
        let at = |second| Timestamp::from_second(second).expect("in range");
        let pending = |address: &str| PendingSignIn {
            page: Some(DevicePage {
                user_code: "ABCD-EFGH".into(),
                address: address.into(),
                expires_at: at(600),
            }),
            opened: true,
        };
        let good = pending("https://device.example/?user_code=ABCD-EFGH");
        assert_eq!(files.load(&session, at(0)), None);
        let published = files.publish(&session, &good, at(600));
        assert_eq!(files.load(&session, at(0)), Some(good));
        assert_eq!(files.load(&session, at(600)), None, "it has expired");
        drop(published);
        assert_eq!(files.load(&session, at(0)), None);
        for address in ["http://device.example/", "javascript:alert(1)", "\u{1b}[2J"] {
            let published = files.publish(&session, &pending(address), at(600));
            assert_eq!(files.load(&session, at(0)), None, "{address}");
            drop(published);
        }
        for text in [
            "",
            "[]",
            "{\"expires_at\":1e99}",
            "{\"expires_at\":9e18,\"opened\":true}",
        ] {
            std::fs::write(files.path(&session), text).expect("writes");
            assert_eq!(files.load(&session, at(0)), None, "{text}");
        }
        let first = files.publish(&session, &pending("https://device.example/1"), at(600));
        let second = files.publish(&session, &pending("https://device.example/2"), at(600));
        drop(first);
        assert!(files.load(&session, at(0)).is_some(), "another one's");
        drop(second);
        assert_eq!(files.load(&session, at(0)), None);
        files.delete(&session);
        files.delete(&session);
        assert!(!files.path(&session).exists());
    }
}
