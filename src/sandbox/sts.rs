//! STS, as far as a user asks who they are: GetCallerIdentity for credentials that were issued here.
//! Source: the `sts` service model (query protocol) and its documented errors.

use hyper::StatusCode;

use super::http::{Reply, Request};
use super::page::escape;
use super::secrets::Secrets;
use super::shared::Shared;
use super::sigv4::{self, Trouble};

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

pub(super) fn answer(shared: &Shared, request: &Request) -> Reply {
    let form = request.form();
    if form.get("Action") != Some("GetCallerIdentity") {
        let message = format!(
            "Could not find operation {}",
            form.get("Action").unwrap_or("null")
        );
        return refuse(request, StatusCode::BAD_REQUEST, "InvalidAction", &message);
    }
    let signature = match sigv4::read(request, shared.now()) {
        Ok(signature) => signature,
        Err(Trouble::Missing) => {
            return refuse(
                request,
                StatusCode::FORBIDDEN,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            );
        }
        Err(Trouble::Malformed(what)) => {
            return refuse(request, StatusCode::BAD_REQUEST, "IncompleteSignature", what);
        }
        Err(Trouble::Skewed) => {
            return refuse(
                request,
                StatusCode::FORBIDDEN,
                "SignatureDoesNotMatch",
                "Signature expired: the request's date is too far from the server's",
            );
        }
    };
    let known = shared.state().issued.get(signature.access_key_id()).cloned();
    let Some(known) = known.filter(|k| request.header("x-amz-security-token") == Some(&k.session_token))
    else {
        return refuse(
            request,
            StatusCode::FORBIDDEN,
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        );
    };
    if !signature.is_made_with(&known.secret_access_key) {
        return refuse(
            request,
            StatusCode::FORBIDDEN,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method.",
        );
    }
    if known.expires <= shared.now() {
        return refuse(
            request,
            StatusCode::FORBIDDEN,
            "ExpiredToken",
            "The security token included in the request is expired",
        );
    }
    let user = &shared.options.organisation.user.username;
    let suffix = Secrets::role_suffix(&format!("{}/{}", known.account_id, known.permission_set));
    let role = format!("AWSReservedSSO_{}_{suffix}", known.permission_set);
    let xml = format!(
        "<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\">\n  <GetCallerIdentityResult>\n    \
         <Arn>arn:aws:sts::{account}:assumed-role/{role}/{user}</Arn>\n    \
         <UserId>AROA{id}:{user}</UserId>\n    <Account>{account}</Account>\n  </GetCallerIdentityResult>\n  \
         <ResponseMetadata>\n    <RequestId>{request_id}</RequestId>\n  </ResponseMetadata>\n\
         </GetCallerIdentityResponse>\n",
        account = known.account_id,
        role = escape(&role),
        user = escape(user),
        id = suffix.to_ascii_uppercase(),
        request_id = request.id,
    );
    Reply::new(StatusCode::OK, "text/xml", xml)
}

fn refuse(request: &Request, status: StatusCode, code: &str, message: &str) -> Reply {
    let xml = format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\">\n  <Error>\n    <Type>Sender</Type>\n    <Code>{code}</Code>\n    \
         <Message>{}</Message>\n  </Error>\n  <RequestId>{}</RequestId>\n</ErrorResponse>\n",
        escape(message),
        request.id
    );
    Reply::new(status, "text/xml", xml)
}
