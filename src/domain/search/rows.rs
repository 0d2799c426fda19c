//! The rows of the index: which texts stand in their fields.
//!
//! Rows repeat their texts, so each different text is stored once and a row says where its own are. Must not know
//! queries, nor where aliases and tags come from.

use std::collections::HashMap;

use super::query::{Field, Word};
use super::text::Text;
use crate::domain::Account;
use crate::domain::account::VIA;
use crate::domain::rules::Tag;
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

/// Where the fields of a row are among the index's texts, in the order of [`Field::ALL`].
#[derive(Clone, Copy)]
pub(super) struct Row(pub(super) [usize; Field::ALL.len()]);

/// The different texts of rows, as they are collected. The first one is empty.
pub(super) struct Texts<'a> {
    pub(super) all: Vec<Text>,
    places: HashMap<(&'a str, bool), usize>,
    places_of_aliases: HashMap<CleanText, usize>,
    /// Tags of a row are one text of several.
    places_of_tags: HashMap<Vec<Tag>, usize>,
}

impl Default for Texts<'_> {
    fn default() -> Self {
        Self {
            all: vec![Text::new("", false)],
            places: HashMap::from([(("", false), 0)]),
            places_of_aliases: HashMap::new(),
            places_of_tags: HashMap::from([(Vec::new(), 0)]),
        }
    }
}

impl<'a> Texts<'a> {
    pub(super) fn place(&mut self, field: Field, text: &'a str) -> usize {
        let Self { all, places, .. } = self;
        *places.entry((text, field.is_loose())).or_insert_with(|| {
            all.push(Text::new(text, field.is_loose()));
            all.len() - 1
        })
    }

    fn place_alias(&mut self, alias: Option<CleanText>) -> usize {
        let Some(alias) = alias else {
            return self.place(Field::Alias, "");
        };
        let Self {
            all,
            places_of_aliases,
            ..
        } = self;
        *places_of_aliases.entry(alias).or_insert_with_key(|alias| {
            all.push(Text::new(alias, Field::Alias.is_loose()));
            all.len() - 1
        })
    }

    fn place_tags(&mut self, tags: Vec<Tag>) -> usize {
        let Self {
            all, places_of_tags, ..
        } = self;
        *places_of_tags.entry(tags).or_insert_with_key(|tags| {
            all.push(Text::several(tags.iter().map(ToString::to_string)));
            all.len() - 1
        })
    }

    /// A row without its permission set and labels.
    pub(super) fn row(&mut self, row: &SearchRow<'a>) -> Row {
        let mut places = Row([0; Field::ALL.len()]);
        for (field, text) in [
            (Field::AccountName, row.account.name.as_str()),
            (Field::AccountId, row.account.id.as_str()),
            (Field::Email, row.account.email.as_str()),
            (Field::Session, row.session),
        ] {
            places.set(field, self.place(field, text));
        }
        places
    }

    /// Adds what rules give a row.
    pub(super) fn label(&mut self, places: &mut Row, labels: Labels) {
        places.set(Field::Alias, self.place_alias(labels.alias));
        places.set(Field::Tag, self.place_tags(labels.tags));
    }
}

impl Row {
    pub(super) fn set(&mut self, field: Field, text: usize) {
        let places = Field::ALL.into_iter().zip(&mut self.0);
        places
            .filter(|(of, _)| *of == field)
            .for_each(|(_, place)| *place = text);
    }

    /// The fields that a word is looked for in, with their texts' places.
    pub(super) fn fields(self, word: &Word) -> impl DoubleEndedIterator<Item = (Field, usize)> {
        let fields = word.fields;
        Field::ALL
            .into_iter()
            .zip(self.0)
            .filter(move |(field, _)| fields.contains(*field))
    }
}
