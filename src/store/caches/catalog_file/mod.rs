//! The bytes of a catalog, written so that little has to be read: one account is found by its ID or name without the
//! others, and reading all of them back, which stands between the user and the first frame, parses no number twice and
//! copies no text.
//!
//! The first line is JSON: it says how many accounts there are, and names each permission set once, because a few names
//! stand in thousands of accounts. Each other line is an account, its fields separated by tabs, ordered by ID, so that one
//! is found by bisection. The line behind them says in which order the accounts are shown, the next one where names are by
//! their checksum, the last one where all this is. See `seal`.
//!
//! Checksums tell a damaged file: one of the whole, for who reads all of it, and one of each line, for who reads that
//! alone. A file is as foreign as the network all the same: every text is cleaned when it is read.

mod digits;
mod line;
mod look_up;
mod seal;

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use crate::domain::{AccountEntry, Catalog, PermissionSetName, SignInId};
use line::{Lines, SetNumbers};
pub use look_up::CatalogFile;
use seal::Sealed;
pub use seal::seal;

const VERSION: u32 = 4;

#[derive(Serialize, Deserialize)]
struct Header<'a> {
    version: u32,
    synced_at: Option<i64>,
    /// The sign-in that listed it; a file may not say.
    #[serde(default)]
    sign_in: Option<SignInId>,
    accounts: usize,
    #[serde(borrow)]
    permission_sets: Vec<Text<'a>>,
}

impl Header<'_> {
    fn names(&self) -> Vec<PermissionSetName> {
        let names = self.permission_sets.iter();
        names.map(|Text(name)| PermissionSetName::new(name)).collect()
    }
}

/// A text as written in the file, or beside it where it was escaped.
#[derive(Serialize, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

pub(in crate::store) fn encode(catalog: &Catalog) -> serde_json::Result<String> {
    let mut sets = SetNumbers::default();
    let lines: Vec<String> = catalog
        .entries()
        .iter()
        .map(|entry| line::fields(entry, &mut sets))
        .collect();
    let header = serde_json::to_string(&Header {
        version: VERSION,
        synced_at: catalog.synced_at.map(Timestamp::as_second),
        sign_in: catalog.sign_in.clone(),
        accounts: lines.len(),
        permission_sets: sets.names.into_iter().map(|name| Text(name.into())).collect(),
    })?;
    Ok(seal(&header, &lines))
}

/// A file's catalog. None where another genkan wrote it, and it will be written again.
pub(in crate::store) fn decode(bytes: Vec<u8>) -> serde_json::Result<Option<Catalog>> {
    let text = String::from_utf8(bytes).map_err(serde_json::Error::custom)?;
    let first = text.lines().next().unwrap_or_default();
    let header: Header<'_> = match serde_json::from_str(first) {
        Ok(header) => header,
        Err(_) if is_of_another(first) => return Ok(None),
        Err(error) => return Err(error),
    };
    if header.version != VERSION {
        return Ok(None);
    }
    let sealed = Sealed::of(&text).filter(|sealed| sealed.accounts == header.accounts);
    let sealed = sealed.ok_or_else(|| serde_json::Error::custom("its checksum is wrong"))?;
    let entries = entries(&sealed, &text, &header.names());
    let entries = entries.ok_or_else(|| serde_json::Error::custom("it makes no sense"))?;
    let mut catalog = Catalog::of_saved(entries, header.synced_at.and_then(at));
    catalog.sign_in = header.sign_in;
    Ok(Some(catalog))
}

/// The accounts of a file in the order in which they are shown. None where a line makes no sense, or an account is there
/// twice.
fn entries(sealed: &Sealed, text: &str, names: &[PermissionSetName]) -> Option<Vec<Arc<AccountEntry>>> {
    let whole: Arc<str> = text.get(sealed.lines())?.into();
    let mut lines = Lines::new(names);
    // What the file says is believed as far as it has room for it.
    let mut by_id: Vec<Option<Arc<AccountEntry>>> = Vec::with_capacity(sealed.accounts);
    let mut start = 0;
    let mut before = None;
    for line in whole.split_inclusive('\n') {
        let end = start + line.len();
        let entry = lines.entry(&whole, start..end - 1)?;
        if before.as_ref() >= Some(&entry.account.id) {
            return None;
        }
        before = Some(entry.account.id.clone());
        by_id.push(Some(Arc::new(entry)));
        start = end;
    }
    if by_id.len() != sealed.accounts {
        return None;
    }
    sealed.order(text)?.map(|at| by_id.get_mut(at?)?.take()).collect()
}

/// Whether a line that can't be read says that it has another version.
fn is_of_another(line: &str) -> bool {
    let fields = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line);
    let version = fields.ok().and_then(|fields| fields.get("version")?.as_u64());
    version.is_some_and(|version| version != u64::from(VERSION))
}

fn at(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}

#[cfg(test)]
mod tests;
