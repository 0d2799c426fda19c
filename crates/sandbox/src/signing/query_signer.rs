//! Who signed a request of the query protocol, and the refusals of STS and IAM for a signature that does not count.

use hyper::StatusCode;

use super::signer::{Signer, Unsigned, verify_signer};
use crate::serving::http::Request;
use crate::serving::query::{Refusal, Service};
use crate::shared::Shared;

/// The signer of a request. Any Region will do: one address serves all of them.
pub(crate) fn authenticate_signer(
    shared: &Shared,
    request: &Request,
    service: Service,
) -> Result<Signer, Refusal> {
    let name = service.signing_name();
    verify_signer(shared, request, name, None).map_err(|unsigned| refuse_unsigned(&unsigned, name))
}

fn refuse_unsigned(unsigned: &Unsigned, service: &str) -> Refusal {
    let forbidden = |code, message: &str| Refusal::new(StatusCode::FORBIDDEN, code, message);
    match unsigned {
        Unsigned::Missing => forbidden(
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        ),
        Unsigned::Malformed(what) => Refusal::new(StatusCode::BAD_REQUEST, "IncompleteSignature", *what),
        Unsigned::Skewed => forbidden(
            "SignatureDoesNotMatch",
            "Signature expired: the request's date is too far from the server's",
        ),
        Unsigned::OtherScope => forbidden(
            "SignatureDoesNotMatch",
            &format!("Credential should be scoped to correct service: '{service}'. "),
        ),
        Unsigned::UnknownKey => forbidden(
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        ),
        Unsigned::WrongSignature => forbidden(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method.",
        ),
        Unsigned::Expired => forbidden(
            "ExpiredToken",
            "The security token included in the request is expired",
        ),
    }
}
