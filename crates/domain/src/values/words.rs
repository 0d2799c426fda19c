//! A command line split into words, as a shell splits it: quotation marks keep blanks, a backslash keeps what follows.
//!
//! There is no shell, so nothing else has a meaning.

/// A quotation mark is not closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a quotation mark in it is not closed")]
pub struct OpenQuote;

/// The words of a command line.
///
/// # Errors
/// Where a quotation mark is not closed.
pub fn split_words(text: &str) -> Result<Vec<String>, OpenQuote> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(c) = letters.next() {
        match (quote, c) {
            (Some(mark), c) if c == mark => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().push(letters.next().unwrap_or('\\')),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err(OpenQuote);
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_in_a_shell() {
        for (text, words) in [
            ("", &[][..]),
            (" a  b ", &["a", "b"]),
            ("/opt/my\\ browser/run", &["/opt/my browser/run"]),
            ("open -a 'Arc' \"a\\\"b\" ''", &["open", "-a", "Arc", "a\"b", ""]),
            ("a'b c'd", &["ab cd"]),
            ("x \\", &["x", "\\"]),
            ("echo $HOME; rm *", &["echo", "$HOME;", "rm", "*"]),
        ] {
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(split_words(text), Ok(words), "{text}");
        }
        assert_eq!(split_words("x 'y"), Err(OpenQuote));
    }
}
