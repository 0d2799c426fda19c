//! The line of an account: its fields between tabs, and a checksum for who reads no other line.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;

use super::digits;
use crate::domain::text::CleanText;
use crate::domain::{Account, AccountEntry, AccountId, PermissionSetName};

/// The digits of an account ID.
pub(super) const ID: usize = 12;
/// The digits of a line's checksum.
const CHECKSUM: usize = 6;
const FIELDS: usize = 6;

/// The fields of an account: ID, name, email, places in the names of permission sets (numbers separated by blanks), when
/// they were listed (seconds since 1970, or nothing), why they could not be (or nothing).
pub(super) fn format_fields<'a>(entry: &'a AccountEntry, sets: &mut SetNumbers<'a>) -> String {
    let numbers = entry.permission_sets.iter().map(|name| sets.number(name));
    let numbers = numbers.collect::<Vec<_>>().join(" ");
    let listed_at = entry.listed_at.map(|at| at.as_second().to_string());
    let fields: [&str; FIELDS] = [
        entry.account.id.as_str(),
        &entry.account.name,
        &entry.account.email,
        &numbers,
        listed_at.as_deref().unwrap_or_default(),
        entry.problem.as_deref().unwrap_or_default(),
    ];
    // Text that has been cleaned holds neither a tab nor the end of a line.
    fields.join("\t")
}

/// Appends a line: fields and their checksum.
pub(super) fn push_line(file: &mut String, fields: &str) {
    file.push_str(fields);
    file.push('\t');
    digits::push_digits(file, sum_fields(fields.as_bytes()), CHECKSUM);
    file.push('\n');
}

/// Whether a line, without its end, is as it was written.
pub(super) fn is_whole(line: &[u8]) -> bool {
    let end = line.len().checked_sub(CHECKSUM + 1);
    let parts = end.and_then(|end| Some((line.get(..end)?, line.get(end + 1..)?)));
    parts.is_some_and(|(fields, written)| digits::parse_number(written) == Some(sum_fields(fields)))
}

/// The checksum of fields, as long as a line has it.
fn sum_fields(fields: &[u8]) -> u64 {
    digits::compute_checksum(fields) % (1 << 36)
}

/// The number of each permission set: a few names stand in thousands of accounts.
#[derive(Default)]
pub(super) struct SetNumbers<'a> {
    pub(super) names: Vec<&'a str>,
    numbers: HashMap<&'a PermissionSetName, usize>,
}

impl<'a> SetNumbers<'a> {
    fn number(&mut self, name: &'a PermissionSetName) -> String {
        let Self { names, numbers } = self;
        let number = numbers.entry(name).or_insert_with(|| {
            names.push(name.as_str());
            names.len() - 1
        });
        number.to_string()
    }
}

/// So many lists of permission sets are kept to be shared: more are hardly the same one.
const MOST_LISTS: usize = 4096;

/// Reads lines whose permission sets are numbers among these names.
pub(super) struct Lines<'a> {
    names: &'a [PermissionSetName],
    /// The lists of permission sets by their numbers: most accounts have the same as another one.
    lists: HashMap<Box<str>, Arc<[PermissionSetName]>>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(names: &'a [PermissionSetName]) -> Self {
        Self {
            names,
            lists: HashMap::new(),
        }
    }

    /// The account of a line, which is a part of a text without its end. None where it makes no sense.
    pub(super) fn entry(&mut self, whole: &Arc<Box<str>>, line: Range<usize>) -> Option<AccountEntry> {
        let bytes = whole.as_bytes().get(line.clone())?;
        let mut ends = [0; FIELDS];
        let mut tabs = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\t');
        for end in &mut ends {
            *end = tabs.next()?.0;
        }
        if tabs.next().is_some() {
            return None;
        }
        let [id, name, email, sets, listed_at, problem] = ends;
        let text = |from: usize, to: usize| CleanText::part(whole, line.start + from + 1..line.start + to);
        let field = |from: usize, to: usize| whole.get(line.start + from + 1..line.start + to);
        Some(AccountEntry {
            account: Account {
                id: AccountId::from_digits(bytes.get(..id)?.try_into().ok()?)?,
                name: text(id, name),
                email: text(name, email),
            },
            permission_sets: self.sets(field(email, sets)?),
            listed_at: parse_time(field(sets, listed_at)?),
            problem: (problem > listed_at + 1).then(|| text(listed_at, problem)),
        })
    }

    fn sets(&mut self, numbers: &str) -> Arc<[PermissionSetName]> {
        if let Some(list) = self.lists.get(numbers) {
            return Arc::clone(list);
        }
        let known = numbers.split(' ').filter_map(|number| {
            let number = number.parse::<usize>().ok()?;
            self.names.get(number).cloned()
        });
        let list: Arc<[PermissionSetName]> = known.collect();
        if self.lists.len() < MOST_LISTS {
            self.lists.insert(numbers.into(), Arc::clone(&list));
        }
        list
    }
}

fn parse_time(seconds: &str) -> Option<Timestamp> {
    Timestamp::from_second(seconds.parse().ok()?).ok()
}
