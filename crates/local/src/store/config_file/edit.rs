//! Changes the shared files under a lock.

use std::path::{Path, PathBuf};

use super::damage::Damage;
use super::file::ConfigFile;
use crate::domain::SsoSession;
use crate::platform::files::paths::Paths;
use crate::platform::files::safe_open::FileKind;
use crate::store::disk::atomic::{write_over, write_private};
use crate::store::disk::lock::FileLock;
use crate::store::disk::reading::read_user_file;
use crate::store::error::StoreError;

/// How often a change is made again because someone else wrote the file.
const TRIES: u32 = 3;

/// The file, wherever `AWS_CONFIG_FILE` says it is.
#[derive(Debug)]
pub struct AwsConfig;

impl AwsConfig {
    /// Changes the file under a lock. Where a program that knows nothing of our lock wrote it
    /// meanwhile, the change is made again on what that wrote.
    pub async fn edit<T>(
        paths: &Paths,
        mut change: impl FnMut(&mut ConfigFile) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let lock = paths.cache.join("locks").join("aws-config.lock");
        let _lock = FileLock::acquire_with_timeout(&lock).await;
        let mut left = TRIES;
        loop {
            let before = read_user_file(&paths.aws_config, file_kind(paths, &paths.aws_config))?;
            let mut config = ConfigFile::parse(before.as_deref().unwrap_or_default());
            let done = change(&mut config)?;
            let after = config.to_bytes();
            if after == before.as_deref().unwrap_or_default() {
                return Ok(done);
            }
            match write_over(&paths.aws_config, before.as_deref(), &after) {
                Err(StoreError::Changed { .. }) if left > 1 => left -= 1,
                written => return written.map(|()| done),
            }
        }
    }

    /// Adds a `[sso-session]` at the end of the file.
    pub async fn add_sso_session(paths: &Paths, session: &SsoSession) -> Result<(), StoreError> {
        Self::edit(paths, |config| {
            if config.add_sso_session(session) {
                return Ok(());
            }
            Err(StoreError::SessionExists {
                path: paths.aws_config.clone(),
                name: session.name.clone(),
            })
        })
        .await
    }

    /// Changes the file. Where that makes a difference the file as it was is kept beside it, and its
    /// place returned.
    pub async fn change<T>(
        paths: &Paths,
        mut change: impl FnMut(&mut ConfigFile) -> Result<T, Damage>,
    ) -> Result<(T, Option<PathBuf>), StoreError> {
        let path = &paths.aws_config;
        Self::edit(paths, |config| {
            let before = config.to_bytes();
            let done = change(config).map_err(|damage| StoreError::Damaged {
                path: path.clone(),
                damage,
            })?;
            let kept = if config.to_bytes() == before {
                None
            } else {
                write_backup(path, &before)?
            };
            Ok((done, kept))
        })
        .await
    }
}

/// Whose a file has to be. One that a variable names may be anyone's, and even a pipe.
pub(super) fn file_kind(paths: &Paths, file: &Path) -> FileKind {
    let aws = paths.home.join(".aws");
    if [aws.join("config"), aws.join("credentials")]
        .iter()
        .any(|usual| usual == file)
    {
        FileKind::Config
    } else {
        FileKind::Named
    }
}

/// Writes a backup of a file as it was before a change, readable only by its owner, in place of the last one. An
/// empty file needs none.
pub(in crate::store) fn write_backup(path: &Path, before: &[u8]) -> Result<Option<PathBuf>, StoreError> {
    if before.is_empty() {
        return Ok(None);
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".genkan-backup");
    let backup = path.with_file_name(name);
    write_private(&backup, before)?;
    Ok(Some(backup))
}
