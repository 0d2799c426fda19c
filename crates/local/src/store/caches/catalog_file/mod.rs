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
pub use seal::seal_lines;

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

pub(in crate::store) fn encode_catalog(catalog: &Catalog) -> serde_json::Result<String> {
    let mut sets = SetNumbers::default();
    let lines: Vec<String> = catalog
        .entries()
        .iter()
        .map(|entry| line::format_fields(entry, &mut sets))
        .collect();
    let header = serde_json::to_string(&Header {
        version: VERSION,
        synced_at: catalog.synced_at.map(Timestamp::as_second),
        sign_in: catalog.sign_in.clone(),
        accounts: lines.len(),
        permission_sets: sets.names.into_iter().map(|name| Text(name.into())).collect(),
    })?;
    Ok(seal_lines(&header, &lines))
}

/// A file's catalog. None where another genkan wrote it, and it will be written again.
pub(in crate::store) fn decode_catalog(bytes: Vec<u8>) -> serde_json::Result<Option<Catalog>> {
    let mut text = String::from_utf8(bytes).map_err(serde_json::Error::custom)?;
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
    let (names, synced_at, sign_in) = (
        header.names(),
        header.synced_at.and_then(parse_time),
        header.sign_in,
    );
    let order = sealed.order(&text);
    let lines = sealed.lines();
    if !text.is_char_boundary(lines.end) {
        return Err(makes_no_sense());
    }
    // What is read of the file stays in memory, and no more: the texts of accounts are parts of it.
    text.truncate(lines.end);
    let whole = Arc::new(text.into_boxed_str());
    let entries = order.and_then(|order| read_entries(lines.start, &whole, &order, &names));
    let mut catalog = Catalog::of_saved(entries.ok_or_else(makes_no_sense)?, synced_at);
    catalog.sign_in = sign_in;
    Ok(Some(catalog))
}

fn makes_no_sense() -> serde_json::Error {
    serde_json::Error::custom("it makes no sense")
}

/// The accounts whose lines begin at a place, in the order in which they are shown. None where a line makes no sense, or an
/// account is there twice.
fn read_entries(
    first: usize,
    whole: &Arc<Box<str>>,
    order: &[u32],
    names: &[PermissionSetName],
) -> Option<Vec<Arc<AccountEntry>>> {
    let starts = find_line_starts(first, whole, order.len())?;
    let mut lines = Lines::new(names);
    let mut seen = vec![false; order.len()];
    let mut entries = Vec::with_capacity(order.len());
    // In the order in which they are shown, which is how they are read from memory later.
    for at in order {
        let at = *at as usize;
        if std::mem::replace(seen.get_mut(at)?, true) {
            return None;
        }
        let line = *starts.get(at)? as usize..*starts.get(at + 1)? as usize - 1;
        entries.push(Arc::new(lines.entry(whole, line)?));
    }
    Some(entries)
}

/// Where so many lines begin, and where the last one ends. None where they are not so many, or not ordered by their IDs.
fn find_line_starts(first: usize, whole: &str, lines: usize) -> Option<Vec<u32>> {
    let mut starts = Vec::with_capacity(lines + 1);
    let mut before: &str = "";
    let mut start = u32::try_from(first).ok()?;
    for line in whole.get(first..)?.split_inclusive('\n') {
        let id = line.get(..line::ID)?;
        if before >= id {
            return None;
        }
        before = id;
        starts.push(start);
        start = start.checked_add(u32::try_from(line.len()).ok()?)?;
    }
    starts.push(start);
    (starts.len() == lines + 1).then_some(starts)
}

/// Whether a line that can't be read says that it has another version.
fn is_of_another(line: &str) -> bool {
    let fields = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line);
    let version = fields.ok().and_then(|fields| fields.get("version")?.as_u64());
    version.is_some_and(|version| version != u64::from(VERSION))
}

fn parse_time(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}

#[cfg(test)]
mod tests;
