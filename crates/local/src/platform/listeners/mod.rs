//! What listens on loopback, and for how long.

pub(super) mod connections;
pub(super) mod loopback;
pub mod one_time_link;
pub mod private_endpoint;
pub mod redirect;
