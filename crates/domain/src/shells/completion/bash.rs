//! The line that bash is about to complete, read as bash reads it but never expanded. With its own
//! quotes, nushell's is read alike.
//!
//! Bash hands over raw text, and puts the answer in the place of what stands after the last of its
//! word breaks, a colon for one, or after an open quote.

/// The words of a line up to the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Without their quotes; the last is the one to complete, and may be empty.
    pub words: Vec<String>,
    /// How much of the last word, in bytes, stands before the place of the answer.
    pub kept: usize,
    /// The quote that is open at the cursor.
    pub quote: Option<char>,
}

/// The quotes of bash.
pub const QUOTES: &str = "'\"";
/// The quotes of nushell.
pub const NUSHELL_QUOTES: &str = "'\"`";

/// Reads a line. `breaks` is bash's `COMP_WORDBREAKS`.
#[must_use]
pub fn read_line(line: &str, breaks: &str, quotes: &str) -> Line {
    let mut out = Line::default();
    let mut word = String::new();
    let mut begun = false;
    let mut before_quote = 0;
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match out.quote {
            Some(quote) if c == quote => {
                out.quote = None;
                out.kept = before_quote;
            }
            Some('"') if c == '\\' => match rest.next_if(|c| matches!(c, '"' | '\\' | '$' | '`')) {
                Some(escaped) => word.push(escaped),
                None => word.push(c),
            },
            Some(_) => word.push(c),
            None if c == '\\' => {
                begun = true;
                word.extend(rest.next());
            }
            None if quotes.contains(c) => {
                begun = true;
                before_quote = out.kept;
                out.quote = Some(c);
                out.kept = word.len();
            }
            None if c.is_ascii_whitespace() => {
                if begun {
                    out.words.push(std::mem::take(&mut word));
                }
                begun = false;
                out.kept = 0;
            }
            None => {
                begun = true;
                word.push(c);
                if breaks.contains(c) {
                    out.kept = word.len();
                }
            }
        }
    }
    out.words.push(word);
    out
}

impl Line {
    /// What bash is to put in its place for a whole word: quoted for where it goes, with a blank
    /// behind it unless more is to be typed. `None` for a word that doesn't fit what is kept.
    #[must_use]
    pub fn answer(&self, word: &str, open: bool) -> Option<String> {
        let kept = self.words.last()?.get(..self.kept)?;
        let rest = word.strip_prefix(kept)?;
        let mut out = String::with_capacity(rest.len() + 8);
        for c in rest.chars() {
            match self.quote {
                Some('\'') if c == '\'' => out.push_str(r"'\'"),
                Some('"') if matches!(c, '"' | '\\' | '$' | '`') => out.push('\\'),
                None if c.is_ascii() && !c.is_ascii_alphanumeric() && !"_./:@%+,=-".contains(c) => {
                    out.push('\\');
                }
                _ => {}
            }
            out.push(c);
        }
        if self.quote.is_none() && !open {
            out.push(' ');
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BREAKS: &str = " \t\n\"'><=;|&(:";

    #[test]
    fn the_line_is_read_without_its_quotes() {
        for (line, words, kept, quote) in [
            ("genkan export ", vec!["genkan", "export", ""], 0, None),
            ("genkan  export pay", vec!["genkan", "export", "pay"], 0, None),
            ("gk org:pay", vec!["gk", "org:pay"], 4, None),
            ("gk My\\ Acc", vec!["gk", "My Acc"], 0, None),
            ("gk 'My Acc", vec!["gk", "My Acc"], 0, Some('\'')),
            ("gk \"a\\\"b\\x", vec!["gk", "a\"b\\x"], 0, Some('"')),
            ("gk \"My Acc\"/Adm", vec!["gk", "My Acc/Adm"], 0, None),
            ("gk org:'x y'/", vec!["gk", "org:x y/"], 4, None),
            ("gk org:'x y", vec!["gk", "org:x y"], 4, Some('\'')),
            ("gk ''", vec!["gk", ""], 0, None),
            ("gk a\\", vec!["gk", "a"], 0, None),
            ("", vec![""], 0, None),
        ] {
            let read = read_line(line, BREAKS, QUOTES);
            assert_eq!(read.words, words, "{line}");
            assert_eq!((read.kept, read.quote), (kept, quote), "{line}");
        }
    }

    #[test]
    fn the_answer_fits_its_place() {
        for (line, word, expected) in [
            ("gk ", "a b/X", Some("a\\ b/X ")),
            ("gk org:a", "org:a'$(id)", Some("a\\'\\$\\(id\\) ")),
            ("gk lab:a", "org:a", None),
            ("gk 'a", "a'b", Some("a'\\''b")),
            ("gk \"a", "a\"$b`!", Some("a\\\"\\$b\\`!")),
            ("gk 決", "決済 本番", Some("決済\\ 本番 ")),
        ] {
            assert_eq!(
                read_line(line, BREAKS, QUOTES).answer(word, false).as_deref(),
                expected,
                "{line}"
            );
        }
        assert_eq!(
            read_line("gk ", BREAKS, QUOTES).answer("a/", true).as_deref(),
            Some("a/")
        );
    }
}
