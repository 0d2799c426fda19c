//! `~/.aws/config`: the person's own file and the source of truth.
//!
//! Read as botocore and the SDKs read it, changed without touching any byte that isn't ours.

mod block;
mod lines;
mod profiles;
mod repeats;
mod services;

pub use self::block::{Damage, ManagedProfile};
pub use self::profiles::{Profile, ProfileSource, RoleWith, SsoKeys};
pub use self::repeats::Repeat;

use std::path::{Path, PathBuf};

pub(super) use self::lines::{Line, parse};
use super::atomic::{write_over, write_private};
use super::error::StoreError;
use super::lock::FileLock;
use super::reading::read;
use crate::domain::session::ACCOUNT_ACCESS_SCOPE;
use crate::domain::text::{clean, is_shown_as_it_is};
use crate::domain::{Region, SessionKind, SsoSession, StartUrl};
use crate::platform::paths::Paths;

/// How many unreadable lines are named: a file that is none of ours would fill the screen.
const MOST_PROBLEMS: usize = 3;
/// How often a change is made anew because somebody else wrote the file.
const TRIES: u32 = 3;

/// The file, wherever `AWS_CONFIG_FILE` says it is.
#[derive(Debug)]
pub struct AwsConfig;

impl AwsConfig {
    /// Reads the file; a missing one is empty.
    pub fn load(paths: &Paths) -> Result<ConfigFile, StoreError> {
        Ok(ConfigFile::parse(&read(&paths.aws_config)?.unwrap_or_default()))
    }

    /// Reads the credentials file; a missing one is empty.
    pub fn load_credentials(paths: &Paths) -> Result<ConfigFile, StoreError> {
        Ok(ConfigFile::parse(
            &read(&paths.aws_credentials)?.unwrap_or_default(),
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
            let before = read(&paths.aws_config)?;
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

/// The lines of a config file. Printing gives back the very bytes that were parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    lines: Vec<Line>,
}

/// A section with what its keys say; of a key given twice the last counts.
struct Section<'a> {
    kind: &'a str,
    name: String,
    line: usize,
    keys: Vec<(&'a str, &'a str)>,
}

impl Section<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let found = self
            .keys
            .iter()
            .rev()
            .find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.map(|(_, value)| *value).filter(|value| !value.is_empty())
    }
}

impl ConfigFile {
    /// Takes any bytes: what makes no sense is kept and ignored.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        Self { lines: parse(bytes) }
    }

    /// The file's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.lines
            .iter()
            .flat_map(|line| line.bytes.iter().copied())
            .collect()
    }

    fn sections(&self) -> Vec<Section<'_>> {
        let mut sections: Vec<Section<'_>> = Vec::new();
        for (number, line) in self.lines.iter().enumerate() {
            // Settings under a header that nobody can read are not those of the section before it.
            let unread = line.begins_section().then_some(("[", ""));
            if let Some((kind, name)) = line.header().or(unread) {
                sections.push(Section {
                    kind,
                    name: name.to_owned(),
                    line: number + 1,
                    keys: Vec::new(),
                });
            } else if let (Some(pair), Some(section)) = (line.key_value(), sections.last_mut()) {
                section.keys.push(pair);
            }
        }
        sections
    }

    /// The SSO sessions: named ones as they stand, then those of profiles that carry a start URL
    /// themselves, one for each portal and Region. A person's own profile names such a session before
    /// one that genkan wrote does: its name must not change with ours.
    #[must_use]
    pub fn sso_sessions(&self) -> Vec<SsoSession> {
        let sections = self.sections();
        let mut sessions: Vec<SsoSession> = Vec::new();
        for section in sections.iter().filter(|s| s.kind == "sso-session") {
            if let Ok(session) = session(section, SessionKind::Named)
                && !sessions.iter().any(|s| s.name == session.name)
            {
                sessions.push(session);
            }
        }
        let mut legacy: Vec<&Section<'_>> = sections
            .iter()
            .filter(|s| is_profile(s) && s.get("sso_session").is_none())
            .collect();
        let managed = self.block().ok().flatten();
        legacy.sort_by_key(|s| managed.is_some_and(|(begin, end)| (begin + 1..=end).contains(&s.line)));
        for section in legacy {
            if let Ok(session) = session(section, SessionKind::Legacy)
                && !sessions.iter().any(|s| {
                    s.name == session.name
                        || (s.kind == SessionKind::Legacy
                            && s.start_url.same_portal(&session.start_url)
                            && s.region == session.region)
                })
            {
                sessions.push(session);
            }
        }
        sessions
    }

    /// What is wrong: lines that nobody can read, and sections that look like SSO sessions; one
    /// sentence each.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let broken = self
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.is_broken())
            .map(|(at, _)| format!("line {}: this is neither a section nor a setting", at + 1))
            .take(MOST_PROBLEMS);
        let sections = self.sections();
        let sessions = sections
            .iter()
            .filter(|s| s.kind == "sso-session")
            .filter_map(|s| {
                let why = session(s, SessionKind::Named).err()?;
                let name = clean(&s.name);
                Some(format!(
                    "line {}: `[sso-session {name}]` can't be used: {why}",
                    s.line
                ))
            });
        broken.chain(sessions).collect()
    }

    /// The Region of the default profile.
    #[must_use]
    pub fn default_region(&self) -> Option<Region> {
        let sections = self.sections();
        let default = sections
            .iter()
            .rev()
            .find(|s| is_profile(s) && s.name == "default")?;
        default.get("region")?.parse().ok()
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
        let taken = self
            .sections()
            .iter()
            .any(|s| s.kind == "sso-session" && s.name == session.name);
        if taken {
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
        self.lines = parse(&bytes);
        true
    }
}

fn is_profile(section: &Section<'_>) -> bool {
    section.kind == "profile" || (section.kind.is_empty() && section.name == "default")
}

fn session(section: &Section<'_>, kind: SessionKind) -> Result<SsoSession, String> {
    let get = |key: &str| section.get(key).ok_or_else(|| format!("`{key}` is missing"));
    if section.name.is_empty() {
        return Err("it has no name".to_owned());
    }
    // It is shown, and its exact bytes name the token file: what would have to be cleaned can't be used.
    if !is_shown_as_it_is(&section.name) {
        return Err("its name holds characters that can't be shown".to_owned());
    }
    let start_url: StartUrl = get("sso_start_url")?
        .parse()
        .map_err(|e: crate::domain::start_url::NotAStartUrl| e.to_string())?;
    // Newer start URLs carry the Region.
    let region = match (section.get("sso_region"), start_url.region()) {
        (None, Some(region)) => region,
        _ => get("sso_region")?
            .parse()
            .map_err(|e: crate::domain::region::NotARegion| e.to_string())?,
    };
    let scopes = match kind {
        // A legacy profile registers without scopes: its token lives 8 hours and isn't refreshed.
        SessionKind::Legacy => Vec::new(),
        SessionKind::Named => section
            .get("sso_registration_scopes")
            .unwrap_or(ACCOUNT_ACCESS_SCOPE)
            .split(',')
            .map(|s| s.trim().to_owned())
            .filter(|s| !s.is_empty())
            .collect(),
    };
    Ok(SsoSession {
        name: section.name.clone(),
        start_url,
        region,
        scopes,
        kind,
    })
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
            config.default_region().map(|r| r.to_string()).as_deref(),
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
