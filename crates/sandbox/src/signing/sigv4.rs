//! Signature Version 4, the server's half: proves that a request was signed with a secret key.
//! Source: "Create a signed AWS API request" in the IAM user guide.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest, Sha256};

use crate::serving::http::Request;
use genkan_domain::values::hex::to_hex;

/// How far the request's date may be from ours, in milliseconds, as AWS has it.
const SKEW: i64 = 5 * 60_000;

/// Why a signature can't be looked at.
pub(crate) enum Trouble {
    Missing,
    Malformed(&'static str),
    Skewed,
}

/// A request's signature, taken apart.
pub(crate) struct Signature {
    access_key_id: String,
    scope: [String; 4],
    to_sign: String,
    claimed: String,
}

impl Signature {
    pub(crate) fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    pub(crate) fn region(&self) -> &str {
        let [_, region, _, _] = &self.scope;
        region
    }

    pub(crate) fn service(&self) -> &str {
        let [_, _, service, _] = &self.scope;
        service
    }

    /// Whether it was made for a service.
    pub(crate) fn is_for(&self, service: &str) -> bool {
        let [_, _, its_service, end] = &self.scope;
        its_service == service && end == "aws4_request"
    }

    pub(crate) fn is_made_with(&self, secret: &str) -> bool {
        let start = format!("AWS4{secret}").into_bytes();
        let key = self
            .scope
            .iter()
            .fold(start, |key, part| compute_hmac(&key, part.as_bytes()));
        to_hex(&compute_hmac(&key, self.to_sign.as_bytes())) == self.claimed
    }
}

/// Reads the `Authorization` header and rebuilds what must have been signed.
pub(crate) fn read_signature(request: &Request, now: i64) -> Result<Signature, Trouble> {
    let header = request.header("authorization").ok_or(Trouble::Missing)?;
    let rest = header
        .strip_prefix("AWS4-HMAC-SHA256 ")
        .ok_or(Trouble::Malformed("Unsupported signature algorithm"))?;
    let field = |name: &str| {
        rest.split(',')
            .map(str::trim)
            .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    };
    let credential = field("Credential").ok_or(Trouble::Malformed("Authorization has no Credential"))?;
    let signed = field("SignedHeaders").ok_or(Trouble::Malformed("Authorization has no SignedHeaders"))?;
    let signature = field("Signature").ok_or(Trouble::Malformed("Authorization has no Signature"))?;
    let mut parts = credential.split('/').map(str::to_owned);
    let mut part = || {
        parts
            .next()
            .ok_or(Trouble::Malformed("Credential has too few parts"))
    };
    let access_key_id = part()?;
    let scope = [part()?, part()?, part()?, part()?];
    let date = request
        .header("x-amz-date")
        .ok_or(Trouble::Malformed("There is no X-Amz-Date"))?;
    let when = jiff::Timestamp::strptime("%Y%m%dT%H%M%S%z", date.replace('Z', "+0000"))
        .map_err(|_| Trouble::Malformed("X-Amz-Date can't be read"))?;
    if (when.as_millisecond() - now).abs() > SKEW {
        return Err(Trouble::Skewed);
    }
    let canonical = canonical_request(request, signed);
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{date}\n{}\n{}",
        scope.join("/"),
        to_hex(&Sha256::digest(canonical))
    );
    Ok(Signature {
        access_key_id,
        scope,
        to_sign,
        claimed: signature.to_owned(),
    })
}

fn canonical_request(request: &Request, signed: &str) -> String {
    let mut query: Vec<&str> = request.raw_query.split('&').filter(|p| !p.is_empty()).collect();
    query.sort_unstable();
    let mut out = format!("{}\n{}\n{}\n", request.method, request.path, query.join("&"));
    for name in signed.split(';') {
        let values: Vec<String> = request
            .headers
            .get_all(name)
            .iter()
            .map(|v| {
                let text = String::from_utf8_lossy(v.as_bytes());
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            })
            .collect();
        let _ = writeln!(out, "{name}:{}", values.join(","));
    }
    let _ = write!(out, "\n{signed}\n{}", to_hex(&Sha256::digest(&request.body)));
    out
}

/// HMAC-SHA256 takes a key of any length.
fn compute_hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}
