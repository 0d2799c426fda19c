//! Tables of the preferences and project files, read key by key: a value that can't be used is reported and takes nothing from
//! the others.
//!
//! A derived reader ends at the first mistake. So where there is one, each key is read alone, and those that can be read are then
//! read together. Must not know what the keys mean.

use serde::de::value::MapDeserializer;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::deserializer::{ValueDeserializer, ValueError};
use super::values::suggest_known;

/// A key with its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    /// The offset of the key.
    pub(super) at: usize,
    pub(super) value: &'a DeValue<'a>,
}

impl<'a> Entry<'a> {
    fn new((key, value): (&'a Spanned<DeString<'a>>, &'a Spanned<DeValue<'a>>)) -> Self {
        Self {
            name: key.get_ref(),
            at: key.span().start,
            value: value.get_ref(),
        }
    }
}

/// The keys of a table.
pub(super) fn entries_of<'a>(table: &'a DeTable<'a>) -> impl Iterator<Item = Entry<'a>> {
    table.iter().map(Entry::new)
}

/// Some keys of a table, as a derived `deserialize` takes them.
pub(super) type Keys<'a> =
    MapDeserializer<'a, std::vec::IntoIter<(&'a str, ValueDeserializer<'a>)>, ValueError>;

fn keys_of<'a>(entries: Vec<(&'a str, ValueDeserializer<'a>)>) -> Keys<'a> {
    MapDeserializer::new(entries.into_iter())
}

/// Reads a table. `deserialize` must refuse unknown keys and need none; what is wrong with a key is told to `wrong`.
pub(super) fn read_keys<'a, T: Default>(
    entries: impl Iterator<Item = Entry<'a>>,
    deserialize: fn(Keys<'a>) -> Result<T, ValueError>,
    mut wrong: impl FnMut(Entry<'a>, ValueError),
) -> T {
    let entries: Vec<Entry<'a>> = entries.collect();
    let read = |entries: &[Entry<'a>]| {
        let pairs = entries
            .iter()
            .map(|entry| (entry.name, ValueDeserializer(entry.value)));
        deserialize(keys_of(pairs.collect()))
    };
    if let Ok(all) = read(&entries) {
        return all;
    }
    let mut fine = Vec::new();
    for entry in entries {
        match read(&[entry]) {
            Ok(_) => fine.push(entry),
            Err(error) => wrong(entry, error),
        }
    }
    // Each of them can be read, and no key is there twice.
    read(&fine).unwrap_or_default()
}

/// The keys that a `deserialize` knows: no table has an empty key, and the refusal of one lists them.
pub(super) fn known_keys<T>(
    deserialize: fn(Keys<'static>) -> Result<T, ValueError>,
) -> &'static [&'static str] {
    const NO_KEY: &str = "";
    static VALUE: DeValue<'_> = DeValue::Boolean(false);
    match deserialize(keys_of(vec![(NO_KEY, ValueDeserializer(&VALUE))])) {
        Err(ValueError::UnknownKey(known)) => known,
        _ => &[],
    }
}

/// What is wrong with a key, in words. `others` are keys of the table that its `deserialize` doesn't know.
pub(super) fn describe_mistake(name: &str, error: &ValueError, others: &[&'static str]) -> String {
    match error {
        ValueError::UnknownKey(known) => {
            let known = others.iter().chain(known.iter()).copied();
            format!("unknown key `{name}`; {}", suggest_known(name, known))
        }
        ValueError::Wrong(reason) => format!("`{name}` {reason}"),
    }
}
