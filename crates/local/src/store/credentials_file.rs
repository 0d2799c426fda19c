//! `~/.aws/credentials`: role credentials under a profile's name, for tools that read nothing else; and the long-lived key
//! of a profile, which is read and, where the user asks for it, removed.
//!
//! Only the section of that name is touched. Role credentials are put only where it is missing, empty or genkan's own:
//! keys that a user put there can't be had again.

use std::path::PathBuf;

use super::config_file::{ConfigFile, Damage, Line, Section, write_backup};
use super::error::StoreError;
use crate::store::disk::atomic::write_over;
use crate::store::disk::lock::FileLock;
use crate::store::disk::reading::read_secret;
use zeroize::Zeroizing;

use crate::domain::shells::export;
use crate::domain::{RoleCredentials, Secret};
use crate::platform::files::paths::Paths;
use crate::platform::files::safe_open::FileKind;

/// The keys of a section that speak of credentials. `aws_security_token` is an old name of the session
/// token that botocore still prefers.
const KEYS: [&str; 4] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
];

/// The file, wherever `AWS_SHARED_CREDENTIALS_FILE` says it is.
#[derive(Debug)]
pub struct CredentialsFile;

impl CredentialsFile {
    /// Puts credentials into the section of a profile, readable by the owner alone. Every other byte
    /// stays, and the file as it was is kept beside it: its place is returned.
    pub async fn put(
        paths: &Paths,
        profile: &str,
        credentials: &RoleCredentials,
    ) -> Result<Option<PathBuf>, StoreError> {
        let path = &paths.aws_credentials;
        let lock = paths.cache.join("locks").join("aws-credentials.lock");
        let _lock = FileLock::acquire_with_timeout(&lock).await;
        let read = read_secret(path, FileKind::Shared)?.value;
        let before = read.as_deref().unwrap_or_default();
        let section = export::credentials_file(profile, credentials);
        let after = put_section(before, profile, &section).map_err(|refusal| match refusal {
            Refusal::Damage(damage) => StoreError::Damaged {
                path: path.clone(),
                damage,
            },
            Refusal::NotOurs => StoreError::CredentialsOfOthers {
                path: path.clone(),
                profile: profile.to_owned(),
            },
        })?;
        let kept = write_backup(path, before)?;
        write_over(path, read.as_deref(), &after)?;
        Ok(kept)
    }

    /// The key of a profile: its ID, its secret, and whether a session token makes it temporary. `None` where the file
    /// has no such profile, or that no key.
    pub fn key_of(paths: &Paths, profile: &str) -> Result<Option<(String, Secret, bool)>, StoreError> {
        let read = read_secret(&paths.aws_credentials, FileKind::Shared)?.value;
        let bytes = Zeroizing::new(read.unwrap_or_default());
        let file = ConfigFile::parse(&bytes);
        let value = |key: &str| value_of(&file, profile, key);
        let (Some(id), Some(secret)) = (value("aws_access_key_id"), value("aws_secret_access_key")) else {
            return Ok(None);
        };
        let is_temporary = value("aws_session_token")
            .or(value("aws_security_token"))
            .is_some();
        Ok(Some((id.to_owned(), Secret::new(secret), is_temporary)))
    }

    /// Removes the key of a profile, if it is still the one of this ID, and the profile with it where it has nothing
    /// else. Every other byte stays, and the file as it was is kept beside it, readable by the owner alone: its place is
    /// returned.
    pub async fn remove_key(paths: &Paths, profile: &str, id: &str) -> Result<Option<PathBuf>, StoreError> {
        let path = &paths.aws_credentials;
        let lock = paths.cache.join("locks").join("aws-credentials.lock");
        let _lock = FileLock::acquire_with_timeout(&lock).await;
        let read = read_secret(path, FileKind::Shared)?.value.map(Zeroizing::new);
        let before = read.as_ref().map_or(&[][..], |bytes| bytes.as_slice());
        let after = without_key(before, profile, id).map_err(|refusal| match refusal {
            Refusal::Damage(damage) => StoreError::Damaged {
                path: path.clone(),
                damage,
            },
            Refusal::NotOurs => StoreError::Changed { path: path.clone() },
        })?;
        let kept = write_backup(path, before)?;
        write_over(path, read.as_ref().map(|bytes| bytes.as_slice()), &after)?;
        Ok(kept)
    }
}

