//! The rows of the index: which account each is of, and which texts stand in its own fields.
//!
//! Rows repeat their texts, and there are a hundred thousand. So a row is two numbers: its account, whose texts are the
//! catalog's own, and its kind, which many rows share. Must not know queries, nor where aliases and tags come from.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use super::query::{Field, Word};
use super::text::{AccountTexts, StoredText, TextStore};
use crate::rules::Tag;
use crate::targets::account::VIA;
use crate::text::CleanText;
use crate::{Account, AccountEntry, PermissionSetName};

/// One row, as it is searched.
#[derive(Clone, Copy, Debug)]
pub struct SearchRow<'a> {
    /// The SSO session's name.
    pub session: &'a str,
    pub account: &'a Account,
    /// Empty where it isn't known.
    pub permission_set: &'a str,
}

impl<'a> SearchRow<'a> {
    /// The permission set or role without the way to it, as rules know it.
    pub(super) fn set_name(&self) -> &'a str {
        set_and_way(self.permission_set).0
    }

    pub(super) fn is_of_account(&self, other: &SearchRow<'_>) -> bool {
        self.session == other.session && self.account == other.account
    }
}

/// The permission set or role without the way to it, and a chained role with the way to it.
fn set_and_way(shown: &str) -> (&str, &str) {
    match shown.find(VIA) {
        Some(at) => (shown.get(..at).unwrap_or_default(), shown),
        None => (shown, ""),
    }
}

/// What rules give a row to be found by.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    pub alias: Option<CleanText>,
    pub tags: Vec<Tag>,
}

/// Which account a row is of, and which of the kinds its own fields are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) account: u32,
    pub(super) kind: u32,
}

/// The fields that rows of one account may differ in: where their texts are among those that rows share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    set: u32,
    way: u32,
    alias: u32,
    tags: u32,
}

impl Kind {
    /// The fields that a word is looked for in, with their texts' places. An empty text matches no word: most rows have no way.
    pub(super) fn fields(self, word: &Word) -> impl DoubleEndedIterator<Item = (Field, u32)> {
        let fields = word.fields;
        let places = [
            (Field::PermissionSet, self.set),
            (Field::Alias, self.alias),
            (Field::Tag, self.tags),
            (Field::Way, self.way),
        ];
        places
            .into_iter()
            .filter(move |(field, place)| *place != EMPTY && fields.contains(*field))
    }

    /// Whether the permission set is known.
    pub(super) fn has_set(self) -> bool {
        self.set != EMPTY
    }
}

/// The place of the empty text.
const EMPTY: u32 = 0;

/// The rows, and the texts that stand in them: those of accounts, which are many and seldom the same, and those that
/// many rows share.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) all: Vec<Row>,
    pub(super) kinds: Vec<Kind>,
    pub(super) of_accounts: AccountTexts,
    /// The first one is empty.
    pub(super) shared: TextStore,
    known: KnownTexts,
    /// The account of the last row, where that was added by itself.
    last: Option<(String, Account, u32)>,
}

/// Where texts and kinds are that were added before.
#[derive(Debug, Default)]
struct KnownTexts {
    loose: HashMap<Box<str>, u32>,
    strict: HashMap<Box<str>, u32>,
    /// Tags of a row are one text of several.
    tags: HashMap<Vec<Tag>, u32>,
    kinds: HashMap<Kind, u32>,
    lists: Lists,
}

/// The kinds of the rows of lists of permission sets, without aliases and tags: most accounts have the same list as
/// another one.
#[derive(Debug, Default)]
struct Lists {
    kinds: Vec<Box<[u32]>>,
    /// By their addresses. The list is kept, so that no other one gets its address.
    by_address: HashMap<usize, (Arc<[PermissionSetName]>, usize)>,
    by_names: HashMap<Arc<[PermissionSetName]>, usize>,
}

/// So many lists are known by their addresses: more are hardly the same one.
const MOST_ADDRESSES: usize = 1024;

impl Rows {
    pub(super) fn new() -> Self {
        let mut rows = Self {
            all: Vec::new(),
            kinds: Vec::new(),
            of_accounts: AccountTexts::default(),
            shared: TextStore::default(),
            known: KnownTexts::default(),
            last: None,
        };
        let empty = rows.shared.add("", false);
        rows.known.strict.insert("".into(), empty);
        rows.known.loose.insert("".into(), empty);
        rows.known.tags.insert(Vec::new(), empty);
        rows
    }

    pub(super) fn accounts(&self) -> usize {
        self.of_accounts.len()
    }

    pub(super) fn kind(&self, row: Row) -> Kind {
        self.kinds.get(row.kind as usize).copied().unwrap_or_default()
    }

    /// The fields of an account that a word is looked for in, with their texts.
    pub(super) fn account_fields(
        &self,
        account: u32,
        word: &Word,
    ) -> impl Iterator<Item = (Field, StoredText<'_>)> {
        let fields = word.fields;
        let own = self.of_accounts.texts(account, fields);
        let session = fields.contains(Field::Session).then(|| {
            let place = self.of_accounts.session(account)?;
            Some((Field::Session, self.shared.get(place)?))
        });
        own.chain(session.flatten())
    }

    /// All fields of a row that a word is looked for in, with their texts.
    pub(super) fn fields(&self, row: Row, word: &Word) -> Vec<(Field, StoredText<'_>)> {
        let own =
            (self.kind(row).fields(word)).filter_map(|(field, place)| Some((field, self.shared.get(place)?)));
        let mut all: Vec<_> = self.account_fields(row.account, word).chain(own).collect();
        all.sort_by_key(|(field, _)| *field as u8);
        all
    }

