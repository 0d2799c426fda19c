//! `~/.aws/config`: the person's own file and the source of truth.
//!
//! Read as botocore and the SDKs read it, changed without touching any byte that isn't ours. What reads it and
//! what writes it have one [`reading`] of it.

mod block;
mod canonical;
mod faults;
mod lines;
mod profiles;
mod python;
mod reading;
mod sections;
mod services;
mod sessions;

pub use self::block::{Damage, ManagedProfile};
pub use self::faults::{Effect, Fault};
pub use self::profiles::{Profile, ProfileSource, RoleWith, SsoKeys};
pub use self::sessions::BrokenSession;

use std::path::{Path, PathBuf};

pub(super) use self::lines::Line;
use self::reading::Reading;
pub(super) use self::reading::Section;
use super::atomic::{write_over, write_private};
use super::error::StoreError;
use super::lock::FileLock;
use super::reading::read;
use crate::domain::{RegionOrigin, RegionSetting, SsoSession};
use crate::platform::gate::FileKind;
use crate::platform::paths::Paths;

/// How often a change is made anew because somebody else wrote the file.
const TRIES: u32 = 3;

/// The file, wherever `AWS_CONFIG_FILE` says it is.
#[derive(Debug)]
pub struct AwsConfig;

impl AwsConfig {
    /// Reads the file; a missing one is empty.
    pub fn load(paths: &Paths) -> Result<ConfigFile, StoreError> {
        Ok(ConfigFile::parse(
            &read(&paths.aws_config, kind(paths, &paths.aws_config))?.unwrap_or_default(),
        ))
    }

    /// Reads the credentials file; a missing one is empty.
    pub fn load_credentials(paths: &Paths) -> Result<ConfigFile, StoreError> {
        Ok(ConfigFile::parse(
            &read(&paths.aws_credentials, kind(paths, &paths.aws_credentials))?.unwrap_or_default(),
        ))
    }

    /// Changes the file under a lock. Where a program that knows nothing of our lock wrote it
    /// meanwhile, the change is made anew on what that wrote.
    pub fn edit<T>(
        paths: &Paths,
        mut change: impl FnMut(&mut ConfigFile) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _lock = FileLock::soon(&paths.cache.join("locks").join("aws-config.lock"));
        let mut left = TRIES;
        loop {
            let before = read(&paths.aws_config, kind(paths, &paths.aws_config))?;
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
    pub fn add_sso_session(paths: &Paths, session: &SsoSession) -> Result<(), StoreError> {
        Self::edit(paths, |config| {
            if config.add_sso_session(session) {
                return Ok(());
            }
            Err(StoreError::SessionExists {
                path: paths.aws_config.clone(),
                name: session.name.clone(),
            })
        })
    }

    /// Changes the file. Where that makes a difference the file as it was is kept beside it, and its
    /// place returned.
    pub fn change<T>(
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
                keep_beside(path, &before)?
            };
            Ok((done, kept))
        })
    }
}

/// Whose a file has to be. One that a variable names may be anyone's, and even a pipe.
fn kind(paths: &Paths, file: &Path) -> FileKind {
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

/// Keeps a file as it was before a change, for its owner alone: the last one only. A file that was empty
/// leaves nothing to keep.
pub(super) fn keep_beside(path: &Path, before: &[u8]) -> Result<Option<PathBuf>, StoreError> {
    if before.is_empty() {
        return Ok(None);
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".genkan-backup");
    let kept = path.with_file_name(name);
    write_private(&kept, before)?;
    Ok(Some(kept))
}

/// The lines of a config file, and what they say. Printing gives back the very bytes that were parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    lines: Vec<Line>,
    reading: Reading,
}

