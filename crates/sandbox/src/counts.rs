//! What the server counted, so that tests can see storms that clients hide. Knows nothing of HTTP.

use crate::controls::faults::Operation;

/// Requests since the start. Operations are counted when they arrive, whatever the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls of RegisterClient.
    pub register_client: u64,
    /// Calls of StartDeviceAuthorization.
    pub start_device_authorization: u64,
    /// Calls of CreateToken, whatever the grant.
    pub create_token: u64,
    /// Answers to the device code grant.
    pub device_code: Grants,
    /// Answers to the refresh token grant.
    pub refresh_token: Grants,
    /// Answers to the authorization code grant.
    pub authorization_code: Grants,
    /// Calls of ListAccounts (one per page).
    pub list_accounts: u64,
    /// Calls of ListAccountRoles (one per page).
    pub list_account_roles: u64,
    /// Calls of GetRoleCredentials.
    pub get_role_credentials: u64,
    /// Calls of the portal's Logout.
    pub logout: u64,
    /// Calls of GetCallerIdentity.
    pub get_caller_identity: u64,
    /// Calls of AssumeRole.
    pub assume_role: u64,
    /// Calls of GetSessionToken.
    pub get_session_token: u64,
    /// Calls of GetAccessKeyInfo.
    pub get_access_key_info: u64,
    /// Calls of CreateAccessKey.
    pub create_access_key: u64,
    /// Calls of ListAccessKeys.
    pub list_access_keys: u64,
    /// Calls of UpdateAccessKey.
    pub update_access_key: u64,
    /// Calls of DeleteAccessKey.
    pub delete_access_key: u64,
    /// Calls of GetAccessKeyLastUsed.
    pub get_access_key_last_used: u64,
    /// Calls of GetUser.
    pub get_user: u64,
    /// Calls of ListMFADevices.
    pub list_mfa_devices: u64,
    /// Calls of getSigninToken.
    pub get_signin_token: u64,
    /// Calls of GetAccountCustomizations.
    pub get_account_customizations: u64,
    /// Console sign-ins by a sign-in token.
    pub console_login: u64,
    /// Times that the page for entering a device code was opened: one per browser tab.
    pub device_page: u64,
    /// Times that `/authorize` was opened.
    pub authorize_page: u64,
    /// Portal requests above the rate limit.
    pub throttled: u64,
    /// Requests answered by an injected fault.
    pub faults: u64,
    /// The most API requests that were in the server at once.
    pub most_in_flight: u64,
    /// Connections accepted.
    pub connections: u64,
    /// The API requests that are in the server now.
    pub in_flight: u64,
}

impl Counts {
    pub(super) fn enter(&mut self, operation: Operation) {
        self.in_flight += 1;
        self.most_in_flight = self.most_in_flight.max(self.in_flight);
        *match operation {
            Operation::RegisterClient => &mut self.register_client,
            Operation::StartDeviceAuthorization => &mut self.start_device_authorization,
            Operation::CreateToken => &mut self.create_token,
            Operation::ListAccounts => &mut self.list_accounts,
            Operation::ListAccountRoles => &mut self.list_account_roles,
            Operation::GetRoleCredentials => &mut self.get_role_credentials,
            Operation::Logout => &mut self.logout,
            Operation::GetCallerIdentity => &mut self.get_caller_identity,
            Operation::AssumeRole => &mut self.assume_role,
            Operation::GetSessionToken => &mut self.get_session_token,
            Operation::GetAccessKeyInfo => &mut self.get_access_key_info,
            Operation::CreateAccessKey => &mut self.create_access_key,
            Operation::ListAccessKeys => &mut self.list_access_keys,
            Operation::UpdateAccessKey => &mut self.update_access_key,
            Operation::DeleteAccessKey => &mut self.delete_access_key,
            Operation::GetAccessKeyLastUsed => &mut self.get_access_key_last_used,
            Operation::GetUser => &mut self.get_user,
            Operation::ListMfaDevices => &mut self.list_mfa_devices,
            Operation::GetSigninToken => &mut self.get_signin_token,
            Operation::GetAccountCustomizations => &mut self.get_account_customizations,
        } += 1;
    }

    pub(super) fn leave(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }
}

/// How CreateToken answered one kind of grant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Tokens given.
    pub issued: u64,
    /// `authorization_pending`.
    pub pending: u64,
    /// `slow_down`.
    pub slow_down: u64,
    /// Any other refusal.
    pub refused: u64,
}
