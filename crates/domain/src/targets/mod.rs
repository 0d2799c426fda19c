//! What the user can choose: accounts, roles, targets, and the catalog of them.

pub mod account;
pub mod account_colors;
pub mod catalog;
pub mod chained_roles;
pub mod changes;
pub mod credentials;
pub mod iam_user;
pub mod profile;
pub mod reference;
pub mod role_arn;
pub mod sync;
pub mod target;
pub mod target_key;
