//! The bytes of a catalog, written so that reading them back is quick: they stand between the user and
//! the first frame.
//!
//! The first line is JSON: it says how many accounts there are, and names each permission set once, because a few names
//! stand in thousands of accounts. Each other line is an account, its fields separated by tabs. Text that has been cleaned
//! holds neither a tab nor the end of a line, so nothing is escaped. As JSON, these lines took three quarters of the time
//! to the first frame of 15,000 rows.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use crate::domain::text::CleanText;
use crate::domain::{Account, AccountEntry, AccountId, Catalog, PermissionSetName, SignInId};

const VERSION: u32 = 3;

/// Fewer bytes than the line of any account has.
const SHORTEST_LINE: usize = 20;

#[derive(Serialize, Deserialize)]
struct Header<'a> {
    version: u32,
    synced_at: Option<i64>,
    /// The sign-in that listed it; older files don't say.
    #[serde(default)]
    sign_in: Option<SignInId>,
    accounts: usize,
    #[serde(borrow)]
    permission_sets: Vec<Text<'a>>,
}

/// ID, name, email, places in the names of permission sets (numbers separated by blanks), when they were listed (seconds
/// since 1970, or nothing), why they could not be (or nothing).
struct Line<'a> {
    id: &'a str,
    name: &'a str,
    email: &'a str,
    sets: &'a str,
    listed_at: &'a str,
    problem: &'a str,
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let mut rest = line;
        let mut fields = [""; 6];
        for field in &mut fields {
            // Short fields: to look at each byte is faster than what searches long texts.
            let end = rest.bytes().position(|byte| byte == b'\t').unwrap_or(rest.len());
            let (before, after) = rest.split_at_checked(end)?;
            *field = before;
            // What the end of a line leaves is taken for another field by none but a line that has too few.
            rest = after.strip_prefix('\t').unwrap_or("\t");
        }
        let [id, name, email, sets, listed_at, problem] = fields;
        (rest == "\t").then_some(Self {
            id,
            name,
            email,
            sets,
            listed_at,
            problem,
        })
    }

    /// The account, cleaned again. None where it makes no sense.
    fn entry(&self, permission_sets: Vec<PermissionSetName>) -> Option<AccountEntry> {
        Some(AccountEntry {
            account: Account {
                id: self.id.parse().ok()?,
                name: CleanText::new(self.name),
                email: CleanText::new(self.email),
            },
            permission_sets,
            listed_at: self.listed_at.parse().ok().and_then(at),
            problem: (!self.problem.is_empty()).then(|| CleanText::new(self.problem)),
        })
    }
}

/// The permission sets at these places among all names.
fn named(places: &str, names: &[PermissionSetName]) -> Vec<PermissionSetName> {
    let places = places.split(' ').map(str::parse::<usize>);
    places
        .filter_map(|place| names.get(place.ok()?).cloned())
        .collect()
}

/// A text as written in the file, or beside it where it was escaped.
#[derive(Serialize, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

pub(super) fn encode(catalog: &Catalog) -> serde_json::Result<Vec<u8>> {
    let mut permission_sets = Vec::new();
    let mut places = HashMap::new();
    let mut lines = String::new();
    for entry in catalog.entries() {
        let sets = entry.permission_sets.iter().map(|name| {
            let place = *places.entry(name).or_insert_with(|| {
                permission_sets.push(name.as_str().into());
                permission_sets.len() - 1
            });
            place.to_string()
        });
        let sets = sets.collect::<Vec<_>>().join(" ");
        let listed_at = entry.listed_at.map(|at| at.as_second().to_string());
        let fields = [
            entry.account.id.as_str(),
            entry.account.name.as_str(),
            entry.account.email.as_str(),
            &sets,
            listed_at.as_deref().unwrap_or_default(),
            entry.problem.as_deref().unwrap_or_default(),
        ];
        lines.push_str(&fields.join("\t"));
        lines.push('\n');
    }
    let mut bytes = serde_json::to_vec(&Header {
        version: VERSION,
        synced_at: catalog.synced_at.map(Timestamp::as_second),
        sign_in: catalog.sign_in.clone(),
        accounts: catalog.entries().len(),
        permission_sets,
    })?;
    bytes.push(b'\n');
    bytes.extend(lines.as_bytes());
    Ok(bytes)
}

/// A file's catalog, cleaned again: a cache file is as foreign as the network. None where another
/// genkan wrote it, and it will be written again.
pub(super) fn decode(bytes: &[u8]) -> serde_json::Result<Option<Catalog>> {
    let text = std::str::from_utf8(bytes).map_err(serde_json::Error::custom)?;
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let header: Header<'_> = match serde_json::from_str(first) {
        Ok(header) => header,
        Err(error) => {
            return if is_of_another(first) {
                Ok(None)
            } else {
                Err(error)
            };
        }
    };
    if header.version != VERSION {
        return Ok(None);
    }
    let names: Vec<PermissionSetName> = header
        .permission_sets
        .iter()
        .map(|Text(name)| PermissionSetName::new(name))
        .collect();
    if !text.ends_with('\n') {
        return Err(serde_json::Error::custom("the last line has no end"));
    }
    // What the header says is believed as far as the file has room for it.
    let mut entries = Vec::with_capacity(header.accounts.min(bytes.len() / SHORTEST_LINE));
    let mut count = 0;
    // Most accounts have the permission sets of the account before.
    let mut sets = ("", Vec::new());
    for line in lines {
        count += 1;
        let line = Line::parse(line)
            .ok_or_else(|| serde_json::Error::custom("a line has too few or too many fields"))?;
        if line.sets != sets.0 {
            sets = (line.sets, named(line.sets, &names));
        }
        entries.extend(line.entry(sets.1.clone()));
    }
    if count != header.accounts {
        return Err(serde_json::Error::custom("lines are missing"));
    }
    let mut catalog = Catalog::from_entries(entries, header.synced_at.and_then(at));
    catalog.sign_in = header.sign_in;
    Ok(Some(catalog))
}

