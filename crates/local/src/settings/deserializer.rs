//! Values of TOML for types that derive `Deserialize`, and what is wrong with one in words for a user.
//!
//! `toml` has a deserializer of its own, whose errors speak of Rust's types. Must not know which keys there are: those are
//! the fields of what is read.

use serde::Deserializer;
use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{Error, Expected, IntoDeserializer, Unexpected, Visitor};
use toml::de::DeValue;

use super::values::suggest_known;

/// Why a key or its value can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ValueError {
    /// No such key, but these.
    #[error("is unknown")]
    UnknownKey(&'static [&'static str]),
    /// What is wrong, as it goes on after the key: "must be …", "can't be …".
    #[error("{0}")]
    Wrong(String),
}

impl Error for ValueError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Wrong(message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Wrong(format!("must be {expected}"))
    }

    fn unknown_variant(said: &str, known: &'static [&'static str]) -> Self {
        let known = suggest_known(said, known.iter().copied());
        Self::Wrong(format!("can't be `{said}`; {known}"))
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        Self::UnknownKey(known)
    }
}

/// A value, read only as the type that it has: a number is never taken for a string.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValueDeserializer<'a>(pub(super) &'a DeValue<'a>);

impl<'a> ValueDeserializer<'a> {
    fn text(self) -> Result<&'a str, ValueError> {
        match self.0 {
            DeValue::String(text) => Ok(text),
            _ => Err(ValueError::custom("must be a string in quotes")),
        }
    }

    /// A whole number, which may be written as `1_000` or `0x10`.
    fn number(self) -> Option<u64> {
        match self.0 {
            DeValue::Integer(number) => {
                u64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
            }
            _ => None,
        }
    }
}

impl<'de> IntoDeserializer<'de, ValueError> for ValueDeserializer<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for ValueDeserializer<'de> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0 {
            DeValue::String(text) => visitor.visit_borrowed_str(text),
            DeValue::Boolean(flag) => visitor.visit_bool(*flag),
            DeValue::Array(values) => {
                let values = values.iter().map(|value| Self(value.get_ref()));
                SeqDeserializer::new(values).deserialize_any(visitor)
            }
            DeValue::Table(table) => {
                let entries = table
                    .iter()
                    .map(|(key, value)| (key.get_ref().as_ref(), Self(value.get_ref())));
                MapDeserializer::new(entries).deserialize_any(visitor)
            }
            DeValue::Integer(_) => match self.number() {
                Some(number) => visitor.visit_u64(number),
                None => Err(ValueError::invalid_type(Unexpected::Other("number"), &visitor)),
            },
            DeValue::Float(_) | DeValue::Datetime(_) => {
                Err(ValueError::invalid_type(Unexpected::Other("value"), &visitor))
            }
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.0 {
            DeValue::Boolean(flag) => visitor.visit_bool(*flag),
            _ => Err(ValueError::custom("must be true or false, without quotes")),
        }
    }

    /// What is counted in these begins at 1.
    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        let number = self.number().and_then(|number| u16::try_from(number).ok());
        match number.filter(|number| *number > 0) {
            Some(number) => visitor.visit_u16(number),
            None => Err(ValueError::Wrong(format!(
                "must be a whole number from 1 to {}",
                u16::MAX
            ))),
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.number() {
            Some(number) => visitor.visit_u64(number),
            None => Err(ValueError::custom("must be a whole number")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_str(visitor)
    }

    /// What is there is some: TOML has no null.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        StrDeserializer::new(self.text()?).deserialize_enum(name, variants, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u32 u128 f32 f64 char bytes byte_buf unit unit_struct newtype_struct seq tuple
        tuple_struct map struct identifier
    }
}
