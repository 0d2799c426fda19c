//! What a sign-in leaves on disk: tokens, registrations, records of attempts.

pub(super) mod keyring_tokens;
pub(super) mod pending_sign_in;
pub(super) mod registrations;
pub(super) mod sign_in_log;
pub(super) mod sign_in_record;
pub(super) mod sso_cache;
pub(super) mod token_cache;
pub(super) mod user_session_cache;
