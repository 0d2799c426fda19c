//! The access portal: ListAccounts, ListAccountRoles, GetRoleCredentials, Logout (service "SSO").
//!
//! "Role" stands here only where the wire says so; it means permission set.

use jiff::Timestamp;

use super::error::classify;
use super::{Aws, AwsError, client::patiently};
use crate::domain::text::clean;
use crate::domain::{Account, AccountId, PermissionSetName, RoleCredentials, Secret, SsoSession};

/// The largest page that Identity Center accepts; its default is 20.
const PAGE_SIZE: i32 = 100;
/// A listing that never ends is an error: 500 pages are 50 000 accounts.
const MOST_PAGES: usize = 500;

/// One page of ListAccounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPage {
    pub accounts: Vec<Account>,
    pub next: Option<String>,
}

impl Aws {
    /// One page of the accounts a person may enter. Accounts whose id is no 12-digit id are left out.
    pub async fn list_accounts(
        &self,
        session: &SsoSession,
        access_token: &Secret,
        page: Option<String>,
    ) -> Result<AccountPage, AwsError> {
        let answer = self
            .sso(session)
            .list_accounts()
            .access_token(access_token.expose())
            .max_results(PAGE_SIZE)
            .set_next_token(page)
            .send()
            .await
            .map_err(|e| classify(&e, &host(session)))?;
        let accounts = answer
            .account_list
            .unwrap_or_default()
            .into_iter()
            .filter_map(|a| {
                let id: AccountId = a.account_id?.parse().ok()?;
                let name = a.account_name.map(|n| clean(&n)).filter(|n| !n.is_empty());
                Some(Account {
                    name: name.unwrap_or_else(|| id.to_string()),
                    email: a.email_address.map(|e| clean(&e)).unwrap_or_default(),
                    id,
                })
            })
            .collect();
        Ok(AccountPage {
            accounts,
            next: answer.next_token.filter(|t| !t.is_empty()),
        })
    }

    /// All permission sets of one account. `turn` is awaited before each request.
    pub async fn list_permission_sets<F: Future<Output = ()>>(
        &self,
        session: &SsoSession,
        access_token: &Secret,
        account: &AccountId,
        mut turn: impl FnMut() -> F,
    ) -> Result<Vec<PermissionSetName>, AwsError> {
        let client = self.sso(session);
        let mut names = Vec::new();
        let mut page = None;
        for _ in 0..MOST_PAGES {
            turn().await;
            let answer = client
                .list_account_roles()
                .access_token(access_token.expose())
                .account_id(account.as_str())
                .max_results(PAGE_SIZE)
                .set_next_token(page)
                .send()
                .await
                .map_err(|e| classify(&e, &host(session)))?;
            let listed = answer.role_list.unwrap_or_default();
            names.extend(
                listed
                    .into_iter()
                    .filter_map(|r| r.role_name)
                    .filter_map(|n| permission_set(&n)),
            );
            page = answer.next_token.filter(|t| !t.is_empty());
            if page.is_none() {
                return Ok(names);
            }
        }
        Err(AwsError::Unreadable {
            host: host(session),
            reason: "the listing has no end".to_owned(),
        })
    }

    /// Vends credentials for one account and permission set. `turn` is awaited before each request.
    pub async fn role_credentials<F: Future<Output = ()>>(
        &self,
        session: &SsoSession,
        access_token: &Secret,
        account: &AccountId,
        permission_set: &PermissionSetName,
        turn: impl Fn() -> F,
    ) -> Result<RoleCredentials, AwsError> {
        let client = self.sso(session);
        let answer = patiently(|| async {
            turn().await;
            client
                .get_role_credentials()
                .access_token(access_token.expose())
                .account_id(account.as_str())
                .role_name(permission_set.as_str())
                .send()
                .await
                .map_err(|e| classify(&e, &host(session)))
        })
        .await?;
        let incomplete = || AwsError::Unreadable {
            host: host(session),
            reason: "the credentials are incomplete".to_owned(),
        };
        let given = answer.role_credentials.ok_or_else(incomplete)?;
        let field = |value: Option<String>| {
            value
                .filter(|v| !v.is_empty() && v.bytes().all(|b| b.is_ascii_graphic()))
                .ok_or_else(incomplete)
        };
        Ok(RoleCredentials {
            access_key_id: field(given.access_key_id)?,
            secret_access_key: Secret::new(field(given.secret_access_key)?),
            session_token: Secret::new(field(given.session_token)?),
            // Milliseconds on the wire.
            expires_at: Timestamp::from_millisecond(given.expiration).map_err(|_| incomplete())?,
        })
    }

    /// Ends the portal session on the server. Role credentials already vended live on.
    pub async fn logout(&self, session: &SsoSession, access_token: &Secret) -> Result<(), AwsError> {
        let client = self.sso(session);
        patiently(|| async {
            client
                .logout()
                .access_token(access_token.expose())
                .send()
                .await
                .map(drop)
                .map_err(|e| classify(&e, &host(session)))
        })
        .await
    }
}

/// A name that would need escaping anywhere is no permission set: the service allows
/// `[\w+=,.@-]{1,32}` only. Letters of other scripts are not among them; some of those are invisible.
fn permission_set(name: &str) -> Option<PermissionSetName> {
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    (!name.is_empty() && name.len() <= 256 && name.bytes().all(fine)).then(|| PermissionSetName::new(name))
}

fn host(session: &SsoSession) -> String {
    format!("the access portal in {}", session.region)
}
