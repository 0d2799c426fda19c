//! `~/.aws/config`: the user's own file and the source of truth.
//!
//! Read as botocore and the SDKs read it, changed without touching any byte that isn't ours. What reads it and
//! what writes it have one [`reading`] of it.

mod block;
mod canonical;
mod damage;
mod edit;
mod faults;
mod file;
mod lines;
mod profiles;
mod python;
mod reading;
mod role_profiles;
mod sections;
mod services;
mod sessions;
mod shared;
mod static_keys;

pub use self::block::ManagedProfile;
pub use self::damage::Damage;
pub use self::edit::AwsConfig;
pub use self::faults::{Effect, Fault};
pub use self::file::ConfigFile;
pub use self::profiles::{Profile, ProfileSource, RoleWith, SsoKeys};
pub use self::role_profiles::{ProfileGraph, RoleProblem, RoleProfile, RoleVia};
pub use self::sessions::BrokenSession;
pub use self::shared::{AwsFiles, SharedFile};
pub use self::static_keys::StaticKeys;

pub(super) use self::edit::write_backup;
pub(super) use self::lines::Line;
pub(super) use self::reading::Section;
