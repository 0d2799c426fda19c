//! What listings found different since a user last looked, beside the catalog. May be deleted at any time.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::text::CleanText;
use crate::domain::{Account, Change, Changes, PermissionSetName, SignInId};
use crate::store::disk::json_file::JsonFile;
use crate::store::error::{Loaded, StoreError};

#[derive(Serialize, Deserialize)]
struct File {
    /// Nothing in a file of an earlier version.
    sign_in: Option<SignInId>,
    since: i64,
    new: Vec<Line>,
    gone: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    id: String,
    name: String,
    permission_set: String,
}

/// Reads the changes; cleaned again, as everything from a cache is.
pub(in crate::store) fn load_changes(path: &Path) -> Loaded<Changes> {
    JsonFile::<File>::new(path).load().map(|file| {
        let since = Timestamp::from_second(file.since).ok();
        since.map(|since| Changes {
            sign_in: file.sign_in.clone(),
            since: Some(since),
            new: file.new.iter().filter_map(line_to_change).collect(),
            gone: file.gone.iter().filter_map(line_to_change).collect(),
        })
    })
}

/// Writes the changes; none are no file.
pub(in crate::store) fn save_changes(path: &Path, changes: &Changes) -> Result<(), StoreError> {
    let file = JsonFile::new(path);
    let Some(since) = changes.since.filter(|_| !changes.is_empty()) else {
        return file.remove();
    };
    file.save(&File {
        sign_in: changes.sign_in.clone(),
        since: since.as_second(),
        new: changes.new.iter().map(change_to_line).collect(),
        gone: changes.gone.iter().map(change_to_line).collect(),
    })
}

fn change_to_line(change: &Change) -> Line {
    Line {
        id: change.account.id.to_string(),
        name: change.account.name.to_string(),
        permission_set: change.permission_set.to_string(),
    }
}

fn line_to_change(line: &Line) -> Option<Change> {
    Some(Change {
        account: Account {
            id: line.id.parse().ok()?,
            name: CleanText::new(&line.name),
            email: CleanText::default(),
        },
        permission_set: PermissionSetName::new(&line.permission_set),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;
    use crate::platform::files::paths::Paths;
    use crate::store::CatalogCache;

    #[test]
    fn news_are_kept_until_there_are_none() {
        let home = tempfile::tempdir().expect("a folder");
        let cache = CatalogCache::new(&Paths::in_home(home.path()));
        let session = fixtures::session_at("org", "https://d-1234567890.awsapps.com/start", "us-east-1");
        let change = |name: &str| Change {
            account: Account {
                id: "000000000001".parse().expect("an id"),
                name: name.into(),
                email: "".into(),
            },
            permission_set: PermissionSetName::new("Admin"),
        };
        let changes = Changes {
            sign_in: Some(SignInId::new("first")),
            since: Timestamp::from_second(7).ok(),
            new: vec![change("決済")],
            gone: vec![change("old")],
        };
        assert_eq!(cache.load_changes(&session).value, None);
        cache.save_changes(&session, &changes).expect("saves");
        assert_eq!(cache.load_changes(&session).value, Some(changes));
        let hostile = Changes {
            sign_in: None,
            since: Timestamp::from_second(7).ok(),
            new: vec![change("a\u{1b}[31mb")],
            gone: Vec::new(),
        };
        cache.save_changes(&session, &hostile).expect("saves");
        let read = cache.load_changes(&session).value.expect("there");
        assert!(!read.new[0].account.name.contains('\u{1b}'));
        cache
            .save_changes(&session, &Changes::default())
            .expect("removes");
        assert_eq!(cache.load_changes(&session).value, None);
    }
}
