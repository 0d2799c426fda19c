//! The reason in a chain of errors, in words for a user.
//!
//! Libraries put their own types into their messages (`DispatchFailure(…)`, `Os { code: 111, … }`). None of
//! that leaves here: where the root cause is such a dump, a message further out is taken.

use std::error::Error;

use crate::domain::text::CleanText;

/// The root cause: the last message of a chain that is a sentence.
pub(in crate::aws) fn find_reason(error: &(dyn Error + 'static)) -> CleanText {
    let mut words = None;
    let mut next = Some(error);
    while let Some(error) = next {
        words = Some(error.to_string()).filter(|text| is_sentence(text)).or(words);
        next = error.source();
    }
    CleanText::new(words.as_deref().unwrap_or("no reason given"))
}

/// Whether a text was written for people: no path of a Rust type, no braces of a struct, no variant with
/// fields.
fn is_sentence(text: &str) -> bool {
    let dumps = ["::", " { ", "{\"", "Some(", "Err(", "Ok("];
    !text.trim().is_empty() && !dumps.iter().any(|dump| text.contains(dump)) && !has_variant(text)
}

/// `Word(` where the word has a capital within, as in `ServiceError(`.
fn has_variant(text: &str) -> bool {
    text.match_indices('(').any(|(at, _)| {
        let word = text.get(..at).and_then(|before| {
            before
                .rsplit(|c: char| !c.is_ascii_alphanumeric())
                .next()
                .filter(|word| word.len() > 2)
        });
        word.is_some_and(|word| {
            word.starts_with(|c: char| c.is_ascii_uppercase())
                && word.chars().skip(1).any(|c| c.is_ascii_lowercase())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Link {
        text: &'static str,
        source: Option<Box<Self>>,
    }

    fn of(texts: &[&'static str]) -> CleanText {
        let mut chain: Option<Box<Link>> = None;
        for text in texts.iter().rev() {
            chain = Some(Box::new(Link { text, source: chain }));
        }
        find_reason(chain.expect("a chain").as_ref())
    }

    #[test]
    fn the_root_cause_is_taken() {
        assert_eq!(
            of(&["dispatch failure", "Connection refused (os error 111)"]),
            "Connection refused (os error 111)"
        );
        assert_eq!(of(&["the profile is incomplete"]), "the profile is incomplete");
    }

    #[test]
    fn dumps_of_types_are_passed_over() {
        for dump in [
            "ProviderError(ProviderError { source: DispatchFailure(DispatchFailure { source: ConnectorError",
            "Os { code: 111, kind: ConnectionRefused, message: \"Connection refused\" }",
            "aws_config::sso::credentials failed",
            "unhandled error (ServiceError(x))",
            "Some(\"x\")",
            "",
        ] {
            assert_eq!(of(&["the search failed", dump]), "the search failed", "{dump}");
            assert_eq!(of(&[dump]), "no reason given", "{dump}");
        }
    }
}
