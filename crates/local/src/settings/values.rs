//! Values of the preferences file that no derived `Deserialize` reads: types of our own, words whose names are needed elsewhere,
//! and lists. Knows no key.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::de::{Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use crate::domain::values::nearest::nearest_names;

/// A value of one of our own kinds.
pub(super) fn read_parsed<'de, D, T>(value: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let said = String::deserialize(value)?;
    let parsed = said
        .parse()
        .map_err(|error| D::Error::custom(format!("is invalid: {error}")));
    parsed.map(Some)
}

/// One of a few words, for types whose names are needed elsewhere, too; other enums derive `Deserialize`.
pub(super) fn read_choice<'de, D, T>(value: D, choices: &[(&str, T)]) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Copy,
{
    let said = String::deserialize(value)?;
    let known = choices.iter().find(|(name, _)| *name == said);
    known.map(|(_, choice)| Some(*choice)).ok_or_else(|| {
        let names = choices.iter().map(|(name, _)| *name);
        D::Error::custom(format!("can't be `{said}`; {}", suggest_known(&said, names)))
    })
}

/// A string, or several in brackets.
pub(super) fn read_texts<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<String>, D::Error> {
    value.deserialize_any(TextsVisitor)
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string in quotes, or a list of them")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<String>, E> {
        Ok(vec![text.to_owned()])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Vec<String>, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = values
            .next_element()
            .map_err(|_| A::Error::invalid_type(Unexpected::Seq, &self))?
        {
            texts.push(text);
        }
        Ok(texts)
    }
}

/// Strings, or a table of them.
pub(super) enum List {
    Texts(Vec<String>),
    Table(Vec<(String, String)>),
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        value.deserialize_any(ListVisitor)
    }
}

struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = List;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        TextsVisitor.expecting(f)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<List, E> {
        TextsVisitor.visit_str(text).map(List::Texts)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, values: A) -> Result<List, A::Error> {
        TextsVisitor.visit_seq(values).map(List::Texts)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut values: A) -> Result<List, A::Error> {
        let mut pairs = Vec::new();
        while let Some(name) = values.next_key::<String>()? {
            let value = values
                .next_value()
                .map_err(|error| A::Error::custom(format!("`{name}` {error}")))?;
            pairs.push((name, value));
        }
        Ok(List::Table(pairs))
    }
}

/// What was probably meant, or all that there is.
pub(super) fn suggest_known<'a>(said: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest_names(said, known.clone(), 1).first() {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("choose one of {}", known.collect::<Vec<_>>().join(", ")),
    }
}
