//! `genkan demo` and `genkan sandbox`: the embedded AWS for the user.

pub(in crate::cli) mod demo;
pub(super) mod demo_roles;
pub(super) mod demo_users;
pub(in crate::cli) mod sandbox;
pub(super) mod sandbox_profiles;
pub(super) mod sandbox_rate;
