//! Values of the preferences file: read, or what they must be.

use std::str::FromStr;

use toml::de::DeValue;

use crate::domain::values::nearest::nearest_names;

pub(super) fn set_value<T>(place: &mut T, value: Result<T, String>) -> Result<(), String> {
    *place = value?;
    Ok(())
}

pub(super) fn read_text(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        _ => Err("must be a string in quotes".to_owned()),
    }
}

/// A string, or several in brackets.
pub(super) fn read_texts(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let reason = || "must be a string in quotes, or a list of them".to_owned();
    match value {
        DeValue::Array(values) => {
            let texts = values
                .iter()
                .map(|value| read_text(value.get_ref()).map_err(|_| reason()));
            texts.collect()
        }
        value => read_text(value).map(|text| vec![text]).map_err(|_| reason()),
    }
}

pub(super) fn read_flag(value: &DeValue<'_>) -> Result<bool, String> {
    match value {
        DeValue::Boolean(flag) => Ok(*flag),
        _ => Err("must be true or false, without quotes".to_owned()),
    }
}

pub(super) fn read_number(value: &DeValue<'_>) -> Result<u16, String> {
    let number = match value {
        DeValue::Integer(number) => {
            u16::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
        }
        _ => None,
    };
    number
        .filter(|number| *number > 0)
        .ok_or_else(|| format!("must be a whole number from 1 to {}", u16::MAX))
}

/// One of a few words.
pub(super) fn read_choice<T: Copy>(value: &DeValue<'_>, choices: &[(&str, T)]) -> Result<T, String> {
    let said = read_text(value)?;
    let known = choices.iter().find(|(name, _)| *name == said);
    known.map(|(_, choice)| *choice).ok_or_else(|| {
        let names = choices.iter().map(|(name, _)| *name);
        format!("can't be `{said}`; {}", suggest_known(&said, names))
    })
}

/// A value of one of our own kinds.
pub(super) fn read_parsed<T: FromStr<Err: std::fmt::Display>>(value: &DeValue<'_>) -> Result<T, String> {
    read_text(value)?
        .parse()
        .map_err(|e: T::Err| format!("is invalid: {e}"))
}

/// What was probably meant, or all that there is.
pub(super) fn suggest_known<'a>(said: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest_names(said, known.clone(), 1).first() {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("choose one of {}", known.collect::<Vec<_>>().join(", ")),
    }
}