    /// Adds an account without rows.
    fn add_account(&mut self, session: &str, entry: Arc<AccountEntry>) -> u32 {
        let session = self.place(Field::Session, session);
        let first = row_number(self.all.len());
        self.of_accounts.add(entry, session, first)
    }

    /// Adds all rows of an account. `labels` says what rules give a permission set, or the account where none is known.
    pub(super) fn add_entry(
        &mut self,
        session: &str,
        entry: &Arc<AccountEntry>,
        mut labels: impl FnMut(Option<&str>) -> Option<Labels>,
    ) {
        let account = self.add_account(session, Arc::clone(entry));
        let sets = &entry.permission_sets;
        if sets.is_empty() {
            return self.add_of(account, Kind::default(), labels(None));
        }
        let list = self.list(sets);
        // A set without labels of its own has those of the one before.
        let (mut alias, mut tags) = (EMPTY, EMPTY);
        for (at, set) in sets.iter().enumerate() {
            let kinds = self.known.lists.kinds.get(list);
            let Some(mut kind) = kinds.and_then(|kinds| kinds.get(at)).copied() else {
                continue;
            };
            if let Some(given) = labels(Some(set.name())) {
                (alias, tags) = (
                    self.place_alias(given.alias.as_ref()),
                    self.place_tags(given.tags),
                );
            }
            if (alias, tags) != (EMPTY, EMPTY) {
                let bare = self.kinds.get(kind as usize).copied().unwrap_or_default();
                kind = self.place_kind(Kind { alias, tags, ..bare });
            }
            self.all.push(Row { account, kind });
        }
    }

    /// Adds a row with what rules give it. One without that has what the row before has, if that is of the same account.
    pub(super) fn add(&mut self, row: SearchRow<'_>, given: Option<Labels>) {
        let is_known = self
            .last
            .as_ref()
            .is_some_and(|(session, account, _)| *session == row.session && account == row.account);
        if !is_known {
            let entry = AccountEntry {
                account: row.account.clone(),
                permission_sets: Arc::default(),
                listed_at: None,
                problem: None,
            };
            let account = self.add_account(row.session, Arc::new(entry));
            self.last = Some((row.session.to_owned(), row.account.clone(), account));
        }
        let account = self.last.as_ref().map_or(0, |(.., account)| *account);
        let before = self.all.last().filter(|_| is_known).map(|last| self.kind(*last));
        let kind = self.kind_of(row.permission_set);
        let kind = match before {
            Some(before) if given.is_none() => Kind {
                alias: before.alias,
                tags: before.tags,
                ..kind
            },
            _ => kind,
        };
        self.add_of(account, kind, given);
    }

    fn add_of(&mut self, account: u32, kind: Kind, given: Option<Labels>) {
        let kind = match given {
            Some(given) => Kind {
                alias: self.place_alias(given.alias.as_ref()),
                tags: self.place_tags(given.tags),
                ..kind
            },
            None => kind,
        };
        let kind = self.place_kind(kind);
        self.all.push(Row { account, kind });
    }

    /// The number of a list.
    fn list(&mut self, sets: &Arc<[PermissionSetName]>) -> usize {
        let address = Arc::as_ptr(sets).cast::<()>().addr();
        if let Some((_, list)) = self.known.lists.by_address.get(&address) {
            return *list;
        }
        // A way may be shown with other names where another session has the same role.
        let has_ways = sets.iter().any(PermissionSetName::is_chained);
        let known = self.known.lists.by_names.get(sets).filter(|_| !has_ways);
        let list = known.copied().unwrap_or_else(|| {
            let kinds = sets.iter().map(|set| {
                let kind = self.kind_of(set.shown());
                self.place_kind(kind)
            });
            let kinds = kinds.collect();
            let lists = &mut self.known.lists;
            lists.kinds.push(kinds);
            let list = lists.kinds.len() - 1;
            if !has_ways {
                lists.by_names.insert(Arc::clone(sets), list);
            }
            list
        });
        let by_address = &mut self.known.lists.by_address;
        if by_address.len() < MOST_ADDRESSES {
            by_address.insert(address, (Arc::clone(sets), list));
        }
        list
    }

    fn kind_of(&mut self, shown: &str) -> Kind {
        let (set, way) = set_and_way(shown);
        Kind {
            set: self.place(Field::PermissionSet, set),
            way: self.place(Field::Way, way),
            ..Kind::default()
        }
    }

    fn place_kind(&mut self, kind: Kind) -> u32 {
        let kinds = &mut self.kinds;
        *self.known.kinds.entry(kind).or_insert_with(|| {
            kinds.push(kind);
            row_number(kinds.len() - 1)
        })
    }

    fn place(&mut self, field: Field, text: &str) -> u32 {
        let is_loose = field.is_loose();
        let known = if is_loose {
            &mut self.known.loose
        } else {
            &mut self.known.strict
        };
        if let Some(place) = known.get(text) {
            return *place;
        }
        let place = self.shared.add(text, is_loose);
        known.insert(text.into(), place);
        place
    }

    fn place_alias(&mut self, alias: Option<&CleanText>) -> u32 {
        alias.map_or(EMPTY, |alias| self.place(Field::Alias, alias))
    }

    fn place_tags(&mut self, tags: Vec<Tag>) -> u32 {
        let shared = &mut self.shared;
        let add = |tags: &Vec<Tag>| {
            let texts: Vec<String> = tags.iter().map(ToString::to_string).collect();
            shared.add_several(&texts)
        };
        *self.known.tags.entry(tags).or_insert_with_key(add)
    }
}

fn row_number(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}
