//! The portal API: which accounts and permission sets there are, credentials for them, logout.
//! Source: the `sso` service model, and answers that were seen in the field.

use std::borrow::Cow;

use hyper::StatusCode;
use serde::Serialize;
use serde_json::json;

use super::credentials::{Session, issue_credentials};
use crate::controls::options::MAX_PAGE_SIZE;
use crate::organisation::{Account, is_account_id};
use crate::principal::Principal;
use crate::serving::http::{Reply, Request};
use crate::shared::Shared;

/// A page where the client names no size.
const DEFAULT_PAGE_SIZE: usize = 20;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountInfo<'a> {
    account_id: &'a str,
    account_name: &'a str,
    email_address: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoleInfo<'a> {
    role_name: &'a str,
    account_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Credentials<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    /// Milliseconds.
    expiration: i64,
}

pub(crate) fn list_accounts(shared: &Shared, request: &Request) -> Reply {
    let accounts = accounts_of_user(shared, request);
    let answer = bearer_token(shared, request).and_then(|_| cut_page(shared, request, "accounts", &accounts));
    let (some, next) = match answer {
        Ok(page) => page,
        Err(refusal) => return refusal.reply(),
    };
    let list: Vec<AccountInfo<'_>> = some
        .iter()
        .map(|account| AccountInfo {
            account_id: &account.id,
            account_name: &account.name,
            email_address: &account.email,
        })
        .collect();
    Reply::json(StatusCode::OK, &json!({ "accountList": list, "nextToken": next }))
}

pub(crate) fn list_account_roles(shared: &Shared, request: &Request) -> Reply {
    let accounts = accounts_of_user(shared, request);
    let answer = bearer_token(shared, request).and_then(|_| {
        let account = find_account(&accounts, request)?;
        let purpose = format!("roles of {}", account.id);
        Ok((
            account,
            cut_page(shared, request, &purpose, &account.permission_sets)?,
        ))
    });
    let (account, (some, next)) = match answer {
        Ok(page) => page,
        Err(refusal) => return refusal.reply(),
    };
    let list: Vec<RoleInfo<'_>> = some
        .iter()
        .map(|name| RoleInfo {
            role_name: name,
            account_id: &account.id,
        })
        .collect();
    let mut body = json!({ "roleList": list });
    // Beside null an absent token is what clients meet.
    if let (Some(token), Some(body)) = (next, body.as_object_mut()) {
        body.insert("nextToken".to_owned(), token.into());
    }
    Reply::json(StatusCode::OK, &body)
}

pub(crate) fn get_role_credentials(shared: &Shared, request: &Request) -> Reply {
    if let Err(refusal) = bearer_token(shared, request) {
        return refusal.reply();
    }
    let Some(role) = request.query.get("role_name").filter(|name| !name.is_empty()) else {
        return invalid_request("Missing required parameter role_name").reply();
    };
    let accounts = accounts_of_user(shared, request);
    let account = match find_account(&accounts, request) {
        Ok(account) => account,
        Err(refusal) => return refusal.reply(),
    };
    let mut state = shared.state();
    let pair = (account.id.clone(), role.to_owned());
    if !account.permission_sets.iter().any(|name| name == role) || state.revoked.contains(&pair) {
        return forbidden_role().reply();
    }
    let (account_id, permission_set) = pair;
    let principal = Principal::PermissionSet {
        account_id,
        permission_set,
        user_name: shared.options.organisation.user.username.clone(),
    };
    let expires = shared.now().saturating_add(state.lifetimes.role_credentials);
    let (access_key_id, issued) = issue_credentials(&shared.secrets, principal, Session::default(), expires);
    let body = json!({ "roleCredentials": Credentials {
        access_key_id: &access_key_id,
        secret_access_key: &issued.secret_access_key,
        session_token: &issued.session_token,
        // Whole seconds, as AWS gives them, in milliseconds.
        expiration: issued.expires / 1_000 * 1_000,
    }});
    state.issued.insert(access_key_id, issued);
    Reply::json(StatusCode::OK, &body)
}

