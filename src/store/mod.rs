//! Disk: what genkan keeps for itself, and the files it shares with the AWS CLI and every SDK.
//!
//! Every write is whole or not at all; every secret is 0600 in a 0700 folder; a file that can't be
//! read is set aside or left alone, never lost. Knows no network and no screen.

mod atomic;
mod browser_profiles;
mod catalog_cache;
mod catalog_file;
mod changes_file;
mod child_files;
mod clock_file;
mod colors_file;
mod config_file;
mod confirmed_file;
mod console_pages_file;
mod credential_cache;
mod credentials_file;
mod endpoint_token;
mod error;
mod file_identity;
mod hand_out_file;
mod history_file;
mod iam_users_file;
mod json_file;
mod keyring;
mod keyring_tokens;
mod lenient_json;
mod lock;
mod names;
mod notes_file;
mod pace_files;
mod parsing;
mod pending_sign_in;
mod reading;
mod registrations;
mod running_files;
mod sign_in_log;
mod sign_in_record;
mod sso_cache;
mod stale_files;
mod sync_journal;
mod token_cache;
mod trust_file;
mod user_session_cache;
mod view_file;

pub use crate::platform::guard::{PermissionIssue, find_folder_issue};
pub use crate::platform::safe_open::find_file_issue;
pub use browser_profiles::{BrowserFolders, BrowserProfile, browser_folder_name};
pub use catalog_cache::{BegunListing, CatalogCache};
pub use catalog_file::{CatalogFile, seal as sealed_catalog};
pub use child_files::{ChildFiles, MOVED, gives_credentials};
pub use clock_file::{ClockFile, SavedOffset};
pub use colors_file::ColorsFile;
pub use config_file::{
    AwsConfig, AwsFiles, BrokenSession, ConfigFile, Damage, Effect, Fault, ManagedProfile, Profile,
    ProfileGraph, ProfileSource, RoleProblem, RoleProfile, RoleVia, RoleWith, SharedFile, SsoKeys,
    StaticKeys,
};
pub use confirmed_file::ConfirmedFile;
pub use console_pages_file::ConsolePagesFile;
pub use credential_cache::{CredentialCache, CredentialsOf, StoredCredentials};
pub use credentials_file::CredentialsFile;
pub use endpoint_token::load_endpoint_token;
pub use error::{FileProblem, Loaded, Notice, StoreError};
pub use hand_out_file::HandOutFile;
pub use history_file::{HistoryFile, directory_id};
pub use iam_users_file::IamUsersFile;
pub use keyring::{Desktop, EncryptedFile, Keyring, KeyringError};
pub use keyring_tokens::KeyringTokens;
pub use lock::{FileLock, FileTime, Heartbeat, LockFolder, LockTimes};
pub use notes_file::NotesFile;
pub use pace_files::{FoundPace, PaceFiles, RequestCount};
pub use pending_sign_in::{PendingSignIn, PendingSignInFiles, PublishedSignIn};
pub use reading::take_refused;
pub use registrations::RegistrationCache;
pub use running_files::{RunningFile, RunningFiles};
pub use sign_in_log::SignInLog;
pub use sign_in_record::{AttemptEnd, SignInRecord};
pub use sync_journal::SyncJournal;
pub use token_cache::TokenCache;
pub use trust_file::{TrustFile, content_digest};
pub use user_session_cache::UserSessionCache;
pub use view_file::ViewFile;