impl ConfigFile {
    /// Takes any bytes: what makes no sense is kept and ignored.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        Self::of(lines::parse(bytes))
    }

    fn of(lines: Vec<Line>) -> Self {
        let reading = reading::read(&lines);
        Self { lines, reading }
    }

    /// The file's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.lines
            .iter()
            .flat_map(|line| line.bytes.iter().copied())
            .collect()
    }

    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(super) fn sections(&self) -> &[Section] {
        &self.reading.sections
    }

    /// The Region of the default profile, as it is written.
    #[must_use]
    pub fn default_region(&self) -> Option<RegionSetting> {
        let profiles = self.views(sections::Kind::Profile);
        let default = profiles.iter().find(|profile| profile.name == "default")?;
        let text = default.get("region").filter(|text| !text.is_empty())?;
        Some(RegionSetting::new(RegionOrigin::DefaultProfile, text))
    }

    /// How the file's lines end. Half an ending at the file's end becomes a whole one when something is
    /// added.
    pub(super) fn newline(&self) -> &'static str {
        let ending = |line: &Line| line.bytes.ends_with(b"\r\n") || line.bytes.ends_with(b"\r");
        let crlf = self.lines.iter().any(ending);
        if crlf { "\r\n" } else { "\n" }
    }

    /// What has to stand between the file as it is and a new section at its end.
    pub(super) fn separator(&self) -> String {
        let newline = self.newline();
        match self.lines.last() {
            Some(last) if !last.bytes.ends_with(b"\n") => newline.repeat(2),
            Some(last) if !last.is_blank() => newline.to_owned(),
            _ => String::new(),
        }
    }

    /// Adds a `[sso-session]` at the end; false where the name is taken.
    pub fn add_sso_session(&mut self, session: &SsoSession) -> bool {
        if self.has_session(&session.name) {
            return false;
        }
        let newline = self.newline();
        let mut text = self.separator();
        let scopes = session.scopes.join(",");
        for line in [
            format!("[sso-session {}]", session.name),
            format!("sso_start_url = {}", session.start_url),
            format!("sso_region = {}", session.region),
            format!("sso_registration_scopes = {scopes}"),
        ] {
            text.push_str(&line);
            text.push_str(newline);
        }
        let mut bytes = self.to_bytes();
        bytes.extend_from_slice(text.as_bytes());
        *self = Self::parse(&bytes);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SAMPLE: &str = "# mine\r\n[default]\r\nregion=eu-central-1\r\n\r\n[sso-session corp] ; work\r\n\
        sso_start_url = https://corp.awsapps.com/start#/\r\nsso_region=us-east-1 # the portal's\r\n\
        [profile old]\nsso_start_url=https://old.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 1\n\
        [profile old2]\nsso_start_url=https://old.awsapps.com/start\nsso_region = eu-west-1\n\
        [profile new]\nsso_session = corp\n[services x]\nsso =\n  endpoint_url = http://localhost\n\
        [sso-session 'quoted name']\nsso_start_url = nonsense\nsso_region = us-east-1\n[sso-session half]\n";

    #[test]
    fn no_value_is_in_a_debug_text() {
        let file = ConfigFile::parse(b"[default]\naws_secret_access_key = canary\nblock =\n  key = canary\n");
        let profiles = file.profiles();
        let shown = format!("{file:?} {profiles:#?}");
        assert!(shown.contains("default") && !shown.contains("canary"), "{shown}");
    }

    #[test]
    fn sessions_are_found_as_the_sdks_find_them() {
        let config = ConfigFile::parse(SAMPLE.as_bytes());
        let found: Vec<String> = config
            .sso_sessions()
            .iter()
            .map(|s| {
                format!(
                    "{} {} {} {:?} {}",
                    s.name,
                    s.start_url,
                    s.region,
                    s.kind,
                    s.scopes.join("+")
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                "corp https://corp.awsapps.com/start#/ us-east-1 Named sso:account:access",
                "old https://old.awsapps.com/start eu-west-1 Legacy ",
            ]
        );
        assert_eq!(
            config.default_region().map(|r| r.text).as_deref(),
            Some("eu-central-1")
        );
        let problems = config.problems();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(
            problems[0].starts_with("line 20: `[sso-session quoted name]`"),
            "{problems:?}"
        );
    }

    #[test]
    fn a_header_that_cannot_be_read_ends_the_section_before() {
        let config = ConfigFile::parse(
            b"[sso-session good]\nsso_start_url = https://good.awsapps.com/start\nsso_region = us-east-1\n\
              [sso-session bad] x]\nsso_start_url = https://evil.awsapps.com/start\n",
        );
        let found: Vec<_> = config.sso_sessions();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].start_url.as_str(), "https://good.awsapps.com/start");
    }

    #[test]
    fn a_session_is_added_and_every_other_byte_stays() {
        let session = SsoSession::new(
            "new",
            "https://new.awsapps.com/start".parse().expect("a URL"),
            "us-east-1".parse().expect("a Region"),
        );
        for before in [
            "",
            "# c",
            "# c\n",
            "# c\n\n",
            SAMPLE,
            "\u{feff}[default]\r\n",
            "[unclosed\n=\n\0",
        ] {
            let mut config = ConfigFile::parse(before.as_bytes());
            assert!(config.add_sso_session(&session), "{before:?}");
            assert!(!config.add_sso_session(&session), "{before:?}");
            let after = String::from_utf8(config.to_bytes()).expect("text");
            assert!(after.starts_with(before), "{after:?}");
            assert!(
                ConfigFile::parse(after.as_bytes())
                    .sso_sessions()
                    .contains(&session),
                "{after:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn printing_gives_back_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert_eq!(ConfigFile::parse(&bytes).to_bytes(), bytes);
        }

        #[test]
        fn printing_gives_back_any_config(text in "([\\[\\]a-z =#;\"'\t\r\n_-]{0,12}(\r\n|\n|)){0,30}") {
            let config = ConfigFile::parse(text.as_bytes());
            prop_assert_eq!(config.to_bytes(), text.as_bytes());
            let _ = (config.sso_sessions(), config.problems(), config.default_region());
        }
    }
}
