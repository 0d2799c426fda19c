//! The words of the house: plain values and pure rules about them.
//!
//! Nothing in here does I/O, reads a clock, awaits, draws or knows an SDK. Time arrives as a
//! [`jiff::Timestamp`] argument. Text that came from a network has been through [`text::clean`]
//! before it becomes one of these values.

pub mod account;
pub mod account_colors;
pub mod activity;
pub mod agents;
pub mod batch;
pub mod browser_choice;
pub mod catalog;
pub mod chained_roles;
pub mod changes;
pub mod command_template;
pub mod completion;
pub mod console;
pub mod console_pages;
pub mod console_url;
pub mod container;
pub mod count;
pub mod credentials;
pub mod device;
pub mod duration;
pub mod env;
pub mod export;
pub mod hand_out;
pub mod hex;
pub mod history;
pub mod iam_user;
pub mod nearest;
pub mod pace;
pub mod page;
pub mod pkce;
pub mod portal_session;
pub mod profile;
pub mod project;
pub mod prompt;
pub mod qr;
pub mod reference;
pub mod region;
pub mod role_arn;
pub mod rules;
pub mod running;
pub mod search;
pub mod secret;
pub mod session;
pub mod shell;
pub mod sign_in;
pub mod sign_in_state;
pub mod start_url;
pub mod sync;
pub mod target;
pub mod target_key;
pub mod text;
pub mod time;
pub mod token;
pub mod view_state;
pub mod words;
pub mod work_region;

pub use account::{Account, AccountId, PermissionSetName};
pub use account_colors::{AccountColors, ReadColor};
pub use catalog::{AccountEntry, Assignment, Catalog};
pub use chained_roles::ChainedRole;
pub use changes::{Change, Changes};
pub use credentials::RoleCredentials;
pub use device::DeviceAuthorization;
pub use region::{Partition, Region};
pub use running::{Running, RunningKind};
pub use secret::Secret;
pub use session::{OwnTarget, SessionKind, SsoSession};
pub use sign_in::SignInEvent;
pub use sign_in_state::SignInState;
pub use start_url::StartUrl;
pub use sync::{SyncEvent, SyncReport};
pub use target::Target;
pub use target_key::TargetKey;
pub use token::{ClientRegistration, Flow, SignInId, TokenSet};
pub use view_state::{ShownSessions, ViewState};
pub use work_region::{RegionOrigin, RegionSetting, UnusableRegion, WorkRegion};

#[cfg(test)]
pub(crate) mod fixtures;
