//! The rows of the index: which texts stand in their fields.
//!
//! Rows repeat their texts, so each different text is stored once and a row says where its own are. Must not know
//! queries, nor where aliases and tags come from.

use std::collections::HashMap;

use super::query::{Field, Word};
use super::text::{StoredText, TextStore};
use crate::domain::Account;
use crate::domain::rules::Tag;
use crate::domain::targets::account::VIA;
use crate::domain::text::CleanText;

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
        self.permission_set.split(VIA).next().unwrap_or_default()
    }

    /// A chained role with the way to it; nothing for a permission set.
    pub(super) fn way(&self) -> &'a str {
        if self.permission_set.contains(VIA) {
            self.permission_set
        } else {
            ""
        }
    }

    pub(super) fn is_of_account(&self, other: &SearchRow<'_>) -> bool {
        self.session == other.session && self.account == other.account
    }
}

/// What rules give a row to be found by.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    pub alias: Option<CleanText>,
    pub tags: Vec<Tag>,
}

/// Which account a row is of, and where its other fields are among the texts of rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) account: u32,
    set: u32,
    way: u32,
    alias: u32,
    tags: u32,
}

impl Row {
    /// The fields that rows of one account may differ in, that a word is looked for in, with their texts' places.
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
            .filter(move |(field, _)| fields.contains(*field))
    }

    pub(super) fn set(self) -> u32 {
        self.set
    }
}

/// The fields of an account, in the order in which its texts are stored.
const OF_ACCOUNT: [Field; 3] = [Field::AccountName, Field::AccountId, Field::Email];

/// The rows, and the texts that stand in them: those of accounts, which are many and seldom the same, and those that
/// many rows share.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) all: Vec<Row>,
    /// Of each account [`OF_ACCOUNT`].
    pub(super) of_accounts: TextStore,
    /// Of each account its session, among the shared ones.
    sessions: Vec<u32>,
    /// The first one is empty.
    pub(super) shared: TextStore,
}

impl Rows {
    pub(super) fn accounts(&self) -> usize {
        self.sessions.len()
    }

    /// The fields of an account that a word is looked for in, with their texts.
    pub(super) fn account_fields(
        &self,
        account: u32,
        word: &Word,
    ) -> impl Iterator<Item = (Field, StoredText<'_>)> {
        let fields = word.fields;
        let first = account * 3;
        let own = OF_ACCOUNT.into_iter().zip(first..);
        let own = own.filter(move |(field, _)| fields.contains(*field));
        let own = own.filter_map(|(field, place)| Some((field, self.of_accounts.get(place)?)));
        let session = fields.contains(Field::Session).then(|| {
            let place = self.sessions.get(account as usize)?;
            Some((Field::Session, self.shared.get(*place)?))
        });
        own.chain(session.flatten())
    }

    /// All fields of a row that a word is looked for in, with their texts.
    pub(super) fn fields(&self, row: Row, word: &Word) -> Vec<(Field, StoredText<'_>)> {
        let own = row
            .fields(word)
            .filter_map(|(field, place)| Some((field, self.shared.get(place)?)));
        let mut all: Vec<_> = self.account_fields(row.account, word).chain(own).collect();
        all.sort_by_key(|(field, _)| *field as u8);
        all
    }
}

/// Rows, as they are collected.
pub(super) struct RowsBuilder<'a> {
    pub(super) rows: Rows,
    places: HashMap<(&'a str, bool), u32>,
    places_of_aliases: HashMap<CleanText, u32>,
    /// Tags of a row are one text of several.
    places_of_tags: HashMap<Vec<Tag>, u32>,
    /// Most rows have the account of the one before.
    last: Option<(SearchRow<'a>, Row)>,
    has_ways: bool,
}

impl<'a> RowsBuilder<'a> {
    pub(super) fn new() -> Self {
        let mut rows = Rows::default();
        let empty = rows.shared.add("", false);
        Self {
            rows,
            places: HashMap::from([(("", false), empty)]),
            places_of_aliases: HashMap::new(),
            places_of_tags: HashMap::from([(Vec::new(), empty)]),
            last: None,
            has_ways: false,
        }
    }

    /// Adds a row with what rules give it. One without that has what the row before has, if that is of the same account.
    pub(super) fn add(&mut self, row: SearchRow<'a>, given: Option<Labels>) {
        let set = self.place(Field::PermissionSet, row.set_name());
        let way = self.place(Field::Way, row.way());
        self.has_ways |= !row.way().is_empty();
        let before = self.last.filter(|(last, _)| last.is_of_account(&row));
        let before = before.map_or_else(|| self.account(&row), |(_, before)| before);
        let mut its = Row { set, way, ..before };
        if let Some(labels) = given {
            its.alias = self.place_alias(labels.alias);
            its.tags = self.place_tags(labels.tags);
        }
        self.last = Some((row, its));
        self.rows.all.push(its);
    }

    /// Whether a row is a chained role.
    pub(super) fn has_ways(&self) -> bool {
        self.has_ways
    }

    /// Adds an account; returns a row of it without its own fields.
    fn account(&mut self, row: &SearchRow<'a>) -> Row {
        let account = u32::try_from(self.rows.sessions.len()).unwrap_or(u32::MAX);
        let texts: [&str; 3] = [&row.account.name, row.account.id.as_str(), &row.account.email];
        for (field, text) in OF_ACCOUNT.into_iter().zip(texts) {
            self.rows.of_accounts.add(text, field.is_loose());
        }
        let session = self.place(Field::Session, row.session);
        self.rows.sessions.push(session);
        Row {
            account,
            set: 0,
            way: 0,
            alias: 0,
            tags: 0,
        }
    }

    fn place(&mut self, field: Field, text: &'a str) -> u32 {
        let shared = &mut self.rows.shared;
        let is_loose = field.is_loose();
        *self
            .places
            .entry((text, is_loose))
            .or_insert_with(|| shared.add(text, is_loose))
    }

    fn place_alias(&mut self, alias: Option<CleanText>) -> u32 {
        let Some(alias) = alias else {
            return self.place(Field::Alias, "");
        };
        let shared = &mut self.rows.shared;
        let add = |alias: &CleanText| shared.add(alias, Field::Alias.is_loose());
        *self.places_of_aliases.entry(alias).or_insert_with_key(add)
    }

    fn place_tags(&mut self, tags: Vec<Tag>) -> u32 {
        let shared = &mut self.rows.shared;
        let add = |tags: &Vec<Tag>| {
            let texts: Vec<String> = tags.iter().map(ToString::to_string).collect();
            shared.add_several(&texts)
        };
        *self.places_of_tags.entry(tags).or_insert_with_key(add)
    }
}
