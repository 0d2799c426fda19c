//! `~/.aws/credentials`: role credentials under a profile's name, for tools that read nothing else.
//!
//! Only the section of that name is touched, and only where it is missing, empty or genkan's own: keys
//! that a user put there can't be had again.

use std::path::PathBuf;

use super::atomic::write_over;
use super::config_file::{ConfigFile, Damage, Line, Section, write_backup};
use super::error::StoreError;
use super::lock::FileLock;
use super::reading::read_secret;
use crate::domain::RoleCredentials;
use crate::domain::export;
use crate::platform::paths::Paths;
use crate::platform::safe_open::FileKind;

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
        let after = put(before, profile, &section).map_err(|refusal| match refusal {
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
}

#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    Damage(Damage),
    /// The section holds credentials that genkan did not write.
    NotOurs,
}

/// The file with the section's lines in the place of what it had.
fn put(before: &[u8], profile: &str, section: &str) -> Result<Vec<u8>, Refusal> {
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

/// The lines that remain of a section when its credentials are replaced. A setting loses its indentation, with which it
/// would go on with the one before it.
fn lines_to_keep(section: &Section, lines: &[Line]) -> Result<Vec<Line>, Refusal> {
    let body = section.lines.start + 1..section.lines.end;
    let is_expiry = |line: &Line| line.trimmed().is_some_and(export::is_expiry_comment);
    let is_ours = lines.get(body.clone()).unwrap_or_default().iter().any(is_expiry);
    let is_key = |key: &str| KEYS.contains(&key);
    if !is_ours && section.settings.iter().any(|setting| is_key(&setting.key)) {
        return Err(Refusal::NotOurs);
    }
    let mut kept = Vec::new();
    for at in body {
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
    Ok(kept)
}
