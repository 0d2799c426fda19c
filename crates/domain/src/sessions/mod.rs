//! Sessions and how one signs in to them: start URLs, tokens, device codes.

pub mod device;
pub mod pkce;
pub mod portal_session;
pub mod session;
pub mod sign_in;
pub mod sign_in_state;
pub mod start_url;
pub mod token;
