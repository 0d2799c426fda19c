//! Single accounts of a catalog file. Reads as much for one account of ten as for one of a hundred thousand, nearly.
//!
//! Everything that is read is checked when it is used. A caller that gets no answer reads the whole file, which tells what is
//! wrong with it.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use super::line::{self, Lines};
use super::seal::{LAST, NAME, PLACE, SLOT, Sealed, name_sum};
use super::{Header, VERSION, digits, parse_time};
use crate::domain::{AccountEntry, AccountId, PermissionSetName, SignInId};
use crate::platform::files::safe_open::Opened;
use jiff::Timestamp;

/// A catalog file, of which only the first and the last line were read.
#[derive(Debug)]
pub struct CatalogFile {
    file: Opened,
    sealed: Sealed,
    sets: Vec<PermissionSetName>,
    pub synced_at: Option<Timestamp>,
    pub sign_in: Option<SignInId>,
}

/// So many bytes are read where a few are looked for.
const BLOCK: usize = 4096;
/// So many are read to find where a line begins: as most lines have.
const LINE: usize = 256;

impl CatalogFile {
    /// None where it isn't a whole file of this version.
    pub(in crate::store) fn open(file: Opened) -> Option<Self> {
        let length = usize::try_from(file.length()).ok()?;
        let start = length.checked_sub(LAST)?;
        let sealed = Sealed::parse(&read_part(&file, start..length)?, length)?;
        let line = read_part(&file, sealed.header())?;
        if !sealed.is_header(&line) {
            return None;
        }
        let header: Header<'_> = serde_json::from_slice(&line).ok()?;
        (header.version == VERSION && header.accounts == sealed.accounts).then(|| Self {
            sets: header.names(),
            synced_at: header.synced_at.and_then(parse_time),
            sign_in: header.sign_in,
            file,
            sealed,
        })
    }

    /// All permission sets that are in some account.
    pub(in crate::store) fn permission_sets(&self) -> &[PermissionSetName] {
        &self.sets
    }

    /// The account of an ID.
    #[must_use]
    pub fn account(&self, id: &AccountId) -> Option<AccountEntry> {
        let Range { mut start, mut end } = self.sealed.lines();
        // The line that is looked for begins between these two, and a line begins at the first of them.
        while end - start > BLOCK {
            let middle = start.midpoint(end);
            let Some((place, its)) = self.line_behind(middle, end) else {
                end = middle;
                continue;
            };
            match its.as_slice().cmp(id.as_str().as_bytes()) {
                Ordering::Less => start = place,
                Ordering::Equal => return self.entry(place),
                Ordering::Greater => end = middle,
            }
        }
        // The last of them may begin just in front of the end.
        let end = self.sealed.lines().end.min(end + line::ID);
        let block = read_part(&self.file, start..end)?;
        let mut place = start;
        for line in block.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(id.as_str().as_bytes()) {
                return self.entry(place);
            }
            place += line.len();
        }
        None
    }

    /// The accounts of a name, written as it is. None where the file is damaged.
    #[must_use]
    pub fn accounts_named(&self, name: &str) -> Option<Vec<AccountEntry>> {
        let wanted = name_sum(name);
        let (mut first, mut end) = (0, self.sealed.accounts);
        while end - first > BLOCK / SLOT {
            let middle = first.midpoint(end);
            let (sum, _) = read_slot(&read_part(&self.file, self.slots(middle..middle + 1))?)?;
            if sum < wanted {
                first = middle + 1;
            } else {
                end = middle;
            }
        }
        let mut found = Vec::new();
        while first < self.sealed.accounts {
            let next = self.sealed.accounts.min(first + BLOCK / SLOT);
            for bytes in read_part(&self.file, self.slots(first..next))?.chunks(SLOT) {
                let (sum, place) = read_slot(bytes)?;
                if sum > wanted {
                    return Some(found);
                }
                if sum == wanted {
                    let entry = self.entry(place)?;
                    found.extend((*entry.account.name == *name).then_some(entry));
                }
            }
            first = next;
        }
        Some(found)
    }

    /// The bytes of names' checksums.
    fn slots(&self, numbers: Range<usize>) -> Range<usize> {
        self.sealed.names + SLOT * numbers.start..self.sealed.names + SLOT * numbers.end
    }

    /// The account whose line begins at a place. None where it is not as it was written.
    fn entry(&self, place: usize) -> Option<AccountEntry> {
        let lines = self.sealed.lines();
        if !lines.contains(&place) {
            return None;
        }
        let mut length = LINE;
        let line = loop {
            let end = lines.end.min(place + length);
            let mut bytes = read_part(&self.file, place..end)?;
            if let Some(at) = bytes.iter().position(|byte| *byte == b'\n') {
                bytes.truncate(at);
                break bytes;
            }
            if end == lines.end {
                return None;
            }
            length *= 2;
        };
        if !line::is_whole(&line) {
            return None;
        }
        let length = line.len();
        let whole = Arc::new(String::from_utf8(line).ok()?.into_boxed_str());
        Lines::new(&self.sets).entry(&whole, 0..length)
    }

    /// The first line that begins at a place or behind it and before an end: where, and its ID.
    fn line_behind(&self, place: usize, end: usize) -> Option<(usize, Vec<u8>)> {
        let mut from = place - 1;
        loop {
            let bytes = read_part(&self.file, from..end.min(from + LINE))?;
            match bytes.iter().position(|byte| *byte == b'\n') {
                Some(at) if from + at + 1 < end => {
                    let begins = from + at + 1;
                    let id = match bytes.get(at + 1..at + 1 + line::ID) {
                        Some(id) => id.to_vec(),
                        None => read_part(&self.file, begins..begins + line::ID)?,
                    };
                    return Some((begins, id));
                }
                Some(_) => return None,
                None => from += bytes.len(),
            }
            if from >= end {
                return None;
            }
        }
    }
}

/// A name's checksum, and the place of its line.
fn read_slot(bytes: &[u8]) -> Option<(u64, usize)> {
    let place = digits::parse_index(bytes.get(NAME..NAME + PLACE)?)?;
    Some((digits::parse_number(bytes.get(..NAME)?)?, place))
}

/// A part of a file that is all there.
fn read_part(file: &Opened, range: Range<usize>) -> Option<Vec<u8>> {
    file.part(range.start as u64, range.len()).ok()
}
