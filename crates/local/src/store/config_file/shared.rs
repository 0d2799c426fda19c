//! The shared files as they were read last. A command looks into them several times, and with thousands of
//! profiles reading one takes longer than everything else that the command does.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use super::edit::file_kind;
use super::file::ConfigFile;
use super::profiles::Profile;
use crate::domain::SsoSession;
use crate::platform::files::paths::Paths;
use crate::platform::files::safe_open::FileKind;
use crate::store::disk::file_identity::FileIdentity;
use crate::store::disk::reading::read_user_file;
use crate::store::error::StoreError;

/// Both shared files; each is read again only where it has changed.
#[derive(Debug)]
pub struct AwsFiles {
    config: LastRead,
    credentials: LastRead,
}

impl AwsFiles {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        let of = |path: &PathBuf| LastRead {
            path: path.clone(),
            kind: file_kind(paths, path),
            read: Mutex::default(),
        };
        Self {
            config: of(&paths.aws_config),
            credentials: of(&paths.aws_credentials),
        }
    }

    /// The config file; a missing one is empty.
    pub fn config(&self) -> Result<Arc<SharedFile>, StoreError> {
        self.config.load()
    }

    /// The credentials file; a missing one is empty.
    pub fn credentials(&self) -> Result<Arc<SharedFile>, StoreError> {
        self.credentials.load()
    }
}

/// A file as it was read, and what follows from it, each worked out once.
#[derive(Debug)]
pub struct SharedFile {
    file: ConfigFile,
    profiles: OnceLock<Vec<Profile>>,
    sessions: OnceLock<Vec<SsoSession>>,
}

impl SharedFile {
    #[must_use]
    pub fn new(file: ConfigFile) -> Self {
        Self {
            file,
            profiles: OnceLock::new(),
            sessions: OnceLock::new(),
        }
    }

    /// The profiles of a config file.
    #[must_use]
    pub fn profiles(&self) -> &[Profile] {
        self.profiles.get_or_init(|| self.file.profiles())
    }

    /// The SSO sessions, named ones first.
    #[must_use]
    pub fn sso_sessions(&self) -> &[SsoSession] {
        self.sessions.get_or_init(|| self.file.sso_sessions())
    }

    /// The SSO session that a profile signs in to.
    #[must_use]
    pub fn session_of(&self, profile: &Profile) -> Option<SsoSession> {
        profile.session_among(self.sso_sessions()).cloned()
    }
}

impl Deref for SharedFile {
    type Target = ConfigFile;

    fn deref(&self) -> &ConfigFile {
        &self.file
    }
}

#[derive(Debug)]
struct LastRead {
    path: PathBuf,
    kind: FileKind,
    read: Mutex<Option<(FileIdentity, Arc<SharedFile>)>>,
}

impl LastRead {
    fn load(&self) -> Result<Arc<SharedFile>, StoreError> {
        // Taken before the bytes: a change in between makes the next look read again.
        let identity = FileIdentity::of(&self.path);
        if let (Some(identity), Ok(read)) = (identity, self.read.lock())
            && let Some((same, file)) = read.as_ref()
            && *same == identity
        {
            return Ok(Arc::clone(file));
        }
        let bytes = read_user_file(&self.path, self.kind)?.unwrap_or_default();
        let file = Arc::new(SharedFile::new(ConfigFile::parse(&bytes)));
        if let (Some(identity), Ok(mut read)) = (identity, self.read.lock()) {
            *read = Some((identity, Arc::clone(&file)));
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::files::paths::PathVariables;

    #[test]
    fn a_file_is_read_again_only_after_a_change() {
        let home = tempfile::tempdir().expect("a folder");
        let variables = PathVariables {
            home: Some(home.path().to_owned()),
            ..PathVariables::default()
        };
        let paths = Paths::resolve(&variables).expect("a home");
        let files = AwsFiles::new(&paths);
        let profiles = || files.config().expect("reads").profiles().len();
        assert_eq!(profiles(), 0, "there is none");
        std::fs::create_dir_all(home.path().join(".aws")).expect("a folder");
        for number in 1..4 {
            let text = "[profile x]\nregion = eu-west-1\n".replace('x', &"x".repeat(number));
            let before = if number == 1 {
                String::new()
            } else {
                std::fs::read_to_string(&paths.aws_config).expect("reads")
            };
            std::fs::write(&paths.aws_config, before + &text).expect("writes");
            assert_eq!(profiles(), number);
            let (first, second) = (files.config(), files.config());
            assert!(Arc::ptr_eq(&first.expect("reads"), &second.expect("reads")));
        }
        std::fs::remove_file(&paths.aws_config).expect("removes");
        assert_eq!(profiles(), 0);
    }
}
