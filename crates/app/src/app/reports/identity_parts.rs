//! An identity as `whoami` reports it: where it comes from, whose it is, and until when.

use jiff::Timestamp;

use crate::domain::sessions::portal_session::SessionEnd;

/// Where an identity comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentitySource {
    /// A shell or command of genkan's.
    Genkan,
    /// `AWS_ACCESS_KEY_ID` and its sisters.
    Environment,
    SsoProfile,
    ProcessProfile,
    RoleProfile,
    KeysProfile,
    /// `aws login`.
    LoginProfile,
    WebIdentity,
    Container,
}

/// An identity as far as it can be told without asking AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub source: IdentitySource,
    /// The same for a user, with the variable or file that says it.
    pub from: String,
    pub profile: Option<String>,
    /// The SSO session.
    pub session: Option<String>,
    pub account_id: Option<String>,
    pub account_name: Option<String>,
    pub permission_set: Option<String>,
    /// The same for people: the way to a chained role with the names of accounts.
    pub shown_permission_set: Option<String>,
    pub role_arn: Option<String>,
    pub access_key_id: Option<String>,
    pub region: Option<String>,
    /// When its credentials end, where that is known.
    pub expires_at: Option<Timestamp>,
    /// Whether the SSO session is signed in that its credentials come from; `None` where none is needed.
    pub signed_in: Option<bool>,
    /// When that sign-in ends, as far as that is known.
    pub session_end: Option<SessionEnd>,
    /// Whether a rule, or the name of the account, says that it is production; `None` where the account isn't known.
    pub production: Option<bool>,
}

/// The identity that wins, and what is said beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whoami {
    /// `None` where nothing is set up; on an instance its own role remains.
    pub identity: Option<Identity>,
    /// What is there too and doesn't count.
    pub ignored: Vec<String>,
    pub warnings: Vec<String>,
}

impl Identity {
    pub(super) fn new(source: IdentitySource, from: impl Into<String>) -> Self {
        Self {
            source,
            from: from.into(),
            profile: None,
            session: None,
            account_id: None,
            account_name: None,
            permission_set: None,
            shown_permission_set: None,
            role_arn: None,
            access_key_id: None,
            region: None,
            expires_at: None,
            signed_in: None,
            session_end: None,
            production: None,
        }
    }

    /// The same with every text sanitized: variables and files are as untrusted as the network.
    pub(super) fn sanitize(self, sanitize: fn(String) -> String) -> Self {
        Self {
            source: self.source,
            from: sanitize(self.from),
            profile: self.profile.map(sanitize),
            session: self.session.map(sanitize),
            account_id: self.account_id.map(sanitize),
            account_name: self.account_name.map(sanitize),
            permission_set: self.permission_set.map(sanitize),
            shown_permission_set: self.shown_permission_set.map(sanitize),
            role_arn: self.role_arn.map(sanitize),
            access_key_id: self.access_key_id.map(sanitize),
            region: self.region.map(sanitize),
            expires_at: self.expires_at,
            signed_in: self.signed_in,
            session_end: self.session_end,
            production: self.production,
        }
    }
}
