//! The only place that talks to AWS: Identity Center's two services, the console's sign-in, STS and IAM.
//!
//! What leaves are the words of `domain`; what enters from the network is cleaned here. Nothing in
//! here decides when to ask, retry in bulk, store or show. No `aws_*` type crosses this border.

mod access_portal;
mod account_color;
mod assume_role;
mod calls;
mod client;
mod console_sign_in;
mod error;
mod iam;
mod oidc;
mod oidc_code;
mod probe;
mod refusals;
mod sts;
mod user_session;
mod wire;

pub use access_portal::AccountPage;
pub use assume_role::{RoleRefusal, RoleRequest};
pub(crate) use client::MAX_INTERACTIVE_RETRY_AFTER;
pub use client::{Aws, AwsOptions, Endpoints};
pub use error::AwsError;
pub use iam::IamCaller;
pub use probe::{Probe, Service};
pub use refusals::unanswered::Distrust;
pub use sts::{Caller, SearchPlaces};
pub use user_session::MfaCode;
pub(crate) use wire::hosts::portal_host;
pub use wire::http::{Bundle, TrustError};
pub use wire::pages::Pages;
pub use wire::query::Signer;
#[doc(hidden)]
pub use wire::replay::Reply;
pub use wire::sent::WhenSent;
pub use wire::way::{Proxy, Ways};
