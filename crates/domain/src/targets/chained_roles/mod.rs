//! Chained roles: IAM roles that are assumed with another target's credentials, and what the requests for them say.
//!
//! [`entry`] gives the roles that the preferences name; profiles of `~/.aws/config` name others.

pub mod entry;
pub mod role;
pub mod role_arn;
pub mod source_credentials;

pub use entry::{AccountsIn, FoundRole, RoleEntry, RoleIn, Way};
pub use role::{ChainedRole, RoleOptions};
pub use role_arn::{NotARoleArn, RoleArn};
pub use source_credentials::{BaseCredentials, SourceCredentials};
