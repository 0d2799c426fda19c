//! GetSessionToken: a session for an IAM user, with MFA where a code comes with the request.

use crate::identity_center::credentials::{IssuedCredentials, Session, issue_credentials};
use crate::serving::http::Fields;
use crate::serving::query::{Checks, Refusal};
use crate::shared::Shared;
use crate::signing::signer::Signer;

use super::mfa::Typed;

const DEFAULT_SECONDS: i64 = 43_200;

pub(super) fn get_session_token(
    shared: &Shared,
    signer: &Signer,
    form: &Fields,
) -> Result<(String, IssuedCredentials), Refusal> {
    let mut checks = Checks::new(form);
    let seconds = checks.number("DurationSeconds", 900, 129_600);
    checks.number("MinimumSessionTokenSize", 0, 4_096);
    let typed = Typed::read(&mut checks);
    checks.finish()?;
    if signer.session.is_some() {
        return Err(Refusal::denied(
            "Cannot call GetSessionToken with session credentials",
        ));
    }
    let session = Session {
        mfa: typed.verify(shared, signer)?,
        ..Session::default()
    };
    let expires = shared.session_end(seconds.unwrap_or(DEFAULT_SECONDS));
    Ok(issue_credentials(
        &shared.secrets,
        signer.principal.clone(),
        session,
        expires,
    ))
}
