//! The console's settings of an account (service "uxc"), as far as a portal asks for them: the account's colour.
//! Source: the `uxc` service model (REST with JSON) and the service authorization reference.

use hyper::StatusCode;
use serde::Serialize;
use serde_json::json;

use super::http::{Reply, Request};
use super::shared::Shared;
use super::sigv4::{self, Trouble};

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

pub(super) fn answer(shared: &Shared, request: &Request) -> Reply {
    let signature = match sigv4::read(request, shared.now()) {
        Ok(signature) => signature,
        Err(Trouble::Missing) => {
            return refuse(
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            );
        }
        Err(Trouble::Malformed(what)) => return refuse("IncompleteSignatureException", what),
        Err(Trouble::Skewed) => {
            return refuse("InvalidSignatureException", "Signature expired");
        }
    };
    if !signature.is_for(REGION, SERVICE) {
        return refuse(
            "InvalidSignatureException",
            "Credential should be scoped to a valid region and correct service",
        );
    }
    let known = shared.state().issued.get(signature.access_key_id()).cloned();
    let Some(known) = known.filter(|k| request.header("x-amz-security-token") == Some(&k.session_token))
    else {
        return refuse(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        );
    };
    if !signature.is_made_with(&known.secret_access_key) {
        return refuse(
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided.",
        );
    }
    if known.expires <= shared.now() {
        return refuse(
            "ExpiredTokenException",
            "The security token included in the request is expired",
        );
    }
    if !MAY_READ.contains(&known.permission_set.as_str()) {
        return refuse(
            "AccessDeniedException",
            "User is not authorized to perform: uxc:GetAccountCustomizations",
        );
    }
    // The account is the credentials': the request names none.
    let account = shared.options.organisation.account(&known.account_id);
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

fn refuse(name: &str, message: &str) -> Reply {
    Reply::json(StatusCode::FORBIDDEN, &json!({ "message": message })).with("x-amzn-errortype", name)
}
