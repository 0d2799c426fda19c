//! Who signed a request: from the key's ID to the principal, with all the ways in which a key does not count.
//! How each service words a refusal is its own knowledge.

use super::sigv4::{self, Signature, Trouble};
use crate::identity_center::credentials::Session;
use crate::principal::Principal;
use crate::serving::http::Request;
use crate::shared::Shared;
use crate::users::LastUse;

/// Who made a request.
pub(crate) struct Signer {
    pub(crate) principal: Principal,
    /// What the session carries; `None` for a long-term key.
    pub(crate) session: Option<Session>,
}

/// Why a request counts as unsigned.
pub(crate) enum Unsigned {
    Missing,
    Malformed(&'static str),
    Skewed,
    /// For another service or, where that matters, another Region.
    OtherScope,
    UnknownKey,
    WrongSignature,
    Expired,
}

/// Proves who signed a request for a service, in a Region where only one serves.
pub(crate) fn verify_signer(
    shared: &Shared,
    request: &Request,
    service: &str,
    region: Option<&str>,
) -> Result<Signer, Unsigned> {
    let now = shared.now();
    let signature = sigv4::read_signature(request, now).map_err(|trouble| match trouble {
        Trouble::Missing => Unsigned::Missing,
        Trouble::Malformed(what) => Unsigned::Malformed(what),
        Trouble::Skewed => Unsigned::Skewed,
    })?;
    let has_region = region.is_none_or(|region| signature.region() == region);
    if !has_region || !signature.is_for(service) {
        return Err(Unsigned::OtherScope);
    }
    match request.header("x-amz-security-token") {
        Some(token) => of_session(shared, &signature, token, now),
        None => of_user(shared, &signature, now),
    }
}

fn of_session(shared: &Shared, signature: &Signature, token: &str, now: i64) -> Result<Signer, Unsigned> {
    let state = shared.state();
    let known = state
        .issued
        .get(signature.access_key_id())
        .filter(|known| known.session_token == token)
        .ok_or(Unsigned::UnknownKey)?;
    if !signature.is_made_with(&known.secret_access_key) {
        return Err(Unsigned::WrongSignature);
    }
    if known.expires <= now {
        return Err(Unsigned::Expired);
    }
    Ok(Signer {
        principal: known.principal.clone(),
        session: Some(known.session.clone()),
    })
}

fn of_user(shared: &Shared, signature: &Signature, now: i64) -> Result<Signer, Unsigned> {
    let mut state = shared.state();
    let (user, key) = state
        .users
        .with_key(signature.access_key_id())
        .filter(|(_, key)| key.active && key.known_from <= now)
        .ok_or(Unsigned::UnknownKey)?;
    if !signature.is_made_with(&key.secret) {
        return Err(Unsigned::WrongSignature);
    }
    let principal = user.principal();
    let last = LastUse {
        at: now,
        region: signature.region().to_owned(),
        service: signature.service().to_owned(),
    };
    state.users.used(signature.access_key_id(), last);
    Ok(Signer {
        principal,
        session: None,
    })
}
