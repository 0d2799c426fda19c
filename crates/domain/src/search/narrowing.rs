//! Whether a query finds nothing that another one doesn't: what is typed at the end of a search is held only against what
//! was found before it.

use nucleo_matcher::pattern::AtomKind;

use super::query::{self, Term, Word};

/// Whether every row that matches `query` matches `before`, too. May say no where it is so.
#[must_use]
pub fn narrows_query(before: &str, query: &str) -> bool {
    let (before, now) = (query::parse_query(before), query::parse_query(query));
    let mut longer = 0;
    let all = before.len() <= now.len()
        && before.iter().zip(&now).all(|(before, now)| {
            before.text == now.text || {
                longer += 1;
                is_longer(before, now)
            }
        });
    all && longer <= 1 && !before.is_empty()
}

/// Whether a term is the same with more letters at its end.
fn is_longer(before: &Term, now: &Term) -> bool {
    let ([before], [now]) = (before.alternatives.as_slice(), now.alternatives.as_slice()) else {
        return false;
    };
    let ([before], [now]) = (before.as_slice(), now.as_slice()) else {
        return false;
    };
    let plain =
        |word: &Word| !word.is_negative() && matches!(word.loose.kind, AtomKind::Fuzzy | AtomKind::Substring);
    let letters = |word: &Word| word.loose.needle_text().to_string();
    plain(before)
        && plain(now)
        && before.loose.kind == now.loose.kind
        && before.fields == now.fields
        && letters(now).starts_with(&letters(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_words_at_the_end_narrow_a_search() {
        for (before, query, expected) in [
            ("p", "pa", true),
            ("pa", "pay", true),
            ("pay", "pay a", true),
            ("pay a", "pay ad", true),
            ("pay", "pay !dev", true),
            ("set:a", "set:ad", true),
            ("'pa", "'pay", true),
            ("pa", "Pa", true),
            ("Pa", "Pay", true),
            ("pay adm", "pay adm", true),
            ("", "p", false),
            ("pa", "p", false),
            ("pay a", "pay", false),
            ("pay", "pay$", false),
            ("pay", "pay|", true),
            ("pay |", "pay | d", false),
            ("!d", "!de", false),
            ("pay", "pay/adm", false),
            ("set", "set:", false),
            ("0000-0000-000", "0000-0000-0001", false),
            ("Pa", "pay", true),
            ("pa do", "pay dog", false),
        ] {
            assert_eq!(narrows_query(before, query), expected, "{before:?} {query:?}");
        }
    }
}