/// The permission sets that the beginning of a file names; none where it holds no whole first line.
pub(super) fn permission_sets(beginning: &[u8]) -> Vec<PermissionSetName> {
    let Some(end) = beginning.iter().position(|b| *b == b'\n') else {
        return Vec::new();
    };
    let header = beginning.get(..end).map(serde_json::from_slice::<Header<'_>>);
    match header {
        Some(Ok(header)) if header.version == VERSION => {
            let names = header.permission_sets.iter();
            names.map(|Text(name)| PermissionSetName::new(name)).collect()
        }
        _ => Vec::new(),
    }
}

/// The name of an account in a file, by the beginning of its line.
pub(super) fn account_name(bytes: &[u8], id: &AccountId) -> Option<CleanText> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (_, after) = text.split_once(&format!("\n{id}\t"))?;
    let (name, _) = after.lines().next()?.split_once('\t')?;
    Some(CleanText::new(name)).filter(|name| !name.is_empty())
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
mod tests {
    use super::*;

    fn catalog() -> Catalog {
        let entry = |id: &str, name: &str, sets: &[&str], problem: Option<&str>| AccountEntry {
            account: Account {
                id: id.parse().expect("an id"),
                name: name.into(),
                email: format!("{id}@example.com").into(),
            },
            permission_sets: sets.iter().map(PermissionSetName::new).collect(),
            listed_at: problem.is_none().then_some(Timestamp::UNIX_EPOCH),
            problem: problem.map(CleanText::new),
        };
        let entries = [
            entry("000000000001", "決済 \"本番\"", &["Admin", "View"], None),
            entry("000000000002", "lab", &["View"], None),
            entry("000000000003", "Zoo", &[], Some("throttled")),
        ];
        let mut catalog = Catalog::from_entries(entries, Some(Timestamp::UNIX_EPOCH));
        catalog.sign_in = Some(SignInId::new("first"));
        catalog
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = encode(&catalog()).expect("encodes");
        assert_eq!(bytes.split(|b| *b == b'\n').count(), 4 + 1);
        assert_eq!(decode(&bytes).expect("decodes"), Some(catalog()));
        let nothing = encode(&Catalog::default()).expect("encodes");
        assert_eq!(decode(&nothing).expect("decodes"), Some(Catalog::default()));
    }

    #[test]
    fn a_file_that_was_cut_anywhere_is_no_catalog() {
        let bytes = encode(&catalog()).expect("encodes");
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn names_are_found_without_reading_the_accounts() {
        let bytes = encode(&catalog()).expect("encodes");
        let header = bytes.split_inclusive(|b| *b == b'\n').next().expect("a line");
        let names: Vec<String> = permission_sets(header).iter().map(ToString::to_string).collect();
        // In the order in which the accounts, sorted by name, use them.
        assert_eq!(names, ["View", "Admin"]);
        assert_eq!(permission_sets(&header[..header.len() - 1]), [], "not whole");
        let name = |id: &str| account_name(&bytes, &id.parse().expect("an ID"));
        assert_eq!(name("000000000001").as_deref(), Some("決済 \"本番\""));
        assert_eq!(name("000000000003").as_deref(), Some("Zoo"));
        assert_eq!(name("000000000004"), None);
    }

    #[test]
    fn a_file_of_another_version_is_not_broken() {
        for (text, ours) in [
            (
                r#"{"version":2,"synced_at":1,"accounts":0,"permission_sets":[]}"#,
                false,
            ),
            (
                r#"{"version":4,"synced_at":null,"accounts":0,"permission_sets":[]}"#,
                false,
            ),
            (r#"{"version":3,"accounts":[]}"#, true),
            ("[1]", true),
            ("7", true),
        ] {
            assert_eq!(decode(text.as_bytes()).is_err(), ours, "{text}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let text = "{\"version\":3,\"synced_at\":99999999999999999,\"accounts\":2,\"permission_sets\":[\"A\\u001b[2J\"]}\n\
                    12\tshort id\t\t0\t\t\n000000000001\ta\u{202e}b\t\t0 7 x\t-1\t\n";
        let catalog = decode(text.as_bytes()).expect("decodes").expect("ours");
        let shown: Vec<String> = catalog
            .assignments()
            .map(|a| format!("{} {}", a.account.name, a.permission_set))
            .collect();
        assert_eq!(shown, ["a\u{fffd}b A\u{fffd}[2J"]);
        assert_eq!(catalog.synced_at, None);
    }
}
