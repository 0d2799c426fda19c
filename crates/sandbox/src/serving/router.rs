//! Which request goes where, and what stands before each door: host, latency, faults, rate limit.

use hyper::{Method, StatusCode};
use serde_json::json;

use super::http::{Body, Reply, Request};
use super::{page, query};
use crate::controls::faults::{Effect, Operation};
use crate::controls::knobs;
use crate::identity_center::{access_portal, authorize, device_pages, oidc};
use crate::shared::Shared;
use crate::{account_settings, federation, iam, sts};

/// What becomes of a request.
pub(crate) enum Answer {
    Reply(Reply),
    Hang,
    Reset,
}

pub(crate) async fn route_request(shared: &Shared, request: &Request) -> Answer {
    // A web page whose name leads to this machine must not reach it: only this address is served.
    if !is_own_host(shared, request.header("host")) {
        return Answer::Reply(Reply::new(
            StatusCode::MISDIRECTED_REQUEST,
            "text/plain",
            "not found",
        ));
    }
    match find_operation(request) {
        Some(operation) => answer_operation(shared, request, operation).await,
        None => Answer::Reply(show_page(shared, request)),
    }
}

/// What AWS's services answer where there is no operation.
fn unknown_operation(request: &Request) -> Reply {
    let name = "UnknownOperationException";
    let reply = Reply::json(StatusCode::NOT_FOUND, &json!({ "__type": name, "message": null }));
    request.stamp(reply).with("x-amzn-errortype", name)
}

fn is_own_host(shared: &Shared, host: Option<&str>) -> bool {
    host.is_some_and(|host| {
        host == shared.address.to_string() || host == format!("localhost:{}", shared.address.port())
    })
}

fn find_operation(request: &Request) -> Option<Operation> {
    let post = request.method == Method::POST;
    let get = request.method == Method::GET;
    Some(match request.path.as_str() {
        "/client/register" if post => Operation::RegisterClient,
        "/device_authorization" if post => Operation::StartDeviceAuthorization,
        "/token" if post => Operation::CreateToken,
        "/assignment/accounts" if get => Operation::ListAccounts,
        "/assignment/roles" if get => Operation::ListAccountRoles,
        "/federation/credentials" if get => Operation::GetRoleCredentials,
        "/logout" if post => Operation::Logout,
        "/v1/account-customizations" if get => Operation::GetAccountCustomizations,
        "/" if post => return query_operation(request),
        "/federation" if federation::asks_for_token(request) => Operation::GetSigninToken,
        _ => return None,
    })
}

/// Operations of the query protocol stand in the form.
fn query_operation(request: &Request) -> Option<Operation> {
    Some(match request.form().get("Action")? {
        "GetCallerIdentity" => Operation::GetCallerIdentity,
        "AssumeRole" => Operation::AssumeRole,
        "GetSessionToken" => Operation::GetSessionToken,
        "GetAccessKeyInfo" => Operation::GetAccessKeyInfo,
        "CreateAccessKey" => Operation::CreateAccessKey,
        "ListAccessKeys" => Operation::ListAccessKeys,
        "UpdateAccessKey" => Operation::UpdateAccessKey,
        "DeleteAccessKey" => Operation::DeleteAccessKey,
        "GetAccessKeyLastUsed" => Operation::GetAccessKeyLastUsed,
        "GetUser" => Operation::GetUser,
        "ListMFADevices" => Operation::ListMfaDevices,
        _ => return None,
    })
}

async fn answer_operation(shared: &Shared, request: &Request, operation: Operation) -> Answer {
    let _in_flight = InFlight::enter(shared, operation);
    // When it arrives, not when it is answered: the timer that delays answers counts in milliseconds, and a limit without
    // bursts would refuse what came in time. What fails has used the limit, too.
    let is_admitted = !operation.is_portal() || shared.admits();
    if !shared.options.latency.is_zero() {
        tokio::time::sleep(shared.options.latency).await;
    }
    shared.wait_while_held(operation).await;
    let fault = shared.faults().next(operation, request.query.get("account_id"));
    if fault.is_some() {
        shared.counts().faults += 1;
    }
    match fault.as_ref().map(|fault| fault.effect(operation, &request.id)) {
        None if !is_admitted => {
            shared.counts().throttled += 1;
            Answer::Reply(request.stamp(access_portal::too_many_requests()))
        }
        None => Answer::Reply(request.stamp(handle_operation(shared, request, operation))),
        Some(Effect::Instead(reply)) => Answer::Reply(request.stamp(reply)),
        Some(Effect::InPlaceOfAws(reply)) => Answer::Reply(reply),
        Some(Effect::Spoil(spoil, over)) => {
            let Reply {
                status,
                headers,
                body,
            } = handle_operation(shared, request, operation);
            let bytes = match body {
                Body::Whole(bytes) | Body::Slow(bytes, _) | Body::Cut(bytes) | Body::Padded(bytes, _) => {
                    bytes
                }
            };
            Answer::Reply(request.stamp(Reply {
                status,
                headers,
                body: spoil(bytes, over),
            }))
        }
        Some(Effect::Expire) => {
            // Nothing was there before a registration: what it gives is what expires.
            let first = (operation == Operation::RegisterClient)
                .then(|| handle_operation(shared, request, operation));
            expire_tokens(shared, operation);
            let reply = first.unwrap_or_else(|| handle_operation(shared, request, operation));
            Answer::Reply(request.stamp(reply))
        }
        Some(Effect::Hang) => Answer::Hang,
        Some(Effect::Reset) => Answer::Reset,
    }
}

