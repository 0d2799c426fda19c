//! What happens while assignments are listed, and how that ends: as the command line and the screen show it.

use jiff::Timestamp;

use crate::text::CleanText;
use crate::{Account, AccountId, Catalog, Changes, PermissionSetName};

/// What a listing asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Everything,
    /// The accounts that could not be listed the last time.
    Failed,
}

/// What happens during a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncEvent {
    /// Another process is listing the same session.
    Waiting,
    /// What that one has found so far.
    Known(Catalog),
    /// More accounts are known; `complete` when these were the last. Of `settled` of them the
    /// permission sets are known from a listing that did not finish.
    Accounts {
        accounts: Vec<Account>,
        complete: bool,
        settled: usize,
    },
    /// One account's permission sets are known.
    PermissionSets {
        account: AccountId,
        names: Vec<PermissionSetName>,
        at: Timestamp,
    },
    /// AWS refused a request because there were too many; it is repeated, and the others wait longer.
    Throttled,
    /// One account could not be listed.
    Problem { account: AccountId, sentence: CleanText },
    /// Someone has signed in meanwhile: everything is listed again, and nothing of what came before counts.
    BegunAgain,
}

/// How a sync ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncReport {
    /// Accounts that could not be listed say so themselves.
    pub catalog: Catalog,
    /// What is different from the listing before.
    pub changes: Changes,
    /// And from the one that was known when a user last looked at the changes.
    pub unseen_changes: Changes,
}
