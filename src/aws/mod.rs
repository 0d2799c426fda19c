//! The only place that talks to AWS: Identity Center's two services, the console's sign-in, STS and IAM.
//!
//! What leaves are the words of `domain`; what enters from the network is cleaned here. Nothing in
//! here decides when to ask, retry in bulk, store or show. No `aws_*` type crosses this border.

mod access_portal;
mod account_color;
mod assume_role;
mod bounded;
mod calls;
mod classify;
mod client;
mod connect;
mod console_sign_in;
mod error;
mod exchange;
mod hosts;
mod http;
mod iam;
mod json_text;
mod oidc;
mod oidc_code;
mod origin;
mod origin_filter;
mod pages;
mod probe;
mod query;
mod reason;
mod replay;
mod retry_after;
mod single_call;
mod sts;
mod unanswered;
mod user_session;
mod way;

pub use access_portal::AccountPage;
pub use assume_role::{RoleRefusal, RoleRequest};
pub(crate) use client::MAX_INTERACTIVE_RETRY_AFTER;
pub use client::{Aws, AwsOptions, Endpoints};
pub use error::AwsError;
pub(crate) use hosts::portal_host;
pub use http::{Bundle, TrustError};
pub use iam::IamCaller;
pub use pages::Pages;
pub use probe::{Probe, Service};
pub use query::Signer;
#[doc(hidden)]
pub use replay::Reply;
pub use sts::{Caller, SearchPlaces};
pub use unanswered::Distrust;
pub use user_session::MfaCode;
pub use way::{Proxy, Ways};
