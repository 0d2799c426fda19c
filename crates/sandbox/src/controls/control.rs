//! Knobs for tests and demos: what a user, an administrator or bad luck would do to a running sandbox.
//! Only turns knobs; what they mean is written where they are read.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::faults::{Fault, Operation};
use crate::organisation::Account;
use crate::shared::Shared;
use crate::state::Decision;

/// A handle to a running sandbox; cheap to clone, good until the sandbox stops and harmless after.
#[derive(Clone)]
pub struct Control {
    pub(crate) shared: Arc<Shared>,
}

fn to_millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

impl Control {
    /// Allows the device authorization of this user code; false if none is pending.
    #[must_use]
    pub fn approve(&self, user_code: &str) -> bool {
        self.shared
            .state()
            .decide(user_code, Decision::Allowed, self.shared.now())
    }

    /// Denies the device authorization of this user code; false if none is pending.
    #[must_use]
    pub fn deny(&self, user_code: &str) -> bool {
        self.shared
            .state()
            .decide(user_code, Decision::Denied, self.shared.now())
    }

    /// Another user signs in from now on, who has access to these accounts alone. Earlier sign-ins keep theirs.
    pub fn switch_user(&self, accounts: Vec<Account>) {
        self.shared.state().user = Some(accounts.into());
    }

    /// An administrator assigns other accounts: every user who has signed in has access to these from now on.
    pub fn assign_accounts(&self, accounts: Vec<Account>) {
        self.shared.state().assign_accounts(accounts);
    }

    /// Ends every portal session: access tokens get 401, refresh tokens `invalid_grant`.
    pub fn end_portal_sessions(&self) {
        self.shared.state().end_portal_sessions();
    }

    /// Makes every access token given so far invalid (401); refresh tokens still work.
    pub fn revoke_access_tokens(&self) {
        self.shared.state().revoke_access_tokens();
    }

    /// Ends the life of every device code given so far.
    pub fn expire_device_codes(&self) {
        self.shared.state().expire_device_codes();
    }

    /// Ends every client registration made so far: `InvalidClientException` from now on.
    pub fn expire_registrations(&self) {
        self.shared.state().expire_registrations();
    }

    /// Ends the life of all role credentials and sessions issued so far: STS and IAM answer `ExpiredToken`.
    pub fn expire_role_credentials(&self) {
        self.shared.state().expire_role_credentials();
    }

    /// Ends the session of one access key, of the portal's or of STS's; false if there is none that lives.
    #[must_use]
    pub fn end_session(&self, access_key_id: &str) -> bool {
        let now = self.shared.now();
        self.shared.state().end_session(access_key_id, now)
    }

    /// The most that sessions of AssumeRole and GetSessionToken last from now on; `None` for what is asked for.
    pub fn set_sts_session_lifetime(&self, lifetime: Option<Duration>) {
        self.shared.state().lifetimes.sts_session = lifetime.map_or(i64::MAX, to_millis);
    }

    /// How long access keys that are made from now on are not known.
    pub fn set_key_propagation(&self, time: Duration) {
        self.shared.state().lifetimes.key_propagation = to_millis(time);
    }

    /// The code that an MFA device shows now, or the next one where this one has been used. `None` if there is no
    /// device of this serial number.
    #[must_use]
    pub fn mfa_code(&self, serial: &str) -> Option<String> {
        let now = self.shared.now();
        let state = self.shared.state();
        Some(state.users.device(serial)?.totp.unspent_code(now))
    }

    /// How long role credentials live that are issued from now on.
    pub fn set_role_credentials_lifetime(&self, lifetime: Duration) {
        self.shared.state().lifetimes.role_credentials = to_millis(lifetime);
    }

    /// Takes an assignment away the way AWS does: still listed, but GetRoleCredentials answers 403.
    pub fn revoke_assignment(&self, account_id: &str, permission_set: &str) {
        self.shared
            .state()
            .revoked
            .insert((account_id.to_owned(), permission_set.to_owned()));
    }

    /// Gives it back.
    pub fn restore_assignment(&self, account_id: &str, permission_set: &str) {
        self.shared
            .state()
            .revoked
            .remove(&(account_id.to_owned(), permission_set.to_owned()));
    }

    /// Every ListAccountRoles and GetRoleCredentials for this account has the fault, until
    /// [`Self::heal_account`].
    pub fn fail_account(&self, account_id: &str, fault: Fault) {
        self.shared.faults().fail_account(account_id, fault);
    }

    /// Ends [`Self::fail_account`].
    pub fn heal_account(&self, account_id: &str) {
        self.shared.faults().heal_account(account_id);
    }

    /// The next `times` requests of this operation have the fault, after those that are queued already.
    pub fn inject(&self, operation: Operation, fault: &Fault, times: usize) {
        self.shared.faults().queue(operation, fault, times);
    }

    /// Requests of this operation are read and counted, and wait for their answers until
    /// [`Self::release_answers`]: what a test does meanwhile happens before the answer, however slow the machine is.
    pub fn hold_answers(&self, operation: Operation) {
        self.shared.held.send_modify(|held| {
            held.insert(operation);
        });
    }

    /// Ends [`Self::hold_answers`] for every operation.
    pub fn release_answers(&self) {
        self.shared.held.send_modify(BTreeSet::clear);
    }

    /// Changes the fraction of requests that fail by chance.
    pub fn set_fault_fraction(&self, fraction: f64) {
        self.shared.faults().set_fraction(fraction);
    }

    /// No more faults of any kind.
    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }
}
