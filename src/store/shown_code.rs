//! The code that a sign-in under way shows, for those who wait for it: its approval serves them too,
//! and the terminal that shows it may be out of sight.
//!
//! Nothing in it is secret: whoever has the code can approve the sign-in, and get nothing by it. It is
//! taken away when the sign-in ends. What a killed process leaves has ended with its code, and taken away
//! by the next sign-in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use std::path::PathBuf;

use super::atomic::{remove, write_private};
use super::json_file::JsonFile;
use super::lock::Locks;
use super::reading::peek;
use crate::domain::device::DevicePage;
use crate::domain::{SsoSession, start_url, text::clean};
use crate::platform::paths::Paths;

/// A code, and whether a browser was opened for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownCode {
    /// `None` where the sign-in has no code: its browser comes back by itself.
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

/// The folder of codes, beside the locks of those who show them.
#[derive(Clone, Debug)]
pub struct ShownCodes {
    locks: Locks,
}

impl ShownCodes {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            locks: Locks::new(paths),
        }
    }

    fn file(&self, session: &SsoSession) -> PathBuf {
        self.locks
            .path("sign-in", session.token_key())
            .with_extension("json")
    }

    /// What a sign-in to this session shows at the moment. The file is as foreign as the network.
    #[must_use]
    pub fn load(&self, session: &SsoSession, now: Timestamp) -> Option<ShownCode> {
        let file = JsonFile::<File>::new(self.file(session)).peek()?;
        let expires_at = Timestamp::from_second(file.expires_at)
            .ok()
            .filter(|at| *at > now)?;
        let page = match (file.user_code, file.page) {
            (Some(code), Some(page)) => Some(DevicePage {
                user_code: clean(&code),
                address: clean(&page),
                expires_at,
            }),
            _ => None,
        };
        let opened = file.opened;
        page.as_ref()
            .is_none_or(|page| start_url::may_open(&page.address))
            .then_some(ShownCode { page, opened })
    }

    /// Shows a code until it is dropped. Where it can't be written, those who wait see none.
    #[must_use]
    pub fn show(&self, session: &SsoSession, shown: &ShownCode, until: Timestamp) -> Showing {
        let path = self.file(session);
        let file = File {
            user_code: shown.page.as_ref().map(|page| page.user_code.clone()),
            page: shown.page.as_ref().map(|page| page.address.clone()),
            expires_at: until.as_second(),
            opened: shown.opened,
        };
        let bytes = serde_json::to_vec(&file).unwrap_or_default();
        let _ = write_private(&path, &bytes);
        Showing { path, bytes }
    }

    /// Takes away what one that was killed has left.
    pub fn forget(&self, session: &SsoSession) {
        let _ = remove(&self.file(session));
    }
}

/// A code that is shown.
#[derive(Debug)]
pub struct Showing {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Drop for Showing {
    fn drop(&mut self) {
        // Another one may show its own by now.
        if peek(&self.path).is_some_and(|bytes| bytes == self.bytes) {
            let _ = remove(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;

    #[test]
    fn a_code_is_seen_while_it_is_shown_and_good() {
        let home = tempfile::tempdir().expect("a folder");
        let codes = ShownCodes::new(&Paths::in_home(home.path()));
        let session = fixtures::session_at("org", "https://d-1234567890.awsapps.com/start", "us-east-1");
        let at = |second| Timestamp::from_second(second).expect("in range");
        let shown = |address: &str| ShownCode {
            page: Some(DevicePage {
                user_code: "ABCD-EFGH".into(),
                address: address.into(),
                expires_at: at(600),
            }),
            opened: true,
        };
        let good = shown("https://device.example/?user_code=ABCD-EFGH");
        assert_eq!(codes.load(&session, at(0)), None);
        let showing = codes.show(&session, &good, at(600));
        assert_eq!(codes.load(&session, at(0)), Some(good));
        assert_eq!(codes.load(&session, at(600)), None, "its time is over");
        drop(showing);
        assert_eq!(codes.load(&session, at(0)), None);
        for address in ["http://device.example/", "javascript:alert(1)", "\u{1b}[2J"] {
            let showing = codes.show(&session, &shown(address), at(600));
            assert_eq!(codes.load(&session, at(0)), None, "{address}");
            drop(showing);
        }
        for text in [
            "",
            "[]",
            "{\"expires_at\":1e99}",
            "{\"expires_at\":9e18,\"opened\":true}",
        ] {
            std::fs::write(codes.file(&session), text).expect("writes");
            assert_eq!(codes.load(&session, at(0)), None, "{text}");
        }
        let first = codes.show(&session, &shown("https://device.example/1"), at(600));
        let second = codes.show(&session, &shown("https://device.example/2"), at(600));
        drop(first);
        assert!(codes.load(&session, at(0)).is_some(), "another one's");
        drop(second);
        assert_eq!(codes.load(&session, at(0)), None);
        codes.forget(&session);
        codes.forget(&session);
        assert!(!codes.file(&session).exists());
    }
}
