//! The project file: `.genkan.toml` in a folder or above names a target and a Region.
//!
//! It comes with a project, so its writer may be anyone: it is checked like preferences, says no address, and is used
//! only after someone approved its content (`app::projects`).

use std::path::{Path, PathBuf};

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use toml::de::DeTable;

use super::deserializer::ValueError;
use super::keys::{describe_mistake, entries_of, read_keys};
use super::preferences_file::{line_of, without_broken_lines};
use crate::domain::Region;
use crate::domain::shells::project::ProjectTarget;
use crate::domain::text::clean_text;
use crate::platform::files::guard::PermissionIssue;
use crate::platform::files::safe_open;
use crate::platform::files::safe_open::{FileKind, OpenError};

/// Its name.
pub const PROJECT_FILE: &str = ".genkan.toml";
/// A target that is longer is none.
const LONGEST: usize = 512;

/// A file that was found and can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectFile {
    pub path: PathBuf,
    /// Its whole content: that is what is approved.
    pub bytes: Vec<u8>,
    pub named: ProjectTarget,
    /// What is wrong with it beside, one sentence each.
    pub mistakes: Vec<String>,
}

/// A file that was found and can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ProjectFileError {
    #[error("can't read `{}`: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{0}")]
    BadPermissions(PermissionIssue),
    #[error("`{}`, line {line}: {reason}", path.display())]
    Broken {
        path: PathBuf,
        line: usize,
        reason: String,
    },
}

impl ProjectFileError {
    /// What to do next, one line each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Broken { .. } => vec![
                "a project file has `target = \"ACCOUNT/PERMISSION_SET\"`, and perhaps `region`".to_owned(),
                "specify ACCOUNT/PERMISSION_SET to do without it".to_owned(),
            ],
            Self::Unreadable { .. } | Self::BadPermissions(_) => Vec::new(),
        }
    }
}

/// The file of a folder, or of the nearest one above that has one.
pub fn find_project_file(folder: &Path) -> Result<Option<ProjectFile>, ProjectFileError> {
    for folder in folder.ancestors() {
        if let Some(found) = read_project_file(&folder.join(PROJECT_FILE))? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The file of this path, if there is one.
pub fn read_project_file(path: &Path) -> Result<Option<ProjectFile>, ProjectFileError> {
    let unreadable = |source| ProjectFileError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let bytes = match safe_open::read_settled(path, FileKind::Preferences) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(None),
        Err(OpenError::BadPermissions(issue)) => return Err(ProjectFileError::BadPermissions(issue)),
        Err(error) => return Err(unreadable(error.into_io())),
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| unreadable(std::io::ErrorKind::InvalidData.into()))?;
    let broken = |(line, reason)| ProjectFileError::Broken {
        path: path.to_owned(),
        line,
        reason,
    };
    let (named, mistakes) = parse_project(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(broken)?;
    let mistakes = mistakes
        .into_iter()
        .map(|mistake| broken(mistake).to_string())
        .collect();
    Ok(Some(ProjectFile {
        path: path.to_owned(),
        named,
        mistakes,
        bytes,
    }))
}

/// The number of a line, and what is wrong with it.
type Mistake = (usize, String);

/// What the text names, and mistakes that leave it usable.
fn parse_project(text_of_file: &str) -> Result<(ProjectTarget, Vec<Mistake>), Mistake> {
    let (readable, broken) = without_broken_lines(text_of_file);
    // A line that can't be read may be the one that counts.
    if let Some(broken) = broken.into_iter().next() {
        return Err(broken);
    }
    let table = DeTable::parse(&readable).map_err(|error| (1, clean_text(error.message())))?;
    let (mut unusable, mut mistakes) = (None, Vec::new());
    let read = read_keys(
        entries_of(table.get_ref()),
        ProjectTable::deserialize,
        |entry, error| {
            let reason = clean_text(&describe_mistake(entry.name, &error, &[]));
            let mistake = (line_of(text_of_file, entry.at), reason);
            match error {
                ValueError::UnknownKey(_) => mistakes.push(mistake),
                ValueError::Wrong(_) => {
                    unusable.get_or_insert(mistake);
                }
            }
        },
    );
    if let Some(mistake) = unusable {
        return Err(mistake);
    }
    let ProjectTable { target, region } = read;
    match target {
        Some(target) => Ok((ProjectTarget { target, region }, mistakes)),
        None => Err((
            1,
            "it has no `target`, such as `target = \"ACCOUNT/PERMISSION_SET\"`".to_owned(),
        )),
    }
}

/// The file as it is written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ProjectTable {
    #[serde(deserialize_with = "read_target")]
    target: Option<String>,
    #[serde(deserialize_with = "read_region")]
    region: Option<String>,
}

fn read_target<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    let said = String::deserialize(value)?;
    as_target(&said).map(Some).map_err(D::Error::custom)
}

fn read_region<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    let said = String::deserialize(value)?;
    match Region::chosen(&said) {
        Ok(region) => Ok(Some(region.to_string())),
        Err(error) => Err(D::Error::custom(format!("is invalid: {error}"))),
    }
}

/// A target as it is written. An address would send its reader wherever the file's writer wants.
fn as_target(said: &str) -> Result<String, String> {
    let said = said.trim();
    if said.contains("://") || said.starts_with("www.") {
        return Err("can't be an address: write ACCOUNT/PERMISSION_SET".to_owned());
    }
    if said.is_empty() || said.len() > LONGEST || said != clean_text(said) || said == "-" {
        return Err("must be ACCOUNT/PERMISSION_SET".to_owned());
    }
    Ok(said.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_and_a_region_are_read() {
        let (named, mistakes) =
            parse_project("target = \"payments-dev/Admin\"\nregion = \"EU-west-1\"\n").expect("usable");
        assert_eq!(named.target, "payments-dev/Admin");
        assert_eq!(named.region.as_deref(), Some("eu-west-1"));
        assert_eq!(mistakes, []);
        let (_, mistakes) = parse_project("target = \"a/b\"\nregon = \"eu-west-1\"\n").expect("usable");
        assert_eq!(
            mistakes,
            [(2, "unknown key `regon`; did you mean `region`?".to_owned())]
        );
    }

    #[test]
    fn what_names_no_target_is_refused_with_its_line() {
        for (text, line, words) in [
            ("", 1, "it has no `target`"),
            ("region = \"eu-west-1\"", 1, "it has no `target`"),
            (
                "\ntarget = \"https://evil.example/start\"",
                2,
                "`target` can't be an address",
            ),
            ("target = \"\"", 1, "must be ACCOUNT"),
            ("target = \"a\\u001b[31m/b\"", 1, "must be ACCOUNT"),
            ("target = 1", 1, "must be a string in quotes"),
            ("target = \"a/b\"\nregion = \"moon\"", 2, "`region` is invalid"),
            ("target = \"a/b\"\ntarget", 2, ""),
        ] {
            let (at, reason) = parse_project(text).expect_err(text);
            assert_eq!(at, line, "{text}: {reason}");
            assert!(reason.contains(words), "{text}: {reason}");
        }
    }
}
