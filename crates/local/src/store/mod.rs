//! Disk: what genkan keeps for itself, and the files it shares with the AWS CLI and every SDK.
//!
//! Every write is whole or not at all; every secret is 0600 in a 0700 folder; a file that can't be
//! read is set aside or left alone, never lost. Knows no network and no screen.

mod browser_profiles;
mod caches;
mod child_files;
mod config_file;
mod credentials_file;
mod disk;
mod endpoint_token;
mod error;
mod keyring;
mod sign_ins;
mod state;

pub use crate::platform::files::guard::{PermissionIssue, find_folder_issue};
pub use crate::platform::files::safe_open::find_file_issue;
pub use browser_profiles::{BrowserFolders, BrowserProfile, browser_folder_name};
pub use caches::catalog_cache::{BegunListing, CatalogCache};
pub use caches::catalog_file::{CatalogFile, seal_lines as sealed_catalog};
pub use caches::clock_file::{ClockFile, SavedOffset};
pub use caches::colors_file::ColorsFile;
pub use caches::console_pages_file::ConsolePagesFile;
pub use caches::credential_cache::{CredentialCache, CredentialsOf, StoredCredentials};
pub use caches::pace_files::{FoundPace, PaceFiles, RequestCount};
pub use caches::sync_journal::SyncJournal;
pub use child_files::{ChildFiles, MOVED, gives_credentials};
pub use config_file::{
    AwsConfig, AwsFiles, BrokenSession, ConfigFile, Damage, Effect, Fault, ManagedProfile, Profile,
    ProfileGraph, ProfileSource, RoleProblem, RoleProfile, RoleVia, RoleWith, SharedFile, SsoKeys,
    StaticKeys,
};
pub use credentials_file::CredentialsFile;
pub use disk::lock::{FileLock, FileTime, Heartbeat, LockFolder, LockTimes};
pub use disk::reading::take_refused;
pub use endpoint_token::load_endpoint_token;
pub use error::{FileProblem, Loaded, Notice, StoreError};
pub use keyring::{Desktop, EncryptedFile, Keyring, KeyringError};
pub use sign_ins::keyring_tokens::KeyringTokens;
pub use sign_ins::pending_sign_in::{PendingSignIn, PendingSignInFiles, PublishedSignIn};
pub use sign_ins::registrations::RegistrationCache;
pub use sign_ins::sign_in_log::SignInLog;
pub use sign_ins::sign_in_record::{AttemptEnd, SignInRecord};
pub use sign_ins::token_cache::TokenCache;
pub use sign_ins::user_session_cache::UserSessionCache;
pub use state::confirmed_file::ConfirmedFile;
pub use state::hand_out_file::HandOutFile;
pub use state::history_file::{HistoryFile, directory_id};
pub use state::iam_users_file::IamUsersFile;
pub use state::notes_file::NotesFile;
pub use state::running_files::{RunningFile, RunningFiles};
pub use state::trust_file::{TrustFile, content_digest};
pub use state::view_file::ViewFile;