/// What a profile says under a key; the last one counts.
fn value_of<'f>(file: &'f ConfigFile, profile: &str, key: &str) -> Option<&'f str> {
    let mut sections = file
        .sections()
        .iter()
        .rev()
        .filter(|section| section.header == profile);
    let found =
        sections.find_map(|section| section.settings.iter().rev().find(|setting| setting.key == key))?;
    Some(found.value.as_str()).filter(|value| !value.is_empty())
}

/// The file without the key of a profile.
fn without_key(before: &[u8], profile: &str, id: &str) -> Result<Vec<u8>, Refusal> {
    let file = ConfigFile::parse(before);
    file.refuse_utf16().map_err(Refusal::Damage)?;
    let mut places = file.sections().iter().filter(|s| s.header == profile);
    let (Some(place), None) = (places.next(), places.next()) else {
        return Err(if file.sections().iter().any(|s| s.header == profile) {
            Refusal::Damage(Damage::SectionTwice(profile.to_owned()))
        } else {
            Refusal::NotOurs
        });
    };
    if value_of(&file, profile, "aws_access_key_id") != Some(id) {
        return Err(Refusal::NotOurs);
    }
    let mut lines = file.lines().to_vec();
    let kept = lines_without_keys(place, &lines);
    let is_empty = kept.iter().all(Line::is_blank);
    let start = place.lines.start + usize::from(!is_empty);
    lines.splice(start..place.lines.end, kept);
    Ok(lines.into_iter().flat_map(|line| line.bytes).collect())
}

#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    Damage(Damage),
    /// The section holds credentials that genkan did not write.
    NotOurs,
}

/// The file with the section's lines in the place of what it had.
fn put_section(before: &[u8], profile: &str, section: &str) -> Result<Vec<u8>, Refusal> {
    let file = ConfigFile::parse(before);
    file.refuse_utf16().map_err(Refusal::Damage)?;
    let newline = file.newline();
    let section: Vec<Line> = section.lines().map(|text| Line::new(text, newline)).collect();
    let mut places = file.sections().iter().filter(|s| s.header == profile);
    let (Some(place), None) = (places.next(), places.next()) else {
        if file.sections().iter().any(|s| s.header == profile) {
            return Err(Refusal::Damage(Damage::SectionTwice(profile.to_owned())));
        }
        let mut after = before.to_vec();
        after.extend_from_slice(file.separator().as_bytes());
        after.extend(section.into_iter().flat_map(|line| line.bytes));
        return Ok(after);
    };
    let mut lines = file.lines().to_vec();
    let start = place.lines.start + 1;
    let kept = lines_to_keep(place, &lines)?;
    // The header stays as it is written; a last line without an end gets one.
    if let Some(header) = lines.get_mut(start - 1)
        && !header.bytes.ends_with(b"\n")
    {
        header.bytes.extend_from_slice(newline.as_bytes());
    }
    let inner: Vec<Line> = section.into_iter().skip(1).chain(kept).collect();
    lines.splice(start..place.lines.end, inner);
    Ok(lines.into_iter().flat_map(|line| line.bytes).collect())
}

/// The lines that remain of a section when its credentials are replaced.
fn lines_to_keep(section: &Section, lines: &[Line]) -> Result<Vec<Line>, Refusal> {
    let body = section.lines.start + 1..section.lines.end;
    let is_ours = lines.get(body).unwrap_or_default().iter().any(is_expiry);
    if !is_ours && section.settings.iter().any(|setting| is_key(&setting.key)) {
        return Err(Refusal::NotOurs);
    }
    Ok(lines_without_keys(section, lines))
}

