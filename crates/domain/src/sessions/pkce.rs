//! The authorization code flow with PKCE (RFC 7636) as rules without I/O: what is in the
//! browser's address, and what the verifier's challenge is.
//!
//! Shapes as the AWS CLI v2 sends them: the scopes' parameter is `scopes`, and the redirect is
//! registered without its port (RFC 8252 section 7.3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use url::form_urlencoded::Serializer;

use crate::Secret;

/// Where the browser comes back to; the port joins it when one is bound.
pub const REDIRECT_PATH: &str = "/oauth/callback";
/// The redirect as it is registered.
pub const REGISTERED_REDIRECT: &str = "http://127.0.0.1/oauth/callback";

/// What one sign-in must recognise again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Comes back with the code: proves that the answer belongs to this sign-in.
    pub state: Secret,
    /// Redeems the code: proves that the program that redeems it is the one that asked.
    pub verifier: Secret,
}

impl Proof {
    /// The S256 challenge of the verifier.
    #[must_use]
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.expose()))
    }
}

/// The page where a user allows the sign-in. `endpoint` is the OIDC service's own, without a path.
#[must_use]
pub fn authorize_url(
    endpoint: &str,
    client_id: &str,
    redirect_uri: &str,
    scopes: &[String],
    proof: &Proof,
) -> String {
    let query = Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", client_id)
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("state", proof.state.expose())
        .append_pair("code_challenge_method", "S256")
        .append_pair("scopes", &scopes.join(" "))
        .append_pair("code_challenge", &proof.challenge())
        .finish();
    format!("{}/authorize?{query}", endpoint.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_rfc() {
        // RFC 7636, appendix B.
        let proof = Proof {
            state: Secret::new("s & t"),
            verifier: Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        };
        assert_eq!(proof.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        let url = authorize_url(
            "https://oidc.eu-west-1.amazonaws.com/",
            "client",
            "http://127.0.0.1:1234/oauth/callback",
            &["sso:account:access".to_owned(), "x".to_owned()],
            &proof,
        );
        assert_eq!(
            url,
            "https://oidc.eu-west-1.amazonaws.com/authorize?response_type=code&client_id=client\
             &redirect_uri=http%3A%2F%2F127.0.0.1%3A1234%2Foauth%2Fcallback&state=s+%26+t\
             &code_challenge_method=S256&scopes=sso%3Aaccount%3Aaccess+x\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
