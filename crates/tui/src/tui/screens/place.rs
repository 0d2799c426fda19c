//! The session that is shown: its catalog, the listing of it, and the state of its sign-in.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::domain::records::history::TargetKey;
use crate::domain::targets::credentials::Validity;
use crate::domain::targets::profile::ProfileName;
pub use crate::domain::targets::sync::Scope;
use crate::domain::{AccountId, Catalog, Change, Changes, PermissionSetName, SignInState, SsoSession};
use crate::tui::effect::RequestId;

/// The listing of accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sync {
    #[default]
    Idle,
    Running {
        id: RequestId,
        /// All accounts, or those that failed.
        scope: Scope,
        /// Another process lists, and this one waits for it.
        waiting: bool,
        accounts: HashSet<AccountId>,
        /// All pages of accounts are in.
        complete: bool,
        done: usize,
        /// Since when accounts are asked for, and how many answers came: what is known of its pace.
        since: Timestamp,
        answered: usize,
        /// When AWS last refused a request because there were too many.
        throttled_at: Option<Timestamp>,
    },
    /// The last one failed.
    Failed,
}

/// When what failed is listed again without being asked for: soon, then less and less often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retry {
    pub at: Option<Timestamp>,
    times: u32,
}

impl Retry {
    /// Seconds until the first one, and at the most.
    const FIRST: i64 = 60;
    const LONGEST: i64 = 30 * 60;

    /// Something failed: it is tried again later.
    pub fn schedule(&mut self, now: Timestamp) {
        let wait = Self::FIRST
            .saturating_mul(1 << self.times.min(8))
            .min(Self::LONGEST);
        self.times += 1;
        self.at = Timestamp::from_second(now.as_second() + wait).ok();
    }
}

/// The session that is shown.
#[derive(Clone, Debug)]
pub struct Place {
    pub session: SsoSession,
    pub sign_in: SignInState,
    pub catalog: Catalog,
    /// The catalog, or a part of it, was listed by an earlier sign-in, perhaps another user's.
    pub of_earlier_sign_in: bool,
    /// Disk or Identity Center has answered at least once.
    pub known: bool,
    /// When it was found to be signed in: since then its targets are in the list of all sessions.
    pub signed_in_at: Option<Timestamp>,
    pub sync: Sync,
    /// The accounts that the listing was last told to ask for first.
    pub preferred: Vec<AccountId>,
    pub retry: Retry,
    /// What listings found different since that was last looked at, or when it was.
    pub changes: Changes,
    /// Which assignments are new by that.
    new: HashSet<(AccountId, PermissionSetName)>,
    pub expiries: HashMap<TargetKey, Validity>,
    /// The profile of each target, as far as they were looked up.
    pub profiles: HashMap<TargetKey, ProfileName>,
    /// They are as the catalog and the config file are now, or are being looked up.
    pub profiles_asked: bool,
}

impl Place {
    /// A session of which nothing is known yet.
    #[must_use]
    pub fn new(session: SsoSession) -> Self {
        Self {
            session,
            sign_in: SignInState::SignedOut,
            catalog: Catalog::default(),
            of_earlier_sign_in: false,
            known: false,
            signed_in_at: None,
            sync: Sync::Idle,
            preferred: Vec::new(),
            retry: Retry::default(),
            changes: Changes::default(),
            new: HashSet::new(),
            expiries: HashMap::new(),
            profiles: HashMap::new(),
            profiles_asked: false,
        }
    }

    pub fn set_changes(&mut self, changes: Changes) {
        self.new = changes.new.iter().map(Change::key).collect();
        self.changes = changes;
    }

    /// Since when a target is new, where it is.
    #[must_use]
    pub fn new_since(&self, target: &TargetKey) -> Option<Timestamp> {
        if self.new.is_empty() {
            return None;
        }
        let key = (target.account_id.clone(), target.permission_set.clone());
        self.changes.since.filter(|_| self.new.contains(&key))
    }
}