fn is_key(key: &str) -> bool {
    KEYS.contains(&key)
}

fn is_expiry(line: &Line) -> bool {
    line.trimmed().is_some_and(export::is_expiry_comment)
}

/// The lines of a section without its credentials. A setting loses its indentation, with which it would go on with the
/// one before it.
fn lines_without_keys(section: &Section, lines: &[Line]) -> Vec<Line> {
    let mut kept = Vec::new();
    for at in section.lines.start + 1..section.lines.end {
        let Some(line) = lines.get(at).cloned() else {
            continue;
        };
        match section.settings.iter().find(|s| s.lines.contains(&at)) {
            Some(setting) if is_key(&setting.key) => {}
            Some(setting) => kept.push(line.outdented(setting.indentation)),
            None if is_expiry(&line) => {}
            None if line.says_nothing() => kept.push(line),
            None => kept.push(line.outdented(usize::MAX)),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# mine\r\n[default]\r\naws_access_key_id = AKIADEFAULT\r\naws_secret_access_key = s1\r\n\r\n\
        [work]\n# the work account\nregion = eu-west-1\naws_access_key_id=AKIAWORK\n\
        AWS_SECRET_ACCESS_KEY : s2\noutput = json\n[last]\naws_access_key_id = AKIALAST\naws_secret_access_key = s3";

    fn removed(profile: &str, id: &str) -> Result<String, Refusal> {
        without_key(FILE.as_bytes(), profile, id).map(|bytes| String::from_utf8(bytes).expect("text"))
    }

    #[test]
    fn a_key_goes_and_every_other_byte_stays() {
        let work = removed("work", "AKIAWORK").expect("removes");
        assert_eq!(
            work,
            FILE.replace("aws_access_key_id=AKIAWORK\nAWS_SECRET_ACCESS_KEY : s2\n", "")
        );
        let default = removed("default", "AKIADEFAULT").expect("removes");
        let section = "[default]\r\naws_access_key_id = AKIADEFAULT\r\naws_secret_access_key = s1\r\n";
        assert_eq!(
            default,
            FILE.replace(section, ""),
            "an empty profile goes with it"
        );
        let last = removed("last", "AKIALAST").expect("removes");
        assert_eq!(last, FILE.split("[last]").next().expect("a part"));
    }

    #[test]
    fn another_key_or_a_profile_that_is_there_twice_is_left_alone() {
        assert_eq!(removed("work", "AKIAOTHER"), Err(Refusal::NotOurs));
        assert_eq!(removed("none", "AKIAWORK"), Err(Refusal::NotOurs));
        let twice = format!("{FILE}\n[work]\nregion = x\n");
        let refused = without_key(twice.as_bytes(), "work", "AKIAWORK");
        assert!(
            matches!(refused, Err(Refusal::Damage(Damage::SectionTwice(_)))),
            "{refused:?}"
        );
    }

    #[tokio::test]
    async fn a_key_is_read_and_removed_and_a_private_backup_stays() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().expect("a folder");
        let paths = Paths::in_home(home.path());
        std::fs::create_dir_all(home.path().join(".aws")).expect("creates");
        std::fs::write(&paths.aws_credentials, FILE).expect("writes");
        let (id, secret, temporary) = CredentialsFile::key_of(&paths, "work")
            .expect("reads")
            .expect("a key");
        assert_eq!(
            (id.as_str(), secret.expose(), temporary),
            ("AKIAWORK", "s2", false)
        );
        assert_eq!(CredentialsFile::key_of(&paths, "none").expect("reads"), None);
        let backup = CredentialsFile::remove_key(&paths, "work", "AKIAWORK")
            .await
            .expect("removes");
        let backup = backup.expect("a backup");
        assert_eq!(std::fs::read_to_string(&backup).expect("there"), FILE);
        let mode = std::fs::metadata(&backup).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(CredentialsFile::key_of(&paths, "work").expect("reads"), None);
    }
}
