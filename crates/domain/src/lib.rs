//! Domain types: plain values and pure rules about them.
//!
//! Nothing in here does I/O, reads a clock, awaits, draws or knows an SDK. Time arrives as a
//! [`jiff::Timestamp`] argument. Text that came from a network has been through [`text::clean_text`]
//! before it becomes one of these values.
//!
//! Like the program's library, this crate has no stable API.

pub mod records;
pub mod regions;
pub mod rules;
pub mod search;
pub mod sessions;
pub mod shells;
pub mod targets;
pub mod text;
pub mod values;
pub mod web;

pub use records::running::{Running, RunningKind};
pub use records::view_state::{ShownSessions, ViewState};
pub use regions::region::{Partition, Region};
pub use regions::work_region::{RegionOrigin, RegionSetting, UnusableRegion, WorkRegion};
pub use sessions::device::DeviceAuthorization;
pub use sessions::session::{OwnTarget, SessionKind, SsoSession};
pub use sessions::sign_in::SignInEvent;
pub use sessions::sign_in_state::SignInState;
pub use sessions::start_url::StartUrl;
pub use sessions::token::{ClientRegistration, Flow, SignInId, TokenSet};
pub use targets::account::{Account, AccountId, PermissionSetName};
pub use targets::account_colors::{AccountColors, ReadColor};
pub use targets::catalog::{AccountEntry, Assignment, Catalog};
pub use targets::chained_roles::ChainedRole;
pub use targets::changes::{Change, Changes};
pub use targets::credentials::RoleCredentials;
pub use targets::sync::{SyncEvent, SyncReport};
pub use targets::target::Target;
pub use targets::target_key::TargetKey;
pub use values::secret::Secret;

// For the unit tests of every crate; no program calls it, so none contains it.
#[doc(hidden)]
pub mod fixtures;
