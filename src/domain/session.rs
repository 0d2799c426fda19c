//! The SSO session: one Identity Center instance as a user configured it.

use super::{Region, StartUrl};

/// The scope that lets a client list assignments and vend role credentials, and that makes
/// Identity Center issue a refresh token (AWS CLI `sso_registration_scopes` default).
pub const ACCOUNT_ACCESS_SCOPE: &str = "sso:account:access";

/// How the session is written in `~/.aws/config`, which decides the name of its token file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// A `[sso-session NAME]` section: the token file is named after the session.
    Named,
    /// `sso_start_url` inside a profile: the token file is named after the start URL.
    Legacy,
}

/// One Identity Center instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoSession {
    pub name: String,
    pub start_url: StartUrl,
    pub region: Region,
    pub scopes: Vec<String>,
    pub kind: SessionKind,
}

impl SsoSession {
    /// A `[sso-session]` with the default scope.
    #[must_use]
    pub fn new(name: impl Into<String>, start_url: StartUrl, region: Region) -> Self {
        Self {
            name: name.into(),
            start_url,
            region,
            scopes: vec![ACCOUNT_ACCESS_SCOPE.to_owned()],
            kind: SessionKind::Named,
        }
    }

    /// The text whose SHA-1 names the token file, as every AWS SDK computes it.
    #[must_use]
    pub fn token_key(&self) -> &str {
        match self.kind {
            SessionKind::Named => &self.name,
            SessionKind::Legacy => self.start_url.as_str(),
        }
    }
}

/// Whether a text can be the name of a new session: it is used in a section header and in commands.
#[must_use]
pub fn is_session_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}
