//! The access portal: ListAccounts, ListAccountRoles, GetRoleCredentials, Logout (service "SSO").
//!
//! "Role" stands here only where the wire says so; it means permission set.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Aws, AwsError, Pages, client::with_retries};
use crate::aws::refusals::classify::classify_error;
use crate::aws::wire::hosts::portal_host;
use crate::aws::wire::sent::{WhenSent, tell_when_sent};
use crate::domain::text::CleanText;
use crate::domain::{Account, AccountId, PermissionSetName, RoleCredentials, Secret, SsoSession};

/// The largest page that Identity Center accepts; its default is 20.
const PAGE_SIZE: i32 = 100;

/// One page of ListAccounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPage {
    pub accounts: Vec<Account>,
    pub next: Option<String>,
}

impl Aws {
    /// One page of the accounts a user may enter. Accounts whose id is no 12-digit id are left out. Whether
    /// the listing ever ends is for [`Pages`] to say. An answer without a list is not an empty list: what is
    /// missing from it would count as no longer assigned.
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
            .map_err(|e| classify_error(&e, &portal_host(session)))?;
        let listed = answer
            .account_list
            .ok_or_else(|| no_list(session, "accountList"))?;
        if listed.iter().any(|account| account.account_id.is_none()) {
            return Err(no_list(session, "accountId"));
        }
        let accounts = listed
            .into_iter()
            .filter_map(|a| {
                let id: AccountId = a.account_id?.parse().ok()?;
                let name = a.account_name.map(CleanText::from).filter(|n| !n.is_empty());
                Some(Account {
                    name: name.unwrap_or_else(|| id.to_string().into()),
                    email: a.email_address.map(CleanText::from).unwrap_or_default(),
                    id,
                })
            })
            .collect();
        Ok(AccountPage {
            accounts,
            next: answer.next_token.filter(|t| !t.is_empty()),
        })
    }

    /// All permission sets of one account. `wait_for_slot` is awaited before each request, and what it gives is told when that
    /// was sent.
    pub async fn list_permission_sets<F: Future<Output = Option<Arc<dyn WhenSent>>>>(
        &self,
        session: &SsoSession,
        access_token: &Secret,
        account: &AccountId,
        mut wait_for_slot: impl FnMut() -> F,
    ) -> Result<Vec<PermissionSetName>, AwsError> {
        let client = self.sso(session);
        let mut names = Vec::new();
        let mut pages = Pages::of(session);
        let mut page = None;
        loop {
            let wanted = wait_for_slot().await;
            let call = client
                .list_account_roles()
                .access_token(access_token.expose())
                .account_id(account.as_str())
                .max_results(PAGE_SIZE)
                .set_next_token(page)
                .send();
            let answer = tell_when_sent(wanted, call)
                .await
                .map_err(|e| classify_error(&e, &portal_host(session)))?;
            let listed = answer.role_list.ok_or_else(|| no_list(session, "roleList"))?;
            if listed.iter().any(|role| role.role_name.is_none()) {
                return Err(no_list(session, "roleName"));
            }
            page = pages.next_page(answer.next_token.filter(|t| !t.is_empty()), listed.len())?;
            names.extend(
                listed
                    .into_iter()
                    .filter_map(|r| r.role_name)
                    .filter_map(|n| PermissionSetName::parse(&n)),
            );
            if page.is_none() {
                return Ok(names);
            }
        }
    }

    /// Gets credentials for one account and permission set. `wait_for_slot` is awaited before each request.
    pub async fn role_credentials<F: Future<Output = ()>>(
        &self,
        session: &SsoSession,
        access_token: &Secret,
        account: &AccountId,
        permission_set: &PermissionSetName,
        wait_for_slot: impl Fn() -> F,
    ) -> Result<RoleCredentials, AwsError> {
        with_retries(&self.requests, || async {
            wait_for_slot().await;
            self.role_credentials_once(session, access_token, account, permission_set)
                .await
        })
        .await
    }

    /// The same by one request, for those who try again by themselves.
    pub async fn role_credentials_once(
        &self,
        session: &SsoSession,
        access_token: &Secret,
        account: &AccountId,
        permission_set: &PermissionSetName,
    ) -> Result<RoleCredentials, AwsError> {
        let answer = self
            .sso(session)
            .get_role_credentials()
            .access_token(access_token.expose())
            .account_id(account.as_str())
            .role_name(permission_set.as_str())
            .send()
            .await
            .map_err(|e| match classify_error(&e, &portal_host(session)) {
                AwsError::Forbidden(_) => AwsError::NotAssigned {
                    permission_set: permission_set.clone(),
                    account: account.clone(),
                },
                other => other,
            })?;
        let incomplete = || AwsError::Unreadable {
            host: portal_host(session),
            reason: "the credentials are incomplete".into(),
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

    /// Ends the portal session on the server. Role credentials that were issued before stay valid.
    pub async fn logout(&self, session: &SsoSession, access_token: &Secret) -> Result<(), AwsError> {
        let client = self.sso(session);
        with_retries(&self.requests, || async {
            client
                .logout()
                .access_token(access_token.expose())
                .send()
                .await
                .map(drop)
                .map_err(|e| classify_error(&e, &portal_host(session)))
        })
        .await
    }
}

/// An answer that lacks a list, or what its entries are called.
fn no_list(session: &SsoSession, field: &str) -> AwsError {
    AwsError::Unreadable {
        host: portal_host(session),
        reason: format!("`{field}` is missing").into(),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::aws::{AwsOptions, Reply};
    use crate::domain::fixtures;
    use crate::platform::clock::Clock;

    /// Lists permission sets of a portal that gives these pages, the last again and again; tells how many
    /// requests that took.
    async fn listed(pages: &[String]) -> (Result<Vec<PermissionSetName>, AwsError>, usize) {
        let replies = pages.iter().map(|body| Reply {
            status: 200,
            body: body.clone().into_bytes(),
            ..Reply::default()
        });
        let aws = Aws::load(AwsOptions::default(), Clock::new(|_| {}))
            .expect("loads")
            .answering(replies.collect());
        let session = fixtures::session_at("org", "https://org.awsapps.com/start", "eu-west-1");
        let (account, token) = ("000000000001".parse().expect("an id"), Secret::new("t"));
        let requests = Cell::new(0);
        let wait_for_slot = || {
            requests.set(requests.get() + 1);
            std::future::ready(None)
        };
        let result = aws
            .list_permission_sets(&session, &token, &account, wait_for_slot)
            .await;
        (result, requests.get())
    }

    fn page(names: &[&str], next: Option<&str>) -> String {
        let roles: Vec<_> = names
            .iter()
            .map(|name| serde_json::json!({"roleName": name}))
            .collect();
        serde_json::json!({"roleList": roles, "nextToken": next}).to_string()
    }

    #[tokio::test]
    async fn pages_are_followed_to_their_end() {
        let (names, requests) =
            listed(&[page(&["A"], Some("1")), page(&[], Some("2")), page(&["B"], None)]).await;
        let names = names.expect("a listing");
        assert_eq!(names, ["A", "B"].map(PermissionSetName::new));
        assert_eq!(requests, 3);
    }

    /// Half a surrogate pair, and a byte that is no UTF-8, in one account's name.
    #[tokio::test]
    async fn one_bad_character_does_not_cost_the_listing() {
        let body = [
            &br#"{"accountList":[{"accountId":"000000000001","accountName":"pay\ud800ments"},"#[..],
            b"{\"accountId\":\"000000000002\",\"accountName\":\"caf\xe9\"},",
            br#"{"accountId":"000000000003","accountName":"smile \ud83d\ude00","emailAddress":"\udc00@x"}]}"#,
        ];
        let reply = Reply {
            status: 200,
            body: body.concat(),
            ..Reply::default()
        };
        let aws = Aws::load(AwsOptions::default(), Clock::new(|_| {}))
            .expect("loads")
            .answering(vec![reply]);
        let session = fixtures::session_at("org", "https://org.awsapps.com/start", "eu-west-1");
        let page = aws
            .list_accounts(&session, &Secret::new("t"), None)
            .await
            .expect("a page");
        let names: Vec<&str> = page.accounts.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["pay\u{fffd}ments", "caf\u{fffd}", "smile \u{1f600}"]);
    }

    #[tokio::test]
    async fn an_answer_without_a_list_is_not_an_empty_list() {
        for body in [
            "{}",
            r#"{"roleList":null}"#,
            r#"{"nextToken":null}"#,
            r#"{"message":"welcome"}"#,
            r#"{"rolelist":[]}"#,
            r#"{"roleList":[{}]}"#,
            r#"{"roleList":[{"roleName":"A"},{"rolename":"B"}]}"#,
        ] {
            let (result, _) = listed(&[body.to_owned()]).await;
            let error = result.expect_err(body);
            assert!(error.is_transient(), "{body}: {error}");
            // The second page, too.
            let (result, _) = listed(&[page(&["A"], Some("1")), body.to_owned()]).await;
            assert!(result.is_err(), "{body}");
        }
        let (result, _) = listed(&[page(&[], None)]).await;
        assert_eq!(result, Ok(Vec::new()));
    }

    #[tokio::test]
    async fn pages_that_lead_in_a_circle_are_left() {
        let endless = |result| matches!(result, Err(AwsError::PaginationLoop { .. }));
        let (result, requests) = listed(&[page(&["A"], Some("1"))]).await;
        assert!(endless(result) && requests == 2, "{requests}");
        let circle = [Some("1"), Some("2"), Some("1")].map(|next| page(&["A"], next));
        let (result, requests) = listed(&circle).await;
        assert!(endless(result) && requests == 3, "{requests}");
    }

    #[tokio::test]
    async fn a_page_with_more_than_there_can_be_is_refused() {
        let names = vec!["A"; 50_001];
        let (result, requests) = listed(&[page(&names, None)]).await;
        let error = result.expect_err("too many");
        assert!(!error.is_transient() && requests == 1, "{error}");
    }
}