pub(crate) fn log_out(shared: &Shared, request: &Request) -> Reply {
    match bearer_token(shared, request) {
        Ok(token) => {
            shared.state().log_out(token);
            Reply::new(StatusCode::OK, "application/json", Vec::new())
        }
        Err(refusal) => refusal.reply(),
    }
}

/// What a request above the rate limit gets.
pub(crate) fn too_many_requests() -> Reply {
    let message = "HTTP 429 Unknown Code".to_owned();
    Refusal(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", message).reply()
}

fn bearer_token<'r>(shared: &Shared, request: &'r Request) -> Result<&'r str, Refusal> {
    let Some(token) = request.header("x-amz-sso_bearer_token") else {
        return Err(invalid_request("Missing required header x-amz-sso_bearer_token"));
    };
    if shared.state().may_use_portal(token, shared.now()) {
        Ok(token)
    } else {
        Err(Refusal(
            StatusCode::UNAUTHORIZED,
            "UnauthorizedException",
            "Session token not found or invalid".to_owned(),
        ))
    }
}

/// The accounts of the user who asks.
fn accounts_of_user<'s>(shared: &'s Shared, request: &Request) -> Cow<'s, [Account]> {
    let token = request.header("x-amz-sso_bearer_token");
    match token.and_then(|token| shared.state().accounts_of(token)) {
        Some(accounts) => Cow::Owned(accounts.to_vec()),
        None => Cow::Borrowed(&shared.options.organisation.accounts),
    }
}

fn find_account<'a>(accounts: &'a [Account], request: &Request) -> Result<&'a Account, Refusal> {
    match request.query.get("account_id") {
        Some(id) if is_account_id(id) => accounts
            .iter()
            .find(|account| account.id == id)
            // Real ones don't tell whether an account exists.
            .ok_or_else(forbidden_role),
        _ => Err(invalid_request("account_id must be twelve digits")),
    }
}

/// One page of a listing, and the token of the next. Tokens are sealed: they open the listing that
/// they came from, and nothing else.
fn cut_page<'l, T>(
    shared: &Shared,
    request: &Request,
    purpose: &str,
    list: &'l [T],
) -> Result<(&'l [T], Option<String>), Refusal> {
    let most = shared.options.page_size;
    let size = match request.query.get("max_result") {
        None => DEFAULT_PAGE_SIZE,
        Some(text) => match text.parse::<usize>() {
            Ok(size @ 1..=MAX_PAGE_SIZE) => size,
            _ => return Err(invalid_request("max_result must be between 1 and 100")),
        },
    };
    let seal = |start: usize| shared.secrets.seal(&format!("{purpose} from {start}"));
    let start = match request.query.get("next_token").filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => token
            .split_once('.')
            .and_then(|(start, sealed)| Some((start.parse::<usize>().ok()?, sealed)))
            .filter(|(start, sealed)| seal(*start) == *sealed)
            .map(|(start, _)| start)
            .ok_or_else(|| invalid_request("Invalid next token"))?,
    };
    let end = start.saturating_add(size.min(most)).min(list.len());
    let next = (end < list.len()).then(|| format!("{end}.{}", seal(end)));
    Ok((list.get(start..end).unwrap_or_default(), next))
}

fn invalid_request(message: &str) -> Refusal {
    Refusal(
        StatusCode::BAD_REQUEST,
        "InvalidRequestException",
        message.to_owned(),
    )
}

fn forbidden_role() -> Refusal {
    Refusal(
        StatusCode::FORBIDDEN,
        "ForbiddenException",
        "No access".to_owned(),
    )
}

/// An error of the service: status, name, message.
struct Refusal(StatusCode, &'static str, String);

impl Refusal {
    fn reply(self) -> Reply {
        let Self(status, name, message) = self;
        let body =
            json!({ "message": message, "__type": format!("com.amazonaws.switchboard.portal#{name}") });
        Reply::json(status, &body).with("x-amzn-errortype", name)
    }
}
