//! The SSO session: one Identity Center instance as a user configured it; and the other kinds of sources, which are
//! named, chosen and signed in to like one.

use jiff::Timestamp;

use crate::targets::catalog::AccountEntry;
use crate::targets::chained_roles::SourceCredentials;
use crate::targets::role_arn::role_arn;
use crate::text::CleanText;
use crate::web::console::sign_in_page;
use crate::{Account, AccountId, Catalog, PermissionSetName, Region, StartUrl, Target, TargetKey};

/// The scope that lets a client list assignments and get role credentials, and that makes
/// Identity Center issue a refresh token (AWS CLI `sso_registration_scopes` default).
pub const ACCOUNT_ACCESS_SCOPE: &str = "sso:account:access";

/// The kind of a source. Of an Identity Center instance it says how it is written in `~/.aws/config`, which decides the
/// name of its token file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// A `[sso-session NAME]` section: the token file is named after the session.
    Named,
    /// `sso_start_url` inside a profile: the token file is named after the start URL.
    Legacy,
    /// An IAM user whose key genkan keeps. Its start URL is the page where IAM users of its account sign in.
    IamUser(Box<OwnTarget>),
    /// Where chains of roles begin elsewhere, as a profile names it. It gives no target by itself.
    Chain(Box<ChainSource>),
}

/// A source of chains of roles, and how it is named on the way to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainSource {
    pub source_credentials: SourceCredentials,
    pub own: OwnTarget,
}

/// The one target that an IAM user gives by itself: the user in its account. It isn't listed, and known without a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnTarget {
    pub account: Account,
    /// What stands where a permission set stands: the user's name in IAM.
    pub name: PermissionSetName,
    /// The user's ARN.
    pub arn: String,
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
            SessionKind::Named | SessionKind::IamUser(_) | SessionKind::Chain(_) => &self.name,
            SessionKind::Legacy => self.start_url.as_str(),
        }
    }

    /// The source of the roles whose chains begin with these credentials; `None` where they can't be a source.
    #[must_use]
    pub fn of_chain(source_credentials: SourceCredentials, region: Region) -> Option<Self> {
        let own = OwnTarget {
            account: Account {
                id: SourceCredentials::account_id()?,
                name: CleanText::new(source_credentials.account_name()),
                email: CleanText::default(),
            },
            name: source_credentials.name(),
            arn: String::new(),
        };
        Some(Self {
            name: source_credentials.source_name(),
            start_url: sign_in_page(region.partition()).parse().ok()?,
            region,
            scopes: Vec::new(),
            kind: SessionKind::Chain(Box::new(ChainSource {
                source_credentials,
                own,
            })),
        })
    }

    /// Where its chains begin.
    #[must_use]
    pub fn source_credentials(&self) -> Option<&SourceCredentials> {
        match &self.kind {
            SessionKind::Chain(chain) => Some(&chain.source_credentials),
            _ => None,
        }
    }

    /// Whether what it gives is listed by AWS.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.own_target().is_none()
    }

    /// What an IAM user gives by itself, or what it is called where chains begin; `None` of all sources that list.
    #[must_use]
    pub fn own_target(&self) -> Option<&OwnTarget> {
        match &self.kind {
            SessionKind::IamUser(own) => Some(own),
            SessionKind::Chain(chain) => Some(&chain.own),
            SessionKind::Named | SessionKind::Legacy => None,
        }
    }

    /// Whether it is an IAM user.
    #[must_use]
    pub fn is_iam_user(&self) -> bool {
        matches!(self.kind, SessionKind::IamUser(_))
    }

    /// Whether a target, or the first one on the way to a chained role, is the one that the source gives by itself.
    #[must_use]
    pub fn owns(&self, account_id: &AccountId, name: &PermissionSetName) -> bool {
        match name.via() {
            Some((account_id, name)) => self.owns(&account_id, &name),
            None => (self.own_target()).is_some_and(|own| own.account.id == *account_id && own.name == *name),
        }
    }

    /// Whether a chained role is the first on its way for AWS: what an IAM user assumes may live longer than an hour.
    #[must_use]
    pub fn is_first_role(&self, target: &Target) -> bool {
        !self.is_listed() && target.via().is_some_and(|via| !via.permission_set.is_chained())
    }

    /// The catalog of a source that isn't listed.
    #[must_use]
    pub fn own_catalog(&self, now: Timestamp) -> Option<Catalog> {
        let own = self.own_target()?;
        if self.source_credentials().is_some() {
            return Some(Catalog::from_entries([], Some(now)));
        }
        let entry = AccountEntry {
            account: own.account.clone(),
            permission_sets: [own.name.clone()].into(),
            listed_at: Some(now),
            problem: None,
        };
        Some(Catalog::from_entries([entry], Some(now)))
    }

    /// The ARN of a target's role, or of the user; of a permission set its hash as `*`.
    #[must_use]
    pub fn arn_of(&self, target: &Target) -> String {
        match self.own_target() {
            Some(own) if !target.permission_set.is_chained() => own.arn.clone(),
            _ => role_arn(target, &self.region),
        }
    }

    /// The target that the source gives by itself.
    #[must_use]
    pub fn own_as_target(&self) -> Option<Target> {
        let own = self.own_target()?;
        let key = TargetKey {
            session: self.name.clone(),
            account_id: own.account.id.clone(),
            permission_set: own.name.clone(),
        };
        Some(key.named(Some(&own.account.name)))
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