/// Ends what a request of this operation is made with.
fn expire_tokens(shared: &Shared, operation: Operation) {
    let mut state = shared.state();
    match operation {
        Operation::RegisterClient | Operation::StartDeviceAuthorization => state.expire_registrations(),
        Operation::CreateToken => {
            state.expire_device_codes();
            state.expire_codes();
            state.end_portal_sessions();
        }
        Operation::ListAccounts
        | Operation::ListAccountRoles
        | Operation::GetRoleCredentials
        | Operation::Logout => state.revoke_access_tokens(),
        Operation::GetCallerIdentity
        | Operation::AssumeRole
        | Operation::GetSessionToken
        | Operation::GetAccessKeyInfo
        | Operation::CreateAccessKey
        | Operation::ListAccessKeys
        | Operation::UpdateAccessKey
        | Operation::DeleteAccessKey
        | Operation::GetAccessKeyLastUsed
        | Operation::GetUser
        | Operation::ListMfaDevices
        | Operation::GetSigninToken
        | Operation::GetAccountCustomizations => state.expire_role_credentials(),
    }
}

fn handle_operation(shared: &Shared, request: &Request, operation: Operation) -> Reply {
    match operation {
        Operation::RegisterClient => oidc::register_client(shared, request),
        Operation::StartDeviceAuthorization => oidc::start_device_authorization(shared, request),
        Operation::CreateToken => oidc::create_token(shared, request),
        Operation::ListAccounts => access_portal::list_accounts(shared, request),
        Operation::ListAccountRoles => access_portal::list_account_roles(shared, request),
        Operation::GetRoleCredentials => access_portal::get_role_credentials(shared, request),
        Operation::Logout => access_portal::log_out(shared, request),
        Operation::GetCallerIdentity => sts::get_caller_identity(shared, request),
        Operation::AssumeRole => sts::assume_role(shared, request),
        Operation::GetSessionToken => sts::get_session_token(shared, request),
        Operation::GetAccessKeyInfo => sts::get_access_key_info(shared, request),
        Operation::CreateAccessKey => iam::create_access_key(shared, request),
        Operation::ListAccessKeys => iam::list_access_keys(shared, request),
        Operation::UpdateAccessKey => iam::update_access_key(shared, request),
        Operation::DeleteAccessKey => iam::delete_access_key(shared, request),
        Operation::GetAccessKeyLastUsed => iam::get_access_key_last_used(shared, request),
        Operation::GetUser => iam::get_user(shared, request),
        Operation::ListMfaDevices => iam::list_mfa_devices(shared, request),
        Operation::GetSigninToken => federation::get_signin_token(shared, request),
        Operation::GetAccountCustomizations => account_settings::answer_color(shared, request),
    }
}

fn show_page(shared: &Shared, request: &Request) -> Reply {
    let get = request.method == Method::GET;
    let post = request.method == Method::POST;
    match request.path.as_str() {
        "/device" if get => device_pages::show_code_page(shared, request),
        "/device" if post => device_pages::take_decision(shared, request),
        "/authorize" if get => authorize::authorize_client(shared, request),
        "/authorize" if post => authorize::authorize_decided(shared, request),
        "/federation" if get => federation::redeem_token(shared, request),
        "/oauth" if get => federation::sign_out(shared, request),
        "/console" if get => federation::show_console(shared, request),
        "/style.css" if get => page::serve_style(),
        "/" if get => device_pages::show_home(shared),
        "/" if post => request.stamp(query::unknown_action(request)),
        _ => post
            .then(|| knobs::turn_knob(shared, request))
            .flatten()
            .unwrap_or_else(|| unknown_operation(request)),
    }
}

/// Counts an API request that is in the server, and which.
struct InFlight<'a> {
    shared: &'a Shared,
}

impl<'a> InFlight<'a> {
    fn enter(shared: &'a Shared, operation: Operation) -> Self {
        shared.counts().enter(operation);
        Self { shared }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.shared.counts().leave();
    }
}
