//! The colours that accounts have in the AWS console, in `$XDG_CACHE_HOME/genkan/colors.json`. May be deleted at any
//! time: then the next entry of each account asks again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::rules::AccountColor;
use crate::domain::{AccountColors, ReadColor};
use crate::platform::files::paths::Paths;
use crate::store::disk::json_file::JsonFile;
use crate::store::error::StoreError;

/// The one file.
#[derive(Clone, Debug)]
pub struct ColorsFile {
    path: PathBuf,
}

/// Colours by account ID, and refusals by `SESSION:ACCOUNT_ID/PERMISSION_SET`.
#[derive(Default, Serialize, Deserialize)]
struct File {
    #[serde(default)]
    accounts: BTreeMap<String, Account>,
    /// Seconds since 1970.
    #[serde(default)]
    refused: BTreeMap<String, i64>,
}

#[derive(Serialize, Deserialize)]
struct Account {
    /// As rules name it; none where the account has none.
    color: Option<String>,
    /// Seconds since 1970.
    at: i64,
}

impl ColorsFile {
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        Self {
            path: paths.cache.join("colors.json"),
        }
    }

    fn file(&self) -> JsonFile<File> {
        JsonFile::new(&self.path)
    }

    /// What is known; nothing where the file can't be read.
    #[must_use]
    pub fn load(&self) -> AccountColors {
        let File { accounts, refused } = self.file().peek().unwrap_or_default();
        let time = |seconds| Timestamp::from_second(seconds).ok();
        AccountColors::of(
            accounts.into_iter().filter_map(|(id, account)| {
                let named = |(name, _): &&(&str, AccountColor)| Some(*name) == account.color.as_deref();
                let color = AccountColor::NAMES.iter().find(named).map(|(_, color)| *color);
                let at = time(account.at)?;
                Some((id.parse().ok()?, ReadColor { color, at }))
            }),
            refused
                .into_iter()
                .filter_map(|(key, at)| Some((key.parse().ok()?, time(at)?))),
        )
    }

    /// Changes what is known, under a lock; what it is then.
    pub async fn change(&self, change: impl FnOnce(&mut AccountColors)) -> Result<AccountColors, StoreError> {
        let file = self.file();
        let _lock = file.lock().await;
        let mut colors = self.load();
        change(&mut colors);
        let accounts = colors.accounts().map(|(id, read)| {
            let color = read.color.map(|color| color.as_str().to_owned());
            let at = read.at.as_second();
            (id.to_string(), Account { color, at })
        });
        let refused = colors
            .refused()
            .map(|(key, at)| (key.to_string(), at.as_second()));
        file.save_indented(&File {
            accounts: accounts.collect(),
            refused: refused.collect(),
        })?;
        Ok(colors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn colors_and_refusals_are_read_back() {
        let home = tempfile::tempdir().expect("a folder");
        let file = ColorsFile::new(&Paths::in_home(home.path()));
        assert_eq!(file.load(), AccountColors::default());
        let at = Timestamp::from_second(1_000_000).expect("a time");
        let key = |id: &str| format!("org:{id}/Admin").parse().expect("a target");
        let changed = file.change(|colors| {
            colors.set(&key("000000000001"), Some(AccountColor::LightBlue), at);
            colors.set(&key("000000000002"), None, at);
            colors.refuse(key("000000000003"), at);
        });
        let changed = changed.await.expect("saves");
        assert_eq!(file.load(), changed);
        let text = std::fs::read_to_string(&file.path).expect("reads");
        assert!(text.contains("\"light-blue\""), "{text}");
        std::fs::write(&file.path, "nonsense").expect("writes");
        assert_eq!(file.load(), AccountColors::default());
    }
}
