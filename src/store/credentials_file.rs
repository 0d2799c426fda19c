//! `~/.aws/credentials`: role credentials under a profile's name, for tools that read nothing else.
//!
//! Only the section of that name is touched, and only where it is missing, empty or genkan's own: keys
//! that a person put there can't be had again.

use std::path::PathBuf;

use super::atomic::write_over;
use super::config_file::{ConfigFile, Damage, Line, keep_beside, parse};
use super::error::StoreError;
use super::lock::FileLock;
use super::reading::read_secret;
use crate::domain::RoleCredentials;
use crate::domain::export;
use crate::platform::paths::Paths;

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
    pub fn put(
        paths: &Paths,
        profile: &str,
        credentials: &RoleCredentials,
    ) -> Result<Option<PathBuf>, StoreError> {
        let path = &paths.aws_credentials;
        let _lock = FileLock::soon(&paths.cache.join("locks").join("aws-credentials.lock"));
        let read = read_secret(path)?.value;
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
        let kept = keep_beside(path, before)?;
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
    let section: Vec<Line> = section
        .lines()
        .map(|text| Line {
            bytes: [text, newline].concat().into_bytes(),
        })
        .collect();
    let mut lines = parse(before);
    let places: Vec<usize> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.header() == Some(("", profile)))
        .map(|(at, _)| at)
        .collect();
    let start = match places.as_slice() {
        [] => {
            let mut after = before.to_vec();
            after.extend_from_slice(file.separator().as_bytes());
            after.extend(section.into_iter().flat_map(|line| line.bytes));
            return Ok(after);
        }
        [one] => *one + 1,
        _ => return Err(Refusal::Damage(Damage::SectionTwice(profile.to_owned()))),
    };
    let end = lines.iter().skip(start).position(|line| line.header().is_some());
    let end = end.map_or(lines.len(), |length| start + length);
    let body: Vec<Line> = lines.drain(start..end).collect();
    let ours = body
        .iter()
        .any(|line| line.trimmed().is_some_and(export::is_expiry_comment));
    let has_keys = body.iter().any(|line| key(line).is_some());
    if has_keys && !ours {
        return Err(Refusal::NotOurs);
    }
    let kept: Vec<Line> = body
        .into_iter()
        .filter(|line| key(line).is_none() && !line.trimmed().is_some_and(export::is_expiry_comment))
        .collect();
    // The header stays as it is written; a last line without an end gets one.
    if let Some(header) = lines.get_mut(start - 1)
        && !header.bytes.ends_with(b"\n")
    {
        header.bytes.extend_from_slice(newline.as_bytes());
    }
    let inner = section.into_iter().skip(1).chain(kept);
    lines.splice(start..start, inner);
    Ok(lines.into_iter().flat_map(|line| line.bytes).collect())
}

/// The key of a line, if it is one of credentials.
fn key(line: &Line) -> Option<&'static str> {
    let (name, _) = line.key_value()?;
    KEYS.into_iter().find(|key| key.eq_ignore_ascii_case(name))
}
