//! The functions of Python's standard library that decide what botocore reads.

/// `str.isspace` of one character: Unicode's white space and four separators of ASCII.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

/// `str.strip`.
pub(super) fn python_strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `str.rstrip`.
pub(super) fn python_rstrip(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// How many characters of white space a line begins with.
pub(super) fn count_indentation(line: &str) -> usize {
    line.chars().take_while(|c| is_space(*c)).count()
}

/// `str.splitlines`, which knows more line ends than a text file has.
pub(super) fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| {
        matches!(
            c,
            '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    })
}

/// `shlex.split`: the words of a text, or `None` where a quote or an escape is left open.
pub(super) fn shlex_split(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"'), '\\') => {
                let next = rest.next()?;
                let word = word.get_or_insert_default();
                if !matches!(next, '"' | '\\') {
                    word.push('\\');
                }
                word.push(next);
            }
            (None, '\\') => word.get_or_insert_default().push(rest.next()?),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t' | '\r' | '\n') => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_by_shlex() {
        for (text, words) in [
            ("profile a", Some(vec!["profile", "a"])),
            (" profile \t 'a b' ", Some(vec!["profile", "a b"])),
            (r#"profile "a\"b\c""#, Some(vec!["profile", r#"a"b\c"#])),
            (r"profile a\ b'c'", Some(vec!["profile", "a bc"])),
            ("profile ''", Some(vec!["profile", ""])),
            ("profile # a", Some(vec!["profile", "#", "a"])),
            ("profile 'a", None),
            ("profile \\", None),
            ("", Some(vec![])),
        ] {
            let expected = words.map(|words| words.into_iter().map(str::to_owned).collect());
            assert_eq!(shlex_split(text), expected, "{text}");
        }
    }
}
