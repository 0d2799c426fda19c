//! The console's settings of an account (service "uxc"), as far as a portal asks for them: the account's colour.
//! Source: the `uxc` service model (REST with JSON) and the service authorization reference.

use hyper::StatusCode;
use serde::Serialize;
use serde_json::json;

use super::principal::Principal;
use super::shared::Shared;
use crate::serving::http::{Reply, Request};
use crate::signing::signer::{Unsigned, verify_signer};

/// The one Region that answers, and the name that signatures have.
const REGION: &str = "us-east-1";
const SERVICE: &str = "uxc";

/// The permission sets whose policies allow `uxc:GetAccountCustomizations` and `uxc:GetAccountColor`. AWS's policies
/// for reading only don't.
const MAY_READ: [&str; 2] = ["AdministratorAccess", "PowerUserAccess"];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Customizations<'a> {
    account_color: &'a str,
    visible_services: Option<Vec<String>>,
    visible_regions: Option<Vec<String>>,
}

pub(super) fn answer_color(shared: &Shared, request: &Request) -> Reply {
    let signer = match verify_signer(shared, request, SERVICE, Some(REGION)) {
        Ok(signer) => signer,
        Err(unsigned) => return refuse_unsigned(&unsigned),
    };
    let may_read = match &signer.principal {
        Principal::PermissionSet { permission_set, .. } => MAY_READ.contains(&permission_set.as_str()),
        // What roles and users may do is not a part of the organisation.
        Principal::Role { .. } | Principal::User { .. } => false,
    };
    if !may_read {
        return refuse_request(
            "AccessDeniedException",
            "User is not authorized to perform: uxc:GetAccountCustomizations",
        );
    }
    // The account is the credentials': the request names none.
    let account = shared.options.organisation.account(signer.principal.account_id());
    let color = account.and_then(|account| account.color.as_deref());
    Reply::json(
        StatusCode::OK,
        &Customizations {
            account_color: color.unwrap_or("none"),
            visible_services: None,
            visible_regions: None,
        },
    )
}

fn refuse_unsigned(unsigned: &Unsigned) -> Reply {
    let (name, message) = match unsigned {
        Unsigned::Missing => (
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        Unsigned::Malformed(what) => ("IncompleteSignatureException", *what),
        Unsigned::Skewed => ("InvalidSignatureException", "Signature expired"),
        Unsigned::OtherScope => (
            "InvalidSignatureException",
            "Credential should be scoped to a valid region and correct service",
        ),
        Unsigned::UnknownKey => (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        Unsigned::WrongSignature => (
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided.",
        ),
        Unsigned::Expired => (
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ),
    };
    refuse_request(name, message)
}

fn refuse_request(name: &str, message: &str) -> Reply {
    Reply::json(StatusCode::FORBIDDEN, &json!({ "message": message })).with("x-amzn-errortype", name)
}
